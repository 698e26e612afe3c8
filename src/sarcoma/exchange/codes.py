"""Code tables: what a code of another system means in the record, and where that was read.

The tables are YAML in `codes/`, one file each; a user's own file has the same shape, by table. A code that stands in no
table is listed by whoever reads, never guessed, and its parents are not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sarcoma._arguments import checked
from sarcoma._files import read_folder, read_yaml
from sarcoma.errors import EvidenceError, TableError
from sarcoma.evidence import library
from sarcoma.exchange.systems import ADDRESSES, SYSTEMS, is_code
from sarcoma.patient import ORGANS, field_specs

DATA = Path(__file__).parent / "codes"
MARKS = ("unverified",)
_NEEDED, _ALLOWED = ("system", "code", "value", "read_in"), ("name", "marks", "factor", "narrower")
_LONGEST = 300

QUESTIONS: Mapping[str, str] = {
    "histology": "histologic type and behaviour",
    "tumour-size": "tumour size, whose longest dimension is a component",
    "longest-dimension": "the longest dimension of the tumour",
    "histologic-grade": "histologic grade",
    "performance-ecog": "performance status by ECOG",
    "performance-karnofsky": "performance status by Karnofsky",
    "disease-status": "how the cancer has changed",
    "history-of-metastasis": "whether the cancer has spread",
    "margin-status": "the surgical margin",
    "positive-nodes": "number of regional lymph nodes that contain tumour",
    "examined-nodes": "number of regional lymph nodes that were examined",
    "variant": "a genetic variant",
    "gene": "the gene that was studied",
    "source-class": "whether a variant is somatic or germline",
    "panel": "a panel, whose members are read",
    "stage-t": "T category",
    "stage-n": "N category",
    "stage-m": "M category",
    "stage-group": "stage group",
}
"""What an Observation, or a component of one, may be about, beside the fields of the record by their names."""

_STATUSES = ("use", "not-yet", "not", "planned", "stated-order")
_PROCEDURES = (
    "resection",
    "amputation",
    "re-resection",
    "radiotherapy",
    "lung-metastasectomy",
    "liver-metastasectomy",
    "metastasectomy",
)
_SIDES = ("", "c", "p")


def _stages() -> Iterator[str]:
    for side in _SIDES:
        for letter, values in (
            ("T", ("X", "0", "1", "1a", "1b", "2", "2a", "2b", "3", "3a", "3b", "4", "4a", "4b")),
            ("N", ("X", "0", "1", "2", "3")),
            ("M", ("0", "1", "1a", "1b", "1c")),
        ):
            yield from (f"{side}{letter}{value}" for value in values)
    for group in ("I", "II", "III", "IV"):
        yield from (f"{group}{part}" for part in ("", "A", "B", "C"))


def allowed_values(table: str) -> frozenset[str] | None:
    """The values that a table may give; None where any number of the field is one.

    Raises
    ------
    KeyError : there is no such table.
    """
    specs = field_specs()
    own: dict[str, Iterable[str]] = {
        "condition": ("soft-tissue-sarcoma",),
        "primary_site": library().primary_sites,  # those out of scope too: whoever has one is refused
        "organ": (*ORGANS, "node-regional-or-distant"),
        "grade": (
            *(f"fnclcc-{grade}" for grade in ("1", "2", "3", "X")),
            *(f"tier-{grade}" for grade in ("1", "2", "3", "X")),
            *("method-fnclcc", "method-other", "other"),
        ),
        "drug": library().treatments,
        "laboratory": ("albumin", "lymphocytes", "sodium"),
        "unit": (*(name for name, spec in specs.items() if spec.unit), "months"),
        "status": _STATUSES,
        "observation": (*QUESTIONS, *specs),
        "performance_status": ("0", "1", "2", "3", "4"),
        "stage": _stages(),
        "response": (*specs["response"].code_list(), "improved"),
        "procedure": _PROCEDURES,
        "presence": ("yes", "no"),
        "gene": ("TP53", "MYOD1", "SMARCB1"),
        "source_class": ("somatic", "germline"),
        "histologic_type": library().types,
    }
    if table in own:
        return frozenset(own[table])
    spec = specs[table]
    return frozenset(spec.code_list()) or None


@dataclass(frozen=True, slots=True)
class Code:
    """One code of another system: what it means here, and where that was read.

    Attributes
    ----------
    table : the code table that it stands in, such as `organ`.
    system : the short name of its code system, or its address.
    value : what it means in the record: a code of ours.
    name : what its own system calls it.
    read_in : the file and version in which the code was read.
    marks : `unverified` where nobody checked it.
    factor : of a unit, what a number in it is multiplied by.
    narrower : it says more than our value, such as a side: it is read, and never written.
    """

    table: str
    system: str
    code: str
    value: str
    read_in: str
    name: str = ""
    marks: tuple[str, ...] = ()
    factor: float | None = None
    narrower: bool = False

    @property
    def key(self) -> str:
        """As `sarcoma why` opens it: `SCT:94391008`."""
        return f"{self.system}:{self.code}"


class CodeTables:
    """Every code table: shipped ones, with a user's own before them."""

    @checked
    def __init__(self, codes: Sequence[Code]) -> None:
        self._tables: dict[str, dict[tuple[str, str], Code]] = {}
        self.units: dict[tuple[str, str], float] = {}
        for code in codes:
            if code.table == "unit":
                self.units.setdefault((code.value, code.code), code.factor if code.factor is not None else 1.0)
                self._tables.setdefault("unit", {}).setdefault((code.value, code.code), code)
                continue
            self._tables.setdefault(code.table, {}).setdefault((code.system, code.code), code)
        self._none: dict[tuple[str, str], Code] = {}

    def __repr__(self) -> str:
        return f"CodeTables({len(self._tables)} tables, {sum(map(len, self._tables.values()))} codes)"

    def __iter__(self) -> Iterator[Code]:
        return (code for table in self._tables.values() for code in table.values())

    def table(self, name: str) -> Mapping[tuple[str, str], Code]:
        """One table, by system and code; empty where nothing stands in it."""
        return self._tables.get(name, self._none)

    @cached_property
    def _by_key(self) -> dict[str, list[Code]]:
        found: dict[str, list[Code]] = {}
        for code in self:
            found.setdefault(code.key.upper(), []).append(code)
        return found

    @checked
    def entries(self, key: str) -> tuple[Code, ...]:
        """What a code means, in every table that has it: `SCT:94391008`.

        Raises
        ------
        EvidenceError : it stands in no table.
        """
        found = self._by_key.get(key.strip().upper())
        if not found:
            raise EvidenceError("this code stands in no code table; keys look like SCT:94391008 or ICDO3:8890/3")
        return tuple(found)

    def writes(self, table: str, value: str) -> Code | None:
        """The code that is written for a value: the first that somebody checked, None where there is none."""
        return self._written.get((table, value))

    @cached_property
    def _written(self) -> dict[tuple[str, str], Code]:
        found: dict[tuple[str, str], Code] = {}
        for code in self:
            if not (code.marks or code.narrower) and code.system in ADDRESSES:
                found.setdefault((code.table, code.value), code)
        return found

    @checked
    def with_file(self, path: Path | str) -> CodeTables:
        """These tables with those of a user's file before them.

        Raises
        ------
        TableError : the file cannot be read, or an entry is wrong; it names the entry and what is needed.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise TableError(f"--codes: there is no file {path.name[:80]} that can be read as UTF-8 text") from None
        try:
            own = codes_of(read_yaml(text, path.name[:80]), path.name[:80])
        except EvidenceError as error:
            raise TableError(str(error)) from None
        return CodeTables([*own, *self])


def codes_of(raw: Any, name: str) -> list[Code]:
    """The codes of a file: a mapping from table to its entries.

    Raises
    ------
    EvidenceError : an entry is wrong; names the table, the entry, and what is needed.
    """
    if not isinstance(raw, Mapping):
        raise EvidenceError(
            f"{name}: tables are needed, such as margin: [{{system: …, code: …, value: R0, read_in: …}}]"
        )
    found: list[Code] = []
    seen: set[tuple[str, str, str, str]] = set()
    for table, entries in raw.items():
        try:
            values = allowed_values(str(table))
        except KeyError:
            raise EvidenceError(f"{name}: {str(table)[:40]} is no code table") from None
        for number, entry in enumerate(entries if isinstance(entries, list) else [None]):
            code = _code(entry, str(table), values, f"{name}: {table}: entry {number + 1}")
            which = (code.table, code.system, code.code, code.value if table == "unit" else "")
            if which in seen:
                raise EvidenceError(f"{name}: {table}: entry {number + 1}: this code stands twice")
            seen.add(which)
            found.append(code)
    return found


def _code(entry: Any, table: str, values: frozenset[str] | None, where: str) -> Code:
    if not isinstance(entry, Mapping):
        raise EvidenceError(f"{where}: {', '.join(_NEEDED)} are needed")
    unknown = [str(key)[:30] for key in entry if key not in (*_NEEDED, *_ALLOWED)]
    if unknown:
        raise EvidenceError(f"{where}: {unknown[0]} is not known; there are {', '.join((*_NEEDED, *_ALLOWED))}")
    for key in _NEEDED:
        if not isinstance(entry.get(key), str) or not 0 < len(entry[key]) <= _LONGEST:
            raise EvidenceError(f"{where}: {key} is needed, as text in quotes")
    system, code, value = SYSTEMS.get(entry["system"], entry["system"]), entry["code"], entry["value"]
    known = system in ADDRESSES or ":" in system or table in ("status", "performance_status")
    if not known:
        raise EvidenceError(f"{where}: system is one of {', '.join(ADDRESSES)}, or an address")
    if table != "status" and system in ADDRESSES and not is_code(system, code):
        raise EvidenceError(f"{where}: this is not a code of {system}")
    if values is not None and value not in values:
        raise EvidenceError(f"{where}: value is none of {', '.join(sorted(values)[:12])}")
    marks = entry.get("marks", [])
    if not isinstance(marks, list) or any(mark not in MARKS for mark in marks):
        raise EvidenceError(f"{where}: marks are a list of {', '.join(MARKS)}")
    factor = entry.get("factor")
    if (table == "unit") != (isinstance(factor, (int, float)) and not isinstance(factor, bool)):
        raise EvidenceError(f"{where}: a unit, and nothing else, has a factor, such as factor: 0.1")
    narrower = entry.get("narrower", False)
    if not isinstance(narrower, bool):
        raise EvidenceError(f"{where}: narrower is true or false")
    called = str(entry.get("name", ""))[:_LONGEST]
    return Code(table, system, code, value, entry["read_in"], called, tuple(marks), factor, narrower)


def _of_the_types() -> Iterator[Code]:
    """ICD-O-3 morphology, which stands in the evidence: codes that one type has, or whose type without qualifier is."""
    from sarcoma.errors import TypeLookupError
    from sarcoma.patient.histology import resolve_type

    for entity in library().types.values():
        for coded in entity.codes:
            try:
                means = resolve_type(coded.code)
            except TypeLookupError:
                continue
            if means == entity.id:
                read_in = f"evidence: types.yaml ({', '.join(entity.seen_in) or 'WHO 2020'})"
                yield Code("histologic_type", "ICDO3", coded.code, entity.id, read_in, entity.name)


@cache
@checked
def code_tables() -> CodeTables:
    """The code tables that are shipped.

    Raises
    ------
    EvidenceError : a file does not fit the schema.
    """
    found = list(_of_the_types())
    for name, raw in sorted(read_folder(DATA).items()):
        found += codes_of(raw, f"{name}.yaml")
    return CodeTables(found)
