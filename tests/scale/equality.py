"""When two answers are the same, whoever gave them: counts to the digit, probabilities to 10⁻¹², everything else exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from sarcoma.survival import EventTable
from sarcoma.survival.counting.counts import PARTS


def same(found: Any, wanted: Any) -> None:
    """Fail unless two event tables, or two tables of rows in the same order, say the same.

    Engines name types of numbers and times each in its own way; what stands there has to be equal.
    """
    if isinstance(wanted, EventTable):
        assert found.groups == wanted.groups
        for name in ("times", *PARTS):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
        return
    assert found.columns == wanted.columns
    assert found.height == wanted.height
    for name in wanted.columns:
        one, other = found[name], wanted[name]
        if other.dtype.is_float():
            numbers = (column.cast(pl.Float64).fill_null(float("nan")).to_numpy() for column in (one, other))
            np.testing.assert_allclose(*numbers, rtol=0, atol=1e-12, err_msg=name)
            assert one.is_null().equals(other.is_null()), name
        else:
            assert one.cast(other.dtype).equals(other, check_names=False), name
