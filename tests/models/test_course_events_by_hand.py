"""Events beside the outcome of a course, and what a course is made of."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from course_cases import ADA, BASE, OF_ADA, SIZE, STATES, TWO, ask, course, death, hazard, outcome, two, walked
from pydantic import ValidationError

from sarcoma.errors import CardError
from sarcoma.models.forms import possible as possible_module
from sarcoma.models.forms.form import Change

SPREAD = {
    "event": "a metastasis", "plain_event": "it spreads", "measure": "distant-metastasis", "states": ["spread"],
}  # fmt: skip
EITHER = {**SPREAD, "event": "an end", "states": ["spread", "dead"]}


def reached(person: tuple[float, int, float], until: float, states: tuple[str, ...], start: float = 0.0) -> float:
    """Whoever has entered one of the states stays there."""
    at = dict(zip(STATES, walked(person, until, start, stays="spread"), strict=True))
    return sum(at[state] for state in states)


def test_an_event_is_to_have_been_in_a_state_whatever_comes_after() -> None:
    form = course(reaching=[SPREAD, EITHER])
    assert [event.event for event in form.events_beside] == ["a metastasis", "an end"]
    assert course().events_beside == ()
    for start, limit in ((0.0, 40), (10.0, 40)):
        said = form.predict(ask(outcome(12, 24, 35, limit=limit), ADA, start=[start], curve="line"))
        found = said.course().reached
        assert len(found) == 2
        for (low, high), states in zip(found, (("spread",), ("spread", "dead")), strict=True):
            for h, months in enumerate((12, 24, 35)):
                if start + months > limit:
                    assert np.isnan(low[h])
                    assert np.isnan(high[h])
                else:
                    expected = reached(OF_ADA, start + months, states, start)
                    assert low[h] == pytest.approx(expected)
                    assert high[h] == pytest.approx(expected)
    # more than are there: some have died since
    assert reached(OF_ADA, 36, ("spread",)) > walked(OF_ADA, 36)[1] + 0.1
    assert form.predict(ask(outcome(24, 36), ADA)).course().reached == ()


@pytest.mark.parametrize("most", [20_000, 3])
def test_the_range_of_an_event_goes_over_all_that_is_possible(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possible_module, "_MOST_COMBINATIONS", most)  # `most`: ends and middle of both numbers
    form = course(reaching=[SPREAD])
    who = {"grade": 2, "age": None, "size": None}
    ((low, high),) = form.predict(ask(outcome(24, 36), who, curve="band")).course().reached
    parts = 9 if most > 3 else 3
    every = [
        [reached((size, 2, age), until, ("spread",)) for until in (24, 36)]
        for size in np.linspace(1, 30, parts)
        for age in np.linspace(18, 90, parts)
    ]
    np.testing.assert_allclose(low, np.min(every, axis=0))
    np.testing.assert_allclose(high, np.max(every, axis=0))


def test_the_limit_of_a_card_holds_for_its_events_too() -> None:
    form = course(reaching=[SPREAD])
    ask_at = ask(outcome(0.2, 0.9, limit=0.3), ADA, start=[0.1], curve="line")
    ((low, high),) = form.predict(ask_at).course().reached
    assert (low[0], high[0]) == (0.0, 0.0)
    assert np.isnan(low[1])
    assert np.isnan(high[1])


def test_what_a_course_is_made_of() -> None:
    form = course(reaching=[SPREAD])
    assert [p.name for p in form.all_predictors] == ["size", "grade", "age", "size"]
    assert (form.has_course, form.needs) == (True, ("hazards", "states"))
    assert [(h.origin, h.target) for h in form.known_hazards] == list(BASE)
    assert [h.coefficients.tolist() for h in form.known_hazards] == [[0.1, 0, 0.5, 1], [0.02], [0.2]]
    assert form.model.course.states == STATES
    assert form.model.course.transitions == tuple(BASE)
    assert [h.times.tolist() for h in form.model.hazards] == [list(months) for months, _ in BASE.values()]
    assert form.model is form.model


def test_columns_that_hazards_have_in_common_are_made_once() -> None:
    different, of_hazard = course()._distinct
    assert [p.name for p in different] == ["size", "grade", "age"]
    assert of_hazard == [[0, 1], [2], [0]]
    # another center makes another column, under the same name too
    other = {**SIZE, "transform": {**SIZE["transform"], "center": 0}}
    raw = [h.model_dump() for h in course().hazards]
    form = course(hazards=[*raw[:2], {**raw[2], "predictors": [other]}])
    assert form._distinct[1] == [[0, 1], [2], [3]]
    values = {"size": np.array([8.0, 3.0]), "age": np.array([70.0, 50.0]), "grade": np.array(["2", "1"], dtype=object)}
    designs = form._designs(values, 2)
    assert {pair: columns.tolist() for pair, columns in designs.items()} == {
        ("well", "spread"): [[3, 0, 1, 0], [-2, 1, 0, 0]],
        ("well", "dead"): [[10], [-10]],
        ("spread", "dead"): [[8], [3]],
    }
    bare = course(hazards=[*raw[:2], {**raw[2], "predictors": []}])._designs(values, 2)
    assert bare["spread", "dead"].shape == (2, 0)


@pytest.mark.words
def test_states_and_transitions_stand_once() -> None:
    raw = [h.model_dump() for h in course().hazards]
    once = "name every state once in `states`, and every transition in one hazard"
    for wrong, told in (
        ({"states": ("well", "spread")}, once),
        ({"states": (*STATES, "dead")}, once),
        ({"hazards": [*raw, raw[0]]}, once),
        ({"reaching": [{**SPREAD, "states": ["elsewhere"]}]}, once),
        ({"kind": "cox"}, "hazards belong to kind multi-state, or one of them to kind cox"),
        ({"hazards": []}, "a model of kind multi-state needs `hazards`"),
        ({"states": ()}, "a model of kind multi-state needs `states`"),
    ):
        with pytest.raises(ValidationError, match=told):
            course(**wrong)
    alone = course(hazards=raw[:1], states=STATES)  # one hazard may be of either kind, and not every state need be left
    assert alone.kind == "multi-state"
    assert two().kind == "cox"


@pytest.mark.words
def test_a_course_goes_with_an_outcome_between_its_states_within_the_limit() -> None:
    assert course().misfit(outcome(24, 40)) is None
    assert two().misfit(death(24, 40)) is None
    assert course().misfit(outcome(24, 40.5)) == "a horizon lies beyond `horizon_limit_months`"
    for pair in (("well", "gone"), ("gone", "dead")):
        strange = outcome(24).model_copy(update={"transition": pair})
        assert course().misfit(strange) == "name every state once in `states`, and every transition in one hazard"


@pytest.mark.words
def test_a_course_of_one_hazard_is_updated_and_of_several_refused() -> None:
    change = Change({24.0: log(1.5), 36.0: log(2.0)}, 0.8, np.zeros(4))
    form = two()
    assert form.cannot_update is None
    made = form.updated(change)
    assert made.hazards == (form.hazards[0].updated(change),)
    assert made.states == TWO
    why = "each transition of its course has a baseline of its own; fit its recipe to this cohort instead"
    competing = course(hazards=[h.model_dump() for h in course().hazards[:2]])
    assert course().cannot_update == competing.cannot_update == why
    with pytest.raises(CardError, match="each transition of its course has a baseline of its own"):
        course().updated(change)
    columns = np.array([[3.0, 0, 1, 0], [-2, 1, 0, 0]])
    own = form.own_score(columns, np.zeros((2, 3)), (12.0, 24.0, 36.0))
    assert own.shape == (3, 2, 1)
    np.testing.assert_allclose(own[:, :, 0], [[0.8, -0.2]] * 3)


@pytest.mark.words
def test_a_course_is_shown_and_placed() -> None:
    form = course()
    said = form.arithmetic(outcome(24))
    assert said == (
        "each step of a baseline is multiplied by exp(score), the sum of the predictors' terms; "
        "the states follow by the product integral over all steps"
    )
    assert [line.text.split(":")[0] for line in form.lines(str)] == [
        "well → spread", "size in cm", "grade", "well → dead", "age", "spread → dead", "size in cm",
    ]  # fmt: skip
    assert [(p.where, p.predictor, p.of_death) for p in form.placed(outcome(24))] == [
        ("well → spread, size", form.hazards[0].predictors[0], False),
        ("well → spread, grade", form.hazards[0].predictors[1], False),
        ("well → dead, age", form.hazards[1].predictors[0], True),
        ("spread → dead, size", form.hazards[2].predictors[0], True),
    ]
    edges = list(form.edges(outcome(24)))
    assert [edge.where for edge in edges] == ["edges, well → spread", "edges, well → dead", "edges, spread → dead"]
    for edge, of in zip(edges, form.hazards, strict=True):
        assert edge.hazards == pytest.approx((sum(of.baseline.jumps),))
        assert (edge.intercept, edge.predictors) == (0.0, of.predictors)


def test_a_course_without_predictors_says_the_same_of_everyone() -> None:
    raw = [{**h.model_dump(), "predictors": []} for h in course().hazards]
    form = course(hazards=raw, reaching=[EITHER])
    several = form.predict(ask(outcome(24, 36), {}, ADA))
    expected = [walked((5, 1, 60), until) for until in (24, 36)]  # all scores 0
    np.testing.assert_allclose(several.course().low, [expected, expected])
    np.testing.assert_allclose(several.value, [[p[2] for p in expected]] * 2)
    assert (several.requirements, several.missing) == ((), ())
    one = form.predict(ask(outcome(24, 36), {}, curve="line")).course()
    assert one.curve is not None
    ((low, high),) = one.reached
    np.testing.assert_allclose(low, [reached((5, 1, 60), until, ("spread", "dead")) for until in (24, 36)])
    np.testing.assert_allclose(high, low)
    alone = two(hazard(predictors=[])).predict(ask(death(12, 24), {}, {}))
    assert [part.tolist() for part in alone.score()] == [[0, 0], [0, 0]]  # type: ignore[union-attr]
