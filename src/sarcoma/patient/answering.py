"""Answering rules on records: holds (1), does not hold (0), cannot tell (-1).

Kleene's three-valued logic: an "and" fails if one part fails, an "or" holds if one part holds, and
what is unknown stays unknown. A condition on a coded field asks the set of values still possible:
it holds if all of them fit, fails if none does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarcoma.evidence import Condition
from sarcoma.patient.columns import Coded, Members, Numeric
from sarcoma.patient.field_columns import FieldColumns

Answers = NDArray[np.int8]

HOLDS, FAILS, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)


_FEW = 1000
"""Up to so many records, answers are remembered: evidence and cards ask the same again and again of one person."""


def answer(condition: Condition, records: FieldColumns) -> Answers:
    """One condition on n records: int8 array of 1, 0, -1 (shape n)."""
    if len(records) > _FEW:
        return _answer(condition, records)
    remembered = records.answers.get(condition)
    if remembered is None:
        one = len(records) == 1
        given = np.array([_one(condition, records)], dtype=np.int8) if one else _answer(condition, records)
        remembered = records.answers[condition] = given
    return remembered


def _answer(condition: Condition, records: FieldColumns) -> Answers:
    if condition.any_of is not None:
        return either([answer_all(every, records) for every in condition.any_of])
    column = records.column(condition.field or "", condition.grouping)
    if isinstance(column, Numeric):
        return _numeric(condition, column)
    if isinstance(column, Members):
        return _members(condition, column)
    return _coded(condition, column)


def answer_one(rule: Sequence[Condition], records: FieldColumns) -> int:
    """All conditions of a rule together on the (single) record: 1, 0 or -1."""
    return _every_one(rule, records)


def _every_one(rule: Sequence[Condition], records: FieldColumns) -> int:
    least = 1
    for condition in rule:
        given = _one(condition, records)
        if given == 0:
            return 0
        least = min(least, given)
    return least


def _one(condition: Condition, records: FieldColumns) -> int:
    """One condition on the (single) record, without arrays: an outlook asks some hundred of them."""
    if condition.any_of is not None:
        some = [_every_one(every, records) for every in condition.any_of]
        return 1 if 1 in some else -1 if -1 in some else 0
    column = records.column(condition.field or "", condition.grouping)
    if isinstance(column, Numeric):
        return _number_fits(condition, float(column.values[0]))
    code = int(column.codes[0])
    if isinstance(column, Members):
        return _members_fit(condition, column.states[code])
    return _state_fits(condition, column.states[code])


def answer_all(rule: Sequence[Condition], records: FieldColumns) -> Answers:
    """All conditions of a rule together (an empty rule holds for everyone)."""
    return both([answer(condition, records) for condition in rule], len(records))


def both(answers: Sequence[Answers], n: int) -> Answers:
    """Kleene "and" of several answers."""
    if not answers:
        return np.full(n, HOLDS)
    least, none_fails = answers[0], answers[0] & 1  # the last bit is 0 of "does not hold" alone
    for given in answers[1:]:
        least, none_fails = np.minimum(least, given), none_fails & given
    return least * none_fails


def either(answers: Sequence[Answers]) -> Answers:
    """Kleene "or" of several answers."""
    least = most = answers[0]
    for given in answers[1:]:
        least, most = np.minimum(least, given), np.maximum(most, given)
    return np.where(most == HOLDS, HOLDS, least)


def _numeric(condition: Condition, column: Numeric) -> Answers:
    x = column.values
    fits = np.ones(len(x), dtype=bool)
    if condition.at_least is not None:
        fits &= x >= condition.at_least
    if condition.above is not None:
        fits &= x > condition.above
    if condition.at_most is not None:
        fits &= x <= condition.at_most
    if condition.below is not None:
        fits &= x < condition.below
    return np.where(np.isnan(x), UNKNOWN, fits.astype(np.int8))


def _number_fits(condition: Condition, x: float) -> int:
    if math.isnan(x):
        return -1
    return int(
        (condition.at_least is None or x >= condition.at_least)
        and (condition.above is None or x > condition.above)
        and (condition.at_most is None or x <= condition.at_most)
        and (condition.below is None or x < condition.below)
    )


def _coded(condition: Condition, column: Coded) -> Answers:
    return column.per_state(lambda state: _state_fits(condition, state), np.int8)


def _state_fits(condition: Condition, state: frozenset[str]) -> int:
    """Whether all values still possible fit, none does, or some."""
    if not state:
        return -1
    named = condition.named
    if condition.in_ is not None:
        return 1 if state <= named else 0 if state.isdisjoint(named) else -1
    return 1 if state.isdisjoint(named) else 0 if state <= named else -1


def _members(condition: Condition, column: Members) -> Answers:
    return np.array([_members_fit(condition, state) for state in column.states], dtype=np.int8)[column.codes]


def _members_fit(condition: Condition, state: frozenset[str] | None) -> int:
    if state is None:
        return -1
    outside = state.isdisjoint(condition.named)
    return int(not outside) if condition.in_ is not None else int(outside)
