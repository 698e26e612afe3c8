"""What is known about one person at one time: the record, histologic type, grade, stage."""

from sarcoma.patient._course import ORGANS, Metastasis
from sarcoma.patient.columns import Coded, Members, Numeric
from sarcoma.patient.derived import DERIVED
from sarcoma.patient.fields import FieldSpec
from sarcoma.patient.record import Patient, field_specs
from sarcoma.patient.records import Records

__all__ = [
    "DERIVED",
    "ORGANS",
    "Coded",
    "FieldSpec",
    "Members",
    "Metastasis",
    "Numeric",
    "Patient",
    "Records",
    "field_specs",
]
