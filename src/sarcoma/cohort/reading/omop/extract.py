"""The rows that are asked of a database: all in one snapshot, and of persons with a sarcoma only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sarcoma.cohort.reading.omop.concepts import VOCABULARY, Concepts
from sarcoma.cohort.reading.omop.diagnoses import Diagnoses, codes_of, diagnoses_of
from sarcoma.cohort.reading.omop.queries import Engine
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

_NOT_MEASURED = ("episode", "event_field", "sex", "presence", "unit", "procedure", "cause", "histologic_type")


@dataclass(frozen=True)
class Extract:
    """What the database answered, and what its concepts mean."""

    concepts: Concepts
    own: frozenset[int]
    diagnoses: Diagnoses
    codes: dict[int, tuple[str, str]]
    seen: pl.DataFrame
    source: pl.DataFrame
    persons: pl.DataFrame
    people: pl.DataFrame
    periods: pl.DataFrame
    deaths: pl.DataFrame
    episodes: pl.DataFrame
    episode_conditions: pl.DataFrame
    conditions: pl.DataFrame
    operations: pl.DataFrame
    measurements: pl.DataFrame
    unknown_modifiers: pl.DataFrame
    unread: dict[str, int]

    def __repr__(self) -> str:
        return f"Extract(people={self.people.height}, measurements={self.measurements.height})"


def extract(engine: Engine, known: Concepts) -> Extract:
    """Ask an engine for everything that is needed.

    Raises
    ------
    CohortError : it cannot be asked, or no disease of it is a sarcoma that is recognised.
    """
    own = engine.answer("own_concepts", [VOCABULARY])
    known = known.with_codes((n, code) for n, code in own.iter_rows() if n is not None and code is not None)
    disease, condition = known.ids("episode", "disease"), known.ids("event_field", "condition")
    seen = engine.answer("diagnoses", disease, condition)
    ids = sorted(seen["concept_id"].drop_nulls().unique().to_list())
    codes = codes_of(engine.answer("concepts", ids))
    diagnoses = diagnoses_of(ids, codes, known)
    if not diagnoses.sarcomas:
        raise CohortError(_why_none(codes, len(ids), diagnoses))
    asked = disease, sorted(diagnoses.sarcomas), condition
    deaths = engine.answer("deaths", *asked)
    causes = sorted(set(deaths["cause"].drop_nulls().unique().to_list()) - set(codes))
    codes |= codes_of(engine.answer("concepts", causes))
    diagnoses.sarcomas |= diagnoses_of(causes, codes, known).sarcomas
    measured = tuple(dict.fromkeys(n for t in known.tables if t not in _NOT_MEASURED for n in known.ids(t)))
    conditions = tuple(dict.fromkeys([*diagnoses.sarcomas, *known.ids("organ"), *known.ids("event")]))
    return Extract(
        known,
        frozenset(own["concept_id"].drop_nulls().to_list()),
        diagnoses,
        codes,
        seen,
        engine.answer("source", ()),
        engine.answer("persons", ()),
        engine.answer("people", *asked),
        engine.answer("periods", *asked),
        deaths,
        engine.answer("episodes", *asked),
        engine.answer("episode_conditions", *asked),
        engine.answer("conditions", *asked, conditions),
        engine.answer(
            "operations",
            *asked,
            known.ids("episode", "surgery"),
            known.ids("event_field", "procedure"),
            known.ids("procedure"),
        ),
        engine.answer("measurements", *asked, measured),
        engine.answer("unknown_modifiers", *asked, measured, known.ids("event_field")),
        dict(engine.unread),
    )


def _why_none(codes: dict[int, tuple[str, str]], seen: int, found: Diagnoses) -> str:
    if not seen:
        return "the database has neither disease episodes nor conditions, so there is nobody to read"
    if not codes:
        return (
            f"the table concept says nothing of the {seen:,} concepts of diseases, so ICD-O-3 cannot be looked up: "
            "load the vocabulary, or name the concepts of sarcomas with --codes"
        )
    more = f"; {len(found.unknown):,} concepts stand in no vocabulary" if found.unknown else ""
    return f"none of the {seen:,} concepts of diseases is a soft tissue sarcoma by ICD-O-3 or by our table{more}"
