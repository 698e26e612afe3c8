"""From a registry's files to a cohort: rows in = rows used + rows refused, and every value where it belongs."""

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarcoma._files import read_yaml
from sarcoma.cli import main
from sarcoma.cohort import (
    PLANS,
    Cohort,
    Place,
    Source,
    cohort_map,
    make_cohort,
    open_source,
    read_cohort_map,
    read_histories,
)
from sarcoma.cohort.reading.draft_mapping import draft_mapping, draft_yaml
from sarcoma.cohort.reading.times import TimeMap, read_time
from sarcoma.errors import CohortError, SarcomaError, TableError

MONTH = 30.4375


def events_of(cohort: Cohort, who: str) -> dict[str, float | None]:
    rows = cohort.events.filter(pl.col("id") == who)
    return dict(rows.select("event", "months").iter_rows())


def test_values_land_where_they_belong(registry: Any) -> None:
    cohort = registry.read()
    assert (cohort.about.rows_in, cohort.about.rows_used, cohort.about.rows_refused) == (5, 5, 0)
    a = cohort.patients.row(0, named=True)
    assert (a["id"], a["age"], a["sex"], a["histologic_type"], a["size_cm"], a["grade"], a["centre"]) == (
        "a", 60.0, "female", "leiomyosarcoma", 7.0, "3", "A",
    )  # fmt: skip
    assert events_of(cohort, "a") == {"metastasis": pytest.approx(365 / MONTH), "death": pytest.approx(1096 / MONTH)}
    assert cohort.events.filter(pl.col("event") == "death")["cause"].to_list() == ["sarcoma", "other"]
    assert cohort.patients["age"].to_list()[2] is None
    assert {(r.reason.split(":")[0], r.count) for r in cohort.about.unread_cells} == {
        ("age", 1),
        ("histologic_type", 1),
    }
    # what was there at the origin is in the record; what came later only among the events
    assert cohort.patients["metastases"].to_list() == ["none", "none", "none", "liver@0", "none"]


@pytest.mark.words
def test_every_refusal_is_counted_by_reason(registry: Any) -> None:
    more = (
        ",A,60,F,LMS,70,G3,2015-01-01,2018-01-01,dead,sts,,,",
        "a,A,61,F,LMS,70,G3,2015-01-01,2018-01-01,dead,sts,,,",
        "f,A,60,F,LMS,70,G3,,2018-01-01,dead,sts,,,",
        "g,A,60,F,LMS,70,G3,2015-01-01,,dead,sts,,,",
        "h,A,60,F,LMS,70,G3,2015-01-01,2014-01-01,alive,,,,",
        "i,A,60,F,LMS,70,G3,2015-01-01,01.02.2016,alive,,,,",
        "j,A,60,F,GIST,70,G3,2015-01-01,2016-01-01,alive,,,,",
    )
    about = registry.read(registry.rows + more).about
    assert about.rows_in == len(registry.rows) + len(more) == about.rows_used + about.rows_refused
    reasons = {r.reason.split(":")[0].split(" (")[0]: r.count for r in about.refused}
    assert reasons["has no id"] == reasons["its id stood in an earlier row"] == 1
    assert reasons["the time of the origin"] == 1
    assert reasons["neither death nor last contact has a time"] == 1
    assert reasons["died, but when is not known"] == 1
    assert reasons["follow-up ends before the origin of time"] == 1
    assert reasons["histologic_type"] == 1
    assert all("2016" not in r.reason for r in (*about.refused, *about.unread_cells)), "no cell is quoted"


@pytest.mark.words
def test_a_cohort_survives_being_written_and_read(tmp_path: Path, registry: Any) -> None:
    cohort = registry.read()
    cohort.write(tmp_path / "cohort")
    again = Cohort.open(tmp_path / "cohort")
    assert again.patients.equals(cohort.patients)
    assert again.events.equals(cohort.events)
    assert again.about == cohort.about
    assert again.records.column("metastatic_at_diagnosis").known().all()
    assert "a" not in repr(again).split("patients=")[1]


