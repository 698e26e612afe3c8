"""Rows that are no record, found and counted in an engine: rows in = rows kept + rows refused, by reason.

Each distinct cell of a column of words is read once, and each rule of `patient.checks` is asked once per combination of
what it reads; the engine counts how many rows have which.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from sarcoma.models.expression import number
from sarcoma.patient import Metastasis, Numeric, Records, field_specs
from sarcoma.patient.checks import CHECKS, READS
from sarcoma.patient.columns import Stated, stated
from sarcoma.patient.contradictory import contradictions_by_record
from sarcoma.patient.mapping import own_columns
from sarcoma.patient.table_columns import read_columns
from sarcoma.scale.engine import Engine, with_columns

_BAD = "_refused by "
_LATEST = "_latest metastasis"
_WORDS = "_words of "


@dataclass(slots=True)
class EngineAccount:
    """Rows in = rows out + rows refused; a refused row counts once for each of its reasons, as it does in a table."""

    rows_in: int = 0
    rows_refused: int = 0
    refused_because: Counter[str] = field(default_factory=Counter)
    cells_left_unknown: Counter[str] = field(default_factory=Counter)

    @property
    def rows_out(self) -> int:
        return self.rows_in - self.rows_refused


def without_refused(frame: nw.LazyFrame[Any], engine: Engine) -> tuple[nw.LazyFrame[Any], EngineAccount]:
    """The rows that can be records, and the account.

    Parameters
    ----------
    frame : columns named like fields of the record, numbers as numbers; others are kept.
    """
    columns = frame.collect_schema().names()
    own = [name for name in field_specs() if name in columns]
    numbers = [name for name in own if field_specs()[name].kind == "number"]
    words = [name for name in own if name not in numbers]
    keyed = frame
    if words:
        keyed = frame.with_columns(*(nw.col(n).cast(nw.String).fill_null("").alias(_WORDS + n) for n in words))
    cells: Counter[str] = Counter()
    outside: dict[str, nw.Expr] = {}
    latest: dict[str, float | None] = {}
    for name in words:
        told, values = _read(
            name, engine.small(keyed.group_by(_WORDS + name).agg(nw.len().alias("n")).sort(_WORDS + name))
        )
        for reason, texts, refuses, n in told:
            if refuses:
                reasons = outside.get(reason)
                flag = nw.col(_WORDS + name).is_in(texts)
                outside[reason] = flag if reasons is None else reasons | flag
            else:
                cells[reason] += n
        if name == "metastases":
            latest = {
                text: max((m.months for m in found or () if m.months is not None), default=None)
                for text, found in values.items()
            }
    if latest:
        known = pl.DataFrame(
            {_WORDS + "metastases": list(latest), _LATEST: pl.Series(list(latest.values()), dtype=pl.Float64)}
        )
        keyed = keyed.join(engine.given(known), on=_WORDS + "metastases", how="left")
    broken: list[tuple[str, nw.Expr]] = []
    for order, check in enumerate(CHECKS):
        read = [name for name in READS[check] if name in own]
        if read:
            keyed, found = _broken(keyed, engine, order, read, frozenset(own))
            broken += found
    return _counted(keyed, engine, columns, numbers, cells, outside, broken)


def _counted(
    keyed: nw.LazyFrame[Any],
    engine: Engine,
    columns: list[str],
    numbers: list[str],
    cells: Counter[str],
    outside: dict[str, nw.Expr],
    broken: list[tuple[str, nw.Expr]],
) -> tuple[nw.LazyFrame[Any], EngineAccount]:
    nobody = nw.lit(0).cast(nw.Int32) == 1
    gone = nobody
    for flag in outside.values():
        gone = gone | flag
    contradicts = nobody
    for _, flag in broken:
        contradicts = contradicts | flag
    flagged = keyed.with_columns(gone.alias("_outside"), contradicts.alias("_contradicts"))
    reasons = [*outside, *(reason for reason, _ in broken)]
    flags = [*outside.values(), *((~nw.col("_outside")) & flag for _, flag in broken)]
    counts = [_count(flag, f"_reason {i}") for i, flag in enumerate(flags)]
    counts += [_count(~nw.col(n).is_null() & _not_nan(n) & number(n).is_null(), f"_cells {n}") for n in numbers]
    either = nw.col("_outside") | nw.col("_contradicts")
    told = engine.small(flagged.select(nw.len().alias("_rows"), _count(either, "_refused"), *counts)).row(0, named=True)
    account = EngineAccount(int(told["_rows"]), int(told["_refused"] or 0), Counter(), cells)
    for i, reason in enumerate(reasons):
        account.refused_because[reason] += int(told[f"_reason {i}"] or 0)
    for name in numbers:
        spec = field_specs()[name]
        account.cells_left_unknown[f"{name}: must be {spec.range_text()}"] += int(told[f"_cells {name}"] or 0)
    account.refused_because, account.cells_left_unknown = +account.refused_because, +account.cells_left_unknown
    return flagged.filter(~either).select(*columns), account


def _count(flag: nw.Expr, name: str) -> nw.Expr:
    return nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias(name)


def _not_nan(name: str) -> nw.Expr:
    return ~nw.col(name).cast(nw.Float64).is_nan()


def _read(name: str, counted: pl.DataFrame) -> tuple[list[tuple[str, list[str], bool, int]], dict[str, Any]]:
    """Of the distinct cells of a column: each reason, the texts, whether such a row is refused, and how many rows."""
    texts = counted[_WORDS + name]
    columns, found = read_columns(pl.DataFrame({name: texts}), own_columns([name]))
    told = []
    for step in found:
        for code in np.unique(step.codes).tolist():
            rows = step.rows[step.codes == code]
            n = int(counted["n"].gather(rows).sum())
            told += [
                (f"{p.field}: {p.text}", texts.gather(rows).to_list(), step.refuses, n) for p in step.problems[code]
            ]
    column = columns[name]
    values = column.to_list() if isinstance(column, Stated) else []
    return told, dict(zip(texts.to_list(), values, strict=False))


def _broken(
    keyed: nw.LazyFrame[Any], engine: Engine, order: int, read: list[str], named: frozenset[str]
) -> tuple[nw.LazyFrame[Any], list[tuple[str, nw.Expr]]]:
    """A rule: its reasons with the flags of the rows that break it."""
    times = {name: number(name) for name in read if field_specs()[name].time}
    if "metastases" in read:
        times["metastases"] = nw.col(_LATEST)
    keys: dict[str, nw.Expr] = {}
    for name in read:
        if name in times:
            others = [other for one, other in times.items() if one != name]
            keys[f"_rank {order} of {name}"] = _rank(times[name], others)
        if name == "mitoses_per_10_hpf":
            keys[f"_rank {order} of {name}"] = number(name).fill_null(-1.0).alias(name)
        elif field_specs()[name].kind != "number":
            keys[_WORDS + name] = nw.col(_WORDS + name)
    made = [expression.alias(key) for key, expression in keys.items() if not key.startswith(_WORDS)]
    keyed = with_columns(keyed, made)
    combinations = engine.small(keyed.select(*keys).unique())
    if "metastases" in read:
        del keys[_WORDS + "metastases"]
    found = [f for f in contradictions_by_record(_records(combinations, read, order), named, 0) if f.step[1] == order]
    reasons: dict[str, list[int]] = {}
    for one in found:
        for row, code in zip(one.rows.tolist(), one.codes.tolist(), strict=True):
            for problem in one.problems[code]:
                reasons.setdefault(f"{problem.field}: {problem.text}", []).append(row)
    flags = []
    for place, (reason, rows) in enumerate(reasons.items()):
        name = f"{_BAD}{order}.{place}"
        bad = combinations[rows].unique().with_columns(pl.lit(1).alias(name))
        keyed = keyed.join(engine.given(bad), on=[c for c in bad.columns if c != name], how="left")
        flags.append((reason, ~nw.col(name).is_null()))
    return keyed, flags


def _rank(own: nw.Expr, others: list[nw.Expr]) -> nw.Expr:
    rank: nw.Expr = nw.lit(0)
    for other in others:
        rank = rank + nw.when(other < own).then(nw.lit(1)).otherwise(nw.lit(0))
    return nw.when(own.is_null()).then(nw.lit(-1)).otherwise(rank).cast(nw.Int32)


def _records(combinations: pl.DataFrame, read: list[str], order: int) -> Records:
    """The combinations as records that a rule cannot tell from those that have them."""
    words = [name for name in read if _WORDS + name in combinations.columns]
    columns: dict[str, Numeric | Stated] = {}
    if words:
        texts = combinations.select(pl.col(_WORDS + name).alias(name) for name in words)
        columns |= read_columns(texts, own_columns(texts.columns))[0]
    for name in read:
        key = f"_rank {order} of {name}"
        if key not in combinations.columns:
            continue
        ranks = combinations[key].cast(pl.Float64).to_numpy()
        if name == "metastases":
            found = columns[name]
            states = found.to_list() if isinstance(found, Stated) else []
            columns[name] = stated(
                [
                    m if not m else (Metastasis(organ="lung", months=None if r < 0 else r),)
                    for m, r in zip(states, ranks, strict=True)
                ]
            )
        else:
            columns[name] = Numeric(np.where(ranks < 0, np.nan, ranks), -np.inf, np.inf)
    return Records.of_columns(columns, combinations.height)
