"""Checks: each finds what it is for, in whom, and nothing where nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sarcoma.cohort import Cohort, make_cohort, open_source
from sarcoma.cohort.checks import Checked, check
from sarcoma.report.cohorts import checked_data, checked_html


def rules(checked: Checked) -> dict[str, tuple[str, int]]:
    return {f.rule: (f.severity, f.count) for f in checked.findings}


def changed(cohort: Cohort, *, patients: pl.DataFrame | None = None, events: pl.DataFrame | None = None) -> Cohort:
    return Cohort(
        cohort.patients if patients is None else patients, cohort.events if events is None else events, cohort.about
    )


def added(cohort: Cohort, *rows: dict[str, Any]) -> Cohort:
    more = pl.DataFrame(list(rows), schema=cohort.events.schema)
    return changed(cohort, events=pl.concat([cohort.events, more]))


def test_a_clean_cohort_has_nothing_to_mend(simulated: Cohort) -> None:
    checked = check(simulated)
    assert checked.errors == 0
    assert set(rules(checked)) <= {"forgotten-entry", "follow-up-zero", "before-origin"}
    known = {part.field: part.known for part in checked.completeness}
    assert known["size_cm"] == 3000 - simulated.patients["size_cm"].null_count()
    # reverse Kaplan–Meier: uniform censoring from 6 to 150 months, whatever the deaths
    assert checked.followed.median == pytest.approx(78, abs=6)


def test_events_out_of_order(simulated: Cohort) -> None:
    ids = simulated.patients["id"].to_list()
    dead = simulated.events.filter(pl.col("event") == "death").row(0, named=True)
    alive = simulated.events.filter(pl.col("event") == "last-contact").row(0, named=True)
    event = {"organ": None, "cause": None}
    cohort = added(
        simulated,
        {"id": dead["id"], "months": dead["months"] + 3, "event": "local-recurrence", **event},
        {"id": dead["id"], "months": dead["months"] + 9, "event": "last-contact", **event},
        {"id": alive["id"], "months": alive["months"] + 3, "event": "metastasis", "organ": "lung", "cause": None},
        {"id": ids[7], "months": -2.0, "event": "local-recurrence", **event},
        {"id": ids[8], "months": None, "event": "metastasis", "organ": "lung", "cause": None},
    )
    found = {f.rule: f for f in check(cohort).findings}
    assert (found["after-death"].severity, found["after-death"].ids) == ("error", (dead["id"],))
    assert found["alive-after-death"].ids == (dead["id"],)
    assert found["after-contact"].ids == (alive["id"],)
    assert ids[7] in found["before-origin"].ids
    assert found["no-date"].ids == (ids[8],)


def test_implausible_values_and_duplicates(simulated: Cohort) -> None:
    frame = simulated.patients.with_columns(
        size_cm=pl.when(pl.int_range(pl.len()) < 4).then(70.0).otherwise(pl.col("size_cm"))
    )
    assert rules(check(changed(simulated, patients=frame)))["implausible"] == ("warning", 4)
    last = simulated.patients.filter(pl.col("size_cm").is_not_null()).row(-1, named=True)
    twin = pl.DataFrame([{**last, "id": "twin"}], schema=simulated.patients.schema)
    events = simulated.events.filter(pl.col("id") == last["id"]).with_columns(id=pl.lit("twin"))
    cohort = Cohort(pl.concat([simulated.patients, twin]), pl.concat([simulated.events, events]), simulated.about)
    found = {f.rule: f for f in check(cohort).findings}["duplicate"]
    assert set(found.ids) == {last["id"], "twin"}


def test_a_predictor_that_looks_ahead(simulated: Cohort) -> None:
    died = simulated.events.filter(pl.col("event") == "death")["id"]
    frame = simulated.patients.with_columns(
        mitoses_per_10_hpf=pl.when(pl.col("id").is_in(died.implode())).then(12.0).otherwise(None),
        metastasectomy=pl.lit("done"),
    )
    found = rules(check(changed(simulated, patients=frame)))
    assert found["known-by-fate"][0] == "warning"
    assert found["look-ahead"] == ("warning", len(simulated))


def test_forgotten_delayed_entry(shared: Callable[[str], Path]) -> None:
    cohort = make_cohort(open_source(shared("msk_met_sts")))
    assert rules(check(cohort))["delayed-entry"] == ("note", 338)
    forgotten = changed(cohort, events=cohort.events.filter(pl.col("event") != "entry"))
    assert "error" in {f.severity for f in check(forgotten).findings if f.rule == "forgotten-entry"}


def test_survival_that_falls_from_the_start_is_not_taken_for_it() -> None:
    random = np.random.default_rng(3)
    n = 600
    end, stop = random.exponential(30, n), random.uniform(5, 80, n)
    ids = [str(i) for i in range(n)]
    events = pl.DataFrame(
        {
            "id": ids * 2,
            "months": [*np.minimum(end, stop), *np.zeros(n)],
            "event": [*np.where(end < stop, "death", "last-contact"), *["metastasis"] * n],
        }
    )
    cohort = Cohort.of_frames(pl.DataFrame({"id": ids}), events, name="exponential", origin="first-metastasis")
    assert "forgotten-entry" not in rules(check(cohort))


def test_pages_and_data_say_the_same(simulated: Cohort) -> None:
    checked = check(simulated)
    data = json.loads(json.dumps(checked_data(checked), allow_nan=False))
    assert len(data["findings"]) == len(checked.findings)
    html = checked_html(checked)
    for finding in checked.findings:
        assert f"rule {finding.rule}" in html
