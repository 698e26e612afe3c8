"""Which of many records cannot be true: every rule of `checks`, asked once per combination of what it reads.

Of numbers a rule reads only what decides it: of mitoses their step in the table of scores, of times which is the
earlier. So a million records have a few hundred combinations, and the rules stand in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from sarcoma._types import Floats
from sarcoma.errors import Problem
from sarcoma.patient.checks import CHECKS, READS, Check
from sarcoma.patient.columns import Stated, combine
from sarcoma.patient.field_columns import FieldColumns
from sarcoma.patient.field_file import field_specs
from sarcoma.patient.stage_columns import mitotic_steps
from sarcoma.patient.table_account import Found

_METASTASES = "metastases"


def contradictions_by_record(records: FieldColumns, named: frozenset[str], step: int) -> Iterator[Found]:
    """Every impossible combination.

    Parameters
    ----------
    named : the fields that the records name, known or not. step : the step of reading at which they are found.
    """
    for order, check in enumerate(CHECKS if len(records) else ()):
        reads = READS[check]
        columns = _as_read(records, reads)
        several = [name for name in reads if len(columns[name].states) > 1]
        same = {name: columns[name].states[0] for name in reads if name not in several and len(columns[name].states)}
        index, combinations = combine([columns[name] for name in several]) if several else (None, [()])
        told = [_told(check, named, {**same, **dict(zip(several, of, strict=True))}) for of in combinations]
        wrong = np.array([problem is not None for problem in told], dtype=bool)
        if not wrong.any():
            continue
        codes = np.zeros(len(records), dtype=np.intp) if index is None else index
        rows = np.flatnonzero(wrong[codes])
        problems = [() if problem is None else (problem,) for problem in told]
        yield Found((step, order), rows, codes[rows].astype(np.intp), problems, refuses=True)


def _told(check: Check, named: frozenset[str], fields: dict[str, Any]) -> Problem | None:
    record: Any = _Record(**fields, model_fields_set=named)
    return check(record)


class _Record(SimpleNamespace):
    """What a rule reads of a record; to read more than it says is an error."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a check reads {name}, which it does not say (see `reads`)")


def _as_read(records: FieldColumns, reads: Sequence[str]) -> dict[str, Stated]:
    """The fields as far as a rule looks at them."""
    columns: dict[str, Stated] = {}
    times: dict[str, Floats] = {}
    for name in reads:
        if name == "mitoses_per_10_hpf":
            columns[name] = mitotic_steps(records.numeric(name))
        elif name == _METASTASES:
            times[name] = records.stated(name).map(_latest).numeric(None, None).values
        elif field_specs()[name].time:
            times[name] = records.numeric(name).values
        else:
            columns[name] = records.stated(name)
    for name, own in times.items():
        ranks = _ranks(own, [other for other in times.values() if other is not own])
        columns[name] = ranks if name != _METASTASES else _metastases(records.stated(name), ranks)
    return columns


def _ranks(own: Floats, others: Sequence[Floats]) -> Stated:
    """Times as the number of the other times that are earlier, None where not known: which is the later stays so."""
    if not len(own) or own.strides == (0,):  # nothing is known of anyone
        return Stated(np.broadcast_to(np.int32(0), len(own)), (None,))
    rank = np.zeros(len(own), dtype=np.int32)
    with np.errstate(invalid="ignore"):
        for other in others:
            rank += other < own
    known = len(others) + 1
    rank[np.isnan(own)] = known
    return Stated(rank, (*(float(i) for i in range(known)), None))


def _latest(found: Any) -> float | None:
    """The latest known time of metastases."""
    return max((m.months for m in found or () if m.months is not None), default=None)


_NONE: tuple[Any, ...] = ()


def _metastases(stated: Stated, ranks: Stated) -> Stated:
    """Metastases as not known, none, or one at the rank of the latest."""
    kinds = stated.map(lambda found: None if found is None else found == ())
    index, pairs = combine([kinds, ranks])
    states = [None if none is None else _NONE if none else (SimpleNamespace(months=rank),) for none, rank in pairs]
    return Stated(index, tuple(states))
