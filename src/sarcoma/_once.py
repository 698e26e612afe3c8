"""What follows from an object that never changes, worked out once while the object lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def once_per_object(function: Callable[[T], R]) -> Callable[[T], R]:
    """Remember a function of one object – a card, a rule's condition – by the object itself, not by what equals it.

    For frozen objects of the catalogue and the evidence only; never for what is known about a person.
    """
    kept: dict[int, tuple[weakref.ref[T], R]] = {}

    @wraps(function)
    def remembered(thing: T) -> R:
        key = id(thing)
        found = kept.get(key)
        if found is not None and found[0]() is thing:
            return found[1]
        made = function(thing)
        kept[key] = (weakref.ref(thing, lambda _: kept.pop(key, None)), made)
        return made

    return remembered
