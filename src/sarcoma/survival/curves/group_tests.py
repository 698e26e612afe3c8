"""Tests that groups follow the same course: log-rank and Gray's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError, NoEventsError, SurvivalError
from sarcoma.survival import _arrays
from sarcoma.survival._tidy import Tidy
from sarcoma.survival.counting.event_table import EventTable


@dataclass(frozen=True, eq=False, repr=False)
class GroupTest(Tidy):
    """A chi-square test over G groups.

    observed, expected : (G,) events and what would be expected under no difference (weighted, if the test weights
        times).
    covariance : (G, G) of observed − expected. statistic on `degrees` = G − 1 degrees of freedom.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> table = EventTable.from_arrays(Course.survival(), [5, 8, 12, 6, 15, 20], [1, 1, 0, 1, 1, 0],
    ...     group=list("aaabbb"))
    >>> logrank(table).degrees
    1
    """

    name: str
    groups: tuple[Any, ...]
    observed: Floats
    expected: Floats
    covariance: Floats
    statistic: float
    degrees: int
    p: float

    def __repr__(self) -> str:
        return f"{self.name}: chi-square {self.statistic:.4g} on {self.degrees}, p {self.p:.4g}"

    def columns(self) -> dict[str, Any]:
        return {"group": list(self.groups), "observed": self.observed, "expected": self.expected}


@checked
def logrank(
    tables: EventTable | Sequence[EventTable], transition: tuple[str, str] | None = None, *, rho: float = 0.0
) -> GroupTest:
    """K-sample log-rank test of one transition, also under delayed entry.

    Σ w(t) [d_g − d Y_g/Y] with the hypergeometric covariance (Mantel, Cancer Chemother Rep 1966;50:163–170; Fleming
    and Harrington 1991, section 7.2). w(t) = Ŝ(t−)^rho with the pooled Kaplan–Meier estimator: 0 weights all times
    equally, 1 early ones more.

    Parameters
    ----------
    tables : a table with groups, or one a stratum (numerators and covariances are summed).
    transition : (from, to); may be left out where the course has only one. Other transitions out of the state count as
        censoring: the test compares cause-specific hazards.

    Raises
    ------
    InputError : fewer than two groups, weighted counts, or strata of another course.
    NoEventsError : no event.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> table = EventTable.from_arrays(Course.survival(), [5, 8, 12, 6, 15, 20], [1, 1, 0, 1, 1, 0],
    ...     group=list("aaabbb"))
    >>> logrank(table)
    Log-rank test: chi-square 0.4865 on 1, p 0.4855
    """
    strata = _strata(tables, rho)
    k = _transition(strata[0], transition)
    q = strata[0].course.transient_index[k]
    observed = expected = np.zeros(len(strata[0].groups))
    covariance = np.zeros((len(observed), len(observed)))
    for table in strata:
        d, y = table.events[:, :, k].astype(float), table.at_risk[:, :, q].astype(float)
        use = (d.sum(axis=0) > 0) & (y.sum(axis=0) > 0)
        d, y = d[:, use], y[:, use]
        deaths, risk = d.sum(axis=0), y.sum(axis=0)
        survival = np.cumprod(1 - deaths / risk)
        weight = np.concatenate([[1.0], survival[:-1]])[: len(deaths)] ** rho
        share = y / risk
        observed = observed + (weight * d).sum(axis=1)
        expected = expected + (weight * deaths * share).sum(axis=1)
        spread = weight**2 * deaths * np.divide(risk - deaths, risk - 1, out=np.zeros_like(risk), where=risk > 1)
        covariance += np.diag((spread * share).sum(axis=1)) - (share * spread) @ share.T
    return _test("Log-rank test", strata[0].groups, observed, expected, covariance)


@checked
def gray_test(tables: EventTable | Sequence[EventTable], cause: str | None = None, *, rho: float = 0.0) -> GroupTest:
    """K-sample test of equal cumulative incidence of one cause (Gray, Ann Stat 1988;16:1141–1154).

    Compares subdistribution hazards: the log-rank form with R_g(t) = Y_g(t) (1 − F_g(t−)) / S_g(t−) in place of the
    numbers at risk, weighted by (1 − F⁰(t−))^rho. The covariance is the paper's, estimated under the hypothesis, with
    the correction for ties of the package cmprsk.

    Under delayed entry Y_g counts those under observation and F_g, S_g are the left-truncated Aalen–Johansen curves.
    R_g is then what the weighted risk sets of Geskus (Biometrics 2011;67:39–49) hold, with weights of each group's own,
    so that observed less expected is the score of their Fine–Gray model at 0. The covariance is that of the same
    martingales: it needs R_g to be predictable, not that nobody comes later. Once a group's curve has come down to 0
    (its only one under observation left), who comes later is not compared.

    Parameters
    ----------
    tables : of a course with one start and competing causes, with groups; or one a stratum.
    cause : the final state compared; may be left out where there is only one.

    Raises
    ------
    InputError : another course, weights, or fewer than two groups.
    NoEventsError : no event of the cause.

    Examples
    --------
    >>> from sarcoma.survival import Course
    >>> course = Course.competing(("sarcoma", "other"))
    >>> table = EventTable.from_arrays(course, [5, 8, 12, 6, 15, 20], [1, 1, 2, 2, 1, 0], group=list("aaabbb"))
    >>> gray_test(table, "sarcoma")
    Gray's test: chi-square 2.364 on 1, p 0.1242
    """
    strata = _strata(tables, rho)
    course = strata[0].course
    if len(course.transient) != 1:
        raise InputError("tables", "Gray's test needs one starting state and competing causes", "Course.competing(...)")
    with _arrays.naming(state="cause", transition="cause"):
        k = _transition(strata[0], None if cause is None else (course.transient[0], cause))
    groups = len(strata[0].groups)
    observed = expected = np.zeros(groups)
    covariance = np.zeros((groups, groups))
    for table in strata:
        parts = _gray(table, k, rho)
        observed, expected, covariance = observed + parts[0], expected + parts[1], covariance + parts[2]
    return _test("Gray's test", strata[0].groups, observed, expected, covariance)


def _gray(table: EventTable, k: int, rho: float) -> tuple[Floats, Floats, Floats]:
    """Observed, expected and covariance of one stratum."""
    y = table.at_risk[:, :, 0].astype(float)
    use = table.events.any(axis=(0, 2))
    if not use.any():
        none = np.zeros(len(y))
        return none, none, np.zeros((len(y), len(y)))
    y, d = y[:, use], table.events[:, use, k].astype(float)
    others = table.events[:, use].sum(axis=2) - d
    survival = np.cumprod(1 - np.divide(d + others, y, out=np.zeros_like(y), where=y > 0), axis=1)
    before = np.concatenate([np.ones((len(y), 1)), survival[:, :-1]], axis=1)
    there = (y > 0) & (before > 0)
    d, others = np.where(there, d, 0.0), np.where(there, others, 0.0)
    incidence = np.cumsum(before * np.divide(d, y, out=np.zeros_like(y), where=there), axis=1)
    f_before = np.concatenate([np.zeros((len(y), 1)), incidence[:, :-1]], axis=1)
    held = np.divide(y, before, out=np.zeros_like(y), where=there)  # Y_g / S_g(t−)
    risk = held * (1 - f_before)
    deaths, total, total_held = d.sum(axis=0), risk.sum(axis=0), held.sum(axis=0)
    some = total_held > 0
    rise = np.divide(deaths, total_held, out=np.zeros_like(deaths), where=some)
    pooled = np.cumsum(rise)
    pooled_before = np.concatenate([[0.0], pooled[:-1]])
    weight = (1 - pooled_before) ** rho
    observed = (weight * d).sum(axis=1)
    expected = (weight * risk * np.divide(deaths, total, out=np.zeros_like(deaths), where=total > 0)).sum(axis=1)
    share = np.divide(held, total_held, out=np.zeros_like(held), where=some)
    g = len(y)
    # a_ir = w held_i (1{i=r} − share_r), and its integral against the pooled subdistribution hazard
    a = weight * held[:, None] * (np.eye(g)[:, :, None] - share[None])
    c = np.cumsum(a * rise / (1 - pooled_before), axis=2)
    left = c[:, :, -1:] - c
    ratio = np.divide(1 - pooled, survival, out=np.zeros_like(survival), where=survival > 0)
    own = np.divide(rise, held, out=np.zeros_like(held), where=there)
    room, several = total_held * before - 1, (deaths > 1) & there
    if table.entered.any():  # few first ones may have shrunk a curve so much that the correction has no meaning
        several &= room >= deaths - 1
    own *= 1 - np.divide(deaths - 1, room, out=np.zeros_like(before), where=several)
    other = np.divide(before**2 * others, y**2, out=np.zeros_like(y), where=there)
    other *= 1 - np.divide(others - 1, y - 1, out=np.zeros_like(y), where=others > 1)
    first = a + np.where(there & (survival > 0), 1 - ratio, 1.0) * left
    second = ratio * left
    covariance = np.einsum("irt,jrt,rt->ij", first, first, own) + np.einsum("irt,jrt,rt->ij", second, second, other)
    return observed, expected, covariance


def _strata(tables: EventTable | Sequence[EventTable], rho: float) -> list[EventTable]:
    if not isinstance(rho, (int, float)) or not -100 <= rho <= 100:
        raise InputError("rho", "must be a small number", "1.0")
    strata = [tables] if isinstance(tables, EventTable) else list(tables)
    if not strata:
        raise InputError("tables", "there is none")
    first = strata[0]
    if len(first.groups) < 2:
        raise InputError("tables", "needs at least two groups; give `group` when counting")
    for table in strata:
        if table.squares is not None:
            raise InputError("tables", "tests on weighted counts are not supported; use a regression with clusters")
        if table.course != first.course:
            raise InputError("tables", "the strata are of different courses")
    labels = tuple(dict.fromkeys(label for table in strata for label in table.groups))
    empty = EventTable.empty(first.course, labels)
    return [empty + table for table in strata]


def _transition(table: EventTable, transition: tuple[str, str] | None) -> int:
    if transition is None:
        if len(table.course.transitions) > 1:
            raise InputError("transition", "the course has several; name one", repr(table.course.transitions[0]))
        return 0
    return table.course.transition(*transition)


def _test(name: str, groups: tuple[Any, ...], observed: Floats, expected: Floats, covariance: Floats) -> GroupTest:
    if not observed.any():
        raise NoEventsError("tables: no event of this kind in any group")
    there = np.diag(covariance) > 0
    rows = np.flatnonzero(there)[1:]  # one group follows from the others
    z = (observed - expected)[rows]
    try:
        statistic = float(z @ np.linalg.solve(covariance[np.ix_(rows, rows)], z)) if len(rows) else 0.0
    except np.linalg.LinAlgError:
        raise SurvivalError(f"{name}: the groups are hardly ever at risk together; they cannot be compared") from None
    return GroupTest(
        name,
        groups,
        observed,
        expected,
        covariance,
        statistic,
        len(rows),
        float(chdtrc(len(rows), statistic)) if len(rows) else 1.0,
    )
