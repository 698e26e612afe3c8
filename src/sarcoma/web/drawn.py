"""Pictures on the pages: what is drawn of a figure, a course or the body, with its caption and its table."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from markupsafe import Markup

from sarcoma.evidence import library
from sarcoma.models import Card
from sarcoma.outlook import CourseFigure, OutlookFigure
from sarcoma.outlook.answer import Headline
from sarcoma.outlook.figure import from_fact
from sarcoma.report.drawn import (
    BodyMap,
    IconArray,
    IconRange,
    Occupancy,
    RangeBar,
    SurvivalBand,
    body_map_svg,
    icon_array_svg,
    occupancy_svg,
    range_bar_svg,
    survival_band_svg,
)
from sarcoma.wording import figures, language
from sarcoma.wording.answer import counted
from sarcoma.wording.language import N_, _


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, its caption, the same as a table, and the key of its origin."""

    title: str
    svg: Markup
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    key: str


class _Drawn(Protocol):
    @property
    def title(self) -> str: ...

    def table(self) -> tuple[list[str], list[list[str]]]: ...


_NUMBERS = itertools.count()


def _drawing(thing: _Drawn, svg: Callable[[str], str], caption: str, key: str, *, kept: bool = False) -> Drawing:
    """A picture with a name of its own, so that no two on a page share an id; `kept` ones are drawn once for many."""
    head, rows = thing.table()
    drawn = Markup(svg(f"{'a' if kept else 'd'}{next(_NUMBERS) % 1_000_000}"))  # noqa: S704 – ours, escaped in its template
    return Drawing(thing.title, drawn, caption, head, rows, key)


def _may_be_drawn(figure: OutlookFigure) -> None:
    if not figure.may_be_drawn:
        raise ValueError(f"{figure.origin} may not be drawn")


def answer(said: Headline, told: str, *, flat: bool = False) -> Drawing | None:
    """The headline of an answer as 100 people (`flat`: in low rows); a range where studies differ, as a bar.

    A filled person is always one who is alive, or free of what is counted. None where it may not be drawn.
    """
    found = _answer(said, flat, language.manner())
    return replace(found, caption=told) if found is not None else None


@lru_cache(maxsize=1024)
def _answer(said: Headline, flat: bool, _lang: str) -> Drawing | None:
    """The picture without its caption: it is of published figures, so the same for everyone who is shown it."""
    if not said.figures or not all(figure.may_be_drawn for figure in said.figures):
        return None
    first = said.figures[0]
    if first.measure not in _FREE_OR_NOT:
        return None
    free, hit, of_event = _FREE_OR_NOT[first.measure]
    title = _("Of 100 people in this study") if len(said.figures) == 1 else _("Of 100 people in these studies")
    if said.kind == "range" and said.low is not None and said.high is not None:
        shares = tuple((figure.value or 0.0) / 100 for figure in said.figures)
        bar = RangeBar(title, _(hit if of_event else free), said.low / 100, said.high / 100, shares)
        return _drawing(bar, lambda name: range_bar_svg(bar, name), "", first.origin, kept=True)
    value = (first.value, first.low, first.high)
    return _people(title, _(free), _(hit), value, "", first.origin, of_event=of_event, flat=flat, kept=True)


_FREE_OR_NOT: Mapping[str, tuple[str, str, bool]] = {
    "distant-metastasis": (N_("it did not spread, as far as was seen"), N_("it spread"), True),
    "local-recurrence": (N_("it did not come back, as far as was seen"), N_("it came back"), True),
    "overall-survival": (N_("are alive"), N_("have died"), False),
    "disease-specific-survival": (N_("have not died of the sarcoma"), N_("have died of it"), False),
}
"""Who is filled and who is not, of a measure that may be drawn, and whether its figure counts those who are not."""


def median(figure: OutlookFigure, told: str) -> Drawing | None:
    """A median of survival as 100 people: half are alive then. None where it may not head an answer."""
    if not figure.may_head or figure.value is None or figure.measure != "median-overall-survival":
        return None
    time = figures.quantity(figure, plain=True)
    title = _("Of 100 people in this study, after %(time)s") % {"time": time}
    return _people(title, _("are alive"), _("have died"), (50.0, None, None), told, figure.origin)


def _people(
    title: str,
    free: str,
    hit: str,
    percent: tuple[float | None, float | None, float | None],
    told: str,
    key: str,
    *,
    of_event: bool = False,
    flat: bool = False,
    kept: bool = False,
) -> Drawing:
    """100 people, those who are free filled: a value in per cent, or a range; of those who are not if `of_event`.

    The value is made whole as the words beside it are, so that picture, caption and table say one number.
    """
    value, low, high = percent
    if value is None:
        least, most = (low or 0.0) / 100, (high if high is not None else 100.0) / 100
        ends = (1 - most, 1 - least) if of_event else (least, most)
        ranged = IconRange(title, free, hit, *ends)
        return _drawing(ranged, lambda name: icon_array_svg(ranged, name, flat=flat), told, key, kept=kept)
    whole = 0 if value < 1 else 100 if value > 99 else round(value)
    filled = 100 - whole if of_event else whole
    array = IconArray(title, ((free, filled / 100), (hit, 1 - filled / 100)))
    return _drawing(array, lambda name: icon_array_svg(array, name, flat=flat), told, key, kept=kept)


def published(key: str) -> OutlookFigure:
    """A published figure by its key, `FACT.figure`."""
    return from_fact(*library().figure(key))


_EVENTS = frozenset(("distant-metastasis", "local-recurrence", "event-after-time-free"))
"""Measures of what happened to people: filled are those to whom it did not, as everywhere."""


