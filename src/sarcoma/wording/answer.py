"""What is said of an answer: its headline, how near a figure is, why two differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sarcoma.models import Card
from sarcoma.outlook.answer import Answer, Headline, HeadlineKind, NearFigure
from sarcoma.outlook.basis import Basis, Disagreement
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.nearness import Question
from sarcoma.wording import figures
from sarcoma.wording.language import N_, _
from sarcoma.wording.record import label

QUESTIONS: Mapping[Question, str] = {
    "spread": N_("May it spread?"),
    "where": N_("Where, if it spreads?"),
    "local": N_("May it come back at the same place?"),
    "survival": N_("How long do people live?"),
    "left": N_("What of the risk is left after some time?"),
}

_WITHOUT_A_FIGURE: Mapping[HeadlineKind, str] = {
    "does-not-spread": N_("This kind does not spread to other parts of the body."),
    "general-figures-would-mislead": N_(
        "No figures for this kind once it has spread were found. General figures would mislead."
    ),
    "treated-by-another-plan": N_("This kind is treated by a plan of its own; general figures do not fit."),
    "has-spread": N_("It has spread already."),
    "spread-not-known": N_("Has it spread? That is asked first; without it no figure fits."),
    "nothing-near": N_("Nothing was found that is near enough to be said first."),
}

DIMENSIONS: Mapping[str, str] = {
    "type": N_("kind of sarcoma"),
    "grade": N_("grade"),
    "size": N_("size"),
    "depth": N_("depth"),
    "site": N_("where it started"),
    "nodes": N_("lymph nodes"),
    "margin": N_("margin"),
    "radiotherapy": N_("radiotherapy"),
    "stage": N_("stage"),
    "organ": N_("organ with metastasis"),
    "time-of-spread": N_("when it spread"),
    "age": N_("age"),
    "situation": N_("first tumour, spread or come back"),
    "time-since": N_("time gone by"),
}

UNLIKE: Mapping[str, str] = {
    "selected-people": N_("these people were selected in a way that moves the figure"),
    "children-and-adults-together": N_("children and adults together"),
}

_DIFFERENCES: Mapping[str, str] = {
    "estimand": N_("how deaths from other causes are treated"),
    "endpoint": N_("what is counted"),
    "horizons_months": N_("the time ahead"),
    "time_zero": N_("from when it is counted"),
    "population": N_("who was counted"),
    "period": N_("when they were treated"),
    "uses": N_("which of this person's facts they use"),
}


NOT_TESTED = N_("Not tested in other people.")
"""What stands beside every figure of a model without an external validation."""


def question(key: Question) -> str:
    """The question, in the language in use."""
    return _(QUESTIONS[key])


def headline(answer: Answer, *, plain: bool) -> str:
    """The first sentence of an answer; a figure with its horizon, a range with what all its figures share."""
    said = answer.headline
    if said.kind in ("figure", "range"):
        return told(said, plain=plain)
    return _(_WITHOUT_A_FIGURE[said.kind])


_PLAIN_RESULTS: Mapping[str, str] = {
    "distant-metastasis": N_("It spread to another part of the body in %(people)s people%(within)s."),
    "local-recurrence": N_("It came back at the same place in %(people)s people%(within)s."),
    "overall-survival": N_("Alive%(later)s: %(people)s people."),
    "disease-specific-survival": N_("Not died of the sarcoma%(later)s: %(people)s people."),
    "net-survival": N_("Not died of the sarcoma%(later)s: %(people)s people, deaths from other causes left out."),
    "relative-survival": N_("Alive%(later)s: %(people)s people, compared with people without cancer."),
    "median-overall-survival": N_("Half of the people lived longer than %(people)s."),
}
"""What a figure says, by its measure. `people` is a number of people or a time."""


def told(said: Headline, *, plain: bool) -> str:
    """A figure or a range as a sentence: what it says, with its time."""
    first = said.figures[0]
    number = _number(said, plain=plain)
    time = figures.horizon(first.horizon_months, plain=plain)
    if plain and first.measure in _PLAIN_RESULTS:
        text = _(_PLAIN_RESULTS[first.measure]) % {
            "people": number,
            "within": _(" within %(time)s") % {"time": time} if time else "",
            "later": _(" %(time)s later") % {"time": time} if time else "",
        }
        return _capital(text)
    if plain:
        return f"{_capital(_(first.plain_what or first.what))}: {number}."
    return f"{_capital(figures.timed(first))}: {number}"


def _number(said: Headline, *, plain: bool) -> str:
    first = said.figures[0]
    if said.kind != "range" or said.low is None or said.high is None:
        return figures.quantity(first, plain=plain)
    low, high = round(said.low), round(said.high)
    if first.unit == "percent":
        return figures.between_of_100(low, high) if plain else f"{low}–{high}%"
    return figures.between(low, high, first.unit, plain=plain)


def in_own_words(figure: OutlookFigure) -> str:
    """What a figure counts and its number, for lay readers."""
    return f"{_capital(_(figure.plain_what or figure.what))}: {figures.quantity(figure, plain=True)}"


def counted(figure: OutlookFigure) -> str:
    """How many people, and when: "230 people, 1982–1996"."""
    n = figures.how_many(figure) or (_("%(n)s people") % {"n": figures.number(figure.n)} if figure.n else "")
    return ", ".join(part for part in (n, figure.period) if part)


def whom(near: NearFigure, *, plain: bool = True) -> str:
    """Who was counted, and in what they are like this person."""
    people = counted(near.figure)
    return " ".join(part for part in (f"{_capital(people)}." if people else "", nearness(near, plain=plain)) if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def result(near: NearFigure, *, plain: bool) -> str:
    """One figure in its own words: what it counts, and its number."""
    return told(Headline("figure", (near.figure,)), plain=plain)


def nearness(near: NearFigure, *, plain: bool = True) -> str:
    """In what the people of a figure are like this person, and in what they were not told apart."""
    like = _("Like you in: %(facts)s.") if plain else "As this person: %(facts)s."
    parts = []
    if near.matches:
        parts.append(like % {"facts": _listed(near.matches)})
    if near.broader_on:
        parts.append(_("Not told apart: %(facts)s.") % {"facts": _listed(near.broader_on)})
    parts += [_capital(_(UNLIKE[code])) + "." for code in near.unlike]
    return " ".join(parts)


def _listed(dimensions: tuple[str, ...]) -> str:
    return ", ".join(_(DIMENSIONS[d]) for d in dimensions)


def disagreement(said: Disagreement) -> str:
    """In what the figures that stand side by side differ."""
    ways = []
    for name in said.differ_in:
        way, values = _(_DIFFERENCES[name]), _values(said, name)
        ways.append(f"{way} ({values})" if values else way)
    return _("They differ in: %(ways)s.") % {"ways": "; ".join(ways)}


ESTIMANDS: Mapping[str, str] = {
    "net": N_("left out"),
    "crude": N_("counted beside"),
    "all-cause": N_("every death counts"),
    "not-stated": N_("not stated"),
    "not-applicable": N_("no death is counted"),
}


def _values(said: Disagreement, name: str) -> str:
    """The values that differ, where they are short."""
    if name == "estimand":
        found = dict.fromkeys(_(ESTIMANDS[basis.estimand]) for basis in said.bases)
    elif name == "horizons_months":
        last = sorted({basis.horizons_months[-1] for basis in said.bases if basis.horizons_months})
        found = dict.fromkeys(figures.horizon(months) for months in last)
        if any(not basis.horizons_months for basis in said.bases):
            found[_("no time stated")] = None
    else:
        return ""
    return ", ".join(filter(None, found))


def basis_lines(basis: Basis) -> list[str]:
    """On what one figure or model rests, a line each, for teams."""
    used = ", ".join(label(field) for field in basis.uses)
    unseen = ", ".join(label(field) for field in basis.cannot_see)
    people = f"{basis.n:,} people" if basis.n else ""
    whom = "; ".join(part for part in (people, basis.population, basis.period) if part)
    lines = [
        f"deaths from other causes: {_(ESTIMANDS[basis.estimand])}",
        f"from {basis.time_zero.replace('-', ' ')}" if basis.time_zero else "",
        whom,
        f"uses {used}" if used else "uses none of this person's facts",
        f"cannot see {unseen}" if unseen else "",
    ]
    return [line for line in lines if line]


_SHOWN_TESTS = 3


def tested(card: Card) -> str:
    """How a model did in other people; said where it was not tested."""
    rows = [row for row in card.performance if row.setting == "external validation" and row.value is not None]
    if not rows:
        return _(NOT_TESTED)
    told = "; ".join(f"{row.measure} {figures.number(round(row.value or 0.0, 2))}" for row in rows[:_SHOWN_TESTS])
    return _("Tested in other people: %(measures)s.") % {"measures": told}


def all_types_together() -> str:
    """That nothing was found for the type, so that mixed figures stand."""
    return _("All types together; nothing was found for this type.")


def withheld(n: int, reasons: Iterable[str]) -> str:
    """What is not said of this person, and why (for teams, English)."""
    return f"{n} general figures are not shown: {' '.join(reasons)}"
