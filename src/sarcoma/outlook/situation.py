"""Reading single values off one record: a coded state, a number."""

from __future__ import annotations

from sarcoma.patient import Coded, Numeric, Records


def state_of(records: Records, name: str) -> frozenset[str]:
    """The values that a coded variable of the (single) record may have."""
    column = records.column(name)
    if not isinstance(column, Coded):
        raise TypeError(name)
    return column.states[int(column.codes[0])]


def number_of(records: Records, name: str) -> float:
    """A number of the (single) record; NaN if it is not known."""
    column = records.column(name)
    if not isinstance(column, Numeric):
        raise TypeError(name)
    return float(column.values[0])
