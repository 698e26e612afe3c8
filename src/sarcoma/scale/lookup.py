"""What is looked up in an engine: small groups of columns, with what follows from each combination of their classes.

The parts of a card and the rules of `patient.checks` that read the same few columns are asked together, once for each
combination, and the engine joins the answers by one number. A group whose columns could combine in too many ways is
asked of the combinations that there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import polars as pl

from sarcoma._types import Floats
from sarcoma.evidence import staging_tables
from sarcoma.models.expression import DERIVED, FIRST, CardExpression, Cut, Part, bounds_of, number, seen
from sarcoma.patient import Metastasis, Numeric, Records, field_specs
from sarcoma.patient.checks import CHECKS, READS, Check
from sarcoma.patient.columns import Column, Stated, stated
from sarcoma.patient.contradictory import contradictions_by_record
from sarcoma.scale.engine import Engine
from sarcoma.scale.words_columns import LATEST, WordsColumn

REFUSED = -1
"""Instead of how far a card is for a record: that it is none."""
_JOINED = 2_000
"""Groups are put together while their columns combine in no more ways."""
_RANK = "rank of "
_LISTED = 50_000
"""Up to so many, every combination is asked; beyond, those that there are."""
_WITH_MONTHS = {name for name, (of, _) in DERIVED.items() if FIRST in of}
_LARGE = 1 << 31
_PACKED = 1 << 52
"""A key holds no more combinations, so that it is exact in every type of number."""


@dataclass(frozen=True, eq=False)
class Member:
    """A column as it stands in a key: `expression` gives whole numbers from 0 to `size` − 1."""

    name: str
    size: int
    expression: nw.Expr


@dataclass(frozen=True, eq=False)
class Group:
    """Members that are looked up together, and what reads them: parts of a card, rules of records (by their place)."""

    place: int
    members: tuple[Member, ...]
    parts: tuple[Part, ...]
    checks: tuple[int, ...]

    @property
    def size(self) -> int:
        """In how many ways the members could combine."""
        return math.prod(member.size for member in self.members)

    def _packed(self) -> list[list[Member]]:
        chunks: list[list[Member]] = [[]]
        for member in self.members:
            if math.prod(m.size for m in chunks[-1]) * member.size > _PACKED:
                chunks.append([])
            chunks[-1].append(member)
        return chunks

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the columns by which it is joined; one, but for very wide groups."""
        return tuple(f"_key {self.place} {i}" for i in range(len(self._packed())))

    @property
    def kind(self) -> Any:
        """The type of its key, if it is one."""
        return pl.Int64 if self.size >= _LARGE else pl.Int32

    def key_columns(self) -> list[nw.Expr]:
        """The columns by which it is joined."""
        found = []
        for name, chunk in zip(self.keys, self._packed(), strict=True):
            large = math.prod(m.size for m in chunk) >= _LARGE
            packed: nw.Expr | None = None
            for member in chunk:
                own = member.expression.cast(nw.Int64 if large else nw.Int32)
                packed = own if packed is None else packed * member.size + own
            found.append((nw.lit(0).cast(nw.Int32) if packed is None else packed).alias(name))
        return found

    def every(self) -> pl.DataFrame:
        """The keys of every combination."""
        return pl.DataFrame({self.keys[0]: pl.int_range(self.size, dtype=pl.Int32, eager=True)})

    def taken_apart(self, combinations: pl.DataFrame) -> dict[str, Any]:
        """By member the number that each of these keys holds."""
        found: dict[str, Any] = {}
        for name, chunk in zip(self.keys, self._packed(), strict=True):
            rest = combinations[name].to_numpy().astype(np.int64)
            for member in reversed(chunk):
                found[member.name] = rest % member.size
                rest = rest // member.size
        return found


class _Asked(NamedTuple):
    """What parts of a card and rules of records read."""

    fields: frozenset[str]
    parts: tuple[Part, ...] = ()
    checks: tuple[int, ...] = ()

    def with_(self, other: _Asked) -> _Asked:
        return _Asked(self.fields | other.fields, self.parts + other.parts, self.checks + other.checks)


