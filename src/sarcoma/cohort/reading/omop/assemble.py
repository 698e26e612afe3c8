"""From what a database answered to a source: one row a person, a table of events, and the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sarcoma.cohort.cohort import Refusal
from sarcoma.cohort.reading.mapping import cohort_map
from sarcoma.cohort.reading.omop.account import DatabaseAccount, Noted
from sarcoma.cohort.reading.omop.concepts import VOCABULARY
from sarcoma.cohort.reading.omop.extract import Extract
from sarcoma.cohort.reading.source import Source
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

NAME = "OMOP CDM 5.4"
_MOST_LISTED = 20


@dataclass(frozen=True)
class Assembled:
    """The source; and of each field the measurements it was taken from, and what is known of a person besides."""

    source: Source
    origins: dict[str, pl.DataFrame]
    told: pl.DataFrame
    operations: pl.DataFrame
    noted: tuple[Noted, ...]

    def __repr__(self) -> str:
        return f"Assembled({self.source!r})"


def source_of(extract: Extract) -> Source:
    """The source: its mapping, its tables, and what was refused and not read.

    Raises
    ------
    CohortError : nobody has a sarcoma that can be used.
    """
    return assembled(extract).source


def assembled(extract: Extract) -> Assembled:
    """The source, and where the fields of each person came from.

    Raises
    ------
    CohortError : nobody has a sarcoma that can be used.
    """
    import polars as pl

    from sarcoma.cohort.reading.omop.findings import Findings, radiotherapy, with_operation
    from sarcoma.cohort.reading.omop.primary import primaries, with_observation, with_people

    account = DatabaseAccount()
    rows_in = int(extract.persons["n_rows"][0])
    told = with_people(primaries(extract, account), extract, account)
    told = with_observation(told, extract, account)
    told, operations = with_operation(told, extract, account)
    findings = Findings(told, operations, extract, account)
    told = told.join(findings.margins(), on="person_id", how="left")
    fields = {
        "sex": "sex",
        "age": "age",
        "histologic_type": "type",
        "topography": "topography",
        "surgery": "surgery",
        "margin": "margin",
        "radiotherapy": "radiotherapy",
    }
    told = told.with_columns(
        surgery=pl.when(pl.col("operated").is_not_null()).then(pl.lit("resected")).otherwise(None)
    ).join(radiotherapy(told, extract), on="person_id", how="left")
    for name, frame in findings.fields().items():
        column = f"stated {name}"
        told = told.join(frame.rename({name: column}), on="person_id", how="left")
        if name in fields:
            told = told.with_columns(pl.coalesce(column, fields[name]).alias(fields[name]))
        else:
            fields[name] = column
    events = findings.events()
    findings.list_unknown()
    _list_diagnoses(extract, account)
    for column, count in extract.unread.items():
        account.not_read_count(f"{column}: not of the kind of its column", count)
    named = _with_ids(told, extract)
    if rows_in - sum(r.count for r in account.refused) - named.height > 0:
        account.refuse_count(
            "no sarcoma among the diseases of its episodes and conditions",
            rows_in - sum(r.count for r in account.refused) - named.height,
        )
    if not named.height:
        raise CohortError(
            f"none of the {rows_in:,} persons can be used; most often: "
            f"{max(account.refused, key=lambda r: r.count).reason if account.refused else 'there is nobody'}"
        )
    ids = named.select("person_id", "id")
    happened = events.join(ids, on="person_id").select("id", "event", "organ", "day")
    source = Source(
        named.drop("person_id"),
        NAME,
        {"events": happened},
        cohort_map(_mapping(extract, fields, kept=named["age_from"].null_count() < named.height)),
        refused_counts=_by_id(account.refused),
        unread_counts=tuple(account.unread),
    )
    return Assembled(source, findings.origins, named, operations, tuple(account.noted))


def _with_ids(told: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Persons by person_id, or by the cohort's own ids where `sarcoma cohort write` made the database."""
    import polars as pl

    ours = VOCABULARY in extract.source["cdm_source_abbreviation"].to_list()
    number = pl.col("person_id").cast(pl.String)
    own = pl.coalesce("person_source_value", number) if ours else number
    return told.with_columns(id=own).sort("person_id")


def _by_id(refused: list[Refusal]) -> tuple[Refusal, ...]:
    return tuple(sorted(refused, key=lambda part: -part.count))


def _list_diagnoses(extract: Extract, account: DatabaseAccount) -> None:
    """Concepts of disease episodes that stand in no vocabulary and no table: listed, never guessed."""
    import polars as pl

    strange = (
        extract.seen.filter(
            pl.col("origin").is_in(["episode", "episode-condition"])
            & pl.col("concept_id").is_in(list(extract.diagnoses.unknown))
        )
        .group_by("concept_id")
        .agg(n=pl.col("n_rows").sum())
        .sort("n", "concept_id", descending=[True, False])
    )
    for number, count in strange.head(_MOST_LISTED).iter_rows():
        account.not_read_count(
            f"episode: the disease OMOP:{number} stands in no vocabulary and no table",
            int(count),
            column="episode",
            concept=number,
        )


def _mapping(extract: Extract, fields: dict[str, str], *, kept: bool) -> dict[str, Any]:
    names = [name for name in extract.source["cdm_source_name"].to_list() if name]
    date = {"unit": "date"}
    return {
        "name": str(names[0])[:200] if names else "an OMOP database",
        "source": NAME,
        "id": "id",
        "origin": {"event": "diagnosis", "column": "diagnosed", **date},
        "entry": {"column": "entry", **date, "late_only": True},
        "centre": "care_site_name",
        "fields": fields,
        "keep": {"age_from": "age_from", "age_to": "age_to"} if kept else {},
        "events": [
            {"event": "death", "column": "died", **date, "cause": {"column": "cause"}},
            {"event": "last-contact", "column": "last_contact", **date},
            *(
                {
                    "event": event,
                    "table": "events",
                    "when": {"event": event},
                    "column": "day",
                    **date,
                    **({"organ": {"column": "organ"}} if event == "metastasis" else {}),
                }
                for event in ("metastasis", "local-recurrence")
            ),
        ],
    }
