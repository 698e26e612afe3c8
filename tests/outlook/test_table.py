"""Tables of records: rows in = rows out + rows refused, with every reason."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarcoma._tables import read_table
from sarcoma.errors import TableError
from sarcoma.outlook.table import table_outlook
from sarcoma.patient.mapping import own_columns, read_mapping
from sarcoma.patient.template import csv_template


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_template_goes_through(tmp_path: Path) -> None:
    result = table_outlook(read_table(write(tmp_path / "t.csv", csv_template())))
    assert (result.account.rows_in, result.account.rows_out, result.account.rows_refused) == (1, 1, 0)
    (row,) = result.frame.to_dicts()
    assert row["kattan-2002.144m"] == pytest.approx(0.5291, abs=5e-5)
    assert row["stage_as_assigned"] == "IIIA"
    assert row["stage"] == "IIIA or IV"


def test_rows_in_are_rows_out_and_rows_refused_with_reasons(tmp_path: Path) -> None:
    text = (
        "pid,age,type,size,grade,surgery,margin\n"
        "a,62,LMS,7,3,resected,R0\n"
        "b,62,GIST,7,3,resected,R0\n"  # out of scope: refused
        "c,old,LMS,7,3,resected,R0\n"  # a cell that cannot be read: left unknown
        "d,62,LMS,7,3,none,R0\n"  # impossible: refused
        "e,,,,,,\n"  # nothing known
    )
    result = table_outlook(read_table(write(tmp_path / "t.csv", text)))
    account = result.account
    assert (account.rows_in, account.rows_out, account.rows_refused) == (5, 3, 2)
    assert {(p.row, p.id, p.field, p.refused) for p in account.problems} == {
        (2, "b", "histologic_type", True),
        (3, "c", "age", False),
        (4, "d", "margin", True),
    }
    assert result.frame["row"].to_list() == [1, 3, 5]
    assert result.frame["kattan-2002.status"].to_list() == ["cannot tell", "cannot tell", "cannot tell"]
    assert "old" not in " ".join(p.problem for p in account.problems)


def test_a_mapping_renames_recodes_converts_and_chooses(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "m.yaml",
        """
name: made up
id: nr
unknown: ["", "9"]
fields:
  age: age_years
  sex: {column: gender, values: {1: male, 2: female}}
  size_cm: {columns: [size_review, size_mm_list], unit: mm, separator: "|", take: largest}
  grade: {columns: [grade_a, grade_b]}
  landmark_months: {column: days, unit: days}
  surgery: {value: resected}
""",
    )
    table = write(
        tmp_path / "t.csv",
        "nr,age_years,gender,size_review,size_mm_list,grade_a,grade_b,days\n"
        "p1,50,2,,33|14|50,9,2,304.375\n"
        "p2,50,1,70,33|x|5,1,2,\n"
        "p3,50,1,,33|x|5,1,2,\n",
    )
    result = table_outlook(read_table(table), read_mapping(str(mapping)))
    assert [p.row for p in result.account.problems] == [3]
    assert result.account.problems[0].field == "size_cm"
    assert result.frame["grade"].to_list() == ["2", "1", "1"]
    assert result.account.rows_out == 3


@pytest.mark.words
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("age\n", "no row"),
        ("age,age\n1,2\n", "same name"),
        ("colour\nred\n", "no field"),
        ("age,size\n1\n1,2,3\n", "cells where 2 are needed"),
    ],
)
def test_broken_tables_are_refused_clearly(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=words):
        table_outlook(read_table(write(tmp_path / "t.csv", text)))


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"PK\x03\x04zip", b"\xff\xfea\x00", b"age\n\xff\xfe\n", b"PAR1"])
def test_files_that_are_no_tables_are_refused_clearly(content: bytes, tmp_path: Path) -> None:
    for name in ("t.csv", "t.parquet"):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(TableError):
            table_outlook(read_table(path))


@pytest.mark.parametrize(
    "text",
    [
        "fields: {age: {column: a, values: {}, bogus: 1}}\nname: x\n",
        "name: x\nfields: {agee: a}\n",
        "name: x\nfields: {age: {column: a, unit: furlongs}}\n",
        "name: x\nfields: {age: {}}\n",
        "a: &a [*a]\n",
        "!!python/object/apply:os.system ['true']\n",
        "{" * 2000,
        "- 1\n",
        "name: x\nname: y\nfields: {age: a}\n",
        "\x00",
    ],
)
def test_hostile_mappings_are_refused_clearly(text: str, tmp_path: Path) -> None:
    with pytest.raises(TableError):
        read_mapping(str(write(tmp_path / "m.yaml", text)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=20), min_size=7, max_size=7)
)
def test_any_cells_at_all_are_read_or_accounted_for(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "type", "site", "size", "grade", "metastasis", "surgery"])
        writer.writerow(cells)
    try:
        account = table_outlook(read_table(path)).account
    except TableError:
        return
    assert account.rows_in == account.rows_out + account.rows_refused


def test_the_command_writes_outlooks_and_an_account(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "id,age,type,site,size,depth,grade,surgery\n=1+1,62,LMS,leg,x,deep,3,resected\n")
    command = [
        sys.executable,
        "-m",
        "sarcoma",
        "outlook",
        "--table",
        str(table),
        "--out",
        str(tmp_path / "o.parquet"),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)
    assert summary["rows_in"] == summary["rows_out"] == 1
    frame = pl.read_parquet(tmp_path / "o.parquet")
    assert frame["kattan-2002.status"].to_list() == ["applies"]
    assert frame["kattan-2002.144m"].to_list() == [None]
    assert frame["kattan-2002.144m.low"][0] < frame["kattan-2002.144m.high"][0]
    (row,) = list(csv.DictReader((tmp_path / "o.account.csv").read_text(encoding="utf-8").splitlines()))
    assert row["field"] == "size_cm"
    assert row["id"].startswith("'=")  # no formula reaches a spreadsheet


def test_all_patients_of_tcga_sarc_are_accounted_for(tcga_table: Path) -> None:
    result = table_outlook(read_table(tcga_table), read_mapping("tcga"))
    account = result.account
    assert account.rows_in == 261
    assert account.rows_in == account.rows_out + account.rows_refused
    assert result.frame.height == account.rows_out
    refused = account.reasons(refused=True)
    assert sum(refused.values()) >= account.rows_refused
    graded = result.frame.filter(~pl.col("grade").str.contains(" or "))
    assert graded.height > 190  # 190 have a reviewed grade; the parts give more
    assert (result.frame["kattan-2002.status"] == "applies").sum() > 150


def test_own_columns_need_at_least_one_field() -> None:
    with pytest.raises(TableError):
        own_columns(["id"])
