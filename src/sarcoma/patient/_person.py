"""The person: age, sex, health, inherited syndrome."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from sarcoma.patient.fields import FieldSpec


class PersonFields(BaseModel):
    """Fields of the record about the person."""

    model_config = ConfigDict(defer_build=True)  # only the whole record is ever built

    age: Annotated[
        float | None,
        FieldSpec(
            label="Age at diagnosis",
            kind="number",
            group="person",
            unit="years",
            low=0,
            high=120,
            example="62",
            help="Age in years when the sarcoma was first diagnosed.",
            ask="How old were you when the sarcoma was found?",
            why="Most numbers come from adults. Some also change with age.",
        ),
    ] = None
    sex: Annotated[
        str | None,
        FieldSpec(
            label="Sex",
            kind="code",
            group="person",
            codes={"female": "female", "male": "male"},
            example="female",
            words={"f": "female", "woman": "female", "m": "male", "man": "male"},
            help="Sex as recorded; only some figures differ by it.",
        ),
    ] = None
    performance_status: Annotated[
        int | None,
        FieldSpec(
            label="Performance status (ECOG)",
            kind="whole",
            group="person",
            low=0,
            high=4,
            example="1",
            help="How active the person is: 0 fully active, 1 light work, 2 up more than half the day, 3 in bed or a "
            "chair more than half the day, 4 in bed all day.",
        ),
    ] = None
    syndrome: Annotated[
        str | None,
        FieldSpec(
            label="Inherited syndrome",
            kind="code",
            group="person",
            example="none",
            codes={
                "none": "none known",
                "li-fraumeni": "Li-Fraumeni (TP53)",
                "neurofibromatosis-1": "neurofibromatosis type 1 (NF1)",
                "retinoblastoma": "hereditary retinoblastoma (RB1)",
                "familial-adenomatous-polyposis": "Gardner / familial adenomatous polyposis (APC)",
                "werner": "Werner (WRN)",
                "gorlin": "Gorlin (PTCH)",
                "tuberous-sclerosis": "tuberous sclerosis (TSC1/2)",
                "other": "another",
            },
            words={
                "nf1": "neurofibromatosis-1",
                "lfs": "li-fraumeni",
                "tp53": "li-fraumeni",
                "fap": "familial-adenomatous-polyposis",
                "gardner": "familial-adenomatous-polyposis",
                "no": "none",
            },
            help="A syndrome in the family that makes sarcoma more likely.",
        ),
    ] = None
    earlier_radiotherapy: Annotated[
        bool | None,
        FieldSpec(
            label="Earlier radiotherapy at this place",
            kind="yes-no",
            group="person",
            example="no",
            help="Radiotherapy to this part of the body for something else, before the sarcoma.",
        ),
    ] = None
    albumin: Annotated[
        float | None,
        FieldSpec(
            label="Albumin",
            kind="number",
            group="person",
            unit="g/L",
            low=10,
            high=70,
            example="41",
            help="Albumin in blood, in grams per litre (4.1 g/dL is 41 g/L).",
        ),
    ] = None
    lymphocytes: Annotated[
        float | None,
        FieldSpec(
            label="Lymphocytes",
            kind="number",
            group="person",
            unit="10^9/L",
            low=0,
            high=100,
            example="1.4",
            help="Lymphocytes in blood, in 10^9 per litre (1,400 per microlitre is 1.4).",
        ),
    ] = None
    sodium: Annotated[
        float | None,
        FieldSpec(
            label="Sodium",
            kind="number",
            group="person",
            unit="mmol/L",
            low=100,
            high=180,
            example="139",
            help="Sodium in blood, in millimoles per litre.",
        ),
    ] = None
