"""What measurements, conditions and procedures say: the operation and its margin, fields at diagnosis, metastases."""

from __future__ import annotations

import polars as pl

from sarcoma.cohort.reading.omop.account import DatabaseAccount
from sarcoma.cohort.reading.omop.extract import Extract
from sarcoma.cohort.reading.omop.primary import _meant, _whole
from sarcoma.patient import field_specs

_BEFORE, _AFTER = 92, 183
"""Days before and after diagnosis in which the primary tumour is described where there is no operation."""
_FEWEST = 10
"""Persons from which on one day, the last of all and of most of them, is taken as a day of extraction."""
_WORST = {"R2": 3, "R1": 2, "R0": 1, "RX": 0}
_MOST_LISTED = 20


def with_operation(told: pl.DataFrame, extract: Extract, account: DatabaseAccount) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same with the day of the operation on the primary; and the procedures of that day, by person."""
    kinds = extract.concepts.table("procedure")
    done = (
        extract.operations.join(told.select("person_id", "diagnosed", primary="episode_id"), on="person_id")
        .with_columns(kind=_meant("concept_id", kinds))
        .with_columns(
            kind=pl.when(pl.col("kind").is_null() & pl.col("episode_id").is_not_null())
            .then(pl.lit("resection"))
            .otherwise(pl.col("kind"))
        )
        .filter(pl.col("kind").is_in(["resection", "amputation"]))
    )
    elsewhere = (
        pl.col("parent").is_not_null() & pl.col("primary").is_not_null() & (pl.col("parent") != pl.col("primary"))
    )
    account.not_read("operation of another disease of the person, by its episode", done.filter(elsewhere)["person_id"])
    early = (pl.col("diagnosed") - pl.col("done")).dt.total_days() > _BEFORE
    account.not_read(
        f"operation without a date, or more than {_BEFORE} days before the diagnosis",
        done.filter(pl.col("done").is_null() | early)["person_id"],
    )
    done = done.filter(~elsewhere & pl.col("done").is_not_null() & ~early)
    first = done.group_by("person_id").agg(operated=pl.col("done").min())
    of_that_day = (
        done.join(first, on="person_id")
        .filter(pl.col("done") == pl.col("operated"))
        .select("person_id", "procedure_occurrence_id")
        .unique()
    )
    return told.join(first, on="person_id", how="left"), of_that_day


class Findings:
    """The measurements of persons, with what each is about, its answer, and what it is tied to."""

    def __init__(
        self, told: pl.DataFrame, operations: pl.DataFrame, extract: Extract, account: DatabaseAccount
    ) -> None:
        self.told, self.operations, self.extract, self.account = told, operations, extract, account
        self.known = extract.concepts
        self.origins: dict[str, pl.DataFrame] = {}  # of each field, the measurements that it was taken from
        rows = extract.measurements.join(
            told.select("person_id", "diagnosed", "operated", "followed_to", primary="episode_id"), on="person_id"
        )
        presence = self.known.table("presence")
        answer = _whole("value_id").fill_null(0)
        rows = rows.with_columns(
            present=pl.when(answer == 0).then(pl.lit("yes")).otherwise(_meant("value_id", presence)),
            tied_to=_meant("meas_event_field_concept_id", self.known.table("event_field")),
        )
        self.extracted = _days_of_extraction(rows, extract)
        self.rows = rows.with_columns(
            at_extraction=pl.col("dated").is_in(self.extracted) if self.extracted else pl.lit(False)
        )

    def of(self, table: str) -> pl.DataFrame:
        """The rows whose concept stands in a table, with its `value`."""
        meant = self.known.table(table)
        return self.rows.with_columns(value=_meant("concept_id", meant)).filter(pl.col("value").is_not_null())

    def margins(self) -> pl.DataFrame:
        """The worst margin of the first operation: what is tied to it, or is of its day and tied to nothing."""
        rows = self.of("margin").filter(pl.col("present") == "yes")
        mine = self.operations.rename({"procedure_occurrence_id": "measurement_event_id"}).with_columns(
            its=pl.lit(True)
        )
        rows = rows.with_columns(_whole("measurement_event_id")).join(
            mine.with_columns(_whole("measurement_event_id")), on=["person_id", "measurement_event_id"], how="left"
        )
        tied = pl.col("tied_to") == "procedure"
        its = (tied & pl.col("its")) | (pl.col("tied_to").is_null() & (pl.col("dated") == pl.col("operated")))
        its = its.fill_null(False)
        self.account.not_read(
            "margin of another operation, by what it is tied to",
            rows.filter(tied & ~its)["person_id"],
            field="margin",
        )
        self.account.not_read(
            "margin tied to no operation, and of another day than the first",
            rows.filter(~tied.fill_null(False) & ~its)["person_id"],
            field="margin",
        )
        worst = (
            rows.filter(its)
            .with_columns(rank=pl.col("value").replace_strict(_WORST, default=0))
            .sort("person_id", "rank", descending=[False, True])
            .unique("person_id", keep="first", maintain_order=True)
        )
        self.origins["margin"] = worst.select("person_id", "measurement_id", "dated")
        return worst.select("person_id", margin="value")

    def fields(self) -> dict[str, pl.DataFrame]:
        """What is known of the primary at its diagnosis, by field: `person_id` and the value."""
        found: dict[str, pl.DataFrame] = {}
        for name, spec in field_specs().items():
            if name == "margin":
                continue
            rows = self._answers(name, number=spec.kind in ("number", "whole"))
            if not rows.height:
                continue
            one = self._at_diagnosis(name, rows, several=spec.kind == "members")
            if one.height:
                found[name] = one
        return found

    def _answers(self, name: str, *, number: bool) -> pl.DataFrame:
        """Rows about a field, with the `value`: of the concept itself, of the concept in its value, or its number."""
        asked = [n for n, field in self.known.table("question").items() if field == name]
        if number:
            return self._numbers(name, asked)
        stated = self.of(name)
        other = {"yes": "no", "no": "yes"}
        if field_specs()[name].kind == "yes-no":
            turned = pl.when(pl.col("present") == "no").then(pl.col("value").replace_strict(other, default=None))
            stated = stated.with_columns(value=turned.otherwise(pl.col("value"))).filter(
                pl.col("present").is_in(["yes", "no"])
            )
        else:
            stated = stated.filter(pl.col("present") == "yes")
        if not asked:
            return stated
        answered = self.rows.filter(_whole("concept_id").is_in(asked)).with_columns(
            value=_meant("value_id", self.known.table(name))
        )
        strange = answered.filter(pl.col("value").is_null() & (_whole("value_id").fill_null(0) != 0))
        self.account.not_read(f"{name}: a value whose concept is not in the table", strange["person_id"], field=name)
        return pl.concat([stated, answered.filter(pl.col("value").is_not_null())])

    def _numbers(self, name: str, asked: list[int]) -> pl.DataFrame:
        rows = self.rows.filter(_whole("concept_id").is_in(asked))
        rows = rows.filter(pl.col("number").is_not_null() & pl.col("number").is_not_nan())
        if name == "size_cm":
            unit = _meant("unit_id", self.known.table("unit"))
            rows = rows.with_columns(
                factor=unit.replace_strict({"cm": 1.0, "mm": 0.1}, default=None, return_dtype=pl.Float64)
            )
            strange = rows.filter(pl.col("factor").is_null())
            self.account.not_read(
                "size: in another unit than cm or mm, or without one", strange["person_id"], field=name
            )
            in_cm = pl.when(pl.col("factor") == 1.0).then(pl.col("number"))
            rows = rows.filter(pl.col("factor").is_not_null()).with_columns(
                number=in_cm.otherwise((pl.col("number") * pl.col("factor")).round(6))
            )
        else:
            rows = rows.filter(_whole("concept_id").is_in(list(self.extract.own)))
        return rows.with_columns(value=pl.col("number"))

    def _at_diagnosis(self, name: str, rows: pl.DataFrame, *, several: bool) -> pl.DataFrame:
        """The last of them until the operation, or until some months after the diagnosis; two on one day are none."""
        until = pl.coalesce(pl.col("operated"), pl.col("diagnosed").dt.offset_by(f"{_AFTER}d"))
        within = (pl.col("dated") <= until) & (pl.col("dated") >= pl.col("diagnosed").dt.offset_by(f"-{_AFTER}d"))
        within = within & ~pl.col("at_extraction")
        to_the_primary = (
            (pl.col("tied_to") == "episode") & (pl.col("measurement_event_id") == pl.col("primary"))
        ).fill_null(False)
        of_it = pl.col("at_extraction") & to_the_primary
        rows = rows.with_columns(rank=pl.when(within).then(pl.col("dated")).when(of_it).then(pl.col("diagnosed")))
        later = rows.filter(pl.col("rank").is_null())
        self.account.not_read(
            f"{name}: dated outside the time of the diagnosis and the operation", later["person_id"], field=name
        )
        rows = rows.filter(pl.col("rank").is_not_null())
        self.origins[name] = rows.sort("rank", descending=True).select("person_id", "measurement_id", "dated")
        if several:
            return (
                rows.sort("person_id", "value")
                .group_by("person_id", maintain_order=True)
                .agg(pl.col("value").unique(maintain_order=True).str.join("; ").alias(name))
            )
        last = rows.filter(pl.col("rank") == pl.col("rank").max().over("person_id"))
        one = last.group_by("person_id").agg(pl.col("value").first(), n=pl.col("value").n_unique())
        self.account.not_read(
            f"{name}: two values on one day, so it is not known",
            one.filter(pl.col("n") > 1)["person_id"],
            field=name,
            conflict=True,
        )
        return one.filter(pl.col("n") == 1).select("person_id", pl.col("value").alias(name))

    def metastases(self) -> pl.DataFrame:
        """Each organ in which a metastasis was found, and when (`day` null: not known); No says that there was none."""
        measured = self.of("organ").select(
            "person_id",
            "value",
            "dated",
            "present",
            "tied_to",
            "measurement_event_id",
            "primary",
            "followed_to",
            "at_extraction",
        )
        strange = measured.filter(pl.col("present").is_null())
        self.account.not_read(
            "metastasis: a value that is neither Yes nor No", strange["person_id"], field="metastases"
        )
        unsure = measured.filter(pl.col("present") == "unknown")
        self.account.not_read("metastasis: not known whether there was one", unsure["person_id"], field="metastases")
        measured = measured.filter(pl.col("present").is_in(["yes", "no"]))
        both = (
            measured.group_by("person_id", "value", "dated").agg(n=pl.col("present").n_unique()).filter(pl.col("n") > 1)
        )
        self.account.not_read(
            "metastasis: Yes and No of one organ on one day, so neither is read",
            both["person_id"],
            field="metastases",
            conflict=True,
        )
        found = measured.join(both, on=["person_id", "value", "dated"], how="anti", nulls_equal=True).filter(
            pl.col("present") == "yes"
        )
        starts = self.extract.episodes.select(
            pl.col("episode_id").alias("measurement_event_id").cast(pl.Int64),
            of_person="person_id",
            episode_starts="starts",
        ).unique("measurement_event_id")
        found = found.with_columns(_whole("measurement_event_id")).join(starts, on="measurement_event_id", how="left")
        late = pl.col("dated") > pl.col("followed_to")
        unsound = (pl.col("at_extraction") | late).fill_null(True)
        of_episode = (
            (pl.col("tied_to") == "episode")
            & (pl.col("of_person") == pl.col("person_id"))
            & (pl.col("measurement_event_id") != pl.col("primary")).fill_null(True)
        ).fill_null(False)
        self.account.not_read(
            "metastasis: dated with a day of extraction, or after follow-up ended; when it was found is that of its "
            "episode, or not known",
            found.filter(unsound)["person_id"],
            field="metastases",
        )
        day = pl.when(~unsound).then(pl.col("dated")).when(of_episode).then(pl.col("episode_starts"))
        return found.select("person_id", organ="value", day=day)

    def events(self) -> pl.DataFrame:
        """Metastases and local recurrences: `person_id`, `event`, `organ`, `day`."""
        organs, happened = self.known.table("organ"), self.known.table("event")
        conditions = self.extract.conditions.join(self.told.select("person_id"), on="person_id")
        parts = [
            self.metastases().with_columns(event=pl.lit("metastasis")),
            conditions.with_columns(
                organ=_meant("concept_id", organs), event=pl.lit("metastasis"), day=pl.col("starts")
            ).filter(pl.col("organ").is_not_null()),
            conditions.with_columns(
                organ=pl.lit(None, pl.String), event=_meant("concept_id", happened), day=pl.col("starts")
            ).filter(pl.col("event").is_not_null()),
            self.of("event")
            .filter(pl.col("present") == "yes")
            .with_columns(organ=pl.lit(None, pl.String), event=pl.col("value"), day=pl.col("dated")),
        ]
        return pl.concat([part.select("person_id", "event", "organ", "day") for part in parts]).sort(
            "person_id", "day", "event", "organ", nulls_last=True
        )

    def list_unknown(self) -> None:
        """Concepts of what is tied to these persons' disease that stand in no table: listed, never guessed."""
        listed = self.extract.unknown_modifiers.sort("n_rows", descending=True)
        for number, count in listed.head(_MOST_LISTED).iter_rows():
            self.account.not_read_count(
                f"measurement: OMOP:{number} stands in no table of concepts",
                count,
                column="measurement",
                concept=number,
            )
        if listed.height > _MOST_LISTED:
            self.account.not_read_count(
                f"measurement: {listed.height - _MOST_LISTED} more concepts that stand in no table",
                int(listed["n_rows"].slice(_MOST_LISTED).sum()),
            )


