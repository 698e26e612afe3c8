"""Numbers into words: one rounding, one way to say a figure, for clinicians and for lay readers.

Lay readers get natural frequencies with one denominator ("about 25 of 100"), and nobody is told 0 or
100 of 100: an extreme is a bound, reckoned from the size of the group where that is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from sarcoma.evidence import Fact, SourceStatus, library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.models.outcome import Outcome
from sarcoma.outlook import OutlookFigure
from sarcoma.outlook.figure import OVER_UNKNOWN, from_fact, sources_changed
from sarcoma.wording import language
from sarcoma.wording.language import N_, _
from sarcoma.wording.outlook import counted_from

NOTICE = N_(
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
    "selected": "selected people",
    "not-found-again": "not found at a second reading",
}

ESTIMANDS: dict[str, tuple[str, str]] = {
    "net": ("net: as if no one died of anything else", N_("counted as if nobody died of anything else")),
    "crude": ("crude: other causes of death counted", N_("other causes of death are counted")),
    "all-cause": ("deaths of any cause", N_("deaths of any cause")),
}
_WITH_OTHER_EVENTS = N_("deaths of any cause counted too")


def estimand(outcome: Outcome, *, plain: bool) -> str:
    """Which deaths a model counts; where death is not its only event, that they count beside the others."""
    if outcome.estimand == "all-cause" and outcome.endpoint != "death" and outcome.transition[1] != "dead":
        return _(_WITH_OTHER_EVENTS) if plain else _WITH_OTHER_EVENTS
    clinical, lay = ESTIMANDS.get(outcome.estimand, ("", ""))
    return _(lay) if plain and lay else clinical


_UNITS: dict[str, tuple[str, str]] = {
    "months": ("months", N_("months")),
    "weeks": ("weeks", N_("weeks")),
    "years": ("years", N_("years")),
    "days": ("days", N_("days")),
    "people": ("", N_("people")),
    "per-100000-per-year": ("per 100,000 a year", N_("of 100,000 people a year")),
    "cm": ("cm", N_("cm")),
    "mm": ("mm", N_("mm")),
    "gray": ("Gy", N_("Gy")),
    "degrees-celsius": ("°C", N_("°C")),
    "hazard-ratio": ("hazard ratio", N_("hazard ratio")),
    "odds-ratio": ("odds ratio", N_("odds ratio")),
    "relative-risk": ("relative risk", N_("relative risk")),
    "c-index": ("C-index", N_("C-index")),
    "auc": ("AUC", N_("AUC")),
    "p-value": ("p =", N_("p =")),
    "kappa": ("kappa", N_("kappa")),
    "fold": ("times", N_("times")),
}

_LEADING = {"hazard-ratio", "odds-ratio", "relative-risk", "c-index", "auc", "p-value", "kappa"}


_STANDING = {
    "overall-survival",
    "relative-survival",
    "net-survival",
    "disease-specific-survival",
    "event-free-survival",
    "progression-free",
    "local-control",
}
"""What is read at a time, not within it."""


def timed(figure: OutlookFigure, *, plain: bool = False) -> str:
    """What a figure measures, with its time unless the words name one already (English)."""
    what = figure.plain_what or figure.what if plain else figure.what
    time = horizon(figure.horizon_months, plain=plain)
    if not time or figure.says_time:
        return what
    return f"{what} {'at' if figure.measure in _STANDING else 'within'} {time}"


def number(value: float) -> str:
    """A number as printed: thousands separated, no trailing zeros."""
    return language.number(f"{int(value):,}" if abs(value) >= 1000 and value == int(value) else f"{value:.10g}")


def whole(value: float) -> str:
    """A reckoned number rounded to what it can carry: whole from 3 on, else one decimal."""
    return f"{value:.0f}" if value >= 3 else f"{value:.1f}".removesuffix(".0")


MONTHS_SAID_AS_YEARS = 36

PLAIN_MONTHS_SAID_AS_YEARS = 24
"""From here on lay readers are told years."""

_MONTHS_IN: dict[str, float] = {"months": 1.0, "years": 12.0, "weeks": 7 / 30.4375}
_WEEKS_SAID_AS_MONTHS = 26


def plain_time(months: float) -> str:
    """A time as lay readers are told it; the one place that decides: 11.6 → "12 months", 30 → "2.5 years"."""
    if round(months) < PLAIN_MONTHS_SAID_AS_YEARS:
        count = f"{months:.0f}" if months >= 1 else whole(months)
        return (_("%(n)s month") if count == "1" else _("%(n)s months")) % {"n": language.number(count)}
    return _("%(n)s years") % {"n": language.number(_in_years(months))}


def plain_times(low: float, high: float) -> tuple[str, str]:
    """The ends of a stretch of time as lay readers are told them, the first without a unit where both have the same."""
    first, last = plain_time(low), plain_time(high)
    same = round(high) < PLAIN_MONTHS_SAID_AS_YEARS or round(low) >= PLAIN_MONTHS_SAID_AS_YEARS
    return (first.rpartition(" ")[0] if same else first), last


def _in_years(months: float) -> str:
    years = months / 12
    return f"{years:.0f}" if years >= 10 else f"{years:.1f}".removesuffix(".0")


def _plain_months(value: float, unit: str) -> float | None:
    """A time in months where lay readers are told months or years; None where it stays as it was printed."""
    if unit == "months" or (unit == "weeks" and value >= _WEEKS_SAID_AS_MONTHS):
        return value * _MONTHS_IN[unit]
    return None


def horizon(months: float | None, *, plain: bool = False) -> str:
    """A horizon in words: 144 → "12 years", 18 → "18 months", None or 0 → ""; `plain`: no long time in months."""
    if not months:
        return ""
    if months % 12 == 0:
        years = int(months // 12)
        return (_("%(n)s year") if years == 1 else _("%(n)s years")) % {"n": years}
    if plain and round(months) >= PLAIN_MONTHS_SAID_AS_YEARS:
        return plain_time(months)
    if months > MONTHS_SAID_AS_YEARS and round(months / 1.2, 6) == round(months / 1.2):
        return _("%(n)s years") % {"n": number(round(months / 12, 1))}
    return _("%(n)s months") % {"n": number(months)}


def of_100(percent: float) -> str:
    """A percentage as a natural frequency, never 0 or 100 of 100."""
    if percent < 1:
        return _("fewer than 1 of 100")
    if percent > 99:
        return _("more than 99 of 100")
    return _("about %(n)s of 100") % {"n": round(percent)}


def between_of_100(low: float, high: float, *, about: bool = False) -> str:
    """A range of percentages as natural frequencies, never 0 or 100 of 100."""
    ends = {"low": max(1, min(99, round(low))), "high": max(1, min(99, round(high)))}
    if ends["low"] == ends["high"]:
        return of_100(ends["low"])
    return (_("about %(low)s to %(high)s of 100") if about else _("between %(low)s and %(high)s of 100")) % ends


def between(low: float, high: float, unit: str, *, plain: bool = False) -> str:
    """A range of another unit: "between 12 and 18 months"; in `plain` words long times in years."""
    ends = (_plain_months(low, unit), _plain_months(high, unit)) if plain else (None, None)
    if ends[0] is not None and ends[1] is not None:
        first, last = plain_times(ends[0], ends[1])
        return _("between %(low)s and %(high)s") % {"low": first, "high": last}
    word = _(_UNITS[unit][1]) if unit in _UNITS else unit
    return _("between %(low)s and %(high)s %(unit)s") % {"low": number(low), "high": number(high), "unit": word}


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
    """The number of a figure with its unit, and for clinicians its interval and counts.

    A share of fewer than 20 people is said as people; what became of its source since stands with the number.
    """
    said = _quantity(figure, plain=plain)
    return said + "".join(f" ({c})" for c in changed_sources(figure.sources_changed))


def changed_sources(changed: Iterable[tuple[str, SourceStatus]]) -> tuple[str, ...]:
    """What became of sources after they were published, a sentence part each."""
    words = {
        "retracted": _("its source was retracted"),
        "withdrawn": _("its source was withdrawn"),
        "superseded": _("its source has been replaced by a newer one"),
        "corrected": _("its source was corrected"),
    }
    found = []
    for _key, status in changed:
        day = f", {status.on.isoformat()}" if status.on else ""
        found.append(f"{words[status.what]}{day}: {status.because.rstrip('.')}")
    return tuple(found)


def how_many(figure: OutlookFigure) -> str:
    """That the number of people behind a share was not printed, or ""."""
    return _("how many people: not printed") if figure.people_not_seen else ""


def beside(shown: Sequence[OutlookFigure], fact: Fact | None = None) -> tuple[str, ...]:
    """What has to stand beside figures that a text names, a sentence each.

    That it was not printed of how many people they are; that a newer study has replaced them; and of a fact whose
    figures do not say it already, what became of its sources, and that its treatment is no longer available.
    """
    said = []
    unseen = [f for f in shown if f.people_not_seen]
    if unseen:
        every = all(f.people_not_seen for f in shown if f.unit == "percent")
        some = _("How many people: not printed for some of these numbers.")
        said.append(_("How many people: not printed.") if every else some)
    if (fact is not None and fact.superseded_by) or any(f.is_superseded for f in shown):
        said.append(_("A newer study has replaced this."))
    if fact is not None:
        told = {key for f in shown for key, _status in f.sources_changed}
        changed = [one for one in sources_changed(_cited(fact)) if one[0] not in told]
        said += [f"{text[:1].upper()}{text[1:]}." for text in changed_sources(changed)]
        for treatment in (library().treatments.get(key) for key in fact.treatments):
            if treatment is not None and treatment.no_longer_available:
                name = _(treatment.plain_name)
                said.append(_("No longer available: %(name)s.") % {"name": name})
    return tuple(said)


def _cited(fact: Fact) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*fact.sources, *(key for figure in fact.figures for key in figure.sources or ()))))


def for_everyone(fact: Fact) -> bool:
    """Whether a fact's plain words may be shown to everyone: it, and every figure that they name."""
    if fact.audience == "teams" or "from-memory" in fact.marks:
        return False
    return all(isinstance(p, str) or p is None or p.audience == "everyone" for p in pieces(fact.plain, fact))


