"""`sarcoma score`: rows in = rows scored + rows refused; a file that is damaged or wrong leaves nothing half written."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
from scale_engines import MADE, OTHERS

from sarcoma.cli import main
from sarcoma.errors import MissingPartError, TableError
from sarcoma.models import card, predict
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.patient import Records
from sarcoma.scale import score_file

PEOPLE = pl.DataFrame(
    {
        "nr": ["a", "b", "c", "d", "e"],
        "age": [62.0, 62.0, None, 62.0, 40.0],
        "type": ["LMS", "GIST", "LMS", "LMS", "synovial sarcoma"],  # b is out of scope
        "size": [7.0, 7.0, 7.0, 7.0, 4.0],
        "site": ["thigh", "thigh", "thigh", "thigh", "arm"],
        "depth": ["deep", "deep", "deep", "deep", "superficial"],
        "surgery": ["resected", "resected", "resected", "none", "resected"],
        "margin": ["R0", "R0", "R0", "R0", "R1"],  # d had no operation: impossible
    }
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture(params=OTHERS)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "spark":  # the session that the tests share is then the active one
        MADE["spark"]()
    return str(request.param)


def test_the_command_scores_a_file_and_tells_who_was_refused(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "people[1].parquet", tmp_path / "scored.parquet"  # a name, no pattern
    PEOPLE.write_parquet(source)
    told = run(capsys, *("score", "kattan-2002", "--in", str(source), "--out", str(out), "--engine", engine, "--json"))
    assert told[0] == 0, told
    said = json.loads(told[1])
    assert (said["rows_in"], said["rows_out"], said["rows_refused"]) == (5, 3, 2)
    assert {reason.partition(":")[0] for reason in said["refused_because"]} == {"histologic_type", "margin"}
    assert said["applies"] + said["does_not_apply"] + said["cannot_tell"] == 3
    rows = pl.read_parquet(out).sort("nr")
    assert rows.columns[: PEOPLE.width] == PEOPLE.columns
    assert rows["nr"].to_list() == ["a", "c", "e"]
    records, _ = Records.of_arrow(PEOPLE.drop("nr"))
    wanted = predict("kattan-2002", records)
    assert rows["kattan-2002.status"].to_list() == [STATUS_WORDS[status] for status in wanted.status.tolist()]
    for i, h in enumerate(wanted.horizons_months):
        assert rows[f"kattan-2002.{h:g}m.low"].fill_null(float("nan")).to_list() == pytest.approx(
            wanted.low[:, i].tolist(), abs=1e-12, nan_ok=True
        )


def test_csv_is_read_too(engine: str, tmp_path: Path) -> None:
    PEOPLE.write_csv(tmp_path / "people.csv")
    PEOPLE.write_parquet(tmp_path / "people.parquet")
    found = {}
    for suffix in ("csv", "parquet"):
        out = tmp_path / f"{suffix}.out.parquet"
        score_file(card("kattan-2002"), tmp_path / f"people.{suffix}", out, engine)
        found[suffix] = pl.read_parquet(out).sort("nr")
    assert found["csv"].equals(found["parquet"])


def test_a_file_cut_short_is_told_and_leaves_what_was_there(engine: str, tmp_path: Path) -> None:
    source, out = tmp_path / "people.parquet", tmp_path / "scored.parquet"
    PEOPLE.write_parquet(source)
    out.write_bytes(b"what was there")
    for damaged in (source.read_bytes()[:-30], b"PAR1", b"", b"PAR1" + bytes(500) + b"PAR1"):
        source.write_bytes(damaged)
        with pytest.raises(TableError):
            score_file(card("kattan-2002"), source, out, engine)
    assert out.read_bytes() == b"what was there"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["people.parquet", "scored.parquet"]


@pytest.mark.parametrize(
    "rows",
    [
        PEOPLE.with_columns(pl.col("age").cast(pl.String)),
        PEOPLE.with_columns(size_cm=1.0),
        PEOPLE.select("nr"),
        PEOPLE.with_columns(pl.lit(1).alias("_key 0 0")),
        PEOPLE.with_columns(age=pl.lit("2020-01-01").str.to_date()),
    ],
    ids=["text for numbers", "a field twice", "no field", "a name that is needed", "dates for numbers"],
)
def test_columns_that_cannot_be_are_refused(engine: str, rows: pl.DataFrame, tmp_path: Path) -> None:
    rows.write_parquet(tmp_path / "people.parquet")
    with pytest.raises(TableError):
        score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "scored.parquet", engine)
    assert not (tmp_path / "scored.parquet").exists()


def test_no_rows_are_scored_as_no_rows(engine: str, tmp_path: Path) -> None:
    PEOPLE.clear().write_parquet(tmp_path / "people.parquet")
    found = score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "scored.parquet", engine)
    assert (found.account.rows_in, found.account.rows_out) == (0, 0)
    assert pl.read_parquet(tmp_path / "scored.parquet").height == 0


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    PEOPLE.write_parquet(tmp_path / "people.parquet")
    places = tmp_path / "people.parquet", tmp_path / "scored.parquet"
    with pytest.raises(TableError):
        score_file(card("kattan-2002"), tmp_path / "nobody.parquet", places[1])
    with pytest.raises(TableError):
        score_file(card("kattan-2002"), *places, "abacus")


@pytest.mark.words
@pytest.mark.skipif(find_spec("pyspark") is not None, reason="Spark is installed here")
def test_an_engine_that_is_not_installed_says_what_brings_it(tmp_path: Path) -> None:
    PEOPLE.write_parquet(tmp_path / "people.parquet")
    with pytest.raises(MissingPartError, match=r"sarcoma-outlook\[spark\]"):
        score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "scored.parquet", "spark")


@pytest.mark.words
def test_only_spark_has_a_master_and_reads_folders(tmp_path: Path) -> None:
    PEOPLE.write_parquet(tmp_path / "people.parquet")
    places = tmp_path / "people.parquet", tmp_path / "scored.parquet"
    with pytest.raises(TableError, match="master"):
        score_file(card("kattan-2002"), *places, "duckdb", "local[2]")
    with pytest.raises(TableError, match="folder"):
        score_file(card("kattan-2002"), tmp_path, places[1], "duckdb")


def test_columns_keep_their_names_whatever_they_are(engine: str, tmp_path: Path) -> None:
    rows = PEOPLE.rename({"nr": "nr.of `person`"}).with_columns(pl.lit(1).alias("x.y"))
    rows.write_parquet(tmp_path / "people.parquet")
    score_file(card("kattan-2002"), tmp_path / "people.parquet", tmp_path / "scored.parquet", engine)
    assert pl.read_parquet(tmp_path / "scored.parquet").columns[: rows.width] == rows.columns


def test_the_command_replaces_nothing_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "people.parquet"
    PEOPLE.write_parquet(source)
    for out in (source, tmp_path / "scored.csv"):
        assert run(capsys, "score", "kattan-2002", "--in", str(source), "--out", str(out))[0] == 2
    assert pl.read_parquet(source).equals(PEOPLE)
