"""Combinations of fields that cannot all be true, each with what to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sarcoma.errors import Problem
from sarcoma.evidence import library, sites_of
from sarcoma.patient.grade import possible_grades

if TYPE_CHECKING:
    from sarcoma.patient.record import Patient

Check = Callable[["Patient"], Problem | None]


def contradictions(patient: Patient) -> list[Problem]:
    """Every impossible combination in the record; [] for a possible one."""
    return [problem for check in CHECKS if (problem := check(patient)) is not None]


def _site_and_topography(p: Patient) -> Problem | None:
    if p.site is None or p.topography is None:
        return None
    if p.site in sites_of(p.topography, library().primary_sites):
        return None
    return Problem("topography", "this code lies at another place than the named site: change one of the two")


def _superficial_inside_the_body(p: Patient) -> Problem | None:
    if p.depth == "superficial" and p.site and library().primary_sites[p.site].deep:
        return Problem("depth", "a tumour at this site lies deep: change depth or site", "deep")
    return None


def _uterus_and_sex(p: Patient) -> Problem | None:
    if p.sex == "male" and p.site and library().primary_sites[p.site].female:
        return Problem("site", "does not go with the recorded sex: change one of the two")
    return None


def _grade_and_its_parts(p: Patient) -> Problem | None:
    parts = (p.differentiation, p.mitoses_per_10_hpf, p.necrosis)
    if p.grade is None or all(part is None for part in parts):
        return None
    possible = possible_grades(*parts)
    if p.grade == "X":
        if len(possible) == 1:
            return Problem("grade", "is X, but its parts give a grade: leave grade out, or the parts")
        return None
    if p.grade not in possible:
        return Problem(
            "grade", "contradicts its parts (differentiation, mitoses, necrosis): change one, or leave grade out"
        )
    return None


def _foci_and_multifocality(p: Patient) -> Problem | None:
    if p.multifocal is None or p.foci is None or p.multifocal == (p.foci > 1):
        return None
    return Problem("foci", "contradicts multifocal: one tumour is not multifocal, two or more are")


def _extent_and_foci(p: Patient) -> Problem | None:
    if p.extent is not None and p.site in ("upper-limb", "lower-limb", "head-and-neck", "retroperitoneum"):
        return Problem("extent", "is only for organs of chest and abdomen: leave it out")
    return None


def _invasion_and_site(p: Patient) -> Problem | None:
    if not p.invasion or p.site is None:
        return None
    from sarcoma.evidence import staging_tables

    tables = staging_tables()
    allowed = {
        "head-and-neck": tables.head_neck_invasion,
        "skin": tables.head_neck_invasion,
        "uterus": tables.uterine_invasion,
    }
    if set(p.invasion) <= set(allowed.get(p.site, ())):
        return None
    return Problem("invasion", "names a structure that cannot be reached from this site: change invasion or site")


def _myometrium_and_site(p: Patient) -> Problem | None:
    if p.myometrial_invasion is not None and p.site not in (None, "uterus"):
        return Problem("myometrial_invasion", "is only for the uterus: leave it out, or change site")
    return None


def _no_operation(p: Patient) -> Problem | None:
    if p.surgery not in ("none", "planned"):
        return None
    for field in ("margin", "re_resection", "limb_sparing", "surgery_months"):
        value = getattr(p, field)
        if (
            value is None
            or value == "not-done"
            or (p.surgery == "planned" and field in ("surgery_months", "limb_sparing"))
        ):
            continue
        return Problem(field, "goes with an operation that was done: set surgery to resected, or leave this out")
    if p.radiotherapy in ("after-surgery", "both") or (p.surgery == "none" and p.radiotherapy == "before-surgery"):
        return Problem("radiotherapy", "goes with an operation: change surgery, or use without-surgery")
    return None


def _operation_and_radiotherapy(p: Patient) -> Problem | None:
    if p.surgery == "resected" and p.radiotherapy == "without-surgery":
        return Problem("radiotherapy", "says there was no operation, but surgery is resected: change one of the two")
    return None


def _limb_sparing_and_site(p: Patient) -> Problem | None:
    if p.limb_sparing is not None and p.site not in (None, "upper-limb", "lower-limb"):
        return Problem("limb_sparing", "is only for arm and leg: leave it out, or change site")
    return None


def _metastasectomy_and_metastases(p: Patient) -> Problem | None:
    if p.metastasectomy is not None and p.metastases == ():
        return Problem("metastasectomy", "needs a metastasis in the record: add one, or leave this out", "lung@14")
    return None


def _recurrence(p: Patient) -> Problem | None:
    if p.local_recurrence_months is not None and p.local_recurrence is False:
        return Problem("local_recurrence_months", "gives a time, but local_recurrence is no: change one of the two")
    if p.presentation == "recurrent" and p.local_recurrence is False and "local_recurrence" in p.model_fields_set:
        return Problem(
            "local_recurrence", "is no, but the tumour is described as one that came back: change one of the two"
        )
    return None


def _events_after_the_landmark(p: Patient) -> Problem | None:
    if p.landmark_months is None:
        return None
    late = "lies after the landmark: move the landmark, or leave the event out"
    if any(m.months is not None and m.months > p.landmark_months for m in p.metastases or ()):
        return Problem("metastases", late)
    if p.local_recurrence_months is not None and p.local_recurrence_months > p.landmark_months:
        return Problem("local_recurrence_months", late)
    if p.surgery == "resected" and p.surgery_months is not None and p.surgery_months > p.landmark_months:
        return Problem("surgery_months", late)
    return None


def _recurrence_before_surgery(p: Patient) -> Problem | None:
    if (
        p.presentation == "primary"
        and p.surgery == "resected"
        and p.surgery_months is not None
        and p.local_recurrence_months is not None
        and p.local_recurrence_months < p.surgery_months
    ):
        return Problem(
            "local_recurrence_months", "lies before the operation: a tumour comes back only after it was removed"
        )
    return None


CHECKS: tuple[Check, ...] = (
    _site_and_topography,
    _superficial_inside_the_body,
    _uterus_and_sex,
    _grade_and_its_parts,
    _foci_and_multifocality,
    _extent_and_foci,
    _invasion_and_site,
    _myometrium_and_site,
    _no_operation,
    _operation_and_radiotherapy,
    _limb_sparing_and_site,
    _metastasectomy_and_metastases,
    _recurrence,
    _events_after_the_landmark,
    _recurrence_before_surgery,
)
