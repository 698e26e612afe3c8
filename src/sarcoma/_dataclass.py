"""`dataclass`, made when the first object is: a start declares some sixty of them, and uses half.

What `dataclasses.dataclass` writes for a class is compiled, which takes longer than a module to load. Here a class is
only marked; its methods are made when it is first called, compared, shown, or asked for its fields. `slots` is taken
and not heeded, since a class with slots would have to be another class.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, slots: bool = False, **how: Any) -> Any:  # noqa: ARG001
        """What `dataclasses.dataclass` is, made later."""
        return (lambda later: _marked(later, how)) if cls is None else _marked(cls, how)


_FIRST = ("__init__", "__repr__", "__eq__", "__hash__")
"""The methods by which an object is first used."""


class _Later:
    """`__dataclass_fields__` of a class that is still to be made."""

    def __init__(self, cls: type, how: dict[str, Any]) -> None:
        self.cls, self.how = cls, how

    def __get__(self, one: object, asked: type) -> Any:
        self.make()
        return self.cls.__dataclass_fields__  # type: ignore[attr-defined]

    def make(self) -> None:
        """Give the class its methods: made on a copy, so that it is whole at every moment for other threads too."""
        own = {name: value for name, value in vars(self.cls).items() if getattr(value, "later", None) is not self}
        unlike = {"__dict__", "__weakref__", "__dataclass_fields__"}
        copied = {name: value for name, value in own.items() if name not in unlike}
        made = type(self.cls)(self.cls.__name__, self.cls.__bases__, {**copied, "__qualname__": self.cls.__qualname__})
        dataclasses.dataclass(**self.how)(made)
        if self.how.get("frozen"):
            made.__setattr__ = made.__delattr__ = _refused  # type: ignore[method-assign, assignment]
        for name, value in vars(made).items():
            if name not in ("__dict__", "__weakref__", "__init__") and own.get(name, _Later) is not value:
                setattr(self.cls, name, value)
        for name in copied.keys() - vars(made).keys():  # of a field whose default is made anew for each object
            delattr(self.cls, name)
        for name in _FIRST:
            if getattr(vars(self.cls).get(name), "later", None) is self:
                if name in vars(made):
                    setattr(self.cls, name, vars(made)[name])
                else:
                    delattr(self.cls, name)


def _refused(one: object, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r}")


def _marked(cls: type, how: dict[str, Any]) -> type:
    later = _Later(cls, how)

    def first(name: str) -> Any:
        def method(self: Any, *given: Any, **named: Any) -> Any:
            later.make()
            return getattr(cls, name)(self, *given, **named)

        method.later = later  # type: ignore[attr-defined]
        return method

    own = vars(cls)
    for name in _FIRST if how.get("eq", True) else _FIRST[:2]:
        if own.get(name) is None:
            setattr(cls, name, first(name))
    cls.__dataclass_fields__ = later  # type: ignore[attr-defined]
    return cls
