"""Checks of what reading left behind: refused rows, unread cells, sources that disagree, fields often not known."""

from __future__ import annotations

from collections.abc import Iterator

from sarcoma.cohort.checks.finding import Completeness, Examined, Finding, label_of
from sarcoma.cohort.cohort import MOST_IDS, OWN_COLUMNS, Cohort
from sarcoma.patient import field_specs


def completeness(cohort: Cohort) -> tuple[Completeness, ...]:
    """How often each field is known."""
    n = len(cohort)
    return tuple(
        Completeness(name, label_of(name), n - cohort.patients[name].null_count(), n)
        for name in cohort.patients.columns
        if name != "id" and (name in field_specs() or name in OWN_COLUMNS)
    )


def not_recognised(c: Examined) -> Iterator[Finding]:
    """Histologic types that were told and not recognised: they may be sarcomas, or nothing of the kind."""
    about = c.cohort.about
    kind = "type-not-recognised"
    kept = [r for r in about.unread_cells if r.kind == kind]
    count = sum(r.count for r in kept)
    if count:
        yield Finding(
            kind,
            "error",
            "The histologic type was told, and not recognised",
            count,
            about.rows_used,
            "They are in every figure as people whose type is unknown, whether their tumour is a sarcoma or not.",
            "Name the values in the mapping (`values`), or leave these people out: "
            "sarcoma cohort read … --known-types-only.",
            tuple(dict.fromkeys(i for r in kept for i in r.ids))[:MOST_IDS],
        )


def several_tumours(c: Examined) -> Iterator[Finding]:
    """People with several rows: by which rule one was taken, or that none was named and the first row counts."""
    about = c.cohort.about
    for kind, severity, title, means, mend in (
        (
            "several-tumours",
            "note",
            "Rows of other tumours of people who have several",
            "One tumour of each person counts, by the rule that the mapping names: {reasons}.",
            "Say the rule where figures are shown; another rule may give other figures.",
        ),
        (
            "several-rows",
            "warning",
            "Rows of people whose id stood in an earlier row",
            "The first row of each counts, because the mapping names no rule; these may be other tumours of the same "
            "people.",
            "Name the rule in the mapping (several_tumours: first-diagnosis, last-diagnosis, first-sarcoma, largest, "
            "or lowest with a column), and read again.",
        ),
    ):
        found = [r for r in about.refused if r.kind == kind]
        if found:
            reasons = "; ".join(f"{r.count:,} × {r.reason}" for r in found)
            yield Finding(
                kind,
                severity,  # type: ignore[arg-type]
                title,
                sum(r.count for r in found),
                about.rows_in,
                means.format(reasons=reasons),
                mend,
                tuple(dict.fromkeys(i for r in found for i in r.ids))[:MOST_IDS],
            )


def bone_sites(c: Examined) -> Iterator[Finding]:
    """Sites of bone with a type of soft tissue: one of the two codes is wrong, or the tumour has spread to bone."""
    about = c.cohort.about
    found = [r for r in about.refused if r.kind == "bone-site"]
    count = sum(r.count for r in found)
    if count:
        yield Finding(
            "bone-site",
            "warning",
            "A site of bone, and a histologic type of soft tissue",
            count,
            about.rows_in,
            "They were refused as tumours of bone. Their type says otherwise, so some may be sarcomas of soft tissue "
            "that are missing here.",
            "Look in the source which of the two codes is wrong, and mend it.",
            tuple(i for r in found for i in r.ids)[:MOST_IDS],
        )


def refused(c: Examined) -> Iterator[Finding]:
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
    undated = [r for r in about.refused if r.kind == "death-without-time"]
    if undated:
        deaths = int(c.follow_up.died.sum())
        count = sum(r.count for r in undated)
        yield Finding(
            "death-without-time",
            "error",
            "People who died, but when is not known",
            count,
            count + deaths,
            "They were refused, because they are neither alive nor dead at a known time. Every survival figure is a "
            "little too good for it: these deaths are missing.",
            "Find the dates of death and read again; if they cannot be had, say how many deaths are missing.",
            tuple(i for r in undated for i in r.ids)[:MOST_IDS],
        )
    if about.unread_cells:
        reasons = "; ".join(f"{r.count:,} × {r.reason}" for r in about.unread_cells[:6])
        yield Finding(
            "cells-unread",
            "note",
            "Cells and rows that could not be read, taken as not known",
            sum(r.count for r in about.unread_cells),
            about.rows_used,
            reasons + ".",
            "Name the values in the mapping, or mend the cells.",
            tuple(dict.fromkeys(i for r in about.unread_cells for i in r.ids))[:MOST_IDS],
        )


def disagreements(c: Examined) -> Iterator[Finding]:
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
                d.ids,
            )


def incomplete(c: Examined) -> Iterator[Finding]:
    for part in completeness(c.cohort):
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
