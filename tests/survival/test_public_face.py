"""The names that others import, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

from sarcoma import survival


def test_the_public_names_are_these_and_no_others() -> None:
    assert survival.__all__ == [
        "Concordance",
        "Course",
        "CoxRegression",
        "Estimate",
        "EventTable",
        "FineGrayRegression",
        "GroupTest",
        "Histories",
        "MultiStateModel",
        "Occupancy",
        "Prediction",
        "ProportionalHazardsTest",
        "StateProbabilities",
        "TransitionHazard",
        "cumulative_incidence",
        "gray_test",
        "harrell_concordance",
        "interval_index",
        "kaplan_meier",
        "landmark_occupancy",
        "logrank",
        "occupancy",
        "piecewise_linear",
        "pseudo_expected_time",
        "pseudo_observations",
        "restricted_cubic_spline",
        "truncated_powers",
    ]
    for name in survival.__all__:
        assert callable(getattr(survival, name)), name  # a module of the same name would hide a function
        assert (getattr(survival, name).__doc__ or "").strip(), name


def _loaded(code: str) -> set[str]:
    report = f"import sys\n{code}\nprint(*{{m.split('.')[0] for m in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_transforms_of_the_cards_need_no_scipy() -> None:
    assert "scipy" not in _loaded("from sarcoma.survival import restricted_cubic_spline")


def test_the_mathematics_loads_no_frames_and_no_numba_for_small_data() -> None:
    code = (
        "from sarcoma.survival import CoxRegression\nCoxRegression().fit([[1.0], [0.0], [2.0]], [1, 2, 3], [1, 1, 1])"
    )
    assert not {"polars", "pandas", "pydantic", "yaml", "numba"} & _loaded(code)
