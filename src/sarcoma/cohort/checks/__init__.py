"""Checks of a cohort: what is missing, implausible, out of order – and what would bias every estimate from it.

Each check looks at one thing and says: how many, of how many, who (ids only), what it means, how to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sarcoma._arguments import checked
from sarcoma.cohort.checks import bias, content, order, source
from sarcoma.cohort.checks.finding import Checked, Completeness, Examined, Finding, Followed
from sarcoma.cohort.checks.followed import followed
from sarcoma.cohort.cohort import MOST_IDS, Cohort

__all__ = ["CHECKS", "MOST_IDS", "Checked", "Completeness", "Finding", "Followed", "check", "followed"]

CHECKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
    source.not_recognised,
    order.turned_round,
    source.refused,
    source.bone_sites,
    source.several_tumours,
    bias.delayed_entry,
    bias.forgotten_entry,
    order.events_out_of_place,
    order.alive_after_death,
    order.without_time,
    content.duplicates,
    content.contradictions,
    content.grade_below_type,
    content.death_without_disease,
    bias.look_ahead,
    bias.grows_with_follow_up,
    bias.missing_by_fate,
    content.plausible,
    source.disagreements,
    source.incomplete,
)


@checked
def check(cohort: Cohort, progress: Callable[[Iterable[Any]], Iterator[Any]] = iter) -> Checked:
    """All checks of a cohort; `progress` wraps the iterator over them."""
    examined = Examined(cohort)
    findings = [finding for rule in progress(CHECKS) for finding in rule(examined)]
    severities = ("error", "warning", "note")
    findings.sort(key=lambda f: severities.index(f.severity))
    return Checked(
        cohort.about.name, len(cohort), tuple(findings), source.completeness(cohort), followed(examined.follow_up)
    )
