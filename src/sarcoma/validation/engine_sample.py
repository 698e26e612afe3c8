"""The people by whom a card is judged in an engine: who they are, what was predicted of them, what happened to them.

One pass writes them, without names, to a place of the engine's own; the passes after it read that. What leaves the
engine is counted by time and event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import CohortError, InputError
from sarcoma.models import Card
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.patient import field_specs
from sarcoma.scale.cohort_files import CohortFiles
from sarcoma.scale.engine import Engine
from sarcoma.scale.requirements import requirements_counted
from sarcoma.scale.scored_file import in_batches
from sarcoma.scale.scoring import scored
from sarcoma.survival import _arrays
from sarcoma.survival.measures.cell_measures import observed_of_cells
from sarcoma.survival.measures.counted_outcome import CountedOutcome
from sarcoma.validation.engine_observed import NEEDS_MEMORY, REASONS, observed_notes, observed_rows
from sarcoma.validation.mismatch import check_estimand, check_unit, nobody_left
from sarcoma.validation.sample import SAYS_NOTHING, estimand_of, where_someone_had_it
from sarcoma.validation.subject import DIGITS, LEFT_OUT, NEAR_EDGE, LeftOut, RuleCount, Subject, label_of

_APPLIES_NOT, _CANNOT_TELL, _RANGED = range(len(REASONS) + 1, len(REASONS) + 4)


@dataclass(frozen=True, eq=False)
class PredictedSums:
    """What was predicted of the people of each time and event, for one horizon.

    months : the horizon. column : where the predictions stand. risk, loss (R,) : sums of the predictions and of their
    squared distance from what happened by the horizon; squares, loss_squares (R,) : of the squares of each.
    """

    months: float
    column: str
    risk: Floats
    squares: Floats
    loss: Floats
    loss_squares: Floats


@dataclass(frozen=True, eq=False)
class EngineSample:
    """The people by whom a card is judged.

    people : in the engine, one row each: exit, event, and the predictions by column. exit, event (R,) : the rows of
    `outcome`, as they stand there. horizons : what was predicted, by horizon. patients : of the cohort. rivals : how
    many had another death first. left_out, rules, missing, notes : as of `sample.EvaluationSample`.
    """

    subject: Subject
    engine: Engine
    people: nw.LazyFrame[Any]
    exit: Floats
    event: NDArray[np.int64]
    outcome: CountedOutcome
    horizons: tuple[PredictedSums, ...]
    patients: int
    rivals: int
    left_out: tuple[LeftOut, ...]
    rules: tuple[RuleCount, ...]
    missing: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.outcome)


def engine_sample(
    files: CohortFiles, subject: Subject, place: Path, *, unknown_cause: str | None = None
) -> EngineSample:
    """The people of a cohort's files by whom a card can be judged, at the horizons by which someone had the event.

    Parameters
    ----------
    place : where they are written to, a file or a folder that is not there yet.

    Raises
    ------
    CohortError : as of `evaluation_sample`; what only memory can hold is refused with the reason.
    """
    card = _card(subject)
    check_estimand(subject)
    notes = observed_notes(files, subject, unknown_cause)
    observed = observed_rows(files, subject, unknown_cause)
    engine = files.engine
    names = [f"risk_{k}" for k in range(len(subject.horizons))]
    engine.write(_people(files, card, observed, names), place)
    everyone = engine.parquet(place)
    counts = engine.small(everyone.group_by("why", "late").agg(nw.len().alias("n")))
    patients = files.count(int(counts["n"].sum()))
    if not patients:
        raise CohortError("the cohort has no patients; `sarcoma cohort read` says why rows were refused")
    _refuse_late(subject, counts)
    rules, missing = _rules(files, card, observed)
    left_out = _left_out(counts)
    people = everyone.filter(nw.col("why") == 0).select("exit", "event", *names)
    n = int(counts.filter(pl.col("why") == 0)["n"].sum())
    if n < 2:
        raise CohortError(f"{subject.id}: {nobody_left(n, left_out, rules)}")
    rows = engine.small(_by_time(people, subject, names))
    exit_, event = rows["exit"].to_numpy(), rows["event"].to_numpy().astype(np.int64)
    many = rows["n"].to_numpy().astype(np.int64)
    rivals = int(many[event > 1].sum())
    estimand, told = estimand_of(subject, n, int(many[event == 1].sum()), rivals)
    try:
        outcome = CountedOutcome(exit_, event, many, estimand=estimand)
    except InputError as error:
        raise CohortError(f"{subject.id}: {error}") from None
    horizons = [
        _sums(rows, name, months)
        for name, months in zip(names, subject.horizons, strict=True)
        if not int(rows[f"{name}_none"].sum())
    ]
    if not horizons:
        raise CohortError(f"{subject.id}: {SAYS_NOTHING}")
    last = horizons[-1]
    check_unit(subject, last.months, float(last.risk.sum()) / n, outcome.free_at, lambda t: _observed_by(outcome, t))
    which, nobody_yet = where_someone_had_it(
        subject, [h.months for h in horizons], [outcome.event_by(h.months) for h in horizons]
    )
    return EngineSample(
        subject, engine, people, exit_, event, outcome, tuple(horizons[k] for k in which), patients, rivals, left_out,
        rules, missing, (*notes, *told, *nobody_yet),
    )  # fmt: skip


def _card(subject: Subject) -> Card:
    if subject.card is None:
        raise CohortError(f"{subject.id}: an engine judges model cards, and no columns of the cohort; {NEEDS_MEMORY}")
    if in_batches(subject.card):
        raise CohortError(
            f"{subject.id}: it gives a course of several states, or figures from a landmark on, which no engine works "
            f"out; {NEEDS_MEMORY}"
        )
    return subject.card


def _records(files: CohortFiles) -> nw.LazyFrame[Any]:
    """The patients with the fields of the record alone; an engine takes a dot in other names for something else."""
    there = files.patients.collect_schema().names()
    return files.patients.select("id", *(name for name in field_specs() if name in there))


def _people(files: CohortFiles, card: Card, observed: nw.LazyFrame[Any], names: list[str]) -> nw.LazyFrame[Any]:
    """One row a patient: exit, event, why (who is left out), late, and the probability of the event by horizon."""
    about = card.outcome
    said = scored(card, _records(files), files.engine)
    given = {f"{card.id}.{h:g}m": name for h, name in zip(about.horizons_months, names, strict=True)}
    said = files.engine.renamed(said, {f"{card.id}.status": "_status", **given}).select("id", "_status", *names)
    rows = observed.join(said, on="id", how="inner")
    status, nothing = nw.col("_status"), nw.col(names[0]).is_null()
    for name in names[1:]:
        nothing = nothing & nw.col(name).is_null()
    why = (
        nw.when(nw.col("why") > 0)
        .then(nw.col("why"))
        .when(status == STATUS_WORDS[0])
        .then(nw.lit(_APPLIES_NOT))
        .when(status == STATUS_WORDS[-1])
        .then(nw.lit(_CANNOT_TELL))
        .when(nothing)
        .then(nw.lit(_RANGED))
        .otherwise(nw.lit(0))
    )
    risks = [_without_dust(nw.col(name) if about.of_event else 1 - nw.col(name)).alias(name) for name in names]
    return rows.select("exit", "event", why.alias("why"), "late", *risks)


def _without_dust(risk: nw.Expr) -> nw.Expr:
    """`subject.without_dust`."""
    rounded = (risk * DIGITS + 0.5).floor() / DIGITS
    return nw.when((risk > NEAR_EDGE) & (risk < 1 - NEAR_EDGE)).then(rounded).otherwise(risk)


def _refuse_late(subject: Subject, counts: pl.DataFrame) -> None:
    kept = counts.filter(~pl.col("why").is_between(1, len(REASONS)))
    late = int(kept.filter(pl.col("late") == 1)["n"].sum())
    if late:
        raise CohortError(
            f"{subject.id}: {late} of {int(kept['n'].sum())} people came under observation after the time zero, so "
            f"early events could not be seen, and an engine judges neither the whole follow-up nor from a landmark on; "
            f"{NEEDS_MEMORY}"
        )


def _rules(
    files: CohortFiles, card: Card, observed: nw.LazyFrame[Any]
) -> tuple[tuple[RuleCount, ...], tuple[tuple[str, int], ...]]:
    """What the card requires, and how many of those who are kept fail it."""
    rows = _records(files).join(observed.select("id", "why"), on="id", how="inner")
    found = requirements_counted(card, rows, nw.col("why") == 0, files.engine)
    rules = tuple(RuleCount(one.text, one.fails, one.unknown) for one in found.requirements)
    return rules, tuple((label_of(field), n) for field, n in found.missing if n)


def _left_out(counts: pl.DataFrame) -> tuple[LeftOut, ...]:
    by_reason = dict(counts.group_by("why").agg(pl.col("n").sum()).iter_rows())
    first = [LeftOut(reason, int(by_reason.get(k, 0))) for k, reason in enumerate(REASONS, 1)]
    then = (_APPLIES_NOT, _CANNOT_TELL, _RANGED)
    said = [replace(out, n=int(by_reason.get(k, 0))) for k, out in zip(then, LEFT_OUT, strict=True)]
    return (*(out for out in first if out.n), *said)


def _by_time(people: nw.LazyFrame[Any], subject: Subject, names: list[str]) -> nw.LazyFrame[Any]:
    """How many share a time and an event, and the sums of what was predicted of them."""
    told, sums = [], []
    for name, months in zip(names, subject.horizons, strict=True):
        own = nw.col(name)
        case = nw.when((nw.col("event") == 1) & (nw.col("exit") <= _arrays.until(months))).then(1 - own).otherwise(own)
        told.append((case * case).alias(f"{name}_loss"))
        told.append((own * own).alias(f"{name}_squares"))
        told.append(nw.when(own.is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias(f"{name}_none"))
        sums += [nw.col(f"{name}{part}").sum() for part in ("", "_squares", "_loss", "_none")]
        loss = nw.col(f"{name}_loss")
        sums.append((loss * loss).sum().alias(f"{name}_loss_squares"))
    return people.with_columns(*told).group_by("exit", "event").agg(nw.len().alias("n"), *sums)


def _sums(rows: pl.DataFrame, name: str, months: float) -> PredictedSums:
    parts = (rows[f"{name}{part}"].to_numpy() for part in ("", "_squares", "_loss", "_loss_squares"))
    return PredictedSums(months, name, *parts)


def _observed_by(outcome: CountedOutcome, months: float) -> float:
    """The observed probability by a time, 0 where nobody has had the event by then."""
    return observed_of_cells(outcome.cells(months)[0])[0] if outcome.event_by(months) else 0.0
