"""Files: whole or not there, never one of the inputs, and called by their names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from sarcoma._files import is_same_file, keep_apart, whole_file, write_file
from sarcoma._tables import read_table
from sarcoma.cli import main
from sarcoma.cohort import Cohort, open_source
from sarcoma.errors import CohortError, TableError


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0), capsys.readouterr().err


# -- whole or not there


def test_a_file_that_is_not_finished_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "result.csv"
    place.write_text("old")

    def broken() -> None:
        with whole_file(place) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert place.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["result.csv"]
    write_file(place, "naïve")
    assert place.read_bytes() == "naïve".encode()


def test_a_link_keeps_pointing_and_permissions_stay(tmp_path: Path) -> None:
    place, link = tmp_path / "result.csv", tmp_path / "link.csv"
    place.write_text("old")
    place.chmod(0o600)
    link.symlink_to(place)
    write_file(link, "new")
    assert (link.is_symlink(), place.read_text(), place.stat().st_mode & 0o777) == (True, "new", 0o600)


@pytest.mark.words
def test_what_is_no_ordinary_file_is_written_to(tmp_path: Path) -> None:
    write_file(Path(os.devnull), "gone")
    with pytest.raises(TableError, match="cannot be written there"):
        write_file(tmp_path, "a folder")
    with pytest.raises(CohortError, match="cannot be written there"):
        write_file(tmp_path / "no such folder" / "file", "text", CohortError)


@pytest.mark.words
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_called_that() -> None:
    with pytest.raises(TableError, match="the disk is full"):
        write_file(Path("/dev/full"), "text")


@pytest.mark.words
def test_a_cohort_is_written_whole(tmp_path: Path, registry: Any) -> None:
    cohort = registry.read()
    cohort.write(tmp_path / "cohort")
    (tmp_path / "cohort" / "events.parquet").unlink()
    (tmp_path / "cohort" / "events.parquet").mkdir()  # in the way
    before = (tmp_path / "cohort" / "patients.parquet").read_bytes()
    with pytest.raises(CohortError, match="cannot be written there"):
        Cohort(cohort.patients.head(0), cohort.events.head(0), cohort.about).write(tmp_path / "cohort")
    assert (tmp_path / "cohort" / "patients.parquet").read_bytes() == before


# -- never one of the inputs


@pytest.mark.words
def test_one_file_by_another_name_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "table.csv"
    table.write_text("id\n1\n")
    (tmp_path / "link.csv").symlink_to(table)
    (tmp_path / "hard.csv").hardlink_to(table)
    monkeypatch.chdir(tmp_path)
    for other in ("table.csv", "./table.csv", f"../{tmp_path.name}/table.csv", "link.csv", "hard.csv"):
        assert is_same_file(Path(other), table)
    assert not is_same_file(Path("other.csv"), table)
    assert is_same_file(Path("New.csv"), Path("new.csv")), "where nothing is there yet, the disk may know no case"
    with pytest.raises(TableError, match=r"--account: new\.csv is also what --out writes"):
        keep_apart([("--out", Path("new.csv")), ("--account", Path("./new.csv"))], [])
    keep_apart([("--out", Path(os.devnull)), ("--account", Path(os.devnull))], [])


@pytest.fixture
def places(tmp_path: Path, registry: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table, its mapping, a recipe and a cohort in the folder that commands run in."""
    (tmp_path / "t.csv").write_text("\n".join((registry.header, *registry.rows)))
    (tmp_path / "p.csv").write_text("age,type\n62,leiomyosarcoma\n")
    (tmp_path / "m.yaml").write_text(registry.text)
    (tmp_path / "r.yaml").write_text("id: recipe\n")
    (tmp_path / "link.csv").symlink_to("p.csv")
    registry.read().write(tmp_path / "coh")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.words
@pytest.mark.parametrize(
    "command",
    [
        "outlook --table p.csv --out p.csv",
        "outlook --table p.csv --out ./link.csv",
        "outlook --table p.csv --out o.csv --account p.csv",
        "outlook --table p.csv --out o.csv --account o.csv",
        "outlook --table p.csv --mapping m.yaml --out m.yaml",
        "outlook --table p.csv --card r.yaml --out r.yaml",
        "cohort map t.csv --to t.csv",
        "cohort read coh/patients.parquet --mapping m.yaml --to coh",
        "cohort read t.csv --mapping coh/cohort.yaml --to coh",
        "cohort read coh --mapping m.yaml --to coh",
        "cohort check coh --to coh/cohort.yaml",
        "cohort describe coh --to coh/patients.parquet",
        "fit r.yaml --cohort coh --to r.yaml",
        "fit r.yaml --cohort coh --to coh/events.parquet",
        "validate r.yaml --cohort coh --to report.json --entries r.yaml --source X",
        "validate kattan-2002 --cohort coh --to report.json --entries ./report.json --source X",
    ],
)
def test_no_command_writes_over_what_it_reads(places: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    before = {p: p.read_bytes() for p in places.rglob("*") if p.is_file()}
    code, err = run(capsys, *command.split())
    assert (code, err.count("\n")) == (2, 1)
    assert " is read as " in err or " is also what " in err
    assert {p: p.read_bytes() for p in places.rglob("*") if p.is_file()} == before


def test_writing_again_is_no_fault(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run(capsys, *["cohort", "read", "t.csv", "--mapping", "m.yaml", "--to", "new"])[0] == 0
        assert run(capsys, *["cohort", "check", "new", "--to", "checks.json"])[0] == 0
        assert run(capsys, *["outlook", "--table", "p.csv", "--out", "o.csv"])[0] == 0
    assert not list(places.rglob("*.part"))


# -- names are names


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx", "tsv"])
@pytest.mark.parametrize(("asked", "beside"), [("data[1]", "data1"), ("da?a", "data"), ("d*", "data"), ("[!x]", "y")])
def test_a_name_is_no_pattern(tmp_path: Path, suffix: str, asked: str, beside: str) -> None:
    def write(name: str, identifier: str) -> None:
        frame = pd.DataFrame({"id": [identifier], "age": ["50"]})
        path = tmp_path / f"{name}.{suffix}"
        if suffix == "parquet":
            pl.DataFrame({"id": [identifier], "age": ["50"]}).write_parquet(path)
        elif suffix == "xlsx":
            frame.to_excel(path, index=False)
        else:
            frame.to_csv(path, index=False, sep="\t" if suffix == "tsv" else ",")

    write(beside, "the neighbour")
    with pytest.raises(TableError, match="there is no file"):
        read_table(tmp_path / f"{asked}.{suffix}")
    write(asked, "mine")
    assert read_table(tmp_path / f"{asked}.{suffix}")["id"].to_list() == ["mine"]


def test_a_cohort_s_folder_is_no_pattern(tmp_path: Path, registry: Any) -> None:
    cohort = registry.read()
    cohort.write(tmp_path / "coh1")
    few = Cohort(cohort.patients.head(1), cohort.events.filter(pl.col("id") == "a"), cohort.about)
    few.write(tmp_path / "coh[1]")
    assert (len(Cohort.open(tmp_path / "coh[1]")), len(Cohort.open(tmp_path / "coh1"))) == (1, 5)
    table = tmp_path / "coh[1]" / "patients.parquet"
    assert open_source(table).main.height == 1
