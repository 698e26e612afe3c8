"""Where two sources say the same: how often they agree, differ, or only one of them knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.cohort import MOST_IDS, Disagreement
from sarcoma.cohort.reading.event_rows import EventRow
from sarcoma.cohort.reading.mapping import CohortMap
from sarcoma.patient import field_specs
from sarcoma.patient.mapping import ColumnMap, TableMap, read_field

_SAME = 0.5 / DAYS_PER_MONTH
_SAME_COARSE = 0.25
"""Months within which two sources agree: half a day; by ages more."""


class Compared:
    """Labelled sources of one event, and fields that may stand in several columns, compared over all patients."""

    def __init__(self, mapping: CohortMap, table_map: TableMap) -> None:
        self.unknown = table_map.unknown
        self.counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        self.ids: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.labels: dict[str, tuple[str, ...]] = {}
        for event in mapping.events:
            if event.label is not None and event.label not in self.labels.get(event.event, ()):
                self.labels[event.event] = (*self.labels.get(event.event, ()), event.label)
        self.several = [
            (name, [(column, _single(source, column)) for column in source.names()])
            for name, source in table_map.fields.items()
            if len(source.names()) > 1
        ]

    def events(self, name: str, events: Sequence[EventRow]) -> None:
        """The first time of each event by each of its labelled sources."""
        if not self.labels:
            return
        first: dict[str, dict[str, float]] = {event: {} for event in self.labels}
        coarse = any(e.coarse for e in events)
        for e in events:
            if e.label is not None and e.months is not None:
                first[e.event][e.label] = min(first[e.event].get(e.label, e.months), e.months)
        for event, times in first.items():
            for a, b in combinations(self.labels[event], 2):
                same = abs(times.get(a, 0.0) - times.get(b, 0.0)) <= (_SAME_COARSE if coarse else _SAME)
                self._count(name, (event, a, b), a in times, b in times, same=same)

    def fields(self, name: str, row: Mapping[str, Any]) -> None:
        """Each field by each of its columns."""
        for field, sources in self.several:
            values: dict[str, Any] = {}
            for column, source in sources:
                try:
                    values[column] = field_specs()[field].clean(read_field(field, source, row, self.unknown))
                except ValueError:
                    values[column] = None
            for a, b in combinations(values, 2):
                known = values[a] is not None, values[b] is not None
                self._count(name, (field, a, b), *known, same=values[a] == values[b])

    def disagreements(self) -> tuple[Disagreement, ...]:
        return tuple(
            Disagreement(
                what=what,
                sources=(a, b),
                both=n["both"] + n["differ"],
                differ=n["differ"],
                only=(n["first"], n["second"]),
                ids=tuple(self.ids[what, a, b]),
            )
            for (what, a, b), n in self.counts.items()
        )

    def _count(self, name: str, key: tuple[str, str, str], has_a: bool, has_b: bool, *, same: bool) -> None:
        if has_a or has_b:
            which = ("both" if same else "differ") if has_a and has_b else ("first" if has_a else "second")
            self.counts[key][which] += 1
            if which == "differ" and len(self.ids[key]) < MOST_IDS:
                self.ids[key].append(name)


def _single(source: ColumnMap, column: str) -> ColumnMap:
    """One of several columns of a field, as a source of its own."""
    return source.model_copy(update={"column": column, "columns": ()})
