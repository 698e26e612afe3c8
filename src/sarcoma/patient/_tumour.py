"""The tumour: type, place, size, grade, nodes, what it has grown into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from sarcoma.patient.fields import FieldSpec


def _invasion_codes() -> Mapping[str, str]:
    from sarcoma.evidence import staging_tables

    return staging_tables().invasion


class TumourFields(BaseModel):
    """Fields of the record about the primary tumour."""

    model_config = ConfigDict(defer_build=True)  # only the whole record is ever built

    histologic_type: Annotated[
        str | None,
        FieldSpec(
            label="Histologic type",
            kind="type",
            group="tumour",
            flag="type",
            example="leiomyosarcoma",
            help="The kind of sarcoma in the pathology report: a name, an abbreviation (LMS) or an ICD-O-3 code "
            "(8890/3).",
            ask="Which kind of sarcoma is it?",
            why="This matters most. Each kind spreads in its own way and has its own treatments. The report of the "
            "pathologist names it.",
        ),
    ] = None
    site: Annotated[
        str | None,
        FieldSpec(
            label="Primary site",
            kind="site",
            group="tumour",
            example="lower limb",
            help="Where the sarcoma began.",
            ask="Where did it start?",
            why="Where it starts changes where it can spread to, and which studies fit you.",
        ),
    ] = None
    topography: Annotated[
        str | None,
        FieldSpec(
            label="ICD-O-3 topography",
            kind="topography",
            group="tumour",
            example="C49.2",
            help="The code of the place where the sarcoma began, instead of or beside the named site.",
        ),
    ] = None
    size_cm: Annotated[
        float | None,
        FieldSpec(
            label="Size",
            kind="number",
            group="tumour",
            flag="size",
            unit="cm",
            low=0,
            high=100,
            above_low=True,
            example="7",
            help="The largest diameter of the tumour, in centimetres (70 mm is 7).",
            ask="How big was it, at its widest?",
            why="Bigger tumours spread more often. Reports give it in mm or cm: 70 mm is 7 cm.",
        ),
    ] = None
    depth: Annotated[
        str | None,
        FieldSpec(
            label="Depth",
            kind="code",
            group="tumour",
            example="deep",
            codes={"superficial": "above the fascia, not reaching it", "deep": "below or through the fascia"},
            words={
                "s": "superficial",
                "subcutaneous": "superficial",
                "d": "deep",
                "subfascial": "deep",
                "epifascial": "superficial",
            },
            help="Whether the tumour lies above (superficial) or below (deep) the sheet of tissue over the muscles.",
            ask="Was it just under the skin, or deeper?",
            why="Deep tumours spread more often. Deep means below the tough sheet that covers the muscles.",
            plain_codes={
                "superficial": "just under the skin",
                "deep": "deep, in or below the muscle",
            },
        ),
    ] = None
    grade: Annotated[
        str | None,
        FieldSpec(
            label="FNCLCC grade",
            kind="code",
            group="tumour",
            example="3",
            codes={"1": "grade 1 (low)", "2": "grade 2", "3": "grade 3 (high)", "X": "could not be assessed"},
            words={
                "g1": "1",
                "g2": "2",
                "g3": "3",
                "gx": "X",
                "i": "1",
                "ii": "2",
                "iii": "3",
                "grade 1": "1",
                "grade 2": "2",
                "grade 3": "3",
                "not assessable": "X",
                "cannot be assessed": "X",
            },
            help="Grade by the French (FNCLCC) system, in the pathology report. X means it could not be assessed.",
            ask="What grade is it?",
            why="The grade says how wild the cells look. It tells most about the risk that it spreads.",
            plain_codes={
                "1": "grade 1 (low)",
                "2": "grade 2 (middle)",
                "3": "grade 3 (high)",
                "X": "the report says it could not be told",
            },
        ),
    ] = None
    differentiation: Annotated[
        int | None,
        FieldSpec(
            label="Differentiation score",
            kind="whole",
            group="tumour",
            low=1,
            high=3,
            example="2",
            help="Part of the FNCLCC grade: 1 looks much like normal tissue, 3 hardly at all.",
        ),
    ] = None
    mitoses_per_10_hpf: Annotated[
        float | None,
        FieldSpec(
            label="Mitoses per 10 high-power fields",
            kind="number",
            group="tumour",
            flag="mitoses",
            low=0,
            high=1000,
            example="12",
            unit="per 10 high-power fields",
            help="Part of the FNCLCC grade: dividing cells counted in ten fields of the microscope.",
        ),
    ] = None
    necrosis: Annotated[
        str | None,
        FieldSpec(
            label="Necrosis",
            kind="code",
            group="tumour",
            example="under-half",
            codes={
                "none": "none",
                "under-half": "less than half of the tumour",
                "half-or-more": "half of the tumour or more",
            },
            words={
                "absent": "none",
                "no": "none",
                "0%": "none",
                "<50%": "under-half",
                "<50": "under-half",
                "less than 50%": "under-half",
                ">=50%": "half-or-more",
                "≥50%": "half-or-more",
                ">50%": "half-or-more",
            },
            help="Part of the FNCLCC grade: how much of the tumour had died.",
        ),
    ] = None
    multifocal: Annotated[
        bool | None,
        FieldSpec(
            label="Multifocal",
            kind="yes-no",
            group="tumour",
            example="no",
            help="Whether there is more than one separate tumour at the place where it began.",
            ask="Was there more than one tumour where it started?",
            why="In the belly this changes how things go on.",
        ),
    ] = None
    foci: Annotated[
        int | None,
        FieldSpec(
            label="Number of tumours at the primary site",
            kind="whole",
            group="tumour",
            low=1,
            high=200,
            example="1",
            help="How many separate tumours there are at the place where it began.",
        ),
    ] = None
    rupture: Annotated[
        bool | None,
        FieldSpec(
            label="Tumour rupture",
            kind="yes-no",
            group="tumour",
            example="no",
            help="Whether the tumour broke open, by itself or during the operation.",
        ),
    ] = None
    nodes: Annotated[
        str | None,
        FieldSpec(
            label="Regional lymph nodes",
            kind="code",
            group="tumour",
            example="negative",
            codes={
                "negative": "no regional node involved",
                "positive": "a regional node is involved",
                "not-assessed": "nodes were not assessed",
            },
            words={
                "n0": "negative",
                "n1": "positive",
                "nx": "not-assessed",
                "no": "negative",
                "yes": "positive",
                "not examined": "not-assessed",
            },
            help="Whether nearby lymph nodes contain sarcoma. Leave unknown if you do not know what was found.",
            ask="Was there sarcoma in the lymph nodes close by?",
            why="Few kinds spread to lymph nodes. If they did, the stage is another one.",
            plain_codes={
                "negative": "no",
                "positive": "yes",
                "not-assessed": "nobody looked",
            },
        ),
    ] = None
    presentation: Annotated[
        str | None,
        FieldSpec(
            label="Presentation",
            kind="code",
            group="tumour",
            example="primary",
            codes={"primary": "first tumour", "recurrent": "came back at the same place"},
            words={"recurrence": "recurrent", "local recurrence": "recurrent", "first": "primary"},
            help="Whether the tumour described here is the first one, or one that came back at the same place.",
            ask="Is it the first tumour, or one that came back at the same place?",
            why="Most studies are about first tumours.",
            plain_codes={
                "primary": "the first one",
                "recurrent": "it came back",
            },
        ),
    ] = "primary"
    extent: Annotated[
        str | None,
        FieldSpec(
            label="Local extent (organs of chest and abdomen)",
            kind="code",
            group="tumour",
            example="confined",
            codes={
                "confined": "confined to the organ",
                "serosa": "into the serosa or visceral peritoneum",
                "beyond-serosa": "beyond the serosa, into the mesentery",
                "adjacent-organ": "into another organ",
            },
            help="For a sarcoma of an organ in chest or abdomen: how far it reaches.",
        ),
    ] = None
    invasion: Annotated[
        tuple[str, ...] | None,
        FieldSpec(
            label="Structures invaded",
            kind="members",
            group="tumour",
            example="orbit",
            codes=_invasion_codes,
            help="For head and neck, and for the uterus: which structures the tumour has grown into; none if none.",
        ),
    ] = None
    myometrial_invasion: Annotated[
        str | None,
        FieldSpec(
            label="Depth of invasion of the uterine wall",
            kind="code",
            group="tumour",
            example="none",
            codes={
                "none": "none (endometrium or endocervix only)",
                "half-or-less": "half of the wall or less",
                "more-than-half": "more than half of the wall",
            },
            help="For adenosarcoma of the uterus only.",
        ),
    ] = None
    neurovascular_or_bone_invasion: Annotated[
        bool | None,
        FieldSpec(
            label="Nerve, vessel or bone invaded",
            kind="yes-no",
            group="tumour",
            example="no",
            help="Whether the tumour has grown into a large nerve, a large vessel or bone.",
        ),
    ] = None
