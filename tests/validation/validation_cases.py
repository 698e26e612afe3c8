"""Cohorts whose truth is known, and cards to judge in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma._files import read_yaml
from sarcoma.cohort import Cohort, Source, cohort_map, make_cohort
from sarcoma.models import Card
from sarcoma.validation import Subject, validate
from sarcoma.validation.result import Validated

HORIZONS = (24, 60)
H0 = {24: 0.15, 60: 0.40}
BETA = {"grade": 0.8, "size": 0.06, "age": 0.02}

MAPPING = """
name: made-up people
id: id
origin: {event: surgery}
centre: centre
fields: {age: age, size_cm: size, grade: grade, sex: sex, histologic_type: type, surgery: {value: resected}}
keep: {said: said}
events:
  - {event: death, when: {status: [dead, other]}, column: months, unit: months, cause: {column: status, values: {dead: sarcoma, other: other}}}
  - {event: last-contact, when: {status: alive}, column: months, unit: months}
"""


def cohort_of(columns: dict[str, Any], mapping: str = MAPPING) -> Cohort:
    """A cohort from columns of text or numbers."""
    n = len(next(iter(columns.values())))
    whole = {
        "id": [f"p{i}" for i in range(n)],
        "centre": ["A"] * n,
        "sex": ["F"] * n,
        "type": ["leiomyosarcoma"] * n,
        "said": [""] * n,
        **columns,
    }
    frame = pl.DataFrame({k: [str(v) for v in values] for k, values in whole.items()})
    return make_cohort(Source(frame, "table"), cohort_map(read_yaml(mapping, "mapping")))


def drawn(
    n: int,
    *,
    seed: int,
    beta: dict[str, float] = BETA,
    factor: float = 1.0,
    shape: float = 1.0,
    rivals: float = 0.0,
    follow: tuple[float, float] = (30.0, 140.0),
) -> Cohort:
    """People who die of the sarcoma with cumulative hazard factor · H0(t) · exp(β'x), H0 straight between its points.

    shape : the cumulative baseline is multiplied by it at 60 months only. rivals : rate of other deaths a month.
    """
    random = np.random.default_rng(seed)
    x = people(n, random)
    score = beta["grade"] * (x["grade"] == 3) + beta["size"] * (x["size"] - 8) + beta["age"] * (x["age"] - 60)
    need = random.exponential(size=n) / (factor * np.exp(score))
    points = np.array([0.0, H0[24], shape * H0[60], shape * H0[60] * 4])
    time = np.interp(need, points, [0.0, 24.0, 60.0, 240.0], right=240.0)
    other = random.exponential(1 / rivals, n) if rivals else np.full(n, 1e9)
    last = random.uniform(*follow, n)
    months = np.minimum(np.minimum(time, other), last)
    status = np.where(months == last, "alive", np.where(months == time, "dead", "other"))
    months = np.maximum(np.round(months, 6), 1e-4)
    return cohort_of(
        {
            "age": np.round(x["age"], 6),
            "size": np.round(x["size"], 6),
            "grade": x["grade"],
            "sex": random.choice(["F", "M"], n),
            "months": months,
            "status": status,
            "centre": random.choice(list("ABCD"), n),
            "type": random.choice(["leiomyosarcoma", "myxofibrosarcoma"], n),
        }
    )


def people(n: int, random: np.random.Generator) -> dict[str, NDArray[Any]]:
    return {
        "age": np.clip(random.normal(60, 12, n), 20, 90),
        "size": np.clip(random.normal(8, 4, n), 1, 29),
        "grade": random.choice([1, 2, 3], n, p=[0.2, 0.4, 0.4]),
    }


def card_of(**changes: Any) -> Card:
    """The card that tells the truth about `drawn`; `beta`, `h0`, `outcome` and other fields can be changed."""
    beta = {**BETA, **changes.pop("beta", {})}
    h0 = changes.pop("h0", H0)
    outcome = {
        "question": "survival-after-surgery",
        "endpoint": "sarcoma-death",
        "event": "death from the sarcoma",
        "plain_event": "die of the sarcoma",
        "course": "death",
        "transition": ["alive", "dead"],
        "time_zero": "surgery",
        "horizons_months": list(h0),
        "horizon_limit_months": max(h0),
        "estimand": "net",
        "probability_of": "event",
        **changes.pop("outcome", {}),
    }
    raw = {
        "id": "made-up",
        "version": "1",
        "name": "A made-up model",
        "short_name": "made up",
        "kind": "cox",
        "citation": "KATTAN02",
        "outcome": outcome,
        "landmarks": {"to_months": 0, "note": "from the operation"},
        "population": {"description": "nobody", "n": 1000, "events": 300},
        "audience": "teams",
        "applies": [{"field": "age", "at_least": 18, "because": "adults only"}],
        "predictors": [
            {"name": "age", "label": "age", "field": "age", "range": [18, 95],
             "transform": {"kind": "linear", "coefficient": beta["age"], "center": 60}},
            {"name": "size", "label": "size", "field": "size_cm", "range": [0.1, 60],
             "transform": {"kind": "linear", "coefficient": beta["size"], "center": 8}},
            {"name": "grade", "label": "grade", "field": "grade",
             "transform": {"kind": "levels", "coefficients": {"1": 0.0, "2": beta.get("two", 0.0), "3": beta["grade"]}}},
        ],
        "baseline": {"survival": {"all": {f"{h:g}": float(np.exp(-v)) for h, v in h0.items()}}},
        "interval_note": "none",
        "provenance": {"grade": "A", "read_in": "made up"},
        "plain": "A made-up formula.",
        "test_vectors": [
            {"record": {"age": 60, "size": 8, "grade": 3, "surgery": "resected", "type": "leiomyosarcoma"},
             "expect": {"probability": {f"{h:g}": float(-np.expm1(-v * np.exp(beta["grade"]))) for h, v in h0.items()}},
             "source": "made up"},
        ],
        **changes,
    }  # fmt: skip
    return Card.model_validate(raw)


def judged(card_: Card, cohort: Any, **options: Any) -> Validated:
    return validate(cohort, [Subject.of_card(card_)], unknown_cause="other", **options).models[0]


def holds(measure: Any, truth: float, sigmas: float = 3.0) -> bool:
    return abs(measure.value - truth) <= sigmas * measure.se


def small(n: int = 60, **columns: Any) -> Any:
    values: dict[str, Any] = {
        "age": [50 + i % 30 for i in range(n)],
        "size": [2 + i % 12 for i in range(n)],
        "grade": [1 + i % 3 for i in range(n)],
        "months": [1.0 + 2 * i for i in range(n)],
        "status": ["dead" if i % 2 else "alive" for i in range(n)],
    }
    return cohort_of({**values, **columns})