def _quantity(figure: OutlookFigure, *, plain: bool) -> str:
    if figure.as_people is not None and figure.value not in (0.0, 100.0):
        count, n = figure.as_people
        details = [] if plain else [d for d in _details(figure, suffix="%") if d != f"{count:,}/{n:,}"]
        text = _("%(count)s of %(n)s") % {"count": count, "n": n}
        return text + (f" ({'; '.join(details)})" if details else "")
    if figure.unit == "percent":
        return _plain_percent(figure) if plain else _percent(figure)
    if plain:
        return _plain_quantity(figure)
    word = _UNITS.get(figure.unit, ("", ""))[0]
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
    details = _details(figure, suffix="")
    return text + (f" ({'; '.join(details)})" if details else "")


def _plain_quantity(figure: OutlookFigure) -> str:
    """A number that is no percentage, for lay readers."""
    if told := _plain_span(figure):
        return told
    unit = _UNITS.get(figure.unit, ("", ""))[1]
    word = _(unit) if unit else ""
    if figure.value is not None:
        text = number(figure.value)
    elif figure.low is not None and figure.high is not None:
        text = f"{number(figure.low)}–{number(figure.high)}"
    elif figure.low is not None:
        text = _("%(n)s or more") % {"n": number(figure.low)}
    elif figure.high is not None:
        text = _("up to %(n)s") % {"n": number(figure.high)}
    else:
        return _("not visible in what was read")
    text = f"{word} {text}" if figure.unit in _LEADING else f"{text} {word}".strip()
    if figure.unit in ("months", "years", "weeks") and figure.value is not None:
        text = _("about %(n)s") % {"n": text}
    return text


