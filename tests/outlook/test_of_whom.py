"""Of whom figures are: a figure of a subgroup reaches people of that subgroup, and nobody else."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from sarcoma.evidence import library
from sarcoma.outlook import outlook_of
from sarcoma.outlook.candidates import candidates
from sarcoma.outlook.nearness import QUESTIONS
from sarcoma.outlook.resemble import Published
from sarcoma.patient import Patient

ALL = {one.shown.origin: one for question in QUESTIONS for one in candidates(question)}
"""Every figure that answers a question, by its origin."""

ALIKE: dict[frozenset[str], str] = {
    frozenset({"TP-LGFMS-spread.long", "TP-LGFMS-spread.short"}): "two cohorts, which differ in how long they were followed",
    frozenset({"TP-LGFMS-local.long", "TP-LGFMS-local.short"}): "the same two cohorts",
    frozenset({"TP-RHAB-surv.n5", "TP-RHAB-surv.seer"}): "two registries, relayed by one source",
    frozenset({"TP-SYN-when.mean", "TP-SYN-when.range"}): "the mean and the range of the same people",
    frozenset({"TP-EMC-spread.mda_t", "TP-EMC-spread.mda_max"}): "the median and the longest of the same people",
}  # fmt: skip
"""Figures of one source that nothing tells apart, with the reason."""

TREATED: tuple[frozenset[str], ...] = (
    frozenset({"MR7.clean", "MR7.positive"}),
    frozenset({"MR12.with", "MR12.without"}),
    frozenset({"MR12b.with", "MR12b.without"}),
)
"""Told apart by margin and radiotherapy, which may stand in the restriction."""

WHOLE: dict[str, str] = {
    "LUND25-GRADE.all_2y": "all types and grades together",
    "LUND25-GRADE.all_5y": "all types and grades together",
    "M3-GERMAN.all": "all adults of the register",
    "M5-BILLINGSLEY-LUNG.median": "all of the cohort, whom the fact's rule describes",
    "M5-BILLINGSLEY-LUNG.three": "all of the cohort, whom the fact's rule describes",
}
"""Figures with a name of their group that are the fact's overall figure."""


def whom(one: Published) -> tuple[object, ...]:
    """What tells the people of a figure apart."""
    return (one.members, one.rule, one.people)


def test_figures_of_one_source_are_told_apart() -> None:
    groups: dict[object, list[Published]] = defaultdict(list)
    for one in ALL.values():
        figure = one.figure
        cohort = (one.fact.key, one.fact.sources_of(figure), figure.population)
        groups[
            (*cohort, figure.measure, figure.what_counts, figure.unit, figure.horizon_months, one.organs, whom(one))
        ].append(one)
    alike = {frozenset(one.shown.origin for one in group) for group in groups.values() if len(group) > 1}
    assert not alike - set(ALIKE) - set(TREATED)
    assert set(ALIKE) <= alike, "an exception that is no longer needed"


def test_a_named_group_is_data_too() -> None:
    told = ("types", "applies", "restricted_to")
    bare = {
        origin
        for origin, one in ALL.items()
        if one.figure.group and all(getattr(one.figure, name) is None for name in told)
    }
    assert bare == set(WHOLE)


def test_what_a_record_cannot_tell_apart_answers_nothing() -> None:
    apart = {
        f"{fact.key}.{figure.id}"
        for fact in library().facts.values()
        for figure in fact.figures
        if figure.of_a_subgroup
    }
    assert not apart & set(ALL)
    assert {"F5-EXPONENTIAL.five", "M3-COREY.worst", "M5-VERSCHOOR.local", "MR6.mm0", "TP-LMS-veins.vein_3"} <= apart


def test_spread_to_one_organ_does_not_answer_whether_it_may_spread() -> None:
    assert not [one.shown.origin for one in candidates("spread") if one.organs]


def test_that_only_adults_were_counted_is_not_nearness() -> None:
    assert ALL["M3-GERMAN.all"].narrowness["age"] == 0
    assert ALL["M3-GERMAN.age_55"].narrowness["age"] == 1


