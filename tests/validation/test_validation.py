"""Validation end to end: known truths are found, R's own analyses are repeated, cards say what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from validation_cases import card_of, cohort_of, drawn, holds, judged

from sarcoma.cohort import Cohort
from sarcoma.models import Card, card
from sarcoma.models.forms.cox import Cox
from sarcoma.report.validated import validated_data, validated_document, validated_text
from sarcoma.validation import Subject, Validation, validate
from sarcoma.validation.card_entries import entries

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "validation.json").read_text())


def test_a_model_that_tells_the_truth_is_found_to_be_right() -> None:
    model = judged(card_of(), drawn(4000, seed=1))
    for h in model.horizons:
        assert h.observed is not None
        assert holds(h.measures["O/E"], 1.0)
        assert holds(h.measures["calibration slope"], 1.0)
        assert holds(h.measures["calibration intercept"], 0.0)
        assert abs(h.observed.value - h.predicted) < 3 * h.observed.se
        assert h.measures["ICI"].value < 0.03
    assert model.ladder is not None
    assert model.ladder.chosen == "original"
    assert model.setting == "external"


def test_the_auc_is_that_of_the_same_people_followed_to_the_end() -> None:
    late = judged(card_of(), drawn(20_000, seed=2, follow=(239.0, 240.0)))
    early = judged(card_of(), drawn(4000, seed=3, follow=(10.0, 120.0)))
    for seen, truth in zip(early.horizons, late.horizons, strict=True):
        assert holds(seen.measures["AUC"], truth.measures["AUC"].value)
        assert holds(seen.measures["Brier score"], truth.measures["Brier score"].value)
        assert holds(seen.measures["concordance"], truth.measures["concordance"].value)


@pytest.mark.words
def test_net_and_crude_predictions_are_each_set_against_their_own_curve() -> None:
    cohort = drawn(6000, seed=4, rivals=0.01)
    net = judged(card_of(), cohort)
    crude = judged(card_of(outcome={"estimand": "crude"}), cohort)
    for right, wrong in zip(net.horizons, crude.horizons, strict=True):
        assert holds(right.measures["O/E"], 1.0)
        assert wrong.measures["O/E"].high < 0.97  # other deaths take people away before the sarcoma can
    assert any("censors other deaths" in note for note in net.notes)
    assert net.flow.rivals == crude.flow.rivals > 500


def test_crude_predictions_that_are_right_are_found_right_where_other_deaths_compete() -> None:
    random = np.random.default_rng(20)

    def cohort(n: int, low: float, high: float) -> Any:
        x = random.normal(size=n)
        one, two = 0.006 * np.exp(0.8 * x), np.full(n, 0.004)
        end, stop = random.exponential(1 / (one + two)), random.uniform(low, high, n)
        kind = np.where(random.random(n) < one / (one + two), "dead", "other")
        risk = one / (one + two) * -np.expm1(-60 * (one + two))
        months, status = np.round(np.minimum(end, stop), 6) + 1e-5, np.where(stop < end, "alive", kind)
        fixed = {"age": [60] * n, "size": [8] * n, "grade": [2] * n}
        return cohort_of({**fixed, "months": months, "status": status, "said": risk})

    column = Subject("column:said", "x", "sarcoma-death", "death", "crude", "surgery", (60.0,), column="said")
    seen = validate(cohort(4000, 20, 140), [column]).models[0].horizons[0]
    whole = validate(cohort(40_000, 200, 201), [column]).models[0].horizons[0]
    assert holds(seen.measures["O/E"], 1.0)
    assert holds(seen.measures["calibration slope"], 1.0)
    assert holds(seen.measures["calibration intercept"], 0.0)
    for name in ("concordance", "AUC", "Brier score", "IPA"):
        apart = seen.measures[name].value - whole.measures[name].value
        assert abs(apart) < 3 * np.hypot(seen.measures[name].se, whole.measures[name].se)


def gbsg() -> Any:
    rows = REFERENCE["rows"]
    status = ["dead" if s else "alive" for s in rows["status"]]
    return cohort_of(
        {"age": rows["age"], "size": rows["cm"], "grade": rows["grade"], "months": rows["months"], "status": status}
    )


def gbsg_card() -> Card:
    age, size, two, three = REFERENCE["beta"]
    h0 = dict(zip(REFERENCE["times"], REFERENCE["h0"], strict=True))
    factor = float(np.exp(60 * age + 8 * size))  # the card's predictors are centred at 60 years and 8 cm
    return card_of(
        beta={"age": age, "size": size, "two": two, "grade": three},
        h0={h: v * factor for h, v in h0.items()},
        outcome={"endpoint": "death", "estimand": "all-cause"},
    )


def test_a_validation_repeats_that_of_r() -> None:
    model = judged(gbsg_card(), gbsg())
    score = REFERENCE["score"]
    assert model.flow.used == len(REFERENCE["rows"]["age"])
    for k, h in enumerate(model.horizons):
        assert h.observed is not None
        assert h.predicted == pytest.approx(REFERENCE["expected"][k], abs=1e-9)
        assert h.observed.value == pytest.approx(REFERENCE["observed"][k], abs=1e-9)
        assert h.measures["O/E"].value == pytest.approx(REFERENCE["observed"][k] / REFERENCE["expected"][k], abs=1e-8)
        assert h.measures["AUC"].value == pytest.approx(score["auc"][k], abs=1e-8)
        assert h.measures["AUC"].se == pytest.approx(score["auc_se"][k], rel=0.01)
        assert h.measures["Brier score"].value == pytest.approx(score["brier"][k], abs=1e-8)
        assert h.measures["Brier score"].se == pytest.approx(score["brier_se"][k], rel=0.01)
        assert h.measures["IPA"].value == pytest.approx(score["ipa"][k], abs=1e-8)
        assert h.measures["concordance"].value == pytest.approx(REFERENCE["uno"][k], abs=2e-3)


def test_the_ladder_repeats_the_equations_and_tests_of_r() -> None:
    ladder = judged(gbsg_card(), gbsg()).ladder
    expected = REFERENCE["ladder"]
    assert ladder is not None
    assert ladder.chosen == "baseline"
    for name, (statistic, df, p) in expected["tests"].items():
        test = ladder.rung(name).test
        assert test is not None
        assert test.statistic == pytest.approx(statistic, rel=1e-6)
        assert (test.df, test.p) == (df, pytest.approx(p, rel=1e-5))
    before = gbsg_card().form
    for rung in ("large", "slope", "baseline"):
        after = ladder.rung(rung).card.form
        assert isinstance(before, Cox)
        assert isinstance(after, Cox)
        values = expected[rung] if isinstance(expected[rung], list) else [expected[rung]]
        for k, h in enumerate(REFERENCE["times"]):
            intercept = values[k if rung == "baseline" else 0]
            # R's score has no centre: the card's differs by a constant, which the slope multiplies
            slope = values[-1] if rung != "large" else 0.0
            constant = slope * (60 * REFERENCE["beta"][0] + 8 * REFERENCE["beta"][1])
            found = np.log(np.log(after.baseline.at("all", h)) / np.log(before.baseline.at("all", h)))
            assert found == pytest.approx(intercept + constant, abs=1e-6)


def test_a_column_of_crude_predictions_repeats_r() -> None:
    rows, expected = REFERENCE["crude"]["rows"], REFERENCE["crude"]
    status = [{0: "alive", 1: "dead", 2: "other"}[c] for c in rows["cause"]]
    n = len(status)
    months = [max(m, 0.01) for m in rows["months"]]
    cohort = cohort_of(
        {
            "age": [60] * n,
            "size": [8] * n,
            "grade": [2] * n,
            "months": months,
            "status": status,
            "said": rows["risk"],
        }
    )
    column = Subject(
        "column:said", "made elsewhere", "sarcoma-death", "death", "crude", "surgery", (120.0,), column="said"
    )
    (model,) = validate(cohort, [column]).models
    assert model.setting == "unknown"
    (h,) = model.horizons
    assert h.observed is not None
    assert h.observed.value == pytest.approx(expected["observed"], abs=1e-9)
    assert h.predicted == pytest.approx(expected["expected"], abs=1e-9)
    assert h.measures["AUC"].value == pytest.approx(expected["auc"], abs=1e-8)
    assert h.measures["Brier score"].value == pytest.approx(expected["brier"], abs=1e-8)
    assert h.measures["IPA"].value == pytest.approx(expected["ipa"], abs=1e-8)


def test_models_side_by_side_are_compared_on_the_same_people() -> None:
    cohort = drawn(1500, seed=10)
    worse = card_of(id="worse", beta={"grade": -0.8, "size": 0.0, "age": 0.0})
    result = validate(cohort, [Subject.of_card(card_of()), Subject.of_card(worse)])
    assert {c.months for c in result.compared} == {24.0, 60.0}
    for c in result.compared:
        auc = next(d for d in c.differences if d.name == "AUC")
        assert auc.low > 0
        assert c.people == 1500


def test_subgroups_and_centres_with_few_people_are_suppressed() -> None:
    model = judged(card_of(), drawn(1500, seed=11), least=400)
    shown = [s for s in model.subgroups if s.suppressed is None]
    assert shown
    assert all(s.people >= 400 and s.ratio is not None for s in shown)
    assert any(s.suppressed for s in model.subgroups)
    assert model.centres is not None
    ratio = next(p for p in model.centres.pooled if p.name == "O/E")
    assert ratio.centres == 4
    assert ratio.prediction_low is not None
    assert ratio.prediction_low < ratio.low < 1.0 < ratio.high


def test_bootstrap_intervals_agree_with_influence_functions_and_repeat() -> None:
    cohort = drawn(400, seed=12)
    plain = judged(card_of(), cohort)
    drawn_ = judged(card_of(), cohort, draws=200, seed=3)
    again = judged(card_of(), cohort, draws=200, seed=3)
    for a, b, c in zip(plain.horizons, drawn_.horizons, again.horizons, strict=True):
        for name in ("AUC", "O/E", "Brier score", "calibration slope"):
            assert b.measures[name].se == pytest.approx(a.measures[name].se, rel=0.3)
            assert b.measures[name].low == c.measures[name].low
        assert b.measures["ICI"].low < b.measures["ICI"].high


@pytest.mark.words
def test_an_interrupted_bootstrap_keeps_what_is_done() -> None:
    def stop(what: str, done: int, total: int) -> None:
        if "bootstrap" in what and done == 40:
            raise KeyboardInterrupt

    model = judged(card_of(), drawn(300, seed=13), draws=500, progress=stop)
    assert model.interrupted
    assert 40 <= model.drawn < 60
    result = Validation(drawn(3, seed=1).about, (model,), (), (), 0, 500)
    for said in (validated_text(result), validated_document(result).html(), validated_data(result)["methods"]):
        assert f"{model.drawn} bootstrap samples" in " ".join(said.split())
        assert "before all 500 were drawn" in " ".join(said.split())
    assert np.isfinite(model.horizons[0].measures["AUC"].low)


@pytest.mark.words
@pytest.mark.parametrize("name", ["kattan-2002", "kattan-2003", "survival-after-metastasis-msk", "fisher-2018"])
def test_the_cards_say_what_was_found_in_tcga(name: str, tcga: Cohort) -> None:
    result = validate(tcga, [Subject.of_card(card(name))], unknown_cause="other")
    said = [p for p in card(name).performance if p.source == "TCGA-SARC17" and p.setting == "external validation"]
    assert said
    assert list(entries(result, result.models[0], "TCGA-SARC17")) == said


def test_numbers_in_tcga_are_those_of_a_few_lines_of_counting(tcga: Cohort) -> None:
    model = judged(card("survival-after-metastasis-msk"), tcga)
    h = next(h for h in model.horizons if h.months == 24)
    time, event = model.outcome.exit, model.outcome.event
    risk = model.risk[:, [x.months for x in model.horizons].index(24)]
    alive, free = 1.0, {}  # Kaplan–Meier of deaths, and of censoring just before each time
    for t in np.unique(time[event & (time <= 24)]):
        alive *= 1 - (event & (time == t)).sum() / (time >= t).sum()
    kept = 1.0
    for t in np.unique(time):
        free[t] = kept
        kept *= 1 - (~event & (time == t)).sum() / ((time >= t).sum() - (event & (time == t)).sum())
    beyond = next(free[t] for t in np.unique(time) if t > 24)
    assert h.measures["O/E"].value == pytest.approx((1 - alive) / risk.mean(), abs=1e-12)
    cases, controls = np.flatnonzero(event & (time <= 24)), np.flatnonzero(time > 24)
    weight = np.array([1 / free[t] for t in time[cases]])
    higher = (risk[cases][:, None] > risk[controls]) + 0.5 * (risk[cases][:, None] == risk[controls])
    area = (weight[:, None] * higher / beyond).sum() / (weight.sum() * len(controls) / beyond)
    assert h.measures["AUC"].value == pytest.approx(area, abs=1e-12)
    squares = (weight * (1 - risk[cases]) ** 2).sum() + (risk[controls] ** 2 / beyond).sum()
    assert h.measures["Brier score"].value == pytest.approx(squares / len(time), abs=1e-12)
