"""The fields of the record, declared: their names and types. What people read of them stands in `data/fields.yaml`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any

from sarcoma._frozen import Frozen
from sarcoma.patient.field_file import field_spec
from sarcoma.patient.metastasis import Metastasis


class RecordFields(Frozen):
    """One attribute a field, in the order of the file; None is unknown.

    Three fields say what has *happened* and start as "nothing has".
    """

    # The person: age, sex, health, inherited syndrome
    age: Annotated[float | None, field_spec("age")] = None
    sex: Annotated[str | None, field_spec("sex")] = None
    performance_status: Annotated[int | None, field_spec("performance_status")] = None
    syndrome: Annotated[str | None, field_spec("syndrome")] = None
    earlier_radiotherapy: Annotated[bool | None, field_spec("earlier_radiotherapy")] = None
    albumin: Annotated[float | None, field_spec("albumin")] = None
    lymphocytes: Annotated[float | None, field_spec("lymphocytes")] = None
    sodium: Annotated[float | None, field_spec("sodium")] = None

    # The tumour: type, place, size, grade, nodes, what it has grown into
    histologic_type: Annotated[str | None, field_spec("histologic_type")] = None
    site: Annotated[str | None, field_spec("site")] = None
    topography: Annotated[str | None, field_spec("topography")] = None
    size_cm: Annotated[float | None, field_spec("size_cm")] = None
    depth: Annotated[str | None, field_spec("depth")] = None
    grade: Annotated[str | None, field_spec("grade")] = None
    differentiation: Annotated[int | None, field_spec("differentiation")] = None
    mitoses_per_10_hpf: Annotated[float | None, field_spec("mitoses_per_10_hpf")] = None
    necrosis: Annotated[str | None, field_spec("necrosis")] = None
    multifocal: Annotated[bool | None, field_spec("multifocal")] = None
    foci: Annotated[int | None, field_spec("foci")] = None
    rupture: Annotated[bool | None, field_spec("rupture")] = None
    nodes: Annotated[str | None, field_spec("nodes")] = None
    presentation: Annotated[str | None, field_spec("presentation")] = "primary"
    extent: Annotated[str | None, field_spec("extent")] = None
    invasion: Annotated[tuple[str, ...] | None, field_spec("invasion")] = None
    myometrial_invasion: Annotated[str | None, field_spec("myometrial_invasion")] = None
    neurovascular_or_bone_invasion: Annotated[bool | None, field_spec("neurovascular_or_bone_invasion")] = None
    bone_invasion: Annotated[bool | None, field_spec("bone_invasion")] = None
    lymphovascular_invasion: Annotated[bool | None, field_spec("lymphovascular_invasion")] = None
    site_detail: Annotated[str | None, field_spec("site_detail")] = None
    rms_group: Annotated[str | None, field_spec("rms_group")] = None
    rms_stage: Annotated[str | None, field_spec("rms_stage")] = None
    fibrosarcomatous: Annotated[bool | None, field_spec("fibrosarcomatous")] = None
    reported_behaviour: Annotated[str | None, field_spec("reported_behaviour")] = None
    epithelioid_imt: Annotated[bool | None, field_spec("epithelioid_imt")] = None
    pleomorphic_dermal: Annotated[bool | None, field_spec("pleomorphic_dermal")] = None

    # Care so far: surgery, radiotherapy, drugs, response
    surgery: Annotated[str | None, field_spec("surgery")] = None
    surgery_months: Annotated[float | None, field_spec("surgery_months")] = None
    limb_sparing: Annotated[bool | None, field_spec("limb_sparing")] = None
    margin: Annotated[str | None, field_spec("margin")] = None
    re_resection: Annotated[str | None, field_spec("re_resection")] = None
    radiotherapy: Annotated[str | None, field_spec("radiotherapy")] = None
    treatments: Annotated[tuple[str, ...] | None, field_spec("treatments")] = None
    response: Annotated[str | None, field_spec("response")] = None
    metastasectomy: Annotated[str | None, field_spec("metastasectomy")] = None

    # The course so far: metastases, local recurrence, and the time from which we look ahead
    diagnosis_date: Annotated[datetime.date | None, field_spec("diagnosis_date")] = None
    metastases: Annotated[tuple[Metastasis, ...] | None, field_spec("metastases")] = ()
    bone_marrow: Annotated[bool | None, field_spec("bone_marrow")] = None
    local_recurrence: Annotated[bool | None, field_spec("local_recurrence")] = False
    local_recurrence_months: Annotated[float | None, field_spec("local_recurrence_months")] = None
    landmark_months: Annotated[float | None, field_spec("landmark_months")] = None

    # Markers that a treatment depends on
    ntrk_fusion: Annotated[bool | None, field_spec("ntrk_fusion")] = None
    alk_fusion: Annotated[bool | None, field_spec("alk_fusion")] = None
    ini1_lost: Annotated[bool | None, field_spec("ini1_lost")] = None
    germline_smarcb1: Annotated[bool | None, field_spec("germline_smarcb1")] = None
    hla_a02: Annotated[bool | None, field_spec("hla_a02")] = None
    mage_a4: Annotated[bool | None, field_spec("mage_a4")] = None
    ny_eso_1: Annotated[bool | None, field_spec("ny_eso_1")] = None
    foxo1_fusion: Annotated[bool | None, field_spec("foxo1_fusion")] = None
    myod1_or_tp53_changed: Annotated[bool | None, field_spec("myod1_or_tp53_changed")] = None
    hla_alleles: Annotated[tuple[str, ...] | None, field_spec("hla_alleles")] = None


NOT_HAPPENED: Mapping[str, Any] = {name: value for name, value in RecordFields.unset.items() if value is not None}
"""Fields that say what has happened, with the value that means "nothing has", which a record that is silent means."""
