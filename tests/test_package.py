"""The package as a stranger meets it: public names, a wheel in an empty environment, a tidy tree."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import sarcoma
from sarcoma import errors

ROOT = Path(__file__).parents[1]


@pytest.mark.words
def test_the_old_call_of_the_room_warns_and_answers() -> None:
    with pytest.warns(DeprecationWarning, match="outlook_of"):
        old = sarcoma.outlook(sarcoma.Patient(age=62))  # type: ignore[operator]
    assert old == sarcoma.outlook_of(sarcoma.Patient(age=62))


def test_python_gives_an_outlook_in_two_lines() -> None:
    patient = sarcoma.Patient(age=62, type="LMS", site="lower limb", size=7, depth="deep", grade=3, surgery="resected")
    result = sarcoma.outlook_of(patient)
    assert result.answer("kattan-2002").figures[0].value == pytest.approx(52.91, abs=5e-3)
    assert "62" not in repr(result)


def test_importing_the_package_imports_no_heavy_library() -> None:
    code = (
        "import sys, sarcoma; print([m for m in ('numpy', 'pydantic', 'polars', 'yaml', 'typer') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_the_version_is_one() -> None:
    assert f'version = "{sarcoma.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel],
        check=True,
        capture_output=True,
    )
    command = [place / "bin" / "sarcoma", "outlook", "--type", "LMS", "--age", "62", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    data = json.loads(done.stdout)
    assert len(data["models"]) == 17
    assert data["treatments"]
    where = "import sarcoma.evidence as e; print(e.__file__)"
    folder = subprocess.run([python, "-c", where], capture_output=True, text=True, cwd=tmp_path, check=True).stdout
    package = Path(folder.strip()).parent.parent
    for data_folder in ("evidence/data", "exchange/codes", "models/cards", "patient/data"):
        assert (package / data_folder / "compiled.json").is_file(), "the wheel carries its compiled data"


FORBIDDEN = re.compile(r"/work/|/root/|/farm/|/\.library|pypi\.org|registry\.npm|deb\.debian", re.IGNORECASE)


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in (".png", ".parquet") or path.name == Path(__file__).name or not path.is_file():
            continue
        assert not FORBIDDEN.search(path.read_text(encoding="utf-8")), name


def test_errors_cross_processes() -> None:
    for error in (
        errors.InputError("age", "is wrong", "62"),
        errors.CollinearityError("no", ("x",)),
        errors.RecordError([]),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