def _plain_span(figure: OutlookFigure) -> str:
    """A time in months or years, for lay readers; "" where it is none."""
    value, low, high = (
        None if v is None else _plain_months(v, figure.unit) for v in (figure.value, figure.low, figure.high)
    )
    if value is not None:
        return _("about %(n)s") % {"n": plain_time(value)}
    if figure.value is not None:
        return ""
    if low is not None and high is not None:
        first, last = plain_times(low, high)
        return _("%(low)s to %(high)s") % {"low": first, "high": last}
    if low is not None:
        return _("%(n)s or more") % {"n": plain_time(low)}
    return _("up to %(n)s") % {"n": plain_time(high)} if high is not None else ""


def _plain_percent(figure: OutlookFigure) -> str:
    """A percentage as a natural frequency with one denominator; extremes as bounds."""
    value, low, high = figure.value, figure.low, figure.high
    if value is not None:
        if figure.bound == "above":
            return _("more than %(n)s of 100") % {"n": min(99, round(value))}
        if figure.bound == "below":
            return _("fewer than %(n)s of 100") % {"n": max(1, round(value))}
        return _extreme(figure, plain=True) if value in (0.0, 100.0) else of_100(value)
    if low is None and high is None:
        return _("not visible in what was read")
    if low is None or high is None:
        if low is None:
            return _("up to %(n)s of 100") % {"n": max(1, min(99, round(high or 0)))}
        return _("at least %(n)s of 100") % {"n": max(1, min(99, round(low)))}
    if high < 1 or low > 99:
        return of_100(high)
    return between_of_100(low, high, about=figure.printed_to is not None)