def radiotherapy(told: pl.DataFrame, extract: Extract) -> pl.DataFrame:
    """Radiotherapy of the primary, before or after its operation, by the dates of episodes."""
    kind = extract.concepts.ids("episode", "radiotherapy")
    given = extract.episodes.filter(pl.col("episode_concept_id").is_in(kind)).join(
        told.select("person_id", "diagnosed", "operated", primary="episode_id"), on="person_id"
    )
    of_it = pl.col("parent").is_null() | pl.col("primary").is_null() | (pl.col("parent") == pl.col("primary"))
    days = (pl.col("starts") - pl.coalesce("operated", "diagnosed")).dt.total_days()
    given = given.filter(
        of_it & (pl.col("starts") >= pl.col("diagnosed").dt.offset_by(f"-{_BEFORE}d")) & (days <= _AFTER)
    )
    return (
        given.group_by("person_id")
        .agg(
            before=(pl.col("starts") < pl.col("operated")).any(),
            after=(pl.col("starts") >= pl.col("operated")).any(),
            operated=pl.col("operated").first().is_not_null(),
        )
        .select(
            "person_id",
            radiotherapy=pl.when(~pl.col("operated"))
            .then(pl.lit("without-surgery"))
            .when(pl.col("before") & pl.col("after"))
            .then(pl.lit("both"))
            .when(pl.col("before"))
            .then(pl.lit("before-surgery"))
            .otherwise(pl.lit("after-surgery")),
        )
    )


def _days_of_extraction(rows: pl.DataFrame, extract: Extract) -> list[object]:
    """Days that are of the export, not of a finding: those that the database names, and one on which most rows end."""
    named = [
        day
        for row in extract.source.select("source_release_date", "cdm_release_date").iter_rows()
        for day in row
        if day is not None
    ]
    organs = rows.filter(
        _whole("concept_id").is_in(list(extract.concepts.ids("organ"))) & pl.col("dated").is_not_null()
    )
    if organs.height:
        last = organs["dated"].max()
        on_last = organs.filter(pl.col("dated") == last)["person_id"].n_unique()
        if on_last >= _FEWEST and 2 * on_last > organs["person_id"].n_unique():
            named.append(last)
    return list(dict.fromkeys(named))
