"""Three scenarios from a median (Kiely 2011): worst case, typical, best case.

Used only where a population's median is published and no survival at a fixed time is: a landmark
survival that was observed is better than one that is reckoned.
"""

from __future__ import annotations

from sarcoma._dataclass import dataclass
from sarcoma.evidence import Fact, Figure, library
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.resemble import resembling
from sarcoma.patient import Records

METHOD = "I1"
"""The fact that carries the multiples of the median and how often they held."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Months of survival reckoned from a published median; every number but the median is calculated."""

    median: OutlookFigure
    worst_at_most: float
    typical_from: float
    typical_to: float
    best_at_least: float
    method: str


def scenarios(records: Records) -> tuple[Scenario, ...]:
    """Scenarios for the published populations that the record resembles and that have only a median.

    Where a fact gives one group in several periods, the latest one counts.
    """
    found = []
    latest = {
        (one.fact.key, one.figure.group): one
        for one in resembling(records, topics=("survival-metastatic",), measures=("median-overall-survival",))
    }
    for one in latest.values():
        fact, figure = one.fact, one.figure
        if figure.value is None or figure.unit != "months" or has_observed_survival(fact, figure):
            continue
        worst, low, high, best = (
            figure.value * _multiple(name)
            for name in ("worst_multiple", "typical_low_multiple", "typical_high_multiple", "best_multiple")
        )
        found.append(Scenario(one.shown, worst, low, high, best, METHOD))
    return tuple(found)


def has_observed_survival(fact: Fact, median: Figure) -> bool:
    """Whether the same population has survival at a fixed time published beside its median."""
    return any(
        figure.measure == "overall-survival"
        and figure.shown
        and figure.horizon_months is not None
        and figure.group == median.group
        and (figure.period or fact.period) == (median.period or fact.period)
        for figure in fact.figures
    )


def _multiple(name: str) -> float:
    value = library().figure(f"{METHOD}.{name}")[1].value
    if value is None:
        raise ValueError(name)
    return value