def parts_of_100(title: str, parts: Sequence[tuple[str, OutlookFigure]], rest: str) -> Drawing:
    """Figures of one study as parts of 100 people, with the rest of them; of events the rest is filled.

    Raises
    ------
    ValueError : a figure may not be drawn.
    """
    for _label, figure in parts:
        _may_be_drawn(figure)
    shares = [(label, (figure.value or 0.0) / 100) for label, figure in parts]
    left = (rest, 1 - sum(share for _label, share in shares))
    of_events = all(figure.measure in _EVENTS for _label, figure in parts)
    array = IconArray(title, (left, *shares) if of_events else (*shares, left))
    return _drawing(array, lambda name: icon_array_svg(array, name), title, parts[0][1].origin)


def range_of(title: str, label: str, rest: str, said: Sequence[OutlookFigure]) -> Drawing:
    """From the lowest to the highest of figures that differ, as 100 people.

    Raises
    ------
    ValueError : a figure may not be drawn.
    """
    for figure in said:
        _may_be_drawn(figure)
    shares = sorted((figure.value or 0.0) / 100 for figure in said)
    if all(figure.measure in _EVENTS for figure in said):
        label, rest, shares = rest, label, [1 - share for share in reversed(shares)]
    ranged = IconRange(title, label, rest, shares[0], shares[-1])
    return _drawing(ranged, lambda name: icon_array_svg(ranged, name), title, said[0].origin)


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure beside others: what it counts, how much, of whom; `length` is None where it may not be drawn."""

    label: str
    words: str
    whom: str
    length: float | None
    key: str


def bar(label: str, key: str) -> Bar:
    """A published figure as a bar of 100."""
    figure = published(key)
    said = figures.beside((figure,), library().facts[key.partition(".")[0]])
    told = {part.rstrip(".").casefold(): part.rstrip(".") for part in (*said, counted(figure)) if part}
    length = figure.value if figure.may_be_drawn else None
    return Bar(label, figures.quantity(figure, plain=True), ". ".join(told.values()), length, key)


def hundred(figure: OutlookFigure, card: Card) -> Drawing:
    """What a model says, as 100 people; a range where something is not known. Filled are those who are free of it.

    Raises
    ------
    ValueError : the figure may not be drawn.
    """
    _may_be_drawn(figure)
    about = card.outcome
    time = figures.horizon(figure.horizon_months, plain=True)
    event = _(about.plain_event)
    title = _("Of 100 people like this")
    if time:
        text = (
            _("Of 100 people like this, within %(time)s")
            if about.of_event
            else _("Of 100 people like this, after %(time)s")
        )
        title = text % {"time": time}
    if about.estimand == "net":
        title = _("%(title)s, if nobody died of anything else") % {"title": title}
    alive = about.endpoint == "death" and not about.of_event
    free, hit = (_("are alive"), _("have died")) if alive else (_("do not %(event)s") % {"event": event}, event)
    percent = (figure.value, figure.low, figure.high)
    return _people(title, free, hit, percent, title, card.id, of_event=about.of_event)


_SINCE: Mapping[str, str] = {
    "diagnosis": N_("after diagnosis"),
    "surgery": N_("after surgery"),
    "local-recurrence": N_("after local recurrence"),
    "first-metastasis": N_("after first metastasis"),
}
"""From when a course counts that does not count from now."""


def course(figure: CourseFigure, card: Card, *, interval: bool = False) -> Drawing:
    """The course ahead as a model says it: a curve of two states, or areas of several.

    `interval`: with that of a curve at its horizons.
    """
    since = _("from now") if figure.start_months > 0 else _(_SINCE[card.outcome.time_zero])
    if len(figure.states) == 2:
        title = _("%(model)s: alive, %(since)s") % {"model": card.short_name, "since": since}
        ends = (figure.interval_low, figure.interval_high) if interval else (None, None)
        low, high = (_at_horizons(figure, end) for end in ends)
        curve = SurvivalBand(
            title,
            _("alive"),
            figure.months,
            tuple(row[0] for row in figure.curve),
            low,
            high,
            horizons=figure.horizons_months,
            band=_("95% interval, at the marks") if low else "",
            since=since,
        )
        return _drawing(curve, lambda name: survival_band_svg(curve, name), title, card.id)
    title = _("%(model)s: where 100 people like this are, %(since)s") % {"model": card.short_name, "since": since}
    areas = Occupancy.of(figure, title, since=since)
    return _drawing(areas, lambda name: occupancy_svg(areas, name), title, card.id)


def _at_horizons(figure: CourseFigure, ends: tuple[tuple[float, ...], ...] | None) -> tuple[float, ...]:
    """One end of the interval of the first state at its horizons, NaN at the other months; none where there is none."""
    if ends is None:
        return ()
    found = [math.nan] * len(figure.months)
    for horizon, row in zip(figure.horizons_months, ends, strict=True):
        found[bisect_right(figure.months, horizon + 1e-9) - 1] = row[0]
    return tuple(found)


def body_map(places: frozenset[str], present: frozenset[str], page: str = "") -> Markup:
    """Where sarcoma spreads to, on a body; each place leads to its part of the page, or of another `page`."""
    return _body_map(places, present, page, language.manner())


@lru_cache(maxsize=256)
def _body_map(places: frozenset[str], present: frozenset[str], page: str, _lang: str) -> Markup:
    body = BodyMap.of(
        _("Where sarcoma can spread to"),
        [site for site in places if site != "unknown"],
        present=tuple(present - {"unknown"}),
        link=lambda site: f"{page}#site-{site}",
        found=_("known here") if present else "",
    )
    svg = Markup(body_map_svg(body, "body"))  # noqa: S704 – ours, escaped in its template
    return Markup('<figure class="drawing">{}</figure>').format(svg)
