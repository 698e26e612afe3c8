"""A table by a model, in an engine: status, and the least and the greatest probability at each horizon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import polars as pl

from sarcoma._arguments import checked as arguments_checked
from sarcoma.errors import TableError
from sarcoma.models import Card
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.models.expression import APPLIES, DOES_NOT, FIRST, STATUS, CardExpression, figure_name, number
from sarcoma.patient import field_specs
from sarcoma.patient.mapping import own_columns
from sarcoma.patient.table_columns import read_columns
from sarcoma.scale.account import EngineAccount
from sarcoma.scale.engine import Engine, counted
from sarcoma.scale.lookup import REFUSED, Group, Lookups, listed
from sarcoma.scale.words_columns import LATEST, read_words

_MOST = 1.7976931348623157e308
_OWN = ("class of", "text of", "number", "scaled", "term", "key", "held", "low", "high", "best", "worst")
_PRIVATE = (FIRST, LATEST, "_least", "_most", *(f"_{name} " for name in _OWN))


@arguments_checked
def scored(card: Card, frame: Any, engine: Engine) -> nw.LazyFrame[Any]:
    """What a card says of the rows of a table.

    Parameters
    ----------
    frame : columns named like fields of the record: numbers as numbers, everything else in words that the field
        understands. Others are kept as they are.
    engine : what the table is of.

    Returns
    -------
    The table with the columns of `sarcoma outlook --table`: `{id}.status` in words, and for each horizon
    `{id}.{months}m`, null where a range is all that can be said, and the range as `{id}.{months}m.low` and `.high`.

    Raises
    ------
    CardError : the card is a course of several states. TableError : a field of numbers that the card asks holds text,
        or a column has a name that is needed here.
    """
    given: nw.LazyFrame[Any] = frame if isinstance(frame, nw.LazyFrame) else nw.from_native(frame).lazy()
    return Scoring(given, engine, card, checked=False).said()


class Scoring:
    """A table that is looked through, so that one pass gives what a card says of its rows.

    Parameters
    ----------
    frame : as of `scored`. card : None where only those rows are wanted that are records. checked : whether rows are
        left out that are no record.
    """

    def __init__(self, frame: nw.LazyFrame[Any], engine: Engine, card: Card | None, *, checked: bool) -> None:
        self._frame, self._engine, self._card, self._checked = frame, engine, card, checked
        self._schema = dict(frame.collect_schema())
        self._expression = None if card is None else CardExpression(card, self._schema)
        own = [name for name in field_specs() if name in self._schema]
        self._own = own if checked or self._expression is None else list(self._expression.fields)
        self._refuse_columns()
        self._numbers = [name for name in self._own if field_specs()[name].kind == "number"]
        self._words = read_words(frame, engine, [name for name in self._own if name not in self._numbers])
        self._lookups = Lookups(self._own, self._words, self._expression, checked=checked)
        self._broken: Counter[str] = Counter()
        self._tables = self._looked_up()

    def _refuse_columns(self) -> None:
        figures = self._expression.figure_names if self._expression is not None else ()
        for name, kind in self._schema.items():
            if name.startswith(_PRIVATE) or name in figures:
                raise TableError(f"a column is called {name[:40]}, which is needed here; name it otherwise")
            if self._card is not None and name.startswith(f"{self._card.id}."):
                raise TableError(f"the table has columns of {self._card.id} already; leave them out")
            spec = field_specs().get(name)
            if name in self._own and spec is not None and spec.kind == "number" and not kind.is_numeric():
                raise TableError(
                    f"{name}: must be numbers here ({spec.range_text()}), and the column is of another type"
                )

    # what is looked up

    def _looked_up(self) -> dict[int, pl.DataFrame]:
        """By the place of a group what follows from its combinations, if anything does; contradictions are counted."""
        groups = self._lookups.groups
        there = self._counted([group for group in groups if not listed(group)])
        found, broken = {}, []
        for group in groups:
            combinations = group.every() if listed(group) else there[group.place].drop("n")
            table, reasons = self._lookups.asked(group, combinations)
            if reasons:
                broken.append((group, combinations, reasons))
            says_nothing = table.width == combinations.width + 1 and (table[f"_held {group.place}"] == APPLIES).all()
            if not says_nothing:
                found[group.place] = table
        counts = self._counted([group for group, _, _ in broken], inside=True)
        for group, combinations, reasons in broken:
            n = combinations.join(counts[group.place], on=list(group.keys), how="left")["n"].fill_null(0)
            for reason, places in reasons.items():
                self._broken[reason] += int(n.gather(places).sum())
        return found

    def _counted(self, groups: Sequence[Group], *, inside: bool = False) -> dict[int, pl.DataFrame]:
        """By the place of a group how many rows have which combination; `inside`: of those not out of scope."""
        packed = {group.keys[0]: group for group in groups if len(group.keys) == 1}
        counts = counted(self._engine, list(packed), lambda names: self._keyed([packed[n] for n in names], inside))
        found = {packed[name].place: of.cast({name: packed[name].kind}) for name, of in counts.items()}
        for group in groups:
            if len(group.keys) > 1:
                by_key = self._keyed([group], inside).group_by(*group.keys)
                found[group.place] = self._engine.small(by_key.agg(nw.len().alias("n")))
        return found

    def _keyed(self, groups: Sequence[Group], inside: bool) -> nw.LazyFrame[Any]:
        """The keys of groups, of every row or of those that are not out of scope."""
        outside = self._lookups.outside if inside else ()
        frame = self._lookups.keyed(self._frame, self._engine, groups, self._schema, outside)
        if outside:
            frame = frame.filter(~self._lookups.is_outside())
        return frame.select(*(key for group in groups for key in group.keys))

    # what is said

    def said(self) -> nw.LazyFrame[Any]:
        """The rows, without those that are refused, with what the card says."""
        frame = self._lookups.joined(self._frame, self._engine, self._tables, self._schema)
        every = [nw.col(f"_held {place}") for place in self._tables]
        held = nw.min_horizontal(*every) if len(every) > 1 else every[0] if every else nw.lit(APPLIES)
        frame = frame.with_columns(held.alias("_held "))
        if self._checked and any((table[f"_held {place}"] == REFUSED).any() for place, table in self._tables.items()):
            frame = frame.filter(nw.col("_held ") > REFUSED)
        return self._told(frame)

    def _told(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        card, held = self._card, nw.col("_held ")
        if card is None or self._expression is None:
            return frame.select(*self._schema)
        sums = [
            (nw.col(f"_low {place}"), nw.col(f"_high {place}"))
            for place, table in self._tables.items()
            if f"_low {place}" in table.columns
        ]
        figures = self._expression.figures(sums, held == APPLIES)
        yes, no, open_yet = (nw.lit(STATUS_WORDS[status]) for status in (1, 0, -1))
        status = nw.when(held == APPLIES).then(yes).when(held == DOES_NOT).then(no).otherwise(open_yet)
        named = self._expression.figure_names
        told = [status.alias(f"{card.id}.{STATUS}")]
        for h in card.outcome.horizons_months:
            low, high = nw.col(figure_name(h, "low")), nw.col(figure_name(h, "high"))
            name = f"{card.id}.{h:g}m"
            told += [nw.when(low == high).then(low).alias(name), low.alias(f"{name}.low"), high.alias(f"{name}.high")]
            if figure_name(h, "bound") in named:
                told.append(nw.col(figure_name(h, "bound")).alias(f"{name}.bound"))
        for columns in figures:
            frame = frame.with_columns(*columns) if columns else frame
        return frame.select(*self._schema, *told)

    def account(self, rows_out: int) -> EngineAccount:
        """Who was refused and why, and which cells were left unknown."""
        counts = []
        for name in self._numbers:
            own = nw.col(name).cast(nw.Float64)
            endless = ~own.is_nan() & ((own > _MOST) | (own < -_MOST))  # engines put NaN above every number
            counts += [_count(_is_impossible(name), f"_cells {name}"), _count(endless, f"_endless {name}")]
        told = self._engine.small(self._frame.select(nw.len().alias("_rows"), *counts)).row(0, named=True)
        rows_in = int(told["_rows"])
        account = EngineAccount(rows_in, rows_in - rows_out)
        for column in self._words.values():
            account.refused_because.update(column.rows)
            account.cells_left_unknown.update(column.cells)
        account.refused_because.update(self._broken)
        for name in self._numbers:
            no_number, outside = _reasons(name)
            n = int(told[f"_endless {name}"] or 0)
            account.cells_left_unknown.update({no_number: n, outside: int(told[f"_cells {name}"] or 0) - n})
        account.refused_because, account.cells_left_unknown = +account.refused_because, +account.cells_left_unknown
        return account


def _reasons(name: str) -> tuple[str, str]:
    """Why a number is not known that is infinite, or out of its range: in the words that a table is told."""
    limits = field_specs()[name].limits
    bad = [float("inf"), float("inf") if limits is None else limits.high + 1]
    _, found = read_columns(pl.DataFrame({name: bad}), own_columns([name]))
    told = {row: step.problems[code][0] for step in found for row, code in zip(step.rows, step.codes, strict=True)}
    endless, outside = (f"{told[row].field}: {told[row].text}" for row in (0, 1))
    return endless, outside


def _count(flag: nw.Expr, name: str) -> nw.Expr:
    return nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias(name)


def _is_impossible(name: str) -> nw.Expr:
    own = nw.col(name)
    return ~own.is_null() & ~own.cast(nw.Float64).is_nan() & number(name).is_null()
