"""The mathematics: NumPy and SciPy only, no knowledge of sarcoma, files or frames."""

from sarcoma.survival.transforms import (
    interval_index,
    piecewise_linear,
    restricted_cubic_spline,
    truncated_powers,
)

__all__ = ["interval_index", "piecewise_linear", "restricted_cubic_spline", "truncated_powers"]
