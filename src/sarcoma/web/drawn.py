"""Pictures on the pages: what is drawn of a figure, a course or the body, with its caption and its table."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    SurvivalBand,
    body_map_svg,
    icon_array_svg,
    occupancy_svg,
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


def published(key: str) -> OutlookFigure:
    """A published figure by its key, `FACT.figure`."""
    return from_fact(*library().figure(key))


def parts_of_100(title: str, parts: Sequence[tuple[str, OutlookFigure]], rest: str) -> Drawing:
    """Figures of one study as parts of 100 people, with the rest of them.

    Raises
    ------
    ValueError : a figure may not be drawn.
    """
    for _label, figure in parts:
        _may_be_drawn(figure)
    shares = [(label, (figure.value or 0.0) / 100) for label, figure in parts]
    array = IconArray(title, (*shares, (rest, 1 - sum(share for _label, share in shares))))
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


def course(figure: CourseFigure, card: Card) -> Drawing:
    """The course ahead as a model says it: a curve of two states with its band, or areas of several."""
    since = "from now" if figure.start_months > 0 else f"after {card.outcome.time_zero.replace('-', ' ')}"
    if len(figure.states) == 2:
        title = f"{card.short_name}: alive, {since}"
        curve = SurvivalBand(
            title,
            "alive",
            figure.months,
            tuple(row[0] for row in figure.curve),
            tuple(row[0] for row in figure.curve_low or ()),
            tuple(row[0] for row in figure.curve_high or ()),
            horizons=figure.horizons_months,
            band="95% interval" if figure.curve_low is not None else "",
            since=since,
        )
        return _drawing(curve, lambda name: survival_band_svg(curve, name), title, card.id)
    title = f"{card.short_name}: where 100 people like this are, {since}"
    areas = Occupancy.of(figure, title, since=since)
    return _drawing(areas, lambda name: occupancy_svg(areas, name), title, card.id)


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
