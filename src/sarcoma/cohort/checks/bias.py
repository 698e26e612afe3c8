"""Checks of what would bias every estimate: delayed entry that was forgotten, and fields that look ahead."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sarcoma.cohort.checks.finding import Examined, Finding, label_of
from sarcoma.cohort.cohort import KEPT, OWN_COLUMNS
from sarcoma.patient import field_specs

_LATER = ("treatments", "response", "metastasectomy", "re_resection")
"""Fields that are often filled in from what happened after the origin of time."""


def missing_by_fate(c: Examined) -> Iterator[Finding]:
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
                c.named(~known),
            )


def look_ahead(c: Examined) -> Iterator[Finding]:
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


def delayed_entry(c: Examined) -> Iterator[Finding]:
    """Observation that begins after the origin, which every curve honours."""
    if _has_entry(c):
        late = c.follow_up.entry > 0
        yield from c.finding(
            "delayed-entry",
            "note",
            "Observation begins after the origin of time",
            late,
            len(late),
            "Every curve counts patients only from their entry on. With few at risk early, its first steps are large.",
            "Nothing to mend. Look whether survival depends on the time of entry before trusting the curve.",
        )


def forgotten_entry(c: Examined) -> Iterator[Finding]:
    """Too few deaths early on: who died then could not be included."""
    f = c.follow_up
    if _has_entry(c) or f.died.sum() < _FEWEST_DEATHS:
        return
    window = float(np.quantile(f.end, 0.25)) / 2
    spread = ~np.isnan(f.metastasis)
    since_metastasis = np.where(spread, f.end - f.metastasis, np.inf)
    yield from _few_early(c, "the origin of time", f.end, np.ones(len(f), dtype=bool), window, natural=True)
    yield from _few_early(c, "the first metastasis", since_metastasis, spread, window, natural=False)


def _has_entry(c: Examined) -> bool:
    return c.cohort.events.filter((pl.col("event") == "entry") & (pl.col("months") > 0)).height > 0


def _few_early(
    c: Examined, what: str, since: NDArray[np.float64], who: NDArray[np.bool_], window: float, *, natural: bool
) -> Iterator[Finding]:
    """Deaths in the first window, against the rate of the two windows that follow (exact binomial test)."""
    end, dead = since[who], c.follow_up.died[who]
    if dead.sum() < _FEWEST_DEATHS:
        return
    first, next_two = int((dead & (end <= window)).sum()), int((dead & (end > window) & (end <= 3 * window)).sum())
    time_first = float(np.minimum(end, window).sum())
    time_next = float(np.clip(end - window, 0, 2 * window).sum())
    share = time_first / (time_first + time_next)
    deaths = first + next_two
    p = float(stats.binomtest(first, deaths, share, alternative="less").pvalue) if deaths else 1.0
    if p < 0.01 and first * time_next < 0.6 * next_two * time_first:
        expected = next_two * time_first / time_next
        but = " After the removal of a localised tumour few early deaths are natural; then nothing is wrong."
        yield Finding(
            "forgotten-entry",
            "warning" if natural else "error",
            f"Few deaths in the first {window:.0f} months after {what}: was delayed entry forgotten?",
            first,
            round(expected),
            f"{first} died then; at the rate of the {2 * window:.0f} months that follow, {expected:.0f} "
            "would have. Patients who had to be alive at a later time (sequencing, referral, a second sample) to "
            "be included cannot die before it; without their entry times survival is overstated." + but * natural,
            "Find the date at which each patient was included, and map it as `entry`.",
            c.named(c.follow_up.died & (since <= window)),
        )


_FEWEST_DEATHS = 20
_GROWS = 0.25
_GROWS_P = 1e-4
_NUMBERS = 0.8


def grows_with_follow_up(c: Examined) -> Iterator[Finding]:
    """A number that is larger the longer the living were followed was counted at the end of follow-up.

    Spearman's rank correlation with the length of follow-up, among those alive at its end: what was there at the origin
    of time knows nothing of how long a patient would be followed.
    """
    alive = ~c.follow_up.died
    for name in c.cohort.patients.columns:
        values = _as_numbers(c, name)
        if values is None:
            continue
        known = ~np.isnan(values)
        some = known & alive
        if some.sum() < 30 or len(np.unique(values[some])) < 2:
            continue
        correlation = stats.spearmanr(values[some], c.follow_up.end[some])
        rho, p = float(correlation.statistic), float(correlation.pvalue)
        if rho >= _GROWS and p < _GROWS_P:
            yield Finding(
                "look-ahead",
                "warning",
                f"{label_of(name.removeprefix(KEPT))} grows with the length of follow-up",
                int(known.sum()),
                len(known),
                f"Among the living, those followed longer have higher values (rank correlation {rho:.2f}). Then it was "
                "counted at the end of follow-up, not at the origin of time: who lived longer had more time to collect "
                "it, and as a predictor it looks into the future.",
                "Leave it out as a baseline predictor, or get its value at the origin of time.",
                c.named(known),
            )


def _as_numbers(c: Examined, name: str) -> NDArray[np.float64] | None:
    """A column that holds numbers: a field that is one, or a column that was kept as it is."""
    spec = field_specs().get(name)
    if not name.startswith(KEPT) and (spec is None or spec.kind not in ("number", "whole")):
        return None
    column = c.cohort.patients[name]
    numbers = column.cast(pl.Float64, strict=False)
    if numbers.is_not_null().sum() < _NUMBERS * max(int(column.is_not_null().sum()), 1):
        return None
    values: NDArray[np.float64] = numbers.fill_null(float("nan")).to_numpy()
    return values
