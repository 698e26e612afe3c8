"""What a card requires, counted in an engine: how many people fail each rule, and of how many it is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from sarcoma._types import Flags
from sarcoma.models import Card
from sarcoma.models.expression import CardExpression, Part, seen
from sarcoma.models.predictor import Requirement, recoded
from sarcoma.patient import Coded, Records, field_specs
from sarcoma.scale.engine import Engine
from sarcoma.scale.lookup import Group, Lookups
from sarcoma.scale.words_columns import read_words

_COUNTED = "_counted"


@dataclass(frozen=True, slots=True)
class CountedRequirement:
    """One thing that must hold for a card to be used: how many fail it, and of how many it cannot be told."""

    text: str
    fields: tuple[str, ...]
    fails: int
    unknown: int


@dataclass(frozen=True, slots=True)
class CountedRequirements:
    """requirements : as `predict` has them. missing : of how many, to whom the card may apply, each predictor is not
    known."""

    requirements: tuple[CountedRequirement, ...]
    missing: tuple[tuple[str, int], ...]


def requirements_counted(card: Card, frame: nw.LazyFrame[Any], counted: nw.Expr, engine: Engine) -> CountedRequirements:
    """What a card requires of the rows of a table.

    Parameters
    ----------
    frame : as of `scored`. counted : whether a row counts; what is required depends on which rows there are at all.
    """
    return _Counting(card, frame, counted, engine).told()


class _Counting:
    def __init__(self, card: Card, frame: nw.LazyFrame[Any], counted: nw.Expr, engine: Engine) -> None:
        self._card, self._engine = card, engine
        self._frame = frame.with_columns(nw.when(counted).then(nw.lit(1)).otherwise(nw.lit(0)).alias(_COUNTED))
        self._schema = dict(self._frame.collect_schema())
        self._expression = CardExpression(card, self._schema)
        own = list(self._expression.fields)
        words = read_words(frame, engine, [n for n in own if field_specs()[n].kind != "number"])
        self._lookups = Lookups(own, words, self._expression, checked=False)
        self._fails: dict[str, list[tuple[Requirement, int, int]]] = {}
        self._absent: dict[str, str] = {}

    def told(self) -> CountedRequirements:
        tables = {group.place: self._asked(group) for group in self._lookups.groups if group.parts}
        form, missing = self._jointly(tables)
        found: dict[tuple[str, tuple[str, ...]], CountedRequirement] = {}
        for part in self._expression.parts:
            for requirement, fails, unknown in self._fails.get(part.name, []):
                counts = (fails, unknown)
                if self._masked(part):
                    if form is None:
                        continue
                    counts = form
                own = CountedRequirement(requirement.text, requirement.fields, *counts)
                found[own.text, own.fields] = own
        return CountedRequirements(tuple(found.values()), missing)

    def _masked(self, part: Part) -> bool:
        """Whether a part is asked only where the card's own rules hold."""
        return part.name == "form" and self._card.form.asked_of_allowed

    def _asked(self, group: Group) -> pl.DataFrame:
        """The combinations that there are, with whether a part fails and whether a predictor is not known."""
        keys = list(group.keys)
        keyed = self._lookups.keyed(self._frame, self._engine, [group], self._schema)
        counts = self._engine.small(keyed.group_by(*keys).agg(nw.col(_COUNTED).sum()))
        n, people = counts.height, counts[_COUNTED].to_numpy()
        records = self._lookups.records(group.taken_apart(counts), n)
        flags: dict[str, Flags] = {"_fails": np.zeros(n, dtype=bool), "_form": np.zeros(n, dtype=bool)}
        open_yet = np.zeros(n, dtype=bool)
        for part in group.parts:
            requirements, _ = part.ask(records)
            for one in requirements:
                fails, unknown = one.answers == 0, one.answers == -1
                told = (one, int(people[fails].sum()), int(people[unknown].sum()))
                self._fails.setdefault(part.name, []).append(told)
                flags["_form" if self._masked(part) else "_fails"] |= fails
                if self._masked(part):
                    open_yet |= unknown
            for field, absent in _absent(self._card, part, records):
                flags[f"_absent {field}"] = absent
                self._absent[field] = f"_absent {field} {group.place}"
        flags["_open"] = open_yet
        named = {f"{name} {group.place}": pl.Series(flag.astype(np.int8)) for name, flag in flags.items()}
        return counts.select(keys).with_columns(series.alias(name) for name, series in named.items())

    def _jointly(
        self, tables: Mapping[int, pl.DataFrame]
    ) -> tuple[tuple[int, int] | None, tuple[tuple[str, int], ...]]:
        """Of how many to whom the card may apply each predictor is not known; and what its form requires where its own
        rules hold (None where they hold of nobody)."""
        frame = self._lookups.joined(self._frame, self._engine, tables, self._schema).filter(nw.col(_COUNTED) == 1)

        def of(name: str) -> nw.Expr:
            columns = [nw.col(f"{name} {place}") for place in tables]
            return nw.max_horizontal(*columns) if len(columns) > 1 else columns[0]

        allowed = of("_fails") == 0
        absent: dict[str, nw.Expr] = {}
        for field in self._predictors():
            if field in self._absent:
                absent[field] = nw.col(self._absent[field]) == 1
            elif field in self._expression.cuts:
                absent[field] = seen(field).is_null()
            else:
                absent[field] = nw.lit(value=True)
        may = allowed & (of("_form") == 0)
        flags = {
            "allowed": allowed,
            "fails": allowed & (of("_form") == 1),
            "open": allowed & (of("_open") == 1),
            **{f"absent_{i}": may & flag for i, flag in enumerate(absent.values())},
        }
        counts = [nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)).sum().alias(name) for name, flag in flags.items()]
        row = self._engine.small(frame.select(*counts)).row(0, named=True)
        told = {name: int(n or 0) for name, n in row.items()}
        missing = tuple((field, told[f"absent_{i}"]) for i, field in enumerate(absent))
        return ((told["fails"], told["open"]) if told["allowed"] else None), missing

    def _predictors(self) -> list[str]:
        """The fields of the predictors, as `predict` names those that are missing."""
        form = self._card.form
        strata = [form.strata.field] if form.strata is not None else []
        return list(dict.fromkeys([*(p.field for p in form.scored), *strata]))


def _absent(card: Card, part: Part, records: Records) -> list[tuple[str, Flags]]:
    """In which records the coded predictor of a part is not known."""
    found = [(p.field, p.term(records).missing) for p in card.form.scored if p.name == part.name and p.transform.coded]
    strata = card.form.strata
    if part.name == "form" and strata is not None:
        column = records.column(strata.field)
        if isinstance(column, Coded):
            found.append((strata.field, ~recoded(column, strata.recode).known()))
    return found
