"""The course so far: metastases, local recurrence, and the time from which we look ahead."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, field_validator

from sarcoma.patient.fields import FieldSpec

ORGANS: dict[str, str] = {
    "lung": "lung",
    "liver": "liver",
    "bone": "bone",
    "brain": "brain",
    "lymph-node": "distant lymph node",
    "soft-tissue": "soft tissue or skin",
    "peritoneum": "peritoneum",
    "pleura": "pleura",
    "other-viscera": "another organ",
    "unknown": "organ not known",
}
"""Metastatic sites as EURACAN/IDEA4RC codes them."""


class Metastasis(BaseModel):
    """One metastasis: the organ, and the months from diagnosis to when it was found (0 = at diagnosis)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    organ: Annotated[
        str,
        FieldSpec(
            label="Organ",
            kind="code",
            group="course",
            help="The organ that the sarcoma has spread to.",
            example="lung",
            codes=ORGANS,
            words={
                "lungs": "lung",
                "pulmonary": "lung",
                "hepatic": "liver",
                "bones": "bone",
                "skeleton": "bone",
                "cns": "brain",
                "node": "lymph-node",
                "nodes": "lymph-node",
                "lymph nodes": "lymph-node",
                "distant node": "lymph-node",
                "skin": "soft-tissue",
                "muscle": "soft-tissue",
                "abdomen": "peritoneum",
                "peritoneal": "peritoneum",
                "other": "other-viscera",
                "viscera": "other-viscera",
            },
        ),
    ]
    months: Annotated[
        float | None,
        FieldSpec(
            label="Months from diagnosis",
            kind="number",
            group="course",
            help="Months from the first diagnosis to when this metastasis was found; 0 if found at diagnosis.",
            example="14",
            unit="months",
            low=0,
            high=720,
            time=True,
        ),
    ] = None

    @field_validator("organ", mode="before")
    @classmethod
    def _unknown_organ(cls, value: Any) -> Any:
        return "unknown" if value is None else value

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()


class CourseFields(BaseModel):
    """Fields of the record about what has happened, and when."""

    model_config = ConfigDict(defer_build=True)  # only the whole record is ever built

    diagnosis_date: Annotated[
        datetime.date | None,
        FieldSpec(
            label="Date of diagnosis",
            kind="date",
            group="course",
            example="2025-03-14",
            help="Only needed if other times are written as dates.",
        ),
    ] = None
    metastases: Annotated[
        tuple[Metastasis, ...] | None,
        FieldSpec(
            label="Metastases",
            kind="metastases",
            group="course",
            flag="metastasis",
            example="lung@14",
            help="Organs that the sarcoma has spread to, each with the months from diagnosis to when it was found "
            "(lung@14; 0 = at diagnosis); none if none is known.",
            ask="Has it spread to another part of the body?",
            why="If it has, other numbers and other treatments count for you.",
        ),
    ] = ()
    local_recurrence: Annotated[
        bool | None,
        FieldSpec(
            label="Local recurrence",
            kind="yes-no",
            group="course",
            example="no",
            help="Whether the sarcoma has come back at the same place since the operation.",
            ask="Has it come back at the same place since the operation?",
            why="The numbers after a first operation do not fit any more then.",
        ),
    ] = False
    local_recurrence_months: Annotated[
        float | None,
        FieldSpec(
            label="Time of local recurrence",
            kind="number",
            group="course",
            unit="months",
            low=0,
            high=720,
            example="18",
            time=True,
            help="Months from diagnosis to the first local recurrence.",
        ),
    ] = None
    landmark_months: Annotated[
        float | None,
        FieldSpec(
            label="Landmark",
            kind="number",
            group="course",
            flag="landmark",
            unit="months",
            low=0,
            high=720,
            example="24",
            time=True,
            help="The time from which you look ahead: months since diagnosis. Everything in the record has happened by "
            "then. "
            "Leave out to look ahead from the start of each model.",
            ask="How many months ago was the sarcoma found?",
            why="With time some of the risk lies behind you.",
        ),
    ] = None
