"""What is installed apart: without it a person's outlook is whole, and all else says the command that brings it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from sarcoma import _parts

ROOT = Path(__file__).parents[1]
CASE = str(ROOT / "examples" / "case.json")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BROUGHT = {
    "adbc_driver_postgresql": "adbc-driver-postgresql",
    "docx": "python-docx",
    "py4j": "pyspark",
    "jwt": "pyjwt",
    "starlette": "fastapi",
    "markupsafe": "jinja2",
}
"""Libraries that others bring."""

WITHOUT = """
import contextlib, io, json, sys
from importlib.machinery import PathFinder

gone = set(json.loads(sys.argv[1]))

class Without:
    find_distributions = PathFinder.find_distributions

    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in gone else PathFinder.find_spec(name, path, target)

sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
found = {}
"""
"""As if the libraries named by the first argument were not installed."""

COMMANDS = """
from sarcoma.cli import main

for name, argv in json.loads(sys.argv[2]).items():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(argv)
        except SystemExit as stopped:
            code = stopped.code
    found[name] = [code, err.getvalue()]
print(json.dumps(found))
"""

FACES = """
import importlib
import sarcoma

for name in json.loads(sys.argv[2]):
    room, _, what = name.partition(":")
    try:
        getattr(importlib.import_module(room), what)
        found[name] = ""
    except sarcoma.SarcomaError as error:
        found[name] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""

PAGES = """
from starlette.testclient import TestClient
from sarcoma.web import create_app

client = TestClient(create_app())
for page in ("/", "/es/", "/understand", "/situation", "/models", "/team"):
    found[page] = [client.get(page).status_code, ""]
for page in ("/situation", "/team", "/page.pdf", "/team.pdf"):
    answer = client.post(page, data={"type": "leiomyosarcoma", "age": "62"})
    found[f"POST {page}"] = [answer.status_code, answer.text]
print(json.dumps(found))
"""


