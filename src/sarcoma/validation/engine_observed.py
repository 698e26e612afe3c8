"""What was seen to happen to the patients of a cohort's files, in an engine: the same as `observed.observe` says."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sarcoma.errors import CohortError
from sarcoma.scale.cohort_files import CohortFiles
from sarcoma.validation.observed import AT_ZERO, NO_TIME, NOT_RECORDED, UNTIMED, cause_notes, clock_notes
from sarcoma.validation.subject import Subject

REASONS = (AT_ZERO, UNTIMED, NO_TIME)
"""Why patients are left out; the column `why` holds the place of the reason from 1, and 0 of who is kept."""
NEEDS_MEMORY = "use sarcoma validate without --engine"


def observed_notes(files: CohortFiles, subject: Subject, unknown_cause: str | None) -> list[str]:
    """What a reader has to know of the clock and the causes.

    Raises
    ------
    CohortError : a time zero that an engine does not know, a clock or causes that the cohort does not know.
    """
    if subject.time_zero not in ("diagnosis", "surgery"):
        raise CohortError(
            f"{subject.id}: it counts from the {subject.time_zero.replace('-', ' ')}, and the records of that day are "
            f"not in the files that an engine reads; {NEEDS_MEMORY}"
        )
    if subject.endpoint == "nodal-metastasis":
        raise CohortError(NOT_RECORDED)
    notes = clock_notes(files.about.origin, subject.time_zero)
    if subject.endpoint == "sarcoma-death":
        unknown = nw.col("died") & (nw.col("cause") == "unknown")
        counts = files.engine.small(files.follow_up.select(_many(nw.col("died"), "died"), _many(unknown, "unknown")))
        deaths, of_unknown = (int(n or 0) for n in counts.row(0))
        notes += cause_notes(deaths, of_unknown, unknown_cause)
    return notes


def observed_rows(files: CohortFiles, subject: Subject, unknown_cause: str | None) -> nw.LazyFrame[Any]:
    """id, exit, event (0 = censored, 1 = the end point, 2 = another death first), why (see REASONS) and late (1 where
    the patient came under observation after the time zero)."""
    died, end, entry = nw.col("died"), _from_zero("end"), _from_zero("entry")
    nobody = nw.lit(value=False)
    if subject.endpoint == "death":
        exit_, event, at_zero, untimed = end, _number(died, 1), nobody, nobody
    elif subject.endpoint == "sarcoma-death":
        causes = ["sarcoma", "unknown"] if unknown_cause == "sarcoma" else ["sarcoma"]
        own = nw.col("cause").is_in(causes)
        event = nw.when(died & own).then(nw.lit(1)).when(died).then(nw.lit(2)).otherwise(nw.lit(0))
        exit_, at_zero, untimed = end, nobody, nobody
    else:
        first, untimed = _first(subject.endpoint)
        rival = 1 if subject.endpoint == "recurrence-or-death" else 2
        happened = ~first.is_null()
        event = nw.when(happened).then(nw.lit(1)).when(died).then(nw.lit(rival)).otherwise(nw.lit(0))
        exit_ = nw.when(happened & (first > 0)).then(first).when(happened).then(nw.lit(0.0)).otherwise(end)
        at_zero = happened & (first <= 0)
    rows = files.follow_up.select(
        "id",
        exit_.alias("exit"),
        event.alias("event"),
        entry.alias("entry"),
        _number(at_zero, 1).alias("at_zero"),
        _number(untimed, 1).alias("untimed"),
    )
    no_time = (nw.col("exit") <= nw.col("entry")) & (nw.col("exit") > 0)
    why = (
        nw.when(nw.col("at_zero") == 1)
        .then(nw.lit(1))
        .when(nw.col("untimed") == 1)
        .then(nw.lit(2))
        .when(no_time)
        .then(nw.lit(3))
        .otherwise(nw.lit(0))
    )
    return rows.select("id", "exit", "event", why.alias("why"), _number(nw.col("entry") > 0, 1).alias("late"))


def _first(endpoint: str) -> tuple[nw.Expr, nw.Expr]:
    """When the end point first happened (null never), and who had it at no known time."""
    if endpoint in ("metastasis", "local-recurrence"):
        name = "metastasis" if endpoint == "metastasis" else "recurrence"
        return nw.col(name), nw.col(f"{name}_untimed")
    return nw.min_horizontal("metastasis", "recurrence"), nw.col("metastasis_untimed") | nw.col("recurrence_untimed")


def _from_zero(name: str) -> nw.Expr:
    """Months, none before the time zero."""
    return nw.when(nw.col(name) > 0).then(nw.col(name)).otherwise(nw.lit(0.0))


def _number(flag: nw.Expr, yes: int) -> nw.Expr:
    return nw.when(flag).then(nw.lit(yes)).otherwise(nw.lit(0))


def _many(flag: nw.Expr, name: str) -> nw.Expr:
    return _number(flag, 1).sum().alias(name)
