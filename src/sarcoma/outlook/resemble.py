"""Which published figures are about people like this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sarcoma.evidence import Fact, Figure, library
from sarcoma.patient import Coded, Records, rules


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
    if 0 in (by_rule, by_type):
        return 0
    return min(by_rule, by_type)


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
