"""Time since: what held at the start is said to be that, and what is known of what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sarcoma.models import card, predict
from sarcoma.outlook import outlook_of
from sarcoma.patient import Patient, Records

LMS: dict[str, Any] = {
    "age": 62, "type": "leiomyosarcoma", "site": "lower limb", "size": 7, "depth": "deep", "grade": 3,
    "surgery": "resected",
}  # fmt: skip


def test_at_the_start_nothing_lies_behind() -> None:
    outlook = outlook_of(Patient(**LMS))
    assert outlook.models_at_start == ()
    assert [f.origin for f in outlook.answer_to("left").headline.figures] == ["B22.by4"]


def test_models_that_fall_silent_say_what_held_at_the_start_with_their_own_horizons() -> None:
    now = outlook_of(Patient(**LMS, landmark_months=14))
    start = outlook_of(Patient(**LMS))
    said = {m.card.id: m for m in now.models_at_start}
    assert {"kattan-2002", "fisher-2018"} <= set(said)
    assert not {m.card.id for m in now.models if m.status == "applies"} & set(said), "no model says it twice"
    for key, model in said.items():
        assert [(f.value, f.horizon_months) for f in model.figures] == [
            (f.value, f.horizon_months) for f in start.answer(key).figures
        ], "a horizon is never moved"


@pytest.mark.parametrize(("months", "first"), [(14, "B22.by4"), (40, "CO1.late"), (70, "CO2.fr_distant")])
def test_what_is_left_is_told_of_people_who_came_as_far(months: int, first: str) -> None:
    outlook = outlook_of(Patient(**LMS, landmark_months=months))
    assert [f.origin for f in outlook.answer_to("left").headline.figures] == [first]


@pytest.mark.parametrize(
    "name", ["alveolar soft part sarcoma", "solitary fibrous tumour", "low-grade fibromyxoid sarcoma"]
)
def test_most_by_four_years_is_not_said_of_types_that_come_back_late(name: str) -> None:
    outlook = outlook_of(Patient(**LMS | {"type": name}))
    said = outlook.answer_to("left")
    assert not {"B22.by4", "B22.by7"} & {n.figure.origin for n in (*said.nearest, *said.less_near)}
    assert {"B22.by4", "B22.by7"} <= {w.origin for w in said.withheld}


def test_someone_with_metastases_is_told_of_the_time_of_the_first() -> None:
    outlook = outlook_of(Patient(**LMS, metastases=["lung@14"], landmark_months=40))
    assert all(m.card.outcome.time_zero == "first-metastasis" for m in outlook.models_at_start if m.card.personal)


def test_a_course_tells_of_spread_at_any_time_beside_death() -> None:
    """At least as many as are alive with it, no more than have spread or died, and rising."""
    said = predict(card("course-tcga"), Records((Patient(**LMS),)), curve="line")
    course = said.of_form.course()
    assert course is not None
    ((low, high),) = course.reached
    np.testing.assert_array_equal(low, high)
    alive_with = course.low[0][:, [course.names.index(s) for s in ("lung metastasis", "metastasis elsewhere", "both")]]
    dead = course.low[0][:, course.names.index("dead")]
    assert (np.diff(low) > 0).all()
    assert (low >= alive_with.sum(axis=1) - 1e-12).all()
    assert (low <= alive_with.sum(axis=1) + dead + 1e-12).all()
    figures = outlook_of(Patient(**LMS)).answer("course-tcga").also
    assert [f.horizon_months for f in figures] == [12.0, 24.0, 36.0, 60.0]
    assert {f.estimand for f in figures} == {"crude"}
    assert not any(f.about_survival for f in figures)
