"""A course in a card whose parts do not fit one another is refused, and the finding says which part."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from sarcoma.models import Card, card, cards, predict
from sarcoma.models.lint import lint_card
from sarcoma.models.writing import card_yaml
from sarcoma.patient import Patient

RAW: dict[str, Any] = yaml.safe_load(card_yaml(card("course-tcga")))
POINTS: dict[str, Any] = next(raw for one in cards().values() if "points" in (raw := yaml.safe_load(card_yaml(one))))
ALSO = "name every state once in `states`, and every transition in one hazard"


def baseline(raw: dict[str, Any]) -> dict[str, Any]:
    return dict(raw["hazards"][0]["baseline"])


def steps(**change: Any) -> Callable[[dict[str, Any]], None]:
    def changed(raw: dict[str, Any]) -> None:
        raw["hazards"][0]["baseline"] |= change

    return changed


def short(raw: dict[str, Any]) -> None:
    raw["hazards"][0]["baseline"]["jumps"].pop()


def before(raw: dict[str, Any]) -> None:
    raw["hazards"][0]["baseline"]["followed_to"] = baseline(raw)["months"][-1] - 0.5


def turned(raw: dict[str, Any]) -> None:
    raw["hazards"][0]["baseline"]["months"].reverse()


def narrow(raw: dict[str, Any]) -> None:
    hazard = next(h for h in raw["hazards"] if h.get("predictors"))
    hazard["covariance"] = [[1.0]] if len(hazard["predictors"]) > 1 else [[1.0, 0.0], [0.0, 1.0]]


def twice(raw: dict[str, Any]) -> None:
    raw["hazards"].append(raw["hazards"][0])


def lost(raw: dict[str, Any]) -> None:
    raw["states"] = [*raw["states"][:-1], "elsewhere"]


def unreached(raw: dict[str, Any]) -> None:
    raw["outcome"]["transition"] = ["here", "there"]


def beyond(raw: dict[str, Any]) -> None:
    raw["outcome"]["horizons_months"] = [raw["outcome"]["horizon_limit_months"] + 12]


def alone(raw: dict[str, Any]) -> None:
    raw["kind"] = "cox"


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (turned, "`months` must increase"),
        (steps(months=[], jumps=[], variance=[], means=[]), "there must be one at least"),
        (short, "give one jump of 0 or more"),
        (steps(variance=[1.0]), "`variance` and `means` need one entry"),
        (before, "`followed_to` cannot lie before"),
        (narrow, "the covariance must have"),
        (twice, ALSO),
        (lost, ALSO),
        (unreached, ALSO),
        (beyond, "a horizon lies beyond `horizon_limit_months`"),
        (alone, "hazards belong to kind multi-state"),
    ],
)
def test_a_course_whose_parts_do_not_fit_is_refused(change: Callable[[dict[str, Any]], None], told: str) -> None:
    raw = copy.deepcopy(RAW)
    Card.model_validate(raw)
    change(raw)
    with pytest.raises(ValidationError, match=told):
        Card.model_validate(raw)


@pytest.mark.words
def test_a_course_of_several_transitions_is_fitted_again_rather_than_updated() -> None:
    assert "fit its recipe" in str(card("course-tcga").form.cannot_update)
    grouped = next(one for one in cards().values() if one.form.kind == "groups")
    assert "describe the groups" in str(grouped.form.cannot_update)


@pytest.mark.words
def test_what_is_odd_in_a_scale_of_points_is_found() -> None:
    def found(**change: Any) -> str:
        raw = copy.deepcopy(POINTS)
        raw["points"] |= change
        return " ".join(f.text for f in lint_card(Card.model_validate(raw)))

    assert "so points change nothing" in found(slope=0)
    anchors = [[at, min(0.99, p + 0.2)] for at, p in POINTS["points"]["anchors"]]
    assert "the anchor says" in found(anchors=anchors)


@pytest.mark.words
def test_predictions_name_their_card_and_how_many_and_no_one() -> None:
    said = predict(card("kattan-2002"), Patient(age=62, size=7, grade=3))
    assert repr(said) == f"Predictions(card='kattan-2002', n=1, applies={int(said.status[0] == 1)})"
    missing = dict(said.missing)
    assert {name for name, rows in missing.items() if rows.any()}, "its depth and site are not told"
