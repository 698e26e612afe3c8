"""The outlook of one person: what is known, what the models say, and the evidence around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from sarcoma.errors import CardError
from sarcoma.evidence import Fact, MetastaticSite, Question, RedFlag, Treatment, library
from sarcoma.evidence.entry import Audience
from sarcoma.models import Card, cards
from sarcoma.outlook.answers import ModelAnswer, ask
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.record_view import Known, Missing, known_fields, missing_fields
from sarcoma.outlook.resemble import facts_on, figure_answer, is_child, published, resembling, shares_of, type_answer
from sarcoma.outlook.scenarios import Scenario, scenarios
from sarcoma.outlook.situation import number_of, state_of
from sarcoma.patient import Patient, Records, rules
from sarcoma.patient.stage import Staging

Situation = Literal["localised", "recurrent", "metastatic", "not known"]
Note = Literal["late-after-metastasis", "late-after-diagnosis", "child", "after-recurrence"]
"""Why the published figures do not fit a record as they stand; `wording.outlook.note` says it."""


@dataclass(frozen=True, slots=True)
class SiteOutlook:
    """One organ: how often people with this type have metastasis there, its symptoms and red flags."""

    site: MetastaticSite
    shares: tuple[OutlookFigure, ...]
    general_shares: tuple[OutlookFigure, ...]
    red_flags: tuple[RedFlag, ...]
    present: bool


@dataclass(frozen=True, slots=True)
class TreatmentOutlook:
    """One treatment with evidence for this type; `open_conditions` are tests or facts still to be known."""

    treatment: Treatment
    for_this_type: bool
    open_conditions: tuple[str, ...]
    figures: tuple[OutlookFigure, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that can honestly be said of one record; figures carry their origins."""

    situation: Situation
    notes: tuple[Note, ...]  # what to bear in mind with every published figure below
    known: tuple[Known, ...]
    missing: tuple[Missing, ...]
    grades: tuple[str, ...]
    grade_given: bool
    staging: tuple[Staging, ...]
    models: tuple[ModelAnswer, ...]
    spread: tuple[OutlookFigure, ...]
    spread_general: tuple[OutlookFigure, ...]
    risk_factors: tuple[Fact, ...]
    nodes: tuple[OutlookFigure, ...]
    recurrence: tuple[OutlookFigure, ...]
    timing: tuple[OutlookFigure, ...]
    follow_up: tuple[Fact, ...]
    baselines: tuple[OutlookFigure, ...]
    scenarios: tuple[Scenario, ...]
    stage_survival: tuple[OutlookFigure, ...]
    type_survival: tuple[OutlookFigure, ...]
    sites: tuple[SiteOutlook, ...]
    treatments: tuple[TreatmentOutlook, ...]
    red_flags: tuple[RedFlag, ...]
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        applying = sum(m.status == "applies" for m in self.models)
        return f"Outlook(situation={self.situation!r}, models_applying={applying})"

    def answer(self, card_id: str) -> ModelAnswer:
        """What one model says (KeyError if there is no such model)."""
        for model in self.models:
            if model.card.id == card_id:
                return model
        raise KeyError(card_id)


def outlook_of(patient: Patient, own_cards: Iterable[Card] = (), *, audience: Audience = "teams") -> Outlook:
    """The outlook of one person.

    Parameters
    ----------
    patient : the record, at its landmark.
    own_cards : models of one's own, beside those shipped.
    audience : who will read it. For "everyone", models for sarcoma teams only are not asked: they are not among
        `models`, and `missing` does not name them. The evidence is the same for both; each figure says whom it is for.

    Returns
    -------
    Outlook : figures with origins, models that apply and that do not, sites, treatments, questions.

    Raises
    ------
    CardError : there is no such audience.
    """
    if audience not in get_args(Audience):
        raise CardError('an outlook is for "teams" or for "everyone"')
    records = Records((patient,))
    asked = [card for card in (*cards().values(), *own_cards) if audience in ("teams", card.audience)]
    answers = tuple(ask(card, records) for card in asked)
    situation = _situation(records)
    index, stagings = records.staging()
    metastatic = situation == "metastatic"
    late = _late(records, metastatic)
    return Outlook(
        situation=situation,
        notes=_notes(records, metastatic, late),
        known=known_fields(patient),
        missing=missing_fields(patient, answers),
        grades=tuple(sorted(state_of(records, "grade"))),
        grade_given=patient.grade is not None,
        staging=stagings[index[0]],
        models=answers,
        spread=()
        if metastatic
        else _figures(records, ("spread-rate", "risk-factor"), ("distant-metastasis", "death"), True),
        spread_general=_figures(records, ("spread-rate",), ("distant-metastasis",), False),
        risk_factors=facts_on(records, "risk-factor"),
        nodes=_figures(records, ("nodes",), ("nodal-metastasis",), True),
        recurrence=() if metastatic else _figures(records, ("spread-rate", "recurrence"), ("local-recurrence",), True),
        timing=_figures(records, ("spread-timing", "spread-sites", "spread-rate"), ("time-to-metastasis",), None),
        follow_up=() if metastatic else facts_on(records, "follow-up"),
        baselines=_figures(records, ("survival-metastatic",), ("median-overall-survival", "overall-survival"), None)
        if metastatic
        else (),
        scenarios=scenarios(records) if metastatic and not late else (),
        stage_survival=_figures(
            records, ("survival-by-stage",), ("relative-survival", "overall-survival", "net-survival"), None
        )
        if _at_diagnosis(records)
        else (),
        type_survival=_figures(
            records,
            ("survival-by-type", "spread-sites", "spread-rate", "nodes", "long-term-survival"),
            ("median-overall-survival", "overall-survival", "disease-specific-survival"),
            True,
        ),
        sites=_sites(records),
        treatments=_treatments(records, metastatic),
        red_flags=tuple(library().red_flags.values()),
        questions=tuple(q for q in library().questions.values() if rules.answer_one(q.applies, records) == 1),
    )


