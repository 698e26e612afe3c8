"""What does not fit between a model and a cohort: the estimand and the end point, the unit of time, nobody left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sarcoma.errors import CohortError
from sarcoma.validation.observed import ENDPOINTS
from sarcoma.validation.performance import ENOUGH
from sarcoma.validation.subject import LeftOut, RuleCount, Subject

_NOTHING_COMPETES = ("death", "recurrence-or-death")
_LIFETIME = 600.0  # months; a horizon beyond is in another unit
_YEARS = 15.0  # horizons up to this may be years


def check_estimand(subject: Subject) -> None:
    """Refuse an estimand that the end point cannot have.

    Raises
    ------
    CohortError : all-cause where another death can come first, or crude or net where none can.
    """
    event = ENDPOINTS[subject.endpoint]
    if subject.endpoint in _NOTHING_COMPETES and subject.estimand != "all-cause":
        raise CohortError(
            f"{subject.id}: {event} has no competing event, so its estimand is all-cause, not {subject.estimand}"
        )
    if subject.endpoint not in _NOTHING_COMPETES and subject.estimand == "all-cause":
        raise CohortError(
            f"{subject.id}: another death can come before {event}; say whether the prediction counts it (crude) or "
            "leaves it out of account (net), for example --estimand net"
        )


def check_unit(
    subject: Subject,
    horizon: float,
    said: float,
    free_at: Callable[[float], int],
    observed_by: Callable[[float], float],
) -> None:
    """Refuse horizons that are in another unit than months.

    Parameters
    ----------
    horizon : the last, as months since the time zero. said : the mean of the predictions for it. free_at, observed_by :
        how many are followed to a time without the event, and the observed probability by then.

    Raises
    ------
    CohortError : it is longer than a life; or what was said fits what was seen at twelve times the horizon, and not
        what was seen at the horizon itself.
    """
    if horizon > _LIFETIME:
        raise CohortError(
            f"{subject.id}: a horizon of {horizon:g} months looks like days; horizons are months, for example 60 for "
            "5 years"
        )
    years = 12 * horizon
    if horizon > _YEARS or horizon != round(horizon) or free_at(years) < ENOUGH:
        return
    now, then = observed_by(horizon), observed_by(years)
    if said > 3 * now and said / 2 < then < 2 * said:
        raise CohortError(
            f"{subject.id}: for {horizon:g} months it says {_of_100(said)}; {_of_100(now)} had the event by then, and "
            f"{_of_100(then)} by {years:g} months. Its horizons look like years; they are months, for example "
            f"{years:g} for {horizon:g} years"
        )


def _of_100(share: float) -> str:
    return f"{100 * share:.0f} of 100"


def nobody_left(left: int, left_out: Sequence[LeftOut], rules: tuple[RuleCount, ...]) -> str:
    """Why hardly anyone is left, with the rule that most fail or that can least be told."""
    people = "1 patient is" if left == 1 else f"{left} patients are"
    text = f"{people} left to judge it by, and that takes many"
    most = max(left_out, key=lambda out: out.n, default=None)
    if most is None or not most.n:
        return text
    text += f"; most often: {most.reason} ({most.n:,})"
    if not rules or most.rules is None:
        return text
    unknown = most.rules == "unknown"
    worst = max(rules, key=lambda r: r.unknown if unknown else r.fails)
    how = f"not known of {worst.unknown:,}" if unknown else f"not so for {worst.fails:,}"
    return f"{text}, above all because {worst.text} ({how})"
