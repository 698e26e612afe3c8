"""Output wherever it goes: code pages of Windows, plain ASCII, full disks, readers that leave."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from sarcoma._files import no_room, whole_file
from sarcoma.cli._streams import in_ascii
from sarcoma.errors import TableError

FULL = Path("/dev/full")
needs_a_full_device = pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
CASE = ("outlook", "--age", "62", "--type", "LMS", "--size", "7")


def run(*arguments: str, encoding: str = "utf-8", stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    environment.pop("SARCOMA_DEBUG", None)
    return subprocess.run(
        [sys.executable, "-m", "sarcoma", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1", "gbk"])
def test_an_outlook_is_printed_in_every_code_page(encoding: str) -> None:
    done, as_it_is = run(*CASE, encoding=encoding), run(*CASE)
    assert (done.returncode, done.stderr) == (0, b"")
    lines, meant = done.stdout.decode(encoding).splitlines(), as_it_is.stdout.decode().splitlines()
    assert len(lines) == len(meant)
    assert all(in_ascii(line) == in_ascii(other) for line, other in zip(lines, meant, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("outlook", "--help"), ("people", "UK"), ("why", "B21"), ("schema", "--markdown"), ("types",)],
)
def test_every_command_prints_plain_ascii_where_that_is_all_there_is(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, encoding="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("ascii").strip()


def test_json_loses_nothing_in_a_narrow_encoding() -> None:
    narrow, wide = run("people", "España", "--json", encoding="ascii"), run("people", "España", "--json")
    assert json.loads(narrow.stdout.decode("ascii")) == json.loads(wide.stdout.decode())


def test_a_drafted_mapping_keeps_its_columns_in_a_narrow_encoding(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,size – Größe,Alter\n1,7,60\n2,8,61\n", encoding="utf-8")
    draft = yaml.safe_load(run("cohort", "map", str(table), encoding="ascii").stdout.decode("ascii"))
    assert "size – Größe" in json.dumps(draft, ensure_ascii=False)


def test_an_error_is_told_in_ascii_too() -> None:
    done = run("people", "Nirgendwo", encoding="ascii")
    assert done.returncode == 2
    assert b"Nirgendwo" in done.stderr
    assert b"\\u" not in done.stderr


def test_signs_are_written_as_people_type_them() -> None:
    assert in_ascii("5–8 cm ≥ 3 • „é“ Größe → x…") == '5-8 cm >= 3 * "e" Grosse -> x...'
    assert in_ascii("肉腫") == "??"


@pytest.mark.words
@needs_a_full_device
@pytest.mark.parametrize("arguments", [("--help",), ("why", "B21"), ("schema",), CASE])
def test_a_full_disk_at_the_standard_output_is_called_that(arguments: tuple[str, ...]) -> None:
    with FULL.open("wb") as full:
        done = run(*arguments, stdout=full.fileno())
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == ["Error: the output cannot be written: the disk is full."]


def test_a_reader_that_leaves_is_no_error() -> None:
    for arguments in (("--help",), ("schema",), CASE):
        reading, writing = os.pipe()
        os.close(reading)
        done = run(*arguments, stdout=writing)
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.words
@needs_a_full_device
def test_a_full_disk_under_a_file_is_called_that(tmp_path: Path) -> None:
    place = tmp_path / "registry.csv"
    place.symlink_to(FULL)
    done = run("cohort", "simulate", "--patients", "10", "--to", str(place))
    assert done.returncode == 2
    assert b"registry.csv: the disk is full" in done.stderr


@pytest.mark.words
def test_a_table_that_finds_no_room_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TableError, match="the disk is full"), whole_file(tmp_path / "t.parquet") as file:
        pl.DataFrame({"a": [1]}).write_parquet(file)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.words
def test_errors_of_libraries_that_write_past_python_are_known() -> None:
    assert no_room(pl.exceptions.ComputeError("IO error: No space left on device (os error 28)")) == "the disk is full"
    assert no_room(OSError(errno.EACCES, "not allowed")) is None
    assert no_room(ValueError("28")) is None
