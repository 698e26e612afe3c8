"""Records: n Patient records as columns, with everything that follows from them.

`column(name)` gives a field of the record or one of the derived variables below; each is computed at
first use. Rules (`evidence.rule`) and model cards name the same variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from sarcoma.evidence import library
from sarcoma.patient.columns import Coded, Codes, Column, Numeric, coded, members, numeric
from sarcoma.patient.derived import DERIVATIONS, is_sarcoma
from sarcoma.patient.field_file import field_specs
from sarcoma.patient.record import Patient
from sarcoma.patient.stage_columns import staging
from sarcoma.patient.staging import Staging


class Records:
    """n records as columns.

    Parameters
    ----------
    patients : Patient records.
    """

    def __init__(self, patients: Iterable[Patient]) -> None:
        self._patients: Sequence[Patient] = patients if isinstance(patients, Sequence) else tuple(patients)
        self._n = len(self._patients)
        self._raw: dict[str, list[Any]] = {}
        self._columns: dict[tuple[str, str | None], Column] = {}
        self._staging: tuple[Codes, list[tuple[Staging, ...]]] | None = None
        self.given: dict[str, Column] = {}
        self.answers: dict[int, tuple[Any, Any]] = {}  # of conditions, by their identity (see `rules.answer`)

    @classmethod
    def of_columns(cls, values: dict[str, list[Any]], n: int, derived: dict[str, Column] | None = None) -> Records:
        """Records from checked values by field, each of length n; fields that are not given are unknown.

        `derived` are derived variables that are known otherwise than from the fields.
        """
        records = cls(())
        records._n = n
        records._raw = {name: values.get(name, [None] * n) for name in field_specs()}
        records.given = dict(derived or {})
        records._columns = {(name, None): column for name, column in records.given.items()}
        return records

    def __len__(self) -> int:
        return self._n

    def __repr__(self) -> str:
        return f"Records(n={len(self)})"

    def column(self, name: str, grouping: str | None = None) -> Column:
        """A field or derived variable of all records; with `grouping`, histologic types in a model's groups.

        Raises
        ------
        KeyError : no field and no derived variable has this name.
        """
        key = (name, grouping)
        if key not in self._columns:
            self._columns[key] = self._group(name, grouping) if grouping else self._make(name)
        return self._columns[key]

    def values(self, name: str) -> list[Any]:
        """A field of all records as it stands, None where unknown."""
        if name not in self._raw:
            self._raw[name] = list(map(attrgetter(name), self._patients))
        return self._raw[name]

    def _make(self, name: str) -> Column:
        derive = DERIVATIONS.get(name)
        if derive is not None:
            return derive(self)
        spec = field_specs()[name]
        if spec.kind in ("number", "whole"):
            return numeric(self.values(name), spec.low, spec.high)
        if spec.kind == "members":
            return members(None if v is None else frozenset(v) for v in self.values(name))
        if spec.kind == "type":
            return coded(self.values(name), (t.id for t in library().types.values() if is_sarcoma(t)))
        if spec.kind in ("code", "yes-no"):
            return coded(self.values(name), spec.code_list())
        raise KeyError(name)

    def _group(self, name: str, grouping: str | None) -> Column:
        column = self.column(name)
        groups = library().groupings[grouping or ""]
        if not isinstance(column, Coded):
            raise KeyError(name)
        return column.map(lambda type_id: groups.group_of(type_id) or "none")

    def coded(self, name: str) -> Coded:
        """A coded column by name."""
        column = self.column(name)
        if not isinstance(column, Coded):
            raise KeyError(name)
        return column

    def numeric(self, name: str) -> Numeric:
        """A numeric column by name."""
        column = self.column(name)
        if not isinstance(column, Numeric):
            raise KeyError(name)
        return column

    def staging(self) -> tuple[Codes, list[tuple[Staging, ...]]]:
        """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""
        if self._staging is None:
            self._staging = staging(self)
        return self._staging
