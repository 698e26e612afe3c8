"""The living article: the questions that articles answer from old studies, answered from a cohort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma.cohort.cohort import ORIGINS, About, Cohort
from sarcoma.cohort.follow_up import SEVERAL, Counted, FollowUp, organ_label
from sarcoma.errors import CohortError
from sarcoma.evidence import library
from sarcoma.patient import Coded, Members, field_specs
from sarcoma.survival import occupancy

Unit = Literal["percent", "months"]

HORIZONS = (12.0, 24.0, 36.0, 60.0, 120.0)
ENOUGH = 10
"""A curve is read at a time that at least so many patients are followed to."""
_MOST_GROUPS = 8
_DRAWS = 400


@dataclass(frozen=True)
class Value:
    """One figure of a cohort.

    `value`, `low`, `high` (95 % limits) are percentages or months, None where it is not reached or suppressed. `n` is
    whom it is about, `events` how many had what is counted; `horizon` in months; `at_risk` who is still followed then.
    """

    what: str
    unit: Unit
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    events: int | None = None
    horizon: float | None = None
    group: str | None = None
    at_risk: int | None = None
    suppressed: bool = False


@dataclass(frozen=True)
class Line:
    """One curve: percentages from each time (months) on until the next, with 95 % limits where known."""

    name: str
    times: tuple[float, ...]
    percent: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    at_risk: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Picture:
    """Curves side by side, or states stacked to 100 %."""

    title: str
    axis: str
    lines: tuple[Line, ...]
    stacked: bool = False


@dataclass(frozen=True)
class Section:
    """One question: whom it was answered from, the figures, a picture, and the published figures beside it.

    `beside` are keys of evidence, fact and figure.
    """

    key: str
    question: str
    counted: str
    values: tuple[Value, ...]
    picture: Picture | None = None
    beside: tuple[tuple[str, str], ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """What a cohort answers; `unanswered` says which questions it cannot, and why."""

    about: About
    patients: int
    sections: tuple[Section, ...]
    unanswered: tuple[tuple[str, str], ...]
    min_cell: int | None = None
    notes: tuple[str, ...] = field(default=())

    def as_data(self) -> dict[str, Any]:
        """Everything as plain data, for JSON."""
        return asdict(replace(self, about=self.about)) | {"about": self.about.model_dump(mode="json")}


class _Unanswered(Exception):  # noqa: N818 – not an error: this cohort cannot answer this question
    pass


def describe(
    cohort: Cohort, *, min_cell: int | None = None, progress: Callable[[Iterable[Any]], Iterator[Any]] = iter
) -> Description:
    """Answer the questions of the article from a cohort.

    Parameters
    ----------
    min_cell : figures about fewer patients, and counts from 1 to one less, are suppressed.
    progress : wraps the iterator over the questions.
    """
    if min_cell is not None and min_cell < 2:
        raise CohortError("--min-cell: give 2 or more, such as 5")
    asked = _Questions(cohort)
    sections, unanswered = [], []
    for key, question, answer, beside in progress(_QUESTIONS):
        try:
            section = answer(asked)
        except (_Unanswered, CohortError) as reason:
            unanswered.append((question, str(reason)))
            continue
        section = replace(section, key=key, question=question, beside=_beside(*beside))
        sections.append(section if min_cell is None else _suppress(section, min_cell))
    return Description(cohort.about, len(cohort), tuple(sections), tuple(unanswered), min_cell)


# -- estimates


def _percent(value: float) -> float:
    return round(100 * float(value), 2)


def share(what: str, count: int, n: int, group: str | None = None) -> Value:
    """A proportion with Wilson's interval (J Am Stat Assoc 1927;22:209–212)."""
    z = 1.959963984540054
    middle = (count + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(count * (n - count) / n + z * z / 4)
    return Value(
        what, "percent", _percent(count / n), _percent(middle - half), _percent(middle + half), n, count, group=group
    )


def _curve(what: str, counted: Counted, state: str, group: str | None = None) -> tuple[list[Value], Line]:
    """The probability of a state at the horizons that enough are followed to, and its whole curve."""
    found = occupancy(counted.table)
    h = counted.course.index(state)
    low, high = found.interval()
    n, events = counted.patients, _reached(counted, state)
    values = []
    for t in HORIZONS:
        left = counted.at_risk(t)
        if left >= ENOUGH:
            at = found.at([t])
            p, a, b = (_percent(v[0, 0, h]) for v in (at.probability, at.low, at.high))
            values.append(Value(what, "percent", p, a, b, n, events, horizon=t, group=group, at_risk=left))
    keep = _thinned(found.times, counted.followed_by(ENOUGH))
    curve, least, most = (tuple(_percent(v) for v in c[0, keep, h]) for c in (found.probability, low, high))
    at_risk = tuple((t, counted.at_risk(t)) for t in (0.0, *HORIZONS))
    return values, Line(
        group or what, tuple(round(float(t), 3) for t in found.times[keep]), curve, least, most, at_risk
    )


def _thinned(times: NDArray[Any], last: float, most: int = 300) -> NDArray[np.intp]:
    """The steps of a curve up to a time; no more of them than an eye can see."""
    shown = np.flatnonzero(times <= last)
    if len(shown) > most:
        shown = shown[np.unique(np.linspace(0, len(shown) - 1, most).astype(int))]
    return shown


def _reached(counted: Counted, state: str) -> int:
    h = counted.course.index(state)
    if state in counted.course.transient:  # of who is left, those who left it
        return int(((counted.to >= 0) & (counted.to != h)).sum())
    return int((counted.to == h).sum())


def _median(what: str, counted: Counted, group: str | None = None) -> Value:
    found = occupancy(counted.table).quantile(0.5)[0]
    value, low, high = (float(v) if np.isfinite(v) else None for v in (found.value, found.low, found.high))
    deaths = int((counted.to == 1).sum())
    value, low, high = (None if v is None else round(v, 2) for v in (value, low, high))
    return Value(what, "months", value, low, high, counted.patients, deaths, group=group)


def _said(counted: Counted) -> str:
    text = f"{counted.patients:,} patients"
    if counted.left_out:
        text += "; left out: " + ", ".join(f"{n:,} who {reason}" for reason, n in counted.left_out.items())
    return text + "."


class _Questions:
    """A cohort with what several questions look at."""

    def __init__(self, cohort: Cohort) -> None:
        self.cohort, self.follow_up = cohort, FollowUp.of(cohort)
        self.origin = cohort.about.origin

    @cached_property
    def everyone(self) -> NDArray[np.bool_]:
        return np.ones(len(self.cohort), dtype=bool)

    def coded(self, name: str) -> list[str | None]:
        """A coded variable of the record, None where several values are possible."""
        column = self.cohort.records.column(name)
        if not isinstance(column, Coded):
            raise _Unanswered(f"{name} is not coded")
        known = [next(iter(state)) if len(state) == 1 else None for state in column.states]
        return [known[code] for code in column.codes.tolist()]

    def groups(self, name: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Groups of patients by a variable: label and who; the largest only where there are many."""
        if name == "size":
            size = np.array([np.nan if v is None else v for v in self.cohort.records.values("size_cm")], dtype=float)
            with np.errstate(invalid="ignore"):
                yield "5 cm or smaller", size <= 5
                yield "above 5 to 10 cm", (size > 5) & (size <= 10)
                yield "larger than 10 cm", size > 10
            return
        labels = np.array(["" if v is None else v for v in self.coded(name)], dtype=object)
        distinct, counts = np.unique(labels[labels != ""], return_counts=True)
        if name in ("histologic_type", "site"):
            distinct = distinct[np.argsort(-counts, kind="stable")][:_MOST_GROUPS]
        for label in distinct:
            yield _label(name, str(label)), labels == label

    def need_origin(self, *origins: str) -> None:
        if self.origin not in origins:
            raise _Unanswered(f"time runs from {ORIGINS[self.origin]} in this cohort")

    def by_group(
        self, counted: Counted, names: Iterable[str], state: str, what: str, *, medians: bool = False
    ) -> tuple[list[Value], list[Line]]:
        """Curves by groups of at least ENOUGH patients."""
        values, lines = [], []
        for name in names:
            for label, who in self.groups(name):
                part = counted.of(who)
                if part.patients >= ENOUGH:
                    group = f"grade {label}" if name == "grade" else label
                    if medians:
                        values.append(_median(f"median {what}", part, group))
                    found, line = _curve(what, part, state, group)
                    values += found
                    lines.append(line)
        return values, lines


def _label(name: str, code: str) -> str:
    if name == "histologic_type":
        return library().types[code].name
    if name == "site":
        return library().primary_sites[code].name
    return code


# -- questions


def _shares(q: _Questions, name: str, what: str) -> Section:
    labels = [v for v in q.coded(name) if v is not None]
    if not labels:
        raise _Unanswered(f"{field_specs()[name].label.lower()} is not known of anyone")
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    ordered = sorted(counts.items(), key=lambda part: (-part[1], part[0]))
    values = [share(_label(name, code), n, len(labels)) for code, n in ordered]
    missing = len(q.cohort) - len(labels)
    return Section(
        "", "", f"{len(labels):,} patients{f'; {what} not known of {missing:,}' if missing else ''}.", tuple(values)
    )


def _types(q: _Questions) -> Section:
    return _shares(q, "histologic_type", "type")


def _sites(q: _Questions) -> Section:
    return _shares(q, "site", "site")


def _at_diagnosis(q: _Questions) -> Section:
    q.need_origin("diagnosis", "surgery")
    f = q.follow_up
    known = ~f.metastasis_untimed
    with np.errstate(invalid="ignore"):
        early = (f.metastasis <= 0) & known
    if not early.any():
        raise _Unanswered("no metastasis is dated at the diagnosis or before; the source may not record them")
    n = int(known.sum())
    out = int((~known).sum())
    counted = f"{n:,} patients{f'; left out: {out:,} with a metastasis at a time that is not known' if out else ''}."
    return Section("", "", counted, (share("metastasis at diagnosis", int(early.sum()), n),))


def _spread(q: _Questions) -> Section:
    counted = q.follow_up.spread()
    if not (counted.to == 1).any():
        raise _Unanswered("no metastasis after the origin of time is recorded")
    values, line = _curve("have had a metastasis", counted, "metastasis")
    more, lines = q.by_group(
        counted, ("grade", "size", "histologic_type", "depth"), "metastasis", "have had a metastasis"
    )
    picture = Picture("How many develop a metastasis", "have had a metastasis", (line, *lines[:3]))
    text = f"{_said(counted)} Death without metastasis is counted as what it is: after it no metastasis can come."
    return Section("", "", text, (*values, *more), picture)


def _where(q: _Questions) -> Section:
    counted = q.follow_up.spread()
    organs = ("lung", "liver", "bone", "brain", "lymph-node", "soft-tissue", "peritoneum", "pleura")
    present = tuple(o for o in organs if (q.follow_up.organ == o).any())
    if not present:
        raise _Unanswered("the organs of metastases are not recorded")
    counted = q.follow_up.where_first(present)
    values, lines = [], []
    for state in (*present, SEVERAL, "another organ or not known"):
        found, line = _curve("first metastasis there", counted, state, organ_label(state))
        values += found
        lines.append(line)
    spread = int(((counted.to > 0) & (counted.to <= len(present) + 2)).sum())
    first = [
        share("of those with metastasis", int((counted.to == i + 1).sum()), spread, organ_label(state))
        for i, state in enumerate((*present, SEVERAL, "another organ or not known"))
        if spread
    ]
    lines.sort(key=lambda line: -line.percent[-1] if line.percent else 0.0)
    picture = Picture("Where the first metastasis is", "first metastasis there", tuple(lines[:4]))
    return Section("", "", _said(counted), (*first, *values), picture)


def _when(q: _Questions) -> Section:
    counted = q.follow_up.spread()
    horizon = max((t for t in HORIZONS if counted.at_risk(t) >= ENOUGH), default=0.0)
    if horizon < 24 or (counted.to == 1).sum() < ENOUGH:
        raise _Unanswered("too few metastases, or too short a follow-up")

    def timing(part: Counted) -> list[float]:
        found = occupancy(part.table)
        curve = found.probability[0, :, 1]
        whole = curve[np.searchsorted(found.times, horizon, side="right") - 1]
        if whole <= 0:
            return [np.nan] * 3
        half = found.times[int(np.argmax(curve >= whole / 2 - 1e-12))]
        at = [curve[np.searchsorted(found.times, t, side="right") - 1] / whole for t in (12.0, 24.0)]
        return [float(half), *map(float, at)]

    random = np.random.default_rng(20_260_101)
    n = len(counted.exit)
    drawn = []
    for _ in range(_DRAWS if n < 20_000 else 100):
        rows = random.integers(0, n, n)
        drawn.append(timing(counted.take(rows)))
    low, high = np.nanquantile(np.array(drawn), [0.025, 0.975], axis=0)
    found = timing(counted)
    events = int(((counted.to == 1) & (counted.exit <= horizon)).sum())
    whom = f"of those who have a metastasis within {horizon:g} months"
    value, least, most = (round(float(v), 2) for v in (found[0], low[0], high[0]))
    values = [Value(f"median time to it, {whom}", "months", value, least, most, n, events)]
    for i, t in ((1, 12.0), (2, 24.0)):
        value, least, most = (_percent(v) for v in (found[i], low[i], high[i]))
        values.append(Value(f"have it by then, {whom}", "percent", value, least, most, n, events, t))
    text = f"{_said(counted)} From the cumulative incidence; intervals by the bootstrap ({len(drawn)} draws, seeded)."
    return Section("", "", text, tuple(values))


def _survival(q: _Questions) -> Section:
    q.need_origin("diagnosis", "surgery", "first-metastasis")
    counted = q.follow_up.survival()
    values, line = _curve("alive", counted, "alive")
    more, lines = q.by_group(counted, ("histologic_type",), "alive", "alive", medians=True)
    picture = Picture(f"Survival from {ORIGINS[q.origin].split(';')[0]}", "alive", (line, *lines[:3]))
    return Section(
        "", "", _said(counted), (_median("median survival", counted), *values, *more), picture, (), _entered(counted)
    )


def _entered(counted: Counted) -> tuple[str, ...]:
    later = int((counted.entry > 0).sum())
    if not later:
        return ()
    return (
        f"{later:,} of {counted.patients:,} came under observation later (delayed entry) and count from then on; "
        f"{counted.at_risk(0.0):,} were under observation at the start.",
    )


def _after_metastasis(q: _Questions) -> Section:
    f = q.follow_up
    counted = f.survival_from_metastasis()
    values, line = _curve("alive", counted, "alive")
    whole = [_median("median survival", counted), *values]
    more, lines = q.by_group(counted, ("histologic_type",), "alive", "alive", medians=True)
    named = [str(organ) for organ in dict.fromkeys(f.organ.tolist()) if organ not in ("", "unknown")]
    groups = [(f"first in: {organ_label(organ)}", f.organ == organ) for organ in named]
    if (f.organs > 0).any():
        groups += [("one organ", f.organs == 1), ("two or more organs", f.organs > 1)]
    if q.origin in ("diagnosis", "surgery"):
        free = f.metastasis
        with np.errstate(invalid="ignore"):
            groups += [
                ("metastasis at diagnosis", free <= 0),
                ("disease-free for less than 12 months", (free > 0) & (free < 12)),
                ("disease-free for 12 to 24 months", (free >= 12) & (free < 24)),
                ("disease-free for 24 months or more", free >= 24),
            ]
    for label, who in groups:
        part = counted.of(who)
        if part.patients >= ENOUGH:
            more.append(_median("median alive", part, label))
            more += _curve("alive", part, "alive", label)[0]
    picture = Picture("Survival from the first metastasis", "alive", (line, *lines[:3]))
    return Section("", "", _said(counted), (*whole, *more), picture, (), _entered(counted))


def _conditional(q: _Questions) -> Section:
    values, said = [], []
    for counted, since in _starts(q):
        table = counted.table
        said.append(f"From {since}: {_said(counted)}")
        for lived in (12.0, 24.0, 36.0, 60.0):
            for more in (12.0, 24.0, 60.0):
                left = counted.at_risk(lived + more)
                if left >= ENOUGH:
                    at = occupancy(table, start=lived).at([lived + more])
                    p, low, high = (_percent(v[0, 0, 0]) for v in (at.probability, at.low, at.high))
                    what, group = f"alive {more:g} months later", f"alive {lived:g} months after {since}"
                    n = counted.at_risk(lived)
                    values.append(Value(what, "percent", p, low, high, n, None, more, group, left))
    if not values:
        raise _Unanswered("too short a follow-up")
    return Section("", "", " ".join(said), tuple(values))


def _starts(q: _Questions) -> Iterator[tuple[Counted, str]]:
    """From when survival may be counted in this cohort."""
    if q.origin in ("diagnosis", "surgery"):
        yield q.follow_up.survival(), "the " + q.origin
    if (~np.isnan(q.follow_up.metastasis)).any():
        yield q.follow_up.survival_from_metastasis(), "the first metastasis"


def _treatments(q: _Questions) -> Section:
    values: list[Value] = []
    records = q.cohort.records
    for name in ("surgery", "margin", "radiotherapy", "metastasectomy"):
        known = [v for v in records.values(name) if v is not None]
        for code in field_specs()[name].code_list() if known else ():
            count = sum(v == code for v in known)
            if count:
                values.append(
                    share(field_specs()[name].code_list()[code], count, len(known), field_specs()[name].label)
                )
    given = records.column("treatments")
    if isinstance(given, Members):
        sets = [given.states[c] for c in given.codes.tolist()]
        told = [s for s in sets if s is not None]
        for code, label in field_specs()["treatments"].code_list().items():
            count = sum(code in s for s in told)
            if count:
                values.append(share(label, count, len(told), "Systemic treatment"))
    if not values:
        raise _Unanswered("treatments are not recorded")
    caution = (
        "Treatments were chosen by how things stood: comparing the survival of those who had one with that of others "
        "says nothing about its effect."
    )
    return Section("", "", f"{len(q.cohort):,} patients.", tuple(values), None, (), (caution,))


def _course(q: _Questions) -> Section:
    q.need_origin("diagnosis", "surgery")
    counted = q.follow_up.full_course()
    found = occupancy(counted.table)
    horizon = max((t for t in HORIZONS if counted.at_risk(t) >= ENOUGH), default=0.0)
    if not horizon or (counted.to > 0).sum() < ENOUGH:
        raise _Unanswered("too few events, or too short a follow-up")
    values, lines = [], []
    keep = _thinned(found.times, horizon)
    for state in counted.course.states:
        h = counted.course.index(state)
        for t in HORIZONS:
            if t <= horizon:
                at = found.at([t])
                p, a, b = (_percent(v[0, 0, h]) for v in (at.probability, at.low, at.high))
                values.append(
                    Value("in this state", "percent", p, a, b, counted.patients, None, t, state, counted.at_risk(t))
                )
        percent = tuple(_percent(v) for v in found.probability[0, keep, h])
        lines.append(Line(state, tuple(round(float(t), 3) for t in found.times[keep]), percent))
    for state, spent in found.expected_time(horizon)[0].items():
        if state != "dead":
            what = f"mean time in this state within {horizon:g} months"
            v, low, high = (round(float(part), 2) for part in (spent.value, spent.low, spent.high))
            values.append(Value(what, "months", v, low, high, counted.patients, None, horizon, state))
    picture = Picture("The course of the disease", "in each state", tuple(lines), stacked=True)
    return Section("", "", _said(counted), tuple(values), picture)


_Answer = Callable[[_Questions], Section]
_QUESTIONS: tuple[tuple[str, str, _Answer, tuple[tuple[str, ...], tuple[str, ...]]], ...] = (
    (
        "types",
        "Which types of sarcoma are there?",
        _types,
        (("epidemiology", "classification"), ("share", "frequency")),
    ),
    ("sites", "Where does it begin?", _sites, (("primary-site",), ("share", "site-share", "frequency"))),
    (
        "at-diagnosis",
        "How many have a metastasis at diagnosis?",
        _at_diagnosis,
        (("stage-at-diagnosis", "spread-rate"), ("metastatic-at-diagnosis",)),
    ),
    ("spread", "How many develop a metastasis?", _spread, (("spread-rate",), ("distant-metastasis",))),
    ("where", "Where is the first metastasis?", _where, (("spread-sites",), ("site-share",))),
    ("when", "When does it come?", _when, (("spread-timing", "spread-rate"), ("time-to-metastasis", "time-to-event"))),
    (
        "survival",
        "How long do people live?",
        _survival,
        (("survival-by-stage",), ("overall-survival", "relative-survival")),
    ),
    (
        "after-metastasis",
        "How long do people live after the first metastasis?",
        _after_metastasis,
        (
            ("survival-metastatic", "survival-by-type", "long-term-survival", "spread-rate"),
            ("overall-survival", "median-overall-survival"),
        ),
    ),
    (
        "conditional",
        "And those who are already some way on?",
        _conditional,
        (("long-term-survival",), ("overall-survival",)),
    ),
    ("treatments", "Which treatments were given?", _treatments, ((), ())),
    ("course", "What is the whole course?", _course, ((), ())),
)


def _beside(topics: tuple[str, ...], measures: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Published figures about the same question, by topic and measure; only those that may be shown."""
    return tuple(
        (fact.key, figure.id)
        for fact in library().facts.values()
        if fact.topic in topics
        for figure in fact.figures
        if figure.measure in measures and figure.shown and "from-memory" not in fact.marks
    )


# -- small cells


def _suppress(section: Section, least: int) -> Section:
    """Hide what is about fewer than `least` patients, and counts from 1 to `least` − 1; one more where only one of the
    shares of a whole is hidden, because it could be worked out."""

    def small(v: Value) -> bool:
        few = v.n is not None and v.n < least
        rare = v.events is not None and 0 < v.events < least
        nearly_all = v.n is not None and v.events is not None and v.unit == "percent" and 0 < v.n - v.events < least
        left = v.at_risk is not None and v.at_risk < least
        return few or rare or left or (nearly_all and v.horizon is None)

    hidden = [small(v) for v in section.values]
    for whole in {(v.what if v.group else None, v.n) for v in section.values if v.horizon is None}:
        parts = [
            i
            for i, v in enumerate(section.values)
            if v.horizon is None and v.unit == "percent" and (v.what if v.group else None, v.n) == whole
        ]
        if sum(hidden[i] for i in parts) == 1 and len(parts) > 1:
            rest = [i for i in parts if not hidden[i]]
            hidden[min(rest, key=lambda i: section.values[i].events or 0)] = True
    values = tuple(
        replace(v, value=None, low=None, high=None, n=None, events=None, at_risk=None, suppressed=True) if h else v
        for v, h in zip(section.values, hidden, strict=True)
    )
    picture = section.picture
    if picture is not None:
        picture = replace(picture, lines=tuple(_cut(line, least) for line in picture.lines))
    return replace(section, values=values, picture=picture)


def _cut(line: Line, least: int) -> Line:
    """At-risk numbers below `least` are left out."""
    return replace(line, at_risk=tuple((t, n) for t, n in line.at_risk if n >= least or n == 0))
