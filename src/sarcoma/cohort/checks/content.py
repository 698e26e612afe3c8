"""Checks of values: implausible, contradictory, and patients who stand twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.checks.finding import Examined, Finding, label_of
from sarcoma.evidence import library


def plausible(c: Examined) -> Iterator[Finding]:
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
                f"{label_of(name)} is below {low:g} or above {high:g}",
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
        c.follow_up.end < 1 / DAYS_PER_MONTH,
        n,
        "They add nothing to any curve.",
        "Check whether the last contact was ever updated.",
    )


def duplicates(c: Examined) -> Iterator[Finding]:
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


def contradictions(c: Examined) -> Iterator[Finding]:
    """Two things that are said of a patient and cannot both be true."""
    male, none_at_start = _is(c, "sex", "male"), _is(c, "metastases", "none")
    unoperated = _is(c, "surgery", "none") | _is(c, "surgery", "planned")
    with np.errstate(invalid="ignore"):
        spread_before = c.follow_up.metastasis <= 0
    told: tuple[tuple[str, NDArray[np.bool_]], ...] = (
        ("male, with a sarcoma of the uterus", male & _is(c, "site", "uterus")),
        ("a margin, though the tumour was not removed", unoperated & _known(c, "margin")),
        (
            "a second resection, though the tumour was not removed",
            unoperated & (_is(c, "re_resection", "negative") | _is(c, "re_resection", "positive")),
        ),
        ("no metastasis at the origin of time, and one dated at it or before", none_at_start & spread_before),
        ("metastases removed, and none recorded", _is(c, "metastasectomy", "done") & ~_spread(c)),
    )
    for what, who in told:
        yield from c.finding(
            "contradiction",
            "error",
            f"Contradictory: {what}",
            who,
            len(c.cohort),
            "Both cannot be true, so one of the two codes is wrong.",
            "Look in the source which of them is, and mend the cells or the mapping.",
        )


def grade_below_type(c: Examined) -> Iterator[Finding]:
    """FNCLCC grades that the type alone rules out."""
    yield from c.finding(
        "contradiction",
        "warning",
        "Contradictory: FNCLCC grade 1, and a type whose differentiation alone makes it 2 or more",
        _low_grade_of_high(c),
        len(c.cohort),
        "Their differentiation score is 3; with the least scores for mitoses and necrosis that makes grade 2.",
        "Look whether the grade is another system's, or the type is wrong.",
    )


def death_without_disease(c: Examined) -> Iterator[Finding]:
    """Deaths of a sarcoma that was removed and never seen again; only where such events are recorded at all."""
    f, operated = c.follow_up, _is(c, "surgery", "resected")
    if c.cohort.events["event"].is_in(["metastasis", "local-recurrence"]).any() and operated.any():
        recurred = ~np.isnan(f.recurrence) | f.recurrence_untimed
        yield from c.finding(
            "death-without-disease",
            "warning",
            "Died of the sarcoma, with neither local recurrence nor metastasis recorded",
            (f.cause == "sarcoma") & operated & ~_spread(c) & ~recurred,
            len(c.cohort),
            "After a resection people seldom die of a sarcoma that never came back: an event was probably not "
            "reported, and too few seem to have one.",
            "Look for the missing event, or for another cause of death.",
        )


def _spread(c: Examined) -> NDArray[np.bool_]:
    """Who had a metastasis at any time, known or not."""
    return np.asarray(~np.isnan(c.follow_up.metastasis) | c.follow_up.metastasis_untimed)


def _is(c: Examined, name: str, value: str) -> NDArray[np.bool_]:
    if name not in c.cohort.patients.columns:
        return np.zeros(len(c.cohort), dtype=bool)
    return (c.cohort.patients[name] == value).fill_null(value=False).to_numpy()


def _known(c: Examined, name: str) -> NDArray[np.bool_]:
    if name not in c.cohort.patients.columns:
        return np.zeros(len(c.cohort), dtype=bool)
    return c.cohort.patients[name].is_not_null().to_numpy()


def _low_grade_of_high(c: Examined) -> NDArray[np.bool_]:
    """Grade 1 where the differentiation score of the type is 3, which with the least of the others makes 4: grade 2."""
    poorly = [code for code, kind in library().types.items() if kind.differentiation == 3]
    if "histologic_type" not in c.cohort.patients.columns:
        return np.zeros(len(c.cohort), dtype=bool)
    high = c.cohort.patients["histologic_type"].is_in(poorly).fill_null(value=False).to_numpy()
    return high & _is(c, "grade", "1")
