"""The mathematics: NumPy and SciPy only, no knowledge of sarcoma, files or frames.

Rooms: `counting` (courses, histories, event tables), `curves` (estimates from counts), `pairs` (concordance),
`regression` (Cox, Fine–Gray), `multistate` (individual prediction), `measures` (how good a prediction is). The names
that they offer, but for those of `measures`, are here too, with the transforms of covariates that the cards share.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_ROOMS = ("counting", "curves", "multistate", "pairs", "regression", "transforms")
_HOME = {name: room for room in _ROOMS for name in import_module(f"{__name__}.{room}").__all__}

__all__ = sorted(_HOME)  # noqa: PLE0605 – what the rooms list, once


def __getattr__(name: str) -> Any:
    """A name is loaded at first use: SciPy takes longer to load than a card to run."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
