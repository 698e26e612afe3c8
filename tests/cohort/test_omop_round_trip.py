"""A cohort that is written as OMOP and read back is the same cohort, on both engines; what is lost is told."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort import Cohort, Source, make_cohort, open_source, read_cohort_map, simulated_table, write_as
from sarcoma.cohort.reading.omop.concepts import LONGEST_CODE, Concepts
from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.writing.omop_tables import omop_tables
from sarcoma.errors import CohortError
from sarcoma.evidence import library
from sarcoma.patient import ORGANS, field_specs

FEW, MANY = 10, 60
PHASES = (Phase.explicit, Phase.generate)
TYPES = sorted(t.id for t in library().types.values() if not t.out_of_scope)
NOT_CARRIED = {"metastases", "local_recurrence", "diagnosis_date", "presentation"}
"""Told by events, made up, or read by silence."""
_numbers = count()


def values(name: str) -> st.SearchStrategy[Any]:
    spec = field_specs()[name]
    if name == "age":
        return st.integers(0, 9500).map(lambda hundredths: hundredths / 100)
    if spec.kind == "number":
        low, high = spec.low or 0.0, spec.high or 100.0
        return st.integers(int(low * 10) + 1, int(high * 10)).map(lambda tenths: tenths / 10)
    if spec.kind == "whole":
        return st.integers(int(spec.low or 0), int(spec.high or 9))
    if spec.kind == "yes-no":
        return st.booleans()
    if spec.kind == "type":
        return st.sampled_from(TYPES)
    if spec.kind == "site":
        return st.sampled_from(["lower-limb", "upper-limb", "trunk", "retroperitoneum", "uterus"])
    if spec.kind == "topography":
        return st.sampled_from(["C49.2", "C49.1", "C48.0", "C49.9"])
    if spec.kind == "members":
        return st.lists(st.sampled_from(sorted(spec.code_list())), min_size=1, max_size=2, unique=True).map(
            lambda some: "; ".join(sorted(some))
        )
    return st.sampled_from(sorted(spec.code_list()))


FIELDS = sorted(name for name, spec in field_specs().items() if name not in NOT_CARRIED and not spec.time)


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    """Cohorts of a few people with fields of every kind, and every kind of event."""
    n = draw(st.integers(1, 4))
    ids = [f"{draw(st.sampled_from('abcX'))}{i}" for i in range(n)]
    chosen = draw(st.lists(st.sampled_from(FIELDS), max_size=8, unique=True))
    if "margin" in chosen:
        chosen = [*chosen, "surgery"] if "surgery" not in chosen else chosen
    columns: dict[str, list[Any]] = {"id": ids}
    for name in chosen:
        columns[name] = [draw(st.none() | values(name)) for _ in range(n)]
    if "margin" in columns:
        columns["surgery"] = [
            "resected" if m is not None else s for m, s in zip(columns["margin"], columns["surgery"], strict=True)
        ]
    if draw(st.booleans()):
        columns["centre"] = [draw(st.none() | st.sampled_from(["north", 'süd, "east"', "west"])) for _ in range(n)]
    rows: list[tuple[str, int | None, str, str | None, str | None]] = []
    metastases: list[str | None] = []
    for name in ids:
        end = draw(st.integers(1, 6000))
        dead = draw(st.booleans())
        rows.append(
            (name, end, "death", None, draw(st.sampled_from(["sarcoma", "other", "unknown"])))
            if dead
            else (name, end, "last-contact", None, None)
        )
        timed = draw(st.dictionaries(st.sampled_from(sorted(ORGANS)), st.integers(0, end), max_size=2))
        rows += [(name, at, "metastasis", organ, None) for organ, at in timed.items()]
        at_start = sorted(organ for organ, at in timed.items() if at == 0)
        untimed = not timed and draw(st.booleans())
        if untimed:
            rows.append((name, None, "metastasis", draw(st.sampled_from(sorted(ORGANS))), None))
        metastases.append(None if untimed else "; ".join(f"{organ}@0" for organ in at_start) or "none")
        if draw(st.booleans()):
            rows.append((name, draw(st.integers(1, end)), "local-recurrence", None, None))
        if draw(st.booleans()) and end > 1:
            rows.append((name, draw(st.integers(1, end - 1)), "entry", None, None))
    columns["metastases"], columns["local_recurrence"] = metastases, [False] * n
    columns["presentation"] = ["primary"] * n
    if "age" in columns:
        columns["age_at_origin"] = columns["age"]
    events = pl.DataFrame(rows, schema=["id", "days", "event", "organ", "cause"], orient="row").with_columns(
        pl.col("days").cast(pl.Float64), pl.col("organ").cast(pl.String), pl.col("cause").cast(pl.String)
    )
    events = events.select("id", months=pl.col("days") / DAYS_PER_MONTH, event="event", organ="organ", cause="cause")
    try:
        cohort = Cohort.of_frames(pl.DataFrame(columns, strict=False), events, name="ours", origin="diagnosis")
    except CohortError:
        assume(False)  # a record that cannot be
        raise
    assume(not cohort.about.unread_cells)
    return cohort


def same(one: Cohort, other: Cohort) -> None:
    """The same people and the same events, to the day."""

    def people(cohort: Cohort) -> pl.DataFrame:
        frame = cohort.patients
        known = [c for c in frame.columns if frame[c].null_count() < frame.height and not c.startswith("kept.")]
        return frame.select(sorted(known)).sort("id")

    order = ["id", "event", "months", "organ", "cause"]
    assert_frame_equal(people(one), people(other))
    assert_frame_equal(
        one.events.sort(order, nulls_last=True), other.events.sort(order, nulls_last=True), abs_tol=1e-6, rel_tol=0
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_a_simulated_cohort_is_the_same_again(seed: int, tmp_path: Path) -> None:
    cohort = make_cohort(Source(simulated_table(300, seed=seed), "table"), read_cohort_map("simulated"))
    assert write_as(cohort, "omop", tmp_path / "omop") == ()
    again = make_cohort(open_source(tmp_path / "omop"))
    same(cohort, again)
    assert (again.about.name, again.about.rows_in, again.about.rows_refused) == (cohort.about.name, 300, 0)


@settings(max_examples=FEW, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(cohort=cohorts())
def test_any_cohort_is_the_same_again(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("omop")
    assert write_as(cohort, "omop", folder) == ()
    same(cohort, make_cohort(open_source(folder)))


@pytest.mark.engines
@settings(max_examples=MANY, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(cohort=cohorts())
def test_any_cohort_is_the_same_again_from_a_database(cohort: Cohort, server: Any, password: None) -> None:
    place = server.address(f"trip_{os.getpid()}_{next(_numbers)}")
    assert write_as(cohort, "omop", place) == ()
    same(cohort, make_cohort(open_source(place)))


@pytest.mark.engines
@settings(max_examples=MANY, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(cohort=cohorts())
def test_more_cohorts_are_the_same_again(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("omop")
    write_as(cohort, "omop", folder)
    same(cohort, make_cohort(open_source(folder)))


@pytest.mark.engines
def test_a_simulated_cohort_is_the_same_again_from_a_database(server: Any, password: None) -> None:
    cohort = make_cohort(Source(simulated_table(500, seed=3), "table"), read_cohort_map("simulated"))
    write_as(cohort, "omop", server.address("simulated"))
    same(cohort, make_cohort(open_source(server.address("simulated"))))


def test_what_is_lost_is_told() -> None:
    days = 10.5 / DAYS_PER_MONTH
    cohort = Cohort.of_frames(
        pl.DataFrame(
            {
                "id": ["1", "2"],
                "margin": ["R0", None],
                "kept.note": ["x", None],
                "metastases": ["lung@0", None],
                "local_recurrence": [False, False],
                "surgery_months": [None, 2.0],
                "invasion": [None, "none"],
            }
        ),
        pl.DataFrame(
            {
                "id": ["1", "1", "2", "2"],
                "months": [12.0, days, 20.0, -1.0],
                "event": ["death", "last-contact", "last-contact", "entry"],
            }
        ),
        name="ours",
        origin="diagnosis",
    )
    lost = {loss.what: loss.count for loss in omop_tables(cohort).losses}
    assert sum(lost.values()) >= 7
    assert all(count > 0 for count in lost.values())


def test_dates_are_made_up_and_lie_in_the_past() -> None:
    events = pl.DataFrame({"id": ["1"], "months": [1300.0], "event": ["last-contact"]})
    cohort = Cohort.of_frames(pl.DataFrame({"id": ["1"]}), events, name="ours", origin="diagnosis")
    told = omop_tables(cohort).frames
    days = [
        d
        for f in told.values()
        for c in f.columns
        if f[c].dtype == pl.Date and not c.startswith("valid_")
        for d in f[c]
        if d is not None
    ]
    assert datetime.date(1900, 1, 1) <= min(days) <= max(days) < datetime.datetime.now(datetime.UTC).date()


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: Cohort.of_frames(c.patients, c.events, name="x", origin="surgery"), "run from the diagnosis"),
        (lambda c: Cohort.of_frames(c.patients.with_columns(id=pl.lit("x" * 51)).head(1), c.events.head(0), name="x", origin="diagnosis"), "50 characters"),
        (lambda c: Cohort.of_frames(c.patients, c.events.head(0), name="x", origin="diagnosis"), "neither a death nor a last contact"),
    ],
)  # fmt: skip
def test_a_cohort_that_cannot_be_written_is_refused(
    change: Callable[[Cohort], Cohort], sentence: str, tmp_path: Path
) -> None:
    events = pl.DataFrame({"id": ["1"], "months": [13.0], "event": ["last-contact"]})
    cohort = Cohort.of_frames(pl.DataFrame({"id": ["1"]}), events, name="ours", origin="diagnosis")
    with pytest.raises(CohortError, match=sentence):
        write_as(change(cohort), "omop", tmp_path / "omop")
    assert not (tmp_path / "omop").exists()


def test_every_table_is_written_whole() -> None:
    cohort = make_cohort(Source(simulated_table(20, seed=0), "table"), read_cohort_map("simulated"))
    for name, frame in omop_tables(cohort).frames.items():
        assert frame.columns == [column.name for column in tables()[name].columns]
        for column in tables()[name].columns:
            if column.required:
                assert frame[column.name].null_count() == 0, (name, column.name)
            if column.longest is not None and frame.height:
                assert frame[column.name].fill_null("").str.len_chars().max() <= column.longest, column.name
            if column.key:
                assert frame[column.name].is_unique().all(), (name, column.name)


def test_every_code_of_ours_fits_its_column_and_is_read_back() -> None:
    written = [
        (n, v) for n, spec in field_specs().items() for v in (TYPES if spec.kind == "type" else spec.code_list())
    ]
    cut = [(number, f"{name}:{value}"[:LONGEST_CODE]) for number, (name, value) in enumerate(written, 1)]
    known = Concepts([]).with_codes(cut)
    assert [known.table(name).get(number) for number, (name, _) in enumerate(written, 1)] == [v for _, v in written]


def test_a_place_is_kept_where_the_type_is_not_known_or_has_no_code_of_its_own(tmp_path: Path) -> None:
    cohort = Cohort.of_frames(
        pl.DataFrame(
            {
                "id": ["1", "2", "3"],
                "histologic_type": [None, "desmoid-fibromatosis", "leiomyosarcoma"],
                "topography": ["C49.2", "C49.1", "C48.0"],
                "metastases": ["none"] * 3,
                "local_recurrence": [False] * 3,
                "presentation": ["primary"] * 3,
            }
        ),
        pl.DataFrame({"id": ["1", "2", "3"], "months": [487.0 / DAYS_PER_MONTH] * 3, "event": ["last-contact"] * 3}),
        name="ours",
        origin="diagnosis",
    )
    assert write_as(cohort, "omop", tmp_path / "omop") == ()
    same(cohort, make_cohort(open_source(tmp_path / "omop")))
