"""A code is recognised or asked about, a cell is read right or not known and named: the same at every door."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import sarcoma
from sarcoma import models
from sarcoma._tables import read_table
from sarcoma.cli import main as command
from sarcoma.cohort import Cohort, Source, check, cohort_map, describe, make_cohort, open_source, read_cohort_map
from sarcoma.cohort.reading.draft_mapping import draft_of, draft_yaml
from sarcoma.cohort.reading.event_codes import cause_of
from sarcoma.errors import CardError, CohortError, InputError, RecordError
from sarcoma.patient.mapping import own_columns, read_row
from sarcoma.survival import CoxRegression, cumulative_incidence, kaplan_meier

MONTH = 30.4375
MPNST = "malignant-peripheral-nerve-sheath-tumour"


def main(arguments: list[str]) -> None:
    """A command that works."""
    with pytest.raises(SystemExit) as done:
        command(arguments)
    assert done.value.code == 0


def table(tmp_path: Path, text: str, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def drafted(path: Path) -> Cohort:
    """What a draft reads, through the YAML that the command writes."""
    mapping = path.with_suffix(".yaml")
    mapping.write_text(draft_yaml(draft_of(open_source(path), "x")), encoding="utf-8")
    return make_cohort(open_source(path), read_cohort_map(str(mapping)))


def months(cohort: Cohort) -> dict[tuple[str, str], float]:
    return {(i, e): round(m, 6) for i, m, e, *_ in cohort.events.iter_rows()}


def read(columns: dict[str, list[Any]], **changes: Any) -> Cohort:
    """A table of days since the diagnosis, with a cause."""
    mapping = {
        "name": "x",
        "id": "id",
        "origin": {"event": "diagnosis"},
        "fields": {name: name for name in columns if name not in ("id", "died", "seen", "cause")},
        "events": [
            {"event": "death", "column": "died", "unit": "days", "cause": {"column": "cause"}},
            {"event": "last-contact", "column": "seen", "unit": "days"},
        ],
    }
    n = len(columns["id"])
    frame = pl.DataFrame({"died": [None] * n, "seen": ["900"] * n, "cause": [None] * n} | columns, strict=False)
    return make_cohort(Source(frame, "table"), cohort_map(mapping | changes))


# -- 1. event codes and causes


def test_a_draft_shows_a_crude_survival_for_each_reading(tmp_path: Path) -> None:
    path = table(tmp_path, "id,days,status\n" + "\n".join(f"{i},{100 * i},{1 + i % 2}" for i in range(1, 9)))
    (asked,) = draft_of(open_source(path), "x").mapping["unconfirmed"]
    assert [(r["dead"], r["deaths"], r["censored"]) for r in asked["readings"]] == [(["2"], 4, 4), (["1"], 4, 4)]
    # deaths at 100, 300, 500, 700 of 8: 7/8 · 5/6 · 3/4 · 1/2 by 24 months
    assert asked["readings"][0]["alive_after_months"] == {"6": 0.88, "12": 0.73, "24": 0.27}
    assert asked["readings"][1]["alive_after_months"] == {"6": 1.0, "12": 0.86, "24": 0.46}


@pytest.mark.parametrize("column", ["dead", "died"])
def test_truth_in_a_column_of_its_own_kind_is_read(column: str) -> None:
    mapping = {
        "name": "x",
        "id": "id",
        "origin": {"event": "diagnosis"},
        "events": [
            {"event": "death", "when": {column: True}, "column": "days", "unit": "days"},
            {"event": "last-contact", "when": {column: False}, "column": "days", "unit": "days"},
        ],
    }
    for cells in ([True, False], ["TRUE", "false"], ["Yes", "False"]):
        frame = pl.DataFrame({"id": ["a", "b"], column: cells, "days": [365.25, 730.5]})
        found = make_cohort(Source(frame, "table"), cohort_map(mapping))
        assert months(found) == {("a", "death"): 12.0, ("b", "last-contact"): 24.0}, cells


def test_a_coding_turned_round_is_found_and_a_right_one_is_not() -> None:
    status = np.array([2, 2, 1, 2, 2, 1, 2, 2, 1])
    days = np.array([306, 455, 1010, 210, 883, 1022, 310, 361, 965])

    def of(dead: int) -> set[str]:
        ids = [str(i) for i in range(9)]
        events = {
            "id": ids,
            "months": days / MONTH,
            "event": np.where(status == dead, "death", "last-contact").tolist(),
        }
        cohort = Cohort.of_frames(pl.DataFrame({"id": ids}), pl.DataFrame(events), name="x", origin="diagnosis")
        return {f.rule for f in check(cohort).findings}

    assert "coding-turned-round" in of(1)
    assert "coding-turned-round" not in of(2)


@pytest.mark.parametrize(
    ("written", "cause"),
    [
        ("DISEASE PROGRESSION", "sarcoma"),
        ("Sarcoma", "sarcoma"),
        ("dod", "sarcoma"),
        ("Other cause", "other"),
        ("not disease-related", "other"),
        ("treatment related", "other"),
        ("Unknown cause", "unknown"),
        ("not sarcoma", "other"),
        ("sarcoma or other", None),
        ("C49", None),
    ],
)
def test_causes_of_death_are_known_in_any_case_and_others_are_named(written: str, cause: str | None) -> None:
    assert cause_of(written) == cause
    cohort = read({"id": ["a"], "died": ["365.25"], "cause": [written]})
    assert cohort.events.filter(pl.col("event") == "death")["cause"].to_list() == [cause or "unknown"]
    assert sum(r.count for r in cohort.about.unread_cells) == (cause is None)


@pytest.mark.words
def test_a_draft_names_the_causes_that_it_does_not_know(tmp_path: Path) -> None:
    path = table(tmp_path, "id,days,status,cause\na,365.25,dead,DISEASE\nb,100,dead,Zebra\nc,100,alive,\n")
    draft = draft_of(open_source(path), "x")
    assert draft.mapping["events"][0]["cause"]["values"] == {"DISEASE": "sarcoma"}
    assert any("Zebra" in text for text in draft.unsure)


# -- 2. a dated death in any source


def test_a_death_on_the_timeline_of_a_living_patient_counts(tmp_path: Path) -> None:
    for name, text in {
        "pats.txt": "#a\tb\tc\n#Id\tOverall survival in months since initial diagonosis.\tStatus\n#S\tN\tS\n#1\t1\t1\n"
        "PATIENT_ID\tOS_MONTHS\tOS_STATUS\nA\t30\t0:LIVING\nB\t12\t1:DECEASED\n",
        "times.txt": "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSTATUS\nA\t1200\t\tSTATUS\tDeceased\n",
        "meta_study.txt": "cancer_study_identifier: x\nname: X\n",
        "meta_p.txt": "genetic_alteration_type: CLINICAL\ndatatype: PATIENT_ATTRIBUTES\ndata_filename: pats.txt\n",
        "meta_t.txt": "genetic_alteration_type: CLINICAL\ndatatype: TIMELINE\ndata_filename: times.txt\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    expected = {("A", "death"): round(1200 / MONTH, 6), ("A", "last-contact"): 30.0, ("B", "death"): 12.0}
    assert months(make_cohort(open_source(tmp_path))) == expected, "files by their meta files; the portal's misspelling"
    mapping = tmp_path / "m.yaml"
    main(["cohort", "map", str(tmp_path), "--to", str(mapping)])
    assert months(make_cohort(open_source(tmp_path), read_cohort_map(str(mapping)))) == expected


# -- 3. cells


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("42064", "43525"),  # spreadsheets: 2015-03-01, 2019-03-01
        ("01.03.15", "01.03.19"),
        ("01.03.68", "01.03.72"),
        ("01MAR2015", "01MAR2019"),
        ("20150301", "20190301"),
        ("2015-03-01 00:00:00", "2019-03-01T10:30:00Z"),
        ("01.03.2015 08:15", "01.03.2019 23:59:59"),
        ("3/13/2015", "3/13/2019"),
    ],
)
def test_dates_are_read_as_the_days_that_they_are(tmp_path: Path, start: str, end: str) -> None:
    rows = f"patient,age,diagnosed,last_seen,status\na,60,{start},{end},dead\nb,50,{start},{end},alive\n"
    cohort = drafted(table(tmp_path, rows))
    assert months(cohort) == {("a", "death"): 48.0, ("b", "last-contact"): 48.0}
    assert cohort.patients["age_at_origin"].to_list() == [60.0, 50.0]
    assert not cohort.about.unread_cells


def test_numbers_that_may_be_dates_of_sas_are_asked_about(tmp_path: Path) -> None:
    path = table(tmp_path, "patient,diagnosed,last_seen,status\na,20148,21609,dead\nb,16500,18000,alive\n")
    draft = draft_of(open_source(path), "x")
    assert draft.mapping["origin"] == {"event": "diagnosis", "column": "diagnosed", "unit": "sas-date"}
    assert draft.mapping["unconfirmed"][0]["readings"][0]["to"] == "2015-03-01"
    with pytest.raises(CohortError):
        cohort_map(draft.mapping)
    del draft.mapping["unconfirmed"]
    assert months(make_cohort(open_source(path), cohort_map(draft.mapping)))["a", "death"] == 48.0


def test_a_birth_with_two_digits_is_only_read_where_one_century_fits() -> None:
    frame = pl.DataFrame({"id": list("abc"), "born": ["01.03.40", "01.03.20", "01.03.14"], "dx": ["01.03.2015"] * 3})
    mapping = {
        "name": "x",
        "id": "id",
        "origin": {"event": "diagnosis", "column": "dx", "unit": "date", "formats": "%d.%m.%Y"},
        "birth": {"column": "born", "unit": "date", "formats": "%d.%m.%y"},
        "events": [{"event": "last-contact", "column": "seen", "unit": "days"}],
    }
    cohort = make_cohort(Source(frame.with_columns(seen=pl.lit("100")), "table"), cohort_map(mapping))
    ages = cohort.patients["age_at_origin"].to_list()
    assert ages[0] == pytest.approx(75, abs=0.01)
    assert ages[1] == pytest.approx(95, abs=0.01), "2020 comes after the diagnosis"
    assert ages[2] is None, "1 year or 101"
    assert [(r.count, r.ids) for r in cohort.about.unread_cells] == [(1, ("c",))]


@pytest.mark.words
def test_a_draft_that_its_reader_refuses_says_so_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, "patient,start,last_seen,status\na,x,01.03.2019,dead\nb,y,01.03.2018,alive\n")
    draft = draft_of(open_source(path), "x")
    assert "origin: needs a time" in draft.refused
    assert draft.unsure[0].startswith("THIS DRAFT CANNOT BE READ")
    main(["cohort", "map", str(path), "--to", str(tmp_path / "m.yaml")])
    assert "It cannot be read as it is" in capsys.readouterr().out


@pytest.mark.parametrize(
    "token",
    [
        "'--",
        "--",
        "-",
        ".",
        "[Not Available]",
        "[Not Applicable]",
        "Not Reported",
        "NOT REPORTED",
        "<NA>",
        "[Unknown]",
        "n/a",
    ],
)
def test_what_publishers_write_for_not_known_is_not_known_at_every_door(token: str, tmp_path: Path) -> None:
    assert sarcoma.Patient(age=token, type=token, size=token, diagnosis_date=token).age is None
    patient, problems = read_row(own_columns(["age", "site"]), {"age": token, "site": token})
    assert (patient.age, patient.site, problems) == (None, None, [])  # type: ignore[union-attr]
    cohort = read({"id": ["a"], "age": [token], "died": [token], "cause": [token]})
    assert (cohort.patients.columns.count("age"), cohort.about.unread_cells) == (0, ())
    frame = pl.DataFrame({"id": ["a"], "age": [token], "site": [token]})
    made = Cohort.of_frames(frame, cohort.events, name="x", origin="diagnosis")
    assert (made.patients["age"].to_list(), made.about.unread_cells) == ([None], ())


def test_a_decimal_comma_is_one_number_at_every_door_and_a_thousand_is_asked_about(tmp_path: Path) -> None:
    for written, size in (("7,5", 7.5), ("0,125", 0.125), ("12,25", 12.25)):
        assert sarcoma.Patient(size=written).size_cm == size
        patient, _ = read_row(own_columns(["size"]), {"size": written})
        assert patient is not None
        assert patient.size_cm == size
        mapped = {"fields": {"size_cm": {"column": "mm", "unit": "mm"}}}
        assert read({"id": ["a"], "mm": [written]}, **mapped).patients["size_cm"].to_list() == [
            pytest.approx(size / 10)
        ]
        assert months(read({"id": ["a"], "seen": [written]}))["a", "last-contact"] == round(size / MONTH, 6)
    with pytest.raises(RecordError) as caught:
        sarcoma.Patient(size="1,234")
    assert caught.value.problems[0].rule == "decimal-comma"
    cohort = read({"id": ["a"], "size_cm": ["1,234"]})
    assert (len(cohort), "size_cm" in cohort.patients, cohort.about.unread_cells[0].count) == (1, False, 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sep.csv", "sep=;\r\nid;age;size\r\np1;62;7,5\r\n"),
        ("sep.csv", "\ufeffsep=;\nid;age;size\np1;62;7,5\n\n\n"),
        ("blank.csv", 'id,age,size\np1,62,"7,5"\n,,\n\n'),
        ("quoted.tsv", '"id"\t"age"\t"size"\n"p1"\t"62"\t"7.5"\n'),
        ("plain.txt", "id\tage\tsize\np1\t62\t7.5\n\n"),
    ],
)
def test_tables_as_programs_write_them(tmp_path: Path, name: str, text: str) -> None:
    frame = read_table(table(tmp_path, text, name))
    assert (frame.columns, frame.height) == (["id", "age", "size"], 1)
    patient, problems = read_row(own_columns(frame.columns), frame.row(0, named=True))
    assert problems == []
    assert patient is not None
    assert (patient.age, patient.size_cm) == (62, 7.5)


def test_a_quote_within_a_cell_of_a_tab_separated_text_stays(tmp_path: Path) -> None:
    frame = read_table(table(tmp_path, 'id\tnote\tage\n1\t"5 cm\t62\n2\t5" mass\t63\n', "t.tsv"))
    assert frame["note"].to_list() == ['"5 cm', '5" mass']
    assert frame["age"].to_list() == ["62", "63"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_record_is_read_in_every_encoding_of_json(
    tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.json"
    case.write_bytes('{"age": 62, "type": "LMS"}'.encode(encoding))
    main(["outlook", "--file", str(case), "--json"])
    assert json.loads(capsys.readouterr().out)["situation"] == "localised"


def test_a_date_with_a_time_of_day_is_its_day_at_every_door() -> None:
    day = datetime.date(2020, 1, 1)
    for written in (
        "2020-01-01 00:00:00",
        "2020-01-01T23:30:00-08:00",
        "2020-01-01T00:00:00Z",
        datetime.datetime(2020, 1, 1, 23, tzinfo=datetime.UTC),
        pd.Timestamp("2020-01-01 10:00"),
        np.datetime64("2020-01-01T10"),
    ):
        assert sarcoma.Patient(diagnosis_date=written).diagnosis_date == day
        patient, problems = read_row(own_columns(["diagnosis_date"]), {"diagnosis_date": written})
        assert patient is not None
        assert (patient.diagnosis_date, problems) == (day, [])


@pytest.mark.words
def test_special_codes_within_numbers_are_not_known_and_named(tmp_path: Path) -> None:
    rows = [("70", "400"), ("55", "800"), ("999", "900"), ("120", "9999"), ("80", "300")]
    text = "id,size_mm,days,status\n" + "\n".join(f"{i},{s},{d},dead" for i, (s, d) in enumerate(rows))
    path = table(tmp_path, text)
    assert sum("stand apart" in t for t in draft_of(open_source(path), "x").unsure) == 2
    cohort = drafted(path)
    assert cohort.patients["size_cm"].to_list() == [7.0, 5.5, None, 8.0]
    assert [(r.kind, r.ids) for r in cohort.about.refused] == [("death-without-time", ("3",))]
    unasked = read({"id": ["a"], "mm": ["999"]}, fields={"size_cm": {"column": "mm", "unit": "mm"}})
    assert "size_cm" not in unasked.patients, "99.9 cm is no size"
    assert unasked.about.unread_cells[0].count == 1


def test_an_age_and_a_follow_up_that_no_one_reaches_are_refused() -> None:
    cohort = read({"id": ["a", "b"], "age": ["62", "62"], "seen": ["42064", "900"]})
    assert cohort.patients["id"].to_list() == ["b"]
    assert [r.ids for r in cohort.about.refused] == [("a",)]


# -- 4. doors in Python


PEOPLE = {"id": ["1", "2", "3"], "age": [50.0, None, 130.0], "sex": ["F", "female", None]}
EVENTS = {"id": ["1", "2", "3"], "months": [12.0, 24.0, 3.0], "event": ["death", "last-contact", "death"]}


def test_frames_are_checked_as_files_are() -> None:
    people = pd.DataFrame(PEOPLE).astype({"age": "Int64", "sex": "category"})
    events = pd.DataFrame(EVENTS).astype({"event": "category", "months": "Float64"})
    for a, b in ((people, events), (pl.DataFrame(PEOPLE), pl.DataFrame(EVENTS))):
        cohort = Cohort.of_frames(a, b, name="x", origin="diagnosis")
        assert cohort.patients["age"].to_list() == [50.0, None, None]
        assert cohort.patients["sex"].to_list() == ["female", "female", None]
        assert [(r.count, r.ids) for r in cohort.about.unread_cells] == [(1, ("3",))]
    whole = Cohort.of_frames(
        people.assign(id=[1, 2, 3]), events.assign(id=[1.0, 2.0, 3.0]), name="x", origin="diagnosis"
    )
    assert whole.patients["id"].to_list() == ["1", "2", "3"]


def test_lengths_of_time_become_months_and_dates_are_refused() -> None:
    people, events = pd.DataFrame(PEOPLE), pd.DataFrame(EVENTS)
    days = np.array(EVENTS["months"]) * MONTH
    for timed in (
        events.assign(months=pd.to_timedelta(days, unit="D")),
        pl.DataFrame(EVENTS | {"months": [datetime.timedelta(days=d) for d in days]}),
    ):
        cohort = Cohort.of_frames(people, timed, name="x", origin="diagnosis")
        assert cohort.events["months"].to_list() == pytest.approx(EVENTS["months"], abs=1e-9)
    with pytest.raises(CohortError):
        Cohort.of_frames(people, events.assign(months=pd.Timestamp("2020-01-01")), name="x", origin="diagnosis")


@pytest.mark.parametrize(
    ("people", "events"),
    [
        ({"sex": ["male"] * 3, "site": ["uterus"] * 3}, {}),
        ({"age": [100.0, 50.0, 50.0]}, {"months": [500.0, 24.0, 3.0]}),
        ({}, {"months": [1500.0, 24.0, 3.0]}),
        ({}, {"months": [-5.0, 24.0, 3.0]}),
        ({"age": [True, False, True]}, {}),
        ({"age": [datetime.timedelta(days=9)] * 3}, {}),
    ],
)
def test_frames_that_no_file_would_give_are_refused_without_a_value(people: Any, events: Any) -> None:
    with pytest.raises(CohortError) as refused:
        Cohort.of_frames(pl.DataFrame(PEOPLE | people), pl.DataFrame(EVENTS | events), name="x", origin="diagnosis")
    assert not any(str(value) in str(refused.value) for value in ("1500", "500.0", "-5", "100.0"))


def test_scalars_of_other_libraries_are_their_twins() -> None:
    given = sarcoma.Patient(
        age=np.float32(62.5),
        grade=np.int64(3),
        size=np.float64(7),
        multifocal=np.bool_(False),
        type=np.str_("LMS"),
        foci=np.int8(1),
        depth=pd.NA,
        necrosis=pd.NaT,
        diagnosis_date=np.datetime64("2020-03-01"),
        surgery="resected",
        surgery_months=pd.Timestamp("2020-04-01"),
    )
    twin = sarcoma.Patient(
        age=62.5,
        grade=3,
        size=7,
        multifocal=False,
        type="LMS",
        foci=1,
        diagnosis_date="2020-03-01",
        surgery="resected",
        surgery_months="2020-04-01",
    )
    assert given.model_dump(exclude_none=True) == twin.model_dump(exclude_none=True)


RECORD = {
    "age": 62,
    "type": "LMS",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "surgery": "resected",
}


def test_mappings_and_ids_of_cards_are_taken_or_it_is_said_what_to_pass() -> None:
    patient = sarcoma.Patient(**RECORD)
    of_id = models.predict("kattan-2002", RECORD)
    assert of_id.low.tolist() == models.predict(models.card("kattan-2002"), patient).low.tolist()
    assert models.predict("kattan-2002", [RECORD, patient]).low[:, -1].tolist() == [of_id.low[0, -1]] * 2
    assert sarcoma.outlook_of(RECORD).situation == sarcoma.outlook_of(patient).situation == "localised"
    for wrong in (pd.DataFrame({"age": [62]}), ["age"], "secret", 5):
        with pytest.raises(CardError) as refused:
            models.predict("kattan-2002", wrong)  # type: ignore[arg-type]
        assert "secret" not in str(refused.value)
    for nothing in ("secret", {"age": "secret"}):
        with pytest.raises(RecordError) as said:
            sarcoma.outlook_of(nothing)  # type: ignore[arg-type]
        assert "secret" not in str(said.value)


def test_series_in_another_order_are_an_error_and_never_taken_row_by_row() -> None:
    end, event = pd.Series([5.0, 8.0, 12.0, 3.0]), pd.Series([1, 0, 1, 1])
    x = pd.DataFrame({"a": [1.0, 0.0, 2.0, 1.0]})
    assert kaplan_meier(end, event).survival.shape == (1, 4)
    for argument, call in {
        "event": lambda: kaplan_meier(end, event.iloc[::-1]),
        "cause": lambda: cumulative_incidence(end, event.sample(frac=1, random_state=1)),
        "exit": lambda: CoxRegression().fit(x.iloc[::-1], end, event),
    }.items():
        with pytest.raises(InputError) as refused:
            call()
        assert refused.value.argument == argument
    assert kaplan_meier(end, event.set_axis(list("abcd"))).survival.shape == (1, 4)


@pytest.mark.parametrize(
    "times",
    [
        pd.to_timedelta([5, 8, 12], unit="D"),
        pd.Series(pd.to_timedelta([5, 8, 12], unit="D")),
        np.array([5, 8, 12], dtype="timedelta64[D]"),
        pl.Series([datetime.timedelta(days=d) for d in (5, 8, 12)]),
        [datetime.timedelta(days=d) for d in (5, 8, 12)],
        np.array(["2020-01-01"] * 3, dtype="datetime64[D]"),
    ],
)
def test_times_with_a_unit_of_their_own_are_never_taken_as_nanoseconds(times: Any) -> None:
    with pytest.raises(InputError) as refused:
        kaplan_meier(times, [1, 0, 1])
    assert refused.value.argument == "exit"


# -- 5. diagnoses


def test_what_is_no_sarcoma_is_refused_by_reason_and_what_is_not_recognised_is_a_group_of_its_own() -> None:
    types = ["8850/0", "melanoma", "lipoma", "8140/3", "Zebra tumour", "9540/3", "9136/1", "LMS", "9260/3", "8840/0"]
    ids = [str(i) for i in range(len(types))]
    cohort = read({"id": ids, "histologic_type": types})
    assert cohort.patients["histologic_type"].to_list() == [None, MPNST, None, "leiomyosarcoma", "ewing-sarcoma"]
    outside = [r for r in cohort.about.refused if r.kind == "out-of-scope"]
    assert sorted(i for r in outside for i in r.ids) == ["0", "1", "2", "3", "9"]
    assert sorted(r.count for r in outside) == [1, 1, 3]
    first = check(cohort).findings[0]
    assert (first.rule, first.count, first.ids) == ("type-not-recognised", 1, ("4",))
    left_out = read({"id": ids, "histologic_type": types}, known_types_only=True)
    assert [r.ids for r in left_out.about.refused if r.kind == "type-not-recognised"] == [("4",)]
    assert left_out.patients["id"].to_list() == ["5", "6", "7", "8"]


def test_one_option_leaves_out_what_is_not_recognised(tmp_path: Path) -> None:
    path = table(tmp_path, "id,histology,days,status\na,LMS,100,dead\nb,Zebra,100,dead\n")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(draft_yaml(draft_of(open_source(path), "x")), encoding="utf-8")
    for options, kept in (([], 2), (["--known-types-only"], 1)):
        to = tmp_path / f"cohort{kept}"
        main(["cohort", "read", str(path), "--mapping", str(mapping), "--to", str(to), *options])
        assert len(Cohort.open(to)) == kept


def test_a_site_of_bone_with_a_type_of_soft_tissue_is_found() -> None:
    cohort = read(
        {
            "id": ["a", "b", "c"],
            "topography": ["C40.2", "C40.2", "C49.2"],
            "histologic_type": ["LMS", "chondrosarcoma", "LMS"],
        }
    )
    found = next(f for f in check(cohort).findings if f.rule == "bone-site")
    assert (found.count, found.of, found.ids) == (1, 3, ("a",))


# -- 6. numbers of nothing


def test_nothing_is_said_of_survival_where_no_death_is_recorded() -> None:
    ids = [str(i) for i in range(120)]
    events = pl.DataFrame({"id": ids, "months": [90.0] * 120, "event": ["last-contact"] * 120})
    said = describe(Cohort.of_frames(pl.DataFrame({"id": ids}), events, name="x", origin="diagnosis"))
    assert not {"survival", "after-metastasis", "conditional", "course"} & {s.key for s in said.sections}
    assert not any(v.kind == "survival" for s in said.sections for v in s.values)
    assert len(said.unanswered) >= 4
