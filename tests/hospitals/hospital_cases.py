"""Made-up hospitals: rows, keys, a policy that allows the questions, and the same people on one grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from sarcoma.hospitals import Policy, SiteRows, masks, policy_of
from sarcoma.survival import Course, Histories

SITES = ("east", "mid", "north", "south", "west")
SIZES = (120, 200, 300, 400, 800)
KEYS = {site: bytes([number + 1]) * 32 for number, site in enumerate(SITES)}
GRID = list(range(0, 121, 3))
BASE: dict[str, Any] = {"nonce": "00" * 8, "sites": list(SITES)}
SHARINGS = ("suppress", "coarsen", "masked-sums")
PREDICTORS = [
    {"name": "age", "label": "age", "field": "age", "transform": {"kind": "linear", "coefficient": 0}},
    {
        "name": "grade",
        "label": "grade",
        "field": "grade",
        "transform": {"kind": "levels", "coefficients": {"2": 0, "3": 0}},
    },
]


def policy(**changed: Any) -> Policy:
    return policy_of(
        {
            "questions": ["event-table", "cox", "validation"],
            "plans": ["survival", "spread", "first-event", "full-course", "survival-from-metastasis"],
            "columns": ["age", "grade", "sex", "histologic_type", "age_at_metastasis"],
            "cards": ["kattan-2002", "sarculator-os"],
            "grid_months": GRID,
            "sharing": list(SHARINGS),
            "keys": {site: masks.public_key(key) for site, key in KEYS.items()},
        }
        | changed
    )


def people(n: int, seed: int, *, late: bool = False) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    x = np.column_stack([random.normal(size=n), random.integers(0, 2, n)])
    first = random.exponential(70 * np.exp(-x @ [0.5, 0.7]))
    other = random.exponential(200, n)
    end = random.uniform(12, 120, n)
    exit_ = np.minimum(np.minimum(first, other), end)
    cause = np.where(exit_ == first, 1, np.where(exit_ == other, 2, 0))
    entry = random.uniform(0, 30, n) if late else np.zeros(n)
    kept = entry < exit_
    risk = np.clip(1 - np.exp(-36 / 70 * np.exp(x @ [0.4, 0.6])), 1e-6, 1 - 1e-6)
    found = {"x": x, "exit": exit_, "cause": cause, "entry": entry, "risk": risk}
    return {name: value[kept] for name, value in found.items()}


def network(*, late: bool = False, larger: int = 1) -> dict[str, dict[str, Any]]:
    return {site: people(n * larger, seed, late=late) for seed, (site, n) in enumerate(zip(SITES, SIZES, strict=True))}


def joined(all_: dict[str, dict[str, Any]], name: str) -> Any:
    return np.concatenate([one[name] for one in all_.values()])


def survival_rows(one: dict[str, Any]) -> SiteRows:
    entry = one["entry"] if one["entry"].any() else None
    dead = (one["cause"] > 0).astype(int)
    return SiteRows(Histories(Course.survival(), one["exit"], dead, entry=entry), x=one["x"])


def on_lattice(exit_: Any, edges: Any) -> Any:
    """Each time at the end of its interval; later ones as late as they are."""
    place = np.searchsorted(edges, exit_)
    return np.where(place < len(edges), np.asarray(edges)[np.minimum(place, len(edges) - 1)], exit_ + 1000.0)
