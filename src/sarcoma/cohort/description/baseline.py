"""Table 1: who the people of a cohort are, all of them and by group, and how far groups differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sarcoma._arguments import checked
from sarcoma._types import Flags, Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.description.small_cells import rounded
from sarcoma.cohort.description.variables import Variable, treatments_had, variable
from sarcoma.errors import CohortError

FIELDS = (
    "age", "sex", "size_cm", "grade", "depth", "histologic_type", "site", "surgery", "margin", "radiotherapy",
)  # fmt: skip
"""What a Table 1 has unless asked for otherwise; treatments that anyone had follow."""
_MOST_GROUPS = 12


@dataclass(frozen=True)
class NumberSummary:
    """Numbers of one group; None where nobody's is known, or where it is hidden. Quartiles are R's type 7."""

    mean: float | None
    sd: float | None
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None


@dataclass(frozen=True)
class LevelCounts:
    """How many have a level, by column; None where it is hidden."""

    label: str
    counts: tuple[int | None, ...]


@dataclass(frozen=True)
class BaselineVariable:
    """One variable by column: of how many it is known, and numbers or counts of levels.

    difference : the largest standardised difference between two of the groups, None without groups or where it has no
        answer.
    """

    name: str
    label: str
    unit: str | None
    known: tuple[int | None, ...]
    missing: tuple[int | None, ...]
    numbers: tuple[NumberSummary, ...] = ()
    levels: tuple[LevelCounts, ...] = ()
    difference: float | None = None


@dataclass(frozen=True)
class BaselineTable:
    """Table 1 of a cohort.

    columns : "all", the groups and, where the group of some is not known, those. patients : how many, by column.
    not_recorded : variables that are not known of anyone.
    """

    cohort: str
    by: str | None
    columns: tuple[str, ...]
    groups: int
    patients: tuple[int | None, ...]
    variables: tuple[BaselineVariable, ...]
    not_recorded: tuple[str, ...] = ()
    min_cell: int | None = None


@checked
def baseline_table(
    cohort: Cohort, by: str | None = None, fields: Sequence[str] = (), *, min_cell: int | None = None
) -> BaselineTable:
    """Table 1: each variable of all people and by group, who is missing, and standardised differences.

    Parameters
    ----------
    by : the variable that makes the groups, as `variable` names it: `grade`, `centre`, `size_cm:5,10`.
    fields : the variables, in order; `FIELDS` and all treatments where none are given.
    min_cell : counts of 1 to k − 1 are hidden and the others rounded to multiples of k, means and quartiles to whole
        numbers, differences to one digit, so that nothing hidden follows from what is shown.

    Notes
    -----
    Of numbers the difference is |m₁ − m₂| / √((s₁² + s₂²)/2); of levels √(dᵀ S⁻¹ d), d the differences of the shares of
    all levels but one and S the mean of their two multinomial covariances (Yang and Dalton, SAS Global Forum
    2012, paper 335), both among those of whom the variable is known. No p value: who differs by chance is
    not what a Table 1 asks.

    Raises
    ------
    CohortError : there is no such variable, the groups are numbers or too many, or `min_cell` is below 2.
    """
    if min_cell is not None and min_cell < 2:
        raise CohortError("min_cell: give 2 or more, for example 5")
    if not len(cohort):
        raise CohortError("this cohort has no patients")
    everyone = np.ones(len(cohort), dtype=bool)
    columns, parts, groups = ["all"], [everyone], 0
    label = None
    if by is not None:
        grouping = _grouping(cohort, by)
        label, groups = grouping.label, len(grouping.levels)
        columns += grouping.levels.values()
        parts += [grouping.having(code) for code in grouping.levels]
        if not grouping.known.all():
            columns.append("not known")
            parts.append(~grouping.known)
    own = tuple(fields) or (*FIELDS, *treatments_had(cohort))
    rows, absent = [], []
    for name in own:
        if name == by and not fields:
            continue
        one = _variable(cohort, name)
        if one.known.any():
            rows.append(_row(one, parts, groups))
        else:
            absent.append(one.label)
    patients = tuple(int(part.sum()) for part in parts)
    table = BaselineTable(cohort.about.name, label, tuple(columns), groups, patients, tuple(rows), tuple(absent))
    return table if min_cell is None else _protected(table, min_cell)


def _grouping(cohort: Cohort, by: str) -> Variable:
    found = variable(cohort, by)
    if found.codes is None:
        raise CohortError(f"{by[:40]}: groups need levels; give cuts, for example {by[:40]}:5,10")
    if not found.levels:
        raise CohortError(f"{by[:40]}: not known of anyone, so there are no groups")
    if len(found.levels) > _MOST_GROUPS:
        raise CohortError(f"{by[:40]}: {len(found.levels)} groups are more than a table holds ({_MOST_GROUPS})")
    return found


def _variable(cohort: Cohort, name: str) -> Variable:
    """A variable; the age at the origin of time stands in where no age at diagnosis is known."""
    found = variable(cohort, name)
    if name == "age" and not found.known.any() and "age_at_origin" in cohort.patients.columns:
        ages = cohort.patients["age_at_origin"].fill_null(float("nan")).to_numpy()
        return replace(found, label=f"Age at {cohort.about.origin.replace('-', ' ')}", numbers=ages)
    return found


def _row(one: Variable, parts: Sequence[Flags], groups: int) -> BaselineVariable:
    known = [part & one.known for part in parts]
    counts = tuple(int(part.sum()) for part in known)
    missing = tuple(int(part.sum()) - n for part, n in zip(parts, counts, strict=True))
    among = known[1 : 1 + groups]
    if one.numbers is not None:
        values = [one.numbers[part] for part in known]
        difference = _largest([_of_numbers(one.numbers[a], one.numbers[b]) for a, b in combinations(among, 2)])
        summaries = tuple(_summary(v) for v in values)
        return BaselineVariable(
            one.name, one.label, one.unit, counts, missing, numbers=summaries, difference=difference
        )
    table = np.array([[int((part & one.having(code)).sum()) for part in known] for code in one.levels])
    inside = table[:, 1 : 1 + groups]
    difference = _largest([_of_levels(inside[:, a], inside[:, b]) for a, b in combinations(range(groups), 2)])
    levels = tuple(
        LevelCounts(label, tuple(row))
        for (code, label), row in zip(one.levels.items(), table.tolist(), strict=True)
        if code == "yes" or not one.is_yes_no or "yes" not in one.levels
    )
    return BaselineVariable(one.name, one.label, one.unit, counts, missing, levels=levels, difference=difference)


def _summary(values: Floats) -> NumberSummary:
    if not len(values):
        return NumberSummary(None, None, None, None, None)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    sd = float(values.std(ddof=1)) if len(values) > 1 else None
    return NumberSummary(float(values.mean()), sd, middle, low, high)


def _largest(differences: Sequence[float | None]) -> float | None:
    """The largest; None where any pair has no answer, because that one may be the largest."""
    found = [d for d in differences if d is not None]
    return max(found) if found and len(found) == len(differences) else None


def _of_numbers(a: Floats, b: Floats) -> float | None:
    if len(a) < 2 or len(b) < 2:
        return None
    spread = float(np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
    apart = float(abs(a.mean() - b.mean()))
    return apart / spread if spread > 0 else 0.0 if apart == 0 else None


def _of_levels(a: Floats, b: Floats) -> float | None:
    if not a.sum() or not b.sum():
        return None
    seen = (a + b) > 0
    p, q = a[seen] / a.sum(), b[seen] / b.sum()
    d = (p - q)[1:]
    if not d.any():
        return 0.0
    s = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q))[1:, 1:] / 2
    if np.linalg.matrix_rank(s, tol=1e-12) < len(s):  # all of one group have one level: apart by any measure
        return None
    return float(np.sqrt(d @ np.linalg.solve(s, d)))


# -- small cells


def _protected(table: BaselineTable, least: int) -> BaselineTable:
    def count(n: int | None) -> int | None:
        return None if n is None or 0 < n < least else rounded(n, least)

    def counts(row: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(count(n) for n in row)

    def whole(summary: NumberSummary, n: int | None) -> NumberSummary:
        if n is None or n < least:
            return NumberSummary(None, None, None, None, None)
        parts = (summary.mean, summary.sd, summary.median, summary.lower_quartile, summary.upper_quartile)
        return NumberSummary(*(None if v is None else float(round(v)) for v in parts))

    variables = tuple(
        replace(
            v,
            known=counts(v.known),
            missing=counts(v.missing),
            numbers=tuple(whole(s, n) for s, n in zip(v.numbers, v.known, strict=False)),
            levels=tuple(LevelCounts(row.label, counts(row.counts)) for row in v.levels),
            difference=None if v.difference is None else round(v.difference, 1),
        )
        for v in table.variables
    )
    return replace(table, patients=counts(table.patients), variables=variables, min_cell=least)