def _percent(figure: OutlookFigure) -> str:
    from_model = figure.interval == OVER_UNKNOWN or figure.estimand is not None
    if figure.value is None:
        return _percent_range(figure)
    if figure.bound:
        return f"{'more' if figure.bound == 'above' else 'less'} than {number(round(figure.value))}%"
    if figure.value in (0.0, 100.0):
        return _extreme(figure, plain=False)
    step = figure.printed_to or 1
    value = number(step * round(figure.value / step)) if from_model else number(figure.value)
    if from_model and not 1 <= figure.value <= 99:
        value = "less than 1" if figure.value < 1 else "more than 99"
    details = _details(figure, suffix="%")
    return f"{_about(figure)}{value}%" + (f" ({'; '.join(details)})" if details else "")


def _about(figure: OutlookFigure) -> str:
    """That a number carries no more than it is printed to, or "" – where it is no bound."""
    inside = figure.value is None or 1 <= figure.value <= 99
    return "about " if figure.printed_to is not None and inside else ""


def _percent_range(figure: OutlookFigure) -> str:
    low, high = figure.low, figure.high
    if low is None and high is None:
        return "not visible in what was read"
    if low is None or high is None:
        edge, value = ("up to", high) if low is None else ("at least", low)
        return f"{edge} {number(round(value or 0))}%"
    if figure.interval == OVER_UNKNOWN:
        return f"{_about(figure)}{round(low)}–{round(high)}% (range over what is not known)"
    return f"{number(low)}–{number(high)}%"


def _extreme(figure: OutlookFigure, *, plain: bool) -> str:
    """None or all of a group: said with the bound that its size allows."""
    none = figure.value == 0.0
    n = figure.n if figure.estimand is None else None
    if plain:
        who = _("none") if none else _("all")
        if not n:
            return _("%(who)s of a small group whose size was not seen, so no bound can be computed") % {"who": who}
        side = _("up to %(n)s of 100") if none else _("at least %(n)s of 100")
        bound = side % {"n": round(exact_bound(0 if none else n, n))}
        return _("%(who)s of %(n)s people (a small group: it could be %(bound)s)") % {
            "who": who, "n": n, "bound": bound,
        }  # fmt: skip
    who = "none" if none else "all"
    if n:
        side = "up to" if none else "at least"
        return f"{who} of {n} (95% bound: {side} {round(exact_bound(0 if none else n, n))}%, calculated)"
    return f"{who} of a small group whose size was not seen, so no bound can be computed"


