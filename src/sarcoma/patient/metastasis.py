"""One metastasis: the organ, and when it was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from sarcoma._frozen import Frozen, field_validator, keep_state
from sarcoma.patient import words
from sarcoma.patient.field_file import field_spec, metastasis_spec

ORGANS: Mapping[str, str] = metastasis_spec("organ").code_list()
"""Metastatic sites as EURACAN/IDEA4RC codes them: code → name."""


class Metastasis(Frozen):
    """One metastasis: the organ, and the months from diagnosis to when it was found (0 = at diagnosis)."""

    model_config: ClassVar[Mapping[str, Any]] = {"extra": "forbid", "frozen": True, "hide_input_in_errors": True}

    organ: Annotated[str, metastasis_spec("organ")]
    months: Annotated[float | None, metastasis_spec("months")] = None

    def __init__(self, /, **data: Any) -> None:
        values = _cleaned(data) if type(self) is Metastasis else None
        if values is None:
            super().__init__(**data)  # which says what is wrong
        else:
            keep_state(self, values, set(data))

    @field_validator("organ", mode="before")
    @classmethod
    def _unknown_organ(cls, value: Any) -> Any:
        return _organ(value)

    @property
    def text(self) -> str:
        """As people write it: `lung@14`, or `lung` where the time is not known."""
        return self.organ if self.months is None else f"{self.organ}@{self.months:g}"

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()


def metastasis_of(written: Mapping[str, Any]) -> Metastasis | None:
    """One of what people wrote, or None where that is none."""
    values = _cleaned(written)
    return None if values is None else Metastasis.model_construct(set(written), **values)


def _organ(value: Any) -> Any:
    return "unknown" if words.means_unknown(value) else value


def _cleaned(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Organ and months of what people wrote; None where something is wrong."""
    if not {"organ"} <= data.keys() <= {"organ", "months"}:
        return None
    try:
        organ = metastasis_spec("organ").clean(_organ(data["organ"]))
        months = metastasis_spec("months").clean(data.get("months"))
    except ValueError:
        return None
    return {"organ": organ, "months": months} if type(organ) is str and type(months) in (float, type(None)) else None


def metastases_of_text(text: str | None) -> tuple[Metastasis, ...] | None:
    """Metastases as a table holds them – `lung@14; liver@20`, `none` – or None where they are not known.

    Raises
    ------
    ValueError : an entry cannot be read.
    """
    parts = field_spec("metastases").clean(text)
    return None if parts is None else tuple(Metastasis(**part) for part in parts)


def metastases_text(found: tuple[Metastasis, ...]) -> str:
    """Metastases as a table holds them."""
    return "; ".join(metastasis.text for metastasis in found) or "none"
