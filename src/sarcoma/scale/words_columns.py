"""Columns of words in an engine: each distinct text is read once, and stands for what it means.

Texts that mean the same, and in which the same is wrong, are one class; an engine sees the number of the class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from sarcoma.models.expression import FIRST
from sarcoma.patient import Records
from sarcoma.patient.columns import Stated
from sarcoma.patient.mapping import own_columns
from sarcoma.patient.table_columns import read_columns
from sarcoma.scale.engine import Engine, counted

LATEST = "_latest metastasis"
_CHAINED = 40
"""Up to so many texts are compared one after another, which is quicker than a join."""


@dataclass(frozen=True, eq=False)
class WordsColumn:
    """A column of words: `texts[i]` (None among them) is of the class `codes[i]`, which means `values[codes[i]]`.

    refused : by class, whether a row that has it is no record. cells, rows : how often each reason left the field
    unknown, or refused the row. months : of metastases, those of the first and of the latest, by text.
    """

    name: str
    texts: tuple[str | None, ...]
    codes: tuple[int, ...]
    values: tuple[Any, ...]
    refused: tuple[bool, ...]
    cells: dict[str, int]
    rows: dict[str, int]
    months: tuple[tuple[float | None, float | None], ...] | None = None

    @property
    def key(self) -> str:
        return f"_class of {self.name}"

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.values)

    @property
    def added(self) -> tuple[str, ...]:
        """The columns that `onto` adds."""
        return (self.key, *((FIRST, LATEST) if self.months is not None else ()))

    def onto(self, frame: nw.LazyFrame[Any], engine: Engine, kind: Any) -> nw.LazyFrame[Any]:
        """A frame of this column with the number of the class beside it."""
        tables: dict[str, Sequence[Any]] = {self.key: self.codes}
        if self.months is not None:
            tables |= {FIRST: [first for first, _ in self.months], LATEST: [latest for _, latest in self.months]}
        own = nw.col(self.name) if kind == nw.String else nw.col(self.name).cast(nw.String)
        known = [(i, text) for i, text in enumerate(self.texts) if text is not None]
        nothing = self.texts.index(None) if None in self.texts else 0
        if len(self.texts) <= _CHAINED:
            return frame.with_columns(
                *(_chain(own, [(text, of[i]) for i, text in known], of[nothing]).alias(n) for n, of in tables.items())
            )
        text = f"_text of {self.name}"
        whole: dict[str, Any] = {text: pl.Series([t or "" for t in self.texts], dtype=pl.String)}
        whole[self.key] = pl.Series(self.codes, dtype=pl.Int32)
        whole |= {n: pl.Series(of, dtype=pl.Float64) for n, of in tables.items() if n != self.key}
        table = pl.DataFrame(whole).unique(subset=text, keep="first")
        return frame.with_columns(own.fill_null("").alias(text)).join(engine.given(table), on=text, how="left")


def _chain(own: nw.Expr, told: Sequence[tuple[str, Any]], nothing: Any) -> nw.Expr:
    """What stands for each text; texts of one class together."""
    by_value: dict[Any, list[str]] = {}
    for text, value in told:
        by_value.setdefault(value, []).append(text)
    kind: Any = nw.Int32 if isinstance(nothing, int) else nw.Float64
    found = nw.lit(nothing).cast(kind)
    for value, texts in by_value.items():
        if value != nothing:
            same = own == texts[0] if len(texts) == 1 else own.is_in(texts)
            found = nw.when(same).then(nw.lit(value).cast(kind)).otherwise(found)
    return found


def read_words(frame: nw.LazyFrame[Any], engine: Engine, names: Sequence[str]) -> dict[str, WordsColumn]:
    """Columns of words, every distinct text read once."""
    texts = counted(engine, names, lambda some: frame.select(*(nw.col(name).cast(nw.String) for name in some)))
    return {name: _read(name, found.sort(name, nulls_last=False)) for name, found in texts.items()}


def _read(name: str, counts: pl.DataFrame) -> WordsColumn:
    if not counts.height:
        counts = pl.DataFrame({name: pl.Series([None], dtype=pl.String), "n": [0]})
    columns, found = read_columns(counts.select(name), own_columns([name]))
    column = columns[name]
    values = column.to_list() if isinstance(column, Stated) else [None] * counts.height
    outside = np.zeros(counts.height, dtype=bool)
    told: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for step in found:
        if step.refuses:
            outside[step.rows] = True
        for row, code in zip(step.rows.tolist(), step.codes.tolist(), strict=True):
            for problem in step.problems[code]:
                reason = f"{problem.field}: {problem.text}"
                told[step.refuses][reason] = told[step.refuses].get(reason, 0) + int(counts["n"][row])
    of_metastases = name == "metastases"
    classes: dict[Any, int] = {}
    stood_for: list[Any] = []
    codes = []
    for value, out in zip(values, outside.tolist(), strict=True):
        alike = frozenset((m.organ, m.months and np.inf) for m in value) if of_metastases and value else value
        place = classes.setdefault((alike, out), len(classes))
        codes.append(place)
        if place == len(stood_for):
            stood_for.append(value)
    return WordsColumn(
        name,
        tuple(counts[name].to_list()),
        tuple(codes),
        tuple(stood_for),
        tuple(out for _, out in classes),
        told[False],
        told[True],
        _months(values) if of_metastases else None,
    )


def _months(values: list[Any]) -> tuple[tuple[float | None, float | None], ...]:
    """Of each metastases, months to the first, as the record derives them, and to the latest."""
    first = Records.of_columns({"metastases": values}, len(values)).numeric("disease_free_interval").values
    latest = [max((m.months for m in found or () if m.months is not None), default=None) for found in values]
    return tuple((None if np.isnan(a) else float(a), b) for a, b in zip(first, latest, strict=True))
