"""How long people live, in words: the first sentence, three ways it can go, and what stands in place of a number."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.evidence import Fact, Figure
from sarcoma.evidence.fact import Topic
from sarcoma.outlook.answer import Answer, Headline
from sarcoma.outlook.scenarios import Scenario
from sarcoma.wording import answer as words
from sarcoma.wording import figures
from sarcoma.wording.alive import TOPICS
from sarcoma.wording.language import N_, _

_HALF = (47.5, 52.5)
"""Percentages that are told as half."""

_OF_PEOPLE: Mapping[str, tuple[str, str]] = {
    "overall-survival": (
        N_("%(people)s people like this were alive%(later)s."),
        N_("%(people)s people in the nearest study were alive%(later)s."),
    ),
    "disease-specific-survival": (
        N_("%(people)s people like this had not died of the sarcoma%(later)s."),
        N_("%(people)s people in the nearest study had not died of the sarcoma%(later)s."),
    ),
    "net-survival": (
        N_("%(people)s people like this had not died of the sarcoma%(later)s; other causes of death are left out."),
        N_(
            "%(people)s people in the nearest study had not died of the sarcoma%(later)s; other causes of death are "
            "left out."
        ),
    ),
    "relative-survival": (
        N_("%(people)s people like this were alive%(later)s, compared with people without cancer."),
        N_("%(people)s people in the nearest study were alive%(later)s, compared with people without cancer."),
    ),
}
"""A share of people, by its measure: of this very kind, and of others. `people`: "About 70 of 100", "About half of"."""

_MEDIAN = (
    N_("About half of people like this lived longer than %(time)s, and half shorter."),
    N_("About half of the people in the nearest study lived longer than %(time)s, and half shorter."),
)
_NO_FIGURE = N_("No study was found whose people are near enough to you to be said first.")


def first_sentence(given: Answer) -> str:
    """The main thing, in one sentence: how it went for the people of the nearest figure; "" stands nowhere."""
    said = given.headline
    if said.kind not in ("figure", "range"):
        return _(_NO_FIGURE) if said.kind == "nothing-near" else words.headline(given, plain=True)
    first = said.figures[0]
    of_others = not _same_kind(given)
    if first.measure == "median-overall-survival" and said.kind == "figure":
        time = figures.quantity(first, plain=True).removeprefix(_("about %(n)s") % {"n": ""})
        return _(_MEDIAN[of_others]) % {"time": time}
    if first.measure not in _OF_PEOPLE:
        return words.headline(given, plain=True)
    time = figures.horizon(first.horizon_months, plain=True)
    text = _(_OF_PEOPLE[first.measure][of_others]) % {
        "people": _people(said),
        "later": _(" %(time)s later") % {"time": time} if time else "",
    }
    return text[:1].upper() + text[1:]


def _people(said: Headline) -> str:
    first = said.figures[0]
    if said.kind == "range" and said.low is not None and said.high is not None:
        return figures.between_of_100(said.low, said.high)
    if first.value is not None and _HALF[0] <= first.value <= _HALF[1] and first.bound is None:
        return _("about half of")
    return figures.quantity(first, plain=True)


def _same_kind(given: Answer) -> bool:
    """Whether the people of the headline had this very kind of sarcoma."""
    heads = {figure.origin for figure in given.headline.figures}
    return any("type" in near.matches for near in (*given.nearest, *given.less_near) if near.figure.origin in heads)


_HALF_A_YEAR = 6


def _reckoned(months: float) -> float:
    """A reckoned time as rough as it is: long ones to half a year."""
    if months < figures.PLAIN_MONTHS_SAID_AS_YEARS:
        return months
    return float(_HALF_A_YEAR * round(months / _HALF_A_YEAR))


def ways(scenario: Scenario, *, plain: bool) -> tuple[str, str, str]:
    """Three ways it can go: the worst, the usual and the best case."""
    if plain:
        low, high = figures.plain_times(_reckoned(scenario.typical_from), _reckoned(scenario.typical_to))
        return (
            _("%(time)s or less") % {"time": figures.plain_time(_reckoned(scenario.worst_at_most))},
            _("%(low)s to %(high)s") % {"low": low, "high": high},
            _("%(time)s or more") % {"time": figures.plain_time(_reckoned(scenario.best_at_least))},
        )
    low, high = figures.whole(scenario.typical_from), figures.whole(scenario.typical_to)
    return (
        f"{figures.whole(scenario.worst_at_most)} months or less",
        f"{low}–{high} months",
        f"{figures.whole(scenario.best_at_least)} months or more",
    )


# -- in place of numbers that nobody asked for

_TOPICS: frozenset[Topic] = frozenset(
    ("survival-by-stage", "survival-metastatic", "survival-by-type", "long-term-survival")
)
"""Topics of which every figure tells how long people live, or how long they are well."""


def kept_back(fact: Fact) -> bool:
    """Whether a fact tells how long people live, which is shown only to those who ask."""
    if fact.topic in _TOPICS or any(figure.about_survival for figure in fact.figures):
        return True
    return any(figures.names_survival(text, fact) for text in (fact.statement, fact.plain))


def may_stand(fact: Fact, figure: Figure) -> bool:
    """Whether a figure of such a fact may be shown unasked."""
    return fact.topic not in _TOPICS and not figure.about_survival


def told_unasked(fact: Fact) -> tuple[str, str]:
    """The statement and the plain words of such a fact, each only if it does not tell how long people live."""
    if fact.topic in _TOPICS:
        return "", ""
    statement, plain = ("" if figures.names_survival(text, fact) else text for text in (fact.statement, fact.plain))
    return statement, plain


def subject(fact: Fact) -> str:
    """What a fact is about, without a number of how long people live."""
    topic = _(TOPICS[fact.topic])
    text = f"{topic[:1].upper()}{topic[1:]}"
    return f"{text}: {fact.population}" if fact.population else text


def title(fact: Fact) -> str:
    """A fact in one line of a list: its statement, or what it is about where nobody has asked for the rest."""
    if not kept_back(fact):
        return figures.fill(fact.statement, fact, plain=False)
    asked = _("how long people live: shown only if you ask")
    return " ".join((f"{subject(fact)} ({asked}).", *figures.beside((), fact)))


def without(text: str) -> str:
    """A text whose figures of how long people live are left out."""
    return figures.fill(text, None, plain=False, show=lambda figure: not figure.about_survival)
