"""Pages about a cohort: what it says, and what the checks found; and the same as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sarcoma import __version__
from sarcoma.cohort.checks import Checked
from sarcoma.cohort.cohort import ORIGINS
from sarcoma.cohort.description import ENOUGH, Bars, Description, Kind, Picture, Section, Value
from sarcoma.cohort.description.small_cells import rows_in_words, said_count, suppressed_about
from sarcoma.evidence import library
from sarcoma.outlook.figure import citation, from_fact
from sarcoma.report.bars import bars_svg
from sarcoma.report.draft import Draft
from sarcoma.report.drawn.analyst_curves import environment, picture_svg
from sarcoma.wording import figures

SEVERITIES = {"error": "mend this", "warning": "look at this", "note": "know this"}


@dataclass(frozen=True)
class _Table:
    rows: tuple[dict[str, Any], ...]
    unit: str
    grouped: bool
    timed: bool
    counted: str  # what the column of counts is called, if there is one
    followed: bool


def described_html(described: Description) -> str:
    """What a cohort says, as one page that needs nothing else."""
    from markupsafe import Markup

    sections = []
    for s in described.sections:
        rows = [
            (p.title, Markup(_svg(p, f"{s.key}-{i}")))  # noqa: S704 – ours
            for i, p in enumerate(s.pictures)
            if _drawable(p)
        ]
        sections.append(
            {
                **{name: getattr(s, name) for name in ("key", "question", "counted", "cautions")},
                "answer": _answer(s),
                "figures": rows,
                "tables": _tables(s),
                "beside": [_beside(key, figure) for key, figure in s.beside],
            }
        )
    return (
        environment()
        .get_template("described.html")
        .render(
            title=f"{described.about.name}: what this cohort says",
            about=described.about,
            d=described,
            sections=sections,
            origin=ORIGINS[described.about.origin],
            patients=_patients(described),
            rows=rows_in_words(described.about, described.min_cell),
            enough=ENOUGH,
            notice=figures.NOTICE,
            version=__version__,
        )
    )


def described_data(described: Description) -> dict[str, Any]:
    """The same as data: every figure unrounded to the second decimal, published ones with their sources."""
    data = described.as_data()
    data["about"] = suppressed_about(data["about"], described.min_cell)
    for section, plain in zip(described.sections, data["sections"], strict=True):
        plain["beside"] = [_figure_data(key, figure) for key, figure in section.beside]
    return data | {"version": __version__}


def checked_html(checked: Checked) -> str:
    """What the checks found, as one page that needs nothing else."""
    return (
        environment()
        .get_template("checked.html")
        .render(
            title=f"{checked.name}: checks",
            c=checked,
            words=SEVERITIES,
            warnings=sum(f.severity == "warning" for f in checked.findings),
            notes=sum(f.severity == "note" for f in checked.findings),
            followed=followed_text(checked),
            at_risk=[(f"{t:g}", n) for t, n in checked.followed.at_risk.items()],
            notice=figures.NOTICE,
        )
    )


def followed_text(checked: Checked) -> str:
    """The median follow-up in words."""
    f = checked.followed
    if f.median is None:
        return "a median that is not reached"
    quartiles = ""
    if f.lower_quartile is not None and f.upper_quartile is not None:
        quartiles = f", quartiles {f.lower_quartile:.0f} and {f.upper_quartile:.0f}"
    return f"a median of {f.median:.0f} months (reverse Kaplan–Meier{quartiles})"


def checked_data(checked: Checked) -> dict[str, Any]:
    """The findings as data."""
    data = asdict(checked)
    data["followed"]["at_risk"] = {f"{t:g}": n for t, n in checked.followed.at_risk.items()}
    return data


def checked_text(checked: Checked) -> str:
    """The findings for a terminal."""
    page = Draft()
    page.heading(f"{checked.name}: checks")
    page.text(f"{checked.patients:,} patients, followed for {followed_text(checked)}.")
    for severity, word in SEVERITIES.items():
        some = [f for f in checked.findings if f.severity == severity]
        if some:
            page.blank()
            page.subheading(_capital(word))
            for f in some:
                page.item(f"{f.title}: {f.count:,} of {f.of:,}. {f.means} {f.mend}", key=f.rule)
    return str(page)


def described_text(described: Description) -> str:
    """The main answers for a terminal."""
    page = Draft()
    page.heading(f"{described.about.name}: what this cohort says")
    patients = _patients(described)
    page.text(f"{patients} patients. Times are months since {ORIGINS[described.about.origin]}.")
    for s in described.sections:
        page.blank()
        page.subheading(s.question)
        answer = _answer(s)
        if answer:
            page.text(answer)
        else:
            for v in [v for v in s.values if not v.suppressed and v.kind == "share"][:6]:
                label = f"{v.what}: {v.group}" if v.group else v.what
                page.item(f"{label}: {_share(v)}, {v.events or 0:,} of {v.n or 0:,}")
        page.text(s.counted)
        for caution in s.cautions:
            page.text(caution)
    if described.unanswered:
        page.blank()
        page.subheading("What this cohort cannot answer")
        for question, reason in described.unanswered:
            page.item(f"{question} {_capital(reason)}.")
    return str(page)


def _patients(described: Description) -> str:
    least = described.min_cell
    return f"fewer than {least}" if described.patients is None else said_count(described.patients, least)


# -- a section


def _svg(picture: Picture | Bars, name: str) -> str:
    return bars_svg(picture, name) if isinstance(picture, Bars) else picture_svg(picture, name)


def _drawable(picture: Picture | Bars) -> bool:
    if isinstance(picture, Bars):
        return bool(picture.bars)
    return any(len(line.times) > 1 for line in picture.lines)


def _answer(section: Section) -> str | None:
    """The main figures in a sentence, with one denominator."""
    told = [v for v in section.values if v.group is None and not v.suppressed and v.value is not None]
    parts = []
    timed = [v for v in told if v.kind in ("survival", "event", "state") and v.low is not None]
    if timed:
        chosen = [v for v in timed if v.horizon in (12.0, 60.0)] or timed[-1:]
        parts = [f"at {v.horizon:g} months {_of_100(v)}" for v in chosen]
        parts[0] = f"{_capital(chosen[0].what)}: {parts[0]}"
    medians = [v for v in told if v.kind == "median-survival"]
    if medians and medians[0].value is not None:
        parts.append(f"half lived longer than {medians[0].value:.0f} months ({_limits(medians[0], 'months')})")
    followed = [v for v in told if v.kind == "follow-up" and v.value is not None]
    if parts and followed:
        parts.append(f"median follow-up {followed[0].value:.0f} months ({_limits(followed[0], 'months')})")
    return "; ".join(parts) + "." if parts else None


def _of_100(v: Value) -> str:
    return f"{figures.of_100(v.value or 0.0)} ({_limits(v, 'percent')})"


def _share(v: Value) -> str:
    """A percentage with its limits; nobody is told 0 or 100."""
    value = v.value or 0.0
    shown = "less than 1%" if value < 0.5 else "more than 99%" if value > 99.5 else f"{value:.0f}%"
    return f"{shown} ({_limits(v, 'percent')})"


def _limits(v: Value, unit: str) -> str:
    if v.low is None or v.high is None:
        return "upper limit not reached" if v.low is not None else "no interval"
    return f"{v.low:.0f} to {v.high:.0f}" if unit == "percent" else f"{v.low:.0f} to {v.high:.0f} months"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tables(section: Section) -> list[tuple[str, _Table]]:
    """Figures of one kind as one table; shares of a whole together."""
    alike: dict[tuple[str | None, str], list[Value]] = {}  # by what they are, None for the shares of a whole
    for v in section.values:
        whole = v.kind == "share" and v.group is None
        alike.setdefault((None if whole else v.what, v.unit), []).append(v)
    tables = []
    for (what, unit), values in alike.items():
        rows = tuple(_row(v, share=what is None) for v in values)
        table = _Table(
            rows,
            "%" if unit == "percent" else "Months",
            grouped=what is None or any(v.group for v in values),
            timed=any(v.horizon is not None for v in values),
            counted=_counted_as(values) if any(v.events is not None for v in values) else "",
            followed=any(v.at_risk is not None for v in values),
        )
        tables.append((_capital(section.question.rstrip("?") if what is None else what), table))
    return tables


_COUNTED_AS: dict[Kind, str] = {
    "survival": "Died by then",
    "median-survival": "Died",
    "follow-up": "Without the event",
    "state": "Seen in it then",
    "event": "Had it by then",
}


def _counted_as(values: list[Value]) -> str:
    """What the events of figures of one kind are called."""
    return _COUNTED_AS.get(values[0].kind, "Had it")


def _row(v: Value, *, share: bool) -> dict[str, Any]:
    digits = 0 if v.unit == "percent" and (v.n or 0) < 1000 else 1
    shown, interval = "not reached" if v.value is None else f"{v.value:.{digits}f}", "–"
    if v.low is not None or v.high is not None:
        ends = [f"{e:.{digits}f}" if e is not None else "not reached" for e in (v.low, v.high)]
        interval = " to ".join(ends)
    if v.unit == "percent" and v.value is not None and not 0.5 <= v.value <= 99.5:
        none, all_ = ("none seen", "all so far") if v.horizon is not None else ("below 1", "above 99")
        shown = none if v.value == 0 else all_ if v.value == 100 else "below 1" if v.value < 0.5 else "above 99"
    return {
        **asdict(v),
        "group": v.what if share else (v.group or "all"),
        "shown": shown,
        "interval": interval,
    }


def _beside(key: str, figure_id: str) -> dict[str, str]:
    fact = library().facts[key]
    figure = from_fact(fact, fact.figure(figure_id))
    whose = "; ".join(part for part in (figure.group, figure.population, figure.period) if part)
    sources = ", ".join(citation(s) for s in figure.sources)
    said = figures.quantity(figure)
    return {
        "text": f"{figure.what}: {said}",
        "whose": f"{whose + ' – ' if whose else ''}{sources}",
        "key": figure.origin,
    }


def _figure_data(key: str, figure_id: str) -> dict[str, Any]:
    fact = library().facts[key]
    figure = from_fact(fact, fact.figure(figure_id))
    kept = ("origin", "what", "unit", "value", "low", "high", "interval", "n", "horizon_months", "group", "population")
    return {name: getattr(figure, name) for name in (*kept, "period", "marks", "sources", "level")}
