"""OutlookFigure: one number in an outlook, with everything needed to read it and its origin."""

from __future__ import annotations

import numpy as np

from sarcoma._dataclass import dataclass
from sarcoma.evidence import Fact, Figure, SourceStatus, library
from sarcoma.evidence.fact import FEW_PEOPLE
from sarcoma.models import Card, Predictions

OVER_UNKNOWN = "range over what is not known"
"""The interval of a figure whose ends are those of the values that something unknown could have."""


@dataclass(frozen=True, slots=True)
class Start:
    """From when a conditional figure counts: months since the model's time zero, of people in `state` then."""

    months: float
    time_zero: str
    state: str


@dataclass(frozen=True, slots=True)
class OutlookFigure:
    """One number. `origin` is the key that `why` opens: `B21.lung_first` (a fact) or `kattan-2002` (a model).

    Values are unrounded, in `unit` (percentages 0–100). `interval` says what `low` and `high` are;
    `bound` is "above" or "below" where the source gives only a bound. `about_survival` figures are
    shown only after asking. `plain_what` is `what` for lay readers where that differs; `says_time` where the words
    name the horizon themselves. `people_not_seen`: it is a share of people whose number was not printed, which is said.
    `as_people` is a share of fewer than 20 people as counts. Only what `may_head` may be the first figure of an answer,
    and only what `may_be_drawn` may be a picture. `sources_changed` names what became of a source since,
    `superseded_by` the fact that has replaced this one: no surface shows such a figure without saying so.
    `printed_to`: it carries no more than so many per cent, and is said as "about".
    """

    origin: str
    what: str
    unit: str
    value: float | None
    low: float | None = None
    high: float | None = None
    interval: str | None = None
    bound: str | None = None
    numerator: int | None = None
    n: int | None = None
    horizon_months: float | None = None
    estimand: str | None = None
    group: str | None = None
    population: str | None = None
    period: str | None = None
    measure: str = "other"
    about_survival: bool = False
    personal: bool = False
    audience: str = "everyone"
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    start: Start | None = None
    sources: tuple[str, ...] = ()
    level: str | None = None
    people_not_seen: bool = False
    as_people: tuple[int, int] | None = None
    may_head: bool = True
    may_be_drawn: bool = True
    sources_changed: tuple[tuple[str, SourceStatus], ...] = ()
    plain_what: str | None = None
    says_time: bool = False
    printed_to: float | None = None
    superseded_by: str | None = None

    @property
    def is_superseded(self) -> bool:
        """Whether a newer figure exists."""
        return self.superseded_by is not None or "superseded" in self.marks


def from_fact(fact: Fact, figure: Figure) -> OutlookFigure:
    """A published figure as it stands in a fact."""
    changed = sources_changed(fact.sources_of(figure))
    sound = all(status.may_lead for _, status in changed)
    return OutlookFigure(
        origin=f"{fact.key}.{figure.id}",
        what=figure.what,
        unit=figure.unit,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        interval=figure.interval,
        numerator=figure.numerator,
        n=figure.people,
        horizon_months=figure.horizon_months,
        group=figure.group,
        population=figure.population or fact.population,
        period=figure.period or fact.period,
        measure=figure.measure,
        about_survival=figure.about_survival,
        audience=fact.audience_of(figure),
        marks=fact.marks_of(figure),
        notes=tuple(note for note in (figure.note, fact.note) if note),
        sources=fact.sources_of(figure),
        level=fact.level_of(figure),
        people_not_seen=figure.people_not_seen,
        as_people=figure.as_people,
        may_head=sound and fact.may_head(figure),
        may_be_drawn=sound and figure.may_be_drawn,
        sources_changed=changed,
        plain_what=figure.plain_what,
        says_time=figure.says_time,
        superseded_by=fact.superseded_by,
    )


def sources_changed(keys: tuple[str, ...]) -> tuple[tuple[str, SourceStatus], ...]:
    """The sources that were retracted, withdrawn, superseded or corrected, and how."""
    known = library().sources
    return tuple((key, known[key].status) for key in keys if key in known and known[key].status is not None)  # type: ignore[misc]


