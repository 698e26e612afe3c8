"""Every engine counts what the plan says; the plan is data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from counting_cases import CASES, Case, drawn, expected, patients
from pydantic import ValidationError

from sarcoma.cohort import PLANS, CountedState, CountingPlan, Exclusion, full_course, numpy_engine, where_first
from sarcoma.errors import CohortError, InputError

Engine = Callable[[CountingPlan, Any], Any]
"""Takes a plan and columns of patients; gives `table`, `patients` and `left_out`."""

ENGINES: list[Engine] = [numpy_engine.count]


@pytest.mark.words
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__module__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_engine_counts_what_is_drawn(engine: Engine, case: Case) -> None:
    found = engine(case.plan, patients(case.patients))
    assert drawn(found.table) == expected(case.counted)
    assert found.left_out == case.left_out


@pytest.mark.words
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__module__)
def test_an_engine_says_when_nobody_is_left(engine: Engine) -> None:
    with pytest.raises(CohortError, match="nobody is left"):
        engine(PLANS["survival-from-metastasis"], patients("end | metastasis\n9 |"))


@pytest.mark.parametrize("plan", [*PLANS.values(), where_first(("lung", "bone")), full_course(("lung",))])
def test_a_plan_goes_to_json_and_back(plan: CountingPlan) -> None:
    again = CountingPlan.model_validate_json(plan.model_dump_json())
    assert again == plan
    assert again.course == plan.course


WELL, DEAD = CountedState(name="well"), CountedState(name="dead", after=("death",))


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"states": (WELL, DEAD, CountedState(name="gone", after=("death",)))}, "same events"),
        ({"states": (DEAD, WELL)}, "the first is where everyone starts"),
        ({"states": (WELL, CountedState(name="dead", after=("metastasis",))), "ties": ()}, "must order every event"),
        ({"transitions": (("well", "elsewhere"),)}, "not one of the states"),
        ({"exclusions": (Exclusion(reason="untimed", because="had it some time"),)}, "names no event"),
    ],
)
def test_a_plan_that_cannot_be_counted_is_refused(change: dict[str, Any], problem: str) -> None:
    right: dict[str, Any] = {"states": (WELL, DEAD), "transitions": (("well", "dead"),)}
    with pytest.raises((ValidationError, InputError), match=problem):
        CountingPlan(**(right | change))
