"""A first draft of a mapping, from the headers and values of a table; everything unsure is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from sarcoma.cohort.reading.event_codes import Status, StatusCodes, status_codes
from sarcoma.cohort.reading.source import Draft, Source
from sarcoma.errors import CohortError
from sarcoma.patient import field_specs, words
from sarcoma.patient.field_file import field_names

_SAMPLE = 2000
_HINTS: dict[str, str] = {
    "sex": r"^(sex|gender)$",
    "age": r"^age(_?at)?_?(dx|diag\w*)?$|^age$",
    "histologic_type": r"hist|morpholog|oncotree|cancer_type_detailed|who_type",
    "site": r"^(primary_)?site$|tumou?r_(tissue_)?site|location|localisation|localization",
    "topography": r"topograph|icd_?o?_?c?_?site",
    "size_cm": r"size|diamet|longest",
    "depth": r"depth",
    "grade": r"grade|fnclcc",
    "margin": r"margin|resid|^r_?status$",
    "mitoses_per_10_hpf": r"mitos|mitotic",
    "necrosis": r"necro",
    "diagnosis_date": r"(date|dt)_?(of_)?(diag|dx)|(diag|dx)\w*_?(date|dt)",
    "performance_status": r"ecog|performance",
}
_IDS = r"^(patient_?)?(id|pid|identifier|number|no)$|^(subject|case|patient|record)_?(id|no|number)?$"
_DEATH = r"(date|dt|day|time|month|age)s?_?(of_|to_|at_)?_?(death|dead|exitus|decease)|death_?(date|dt|day|month|age)"
_CONTACT = r"last_?(contact|seen|follow|fu|known|alive|visit)|follow_?up|(date|dt)_?(of_)?(last|fu)"
_DIED, _LAST = r"^(died|dead|death|deceased|exitus)", r"^last|_last$|follow|(^|_)fu(_|$)|seen|contact"
_MOST_CODES = 12
_STATUS = r"(vital|survival|os|life)_?status|^(dead|death|died|alive|deceased|event|status|os)$"
_METASTASIS = r"metast|^mets?$|distant|_dm$|^dm_"
_RECURRENCE = r"local_?(rec|rel)|^lr|locoreg"
_TIME = r"day|month|year|week|time|date|dt|age"
_ENTRY = r"sequenc|registration|inclusion|enrol|referral|entry"
_DIAGNOSIS = r"diag|dx"
_ORGAN = r"organ|(metast\w*|mets?)_?site|site_?of_?met"
_CAUSE = r"cause"
_BIRTH = r"birth|born|(^|_)dob($|_)"
_CENTRE = r"cent(re|er)|hospital|institution"
_NOT_KNOWN = (
    *("", "NA", "N/A", "NULL", ".", "-", "--", "'--", "Not Available", "not reported", "Not Reported"),
    *("[Not Available]", "[Not Applicable]", "[Not Evaluated]", "[Unknown]", "[Discrepancy]"),
)
"""What publishers write where a value is not known; `'--` stands in the files of GDC."""
_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y")


def draft_of(source: Source, name: str) -> Draft:
    """A first draft of the mapping of a source: what its reader could make of it, or from its one table."""
    if source.mapping is not None and source.draft is None:
        raise CohortError(
            f"{source.reader}: its mapping is known; read it with: sarcoma cohort read SOURCE --to FOLDER"
        )
    if source.draft is not None:
        unsure = [*source.draft.unsure, *([source.draft.refused] if source.draft.refused else [])]
        return replace(source.draft, unsure=unsure)
    return draft_mapping(source.main, name)


def draft_mapping(frame: pl.DataFrame, name: str) -> Draft:
    """A first draft of the mapping of a table with one row a patient.

    Parameters
    ----------
    frame : the table; but for vital status only headers and the first 2,000 rows are looked at. name : of the cohort.
    """
    return _Drafting(frame, name).run()


class _Drafting:
    def __init__(self, frame: pl.DataFrame, name: str) -> None:
        self.whole, self.frame, self.draft = frame, frame.head(_SAMPLE), Draft()
        self.draft.mapping["name"] = name
        self.left = list(frame.columns)

    def run(self) -> Draft:
        m = self.draft.mapping
        m["id"] = self._id()
        m["unknown"] = self._unknown_words()
        origin = self._take(_DIAGNOSIS, _TIME, not_="age") or self._take(_DIAGNOSIS, dates=True)
        dates = origin is not None and self._unit(origin) == "date"
        m["origin"] = {"event": "diagnosis", **(self._time(origin) if dates and origin else {})}
        if origin is not None and not dates:
            self.left.append(origin)
        if origin is None or not dates:
            self._doubt("origin: taken as the diagnosis, with all times running from it; say so, or name its date")
        entry = self._take(_ENTRY, _TIME)
        if entry is not None:
            m["entry"] = self._time(entry)
            self._doubt(f"entry: {entry!r} is taken as the time from which a death could have been seen")
        birth = self._take(_BIRTH)
        if birth is not None and dates and self._unit(birth) == "date":
            m["birth"] = self._time(birth)
        elif birth is not None:
            self.left.append(birth)
        m["events"] = self._events()
        centre = self._take(_CENTRE)
        if centre is not None:
            m["centre"] = centre
        m["fields"] = self._fields()
        self.draft.unused = self.left
        return self.draft

    def _doubt(self, text: str) -> None:
        self.draft.unsure.append(text)

    def _take(self, *patterns: str, not_: str | None = None, dates: bool = False) -> str | None:
        """The first column left whose name fits all patterns, of those with dates where only these are asked for."""
        for column in self.left:
            plain = re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")
            fits = all(re.search(p, plain) for p in patterns) and not (not_ and re.search(not_, plain))
            if fits and (not dates or self._holds_dates(column)):
                self.left.remove(column)
                return column
        return None

    def _id(self) -> str:
        column = self._take(_IDS)
        if column is None:
            distinct = [c for c in self.left if self.frame[c].n_unique() == self.frame.height]
            column = distinct[0] if distinct else self.left[0]
            self.left.remove(column)
            self._doubt(f"id: no column is named like an identifier; {column!r} was taken")
        return column

    def _unknown_words(self) -> list[str]:
        cells: set[str] = set()
        for column in self.frame.columns:
            cells |= set(self.frame[column].cast(pl.String).drop_nulls().unique().to_list()) & set(_NOT_KNOWN)
        numbers = [c for c in self.frame.columns if self._all_numbers(c)]
        nines = [c for c in numbers if self.frame[c].cast(pl.String).is_in(["999", "9999", "-9", "-99"]).any()]
        if nines:
            self._doubt(f"unknown: {', '.join(map(repr, nines[:5]))} hold 999 or -9; if that means not known, add it")
        return [word for word in _NOT_KNOWN if word in cells or word == ""]

    def _not_known(self, text: str) -> bool:
        return text in _NOT_KNOWN or words.means_unknown(text)

    def _values(self, column: str) -> list[str]:
        return [str(v).strip() for v in self.frame[column].drop_nulls().unique().sort().to_list() if str(v).strip()]

    def _all_numbers(self, column: str) -> bool:
        values = [v for v in self._values(column) if not self._not_known(v)]
        return bool(values) and all(words.NUMBER.match(v) for v in values[:200])

    def _holds_dates(self, column: str) -> bool:
        """Whether most values are dates in one of the usual formats."""
        if self.frame[column].dtype in (pl.Date, pl.Datetime):
            return True
        values = [v for v in self._values(column) if not self._not_known(v)][:200]
        return bool(values) and 2 * sum(any(_reads(v, f) for f in _FORMATS) for v in values) > len(values)

    def _unit(self, column: str) -> str:
        plain = column.casefold()
        values = [v for v in self._values(column) if not self._not_known(v)]
        if self.frame[column].dtype in (pl.Date, pl.Datetime) or (values and not self._all_numbers(column)):
            return "date"
        for unit in ("days", "months", "weeks", "years"):
            if unit[:-1] in plain or unit in plain:
                return unit
        return "age" if "age" in plain else ""

    def _time(self, column: str) -> dict[str, Any]:
        unit = self._unit(column)
        time: dict[str, Any] = {"column": column, "unit": unit or "months"}
        if not unit:
            numbers = [float(v) for v in self._values(column) if words.NUMBER.match(v)]
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
        status = self._take(_STATUS, not_=_TIME)
        if status is not None and self.frame[status].n_unique() > _MOST_CODES:  # a time, whatever its name
            self.left.append(status)
            status = None
        codes = self._status_codes(status) if status is not None else None
        cause = self._take(_CAUSE)
        ends = self._ends(codes)
        if cause is not None and ends[0]["event"] == "death":
            values = dict.fromkeys(self._values(cause)[:30], "unknown")
            ends[0]["cause"] = {"column": cause, "values": values}
            self._doubt(f"{cause!r}: write sarcoma, other or unknown for each cause")
        return [*ends, *self._recurrences()]

    def _ends(self, codes: StatusCodes | None) -> list[dict[str, Any]]:
        """Death and last contact, by their own columns or by one time and the vital status."""
        death = self._take(_DEATH) or self._take(_DIED, dates=True)
        contact = self._take(_CONTACT) or self._take(_LAST, dates=True)
        if death is None and contact is None and codes is not None:
            contact = self._take(r"^(os|survival|time|follow)", _TIME) or self._take(
                _TIME, not_=f"{_METASTASIS}|{_RECURRENCE}|{_BIRTH}|^age"
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
        organ = self._take(_ORGAN)
        for kind, pattern in (("metastasis", _METASTASIS), ("local-recurrence", _RECURRENCE)):
            when = self._take(pattern, _TIME)
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
            self.draft.mapping["unconfirmed"] = [codes.as_question()]
            self._doubt(
                f"{column!r}: its codes are not known by their names; `unconfirmed` shows each reading with its deaths "
                "(R counts the larger number as dead, registries often write 1 for alive). Write the codes into the "
                "events, take `unconfirmed` out; until then the mapping is not read"
            )
        return codes

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for column in list(self.left):
            known = field_names().get(words.normal(column))
            if known is not None and known not in fields:
                fields[known] = self._field(known, column)
                self.left.remove(column)
        for name, pattern in _HINTS.items():
            hinted = self._take(pattern) if name not in fields and name != "diagnosis_date" else None
            if hinted is not None:
                fields[name] = self._field(name, hinted)
        return fields

    def _field(self, name: str, column: str) -> Any:
        spec = field_specs()[name]
        mapped: dict[str, Any] = {"column": column}
        if spec.kind in ("number", "whole"):
            if "mm" in column.casefold() and spec.unit == "cm":
                mapped["unit"] = "mm"
            numbers = [float(v) for v in self._values(column) if words.NUMBER.match(v)]
            if name == "size_cm" and "unit" not in mapped and numbers and sorted(numbers)[len(numbers) // 2] > 25:
                mapped["unit"] = "mm"
                self._doubt(f"{column!r}: half of the sizes are above 25, so millimetres were taken")
        else:
            unread: dict[str, None] = {}
            for value in self._values(column)[:200]:
                try:
                    spec.clean(value)
                except ValueError:
                    unread[value] = None
            if unread:
                mapped["values"] = dict(list(unread.items())[:40])
                self._doubt(f"{column!r}: {len(unread)} values are not known to the field {name}; write what they mean")
        return column if list(mapped) == ["column"] else mapped


def _settled(codes: StatusCodes, status: Status) -> list[str]:
    """The codes of a status; none where they are still to be confirmed."""
    return list(codes.dead if status == "dead" else codes.alive) if codes.settled else []


def _reads(text: str, pattern: str) -> bool:
    import datetime

    try:
        datetime.datetime.strptime(text[:10], pattern)  # noqa: DTZ007 – a day has no time zone
    except ValueError:
        return False
    return True


def draft_yaml(draft: Draft) -> str:
    """The draft as YAML, with what it is unsure of as comments on top."""
    import yaml

    lines = ["# A first draft, from headers and values. Look at every line; what is unsure:"]
    lines += [f"#   - {_one_line(text)}" for text in draft.unsure] or ["#   - nothing"]
    if draft.unused:
        lines += [f"# Columns that are not used: {_one_line(', '.join(draft.unused[:60]))}"]
    lines += [
        "# Add source, licence, period and inclusion. Then: sarcoma cohort read TABLE --mapping THIS --to FOLDER",
        "",
    ]
    return "\n".join(lines) + yaml.safe_dump(draft.mapping, sort_keys=False, allow_unicode=True, width=110)


def _one_line(text: str) -> str:
    """Names and values of a stranger's table as part of a comment: nothing in them ends it."""
    return "".join(c if c.isprintable() else " " for c in text)[:2000]
