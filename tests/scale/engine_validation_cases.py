"""Cohorts as folders, a card of several horizons, and how the numbers of two validations are set side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarcoma.cohort import Cohort, follow_up_of, histories_of
from sarcoma.models import Card, card
from sarcoma.report.validated import validated_data
from sarcoma.validation.result import Validation

NOT_GIVEN = {"concordance", "ICI", "E50", "E90"}
"""Measures that no engine gives."""
OTHERWISE = {
    "curve", "cannot", "subgroups", "centres", "updating", "without_answer", "checklists", "summary", "methods",
    "engine",
}  # fmt: skip
"""What is said otherwise, since it rests on what is not given."""


SURVIVAL = {"24": 0.9, "60": 0.8, "144": 0.7}
"""Of the model of several horizons; hardly anyone is followed to the last."""


def written(cohort: Cohort, folder: Path) -> Path:
    cohort.write(folder, histories=histories_of(cohort), follow_up=follow_up_of(cohort))
    return folder


def numbers(validation: Validation) -> dict[str, Any]:
    """Whatever both give, by its place."""
    return dict(_flat(validated_data(validation)))


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in NOT_GIVEN | OTHERWISE:
                yield from _flat(part, f"{place}/{key}")
    elif isinstance(value, list):
        yield f"{place}/length", len(value)
        for i, part in enumerate(value):
            yield from _flat(part, f"{place}/{i}")
    else:
        yield place, value


def several_horizons(survival: dict[str, float] = SURVIVAL, *, size: float = 0.05, **outcome: Any) -> Card:
    """A made-up model of metastasis at several horizons.

    size : its coefficient; by 0.05 many predictions tie, since years, tenths of them and millimetres make up the same.
    """
    raw = {
        "id": "made-up",
        "version": "1",
        "name": "A made-up model",
        "short_name": "made up",
        "kind": "cox",
        "citation": "KATTAN02",
        "outcome": {
            "question": "spread",
            "endpoint": "metastasis",
            "event": "metastasis",
            "plain_event": "have a metastasis",
            "course": "first-event",
            "transition": ["event-free", "metastasis"],
            "time_zero": "diagnosis",
            "horizons_months": [float(h) for h in survival],
            "horizon_limit_months": max(float(h) for h in survival),
            "estimand": "crude",
            "probability_of": "event",
            **outcome,
        },
        "landmarks": {"to_months": 0, "note": "from the diagnosis"},
        "population": {"description": "nobody", "n": 1000, "events": 300},
        "audience": "teams",
        "applies": [{"field": "age", "at_least": 30, "because": "people of 30 or more"}],
        "predictors": [
            {"name": "age", "label": "age", "field": "age", "range": [18, 95],
             "transform": {"kind": "linear", "coefficient": 0.01, "center": 60}},
            {"name": "size", "label": "size", "field": "size_cm", "range": [0.1, 60],
             "transform": {"kind": "linear", "coefficient": size, "center": 8}},
            {"name": "grade", "label": "grade", "field": "grade",
             "transform": {"kind": "levels", "coefficients": {"1": 0.0, "2": 0.3, "3": 0.9}}},
        ],
        "baseline": {"survival": {"all": survival}},
        "interval_note": "none",
        "provenance": {"grade": "A", "read_in": "made up"},
        "plain": "A made-up formula.",
        "test_vectors": [],
    }  # fmt: skip
    return Card.model_validate(raw)


CARDS = {
    "net death from the sarcoma": lambda: (card("kattan-2002"), None),
    "death, groups": lambda: (card("fisher-2018"), None),
    "crude metastasis, three horizons": lambda: (several_horizons(), None),
    "net metastasis": lambda: (several_horizons(estimand="net"), None),
    "no metastasis": lambda: (several_horizons(probability_of="no-event"), None),
    "set against death": lambda: (card("kattan-2002"), "death"),
    "set against recurrence or death": lambda: (card("kattan-2002"), "recurrence-or-death"),
    "set against local recurrence": lambda: (card("kattan-2002"), "local-recurrence"),
}