def from_card(predictions: Predictions, row: int) -> tuple[OutlookFigure, ...]:
    """What a card says of one record, one figure per horizon."""
    card, of_form = predictions.card, predictions.of_form
    about = card.outcome
    changed = card_sources_changed(card)
    sound = all(status.may_lead for _, status in changed)
    bounds, group = of_form.bounds(), of_form.group_label(row)
    figures = []
    for position, horizon in enumerate(about.horizons_months):
        low, high = float(predictions.low[row, position]), float(predictions.high[row, position])
        if low != low:
            continue  # beyond the time that the model knows
        exact = low == high
        printed = of_form.printed(row, horizon) if exact else None
        interval: str | None = printed.interval if printed and printed.low is not None else None
        limits = (printed.low, printed.high) if printed else _interval(predictions, row, position) if exact else None
        if not exact:
            interval = OVER_UNKNOWN
        elif printed is None and limits is not None:
            interval = "95% CI"
        event = about.event if about.probability_of == "event" else f"no {about.event}"
        few = printed is not None and printed.n is not None and printed.n < FEW_PEOPLE
        figures.append(
            OutlookFigure(
                origin=card.id,
                what=event,
                unit="percent",
                value=100 * low if exact else None,
                low=_percent(limits[0] if limits else None) if exact else 100 * low,
                high=_percent(limits[1] if limits else None) if exact else 100 * high,
                interval=interval,
                bound=None if bounds is None else {1: "above", -1: "below"}.get(int(bounds[row, position])),
                n=printed.n if printed and printed.n else card.population.n,
                horizon_months=horizon,
                estimand=about.estimand,
                group=group or None,
                population=card.population.description,
                period=card.population.period,
                measure=about.question,
                about_survival=about.about_survival,
                personal=card.personal,
                audience=card.audience,
                marks=card.provenance.marks,
                notes=(printed.note,) if printed and printed.note else (),
                start=None if printed and printed.note else _start(predictions, row),
                sources=(card.citation,),
                level=f"provenance {card.provenance.grade}",
                sources_changed=changed,
                printed_to=about.printed_to,
                may_head=sound and not few,
                may_be_drawn=sound and not few,
            )
        )
    return tuple(figures)


def also_from_card(predictions: Predictions) -> tuple[OutlookFigure, ...]:
    """What a card with a course says of events beside its outcome, of the one record: crude, death competes."""
    card, states = predictions.card, predictions.of_form.course()
    if states is None:
        return ()
    changed = card_sources_changed(card)
    figures = []
    for event, (lows, highs) in zip(card.form.events_beside, states.reached, strict=True):
        for horizon, low, high in zip(card.outcome.horizons_months, lows.tolist(), highs.tolist(), strict=True):
            if low != low:
                continue  # beyond the time that the model knows
            exact = high - low < _SAME
            figures.append(
                OutlookFigure(
                    origin=card.id,
                    what=event.event,
                    plain_what=event.plain_event,
                    unit="percent",
                    value=100 * low if exact else None,
                    low=None if exact else 100 * low,
                    high=None if exact else 100 * high,
                    interval=None if exact else OVER_UNKNOWN,
                    n=card.population.n,
                    horizon_months=horizon,
                    estimand="crude",
                    population=card.population.description,
                    period=card.population.period,
                    measure=event.measure,
                    personal=card.personal,
                    audience=card.audience,
                    marks=card.provenance.marks,
                    start=_start(predictions, 0),
                    sources=(card.citation,),
                    level=f"provenance {card.provenance.grade}",
                    sources_changed=changed,
                )
            )
    return tuple(figures)


_SAME = 1e-12
"""Probabilities nearer than this are one."""


def card_sources_changed(card: Card) -> tuple[tuple[str, SourceStatus], ...]:
    """What became of the publication of a card, or of the source that it brings itself."""
    if card.source is not None and card.source.status is not None:
        return ((card.source.key, card.source.status),)
    return sources_changed((card.citation,))


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _interval(predictions: Predictions, row: int, position: int) -> tuple[float, float] | None:
    """The interval of a card that carries its covariance."""
    interval = predictions.of_form.interval()
    if interval is None or np.isnan(interval[0][row, position]):
        return None
    low, high = interval
    return float(low[row, position]), float(high[row, position])


def _start(predictions: Predictions, row: int) -> Start | None:
    """From when a conditional figure counts; None where it counts from the time zero."""
    states, months = predictions.of_form.course(), predictions.of_form.start(row)
    if states is None or months <= 0:
        return None
    return Start(months, predictions.card.outcome.time_zero, states.names[0])


def citation(source_key: str) -> str:
    """Short citation of a source: first author and year where known, else its key; and what became of it since."""
    source = library().sources.get(source_key)
    if source is None:
        return source_key
    short = source_key
    if source.authors:
        author = source.authors.split(",")[0].removesuffix(" et al.").strip()
        short = f"{author} {source.year}" if source.year else author
    return f"{short} ({source.status.what.upper()})" if source.status else short
