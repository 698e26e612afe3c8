"""Checks: each finds what it is for, in whom, and nothing where nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sarcoma.cohort import Cohort, FollowUp, make_cohort, open_source
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
    assert rules(check(cohort))["delayed-entry"] == ("note", 339)
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


@pytest.mark.words
def test_contradictory_codes_are_found_in_whom_they_are(simulated: Cohort) -> None:
    ids = simulated.patients["id"].to_list()

    def with_(name: str, value: str, *places: int) -> pl.Expr:
        old = pl.col(name) if name in simulated.patients.columns else pl.lit(None, dtype=pl.String)
        return pl.when(pl.col("id").is_in([ids[i] for i in places])).then(pl.lit(value)).otherwise(old).alias(name)

    patients = simulated.patients.with_columns(
        with_("sex", "male", 0),
        with_("site", "uterus", 0),
        with_("surgery", "none", 1),
        with_("histologic_type", "synovial-sarcoma", 2),
        with_("grade", "1", 2),
        with_("metastases", "none", 3),
        with_("metastasectomy", "done", *range(4, 400)),
    )
    spread = FollowUp.of(simulated)
    healthy = [i for i in range(4, 400) if np.isnan(spread.metastasis[i]) and not spread.metastasis_untimed[i]]
    cohort = added(
        changed(simulated, patients=patients),
        {"id": ids[3], "months": 0.0, "event": "metastasis", "organ": "lung", "cause": None},
    )
    found = {
        f.title.removeprefix("Contradictory: ").split(",")[0]: f
        for f in check(cohort).findings
        if f.rule == "contradiction"
    }
    assert {title: f.ids for title, f in found.items() if title != "metastases removed"} == {
        "male": (ids[0],),
        "a margin": (ids[1],),
        "no metastasis at the origin of time": (ids[3],),
        "FNCLCC grade 1": (ids[2],),
    }
    assert found["metastases removed"].ids == tuple(ids[i] for i in healthy)
    assert {f.severity for title, f in found.items() if title != "FNCLCC grade 1"} == {"error"}


def test_a_death_of_the_sarcoma_without_its_return_is_looked_at(simulated: Cohort) -> None:
    f = FollowUp.of(simulated)
    quiet = np.flatnonzero(f.died & np.isnan(f.metastasis) & np.isnan(f.recurrence))[:3]
    ids = [simulated.patients["id"][int(i)] for i in quiet]
    events = simulated.events.with_columns(
        cause=pl.when(pl.col("id").is_in(ids) & (pl.col("event") == "death")).then(pl.lit("sarcoma")).otherwise("cause")
    )
    found = {f.rule: f for f in check(changed(simulated, events=events)).findings}
    assert set(found["death-without-disease"].ids) == set(ids)


@pytest.mark.words
def test_what_was_counted_at_the_end_of_follow_up_looks_ahead(simulated: Cohort) -> None:
    f, random = FollowUp.of(simulated), np.random.default_rng(1)
    grown = random.poisson(0.5 + f.end / 30)  # who lived longer had time for more
    noise = random.poisson(2, len(f))
    patients = simulated.patients.with_columns(
        pl.Series("kept.sites", [str(v) for v in grown]), pl.Series("kept.nodes", [str(v) for v in noise])
    )
    found = [x for x in check(changed(simulated, patients=patients)).findings if x.rule == "look-ahead"]
    assert [x.title for x in found] == ["sites grows with the length of follow-up"]
    assert found[0].ids


@pytest.mark.words
def test_counts_at_the_end_of_msk_met_are_found(shared: Callable[[str], Path]) -> None:
    source = open_source(shared("msk_met_sts"))
    assert source.mapping is not None
    mapping = source.mapping.model_copy(
        update={"keep": {"sites": "MET_SITE_COUNT", "events": "MET_COUNT", "race": "RACE", "age": "AGE_AT_SURGERY"}}
    )
    found = {f.title for f in check(make_cohort(source, mapping)).findings if f.rule == "look-ahead"}
    assert found == {f"{name} grows with the length of follow-up" for name in ("sites", "events")}


def test_every_finding_names_patients_and_a_way_to_mend_it(shared: Callable[[str], Path]) -> None:
    for name in ("tcga_sarc", "msk_met_sts"):
        for f in check(make_cohort(open_source(shared(name)))).findings:
            assert f.rule
            assert f.mend
            assert len(f.ids) == min(f.count, 1000), f.rule