# ---- people -----------------------------------------------------------------------------------------------------------

LMS = "leiomyosarcoma"
MPNST = "malignant peripheral nerve sheath tumour"
ERMS, ARMS = "embryonal rhabdomyosarcoma", "alveolar rhabdomyosarcoma"
LEG: dict[str, Any] = {"site": "lower limb"}
WOMB: dict[str, Any] = {"site": "uterus"}
HEAD: dict[str, Any] = {"site": "head and neck"}

NOBODY = (
    "F5-EXPONENTIAL.", "M3-COREY.worst", "M5-VERSCHOOR.", "MR6.", "M3-HN-", "TP-LMS-veins.vein", "B1.high_risk", "B3.",
    "B29.", "B28.mskcc", "MR5.none", "MR5.one", "MR5.two", "OS5.beyond", "OS6.untreated", "TP-DSRCT-surv.",
    "TP-EHE-surv.wwtr1", "TP-EHE-surv.yap1", "TP-TGCT-local.", "TP-DFSP-local.", "TP-MFS-local.bham_un",
    "TP-NRSTS-epssg.a_os", "TP-ES-surv.high", "TP-RHAB-surv.std",
)  # fmt: skip
"""Beginnings of origins that must not stand in an answer to anyone."""

PEOPLE: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "leiomyosarcoma of the thigh": (
        {"age": 62, "type": LMS, **LEG, "size": 7, "depth": "deep", "grade": 3, "surgery": "resected"},
        ("LUND25-TYPE-GRADE.lms_g3_5y", "B22.median", "F1-ENGLAND.limbs", "C4.metastasis", "MR10.local"),
        ("TP-LMS-veins.", "F1-ENGLAND.skin", "F1-ENGLAND.trunk", "B13.u_", "TP-ULMS-", "ULMS-", "MR12", "TX8."),
    ),
    "leiomyosarcoma of the vena cava": (
        {"age": 58, "type": LMS, "site": "retroperitoneum", "site_detail": "vena-cava", "size": 8, "grade": 2},
        ("TP-LMS-veins.ivc_5", "M3-GERMAN.leiomyosarcoma"),
        ("F1-ENGLAND.limbs", "F1-ENGLAND.skin", "C4.", "B21.dm", "MR4.", "MR10.", "B6.lms_liver"),
    ),
    "leiomyosarcoma of the uterus": (
        {"age": 55, "type": LMS, **WOMB, "size": 9, "surgery": "resected"},
        ("ULMS-PMC5775016.five", "B13.u_lung"),
        ("TP-LMS-veins.", "F1-ENGLAND.limbs", "TP-ULMS-surv.", "M3-CALLEGARO16.", "MR10."),
    ),
    "leiomyosarcoma of the uterus, lung metastases later, removed": (
        {"age": 55, "type": LMS, **WOMB, "metastases": ["lung@20"], "metastasectomy": "done"},
        ("TP-ULMS-surv.rec_lung", "B13.u_lung"),
        ("ULMS-PMC5775016.", "F3-LMS.", "TP-ULMS-surv.onc", "TP-ULMS-surv.rec_belly", "M3-IASONOS", "B6."),
    ),
    "leiomyosarcoma of the skin": (
        {"age": 60, "type": LMS, "site": "skin", "size": 2},
        ("F1-ENGLAND.skin",),
        ("F1-ENGLAND.limbs", "TP-LMS-veins.", "B21."),
    ),
    "epithelioid haemangioendothelioma of the leg": (
        {"age": 40, "type": "epithelioid haemangioendothelioma", **LEG},
        ("M8-EHE-DEYRUP.dss", "M8-EHE-DEYRUP.metastasis", "TP-EHE-surv.japan"),
        ("TP-EHE-surv.epssg",),
    ),
    "epithelioid haemangioendothelioma of the liver": (
        {"age": 40, "type": "epithelioid haemangioendothelioma", "site": "abdominal-viscera"},
        ("TP-EHE-surv.japan", "TP-EHE-where.liver"),
        ("M8-EHE-DEYRUP.", "TP-EHE-spread.pdq"),
    ),
    "nerve sheath tumour with neurofibromatosis": (
        {"age": 30, "type": MPNST, "site": "trunk", "syndrome": "neurofibromatosis-1", "grade": 3},
        ("TP-MPNST-surv.kr_nf1", "TP-MPNST-surv.msk"),
        ("TP-MPNST-surv.kr_no", "TP-MPNST-surv.nl_", "TP-MPNST-surv.cws_os", "TP-MPNST-surv.msk_rt"),
    ),
    "nerve sheath tumour without neurofibromatosis": (
        {"age": 50, "type": MPNST, "site": "trunk", "syndrome": "none", "earlier_radiotherapy": "no", "grade": 3},
        ("TP-MPNST-surv.kr_no", "TP-MPNST-surv.ma_os"),
        ("TP-MPNST-surv.kr_nf1", "TP-MPNST-surv.nl_", "TP-MPNST-surv.msk_rt"),
    ),
    "low-grade nerve sheath tumour after radiotherapy": (
        {"age": 50, "type": MPNST, "site": "trunk", "syndrome": "none", "earlier_radiotherapy": "yes", "grade": 1},
        ("TP-MPNST-surv.mda",),
        ("TP-MPNST-surv.msk",),
    ),
    "nerve sheath tumour with metastases": (
        {"age": 50, "type": MPNST, "site": "trunk", "metastases": ["lung@12"]},
        ("M5-BILLINGSLEY-LUNG.median", "OS2.median"),
        ("TP-MPNST-surv.", "M3-GERMAN."),
    ),
    "rhabdomyosarcoma of the orbit, child": (
        {"age": 6, "type": ERMS, **HEAD, "site_detail": "orbit"},
        ("TP-RMS-site.s_orbit", "TP-RMS-surv.os_page"),
        ("TP-RMS-site.limb", "TP-RMS-site.s_limb", "TP-RMS-site.hn", "TP-RMSad-", "TP-RMS-cog-intermediate.",
         "TP-RMS-surv.aya", "F3-RMS-"),
    ),
    "alveolar rhabdomyosarcoma of the leg, child, fused": (
        {"age": 8, "type": ARMS, **LEG, "foxo1_fusion": "yes"},
        ("TP-RMS-site.limb_epssg", "TP-RMS-surv.foxo_os"),
        ("TP-RMS-site.s_orbit", "TP-RMS-site.bp", "TP-RMS-cog-low.", "TP-RMSad-", "TP-RMSss-"),
    ),
    "alveolar rhabdomyosarcoma of the leg, adult": (
        {"age": 40, "type": ARMS, **LEG, "foxo1_fusion": "yes"},
        ("TP-RMSad-surv.alv", "TP-RMSad-surv.all", "TP-RMSad-spread.distant"),
        ("TP-RMS-", "TP-RMSad-surv.emb", "TP-RMSad-surv.pleo", "TP-RMSad-surv.protocol", "TP-RMSad-surv.not_protocol"),
    ),
    "myxoid liposarcoma of the thigh": (
        {"age": 45, "type": "myxoid liposarcoma", **LEG, "size": 10, "depth": "deep", "grade": 1},
        ("TP-MLS-surv.h_5", "TP-MLS-spread.p", "TP-MLS-spread.outside"),
        ("B12.spillane_survival", "B12.jp_survival", "F3-MLPS.", "TP-NRSTS-"),
    ),
    "dedifferentiated liposarcoma of the retroperitoneum": (
        {"age": 65, "type": "dedifferentiated liposarcoma", "site": "retroperitoneum", "size": 20, "surgery": "resected",
         "presentation": "primary"},
        ("B14.dm5", "B14.lr5", "TP-RPS-spread.mda", "TP-RPS-when.msk"),
        ("TP-RPS-spread.mda_denovo", "TP-RPS-spread.mda_second", "B14.us_", "TP-RPS-surv.", "M3-DALAL06.wd", "M3-RAUT19."),
    ),
    "angiosarcoma of the scalp": (
        {"age": 75, "type": "angiosarcoma", **HEAD, "site_detail": "scalp"},
        ("TP-AS-skin.head",),
        ("TP-AS-breast.", "TP-AS-skin.trunk", "TP-AS-surv.met"),
    ),
    "angiosarcoma of the breast after radiotherapy": (
        {"age": 68, "type": "angiosarcoma", "site": "breast", "earlier_radiotherapy": "yes", "surgery": "resected"},
        ("TP-AS-breast.sr", "TP-AS-breast.sw_lr"),
        ("TP-AS-skin.", "TP-AS-breast.uk_"),
    ),
    "angiosarcoma of the liver": (
        {"age": 60, "type": "angiosarcoma", "site": "abdominal-viscera"},
        ("TP-AS-surv.loc",),
        ("TP-AS-skin.", "TP-AS-breast."),
    ),
    "synovial sarcoma, child": (
        {"age": 12, "type": "synovial sarcoma", **LEG, "size": 4},
        ("TP-SYN-under30.f_os_5",),
        ("NCR-EXTREMITY.", "M3-CANTER08.", "M3-COREY.", "TP-SYN-surv.", "TP-SYN-under30.e_", "TP-SYN-under30.low", "TP-SYN-under30.high"),
    ),
    "synovial sarcoma, adult": (
        {"age": 38, "type": "synovial sarcoma", **LEG, "size": 6},
        ("TP-SYN-surv.dss_5", "TP-SYN-spread.later"),
        ("TP-SYN-under30.", "M3-COREY.", "TP-SYN-surv.rel", "TP-SYN-surv.lung", "TP-SYN-when.late"),
    ),
    "synovial sarcoma, spread later": (
        {"age": 38, "type": "synovial sarcoma", **LEG, "metastases": ["lung@30"]},
        ("TP-SYN-surv.rel", "OS10.median"),
        ("TP-SYN-surv.dss", "TP-SYN-surv.fl", "F3-SYNOVIAL.median"),
    ),
    "desmoplastic small round cell tumour": (
        {"age": 22, "type": "desmoplastic small round cell tumour", "site": "abdomen-or-pelvis"},
        ("TP-DSRCT-spread.liver",),
        ("B28.", "TP-EWS-"),
    ),
    "Ewing sarcoma of the leg": (
        {"age": 20, "type": "ewing sarcoma", **LEG},
        ("TP-EWS-surv.seer",),
        ("TP-EWS-surv.seer_bone", "TP-EWS-surv.rec", "TP-EWS-surv.met", "TP-EWS-surv.skin"),
    ),
    "Ewing sarcoma that came back after 30 months": (
        {"age": 20, "type": "ewing sarcoma", **LEG, "local_recurrence": "yes", "local_recurrence_months": 30,
         "landmark_months": 32},
        ("TP-EWS-surv.rec", "TP-EWS-surv.rec_late"),
        ("TP-EWS-surv.seer", "M3-GERMAN."),
    ),
    "PEComa of uncertain behaviour": (
        {"age": 50, "type": "pecoma", **WOMB, "reported_behaviour": "uncertain"},
        (),
        ("TP-PECOMA-spread.",),
    ),
    "low-grade endometrial stromal sarcoma": (
        {"age": 48, "type": "low-grade endometrial stromal sarcoma", **WOMB},
        (),
        ("TP-LGESS-surv.", "TP-HGESS-", "TP-ULMS-", "TP-UAS-"),
    ),
    "low-grade endometrial stromal sarcoma that came back": (
        {"age": 48, "type": "low-grade endometrial stromal sarcoma", **WOMB, "local_recurrence": "yes",
         "local_recurrence_months": 60, "landmark_months": 62},
        ("TP-LGESS-surv.os",),
        ("M3-GERMAN.", "F1-"),
    ),
    "high-grade endometrial stromal sarcoma": (
        {"age": 60, "type": "high-grade endometrial stromal sarcoma", **WOMB},
        (),
        ("TP-HGESS-surv.os", "TP-LGESS-"),
    ),
    "malignant phyllodes tumour": (
        {"age": 48, "type": "malignant phyllodes tumour", "site": "breast"},
        ("TP-PHYL-spread.cn",),
        ("TP-PHYL-spread.in_dm", "TP-PHYL-surv.", "TP-AS-"),
    ),
    "intimal sarcoma of the pulmonary artery": (
        {"age": 50, "type": "intimal sarcoma", "site": "thoracic-viscera", "site_detail": "pulmonary-artery"},
        ("TP-INTIMAL-surv.uk",),
        ("TP-INTIMAL-surv.card",),
    ),
    "intimal sarcoma elsewhere": (
        {"age": 50, "type": "intimal sarcoma", "site": "thoracic-viscera", "site_detail": "elsewhere"},
        (),
        ("TP-INTIMAL-surv.card", "TP-INTIMAL-surv.uk"),
    ),
    "solitary fibrous tumour": (
        {"age": 60, "type": "solitary fibrous tumour", "site": "trunk", "size": 8},
        ("TP-SFT-surv.five", "TP-SFT-spread.whole_10"),
        (),
    ),
    "solitary fibrous tumour, spread": (
        {"age": 60, "type": "solitary fibrous tumour", "site": "trunk", "size": 8, "metastases": ["liver@70"]},
        ("OS2.five",),
        ("TP-SFT-",),
    ),
    "classic dermatofibrosarcoma": (
        {"age": 35, "type": "dermatofibrosarcoma protuberans", "site": "skin", "fibrosarcomatous": "no"},
        ("TP-DFSP-spread.classic", "M3-COREY.best"),
        ("TP-DFSP-spread.fs", "TP-DFSP-child."),
    ),
    "fibrosarcomatous dermatofibrosarcoma": (
        {"age": 35, "type": "dermatofibrosarcoma protuberans", "site": "skin", "fibrosarcomatous": "yes"},
        ("TP-DFSP-spread.fs",),
        ("TP-DFSP-spread.classic",),
    ),
    "atypical fibroxanthoma": (
        {"age": 80, "type": "atypical fibroxanthoma", "site": "skin", "pleomorphic_dermal": "no"},
        ("TP-AFX-spread.afx_dm", "TP-AFX-spread.afx_lr"),
        ("TP-AFX-spread.pds",),
    ),
    "clear cell sarcoma with clear margins": (
        {"age": 35, "type": "clear cell sarcoma", **LEG, "margin": "R0", "nodes": "negative"},
        ("TP-CCS-surv.clear", "TP-CCS-surv.tata_no"),
        ("TP-CCS-surv.unclear", "TP-CCS-surv.tata_yes"),
    ),
    "extraskeletal myxoid chondrosarcoma, margin not clear": (
        {"age": 50, "type": "extraskeletal myxoid chondrosarcoma", **LEG, "margin": "R1"},
        ("TP-EMC-local.dri", "TP-EMC-spread.later"),
        ("TP-EMC-local.iov_clear", "TP-EMC-spread.iov_clear"),
    ),
    "metastases in bone and liver": (
        {"age": 60, "type": "undifferentiated pleomorphic sarcoma", **LEG, "metastases": ["bone@0", "liver@0"]},
        ("OS3.other_last", "B6.lung"),
        ("B10.", "TP-UPS-surv."),
    ),
}  # fmt: skip
"""Who; origins that must stand in some answer; beginnings of origins that must not stand in any."""


@cache
def told(name: str) -> frozenset[str]:
    """The origins of every figure in the answers to a person."""
    outlook = outlook_of(Patient(**PEOPLE[name][0]))
    return frozenset(near.figure.origin for answer in outlook.answers for near in (*answer.nearest, *answer.less_near))


each_person = pytest.mark.parametrize("name", PEOPLE)


@each_person
def test_what_must_be_told_is_told(name: str) -> None:
    assert set(PEOPLE[name][1]) <= told(name)


@each_person
def test_figures_of_other_people_are_not_told(name: str) -> None:
    not_theirs = (*PEOPLE[name][2], *NOBODY)
    assert not {origin for origin in told(name) if origin.startswith(not_theirs)}
