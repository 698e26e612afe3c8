"""Care so far: surgery, radiotherapy, drugs, response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from sarcoma.patient.fields import FieldSpec


def _treatment_codes() -> Mapping[str, str]:
    from sarcoma.evidence import library

    general = {"chemotherapy": "chemotherapy, drug not known", "targeted-therapy": "a targeted drug, not known which"}
    return {**general, **{t.id: t.name for t in library().treatments.values()}}


class CareFields(BaseModel):
    """Fields of the record about treatment."""

    model_config = ConfigDict(defer_build=True)  # only the whole record is ever built

    surgery: Annotated[
        str | None,
        FieldSpec(
            label="Surgery of the primary",
            kind="code",
            group="treatment",
            example="resected",
            codes={"resected": "done: the tumour was removed", "planned": "planned", "none": "none, and none planned"},
            words={
                "done": "resected",
                "yes": "resected",
                "removed": "resected",
                "no": "none",
                "not resected": "none",
                "unresectable": "none",
            },
            help="Whether the tumour has been removed by an operation.",
            ask="Have you had an operation to take it out?",
            why="Many numbers are about people after their operation.",
            plain_codes={
                "resected": "yes, it was taken out",
                "planned": "not yet, but it is planned",
                "none": "no, and none is planned",
            },
        ),
    ] = None
    surgery_months: Annotated[
        float | None,
        FieldSpec(
            label="Time of surgery",
            kind="number",
            group="treatment",
            unit="months",
            low=-2,
            high=720,
            example="1",
            time=True,
            help="Months from diagnosis to the operation (or its date, if the date of diagnosis is given).",
        ),
    ] = None
    limb_sparing: Annotated[
        bool | None,
        FieldSpec(
            label="Limb-sparing surgery",
            kind="yes-no",
            group="treatment",
            example="yes",
            help="Whether the arm or leg was kept.",
        ),
    ] = None
    margin: Annotated[
        str | None,
        FieldSpec(
            label="Surgical margin",
            kind="code",
            group="treatment",
            example="R0",
            codes={
                "R0": "no tumour at the edge",
                "R1": "tumour at the edge under the microscope",
                "R2": "visible tumour left",
                "RX": "could not be assessed",
            },
            words={"negative": "R0", "r0": "R0", "r1": "R1", "r2": "R2", "rx": "RX", "clear": "R0"},
            help="Whether tumour reached the edge of what was removed.",
            ask="Was there tumour at the edge of what was taken out?",
            why="If so, it comes back at the same place more often. The report may say R0, R1 or R2.",
            plain_codes={
                "R0": "no (R0)",
                "R1": "yes, but only seen under the microscope (R1)",
                "R2": "yes, some of the tumour could not be taken out (R2)",
                "RX": "it could not be told (RX)",
            },
        ),
    ] = None
    re_resection: Annotated[
        str | None,
        FieldSpec(
            label="Second operation on the tumour bed",
            kind="code",
            group="treatment",
            example="negative",
            codes={"not-done": "none", "negative": "done, no tumour found", "positive": "done, tumour found"},
            words={"none": "not-done", "no": "not-done"},
            help="Whether the tumour bed was operated on again soon after the first operation, and what was found.",
        ),
    ] = None
    radiotherapy: Annotated[
        str | None,
        FieldSpec(
            label="Radiotherapy with the operation",
            kind="code",
            group="treatment",
            example="before-surgery",
            codes={
                "none": "none",
                "before-surgery": "before the operation",
                "after-surgery": "after the operation",
                "both": "before and after",
                "without-surgery": "without an operation",
            },
            words={
                "no": "none",
                "neoadjuvant": "before-surgery",
                "preoperative": "before-surgery",
                "adjuvant": "after-surgery",
                "postoperative": "after-surgery",
            },
            help="Radiotherapy of the sarcoma itself, before or after the operation.",
            ask="Did you have radiotherapy for it, around the operation?",
            why="It makes it less likely that the sarcoma comes back at the same place.",
            plain_codes={
                "none": "no",
                "before-surgery": "yes, before the operation",
                "after-surgery": "yes, after the operation",
                "both": "yes, before and after",
                "without-surgery": "yes, without an operation",
            },
        ),
    ] = None
    treatments: Annotated[
        tuple[str, ...] | None,
        FieldSpec(
            label="Treatments so far",
            kind="members",
            group="treatment",
            flag="treatment",
            example="doxorubicin",
            codes=_treatment_codes,
            help="Drugs and treatments of the sarcoma so far; none if none.",
        ),
    ] = None
    response: Annotated[
        str | None,
        FieldSpec(
            label="Response to the last drug treatment",
            kind="code",
            group="treatment",
            example="stable",
            codes={
                "complete": "no tumour visible any more",
                "partial": "clearly smaller",
                "stable": "about the same",
                "progression": "grown or new",
            },
            words={
                "cr": "complete",
                "pr": "partial",
                "sd": "stable",
                "pd": "progression",
                "stable disease": "stable",
                "progressive disease": "progression",
            },
            help="How the sarcoma answered the last drug treatment.",
        ),
    ] = None
    metastasectomy: Annotated[
        str | None,
        FieldSpec(
            label="Operation on metastases",
            kind="code",
            group="treatment",
            example="undecided",
            codes={"done": "done", "not-planned": "decided against", "undecided": "not decided yet"},
            words={"yes": "done", "no": "not-planned", "planned": "undecided", "none": "not-planned"},
            help="Whether metastases were removed by an operation, or the team has decided against it.",
        ),
    ] = None
