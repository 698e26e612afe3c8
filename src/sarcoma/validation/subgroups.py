"""Subgroups of the patients, and how much a model's performance differs between centres."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.evidence import library
from sarcoma.patient import Coded, Numeric, Records
from sarcoma.survival.measures import Measure, Outcome, auc, observed_expected, random_effects

LEAST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Some of the patients: their number and events, O/E and AUC; where they are suppressed, only why."""

    by: str
    name: str
    people: int | None
    events: int | None
    ratio: Measure | None
    auc: Measure | None
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class Pooled:
    """One measure over centres: the mean with its interval, the spread τ, and where that of a new centre would lie."""

    name: str
    centres: int
    mean: float
    low: float
    high: float
    tau: float
    prediction_low: float | None
    prediction_high: float | None


@dataclass(frozen=True, slots=True)
class Centres:
    """Each centre, and the two measures pooled over those with enough events."""

    each: tuple[Subgroup, ...]
    pooled: tuple[Pooled, ...]


def subgroups(
    records: Records,
    rows: NDArray[np.intp],
    risk: Floats,
    outcome: Outcome,
    months: float,
    least: int,
) -> tuple[Subgroup, ...]:
    """By histologic type, site, age and sex; those with few people or events are suppressed, and so many more that
    none follows from the rest."""
    parts = [(by, name, members) for by, name, members in _parts(records, rows) if members.any()]
    found = [_judge(by, name, members, risk, outcome, months, least) for by, name, members in parts]
    sizes = [int(members.sum()) for _, _, members in parts]
    return _complements(found, sizes, least)


def _complements(found: list[Subgroup], sizes: list[int], least: int) -> tuple[Subgroup, ...]:
    """Of each way to divide the people, one hidden group alone – or several that are few together – would follow from
    the total: the smallest that are shown go with them."""
    kept = list(found)
    for by in dict.fromkeys(s.by for s in found):
        while True:
            mine = [i for i, s in enumerate(kept) if s.by == by]
            hidden = [i for i in mine if kept[i].suppressed is not None]
            shown = [i for i in mine if kept[i].suppressed is None]
            if not hidden or not shown or (len(hidden) > 1 and sum(sizes[i] for i in hidden) >= least):
                break
            smallest = min(shown, key=lambda i: sizes[i])
            kept[smallest] = Subgroup(by, kept[smallest].name, None, None, None, None, ELSE_KNOWN)
    return tuple(kept)


ELSE_KNOWN = "a smaller group beside it would follow from its number"


def _parts(records: Records, rows: NDArray[np.intp]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    lib = library()
    names = {
        "histologic_type": {key: t.name for key, t in lib.types.items()},
        "site": {key: p.name for key, p in lib.primary_sites.items()},
        "sex": {},
    }
    for field, words in names.items():
        column = records.column(field)
        if isinstance(column, Coded):
            known = {s for c in set(column.codes[rows].tolist()) if len(s := column.states[c]) == 1}
            for state in sorted(known, key=min):
                (value,) = state
                place = column.states.index(state)
                yield field.replace("_", " "), words.get(value, value), column.codes[rows] == place
    age = records.column("age")
    if isinstance(age, Numeric):
        values = age.values[rows]
        with np.errstate(invalid="ignore"):
            for low, high in ((0, 50), (50, 70), (70, 200)):
                label = f"under {high}" if not low else f"{low} and over" if high == 200 else f"{low} to {high - 1}"
                yield "age", label, (values >= low) & (values < high)


def _judge(
    by: str, name: str, members: NDArray[np.bool_], risk: Floats, outcome: Outcome, months: float, least: int
) -> Subgroup:
    inside = np.flatnonzero(members)
    events = int((outcome.event[inside] & (outcome.exit[inside] <= months)).sum())
    followed = int((outcome.exit[inside] > months).sum())
    if len(inside) < least or min(events, followed) < LEAST_EVENTS:
        why = f"fewer than {least} people, or fewer than {LEAST_EVENTS} with the event or followed for longer"
        return Subgroup(by, name, None, None, None, None, why)

    def measured() -> Subgroup:
        part = outcome.take(inside)
        ratio = observed_expected(risk[inside], part, months)
        return Subgroup(by, name, len(inside), events, ratio, auc(risk[inside], part, months))

    found = attempt({}, name, measured)
    return found or Subgroup(by, name, None, None, None, None, "nothing can be measured in it")


def between_centres(
    cohort: Cohort, rows: NDArray[np.intp], risk: Floats, outcome: Outcome, months: float, least: int
) -> Centres | None:
    """Performance centre by centre, small ones suppressed, and pooled over all, where the cohort has several."""
    if "centre" not in cohort.patients.columns:
        return None
    labels = cohort.patients["centre"].to_numpy().astype(object)[rows]
    centres = sorted({c for c in labels.tolist() if c is not None})
    if len(centres) < 2:
        return None
    each, pooled = (
        tuple(_judge("centre", str(c), labels == c, risk, outcome, months, people) for c in centres)
        for people in (least, LEAST_EVENTS)
    )
    each = _complements(list(each), [int((labels == c).sum()) for c in centres], least)
    return Centres(each, tuple(p for p in (_ratio(pooled), _auc(pooled)) if p is not None))


def _ratio(each: tuple[Subgroup, ...]) -> Pooled | None:
    kept = [s.ratio for s in each if s.ratio is not None and s.ratio.value > 0 and s.ratio.se > 0]
    return _pooled("O/E", [(np.log(m.value), m.se / m.value) for m in kept], np.exp)


def _auc(each: tuple[Subgroup, ...]) -> Pooled | None:
    kept = [s.auc for s in each if s.auc is not None and 0 < s.auc.value < 1 and s.auc.se > 0]
    return _pooled("AUC", [(logit(m.value), m.se / (m.value * (1 - m.value))) for m in kept], expit)


def _pooled(name: str, values_and_errors: list[tuple[float, float]], back: Callable[[float], float]) -> Pooled | None:
    """Pooled on the log scale for O/E and the logit scale for the AUC; None with fewer than two centres."""
    if len(values_and_errors) < 2:
        return None
    found = random_effects(*zip(*values_and_errors, strict=True))
    prediction = (None if v is None else float(back(v)) for v in (found.prediction_low, found.prediction_high))
    mean, low, high = (float(back(v)) for v in (found.mean, found.low, found.high))
    return Pooled(name, found.centres, mean, low, high, found.tau, *prediction)
