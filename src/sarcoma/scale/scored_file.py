"""A file of people scored by a model in an engine, into a file that is whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw

from sarcoma._arguments import checked
from sarcoma._files import whole_file, whole_folder
from sarcoma.cohort.reading.place import Place
from sarcoma.errors import CardError, TableError
from sarcoma.models import Card
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.patient import words
from sarcoma.patient.field_file import field_names
from sarcoma.patient.mapping import TableMap
from sarcoma.scale.account import EngineAccount
from sarcoma.scale.engine import Engine, broken
from sarcoma.scale.scoring import Scoring
from sarcoma.scale.sources import as_file

ENGINES = ("polars", "duckdb", "spark")


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """What became of the rows of a file: which were refused and why, and to how many of the others a card applies."""

    account: EngineAccount
    applies: int
    does_not_apply: int
    cannot_tell: int


def engine_named(name: str, master: str | None = None) -> Any:
    """An engine by its name.

    Parameters
    ----------
    master : where Spark runs; see `SparkEngine`.

    Raises
    ------
    TableError : there is none of that name, it has no master, or it could not be started.
    """
    if name == "spark":
        from sarcoma.scale.spark_engine import SparkEngine

        return SparkEngine(master=master)
    if master is not None:
        raise TableError("master: only Spark has one; leave it out, or name the engine spark")
    if name == "polars":
        from sarcoma.scale.polars_engine import PolarsEngine

        return PolarsEngine()
    if name == "duckdb":
        from sarcoma.scale.duckdb_engine import DuckDBEngine

        return DuckDBEngine()
    raise TableError(f"engine: there is none of this name; there are {', '.join(ENGINES)}")


@checked
def score_file(
    card: Card,
    source: Path | str,
    out: Path,
    engine: str = "polars",
    master: str | None = None,
    *,
    mapping: TableMap | None = None,
    table: str | None = None,
    one_row_each: str | None = None,
) -> ScoredFile:
    """Score the rows of a table, and write them with what the card says as Parquet.

    Parameters
    ----------
    source : a Parquet, CSV or DuckDB file, or the address of a PostgreSQL database. Columns are named like fields of
        the record; numbers as numbers, times as months. Others are kept. For Spark it can be a folder of Parquet files,
        and has to be where every worker finds it under the same name.
    out : where the rows that can be records go, with the columns of `scored`; with Spark a new folder.
    master : where Spark runs, such as `spark://host:7077`; see `SparkEngine`.
    mapping : what the columns mean; the table is then read in batches, as are those for a course of several states.
    table : of a database, the table or view.
    one_row_each : a column in which nothing may stand twice.

    Raises
    ------
    TableError : no such file or engine, columns that cannot be, a file that is damaged, or no room.
    """
    place = Place.of(source)
    with as_file(place, table) as file, engine_named(engine, master) as run:
        if file.is_dir() and not run.folders:
            raise TableError(f"{place.name} is a folder, and {engine} reads a file here; spark reads folders")
        try:
            if one_row_each is not None:
                _refuse_twice(run.open(file), one_row_each, run)
            if mapping is not None or in_batches(card):
                return _score_in_batches(card, file, out, run, mapping)
            return _score(card, file, out, run)
        except run.faults as error:  # their messages quote cells
            raise broken(run, error, place.name) from None


def in_batches(card: Card) -> bool:
    """Whether a card has no expression, and so runs in batches."""
    return not card.form.has_expression or card.landmarks.conditional


@checked
def explained(
    card: Card, source: Path | str, engine: str = "polars", master: str | None = None, *, table: str | None = None
) -> str:
    """The query that `score_file` would run, for whoever wants to see what is asked of the engine.

    It holds the distinct words of the table, so it is as confidential as the table.

    Raises
    ------
    TableError, CardError : as `score_file`; the card has no expression.
    """
    if in_batches(card):
        raise CardError(f"{card.id}: it has no expression, and runs in batches by `predict`: there is no query")
    place = Place.of(source)
    with as_file(place, table) as file, engine_named(engine, master) as run:
        try:
            given = run.open(file)
            said = Scoring(run.renamed(given, _fields(given.collect_schema().names(), file)), run, card, checked=True)
            return str(run.explained(said.said()))
        except run.faults as error:  # their messages quote cells
            raise broken(run, error, place.name) from None


def _refuse_twice(frame: nw.LazyFrame[Any], name: str, run: Engine) -> None:
    if name not in frame.collect_schema().names():
        raise TableError(f"--id: the table has no column {name[:40]}")
    own = run.renamed(frame, {name: "_id"}).select("_id") if name != "_id" else frame.select("_id")
    told = run.small(own.select(nw.len().alias("rows"), nw.col("_id").n_unique().alias("different")))
    rows, different = told.row(0)
    if rows != different:
        raise TableError(
            f"--id: {rows:,} rows have {different:,} different ids in {name[:40]}: one row a person is needed, since "
            "a record is what is known of a person at one time"
        )


def _score_in_batches(card: Card, source: Path, out: Path, run: Engine, mapping: TableMap | None) -> ScoredFile:
    import polars as pl

    from sarcoma.scale.batched import Batches

    if run.folders:
        raise TableError("a mapping, or a course of several states, runs in batches on this machine: name polars")
    if source.suffix.lower() == ".parquet":
        rows = pl.scan_parquet(source, glob=False)
    else:
        rows = pl.scan_csv(source, glob=False, infer_schema=False)
    names = rows.collect_schema().names()
    if mapping is None:
        fields = _fields(names, source)
        mapping = TableMap.model_validate(
            {"name": "own columns", "fields": {f: {"column": n} for n, f in fields.items()}}
        )
    batches = Batches(card, rows, mapping)
    with whole_file(out) as file:
        batches.write(Path(file.name))
    return ScoredFile(batches.account, *(batches.status[STATUS_WORDS[status]] for status in (1, 0, -1)))


def _score(card: Card, source: Path, out: Path, run: Engine) -> ScoredFile:
    given = run.open(source)
    names = given.collect_schema().names()
    fields = _fields(names, source)
    for name in names:
        if name.startswith(f"{card.id}."):
            raise TableError(f"{source.name[:80]}: the table has columns of {card.id} already; leave them out")
    plain = {name: f"_column {i}" for i, name in enumerate(names) if "." in name or "`" in name}
    to = plain | fields
    scoring = Scoring(run.renamed(given, to), run, card, checked=True)
    said = run.renamed(scoring.said(), {now: name for name, now in to.items()})
    status = f"{card.id}.status"
    with _whole(out, run) as place:
        run.write(said, place)
        counts = run.small(
            run.renamed(run.parquet(place), {status: "_status"}).group_by("_status").agg(nw.len().alias("n"))
        )
        n = dict(counts.select("_status", "n").iter_rows())
        account = scoring.account(sum(n.values()))
    return ScoredFile(account, *(n.get(STATUS_WORDS[status], 0) for status in (1, 0, -1)))


@contextmanager
def _whole(out: Path, run: Engine) -> Iterator[Path]:
    if run.folders:
        with whole_folder(out) as folder:
            yield folder
    else:
        with whole_file(out) as file:
            yield Path(file.name)


def _fields(names: list[str], source: Path) -> dict[str, str]:
    """The field of each column that is named like one.

    Raises
    ------
    TableError : no column is, or two are named for one field.
    """
    found: dict[str, str] = {}
    for name in names:
        field = field_names().get(words.normal(name))
        if field is not None and field in found.values():
            raise TableError(f"{source.name[:80]}: two columns are named for the field {field}")
        if field is not None:
            found[name] = field
    if not found:
        raise TableError(
            f"{source.name[:80]}: no column is named like a field of the record (sarcoma outlook --template csv shows "
            "the names)"
        )
    return found
