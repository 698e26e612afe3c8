"""Transforms of cards: columns times coefficients are the formula by hand, in words and with other coefficients too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from sarcoma.errors import CardError
from sarcoma.models import card, cards, read_card
from sarcoma.models.fit_record import CardCurve, PeopleDigest
from sarcoma.models.transform import Transform

ADAPTER: TypeAdapter[Any] = TypeAdapter(Transform)
CASES: list[tuple[dict[str, Any], list[Any], list[float], str]] = [
    ({"kind": "linear", "coefficient": -0.5, "center": 60}, [50, 60, 64], [5, 0, -2], "-0.5 · (x − 60)"),
    (
        {"kind": "intervals", "at": [5, 10], "coefficients": [0, 0.25, 1]},
        [5, 5.1, 10, 10.1],
        [0, 0.25, 0.25, 1],
        "≤ 5 +0, to 10 +0.25, > 10 +1",
    ),
    (
        {"kind": "truncated-powers", "linear": 0.1, "knots": [2, 4], "power": 3, "coefficients": [1, -1]},
        [1, 3, 5],
        [0.1, 0.3 + 1, 0.5 + 27 - 1],
        "+0.1·x +1·(x − 2)₊^3 -1·(x − 4)₊^3",
    ),
    (
        {"kind": "truncated-powers", "of": "log", "linear": 2, "knots": [], "power": 3, "coefficients": []},
        [1, float(np.e)],
        [0, 2],
        "+2 · ln x",
    ),
    (
        {"kind": "piecewise-linear", "knots": [0, 10, 20], "values": [0, 1, -1]},
        [0, 5, 10, 15, 20],
        [0, 0.5, 1, 0, -1],
        "straight lines between 0: 0, 10: 1, 20: -1",
    ),
]


@pytest.mark.words
@pytest.mark.parametrize(("raw", "x", "terms", "words"), CASES, ids=lambda v: v["kind"] if isinstance(v, dict) else "")
def test_a_term_is_what_its_formula_gives_by_hand(
    raw: dict[str, Any], x: list[float], terms: list[float], words: str
) -> None:
    transform = ADAPTER.validate_python(raw)
    basis = transform.basis(np.array(x, dtype=float))
    assert basis.shape == (len(x), len(transform.beta))
    assert basis @ transform.beta == pytest.approx(terms)
    assert transform.describe() == words
    doubled = transform.with_beta((2 * transform.beta).tolist())
    assert doubled.beta == pytest.approx(2 * transform.beta)
    assert doubled.basis(np.array(x, dtype=float)) @ doubled.beta == pytest.approx([2 * t for t in terms])
    assert transform.by_level == {}
    assert len(set(transform.column_names("age"))) == len(transform.beta)
    assert ADAPTER.validate_python(doubled.model_dump()) == doubled


@pytest.mark.words
@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"kind": "intervals", "at": [5], "coefficients": [1]}, "one coefficient more than cut points"),
        ({"kind": "intervals", "at": [5, 5], "coefficients": [1, 2, 3]}, "must increase"),
        (
            {"kind": "truncated-powers", "linear": 1, "knots": [1], "power": 3, "coefficients": []},
            "one coefficient for each knot",
        ),
        ({"kind": "piecewise-linear", "knots": [1], "values": [1]}, "two knots or more"),
        ({"kind": "piecewise-linear", "knots": [1, 2], "values": [1]}, "one value for each"),
    ],
)
def test_a_transform_whose_parts_do_not_fit_is_refused(raw: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ADAPTER.validate_python(raw)


@pytest.mark.parametrize("name", list(cards()))
def test_coefficients_taken_out_of_a_card_and_put_back_are_the_card(name: str) -> None:
    for predictor in getattr(card(name).form, "all_predictors", ()):
        transform = predictor.transform
        assert transform.with_beta(transform.beta.tolist()) == transform
        assert len(transform.column_names(predictor.name)) == len(transform.beta)
        moved = predictor.moved(2.0, np.ones(len(transform.beta)))
        assert moved.transform.beta == pytest.approx(2 * transform.beta + 1)
        assert moved.columns_key == predictor.columns_key


def test_a_card_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"no-such.*kattan-2002"):
        card("no-such")
    with pytest.raises(CardError, match=r"none\.yaml"):
        read_card(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"id: \xff\xfe")
    with pytest.raises(CardError, match=r"bytes\.yaml"):
        read_card(tmp_path / "bytes.yaml")


def test_a_digest_of_people_says_who_they_were_only_to_who_knows_them() -> None:
    some = PeopleDigest.of(["a", "b"])
    assert some == PeopleDigest.of(["b", "a"])
    assert some != PeopleDigest.of(["a", "c"])
    assert some != PeopleDigest.of(["ab"])
    assert "a" not in some.model_dump().values()


@pytest.mark.parametrize("column", ["probability", "low", "high", "at_risk"])
def test_a_curve_of_a_card_has_one_entry_a_month(column: str) -> None:
    good = {
        "id": "km",
        "title": "A curve",
        "months": [0, 12],
        "probability": [1, 0.8],
        "low": [1, 0.7],
        "high": [1, 0.9],
    }
    CardCurve.model_validate(good)
    with pytest.raises(ValidationError, match=column):
        CardCurve.model_validate({**good, column: [1]})
