"""The outlook of one person: what is known, what the models say, and the evidence around it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.errors import CardError, NoSuchError
from sarcoma.evidence import Fact, MetastaticSite, Question, RedFlag, library
from sarcoma.evidence.entry import Audience
from sarcoma.models import Card, cards
from sarcoma.outlook.answer import Answer, answer
from sarcoma.outlook.answers import ModelAnswer, ask, in_reading_order
from sarcoma.outlook.basis import Disagreement, disagreements
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.nearness import QUESTIONS, Extent, Person
from sarcoma.outlook.record_view import Known, Missing, known_fields, missing_fields
from sarcoma.outlook.resemble import facts_on, figure_answer, is_child, resembling, shares_of
from sarcoma.outlook.scenarios import Scenario, scenarios
from sarcoma.outlook.situation import number_of, state_of
from sarcoma.outlook.treatments import TreatmentOutlook, treatment_facts, treatments_for
from sarcoma.patient import Patient, Records, rules
from sarcoma.patient.cog import cog_stagings
from sarcoma.patient.profile import PossibleProfiles, possible_profiles
from sarcoma.patient.record import as_patient
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
class Outlook:
    """Everything that can honestly be said of one record; figures carry their origins."""

    situation: Situation
    answers: tuple[Answer, ...]  # one a question: a headline, the nearest figures, the less near, what is withheld
    disagreements: tuple[Disagreement, ...]  # why what answers one question may differ
    profiles: PossibleProfiles
    notes: tuple[Note, ...]  # what to bear in mind with every published figure below
    known: tuple[Known, ...]
    missing: tuple[Missing, ...]
    grades: tuple[str, ...]
    grade_given: bool
    staging: tuple[Staging, ...]
    models: tuple[ModelAnswer, ...]
    models_at_start: tuple[ModelAnswer, ...]  # what held at the start, of models that say nothing from now on
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
    treatment_facts: tuple[Fact, ...]  # on treatment of this very type, beyond the results of those listed
    red_flags: tuple[RedFlag, ...]
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        applying = sum(m.status == "applies" for m in self.models)
        return f"Outlook(situation={self.situation!r}, models_applying={applying})"

    @checked
    def answer_to(self, question: str) -> Answer:
        """What can be said to one question (NoSuchError if there is no such question)."""
        for given in self.answers:
            if given.question == question:
                return given
        asked = ", ".join(given.question for given in self.answers)
        raise NoSuchError(f"no question is called {question[:40]!r}; there are {asked}")

    @property
    def treatment_alarms(self) -> tuple[RedFlag, ...]:
        """Alarms of treatments: those likely in this person, and those of a whole kind of treatment that is listed."""
        likely = {flag.id for flag in self.red_flags if flag.treatments}
        kinds = {f"kind:{t.treatment.kind}" for t in self.treatments}
        return tuple(
            flag for flag in library().red_flags.values() if flag.id in likely or kinds.intersection(flag.treatments)
        )

    @checked
    def answer(self, card_id: str) -> ModelAnswer:
        """What one model says (NoSuchError if there is no such model)."""
        for model in self.models:
            if model.card.id == card_id:
                return model
        raise NoSuchError(f"no model of this outlook is called {card_id[:40]!r}; `models` lists them")


def outlook_of(
    patient: Patient | Mapping[str, Any], own_cards: Iterable[Card] = (), *, audience: Audience = "teams"
) -> Outlook:
    """The outlook of one person.

    Parameters
    ----------
    patient : the record, at its landmark; a mapping such as {"age": 62} is read as one.
    own_cards : models of one's own, beside those shipped.
    audience : who will read it. For "everyone", models for sarcoma teams only are not asked: they are not among
        `models`, and `missing` does not name them. The evidence is the same for both; each figure says whom it is for.

    Returns
    -------
    Outlook : figures with origins, models that apply and that do not, sites, treatments, questions.

    Raises
    ------
    CardError : there is no such audience.
    RecordError : the mapping is no record.
    """
    if not isinstance(audience, str) or audience not in get_args(Audience):
        raise CardError('an outlook is for "teams" or for "everyone"')
    own = tuple(own_cards) if isinstance(own_cards, Iterable) else (None,)
    if not all(isinstance(one, Card) for one in own):
        raise CardError("own_cards: give cards, for example [read_card(Path('card.yaml'))]")
    patient = as_patient(patient)
    records = Records((patient,))
    gate = Gate(possible_profiles(records))
    asked = [
        c
        for c in (*cards().values(), *(one for one in own if one is not None))
        if audience in ("teams", gate.audience_of(c))
    ]
    models = in_reading_order(ask(card, records, gate) for card in asked)
    situation = _situation(records)
    person = Person(records, _extent(records, situation), graded=gate.graded)
    answers = {question: answer(question, person, gate) for question in QUESTIONS}
    index, stagings = records.staging()
    metastatic = situation == "metastatic"
    late = _late(records, metastatic)
    treatments = treatments_for(records, metastatic, gate)
    return Outlook(
        situation=situation,
        answers=tuple(answers.values()),
        disagreements=disagreements(answers.values(), models, person),
        profiles=gate.profiles,
        notes=_notes(records, metastatic, late),
        known=known_fields(patient),
        missing=missing_fields(patient, models, graded=gate.graded),
        grades=tuple(sorted(state_of(records, "grade"))),
        grade_given=patient.grade is not None,
        staging=tuple(
            s for s in (*stagings[index[0]], *cog_stagings(records)) if audience == "teams" or not s.for_teams
        ),
        models=models,
        models_at_start=_at_start(patient, asked, models, gate, late),
        spread=_in_order(answers["spread"], specific=True),
        spread_general=_in_order(answers["spread"], specific=False),
        risk_factors=tuple(f for f in _facts(records, gate, "risk-factor") if f.types or not gate.stays),
        nodes=_figures(records, gate, ("nodes",), ("nodal-metastasis",)),
        recurrence=_in_order(answers["local"]),
        timing=_in_order(answers["left"]),
        follow_up=()
        if metastatic or is_child(records) or gate.against_surface("follow-up-plan")
        else _facts(records, gate, "follow-up"),
        baselines=_in_order(answers["survival"], topics=("survival-metastatic",)) if metastatic else (),
        scenarios=_scenarios(records, answers["survival"])
        if metastatic and not late and not gate.against_surface("scenarios")
        else (),
        stage_survival=_in_order(answers["survival"], topics=("survival-by-stage",)) if _at_diagnosis(records) else (),
        type_survival=_in_order(answers["survival"], topics=_BY_TYPE),
        sites=tuple(site for site in _sites(records, gate) if site.present or not gate.stays),
        treatments=treatments,
        treatment_facts=treatment_facts(records, gate, treatments),
        red_flags=_alarms(records),
        questions=tuple(
            q
            for q in library().questions.values()
            if rules.answer_one(q.applies, records) == 1
            and not gate.against_question(q.id)
            and not _answered(q, records)
        ),
    )


def _answered(question: Question, records: Records) -> bool:
    """Whether the record answers a question: what is not known could be any answer, and is none."""
    fields = {f for condition in question.answered_when for f in condition.fields}
    known = bool(fields) and all(len(state_of(records, field)) == 1 for field in fields)
    return known and rules.answer_one(question.answered_when, records) == 1


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


def _at_start(
    patient: Patient, asked: Iterable[Card], models: Iterable[ModelAnswer], gate: Gate, late: tuple[Note, ...]
) -> tuple[ModelAnswer, ...]:
    """What models that start at diagnosis, operation or first metastasis said then, where that lies behind.

    Their horizons count from the start, and are never moved.
    """
    if not late:
        return ()
    found = sorted(patient.metastases or (), key=lambda m: m.months if m.months is not None else math.inf)
    start = found[0].months if found else None
    if found and start is None:
        return ()
    then = patient.model_copy(
        update={
            "landmark_months": start,
            "metastases": tuple(m for m in found if m.months == start) if found else patient.metastases,
        }
    )
    silent = {model.card.id for model in models if model.status != "applies"}
    records = Records((then,))
    said = in_reading_order(ask(card, records, gate) for card in asked if card.id in silent)
    return tuple(model for model in said if model.status == "applies")


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


_BY_TYPE = ("survival-by-type", "spread-sites", "spread-rate", "nodes", "long-term-survival")


def _extent(records: Records, situation: Situation) -> Extent:
    """The situation, with the time of spread where that is known."""
    if situation != "metastatic":
        return situation
    at_diagnosis = state_of(records, "metastatic_at_diagnosis")
    if len(at_diagnosis) != 1:
        return "metastatic"
    return "metastatic-at-diagnosis" if at_diagnosis == {"yes"} else "metastatic-later"


def _scenarios(records: Records, given: Answer) -> tuple[Scenario, ...]:
    """Scenarios from medians that may be said of this person."""
    told = {near.figure.origin for near in (*given.nearest, *given.less_near)}
    return tuple(s for s in scenarios(records) if s.median.origin in told)


def _in_order(
    given: Answer, *, specific: bool | None = None, topics: tuple[str, ...] | None = None
) -> tuple[OutlookFigure, ...]:
    """The figures of an answer, nearest first; only those restricted to a group of people, or only the others."""
    return tuple(
        near.figure
        for near in (*given.nearest, *given.less_near)
        if specific in (None, bool(near.matches) or near.vector[0] > 0) and (topics is None or near.topic in topics)
    )


def _facts(records: Records, gate: Gate, topic: str) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts_on(records, topic) if not gate.against_fact(fact))


def _figures(
    records: Records, gate: Gate, topics: tuple[str, ...], measures: tuple[str, ...]
) -> tuple[OutlookFigure, ...]:
    found: dict[object, OutlookFigure] = {}
    for one in resembling(records, topics=topics, measures=measures, specific=True):
        if not gate.against(one):
            found.setdefault(one.result, one.shown)
    return tuple(found.values())


def _sites(records: Records, gate: Gate) -> tuple[SiteOutlook, ...]:
    organs_column = records.column("metastasis_organs")
    present = getattr(organs_column, "states", (None,))[int(organs_column.codes[0])] or frozenset()  # type: ignore[union-attr]
    found = []
    for site in library().sites.values():
        by_type, general = [], []
        for one in shares_of(site.id):
            if gate.against(one):
                continue
            if one.types and figure_answer(one, records) == 1:
                by_type.append(one.shown)
            elif not one.types and not one.fact.superseded_by and figure_answer(one, records) != 0:
                general.append(one.shown)
        flags = tuple(library().red_flags[key] for key in site.red_flags)
        found.append(SiteOutlook(site, tuple(by_type), tuple(general), flags, site.id in present))
    return tuple(found)


def _alarms(records: Records) -> tuple[RedFlag, ...]:
    """What stands for everyone, and what is likely in this person, in the order of the file."""
    return tuple(flag for flag in library().red_flags.values() if rules.answer_one(flag.when, records) == 1)
