"""Which published figures are about people like this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sarcoma.evidence import Fact, Figure, Rule, library
from sarcoma.models.execute import fields_of
from sarcoma.patient import Coded, Numeric, Records, rules


def type_answer(named: tuple[str, ...], records: Records, row: int = 0) -> int:
    """Whether the record's histologic type is one of those named: 1, 0 or -1. No names means all types."""
    if not named:
        return 1
    column = records.column("histologic_type")
    if not isinstance(column, Coded):
        raise TypeError("histologic type is a coded field")
    state = column.states[int(column.codes[row])]
    wanted = {t for name in named for t in library().members_of(name)}
    inside = {t in wanted for t in state}
    return 1 if inside == {True} else 0 if inside == {False} else -1


def figure_answer(fact: Fact, figure: Figure, records: Records) -> int:
    """Whether a figure is about people like the (single) record: 1, 0 or -1."""
    rule = figure.applies if figure.applies is not None else fact.applies
    types = figure.types if figure.types is not None else fact.types
    by_rule = int(rules.answer_all(rule, records)[0])
    by_type = type_answer(types, records)
    if 0 in (by_rule, by_type) or not _speaks_of_people_like_this(rule, records):
        return 0
    return min(by_rule, by_type)


_ADULT = 18.0


def is_child(records: Records) -> bool:
    """Whether the (single) record is of someone under 18 years at diagnosis."""
    age = records.column("age")
    return isinstance(age, Numeric) and bool(age.values[0] < _ADULT)


def _speaks_of_people_like_this(rule: Rule, records: Records) -> bool:
    """Nearly all cohorts are adults with first tumours: a rule must name children, or people who had a recurrence."""
    named = set(fields_of_rule(rule))
    if is_child(records) and "age" not in named:
        return False
    recurred, metastatic = records.column("recurred"), records.column("metastatic")
    if isinstance(recurred, Coded) and isinstance(metastatic, Coded):
        after_recurrence = recurred.states[int(recurred.codes[0])] == {"yes"}
        spread = metastatic.states[int(metastatic.codes[0])] == {"yes"}
        if after_recurrence and not spread and rule and not _is_about_recurrence(rule):
            return False
    return True


_AFTER_RECURRENCE = {"recurred": "yes", "local_recurrence": "yes", "presentation": "recurrent"}


def _is_about_recurrence(rule: Rule) -> bool:
    """Whether a rule names people whose tumour has come back at the same place."""
    return any(c.field in _AFTER_RECURRENCE and _AFTER_RECURRENCE[c.field] in (c.in_ or ()) for c in rule)


def fields_of_rule(rule: Rule) -> tuple[str, ...]:
    """Every field that a rule asks."""
    return tuple(name for condition in rule for name in fields_of(condition))


def is_specific(fact: Fact, figure: Figure) -> bool:
    """Whether a figure is about a definable group at all, not about everyone."""
    return bool(figure.applies or (figure.applies is None and fact.applies) or figure.types or fact.types)


def resembling(records: Records, *, topics: Iterable[str], measures: Iterable[str]) -> Iterator[tuple[Fact, Figure]]:
    """Figures that may be shown, on these topics and measures, whose people are like the record."""
    wanted_topics, wanted = set(topics), set(measures)
    for fact in library().facts.values():
        if fact.topic not in wanted_topics or fact.superseded_by or "from-memory" in fact.marks:
            continue
        for figure in fact.figures:
            if figure.shown and figure.measure in wanted and figure_answer(fact, figure, records) == 1:
                yield fact, figure
