"""Predictors, hazards and courses made up for tests that work them out by hand."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np

from sarcoma.models.forms.course import Course
from sarcoma.models.forms.form import PredictionRequest
from sarcoma.models.forms.hazard import Hazard, Steps
from sarcoma.models.outcome import Outcome
from sarcoma.patient import Patient, Records

Z = 1.959963984540054  # the 97.5 % point of a standard normal
SIZE: dict[str, Any] = {
    "name": "size", "label": "size in cm", "field": "size_cm", "range": [1, 30],
    "transform": {"kind": "linear", "coefficient": 0.1, "center": 5},
}  # fmt: skip
GRADE: dict[str, Any] = {
    "name": "grade", "label": "grade", "field": "grade",
    "transform": {"kind": "levels", "coefficients": {"1": 0, "2": 0.5, "3": 1.0}},
}  # fmt: skip
STEEP_SIZE = {**SIZE, "transform": {**SIZE["transform"], "coefficient": 0.2}}  # the same column, another coefficient
AGE: dict[str, Any] = {
    "name": "age", "label": "age", "field": "age", "range": [18, 90],
    "transform": {"kind": "linear", "coefficient": 0.02, "center": 60},
}  # fmt: skip


def records(*people: dict[str, Any]) -> Records:
    return Records([Patient(**known) for known in people])


def steps(**changes: Any) -> Steps:
    return Steps(**{"months": (6, 18, 30), "jumps": (0.1, 0.2, 0.05), "followed_to": 60, **changes})


COVARIANCE = [[0.01, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0.04, 0.01], [0, 0, 0.01, 0.09]]
MEANS = [[1, 0.5, 0.3, 0.2], [0, 0.4, 0.4, 0.2], [-1, 0.3, 0.4, 0.3]]


def hazard(**changes: Any) -> Hazard:
    raw = {"transition": ("alive", "dead"), "predictors": [SIZE, GRADE], "baseline": steps().model_dump(), **changes}
    return Hazard.model_validate(raw)


def certain(**changes: Any) -> Hazard:
    """The same with what an interval follows from."""
    known = steps(variance=(0.001, 0.002, 0.003), means=MEANS)
    return hazard(**{"covariance": COVARIANCE, "baseline": known.model_dump(), **changes})


STATES = ("well", "spread", "dead")
BASE = {
    ("well", "spread"): ((6, 18, 30), (0.1, 0.2, 0.05)),
    ("well", "dead"): ((12, 36), (0.02, 0.04)),
    ("spread", "dead"): ((9, 20, 40), (0.5, 0.6, 0.7)),
}
PREDICTORS = {("well", "spread"): [SIZE, GRADE], ("well", "dead"): [AGE], ("spread", "dead"): [STEEP_SIZE]}


def outcome(*horizons: float, of: str = "event", to: str = "dead", limit: float = 40) -> Outcome:
    return Outcome.model_validate(
        {
            "question": "course", "endpoint": "death", "event": "death", "plain_event": "die",
            "course": "all", "transition": ["well", to], "time_zero": "surgery",
            "horizons_months": horizons, "horizon_limit_months": limit, "estimand": "crude", "probability_of": of,
        }
    )  # fmt: skip


def course(**changes: Any) -> Course:
    hazards = [
        {"transition": pair, "predictors": PREDICTORS[pair],
         "baseline": {"months": months, "jumps": jumps, "followed_to": 60}}
        for pair, (months, jumps) in BASE.items()
    ]  # fmt: skip
    return Course.model_validate({"kind": "multi-state", "states": STATES, "hazards": hazards, **changes})


def ask(
    of: Outcome, *people: dict[str, Any], start: list[float] | None = None, allowed: list[int] | None = None, **how: Any
) -> PredictionRequest:
    n = len(people)
    answers = np.array([1] * n if allowed is None else allowed, dtype=np.int8)
    return PredictionRequest(records(*people), of, answers, np.array(start or [0.0] * n), **how)


def scores(size: float, grade: int, age: float) -> dict[tuple[str, str], float]:
    return {
        ("well", "spread"): 0.1 * (size - 5) + {1: 0.0, 2: 0.5, 3: 1.0}[grade],
        ("well", "dead"): 0.02 * (age - 60),
        ("spread", "dead"): 0.2 * (size - 5),
    }


def walked(person: tuple[float, int, float], until: float, start: float = 0.0, stays: str = "") -> list[float]:
    """Step by step: at each jump a share 1 − exp(−jump · exp(score)) of those in the state leaves it."""
    at = {"well": 1.0, "spread": 0.0, "dead": 0.0}
    score = scores(*person)
    jumps = sorted((m, pair, j) for pair, (months, each) in BASE.items() for m, j in zip(months, each, strict=True))
    for month, (a, b), jump in jumps:
        if start < month <= until and a != stays:
            leaves = at[a] * (1 - exp(-jump * exp(score[a, b])))
            at[a], at[b] = at[a] - leaves, at[b] + leaves
    return [at[state] for state in STATES]


ADA, BEN = {"size": 8, "grade": 2, "age": 70}, {"size": 3, "grade": 1, "age": 50}
OF_ADA, OF_BEN = (8, 2, 70), (3, 1, 50)
TWO = ("alive", "dead")


def two(of: Hazard | None = None, **changes: Any) -> Course:
    one = of or certain()
    return Course.model_validate({"kind": "cox", "states": TWO, "hazards": [one.model_dump()], **changes})


def death(*horizons: float, of: str = "event", limit: float = 40) -> Outcome:
    return outcome(*horizons, of=of, limit=limit).model_copy(update={"transition": TWO})
