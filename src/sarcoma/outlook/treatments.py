"""Treatments that fit one person: by step of the way, then by what guidelines, regulators and studies say of them.

Never by the response rate of a few people. What has been done is not offered again.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal, get_args

from sarcoma._dataclass import dataclass
from sarcoma.evidence import Fact, RedFlag, Treatment, library
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.gate import Gate
from sarcoma.outlook.resemble import facts_on, inside, members_of, published, type_answer
from sarcoma.outlook.situation import state_of
from sarcoma.patient import Records, field_specs, rules

Step = Literal[
    "tumour",  # the tumour itself
    "lower-the-risk",  # what makes a return or spread less likely
    "first-line",  # once it has spread: first, or at any time for this type or a marker that was found
    "few-metastases",  # what is done to few metastases themselves
    "later-line",
    "marker",  # only with a marker of which it is not known whether it is there
    "comfort",  # against symptoms, all along
]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True, slots=True)
class TreatmentOutlook:
    """One treatment with evidence for this type; `open_conditions` are tests or facts still to be known."""

    treatment: Treatment
    step: Step
    for_this_type: bool
    open_conditions: tuple[str, ...]
    alarms: tuple[RedFlag, ...]
    figures: tuple[OutlookFigure, ...]
    facts: tuple[Fact, ...]


_LOCALISED = frozenset(("localised", "around-resection"))
_IN_FORCE = frozenset(("approved", "conditional", "accelerated"))
_STRENGTH: dict[str | None, int] = {
    "rct": 0, "systematic-review": 1, "single-arm": 2, "registry": 3, "cohort": 3, "guideline": 4,
}  # fmt: skip
"""The strongest study among the results; what is not named comes last."""


def treatments_for(records: Records, metastatic: bool, gate: Gate) -> tuple[TreatmentOutlook, ...]:
    """What fits the (single) record by type, site, markers and age, and has not been done, by step."""
    had = _had(records)
    found = []
    for treatment in _of_types(state_of(records, "histologic_type")):
        if (treatment.setting in _LOCALISED) == metastatic or gate.against_treatment(treatment.id):
            continue
        if _done(treatment, records, had):
            continue
        answers = [(c, rules.answer_one((c,), records)) for c in treatment.for_whom]
        if any(a == 0 for _, a in answers):
            continue
        told = (library().facts[key] for key in treatment.results if key in library().facts)
        facts = tuple(fact for fact in told if not gate.against_fact(fact))
        figures = tuple(
            one.shown
            for fact in facts
            for one in published(fact.key)
            if type_answer(one.types, records) == 1 and not gate.against(one)
        )
        for_this_type = "any" not in treatment.types
        found.append(
            TreatmentOutlook(
                treatment,
                _step(treatment, for_this_type, {c.field: a for c, a in answers}),
                for_this_type,
                tuple(c.because or c.describe() for c, a in answers if a == -1),
                library().alarms_of(treatment.id),
                figures,
                facts,
            )
        )
    return tuple(sorted(found, key=_place))


@lru_cache(maxsize=1024)
def _of_types(types: frozenset[str]) -> tuple[Treatment, ...]:
    """The treatments for all of the types that are still possible."""
    found = []
    for treatment in library().treatments.values():
        named = tuple(t for t in treatment.types if t != "any")
        if treatment.record_only or (named and inside(types, members_of(named)) != 1):
            continue
        if not treatment.excluded_types or inside(types, members_of(treatment.excluded_types)) != 1:
            found.append(treatment)
    return tuple(found)


def treatment_facts(records: Records, gate: Gate, listed: tuple[TreatmentOutlook, ...]) -> tuple[Fact, ...]:
    """What was found about treatment of this very type, beyond the results of the treatments that are listed."""
    told = {fact.key for shown in listed for fact in shown.facts}
    return tuple(
        fact
        for topic in _topics()
        for fact in facts_on(records, topic)
        if fact.types and fact.key not in told and not gate.against_fact(fact)
    )


@cache
def _topics() -> tuple[str, ...]:
    return tuple(sorted({fact.topic for fact in library().facts.values() if fact.topic.startswith("treatment-")}))


def _had(records: Records) -> frozenset[str]:
    """Drugs and treatments so far; none where that is not known."""
    column = records.column("treatments")
    states, codes = getattr(column, "states", (None,)), getattr(column, "codes", (0,))
    return frozenset(states[int(codes[0])] or ())


def _done(treatment: Treatment, records: Records, had: frozenset[str]) -> bool:
    if treatment.id in had or (treatment.components and had.issuperset(treatment.components)):
        return True
    done = bool(treatment.done_when) and rules.answer_one(treatment.done_when, records) == 1
    return done and not (treatment.again_when and rules.answer_one(treatment.again_when, records) == 1)


def _step(treatment: Treatment, for_this_type: bool, answers: dict[str | None, int]) -> Step:
    if treatment.kind == "supportive" or (treatment.kind == "radiotherapy" and treatment.setting == "advanced"):
        return "comfort"
    by_setting: dict[str, Step] = {
        "localised": "tumour", "around-resection": "lower-the-risk", "few-metastases": "few-metastases",
    }  # fmt: skip
    if treatment.setting in by_setting:
        return by_setting[treatment.setting]
    markers = [given for field, given in answers.items() if field in _markers()]
    if -1 in markers:
        return "marker"
    if treatment.line == "first" or (treatment.line == "any" and (for_this_type or markers)):
        return "first-line"
    return "later-line"


@cache
def _markers() -> frozenset[str | None]:
    return frozenset(name for name, spec in field_specs().items() if spec.group == "markers")


def _place(shown: TreatmentOutlook) -> tuple[object, ...]:
    treatment = shown.treatment
    return (
        STEPS.index(shown.step),
        treatment.no_longer_available,
        not shown.for_this_type,
        not treatment.guidelines,
        not any(approval.status in _IN_FORCE for approval in treatment.approvals),
        any(approval.status in ("withdrawn", "refused") for approval in treatment.approvals),
        _STRENGTH.get(treatment.evidence, 5),
    )
