"""A made-up registry, drawn from a course of known hazards: to try commands on, to test and to time them.

Nothing in it is anyone's, and none of its numbers is evidence.
"""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.courses import full_course
from sarcoma.survival import Histories, MultiStateModel, TransitionHazard

COVARIATES = ("high grade", "log size", "deep", "age")
RATES: dict[tuple[str, str], tuple[float, tuple[float, ...]]] = {
    ("disease-free", "local recurrence"): (0.0035, (0.3, 0.1, 0.0, 0.0)),
    ("disease-free", "metastasis"): (0.0040, (0.9, 0.5, 0.4, 0.0)),
    ("disease-free", "both"): (0.0003, (0.9, 0.3, 0.0, 0.0)),
    ("disease-free", "dead"): (0.0012, (0.0, 0.0, 0.0, 0.06)),
    ("local recurrence", "both"): (0.0120, (0.6, 0.3, 0.0, 0.0)),
    ("local recurrence", "dead"): (0.0040, (0.2, 0.0, 0.0, 0.04)),
    ("metastasis", "both"): (0.0040, (0.0, 0.0, 0.0, 0.0)),
    ("metastasis", "dead"): (0.0300, (0.3, 0.1, 0.0, 0.01)),
    ("both", "dead"): (0.0400, (0.3, 0.0, 0.0, 0.01)),
}
"""Made-up rates a month at grade 1–2, 5 cm, superficial, 60 years, and log hazard ratios of COVARIATES."""
_POORLY_DIFFERENTIATED = (
    "dedifferentiated liposarcoma",
    "undifferentiated pleomorphic sarcoma",
    "synovial sarcoma",
)
_TYPES = (
    "leiomyosarcoma",
    "dedifferentiated liposarcoma",
    "undifferentiated pleomorphic sarcoma",
    "myxofibrosarcoma",
    "synovial sarcoma",
    "malignant peripheral nerve sheath tumour",
)
_SITES = ("lower limb", "upper limb", "trunk", "retroperitoneum", "abdomen or pelvis")
_ORGANS = ("lung", "liver", "bone", "lymph node", "soft tissue", "brain")
_LAST = 240.0


def truth() -> MultiStateModel:
    """The course that patients are drawn from, times in months since diagnosis."""
    hazards = [
        TransitionHazard(a, b, np.array([_LAST]), np.array([rate * _LAST]), COVARIATES, np.array(effects), smooth=True)
        for (a, b), (rate, effects) in RATES.items()
    ]
    return MultiStateModel(full_course().course, hazards)


@checked
def simulated_table(patients: int, *, seed: int = 0) -> pl.DataFrame:
    """A registry's table with one row a patient; `mappings/simulated.yaml` says what its columns mean.

    Dates are written 14.03.2015, sizes are millimetres, some cells are empty.
    """
    random = np.random.default_rng(seed)
    n = patients
    age = np.clip(random.normal(60, 15, n), 18, 95)
    size = np.clip(np.exp(random.normal(np.log(75), 0.6, n)), 5, 400)
    grade = random.choice([1, 2, 3], n, p=[0.15, 0.4, 0.45])
    site = random.choice(list(_SITES), n, p=[0.4, 0.14, 0.16, 0.2, 0.1])
    deep = (random.random(n) < 0.65) | np.isin(site, ["retroperitoneum", "abdomen or pelvis"])
    x = np.column_stack([grade == 3, np.log(size / 50), deep, age - 60]).astype(float)
    follow = random.uniform(6, 150, n)
    histories = truth().simulate(x, censoring=follow, seed=seed + 1)
    recurrence, metastasis, death = _first_times(histories, n)
    start = np.array([datetime.date(1998, 1, 1).toordinal()]) + random.integers(0, 4000, n)
    after = ~np.isnan(metastasis)
    cause = np.where(after & (random.random(n) < 0.92), "sarcoma", np.where(random.random(n) < 0.7, "other", ""))

    def dates(months: NDArray[np.float64]) -> list[str | None]:
        days = start + np.round(np.nan_to_num(months) * DAYS_PER_MONTH)
        known = ~np.isnan(months)
        return [
            datetime.date.fromordinal(int(d)).strftime("%d.%m.%Y") if k else None
            for d, k in zip(days.tolist(), known.tolist(), strict=True)
        ]

    def some(values: list[str], share: float) -> list[str | None]:
        return [v if keep else None for v, keep in zip(values, (random.random(n) > share).tolist(), strict=True)]

    died = ~np.isnan(death)
    hospital = random.choice(list("ABCDE"), n, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    sex = random.choice(["F", "M"], n)
    histology = random.choice(list(_TYPES), n, p=[0.26, 0.2, 0.22, 0.14, 0.1, 0.08])
    grade = np.where(
        (grade == 1) & np.isin(histology, _POORLY_DIFFERENTIATED), 2, grade
    )  # FNCLCC: 3 + 1 + 0 is grade 2
    return pl.DataFrame(
        {
            "patient": [f"S{i:07d}" for i in range(n)],
            "hospital": [f"hospital {h}" for h in hospital],
            "sex": sex.tolist(),
            "age": [f"{a:.1f}" for a in age],
            "histology": histology.tolist(),
            "site": site.tolist(),
            "size_mm": some([f"{s:.0f}" for s in size], 0.06),
            "depth": some(np.where(deep, "deep", "superficial").tolist(), 0.05),
            "grade": some([f"G{g}" for g in grade], 0.08),
            "margin": random.choice(["R0", "R1", "R2"], n, p=[0.7, 0.25, 0.05]).tolist(),
            "diagnosed": dates(np.zeros(n)),
            "last_seen": dates(np.where(died, death, follow)),
            "status": np.where(died, "dead", "alive").tolist(),
            "cause": np.where(died, cause, "").tolist(),
            "recurred": dates(recurrence),
            "spread": dates(metastasis),
            "organ": np.where(
                after, random.choice(list(_ORGANS), n, p=[0.62, 0.1, 0.1, 0.06, 0.08, 0.04]), ""
            ).tolist(),
        }
    )


def _first_times(histories: Histories, n: int) -> tuple[NDArray[np.float64], ...]:
    """Local recurrence, metastasis and death of each patient, NaN where they did not happen."""
    course = histories.course
    times = tuple(np.full(n, np.nan) for _ in range(3))
    if histories.patient is None:
        raise RuntimeError("simulated histories name their patients")
    who = np.array(histories.patients)[histories.patient].astype(int)
    for k, (origin, target) in enumerate(course.transitions):
        rows = histories.kind == k
        time, patient = histories.exit[rows], who[rows]
        if target == "dead":
            times[2][patient] = time
        if target in ("local recurrence", "both") and origin != "local recurrence":
            times[0][patient] = time
        if target in ("metastasis", "both") and origin != "metastasis":
            times[1][patient] = time
    return times
