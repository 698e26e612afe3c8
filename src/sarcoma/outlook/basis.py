"""Basis: on what a figure rests, so that it can be said why two disagree. Data only; `wording` makes the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sarcoma.models import Card
from sarcoma.outlook.answer import Answer, NearFigure
from sarcoma.outlook.answers import ModelAnswer, tested_elsewhere
from sarcoma.outlook.nearness import BEFORE_SPREAD, Person
from sarcoma.patient.derived import ASKED_AS

FIELD_OF = {"type": "histologic_type", "size": "size_cm"}
"""The field of the record behind a dimension, where the names differ."""


@dataclass(frozen=True, slots=True)
class Test:
    """How a model did in other people."""

    measure: str
    value: float | None
    n: int | None
    population: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a figure or a model counts, of whom, and which of this person's facts it uses and cannot see.

    `uses` and `cannot_see` name fields of the record that are known of this person. `horizons_months` is empty where no
    time is stated. `tested` is empty where no test in other people is known.
    """

    origin: str
    kind: Literal["personal", "group", "study"]
    estimand: str
    endpoint: str | None
    horizons_months: tuple[float, ...]
    time_zero: str | None
    population: str | None
    period: str | None
    n: int | None
    uses: tuple[str, ...]
    cannot_see: tuple[str, ...]
    tested: tuple[Test, ...] = ()
    tested_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What differs between the bases of one answer, by the name of the attribute."""

    question: str
    bases: tuple[Basis, ...]
    differ_in: tuple[str, ...]


_COMPARED = ("estimand", "endpoint", "horizons_months", "time_zero", "population", "period", "uses")


def of_model(answer: ModelAnswer, person: Person) -> Basis:
    """The basis of what a model says."""
    card = answer.card
    used = _fields(card)
    known = _known(person)
    return Basis(
        origin=card.id,
        kind="personal" if card.personal else "group",
        estimand=card.outcome.estimand,
        endpoint=card.outcome.endpoint,
        horizons_months=card.outcome.horizons_months,
        time_zero=card.outcome.time_zero,
        population=card.population.description,
        period=card.population.period,
        n=card.population.n,
        uses=tuple(f for f in known if f in used),
        cannot_see=tuple(f for f in known if f not in used),
        tested=tuple(
            Test(row.measure, row.value, row.n, row.population)
            for row in card.performance
            if row.setting == "external validation"
        ),
        tested_elsewhere=tested_elsewhere(card),
    )


def of_figure(near: NearFigure) -> Basis:
    """The basis of a published figure."""
    figure = near.figure
    return Basis(
        origin=figure.origin,
        kind="study",
        estimand=near.estimand,
        endpoint=near.endpoint,
        horizons_months=() if figure.horizon_months is None else (figure.horizon_months,),
        time_zero=None,
        population=figure.population,
        period=figure.period,
        n=figure.n if isinstance(figure.n, int) else None,
        uses=tuple(FIELD_OF.get(d, d) for d in near.matches),
        cannot_see=tuple(FIELD_OF.get(d, d) for d in near.broader_on),
    )


def disagreement(answer: Answer, models: Iterable[ModelAnswer], person: Person) -> Disagreement | None:
    """Why the models that apply and the nearest figures may differ; None where there are fewer than two."""
    bases = tuple(of_model(m, person) for m in models if m.status == "applies" and m.figures)
    bases += tuple(of_figure(near) for near in answer.nearest)
    if len(bases) < 2:
        return None
    differ = tuple(name for name in _COMPARED if len({getattr(basis, name) for basis in bases}) > 1)
    return Disagreement(answer.question, bases, differ)


def _known(person: Person) -> tuple[str, ...]:
    return tuple(FIELD_OF.get(d, d) for d in (*BEFORE_SPREAD, "age") if person.values.get(d) is not None)


def _fields(card: Card) -> frozenset[str]:
    """The fields of the record that a model uses, as they are asked."""
    form = card.form
    named = [p.field for p in form.all_predictors]
    named += [form.strata.field] if form.strata is not None else []
    named += [name for rule in form.rules for condition in rule for name in condition.fields]
    return frozenset(asked for name in named for asked in ASKED_AS.get(name, (name,)))
