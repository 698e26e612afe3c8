"""The cards: test vectors to the printed digits, applicability, ranges, bounds, and one path for one or a million."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarcoma import models
from sarcoma.errors import CardError
from sarcoma.evidence import library
from sarcoma.models import Predictions, card, cards, predict, read_card
from sarcoma.models.catalogue import check_rules
from sarcoma.patient import Patient, field_specs

EXPECTED = {
    "cog-low-risk-rms",
    "course-tcga",
    "eu-rhab-2020",
    "fisher-2018",
    "gronchi-2013-dfs",
    "gronchi-2013-os",
    "kang-2014",
    "kattan-2002",
    "kattan-2003",
    "keung-2018-site",
    "keung-2018-type",
    "lee-head-neck",
    "local-recurrence-2008",
    "miccio-2019",
    "oberlin-2008",
    "survival-after-metastasis-msk",
    "synovial-arst0332",
}

VECTORS = [(c.id, position, vector) for c in cards().values() for position, vector in enumerate(c.test_vectors)]

LIMB: dict[str, Any] = {
    "age": 62,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "surgery": "resected",
}
BELLY: dict[str, Any] = {
    "age": 60,
    "type": "dedifferentiated liposarcoma",
    "site": "retroperitoneum",
    "size": 19,
    "grade": 2,
    "multifocal": False,
    "margin": "R0",
    "surgery": "resected",
}
SPREAD: dict[str, Any] = {
    "age": 50,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "grade": 3,
    "surgery": "resected",
    "metastases": "lung@14",
    "metastasectomy": "done",
}


def status(card_id: str, record: dict[str, Any], **changes: Any) -> tuple[int, set[str]]:
    """Status of a card for a record, and the fields of the requirements that do not hold."""
    said = predict(card(card_id), Patient(**{**record, **changes}))
    wanting = (*said.failing(0), *said.undecided(0))
    return int(said.status[0]), {field for r in wanting for field in r.fields}


def test_all_cards_are_there_and_their_rules_name_what_exists() -> None:
    assert set(cards()) == EXPECTED
    for found in cards().values():
        check_rules(found)
        assert found.citation in library().sources
        for performance in found.performance:
            assert performance.source in library().sources
        for predictor in found.all_predictors:
            if predictor.grouping:
                assert predictor.grouping in library().groupings


@pytest.mark.parametrize(("card_id", "position", "vector"), VECTORS, ids=[f"{c}-{p}" for c, p, _ in VECTORS])
def test_vectors_are_reproduced_to_the_printed_digits(card_id: str, position: int, vector: Any) -> None:
    said = predict(card(card_id), Patient(**vector.record))
    assert said.status[0] == 1, [r.text for r in (*said.failing(0), *said.undecided(0))]
    half = 0.5000001 * 10**-vector.expect.decimals
    if vector.expect.score is not None:
        score = said.of_form.score()
        assert score is not None
        printed = 0.0051 if card(card_id).form.kind == "points" else half
        assert abs(score[0][0] - vector.expect.score) <= max(half, printed)
    for horizon, probability in vector.expect.probability.items():
        column = said.horizons_months.index(float(horizon))
        assert abs(said.value[0, column] - probability) <= half
    for horizon, (low, high) in vector.expect.interval.items():
        column = said.horizons_months.index(float(horizon))
        interval = said.of_form.interval()
        assert interval is not None
        assert abs(interval[0][0, column] - low) <= half
        assert abs(interval[1][0, column] - high) <= half
    for horizon, states in vector.expect.occupancy.items():
        column = said.horizons_months.index(float(horizon))
        course = said.of_form.course()
        assert course is not None
        for name, probability in states.items():
            assert abs(course.low[0, column, course.names.index(name)] - probability) <= half
    for horizon, probability in vector.expect.unbounded.items():
        column = said.horizons_months.index(float(horizon))
        assert abs(said.of_form.formula()[0, column] - probability) <= half
    if vector.expect.group is not None:
        assert said.of_form.possible_groups(0) == (vector.expect.group,)


def kattan_2002_by_hand(age: float, size: float, deep: bool, site: float, histology: float, high: bool) -> float:
    """The formula written out once more, independently of the executor (Kattan 2002)."""
    log_age = math.log(age)

    def cube(knot: float) -> float:
        return max(log_age - knot, 0.0) ** 3

    lp = -0.12440647 + (-0.73661411 if size <= 5 else 0.0 if size <= 10 else 0.43366449)
    lp += (0.0 if deep else -0.48941318) + site + histology
    lp += 0.29697501 * log_age + 0.4606532 * cube(3.2833593) - 1.2313568 * cube(3.925628) + 0.77070362 * cube(4.3095151)
    return float(1 - (0.5875453 if high else 0.8373887) ** math.exp(lp))


@given(
    age=st.floats(18, 100),
    size=st.floats(0.1, 60),
    deep=st.booleans(),
    grade=st.sampled_from(["1", "2", "3"]),
    site=st.sampled_from(
        [("upper-limb", -1.0290006), ("lower-limb", -0.92503872), ("trunk", -0.50206697), ("head-and-neck", 0.0)]
    ),
    histology=st.sampled_from(
        [
            ("leiomyosarcoma", -0.095052484),
            ("synovial-sarcoma", 0.081272466),
            ("malignant-peripheral-nerve-sheath-tumour", 0.56271564),
        ]
    ),
)
def test_kattan_2002_equals_the_formula_everywhere(
    age: float, size: float, deep: bool, grade: str, site: tuple[str, float], histology: tuple[str, float]
) -> None:
    patient = Patient(
        age=age,
        size_cm=size,
        depth="deep" if deep else "superficial",
        grade=grade,
        site=site[0],
        type=histology[0],
        surgery="resected",
    )
    expected = kattan_2002_by_hand(age, size, deep, site[1], histology[1], grade != "1")
    assert predict(card("kattan-2002"), patient).value[0, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"age": 17}, "age"),
        ({"presentation": "recurrent"}, "presentation"),
        ({"metastases": "lung@3"}, "metastatic"),
        ({"surgery": "none"}, "surgery"),
        ({"surgery": "planned"}, "surgery"),
        ({"local_recurrence": True}, "recurred"),
        ({"site": "skin"}, "site"),
        ({"landmark": 24, "surgery_months": 1}, "surgery_months"),
        ({"type": "superficial CD34-positive fibroblastic tumour"}, "behaviour"),
    ],
)
def test_kattan_2002_says_which_rule_fails(changes: dict[str, Any], field: str) -> None:
    answer, fields = status("kattan-2002", LIMB, **changes)
    assert answer == 0
    assert field in fields


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"age": None}, "age"),
        ({"surgery": None}, "surgery"),
        ({"metastases": "unknown"}, "metastatic"),
        ({"site": None}, "site"),
        ({"presentation": "unknown"}, "presentation"),
        ({"landmark": 24}, "surgery_months"),
    ],
)
def test_kattan_2002_says_what_it_would_need_to_know(changes: dict[str, Any], field: str) -> None:
    answer, fields = status("kattan-2002", LIMB, **changes)
    assert answer == -1
    assert field in fields


def test_a_landmark_soon_after_the_operation_is_still_time_zero() -> None:
    assert status("kattan-2002", LIMB, landmark=2, surgery_months=1)[0] == 1


@pytest.mark.parametrize("missing", ["size", "depth", "grade", "type"])
def test_a_missing_predictor_gives_the_range_over_its_possible_values(missing: str) -> None:
    said = predict(card("kattan-2002"), Patient(**{**LIMB, missing: None}))
    assert said.status[0] == 1
    low, high = said.low[0, 0], said.high[0, 0]
    assert low < high
    assert np.isnan(said.value[0, 0])
    choices = {
        "size": [1, 5, 5.01, 10, 10.01, 40],
        "depth": ["deep", "superficial"],
        "grade": ["1", "2", "3"],
        "type": [t.id for t in library().types.values() if not t.out_of_scope],
    }[missing]
    values = []
    for choice in choices:
        one = predict(card("kattan-2002"), Patient(**{**LIMB, missing: choice}))
        if one.status[0] == 1:
            values.append(one.value[0, 0])
    assert low == pytest.approx(min(values), abs=1e-12)
    assert high == pytest.approx(max(values), abs=1e-12)


def test_partly_known_grades_narrow_the_range() -> None:
    nothing = predict(card("kattan-2002"), Patient(**{**LIMB, "grade": None}))
    partly = predict(card("kattan-2002"), Patient(**{**LIMB, "grade": None, "differentiation": 3, "mitoses": 4}))
    assert nothing.low[0, 0] < nothing.high[0, 0]
    assert partly.value[0, 0] == predict(card("kattan-2002"), Patient(**LIMB)).value[0, 0]


def test_a_grade_that_could_not_be_assessed_is_not_guessed() -> None:
    answer, fields = status("kattan-2002", LIMB, grade="X")
    assert answer == 0
    assert "grade" in fields


@pytest.mark.parametrize(
    ("changes", "answer", "field"),
    [
        ({"site": "lower limb"}, 0, "site"),
        ({"site": "abdomen-or-pelvis"}, 0, "site"),
        ({"age": 12}, 0, "age"),
        ({"age": 93}, 0, "age"),
        ({"size": 90}, 0, "size_cm"),
        ({"grade": "X"}, 0, "grade"),
        ({"metastases": "liver@0"}, 0, "metastatic"),
        ({"surgery": None}, -1, "surgery"),
    ],
)
def test_gronchi_2013_is_kept_to_its_own_people(changes: dict[str, Any], answer: int, field: str) -> None:
    said, fields = status("gronchi-2013-os", BELLY, **changes)
    assert said == answer
    assert field in fields


def side(said: Predictions) -> int:
    bounds = said.of_form.bounds()
    assert bounds is not None
    return int(bounds[0, 0])


def test_gronchi_2013_gives_a_bound_beyond_its_printed_anchors() -> None:
    least = predict(card("gronchi-2013-os"), Patient(**{**BELLY, "age": 50, "size": 1, "grade": 1, "type": "SFT"}))
    assert side(least) == 1
    assert least.value[0, 0] == 0.99
    worst = predict(
        card("gronchi-2013-os"),
        Patient(**{**BELLY, "age": 90, "size": 30, "grade": 3, "type": "UPS", "multifocal": True, "margin": "R2"}),
    )
    assert side(worst) == -1
    assert worst.value[0, 0] == 0.01
    dfs = predict(card("gronchi-2013-dfs"), Patient(**{**BELLY, "grade": 3, "multifocal": True}))
    assert side(dfs) == -1
    assert dfs.value[0, 0] == 0.05


def test_gronchi_2013_disease_free_survival_needs_a_complete_resection() -> None:
    assert status("gronchi-2013-dfs", BELLY)[0] == 1
    assert status("gronchi-2013-dfs", BELLY, margin="R1")[0] == 1
    assert status("gronchi-2013-dfs", BELLY, margin="R2") == (0, {"resection"})
    assert status("gronchi-2013-dfs", BELLY, margin=None) == (-1, {"resection"})
    whole = predict(card("gronchi-2013-os"), Patient(**{**BELLY, "margin": None}))
    assert whole.low[0, 0] < whole.high[0, 0]


@pytest.mark.parametrize(
    ("changes", "answer", "field"),
    [
        ({"metastasectomy": "undecided"}, 0, "metastasectomy"),
        ({"metastasectomy": None}, -1, "metastasectomy"),
        ({"site": "trunk"}, 0, "extremity"),
        ({"metastases": "none", "metastasectomy": None}, 0, "metastatic"),
        ({"landmark": 40}, 0, "metastases"),
    ],
)
def test_kang_2014_only_once_the_decision_has_been_taken(changes: dict[str, Any], answer: int, field: str) -> None:
    said, fields = status("kang-2014", SPREAD, **changes)
    assert said == answer
    assert field in fields


def test_kang_2014_with_an_unknown_interval_gives_the_groups_still_possible() -> None:
    said = predict(card("kang-2014"), Patient(**{**SPREAD, "metastases": "lung", "metastasectomy": "not-planned"}))
    assert set(said.of_form.possible_groups(0)) == {"C", "D"}
    assert (said.low[0, 0], said.high[0, 0]) == (0.0, 0.188)


RMS: dict[str, Any] = {
    "age": 4,
    "type": "embryonal rhabdomyosarcoma",
    "site": "head and neck",
    "site_detail": "orbit",
    "metastases": "lung@0",
    "bone_marrow": "no",
}
FACTORS: tuple[dict[str, Any], ...] = (
    {"age": 10},
    {"site_detail": "parameningeal"},
    {"bone_marrow": "yes"},
    {"metastases": "lung@0; lymph-node@0; pleura@0"},
)
BY_NUMBER = (0.50, 0.42, 0.18, 0.12, 0.05)


@pytest.mark.parametrize("chosen", range(16))
def test_oberlin_2008_counts_the_four_factors_whichever_they_are(chosen: int) -> None:
    present = [factor for bit, factor in enumerate(FACTORS) if chosen >> bit & 1]
    record = RMS | {name: value for factor in present for name, value in factor.items()}
    said = predict(card("oberlin-2008"), Patient(**record))
    assert said.status[0] == 1
    assert said.value[0, 0] == BY_NUMBER[len(present)]


@pytest.mark.parametrize(
    ("changes", "low", "high"),
    [
        ({"bone_marrow": None}, 0.42, 0.50),
        ({"bone_marrow": None, "metastases": "lung@0; pleura@0"}, 0.18, 0.50),  # marrow would be the third site
        ({"metastases": "bone@0", "bone_marrow": None}, 0.42, 0.42),  # bone is a factor whatever the marrow
        ({"site": "lower limb", "site_detail": None}, 0.42, 0.42),  # a limb is placed without its exact place
    ],
)
def test_oberlin_2008_gives_the_groups_still_possible(changes: dict[str, Any], low: float, high: float) -> None:
    said = predict(card("oberlin-2008"), Patient(**{**RMS, **changes}))
    assert (said.low[0, 0], said.high[0, 0]) == (low, high)


@pytest.mark.parametrize(
    ("changes", "answer", "field"),
    [
        ({"metastases": "none"}, 0, "metastatic_at_diagnosis"),
        ({"metastases": "lung@6"}, 0, "metastatic_at_diagnosis"),
        ({"metastases": "lung"}, -1, "metastatic_at_diagnosis"),
        ({"type": "pleomorphic rhabdomyosarcoma"}, 0, "histologic_type"),
        ({"age": 21}, 0, "age"),
        ({"age": None}, -1, "age"),
        ({"site_detail": "biliary-tract"}, 0, "site_detail"),
        ({"site_detail": "kidney"}, 0, "site_detail"),
        ({"site_detail": "scalp"}, 0, "site_detail"),
        ({"site_detail": None}, -1, "site_detail"),
    ],
)
def test_oberlin_2008_is_for_children_with_metastases_at_diagnosis_and_places_no_other_site(
    changes: dict[str, Any], answer: int, field: str
) -> None:
    said, fields = status("oberlin-2008", RMS, **changes)
    assert said == answer
    assert field in fields


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, 1),
        ({"myod1_or_tp53_changed": "yes"}, 0),
        ({"myod1_or_tp53_changed": None}, -1),
        ({"foxo1_fusion": "yes"}, 0),
        ({"foxo1_fusion": None}, -1),
        ({"rms_stage": "3"}, 0),
        ({"rms_stage": "1", "rms_group": "III", "site_detail": "head-neck-other"}, 0),
        ({"metastases": "lung@0", "rms_stage": "4", "rms_group": "IV"}, 0),
        ({"type": "alveolar rhabdomyosarcoma"}, 0),
    ],
)
def test_only_the_rows_of_cog_that_were_found_twice_have_a_card(changes: dict[str, Any], answer: int) -> None:
    low: dict[str, Any] = {
        "age": 4,
        "type": "embryonal rhabdomyosarcoma",
        "rms_stage": "2",
        "rms_group": "II",
        "foxo1_fusion": "no",
        "myod1_or_tp53_changed": "no",
    }
    assert status("cog-low-risk-rms", low, **changes)[0] == answer
    rows = {row.id: row for row in library().risk_rows.values() if row.table == "cog-risk"}
    (group,) = card("cog-low-risk-rms").form.groups  # type: ignore[union-attr]
    needed = {value for row in ("cog-very-low", "cog-low") for value in _codes_of(rows[row].when, "rms_stage")}
    assert set(_codes_of(group.when, "rms_stage")) == needed
    assert not any("not-found-again" in rows[row].marks for row in ("cog-very-low", "cog-low"))


def _codes_of(rule: Any, field: str) -> list[str]:
    return [code for c in rule for test in c.tests if test.field == field for code in test.in_ or ()]


def test_eu_rhab_needs_the_blood_test_and_gives_both_groups_without_it() -> None:
    child: dict[str, Any] = {"age": 2, "type": "extrarenal-rhabdoid-tumour", "surgery": "resected", "margin": "R0"}
    said = predict(card("eu-rhab-2020"), Patient(**child))
    assert (said.low[0, 0], said.high[0, 0]) == (0.325, 0.722)
    before = child | {"surgery": "planned", "margin": None}
    assert status("eu-rhab-2020", before)[0] == -1  # a blood test would decide
    assert status("eu-rhab-2020", before, germline_smarcb1="no")[0] == 0
    assert status("eu-rhab-2020", child, age=30)[0] == 0


def test_synovial_sarcoma_of_fnclcc_2_over_5_cm_may_be_in_either_group_of_the_trial() -> None:
    young: dict[str, Any] = {
        "age": 22,
        "type": "synovial sarcoma",
        "site": "lower limb",
        "size": 8,
        "grade": 2,
        "nodes": "negative",
        "surgery": "resected",
        "margin": "R0",
    }
    said = predict(card("synovial-arst0332"), Patient(**young))
    assert set(said.of_form.possible_groups(0)) == {"low", "intermediate"}
    assert status("synovial-arst0332", young, age=30) == (0, {"age"})
    assert status("synovial-arst0332", young, type="leiomyosarcoma") == (0, {"histologic_type"})


def test_no_low_rate_of_nodes_is_told_for_types_that_favour_them() -> None:
    ccs: dict[str, Any] = {"age": 40, "type": "clear cell sarcoma", "site": "lower limb", "radiotherapy": "none"}
    assert status("miccio-2019", ccs, grade=2)[0] == 0
    assert status("miccio-2019", ccs)[0] == -1
    said = predict(card("miccio-2019"), Patient(**ccs, grade=3))
    assert (said.low[0, 0], said.high[0, 0]) == (0.119, 0.333)
    assert status("miccio-2019", ccs, grade=3, nodes="positive")[0] == 0
    assert status("miccio-2019", ccs, grade=3, site="head and neck")[0] == 0


def test_published_groups_of_head_and_neck_are_no_stage() -> None:
    groups = card("lee-head-neck")
    assert not groups.personal
    assert groups.outcome.question != "survival-by-stage"
    assert not {g.id for g in groups.form.groups} & {"I", "II", "III", "IA", "IB"}  # type: ignore[union-attr]
    neck: dict[str, Any] = {
        "age": 60,
        "type": "leiomyosarcoma",
        "site": "head and neck",
        "size": 6,
        "grade": 3,
        "invasion": "none",
        "surgery": "resected",
        "radiotherapy": "none",
    }
    assert status("lee-head-neck", neck)[0] == 1
    assert status("lee-head-neck", neck, radiotherapy="before-surgery")[0] == 0
    assert status("lee-head-neck", neck, site="trunk")[0] == 0


def test_a_card_of_groups_names_no_group_of_people_it_is_not_for() -> None:
    said = predict(card("oberlin-2008"), Patient(**LIMB))
    assert said.of_form.possible_groups(0) == ()
    assert said.of_form.ranged_over(0, models.execute.as_records(Patient(**LIMB))) == ()


def test_every_limit_of_age_and_size_lies_where_the_source_puts_it() -> None:
    for size, group in ((5, "T1"), (5.01, "T2"), (10, "T2"), (10.01, "T3"), (15, "T3"), (15.01, "T4")):
        assert predict(card("fisher-2018"), Patient(**{**LIMB, "size": size})).of_form.possible_groups(0) == (group,)
    for size, same in ((5, 4), (10, 9), (10.01, 30)):
        one = predict(card("kattan-2002"), Patient(**{**LIMB, "size": size})).value[0, 0]
        other = predict(card("kattan-2002"), Patient(**{**LIMB, "size": same})).value[0, 0]
        assert one == other


def test_audiences_are_as_decided() -> None:
    teams = {c.id for c in cards().values() if c.audience == "teams"}
    published = {"kattan-2003", "gronchi-2013-dfs", "kang-2014", "local-recurrence-2008"}
    of_children = {"oberlin-2008", "eu-rhab-2020", "synovial-arst0332", "cog-low-risk-rms"}
    assert teams == published | of_children | {"lee-head-neck", "course-tcga", "survival-after-metastasis-msk"}
    assert not card("fisher-2018").personal
    assert card("kattan-2002").outcome.estimand == "net"
    assert "digitised" in card("gronchi-2013-os").provenance.marks
    assert {"digitised", "unverified"} <= set(card("gronchi-2013-dfs").provenance.marks)


def random_patients(n: int, seed: int) -> list[Patient]:
    rng = np.random.default_rng(seed)

    def maybe(values: list[Any]) -> Any:
        return None if rng.random() < 0.2 else values[rng.integers(len(values))]

    types = [t.id for t in library().types.values() if not t.out_of_scope]
    places = [p.id for p in library().primary_sites.values() if not p.out_of_scope]
    people = []
    for _ in range(n):
        spread = maybe(
            [(), ({"organ": "lung", "months": 0},), ({"organ": "liver", "months": float(rng.integers(1, 60))},)]
        )
        site = maybe(places)
        people.append(
            Patient(
                age=maybe(list(range(5, 95))),
                histologic_type=maybe(types),
                site=site,
                size_cm=maybe([0.5, 2, 4, 5, 7, 10, 12, 15, 20, 40, 85]),
                depth=None
                if site
                in (None, "retroperitoneum", "abdomen-or-pelvis", "uterus", "abdominal-viscera", "thoracic-viscera")
                else maybe(["deep", "superficial"]),
                grade=maybe(["1", "2", "3", "X"]),
                surgery=maybe(["resected", "none"]),
                multifocal=maybe([True, False]),
                nodes=maybe(["negative", "positive", "not-assessed"]),
                metastases=spread,
                metastasectomy=maybe(["done", "not-planned", "undecided"]) if spread else None,
                presentation=maybe(["primary", "recurrent"]),
            )
        )
    return people


@pytest.mark.parametrize("card_id", sorted(EXPECTED))
def test_many_people_at_once_get_what_each_gets_alone(card_id: str) -> None:
    people = random_patients(150, seed=7)
    together = predict(card(card_id), people)
    for row, patient in enumerate(people):
        alone = predict(card(card_id), patient)
        assert together.status[row] == alone.status[0]
        np.testing.assert_allclose(together.low[row], alone.low[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(together.high[row], alone.high[0], rtol=0, atol=1e-12)
        bounds, own = together.of_form.bounds(), alone.of_form.bounds()
        assert (bounds is None) == (own is None)
        assert bounds is None or own is None or (bounds[row] == own[0]).all()


@pytest.mark.parametrize("card_id", sorted(EXPECTED))
def test_probabilities_are_probabilities_or_absent(card_id: str) -> None:
    said = predict(card(card_id), random_patients(400, seed=11))
    shown = said.status == 1
    assert (said.low[shown] >= 0).all()
    assert (said.high[shown] <= 1).all()
    assert (said.low[shown] <= said.high[shown]).all()
    assert np.isnan(said.low[~shown]).all()


def test_nobody_at_all_is_a_result_too() -> None:
    assert len(predict(card("kattan-2002"), [])) == 0


def test_a_card_of_ones_own_runs_like_a_shipped_one(tmp_path: Path) -> None:
    text = (Path(models.__file__).parent / "cards" / "kattan-2002.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("id: kattan-2002", "id: mine"), encoding="utf-8")
    mine = read_card(path)
    assert predict(mine, Patient(**LIMB)).value[0, 0] == pytest.approx(0.5291, abs=5e-5)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: cox", "kind: coxx"),
        ("field: age, at_least: 18", "field: agee, at_least: 18"),
        ("baseline:", "baselines:"),
        ('low: {"144": 0.8373887}', 'low: {"120": 0.8373887}'),
        ("intercept: -0.12440647", "intercept: [1"),
        ('version: "1.1.0"', 'version: "1.1.0"\nversion: "2"'),
    ],
)
def test_a_wrong_card_is_refused_with_the_place(old: str, new: str, tmp_path: Path) -> None:
    text = (Path(models.__file__).parent / "cards" / "kattan-2002.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "wrong.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CardError, match=r"wrong\.yaml"):
        read_card(path)


def test_every_predictor_is_a_field_of_the_record_or_derived() -> None:
    from sarcoma.patient import DERIVED

    for found in cards().values():
        for predictor in found.all_predictors:
            assert predictor.field in field_specs() or predictor.field in DERIVED


@pytest.mark.parametrize("grade", ["2", "3", None])
@pytest.mark.parametrize("of", ["gronchi-2013-os", "gronchi-2013-dfs"])
def test_gronchi_2013_takes_well_differentiated_liposarcoma_as_grade_1_only(of: str, grade: str | None) -> None:
    known = {**BELLY, "type": "well-differentiated liposarcoma"}
    assert status(of, {**known, "grade": "1"})[0] == 1
    assert status(of, {**known, "grade": grade})[0] == (-1 if grade is None else 0)
