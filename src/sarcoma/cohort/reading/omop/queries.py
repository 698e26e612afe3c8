"""What an engine answers: the text of the queries, and what the tables must have for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sarcoma.cohort.reading.omop.tables import LEGACY, tables
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    import polars as pl

SQL = Path(__file__).parent / "sql"
TOO_LONG = "a query took longer than {seconds:g} seconds; give it more with --timeout, nothing was written"


class Engine(Protocol):
    """Answers queries of `sql/` on tables that were looked at."""

    unread: dict[str, int]
    """Cells that are not of the kind of their column, by table and column; they are not known."""

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table in small letters; none where there is no such table."""
        ...

    def answer(self, query: str, *parameters: Iterable[Any]) -> pl.DataFrame:
        """The rows of a query by its name; each parameter is a list of whole numbers or words."""
        ...


def query_text(name: str, renamed: Mapping[str, str], absent: Iterable[str]) -> str:
    """The text of a query: legacy columns under their own names, and tables that are absent as empty ones."""
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    text = text.replace("{asked}", (SQL / "asked.sql").read_text(encoding="utf-8").strip())
    if renamed:
        called = ", ".join(f"{before} AS {now}" for now, before in renamed.items())
        text = text.replace("FROM measurement m", f"FROM (SELECT t.*, {called} FROM measurement t) m")  # noqa: S608
    for table in absent:
        nothing = ", ".join(f"CAST(NULL AS {c.sql}) AS {c.name}" for c in tables()[table].columns)
        text = re.sub(rf"\b(FROM|JOIN) {table}\b", rf"\1 (SELECT {nothing} WHERE 1 = 0)", text)
    return text


def as_list(values: Iterable[Any]) -> str:
    """Whole numbers as the text that the queries take apart; a number that nothing has where there are none."""
    return ",".join(map(str, values)) or "-1"


def looked_at(engine: Any, where: str, elsewhere: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which columns have older names, and which tables are absent.

    Parameters
    ----------
    engine : whose tables are looked at. where : what it is called. elsewhere : what to do where a table is missing.

    Raises
    ------
    CohortError : a table or a column that is needed is not there.
    """
    renamed: dict[str, str] = {}
    absent: list[str] = []
    missing = [table.name for table in tables().values() if not table.optional and not engine.columns(table.name)]
    if missing:
        raise CohortError(f"{where}: there is no table {' or '.join(missing[:4])}; {elsewhere.format(missing[0])}")
    for table in tables().values():
        there = engine.columns(table.name)
        if not there:
            absent.append(table.name)
            continue
        lacking = [column.name for column in table.read if column.name not in there]
        for name in list(lacking):
            if LEGACY.get(name) in there:
                renamed[name] = LEGACY[name]
                lacking.remove(name)
        if lacking:
            raise CohortError(
                f"{where}: the table {table.name} has no column {lacking[0]}, which the OMOP CDM 5.4 has; "
                "older versions are not read"
            )
    return renamed, tuple(absent)
