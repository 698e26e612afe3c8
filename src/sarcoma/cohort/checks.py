"""Checks of a cohort: what is missing, implausible, out of order – and what would bias every estimate from it.

Each check looks at one thing and says: how many, of how many, who (ids only), what it means, how to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sarcoma.cohort.cohort import OWN_COLUMNS, Cohort
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.patient import field_specs
from sarcoma.survival import kaplan_meier

Severity = Literal["error", "warning", "note"]

MOST_IDS = 1000
_HORIZONS = (12.0, 24.0, 60.0, 120.0)
_LATER = ("treatments", "response", "metastasectomy", "re_resection")
"""Fields that are often filled in from what happened after the origin of time."""


@dataclass(frozen=True)
class Finding:
    """Something that a check found. `ids` are at most MOST_IDS of `count`."""

    rule: str
    severity: Severity
    title: str
    count: int
    of: int
    means: str
    mend: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completeness:
    """How often a field is known."""

    field: str
    label: str
    known: int
    of: int


@dataclass(frozen=True)
class Followed:
    """Follow-up by the reverse Kaplan–Meier estimator: months (None where not reached), and how many are left at times.

    Schemper and Smith, Control Clin Trials 1996;17:343–346.
    """

    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    at_risk: dict[float, int]
    person_years: float
    delayed_entry: bool


@dataclass(frozen=True)
class Checked:
    """What the checks of a cohort found."""

    name: str
    patients: int
    findings: tuple[Finding, ...]
    completeness: tuple[Completeness, ...]
    followed: Followed

    @property
    def errors(self) -> int:
        return sum(f.severity == "error" for f in self.findings)


@dataclass(frozen=True)
class _Cohort:
    """A cohort with what several checks look at."""

    cohort: Cohort
    follow_up: FollowUp = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "follow_up", FollowUp.of(self.cohort))

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        return self.cohort.patients["id"].to_numpy().astype(object)

    def finding(
        self, rule: str, severity: Severity, title: str, who: NDArray[np.bool_], of: int, means: str, mend: str
    ) -> Iterator[Finding]:
        """A finding about the patients flagged, if there are any."""
        count = int(who.sum())
        if count:
            ids = tuple(str(i) for i in self.ids[who][:MOST_IDS])
            yield Finding(rule, severity, title, count, of, means, mend, ids)


def check(cohort: Cohort) -> Checked:
    """All checks of a cohort."""
    looked = _Cohort(cohort)
    findings = [found for rule in CHECKS for found in rule(looked)]
    order = ("error", "warning", "note")
    findings.sort(key=lambda f: order.index(f.severity))
    return Checked(cohort.about.name, len(cohort), tuple(findings), _completeness(cohort), followed(looked.follow_up))


def followed(follow_up: FollowUp) -> Followed:
    """How long the patients were followed."""
    entry = follow_up.entry
    seen = (follow_up.end > entry) | (follow_up.end == 0)
    delayed = bool((entry[seen] > 0).any())
    reverse = kaplan_meier(follow_up.end[seen], ~follow_up.died[seen], entry=entry[seen] if delayed else None)

    def reached(share: float) -> float | None:
        value = float(reverse.quantile(share)[0].value)
        return value if np.isfinite(value) else None

    at_risk = {t: int(((follow_up.end >= t) & (entry < t)).sum()) for t in _HORIZONS}
    years = float((follow_up.end[seen] - entry[seen]).sum() / 12)
    return Followed(reached(0.5), reached(0.25), reached(0.75), at_risk, years, delayed)


def _completeness(cohort: Cohort) -> tuple[Completeness, ...]:
    n = len(cohort)
    labels = {"age_at_origin": "Age at the origin of time", "centre": "Centre"} | {
        name: spec.label for name, spec in field_specs().items()
    }
    return tuple(
        Completeness(name, labels[name], n - cohort.patients[name].null_count(), n)
        for name in cohort.patients.columns
        if name in labels and name != "id"
    )


# -- the checks


def _refused(c: _Cohort) -> Iterator[Finding]:
    about = c.cohort.about
    if about.rows_refused:
        reasons = "; ".join(f"{r.count:,} × {r.reason}" for r in about.refused[:6])
        yield Finding(
            "rows-refused",
            "warning" if about.rows_refused > 0.05 * about.rows_in else "note",
            "Rows that were refused when the cohort was read",
            about.rows_refused,
            about.rows_in,
            f"They are in none of the figures: {reasons}.",
            "Mend the cells or the mapping and read again; if they cannot be mended, say so where figures are shown.",
            tuple(i for r in about.refused for i in r.ids)[:MOST_IDS],
        )
    if about.unread_cells:
        reasons = "; ".join(f"{r.count:,} × {r.reason}" for r in about.unread_cells[:6])
        yield Finding(
            "cells-unread",
            "note",
            "Cells that could not be read, taken as not known",
            sum(r.count for r in about.unread_cells),
            about.rows_used,
            reasons + ".",
            "Name the values in the mapping, or mend the cells.",
            tuple(dict.fromkeys(i for r in about.unread_cells for i in r.ids))[:MOST_IDS],
        )


def _disagreements(c: _Cohort) -> Iterator[Finding]:
    for d in c.cohort.about.disagreements:
        if d.differ:
            yield Finding(
                "sources-disagree",
                "warning" if d.differ > 0.1 * d.both else "note",
                f"Two sources of {d.what} disagree",
                d.differ,
                d.both,
                f"{d.sources[0]} and {d.sources[1]} give different values or times; the mapping says which one counts.",
                "Look at some of them, and put the better source first in the mapping.",
            )


def _incomplete(c: _Cohort) -> Iterator[Finding]:
    for part in _completeness(c.cohort):
        if part.known < 0.8 * part.of and part.field not in OWN_COLUMNS:
            missing = c.cohort.patients[part.field].is_null().to_numpy()
            yield from c.finding(
                "incomplete",
                "note",
                f"{part.label} is often not known",
                missing,
                part.of,
                "Analyses that need it use fewer patients, or have to impute.",
                "Look for the value in the reports; else report how many were left out.",
            )


def _missing_by_fate(c: _Cohort) -> Iterator[Finding]:
    """A field that is known more often in the dead, or in those followed for long, was filled in later."""
    died, end = c.follow_up.died, c.follow_up.end
    for name in c.cohort.patients.columns:
        if name in OWN_COLUMNS or name not in field_specs():
            continue
        known = c.cohort.patients[name].is_not_null().to_numpy()
        if not 10 <= known.sum() <= len(known) - 10 or not 10 <= died.sum() <= len(died) - 10:
            continue
        a, b = int((known & died).sum()), int((known & ~died).sum())
        share_died, share_alive = a / died.sum(), b / (~died).sum()
        p = float(stats.fisher_exact([[a, int(died.sum()) - a], [b, int((~died).sum()) - b]]).pvalue)
        if p < 1e-3 and abs(share_died - share_alive) > 0.1:
            more = "dead" if share_died > share_alive else "living"
            yield Finding(
                "known-by-fate",
                "warning",
                f"{field_specs()[name].label} is known in {100 * share_died:.0f} % of the dead and "
                f"{100 * share_alive:.0f} % of the living",
                int((~known).sum()),
                len(known),
                f"A predictor that is known more often in the {more} looks ahead: whether it was recorded depends on "
                "what happened later. Median follow-up where it is known: "
                f"{np.median(end[known]):.0f} months, else {np.median(end[~known]):.0f}.",
                "Find out when it was recorded. Do not use it as a baseline predictor if that was at the end of "
                "follow-up.",
            )


def _look_ahead(c: _Cohort) -> Iterator[Finding]:
    for name in _LATER:
        if name in c.cohort.patients.columns and c.cohort.patients[name].is_not_null().any():
            known = c.cohort.patients[name].is_not_null().to_numpy()
            yield from c.finding(
                "look-ahead",
                "warning",
                f"{field_specs()[name].label} has no date, and may lie after the origin of time",
                known,
                len(known),
                "Who got a treatment had to live until it began (immortal time), so those treated seem to live longer.",
                "Look ahead from the time of the treatment (a landmark), or leave it out as a predictor.",
            )


def _plausible(c: _Cohort) -> Iterator[Finding]:
    frame, n = c.cohort.patients, len(c.cohort)
    limits: dict[str, tuple[float, float]] = {
        "age_at_origin": (0, 105),
        "size_cm": (0.3, 50),
        "mitoses_per_10_hpf": (0, 200),
        "albumin": (15, 60),
        "lymphocytes": (0.05, 20),
    }
    for name, (low, high) in limits.items():
        if name in frame.columns:
            values = frame[name].fill_null(float("nan")).to_numpy()
            with np.errstate(invalid="ignore"):
                odd = (values < low) | (values > high)
            yield from c.finding(
                "implausible",
                "warning",
                f"{name} is below {low:g} or above {high:g}",
                odd,
                n,
                "Such values are possible but rare; more often the unit is another one.",
                "Check the unit in the mapping, and the cells.",
            )
    yield from c.finding(
        "follow-up-long",
        "warning",
        "Followed for more than 40 years",
        c.follow_up.end > 480,
        n,
        "A date of birth or a default date often stands where a date of diagnosis should.",
        "Check the dates of these patients.",
    )
    yield from c.finding(
        "follow-up-zero",
        "note",
        "Follow-up of less than one day",
        c.follow_up.end < 1 / 30.4375,
        n,
        "They add nothing to any curve.",
        "Check whether the last contact was ever updated.",
    )


def _order(c: _Cohort) -> Iterator[Finding]:
    n = len(c.cohort)
    late = c.cohort.events.filter((pl.col("months") < 0) & pl.col("event").is_in(["metastasis", "local-recurrence"]))
    yield from c.finding(
        "before-origin",
        "warning",
        "Metastasis or local recurrence before the origin of time",
        np.isin(c.ids, late["id"].to_numpy()),
        n,
        "It counts as there at the origin.",
        "Check the dates; a recurrence cannot come before the first diagnosis.",
    )
    yield from c.finding(
        "after-death",
        "error",
        "An event after death",
        c.follow_up.after_death,
        n,
        "It is not used.",
        "One of the dates is wrong: the death or the event.",
    )
    yield from c.finding(
        "after-contact",
        "warning",
        "An event after the last contact",
        c.follow_up.after_contact,
        n,
        "Follow-up is taken to run until the event.",
        "Update the last contact, or mend the date of the event.",
    )
    contact = c.cohort.events.filter(pl.col("event") == "last-contact").select("id", seen="months")
    death = c.cohort.events.filter(pl.col("event") == "death").select("id", died="months")
    alive = contact.join(death, on="id").filter(pl.col("seen") > pl.col("died") + 1 / 30.4375)
    yield from c.finding(
        "alive-after-death",
        "error",
        "Last contact after death",
        np.isin(c.ids, alive["id"].to_numpy()),
        n,
        "The death counts.",
        "One of the dates is wrong.",
    )
    undated = c.cohort.events.filter(pl.col("months").is_null())
    for kind in undated["event"].unique().sort().to_list():
        some = undated.filter(pl.col("event") == kind)["id"].to_numpy()
        yield from c.finding(
            "no-date",
            "error" if kind == "death" else "warning",
            f"{kind} without a time",
            np.isin(c.ids, some),
            n,
            "A death without a time is counted as alive until the last contact."
            if kind == "death"
            else "The patient is left out wherever the time matters.",
            "Add the date, or an interval's middle and say so.",
        )


def _duplicates(c: _Cohort) -> Iterator[Finding]:
    """The same person under two ids: all that is known of age, sex, type, site, size and the end is the same."""
    names = [
        n for n in ("age_at_origin", "sex", "histologic_type", "site", "size_cm") if n in c.cohort.patients.columns
    ]
    if len(names) < 3:
        return
    frame = c.cohort.patients.select("id", *names).with_columns(
        end=pl.Series(c.follow_up.end).round(2), died=pl.Series(c.follow_up.died)
    )
    known = pl.all_horizontal(pl.col(n).is_not_null() for n in names) & (pl.col("end") > 0)
    same = frame.filter(known & pl.struct([*names, "end", "died"]).is_duplicated())["id"].to_numpy()
    yield from c.finding(
        "duplicate",
        "warning",
        "Patients who agree in everything looked at, follow-up to the day included",
        np.isin(c.ids, same),
        len(c.cohort),
        "They may be one person under two ids, who would count twice.",
        "Compare them in the source, and remove one.",
    )


def _forgotten_entry(c: _Cohort) -> Iterator[Finding]:
    """Too few deaths early on: who died then could not be included."""
    f = c.follow_up
    has_entry = c.cohort.events.filter((pl.col("event") == "entry") & (pl.col("months") > 0)).height > 0
    if has_entry:
        yield Finding(
            "delayed-entry",
            "note",
            "Observation begins after the origin of time",
            int((f.entry > 0).sum()),
            len(f),
            "Every curve counts patients only from their entry on. With few at risk early, its first steps are large.",
            "Nothing to mend. Look whether survival depends on the time of entry before trusting the curve.",
        )
        return
    died = np.sort(f.end[f.died])
    if len(died) < 20:
        return
    early = float(np.quantile(f.end, 0.25)) / 2
    for what, origin in (("the origin of time", f), ("the first metastasis", None)):
        if origin is None:
            kept = ~np.isnan(f.metastasis)
            end, dead = (f.end - f.metastasis)[kept], f.died[kept]
        else:
            end, dead = f.end, f.died
        if dead.sum() < 20:
            continue
        one, two = int((dead & (end <= early)).sum()), int((dead & (end > early) & (end <= 3 * early)).sum())
        time_one = float(np.minimum(end, early).sum())
        time_two = float(np.clip(end - early, 0, 2 * early).sum())
        share = time_one / (time_one + time_two)
        p = float(stats.binomtest(one, one + two, share, alternative="less").pvalue) if one + two else 1.0
        if p < 0.01 and one * time_two < 0.6 * two * time_one:
            expected = two * time_one / time_two
            natural = " After the removal of a localised tumour few early deaths are natural; then nothing is wrong."
            yield Finding(
                "forgotten-entry",
                "error" if origin is None else "warning",
                f"Few deaths in the first {early:.0f} months after {what}: was delayed entry forgotten?",
                one,
                round(expected),
                f"{one} died then; at the rate of the {2 * early:.0f} months that follow, {expected:.0f} "
                "would have. Patients who had to be alive at a later time (sequencing, referral, a second sample) to "
                "be included cannot die before it; without their entry times survival is overstated."
                + (natural if origin is not None else ""),
                "Find the date at which each patient was included, and map it as `entry`.",
            )


CHECKS: tuple[Callable[[_Cohort], Iterator[Finding]], ...] = (
    _refused,
    _forgotten_entry,
    _order,
    _duplicates,
    _look_ahead,
    _missing_by_fate,
    _plausible,
    _disagreements,
    _incomplete,
)
