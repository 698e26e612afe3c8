"""Asking every model: what it says of one record, or why it says nothing."""

from __future__ import annotations

from collections.abc import Iterable

from sarcoma._dataclass import dataclass
from sarcoma.evidence import library
from sarcoma.evidence.model_caution import ModelCaution
from sarcoma.models import Card, predict
from sarcoma.models.card import Caution
from sarcoma.models.execute import STATUS_WORDS, Status
from sarcoma.outlook.course import CourseFigure, course_figure
from sarcoma.outlook.figure import OutlookFigure, also_from_card, from_card
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.situation import state_of
from sarcoma.patient import Records, rules
from sarcoma.patient.derived import ASKED_AS

STATUS = STATUS_WORDS


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What one model says: its figures, or the rules that fail, or the fields without which it cannot be told.

    `also` are figures of events beside its outcome, as metastasis in a course that ends with death. `withheld` are the
    general statements, by id, for whose sake a model that would fit must not speak of this person.
    """

    card: Card
    status: Status
    figures: tuple[OutlookFigure, ...]
    reasons: tuple[str, ...]
    fields: tuple[str, ...]
    ranged_over: tuple[str, ...]
    cautions: tuple[str, ...]
    plain_cautions: tuple[str, ...]
    assumptions: tuple[str, ...]
    course: CourseFigure | None = None
    withheld: tuple[str, ...] = ()
    also: tuple[OutlookFigure, ...] = ()


def in_reading_order(answers: Iterable[ModelAnswer]) -> tuple[ModelAnswer, ...]:
    """Personal models tested in other people first, then personal ones, groups, and nodes last; else as shipped."""
    return tuple(sorted(answers, key=lambda a: (a.status != "applies", _kind_of_figure(a.card))))


def _kind_of_figure(card: Card) -> int:
    if card.outcome.question == "nodes":
        return 3
    if not card.personal:
        return 2
    return 0 if tested_elsewhere(card) else 1


def tested_elsewhere(card: Card) -> bool:
    """Whether the card was tested in people other than those it was made from."""
    return any(row.setting == "external validation" for row in card.performance)


def ask(card: Card, records: Records, gate: Gate) -> ModelAnswer:
    """What a card says of the (single) record, if the profile of the type lets it speak."""
    fit = gate.fit_of(card.id)
    if fit is not None and fit.fits == "no":
        return _silent(card, (fit.because,))
    for_teams = (fit.because,) if fit is not None and fit.fits == "teams" else ()
    if gate.audience_of(card) != card.audience:
        card = card.model_copy(update={"audience": gate.audience_of(card)})
    said = predict(card, records, curve="line")
    if said.status[0] == 1 and (withheld := gate.against_card(card.id, said.of_form.possible_groups(0))):
        return _silent(card, tuple(library().general_statements[name].because for name in withheld), withheld)
    status = STATUS[int(said.status[0])]
    applies = status == "applies"
    wanting = said.failing(0) if status == "does not apply" else said.undecided(0)
    fields = tuple(dict.fromkeys(f for r in wanting for name in r.fields for f in ASKED_AS.get(name, (name,))))
    ranged_over = said.of_form.ranged_over(0, records)
    ranged = tuple(dict.fromkeys(f for name in ranged_over for f in ASKED_AS.get(name, (name,))))
    general = [c for c in library().model_cautions.values() if _concerns(c, card)]
    every: list[Caution | ModelCaution] = [*card.cautions, *general]
    cautions = [c for c in every if rules.answer_one(c.when, records) == 1]
    return ModelAnswer(
        card=card,
        status=status,
        figures=from_card(said, 0) if applies else (),
        reasons=tuple(r.text for r in wanting),
        fields=fields,
        ranged_over=ranged if applies else (),
        cautions=(*for_teams, *(c.text for c in cautions)),
        plain_cautions=tuple(c.plain for c in cautions),
        assumptions=_assumptions(card, records) if applies else (),
        course=course_figure(said) if applies else None,
        also=also_from_card(said) if applies else (),
    )


def _silent(card: Card, reasons: tuple[str, ...], withheld: tuple[str, ...] = ()) -> ModelAnswer:
    return ModelAnswer(card, "does not apply", (), reasons, (), (), (), (), (), withheld=withheld)


def _concerns(caution: ModelCaution, card: Card) -> bool:
    """Whether a general caution is about this model: it does not ask for what the caution is about."""
    return card.outcome.question not in caution.not_of and card.asks.isdisjoint(caution.unless_asked)


def _assumptions(card: Card, records: Records) -> tuple[str, ...]:
    found = [
        recode.assumption or ""
        for field, recode in card.form.recodes
        if not recode.assumed or state_of(records, field) & set(recode.assumed)
    ]
    types = state_of(records, "histologic_type")
    if len(types) == 1:
        (type_id,) = types
        groupings = [library().groupings[p.grouping] for p in card.all_predictors if p.grouping]
        found.extend(grouping.assumption_of(type_id) or "" for grouping in groupings)
    return tuple(dict.fromkeys(a for a in found if a))
