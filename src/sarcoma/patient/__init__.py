"""What is known about one person at one time: the record, histologic type, grade, stage."""

from sarcoma.patient.columns import Coded, Members, Numeric
from sarcoma.patient.derived import DERIVED
from sarcoma.patient.field_file import field_specs
from sarcoma.patient.fields import FieldSpec
from sarcoma.patient.metastasis import ORGANS, Metastasis
from sarcoma.patient.profile import PossibleProfiles, possible_profiles
from sarcoma.patient.record import Patient
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
    "PossibleProfiles",
    "Records",
    "field_specs",
    "possible_profiles",
]
