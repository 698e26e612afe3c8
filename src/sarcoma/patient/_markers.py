"""Markers that a treatment depends on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from sarcoma.patient.fields import FieldSpec


class MarkerFields(BaseModel):
    """Fields of the record about molecular markers."""

    model_config = ConfigDict(defer_build=True)  # only the whole record is ever built

    ntrk_fusion: Annotated[
        bool | None,
        FieldSpec(
            label="NTRK fusion",
            kind="yes-no",
            group="markers",
            example="no",
            help="A fusion of an NTRK gene in the tumour.",
        ),
    ] = None
    alk_fusion: Annotated[
        bool | None,
        FieldSpec(
            label="ALK fusion",
            kind="yes-no",
            group="markers",
            example="no",
            help="A fusion of the ALK gene in the tumour.",
        ),
    ] = None
    ini1_lost: Annotated[
        bool | None,
        FieldSpec(
            label="INI1 lost",
            kind="yes-no",
            group="markers",
            example="no",
            help="Loss of INI1 (SMARCB1) in the tumour.",
        ),
    ] = None
    hla_a02: Annotated[
        bool | None,
        FieldSpec(
            label="HLA-A*02",
            kind="yes-no",
            group="markers",
            example="no",
            help="Tissue type HLA-A*02 (of the subtypes that the cell therapy names), from a blood test.",
        ),
    ] = None
    mage_a4: Annotated[
        bool | None,
        FieldSpec(
            label="MAGE-A4",
            kind="yes-no",
            group="markers",
            example="no",
            help="The protein MAGE-A4 found in the tumour.",
        ),
    ] = None
    ny_eso_1: Annotated[
        bool | None,
        FieldSpec(
            label="NY-ESO-1",
            kind="yes-no",
            group="markers",
            example="no",
            help="The protein NY-ESO-1 found in the tumour.",
        ),
    ] = None
