"""Variables of a cohort as tables and regressions need them: numbers, or levels with their labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Flags, Floats
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.description.groups import label_of
from sarcoma.errors import CohortError
from sarcoma.patient import DERIVED, Coded, Members, Numeric, Records, field_specs

_BY_SIZE = ("histologic_type", "site", "centre")
"""Their levels stand from the largest to the smallest; those of the others have an order of their own."""


@dataclass(frozen=True, eq=False)
class Variable:
    """One variable of all patients of a cohort: numbers, or codes of levels.

    numbers (n,) : NaN where not known. codes (n,) : of `levels` (code → label, in order), "" where not known, or where
    several values are still possible.
    """

    name: str
    label: str
    unit: str | None = None
    numbers: Floats | None = None
    codes: NDArray[np.object_] | None = None
    levels: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> Flags:
        """(n,) of whom it is known."""
        return ~np.isnan(self.numbers) if self.numbers is not None else np.asarray(self.codes != "")

    @property
    def is_yes_no(self) -> bool:
        """Whether "yes" says it all."""
        return bool(self.levels) and set(self.levels) <= {"yes", "no"}

    def having(self, code: str) -> Flags:
        """(n,) who has a level."""
        return np.asarray(self.codes == code)


def variable(cohort: Cohort, asked: str, records: Records | None = None) -> Variable:
    """A variable by its name.

    Parameters
    ----------
    asked : `centre`, a field of the record or one derived from it, such as `grade` or `stage`; a number in intervals
        as `size_cm:5,10` (5 or less, above 5 to 10, above 10); one treatment as `treatments:chemotherapy`.
    records : the patients at another time than the origin.

    Raises
    ------
    CohortError : there is no such variable, or it is of another kind.
    """
    name, _, detail = asked.partition(":")
    if name == "centre" and not detail:
        if "centre" not in cohort.patients.columns:
            raise CohortError("centre: this cohort has no column of centres")
        codes = cohort.patients["centre"].fill_null("").to_numpy().astype(object)
        return _levels(asked, "Centre", codes, {})
    specs = field_specs()
    if name not in specs and name not in DERIVED:
        raise CohortError(
            f"{name[:40]}: neither a field of the record nor derived from it; for example grade, size_cm:5,10"
        )
    try:
        column = (cohort.records if records is None else records).column(name)
    except KeyError:
        raise CohortError(f"{name}: is neither a number nor coded") from None
    label, unit = (specs[name].label, specs[name].unit) if name in specs else _derived(name)
    if isinstance(column, Numeric):
        values = np.asarray(column.values, dtype=float).copy()
        return _in_intervals(asked, label, unit, values, detail) if detail else Variable(asked, label, unit, values)
    if isinstance(column, Coded):
        if detail:
            raise CohortError(f"{name}: cuts belong to numbers, for example size_cm:5,10")
        known = ["" if len(state) != 1 else next(iter(state)) for state in column.states]
        codes = np.array(known, dtype=object)[column.codes]
        return _levels(asked, label, codes, dict(specs[name].code_list()) if name in specs else {})
    if not detail:
        raise CohortError(f"{name}: a person may have several; name one, for example treatments:chemotherapy")
    labels = specs[name].code_list() if name in specs else {}
    if detail not in labels:
        raise CohortError(f"{name}: there is no such entry; for example {next(iter(labels), 'none')}")
    had = ["" if state is None else "yes" if detail in state else "no" for state in column.states]
    return _levels(
        asked, _capital(labels[detail]), np.array(had, dtype=object)[column.codes], {"yes": "yes", "no": "no"}
    )


def _derived(name: str) -> tuple[str, str | None]:
    """Label and unit of what is derived: "age at the landmark, in years"."""
    label, _, unit = DERIVED[name].partition(", in ")
    return _capital(label), unit or None


def treatments_had(cohort: Cohort) -> tuple[str, ...]:
    """The treatments that anyone had, as names for `variable`, the most frequent first."""
    column = cohort.records.column("treatments")
    if not isinstance(column, Members):
        return ()
    people = np.bincount(column.codes, minlength=len(column.states)).tolist()
    had = Counter[str]()
    for state, n in zip(column.states, people, strict=True):
        had.update(dict.fromkeys(state or (), n))
    known = field_specs()["treatments"].code_list()
    return tuple(f"treatments:{code}" for code, n in had.most_common() if n and code in known)


def _levels(asked: str, label: str, codes: NDArray[np.object_], labels: dict[str, str]) -> Variable:
    """A coded variable with the levels that anyone has."""
    distinct, counts = np.unique(codes[codes != ""].astype(str), return_counts=True)
    if asked in _BY_SIZE:
        ordered = [str(v) for v in distinct[np.argsort(-counts, kind="stable")]]
    else:
        seen = set(distinct.tolist())
        ordered = [code for code in labels if code in seen] + sorted(seen - set(labels))
    return Variable(
        asked, label, codes=codes, levels={code: labels.get(code, label_of(asked, code)) for code in ordered}
    )


def _in_intervals(asked: str, label: str, unit: str | None, values: Floats, detail: str) -> Variable:
    try:
        cuts = [float(part) for part in detail.split(",")]
    except ValueError:
        cuts = []
    if not cuts or not np.isfinite(cuts).all() or any(a >= b for a, b in pairwise(cuts)):
        raise CohortError("the cuts of a number must be numbers that increase, for example size_cm:5,10")
    after = f" {unit}" if unit else ""
    names = [f"{cuts[0]:g}{after} or less"]
    names += [f"above {a:g} to {b:g}{after}" for a, b in pairwise(cuts)]
    names.append(f"above {cuts[-1]:g}{after}")
    known = ~np.isnan(values)
    place = np.searchsorted(np.array(cuts), values, side="left")
    codes = np.where(known, place.astype(str), "").astype(object)
    return _levels(asked, label, codes, {str(i): name for i, name in enumerate(names)})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
