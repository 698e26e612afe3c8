"""What could not be read in a table: rows in = records + rows refused, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass
from sarcoma.errors import Problem

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Found:
    """Problems of some rows, all found at one step of reading; `step` puts those of one row in order.

    rows (m,) : their places. codes (m,) : what is wrong with each, a place in `problems`. refuses : whether such a row
    is no record.
    """

    step: tuple[int, int]
    rows: Places
    codes: Places
    problems: Sequence[tuple[Problem, ...]]
    refuses: bool


@dataclass(frozen=True, eq=False, repr=False)
class TableAccount:
    """Of a table of n rows: which became records, and every problem, in the order of the rows.

    Attributes
    ----------
    rows (r,) : places of the rows that became records, in their order; 0 is the first. refused (n,) : whether a row did
        not. problem_rows (m,) : the place of the row of each problem. problem_codes (m,) : what it is, a place in
        `problems`.
    """

    rows: Places
    refused: NDArray[np.bool_]
    problem_rows: Places
    problem_codes: Places
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, n: int, found: Sequence[Found]) -> TableAccount:
        """From what the steps of reading found, in any order."""
        refused = np.zeros(n, dtype=bool)
        distinct: dict[Problem, int] = {}
        rows, codes = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
        last, gone = -1, refused  # a row that one step refuses is not looked at by those after it
        for step in sorted(found, key=lambda one: one.step):
            if step.step[0] != last:
                last, gone = step.step[0], refused.copy()
            kept = ~gone[step.rows]
            step_rows, step_codes = step.rows[kept], step.codes[kept]
            if step.refuses:
                refused[step_rows] = True
            numbers = [[distinct.setdefault(p, len(distinct)) for p in some] for some in step.problems]
            for position in range(max(map(len, numbers), default=0)):
                place = np.array([some[position] if position < len(some) else -1 for some in numbers], dtype=np.intp)
                own = place[step_codes]
                rows.append(step_rows[own >= 0])
                codes.append(own[own >= 0])
        where = np.concatenate(rows)
        order = np.argsort(where, kind="stable")
        return cls(np.flatnonzero(~refused), refused, where[order], np.concatenate(codes)[order], tuple(distinct))

    def __repr__(self) -> str:
        return f"TableAccount(rows_in={self.rows_in}, rows_out={self.rows_out}, problems={len(self.problem_rows)})"

    @property
    def rows_in(self) -> int:
        return len(self.refused)

    @property
    def rows_out(self) -> int:
        return len(self.rows)

    @property
    def rows_refused(self) -> int:
        return self.rows_in - self.rows_out

    def __iter__(self) -> Iterator[tuple[int, Problem, bool]]:
        """Each problem: the place of its row, what it is, and whether the row was refused."""
        refused = self.refused[self.problem_rows].tolist()
        for row, code, out in zip(self.problem_rows.tolist(), self.problem_codes.tolist(), refused, strict=True):
            yield row, self.problems[code], out

    def reasons(self, *, refused: bool) -> Counter[str]:
        """How often each reason occurred, among refused rows or among single cells left unknown."""
        own = self.problem_codes[self.refused[self.problem_rows] == refused]
        counts = np.bincount(own, minlength=len(self.problems)).tolist()
        told: Counter[str] = Counter()
        for problem, count in zip(self.problems, counts, strict=True):
            if count:
                told[f"{problem.field}: {problem.text}"] += count
        return told
