"""Staging many records: one call per distinct situation (see `stage`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sarcoma.patient.columns import Coded, Numeric
from sarcoma.patient.stage import Reading, Staging, stage

_SIZE_STEPS = (2.0, 4.0, 5.0, 10.0, 15.0)
_SIZE_IN_STEP = (1.0, 3.0, 4.5, 7.0, 12.0, 16.0)


def size_bins(size: Numeric) -> Coded:
    """Size as the one number of its step that stands for it in the staging tables; unknown stays unknown."""
    steps = np.searchsorted(_SIZE_STEPS, size.values, side="left")
    steps = np.where(np.isnan(size.values), len(_SIZE_IN_STEP), steps)
    states = (*(frozenset((str(s),)) for s in _SIZE_IN_STEP), frozenset[str]())
    return Coded(steps.astype(np.int32), states)


def _one(state: frozenset[str]) -> str | None:
    return next(iter(state)) if len(state) == 1 else None


def _truth(state: frozenset[str]) -> bool | None:
    answer = _one(state)
    return None if answer is None else answer == "yes"


def stage_of(
    chapters: frozenset[str],
    size: frozenset[str],
    extent: frozenset[str],
    invasion: frozenset[str] | None,
    foci: frozenset[str],
    nodes: frozenset[str],
    metastatic: frozenset[str],
    only_in_the_abdomen: frozenset[str],
    grades: frozenset[str],
    adenosarcoma: frozenset[str],
    myometrial_invasion: frozenset[str],
    multifocal: frozenset[str],
) -> tuple[Staging, ...]:
    """The stage of one situation, each argument the set of values still possible."""
    size_text, foci_text = _one(size), _one(foci)

    def staged(reached: frozenset[str] | None, spread: bool | None) -> tuple[Staging, ...]:
        return stage(
            chapters=chapters,
            size_cm=None if size_text is None else float(size_text),
            extent=_one(extent),
            invasion=reached,
            foci=None if foci_text is None else int(foci_text),
            nodes=_one(nodes),
            metastatic=spread,
            grades=grades,
            is_uterine_adenosarcoma=_truth(adenosarcoma),
            myometrial_invasion=_one(myometrial_invasion),
            multifocal=_truth(multifocal),
        )

    if "uterus" not in chapters or _one(only_in_the_abdomen) != "yes":
        return staged(invasion, _truth(metastatic))
    # FIGO counts spread inside the abdomen as stage III, not as distant metastasis, whether at one site or several.
    one, several = (
        staged((invasion or frozenset()) | {f"abdominal-tissue-{sites}"}, False)
        for sites in ("one-site", "several-sites")
    )
    usual = staged(invasion, _truth(metastatic))
    return tuple(_either(a, b) if a.system == "FIGO" else c for a, b, c in zip(one, several, usual, strict=True))


def _either(one: Staging, other: Staging) -> Staging:
    """A FIGO stage that may be one or the other."""
    if one.group is None or other.group is None:
        return one
    possible = tuple(dict.fromkeys((*one.group.possible, *other.group.possible)))
    assigned = one.group.as_assigned if one.group.as_assigned == other.group.as_assigned else None
    return replace(one, group=Reading(assigned, possible))


def only_in_the_abdomen_at_diagnosis(found: Any) -> bool | None:
    """Whether everything found at diagnosis lies inside the abdomen."""
    at_diagnosis = {m.organ for m in found or () if m.months == 0}
    return at_diagnosis == {"peritoneum"}
