"""What stands beside a figure that goes into another system, and what is said of what was left out; for clinicians."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sarcoma._version import __version__
from sarcoma.evidence import library
from sarcoma.models import Card
from sarcoma.outlook import ModelAnswer, OutlookFigure
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import citation
from sarcoma.wording import figures
from sarcoma.wording import models as model_words
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.record import label

GROUP_FIGURE = "A figure of a group, for orientation: it is not one person's."
OF_GROUPS = (
    "These numbers describe groups of people treated in the past. They cannot tell what will happen to one person."
)
NO_DEATHS = "not applicable: no deaths are counted in this figure"
DERIVED = "Derived from the record by published tables, not reported by anyone."
FROM_PARTS = "From differentiation, mitoses and necrosis."
HAS_DIED = "The sender says that the person has died."


def made_by() -> str:
    """By which versions."""
    return f"Sarcoma Outlook {__version__}, evidence of {library().changed_on.isoformat()}."


def rationale(card: Card, figure: OutlookFigure) -> str:
    """Net, crude or all-cause."""
    if figure.estimand == card.outcome.estimand:
        return figures.estimand(card.outcome, plain=False) or NO_DEATHS
    return figures.ESTIMANDS.get(figure.estimand or "", (NO_DEATHS,))[0]


def method(card: Card) -> str:
    """A model by its card, with version and source."""
    return f"{card.name}, card {card.id}, version {card.version} ({citation(card.citation)})"


def figure_in_words(card: Card, figure: OutlookFigure, ends: tuple[float | None, float | None], *, main: bool) -> str:
    """A figure as the pages say it, with its interval, its group and its time zero.

    ends : of a range over what is not known. main : whether it is of the model's outcome, not of an event beside it.
    """
    what = model_words.outcome_at(card, figure) if main else figures.timed(figure)
    group = f", group “{figure.group}”" if figure.group else ""
    zero = card.outcome.time_zero.replace("-", " ")
    number = figures.quantity(figure) if figure.value is not None else _range(*ends)
    return f"{what[:1].upper()}{what[1:]}: {number}{group}. Months count from: {zero}."


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"less than {high}%" if low is None else f"more than {low}%"
    return f"{low}–{high}% (range over what is not known)"


def beside(model: ModelAnswer, told: Iterable[OutlookFigure]) -> Iterator[str]:
    """Everything that stands beside figures of a model on the page."""
    card, told = model.card, tuple(told)
    if not card.personal:
        yield GROUP_FIGURE
    yield from model_words.cautions(model)
    if not tested_elsewhere(card):
        yield NOT_TESTED
    for figure in told:
        for note in figures.notes(figure):
            yield f"{note[:1].upper()}{note[1:].rstrip('.')}."
    if any(figure.about_survival for figure in told):
        yield OF_GROUPS
    population = card.population.description + (f", {card.population.period}" if card.population.period else "")
    yield f"Made from {card.population.n:,} {population}." if card.population.n else f"Made from: {population}."
    yield f"Interval: {card.interval_note.rstrip('.')}."
    marks = ", ".join(figures.MARK_WORDS[mark] for mark in card.provenance.marks)
    yield f"Provenance {card.provenance.grade}{f' ({marks})' if marks else ''}: {citation(card.citation)}."


# -- what was left out


def no_figure(card: Card) -> str:
    """That a model applies and says nothing."""
    return f"{card.short_name}: applies, but gives no figure here."


def survival_left_out(card: Card) -> str:
    """That figures were left out because nobody asked for them."""
    return f"{card.short_name}: figures about survival were not asked for, and are left out."


def taken_as_not_happened(field: str) -> str:
    """That nothing was said of an event."""
    return f"Taken as not having happened: {label(field)}."


def by_hand(field: str) -> str:
    """That a field does not come from the sender."""
    return f"Given by hand: {label(field)}."


def not_known(field: str, why: str) -> str:
    """That a field of which something was said is not known."""
    name = label(field)
    return f"{name[:1].upper()}{name[1:]} is not known: {why}."


def not_read(text: str) -> str:
    """That a code stands in no table."""
    return f"Not read: {text}"


def stage_differs(part: str, said: str, derived: Iterable[str]) -> str:
    """That the sender gives another stage than follows from the record."""
    name = "stage group" if part == "group" else part
    return f"The sender gives {name} {said}; from the record follows {' or '.join(derived)}."


def derived_grade(grade: str) -> str:
    """A grade that follows from its parts."""
    return f"FNCLCC grade {grade}"


def categories(parts: Iterable[str]) -> str:
    """The categories that a stage rests on."""
    return f"Categories: {' '.join(parts)}."


def still_possible(groups: Iterable[str]) -> str:
    """The stages that are possible while not everything is known."""
    return f"Not everything is known; still possible: {', '.join(groups)}."
