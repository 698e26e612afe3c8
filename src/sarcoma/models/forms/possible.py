"""What the unknown predictors of records may be, as combinations of values to try."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass
from sarcoma.errors import CardError
from sarcoma.models.predictor import Predictor, values_of
from sarcoma.patient import Coded, Numeric, Records

_NUMBERS_TRIED = 9  # values of an unknown number, over its range
_MOST_COMBINATIONS = 20_000

Values = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class PossibleValues:
    """Predictors of n records by name.

    known : the value (one of those possible where it is not known). missing : where it is not. candidates : what that
    of a record may be.
    """

    known: Values
    missing: dict[str, NDArray[np.bool_]]
    candidates: dict[str, Callable[[int], list[Any]]]

    @classmethod
    def of(cls, predictors: Sequence[Predictor], records: Records, rows: NDArray[np.intp]) -> PossibleValues:
        """The predictors of some records; of several with one name, the first."""
        known: Values = {}
        missing: dict[str, NDArray[np.bool_]] = {}
        candidates: dict[str, Callable[[int], list[Any]]] = {}
        for p in predictors:
            if p.name in known:
                continue
            column = p.column(records).take(rows)
            known[p.name], missing[p.name] = values_of(column)
            if isinstance(column, Coded):
                states = [sorted(s) for s in column.states]
                levels = set(p.transform.by_level)
                candidates[p.name] = lambda i, c=column, s=states, k=levels: [v for v in s[c.codes[i]] if v in k]  # type: ignore[misc]
            else:
                candidates[p.name] = lambda _, p=p, c=column: _grid(p, c)  # type: ignore[misc]
        return cls(known, missing, candidates)

    def all_known(self, n: int) -> NDArray[np.bool_]:
        """(n,) whether every predictor is known."""
        found: NDArray[np.bool_] = ~np.any(list(self.missing.values()) or [np.zeros(n, bool)], axis=0)
        return found

    def take(self, rows: NDArray[np.intp]) -> Values:
        """The values of some records."""
        return {name: column[rows] for name, column in self.known.items()}

    def batches(self, rows: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], Values, NDArray[np.intp]]]:
        """Records with what each may be, some at a time: the records, the columns of all their combinations, and where
        those of each record end."""
        some: list[int] = []
        table: list[tuple[Any, ...]] = []
        ends: list[int] = []
        for i in rows.tolist():
            some.append(i)
            table += self._combinations(i)
            ends.append(len(table))
            if len(table) >= _MOST_COMBINATIONS or i == rows[-1]:
                columns = zip(*table, strict=True)
                kinds = [column.dtype for column in self.known.values()]
                x = {n: np.array(c, dtype=k) for n, c, k in zip(self.known, columns, kinds, strict=True)}
                yield np.array(some), x, np.array(ends)
                some, table, ends = [], [], []

    def _combinations(self, i: int) -> list[tuple[Any, ...]]:
        """Every combination of what record i may be."""
        choices = []
        for name, column in self.known.items():
            choices.append(self.candidates[name](i) if self.missing[name][i] else [column[i]])
        while math.prod(len(c) for c in choices) > _MOST_COMBINATIONS:
            longest = max(range(len(choices)), key=lambda k: len(choices[k]))
            if isinstance(choices[longest][0], str) or len(choices[longest]) <= 3:
                break
            choices[longest] = choices[longest][:: (len(choices[longest]) - 1) // 2]
        if math.prod(len(c) for c in choices) > 20 * _MOST_COMBINATIONS:
            raise CardError("too much is unknown for this model: its range cannot be worked out")
        return list(itertools.product(*choices))


def _grid(predictor: Predictor, column: Numeric) -> list[float]:
    """Numbers that an unknown one may be, the ends of its range among them."""
    start, end = predictor.range or (column.low, column.high)
    if not np.isfinite([start, end]).all():
        raise CardError(f"predictor {predictor.name}: give its `range`, so that an unknown value has one")
    special = [k for k in predictor.transform.turning_points if start < k < end]
    return sorted({*np.linspace(start, end, _NUMBERS_TRIED).tolist(), *special})
