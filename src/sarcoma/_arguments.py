"""What stands beside the arrays – a number, a choice, a course, a table – is of the kind that its annotation says.

Arrays have a look of their own, in `_arrays`: here only what can be told from the annotation alone.
"""

from __future__ import annotations

import datetime
import functools
import importlib
import inspect
import math
import numbers
import os
import pathlib
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from sarcoma.errors import InputError

_F = TypeVar("_F", bound=Callable[..., Any])
_MODULE = __name__.partition(".")[0]


class _Kind(NamedTuple):
    """What an argument must be: whether a value is that, what is said of one that is not, and an example."""

    holds: Callable[[Any], bool]
    said: str
    example: str | None = None


def checked(function: _F) -> _F:
    """A function that first looks at its arguments.

    Raises
    ------
    InputError : the first that is of another kind than its annotation says; named, never shown.
    """
    return _looking(function, frozenset())


def checked_but_missing(*names: str) -> Callable[[_F], _F]:
    """The same, where some numbers may be NaN."""
    return lambda function: _looking(function, frozenset(names))


def _looking(function: _F, may_miss: frozenset[str]) -> _F:
    names = [p.name for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]

    def look(given: tuple[Any, ...], named: dict[str, Any]) -> None:
        for name, value in (*zip(names, given, strict=False), *named.items()):
            if _is_plainly(function, name, value):
                continue
            kind = _kinds(function).get(name)
            if kind is not None and not kind.holds(value) and not (name in may_miss and _is_nan(value)):
                said = "is missing" if _is_nan(value) else kind.said.format(name.replace("_", " "))
                raise InputError(name, said, kind.example)

    def looking(*given: Any, **named: Any) -> Any:
        look(given, named)
        return function(*given, **named)

    # of the module of its function, so that examples in docstrings are found there
    at_home = types.FunctionType(looking.__code__, function.__globals__, closure=looking.__closure__)
    return typing.cast("_F", functools.update_wrapper(at_home, function))


def _is_plainly(function: Callable[..., Any], name: str, value: Any) -> bool:
    """Whether a value is of the very class that its annotation names: most are, and nothing has to be looked up."""
    told = function.__annotations__.get(name)
    if not isinstance(told, str):
        return False
    if value is None:
        return told.endswith("| None")
    kind = type(value)
    told = told.removesuffix(" | None")
    if kind in _PLAINLY:
        return told == kind.__name__ and value == value
    return kind is not int and kind.__name__ == told and function.__globals__.get(told) is kind


_PLAINLY = (float, str, bool)


class _Names(dict[str, Any]):
    """The names of a module, and of its room where the module has them for type checkers only."""

    def __missing__(self, name: str) -> Any:
        own = importlib.import_module(".".join(self["__name__"].split(".")[:2]))
        loaded = [sys.modules[room] for room in sorted(sys.modules) if room.startswith(_ROOM) and room.count(".") == 1]
        for room in (own, *loaded):  # what an argument can be has been loaded
            if name in getattr(room, "__all__", ()):
                return getattr(room, name)
        raise KeyError(name)


_ROOM = f"{_MODULE}."


@functools.cache
def _kinds(function: Callable[..., Any]) -> dict[str, _Kind]:
    """By parameter; what an annotation leaves open is left out."""
    names = _Names(function.__globals__)
    found = {}
    for name, text in function.__annotations__.items():
        try:
            annotation = eval(text, {}, names) if isinstance(text, str) else text  # noqa: S307 – our own source
        except (NameError, TypeError, AttributeError):
            continue  # known to type checkers only
        kind = None if name == "return" else _kind(annotation)
        if kind is not None:
            found[name] = kind
    return found


def _kind(annotation: Any) -> _Kind | None:
    simple = _SIMPLE.get(annotation) if isinstance(annotation, type) else None
    if simple is not None:
        return simple
    if isinstance(annotation, type) and annotation.__module__.startswith("numpy.random"):  # not loaded for this alone
        return _Kind(
            lambda v: isinstance(v, annotation), "is no generator of random numbers", "np.random.default_rng(1)"
        )
    if isinstance(annotation, type) and annotation.__module__.startswith(_MODULE):
        return _Kind(lambda v: isinstance(v, annotation), f"is no {annotation.__name__}", f"{annotation.__name__}(…)")
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Callable:
        return _Kind(callable, "is no function")
    if origin is Literal:
        choices = " or ".join(repr(part) for part in parts)
        return _Kind(lambda v: isinstance(v, str) and v in parts, "not a known {}", choices)
    if origin in (typing.Union, types.UnionType):
        return _one_of(parts)
    if origin is Mapping or origin is dict:
        return _Kind(lambda v: isinstance(v, Mapping), "must be names and their values", "{'age': 62}")
    if origin is Iterable:
        return _any_of(parts[0])
    if origin is tuple or origin is Sequence:
        return _several(origin, parts)
    return None