def _details(figure: OutlookFigure, suffix: str) -> list[str]:
    details = []
    if figure.numerator is not None and figure.n:
        details.append(f"{number(figure.numerator)}/{number(figure.n)}")
    if figure.low is not None and figure.high is not None and figure.value is not None:
        name = interval_name(figure)
        digits = 0 if figure.interval == "95% CI" and figure.personal else 4
        low, high = (number(round(limit, digits)) for limit in (figure.low, figure.high))
        details.append(f"{name} {low}–{high}{suffix}".strip())
    return details


def interval_name(figure: OutlookFigure) -> str:
    """What the interval of a figure is called, for clinicians; "" where its kind was not printed."""
    said = figure.interval or ""
    return {"plus-minus": "± range", "interquartile range": "IQR"}.get(said, said)


def marks(figure: OutlookFigure) -> str:
    """The marks of a figure in words, or ""."""
    words = [MARK_WORDS[m] for m in figure.marks if not (m == "superseded" and figure.superseded_by)]
    words += [f"superseded by {figure.superseded_by}"] if figure.superseded_by else []
    return ", ".join([*words, how_many(figure)] if figure.people_not_seen else words)


def plain_marks(figure: OutlookFigure) -> tuple[str, ...]:
    """What a lay reader is told of a figure beside its number."""
    replaced = (_("a newer study has replaced this"),) if figure.is_superseded else ()
    return (*replaced, how_many(figure)) if figure.people_not_seen else replaced


def pieces(text: str, fact: Fact | None) -> Iterator[str | OutlookFigure | None]:
    """A text cut at its figures: words, and the figures between them; None where one is never shown."""
    for position, part in enumerate(PLACEHOLDER.split(text)):
        if position % 2 == 0:
            yield part
        else:
            owner, figure = library().figure(part if "." in part else f"{fact.key if fact else ''}.{part}")
            yield from_fact(owner, figure) if figure.shown else None


def notes(figure: OutlookFigure) -> tuple[str, ...]:
    """The notes of a figure: those of its source, and from when it counts."""
    return (*figure.notes, *((counted_from(figure.start),) if figure.start is not None else ()))


WITHHELD = "…"


def fill(
    text: str,
    fact: Fact | None,
    *,
    plain: bool,
    show: Callable[[OutlookFigure], bool] = lambda _: True,
    alone: bool = True,
) -> str:
    """Put the figures into a text that names them in braces; `show` may withhold one.

    `alone`: what has to stand beside the figures follows; False where it stands there already.
    """
    shown: list[OutlookFigure] = []
    filled = ""
    for part in pieces(text, fact):
        if isinstance(part, str):
            filled += part
        elif part is None or not show(part):
            filled += WITHHELD
        else:
            shown.append(part)
            filled += quantity(part, plain=plain)
    if alone:
        filled = " ".join((filled, *beside(shown, fact)))
    return filled[:1].upper() + filled[1:]


def facts_named(*texts: str) -> tuple[str, ...]:
    """The facts whose figures texts name in braces as `{FACT.figure}`."""
    named = (key.partition(".")[0] for text in texts for key in PLACEHOLDER.findall(text) if "." in key)
    return tuple(dict.fromkeys(named))


def names_survival(text: str, fact: Fact | None) -> bool:
    """Whether a text names a figure about survival."""
    for key in PLACEHOLDER.findall(text):
        _, figure = library().figure(key if "." in key else f"{fact.key if fact else ''}.{key}")
        if figure.about_survival:
            return True
    return False
