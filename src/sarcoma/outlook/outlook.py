"""The outlook of one person: what is known, what the models say, and the evidence around it."""

from __future__ import annotations

from dataclasses import dataclass

from sarcoma.evidence import Fact, MetastaticSite, Question, RedFlag, Treatment, library
from sarcoma.models import Card, Predictions, cards, predict
from sarcoma.outlook.figure import OutlookFigure, from_card, from_fact
from sarcoma.outlook.resemble import figure_answer, is_child, is_specific, resembling, type_answer
from sarcoma.outlook.scenarios import Scenario, scenarios
from sarcoma.patient import ORGANS, Coded, Metastasis, Numeric, Patient, Records, field_specs, rules
from sarcoma.patient.records import ASKED_AS
from sarcoma.patient.stage import Staging


@dataclass(frozen=True, slots=True)
class Known:
    """One field of the record as it was taken: `value` in words; `assumed` where nothing was said."""

    field: str
    label: str
    value: str
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is not known, and which models it keeps from answering or makes into a range."""

    field: str
    label: str
    needed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What one model says: its figures, or the rules that fail, or the fields without which it cannot be told."""

    card: Card
    status: str  # "applies", "does not apply", "cannot tell"
    figures: tuple[OutlookFigure, ...]
    reasons: tuple[str, ...]
    fields: tuple[str, ...]
    ranged_over: tuple[str, ...]
    cautions: tuple[str, ...]
    plain_cautions: tuple[str, ...]
    assumptions: tuple[str, ...]


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

    situation: str  # "localised", "recurrent", "metastatic" or "not known"
    notes: tuple[str, ...]  # what to bear in mind with every published figure below
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


def outlook(patient: Patient) -> Outlook:
    """The outlook of one person.

    Parameters
    ----------
    patient : the record, at its landmark.

    Returns
    -------
    Outlook : figures with origins, models that apply and that do not, sites, treatments, questions.
    """
    records = Records((patient,))
    answers = tuple(_ask(card, records) for card in cards().values())
    situation = _situation(records)
    index, stagings = records.staging()
    metastatic = situation == "metastatic"
    late = _late(records, metastatic)
    return Outlook(
        situation=situation,
        notes=_notes(records, metastatic, late),
        known=_known(patient),
        missing=_missing(patient, answers),
        grades=tuple(sorted(_state(records, "grade"))),
        grade_given=patient.grade is not None,
        staging=stagings[index[0]],
        models=answers,
        spread=()
        if metastatic
        else _figures(records, ("spread-rate", "risk-factor"), ("distant-metastasis", "death"), True),
        spread_general=_figures(records, ("spread-rate",), ("distant-metastasis",), False),
        risk_factors=_facts(records, "risk-factor"),
        nodes=_figures(records, ("nodes",), ("nodal-metastasis",), True),
        recurrence=() if metastatic else _figures(records, ("spread-rate", "recurrence"), ("local-recurrence",), True),
        timing=_figures(records, ("spread-timing", "spread-sites", "spread-rate"), ("time-to-metastasis",), None),
        follow_up=() if metastatic else _facts(records, "follow-up"),
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
        questions=tuple(q for q in library().questions.values() if rules.answer_all(q.applies, records)[0] == 1),
    )


def _state(records: Records, name: str) -> frozenset[str]:
    column = records.column(name)
    if not isinstance(column, Coded):
        raise TypeError(name)
    return column.states[int(column.codes[0])]


def _situation(records: Records) -> str:
    if _state(records, "metastatic") == {"yes"}:
        return "metastatic"
    if _state(records, "metastatic") != {"no"}:
        return "not known"
    return "recurrent" if _state(records, "recurred") == {"yes"} else "localised"


_LATE_MONTHS = 3.0
"""A landmark this long after the start of a cohort's clock is no longer the start (as in the models' cards)."""


def _number(records: Records, name: str) -> float:
    column = records.column(name)
    if not isinstance(column, Numeric):
        raise TypeError(name)
    return float(column.values[0])


