"""How long one round of ten hospitals of 100,000 patients takes, all sites one after the other, without a network.

    python benchmarks/hospitals.py [--patients 100000] [--sites 10]

CPU seconds, median of five runs in one process after one to warm up.
Masked sums use X25519 and HKDF of `cryptography`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sarcoma.hospitals import SiteRows, answer_of, combine, judged_rows, masks, partial, policy_of, question_of
from sarcoma.survival import Course, Histories

GRID = list(range(0, 61, 3))


def seconds(work: Callable[[], Any]) -> float:
    work()
    found = []
    for _ in range(5):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--sites", type=int, default=10)
    given = parser.parse_args()
    sites = [f"site-{i}" for i in range(given.sites)]
    keys = {site: masks.new_key() for site in sites}
    policy = policy_of(
        {
            "questions": ["event-table", "cox", "validation"], "plans": ["survival"], "columns": ["age"],
            "cards": ["kattan-2002"], "grid_months": GRID, "sharing": ["coarsen", "masked-sums"],
            "keys": {site: masks.public_key(key) for site, key in keys.items()},
        }
    )  # fmt: skip
    random = np.random.default_rng(1)
    rows, arrays = {}, {}
    for site in sites:
        x = random.normal(size=(given.patients, 5))
        first = random.exponential(60 * np.exp(-0.3 * x.sum(axis=1)))
        end = random.uniform(6, 120, given.patients)
        exit_, event = np.minimum(first, end), first <= end
        risk = np.clip(1 - np.exp(-np.exp(0.3 * x.sum(axis=1))), 1e-6, 1 - 1e-6)
        rows[site], arrays[site] = SiteRows(Histories(Course.survival(), exit_, event), x=x), (exit_, event, risk)
    terms = [
        {"name": f"x{i}", "label": "x", "field": "age", "transform": {"kind": "linear", "coefficient": 0}}
        for i in range(5)
    ]
    base: dict[str, Any] = {"nonce": "00" * 8, "sites": sites, "grid": GRID, "plan": "survival"}
    cox = {"kind": "cox", "transition": ["alive", "dead"], "predictors": terms, "round": 5, "beta": [0.3] * 5}
    judged = {
        "kind": "validation", "card": "kattan-2002", "card_version": "1", "endpoint": "death", "time_zero": "surgery",
        "estimand": "all-cause", "thresholds": [0.3, 0.5],
    }  # fmt: skip
    print(f"{given.sites} sites of {given.patients:,} patients")
    for name, asked in (
        ("event table", {"kind": "event-table"}),
        ("Cox, 5 covariates, baseline", cox | {"baseline": True}),
    ):
        took = {}
        for sharing in ("coarsen", "masked-sums"):
            question = question_of({**base, **asked, "id": "q", "sharing": sharing})
            took[sharing] = seconds(lambda q=question: round_of(q, rows, keys, policy))
        tell(name, took)
    took = {}
    for sharing in ("coarsen", "masked-sums"):
        data = {k: v for k, v in base.items() if k != "plan"} | judged | {"id": "q", "sharing": sharing}
        question = question_of(data)
        people = {site: judged_rows(question, *arrays[site]) for site in sites}
        second = round_of(question, people, keys, policy)
        took[sharing] = seconds(lambda q=second, p=people: round_of(q, p, keys, policy))
    tell("validation, round 2", took)


def round_of(question: Any, rows: dict[str, SiteRows], keys: dict[str, bytes], policy: Any) -> Any:
    """One round with its answers as JSON, as files have them."""
    sent = [json.dumps(partial(rows[s], question, policy, site=s, key=keys[s]).to_data()) for s in question.sites]
    return combine([answer_of(json.loads(text)) for text in sent], question, policy)


def tell(name: str, took: dict[str, float]) -> None:
    plain, masked = took["coarsen"], took["masked-sums"]
    print(f"{name:<28} {plain:6.2f} s   masked {masked:6.2f} s   × {masked / plain:.2f}")


if __name__ == "__main__":
    main()
