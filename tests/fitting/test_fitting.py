"""Fitting: known truths are found again, pooling and shrinkage are what they say, the card does what the fit did."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from sarcoma.cli import main
from sarcoma.cohort import Cohort, FollowUp, make_cohort, open_source
from sarcoma.cohort.courses import full_course
from sarcoma.cohort.simulate import COVARIATES, RATES, truth
from sarcoma.errors import CohortError
from sarcoma.fitting import Recipe, fit, read_recipe
from sarcoma.fitting.design import completed, gather, limits_of
from sarcoma.fitting.estimate import FittedHazard, fit_course, plan, pool
from sarcoma.fitting.impute import impute
from sarcoma.fitting.recipe import recipe_of
from sarcoma.fitting.targets import first_reached
from sarcoma.models import Card, card, predict, read_card
from sarcoma.models.forms.course import Course
from sarcoma.models.forms.hazard import Hazard
from sarcoma.models.writing import card_yaml
from sarcoma.patient import Patient
from sarcoma.survival import CoxRegression, TransitionHazard, concordance_at_risk, conditional_tau

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "fitting.json").read_text())

PREDICTORS: dict[str, Any] = {
    "grade": {"label": "grade", "field": "grade", "coding": "scores", "scores": {"1": 0, "2": 0, "3": 1}},
    "size": {"label": "size", "field": "size_cm", "coding": "log"},
    "depth": {"label": "depth", "field": "depth", "coding": "scores", "scores": {"superficial": 0, "deep": 1}},
    "age": {"label": "age", "field": "age", "coding": "linear", "center": 60},
}
RAW: dict[str, Any] = {
    "id": "made-up",
    "version": "1",
    "name": "A made-up course",
    "short_name": "made up",
    "plain": "made up",
    "citation": "TCGA-SARC17",
    "course": "full-course",
    "question": "course",
    "event": "death from any cause",
    "plain_event": "die",
    "horizons_months": [12, 36, 60],
    "predictors": PREDICTORS,
    "missing": {"method": "complete-case"},
    "validation": {"bootstrap": 20},
    "population": "nobody",
    "licence_note": "made up",
    "examples": [{"age": 60, "size": 8, "grade": 3, "depth": "deep"}],
}


def recipe(**changes: Any) -> Recipe:
    return recipe_of({**RAW, **changes})


@pytest.fixture(scope="module")
def fitted(simulated: Cohort) -> Card:
    return fit(recipe(), simulated)


def hazards_of(card_: Card) -> tuple[Hazard, ...]:
    assert isinstance(card_.form, Course)
    return card_.form.hazards


def free(found: FittedHazard) -> dict[str, tuple[float, float]]:
    """Coefficient and standard error of grade 3, ln size, deep, one year of age."""
    places = {"high grade": 2, "log size": 3, "deep": 5, "age": 6}
    se = np.sqrt(np.diag(np.asarray(found.hazard.covariance)))
    return {name: (found.hazard.coefficients[i], se[i]) for name, i in places.items()}


def test_the_hazards_that_were_simulated_are_found_again(simulated: Cohort) -> None:
    asked = recipe()
    material = gather(asked, simulated)
    planned = plan(asked, material)
    fits = fit_course(asked, planned, material.codings, material.counted, completed(material))
    z = []
    for found in fits:
        if found.names:
            true = dict(zip(COVARIATES, RATES[found.transition][1], strict=True))
            z += [(value - true[name]) / se for name, (value, se) in free(found).items()]
    assert len(z) >= 28
    assert np.abs(z).max() < 4
    assert 0.7 < np.sqrt(np.mean(np.square(z))) < 1.4


def test_the_card_predicts_what_is_true(fitted: Card) -> None:
    patient = Patient(age=70, size=10, grade=3, depth="deep")
    said = predict(fitted, patient)
    x = np.array([[1.0, np.log(10 / 5), 1.0, 10.0]])
    true = truth().predict(x, [12.0, 36.0, 60.0]).probability[0]
    states, interval = said.of_form.course(), said.of_form.interval()
    assert states is not None
    assert interval is not None
    order = [states.names.index(s) for s in truth().course.states]
    assert np.abs(states.low[0][:, order] - true).max() < 0.05
    half = (interval[1][0] - interval[0][0]) / 2
    z = 1.96 * (said.low[0] - true[:, -1]) / half
    assert np.abs(z).max() < 3.5
    assert np.allclose(states.low[0].sum(axis=1), 1)


def test_a_card_is_the_same_when_it_is_read_again(fitted: Card, tmp_path: Path) -> None:
    place = tmp_path / "card.yaml"
    place.write_text(card_yaml(fitted), encoding="utf-8")
    again = read_card(place)
    assert again == fitted
    for vector in again.test_vectors:
        said = predict(again, Patient(**vector.record))
        for k, h in enumerate(again.outcome.horizons_months):
            assert said.value[0, k] == pytest.approx(vector.expect.probability[f"{h:g}"], abs=1e-6)


def test_a_later_landmark_conditions_on_what_has_not_happened(fitted: Card) -> None:
    """From disease-free at 24 months on: the same as the product of the hazards from there, by hand for leaving."""
    record = {"age": 60, "size": 8, "grade": 3, "depth": "deep", "metastases": "none", "local_recurrence": False}
    said = predict(fitted, Patient(**record, landmark_months=24))
    assert said.of_form.start(0) == 24
    total = 0.0
    for hazard in hazards_of(fitted):
        if hazard.transition[0] == "disease-free":
            score = sum(
                float(
                    (
                        p.transform.basis([{"grade": "3", "size": 8, "depth": "deep", "age": 60}[p.name]])
                        @ p.transform.beta
                    )[0]
                )
                for p in hazard.predictors
            )
            months = np.array(hazard.baseline.every_step().months)
            jumps = np.array(hazard.baseline.every_step().jumps)
            total += jumps[(months > 24) & (months <= 36)].sum() * np.exp(score)
    states = said.of_form.course()
    assert states is not None
    assert states.low[0, 0, states.names.index("disease-free")] == pytest.approx(np.exp(-total), rel=1e-9)
    assert np.isnan(predict(fitted, Patient(**record, landmark_months=200)).low).all()


def test_an_unknown_predictor_gives_the_range_over_its_values(fitted: Card) -> None:
    known = {"age": 60, "size": 8, "depth": "deep"}
    said = predict(fitted, Patient(**known))
    each = [predict(fitted, Patient(**known, grade=g)).value[0] for g in (1, 2, 3)]
    assert said.low[0] == pytest.approx(np.min(each, axis=0), abs=1e-12)
    assert said.high[0] == pytest.approx(np.max(each, axis=0), abs=1e-12)
    interval = said.of_form.interval()
    assert interval is not None
    assert np.isnan(interval[0]).all()
    wide = predict(fitted, Patient(age=60, grade=3, depth="deep"))
    assert (wide.low[0] <= said.high[0]).all()
    assert (wide.low[0] < wide.high[0]).all()


def test_many_records_are_answered_as_one_by_one(fitted: Card) -> None:
    people = [
        Patient(
            age=50 + i,
            size=None if i % 4 == 0 else 4 + i,
            grade=None if i % 3 == 0 else 1 + i % 3,
            depth="deep",
            landmark_months=6 * (i % 2),
        )
        for i in range(12)
    ]
    together = predict(fitted, people)
    for i, person in enumerate(people):
        alone = predict(fitted, person)
        assert together.low[i] == pytest.approx(alone.low[0], abs=1e-12, nan_ok=True)
        assert together.high[i] == pytest.approx(alone.high[0], abs=1e-12, nan_ok=True)


@pytest.mark.words
def test_the_range_of_the_data_is_the_range_of_the_model(fitted: Card) -> None:
    known = {"size": 8, "grade": 3, "depth": "deep"}
    assert predict(fitted, Patient(age=60, **known)).status[0] == 1
    outside = predict(fitted, Patient(age=10, **known))
    assert outside.status[0] == 0
    assert "age lies outside" in outside.failing(0)[0].text


@pytest.mark.words
def test_two_states_are_a_cox_model_under_late_entry(registry: Any) -> None:
    random = np.random.default_rng(3)
    n = 400
    age = random.uniform(30, 80, n)
    time = random.exponential(40 / np.exp(0.03 * (age - 55)))
    entry = random.uniform(0, 30, n)
    stop = np.minimum(time, entry + random.uniform(5, 60, n))
    seen = stop > entry
    import polars as pl

    ids = [f"p{i}" for i in range(int(seen.sum()))]
    died = (time <= stop)[seen]
    patients = pl.DataFrame({"id": ids, "age": age[seen], "histologic_type": ["leiomyosarcoma"] * len(ids)})
    rows = [
        {"id": i, "months": float(m), "event": kind}
        for i, e, s, d in zip(ids, entry[seen], stop[seen], died, strict=True)
        for m, kind in ((e, "entry"), (s, "death" if d else "last-contact"))
    ]
    cohort = Cohort.of_frames(patients, pl.DataFrame(rows), name="made up", origin="diagnosis")
    asked = recipe(
        course="survival",
        question="survival-after-surgery",
        horizons_months=[12, 24],
        predictors={"age": PREDICTORS["age"]},
        examples=[{"age": 60}],
        validation={"bootstrap": 20, "landmark_months": 12},
        late_entry={"leave_out_months": [6], "bootstrap": 40},
    )
    found = fit(asked, cohort)
    assert found.form.kind == "cox"
    x = age[seen][:, None] - 60
    model = CoxRegression().fit(x, stop[seen], died, entry=entry[seen])
    (hazard,) = hazards_of(found)
    assert hazard.predictors[0].transform.beta[0] == pytest.approx(model.coef_[0], rel=1e-6)
    direct = 1 - model.predict_survival([[10.0]], [12.0, 24.0])[0]
    said = predict(found, Patient(age=70))
    assert said.value[0] == pytest.approx(direct, rel=1e-4)
    _, high = model.predict_survival_interval([[10.0]], [12.0, 24.0], scale="log")
    spread = np.log(high[0] / (1 - direct)) * (1 - direct) / (direct * np.log(direct))  # of log(−log(1 − S))
    interval = said.of_form.interval()
    assert interval is not None
    assert interval[0][0] == pytest.approx(direct ** np.exp(-spread), rel=2e-3)
    later = predict(found, Patient(age=70, landmark_months=12))
    assert later.value[0, 0] == pytest.approx(1 - (1 - direct[1]) / (1 - direct[0]), rel=1e-4)
    assert found.late_entry is not None
    assert found.late_entry.tau_low < 0 < found.late_entry.tau_high
    naive, honest = ({c.id: c for c in found.late_entry.curves}[k] for k in ("naive", "late-entry"))
    assert naive.median_months > honest.median_months + 3
    slope = next(
        p for p in found.performance if p.measure.startswith("slope of the score") and p.setting == "development"
    )
    assert slope.value == pytest.approx(1, abs=1e-3)
    ratio = next(p for p in found.performance if "all of the time" in p.measure and p.measure.startswith("observed"))
    assert ratio.value == pytest.approx(1, abs=0.02)


def test_concordance_of_those_at_risk_is_that_of_r() -> None:
    ref = {k: np.array(v, dtype=float) for k, v in REFERENCE.items() if k != "versions"}
    value, influence = concordance_at_risk(ref["score"], ref["stop"], ref["event"] == 1, entry=ref["start"])
    assert value == pytest.approx(float(ref["concordance"]), abs=1e-12)
    assert np.sqrt((influence**2).sum()) / len(influence) == pytest.approx(float(ref["se"]), abs=1e-12)


def test_conditional_tau_is_0_under_independence_and_counts_the_pairs_it_should() -> None:
    entry, exit_, event = np.array([0.0, 1, 2, 8]), np.array([5.0, 3, 9, 10]), np.array([True, True, False, True])
    # seen: (1 dies at 3; 0 and 2 are there), (0 dies at 5; 2 is there); 3 comes after 5, and dies after 9 alone
    tau, pairs = conditional_tau(entry, exit_, event)
    assert pairs == 3
    assert tau == pytest.approx((-1 + 1 + 1) / 3)
    random = np.random.default_rng(0)
    life, late = random.exponential(20, 4000), random.uniform(0, 30, 4000)
    some = life > late
    end = np.minimum(life, late + 25)
    assert abs(conditional_tau(late[some], end[some], (life <= late + 25)[some])[0]) < 0.04


def test_rubins_rules() -> None:
    def one(beta: float, jump: float) -> FittedHazard:
        hazard = TransitionHazard(
            "a", "b", np.array([1.0]), np.array([jump]), ("x",), np.array([beta]), np.array([[0.04]]),
            np.array([0.01]), np.array([[0.5]]), followed_to=2.0,
        )  # fmt: skip
        return FittedHazard(hazard, ("x",), 1, 1, 1.0, 0.0)

    (found,) = pool([[one(0.1, 0.2)], [one(0.3, 0.2)], [one(0.5, 0.2)]])
    assert found.hazard.coefficients[0] == pytest.approx(0.3)
    assert np.asarray(found.hazard.covariance)[0, 0] == pytest.approx(0.04 + (1 + 1 / 3) * 0.04)
    moved = 0.2 * np.exp(0.5 * np.array([-0.2, 0, 0.2]))
    assert found.hazard.increments[0] == pytest.approx(moved.mean())
    assert np.asarray(found.hazard.variance)[0] == pytest.approx(0.01 + (4 / 3) * moved.var(ddof=1))


def test_imputation_keeps_what_is_known_and_finds_the_effect(simulated: Cohort) -> None:
    import polars as pl

    random = np.random.default_rng(1)
    size = simulated.patients["size_cm"].to_numpy()
    grade = simulated.patients["grade"].to_list()
    hide = random.random(len(size)) < np.where(np.nan_to_num(size, nan=8.0) > 8, 0.5, 0.1)  # larger tumours oftener
    patients = simulated.patients.with_columns(
        grade=pl.Series([None if h else g for h, g in zip(hide, grade, strict=True)])
    )
    cohort = Cohort(patients, simulated.events, simulated.about)
    asked = recipe(
        missing={"method": "multiple-imputation", "imputations": 5, "cycles": 3},
        course="spread",
        question="spread",
        event="metastasis",
        to="metastasis",
    )
    material = gather(asked, cohort)
    sets = [completed(material, filled) for filled in impute(material, asked.missing, 0)]  # type: ignore[arg-type]
    known = material.columns["grade"].known
    for values in sets:
        assert set(values["grade"]) <= {"1", "2", "3"}
        assert (values["grade"][known] == material.columns["grade"].values[known]).all()
        assert not np.isnan(values["size"][material.used]).any()
    assert any((a["grade"] != sets[0]["grade"]).any() for a in sets[1:])
    planned = plan(asked, material)
    fits = pool([fit_course(asked, planned, material.codings, material.counted, v) for v in sets])
    true = dict(zip(COVARIATES, RATES[("disease-free", "metastasis")][1], strict=True))
    for name, (value, se) in free(fits[0]).items():
        assert abs(value - true[name]) < 4 * se, name
    again = impute(material, asked.missing, 0)  # type: ignore[arg-type]
    assert (again[1]["grade"] == sets[1]["grade"]).all()


def test_a_grade_that_the_parts_rule_out_is_not_imputed(simulated: Cohort) -> None:
    import polars as pl

    n = len(simulated)
    patients = simulated.patients.with_columns(
        grade=pl.Series([None if i % 5 == 0 else g for i, g in enumerate(simulated.patients["grade"].to_list())]),
        histologic_type=pl.lit("undifferentiated-pleomorphic-sarcoma"),
        mitoses_per_10_hpf=pl.Series([30.0 if i % 5 == 0 else None for i in range(n)]),
    )
    cohort = Cohort(patients, simulated.events, simulated.about)
    asked = recipe(missing={"method": "multiple-imputation", "imputations": 2, "cycles": 2})
    material = gather(asked, cohort)
    hidden = [i for i in material.people.tolist() if i % 5 == 0]
    assert all("1" not in material.columns["grade"].possible[i] for i in hidden)
    for filled in impute(material, asked.missing, 0):  # type: ignore[arg-type]
        assert "1" not in set(filled["grade"][hidden])


def test_shrinkage_is_what_the_recipe_asks_for(simulated: Cohort) -> None:
    levels = {"type": {"label": "type", "field": "histologic_type", "coding": "levels", "least": 20}}

    def coefficients_at(strength: Any, **more: Any) -> FittedHazard:
        asked = recipe(course="spread", question="spread", event="metastasis", to="metastasis",
                       predictors=levels, penalty={"strength": strength, **more})  # fmt: skip
        material = gather(asked, simulated)
        planned = plan(asked, material)
        return fit_course(asked, planned, material.codings, material.counted, completed(material))[0]

    loose, tight = coefficients_at(1.0), coefficients_at(100.0)
    assert np.abs(tight.hazard.coefficients).max() < np.abs(loose.hazard.coefficients).max()
    assert loose.hazard.coefficients.sum() == pytest.approx(0, abs=1e-8)  # no reference: around their common mean
    assert loose.degrees > tight.degrees
    capped = coefficients_at(0.25, events_per_df=loose.events / 1.5)
    assert capped.degrees <= 1.5
    chosen = coefficients_at("aic")
    assert 0 < chosen.degrees <= 5


@pytest.mark.words
def test_centres_are_left_out_in_turn(simulated: Cohort) -> None:
    asked = recipe(course="spread", question="spread", event="metastasis", to="metastasis",
                   validation={"bootstrap": 20, "by_centre": True})  # fmt: skip
    found = fit(asked, simulated)
    held = [p for p in found.performance if p.measure.endswith("each centre left out in turn")]
    aucs = [p for p in held if p.measure.startswith("AUC")]
    assert len(aucs) == 1
    assert aucs[0].value is not None
    assert aucs[0].note is not None
    assert "5 of 5" in aucs[0].note
    apparent = next(p for p in found.performance if p.setting == "development" and p.measure.startswith("AUC"))
    assert apparent.value is not None
    assert abs(aucs[0].value - apparent.value) < 0.03
    assert found.outcome.estimand == "crude"


def test_the_first_time_in_any_of_several_states(simulated: Cohort) -> None:
    follow_up = FollowUp.of(simulated)
    counted = follow_up.count(full_course(("lung",)))
    people, time, code, entry = first_reached(counted, ("lung metastasis", "metastasis elsewhere", "both"))
    found, end, died = follow_up.metastasis[people], follow_up.end[people], follow_up.died[people]
    spread = (found < end) | ((found == end) & ~died)  # on the day of death, death counts
    assert ((code == 1) == spread).all()
    assert time[spread] == pytest.approx(follow_up.metastasis[people][spread])
    assert time[~spread] == pytest.approx(follow_up.end[people][~spread])
    assert not entry.any()


@pytest.mark.words
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"horizons_months": [12, 900]}, "900 is too far"),
        ({"horizons_months": [60, 12]}, "must increase"),
        ({"citation": "NOBODY"}, "citation"),
        ({"predictors": {"x": {**PREDICTORS["age"], "field": "shoe_size"}}}, "predictors.x.field"),
        ({"predictors": {"x": {**PREDICTORS["age"], "coding": "levels"}}}, "is a number"),
        ({"predictors": {"x": {**PREDICTORS["age"], "coding": "spline", "knots": 9}}}, "3 to 7 knots"),
        ({"transitions": [{"from": "dead", "to": "both", "predictors": ["age"]}]}, "not in the course"),
        ({"transitions": [{"from": "dead", "to": "both", "predictors": ["shoes"]}]}, "there is no predictor"),
        ({"validation": {"bootstrap": 20, "judge": [{"event": "x", "states": ["happy"]}]}}, "no state 'happy'"),
        ({"to": "happy"}, "no state 'happy'"),
        ({"people": [{"field": "age", "at_least": 119}]}, "nobody is left"),
        ({"examples": [{"age": 60}]}, "leaves a predictor unknown"),
        ({"examples": [{"age": "many"}]}, "age"),
        ({"examples": [{"age": 4, "size": 8, "grade": 3, "depth": "deep"}]}, "does not apply to record 1"),
        ({"missing": {"method": "guess"}}, "missing"),
        ({"least_events": 100_000}, "nothing can be fitted"),
        ({"late_entry": {"beside": ["Z99"]}}, "no fact Z99"),
    ],
)
def test_a_recipe_that_cannot_be_followed_says_why(changes: dict[str, Any], says: str, simulated: Cohort) -> None:
    patients = simulated.patients.head(700)
    few = Cohort(patients, simulated.events.filter(pl.col("id").is_in(patients["id"].to_list())), simulated.about)

    def run() -> None:
        fit(recipe(**({"validation": {"bootstrap": 0}} | changes)), few)  # the examples come after all else

    with pytest.raises(CohortError, match=says):
        run()


@pytest.mark.words
def test_times_since_inclusion_are_no_time_zero(simulated: Cohort) -> None:
    cohort = Cohort(simulated.patients, simulated.events, simulated.about.model_copy(update={"origin": "inclusion"}))
    with pytest.raises(CohortError, match="inclusion"):
        fit(recipe(), cohort)


@pytest.mark.words
def test_from_the_command_line(simulated: Cohort, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import yaml

    def run(*words: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main([str(w) for w in words])
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    simulated.write(tmp_path / "cohort")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(RAW), encoding="utf-8")
    code, out, err = run(
        "fit", tmp_path / "recipe.yaml", "--cohort", tmp_path / "cohort", "--to", tmp_path / "card.yaml"
    )
    assert code == 0, err
    assert "How it was made" in out
    code, out, _ = run("models", tmp_path / "card.yaml")
    assert code == 0
    assert "disease-free → metastasis" in out
    words = ("--age", "60", "--size", "8", "--grade", "3", "--depth", "deep", "--survival")
    code, out, _ = run("outlook", *words, "--full", "--card", tmp_path / "card.yaml")
    assert code == 0
    assert "made up: death from any cause within 5 years" in out
    assert "Of 100 people like this" in out
    code, out, _ = run("outlook", *words, "--card", tmp_path / "card.yaml", "--json")
    (model,) = [m for m in json.loads(out)["models"] if m["origin"] == "made-up"]
    assert [round(sum(row), 9) for row in model["course"]["low"]] == [1, 1, 1]
    assert len(model["course"]["curve"]) == 61
    code, _, err = run("outlook", *words, "--card", tmp_path / "recipe.yaml")
    assert code == 2
    assert "recipe.yaml" in err
    code, _, err = run("fit", "nothing", "--cohort", tmp_path / "cohort", "--to", tmp_path / "x.yaml")
    assert code == 2
    assert "course-tcga" in err


# -- the two reference models


@pytest.mark.words
def test_the_reference_models_are_for_teams_and_say_from_what_they_were_made() -> None:
    for key, word in (("course-tcga", "TCGA"), ("survival-after-metastasis-msk", "Open Database License")):
        found = card(key)
        assert found.audience == "teams"
        assert found.licence_note is not None
        assert word in found.licence_note
        assert found.fit_record is not None
        assert found.fit_record.case_mix
        assert found.not_for
        corrected = [p.measure for p in found.performance if p.setting == "internal validation"]
        assert any(m.startswith(("AUC", "concordance")) for m in corrected)
        assert any(m.startswith(("calibration slope", "slope of the score")) for m in corrected)
        assert any(m.startswith("observed/expected") for m in corrected)
        recipe_ = read_recipe(key)
        assert found.fit_record.recipe == f"{recipe_.id} {recipe_.version}"


@pytest.mark.words
def test_late_entry_halves_the_median_and_leans_to_the_pessimistic_side() -> None:
    late = card("survival-after-metastasis-msk").late_entry
    assert late is not None
    curves = {c.id: c for c in late.curves}
    assert 27 < curves["late-entry"].median_months < 33  # type: ignore[operator]
    assert 57 < curves["naive"].median_months < 65  # type: ignore[operator]
    assert late.tau_low < late.tau < late.tau_high < 0
    assert "pessimistic" in late.statement
    assert "OS1" in late.beside


def test_survival_from_metastasis_is_conditioned_on_time_already_survived() -> None:
    found = card("survival-after-metastasis-msk")
    person = {"age": 60, "type": "leiomyosarcoma", "metastases": "lung@0"}
    now = predict(found, Patient(**person, landmark_months=0))
    later = predict(found, Patient(**person, landmark_months=24))
    at = {h: k for k, h in enumerate(found.outcome.horizons_months)}
    assert later.value[0, at[36]] == pytest.approx(now.value[0, at[60]] / now.value[0, at[24]], rel=1e-9)
    assert later.value[0, at[12]] > now.value[0, at[36]]


def test_the_occupancy_of_a_localised_sarcoma_is_in_the_outlook() -> None:
    from sarcoma.outlook import outlook_of

    person = Patient(
        age=62, type="leiomyosarcoma", site="lower limb", size=7, depth="deep", grade=3, surgery="resected"
    )
    answer = outlook_of(person).answer("course-tcga")
    assert answer.status == "applies"
    assert answer.course is not None
    assert np.allclose(np.sum(answer.course.curve, axis=1), 1)
    dead = np.array(answer.course.curve)[:, -1]
    assert (np.diff(dead) >= 0).all()
    assert answer.course.low[0] == pytest.approx(answer.course.curve[answer.course.months.index(12.0)])
    spread = outlook_of(Patient(age=62, type="leiomyosarcoma", metastases="lung@0")).answer("course-tcga")
    assert spread.status == "does not apply"


@pytest.mark.words
def test_the_shipped_card_is_what_its_recipe_gives(shared: Callable[[str], Path]) -> None:
    from sarcoma.cohort import read_cohort_map

    cohort = make_cohort(open_source(shared("msk_met_sts")), read_cohort_map("msk-met"))
    asked = read_recipe("survival-after-metastasis-msk")
    quick = asked.model_copy(
        update={
            "validation": asked.validation.model_copy(update={"bootstrap": 20}),
            "late_entry": asked.late_entry.model_copy(update={"bootstrap": 20}),
        }
    )
    found, shipped = fit(quick, cohort), card("survival-after-metastasis-msk")
    (a,), (b,) = hazards_of(found), hazards_of(shipped)

    def numbers(hazard: Any) -> NDArray[np.float64]:
        return np.concatenate([*(p.transform.beta for p in hazard.predictors), hazard.baseline.jumps])

    assert numbers(a) == pytest.approx(numbers(b), rel=1e-5)
    assert found.population == shipped.population
    assert found.late_entry is not None
    assert shipped.late_entry is not None
    assert found.late_entry.curves == shipped.late_entry.curves


@pytest.mark.words
def test_a_measure_that_few_samples_can_give_is_not_corrected() -> None:
    """After metastasis predictions hardly differ: the slope of many resamples has no finite value, or an extreme one."""
    found = card("survival-after-metastasis-msk")
    slopes = [p for p in found.performance if p.measure.startswith("calibration slope, death from any cause within 12")]
    assert [p.setting for p in slopes] == ["development"]
    assert "predictions hardly differ" in (slopes[0].note or "")
    assert found.fit_record is not None
    assert any(text.startswith("Not corrected, because predictions hardly differ") for text in found.fit_record.account)


def test_what_rounding_left_is_not_written() -> None:
    for name in ("survival-after-metastasis-msk", "course-tcga"):
        for hazard in hazards_of(card(name)):
            means = np.array(hazard.baseline.means) if hazard.baseline.means else np.zeros(0)
            assert not ((means != 0) & (np.abs(means) < 1e-12)).any()


@pytest.mark.parametrize(
    ("values", "limits"),
    [([22.84, 50, 86.92], (22.0, 87.0)), ([1.2, 3, 39.5], (1.2, 40.0)), ([20, 90], (20.0, 90.0)), ([0, 7], (0.0, 7.0)),
     ([-13.4, 101.2], (-14.0, 110.0)), ([1.01, 1.02], (1.0, 1.1))],
)  # fmt: skip
def test_the_range_of_a_card_is_nobody_s_own_value(values: list[float], limits: tuple[float, float]) -> None:
    assert limits_of(np.array(values, dtype=float)) == limits


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predictors": {}}, "name one or more"),
        ({"age": {"coding": "intervals", "at": [50, 40]}}, "must increase"),
        ({"age": {"coding": "spline", "knots": [50, 40, 60]}}, "must increase"),
        ({"validation": {"judge": [{"event": "x", "states": ["dead"], "horizons_months": [-5]}]}}, "above 0"),
    ],
)
def test_a_recipe_that_cannot_be_meant_says_where(change: dict[str, Any], message: str) -> None:
    asked = read_recipe("survival-after-metastasis-msk").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if "age" in change:
        asked["predictors"]["age"] = {"label": "age", "field": "age", **change["age"]}
    else:
        asked |= change
    with pytest.raises(CohortError, match=message):
        recipe_of(asked)
