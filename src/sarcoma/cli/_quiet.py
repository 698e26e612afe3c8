"""Warnings of the numerical libraries: they carry paths and say nothing to an analyst, so no command prints them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_RULE = "ignore"


@contextmanager
def quiet() -> Iterator[None]:
    """Hide warnings (those of NumPy, SciPy and Polars) here and in the processes that are started meanwhile.

    What they would warn of is answered where it arises: a measure that is not finite is said to have no value.
    """
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = f"{before},{_RULE}" if before else _RULE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before
