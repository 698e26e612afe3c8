"""How a field of the Patient record is described: label, unit, range, codes, plain help.

Everything that asks for a field – command line, CSV template, JSON Schema, forms, exchange – reads
these descriptions, so that a field is written down once. A `FieldSpec` stands in the annotation of
the field (`Annotated[float | None, FieldSpec(...)]`) and also cleans what people write into it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sarcoma.errors import Limits, UnreadableError
from sarcoma.patient import words

_SHOWN = 14
"""So many codes are named where one is wrong."""

Kind = Literal["number", "whole", "code", "yes-no", "type", "site", "topography", "members", "metastases", "date"]
Group = Literal["person", "tumour", "treatment", "course", "markers"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field as people meet it. `low` and `high` are in `unit`; `time` fields are months since diagnosis."""

    label: str
    kind: Kind
    group: Group
    help: str
    example: str
    flag: str | None = None  # the command-line option where it is not the field's name
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    above_low: bool = False  # the lower bound itself is not allowed
    codes: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None
    words: Mapping[str, str] | None = None  # what else people write for a code
    time: bool = False
    ask: str | None = None  # the question to a lay reader; only fields with one are asked of them
    why: str | None = None  # why it is asked, in plain words
    plain_codes: Mapping[str, str] | None = None  # code → plain words, where the labels are clinical

    def code_list(self) -> Mapping[str, str]:
        """Code → label; empty for fields without codes."""
        if self.kind == "yes-no":
            return {"yes": "yes", "no": "no"}
        return (self.codes() if callable(self.codes) else self.codes) or {}

    def plain_list(self) -> Mapping[str, str]:
        """Code → what a lay reader is shown."""
        return self.plain_codes or self.code_list()

    def code_words(self) -> Mapping[str, str]:
        """Everything that people write for a code, normalised, to the code."""
        found = _CODE_WORDS.get(id(self))
        if found is None:
            found = {words.normal(code): code for code in self.code_list()}
            found |= {words.normal(word): code for word, code in (self.words or {}).items()}
            _CODE_WORDS[id(self)] = found
        return found

    @property
    def limits(self) -> Limits | None:
        """The allowed range of a number, or None."""
        if self.low is None or self.high is None:
            return None
        return Limits(self.low, self.high, self.above_low, self.unit)

    def range_text(self) -> str | None:
        """The allowed range in words, or None."""
        return None if self.limits is None else str(self.limits)

    def code_names(self) -> tuple[str, ...]:
        """The codes as a problem names them: not more than a reader takes in."""
        codes = tuple(self.code_list())
        return codes if len(codes) <= _SHOWN else (*codes[:_SHOWN], "…")

    def expects(self) -> str:
        """What a right value looks like, in words."""
        if self.code_list():
            return "one of " + ", ".join(self.code_names())
        return self.range_text() or f"something like {self.example}"

    def clean(self, value: Any) -> Any:
        """Turn what people write into the field's value, or None for unknown.

        Raises
        ------
        UnreadableError : with the problem and what is expected, never with the value.
        """
        if (
            self.kind in ("members", "metastases")
            and isinstance(value, (list, tuple))
            and len(value) == 1
            and isinstance(value[0], str)
        ):
            value = value[0]
        if words.means_unknown(value) and not self._is_own_word(value):
            return None
        return _CLEANERS[self.kind](self, value)

    def _is_own_word(self, value: Any) -> bool:
        return isinstance(value, str) and words.normal(value) in self.code_words()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.clean, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.json_schema(handler(schema))

    def json_schema(self, plain: JsonSchemaValue) -> JsonSchemaValue:
        """JSON Schema of the field: pydantic's own, with label, unit, range and codes."""
        value: dict[str, Any]
        codes = list(self.code_list())
        if self.kind in ("number", "whole"):
            value = {"type": "integer" if self.kind == "whole" else "number"}
            if self.low is not None:
                value["exclusiveMinimum" if self.above_low else "minimum"] = self.low
            if self.high is not None:
                value["maximum"] = self.high
        elif self.kind == "code":
            value = {"type": "string", "enum": codes}
        elif self.kind == "yes-no":
            value = {"type": "boolean"}
        elif self.kind == "members":
            value = {"type": "array", "items": {"type": "string", "enum": codes}}
        elif self.kind == "date":
            value = {"type": "string", "format": "date"}
        elif self.kind == "topography":
            value = {"type": "string", "pattern": r"^C\d\d(\.\d)?$"}
        elif self.kind == "metastases":
            value = next((s for s in plain.get("anyOf", [plain]) if s.get("type") == "array"), plain)
        else:
            value = {"type": "string"}
        described: dict[str, Any] = {"anyOf": [value, {"type": "null"}], "title": self.label, "description": self.help}
        described["examples"] = [self.example]
        if self.unit:
            described["unit"] = self.unit
        if self.code_list() and self.kind != "yes-no":
            described["codes"] = dict(self.code_list())
        return described


