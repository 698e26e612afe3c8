"""A file of people scored by a model in an engine, into a file that is whole or not there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from sarcoma._arguments import checked
from sarcoma._files import whole_file
from sarcoma.errors import TableError
from sarcoma.models import Card
from sarcoma.patient import words
from sarcoma.patient.field_file import field_names
from sarcoma.scale.refusals import EngineAccount, without_refused
from sarcoma.scale.scoring import scored

if TYPE_CHECKING:
    from sarcoma.scale.engine import Engine

ENGINES = ("polars", "duckdb")


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """What became of the rows of a file: which were refused and why, and to how many of the others a card applies."""

    account: EngineAccount
    applies: int
    does_not_apply: int
    cannot_tell: int


def engine_named(name: str) -> Any:
    """An engine by its name.

    Raises
    ------
    TableError : there is none of that name.
    """
    if name == "polars":
        from sarcoma.scale.polars_engine import PolarsEngine

        return PolarsEngine()
    if name == "duckdb":
        from sarcoma.scale.duckdb_engine import DuckDBEngine

        return DuckDBEngine()
    raise TableError(f"there is no engine called so; there are {' and '.join(ENGINES)}")


@checked
def score_file(card: Card, source: Path, out: Path, engine: str = "polars") -> ScoredFile:
    """Score the rows of a Parquet or CSV file, and write them with what the card says as Parquet.

    Parameters
    ----------
    source : columns named like fields of the record; numbers as numbers, times as months. Others are kept.
    out : where the rows that can be records go, with the columns of `scored`.

    Raises
    ------
    TableError : no such file or engine, columns that cannot be, a file that is damaged, or no room. CardError : the
        card has no expression.
    """
    if not source.is_file():
        raise TableError(f"there is no file {source.name[:80]}")
    with engine_named(engine) as run:
        try:
            return _score(card, source, out, run)
        except run.faults:  # their messages quote cells
            raise TableError(
                f"{source.name[:80]}: {engine} could not read it to its end or write what came of it: is the file "
                "whole (Parquet, or CSV in UTF-8 with a header row), and is there room?"
            ) from None


def _score(card: Card, source: Path, out: Path, run: Engine) -> ScoredFile:
    given = run.open(source)
    names = given.collect_schema().names()
    fields = _fields(names, source)
    renamed = given.select(*(nw.col(name).alias(fields.get(name, name)) for name in names))
    kept, account = without_refused(renamed, run)
    said = scored(card, kept, run)
    back = {field: name for name, field in fields.items()}
    said = said.select(*(nw.col(name).alias(back.get(name, name)) for name in said.collect_schema().names()))
    status = f"{card.id}.status"
    with whole_file(out) as file:
        place = Path(file.name)
        run.write(said, place)
        counts = run.small(run.parquet(place).group_by(status).agg(nw.len().alias("n")))
    n = dict(counts.select(status, "n").iter_rows())
    return ScoredFile(account, n.get(1, 0), n.get(0, 0), n.get(-1, 0))


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
