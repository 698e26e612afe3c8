"""One metastasis: the organ, and when it was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, field_validator

from sarcoma.patient import words
from sarcoma.patient.field_file import field_spec, metastasis_spec

ORGANS: Mapping[str, str] = metastasis_spec("organ").code_list()
"""Metastatic sites as EURACAN/IDEA4RC codes them: code → name."""


class Metastasis(BaseModel):
    """One metastasis: the organ, and the months from diagnosis to when it was found (0 = at diagnosis)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    organ: Annotated[str, metastasis_spec("organ")]
    months: Annotated[float | None, metastasis_spec("months")] = None

    @field_validator("organ", mode="before")
    @classmethod
    def _unknown_organ(cls, value: Any) -> Any:
        return "unknown" if words.means_unknown(value) else value

    @property
    def text(self) -> str:
        """As people write it: `lung@14`, or `lung` where the time is not known."""
        return self.organ if self.months is None else f"{self.organ}@{self.months:g}"

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()


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
