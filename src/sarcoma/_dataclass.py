"""`dataclass`, made when it is worth it: a start declares some sixty of them, and makes few objects of each.

What `dataclasses.dataclass` writes for a class is compiled, which takes longer than a module to load. Here a class is
only marked. Its first objects are made by a method that serves every class; the methods of its own are made when there
are more, or when one is compared, shown, or asked for its fields. `slots` is taken and not heeded, since a class with
slots would have to be another class.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from functools import cached_property
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

__all__ = ["dataclass", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def replace(one: Any, /, **changes: Any) -> Any:
        """What `dataclasses.replace` is."""
        later = vars(type(one)).get("__dataclass_fields__")
        plan = later.plan if isinstance(later, _Later) else None
        if plan is None or not plan.fixed.isdisjoint(changes):
            return dataclasses.replace(one, **changes)
        return type(one)(**{**{name: getattr(one, name) for name in plan.names}, **changes})

    def dataclass(cls: type | None = None, /, *, slots: bool = False, **how: Any) -> Any:  # noqa: ARG001
        """What `dataclasses.dataclass` is, made later."""
        return (lambda later: _marked(later, how)) if cls is None else _marked(cls, how)


_FEW = 400
"""So many objects are made before the methods of their class are."""

_FIRST = ("__init__", "__repr__", "__eq__", "__hash__")
"""The methods by which an object is first used."""


_AS_THEY_ARE = ("__dict__", "__weakref__", "__init__", "__setattr__", "__delattr__")


class _Later:
    """`__dataclass_fields__` of a class that is still to be made."""

    def __init__(self, cls: type, how: dict[str, Any]) -> None:
        self.cls, self.how = cls, how

    @cached_property
    def plan(self) -> _Plan | None:
        return _plan(self.cls, self.how)

    def __get__(self, one: object, asked: type) -> Any:
        self.make()
        return self.cls.__dataclass_fields__  # type: ignore[attr-defined]

    def make(self) -> None:
        """Give the class its methods: made on a copy, so that it is whole at every moment for other threads too."""
        with _MAKING:
            if vars(self.cls).get("__dataclass_fields__") is self:
                self._make()

    def _make(self) -> None:
        own = {name: value for name, value in vars(self.cls).items() if getattr(value, "later", None) is not self}
        unlike = {"__dict__", "__weakref__", "__dataclass_fields__", *_ASKED_FOR}
        copied = {name: value for name, value in own.items() if name not in unlike and value is not _refused}
        made = type(self.cls)(self.cls.__name__, self.cls.__bases__, {**copied, "__qualname__": self.cls.__qualname__})
        dataclasses.dataclass(**self.how)(made)
        for name, value in vars(made).items():
            if name not in (*_AS_THEY_ARE, "__dataclass_fields__") and own.get(name, _Later) is not value:
                setattr(self.cls, name, value)
        for name in copied.keys() - vars(made).keys():  # of a field whose default is made anew for each object
            delattr(self.cls, name)
        for name in _ASKED_FOR:
            if isinstance(vars(self.cls).get(name), _Asked):
                delattr(self.cls, name)
        for name in _FIRST:
            if getattr(vars(self.cls).get(name), "later", None) is self:
                if name in vars(made):
                    setattr(self.cls, name, vars(made)[name])
                else:
                    delattr(self.cls, name)
        done: Any = self.cls
        done.__dataclass_fields__ = vars(made)["__dataclass_fields__"]  # last: it says that all is made


_MAKING = RLock()
"""Held while a class is made, of which those that it comes from may have to be made first."""

_ASKED_FOR = ("__signature__", "__match_args__", "__dataclass_params__", "__replace__")
"""What is asked of a class itself: by `help`, by `match`, by dataclasses that come from it, by `copy.replace`."""


class _Asked:
    """One of these, of a class that is still to be made."""

    def __init__(self, later: _Later, name: str) -> None:
        self.later, self.name = later, name

    def __get__(self, one: object, asked: type) -> Any:
        self.later.make()
        if self.name == "__signature__":
            import inspect

            return inspect.signature(asked)
        return getattr(asked if one is None else one, self.name)


def _refused(_one: object, name: str, *_value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r}")


class _Plan(NamedTuple):
    """What an object needs: the fields that it is given, in order, and those that it is not; what is set where nothing
    is given, and what is made then."""

    names: tuple[str, ...]
    fixed: frozenset[str]
    defaults: dict[str, Any]
    factories: dict[str, Callable[[], Any]]
    after: Callable[[Any], None] | None

    def values(self, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any] | None:
        """Every field by its name; None where too little or too much was given."""
        values = {**self.defaults, **dict(zip(self.names, given, strict=False)), **named}
        for name, factory in self.factories.items():
            if name not in values:
                values[name] = factory()
        twice = any(name in named for name in self.names[: len(given)])
        complete = len(values) == len(self.names) + len(self.fixed) and all(map(values.__contains__, self.names))
        wrong = twice or len(given) > len(self.names) or not self.fixed.isdisjoint(named)
        return values if complete and not wrong else None


def _plan(cls: type, how: dict[str, Any]) -> _Plan | None:
    """How objects can be made without methods of their own; None for a class that is more than its fields."""
    if not set(how) <= {"frozen", "eq", "repr"} or any("__slots__" in vars(base) for base in cls.__mro__[:-1]):
        return None
    names: dict[str, bool] = {}
    defaults: dict[str, Any] = {}
    factories: dict[str, Callable[[], Any]] = {}
    declared = [base for base in reversed(cls.__mro__) if "__dataclass_fields__" in vars(base)]
    for home, name, kind in [(base, *one) for base in declared for one in base.__annotations__.items()]:
        if "ClassVar" in kind:
            continue
        if "InitVar" in kind or "KW_ONLY" in kind:
            return None
        names[name] = True
        told = vars(home).get(name, dataclasses.MISSING)
        if not isinstance(told, dataclasses.Field):
            defaults.update({} if told is dataclasses.MISSING else {name: told})
        elif told.kw_only is True:
            return None
        elif told.default is not dataclasses.MISSING:
            defaults[name], names[name] = told.default, told.init
        elif not told.init:
            return None
        elif told.default_factory is not dataclasses.MISSING:
            factories[name] = told.default_factory
    given = tuple(name for name, is_given in names.items() if is_given)
    return _Plan(given, frozenset(names.keys() - {*given}), defaults, factories, getattr(cls, "__post_init__", None))


def _marked(cls: type, how: dict[str, Any]) -> type:
    later = _Later(cls, how)
    made = count(1)

    def init(self: Any, *given: Any, **named: Any) -> None:
        plan = later.plan if next(made) <= _FEW else None
        values = plan.values(given, named) if plan is not None else None
        if plan is None or values is None:
            later.make()
            getattr(cls, "__init__")(self, *given, **named)  # noqa: B009 - the one that was made now
            return
        self.__dict__.update(values)
        if plan.after is not None:
            plan.after(self)

    def first(name: str) -> Any:
        def method(self: Any, *given: Any) -> Any:
            later.make()
            return getattr(cls, name)(self, *given)

        return method

    own = vars(cls)
    for name in _FIRST if how.get("eq", True) else _FIRST[:2]:
        if own.get(name) is None:
            method: Any = init if name == "__init__" else first(name)
            method.later = later
            setattr(cls, name, method)
    if how.get("frozen"):
        cls.__setattr__ = cls.__delattr__ = _refused  # type: ignore[method-assign, assignment]
    for name in _ASKED_FOR:
        if name not in own and (name != "__replace__" or sys.version_info >= (3, 13)):
            setattr(cls, name, _Asked(later, name))
    cls.__dataclass_fields__ = later  # type: ignore[attr-defined]
    return cls
