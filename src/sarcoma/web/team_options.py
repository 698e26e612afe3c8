"""What can be done, for a team: by setting and line, each with its effect sizes and how strong the evidence is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sarcoma.evidence import Fact
from sarcoma.outlook import Outlook, OutlookFigure, TreatmentOutlook
from sarcoma.outlook.figure import citation
from sarcoma.outlook.treatments import STEPS
from sarcoma.report.evidence import RESULT_MEASURES
from sarcoma.wording import figures
from sarcoma.wording import treatments as words
from sarcoma.wording.approvals import decisions
from sarcoma.wording.strength import strength

_RATIOS = ("hazard-ratio", "odds-ratio", "relative-risk")
_COMPARED = (
    "overall-survival", "median-overall-survival", "event-free-survival", "local-control",
    "median-progression-free-survival", "progression-free", "response-rate", "disease-control", "symptom-relief",
)  # fmt: skip
"""What is said of arms that were compared, the first that a study has."""
_ALONE = (
    "local-control", "symptom-relief", "response-rate", "median-progression-free-survival", "progression-free",
    "event-free-survival", "disease-control", "overall-survival", "median-overall-survival",
)  # fmt: skip
"""The same of people who were compared with nobody: how long they live says little of the treatment."""
_ON_SYMPTOMS = ("symptom-relief", "response-rate", "local-control")
_MOST_RATIOS = 2


@dataclass(frozen=True, slots=True)
class Effect:
    """What one study says in a few words, with its key."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One study: whose it is, and what it says in a few words; its page has every result."""

    key: str
    whose: str
    says: str


@dataclass(frozen=True, slots=True)
class Option:
    """One treatment as a line, and what unfolds beneath it.

    `statement` stands where no study has an effect to name; `again`: studies that are told of another one above.
    """

    key: str
    name: str
    strength: str
    for_this_type: bool
    no_longer_available: bool
    effects: tuple[Effect, ...]
    depends_on: tuple[str, ...]
    statement: str
    caution: str
    withdrawal: str
    decided: tuple[str, ...]
    studies: tuple[Trial, ...]
    again: tuple[str, ...]


def options(outlook: Outlook, country: str = "") -> list[tuple[str, list[Option]]]:
    """The treatments of an outlook by step of the way, with the name of the step."""
    told: set[str] = set()
    found = []
    for step in STEPS:
        group = [_option(t, told, country) for t in outlook.treatments if t.step == step]
        if group:
            found.append((words.step(step, plain=False), group))
    return found


def _option(shown: TreatmentOutlook, told: set[str], country: str) -> Option:
    treatment = shown.treatment
    results = list(_results(shown))
    effects = tuple(_effects(results, on_symptoms=shown.step == "comfort"))
    said = {effect.key for effect in effects}
    trials = tuple(_trial(fact, some, said=fact.key in said) for fact, some in results if fact.key not in told)
    again = tuple(fact.key for fact, _some in results if fact.key in told)
    told.update(fact.key for fact, _some in results)
    first, _others = decisions(treatment, country or None)
    return Option(
        treatment.id,
        treatment.name,
        strength(treatment),
        shown.for_this_type,
        treatment.no_longer_available,
        effects,
        shown.open_conditions,
        "" if effects else figures.fill(treatment.statement, None, plain=False),
        figures.fill(treatment.caution, None, plain=False) if treatment.caution else "",
        treatment.withdrawal or "",
        tuple(f"{d.who}: {d.said}" + (f" – {d.indication}" if d.indication else "") for d in first) if country else (),
        trials,
        again,
    )


def _results(shown: TreatmentOutlook) -> Iterator[tuple[Fact, list[OutlookFigure]]]:
    """The studies that have results, in the order of the evidence."""
    for fact in shown.facts:
        some = [f for f in shown.figures if f.origin.startswith(f"{fact.key}.") and f.measure in RESULT_MEASURES]
        if some:
            yield fact, some


def _effects(results: list[tuple[Fact, list[OutlookFigure]]], *, on_symptoms: bool) -> Iterator[Effect]:
    """The first study with a ratio and what it means in numbers; else the first study with a result that tells most.

    `on_symptoms`: of what is done against symptoms, only what it does for those.
    """
    if on_symptoms:
        results = [(fact, [f for f in some if f.measure in _ON_SYMPTOMS]) for fact, some in results]
    with_ratio = [(fact, some) for fact, some in results if any(f.unit in _RATIOS for f in some)]
    for fact, some in (*with_ratio, *results):
        if said := _in_short(some):
            yield Effect(fact.key, said)
            return


def _in_short(some: list[OutlookFigure]) -> str:
    """Ratios and one outcome; what a newer figure replaces only where there is nothing else."""
    some = [f for f in some if not f.is_superseded] or some
    ratios = {f.what.partition(",")[0]: f for f in reversed(some) if f.unit in _RATIOS}  # of one event, the first told
    said = [f"{f.what}: {_marked(f)}" for f in list(ratios.values())[::-1][:_MOST_RATIOS]]
    if numbers := _telling(some):
        said.append(numbers)
    text = "; ".join(said)
    return text[:1].upper() + text[1:]


def _telling(some: list[OutlookFigure]) -> str:
    alike: dict[tuple[str, str, float | None], list[OutlookFigure]] = {}
    for figure in some:
        alike.setdefault((figure.measure, figure.what, figure.horizon_months), []).append(figure)
    compared = [(m, group) for m in _COMPARED for (measure, *_), group in alike.items() if measure == m and group[1:]]
    alone = [(m, group) for m in _ALONE for (measure, *_), group in alike.items() if measure == m]
    for _measure, group in (*compared, *alone):
        return f"{figures.timed(group[0])}: {'; '.join(_in_arm(f) for f in group)}"
    return ""


def _trial(fact: Fact, some: list[OutlookFigure], *, said: bool) -> Trial:
    sources = ", ".join(dict.fromkeys(citation(s) for f in some for s in f.sources))
    whose = "; ".join(p for p in (fact.population, fact.period, sources) if p)
    return Trial(fact.key, whose, "" if said else _in_short(some))


def _in_arm(figure: OutlookFigure) -> str:
    return f"{figure.group} {_marked(figure)}" if figure.group else _marked(figure)


def _marked(figure: OutlookFigure) -> str:
    marks = figures.marks(figure)
    return figures.quantity(figure) + (f" ({marks})" if marks else "")