_CODE_WORDS: dict[int, dict[str, str]] = {}
"""Per field (they live as long as the program), because a frozen description cannot hold it itself."""


def _number(spec: FieldSpec, value: Any) -> float | int:
    if isinstance(value, bool):
        raise UnreadableError("not-a-number", limits=spec.limits)
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 40 or not words.NUMBER.match(text):
            rule = "decimal-comma" if words.DECIMAL_COMMA.match(text) else ""
            raise UnreadableError("not-a-number", rule, limits=spec.limits)
        number = float(text)
    elif isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            raise UnreadableError("out-of-range", limits=spec.limits) from None
    else:
        other = words.as_float(value)
        if other is None:
            raise UnreadableError("not-a-number", limits=spec.limits)
        number = other
    low, high = spec.low, spec.high
    if number != number:
        raise UnreadableError("not-a-number", limits=spec.limits)
    if (low is not None and (number < low or (spec.above_low and number == low))) or (
        high is not None and number > high
    ):
        raise UnreadableError("out-of-range", limits=spec.limits)
    if spec.kind == "whole":
        if number != int(number):
            raise UnreadableError("not-whole", limits=spec.limits)
        return int(number)
    return number


def _code(spec: FieldSpec, value: Any) -> str:
    text = words.as_word(value)
    if text is not None:
        if text in spec.code_list():
            return text
        known = spec.code_words().get(words.normal(text))
        if known is not None:
            return known
    raise UnreadableError("unknown-code", names=spec.code_names())


def _yes_no(_: FieldSpec, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = words.as_word(value)
    answer = words.YES_NO_WORDS.get(words.normal(text)) if text is not None else None
    if answer is None:
        raise UnreadableError("unknown-code", "answer")
    return answer


def _histologic_type(_: FieldSpec, value: Any) -> str:
    from sarcoma.patient.histology import resolve_type

    if not isinstance(value, str):
        raise UnreadableError("unreadable", "type")
    return resolve_type(value)


def _site(_: FieldSpec, value: Any) -> str:
    from sarcoma.evidence import library

    text = words.as_word(value)
    places = library().primary_sites
    found = _site_words().get(words.normal(text)) if text is not None else None
    if found is not None:
        reason = places[found].out_of_scope
        if reason:
            raise UnreadableError("out-of-scope", reason=reason)
        return found
    raise UnreadableError("unknown-code", "place", names=tuple(p.id for p in places.values() if not p.out_of_scope))


@lru_cache(maxsize=1)
def _site_words() -> dict[str, str]:
    """Everything that people call a primary site, normalised, to its id."""
    from sarcoma.evidence import library

    return {
        words.normal(word): place.id
        for place in library().primary_sites.values()
        for word in (place.id, place.name, place.plain, *place.synonyms)
    }


def _topography(_: FieldSpec, value: Any) -> str:
    from sarcoma.evidence import library, sites_of
    from sarcoma.evidence.primary_site import TOPOGRAPHY

    text = value.strip().upper() if isinstance(value, str) else ""
    if len(text) == 4 and text[1:].isdigit():
        text = f"{text[:3]}.{text[3]}"
    places = library().primary_sites
    found = sites_of(text, places) if TOPOGRAPHY.match(text) else ()
    if not found:
        raise UnreadableError("unknown-code", "topography")
    if len(found) == 1 and (reason := places[found[0]].out_of_scope):
        raise UnreadableError("out-of-scope", reason=reason)
    return text


def _members(spec: FieldSpec, value: Any) -> tuple[str, ...]:
    parts = words.split_list(value)
    if [words.normal(str(p)) for p in parts] == ["none"] and "none" not in spec.code_list():
        return ()
    return tuple(dict.fromkeys(_code(spec, part) for part in parts))


def _metastases(spec: FieldSpec, value: Any) -> tuple[dict[str, Any], ...]:
    if isinstance(value, str) and words.normal(value) in ("none", "no"):
        return ()
    found = []
    for part in words.split_list(value):
        if isinstance(part, str):
            organ, at, months = part.partition("@")
            found.append({"organ": organ, "months": months if at else None})
        elif isinstance(part, Mapping) and set(part) <= {"organ", "months"} and "organ" in part:
            found.append(dict(part))
        elif isinstance(part, (tuple, list)) and len(part) == 2:
            found.append({"organ": part[0], "months": part[1]})
        elif hasattr(part, "organ") and hasattr(part, "months"):
            found.append({"organ": part.organ, "months": part.months})
        else:
            raise UnreadableError("unreadable", "metastasis", example=spec.example)
    return tuple(found)


def _date(_: FieldSpec, value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    found = words.iso_date(value) if isinstance(value, str) else None
    if found is None:
        raise UnreadableError("not-a-date")
    return found


_CLEANERS: dict[str, Callable[[FieldSpec, Any], Any]] = {
    "number": _number,
    "whole": _number,
    "code": _code,
    "yes-no": _yes_no,
    "type": _histologic_type,
    "site": _site,
    "topography": _topography,
    "members": _members,
    "metastases": _metastases,
    "date": _date,
}
