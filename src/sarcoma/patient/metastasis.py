"""One metastasis: the organ, and when it was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, field_validator

from sarcoma.patient.field_file import metastasis_spec

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
        return "unknown" if value is None else value

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()
