"""Hospitals as one more engine: five of them, made up, give of their histories what NumPy counts in one table.

What travels is on a grid. A grid of all times, which no policy allows, proves that the arithmetic is that of the other
engines to the digit; with a policy the pooled table is that of all people on the times that are left.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from equality import same

from sarcoma.cohort import PLANS, Cohort, histories_of, make_cohort, open_source
from sarcoma.cohort.histories_file import table_of
from sarcoma.errors import HospitalsError

pytest.importorskip("cryptography", reason="the environment of Spark has no part for hospitals")
from sarcoma.hospitals import PooledTable, SiteRows, masks, policy_of, question_of, together
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.survival import EventTable, Histories, occupancy

SITES = ("east", "mid", "north", "south", "west")
KEYS = {site: bytes([number + 1]) * 32 for number, site in enumerate(SITES)}
SHARINGS = ("suppress", "coarsen", "masked-sums")
MONTHS = [0, 6, 12, 18, 24, 36, 48, 60, 120]
POLICY = policy_of(
    {
        "questions": ["event-table"], "plans": sorted(PLANS), "columns": ["grade"], "grid_months": MONTHS,
        "sharing": list(SHARINGS), "keys": {site: masks.public_key(key) for site, key in KEYS.items()},
    }
)  # fmt: skip


def federated(
    histories: pl.DataFrame,
    course: str,
    sharing: str,
    grid: Any,
    policy: Any = POLICY,
    by: dict[str, Any] | None = None,
) -> PooledTable:
    """One course, each patient in one of the five hospitals."""
    rows = histories.filter((pl.col("course") == course) & pl.col("left_out").is_null())
    ids = rows["id"].unique().sort()
    number = dict(zip(ids, range(len(ids)), strict=True))
    at = rows["id"].replace_strict(number, return_dtype=pl.Int64) % len(SITES)
    asked = {"kind": "event-table", "id": "table", "nonce": "00" * 8, "plan": course, "by": by}
    question = question_of({**asked, "sites": SITES, "sharing": sharing, "grid": [0, 12]})
    question = question.model_copy(update={"grid": tuple(map(float, grid))})
    parts = {site: site_rows(rows.filter(at == place), course, by) for place, site in enumerate(SITES)}
    found = together(parts, question, policy, keys=KEYS)
    assert isinstance(found, PooledTable)
    return found


def site_rows(rows: pl.DataFrame, course: str, by: dict[str, Any] | None) -> SiteRows:
    entry, plan = rows["entry"].to_numpy(), PLANS[course]
    several = len(plan.course.transient) > 1
    return SiteRows(
        Histories(
            plan.course, rows["exit"].to_numpy(), rows["to"].to_list(), entry=entry if entry.any() else None,
            origin=rows["from"].to_list() if several else None, patient=rows["id"].to_list() if several else None,
            group=rows["group"].to_list() if by else None,
        )
    )  # fmt: skip


def all_times(table: EventTable) -> tuple[tuple[float, ...], Any]:
    """A grid on which nothing is joined, and the policy under which it could be asked for."""
    grid = (0.0, *table.times[table.times > 0].tolist())
    return grid, POLICY.model_copy(update={"grid_months": grid, "minimum_cell": 0})


@pytest.fixture(scope="module")
def histories(simulated: Cohort) -> pl.DataFrame:
    some = simulated.patients["id"].head(400).implode()
    return histories_of(simulated).filter(pl.col("id").is_in(some))


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("course", sorted(PLANS))
def test_every_course_is_counted_as_by_numpy(course: str, sharing: str, histories: pl.DataFrame) -> None:
    whole = table_of(histories, course)
    grid, free = all_times(whole)
    found = federated(histories, course, sharing, grid, free)
    same(found.table, on_grid(whole, grid))
    np.testing.assert_array_equal(found.table.at_risk, on_grid(whole, grid).at_risk)


@pytest.mark.parametrize("sharing", SHARINGS)
def test_incidence_occupancy_and_means_are_those_of_numpy(sharing: str, histories: pl.DataFrame) -> None:
    for course in ("survival", "first-event", "full-course"):
        whole = table_of(histories, course)
        grid, free = all_times(whole)
        told = occupancy(federated(histories, course, sharing, grid, free).table)
        wanted = occupancy(whole)
        for part in ("probability", "se", "low", "high"):
            np.testing.assert_allclose(
                getattr(told.at([12, 36]), part), getattr(wanted.at([12, 36]), part), rtol=0, atol=1e-10
            )
        if course != "full-course":
            mean, exact = told.restricted_mean(48)[0], wanted.restricted_mean(48)[0]
            assert (mean.value, mean.se) == pytest.approx((exact.value, exact.se), abs=1e-9)


@pytest.mark.parametrize("sharing", SHARINGS)
def test_groups(sharing: str, histories: pl.DataFrame) -> None:
    grouped = histories.with_columns(pl.Series("group", np.where(np.arange(histories.height) % 3, "2", "3")))
    whole = table_of(grouped, "survival", by_group=True)
    grid, free = all_times(whole)
    by = {"field": "grade", "levels": ["2", "3"]}
    same(federated(grouped, "survival", sharing, grid, free, by).table, on_grid(whole, grid))


@pytest.mark.parametrize("sharing", SHARINGS)
@pytest.mark.parametrize("name", ["tcga_sarc", "msk_met_sts"])
def test_real_cohorts_give_the_pooled_table(name: str, sharing: str, shared: Callable[[str], Path]) -> None:
    histories = histories_of(make_cohort(open_source(shared(name))))
    course = "survival" if name == "tcga_sarc" else "survival-from-metastasis"
    whole = table_of(histories, course)
    months = [0, 24, 60] if name == "tcga_sarc" else [0, 12, 24, 36]
    if (name, sharing) == ("msk_met_sts", "suppress"):  # what a minimum alone leaves of sarcoma: nothing
        with pytest.raises(HospitalsError):
            federated(histories, course, sharing, months)
        return
    found = federated(histories, course, sharing, months)
    same(found.table, on_grid(whole, found.grid))


@pytest.mark.parametrize("sharing", SHARINGS)
def test_survival_after_metastasis_with_delayed_entry(sharing: str, shared: Callable[[str], Path]) -> None:
    """The median to the digit, as every engine has it."""
    histories = histories_of(make_cohort(open_source(shared("msk_met_sts"))))
    whole = table_of(histories, "survival-from-metastasis")
    assert whole.entered.any()
    grid, free = all_times(whole)
    found = federated(histories, "survival-from-metastasis", sharing, grid, free)
    assert found.curves().quantile()[0].value == occupancy(whole).quantile()[0].value == pytest.approx(28.92)
