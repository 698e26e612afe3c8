"""A card as expressions: low, high and status at each horizon, for any engine that narwhals speaks to.

An engine does the arithmetic of numbers; codes are looked up. A card is made of parts: each of its rules, each term of
codes, what chooses its baseline. A part is asked once for each combination of the few fields that it reads (of numbers,
of the steps in which they lie as far as any rule tells them apart), through `Records`, and the engine joins what came
of it. So staging, grades, sites, rules and groups have one implementation.

A table here has columns named like fields of the record: numbers as numbers (null: not known), everything else in
whatever words a field understands.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import narwhals as nw
import numpy as np

from sarcoma._types import Floats
from sarcoma.errors import CardError
from sarcoma.evidence import Condition, Profile, library, staging_tables
from sarcoma.models.card import Card
from sarcoma.models.execute import TIME_FIELD, own_questions
from sarcoma.models.forms.form import PredictionRequest, ScoreForm
from sarcoma.models.predictor import Predictor, Requirement
from sarcoma.models.transform import (
    Intervals,
    Levels,
    Linear,
    PiecewiseLinear,
    RestrictedCubicSpline,
    Transform,
    TruncatedPowers,
)
from sarcoma.patient import Records, field_specs, rules
from sarcoma.patient.columns import Codes, Column, Stated
from sarcoma.patient.staging import Staging

STATUS = "status"
DOES_NOT, CANNOT_TELL, APPLIES = range(3)
"""How far a card is for a record, so that of several parts the least counts."""


def figure_name(horizon: float, end: str) -> str:
    """The column of an end at a horizon; without a dot, by which Spark would look for a field within a column."""
    return f"_{horizon:g}m {end}".replace(".", ",")


# -- one term


def term(transform: Transform, x: nw.Expr) -> nw.Expr:
    """A term of a score, as `transform.basis(x) @ transform.beta` gives it; null where x is null."""
    return _of_scaled(transform, scaled(transform, x))


def scaled(transform: Transform, x: nw.Expr) -> nw.Expr:
    """What a transform works on: x or its logarithm. An engine works it out once if it is a column."""
    if transform.logarithmic:
        return nw.when(x > 1e-12).then(x).otherwise(nw.lit(1e-12)).log()
    return x


def _of_scaled(transform: Transform, x: nw.Expr) -> nw.Expr:
    match transform:
        case Linear():
            return (x - transform.center) * transform.coefficient
        case Intervals():
            found = nw.lit(transform.coefficients[-1])
            for cut, value in reversed(list(zip(transform.at, transform.coefficients, strict=False))):
                found = nw.when(x <= cut).then(nw.lit(value)).otherwise(found)
            return nw.when(~x.is_null()).then(found)
        case Levels():
            found = nw.lit(0.0)
            for level, value in transform.coefficients.items():
                found = nw.when(x == level).then(nw.lit(value)).otherwise(found)
            return nw.when(~x.is_null()).then(found)
        case TruncatedPowers():
            parts = [x * transform.linear]
            parts += [
                _above(x, k, transform.power) * c for k, c in zip(transform.knots, transform.coefficients, strict=True)
            ]
            return nw.when(~x.is_null()).then(_sum(parts))
        case RestrictedCubicSpline():
            return _spline(transform, x)
        case PiecewiseLinear():
            return _lines(transform, x)


def _above(x: nw.Expr, knot: float, power: int = 3) -> nw.Expr:
    """max(x − knot, 0)^power."""
    over = x - knot
    product = over
    for _ in range(power - 1):
        product = product * over
    return nw.when(over > 0).then(product).otherwise(nw.lit(0.0))


def _spline(transform: RestrictedCubicSpline, x: nw.Expr) -> nw.Expr:
    t = transform.knots
    first, *others = transform.coefficients
    width, size = t[-1] - t[-2], (t[-1] - t[0]) ** 2
    parts = [x * first]
    for knot, beta in zip(t[:-2], others, strict=True):
        tail = _above(x, t[-2]) * ((t[-1] - knot) / width) - _above(x, t[-1]) * ((t[-2] - knot) / width)
        parts.append((_above(x, knot) - tail) * (beta / size))
    return nw.when(~x.is_null()).then(_sum(parts))


def _lines(transform: PiecewiseLinear, x: nw.Expr) -> nw.Expr:
    knots, values = transform.knots, transform.values
    found: nw.Expr = nw.lit(values[-1])
    for i in reversed(range(len(knots) - 1)):
        slope = (values[i + 1] - values[i]) / (knots[i + 1] - knots[i])
        found = nw.when(x < knots[i + 1]).then((x - knots[i]) * slope + values[i]).otherwise(found)
    return nw.when((x >= knots[0]) & (x <= knots[-1])).then(found)


def _sum(parts: Sequence[nw.Expr]) -> nw.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


# -- numbers of a record that are worked out from others


def number(name: str) -> nw.Expr:
    """A field of numbers, null where it is not known or cannot be."""
    spec, x = field_specs()[name], nw.col(name).cast(nw.Float64)
    if spec.low is None or spec.high is None:
        return x
    inside = ((x > spec.low) if spec.above_low else (x >= spec.low)) & (x <= spec.high)
    return nw.when(inside).then(x)


FIRST = "_first metastasis"
"""Months to the first metastasis, which is read off the column of metastases."""
DERIVED: dict[str, tuple[tuple[str, ...], Any]] = {
    "disease_free_interval": ((FIRST,), lambda first: first),
    "months_since_metastasis": (("landmark_months", FIRST), lambda now, first: now - first),
    "months_since_surgery": (("landmark_months", "surgery_months"), lambda now, then: now - then),
    "months_since_recurrence": (("landmark_months", "local_recurrence_months"), lambda now, then: now - then),
    "current_age": (("age", "landmark_months"), lambda age, now: age + now.fill_null(0.0) / 12),
    "age_at_metastasis": (("age", FIRST), lambda age, first: age + first / 12),
}
"""Derived numbers: what they are made of, and how, as `patient.derived` has it."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A number cut where anything tells its values apart: 0 not known, then a step below, at and above each point."""

    name: str
    points: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many steps there are."""
        return 2 * len(self.points) + 2

    def expression(self, x: nw.Expr) -> nw.Expr:
        """The step in which a number lies."""
        step = nw.lit(2 * len(self.points) + 1)
        for i, point in reversed(list(enumerate(self.points))):
            step = nw.when(x < point).then(nw.lit(2 * i + 1)).when(x <= point).then(nw.lit(2 * i + 2)).otherwise(step)
        return nw.when(x.is_null()).then(nw.lit(0)).otherwise(step)

    def representatives(self) -> Floats:
        """A number of each step, in their order."""
        points = self.points or (0.0,)
        inner = [value for a, b in itertools.pairwise(points) for value in (a, (a + b) / 2)]
        every = [points[0] - 1.0, *inner, points[-1], points[-1] + 1.0]
        return np.array([np.nan, *(every if self.points else [0.0])])


# -- a card


Answer = Callable[[Records], tuple[Sequence[Requirement], Mapping[str, Floats]]]
"""What a part says of records: what it requires, and the columns that it gives."""


@dataclass(frozen=True, eq=False)
class Part:
    """Something that decides about a card, or adds to its score: `fields` are what it reads, `ask` what it says.

    adds : whether its columns are sums, `low` and `high`; otherwise they have names of their own.
    """

    name: str
    fields: frozenset[str]
    ask: Answer
    adds: bool = False


class CardExpression:
    """A card for tables of an engine.

    Parameters
    ----------
    card : of any kind but a course of several states.
    columns : the names of the table's columns; those that are no field that the card asks are left as they are.

    Raises
    ------
    CardError : the card is a course, or counts its horizons from the landmark.
    """

    def __init__(self, card: Card, columns: Iterable[str]) -> None:
        if not card.form.has_expression:
            raise CardError(f"{card.id}: a course of several states has no expression; run it in batches, by `predict`")
        if card.landmarks.conditional:
            raise CardError(f"{card.id}: its horizons begin at the landmark; run it in batches, by `predict`")
        self.card = card
        names = set(columns)
        asked = _Asked()
        for name in sorted(self._variables):
            asked.column(name)
        every = [self._noted(part) for part in self._parts()]
        read = frozenset().union(*(part.fields for part in every), asked.asked)
        self._staged = any("stage" in part.fields for part in every)
        self._own = [name for name in field_specs() if name in names and name in read]
        self._numbers = [name for name in self._own if field_specs()[name].kind == "number"]
        self.codes = tuple(name for name in self._own if name not in self._numbers)
        known = {*self._numbers, *([FIRST] if "metastases" in self.codes else [])}
        self._derived = [
            name
            for name, (of, _) in DERIVED.items()
            if name in read and set(of) - ({"landmark_months"} if name == "current_age" else set()) <= known
        ]
        there = {*self.codes, *self._numbers, *self._derived}
        self.cuts = {name: Cut(name, self._points(name)) for name in (*self._numbers, *self._derived)}
        self.parts = tuple(Part(p.name, p.fields & there, p.ask, p.adds) for p in every)

    @property
    def fields(self) -> tuple[str, ...]:
        """The table's columns that it asks."""
        return tuple(self._own)

    # what the card asks

    def _parts(self) -> Iterable[Part]:
        card, form = self.card, self.card.form
        for place, ask in enumerate(own_questions(card)):
            yield Part(f"rule {place}", frozenset(), _required(ask))
        for p in form.scored:
            yield Part(p.name, frozenset(), partial(_term_columns, p), adds=p.transform.coded)
        yield Part("form", frozenset(), self._of_form)

    def _of_form(self, records: Records) -> tuple[Sequence[Requirement], Mapping[str, Floats]]:
        n = len(records)
        request = PredictionRequest(records, self.card.outcome, np.ones(n, dtype=np.int8), np.zeros(n), intervals=False)
        return self.card.form.looked_up(request)

    def _noted(self, part: Part) -> Part:
        """A part with what it reads: it is asked of records that note what is asked of them."""
        asked = _Asked()
        part.ask(asked)
        read = set(asked.asked)
        if "profiles" in read:
            read |= fields_read(c.field or "" for c in self._profile_conditions)
        return Part(part.name, frozenset(read), part.ask, part.adds)

    @cached_property
    def _profile_conditions(self) -> tuple[Condition, ...]:
        every = [c for t in library().types for p in library().profiles_of(t) for c in p.when]
        return tuple(test for condition in every for test in condition.tests)

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        """Every test of one field that decides anything about the card."""
        every = [*self.card.applies, *(c for rule in self.card.form.rules for c in rule)]
        return (*(test for condition in every for test in condition.tests), *self._profile_conditions)

    @cached_property
    def _variables(self) -> frozenset[str]:
        """The fields and derived variables that it names."""
        strata = self.card.form.strata
        own = {p.field for p in self.card.form.all_predictors} | {c.field or "" for c in self._conditions}
        own |= {"landmark_months", "histologic_type", TIME_FIELD[self.card.outcome.time_zero]}
        return frozenset(own | ({strata.field} if strata is not None else set()))

    def _points(self, name: str) -> tuple[float, ...]:
        found = {b for c in self._conditions if c.field == name for b in c.bounds if b is not None}
        found |= {end for p in self.card.form.all_predictors if p.field == name for end in p.range or ()}
        if name == TIME_FIELD[self.card.outcome.time_zero]:
            window = self.card.landmarks
            found |= {window.from_months - 1e-9, window.to_months + 1e-9}
        if name == "size_cm" and self._staged:
            found |= {end for end in staging_tables().size_steps if np.isfinite(end)}
        if name == "mitoses_per_10_hpf":
            found |= {row.at_least for row in staging_tables().fnclcc.mitoses_per_10_hpf}
        return tuple(sorted(found))

    # what the engine does

    def value(self, name: str) -> nw.Expr:
        """A number of a row, given or derived, null where it is not known."""
        if name in DERIVED:
            parts, function = DERIVED[name]
            if name == "current_age" and "landmark_months" not in self._numbers:
                return number("age")
            found: nw.Expr = function(*(nw.col(FIRST) if part == FIRST else number(part) for part in parts))
            return found
        return number(name)

    def held(self, parts: Sequence[Part], records: Records) -> tuple[Floats, dict[str, Floats]]:
        """How far the card is for records as these parts have it, and the columns that they give, sums added up."""
        answers, columns = [], dict[str, Floats]()
        for part in parts:
            requirements, given = part.ask(records)
            answers += [one.answers for one in requirements]
            for name, values in given.items():
                columns[name] = columns[name] + values if part.adds and name in columns else values
        status = rules.both(answers, len(records))
        return np.where(status == 1, APPLIES, np.where(status == 0, DOES_NOT, CANNOT_TELL)), columns

    @property
    def figure_names(self) -> tuple[str, ...]:
        """What `figures` are called."""
        nothing = nw.lit(0.0)
        ends = ("low", "high") if self.card.form.bound(nothing, nothing) is None else ("low", "high", "bound")
        return tuple(figure_name(h, end) for h in self.card.outcome.horizons_months for end in ends)

    def figures(self, sums: Sequence[tuple[nw.Expr, nw.Expr]], applies: nw.Expr) -> list[list[nw.Expr]]:
        """Low and high at each horizon, null where the card does not apply, and of a form with bounds those.

        They are named by `figure_name`.

        Parameters
        ----------
        sums : the least and the greatest of what codes add to the score.

        Returns
        -------
        Columns to add one list after another: what is used more than once is a column, so that it is worked out once.
        Numbers are columns already (`seen`).
        """
        form = self.card.form
        least: nw.Expr = nw.lit(float(form.intercept) if isinstance(form, ScoreForm) else 0.0)
        most = least
        numbers = [p for p in form.scored if not p.transform.coded]
        given = [p for p in numbers if p.field in self.cuts]
        for low, high in (*sums, *(self._ends(p) for p in numbers)):
            least, most = least + low, most + high
        found: list[nw.Expr] = []
        ends = nw.col("_least"), nw.col("_most")
        for h in self.card.outcome.horizons_months:
            low, high = form.figure(h, *ends, self.card.outcome)
            found += [
                nw.when(applies).then(low).alias(figure_name(h, "low")),
                nw.when(applies).then(high).alias(figure_name(h, "high")),
            ]
            bound = form.bound(*ends)
            if bound is not None:
                found.append(nw.when(applies).then(bound).alias(figure_name(h, "bound")))
        return [
            [scaled(p.transform, seen(p.field)).cast(nw.Float64).alias(f"_scaled {p.name}") for p in given],
            [_of_scaled(p.transform, nw.col(f"_scaled {p.name}")).alias(f"_term {p.name}") for p in given],
            [least.alias("_least"), most.alias("_most")],
            found,
        ]

    def _ends(self, p: Predictor) -> tuple[nw.Expr, nw.Expr]:
        """Its term, and where the number is not known the least and the greatest that it can be."""
        unknown = p.term(Records.of_columns({}, 1))
        low, high = float(unknown.low[0]), float(unknown.high[0])
        if p.field not in self.cuts:
            return nw.lit(low), nw.lit(high)
        value = nw.col(f"_term {p.name}")
        return value.fill_null(low), value.fill_null(high)