def _one_of(parts: tuple[Any, ...]) -> _Kind | None:
    if pathlib.Path in parts and str in parts:
        others = [kind for part in parts if part not in (pathlib.Path, str, type(None)) and (kind := _kind(part))]
        optional = type(None) in parts
        return _PATH._replace(
            holds=lambda v: _is_path(v) or (optional and v is None) or any(kind.holds(v) for kind in others)
        )
    if any(typing.get_origin(part) in (Mapping, Iterable) for part in parts):
        return None  # a record, or several: who takes them says what is wrong
    kinds = [_kind(part) for part in parts if part is not type(None)]
    known = [kind for kind in kinds if kind is not None]
    if not known or len(known) < len(kinds):
        return None
    empty = type(None) in parts
    return _Kind(
        lambda v: (empty and v is None) or any(kind.holds(v) for kind in known), known[0].said, known[0].example
    )


def _any_of(part: Any) -> _Kind:
    """One after the other; looked at where that does not use them up."""
    kind = _kind(part)

    def holds(value: Any) -> bool:
        if isinstance(value, (list, tuple, set, frozenset, dict)):
            return kind is None or all(kind.holds(one) for one in value)
        of_values = isinstance(value, (str, bytes)) or hasattr(value, "dtype") or hasattr(value, "columns")
        return hasattr(value, "__iter__") and not of_values

    return _Kind(holds, "must be several, one after the other", f"[{kind.example or '…' if kind else '…'}]")


def _several(origin: Any, parts: tuple[Any, ...]) -> _Kind | None:
    kinds = [_kind(part) for part in parts if part is not Ellipsis]
    known = [kind for kind in kinds if kind is not None]
    if not known or len(known) < len(kinds):
        return None
    length = None if origin is Sequence or Ellipsis in parts else len(known)

    def holds(value: Any) -> bool:
        if not isinstance(value, (list, tuple)) or (length is not None and len(value) != length):
            return False
        if length is None:
            holds_one = known[0].holds
            return all(map(holds_one, value))
        return all(kind.holds(part) for kind, part in zip(known, value, strict=True))

    example = ", ".join(kind.example or "…" for kind in known)
    many = "" if length is None else f"{length} "
    return _Kind(holds, f"must be a list or a tuple of {many}such", f"[{example}]")


def _is_number(value: Any) -> bool:
    if type(value) is float:  # most are
        return value == value
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "fiu" and not np.isnan(value)
    try:
        return isinstance(value, numbers.Real) and not math.isnan(value)
    except OverflowError:
        return False


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and -(2**63) <= int(value) < 2**63


def _is_flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (_is_whole(value) and int(value) in (0, 1))


def _is_path(value: Any) -> bool:
    try:
        if not isinstance(value, (str, pathlib.Path)):
            return False
        written = os.fsencode(value)
        return b"\0" not in written and len(written) < 4096 and all(len(part) < 256 for part in written.split(b"/"))
    except UnicodeEncodeError:
        return False


_PATH = _Kind(_is_path, "must be the path of a file or folder", "Path('cohort')")
_SIMPLE: dict[type, _Kind] = {
    float: _Kind(_is_number, "must be one number", "60.0"),
    int: _Kind(_is_whole, "must be one whole number", "5"),
    str: _Kind(lambda v: isinstance(v, str), "must be text", "'dead'"),
    bool: _Kind(_is_flag, "must be yes or no", "True"),
    datetime.date: _Kind(lambda v: isinstance(v, datetime.date), "must be a day", "datetime.date(2026, 1, 31)"),
    pathlib.Path: _Kind(lambda v: _is_path(v) and not isinstance(v, str), "must be a path", "Path('table.csv')"),
}
