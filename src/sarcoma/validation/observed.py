"""What was seen to happen to the patients of a cohort, as the outcome that a model predicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Flags, Floats
from sarcoma.cohort.at_event import records_at_metastasis, records_at_recurrence
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.errors import CohortError
from sarcoma.models.outcome import Endpoint
from sarcoma.patient import Records

ENDPOINTS: dict[Endpoint, str] = {
    "death": "death from any cause",
    "sarcoma-death": "death from the sarcoma",
    "metastasis": "metastasis",
    "local-recurrence": "local recurrence",
    "recurrence-or-death": "recurrence, metastasis or death",
    "nodal-metastasis": "metastasis in lymph nodes at diagnosis",
}


AT_ZERO, UNTIMED, NO_TIME = (
    "had it at the time zero",
    "had it at a time that is not known",
    "no time under observation",
)
"""Why patients are left out by what happened to them."""
NOT_RECORDED = "a cohort does not record lymph nodes at diagnosis as an event, so this cannot be validated"


@dataclass(frozen=True, eq=False)
class ObservedOutcomes:
    """Patients of a cohort at a time zero, and what happened after it.

    Attributes
    ----------
    records : all patients of the cohort at the time zero.
    kept (n,) : those to whom it applies. left_out : how many others, by reason.
    entry, exit (n,) : months since the time zero.
    event (n,) : 0 = censored, 1 = the end point, 2 = another death first.
    notes : what a reader has to know of the clock or the causes.
    """

    records: Records
    kept: Flags
    left_out: dict[str, int]
    entry: Floats
    exit: Floats
    event: NDArray[np.int64]
    notes: tuple[str, ...]


def observe(
    cohort: Cohort, endpoint: Endpoint, time_zero: str, *, unknown_cause: str | None = None
) -> ObservedOutcomes:
    """What happened to the patients, counted from a time zero.

    Parameters
    ----------
    time_zero : diagnosis, surgery, first-metastasis or local-recurrence. unknown_cause : what a death of unknown cause
        counts as, "sarcoma" or "other".

    Raises
    ------
    CohortError : the cohort cannot say when the clock starts, or what people died of.
    """
    follow_up = FollowUp.of(cohort)
    records, start, notes = _clock(cohort, follow_up, time_zero)
    n = len(follow_up)
    kept = np.ones(n, dtype=bool)
    left_out: dict[str, int] = {}
    _leave(left_out, kept, np.isnan(start), f"no {time_zero.replace('-', ' ')} at a known time")
    zero = np.nan_to_num(start)
    entry, end = np.maximum(follow_up.entry - zero, 0.0), np.maximum(follow_up.end - zero, 0.0)
    died = follow_up.died
    event = np.zeros(n, dtype=np.int64)
    exit_ = end.copy()
    if endpoint == "death":
        event[died] = 1
    elif endpoint == "sarcoma-death":
        event = _causes(follow_up, unknown_cause, notes)
    elif endpoint == "nodal-metastasis":
        raise CohortError(NOT_RECORDED)
    else:
        first, untimed = _first(follow_up, endpoint)
        with np.errstate(invalid="ignore"):
            _leave(left_out, kept, first <= zero, AT_ZERO)
        _leave(left_out, kept, untimed, UNTIMED)
        happened = ~np.isnan(first)
        exit_ = np.where(happened, np.maximum(first - zero, 0.0), end)
        rival = 1 if endpoint == "recurrence-or-death" else 2
        event = np.where(happened, 1, np.where(died, rival, 0))
    _leave(left_out, kept, (exit_ <= entry) & (exit_ > 0), NO_TIME)
    return ObservedOutcomes(records, kept, {k: v for k, v in left_out.items() if v}, entry, exit_, event, tuple(notes))


def _clock(cohort: Cohort, follow_up: FollowUp, time_zero: str) -> tuple[Records, Floats, list[str]]:
    """The records at the time zero, when it was (months since the cohort's origin, NaN never), and notes."""
    origin = cohort.about.origin
    if time_zero == "first-metastasis":
        return records_at_metastasis(cohort, follow_up), follow_up.metastasis, []
    if time_zero == "local-recurrence":
        return records_at_recurrence(cohort, follow_up), follow_up.recurrence, []
    return cohort.records, np.zeros(len(cohort)), clock_notes(origin, time_zero)


def clock_notes(origin: str, time_zero: str) -> list[str]:
    """What a reader has to know of a clock that starts at a cohort's origin.

    Raises
    ------
    CohortError : the cohort's times run from something else than the model's.
    """
    if origin == time_zero:
        return []
    if {origin, time_zero} <= {"diagnosis", "surgery"}:
        return [
            f"The model counts from {_name(time_zero)}, the cohort from {_name(origin)}: the clocks differ by the wait."
        ]
    raise CohortError(
        f"the model counts from {_name(time_zero)}, and the cohort's times run from its {origin.replace('-', ' ')}, "
        "so nobody's time since then is known"
    )


def _name(time_zero: str) -> str:
    return {"surgery": "the operation", "diagnosis": "the diagnosis"}.get(time_zero, time_zero)


def _causes(follow_up: FollowUp, unknown_cause: str | None, notes: list[str]) -> NDArray[np.int64]:
    cause = follow_up.cause
    died = follow_up.died
    unknown = died & (cause == "unknown")
    notes += cause_notes(int(died.sum()), int(unknown.sum()), unknown_cause)
    sarcoma = (cause == "sarcoma") | (unknown & (unknown_cause == "sarcoma"))
    return np.where(died, np.where(sarcoma, 1, 2), 0).astype(np.int64)


def cause_notes(deaths: int, unknown: int, unknown_cause: str | None) -> list[str]:
    """What a reader has to know of the causes of death.

    Parameters
    ----------
    deaths, unknown : how many died, and how many of them of an unknown cause.

    Raises
    ------
    CohortError : no cause is known, or nobody said what those that are not known count as.
    """
    if deaths and deaths == unknown:
        raise CohortError(
            "the model predicts death from the sarcoma, and the cohort has no cause of death; say --as death to set it "
            "against deaths of any cause, which it will underestimate"
        )
    if unknown and unknown_cause is None:
        raise CohortError(
            f"{unknown} of {deaths} deaths have no known cause; say what they count as: --unknown-cause sarcoma, or "
            "other"
        )
    return [f"Deaths of unknown cause ({unknown} in the cohort) count as {unknown_cause}."] if unknown else []


def _first(follow_up: FollowUp, endpoint: Endpoint) -> tuple[Floats, Flags]:
    """When the end point first happened (NaN never), and who had it at no known time."""
    if endpoint == "metastasis":
        return follow_up.metastasis, follow_up.metastasis_untimed
    if endpoint == "local-recurrence":
        return follow_up.recurrence, follow_up.recurrence_untimed
    with np.errstate(invalid="ignore"):
        return np.fmin(follow_up.metastasis, follow_up.recurrence), (
            follow_up.metastasis_untimed | follow_up.recurrence_untimed
        )


def _leave(left_out: dict[str, int], kept: Flags, flags: Flags, reason: str) -> None:
    """Leave patients out, counting each under the first reason."""
    left_out[reason] = int((flags & kept).sum())
    kept &= ~flags
