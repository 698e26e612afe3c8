"""Files: whole or not there, never one of the inputs, and called by their names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from sarcoma._files import is_same_file, keep_apart, only_writer, whole_file, write_file
from sarcoma._tables import read_table
from sarcoma.cli import main
from sarcoma.cohort import Cohort, follow_up_of, histories_of, open_source, read_histories
from sarcoma.cohort.folder import FILES
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


WRITERS = {
    "cohort read t.csv --mapping m.yaml --to new": "new",
    "cohort simulate --patients 9 --to s.csv": "s.csv",
    "cohort map t.csv --to draft.yaml": "draft.yaml",
    "cohort check coh --to checks.json": "checks.json",
    "cohort table1 coh --to t1.csv": "t1.csv",
    "outlook --table p.csv --out o.csv --account a.csv": "o.csv",
}


def contents(place: Path) -> dict[str, bytes]:
    files = [p for p in place.rglob("*") if p.is_file()] if place.is_dir() else [place]
    return {p.name: p.read_bytes() for p in files}


@pytest.mark.words
@pytest.mark.parametrize("command", WRITERS)
def test_what_is_there_is_replaced_only_with_force(
    places: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    place = places / WRITERS[command]
    assert run(capsys, *command.split())[0] == 0
    for file in [p for p in place.rglob("*") if p.is_file()] if place.is_dir() else [place]:
        file.write_bytes(b"mine")
    mine = contents(place)
    code, err = run(capsys, *command.split())
    assert (code, contents(place), "--force" in err) == (2, mine, True)
    assert run(capsys, *command.split(), "--force")[0] == 0
    assert b"mine" not in contents(place).values()
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


# -- a cohort's folder: the old one or the new one, whatever happens

KILLED = """
import os, sys
from pathlib import Path
from sarcoma.cohort import Cohort, follow_up_of, histories_of

old, new, place, at = *map(Path, sys.argv[1:4]), int(sys.argv[4])
cohort = Cohort.open(new)
done = 0

def dying(event, arguments):
    global done
    if event in ("open", "os.rename", "os.link", "os.remove", "os.chmod", "os.mkdir"):
        if place.name in str(arguments[0]):
            done += 1
            if done == at:
                os.kill(os.getpid(), 9)

sys.addaudithook(dying)
cohort.write(place, histories=histories_of(cohort), follow_up=follow_up_of(cohort))
print(done)
"""


@pytest.fixture
def two_cohorts(tmp_path: Path, registry: Any) -> tuple[Cohort, Cohort]:
    new = registry.read()
    old = Cohort(new.patients.head(2), new.events.filter(pl.col("id").is_in(new.patients["id"].head(2))), new.about)
    old.write(tmp_path / "old")
    new.write(tmp_path / "new")
    return old, new


def same(one: Cohort, other: Cohort) -> bool:
    return bool(one.patients.equals(other.patients) and one.events.equals(other.events) and one.about == other.about)


def test_a_cohort_that_is_killed_at_any_step_is_the_old_or_the_new(
    tmp_path: Path, two_cohorts: tuple[Cohort, Cohort]
) -> None:
    old, new = two_cohorts
    found = []
    for at in range(1, 100):
        place = tmp_path / f"place-{at}"
        old.write(place, histories=histories_of(old), follow_up=follow_up_of(old))
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, tmp_path / "old", tmp_path / "new", place, str(at)], check=False
        )
        opened = Cohort.open(place)
        assert same(opened, old) or same(opened, new), at
        assert read_histories(place).equals(histories_of(opened)), at
        found.append(same(opened, new))
        new.write(place, histories=histories_of(new), follow_up=follow_up_of(new))
        assert same(Cohort.open(place), new)
        assert sorted(p.name for p in place.iterdir() if not p.name.endswith(".part")) == sorted(FILES)
        if ended.returncode == 0:
            break
    assert found == sorted(found), "once it is the new one, it stays so"
    assert found[-1]
    assert len(found) > 8, "every step of writing was tried"


@pytest.mark.parametrize("name", ["patients.parquet", "events.parquet"])
def test_a_table_that_its_account_does_not_name_is_refused(
    tmp_path: Path, two_cohorts: tuple[Cohort, Cohort], name: str
) -> None:
    shutil.copy(tmp_path / "new" / name, tmp_path / "old" / name)
    with pytest.raises(CohortError, match=name):
        Cohort.open(tmp_path / "old")


@pytest.mark.skipif(os.geteuid() != 0 if hasattr(os, "geteuid") else True, reason="mounts a small disk")
def test_a_cohort_on_a_full_disk_stays_what_it_was(tmp_path: Path, two_cohorts: tuple[Cohort, Cohort]) -> None:
    old, new = two_cohorts
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        old.write(disk / "coh")
        before = {p.name: p.read_bytes() for p in (disk / "coh").iterdir()}
        free = os.statvfs(disk)
        for kept in range(free.f_bavail):
            filler = disk / "filler"
            filler.write_bytes(b"x" * free.f_frsize * (free.f_bavail - kept))
            try:
                new.write(disk / "coh")
            except CohortError:
                assert {p.name: p.read_bytes() for p in (disk / "coh").iterdir()} == before
            else:
                assert same(Cohort.open(disk / "coh"), new)
                old.write(disk / "coh")
                before = {p.name: p.read_bytes() for p in (disk / "coh").iterdir()}
            filler.unlink()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_two_runs_at_once_do_not_mix(tmp_path: Path, two_cohorts: tuple[Cohort, Cohort]) -> None:
    old, new = two_cohorts
    place = tmp_path / "place"
    old.write(place)
    with only_writer(place, CohortError), pytest.raises(CohortError, match="place"):
        new.write(place)
    assert same(Cohort.open(place), old)
    new.write(place)
    assert same(Cohort.open(place), new)


@pytest.mark.parametrize(
    ("column", "value"),
    [("histologic_type", "no such type"), ("size_cm", -3.0), ("age_at_origin", -40.0), ("site", "no such site")],
)
def test_an_opened_cohort_holds_nothing_that_a_reader_refuses(
    tmp_path: Path, registry: Any, column: str, value: object
) -> None:
    cohort = registry.read()
    strange = cohort.patients.with_columns(pl.lit(value).alias(column))
    Cohort(strange, cohort.events, cohort.about).write(tmp_path / "coh")
    with pytest.raises(CohortError, match=column) as refused:
        Cohort.open(tmp_path / "coh")
    assert str(value) not in str(refused.value)
