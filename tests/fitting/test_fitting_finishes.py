"""A fit finishes: rare transitions, small cohorts, no bootstrap; thin baselines keep to their bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_fitting import RAW, recipe

from sarcoma.cli import main
from sarcoma.cohort import Cohort, Source, make_cohort, read_cohort_map, simulated_table
from sarcoma.errors import CohortError
from sarcoma.fitting import fit
from sarcoma.fitting.design import completed, gather
from sarcoma.fitting.estimate import fit_sets, plan
from sarcoma.fitting.internal_validation import samples_for
from sarcoma.fitting.recipe import recipe_of
from sarcoma.fitting.thinning import BOUND, cell_ends, coarse, thinned
from sarcoma.models import predict, read_card
from sarcoma.models.forms.course import Course
from sarcoma.models.forms.form import Change
from sarcoma.models.forms.hazard import Hazard, Steps
from sarcoma.models.writing import card_yaml
from sarcoma.patient import Patient
from sarcoma.survival import MultiStateModel

NONE = {"bootstrap": 0}


def registry(n: int, seed: int = 0) -> Cohort:
    return make_cohort(Source(simulated_table(n, seed=seed), "table"), read_cohort_map("simulated"))


@pytest.fixture(scope="module")
def large() -> Cohort:
    return registry(8000)


@pytest.mark.parametrize("seed", range(6))
def test_small_cohorts_are_fitted(seed: int) -> None:
    card = fit(recipe(horizons_months=[12, 24], least_at_risk=5, least_events=3, validation=NONE), registry(120, seed))
    assert isinstance(card.form, Course)
    said = predict(card, Patient(age=60, size=8, grade=3, depth="deep"))
    assert 0 < said.value[0, 0] < 1


@pytest.mark.words
def test_a_transition_without_a_finite_answer_has_one_hazard_for_everyone_and_says_so(simulated: Cohort) -> None:
    """Nobody with a superficial tumour spreads here: separation on one transition, none on the others."""
    patients = simulated.patients
    deep = set(patients.filter(pl.col("depth") == "deep")["id"].to_list())
    kept = (pl.col("event") != "metastasis") | pl.col("id").is_in(deep)
    cohort = Cohort(about=simulated.about, patients=patients, events=simulated.events.filter(kept))
    card = fit(recipe(course="spread", question="spread", event="metastasis", to="metastasis", validation=NONE), cohort)
    assert isinstance(card.form, Course)
    by = {h.transition: h for h in card.form.hazards}
    spread, dead = (by[pair] for pair in by if pair[1] == "metastasis"), (by[pair] for pair in by if pair[1] == "dead")
    assert all(h.predictors == () and len(h.baseline.jumps) > 0 for h in spread)
    assert all(h.predictors for h in dead)
    assert card.fit_record is not None
    assert any("no finite answer" in sentence for sentence in card.fit_record.account)


@pytest.mark.words
def test_nobody_dead_is_cannot_answer_not_a_high_survival(simulated: Cohort) -> None:
    events = simulated.events.with_columns(
        event=pl.when(pl.col("event") == "death").then(pl.lit("last-contact")).otherwise(pl.col("event"))
    )
    cohort = Cohort(about=simulated.about, patients=simulated.patients, events=events)
    with pytest.raises(CohortError, match="nobody in this cohort came to be dead"):
        fit(recipe(validation=NONE), cohort)
    with pytest.raises(CohortError, match="nothing happened to anyone"):
        fit(recipe(course="survival", validation=NONE), cohort)


@pytest.mark.words
def test_no_bootstrap_gives_no_correction_and_says_so(
    simulated: Cohort, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import yaml

    simulated.write(tmp_path / "cohort")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(RAW), encoding="utf-8")
    to = tmp_path / "card.yaml"
    words = ["fit", str(tmp_path / "recipe.yaml"), "--cohort", str(tmp_path / "cohort"), "--to", str(to)]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--bootstrap", "0"])
    assert stopped.value.code in (0, None)
    shown = capsys.readouterr()
    assert "No bootstrap samples were drawn" in shown.out.replace("\n", " ").replace("  ", " ")
    assert "Warning" not in shown.err
    card = read_card(to)
    assert {p.setting for p in card.performance} == {"development"}
    assert all("no bootstrap samples" in str(p.note) for p in card.performance)
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--bootstrap", "5"])
    assert stopped.value.code == 2


@pytest.mark.words
def test_large_cohorts_draw_fewer_samples() -> None:
    assert [samples_for(200, n) for n in (251, 2000, 10_000, 16_664, 1_000_000)] == [200, 165, 33, 20, 20]
    assert samples_for(0, 10) == 0
    with pytest.raises(CohortError, match="20 bootstrap samples"):
        recipe_of({**RAW, "validation": {"bootstrap": 5}})


# -- thin baselines


def test_the_cells_of_a_thin_baseline_by_hand() -> None:
    times, stretch = cell_ends(np.array([1.0, 1.8]), 0.5)
    assert times.tolist() == [0.5, 1.0, 1.5, 1.8]
    assert stretch.tolist() == [0, 0, 1, 1]
    thin = Steps(months=(1.0, 1.8), jumps=(0.2, 0.1), variance=(0.04, 0.02), followed_to=2.0, cell=0.5, bound=0.005)
    every = thin.every_step()
    assert every.months == (0.5, 1.0, 1.5, 1.8)
    assert every.jumps == pytest.approx((0.1, 0.1, 0.05, 0.05))
    assert every.variance == pytest.approx((0.02, 0.02, 0.01, 0.01))
    hazard = Hazard(transition=("alive", "dead"), baseline=thin).transition_hazard()
    assert hazard.cumulative([0.4, 0.5, 1.0, 1.8]).tolist() == pytest.approx([0, 0.1, 0.2, 0.3])
    changed = Hazard(transition=("alive", "dead"), baseline=thin).updated(Change({1.0: np.log(2.0)}, 1.0, np.zeros(0)))
    assert changed.transition_hazard().cumulative([1.0])[0] == pytest.approx(0.4)


def test_a_thin_card_is_small_and_says_what_every_step_says(large: Cohort, tmp_path: Path) -> None:
    asked = recipe(validation=NONE)
    card = fit(asked, large)
    assert isinstance(card.form, Course)
    assert any(h.baseline.cell for h in card.form.hazards)
    text = card_yaml(card)
    assert len(text.encode()) <= 100_000
    (tmp_path / "card.yaml").write_text(text, encoding="utf-8")
    assert read_card(tmp_path / "card.yaml") == card
    material = gather(asked, large)
    planned, fits = fit_sets(asked, plan(asked, material), material, [completed(material)])
    full = MultiStateModel(planned.course, [f.hazard for f in fits])
    random = np.random.default_rng(9)
    people = [
        Patient(age=int(a), size=float(s), grade=int(g), depth=d)
        for a, s, g, d in zip(
            random.integers(20, 85, 30), random.uniform(1, 25, 30).round(1), random.choice([1, 2, 3], 30),
            random.choice(["deep", "superficial"], 30), strict=True,
        )
    ]  # fmt: skip
    said = predict(card, people, intervals=True)
    states, interval = said.of_form.course(), said.of_form.interval()
    assert states is not None
    assert interval is not None
    values = {
        "grade": np.array([str(p.grade) for p in people], dtype=object), "size": np.array([p.size_cm for p in people]),
        "depth": np.array([str(p.depth) for p in people], dtype=object), "age": np.array([p.age for p in people], float),
    }  # fmt: skip
    x = {
        f.transition: np.column_stack([material.codings[k].predictor.transform.basis(values[k]) for k in f.names])
        for f in fits
        if f.names
    }
    true = full.predict(x, list(card.outcome.horizons_months), interval="delta")
    order = [states.names.index(s) for s in planned.course.states]
    assert np.abs(states.low[:, :, order] - true.probability).max() <= BOUND
    dead = planned.course.states.index("dead")
    assert true.low is not None
    assert np.abs(interval[0] - true.low[:, :, dead]).max() <= 2 * BOUND


def test_few_steps_are_all_kept(simulated: Cohort) -> None:
    small = registry(300)
    asked = recipe(validation=NONE, horizons_months=[12, 24])
    material = gather(asked, small)
    planned, fits = fit_sets(asked, plan(asked, material), material, [completed(material)])
    assert thinned(fits, planned.course, {}, 24.0) is None
    assert coarse([f.hazard for f in fits], 24.0, 300) == [f.hazard for f in fits]


def test_what_the_bootstrap_is_judged_by_is_that_of_every_step(large: Cohort) -> None:
    asked = recipe(validation=NONE)
    material = gather(asked, large)
    planned, fits = fit_sets(asked, plan(asked, material), material, [completed(material)])
    hazards = [f.hazard for f in fits]
    values: dict[str, Any] = completed(material)
    some = material.people[::40]
    x = {
        f.transition: np.column_stack([material.codings[k].predictor.transform.basis(values[k][some]) for k in f.names])
        for f in fits
    }
    few = coarse(hazards, 60.0, len(material.people))
    assert len(few[0].times) == 120
    both = [MultiStateModel(planned.course, h).predict(x, [60.0]).probability for h in (hazards, few)]
    assert np.abs(both[0] - both[1]).max() < 0.001
