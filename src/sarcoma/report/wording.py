"""Numbers into words: one rounding, one way to say a figure, for clinicians and for lay readers.

Lay readers get natural frequencies with one denominator ("about 25 of 100"), and nobody is told 0 or
100 of 100: an extreme is a bound, reckoned from the size of the group where that is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sarcoma.evidence import Fact, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.outlook import OutlookFigure
from sarcoma.outlook.figure import from_fact

NOTICE = (
    "This informs and supports research. It has not been assessed as a medical device and gives no treatment "
    "advice; decisions belong to you and your sarcoma team."
)

MARK_WORDS: dict[str, str] = {
    "calculated": "calculated",
    "secondary": "as relayed by another work",
    "digitised": "digitised from a printed figure",
    "inferred": "our reading",
    "unverified": "unverified",
    "weak-source": "weak source",
    "conflict": "sources conflict",
    "superseded": "superseded",
    "illustration": "illustration",
    "from-memory": "from memory, not shown",
    "not-visible": "not visible",
}

ESTIMANDS: dict[str, tuple[str, str]] = {
    "net": ("net: as if no one died of anything else", "counted as if nobody died of anything else"),
    "crude": ("crude: other causes of death counted", "other causes of death are counted"),
    "all-cause": ("deaths of any cause", "deaths of any cause"),
}

_UNITS: dict[str, tuple[str, str]] = {
    "months": ("months", "months"),
    "weeks": ("weeks", "weeks"),
    "years": ("years", "years"),
    "days": ("days", "days"),
    "people": ("", "people"),
    "per-100000-per-year": ("per 100,000 a year", "of 100,000 people a year"),
    "cm": ("cm", "cm"),
    "mm": ("mm", "mm"),
    "gray": ("Gy", "Gy"),
    "degrees-celsius": ("°C", "°C"),
    "hazard-ratio": ("hazard ratio", "hazard ratio"),
    "odds-ratio": ("odds ratio", "odds ratio"),
    "relative-risk": ("relative risk", "relative risk"),
    "c-index": ("C-index", "C-index"),
    "auc": ("AUC", "AUC"),
    "p-value": ("p =", "p ="),
    "kappa": ("kappa", "kappa"),
    "fold": ("times", "times"),
}

_LEADING = {"hazard-ratio", "odds-ratio", "relative-risk", "c-index", "auc", "p-value", "kappa"}


_PLAINLY = (
    ("median time to metastasis", "time until it spread, for half of those in whom it did"),
    ("distant metastasis", "spread to another part of the body"),
    ("local recurrence", "came back at the same place"),
    ("lymph node metastasis", "sarcoma in the lymph nodes"),
    ("relative survival", "alive, compared with people without cancer"),
    (" (crude cumulative incidence)", ""),
    (", crude cumulative incidence", ""),
    (", cumulative incidence", ""),
    (" (cumulative)", ""),
)


def plainly(what: str) -> str:
    """What a figure measures, with the commonest clinical terms in plain words."""
    for clinical, plain in _PLAINLY:
        what = what.replace(clinical, plain)
    return what


def number(value: float) -> str:
    """A number as printed: thousands separated, no trailing zeros."""
    if abs(value) >= 1000 and value == int(value):
        return f"{int(value):,}"
    return f"{value:.10g}"


def whole(value: float) -> str:
    """A reckoned number rounded to what it can carry: whole from 3 on, else one decimal."""
    return f"{value:.0f}" if value >= 3 else f"{value:.1f}".removesuffix(".0")


def horizon(months: float | None) -> str:
    """A horizon in words: 144 → "12 years", 18 → "18 months", None or 0 → ""."""
    if not months:
        return ""
    if months % 12 == 0:
        years = int(months // 12)
        return f"{years} year" + ("s" if years != 1 else "")
    return f"{months:g} months"


def of_100(percent: float) -> str:
    """A percentage as a natural frequency, never 0 or 100 of 100."""
    if percent < 1:
        return "fewer than 1 of 100"
    if percent > 99:
        return "more than 99 of 100"
    return f"about {round(percent)} of 100"


def parts_of_100(shares: Sequence[float]) -> list[int]:
    """Shares that sum to 1 as whole parts that sum to 100, by largest remainder."""
    exact = [100 * share for share in shares]
    parts = [math.floor(e) for e in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_rest[: 100 - sum(parts)]:
        parts[i] += 1
    return parts


def exact_bound(count: int, n: int) -> float:
    """95% Clopper–Pearson bound, in percent, where none (upper) or all (lower) of n had the event."""
    tail = math.pow(0.025, 1 / n)
    return 100 * (1 - tail) if count == 0 else 100 * tail


def quantity(figure: OutlookFigure, *, plain: bool = False) -> str:
    """The number of a figure with its unit, and for clinicians its interval and counts."""
    if figure.unit == "percent":
        return _percent(figure, plain=plain)
    word = _UNITS.get(figure.unit, ("", ""))[plain]
    if figure.value is not None:
        text = number(figure.value)
    elif figure.low is not None and figure.high is not None:
        text = f"{number(figure.low)}–{number(figure.high)}"
    elif figure.low is not None:
        text = f"{number(figure.low)} or more"
    elif figure.high is not None:
        text = f"up to {number(figure.high)}"
    else:
        return "not visible in what was read"
    text = f"{word} {text}" if figure.unit in _LEADING else f"{text} {word}".strip()
    if plain and figure.unit in ("months", "years", "weeks") and figure.value is not None:
        text = f"about {text}"
    details = [] if plain else _details(figure, suffix="")
    return text + (f" ({'; '.join(details)})" if details else "")


def _percent(figure: OutlookFigure, *, plain: bool) -> str:
    from_model = figure.interval == "range over what is not known" or figure.estimand is not None
    if figure.value is None:
        return _percent_range(figure, plain=plain)
    if figure.bound:
        edge = "more than" if figure.bound == "above" else "fewer than" if plain else "less than"
        return f"{edge} {number(round(figure.value))}" + (" of 100" if plain else "%")
    if figure.value in (0.0, 100.0):
        return _extreme(figure, plain=plain)
    if plain:
        return of_100(figure.value)
    value = number(round(figure.value)) if from_model else number(figure.value)
    if from_model and not 1 <= figure.value <= 99:
        value = "less than 1" if figure.value < 1 else "more than 99"
    details = _details(figure, suffix="%")
    return f"{value}%" + (f" ({'; '.join(details)})" if details else "")


def _percent_range(figure: OutlookFigure, *, plain: bool) -> str:
    low, high = figure.low, figure.high
    if low is None and high is None:
        return "not visible in what was read"
    if low is None or high is None:
        edge, value = ("up to", high) if low is None else ("at least", low)
        return f"{edge} {number(round(value or 0))}" + (" of 100" if plain else "%")
    if plain:
        if high < 1 or low > 99:
            return of_100(high)
        ends = (max(1, min(99, round(low))), max(1, min(99, round(high))))
        return f"between {ends[0]} and {ends[1]} of 100" if ends[0] != ends[1] else f"about {ends[0]} of 100"
    if figure.interval == "range over what is not known":
        return f"{round(low)}–{round(high)}% (range over what is not known)"
    return f"{number(low)}–{number(high)}%"


def _extreme(figure: OutlookFigure, *, plain: bool) -> str:
    """None or all of a group: said with the bound that its size allows."""
    none = figure.value == 0.0
    n = figure.n if figure.estimand is None else None
    who = "none" if none else "all"
    if n:
        edge = exact_bound(0 if none else n, n)
        side = ("up to" if none else "at least") + f" {round(edge)}"
        if plain:
            return f"{who} of {n} people (a small group: it could be {side} of 100)"
        return f"{who} of {n} (95% bound: {side}%, calculated)"
    return f"{who} of a small group whose size was not seen, so no bound can be computed"


def _details(figure: OutlookFigure, suffix: str) -> list[str]:
    details = []
    if figure.numerator is not None and figure.n:
        details.append(f"{figure.numerator:,}/{figure.n:,}")
    if figure.low is not None and figure.high is not None and figure.value is not None:
        name = {"plus-minus": "± range", "range": "range", "interquartile range": "IQR"}.get(
            figure.interval or "", figure.interval or ""
        )
        digits = 0 if figure.interval == "95% CI" and figure.personal else 4
        low, high = (number(round(limit, digits)) for limit in (figure.low, figure.high))
        details.append(f"{name} {low}–{high}{suffix}".strip())
    return details


def marks(figure: OutlookFigure) -> str:
    """The marks of a figure in words, or ""."""
    return ", ".join(MARK_WORDS[m] for m in figure.marks)


def fill(text: str, fact: Fact | None, *, plain: bool, show: Callable[[OutlookFigure], bool] = lambda _: True) -> str:
    """Put the figures into a text that names them in braces; `show` may withhold one."""

    def put(match: object) -> str:
        key = match.group(1)  # type: ignore[attr-defined]
        owner, figure = library().figure(key if "." in key else f"{fact.key if fact else ''}.{key}")
        shown = from_fact(owner, figure)
        if not figure.shown or not show(shown):
            return "…"
        return quantity(shown, plain=plain)

    filled = PLACEHOLDER.sub(put, text)
    return filled[:1].upper() + filled[1:]


def names_survival(text: str, fact: Fact | None) -> bool:
    """Whether a text names a figure about survival."""
    for key in PLACEHOLDER.findall(text):
        _, figure = library().figure(key if "." in key else f"{fact.key if fact else ''}.{key}")
        if figure.about_survival:
            return True
    return False
