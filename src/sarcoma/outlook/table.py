"""Outlooks for a table: every row through every card, with an account of what could not be read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sarcoma._files import whole_file, write_file
from sarcoma._plain_text import guarded, guarded_frame
from sarcoma.models import Card, Predictions, cards, predict
from sarcoma.outlook.answers import STATUS
from sarcoma.patient import Coded, Records
from sarcoma.patient.mapping import TableMap, as_table

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What could not be read in a row: rows are counted from 1, the header not counted."""

    row: int
    id: str
    field: str
    problem: str
    refused: bool


@dataclass(slots=True)
class Account:
    """Rows in = rows out + rows refused, and why."""

    rows_in: int = 0
    rows_out: int = 0
    rows_refused: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def reasons(self, *, refused: bool) -> Counter[str]:
        """How often each reason occurred, among refused rows or among single cells left unknown."""
        return Counter(f"{p.field}: {p.problem}" for p in self.problems if p.refused == refused)


@dataclass(frozen=True, slots=True)
class TableOutlook:
    """What a table gave: one frame row per record, the account, and the predictions by card."""

    frame: pl.DataFrame
    account: Account
    predictions: dict[str, Predictions]


def table_outlook(
    frame: pl.DataFrame,
    mapping: TableMap | None = None,
    progress: Callable[[Iterable[Any]], Iterator[Any]] = iter,
    own_cards: Iterable[Card] = (),
) -> TableOutlook:
    """Every row of a frame as a record, through every card.

    Parameters
    ----------
    frame : one row a patient.
    mapping : what the columns mean; without it they are named like the fields of the record.
    progress : wraps the iterator over models, to show a progress bar.
    own_cards : models of one's own, beside those shipped.

    Raises
    ------
    TableError : the mapping names columns that the frame does not have.
    """
    frame, mapping = as_table(frame, mapping)
    records, found = Records.of_arrow(frame, mapping)
    ids = _identifiers(frame, mapping)
    account = Account(found.rows_in, found.rows_out, found.rows_refused)
    texts = {problem: problem.text for problem in found.problems}
    account.problems.extend(
        RowProblem(place + 1, ids[place], problem.field, texts[problem], refused) for place, problem, refused in found
    )
    rows = [(place + 1, ids[place]) for place in found.rows.tolist()]
    models = (*cards().values(), *own_cards) if len(records) else ()
    predictions = {card.id: predict(card, records, intervals=False) for card in progress(models)}
    return TableOutlook(_frame(rows, records, predictions), account, predictions)


def _identifiers(frame: pl.DataFrame, mapping: TableMap) -> list[str]:
    """Who each row is of, as text; nothing where no column says it."""
    return [str(cell)[:80] for cell in frame[mapping.id]] if mapping.id else [""] * frame.height


def _frame(rows: list[tuple[int, str]], records: Records, predictions: dict[str, Predictions]) -> pl.DataFrame:
    import polars as pl

    columns: dict[str, Any] = {
        "row": pl.Series([number for number, _ in rows], dtype=pl.Int64),
        "id": pl.Series([identifier or None for _, identifier in rows], dtype=pl.String),
    }
    if rows:
        for name in ("grade", "t", "n", "m", "stage", "stage_as_assigned"):
            column = records.column(name)
            if isinstance(column, Coded):
                codes = [" or ".join(sorted(v for v in state if v != "none")) or None for state in column.states]
                columns[name] = pl.Series([codes[code] for code in column.codes.tolist()], dtype=pl.String)
        index, stagings = records.staging()
        reasons = [next((s.reason for s in of if s.reason), None) for of in stagings]
        columns["stage_reason"] = pl.Series([reasons[i] for i in index.tolist()], dtype=pl.String)
    for card_id, said in predictions.items():
        columns[f"{card_id}.status"] = pl.Series([STATUS[s] for s in said.status.tolist()], dtype=pl.String)
        for position, horizon in enumerate(said.horizons_months):
            name = f"{card_id}.{horizon:g}m"
            columns[name] = _series(said.value[:, position])
            columns[f"{name}.low"] = _series(said.low[:, position])
            columns[f"{name}.high"] = _series(said.high[:, position])
            bounds = said.of_form.bounds()
            if bounds is not None:
                words = {1: "above", -1: "below", 0: None}
                columns[f"{name}.bound"] = pl.Series([words[b] for b in bounds[:, position].tolist()], dtype=pl.String)
    return pl.DataFrame(columns)


def _series(values: np.ndarray[Any, Any]) -> pl.Series:
    import polars as pl

    return pl.Series(values).fill_nan(None)


_ROWS = 50_000
"""So many rows of CSV are made at once."""


def write_frame(frame: pl.DataFrame, path: Path, *, as_csv: bool | None = None) -> None:
    """Write Parquet, or CSV: where the name ends so, if not said.

    Raises
    ------
    TableError : the place cannot be written to.
    """
    with whole_file(path) as file:  # Polars writes to memory: a full disk would be a fault of its own to it
        if as_csv if as_csv is not None else path.suffix.lower() == ".csv":
            for start in range(0, max(1, frame.height), _ROWS):
                file.write(guarded_frame(frame.slice(start, _ROWS)).write_csv(include_header=start == 0).encode())
        else:
            held = io.BytesIO()
            frame.write_parquet(held)
            file.write(held.getbuffer())


def write_account(account: Account, path: Path) -> None:
    """The account as CSV: row, id, field, problem, refused (no cell of the table).

    Raises
    ------
    TableError : the place cannot be written to.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("row", "id", "field", "problem", "refused"))
    for p in account.problems:
        writer.writerow((p.row, guarded(p.id), guarded(p.field), guarded(p.problem), "yes" if p.refused else "no"))
    write_file(path, text.getvalue())
