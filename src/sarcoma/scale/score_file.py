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
from sarcoma.errors import TableError
from sarcoma.models import Card
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.patient import words
from sarcoma.patient.field_file import field_names
from sarcoma.scale.engine import Engine, broken
from sarcoma.scale.refusals import EngineAccount
from sarcoma.scale.scoring import Scoring

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
    raise TableError(f"there is no engine called so; there are {', '.join(ENGINES)}")


@checked
def score_file(card: Card, source: Path, out: Path, engine: str = "polars", master: str | None = None) -> ScoredFile:
    """Score the rows of a Parquet or CSV file, and write them with what the card says as Parquet.

    Parameters
    ----------
    source : columns named like fields of the record; numbers as numbers, times as months. Others are kept. For Spark it
        can be a folder of Parquet files, and has to be where every worker finds it under the same name.
    out : where the rows that can be records go, with the columns of `scored`; with Spark a new folder.
    master : where Spark runs, such as `spark://host:7077`; see `SparkEngine`.

    Raises
    ------
    TableError : no such file or engine, columns that cannot be, a file that is damaged, or no room. CardError : the
        card has no expression.
    """
    if not source.exists():
        raise TableError(f"there is no file {source.name[:80]}")
    with engine_named(engine, master) as run:
        if source.is_dir() and not run.folders:
            raise TableError(f"{source.name[:80]} is a folder, and {engine} reads a file here; spark reads folders")
        try:
            return _score(card, source, out, run)
        except run.faults as error:  # their messages quote cells
            raise broken(run, error, source.name) from None


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
