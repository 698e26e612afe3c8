"""Concepts of OMOP: what a concept_id means here, and where that was read. What stands nowhere is never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sarcoma._files import read_yaml
from sarcoma.errors import CohortError, EvidenceError
from sarcoma.evidence import library
from sarcoma.patient import ORGANS, field_specs

_FILE = Path(__file__).with_name("concepts.yaml")
VOCABULARY = "Sarcoma-Outlook"
"""The vocabulary of concepts that `sarcoma cohort write` makes for what OMOP has none for; codes are `table:value`."""
LONGEST_CODE = 50
"""What concept_code takes; a longer code of ours is cut, and begins like one value only."""
SYSTEM = "OMOP"
_OWN: Mapping[str, tuple[str, ...]] = {
    "episode": ("disease", "surgery", "radiotherapy"),
    "event_field": ("procedure", "condition", "episode"),
    "presence": ("yes", "no", "unknown"),
    "unit": ("cm", "mm"),
    "procedure": ("resection", "amputation", "biopsy", "metastasectomy", "other"),
    "cause": ("sarcoma", "other"),
    "event": ("local-recurrence",),
    "organ": tuple(ORGANS),
}
"""Tables that are no field of the record, with their values; `question` is a field, answered by a value."""
_KEYS = ("system", "code", "value", "read_in")


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept: the table it stands in, what it means, and where that was read."""

    table: str
    id: int
    value: str
    read_in: str
    name: str = ""
    marks: tuple[str, ...] = ()


class Concepts:
    """Every concept that is known, by table; one that stands in several is each of them."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._tables: dict[str, dict[int, Concept]] = {}
        for concept in concepts:
            self._tables.setdefault(concept.table, {}).setdefault(concept.id, concept)

    def __iter__(self) -> Iterator[Concept]:
        return (concept for table in self._tables.values() for concept in table.values())

    def __repr__(self) -> str:
        return f"Concepts({sum(map(len, self._tables.values()))})"

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self._tables)

    def table(self, name: str) -> dict[int, str]:
        """What the concepts of a table mean, by concept_id."""
        return {number: concept.value for number, concept in self._tables.get(name, {}).items()}

    def ids(self, name: str, value: str | None = None) -> tuple[int, ...]:
        """The concepts of a table, or those of one value."""
        return tuple(n for n, meant in self.table(name).items() if value is None or meant == value)

    def writes(self, table: str, value: str) -> int | None:
        """The concept that is written for a value: the first that somebody checked."""
        return next((c.id for c in self._tables.get(table, {}).values() if c.value == value and not c.marks), None)

    def with_codes(self, codes: Iterable[tuple[int, str]]) -> Concepts:
        """These, and the concepts of our own vocabulary that a database has, by their codes (`table:value`)."""
        own = []
        for number, code in codes:
            table, _, value = code.partition(":")
            if len(code) == LONGEST_CODE:
                value = _begun(table, value) or value
            if _allowed(table, value):
                own.append(Concept(table, number, value, f"the vocabulary {VOCABULARY}"))
        return Concepts([*self, *own])

    def with_file(self, path: Path | str) -> Concepts:
        """These with those of a user's file before them.

        Raises
        ------
        CohortError : the file cannot be read, or an entry is wrong; names it, and what is needed.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise CohortError(f"--codes: there is no file {path.name[:80]} that can be read as UTF-8 text") from None
        try:
            return Concepts([*concepts_of(read_yaml(text, path.name[:80]), path.name[:80]), *self])
        except EvidenceError as error:
            raise CohortError(str(error)) from None


def _begun(table: str, beginning: str) -> str | None:
    """The one value of a field that begins so."""
    spec = field_specs().get(table)
    if spec is None:
        return None
    known = library().types if spec.kind == "type" else spec.code_list()
    fitting = [value for value in known if value.startswith(beginning)]
    return fitting[0] if len(fitting) == 1 else None


def _allowed(table: str, value: str) -> bool:
    if table in _OWN:
        return value in _OWN[table]
    if table == "question":
        return value in field_specs()
    if (table, value) == ("histologic_type", "unknown"):  # a sarcoma, but not which
        return True
    spec = field_specs().get(table)
    if spec is None:
        return False
    if spec.kind in ("type", "site", "topography"):
        try:
            return bool(spec.clean(value) == value)
        except ValueError:
            return False
    return value in ("yes", "no") if spec.kind == "yes-no" else value in spec.code_list()


def concepts_of(raw: Any, name: str) -> list[Concept]:
    """The concepts of a file; entries of other code systems are somebody else's.

    Raises
    ------
    EvidenceError : an entry is wrong; names it, and what is needed.
    """
    if not isinstance(raw, Mapping):
        raise EvidenceError(
            f"{name}: tables are needed, such as margin: [{{system: OMOP, code: '1634643', value: R0, read_in: …}}]"
        )
    found = []
    for table, entries in raw.items():
        for number, entry in enumerate(entries if isinstance(entries, list) else [None]):
            where = f"{name}: {str(table)[:40]}: entry {number + 1}"
            if not isinstance(entry, Mapping) or any(not isinstance(entry.get(key), str) for key in _KEYS):
                raise EvidenceError(f"{where}: {', '.join(_KEYS)} are needed, each as text in quotes")
            if entry["system"] != SYSTEM:
                continue
            code = entry["code"]
            if not (code.isascii() and code.isdecimal() and 0 < int(code) < 2**31):
                raise EvidenceError(f"{where}: a code of OMOP is a concept_id, such as '1634643'")
            if not _allowed(str(table), entry["value"]):
                raise EvidenceError(f"{where}: this is no value of {str(table)[:40]}")
            marks = entry.get("marks", [])
            if not isinstance(marks, list) or any(mark != "unverified" for mark in marks):
                raise EvidenceError(f"{where}: marks are a list of unverified")
            found.append(
                Concept(
                    str(table), int(code), entry["value"], entry["read_in"], str(entry.get("name", "")), tuple(marks)
                )
            )
    return found


@cache
def concepts() -> Concepts:
    """The concepts that are shipped.

    Raises
    ------
    EvidenceError : the file does not fit.
    """
    return Concepts(concepts_of(read_yaml(_FILE.read_text(encoding="utf-8"), _FILE.name), _FILE.name))
