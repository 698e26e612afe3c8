"""The outlook of one person: who is compared with whom, what is offered, what is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sarcoma
from sarcoma.errors import CardError
from sarcoma.evidence import library
from sarcoma.outlook import Outlook
from sarcoma.report import TextReport, as_data
from sarcoma.wording.figures import quantity

LIMB: dict[str, Any] = {
    "age": 62,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "surgery": "resected",
}


def outlook(**changes: Any) -> Outlook:
    return sarcoma.outlook_of(sarcoma.Patient(**{**LIMB, **changes}))


def keys(figures: Any) -> set[str]:
    return {f.origin.split(".")[0] for f in figures}


def treatments(result: Outlook) -> set[str]:
    return {t.treatment.id for t in result.treatments}


def stage(result: Outlook) -> tuple[str | None, tuple[str, ...]]:
    (staging,) = result.staging
    assert staging.group is not None
    return staging.group.as_assigned, staging.group.possible


def test_both_readings_of_the_stage_are_there() -> None:
    assert stage(outlook()) == ("IIIA", ("IIIA", "IV"))
    assert stage(outlook(nodes="not-assessed")) == ("IIIA", ("IIIA",))
    assert stage(outlook(nodes="negative")) == ("IIIA", ("IIIA",))
    assert stage(outlook(nodes="positive"))[0] == "IV"
    assert stage(outlook(nodes="positive", site="retroperitoneum", depth="deep"))[0] == "IIIB"
    assert stage(outlook(grade=None, nodes="negative")) == ("IB", ("IB", "IIIA"))
    assert stage(outlook(grade="X", nodes="negative")) == ("IB", ("IB",))


def test_a_later_metastasis_does_not_change_the_stage_at_diagnosis() -> None:
    later = outlook(metastases="lung@14", nodes="negative")
    assert stage(later)[0] == "IIIA"
    assert later.situation == "metastatic"
    assert stage(outlook(metastases="lung@0"))[0] == "IV"


def test_head_and_neck_and_viscera_have_no_group_and_say_so() -> None:
    for site in ("head-and-neck", "thoracic-viscera", "abdominal-viscera"):
        (staging,) = outlook(site=site, depth="deep").staging
        assert staging.group is None
        assert staging.note
    (uterine,) = outlook(site="uterus", depth="deep").staging
    assert uterine.system == "FIGO"
    assert uterine.group is not None
    assert uterine.group.as_assigned == "IB"


def test_spread_inside_the_abdomen_is_stage_three_for_the_uterus() -> None:
    (staging,) = outlook(site="uterus", depth="deep", metastases="peritoneum@0", invasion="none").staging
    assert staging.group is not None
    assert set(staging.group.possible) <= {"IIIA", "IIIB", "IIIC"}
    (distant,) = outlook(site="uterus", depth="deep", metastases="lung@0").staging
    assert distant.group is not None
    assert distant.group.as_assigned == "IVB"


@pytest.mark.parametrize(
    ("changes", "present", "absent"),
    [
        ({}, {"B21", "C4"}, {"C16", "B14"}),
        ({"depth": "superficial"}, {"C16"}, {"B14"}),
        ({"site": "retroperitoneum"}, {"B14"}, {"B21", "C16"}),
        ({"grade": 1}, {"B21"}, {"C4"}),
    ],
)
def test_risk_of_spread_shows_the_cohorts_that_the_person_resembles(
    changes: dict[str, Any], present: set[str], absent: set[str]
) -> None:
    shown = keys(outlook(**changes).spread)
    assert present <= shown
    assert not absent & shown


def test_metastatic_baselines_stand_side_by_side_with_their_populations() -> None:
    synchronous = outlook(metastases="lung@0", surgery=None)
    assert {"OS2", "OS3"} <= keys(synchronous.baselines)
    assert all(f.population for f in synchronous.baselines)
    later = outlook(metastases="lung@20")
    assert "OS3" not in keys(later.baselines)
    assert outlook().baselines == ()


def test_scenarios_only_where_no_landmark_survival_is_published() -> None:
    found = outlook(metastases="lung@0", surgery=None)
    with_scenarios = keys(s.median for s in found.scenarios)
    assert "OS3" in with_scenarios
    assert "OS2" not in with_scenarios  # 1, 2 and 5 years are published for it
    for scenario in found.scenarios:
        median = scenario.median.value
        assert median is not None
        assert scenario.worst_at_most == median / 4
        assert (scenario.typical_from, scenario.typical_to) == (median / 2, median * 2)
        assert scenario.best_at_least == median * 3


def test_treatments_are_for_the_type_and_the_markers() -> None:
    muscle = treatments(outlook(metastases="lung@9"))
    assert {"doxorubicin-trabectedin", "trabectedin", "pazopanib"} <= muscle
    assert not {"atezolizumab", "afami-cel", "nab-sirolimus", "nirogacestat"} & muscle
    fat = treatments(outlook(type="dedifferentiated liposarcoma", metastases="lung@9"))
    assert "eribulin" in fat
    assert "pazopanib" not in fat
    assert "atezolizumab" in treatments(outlook(type="ASPS", metastases="lung@9"))
    assert "larotrectinib" not in treatments(outlook(metastases="lung@9", ntrk_fusion="no"))
    assert "larotrectinib" in treatments(outlook(metastases="lung@9", ntrk_fusion="yes"))
    (unknown,) = [t for t in outlook(metastases="lung@9").treatments if t.treatment.id == "larotrectinib"]
    assert unknown.open_conditions
    assert "lung-metastasectomy" not in treatments(outlook())


def test_an_organ_that_this_type_favours_shows_the_types_own_figures() -> None:
    by_organ = {s.site.id: s for s in outlook(type="myxoid liposarcoma", metastases="none").sites}
    assert "B12" in keys(by_organ["lung"].shares) | keys(by_organ["bone"].shares) | keys(by_organ["soft-tissue"].shares)
    lung = {s.site.id: s for s in outlook(type="epithelioid sarcoma").sites}["lung"]
    assert lung.general_shares


@pytest.mark.words
def test_red_flags_and_the_catch_all_are_always_there() -> None:
    for result in (outlook(), outlook(metastases="lung@3")):
        assert any(flag.id == "anything-sudden" for flag in result.red_flags)
        text = str(TextReport(result, plain=True, survival=False))
        assert "emergency number" in text


def test_no_figure_from_memory_reaches_an_outlook() -> None:
    for changes in ({}, {"metastases": "lung@0"}, {"type": "synovial sarcoma", "metastases": "lung@9"}):
        data = as_data(outlook(**changes))

        def marks(node: Any) -> list[str]:
            if isinstance(node, dict):
                own = list(node.get("marks", [])) if "unit" in node else []
                return own + [m for v in node.values() for m in marks(v)]
            return [m for v in node for m in marks(v)] if isinstance(node, list) else []

        assert "from-memory" not in marks(data)
        assert "not-visible" not in marks(data)


def test_every_figure_of_an_outlook_has_an_origin_that_opens() -> None:
    for changes in (
        {},
        {"metastases": "lung@0"},
        {"site": "retroperitoneum"},
        {"type": "angiosarcoma", "metastases": "liver@2"},
    ):
        result = outlook(**changes)
        figures = [*result.spread, *result.spread_general, *result.nodes, *result.baselines, *result.type_survival]
        figures += [f for m in result.models for f in m.figures]
        figures += [f for s in result.sites for f in (*s.shares, *s.general_shares)]
        figures += [f for t in result.treatments for f in t.figures]
        assert len(figures) > 10
        for figure in figures:
            assert sarcoma.outlook.why(figure.origin).key == figure.origin
            assert figure.sources
            assert all(s in library().sources for s in figure.sources)


TYPES = sorted(t.id for t in library().types.values() if not t.out_of_scope)


@settings(max_examples=40)
@given(
    type=st.sampled_from(TYPES),
    site=st.sampled_from([p.id for p in library().primary_sites.values() if not p.out_of_scope]),
    age=st.none() | st.integers(0, 100),
    grade=st.none() | st.sampled_from(["1", "2", "3", "X"]),
    metastases=st.sampled_from(["none", "unknown", "lung@0", "liver@14; bone@20", "brain"]),
    plain=st.booleans(),
    survival=st.booleans(),
)
def test_any_person_gets_a_report_that_fits_80_columns(
    type: str, site: str, age: int | None, grade: str | None, metastases: str, plain: bool, survival: bool
) -> None:
    patient = sarcoma.Patient(type=type, site=site, age=age, grade=grade, metastases=metastases)
    text = str(TextReport(sarcoma.outlook_of(patient), plain=plain, survival=survival))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "None" not in text
    assert "nan" not in text.split()
    assert "{" not in text
    if plain:
        assert "%" not in text
        assert "100 of 100" not in text


def test_figures_by_stage_are_left_out_once_something_has_happened() -> None:
    assert outlook().stage_survival
    assert outlook(metastases="lung@0").stage_survival
    assert not outlook(metastases="lung@14").stage_survival
    assert not outlook(local_recurrence=True).stage_survival
    assert not outlook(landmark=30).stage_survival


def test_a_later_landmark_is_said_to_change_what_published_figures_mean() -> None:
    assert not outlook().notes
    assert outlook(landmark=36, surgery_months=1).notes == ("late-after-diagnosis",)
    late = outlook(metastases="lung@10", landmark=40)
    assert late.notes == ("late-after-metastasis",)
    assert not late.scenarios
    assert outlook(metastases="lung@10", landmark=11).scenarios


def test_children_are_not_compared_with_adults() -> None:
    child = outlook(age=8, type="embryonal rhabdomyosarcoma", metastases="lung@0")
    assert not keys(child.baselines) & {"OS1", "OS2", "OS3", "OS8"}
    assert "child" in child.notes
    assert outlook(age=8).spread == ()
    assert all(m.status != "applies" or not m.card.outcome.about_survival for m in outlook(age=8).models)


def test_people_after_a_local_recurrence_are_not_compared_with_first_tumours() -> None:
    again = outlook(local_recurrence=True)
    assert not keys(again.spread) & {"B21", "B24", "C4"}
    assert again.notes == ("after-recurrence",)
    assert again.answer("kattan-2003").status == "applies"
    assert again.answer("kattan-2002").status == "does not apply"


def test_for_everyone_the_models_for_teams_are_not_asked() -> None:
    person = sarcoma.Patient(**LIMB)
    teams, everyone = sarcoma.outlook_of(person), sarcoma.outlook_of(person, audience="everyone")
    assert {m.card.audience for m in teams.models} == {"everyone", "teams"}
    assert everyone.models == tuple(m for m in teams.models if m.card.audience == "everyone")
    named = {model for field in everyone.missing for model in field.needed_by}
    assert named <= {m.card.id for m in everyone.models}
    assert everyone.baselines == teams.baselines
    assert everyone.sites == teams.sites


@pytest.mark.words
def test_an_audience_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CardError, match="everyone"):
        sarcoma.outlook_of(sarcoma.Patient(**LIMB), audience="nobody")  # type: ignore[arg-type]


@pytest.mark.parametrize("origin", ["gronchi-2013-os", "gronchi-2013-dfs"])
def test_a_figure_of_a_fitted_scale_says_to_what_it_is_printed(origin: str) -> None:
    known = {"age": 60, "size_cm": 19, "histologic_type": "DDLPS", "multifocal": False, "margin": "R0"}
    result = sarcoma.outlook_of(sarcoma.Patient(**known, site="retroperitoneum", surgery="resected", grade="2"))
    (figure,) = result.answer(origin).figures
    assert figure.printed_to == 1
    (told,) = [m["figures"] for m in as_data(result)["models"] if m["origin"] == origin]
    assert told[0]["printed_to"] == 1


@pytest.mark.words
def test_a_figure_of_a_fitted_scale_is_about_so_many_per_cent() -> None:
    known = {"age": 60, "size_cm": 19, "histologic_type": "DDLPS", "multifocal": False, "margin": "R0"}
    result = sarcoma.outlook_of(sarcoma.Patient(**known, site="retroperitoneum", surgery="resected", grade="2"))
    (figure,) = result.answer("gronchi-2013-os").figures
    assert quantity(figure) == "about 64%"
    assert quantity(figure, plain=True) == "about 64 of 100"
    assert "about" not in quantity(result.answer("kattan-2002").figures[0])
    (ranged,) = (
        sarcoma.outlook_of(sarcoma.Patient(**known, site="retroperitoneum", surgery="resected"))
        .answer("gronchi-2013-os")
        .figures
    )
    assert quantity(ranged).startswith("about ")
    assert quantity(ranged, plain=True).startswith("about ")


@pytest.mark.parametrize(
    ("known", "afami", "lete"),
    [
        ({"hla_a02": True}, "open", "open"),
        ({}, "open", "open"),
        ({"hla_a02": False}, "no", "no"),
        ({"hla_alleles": "A*02:01"}, "yes", "yes"),
        ({"hla_alleles": "A*02:01", "hla_a02": False}, "yes", "yes"),
        ({"hla_alleles": "A*02:05", "hla_a02": True}, "no", "yes"),
        ({"hla_alleles": "A*02:01; A*02:05"}, "no", "yes"),
        ({"hla_alleles": "A*02:02"}, "yes", "no"),
        ({"hla_alleles": "other", "hla_a02": True}, "no", "no"),
    ],
)
def test_alleles_decide_on_a_cell_therapy_and_a_yes_is_a_hint(known: dict[str, Any], afami: str, lete: str) -> None:
    person = {"histologic_type": "synovial sarcoma", "age": 30, "metastases": "lung@5", "landmark_months": 6}
    result = sarcoma.outlook_of(sarcoma.Patient(**person, mage_a4=True, ny_eso_1=True, **known))
    shown = {t.treatment.id: t.open_conditions for t in result.treatments}
    for treatment, expected in (("afami-cel", afami), ("lete-cel", lete)):
        said = "no" if treatment not in shown else "open" if shown[treatment] else "yes"
        assert said == expected, treatment
