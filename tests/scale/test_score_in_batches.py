"""What has no expression runs in batches: mappings, text, dates, courses; and rows come from databases too."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sarcoma.cli import main
from sarcoma.errors import CardError, SarcomaError, TableError
from sarcoma.models import card, cards
from sarcoma.outlook.table import table_outlook
from sarcoma.patient.mapping import TableMap
from sarcoma.scale import batched, score_file
from sarcoma.scale.scored_file import explained

TEXT = pl.DataFrame(
    {
        "nr": ["a", "b", "c", "d", "e", "f"],
        "alter": ["62", "45", "old", "70", "33", "51"],
        "mm": ["70", "120", "55", "999", "40", "88"],
        "art": ["LMS", "UPS", "LMS", "GIST", "synovial sarcoma", "MPNST"],
        "ort": ["thigh", "arm", "retroperitoneum", "thigh", "thigh", "trunk wall"],
        "tiefe": ["deep", "superficial", "deep", "deep", "deep", None],
        "g": ["3", "2", "", "3", "1", "2"],
    }
)
MAPPING = TableMap.model_validate(
    {
        "name": "a registry",
        "id": "nr",
        "fields": {
            "age": "alter",
            "size_cm": {"column": "mm", "unit": "mm"},
            "histologic_type": "art",
            "site": "ort",
            "depth": "tiefe",
            "grade": "g",
            "surgery": {"value": "resected"},
            "presentation": {"value": "primary"},
            "metastases": {"value": "none"},
        },
    }
)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@pytest.mark.parametrize("name", ["kattan-2002", "course-tcga"])
def test_a_mapping_gives_what_the_outlook_of_the_table_gives(
    name: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched, "ROWS", 2)
    source, out = tmp_path / f"people.{suffix}", tmp_path / "scored.parquet"
    (TEXT.write_parquet if suffix == "parquet" else TEXT.write_csv)(source)
    found = score_file(card(name), source, out, mapping=MAPPING)
    wanted = table_outlook(TEXT, MAPPING)
    rows = pl.read_parquet(out)
    assert rows.columns[: TEXT.width] == TEXT.columns
    own = [column for column in rows.columns if column.startswith(f"{name}.")]
    assert own == [column for column in wanted.frame.columns if column.startswith(f"{name}.")]
    assert_frame_equal(rows.select("nr", *own), wanted.frame.select(pl.col("id").alias("nr"), *own), abs_tol=1e-12)
    account = found.account
    assert (account.rows_in, account.rows_out) == (wanted.account.rows_in, wanted.account.rows_out)
    assert account.refused_because == wanted.account.reasons(refused=True)
    assert account.cells_left_unknown == wanted.account.reasons(refused=False)
    assert found.applies + found.does_not_apply + found.cannot_tell == account.rows_out


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("name", ["kattan-2002", "gronchi-2013-os", "course-tcga"])
def test_the_columns_are_those_of_the_outlook_of_a_table(name: str, engine: str, tmp_path: Path) -> None:
    people = pl.DataFrame({"age": [62.0, 50.0], "type": ["LMS", "UPS"], "size_cm": [7.0, 12.0]})
    people.write_parquet(tmp_path / "people.parquet")
    score_file(card(name), tmp_path / "people.parquet", tmp_path / "scored.parquet", engine)
    said = pl.read_parquet(tmp_path / "scored.parquet").drop(people.columns)
    wanted = table_outlook(people).frame.select(said.columns)
    assert said.schema == wanted.schema
    assert said.columns == [c for c in table_outlook(people).frame.columns if c.startswith(f"{name}.")]
    assert said[f"{name}.status"].to_list() == wanted[f"{name}.status"].to_list()


def test_a_mapping_that_does_not_fit_is_told(tmp_path: Path) -> None:
    TEXT.drop("mm").write_parquet(tmp_path / "people.parquet")
    with pytest.raises(TableError, match="mm"):
        score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "out.parquet", mapping=MAPPING)
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_table_of_a_duckdb_file_is_scored(engine: str, tmp_path: Path) -> None:
    people = pl.DataFrame({"nr": [1, 2], "age": [62.0, 50.0], "type": ["LMS", "UPS"], "size_cm": [7.0, 12.0]})
    people.write_parquet(tmp_path / "people.parquet")
    database, out = tmp_path / "hospital.duckdb", tmp_path / "scored.parquet"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE SCHEMA registry")
        connection.execute(f"CREATE TABLE registry.people AS FROM '{tmp_path / 'people.parquet'}'")
    found = score_file(card("kattan-2002"), str(database), out, engine, table="registry.people")
    assert found.account.rows_out == 2
    assert sorted(pl.read_parquet(out)["nr"].to_list()) == [1, 2]
    for table in (None, "people", "nobody", 'people"; DROP TABLE x; --'):
        with pytest.raises(TableError):
            score_file(card("kattan-2002"), str(database), tmp_path / "other.parquet", engine, table=table)
    with pytest.raises(TableError):
        score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "other.parquet", table="people")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hospital.duckdb", "people.parquet", "scored.parquet"]


def test_an_address_holds_no_password_and_none_is_repeated(tmp_path: Path) -> None:
    address = "postgresql://reader:hunter2@127.0.0.1:1/registry"
    with pytest.raises(SarcomaError) as told:
        score_file(card("kattan-2002"), address, tmp_path / "out.parquet", table="people")
    assert "hunter2" not in str(told.value)
    with pytest.raises(SarcomaError):
        score_file(card("kattan-2002"), address.replace(":hunter2", ""), tmp_path / "out.parquet", table="people")


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_the_query_can_be_seen(engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "people.parquet"
    pl.DataFrame({"age": [62.0], "type": ["LMS"]}).write_parquet(source)
    with pytest.raises(SystemExit) as ended:
        main(["score", "kattan-2002", "--in", str(source), "--explain", "--engine", engine])
    assert not ended.value.code
    assert "kattan-2002.144m.low" in capsys.readouterr().out
    with pytest.raises(CardError):
        explained(card("course-tcga"), source)


def test_every_card_runs_one_way_or_the_other(tmp_path: Path) -> None:
    people = pl.DataFrame({"age": [62.0], "type": ["LMS"], "metastases": ["lung@14"], "landmark_months": [20.0]})
    people.write_parquet(tmp_path / "people.parquet")
    for name, one in cards().items():
        score_file(one, tmp_path / "people.parquet", tmp_path / f"{name}.parquet")
        assert pl.read_parquet(tmp_path / f"{name}.parquet").height == 1
