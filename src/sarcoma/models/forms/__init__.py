"""The forms that a model may have: one class a kind, each in a file of its own.

A file in this folder is found by itself.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args

from sarcoma._frozen import declared
from sarcoma.models.forms.form import Form

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


def _forms() -> tuple[type[Form], ...]:
    """The classes of this folder that say what a card writes in `kind`, in the order of the files' names."""
    rooms = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [value for room in rooms for value in vars(room).values() if isinstance(value, type)]
    return tuple(dict.fromkeys(form for form in found if issubclass(form, Form) and kinds_of(form)))


def kinds_of(form: type[Form]) -> tuple[str, ...]:
    """What a card of this form may say in `kind`."""
    return get_args(declared(form, "kind"))


FORMS = _forms()
KINDS = tuple(sorted({kind for form in FORMS for kind in kinds_of(form)}))


def _tag(raw: Any) -> str | None:
    """The form of a card: of those of its kind the one with the fewest of its needs missing."""
    if isinstance(raw, Form):
        return type(raw).__name__
    of_kind = [form for form in FORMS if raw.get("kind") in kinds_of(form)] if isinstance(raw, Mapping) else []

    def lacking(form: type[Form]) -> tuple[int, int]:
        return sum(not raw.get(part) for part in form.needs), len(kinds_of(form))

    return min(of_kind, key=lacking).__name__ if of_kind else None


class _OfItsKind:
    """The annotation that lets pydantic read a form as the class that fits its fields."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Discriminator, Tag

        told = Discriminator(
            _tag,
            custom_error_type="kind",
            custom_error_message=f"Input should be {', '.join(map(repr, KINDS[:-1]))} or {KINDS[-1]!r}",
        )
        forms: Any = Union[tuple(Annotated[form, Tag(form.__name__)] for form in FORMS)]  # noqa: UP007
        return handler.generate_schema(Annotated[forms, told])


AnyForm = Annotated[Form, _OfItsKind()]
