"""A folder of FHIR as the source of a cohort: a reader as those of `cohort.reading.readers`.

The record of each person stands at the diagnosis; what comes later are events. Follow-up ends with death, or with the
last day on which a resource of the person is dated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sarcoma._months import months_between
from sarcoma.cohort import CohortMap, Place, Source, cohort_map
from sarcoma.errors import CohortError
from sarcoma.exchange.ndjson import files_of, read_ndjson
from sarcoma.exchange.reading import Reading, Refused
from sarcoma.patient import Metastasis, field_specs
from sarcoma.patient.metastasis import metastases_text

NAME = "FHIR (NDJSON)"
BASELINE_MONTHS = 4.0
"""Performance status and blood count as those of the diagnosis up to here, as clinical staging does (AJCC 8)."""

_LATER = (
    "landmark_months",
    "diagnosis_date",
    "treatments",
    "response",
    "metastasectomy",
    "local_recurrence",
    "local_recurrence_months",
    "metastases",
)
"""Fields that say what came after the diagnosis: events, or none of a record at the diagnosis."""
_FIELDS = tuple(name for name in field_specs() if name not in _LATER)
_COLUMNS = ("id", "died", "seen", "dead", "recurred", "metastases", *_FIELDS)
_CHUNK = 5_000


def recognises(place: Place) -> bool:
    if place.folder is not None:
        return bool(files_of(place.folder))
    return place.file is not None and place.file.suffix in (".ndjson", ".jsonl")


def read(place: Place) -> Source:
    """Everybody of a folder, one row each; who could not be read is refused with the reason.

    Raises
    ------
    CohortError : nobody can be read.
    """
    if place.path is None:
        raise CohortError(f"{place.name}: a folder or a file of NDJSON is needed")
    return source_of(read_ndjson(place.path, baseline_months=BASELINE_MONTHS))


def source_of(readings: Iterable[Reading | Refused]) -> Source:
    """Readings as the tables of a source."""
    import polars as pl

    refused: list[tuple[str, str]] = []
    unread: list[tuple[str, str]] = []
    frames: list[pl.DataFrame] = []
    rows: dict[str, list[str | None]] = defaultdict(list)
    spread: dict[str, list[str | None]] = {name: [] for name in ("id", "months", "organ", "found")}
    for number, reading in enumerate(readings):
        if isinstance(reading, Refused):
            refused.append((reading.place, reading.reason))
            continue
        name = reading.name or f"row {number + 1}"
        for column, value in _row(name, reading).items():
            rows[column].append(value)
        for one in reading.patient.metastases or ():
            months = None if one.months is None else f"{one.months:g}"
            for column, value in (("id", name), ("months", months), ("organ", one.organ), ("found", "yes")):
                spread[column].append(value)
        said = {**reading.unknown, **reading.conflicts}
        unread.extend((name, f"{field}: {reason}") for field, reason in said.items())
        if len(rows["id"]) >= _CHUNK:
            frames.append(_frame(rows))
            rows.clear()
    if rows:
        frames.append(_frame(rows))
    if not frames:
        why = f"; most often: {refused[0][1]}" if refused else ""
        raise CohortError(f"nobody in the files of FHIR can be read{why}")
    text = {name: pl.Series(name, values, dtype=pl.String) for name, values in spread.items()}
    return Source(
        pl.concat(frames), NAME, {"metastases": pl.DataFrame(text)}, mapping(), refused=refused, unread=unread
    )


def _frame(rows: Mapping[str, list[str | None]]) -> Any:
    import polars as pl

    return pl.DataFrame({name: pl.Series(name, rows[name], dtype=pl.String) for name in _COLUMNS})


def _row(name: str, reading: Reading) -> dict[str, str | None]:
    patient, start = reading.patient, reading.diagnosed
    since = {
        what: None if start is None or day is None else f"{months_between(start, day):.3f}"
        for what, day in (("died", reading.died), ("seen", reading.seen))
    }
    recurred = patient.local_recurrence_months
    return {
        "id": name,
        **since,
        "dead": "yes" if reading.deceased else "no",
        "recurred": None if recurred is None else f"{recurred:g}",
        "metastases": _at_diagnosis(patient.metastases),
        **{field: _text(getattr(patient, field)) for field in _FIELDS},
    }


def _at_diagnosis(found: tuple[Metastasis, ...] | None) -> str | None:
    """The metastases at the diagnosis; None where that is not known, as a time may be that of the diagnosis."""
    first = tuple(one for one in found or () if one.months == 0)
    if found is None or (not first and any(one.months is None for one in found)):
        return None
    return metastases_text(first)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def mapping() -> CohortMap:
    """What the columns of the table mean."""
    return cohort_map(
        {
            "name": "A cohort read from FHIR",
            "id": "id",
            "unknown": [""],
            "origin": {"event": "diagnosis", "note": "Condition.onset of the primary"},
            "fields": {name: name for name in ("metastases", *_FIELDS)},
            "events": [
                {"event": "death", "column": "died", "unit": "months", "known_where": {"dead": ["yes"]}},
                {"event": "last-contact", "column": "seen", "unit": "months"},
                {"event": "local-recurrence", "column": "recurred", "unit": "months"},
                {
                    "event": "metastasis",
                    "table": "metastases",
                    "when": {"found": ["yes"]},
                    "column": "months",
                    "unit": "months",
                    "organ": "organ",
                },
            ],
        }
    )
