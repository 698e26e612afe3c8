"""Frozen classes of named fields, which pydantic validates; it is loaded, and what validates is built, only then.

A class is declared as a model of pydantic is, with annotations, defaults and validators. It is a plain class all the
same: its objects may also be made of values that were validated before, which is what a start does with the stored
evidence, and for that nothing has to be built. `model_of` gives the model of pydantic that stands behind a class: it
reads what people wrote, and writes objects out; what it makes are objects of the plain class.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from pydantic import BaseModel, GetCoreSchemaHandler, TypeAdapter
    from pydantic.fields import FieldInfo
    from pydantic_core import CoreSchema

__all__ = [
    "AfterValidator",
    "BeforeValidator",
    "Field",
    "Frozen",
    "StringConstraints",
    "declared",
    "field_validator",
    "fields_of",
    "keep_state",
    "model_of",
    "model_serializer",
    "model_validator",
]

_F = TypeVar("_F")
_MISSING: Any = object()


class Later:
    """Something of pydantic by its name, made when a class is built: a constraint, a validator."""

    __slots__ = ("given", "name", "named")

    def __init__(self, name: str, *given: Any, **named: Any) -> None:
        self.name, self.given, self.named = name, given, named

    def made(self) -> Any:
        import pydantic

        return getattr(pydantic, self.name)(*self.given, **self.named)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A validator goes around what other annotations ask for; a constraint is the one annotation of its type."""
        made = self.made()
        around = getattr(made, "__get_pydantic_core_schema__", None)
        if around is not None:
            schema: CoreSchema = around(source, handler)
            return schema
        return handler.generate_schema(Annotated[source, made])


if TYPE_CHECKING:
    from pydantic import (
        AfterValidator,
        BeforeValidator,
        Field,
        StringConstraints,
        field_validator,
        model_serializer,
        model_validator,
    )
else:

    def Field(**named: Any) -> Later:  # noqa: N802 - as pydantic calls it
        """What pydantic's `Field` is, which is made later."""
        return Later("Field", **named)

    def StringConstraints(**named: Any) -> Later:  # noqa: N802 - as pydantic calls it
        return Later("StringConstraints", **named)

    def AfterValidator(function: Callable[[Any], Any]) -> Later:  # noqa: N802 - as pydantic calls it
        return Later("AfterValidator", function)

    def BeforeValidator(function: Callable[[Any], Any]) -> Later:  # noqa: N802 - as pydantic calls it
        return Later("BeforeValidator", function)

    def field_validator(*fields: str, mode: str = "after") -> Callable[[_F], _F]:
        return _marking(Later("field_validator", *fields, mode=mode))

    def model_validator(*, mode: str) -> Callable[[_F], _F]:
        return _marking(Later("model_validator", mode=mode))

    def model_serializer(*, mode: str) -> Callable[[_F], _F]:
        return _marking(Later("model_serializer", mode=mode))


def _marking(told: Later) -> Callable[[_F], _F]:
    def mark(function: _F) -> _F:
        told_of: Any = getattr(function, "__func__", function)
        told_of.of_model = told
        return function

    return mark


