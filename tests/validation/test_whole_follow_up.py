"""Late entry judged over the whole follow-up: small examples by hand, truths found again, and a report in any case."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from validation_cases import card_of, cohort_of, drawn, holds, judged

from sarcoma import validation as room
from sarcoma._attempt import SINGULAR, attempt
from sarcoma.cli import main
from sarcoma.cli._quiet import quiet
from sarcoma.cohort import Cohort, make_cohort, open_source, read_cohort_map
from sarcoma.errors import CohortError, InputError
from sarcoma.models import Card, card
from sarcoma.models.writing import card_yaml
from sarcoma.report.validated import validated_data, validated_document, validated_text
from sarcoma.survival.measures import Outcome, concordance
from sarcoma.survival.measures.left_truncated import (
    FollowUpTimes,
    concordance_of_those_at_risk,
    expected_ratio,
    score_slope,
    truncated_uno,
)
from sarcoma.validation import Subject

LATE = """
name: people seen late
id: id
origin: {event: surgery}
entry: {column: entry, unit: months}
fields: {age: age, size_cm: size, grade: grade, sex: sex, histologic_type: type, surgery: {value: resected}}
events:
  - {event: death, when: {status: [dead]}, column: months, unit: months, cause: {value: sarcoma}}
  - {event: last-contact, when: {status: alive}, column: months, unit: months}
