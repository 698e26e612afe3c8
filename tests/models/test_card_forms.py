"""Forms of cards, one by one: what each says is worked out by hand; all of them show the house the same face."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from sarcoma import models
from sarcoma.errors import CardError
from sarcoma.models import Card, cards, predict
from sarcoma.models.forms import FORMS, KINDS, kinds_of
from sarcoma.models.forms.form import Change
from sarcoma.models.lint import lint_card, vector_problems
from sarcoma.models.transform import Linear
from sarcoma.models.updated import updated
from sarcoma.models.writing import card_yaml
from sarcoma.patient import Patient, Records
from sarcoma.report.cards import card_text


def logistic(**changes: Any) -> Card:
    """score = −2 + 0.1 · size + 0.7 (deep) + 0.5 (grade 2) or 1.2 (grade 3)."""
    raw = {
        "id": "made-up-logistic",
        "version": "1",
        "name": "A made-up logistic model",
        "short_name": "made up",
        "kind": "logistic",
        "citation": "KATTAN02",
        "outcome": {
            "question": "spread",
            "endpoint": "metastasis",
            "event": "metastasis",
            "plain_event": "have it spread",
            "course": "spread",
            "transition": ["no metastasis", "metastasis"],
            "time_zero": "diagnosis",
            "horizons_months": [60],
            "horizon_limit_months": 60,
            "estimand": "crude",
            "probability_of": "event",
            "about_survival": False,
        },
        "landmarks": {"to_months": 0, "note": "from the diagnosis"},
        "population": {"description": "nobody", "n": 400, "events": 100},
        "audience": "teams",
        "applies": [{"field": "age", "at_least": 18, "because": "adults only"}],
        "intercept": -2.0,
        "predictors": [
            {"name": "size", "label": "size in cm", "field": "size_cm", "range": [1, 30],
             "transform": {"kind": "linear", "coefficient": 0.1}},
            {"name": "depth", "label": "depth", "field": "depth",
             "transform": {"kind": "levels", "coefficients": {"superficial": 0, "deep": 0.7}}},
            {"name": "grade", "label": "grade", "field": "grade",
             "transform": {"kind": "levels", "coefficients": {"1": 0, "2": 0.5, "3": 1.2}}},
        ],
        "interval_note": "none",
        "provenance": {"grade": "A", "read_in": "made up"},
        "plain": "A made-up formula.",
        "test_vectors": [
            {"record": {**PERSON}, "expect": {"score": 0.9, "probability": {"60": 0.7109}}, "source": "by hand"}
        ],
        **changes,
    }  # fmt: skip
    return Card.model_validate(raw)


PERSON: dict[str, Any] = {"age": 60, "size": 10, "depth": "deep", "grade": 3, "site": "lower limb"}


# -- a logistic model


@pytest.mark.parametrize(
    ("changes", "score", "probability"),
    [
        ({}, 0.9, 0.7109495026250039),  # 1 / (1 + e^−0.9)
        ({"grade": 2}, 0.2, 0.549833997312478),
        ({"grade": 1, "depth": "superficial"}, -1.0, 0.2689414213699951),
        ({"grade": 1, "depth": "superficial", "size": 20}, 0.0, 0.5),
    ],
)
def test_a_logistic_model_gives_what_its_formula_gives_by_hand(
    changes: dict[str, Any], score: float, probability: float
) -> None:
    said = predict(logistic(), Patient(**{**PERSON, **changes}))
    scores = said.of_form.score()
    assert scores is not None
    assert scores[0][0] == scores[1][0] == pytest.approx(score, abs=1e-12)
    assert said.value[0, 0] == pytest.approx(probability, abs=1e-12)


def test_a_logistic_model_gives_everyone_the_same_at_every_horizon() -> None:
    people = [Patient(**PERSON), Patient(**{**PERSON, "grade": 2}), Patient(**{**PERSON, "grade": None})]
    horizons = {**logistic().outcome.model_dump(), "horizons_months": [24, 60]}
    said = predict(logistic(outcome=horizons, test_vectors=[]), Records(people))
    assert said.low == pytest.approx(np.repeat([[0.7109495], [0.5498340], [0.4255575]], 2, axis=1), abs=1e-7)
    assert said.high == pytest.approx(np.repeat([[0.7109495], [0.5498340], [0.7109495]], 2, axis=1), abs=1e-7)


def test_a_logistic_model_gives_the_range_over_what_is_not_known() -> None:
    grade = predict(logistic(), Patient(**{**PERSON, "grade": None}))
    assert (grade.low[0, 0], grade.high[0, 0]) == pytest.approx((0.425557483188341, 0.7109495026250039), abs=1e-12)
    size = predict(logistic(), Patient(**{**PERSON, "size": None}))  # 1 to 30 cm: scores 0 and 2.9
    assert (size.low[0, 0], size.high[0, 0]) == pytest.approx((0.5, 0.9478464369215823), abs=1e-12)
    assert np.isnan(size.value[0, 0])
    assert size.of_form.ranged_over(0, models.execute.as_records(Patient(**PERSON))) == ("size_cm",)


def test_a_logistic_model_says_nothing_outside_its_rules_and_ranges() -> None:
    for changes in ({"age": 12}, {"size": 31}):
        said = predict(logistic(), Patient(**{**PERSON, **changes}))
        assert said.status[0] == 0
        assert np.isnan(said.low).all()


@pytest.mark.words
def test_a_logistic_model_has_no_curve_to_update() -> None:
    card = logistic()
    assert "no curve over time" in str(card.form.cannot_update)
    with pytest.raises(CardError, match=r"made-up-logistic: a logistic model has no curve over time"):
        updated(card, Change({60.0: 0.1}, 1.0, np.zeros(6)))


@pytest.mark.words
def test_a_logistic_model_is_shown_with_its_formula_and_its_terms() -> None:
    card = logistic()
    assert card.arithmetic == "score = -2 + sum of the predictors' terms; probability = 1 / (1 + exp(−score))"
    text = " ".join(card_text(card).split())
    assert "size in cm: +0.1 · (x − 0)" in text
    assert "grade: 1 +0, 2 +0.5, 3 +1.2" in text


@pytest.mark.words
def test_a_logistic_model_is_checked_like_any_other() -> None:
    assert not [f for f in lint_card(logistic()) if f.level == "error"]
    assert vector_problems(logistic(), logistic().test_vectors[0]) == []
    turned = logistic().model_copy(update={"form": updated_form(logistic(), -0.1)})
    assert any("a larger tumour lowers the predicted risk" in f.text for f in lint_card(turned))
    assert any("the vector says" in f.text for f in lint_card(turned))


def updated_form(card: Card, coefficient: float) -> Any:
    """The form with another coefficient of its first predictor."""
    first, *others = card.all_predictors
    assert isinstance(first.transform, Linear)
    changed = first.model_copy(update={"transform": first.transform.with_beta([coefficient])})
    return card.form.model_copy(update={"predictors": (changed, *others)})


# -- every form


@pytest.mark.words
def test_what_follows_from_a_card_follows_from_its_copy_anew() -> None:
    card = logistic()
    before = card.arithmetic, card.all_predictors[0].transform.beta.tolist()
    turned = card.model_copy(update={"form": updated_form(card, 0.3).model_copy(update={"intercept": -1.0})})
    assert turned.arithmetic.startswith("score = -1 +")
    assert turned.all_predictors[0].transform.beta.tolist() == [0.3]
    assert before == (card.arithmetic, card.all_predictors[0].transform.beta.tolist())
    assert card == logistic()
    assert card != turned


def test_every_kind_has_one_form_or_is_told_apart_by_what_it_needs() -> None:
    assert set(KINDS) == {"cox", "fine-gray", "logistic", "points", "groups", "multi-state"}
    for form in FORMS:
        assert form.needs
        for kind in kinds_of(form):
            rivals = [f.needs for f in FORMS if f is not form and kind in kinds_of(f)]
            assert form.needs not in rivals


@pytest.mark.parametrize("name", list(cards()))
def test_a_card_is_written_flat_and_is_the_same_when_read_again(name: str) -> None:
    text = card_yaml(cards()[name])
    raw = yaml.safe_load(text)
    assert "form" not in raw
    assert raw["kind"] == cards()[name].form.kind
    assert Card.model_validate(raw) == cards()[name]


@pytest.mark.words
@pytest.mark.parametrize(
    ("changes", "where", "text"),
    [
        ({"kind": "logit"}, ("form",), "Input should be 'cox', 'fine-gray'"),
        ({"kind": "cox"}, ("form", "Cox"), "a model of kind cox needs `baseline`"),
        ({"kind": "points"}, ("form", "Points"), "a model of kind points needs `points`"),
        ({"kind": "groups"}, ("form", "Groups"), "a model of kind groups needs `groups`"),
        ({"kind": "multi-state"}, ("form", "Course"), "a model of kind multi-state needs `hazards`"),
        ({"predictors": []}, ("form", "Logistic"), "a model of kind logistic needs `predictors`"),
        ({"groups": []}, ("form", "Logistic", "groups"), "Extra inputs"),
        ({"form": {"kind": "logistic"}}, (), "its fields stand beside the others"),
    ],
)
def test_a_form_that_does_not_fit_its_kind_is_refused_with_the_reason(
    changes: dict[str, Any], where: tuple[str, ...], text: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        logistic(**changes)
    assert any(e["loc"] == where and text in e["msg"] for e in refused.value.errors()), refused.value.errors()


def test_a_wrong_form_is_named_where_it_stands_in_the_file(tmp_path: Path) -> None:
    raw = yaml.safe_load(card_yaml(logistic()))
    for change, place in (({"kind": "logit"}, "kind: "), ({"intercept": "much"}, "intercept: ")):
        path = tmp_path / "card.yaml"
        path.write_text(yaml.safe_dump(raw | change), encoding="utf-8")
        with pytest.raises(CardError, match=re.escape(f"card.yaml: {place}")):
            models.read_card(path)


def test_nothing_outside_the_models_asks_which_form_or_transform_a_card_has() -> None:
    """Whatever a kind or a transform does otherwise, it says itself: so adding one touches its own file."""
    source = Path(models.__file__).parents[1]
    names = "|".join(
        [form.__name__ for form in FORMS]
        + ["Linear", "Intervals", "Levels", "TruncatedPowers", "RestrictedCubicSpline", "PiecewiseLinear"]
    )
    asks = re.compile(rf"isinstance\([^)]*\b({names})\b|form\.kind (==|in|!=)|transform\.kind (==|in|!=)")
    found = [
        f"{path.relative_to(source)}: {line.strip()}"
        for path in sorted(source.rglob("*.py"))
        if source / "survival" not in path.parents  # it has courses of its own, and knows no cards
        for line in path.read_text(encoding="utf-8").splitlines()
        if asks.search(line)
    ]
    assert found == []