def _late(records: Records, metastatic: bool) -> tuple[str, ...]:
    """Published rates start at diagnosis, operation or first metastasis; later on they do not fit as they stand."""
    notes = []
    if metastatic and _number(records, "months_since_metastasis") > _LATE_MONTHS:
        notes.append(
            "The published figures start at the first metastasis. This record looks ahead from later, so they do not "
            "fit as they stand: the early deaths lie behind."
        )
    elif not metastatic and _number(records, "landmark_months") > _LATE_MONTHS:
        notes.append(
            "The published rates start at diagnosis or operation. This record looks ahead from later, so the risk that "
            "is left is smaller than they say; most spread shows itself in the first years."
        )
    return tuple(notes)


def _notes(records: Records, metastatic: bool, late: tuple[str, ...]) -> tuple[str, ...]:
    """What to bear in mind with every published figure."""
    notes = list(late)
    if is_child(records):
        notes.append(
            "Nearly all figures here are of adults and are left out: sarcoma in children and teenagers is another "
            "matter, and is treated in centres for children."
        )
    if not metastatic and _state(records, "recurred") == {"yes"}:
        notes.append(
            "The published rates are counted from the first tumour. After a local recurrence they do not fit, and are "
            "left out."
        )
    return tuple(notes)


def _at_diagnosis(records: Records) -> bool:
    """Whether figures by stage at diagnosis still fit: nothing has happened since, and not much time has passed."""
    if (
        _number(records, "landmark_months") > _LATE_MONTHS
        or _state(records, "recurred") == {"yes"}
        or is_child(records)
    ):
        return False
    return _state(records, "metastatic") != {"yes"} or _state(records, "metastatic_at_diagnosis") == {"yes"}


# -- models


def _ask(card: Card, records: Records) -> ModelAnswer:
    said = predict(card, records)
    status = {1: "applies", 0: "does not apply", -1: "cannot tell"}[int(said.status[0])]
    applies = status == "applies"
    wanting = said.failing(0) if status == "does not apply" else said.undecided(0)
    fields = tuple(dict.fromkeys(f for r in wanting for name in r.fields for f in ASKED_AS.get(name, (name,))))
    unknown = tuple(dict.fromkeys(f for name in said.missing_predictors(0) for f in ASKED_AS.get(name, (name,))))
    ranged = _group_fields(said, records) if card.groups else unknown
    cautions = [c for c in card.cautions if int(rules.answer_all(c.when, records)[0]) == 1]
    return ModelAnswer(
        card=card,
        status=status,
        figures=from_card(said, 0) if applies else (),
        reasons=tuple(r.text for r in wanting),
        fields=fields,
        ranged_over=ranged if applies else (),
        cautions=tuple(c.text for c in cautions),
        plain_cautions=tuple(c.plain for c in cautions),
        assumptions=_assumptions(card, records) if applies else (),
    )


def _group_fields(said: Predictions, records: Records) -> tuple[str, ...]:
    """The fields that decide between the groups still possible."""
    possible = said.possible_groups(0)
    if len(possible) < 2:
        return ()
    unknown: list[str] = []
    for group in said.card.groups:
        if group.id not in possible:
            continue
        for condition in group.when:
            flat = [condition] if condition.field else [c for every in condition.any_of or () for c in every]
            for c in flat:
                if int(rules.answer(c, records)[0]) == -1:
                    unknown.extend(ASKED_AS.get(c.field or "", (c.field or "",)))
    return tuple(dict.fromkeys(unknown))