@pytest.mark.words
def test_any_frame_makes_a_cohort() -> None:
    patients = pd.DataFrame({"id": ["1", "2"], "age": [50.0, 60.0]})
    events = pd.DataFrame({"id": ["1", "2"], "months": [12.0, 30.0], "event": ["death", "last-contact"]})
    cohort = Cohort.of_frames(patients, events, name="two", origin="diagnosis")
    assert len(cohort) == 2
    for bad, message in (
        (events.assign(event="died"), "event must be one of"),
        (events.assign(id=["1", "3"]), "1 rows have an id"),
        (events.assign(months=[float("inf"), 1.0]), "months must be numbers"),
        (events.drop(columns="event"), "no column event"),
    ):
        with pytest.raises(CohortError, match=message):
            Cohort.of_frames(patients, bad, name="two", origin="diagnosis")
    with pytest.raises(CohortError, match="stands twice"):
        Cohort.of_frames(patients.assign(id="1"), events, name="two", origin="diagnosis")
    with pytest.raises(CohortError, match="no field of the record"):
        Cohort.of_frames(patients.assign(shoe_size=44), events, name="two", origin="diagnosis")


# -- times


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2025, 12, 31)))
def test_a_date_is_the_same_in_every_format_that_is_named(day: datetime.date) -> None:
    formats = ("%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y")
    months = {
        read_time(TimeMap(columns=("t",), unit="date", formats=(f,)), {"t": day.strftime(f)}, ()) for f in formats
    }
    months.add(read_time(TimeMap(columns=("t",), unit="date"), {"t": day.isoformat()}, ()))
    months.add(read_time(TimeMap(columns=("t",), unit="date"), {"t": day}, ()))
    assert len(months) == 1