def without(gone: list[str], code: str, asked: Any = None) -> dict[str, Any]:
    command = [sys.executable, "-c", WITHOUT + code, json.dumps(gone), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.words
def test_every_command_works_or_says_what_it_needs(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("id,age\nx,62\n", encoding="utf-8")
    whole = {
        "outlook": ["outlook", "--file", CASE, "--survival"],
        "full": ["outlook", "--file", CASE, "--full", "--plain", "--survival"],
        "json": ["outlook", "--file", CASE, "--json"],
        "fhir": ["outlook", "--file", CASE, "--format", "fhir", "--survival"],
        "note": ["outlook", "--file", CASE, "--note"],
        "template": ["outlook", "--template", "csv"],
        "why": ["why", "B21"],
        "models": ["models", "kattan-2002"],
        "types": ["types"],
        "schema": ["schema"],
        "people": ["people"],
        "evidence": ["evidence", "due"],
        "changes": ["evidence", "changes", "--since", "2026-01-01"],
        "lint": ["card", "lint", str(ROOT / "src/sarcoma/models/cards/kang-2014.yaml")],
        "help": ["--help"],
    }
    lacking = {
        "serve": ("serve", ["serve", "--port", "0"]),
        "table": ("analyst", ["outlook", "--table", str(table), "--out", str(tmp_path / "out.csv")]),
        "map": ("analyst", ["cohort", "map", str(table), "--to", str(tmp_path / "map.yaml")]),
        "read": ("analyst", ["cohort", "read", str(table), "--mapping", "simulated", "--to", str(tmp_path / "c")]),
        "check": ("analyst", ["cohort", "check", str(tmp_path)]),
        "describe": ("analyst", ["cohort", "describe", str(tmp_path)]),
        "simulate": ("analyst", ["cohort", "simulate", "--to", str(tmp_path / "s.csv")]),
        "fit": ("analyst", ["fit", "course-tcga", "--cohort", str(tmp_path), "--to", str(tmp_path / "card.yaml")]),
        "validate": ("analyst", ["validate", "kattan-2002", "--cohort", str(tmp_path)]),
    }
    told = without(sorted(_parts.PARTS), COMMANDS, whole | {name: argv for name, (_, argv) in lacking.items()})
    assert {name: told[name] for name in whole} == {name: [0, ""] for name in whole}
    for name, (part, _argv) in lacking.items():
        code, error = told[name]
        assert code == 2, (name, error)
        assert error.count("\n") == 1, (name, error)
        assert f"pip install 'sarcoma-outlook[{part}]'" in error, (name, error)


@pytest.mark.words
def test_the_service_for_hospitals_says_what_it_needs(tmp_path: Path) -> None:
    told = without(["jwt", "cryptography"], COMMANDS, {"serve": ["serve", "--cds-hooks", str(tmp_path / "cds.yaml")]})
    code, error = told["serve"]
    assert code == 2
    assert "pip install 'sarcoma-outlook[cds]'" in error


@pytest.mark.words
def test_python_says_the_same() -> None:
    faces = {
        "sarcoma.cohort:Cohort": "",
        "sarcoma.cohort:describe": "analyst",
        "sarcoma.fitting:fit": "analyst",
        "sarcoma.validation:validate": "analyst",
        "sarcoma.survival:CoxRegression": "analyst",
        "sarcoma.survival:MultiStateModel": "",
        "sarcoma.survival.measures:brier_score": "analyst",
        "sarcoma.web:create_app": "serve",
        "sarcoma.report.visit:visit": "serve",
    }
    for name, error in without(sorted(_parts.PARTS), FACES, list(faces)).items():
        part = faces[name]
        assert error == "" if not part else error.startswith("MissingPartError: "), (name, error)
        assert f"[{part}]" in error or not part, (name, error)


PAPERS = """
import sarcoma
from sarcoma.report.paper import excel, figure, word

made = {
    "python-docx": lambda: word.document("t", "s", ["a"], [["b"]], []),
    "XlsxWriter": lambda: excel.workbook("t", ["a"], [["b"]], [], {}),
    "matplotlib": lambda: figure.new_figure(3, 2),
}
for name, make in made.items():
    try:
        make()
        found[name] = ""
    except sarcoma.SarcomaError as error:
        found[name] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


@pytest.mark.words
def test_files_for_papers_say_what_they_need() -> None:
    for library, error in without(["docx", "matplotlib", "xlsxwriter"], PAPERS).items():
        assert error.startswith("MissingPartError: "), (library, error)
        assert library in error
        assert "[analyst]" in error


@pytest.mark.words
def test_an_outlook_needs_numpy_and_pydantic_alone() -> None:
    code = """
import sarcoma
from sarcoma.report import as_data
from sarcoma.report.brief import Brief
result = sarcoma.outlook_of(sarcoma.Patient(age=62, type="LMS", site="lower limb", size=7, grade=3))
assert str(Brief(result, plain=False, survival=True)) and as_data(result)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))))
"""
    command = [sys.executable, "-c", WITHOUT + code, json.dumps(["yaml", "typer", "rich", *_parts.PARTS])]
    loaded = set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    known = {"sarcoma", "numpy", "pydantic", "pydantic_core", "annotated_types", "typing_extensions"}
    assert {name for name in loaded if not name.startswith("_")} - known <= {"typing_inspection", "sitecustomize"}


@pytest.mark.words
def test_pages_work_without_pdfs_and_tables_and_say_so() -> None:
    pages = without(["typst", "polars", "scipy", "narwhals", "fastexcel", "pandas", "statsmodels"], PAGES)
    for page, (status, text) in pages.items():
        assert status == (501 if page.endswith(".pdf") else 200), page
        assert not page.endswith(".pdf") or "sarcoma-outlook[pdf]" in text.replace("&#39;", "'")


def test_others_may_still_do_without_a_library() -> None:
    code = "import importlib.util; found['spec'] = str(importlib.util.find_spec('polars')); print(json.dumps(found))"
    assert without(["polars"], "import sarcoma\n" + code) == {"spec": "None"}


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", line)[0].lower() for line in requirements}


def test_each_library_belongs_to_the_part_that_brings_it() -> None:
    extras = PROJECT["optional-dependencies"]
    for library, (part, _name) in _parts.PARTS.items():
        assert BROUGHT.get(library, library) in names_of(extras[part]), library
    brought = names_of([r for part in ("serve", "cds", "pdf", "analyst", "fit") for r in extras[part]])
    assert "sarcoma-outlook[all]" in extras["dev"]
    assert not brought & names_of(PROJECT["dependencies"])


def test_every_library_that_is_imported_is_of_the_base_or_of_a_part() -> None:
    base = {"numpy", "pydantic", "pydantic_core", "yaml", "typer", "sarcoma", "numba"}
    rich_of_typer = {"rich"} if any(r.startswith("rich") for r in requires("typer") or ()) else set()
    known = {*sys.stdlib_module_names, *base, *rich_of_typer, *_parts.PARTS}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            unknown = {name.partition(".")[0] for name in names} - known
            assert not unknown, f"{path.relative_to(ROOT)}: {unknown}"


@pytest.mark.words
def test_the_sentence_names_the_library_and_the_command() -> None:
    assert _parts.how_to_install("polars") == (
        "this needs Polars, which is not installed: pip install 'sarcoma-outlook[analyst]'"
    )


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("base", []), ("spark", ["analyst", "spark"]), ("dev", ["serve", "cds", "pdf", "analyst", "fit", "dev"])],
)
def test_the_locks_have_what_is_declared_each_file_by_its_hash(lock: str, extras: list[str]) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    locked: dict[str, list[Version]] = {}
    for line in text.splitlines():
        requirement, *hashes = line.split(" --hash=")
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest.strip()) for digest in hashes), requirement
        pinned = Requirement(requirement)
        (only,) = pinned.specifier
        assert only.operator == "=="
        locked.setdefault(canonicalize_name(pinned.name), []).append(Version(only.version))
    declared = [*PROJECT["dependencies"], *(r for extra in extras for r in PROJECT["optional-dependencies"][extra])]
    for wanted in map(Requirement, declared):
        if wanted.name != PROJECT["name"]:
            versions = locked[canonicalize_name(wanted.name)]
            assert all(version in wanted.specifier for version in versions), wanted.name