class Lookups:
    """The groups of a table: by which members its columns are seen, and what is asked of them.

    Parameters
    ----------
    own : the fields of the record among the table's columns. words : those of words, read. card : what is to be worked
    out. checked : whether rows are to be refused that are no record.
    """

    def __init__(
        self,
        own: Sequence[str],
        words: Mapping[str, WordsColumn],
        card: CardExpression | None,
        *,
        checked: bool,
    ) -> None:
        self.own, self.words, self.card, self.checked = tuple(own), dict(words), card, checked
        self._times = {name: seen(name) for name in own if field_specs()[name].time}
        if "metastases" in words:
            self._times["metastases"] = nw.col(LATEST)
        self._cuts = dict(card.cuts) if card is not None else {}
        if "mitoses_per_10_hpf" in own and "mitoses_per_10_hpf" not in self._cuts:
            self._cuts["mitoses_per_10_hpf"] = _mitotic_cut()
        self._members = {member.name: member for member in self._every_member()}
        self.outside = tuple(name for name, column in self.words.items() if any(column.refused)) if checked else ()
        self.groups = self._grouped()

    # members

    def _every_member(self) -> Iterable[Member]:
        for name, column in self.words.items():
            yield Member(name, column.size, nw.col(column.key))
        for name, cut in self._cuts.items():
            yield Member(name, cut.size, cut.expression(seen(name)))
        for name, own in self._times.items():
            others = [other for one, other in self._times.items() if one != name]
            yield Member(_RANK + name, len(others) + 2, _rank(own, others))

    def _value(self, name: str) -> nw.Expr:
        return self.card.value(name) if self.card is not None and name in self.card.cuts else number(name)

    def _read_by(self, check: Check) -> frozenset[str]:
        names = {name for name in READS[check] if name in self.own}
        times = {_RANK + name for name in names if name in self._times}
        return frozenset({n for n in names if n in self.words or n == "mitoses_per_10_hpf"} | times)

    # groups

    def _grouped(self) -> tuple[Group, ...]:
        asked = [_Asked(part.fields, (part,)) for part in (self.card.parts if self.card is not None else ())]
        if self.checked:
            asked += [_Asked(frozenset((name,))) for name in self.outside]
            asked += [_Asked(self._read_by(check), (), (place,)) for place, check in enumerate(CHECKS)]
        groups: list[_Asked] = []
        for one in sorted((one for one in asked if one.fields or one.parts), key=lambda one: -self._size(one.fields)):
            fits = (one.fields <= own.fields or self._size(one.fields | own.fields) <= _JOINED for own in groups)
            place = next((i for i, joins in enumerate(fits) if joins), None)
            if place is None:
                groups.append(one)
            else:
                groups[place] = groups[place].with_(one)
        return tuple(
            Group(place, tuple(self._members[name] for name in sorted(one.fields)), one.parts, one.checks)
            for place, one in enumerate(groups)
        )

    def _size(self, names: Iterable[str]) -> int:
        return math.prod(self._members[name].size for name in names)

    # what is asked

    def is_outside(self) -> nw.Expr:
        """Whether a row is of something out of scope, by the classes of its words."""
        flags = [
            nw.col(self.words[name].key).is_in([i for i, out in enumerate(self.words[name].refused) if out])
            for name in self.outside
        ]
        found = flags[0]
        for flag in flags[1:]:
            found = found | flag
        return found

    def asked(self, group: Group, combinations: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, list[int]]]:
        """What follows from combinations of the members of a group.

        Returns
        -------
        The combinations with how far the card is for such a record (`REFUSED` where it is none) and the columns of its
        parts; and by reason the places of those that contradict themselves.
        """
        taken = group.taken_apart(combinations)
        n = combinations.height
        columns: dict[str, Any] = {}
        held: Floats = np.full(n, 2.0)
        if self.card is not None:
            held, columns = self.card.held(group.parts, self.records(taken, n))
        outside, broken = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        for name in self.outside:
            if name in taken:
                outside |= np.array(self.words[name].refused)[taken[name]]
        reasons: dict[str, list[int]] = {}
        if group.checks:
            for found in contradictions_by_record(self._ranked(taken, n), frozenset(self.own), 0):
                if found.step[1] not in group.checks:
                    continue
                for row, code in zip(found.rows.tolist(), found.codes.tolist(), strict=True):
                    if not outside[row]:
                        for problem in found.problems[code]:
                            reasons.setdefault(f"{problem.field}: {problem.text}", []).append(row)
                broken[found.rows] = True
        held = np.where(outside | broken, REFUSED, held)
        told = {f"_held {group.place}": pl.Series(held, dtype=pl.Int8)}
        for name, values in columns.items():
            own = f"{name} {group.place}" if name in ("_low", "_high") else name
            told[own] = pl.Series(values, dtype=pl.Float64).fill_nan(None)
        return combinations.with_columns(series.alias(name) for name, series in told.items()), reasons

    def _words(self, taken: Mapping[str, Any]) -> dict[str, Numeric | Stated]:
        return {
            name: Stated(taken[name].astype(np.int32), column.values).map(lambda value: value)
            for name, column in self.words.items()
            if name in taken
        }

    def records(self, taken: Mapping[str, Any], n: int) -> Records:
        """Combinations as records that a card cannot tell from those that have them."""
        columns = self._words(taken)
        derived: dict[str, Column] = {}
        for name, cut in self._cuts.items():
            if name in taken:
                values = Numeric(_possible(cut)[taken[name]], *bounds_of(name))
                if name in field_specs():
                    columns[name] = values
                else:
                    derived[name] = values
        return Records.of_columns(columns, n, derived)

    def _ranked(self, taken: Mapping[str, Any], n: int) -> Records:
        """Combinations as records that no rule on records can tell from those that have them."""
        columns = self._words(taken)
        if "mitoses_per_10_hpf" in taken:
            steps = _possible(self._cuts["mitoses_per_10_hpf"])
            columns["mitoses_per_10_hpf"] = Numeric(steps[taken["mitoses_per_10_hpf"]], -np.inf, np.inf)
        for name in self._times:
            ranks = taken.get(_RANK + name)
            if ranks is not None and name != "metastases":
                columns[name] = Numeric(np.where(ranks == 0, np.nan, ranks - 1.0), -np.inf, np.inf)
            elif ranks is not None and name in taken:
                states = columns["metastases"].to_list()  # type: ignore[union-attr]
                columns[name] = stated(
                    m if not m else (Metastasis(organ="lung", months=None if r == 0 else float(r - 1)),)
                    for m, r in zip(states, ranks.tolist(), strict=True)
                )
        return Records.of_columns(columns, n)

    # the engine's part

    def joined(
        self, frame: nw.LazyFrame[Any], engine: Engine, tables: Mapping[int, pl.DataFrame], schema: Mapping[str, Any]
    ) -> nw.LazyFrame[Any]:
        """A frame with the columns of the tables of its groups, by their places."""
        used = [group for group in self.groups if group.place in tables]
        scored = {p.field for p in self.card.card.form.scored} if self.card is not None else set()
        frame = self.keyed(frame, engine, used, schema, scored & self._cuts.keys())
        for group in used:
            frame = frame.join(engine.given(tables[group.place]), on=list(group.keys), how="left")
        return frame

    def keyed(
        self,
        frame: nw.LazyFrame[Any],
        engine: Engine,
        groups: Sequence[Group],
        schema: Mapping[str, Any],
        others: Iterable[str] = (),
    ) -> nw.LazyFrame[Any]:
        """A frame with the keys of groups, and the classes and numbers that they and `others` read."""
        read = {*others, *(member.name for group in groups for member in group.members)}
        if any(name.startswith(_RANK) for name in read):
            read |= self._times.keys()
        numbers = [name for name in (*self._cuts, *self._times) if name in read and name not in self.words]
        for column in self.words.values():
            if column.name in read or (column.months is not None and not _WITH_MONTHS.isdisjoint(numbers)):
                frame = column.onto(frame, engine, schema[column.name])
        if numbers:
            frame = frame.with_columns(*(self._value(n).alias(f"_number {n}") for n in dict.fromkeys(numbers)))
        keys = [key for group in groups for key in group.key_columns()]
        return frame.with_columns(*keys) if keys else frame


def listed(group: Group) -> bool:
    """Whether every combination is asked, instead of those that there are."""
    return group.size <= _LISTED


def _possible(cut: Cut) -> Floats:
    """A number of each step that such a number can be; nothing lies in steps beyond."""
    return np.clip(cut.representatives(), *bounds_of(cut.name))


def _mitotic_cut() -> Cut:
    return Cut("mitoses_per_10_hpf", tuple(sorted({r.at_least for r in staging_tables().fnclcc.mitoses_per_10_hpf})))


def _rank(own: nw.Expr, others: list[nw.Expr]) -> nw.Expr:
    """A time as the number of the others that are earlier, from 1; 0 where it is not known."""
    rank: nw.Expr = nw.lit(1)
    for other in others:
        rank = rank + nw.when(other < own).then(nw.lit(1)).otherwise(nw.lit(0))
    return nw.when(own.is_null()).then(nw.lit(0)).otherwise(rank)
