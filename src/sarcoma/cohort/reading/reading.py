"""From the tables of a source and a mapping to a standard cohort: rows in = rows used + rows refused, by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sarcoma._arguments import checked
from sarcoma._months import DAYS_PER_MONTH
from sarcoma.cohort.cohort import KEPT, About, Cohort, Refusal, patient_frame
from sarcoma.cohort.frames import LONGEST_LIFE
from sarcoma.cohort.reading.event_codes import cause_of
from sarcoma.cohort.reading.event_rows import EventRow, tidy
from sarcoma.cohort.reading.mapping import CohortMap, EventMap
from sarcoma.cohort.reading.row_account import LONGEST_ID, RefusedRowError, RowAccount
from sarcoma.cohort.reading.source import Source
from sarcoma.cohort.reading.source_agreement import Compared
from sarcoma.cohort.reading.times import TimeMap, read_time
from sarcoma.cohort.reading.tnm import Tnm, read_tnm
from sarcoma.cohort.reading.tumours import chosen
from sarcoma.errors import CohortError, Problem
from sarcoma.patient import Metastasis, Patient, field_specs, words
from sarcoma.patient.mapping import ColumnMap, TableMap, read_field, read_row, type_is_told

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[Iterable[Any]], Iterator[Any]]
_CENTURY = 36525 / DAYS_PER_MONTH
_MOST_REMEMBERED = 100_000
_DERIVED_AGE = "age by the date of birth"
_TNM_DEPTH, _TNM_NODES = "depth by TNM", "lymph nodes by TNM"


@checked
def make_cohort(source: Source, mapping: CohortMap | None = None, progress: Progress = iter) -> Cohort:
    """A standard cohort from a source.

    Parameters
    ----------
    mapping : what the columns mean; without it the one that the reader brings.
    progress : wraps the iterator over rows, to show a progress bar.

    Raises
    ------
    CohortError : no mapping, a column or table that is not there, or no row that can be used.
    """
    mapping = mapping or source.mapping
    if mapping is None:
        why = f"{source.draft.refused}; " if source.draft is not None else ""
        raise CohortError(f"{why}say with --mapping what the columns mean; sarcoma cohort map writes a first draft")
    for name, wanted, opened in (
        ("sheet", mapping.sheet, source.sheet),
        ("header_row", mapping.header_row, source.header_row),
    ):
        if wanted is not None and opened is None:
            raise CohortError(f"the mapping names a {name}: open the source there too, with open_source(…, {name}=…)")
    return _Reading(source, mapping).run(progress)


class _Reading:
    def __init__(self, source: Source, mapping: CohortMap) -> None:
        self.source, self.map = source, mapping
        self.table_map: TableMap = _with_derived(mapping)
        self.unknown = self.table_map.unknown
        self.account = RowAccount()
        self.texts: dict[str, str | None] = {}  # cells that were read as text, each once
        self.times: dict[tuple[int, str], float | None] = {}  # of a time of the mapping, each cell once
        self.taken: set[int] = set()  # rows of other tables that some event of the mapping takes
        self.compared = Compared(mapping, self.table_map)
        _check_columns("the table", source.main, mapping.columns())
        self.others: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for event in mapping.events:
            if event.table is not None and event.table not in self.others:
                self.others[event.table] = self._by_id(event.table)

    def _by_id(self, name: str) -> dict[str, list[dict[str, Any]]]:
        frame = self.source.tables.get(name)
        if frame is None:
            known = ", ".join(self.source.tables) or "none"
            raise CohortError(f"the mapping names a table that the source does not have; it has: {known}")
        used = [c for event in self.map.events if event.table == name for c in event.names()]
        _check_columns(f"the table {name}", frame, (self.map.id, *used))
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in frame.select(list(dict.fromkeys([self.map.id, *used]))).iter_rows(named=True):
            rows[_identifier(row[self.map.id])].append(row)
        return rows

    def run(self, progress: Progress) -> Cohort:
        import polars as pl

        for name, reason in self.source.refused:
            self.account.refuse(name, RefusedRowError(reason))
        for name, reason in self.source.unread:
            self.account.not_read(reason, name)
        patients: list[dict[str, Any]] = []
        events: dict[str, list[Any]] = {name: [] for name in ("id", "months", "event", "organ", "cause")}
        seen: set[str] = set()
        rows = self.source.main.select(self.map.columns())
        counts = self._tumours_that_count(rows)
        for place, row in enumerate(progress(rows.iter_rows(named=True))):
            name = _identifier(row[self.map.id])
            try:
                if not name:
                    raise RefusedRowError("has no id")
                if len(name) > LONGEST_ID:
                    raise RefusedRowError(f"its id is longer than {LONGEST_ID} characters")
                if place in self.source.refused_rows:
                    raise self.source.refused_rows[place]
                if counts.get(name, place) != place:
                    raise self._other_tumour(counts[name])
                if name in seen:
                    raise RefusedRowError("its id stood in an earlier row", "several-rows")
                seen.add(name)
                record, own_events = self._patient(name, row)
            except RefusedRowError as refusal:
                self.account.refuse(name, refusal)
                continue
            patients.append(record)
            for one in own_events:
                for column, value in zip(events, (name, one.months, one.event, one.organ, one.cause), strict=True):
                    events[column].append(value)
        if not patients:
            most_often = self.account.most_often()
            raise CohortError(f"none of the {rows.height} rows can be used; most often: {most_often}")
        self._rows_of_nobody(seen, {r["id"] for r in patients})
        kinds = {"months": pl.Float64}
        frame = pl.DataFrame({k: pl.Series(k, v, dtype=kinds.get(k, pl.String)) for k, v in events.items()})
        return Cohort(
            patient_frame(patients), frame, self._about(rows.height + len(self.source.refused), len(patients))
        )

    def _tumours_that_count(self, rows: pl.DataFrame) -> dict[str, int | None]:
        """Of people with several rows, the place of the one that counts by the mapping's rule; None: it cannot tell."""
        rule = self.map.several_tumours
        if rule is None:
            return {}
        places: dict[str, list[int]] = defaultdict(list)
        for place, cell in enumerate(rows[self.map.id]):
            if name := _identifier(cell):
                places[name].append(place)
        found: dict[str, int | None] = {}
        for name, own in places.items():
            if len(own) < 2:
                continue
            several = [(place, rows.row(place, named=True)) for place in own]
            wanted = [(p, row) for p, row in several if p not in self.source.refused_rows and self._is_wanted(row)]
            found[name] = chosen(
                rule,
                wanted,
                time=self._time_of_origin,
                size=self._size,
                number=lambda row: words.number(str(row[rule.column or ""]).strip()),
                is_sarcoma=lambda row: type_is_told(self.table_map, row),
            )
        return found

    def _is_wanted(self, row: dict[str, Any]) -> bool:
        try:
            self._within(row)
        except RefusedRowError:
            return False
        return True

    @staticmethod
    def _quietly(read: Callable[[], float | None]) -> float | None:
        """A value, None where its cell cannot be read: that is told when the row itself is read."""
        try:
            return read()
        except ValueError:
            return None

    def _time_of_origin(self, row: Mapping[str, Any]) -> float | None:
        at = self.map.origin.at
        return None if at is None else self._quietly(lambda: read_time(at, row, self.unknown))

    def _size(self, row: Mapping[str, Any]) -> float | None:
        source = self.table_map.fields.get("size_cm")
        if source is None:
            return None
        return self._quietly(
            lambda: field_specs()["size_cm"].clean(read_field("size_cm", source, row, self.table_map.unknown))
        )

    def _other_tumour(self, counts: int | None) -> RefusedRowError:
        rule = self.map.several_tumours
        by = f"by the rule {rule.rule}" if rule is not None else ""
        if counts is None:
            return RefusedRowError(f"one of several tumours of a person, and which one counts cannot be told {by}")
        return RefusedRowError(f"another tumour of a person of whom one counts, {by}", "several-tumours")

    def _rows_of_nobody(self, seen: set[str], kept: set[str]) -> None:
        """Count rows of other tables that are of nobody in the main table, or no event of the mapping."""
        for table, by_id in self.others.items():
            strangers = [n for n, own in by_id.items() if n not in seen for _ in own]
            self.account.not_read(f"table {table}: rows of an id that the main table does not have", *strangers)
            idle = [n for n, own in by_id.items() if n in kept for one in own if id(one) not in self.taken]
            self.account.not_read(f"table {table}: rows that are no event of the mapping", *idle)

    def _patient(self, name: str, row: dict[str, Any]) -> tuple[dict[str, Any], list[EventRow]]:
        self._within(row)
        origin = self._time("origin", self.map.origin.at, row, name)
        if self.map.origin.at is not None and origin is None:
            raise RefusedRowError(f"the time of the origin ({self.map.origin.event}) is not known")
        told = list(self._events(name, row, origin))
        self.compared.events(name, told)
        events, repeated = tidy(told)
        self.account.repeated_events += repeated
        end = _end(events)
        if self.map.entry is not None:
            entry = self._entry(self.map.entry, row, name, origin, end)
            events += [entry] if not self.map.entry.late_only or (entry.months or 0.0) > 0 else []
        if self.map.birth is not None:
            row = {**row, _DERIVED_AGE: self._age_by_birth(origin, row, name)}
        tnm = self._tnm(row, name)
        if tnm is not None:
            row = {**row, _TNM_DEPTH: tnm.depth, _TNM_NODES: tnm.nodes}
            at_origin = [e for e in events if e.event == "metastasis" and (e.months is None or e.months <= 0)]
            if tnm.metastasis and not at_origin and self.map.origin.event == "diagnosis":
                events.append(EventRow(0.0, "metastasis", "unknown"))
        patient, problems = read_row(self.table_map, row)
        if patient is None and tnm is not None and tnm.depth and any(p.field == "depth" for p in problems):
            self.account.not_read("tnm: a depth that the place of the tumour cannot have", name)
            patient, problems = read_row(self.table_map, {**row, _TNM_DEPTH: None})
        if patient is None:
            raise self._refused(problems, row)
        for problem in problems:
            strange = problem.field == "histologic_type" and problem.kind == "unknown-code"
            if strange and self.map.known_types_only:
                raise RefusedRowError(f"{problem.field}: {problem.text}", "type-not-recognised")
            self.account.not_read(
                f"{problem.field}: {problem.text}", name, kind="type-not-recognised" if strange else None
            )
        record = self._record(patient, events, no_metastasis_told=tnm is not None and tnm.metastasis is not None)
        self.compared.fields(name, row)
        record["id"] = name
        for kept, column in self.map.keep.items():
            record[KEPT + kept] = self._text(row.get(column), self.unknown)
        if self.map.centre is not None:
            record["centre"] = self._text(row.get(self.map.centre), self.unknown)
        record["age_at_origin"] = age = self._age(patient, origin, row, name)
        if age is not None and 12 * age + end > LONGEST_LIFE:
            raise RefusedRowError("age and follow-up together are above 120 years: is a unit another one?")
        events.sort(key=lambda e: (e.months is None, e.months or 0.0, e.event, e.organ or ""))
        return record, events

    def _refused(self, problems: Sequence[Problem], row: dict[str, Any]) -> RefusedRowError:
        """A record that cannot be, or is of something else: what is out of scope is the reason where it is one."""
        outside = [p for p in problems if p.kind == "out-of-scope"]
        text = "; ".join(sorted(f"{p.field}: {p.text}" for p in outside or problems))
        if any(p.field in ("site", "topography") for p in outside) and type_is_told(self.table_map, row):
            return RefusedRowError(f"{text} (its type is one of soft tissue)", "bone-site")
        return RefusedRowError(text, "out-of-scope" if outside else None)

    def _text(self, cell: Any, unknown: tuple[str, ...]) -> str | None:
        """A cell as text, None where it says that nothing is known; remembered where the mapping's words count."""
        if unknown is not self.unknown or not isinstance(cell, str):
            return _text(cell, unknown)
        if cell not in self.texts:
            if len(self.texts) > _MOST_REMEMBERED:
                self.texts.clear()
            self.texts[cell] = _text(cell, unknown)
        return self.texts[cell]

    def _read_time(self, source: TimeMap, row: Mapping[str, Any]) -> float | None:
        """A time of the mapping; ValueError where its cell cannot be read."""
        cell = row.get(source.columns[0])
        if cell is None and len(source.columns) == 1:
            return None
        if source.since is not None or len(source.columns) > 1 or not isinstance(cell, str):
            return read_time(source, row, self.unknown)
        key = id(source), cell
        if key not in self.times:
            if len(self.times) > _MOST_REMEMBERED:
                self.times.clear()
            self.times[key] = read_time(source, row, self.unknown)
        return self.times[key]

    def _within(self, row: dict[str, Any]) -> None:
        """Refuse a row that the mapping does not take."""
        for column, wanted in self.map.only.items():
            if _plain(row[column]) not in wanted:
                raise RefusedRowError(f"outside what the mapping takes, by {column[:40]}")

    def _entry(self, at: TimeMap, row: dict[str, Any], name: str, origin: float | None, end: float) -> EventRow:
        """When observation begins; a row without time under it is refused."""
        entry = self._time("entry", at, row, name)
        if entry is None:
            raise RefusedRowError("the time of entry is not known")
        entry -= (origin or 0.0) if at.absolute else 0.0
        if entry > 0 and entry >= end:
            raise RefusedRowError("observation begins when follow-up has ended, so there is no time at risk")
        return EventRow(entry, "entry")

    def _tnm(self, row: dict[str, Any], name: str) -> Tnm | None:
        """What TNM says of a person, where the mapping names its column."""
        if self.map.tnm is None:
            return None
        text = self._text(row[self.map.tnm.column], self.unknown)
        if text is None:
            return Tnm()
        try:
            found = read_tnm(text, self.map.tnm.edition)
        except ValueError as error:
            self.account.not_read(f"tnm: {error}", name)
            return Tnm()
        if found.doubt:
            self.account.not_read(f"tnm: {found.doubt}", name)
        return found

    def _record(self, patient: Patient, events: list[EventRow], *, no_metastasis_told: bool = False) -> dict[str, Any]:
        """The fields at the origin. What has happened is only taken as "nothing" where the origin says so."""
        said = patient.__dict__
        values = {name: said[name] for name in (*_said_by_silence(), *patient.model_fields_set)}
        values["landmark_months"] = values["diagnosis_date"] = None
        early = self.map.assumes and self.map.origin.event in ("diagnosis", "surgery")
        if not early:
            for name in patient.assumed:
                values[name] = None
        elif "metastases" in patient.assumed:
            told = no_metastasis_told or any(e.event == "metastasis" for e in self.map.events)
            first = {e.organ for e in events if e.event == "metastasis" and e.months is not None and e.months <= 0}
            at_start = tuple(Metastasis(organ=organ, months=0.0) for organ in sorted(o or "unknown" for o in first))
            untimed = any(e.event == "metastasis" and e.months is None for e in events)
            values["metastases"] = None if not told or (untimed and not at_start) else at_start
        return values

    def _age_by_birth(self, origin: float | None, row: dict[str, Any], name: str) -> float | None:
        born = self._time("birth", self.map.birth, row, name)
        if born is None or origin is None:
            return None
        older = origin - born + _CENTURY
        if self.map.birth is not None and self.map.birth.two_digit_years and older <= LONGEST_LIFE:
            if origin >= born:
                self.account.not_read("birth: a year of two digits that fits a child and someone very old", name)
                return None
            born -= _CENTURY
        if not 0 <= origin - born <= LONGEST_LIFE:
            self.account.not_read("birth: after the origin of time, or more than 120 years before it", name)
            return None
        return round((origin - born) / 12, 2)

    def _age(self, patient: Patient, origin: float | None, row: dict[str, Any], name: str) -> float | None:
        if self.map.age_at_origin is not None:
            months = self._time("age_at_origin", self.map.age_at_origin, row, name)
            return None if months is None else months / 12
        if self.map.origin.at is not None and self.map.origin.at.unit == "age" and origin is not None:
            return origin / 12
        if self.map.birth is not None:
            return row[_DERIVED_AGE]  # type: ignore[no-any-return]
        return patient.age if self.map.origin.event == "diagnosis" else None

    def _events(self, name: str, row: dict[str, Any], origin: float | None) -> Iterator[EventRow]:
        for source in self.map.events:
            rows = [row] if source.table is None else self.others[source.table].get(name, [])
            for one in rows:
                if all(_plain(one.get(column)) in wanted for column, wanted in source.when.items()):
                    if source.table is not None:
                        self.taken.add(id(one))
                    event = self._event(source, one, origin, name)
                    if event is not None:
                        yield event

    def _event(self, source: EventMap, row: dict[str, Any], origin: float | None, name: str) -> EventRow | None:
        unread = False
        try:
            months = self._read_time(source.at, row)
        except ValueError as error:
            self.account.not_read(f"{source.event}: {error}", name)
            months, unread = None, True
        if months is not None and source.at.absolute:
            months -= origin or 0.0
        if months is None and not unread and not _known_without_time(source, row):
            return None
        if months is None and source.event == "last-contact":
            return None
        organ = cause = None
        if source.event == "metastasis":
            organ = self._code("organ", source.organ, row, name) or "unknown"
        elif source.event == "death":
            cause = self._code("cause", source.cause, row, name) or "unknown"
        coarse = source.at.unit == "age" or (source.at.since is not None and source.at.since.unit == "age")
        return EventRow(months, source.event, organ, cause, source.label, source.fallback, coarse)

    def _code(self, what: str, source: ColumnMap | None, row: dict[str, Any], name: str) -> str | None:
        """An organ or a cause: by the mapping's values, or as the record's own words."""
        if source is None:
            return None
        if source.value is not None:
            return str(source.value)
        spec = Metastasis.model_fields["organ"].metadata[0]
        for column in source.names():
            text = self._text(row.get(column), self.unknown)
            if text is None:
                continue
            if text in source.values:
                code = source.values[text]
                if code is None:
                    continue
                return code
            folded = text.casefold()
            for value, code in source.values.items():
                if code is not None and value != "*" and value.casefold() == folded:
                    return code
            if what == "cause":
                known = cause_of(text)
                if known is not None:
                    return known
            elif what == "organ":
                try:
                    return str(spec.clean(text))
                except ValueError:
                    pass
            if "*" in source.values:
                return source.values["*"]
            self.account.not_read(f"{what}: a value that the mapping does not name", name)
            return None
        return None

    def _time(self, what: str, source: TimeMap | None, row: dict[str, Any], name: str) -> float | None:
        if source is None:
            return None
        try:
            return self._read_time(source, row)
        except ValueError as error:
            self.account.not_read(f"{what}: {error}", name)
            return None

    def _about(self, rows_in: int, rows_used: int) -> About:
        m = self.map
        already = self.source.refused_counts
        return About(
            name=m.name,
            source=m.source,
            citation=m.citation,
            licence=m.licence,
            period=m.period,
            origin=m.origin.event,
            origin_note=m.origin.note,
            inclusion=m.inclusion,
            notes=m.notes,
            reader=self.source.reader,
            rows_in=rows_in + sum(part.count for part in already),
            rows_used=rows_used,
            refused=_most_first(*already, *self.account.refused()),
            unread_cells=_most_first(*self.source.unread_counts, *self.account.unread()),
            repeated_events=self.account.repeated_events,
            disagreements=self.compared.disagreements(),
        )


