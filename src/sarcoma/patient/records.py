"""Records: n Patient records as columns, with everything that follows from them.

`column(name)` gives a field of the record or one of the derived variables below; each is computed at
first use. Rules (`evidence.rule`) and model cards name the same variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma.errors import NoSuchError
from sarcoma.evidence import Condition, Profile, library
from sarcoma.patient.columns import (
    Coded,
    Codes,
    Column,
    Numeric,
    Stated,
    numeric,
    stated,
    stated_numbers,
    unknown_numeric,
    unknown_stated,
)
from sarcoma.patient.contradictory import contradictions_by_record
from sarcoma.patient.derived import DERIVATIONS, is_sarcoma
from sarcoma.patient.field_file import field_specs
from sarcoma.patient.fields import FieldSpec
from sarcoma.patient.possible_profiles import profiles_by_record
from sarcoma.patient.record import Patient
from sarcoma.patient.record_fields import NOT_HAPPENED
from sarcoma.patient.stage_columns import staging
from sarcoma.patient.staging import Staging
from sarcoma.patient.table_account import TableAccount

if TYPE_CHECKING:
    from sarcoma.patient.mapping import TableMap

FieldValues = Sequence[Any] | Numeric | Stated | None
"""What records say of a field: one value each, or a column of them; None where nothing is known of anyone."""


class Records:
    """n records as columns.

    Parameters
    ----------
    patients : Patient records.
    """

    @checked
    def __init__(self, patients: Iterable[Patient]) -> None:
        rows = patients if isinstance(patients, Sequence) else tuple(patients)
        self._start(len(rows), rows, {}, {})

    def _start(
        self,
        n: int,
        patients: Sequence[Patient] | None,
        values: Mapping[str, FieldValues],
        derived: Mapping[str, Column],
    ) -> None:
        self._n = n
        self._patients = patients
        self._values = dict(values)
        self._columns: dict[tuple[str, str | None], Column] = {(name, None): c for name, c in derived.items()}
        self._staging: tuple[Codes, list[tuple[Staging, ...]]] | None = None
        self._profiles: tuple[Codes, list[tuple[Profile, ...]]] | None = None
        self._derived = dict(derived)
        self._not_stated: dict[str, Sequence[Any]] = {}
        self._stated: dict[str, Stated] = {}
        self._unknowns: list[None] | None = None
        self.answers: dict[Condition, NDArray[np.int8]] = {}  # of conditions (see `rules.answer`)

    @classmethod
    @checked
    def of_columns(
        cls, values: Mapping[str, FieldValues], n: int, derived: Mapping[str, Column] | None = None
    ) -> Records:
        """Records from checked values by field: what n `Patient` records with the same values would be.

        Parameters
        ----------
        values : n values of each field, or a column of them (`Numeric`, `Stated`); None for a field of which nothing
            is known of anyone. A field that is not given is what it is in a `Patient` that does not name it: unknown,
            or "has not happened" (`NOT_HAPPENED`).
        n : number of records.
        derived : derived variables that are known otherwise than from the fields.
        """
        records = cls.__new__(cls)
        records._start(n, None, values, derived or {})
        return records

    @classmethod
    @checked
    def of_arrow(cls, table: Any, mapping: TableMap | None = None) -> tuple[Records, TableAccount]:
        """Records of a table's rows, and the account of what could not be read: the same as row by row, in one pass.

        Parameters
        ----------
        table : a frame of text or of its own types, one row a patient: anything that speaks Arrow.
        mapping : what the columns mean; without it they are named like the fields of the record.

        Raises
        ------
        TableError : it is no table, or the mapping names columns that it does not have.

        Examples
        --------
        >>> import polars as pl
        >>> records, account = Records.of_arrow(pl.DataFrame({"age": ["62", "old"], "sex": ["f", "m"]}))
        >>> records, account
        (Records(n=2), TableAccount(rows_in=2, rows_out=2, problems=1))
        """
        from sarcoma.patient.mapping import as_table
        from sarcoma.patient.table_columns import CONTRADICTIONS, read_columns

        frame, known = as_table(table, mapping)
        n = frame.height
        columns, found = read_columns(frame, known)
        every = cls.of_columns(columns, n)
        found += contradictions_by_record(every, frozenset(known.fields), CONTRADICTIONS)
        account = TableAccount.of(n, found)
        if account.rows_refused:
            columns = {name: column.take(account.rows) for name, column in columns.items()}
        return cls.of_columns(columns, account.rows_out), account

    @checked
    def changed(self, values: Mapping[str, FieldValues], derived: Mapping[str, Column] | None = None) -> Records:
        """The same records with other values of some fields, and with further derived variables known otherwise."""
        records = type(self).__new__(type(self))
        records._start(len(self), self._patients, {**self._values, **values}, {**self._derived, **(derived or {})})
        return records

    def __len__(self) -> int:
        return self._n

    def __repr__(self) -> str:
        return f"Records(n={len(self)})"

    def column(self, name: str, grouping: str | None = None) -> Column:
        """A field or derived variable of all records; with `grouping`, histologic types in a model's groups.

        Raises
        ------
        NoSuchError : no field and no derived variable has this name.
        """
        key = (name, grouping)
        if key not in self._columns:
            self._columns[key] = self._group(name, grouping) if grouping else self._make(name)
        return self._columns[key]

    def values(self, name: str) -> Sequence[Any]:
        """A field of all records as it stands, None where unknown."""
        if self._is_unknown(name):
            return self._nothing()
        listed = self._not_stated.get(name)
        if listed is not None:
            return listed
        found = self._values.get(name)
        if found is None:
            found = self._silent(name)
        if not isinstance(found, (Numeric, Stated)):
            self._not_stated[name] = found
            return found
        self._not_stated[name] = listed = (
            found if isinstance(found, Stated) else self._of_numbers(name, found)
        ).to_list()
        return listed

    @checked
    def stated(self, name: str) -> Stated:
        """The same, each distinct value once.

        Raises
        ------
        NoSuchError : no field has this name.
        """
        column = self._stated.get(name)
        if column is None:
            column = self._stated[name] = self._make_stated(name)
        return column

    def _make_stated(self, name: str) -> Stated:
        self._spec(name)
        if self._is_unknown(name):
            return unknown_stated(self._n)
        found = self._values.get(name)
        if found is None:
            found = self._silent(name)
        if isinstance(found, Stated):
            return found
        return self._of_numbers(name, found) if isinstance(found, Numeric) else stated(found)

    def _of_numbers(self, name: str, column: Numeric) -> Stated:
        return stated_numbers(column, whole=self._spec(name).kind == "whole")

    def _spec(self, name: str) -> FieldSpec:
        found = field_specs().get(name) if isinstance(name, str) else None
        if found is None:
            raise NoSuchError("no field and no derived variable is called so; `age` is one, `sarcoma schema` lists all")
        return found

    def _is_unknown(self, name: str) -> bool:
        """Whether nothing is known of a field of anyone, so that it need not be looked at."""
        if name in self._values:
            return self._values[name] is None
        return self._patients is None and name not in NOT_HAPPENED

    def _silent(self, name: str) -> Sequence[Any] | Stated:
        """A field that no column states."""
        if self._patients is not None:
            return list(map(attrgetter(name), self._patients))
        if name == "local_recurrence":  # a time of it says that it happened
            never = np.isnan(self.numeric("local_recurrence_months").values)
            return Stated(never.astype(np.int32), (True, False))
        return Stated(np.broadcast_to(np.int32(0), self._n), (NOT_HAPPENED[name],))

    def _nothing(self) -> Sequence[Any]:
        """None for every record, made once for all fields that are not known."""
        if self._unknowns is None:
            self._unknowns = [None] * self._n
        return self._unknowns

    def _make(self, name: str) -> Column:
        derive = DERIVATIONS.get(name)
        if derive is not None:
            return derive(self)
        spec = self._spec(name)
        if spec.kind in ("number", "whole"):
            return self._make_numeric(name, spec)
        return self.stated(name).members() if spec.kind == "members" else self.stated(name).coded(_levels(spec))

    def _make_numeric(self, name: str, spec: FieldSpec) -> Numeric:
        if self._is_unknown(name):
            return unknown_numeric(self._n, spec.low, spec.high)
        found = self._values.get(name)
        if isinstance(found, Numeric):
            return found
        return (
            found.numeric(spec.low, spec.high)
            if isinstance(found, Stated)
            else numeric(self.values(name), spec.low, spec.high)
        )

    def _group(self, name: str, grouping: str | None) -> Column:
        column = self.column(name)
        groups = library().groupings[grouping or ""]
        if not isinstance(column, Coded):
            raise NoSuchError("is no coded field: `depth` is one")
        return column.map(lambda type_id: groups.group_of(type_id) or "none")

    @checked
    def coded(self, name: str) -> Coded:
        """A coded column by name."""
        column = self.column(name)
        if not isinstance(column, Coded):
            raise NoSuchError("is no coded field: `depth` is one")
        return column

    @checked
    def numeric(self, name: str) -> Numeric:
        """A numeric column by name."""
        column = self.column(name)
        if not isinstance(column, Numeric):
            raise NoSuchError("is no field of numbers: `age` is one")
        return column

    def profiles(self) -> tuple[Codes, list[tuple[Profile, ...]]]:
        """The type profiles that may hold: (index per record, one tuple of profiles per distinct answer)."""
        if self._profiles is None:
            self._profiles = profiles_by_record(self)
        return self._profiles

    def staging(self) -> tuple[Codes, list[tuple[Staging, ...]]]:
        """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""
        if self._staging is None:
            self._staging = staging(self)
        return self._staging


def _levels(spec: FieldSpec) -> Iterable[str]:
    """Every value that an unknown coded field may have.

    Raises
    ------
    KeyError : the field is no column of numbers, codes or sets.
    """
    if spec.kind == "type":
        return (t.id for t in library().types.values() if is_sarcoma(t))
    if spec.kind in ("code", "yes-no"):
        return spec.code_list()
    raise KeyError(spec.kind)
