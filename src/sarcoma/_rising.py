"""The different values of an array in order, without `numpy.unique`, which loads all of NumPy's masked arrays first."""

from __future__ import annotations

import numpy as np

from sarcoma._types import Floats


def rising(values: Floats) -> Floats:
    """The different numbers (none of them NaN) of an array, rising.

    Examples
    --------
    >>> rising(np.array([3.0, 1.0, 3.0])).tolist()
    [1.0, 3.0]
    """
    ordered = np.sort(values, axis=None)
    first = np.ones(ordered.shape, dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]
