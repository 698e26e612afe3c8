"""Pictures on the pages: what is drawn of a figure, a course or the body, with its caption and its table."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from markupsafe import Markup

from sarcoma.models import Card
from sarcoma.outlook import CourseFigure, OutlookFigure
from sarcoma.outlook.answer import Headline
from sarcoma.report.drawn import (
    BodyMap,
    IconArray,
    IconRange,
    Occupancy,
    SurvivalBand,
    body_map_svg,
    icon_array_svg,
    occupancy_svg,
    survival_band_svg,
)
from sarcoma.wording import figures, language
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


def _drawing(thing: _Drawn, svg: Callable[[str], str], caption: str, key: str) -> Drawing:
    """A picture with a name of its own, so that no two on a page share an id."""
    head, rows = thing.table()
    drawn = Markup(svg(f"d{next(_NUMBERS) % 10_000}"))  # noqa: S704 – ours, escaped in its template
    return Drawing(thing.title, drawn, caption, head, rows, key)


def _may_be_drawn(figure: OutlookFigure) -> None:
    if not figure.may_be_drawn:
        raise ValueError(f"{figure.origin} may not be drawn")


def answer(said: Headline, told: str) -> Drawing | None:
    """The headline of an answer as 100 people; a range where studies differ. None where it may not be drawn."""
    if not said.figures or not all(figure.may_be_drawn for figure in said.figures):
        return None
    first = said.figures[0]
    yes, no = _YES_NO.get(first.measure, ("", ""))
    if not yes:
        return None
    title = _("Of 100 people in this study") if len(said.figures) == 1 else _("Of 100 people in these studies")
    key = first.origin
    if said.kind == "range" and said.low is not None and said.high is not None:
        ranged = IconRange(title, _(yes), _(no), said.low / 100, said.high / 100)
        return _drawing(ranged, lambda name: icon_array_svg(ranged, name), told, key)
    part = (first.value or 0.0) / 100
    array = IconArray(title, ((_(yes), part), (_(no), 1 - part)))
    return _drawing(array, lambda name: icon_array_svg(array, name), told, key)


_YES_NO: Mapping[str, tuple[str, str]] = {
    "distant-metastasis": (N_("it spread"), N_("it did not spread, as far as was seen")),
    "local-recurrence": (N_("it came back"), N_("it did not come back, as far as was seen")),
    "overall-survival": (N_("are alive"), N_("have died")),
    "disease-specific-survival": (N_("have not died of the sarcoma"), N_("have died of it")),
}
"""What is counted, and its opposite, of a measure that may be drawn."""


def hundred(figure: OutlookFigure, card: Card) -> Drawing:
    """What a model says, as 100 people; a range where something is not known.

    Raises
    ------
    ValueError : the figure may not be drawn.
    """
    _may_be_drawn(figure)
    about = card.outcome
    time = figures.horizon(figure.horizon_months)
    with_it, without = about.plain_event, f"do not {about.plain_event}"
    if about.probability_of == "event":
        yes, no, title = with_it, without, "Of 100 people like this" + (f", within {time}" if time else "")
    else:
        yes, no = ("are alive", "have died") if about.endpoint == "death" else (without, with_it)
        title = "Of 100 people like this" + (f", after {time}" if time else "")
    if about.estimand == "net":
        title += ", if nobody died of anything else"
    if figure.value is None:
        ranged = IconRange(title, yes, no, (figure.low or 0.0) / 100, (figure.high or 0.0) / 100)
        return _drawing(ranged, lambda name: icon_array_svg(ranged, name), title, card.id)
    part = figure.value / 100
    array = IconArray(title, ((yes, part), (no, 1 - part)))
    return _drawing(array, lambda name: icon_array_svg(array, name), title, card.id)


def course(figure: CourseFigure, card: Card, *, interval: bool = False) -> Drawing:
    """The course ahead as a model says it: a curve of two states, or areas of several.

    `interval`: with that of a curve at its horizons.
    """
    since = "from now" if figure.start_months > 0 else f"after {card.outcome.time_zero.replace('-', ' ')}"
    if len(figure.states) == 2:
        title = f"{card.short_name}: alive, {since}"
        ends = (figure.interval_low, figure.interval_high) if interval else (None, None)
        low, high = (_at_horizons(figure, end) for end in ends)
        curve = SurvivalBand(
            title,
            "alive",
            figure.months,
            tuple(row[0] for row in figure.curve),
            low,
            high,
            horizons=figure.horizons_months,
            band="95% interval, at the marks" if low else "",
            since=since,
        )
        return _drawing(curve, lambda name: survival_band_svg(curve, name), title, card.id)
    title = f"{card.short_name}: where 100 people like this are, {since}"
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
    return _body_map(places, present, page, language.current())


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