def seen(name: str) -> nw.Expr:
    """The column of a number, given or derived, null where it is not known."""
    return nw.col(f"_number {name}")


def _required(ask: Callable[[Records], list[Requirement]]) -> Answer:
    return lambda records: (ask(records), {})


def _term_columns(p: Predictor, records: Records) -> tuple[Sequence[Requirement], Mapping[str, Floats]]:
    said = p.term(records)
    return (said.requirement,), {"_low": said.low, "_high": said.high} if p.transform.coded else {}


def bounds_of(name: str) -> tuple[float, float]:
    """The least and the greatest that a number can be."""
    column = Records.of_columns({}, 1).numeric(name)
    return column.low, column.high


def fields_read(names: Iterable[str]) -> set[str]:
    """The fields and derived variables that variables of the record are made of, themselves among them."""
    asked = _Asked()
    for name in sorted(set(names)):
        asked.column(name)
    return set(asked.asked)


class _Asked(Records):
    """Records of which nothing is known, that note what is asked of them; two, since of one not all is asked."""

    def __init__(self) -> None:
        self._start(2, None, {}, {})
        self.asked: set[str] = set()

    def column(self, name: str, grouping: str | None = None) -> Column:
        self.asked.add(name)
        return super().column(name, grouping)

    def stated(self, name: str) -> Stated:
        self.asked.add(name)
        return super().stated(name)

    def values(self, name: str) -> Sequence[Any]:
        self.asked.add(name)
        return super().values(name)

    def profiles(self) -> tuple[Codes, list[tuple[Profile, ...]]]:
        self.asked.add("profiles")
        return super().profiles()

    def staging(self) -> tuple[Codes, list[tuple[Staging, ...]]]:
        self.asked.add("stage")
        return super().staging()