def _situation(records: Records) -> Situation:
    if state_of(records, "metastatic") == {"yes"}:
        return "metastatic"
    if state_of(records, "metastatic") != {"no"}:
        return "not known"
    return "recurrent" if state_of(records, "recurred") == {"yes"} else "localised"


_LATE_MONTHS = 3.0
"""A landmark this long after the start of a cohort's clock is no longer the start (as in the models' cards)."""


def _late(records: Records, metastatic: bool) -> tuple[Note, ...]:
    """Published rates start at diagnosis, operation or first metastasis; later on they do not fit as they stand."""
    if metastatic:
        return ("late-after-metastasis",) if number_of(records, "months_since_metastasis") > _LATE_MONTHS else ()
    return ("late-after-diagnosis",) if number_of(records, "landmark_months") > _LATE_MONTHS else ()


def _notes(records: Records, metastatic: bool, late: tuple[Note, ...]) -> tuple[Note, ...]:
    """What to bear in mind with every published figure."""
    notes = list(late)
    if is_child(records):
        notes.append("child")
    if not metastatic and state_of(records, "recurred") == {"yes"}:
        notes.append("after-recurrence")
    return tuple(notes)


def _at_diagnosis(records: Records) -> bool:
    """Whether figures by stage at diagnosis still fit: nothing has happened since, and not much time has passed."""
    if (
        number_of(records, "landmark_months") > _LATE_MONTHS
        or state_of(records, "recurred") == {"yes"}
        or is_child(records)
    ):
        return False
    return state_of(records, "metastatic") != {"yes"} or state_of(records, "metastatic_at_diagnosis") == {"yes"}


# -- the evidence around it


def _figures(
    records: Records, topics: tuple[str, ...], measures: tuple[str, ...], specific: bool | None
) -> tuple[OutlookFigure, ...]:
    found: dict[object, OutlookFigure] = {}
    for one in resembling(records, topics=topics, measures=measures, specific=specific):
        found.setdefault(one.result, one.shown)
    return tuple(found.values())


def _sites(records: Records) -> tuple[SiteOutlook, ...]:
    organs_column = records.column("metastasis_organs")
    present = getattr(organs_column, "states", (None,))[int(organs_column.codes[0])] or frozenset()  # type: ignore[union-attr]
    found = []
    for site in library().sites.values():
        by_type, general = [], []
        for one in shares_of(site.id):
            if one.types and figure_answer(one, records) == 1:
                by_type.append(one.shown)
            elif not one.types and not one.fact.superseded_by and figure_answer(one, records) != 0:
                general.append(one.shown)
        flags = tuple(library().red_flags[key] for key in site.red_flags)
        found.append(SiteOutlook(site, tuple(by_type), tuple(general), flags, site.id in present))
    return tuple(found)


_LOCALISED = frozenset(("localised",))


def _treatments(records: Records, metastatic: bool) -> tuple[TreatmentOutlook, ...]:
    found = []
    for treatment in library().treatments.values():
        if treatment.record_only or (treatment.setting in _LOCALISED) == metastatic:
            continue
        fit = type_answer(tuple(t for t in treatment.types if t != "any"), records)
        if fit != 1 or (treatment.excluded_types and type_answer(treatment.excluded_types, records) == 1):
            continue
        answers = [(c, int(rules.answer(c, records)[0])) for c in treatment.for_whom]
        if any(a == 0 for _, a in answers):
            continue
        facts = tuple(library().facts[key] for key in treatment.results if key in library().facts)
        figures = tuple(
            one.shown for fact in facts for one in published(fact.key) if type_answer(one.types, records) == 1
        )
        found.append(
            TreatmentOutlook(
                treatment=treatment,
                for_this_type="any" not in treatment.types,
                open_conditions=tuple(c.because or c.describe() for c, a in answers if a == -1),
                figures=figures,
                facts=facts,
            )
        )
    return tuple(sorted(found, key=lambda t: not t.for_this_type))