"""


def truncated(n: int, seed: int, *, factor: float = 1.0, slope: float = 1.0) -> dict[str, Any]:
    """Age x, entry, exit, event of n people seen late; hazard 0.02 · factor · exp(slope · score), score 0.05 (age − 60)."""
    random = np.random.default_rng(seed)
    age = random.normal(60, 12, 8 * n)
    score = 0.05 * (age - 60)
    time = random.exponential(1 / (0.02 * factor * np.exp(slope * score)))
    entry = np.maximum(random.uniform(-10, 40, 8 * n), 0)
    seen = np.flatnonzero(time > entry)[:n]
    age, score, time, entry = age[seen], score[seen], time[seen], entry[seen]
    last = entry + random.uniform(5, 60, n)
    exit_ = np.minimum(time, last)
    return {"age": age, "score": score, "entry": entry, "exit": exit_, "event": time <= last}


def times_of(made: dict[str, Any]) -> FollowUpTimes:
    return FollowUpTimes.of(made["entry"], made["exit"], made["event"])


def curve_card() -> Card:
    """The card that tells the truth about `truncated`: its curve is known, a hazard of 0.02 a month, in small steps."""
    months = np.arange(0.1, 120.05, 0.1).round(4)
    raw = card_of().model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    for field in ("kind", "predictors", "baseline", "form", "test_vectors", "intercept"):
        raw.pop(field, None)
    raw |= {
        "kind": "cox",
        "states": ["alive", "dead"],
        "hazards": [
            {
                "transition": ["alive", "dead"],
                "predictors": [
                    {"name": "age", "label": "age", "field": "age", "range": [0, 120],
                     "transform": {"kind": "linear", "coefficient": 0.05, "center": 60}}
                ],
                "baseline": {"months": months.tolist(), "jumps": [0.002] * len(months), "followed_to": 120.0},
            }
        ],
        "landmarks": {"to_months": 96, "conditional": True, "note": "from the operation on"},
    }  # fmt: skip
    raw["outcome"] = {
        **raw["outcome"], "estimand": "all-cause", "endpoint": "death", "horizons_months": [24, 60],
        "horizon_limit_months": 120,
    }  # fmt: skip
    return Card.model_validate(raw)


def late_cohort(n: int, seed: int, **how: float) -> Cohort:
    made = truncated(n, seed, **how)
    return cohort_of(
        {
            "age": np.clip(made["age"], 18, 99).round(6), "size": [5] * n, "grade": [2] * n,
            "entry": made["entry"].round(6), "months": made["exit"].round(6),
            "status": np.where(made["event"], "dead", "alive"),
        },
        LATE,
    )  # fmt: skip


# -- by hand


def test_events_over_what_is_expected_of_the_time_under_observation() -> None:
    times = FollowUpTimes.of([0, 6, 3], [5, 8, 9], [1, 1, 0])
    found = expected_ratio(times, [0.5, 0.3, 0.2])
    assert found.value == 2.0
    # influence (d − 2H)/(1/3): 3(1 − 1) = 0, 3(1 − 0.6) = 1.2, 3(0 − 0.4) = −1.2; se = sd/√3 = 1.2/√3
    assert found.influence == pytest.approx([0.0, 1.2, -1.2], abs=1e-12)
    assert found.se == pytest.approx(1.2 / np.sqrt(3), abs=1e-12)
    assert found.low == pytest.approx(2 * np.exp(-1.959963984540054 * 0.6 / np.sqrt(3)), abs=1e-12)


def test_concordance_of_those_at_risk_by_hand() -> None:
    # at 5: A (3) against those under observation who go on, C (1) and D (2); B comes at 6. At 8: B (0) against C and D.
    times = FollowUpTimes.of([0, 6, 0, 1], [5, 8, 9, 10], [1, 1, 0, 0])
    assert concordance_of_those_at_risk(times, [3.0, 0.0, 1.0, 2.0]).value == 2 / 4


def test_unos_concordance_under_late_entry_by_hand() -> None:
    # Y(5) = 3 (A, C, D), S(5−) = 1, weight (1/3)²; Y(8) = 3 (B, C, D), S(8−) = 2/3, weight (2/9)².
    # pairs won: 2 of 2 at 5, 0 of 2 at 8: 2/9 over 2/9 + 8/81 = 18/26
    times = FollowUpTimes.of([0, 6, 0, 1], [5, 8, 9, 10], [1, 1, 0, 0])
    found = truncated_uno(times, [3.0, 0.0, 1.0, 2.0], at_risk=2)
    assert found.measure.value == pytest.approx(18 / 26, abs=1e-12)
    assert (found.start, found.end) == (5.0, 8.0)


def test_without_late_entry_it_is_unos_concordance() -> None:
    made = truncated(300, 4)
    score = np.round(made["score"], 1)  # with equal scores
    exit_ = np.ceil(made["exit"] - made["entry"])  # and equal times
    times = FollowUpTimes.of(np.zeros(300), exit_, made["event"])
    last = float(exit_[made["event"]].max())
    outcome = Outcome(exit_, made["event"].astype(int), estimand="all-cause")
    risk = 1 / (1 + np.exp(-score))
    expected = concordance(risk, outcome, horizon=last).value
    assert truncated_uno(times, score, at_risk=1).measure.value == pytest.approx(expected, abs=1e-12)


def test_the_influence_takes_the_estimated_weights_into_account() -> None:
    made = truncated(400, 5)
    times = times_of(made)
    whole = truncated_uno(times, made["score"], at_risk=1)
    inside = np.flatnonzero((times.entry < whole.end) & (times.exit > whole.start + 10))[:40]
    left_out = []
    for i in inside.tolist():
        rows = np.delete(np.arange(400), i)
        part = FollowUpTimes(times.entry[rows], times.exit[rows], times.event[rows])
        one = truncated_uno(part, made["score"][rows], at_risk=1)
        left_out.append(399 * (whole.measure.value - one.measure.value))
    assert np.corrcoef(left_out, whole.measure.influence[inside])[0, 1] > 0.999
    assert np.abs(np.array(left_out) - whole.measure.influence[inside]).max() < 0.05


def test_nobody_under_observation_gives_no_number() -> None:
    with pytest.raises(InputError, match="exit"):
        FollowUpTimes.of([0, 5], [3, 5], [1, 0])
    with pytest.raises(InputError, match="event"):
        FollowUpTimes.of([0, 0], [3, 5], [0, 0])
    with pytest.raises(InputError, match="expected"):
        expected_ratio(FollowUpTimes.of([0, 0], [3, 5], [1, 0]), [0.0, 0.0])


# -- the truth is found again


def test_a_true_model_is_found_true_and_wrong_ones_by_how_much() -> None:
    within: dict[str, list[bool]] = {"O/E": [], "slope": [], "uno": []}
    # concordance of the whole population up to the window's end, from people who are all seen from 0
    for seed in range(40):
        made = truncated(600, 100 + seed)
        times = times_of(made)
        expected = 0.02 * np.exp(made["score"]) * (times.exit - times.entry)
        ratio, slope = expected_ratio(times, expected), score_slope(times, made["score"])
        within["O/E"].append(ratio.low <= 1 <= ratio.high)
        within["slope"].append(slope.low <= 1 <= slope.high)
    assert sum(within["O/E"]) >= 34
    assert sum(within["slope"]) >= 34
    wrong = truncated(4000, 7, factor=1.5, slope=0.5)
    times = times_of(wrong)
    true = 0.02 * 1.5 * np.exp(0.5 * wrong["score"]) * (times.exit - times.entry)
    assert holds(expected_ratio(times, true), 1.0)
    assert holds(score_slope(times, wrong["score"]), 0.5)


def test_the_weighted_concordance_is_that_of_people_seen_from_the_start() -> None:
    late = truncated(6000, 11)
    found = truncated_uno(times_of(late), late["score"])
    random = np.random.default_rng(12)
    score = 0.05 * random.normal(0, 12, 20_000)
    time = random.exponential(1 / (0.02 * np.exp(score)))
    outcome = Outcome(time, np.ones(20_000, dtype=int), estimand="all-cause")
    true = concordance(1 / (1 + np.exp(-score)), outcome, horizon=found.end)
    assert abs(found.measure.value - true.value) < 3 * np.hypot(found.measure.se, true.se)


# -- a cohort


def test_everyone_under_observation_is_judged_not_only_those_at_a_landmark() -> None:
    cohort = late_cohort(800, 3)
    alone = judged(curve_card(), cohort)
    assert alone.whole is not None
    assert alone.horizons == ()
    assert (alone.whole.people, alone.flow.used) == (800, 800)
    made = truncated(800, 3)
    age = np.clip(made["age"], 18, 99).round(6)
    exit_, entry = made["exit"].round(6), made["entry"].round(6)
    steps = np.floor(exit_ / 0.1 + 1e-9) - np.floor(entry / 0.1 + 1e-9)
    expected = float((0.002 * np.exp(0.05 * (age - 60)) * steps).sum())
    assert alone.whole.expected == pytest.approx(expected, rel=1e-9)
    assert alone.whole.events == int(made["event"].sum())
    assert holds(alone.whole.measures["O/E"], 1.0)
    assert holds(alone.whole.measures["calibration slope"], 1.0)
    at_landmark = judged(curve_card(), cohort, landmark=12.0)
    assert at_landmark.whole is not None
    assert at_landmark.whole.measures["O/E"].value == alone.whole.measures["O/E"].value
    assert at_landmark.flow.used < 800
    assert [h.months for h in at_landmark.horizons] == [36.0, 72.0]


@pytest.mark.words
def test_the_whole_follow_up_stands_in_every_report(tmp_path: Path) -> None:
    result = room.validate(late_cohort(300, 3), [Subject.of_card(curve_card())], unknown_cause="other")
    text, page = validated_text(result), validated_document(result).html()
    data = json.loads(json.dumps(validated_data(result)))
    assert "Over the whole follow-up of 300 people from when each came under observation" in text.replace("\n", " ")
    assert "The whole follow-up, everyone from entry on" in page
    whole = data["models"][0]["whole_follow_up"]
    assert whole["people"] == 300
    assert set(whole["measures"]) == {
        "O/E", "calibration slope", "concordance of those at risk", "concordance",
    }  # fmt: skip
    assert "rows" not in whole
    assert "Hartman" in data["methods"]


def test_a_model_without_a_curve_is_judged_by_the_order_in_which_it_puts_people() -> None:
    flat = card_of(
        beta={"grade": 0.0, "size": 0.0, "age": 0.05},
        outcome={"endpoint": "death", "estimand": "all-cause"},
    )
    model = judged(flat, late_cohort(600, 3))
    assert model.whole is not None
    assert "O/E" in model.whole.cannot
    assert holds(model.whole.measures["calibration slope"], 1.0)


@pytest.mark.words
def test_a_crude_probability_needs_a_landmark() -> None:
    crude = card_of(outcome={"estimand": "crude"})
    with pytest.raises(CohortError, match="more than one hazard"):
        judged(crude, late_cohort(100, 3))


# -- no optional step takes the report with it


def test_only_errors_on_purpose_and_singular_matrices_are_answers() -> None:
    def singular() -> int:
        raise np.linalg.LinAlgError("Singular matrix")

    def defect() -> int:
        raise KeyError("x")

    failed: dict[str, str] = {}
    assert attempt(failed, "step", singular) is None
    assert failed == {"step": SINGULAR}
    with pytest.raises(KeyError):
        attempt(failed, "step", defect)


@pytest.mark.parametrize("step", ["subgroups", "between_centres", "over_time", "climb", "resampled"])
def test_a_step_that_fails_stands_in_the_report(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise InputError("x", "has no answer here")

    monkeypatch.setattr(sys.modules["sarcoma.validation.validate"], step, broken)
    draws = 20 if step == "resampled" else 0
    result = room.validate(drawn(400, seed=3), [Subject.of_card(card_of())], unknown_cause="other", draws=draws)
    (model,) = result.models
    assert model.horizons[0].measures["O/E"].value > 0
    said = validated_data(result)["models"][0]
    where = said["updating"]["refused"] if step == "climb" else " ".join(said["without_answer"].values())
    assert "has no answer here" in where
    assert "has no answer here" in validated_text(result).replace("\n", " ")


def test_an_update_from_a_landmark_ends_where_its_last_horizon_does() -> None:
    """An example of the parent that lies beyond is left out, and the report is made."""
    record = {"age": 60, "size": 5, "grade": 2, "surgery": "resected", "landmark_months": 90}
    raw = curve_card().model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    raw["test_vectors"] = [
        {"record": {**record, "landmark_months": m}, "expect": {"probability": {"24": 0.5}}, "source": "made up"}
        for m in (0, 90)
    ]
    model = judged(Card.model_validate(raw), late_cohort(800, 3), landmark=12.0)
    assert model.ladder is not None
    made = model.ladder.rung("large").card
    assert made.landmarks.from_months == 12.0
    first, last = model.ladder.horizons[0], model.ladder.horizons[-1]
    assert made.landmarks.to_months == 12.0 + last - first
    assert 102.0 not in [v.record["landmark_months"] for v in made.test_vectors]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_half_of_the_people_gives_a_report(seed: int, shared: Callable[[str], Path]) -> None:
    cohort = make_cohort(open_source(shared("msk_met_sts")), read_cohort_map("msk-met"))
    ids = cohort.patients["id"].to_list()
    half = np.random.default_rng(seed).choice(ids, len(ids) // 2, replace=False).tolist()
    part = Cohort(
        about=cohort.about,
        patients=cohort.patients.filter(cohort.patients["id"].is_in(half)),
        events=cohort.events.filter(cohort.events["id"].is_in(half)),
    )
    model = judged(card("survival-after-metastasis-msk"), part, landmark=12.0)
    assert model.setting == "external"
    assert model.ladder is not None
    assert model.whole is not None
    assert model.whole.people > model.flow.used


def test_no_warning_of_numpy_reaches_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with quiet():
            np.log(np.array([0.0]))
            np.array([]).mean()
    assert capsys.readouterr().err == ""
    late_cohort(120, 3).write(tmp_path / "cohort")
    (tmp_path / "card.yaml").write_text(card_yaml(curve_card()), encoding="utf-8")
    arguments = [str(tmp_path / "card.yaml"), "--cohort", str(tmp_path / "cohort"), "--landmark", "12"]
    with pytest.raises(SystemExit) as stopped:
        main(["validate", *arguments])
    assert stopped.value.code in (0, None)
    assert "Warning" not in capsys.readouterr().err
