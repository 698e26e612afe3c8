"""Combinations of fields that cannot all be true, each with what to change."""

from __future__ import annotations

from collections.abc import Callable

from sarcoma.errors import Problem
from sarcoma.evidence import library, sites_of, staging_tables
from sarcoma.patient.grade import possible_grades
from sarcoma.patient.record_fields import RecordFields

Check = Callable[[RecordFields], Problem | None]


def contradictions(patient: RecordFields) -> list[Problem]:
    """Every impossible combination in the record; [] for a possible one."""
    return [problem for check in CHECKS if (problem := check(patient)) is not None]


def _contradiction(field: str, rule: str, example: str | None = None) -> Problem:
    return Problem(field, "contradiction", rule, example=example)


def _site_and_topography(p: RecordFields) -> Problem | None:
    if p.site is None or p.topography is None:
        return None
    if p.site in sites_of(p.topography, library().primary_sites):
        return None
    return _contradiction("topography", "topography-and-site")


def _superficial_inside_the_body(p: RecordFields) -> Problem | None:
    if p.depth == "superficial" and p.site and library().primary_sites[p.site].deep:
        return _contradiction("depth", "depth-and-site", "deep")
    return None


def _uterus_and_sex(p: RecordFields) -> Problem | None:
    if p.sex == "male" and p.site and library().primary_sites[p.site].female:
        return _contradiction("site", "sex-and-site")
    return None


def _grade_and_its_parts(p: RecordFields) -> Problem | None:
    parts = (p.differentiation, p.mitoses_per_10_hpf, p.necrosis)
    if p.grade is None or all(part is None for part in parts):
        return None
    possible = possible_grades(*parts)
    if p.grade == "X":
        if len(possible) == 1:
            return _contradiction("grade", "grade-x-and-parts")
        return None
    if p.grade not in possible:
        return _contradiction("grade", "grade-and-parts")
    return None


def _foci_and_multifocality(p: RecordFields) -> Problem | None:
    if p.multifocal is None or p.foci is None or p.multifocal == (p.foci > 1):
        return None
    return _contradiction("foci", "foci-and-multifocal")


def _extent_and_site(p: RecordFields) -> Problem | None:
    """How far a tumour reaches beyond its organ is asked of organs: where T follows from it, and of the uterus."""
    places = library().primary_sites
    sites = (p.site,) if p.site is not None else sites_of(p.topography, places) if p.topography is not None else ()
    if p.extent is None or not sites:
        return None
    tables = staging_tables()
    organs = {c.id for c in tables.ajcc.chapters if any(t.extent is not None for t in c.t)} | {tables.figo.chapter}
    if any(not places[site].chapters or not organs.isdisjoint(places[site].chapters) for site in sites):
        return None
    return _contradiction("extent", "extent-and-site")


def _invasion_and_site(p: RecordFields) -> Problem | None:
    if not p.invasion or p.site is None:
        return None
    tables = staging_tables()
    allowed = {
        "head-and-neck": tables.head_neck_invasion,
        "skin": tables.head_neck_invasion,
        "uterus": tables.uterine_invasion,
    }
    if set(p.invasion) <= set(allowed.get(p.site, ())):
        return None
    return _contradiction("invasion", "invasion-and-site")


def _myometrium_and_site(p: RecordFields) -> Problem | None:
    if p.myometrial_invasion is not None and p.site not in (None, "uterus"):
        return _contradiction("myometrial_invasion", "myometrium-and-site")
    return None


def _no_operation(p: RecordFields) -> Problem | None:
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
        return _contradiction(field, "no-operation")
    if p.radiotherapy in ("after-surgery", "both") or (p.surgery == "none" and p.radiotherapy == "before-surgery"):
        return _contradiction("radiotherapy", "no-operation-and-radiotherapy")
    return None


def _operation_and_radiotherapy(p: RecordFields) -> Problem | None:
    if p.surgery == "resected" and p.radiotherapy == "without-surgery":
        return _contradiction("radiotherapy", "operation-and-radiotherapy")
    return None


def _limb_sparing_and_site(p: RecordFields) -> Problem | None:
    if p.limb_sparing is not None and p.site not in (None, "upper-limb", "lower-limb"):
        return _contradiction("limb_sparing", "limb-sparing-and-site")
    return None


def _metastasectomy_and_metastases(p: RecordFields) -> Problem | None:
    if p.metastasectomy is not None and p.metastases == ():
        return _contradiction("metastasectomy", "metastasectomy-and-metastases", "lung@14")
    return None


def _recurrence(p: RecordFields) -> Problem | None:
    if p.local_recurrence_months is not None and p.local_recurrence is False:
        return _contradiction("local_recurrence_months", "time-of-no-recurrence")
    if p.presentation == "recurrent" and p.local_recurrence is False and "local_recurrence" in p.model_fields_set:
        return _contradiction("local_recurrence", "recurrent-and-no-recurrence")
    return None


def _events_after_the_landmark(p: RecordFields) -> Problem | None:
    if p.landmark_months is None:
        return None
    if any(m.months is not None and m.months > p.landmark_months for m in p.metastases or ()):
        return _contradiction("metastases", "after-the-landmark")
    if p.local_recurrence_months is not None and p.local_recurrence_months > p.landmark_months:
        return _contradiction("local_recurrence_months", "after-the-landmark")
    if p.surgery == "resected" and p.surgery_months is not None and p.surgery_months > p.landmark_months:
        return _contradiction("surgery_months", "after-the-landmark")
    return None


def _recurrence_before_surgery(p: RecordFields) -> Problem | None:
    if (
        p.presentation == "primary"
        and p.surgery == "resected"
        and p.surgery_months is not None
        and p.local_recurrence_months is not None
        and p.local_recurrence_months < p.surgery_months
    ):
        return _contradiction("local_recurrence_months", "recurrence-before-surgery")
    return None


READS: dict[Check, tuple[str, ...]] = {
    _site_and_topography: ("site", "topography"),
    _superficial_inside_the_body: ("depth", "site"),
    _uterus_and_sex: ("sex", "site"),
    _grade_and_its_parts: ("grade", "differentiation", "mitoses_per_10_hpf", "necrosis"),
    _foci_and_multifocality: ("foci", "multifocal"),
    _extent_and_site: ("extent", "site", "topography"),
    _invasion_and_site: ("invasion", "site"),
    _myometrium_and_site: ("myometrial_invasion", "site"),
    _no_operation: ("surgery", "margin", "re_resection", "limb_sparing", "surgery_months", "radiotherapy"),
    _operation_and_radiotherapy: ("surgery", "radiotherapy"),
    _limb_sparing_and_site: ("limb_sparing", "site"),
    _metastasectomy_and_metastases: ("metastasectomy", "metastases"),
    _recurrence: ("local_recurrence_months", "local_recurrence", "presentation"),
    _events_after_the_landmark: (
        "landmark_months",
        "metastases",
        "local_recurrence_months",
        "surgery",
        "surgery_months",
    ),
    _recurrence_before_surgery: ("presentation", "surgery", "surgery_months", "local_recurrence_months"),
}
"""Every check, with the fields that it reads; of times it asks only which is the later, and whether they are known."""

CHECKS: tuple[Check, ...] = tuple(READS)
