"""NDJSON as a stream: files of a bulk export, one resource a line, or files with one Bundle a line.

A bulk export has one file a type of resource, so what is about one person lies in many places. It is read twice: once
for whom each line is about, of which only numbers are kept (20 bytes a line), then person by person. No more than one
person is held at a time.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from sarcoma._arguments import checked
from sarcoma.errors import RecordError
from sarcoma.exchange.bundle import MOST_BYTES, READ, loads, refuse
from sarcoma.exchange.codes import CodeTables, code_tables
from sarcoma.exchange.fhir import read_entries
from sarcoma.exchange.reading import Reading, Refused

_ENDINGS = (".ndjson", ".jsonl")


@checked
def read_ndjson(
    where: Path | str, *, codes: CodeTables | None = None, baseline_months: float | None = None
) -> Iterator[Reading | Refused]:
    """Everybody in a file or folder of NDJSON, one after the other.

    Parameters
    ----------
    where : a folder of a bulk export (`Patient.ndjson`, `Condition.ndjson`, …), or a file with one Bundle a line.
    codes : code tables; those that are shipped where not given.
    baseline_months : how long after the diagnosis a value that changes (performance status, blood) may be dated.

    Yields
    ------
    Reading or Refused : one a person. Who cannot be read is refused with the reason; nobody is left out.

    Raises
    ------
    BundleError : there is nothing to read, or a line of a bulk export cannot be read, so that whose it is is not known.
    """
    tables = codes if codes is not None else code_tables()
    files = files_of(Path(where))
    if not files:
        refuse("folder", "no-ndjson")
    bulk: list[Path] = []
    for path in files:
        with path.open("rb") as file:
            if not _holds_bundles(file):
                bulk.append(path)
                continue
            for number, line in _lines(file):
                yield _read([line], (), f"{path.name}: line {number}", tables, baseline_months)
    if bulk:
        yield from _by_person(bulk, tables, baseline_months)


def files_of(where: Path) -> list[Path]:
    """The files of NDJSON at a place, in the order of their names."""
    if where.is_file():
        return [where]
    return sorted(p for p in where.iterdir() if p.suffix in _ENDINGS and p.is_file()) if where.is_dir() else []


def _holds_bundles(file: BinaryIO) -> bool:
    """Whether the first line of a file is a Bundle."""
    first = next((line for _, line in _lines(file)), b"")
    file.seek(0)
    try:
        data = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("resourceType") == "Bundle"


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, counted from 1; of one that is too long its start, which is no JSON."""
    number = 0
    while line := file.readline(MOST_BYTES + 1):
        number += 1
        if len(line) > MOST_BYTES:
            while line[-1:] != b"\n" and (more := file.readline(MOST_BYTES)):
                line = line[:1] + more[-1:]
            yield number, b""
        elif not line.isspace():
            yield number, line


def _read(
    lines: Sequence[bytes], places: Sequence[str], place: str, codes: CodeTables, baseline_months: float | None
) -> Reading | Refused:
    """One person: a Bundle, or the resources of one with where each stands."""
    try:
        if not places:
            return read_entries(lines[0], codes=codes, baseline_months=baseline_months)
        entries = [{"resource": loads(line)} for line in lines]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        return read_entries(bundle, places, codes=codes, baseline_months=baseline_months)
    except RecordError as error:
        first = error.problems[0]
        return Refused(place if not places or first.field.startswith("bundle") else first.field, first.text)


class _Index:
    """For each line of a bulk export: whose it is, and where it lies."""

    def __init__(self) -> None:
        self.people: dict[str, int] = {}
        self.owner, self.file = array("i"), array("i")
        self.offset, self.number = array("q"), array("i")
        self.medications: dict[str, tuple[int, int, int]] = {}

    def add(self, owner: str, file: int, offset: int, number: int) -> None:
        self.owner.append(self.people.setdefault(owner, len(self.people)))
        self.file.append(file)
        self.offset.append(offset)
        self.number.append(number)


def _indexed(files: Sequence[Path]) -> _Index:
    index = _Index()
    for which, path in enumerate(files):
        with path.open("rb") as file:
            offset = number = 0
            while line := file.readline(MOST_BYTES + 1):
                number += 1
                if not line.isspace():
                    _take(index, line, which, offset, number, f"{path.name}: line {number}")
                offset += len(line)
    return index


def _take(index: _Index, line: bytes, which: int, offset: int, number: int, place: str) -> None:
    if len(line) > MOST_BYTES:
        refuse(place, "too-large")
    try:
        data = loads(line)
    except (ValueError, RecursionError):
        refuse(place, "not-json")
    kind = data.get("resourceType") if isinstance(data, dict) else None
    if not isinstance(kind, str):
        refuse(place, "no-type")
    if kind == "Patient":
        index.add(str(data.get("id")), which, offset, number)
    elif kind == "Medication":
        index.medications[f"Medication/{data.get('id')}"] = which, offset, number
    elif kind in READ:
        subject = data.get("subject")
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(reference, str):
            refuse(f"{place}: subject", "no-subject")
        index.add(reference.partition("/_history/")[0].rpartition("/")[2], which, offset, number)


def _by_person(files: Sequence[Path], codes: CodeTables, baseline_months: float | None) -> Iterator[Reading | Refused]:
    import numpy as np

    index = _indexed(files)
    owners = np.frombuffer(index.owner, dtype=np.int32)
    order = np.argsort(owners, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(owners[order])) + 1, len(order)) if len(order) else np.array([], int)
    index.people.clear()
    start = 0
    with ExitStack() as opened:
        handles = [opened.enter_context(path.open("rb")) for path in files]

        def line_at(file: int, offset: int) -> bytes:
            handles[file].seek(offset)
            return handles[file].readline()

        for end in ends.tolist():
            own = order[start:end].tolist()
            start = end
            lines = [line_at(index.file[i], index.offset[i]) for i in own]
            places = [f"{files[index.file[i]].name}: line {index.number[i]}" for i in own]
            for file, offset, number in _medications(lines, index):
                lines.append(line_at(file, offset))
                places.append(f"{files[file].name}: line {number}")
            yield _read(lines, places, places[0], codes, baseline_months)


def _medications(lines: Sequence[bytes], index: _Index) -> list[tuple[int, int, int]]:
    """The Medications that the lines of a person refer to: they name no patient, and several may share one."""
    if not index.medications:
        return []
    named: dict[str, None] = {}
    for line in lines:
        if b"medicationReference" in line:
            data: Any = json.loads(line)
            given = data.get("medicationReference")
            reference = given.get("reference") if isinstance(given, dict) else None
            if isinstance(reference, str):
                named["/".join(reference.partition("/_history/")[0].rsplit("/", 2)[-2:])] = None
    return [index.medications[name] for name in named if name in index.medications]
