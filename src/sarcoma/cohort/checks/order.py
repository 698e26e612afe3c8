"""Checks of the order of events: before the origin, after death, after the last contact, without a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy import stats

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.checks.finding import Examined, Finding


def events_out_of_place(c: Examined) -> Iterator[Finding]:
    """Before the origin, after death, after the last contact."""
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


def turned_round(c: Examined) -> Iterator[Finding]:
    """Those recorded dead were followed longer than those recorded alive, as where the two codes have changed places.

    Who dies leaves follow-up, so that deaths come before censorings (Mann and Whitney's test, one-sided).
    """
    died, end = c.follow_up.died, c.follow_up.end - c.follow_up.entry
    if min(died.sum(), (~died).sum()) < _FEWEST_OF_EACH:
        return
    p = float(stats.mannwhitneyu(end[died], end[~died], alternative="greater").pvalue)
    middle_dead, middle_alive = float(np.median(end[died])), float(np.median(end[~died]))
    if p < _TURNED_P and middle_dead > middle_alive:
        yield from c.finding(
            "coding-turned-round",
            "error",
            "The coding of death may be turned round",
            died,
            len(died),
            f"{100 * died.mean():.0f} % are dead, and they were followed longer (median {middle_dead:.0f} months) than "
            f"those alive ({middle_alive:.0f} months). Deaths come before censorings where the codes are right.",
            "Look up in the source what the codes of vital status mean: R reads 1 and 2 one way, many  registries.",
        )


_FEWEST_OF_EACH = 3
_TURNED_P = 0.02


def alive_after_death(c: Examined) -> Iterator[Finding]:
    """Someone seen alive after the day of death."""
    contact = c.cohort.events.filter(pl.col("event") == "last-contact").select("id", seen="months")
    death = c.cohort.events.filter(pl.col("event") == "death").select("id", died="months")
    alive = contact.join(death, on="id").filter(pl.col("seen") > pl.col("died") + 1 / DAYS_PER_MONTH)
    yield from c.finding(
        "alive-after-death",
        "error",
        "Last contact after death",
        np.isin(c.ids, alive["id"].to_numpy()),
        len(c.cohort),
        "The death counts.",
        "One of the dates is wrong.",
    )


def without_time(c: Examined) -> Iterator[Finding]:
    """Events that happened at a time that is not known."""
    undated = c.cohort.events.filter(pl.col("months").is_null())
    for kind in undated["event"].unique().sort().to_list():
        some = undated.filter(pl.col("event") == kind)["id"].to_numpy()
        yield from c.finding(
            "no-date",
            "warning",
            f"{kind} without a time",
            np.isin(c.ids, some),
            len(c.cohort),
            "The patient is left out wherever the time matters.",
            "Add the date, or an interval's middle and say so.",
        )
