"""Bad input to `sarcoma score`: each kind is told, counted alike by every engine, and leaves nothing half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from sarcoma.errors import TableError
from sarcoma.models import card
from sarcoma.patient import Records
from sarcoma.scale import score_file

KATTAN = card("kattan-2002")
PEOPLE = pl.DataFrame({"nr": [1, 2, 3, 4], "age": [62.0, 50.0, 40.0, 71.0], "type": ["LMS", "UPS", "LMS", "MPNST"]})


@pytest.fixture(params=["polars", "duckdb"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


ODD = {
    "an unknown code": PEOPLE.with_columns(depth=pl.Series(["deep", "profound", "?", None])),
    "nan and infinity": PEOPLE.with_columns(age=pl.Series([float("nan"), float("inf"), -float("inf"), None])),
    "numbers out of range": PEOPLE.with_columns(age=pl.Series([-1.0, 500.0, 62.0, 1e300])),
    "mixed time zones": PEOPLE.with_columns(
        diagnosis_date=pl.Series(["2020-01-01", "2020-01-01T00:30:00+02:00", "2020-01-01T00:30:00Z", "01.01.2020"])
    ),
    "out of scope": PEOPLE.with_columns(type=pl.Series(["GIST", "osteosarcoma", "LMS", "nonsense"])),
    "contradictions": PEOPLE.with_columns(
        surgery=pl.Series(["none", "none", "resected", None]), margin=pl.Series(["R0", None, "R1", "R0"])
    ),
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD)
def test_rows_in_are_rows_scored_and_rows_refused_for_the_reasons_of_a_table(
    engine: str, rows: pl.DataFrame, tmp_path: Path
) -> None:
    rows.write_parquet(tmp_path / "people.parquet")
    account = score_file(KATTAN, tmp_path / "people.parquet", tmp_path / "out.parquet", engine).account
    _, wanted = Records.of_arrow(rows.drop("nr"))
    assert (account.rows_in, account.rows_out) == (wanted.rows_in, wanted.rows_out)
    assert account.rows_in == account.rows_out + account.rows_refused
    assert pl.read_parquet(tmp_path / "out.parquet")["nr"].sort().to_list() == rows["nr"].gather(wanted.rows).to_list()
    assert account.refused_because == wanted.reasons(refused=True)
    assert account.cells_left_unknown == wanted.reasons(refused=False)


def test_zones_of_a_column_of_times_are_no_matter(engine: str, tmp_path: Path) -> None:
    for zone in (None, "UTC", "Europe/Berlin"):
        dated = PEOPLE.with_columns(diagnosis_date=pl.lit("2020-01-01").str.to_datetime().dt.replace_time_zone(zone))
        dated.write_parquet(tmp_path / "people.parquet")
        found = score_file(KATTAN, tmp_path / "people.parquet", tmp_path / "out.parquet", engine)
        assert found.account.rows_out == PEOPLE.height


@pytest.mark.words
def test_an_id_twice_is_told_where_it_is_asked(engine: str, tmp_path: Path) -> None:
    source, out = tmp_path / "people.parquet", tmp_path / "out.parquet"
    PEOPLE.write_parquet(source)
    assert score_file(KATTAN, source, out, engine, one_row_each="nr").account.rows_out == 4
    pl.concat([PEOPLE, PEOPLE.head(1)]).write_parquet(source)
    for column in ("nr", "nobody"):
        with pytest.raises(TableError, match="--id"):
            score_file(KATTAN, source, tmp_path / "other.parquet", engine, one_row_each=column)
    assert not (tmp_path / "other.parquet").exists()


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_an_empty_file_is_told(engine: str, suffix: str, tmp_path: Path) -> None:
    source = tmp_path / f"people.{suffix}"
    source.write_bytes(b"")
    with pytest.raises(TableError):
        score_file(KATTAN, source, tmp_path / "out.parquet", engine)
    assert not (tmp_path / "out.parquet").exists()


FULL = """
import resource, sys
from pathlib import Path
from sarcoma.errors import TableError
from sarcoma.models import card
from sarcoma.scale import score_file
folder, engine, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
try:
    score_file(card(name), folder / "people.parquet", folder / "out.parquet", engine)
except TableError:
    print("told")
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no such limits")
@pytest.mark.parametrize(
    ("run", "name"), [("polars", "kattan-2002"), ("duckdb", "kattan-2002"), ("polars", "course-tcga")]
)
def test_a_disk_that_fills_leaves_nothing(run: str, name: str, tmp_path: Path) -> None:
    many = pl.DataFrame({"nr": pl.int_range(40_000, eager=True).hash(), "age": 62.0, "type": "LMS"})
    many.write_parquet(tmp_path / "people.parquet")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), run, name], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "told", done.stderr[-2000:]
    assert [p.name for p in tmp_path.iterdir()] == ["people.parquet"]
