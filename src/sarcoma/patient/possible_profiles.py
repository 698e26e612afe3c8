"""The type profiles that may hold for each of many records."""

from __future__ import annotations

import numpy as np

from sarcoma.evidence import Profile, library
from sarcoma.patient.answering import FAILS, HOLDS, answer_all, answer_one
from sarcoma.patient.columns import Codes, distinct_codes
from sarcoma.patient.field_columns import FieldColumns


def profiles_by_record(records: FieldColumns) -> tuple[Codes, list[tuple[Profile, ...]]]:
    """Every profile that may hold: (index per record, one tuple of profiles per distinct answer).

    None where the histologic type is not known. Of one type they are read in order: the first whose `when` holds
    counts; one whose `when` cannot be told is kept, and the next are read.
    """
    column = records.coded("histologic_type")
    if len(records) == 1:
        return np.zeros(1, dtype=np.int32), [_of_one(column.states[int(column.codes[0])], records)]
    index = np.zeros(len(records), dtype=np.int32)
    found: list[tuple[Profile, ...]] = [()]
    for code, types in enumerate(column.states):
        rows = np.flatnonzero(column.codes == code)
        profiles = library().profiles_of(next(iter(types))) if len(types) == 1 else ()
        if not len(rows) or not profiles:
            continue
        open_yet = np.ones(len(rows), dtype=bool)
        may_hold = np.zeros(len(rows), dtype=np.int64)  # the profiles so far, one bit each
        for position, profile in enumerate(profiles):
            answers = answer_all(profile.when, records)[rows] if profile.when else None
            held = open_yet if answers is None else open_yet & (answers != FAILS)
            may_hold |= held.astype(np.int64) << position
            open_yet &= answers != HOLDS if answers is not None else False
            if not open_yet.any():
                break
        distinct, which = distinct_codes(may_hold, 1 << len(profiles))
        index[rows] = which + len(found)
        found += [tuple(p for i, p in enumerate(profiles) if kept >> i & 1) for kept in distinct.tolist()]
    return index, found


def _of_one(types: frozenset[str], records: FieldColumns) -> tuple[Profile, ...]:
    """The same for a single record, without arrays."""
    may_hold = []
    for profile in library().profiles_of(next(iter(types))) if len(types) == 1 else ():
        given = answer_one(profile.when, records)
        if given != FAILS:
            may_hold.append(profile)
        if given == HOLDS:
            break
    return tuple(may_hold)
