"""Basis: on what a figure rests, so that it can be said why two disagree. Data only; `wording` makes the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from sarcoma._dataclass import dataclass
from sarcoma.models import Card
from sarcoma.outlook.answer import Answer, NearFigure
from sarcoma.outlook.answers import ModelAnswer, tested_elsewhere
from sarcoma.outlook.figure import OutlookFigure
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


def of_model(card: Card, person: Person, figures: tuple[OutlookFigure, ...] = ()) -> Basis:
    """The basis of what a model says: of its outcome, or of `figures` of an event beside it."""
    used = frozenset(asked for name in card.uses for asked in ASKED_AS.get(name, (name,)))
    known = _known(person)
    return Basis(
        origin=card.id,
        kind="personal" if card.personal else "group",
        estimand=(figures[0].estimand if figures else None) or card.outcome.estimand,
        endpoint=figures[0].measure if figures else card.outcome.endpoint,
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


def disagreements(answers: Iterable[Answer], models: Iterable[ModelAnswer], person: Person) -> tuple[Disagreement, ...]:
    """For each question why what stands beside one another may differ; a question with fewer than two has none."""
    asked = tuple(models)
    found = (_disagreement(answer, asked, person) for answer in answers if answer.nearest or answer.headline.figures)
    return tuple(one for one in found if one is not None)


_MEASURE: dict[str, str] = {"spread": "distant-metastasis", "local": "local-recurrence"}
_ENDPOINT: dict[str, str] = {"spread": "metastasis", "local": "local-recurrence"}


def models_on(question: str, models: Iterable[ModelAnswer]) -> Iterator[tuple[ModelAnswer, tuple[OutlookFigure, ...]]]:
    """The models that apply and answer a question, with their figures on it."""
    for model in models:
        if model.status != "applies":
            continue
        outcome = model.card.outcome
        if question == "survival":
            on = model.figures if outcome.about_survival else ()
        else:
            beside = tuple(f for f in model.also if f.measure == _MEASURE.get(question))
            on = beside or (model.figures if outcome.endpoint == _ENDPOINT.get(question) else ())
        if on:
            yield model, on


def _disagreement(answer: Answer, models: tuple[ModelAnswer, ...], person: Person) -> Disagreement | None:
    bases = tuple(
        of_model(m.card, person, figures if figures is not m.figures else ())
        for m, figures in models_on(answer.question, models)
    )
    bases += tuple(of_figure(near) for near in answer.nearest)
    if len(bases) < 2:
        return None
    differ = tuple(name for name in _COMPARED if len({getattr(basis, name) for basis in bases}) > 1)
    return Disagreement(answer.question, bases, differ)


def _known(person: Person) -> tuple[str, ...]:
    return tuple(FIELD_OF.get(d, d) for d in (*BEFORE_SPREAD, "age") if person.values.get(d) is not None)