@pytest.mark.words
def test_units_and_what_they_run_from() -> None:
    def months(cell: str, **keys: object) -> float | None:
        return read_time(TimeMap.model_validate({"column": "t", **keys}), {"t": cell, "start": "50"}, ())

    assert months("365.25", unit="days") == pytest.approx(12)
    assert months("2", unit="years") == 24
    assert months("60.5", unit="age") == pytest.approx(726)
    assert months("12", unit="months", since={"column": "start", "unit": "age"}) == pytest.approx(612)
    assert months("90", unit="age", capped_at=90) is None
    assert months("", unit="days") is None
    for cell, unit, message in (
        ("14.03.2015", "date", "a date is needed"),
        ("2015-02-30", "date", "a date is needed"),
        ("1800-01-01", "date", "between 1900 and 2100"),
        ("a while", "months", "a number is needed"),
        ("99999", "months", "is the unit right"),
        ("150", "age", "0 to 120"),
        ("2099-12-31", "date", "has not come yet"),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            months(cell, unit=unit)
        assert cell not in str(caught.value)


@pytest.mark.words
def test_a_date_that_reads_as_two_days_is_not_guessed() -> None:
    def months(cell: str, *formats: str) -> float | None:
        return read_time(TimeMap(columns=("t",), unit="date", formats=formats), {"t": cell}, ())

    both = ("%d/%m/%Y", "%m/%d/%Y")
    assert months("25/03/2015", *both) == months("03/25/2015", *both) == months("2015-03-25", *both, "%Y-%m-%d")
    with pytest.raises(ValueError, match="another day by each of"):
        months("04/03/2015", *both)
    assert months("04/04/2015", *both) is not None


@pytest.mark.words
def test_ids_are_one_person_s_however_they_are_stored() -> None:
    mapping = cohort_map(
        {
            "name": "ids",
            "id": "id",
            "origin": {"event": "diagnosis"},
            "events": [
                {"event": "death", "column": "died", "unit": "days"},
                {
                    "event": "metastasis",
                    "table": "spread",
                    "when": {"kind": "distant"},
                    "column": "day",
                    "unit": "days",
                },
            ],
        }
    )
    long = "x" * 300
    main = pl.DataFrame({"id": ["1", "2", "NA", None, "-", long, long + "1"], "died": ["900"] * 7})
    spread = pl.DataFrame({"id": [1.0, 1.0, 3.0, 3.0], "kind": ["distant", "new primary"] * 2, "day": ["30"] * 4})
    cohort = make_cohort(Source(main, "table", {"spread": spread}), mapping)
    assert cohort.patients["id"].to_list() == ["1", "2", "-"]
    assert events_of(cohort, "1")["metastasis"] == pytest.approx(30 / MONTH)
    assert {r.reason: r.count for r in cohort.about.refused} == {
        "has no id": 2,
        "its id is longer than 200 characters": 2,
    }
    assert {r.reason: r.count for r in cohort.about.unread_cells} == {
        "table spread: rows of an id that the main table does not have": 2,
        "table spread: rows that are no event of the mapping": 1,
    }
    numbers = main.with_columns(pl.Series("id", [1.0, 2.0, None, float("nan"), 4.0, 5.0, 6.0]))
    assert make_cohort(Source(numbers, "table", {"spread": spread}), mapping).about.refused[0].count == 2


@pytest.mark.words
def test_delayed_entry_and_ages(tmp_path: Path) -> None:
    mapping = cohort_map(
        {
            "name": "ages",
            "id": "id",
            "origin": {"event": "first-metastasis", "column": "met", "unit": "age"},
            "entry": {"column": "seen", "unit": "age"},
            "events": [
                {"event": "death", "column": "died", "unit": "age"},
                {"event": "last-contact", "column": "alive", "unit": "age"},
                {"event": "metastasis", "column": "met", "unit": "age"},
            ],
        }
    )
    table = tmp_path / "t.csv"
    table.write_text("id,met,seen,died,alive\n1,60,61,63,\n2,60,59,,64\n3,60,62,61,\n4,60,,61,\n")
    cohort = make_cohort(open_source(table), mapping)
    assert events_of(cohort, "1") == {"metastasis": 0.0, "entry": 12.0, "death": 36.0}
    assert events_of(cohort, "2") == {"entry": -12.0, "metastasis": 0.0, "last-contact": 48.0}
    assert {r.reason: r.count for r in cohort.about.refused} == {
        "observation begins when follow-up has ended, so there is no time at risk": 1,
        "the time of entry is not known": 1,
    }
    assert cohort.patients["age_at_origin"].to_list() == [60.0, 60.0]


# -- mappings


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": []}, "nobody's follow-up"),
        ({"events": [{"event": "death"}]}, "at"),
        ({"events": [{"event": "death", "column": "d", "unit": "age"}]}, "origin: needs a time"),
        ({"events": [{"event": "death", "column": "d", "unit": "moons"}]}, "unit"),
        ({"events": [{"event": "death", "column": "d", "unit": "days", "organ": "x"}]}, "death has no organ"),
        ({"fields": {"shoe": "x"}}, "no field of the record"),
        ({"origin": {"event": "birth"}}, "origin"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_mapping_says_where(change: dict[str, object], message: str) -> None:
    right = {
        "name": "x",
        "id": "id",
        "origin": {"event": "diagnosis"},
        "events": [{"event": "death", "column": "d", "unit": "days"}],
    }
    cohort_map(right)
    with pytest.raises(CohortError, match=message):
        cohort_map(right | change)


@pytest.mark.words
def test_a_missing_column_is_named(registry: Any) -> None:
    rows = tuple(",".join(row.split(",")[:-2]) for row in registry.rows)
    with pytest.raises(CohortError, match="does not have: organ, lr"):
        registry.read(rows, ",".join(registry.header.split(",")[:-2]))


def test_a_draft_reads_what_it_was_drafted_from(tmp_path: Path) -> None:
    table = tmp_path / "registry.csv"
    rows = [
        f"{i},{'FM'[i % 2]},{'LMS' if i % 3 else 'UPS'},{50 + i},{i % 28 + 1:02d}.03.2015,"
        f"{'dead' if i % 2 else 'alive'},01.0{i % 9 + 1}.2018,{'01.02.2016' if i % 4 == 0 else ''},Hospital {i % 2}"
        for i in range(20)
    ]
    header = "Patient No,Sex,Histology,tumour size (mm),Date of diagnosis,Vital status,Date of last follow-up"
    table.write_text("\n".join([f"{header},Date of distant metastasis,Hospital", *rows]))
    draft = draft_mapping(open_source(table).main, "registry")
    (tmp_path / "draft.yaml").write_text(draft_yaml(draft), encoding="utf-8")
    cohort = make_cohort(open_source(table), read_cohort_map(str(tmp_path / "draft.yaml")))
    assert (len(cohort), cohort.about.unread_cells) == (20, ())
    counts = dict(cohort.events["event"].value_counts().iter_rows())
    assert counts == {"death": 10, "last-contact": 10, "metastasis": 5}
    assert cohort.patients["size_cm"].to_list()[0] == 5.0
    assert any("Vital status" in text for text in draft.unsure)


def test_a_draft_knows_dates_by_their_values_and_ages_are_no_follow_up() -> None:
    frame = pl.DataFrame(
        {
            "id": ["1", "2", "3"],
            "age": ["60", "61", "62"],
            "dx": ["2015-01-02", "13.01.2015", "03.01.2015"],
            "last": ["2018-01-02", "2018-01-03", "2018-01-04"],
            "status": ["dead", "dead", "dead"],
        }
    )
    draft = draft_mapping(frame, "registry")
    assert draft.mapping["origin"]["column"] == "dx"
    assert [(e["event"], e["column"]) for e in draft.mapping["events"]] == [("death", "last")]
    assert any("no one format fits every date" in text for text in draft.unsure)
    assert draft_yaml(draft).startswith("# A first draft")
    assert make_cohort(Source(frame, "table"), cohort_map(draft.mapping)).about.rows_in == 3


# -- hostile and broken files


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"id,age\n", "no row under the header"),
        (b"id,id\n1,2\n", "same name"),
        (b"id;age\n1;\xfc\n", "UTF-8"),
        ("id,age\n1,2\n".encode("utf-16"), "UTF-8"),
        (b"id,age\n1,2\n1,2,3\n", "line 3 has 3 cells where 2"),
        (",".join(f"c{i}" for i in range(2_000_000)).encode() + b"\n", "more than 10,000 columns"),
        (b'id,age\n"1,2\n', "cells"),
    ],
)
def test_a_broken_table_is_refused_clearly(tmp_path: Path, content: bytes, message: str) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(content)
    with pytest.raises(TableError, match=message):
        open_source(table)