class _ModelFields:
    """`model_fields` of a class: what pydantic tells of each field."""

    def __get__(self, made: object, cls: type[Frozen]) -> Mapping[str, FieldInfo]:
        return model_of(cls).model_fields


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Frozen:
    """Named fields that never change. An unknown name is an error.

    `field_names` are in the order in which they are declared; `unset` holds what each is where nobody gave it (None
    where it has to be given).
    """

    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__", "__weakref__")

    model_config: ClassVar[Mapping[str, Any]] = {"extra": "forbid", "frozen": True}
    model_fields: ClassVar[_ModelFields] = _ModelFields()
    field_names: ClassVar[tuple[str, ...]] = ()
    unset: ClassVar[Mapping[str, Any]] = {}
    _fields_told: ClassVar[Mapping[str, Any]] = {}
    _own_init: ClassVar[bool] = False
    """Whether pydantic makes an object by calling the class, which says in its own way what is wrong."""

    def __init_subclass__(cls) -> None:
        own = [
            name
            for name, kind in cls.__annotations__.items()
            if not str(kind).startswith(("ClassVar", "typing.ClassVar"))
        ]
        told = {name: vars(cls)[name] for name in own if name in vars(cls)}
        defaults = {name: _default(told.get(name, _MISSING)) for name in own}
        for name in told:
            delattr(cls, name)  # an object has its own
        cls._fields_told = told
        cls.unset = {**cls.unset, **defaults}
        cls.field_names = tuple(cls.unset)

    def __init__(self, /, **data: Any) -> None:
        _adapter(type(self)).validator.validate_python(data, self_instance=self)

    @classmethod
    def model_validate(cls, raw: Any) -> Self:
        """An object of what was read from a file.

        Raises
        ------
        ValidationError : of pydantic, with everything that does not fit.
        """
        made: Self = _adapter(cls).validate_python(raw)
        return made

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """An object of values that were validated before."""
        made = cls.__new__(cls)
        keep_state(made, {**cls.unset, **values}, set(values) if _fields_set is None else _fields_set)
        return made

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return model_of(cls).model_json_schema()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the model behind the class, which makes and writes objects of the class itself."""
        schema = handler.generate_schema(model_of(cls))
        try:
            inner: Any = handler.resolve_ref_schema(schema)
        except LookupError:  # being built: it is a part of itself
            return schema
        while inner["type"] != "model":
            inner = inner["schema"]
        inner["cls"] = cls
        if cls._own_init:
            inner["custom_init"] = True
        if cls._whole is not Frozen._whole and "serialization" not in inner:
            from pydantic_core import core_schema

            inner["serialization"] = core_schema.wrap_serializer_function_ser_schema(_written_whole)
        return schema

    @property
    def __pydantic_serializer__(self) -> Any:
        """How pydantic writes an object that it meets where it knows of no class: under `Any`."""
        return _adapter(type(self)).serializer

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Fields and their values, as `dict` and the encoders of others ask for them."""
        return iter(fields_of(self).items())

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given."""
        given: set[str] = self.__pydantic_fields_set__  # type: ignore[attr-defined]
        return given

    def model_dump(self, **how: Any) -> dict[str, Any]:
        """The fields as pydantic writes them."""
        self._whole()
        written: dict[str, Any] = _adapter(type(self)).dump_python(self, **how)
        return written

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """A copy with some fields changed; what follows from the fields (`cached_property`) is worked out anew."""
        changed = {name: value for name, value in (update or {}).items() if name in self.unset}
        values = {name: changed.get(name, value) for name, value in fields_of(self).items()}
        made = self.__new__(type(self))
        keep_state(made, values, self.model_fields_set | changed.keys())
        return made

    def __replace__(self, /, **changes: Any) -> Self:
        """For `copy.replace`."""
        return self.model_copy(update=changes)

    def _whole(self) -> dict[str, Any]:
        """Every field, and what was worked out from them so far."""
        return self.__dict__

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        """By the fields alone: what was worked out from them may be arrays, and may not have been asked for yet."""
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self._whole(), other._whole()
        return all(mine[name] == theirs[name] for name in self.field_names)

    def __hash__(self) -> int:
        return hash(tuple(fields_of(self).values()))

    def __getstate__(self) -> tuple[dict[str, Any], set[str]]:
        return fields_of(self), self.model_fields_set

    def __setstate__(self, state: tuple[dict[str, Any], set[str]]) -> None:
        keep_state(self, *state)

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.__repr_args__())
        return f"{type(self).__name__}({said})"

    def __repr_args__(self) -> Any:
        return fields_of(self).items()


_set = object.__setattr__


def keep_state(made: Frozen, values: dict[str, Any], given: set[str]) -> None:
    """Let a new object have these values, in the order of its fields; `given` are those that somebody gave."""
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", given)
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)


def fields_of(one: Frozen) -> dict[str, Any]:
    """The fields of an object, in order, without what was worked out from them."""
    values = one._whole()
    return {name: values[name] for name in one.field_names}


_MODELS: dict[type[Frozen], type[BaseModel]] = {}
_ADAPTERS: dict[type[Frozen], TypeAdapter[Any]] = {}


def model_of(cls: type[Frozen]) -> type[BaseModel]:
    """The model of pydantic that has the fields and the validators of a class."""
    if cls not in _MODELS:
        _MODELS[cls] = _made_model(cls)
    return _MODELS[cls]


def _made_model(cls: type[Frozen]) -> type[BaseModel]:
    from pydantic import BaseModel

    parents = tuple(model_of(base) for base in cls.__bases__ if issubclass(base, Frozen)) or (BaseModel,)
    namespace: dict[str, Any] = {
        "__annotations__": dict(cls.__annotations__) if cls is not Frozen else {},
        "__doc__": cls.__doc__,
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
    }
    for name, value in {**vars(cls), **cls._fields_told}.items():
        of_model = getattr(getattr(value, "__func__", value), "of_model", None)
        if of_model is not None:
            namespace[name] = of_model.made()(value)
        elif name in cls._fields_told or name in namespace["__annotations__"] or _is_of_pydantic(value):
            namespace[name] = value.made() if isinstance(value, Later) else value
    if "model_config" in vars(cls):
        namespace["model_config"] = {**cls.model_config, "defer_build": True}
    make: Any = type(BaseModel)
    model: type[BaseModel] = make(cls.__name__, parents, namespace)
    return model


def _is_of_pydantic(value: object) -> bool:
    return type(value).__module__.startswith("pydantic.")


def _written_whole(one: Any, write: Callable[[Any], Any]) -> Any:
    """What pydantic writes of an object, once all of its fields are read."""
    if isinstance(one, Frozen):
        one._whole()
    return write(one)


def _adapter(cls: type[Frozen]) -> TypeAdapter[Any]:
    if cls not in _ADAPTERS:
        from pydantic import TypeAdapter

        hidden = bool(cls.model_config.get("hide_input_in_errors"))  # of the outermost alone pydantic asks that
        _ADAPTERS[cls] = TypeAdapter(cls, config={"hide_input_in_errors": hidden, "title": cls.__name__})
    return _ADAPTERS[cls]


def _default(told: Any) -> Any:
    """What a field is where nobody gave it; None where somebody has to."""
    if told is _MISSING:
        return None
    if isinstance(told, Later):
        factory = told.named.get("default_factory")
        if factory is None:
            return told.named.get("default")
        return factory.model_construct() if issubclass(factory, Frozen) else factory()
    if type(told).__module__ == "pydantic.fields":
        return told.get_default(call_default_factory=True) if not told.is_required() else None
    return told


def declared(cls: type[Frozen], name: str) -> Any:
    """The annotation of one field, as it was declared."""
    for base in cls.__mro__:
        text = getattr(base, "__annotations__", {}).get(name) if issubclass(base, Frozen) else None
        if text is not None:
            return eval(text, vars(sys.modules[base.__module__])) if isinstance(text, str) else text  # noqa: S307
    raise KeyError(name)
