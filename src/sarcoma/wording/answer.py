"""What is said of an answer: its headline, how near a figure is, why two differ."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.outlook.answer import Answer, Headline, HeadlineKind, NearFigure
from sarcoma.outlook.basis import Basis, Disagreement
from sarcoma.outlook.nearness import Question
from sarcoma.wording import figures
from sarcoma.wording.language import N_, _

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
        return _told(said, plain=plain)
    return _(_WITHOUT_A_FIGURE[said.kind])


def _told(said: Headline, *, plain: bool) -> str:
    first = said.figures[0]
    what = _(figures.plainly(first.what)) if plain else first.what
    if said.kind == "range" and said.low is not None and said.high is not None:
        numbers = (
            _("between %(low)s and %(high)s of 100")
            if first.unit == "percent"
            else _("between %(low)s and %(high)s %(unit)s")
        )
        quantity = numbers % {"low": round(said.low), "high": round(said.high), "unit": _(first.unit)}
    else:
        quantity = figures.quantity(first, plain=plain)
    within = figures.horizon(first.horizon_months)
    if not within:
        return f"{what}: {quantity}"
    return _("%(what)s, %(within)s: %(quantity)s") % {"what": what, "within": within, "quantity": quantity}


def nearness(near: NearFigure) -> str:
    """In what the people of a figure are like this person, and in what they were not told apart."""
    parts = []
    if near.matches:
        parts.append(_("Like you in: %(facts)s.") % {"facts": _listed(near.matches)})
    if near.broader_on:
        parts.append(_("Not told apart: %(facts)s.") % {"facts": _listed(near.broader_on)})
    parts += [_(UNLIKE[code])[:1].upper() + _(UNLIKE[code])[1:] + "." for code in near.unlike]
    return " ".join(parts)


def _listed(dimensions: tuple[str, ...]) -> str:
    return ", ".join(_(DIMENSIONS[d]) for d in dimensions)


def disagreement(said: Disagreement) -> str:
    """In what the figures that stand side by side differ."""
    return _("They differ in: %(ways)s.") % {"ways": "; ".join(_(_DIFFERENCES[name]) for name in said.differ_in)}


def tests(basis: Basis) -> str:
    """How a model did in other people; said where it was not tested."""
    if basis.kind == "study":
        return ""
    if not basis.tested:
        return _(NOT_TESTED)
    shown = [f"{t.measure} {t.value:g}" for t in basis.tested if t.value is not None]
    return _("In other people: %(measures)s.") % {"measures": "; ".join(shown)}
