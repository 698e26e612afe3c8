"""What happened to each patient, and the courses counted from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sarcoma.cohort import Cohort, FollowUp, make_cohort, open_source
from sarcoma.cohort.courses import SPREAD, SURVIVAL, SURVIVAL_FROM_METASTASIS, full_course
from sarcoma.cohort.simulate import truth
from sarcoma.survival import kaplan_meier, occupancy


def cohort_of(*people: dict[str, Any], origin: str = "diagnosis") -> Cohort:
    """Patients as {event: months}; an event may have several times, or None for a time that is not known."""
    rows = []
    for i, person in enumerate(people):
        for event, when in person.items():
            kind, _, organ = event.partition(":")
            times = when if isinstance(when, list) else [when]
            rows += [{"id": str(i), "months": t, "event": kind, "organ": organ or None} for t in times]
    schema = {"id": pl.String, "months": pl.Float64, "event": pl.String, "organ": pl.String}
    ids = pl.DataFrame({"id": [str(i) for i in range(len(people))]})
    return Cohort.of_frames(ids, pl.DataFrame(rows, schema=schema), name="by hand", origin=origin)


def steps(counted: Any) -> list[tuple[int, float, float, str, str]]:
    """Histories as (patient, entry, exit, from, to), "" where nothing happened."""
    states = counted.course.states
    rows = zip(counted.patient, counted.entry, counted.exit, counted.origin, counted.to, strict=True)
    found = [(int(p), float(a), float(b), states[o], "" if t < 0 or t == o else states[t]) for p, a, b, o, t in rows]
    return sorted(found)


@pytest.mark.words
def test_the_full_course_by_hand() -> None:
    counted = FollowUp.of(
        cohort_of(
            {"local-recurrence": 12, "metastasis:lung": [24, 30], "death": 40},
            {"metastasis": 10, "local-recurrence": 10, "last-contact": 20},
            {"metastasis": 15, "death": 15},
            {"last-contact": 9},
            {"entry": 6, "local-recurrence": 3, "death": 8},
            {"local-recurrence": None, "last-contact": 50},
        )
    ).count(full_course())
    assert counted.left_out == {"had a local recurrence at a time that is not known": 1}
    assert steps(counted) == [
        (0, 0, 12, "disease-free", "local recurrence"),
        (0, 12, 24, "local recurrence", "both"),
        (0, 24, 40, "both", "dead"),
        (1, 0, 10, "disease-free", "both"),  # on one day: one transition
        (1, 10, 20, "both", ""),
        (2, 0, 15, "disease-free", "dead"),  # found at death: no time in between
        (3, 0, 9, "disease-free", ""),
        (4, 6, 8, "local recurrence", "dead"),  # came under observation after the recurrence
    ]


@pytest.mark.words
def test_spread_and_survival_by_hand() -> None:
    follow_up = FollowUp.of(
        cohort_of(
            {"metastasis:lung": 24, "metastasis:liver": 24, "death": 40},
            {"metastasis:bone": 0, "entry": 5, "last-contact": 20},
            {"metastasis": 30, "entry": 35, "death": 50},
            {"metastasis": None, "death": 12},
            {"death": 7},
            {"metastasis": 60, "death": 50},
            {"metastasis": 60, "last-contact": 50},
        )
    )
    assert follow_up.organ.tolist() == ["several organs at once", "bone", "unknown", "", "", "", "unknown"]
    assert follow_up.after_death.tolist() == [False] * 5 + [True, False]
    assert follow_up.after_contact.tolist() == [False] * 6 + [True]
    spread = follow_up.count(SPREAD)
    assert spread.left_out == {
        "had a metastasis at a time that is not known": 1,
        "had it at the origin of time": 1,
        "had it before observation began": 1,
    }
    assert [(p, b, t) for p, _, b, _, t in steps(spread)] == [
        (0, 24, "metastasis"),
        (4, 7, "death without metastasis"),
        (5, 50, "death without metastasis"),
        (6, 60, "metastasis"),  # follow-up runs on to the event
    ]
    after = follow_up.count(SURVIVAL_FROM_METASTASIS)
    assert steps(after) == [(0, 0, 16, "alive", "dead"), (1, 5, 20, "alive", ""), (2, 5, 20, "alive", "dead"), (6, 0, 0, "alive", "")]  # fmt: skip


def test_the_course_that_was_simulated_is_found_again(simulated: Cohort) -> None:
    follow_up = FollowUp.of(simulated)
    found = occupancy(follow_up.count(full_course()).table).at([60.0])
    records = simulated.records
    size, grade, depth = records.values("size_cm"), records.values("grade"), records.values("depth")
    known = [i for i in range(len(simulated)) if None not in (size[i], grade[i], depth[i])]
    x = np.array(
        [[grade[i] == "3", np.log(size[i] / 5), depth[i] == "deep", records.values("age")[i] - 60] for i in known]
    )
    expected = truth().predict(x.astype(float), [60.0]).probability[:, 0].mean(axis=0)
    for p, se, right in zip(found.probability[0, 0], found.se[0, 0], expected, strict=True):
        assert abs(p - right) < 4 * se + 0.005
    assert found.probability[0, 0].sum() == pytest.approx(1)


def test_without_other_events_it_is_kaplan_meier(simulated: Cohort) -> None:
    follow_up = FollowUp.of(simulated)
    one = occupancy(follow_up.count(SURVIVAL).table).at([24, 60, 100])
    two = kaplan_meier(follow_up.end, follow_up.died).at([24, 60, 100])
    np.testing.assert_array_equal(one.probability, two.probability)
    whole = occupancy(follow_up.count(full_course()).table).at([24, 60, 100]).probability[0, :, -1]
    np.testing.assert_allclose(whole, one.probability[0, :, 1], rtol=0.03)


def test_delayed_entry_halves_survival_after_metastasis_in_msk_met(shared: Callable[[str], Path]) -> None:
    counted = FollowUp.of(make_cohort(open_source(shared("msk_met_sts")))).count(SURVIVAL_FROM_METASTASIS)
    honest = occupancy(counted.table).quantile(0.5)[0].value
    naive = kaplan_meier(counted.exit, counted.to == 1).quantile(0.5)[0].value
    assert 27 < honest < 33
    assert 55 < naive < 67


def test_first_organs_in_tcga(shared: Callable[[str], Path]) -> None:
    organs = FollowUp.of(make_cohort(open_source(shared("tcga_sarc")))).organ.tolist()
    assert (organs.count("lung"), organs.count("bone"), organs.count("brain")) == (59, 3, 1)