def _assumptions(card: Card, records: Records) -> tuple[str, ...]:
    recoded = [(p.field, p.recode) for p in card.predictors if p.recode]
    if card.baseline and card.baseline.strata and card.baseline.strata.recode:
        recoded.append((card.baseline.strata.field, card.baseline.strata.recode))
    found = [
        recode.assumption or ""
        for field, recode in recoded
        if not recode.assumed or _state(records, field) & set(recode.assumed)
    ]
    types = _state(records, "histologic_type")
    if len(types) == 1:
        (type_id,) = types
        groupings = [library().groupings[p.grouping] for p in card.predictors if p.grouping]
        found.extend(grouping.assumption_of(type_id) or "" for grouping in groupings)
    return tuple(dict.fromkeys(a for a in found if a))


# -- the record


def _known(patient: Patient) -> tuple[Known, ...]:
    found = []
    for name, spec in field_specs().items():
        value = getattr(patient, name)
        assumed = name in patient.assumed
        if value is None or (name == "diagnosis_date"):
            continue
        found.append(Known(name, spec.label, _in_words(name, value), assumed))
    return tuple(found)


def _in_words(name: str, value: object) -> str:
    spec = field_specs()[name]
    if name == "histologic_type":
        return library().types[str(value)].name
    if name == "site":
        return library().primary_sites[str(value)].name
    if name == "metastases":
        return "; ".join(_metastasis_in_words(m) for m in value) or "none"  # type: ignore[attr-defined]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(spec.code_list().get(v, v) for v in value) or "none"
    if spec.code_list():
        return spec.code_list().get(str(value), str(value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {spec.unit}" if spec.unit else text


def _metastasis_in_words(metastasis: Metastasis) -> str:
    organ, months = ORGANS[metastasis.organ], metastasis.months
    if months is None:
        return organ
    return f"{organ} at diagnosis" if months == 0 else f"{organ} after {months:g} months"


def _missing(patient: Patient, answers: tuple[ModelAnswer, ...]) -> tuple[Missing, ...]:
    needed: dict[str, list[str]] = {}
    for name in ("age", "histologic_type", "site", "size_cm", "depth", "grade", "nodes", "margin", "surgery"):
        if getattr(patient, name) is None and not (name == "site" and patient.topography):
            needed[name] = []
    for answer in answers:
        wanted = answer.fields if answer.status == "cannot tell" else answer.ranged_over
        for field in wanted:
            if field in field_specs():
                needed.setdefault(field, []).append(answer.card.id)
    order = list(field_specs())
    return tuple(
        Missing(name, field_specs()[name].label, tuple(needed[name])) for name in sorted(needed, key=order.index)
    )


# -- the evidence around it


def _figures(
    records: Records, topics: tuple[str, ...], measures: tuple[str, ...], specific: bool | None
) -> tuple[OutlookFigure, ...]:
    return tuple(
        from_fact(fact, figure)
        for fact, figure in resembling(records, topics=topics, measures=measures)
        if specific is None or is_specific(fact, figure) == specific
    )


def _facts(records: Records, topic: str) -> tuple[Fact, ...]:
    return tuple(
        fact
        for fact in library().find_facts(topic=topic)
        if not fact.superseded_by
        and "from-memory" not in fact.marks
        and int(rules.answer_all(fact.applies, records)[0]) == 1
        and type_answer(fact.types, records) == 1
    )


def _sites(records: Records) -> tuple[SiteOutlook, ...]:
    organs_column = records.column("metastasis_organs")
    present = getattr(organs_column, "states", (None,))[int(organs_column.codes[0])] or frozenset()  # type: ignore[union-attr]
    found = []
    for site in library().sites.values():
        by_type, general = [], []
        for fact, figure in library().find_figures(topic="spread-sites", measure="site-share", organ=site.id):
            types = figure.types if figure.types is not None else fact.types
            if types and figure_answer(fact, figure, records) == 1:
                by_type.append(from_fact(fact, figure))
            elif not types and not fact.superseded_by and figure_answer(fact, figure, records) != 0:
                general.append(from_fact(fact, figure))
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
            from_fact(fact, figure)
            for fact in facts
            for figure in fact.figures
            if figure.shown and type_answer(figure.types if figure.types is not None else fact.types, records) == 1
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