def _most_first(*parts: Refusal) -> tuple[Refusal, ...]:
    """The most frequent reason first."""
    return tuple(sorted(parts, key=lambda part: -part.count))


@cache
def _said_by_silence() -> tuple[str, ...]:
    """The fields that say something where a record says nothing of them."""
    return tuple(name for name, value in Patient().__dict__.items() if value is not None)


def _end(events: Sequence[EventRow]) -> float:
    """When follow-up ends: at death, or else at the last contact; a row in which that is not known is refused."""
    deaths = [e.months for e in events if e.event == "death"]
    if None in deaths:
        raise RefusedRowError("died, but when is not known", "death-without-time")
    contacts = [e.months for e in events if e.event == "last-contact"]
    ends = [months for months in (deaths or contacts) if months is not None]
    if not ends:
        raise RefusedRowError("neither death nor last contact has a time")
    if max(ends) < 0:
        raise RefusedRowError("follow-up ends before the origin of time")
    return max(ends)


def _known_without_time(source: EventMap, row: Mapping[str, Any]) -> bool:
    """Whether an event whose time is not known is known to have happened in this row."""
    if source.known_where:
        return any(_plain(row.get(column)) in wanted for column, wanted in source.known_where.items())
    return bool(source.when) and source.untimed


def _with_derived(mapping: CohortMap) -> TableMap:
    """The mapping of the record's fields, with what is worked out from other columns."""
    fields = mapping.table_map()
    if mapping.tnm is not None:
        derived = {"depth": ColumnMap(column=_TNM_DEPTH), "nodes": ColumnMap(column=_TNM_NODES)}
        fields = fields.model_copy(update={"fields": {**derived, **fields.fields}})
    if mapping.birth is None or "age" in fields.fields or mapping.origin.event != "diagnosis":
        return fields
    return fields.model_copy(update={"fields": {**fields.fields, "age": ColumnMap(column=_DERIVED_AGE)}})


def _check_columns(what: str, frame: pl.DataFrame, columns: Iterable[str]) -> None:
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        named = ", ".join(name[:40] for name in absent[:8])
        raise CohortError(f"the mapping names columns that {what} does not have: {named}")


def _identifier(cell: Any) -> str:
    """An id as text, the same from a column of whole numbers and one of decimals; empty where there is none."""
    if cell is None or cell != cell or (words.means_unknown(cell) and cell not in ("-", ".")):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _plain(cell: Any) -> str | None:
    """A code as text, as the mapping names it: a whole number however its column is stored."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or cell != cell:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _text(cell: Any, unknown: tuple[str, ...]) -> str | None:
    """A cell as text; None where it is empty or says that nothing is known."""
    if cell is None or cell != cell:
        return None
    text = str(cell).strip()
    return None if text in unknown or words.means_unknown(text) else text
