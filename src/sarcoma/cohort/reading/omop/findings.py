"""What measurements and conditions say: the margin of the operation, fields at diagnosis, metastases."""

from __future__ import annotations

import polars as pl

from sarcoma.cohort.reading.omop.account import DatabaseAccount
from sarcoma.cohort.reading.omop.extract import Extract
from sarcoma.cohort.reading.omop.primary import _meant, _whole, of_other_diseases
from sarcoma.patient import field_specs

_AFTER = 183
"""Days before and after diagnosis in which the primary tumour is described where there is no operation."""
_FEWEST = 10
"""Persons from which on one day, the last of all and of most of them, is taken as a day of extraction."""
_FEWEST_AT_THE_END = 3
"""The same where nobody's follow-up ends later than that day."""
_WORST = {"R2": 3, "R1": 2, "R0": 1, "RX": 0}
_MOST_LISTED = 20


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
        self.others = of_other_diseases(told, extract)
        rows = rows.with_columns(event_id=_whole("measurement_event_id"))
        tie = ["person_id", "tied_to", "event_id"]
        account.not_read(
            "measurement of another disease of the person, by what it is tied to",
            rows.join(self.others, on=tie, how="semi")["person_id"],
        )
        rows = rows.join(self.others, on=tie, how="anti", maintain_order="left").drop("event_id")
        self.seen = frozenset(rows["concept_id"].drop_nulls().unique().to_list())
        self.extracted = _days_of_extraction(rows, extract, told)
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
            if name == "margin" or self.seen.isdisjoint((*self._questions(name), *self.known.ids(name))):
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
        asked = self._questions(name)
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

    def _questions(self, name: str) -> list[int]:
        """The concepts that ask for a field and have its value beside them."""
        return [n for n, field in self.known.table("question").items() if field == name]

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
        others = self.others.filter(pl.col("tied_to") == "condition").select(
            "person_id", condition_occurrence_id="event_id"
        )
        conditions = (
            self.extract.conditions.join(self.told.select("person_id"), on="person_id")
            .with_columns(_whole("condition_occurrence_id"))
            .join(others, on=["person_id", "condition_occurrence_id"], how="anti")
        )
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


def _days_of_extraction(rows: pl.DataFrame, extract: Extract, told: pl.DataFrame) -> list[object]:
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
        ended = told["followed_to"].max()
        fewest = _FEWEST_AT_THE_END if ended is not None and last >= ended else _FEWEST  # type: ignore[operator]
        if on_last >= fewest and 2 * on_last > organs["person_id"].n_unique():
            named.append(last)
    return list(dict.fromkeys(named))
