"""All models on one axis: of 100 people, how many are alive or free of what is named, a dot and its interval each.

A model that gives the probability of an event is turned round (100 minus it), so that the filled part always means the
same. The numbers are those of the outlook; nothing is worked out but that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sarcoma.models import Card
from sarcoma.outlook import ModelAnswer, OutlookFigure
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import OVER_UNKNOWN
from sarcoma.wording import figures

_FREE: Mapping[str | None, str] = {
    "death": "alive",
    "sarcoma-death": "not died of sarcoma",
    "metastasis": "free of distant metastasis",
    "local-recurrence": "free of local recurrence",
    "recurrence-or-death": "alive without recurrence",
    "nodal-metastasis": "free of lymph node metastasis",
}
"""What is so of those who are counted, by the end point of a model."""

_FREE_BESIDE: Mapping[str, str] = {
    "distant-metastasis": "no distant metastasis seen",
    "local-recurrence": "no local recurrence seen",
}
"""The same of events beside the outcome: who died without one is counted there too."""

_DEATHS: Mapping[str | None, str] = {"net": "net", "crude": "crude", "all-cause": "all-cause"}

_TURNED = {"above": "below", "below": "above"}


@dataclass(frozen=True, slots=True)
class Dot:
    """One number on the axis: what is so, when, and of how many of 100; `figure` is turned round already."""

    what: str
    time: str
    figure: OutlookFigure
    as_published: str
    net: bool

    @property
    def words(self) -> str:
        """The number with its interval, as every surface says it."""
        return figures.quantity(self.figure)

    @property
    def marks(self) -> tuple[float | None, float | None, float | None]:
        """Where the dot and the ends of its interval stand, 0 to 100; None where there is none."""
        of = self.figure
        return of.value, of.low, of.high


@dataclass(frozen=True, slots=True)
class DotGroup:
    """One model: its dots by what they count, of whom, and how it was tested."""

    card: Card
    people: str
    deaths: str
    tested: bool
    dots: tuple[Dot, ...]


def free_of(figure: OutlookFigure, *, of_event: bool) -> OutlookFigure:
    """A figure as the share that is alive or free of the event."""
    if not of_event:
        return figure
    value, low, high = figure.value, figure.low, figure.high
    return replace(
        figure,
        value=None if value is None else 100 - value,
        low=None if high is None else 100 - high,
        high=None if low is None else 100 - low,
        bound=_TURNED.get(figure.bound or "", figure.bound),
    )


def groups(models: Iterable[ModelAnswer]) -> tuple[DotGroup, ...]:
    """The models that say something, in the order given."""
    return tuple(_group(model) for model in models if model.figures)


def _group(model: ModelAnswer) -> DotGroup:
    card = model.card
    about = card.outcome
    net = about.estimand == "net"
    what = _FREE.get(about.endpoint, f"free of {about.event}")
    dots = [_dot(f, what, of_event=about.of_event, net=net) for f in model.figures]
    dots += [
        _dot(f, _FREE_BESIDE.get(f.measure, f"no {f.what} seen"), of_event=True, net=False) for f in model.also
    ]  # fmt: skip
    n = f"{card.population.n:,} people" if card.population.n else ""
    group = next((f.group for f in model.figures if f.group), "")
    people = ", ".join(part for part in (n, group, card.population.period) if part)
    deaths = _DEATHS.get(about.estimand, "")
    if about.estimand == "all-cause" and about.endpoint not in ("death", "recurrence-or-death"):
        deaths = figures.estimand(about, plain=False)
    if model.also:
        deaths = f"{deaths}, other events crude"
    return DotGroup(card, people, deaths, tested_elsewhere(card), tuple(dots))


def _dot(figure: OutlookFigure, what: str, *, of_event: bool, net: bool) -> Dot:
    time = figures.horizon(figure.horizon_months) or "when found"
    published = f"{figure.what}: {figures.quantity(figure)}" if of_event else ""
    return Dot(what, time, free_of(figure, of_event=of_event), published, net)


def dot_svg(dot: Dot) -> str:
    """One line of the picture: as wide as its place, so that it holds at every width; the words stand beside it."""
    value, low, high = dot.marks
    ranged = dot.figure.interval == OVER_UNKNOWN
    return _svg(*(None if v is None else round(v, 1) for v in (value, low, high)), net=dot.net, ranged=ranged)


def _svg(value: float | None, low: float | None, high: float | None, *, net: bool, ranged: bool) -> str:
    filled = value if value is not None else low
    parts = []
    if filled is not None:
        parts.append(f'<rect class="dot-fill" y="4" width="{filled:g}%" height="12"/>')
    if low is not None and high is not None:
        kind = "dot-range" if ranged else "dot-ends"
        parts.append(f'<line class="{kind}" x1="{low:g}%" x2="{high:g}%" y1="10" y2="10"/>')
    if value is not None and net:
        parts.append(
            f'<svg x="{value:g}%" y="10" overflow="visible"><path class="dot-net" d="M-6 0L0-6L6 0L0 6Z"/></svg>'
        )
    elif value is not None:
        parts.append(f'<circle class="dot" cx="{value:g}%" cy="10" r="5"/>')
    return f'<svg class="dots" aria-hidden="true">{"".join(parts)}</svg>'