def test_a_spreadsheet_is_read_and_no_formula_is_run(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.xlsx"
    rows = {"id": ["1", "2"], "age": [50, 61.5], "when": ["=1+1", "2015-01-01"]}
    pd.DataFrame(rows).to_excel(sheet, index=False, engine="openpyxl")
    assert open_source(sheet).main.rows() == [("1", "50", None), ("2", "61.5", "2015-01-01")]
    sheet.write_text("not a spreadsheet")
    with pytest.raises(TableError, match="not a spreadsheet that can be read"):
        open_source(sheet)


def packed(path: Path, cells: bytes) -> Path:
    """A spreadsheet with something more in its first sheet."""
    pd.DataFrame({"id": ["1"], "age": [50]}).to_excel(path, index=False)
    with zipfile.ZipFile(path) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in contents.items():
            more = content.replace(b"</sheetData>", cells + b"</sheetData>") if "sheet1" in name else content
            parts.writestr(name, more)
    return path


def test_a_bomb_of_a_spreadsheet_is_refused_before_it_is_expanded(tmp_path: Path) -> None:
    text = b"<row r='3'><c r='A3' t='inlineStr'><is><t>" + b"A" * 120_000_000 + b"</t></is></c></row>"
    bomb = packed(tmp_path / "bomb.xlsx", text)
    with pytest.raises(TableError, match="unpacks to far more"):
        open_source(bomb)
    raw = bytearray(bomb.read_bytes())  # one that says it is small
    at = raw.rfind(b"PK\x01\x02")
    while at >= 0:
        raw[at + 24 : at + 28] = (2000).to_bytes(4, "little")
        at = raw.rfind(b"PK\x01\x02", 0, at)
    bomb.write_bytes(raw)
    with pytest.raises(TableError, match="unpacks to far more"):
        open_source(bomb)


@pytest.mark.parametrize(
    ("where", "message"), [("XFD1048576", "more than 10,000 columns"), ("ZZ1048576", "its last row and column lie so")]
)
def test_one_cell_far_out_does_not_fill_the_memory(tmp_path: Path, where: str, message: str) -> None:
    digits = where.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    cell = f"<row r='{digits}'><c r='{where}'><v>1</v></c></row>".encode()
    with pytest.raises(TableError, match=message):
        open_source(packed(tmp_path / "far.xlsx", cell))


def test_a_parquet_file_of_more_rows_than_memory_holds_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "rows.parquet"
    columns = {f"c{i}": pl.lit(None) for i in range(30)}
    pl.select(id=pl.repeat(1, 40_000_000, dtype=pl.Int8)).lazy().with_columns(**columns).sink_parquet(table)
    with pytest.raises(TableError, match="more than 1,000,000,000 cells"):
        open_source(table)
    table.write_bytes(table.read_bytes()[:100])
    with pytest.raises(TableError, match="not a table that can be read"):
        open_source(table)


def test_a_title_may_hold_the_delimiter(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text('id;"size, in cm";age, at diagnosis\n1;7,5;60\n')
    assert open_source(table).main.columns == ["id", "size, in cm", "age, at diagnosis"]


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{k + 1}: &a{k + 1} [{','.join([f'*a{k}'] * 9)}]\n" for k in range(9)
)


@pytest.mark.parametrize(
    "text", [BOMB, "[" * 100_000, "a: *nobody", "a: &a [*a]", "!!python/object/apply:os.getcwd []"]
)
def test_a_mapping_that_is_a_bomb_is_refused_at_once(tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text)
    with pytest.raises(CohortError):
        read_cohort_map(str(mapping))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_does_not_matter(registry: Any, delimiter: str) -> None:
    rows = tuple(row.replace(",", delimiter) for row in registry.rows)
    assert len(registry.read(rows, registry.header.replace(",", delimiter))) == len(rows)


CELLS = st.one_of(
    st.sampled_from(
        ["", "NA", "dead", "alive", "2015-01-01", "31.12.2015", "=1+1", "999", "-1", "1e309", "G3", "LMS", "\x00"]
    ),
    st.text(max_size=12),
)


@pytest.mark.words
@given(rows=st.lists(st.lists(CELLS, min_size=14, max_size=14), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_table_makes_it_crash_or_lose_a_row(registry: Any, rows: list[list[str]]) -> None:
    names = registry.header.split(",")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    frame = pl.DataFrame(columns, schema_overrides=dict.fromkeys(names, pl.String))
    try:
        about = make_cohort(Source(frame, "table"), cohort_map(read_yaml(registry.text, "mapping"))).about
    except SarcomaError as error:
        assert "none of the" in str(error)
    else:
        assert about.rows_in == len(rows) == about.rows_used + about.rows_refused


# -- the command line


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    shown = capsys.readouterr()
    return int(stopped.value.code or 0), shown.out, shown.err


@pytest.mark.words
def test_commands_from_table_to_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, folder = str(tmp_path / "r.csv"), str(tmp_path / "cohort")
    assert run(capsys, "cohort", "simulate", "--patients", "300", "--to", table)[0] == 0
    code, out, _ = run(capsys, "cohort", "read", table, "--mapping", "simulated", "--to", folder, "--json")
    read_in = json.loads(out)
    assert (code, read_in["rows_in"], read_in["rows_used"]) == (0, 300, 300)
    assert set(read_histories(folder)["course"]) == set(PLANS)
    _, out, _ = run(capsys, "cohort", "read", table, "--mapping", "simulated", "--to", folder, "--force")
    assert all(file.name in out for file in Path(folder).iterdir()), "every file that was written is named"
    code, out, _ = run(capsys, "cohort", "check", folder, "--to", str(tmp_path / "checks.html"), "--json")
    assert code == 0
    assert json.loads(out)["patients"] == 300
    code, out, _ = run(capsys, "cohort", "describe", folder, "--to", str(tmp_path / "page.html"), "--json")
    assert code == 0
    assert json.loads(out)["sections"]
    for page in ("checks.html", "page.html"):
        html = (tmp_path / page).read_text(encoding="utf-8")
        assert "http" not in html.replace("http://www.w3.org/2000/svg", ""), "nothing from elsewhere"
        assert "<script" not in html
    code, out, _ = run(capsys, "cohort", "map", table)
    assert code == 0
    assert out.startswith("# A first draft")
    code, _, err = run(capsys, "cohort", "describe", str(tmp_path / "nowhere"))
    assert (code, "sarcoma cohort read" in err) == (2, True)
    code, _, err = run(capsys, "cohort", "read", table, "--to", str(tmp_path / "another"))
    assert (code, "--mapping" in err) == (2, True)


# -- the two public sources


def test_tcga(shared: Callable[[str], Path]) -> None:
    cohort = make_cohort(open_source(shared("tcga_sarc")))
    about = cohort.about
    assert about.rows_in == 261 == about.rows_used + about.rows_refused
    first = cohort.events.filter(pl.col("event") == "metastasis").group_by("id").agg(pl.col("months").min())
    assert first.height == 90
    disagreement = {d.what: d for d in about.disagreements}
    assert disagreement["histologic_type"].differ == 20
    assert {"kept.type on the form", "kept.type in the review"} <= set(cohort.patients.columns)
    new = cohort.events.filter((pl.col("event") == "metastasis") & (pl.col("organ") == "lung"))
    assert new["id"].n_unique() >= 59


def test_msk_met(shared: Callable[[str], Path]) -> None:
    cohort = make_cohort(open_source(shared("msk_met_sts")))
    about = cohort.about
    assert about.rows_in == 492 == about.rows_used + about.rows_refused
    assert "ODC Open Database License" in (about.licence or "")
    assert not {"MET_COUNT", "MET_SITE_COUNT"} & set(cohort.patients.columns)


# -- places


@pytest.mark.words
def test_an_address_that_no_reader_takes_and_one_with_a_password_are_refused_and_it_is_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for address, sentence in (
        ("mysql://someone:secret@host/registry", "no reader for this address"),
        ("postgresql://someone:secret@host/registry", "the address holds a password"),
    ):
        with pytest.raises(CohortError, match=sentence) as caught:
            open_source(address)
        assert "secret" not in f"{caught.value}{Place.of(address)!r}"
        for command in (("map", address), ("read", address, "--mapping", "simulated", "--to", str(tmp_path / "c"))):
            code, _, err = run(capsys, "cohort", *command)
            assert (code, err.count("\n"), "secret" in err) == (2, 1, False)
    assert (Place.of("C:\\table.csv").address, Place.of("a/b.csv").path) == (None, Path("a/b.csv"))


@pytest.mark.words
def test_a_source_says_what_was_found(tmp_path: Path, registry: Any, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "r.csv"
    table.write_text("\n".join((registry.header, *registry.rows)))
    source = open_source(table)
    assert [(part.name, part.rows, len(part.columns)) for part in source.contents] == [("patients", 5, 14)]
    assert repr(source) == "Source('table', patients=5)"
    (tmp_path / "m.yaml").write_text(registry.text)
    arguments = ("cohort", "read", str(table), "--mapping", str(tmp_path / "m.yaml"), "--to", str(tmp_path / "c"))
    assert "Found: table (patients, 5 rows)." in run(capsys, *arguments)[1]
    assert json.loads(run(capsys, *arguments, "--json", "--force")[1])["found"] == {
        "patients": {"rows": 5, "columns": 14}
    }
