"""A first draft of a mapping, from the headers and values of a table; everything unsure is said."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import polars.selectors as cs

from sarcoma._arguments import checked
from sarcoma.cohort.reading.event_codes import Status, StatusCodes, cause_of, status_codes
from sarcoma.cohort.reading.headings import pattern_of, patterns_of_fields, plain_heading, unit_of
from sarcoma.cohort.reading.mapping import EventMap, OriginMap, cohort_map
from sarcoma.cohort.reading.source import Draft, Source
from sarcoma.cohort.reading.times import DATES, TimeMap, read_date, read_time
from sarcoma.cohort.reading.tnm import is_tnm
from sarcoma.errors import CohortError
from sarcoma.patient import field_specs, words
from sarcoma.patient.field_file import field_names

_SAMPLE = 2000
_MOST_CODES = 12
_NOT_KNOWN = (
    *("", "NA", "N/A", "NULL", ".", "-", "--", "'--", "Not Available", "not reported", "Not Reported"),
    *("[Not Available]", "[Not Applicable]", "[Not Evaluated]", "[Unknown]", "[Discrepancy]"),
)
"""What publishers write where a value is not known; `'--` stands in the files of GDC."""
_FORMATS = (
    *(
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%Y/%m/%d",
        "%d-%m-%Y",
        "%d%b%Y",
        "%d-%b-%Y",
        "%d %b %Y",
        "%Y%m%d",
    ),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%d%b%y", "%d-%b-%y"),
)
_SERIALS = range(20_000, 60_001)
"""Dates as a spreadsheet counts them, 1954 to 2064: as days of follow-up these are 55 to 164 years."""
_SAS_DAYS = range(3_653, 25_001)
"""Dates as SAS counts them, 1970 to 2028: under a heading of the diagnosis, days since it are none of these."""
_SPECIAL = ("999", "9999", "99999", "998", "888", "8888", "-9", "-99", "-999", "-1")
_APART = 1.5
"""A special code stands apart where it is so many times as large as the largest other number."""
_TRIED = 500
_MOST_WITH_SURVIVAL = 20_000


@checked
def draft_of(source: Source, name: str) -> Draft:
    """A first draft of the mapping of a source: what its reader could make of it, or from its one table."""
    if source.mapping is not None and source.draft is None:
        raise CohortError(
            f"{source.reader}: its mapping is known; read it with: sarcoma cohort read SOURCE --to FOLDER"
        )
    if source.draft is not None:
        unsure = [*source.draft.unsure, *([source.draft.refused] if source.draft.refused else [])]
        return replace(source.draft, unsure=unsure)
    drafted = draft_mapping(source.main, name)
    where = {"sheet": source.sheet, "header_row": source.header_row}
    named = {key: value for key, value in where.items() if value is not None}
    drafted = replace(drafted, mapping={"name": drafted.mapping["name"], **named, **drafted.mapping})
    if len(source.sheets) > 1 and source.sheet is None:
        drafted.unsure.insert(
            0, f"the workbook has {len(source.sheets)} sheets ({'; '.join(source.sheets[:30])}); the first was read"
        )
    nameless = sum(column.startswith("__UNNAMED__") for column in source.main.columns)
    if 2 * nameless > source.main.width:
        drafted.unsure.insert(
            0,
            f"{nameless} of {source.main.width} columns have no heading: where the headings stand in a lower row, "
            "name it with --header-row",
        )
    return replace(drafted, unsure=[*_tried(drafted, source), *drafted.unsure])


def _tried(draft: Draft, source: Source) -> Iterator[str]:
    """What the reader makes of the draft, where that is not what a draft is for."""
    from sarcoma.cohort.reading.reading import make_cohort

    if "unconfirmed" in draft.mapping:
        yield "this draft is not read before what stands under `unconfirmed` is confirmed"
    asked = {key: part for key, part in draft.mapping.items() if key != "unconfirmed"}
    if any(condition == [] for event in asked["events"] for condition in event.get("when", {}).values()):
        return
    try:
        about = make_cohort(replace(source, main=source.main.head(_TRIED)), cohort_map(asked)).about
    except CohortError as refusal:
        draft.refused = str(refusal)
        yield f"THIS DRAFT CANNOT BE READ AS IT IS: {refusal}"
        return
    if about.rows_refused > 0.1 * about.rows_in:
        yield (
            f"of the first {about.rows_in} rows {about.rows_refused} would be refused, most often: "
            f"{about.refused[0].reason}"
        )
    for part in about.unread_cells[:5]:
        if part.count > 0.02 * about.rows_in:
            yield f"in the first {about.rows_in} rows {part.count} cells would not be read: {part.reason}"


def draft_mapping(frame: pl.DataFrame, name: str) -> Draft:
    """A first draft of the mapping of a table with one row a patient.

    Parameters
    ----------
    frame : the table; but for vital status only headers and the first 2,000 rows are looked at. name : of the cohort.
    """
    return _Drafting(frame, name).run()


class _Drafting:
    def __init__(self, frame: pl.DataFrame, name: str) -> None:
        frame = frame.with_columns(cs.float().fill_nan(None))
        self.whole, self.frame, self.draft = frame, frame.head(_SAMPLE), Draft()
        self.draft.mapping["name"] = name
        self.left = list(frame.columns)
        self.sas: set[str] = set()  # columns that can only be dates of SAS where the diagnosis is one
        self.special: dict[str, list[str]] = {}  # of a column, codes that stand apart from its numbers

    def run(self) -> Draft:
        m = self.draft.mapping
        m["id"] = self._id()
        m["unknown"] = self._unknown_words()
        origin = self._take(pattern_of("diagnosis"), pattern_of("time"), not_=pattern_of("age")) or self._take(
            pattern_of("diagnosis"), dates=True
        )
        dates = origin is not None and self._is_date(origin)
        if origin is not None and self._unit(origin) == "sas-date":
            self.sas = {
                c
                for c in self.left
                if self._all_numbers(c) and all(_SAS_DAYS.start <= n < _SAS_DAYS.stop for n in self._numbers(c))
            }
        m["origin"] = {"event": "diagnosis", **(self._time(origin) if dates and origin else {})}
        if origin is not None and not dates:
            self.left.append(origin)
        if origin is None or not dates:
            self._doubt("origin: taken as the diagnosis, with all times running from it; say so, or name its date")
        entry = self._take(pattern_of("entry"), pattern_of("time"))
        if entry is not None:
            m["entry"] = self._time(entry)
            self._doubt(f"entry: {entry!r} is taken as the time from which a death could have been seen")
        birth = self._take(pattern_of("birth"))
        if birth is not None and dates and self._is_date(birth):
            m["birth"] = self._time(birth)
        elif birth is not None:
            self.left.append(birth)
        tnm = next((c for c in self.left if self._holds_tnm(c)), None)
        if tnm is not None:
            self.left.remove(tnm)
            m["tnm"] = {"column": tnm, "edition": None}
            self._doubt(
                f"tnm: {tnm!r} holds TNM; write under `edition` by which one it was written (6, 7 or 8), or "
                "take `tnm` out"
            )
        m["events"] = self._events()
        centre = self._take(pattern_of("centre"))
        if centre is not None:
            m["centre"] = centre
        m["fields"] = self._fields()
        self._look_for_several_tumours()
        self.draft.unused = self.left
        return self.draft

    def _ask(self, question: dict[str, Any]) -> None:
        asked = self.draft.mapping.setdefault("unconfirmed", [])
        if all(part["column"] != question["column"] for part in asked):
            asked.append(question)

    def _doubt(self, text: str) -> None:
        self.draft.unsure.append(text)

    def _take(self, *patterns: str, not_: str | None = None, dates: bool = False) -> str | None:
        """The first column left whose name fits all patterns, of those with dates where only these are asked for."""
        for column in self.left:
            plain = plain_heading(column)
            fits = all(re.search(p, plain) for p in patterns) and not (not_ and re.search(not_, plain))
            if fits and (not dates or self._holds_dates(column)):
                self.left.remove(column)
                return column
        return None

    def _id(self) -> str:
        column = self._take(pattern_of("id"))
        if column is None:
            known = "|".join(patterns_of_fields().values())
            free = [c for c in self.left if not re.search(known, plain_heading(c))]
            distinct = [c for c in free if self.frame[c].n_unique() == self.frame.height]
            column = distinct[0] if distinct else self.left[0]
            self.left.remove(column)
            self._doubt(f"id: no column is named like an identifier; {column!r} was taken")
        return column

    def _unknown_words(self) -> list[str]:
        cells: set[str] = set()
        for column in self.frame.columns:
            cells |= set(self.frame[column].cast(pl.String).drop_nulls().unique().to_list()) & set(_NOT_KNOWN)
        for column in self.frame.columns:
            self._look_for_special_codes(column)
        return [word for word in _NOT_KNOWN if word in cells or word == ""]

    def _look_for_special_codes(self, column: str) -> None:
        """999 and the like, where they stand apart from the other numbers of a column."""
        if column == self.draft.mapping["id"] or not self._all_numbers(column):
            return
        values = {v: words.number(v) or 0.0 for v in self._values(column) if not self._not_known(v)}
        codes = {v: number for v, number in values.items() if v.removesuffix(".0") in _SPECIAL}
        others = [number for v, number in values.items() if v not in codes]
        if not codes or len(others) < 2:
            return
        apart = [v for v, n in codes.items() if (n < 0 <= min(others)) or n > _APART * max(others)]
        if apart:
            rows = int(self.whole[column].cast(pl.String).str.strip_chars().is_in(apart).sum())
            self.special[column] = apart
            self._doubt(
                f"{column!r}: {' and '.join(apart)} ({rows} rows) stand apart from its other numbers and were taken as "
                "not known; if they are numbers, say so"
            )
        if len(apart) < len(codes):
            rest = [v for v in codes if v not in apart]
            self._doubt(f"{column!r}: holds {' and '.join(rest)}, taken as numbers; if that means not known, say so")

    def _numbers(self, column: str) -> list[float]:
        """The numbers of a column, without special codes."""
        read = (words.number(v) for v in self._values(column) if v not in self.special.get(column, ()))
        return [number for number in read if number is not None]

    def _serial(self, column: str) -> str | None:
        """The unit of a column whose numbers can only be dates."""
        named = unit_of(column) is not None or re.search(pattern_of("age"), plain_heading(column))
        if named or not self._all_numbers(column):
            return None
        numbers = self._numbers(column)
        if numbers and all(_SERIALS.start <= n < _SERIALS.stop for n in numbers):
            return "excel-date"
        plain = plain_heading(column)
        if (
            numbers
            and re.search(pattern_of("diagnosis"), plain)
            and all(_SAS_DAYS.start <= n < _SAS_DAYS.stop for n in numbers)
        ):
            return "sas-date"
        digits = [v for v in self._values(column) if not self._not_known(v)]
        if digits and all(len(v) == 8 and _reads(v, "%Y%m%d") for v in digits):
            return "date"
        return None

    def _not_known(self, text: str) -> bool:
        return text in _NOT_KNOWN or words.means_unknown(text)

    def _values(self, column: str) -> list[str]:
        return [str(v).strip() for v in self.frame[column].drop_nulls().unique().sort().to_list() if str(v).strip()]

    def _all_numbers(self, column: str) -> bool:
        values = [v for v in self._values(column) if not self._not_known(v)]
        return bool(values) and all(words.number(v) is not None for v in values[:200])

    def _holds_dates(self, column: str) -> bool:
        """Whether most values are dates in one of the usual formats."""
        if self.frame[column].dtype in (pl.Date, pl.Datetime):
            return True
        if self._serial(column) is not None:
            return True
        values = [v for v in self._values(column) if not self._not_known(v)][:200]
        return bool(values) and 2 * sum(any(_reads(v, f) for f in _FORMATS) for v in values) > len(values)

    def _is_date(self, column: str) -> bool:
        unit = self._unit(column)
        return unit == "date" or unit in DATES

    def _unit(self, column: str) -> str:
        plain = plain_heading(column)
        serial = self._serial(column)
        if serial is not None:
            return serial
        if column in self.sas:
            return "sas-date"
        if self.frame[column].dtype == pl.Duration:
            return "days"
        values = [v for v in self._values(column) if not self._not_known(v)]
        if self.frame[column].dtype in (pl.Date, pl.Datetime) or (values and not self._all_numbers(column)):
            return "date"
        return unit_of(column) or ("age" if re.search(pattern_of("age"), plain) else "")

    def _time(self, column: str) -> dict[str, Any]:
        unit = self._unit(column)
        time: dict[str, Any] = {"column": column, "unit": unit or "months"}
        if column in self.special:
            time["unknown"] = self.special[column]
        if unit in DATES:
            days = [DATES[unit] + datetime.timedelta(days=int(n)) for n in self._numbers(column)]
            self._doubt(f"{column!r}: its numbers are taken as dates ({unit}), from {min(days)} to {max(days)}")
            if unit == "sas-date":
                self._ask(
                    {"column": column, "readings": [{"unit": unit, "from": str(min(days)), "to": str(max(days))}]}
                )
        if not unit:
            numbers = self._numbers(column)
            time["unit"] = "days" if numbers and max(numbers) > 400 else "months"
            self._doubt(
                f"{column!r}: the header names no unit; {time['unit']} was taken, from how large the numbers are"
            )
        if unit == "date" and self.frame[column].dtype not in (pl.Date, pl.Datetime):
            values = [v for v in self._values(column) if not self._not_known(v)][:500]
            fits = [f for f in _FORMATS if all(_reads(v, f) for v in values)]
            several = [f for f in _FORMATS if any(_reads(v, f) for v in values)]
            if fits and fits[0] != "%Y-%m-%d":
                time["formats"] = fits[0]
                if len(fits) > 1:
                    self._doubt(f"{column!r}: the dates could be {' or '.join(fits)}; the first was taken")
            elif not fits:
                time["formats"] = several or ["%Y-%m-%d"]
                self._doubt(
                    f"{column!r}: no one format fits every date; name those that were used (a date that two of them "
                    "read differently is refused)"
                )
        return time

    def _events(self) -> list[dict[str, Any]]:
        status = self._take(pattern_of("status"), not_=pattern_of("time"))
        if status is not None and self.frame[status].n_unique() > _MOST_CODES:  # a time, whatever its name
            self.left.append(status)
            status = None
        codes = self._status_codes(status) if status is not None else None
        cause = self._take(pattern_of("cause"))
        ends = self._ends(codes)
        if cause is not None and ends[0]["event"] == "death":
            told = [v for v in self._values(cause) if not self._not_known(v)]
            values = {v: known for v in told if (known := cause_of(v)) is not None}
            ends[0]["cause"] = {"column": cause, "values": values}
            strange = [v for v in told if v not in values]
            if strange:
                self._doubt(
                    f"{cause!r}: causes that are not recognised, so not known: {'; '.join(strange[:30])}; write "
                    "sarcoma, other or unknown for each"
                )
        if codes is not None and not codes.settled:
            self._ask(self._with_survival(codes, ends).as_question())
        return [*ends, *self._recurrences()]

    def _ends(self, codes: StatusCodes | None) -> list[dict[str, Any]]:
        """Death and last contact, by their own columns or by one time and the vital status."""
        death = self._take(pattern_of("death")) or self._take(pattern_of("died"), dates=True)
        contact = self._take(pattern_of("contact")) or self._take(pattern_of("last"), dates=True)
        if death is None and contact is None and codes is not None:
            contact = self._take(r"^(os|survival|time|follow)", pattern_of("time")) or self._take(
                pattern_of("time"),
                not_=f"{pattern_of('metastasis')}|{pattern_of('local-recurrence')}|{pattern_of('birth')}|^age",
            )
        if death is not None and contact is not None:
            asked = codes is not None and (codes.dead or not codes.settled)
            known = {"known_where": {codes.column: _settled(codes, "dead")}} if codes is not None and asked else {}
            return [
                {"event": "death", **known, **self._time(death)},
                {"event": "last-contact", **self._time(contact)},
            ]
        one = death or contact
        if one is None:
            self._doubt("events: no column looks like a time of death or of last contact; name one")
            return [{"event": "last-contact", "column": "?", "unit": "months"}]
        if codes is not None:
            time = self._time(one)
            events: tuple[tuple[str, Status], ...] = (("death", "dead"), ("last-contact", "alive"))
            told = [(event, _settled(codes, status)) for event, status in events]
            return [
                {"event": event, "when": {codes.column: values}, **time}
                for event, values in told
                if values or not codes.settled
            ]
        self._doubt("events: only one of death and last contact was found")
        return [{"event": "death" if death else "last-contact", **self._time(one)}]

    def _recurrences(self) -> Iterator[dict[str, Any]]:
        organ = self._take(pattern_of("organ"))
        for kind, pattern in (
            ("metastasis", pattern_of("metastasis")),
            ("local-recurrence", pattern_of("local-recurrence")),
        ):
            when = self._take(pattern, pattern_of("time"))
            if when is not None:
                organs = {"organ": {"column": organ}} if kind == "metastasis" and organ is not None else {}
                yield {"event": kind, **self._time(when), **organs}

    def _status_codes(self, column: str) -> StatusCodes:
        """What the codes of a column of vital status mean; what is not recognised is asked."""
        cells = self.whole[column].cast(pl.String).str.strip_chars().drop_nulls()
        counts = {v: n for v, n in sorted(cells.value_counts().iter_rows()) if not self._not_known(v)}
        codes = status_codes(column, counts)
        if codes.settled:
            self._doubt(f"{column!r}: taken as dead where it is {' or '.join(codes.dead) or 'nothing'}")
        else:
            self._doubt(
                f"{column!r}: its codes are not known by their names; `unconfirmed` shows each reading with its deaths "
                "and how many would be alive after some time (R counts the larger number as dead, registries often "
                "write 1 for alive). Write the codes into the "
                "events, take `unconfirmed` out; until then the mapping is not read"
            )
        return codes

    def _with_survival(self, codes: StatusCodes, ends: list[dict[str, Any]]) -> StatusCodes:
        """The readings with a crude survival, where the times can be read."""
        origin = self.draft.mapping["origin"]
        try:
            times = [EventMap.model_validate({**e, "when": {}}).at for e in ends]
            start = OriginMap.model_validate(origin).at
        except ValueError:
            return codes
        told, months = [], []
        for row in self.whole.head(_MOST_WITH_SURVIVAL).iter_rows(named=True):
            cell = row[codes.column]
            if cell is not None and not self._not_known(str(cell).strip()):
                told.append(str(cell).strip() if not isinstance(cell, bool) else str(cell).lower())
                months.append(_first_time(times, start, row))
        return replace(codes, readings=tuple(r.with_survival(told, months) for r in codes.readings))

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for column in list(self.left):
            known = field_names().get(words.normal(column))
            if known is not None and known not in fields:
                fields[known] = self._field(known, column)
                self.left.remove(column)
        for name, pattern in patterns_of_fields().items():
            hinted = self._take(pattern) if name not in fields and name != "diagnosis_date" else None
            if hinted is not None:
                fields[name] = self._field(name, hinted)
        return fields

    def _holds_tnm(self, column: str) -> bool:
        """Whether most values of a column are TNM."""
        if self.frame[column].dtype != pl.String:
            return False
        values = [v for v in self._values(column)[:200] if not self._not_known(v)]
        return bool(values) and 2 * sum(map(is_tnm, values)) > len(values)

    def _look_for_several_tumours(self) -> None:
        ids = self.whole[self.draft.mapping["id"]]
        more = ids.drop_nulls().len() - ids.drop_nulls().n_unique()
        if more:
            self._doubt(
                f"id: {more} rows are of an id that stands in an earlier row; only the first row of each is read, "
                "unless `several_tumours` names a rule (first-diagnosis, last-diagnosis, first-sarcoma, largest, or "
                "{rule: lowest, column: …})"
            )

    def _sex_in_spanish(self, column: str) -> dict[str, str]:
        """Codes of a column in which M stands beside H (hombre) or V (varón), so that it means mujer."""
        values = [v for v in self._values(column) if not self._not_known(v)]
        folded = {v.casefold() for v in values}
        if not folded & {"h", "v"} or not folded <= {"h", "v", "m"}:
            return {}
        return {v: "female" if v.casefold() == "m" else "male" for v in values}

    def _field(self, name: str, column: str) -> Any:
        spec = field_specs()[name]
        mapped: dict[str, Any] = {"column": column}
        if spec.kind in ("number", "whole"):
            if "mm" in column.casefold() and spec.unit == "cm":
                mapped["unit"] = "mm"
            numbers = self._numbers(column)
            if column in self.special:
                mapped["values"] = dict.fromkeys(self.special[column])
            if name == "age" and numbers and sorted(numbers)[len(numbers) // 2] > 150:
                mapped["unit"] = "days" if max(numbers) > 1500 else "months"
                self._doubt(f"{column!r}: half of the ages are above 150, so {mapped['unit']} were taken")
            if name == "size_cm" and "unit" not in mapped and numbers and sorted(numbers)[len(numbers) // 2] > 25:
                mapped["unit"] = "mm"
                self._doubt(f"{column!r}: half of the sizes are above 25, so millimetres were taken")
        elif name == "sex" and (letters := self._sex_in_spanish(column)):
            mapped["values"] = letters
            self._doubt(f"{column!r}: M is taken as mujer (female), because the other letter is H or V; if not, say so")
        else:
            unread: dict[str, None] = {}
            for value in self._values(column)[:200]:
                try:
                    spec.clean(value)
                except ValueError:
                    unread[value] = None
            if unread:
                listed = "; ".join(list(unread)[:40])
                self._doubt(
                    f"{column!r}: {len(unread)} values are not known to the field {name}: {listed}; write under "
                    "`values` what they mean (null: not known); until then they are counted as not read"
                )
        return column if list(mapped) == ["column"] else mapped


def _settled(codes: StatusCodes, status: Status) -> list[str]:
    """The codes of a status; none where they are still to be confirmed."""
    return list(codes.dead if status == "dead" else codes.alive) if codes.settled else []


def _reads(text: str, pattern: str) -> bool:
    return read_date(text, (pattern,)) is not None


def _first_time(times: list[TimeMap], start: TimeMap | None, row: dict[str, Any]) -> float | None:
    for at in times:
        try:
            found, began = read_time(at, row, ()), read_time(start, row, ()) if start is not None else 0.0
        except ValueError:
            continue
        if found is not None and began is not None:
            return found - began if at.absolute else found
    return None


@checked
def draft_yaml(draft: Draft, *, escaped: bool = False) -> str:
    """The draft as YAML, with what it is unsure of as comments on top; `escaped`: what is mapped in ASCII alone."""
    import yaml

    lines = ["# A first draft, from headers and values. Look at every line; what is unsure:"]
    lines += [f"#   - {_one_line(text)}" for text in draft.unsure] or ["#   - nothing"]
    if draft.unused:
        lines += [f"# Columns that are not used: {_one_line(', '.join(draft.unused[:60]))}"]
    lines += [
        "# Add source, licence, period and inclusion. Then: sarcoma cohort read TABLE --mapping THIS --to FOLDER",
        "",
    ]
    return "\n".join(lines) + yaml.safe_dump(draft.mapping, sort_keys=False, allow_unicode=not escaped, width=110)


def _one_line(text: str) -> str:
    """Names and values of a stranger's table as part of a comment: nothing in them ends it."""
    return "".join(c if c.isprintable() else " " for c in text)[:2000]
