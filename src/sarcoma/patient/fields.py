"""FieldSpec: how a field of the Patient record is described – label, unit, range, codes, plain help.

Everything that asks for a field – command line, CSV template, JSON Schema, forms, exchange – reads these descriptions,
which stand in `data/fields.yaml`. A `FieldSpec` in the annotation of a field (`Annotated[float | None, …]`) also cleans
what people write into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sarcoma._dataclass import dataclass
from sarcoma.errors import Limits
from sarcoma.patient import cleaning, words

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

_SHOWN = 14
"""So many codes are named where one is wrong."""

Kind = Literal["number", "whole", "code", "yes-no", "type", "site", "topography", "members", "metastases", "date"]
Group = Literal["person", "tumour", "treatment", "course", "markers"]
CodesFrom = Literal["treatments", "invasion"]
"""Where further codes stand: the treatments of the evidence, the structures of the staging tables."""


@dataclass(frozen=True, slots=True)
class FieldCode:
    """One code of a field: its label, plain words for a lay reader, and what else people write for it."""

    label: str
    plain: str | None = None
    words: Sequence[str] = ()
    share: Sequence[float] = ()  # per cent that it stands for, from and up to, where it is a share


ReportKind = Literal["pathology", "scan", "operation", "marker", "any"]
"""Kinds of reports that a person gets; `any`: it may stand in each, or in a letter of the clinic."""


@dataclass(frozen=True, slots=True)
class InReports:
    """Where a field stands in the reports of a clinic, and what they call it."""

    stands_in: Sequence[ReportKind]
    called: Sequence[str]


@dataclass(frozen=True)
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
    codes: Mapping[str, FieldCode] = field(default_factory=dict)
    codes_from: CodesFrom | None = None
    time: bool = False
    ask: str | None = None  # the question to a lay reader; only fields with one are asked of them
    why: str | None = None  # why it is asked, in plain words
    report: InReports | None = None  # where reports hold it; None for what no report holds

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        if self.kind == "yes-no":
            return {"yes": "yes", "no": "no"}
        return {**{code: about.label for code, about in self.codes.items()}, **_codes_from(self.codes_from)}

    @cached_property
    def _plain(self) -> Mapping[str, str]:
        return {code: about.plain for code, about in self.codes.items() if about.plain is not None}

    @cached_property
    def _code_words(self) -> Mapping[str, str]:
        found = {words.normal(code): code for code in self._labels}
        return found | {words.normal(word): code for code, about in self.codes.items() for word in about.words}

    @cached_property
    def _shares(self) -> Mapping[str, tuple[float, float]]:
        """Of codes that stand for a share in per cent: from, and up to."""
        return {code: (about.share[0], about.share[1]) for code, about in self.codes.items() if about.share}

    def code_list(self) -> Mapping[str, str]:
        """Code → label; empty for fields without codes."""
        return self._labels

    def plain_codes(self) -> Mapping[str, str]:
        """Code → plain words, where the labels are clinical; empty where they are not."""
        return self._plain

    def plain_list(self) -> Mapping[str, str]:
        """Code → what a lay reader is shown."""
        return self._plain or self._labels

    def code_words(self) -> Mapping[str, str]:
        """Everything that people write for a code, normalised, to the code."""
        return self._code_words

    @cached_property
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
        if self.kind in ("code", "members"):
            if self._shares and isinstance(value, str) and words.normal(value) not in self._code_words:
                by_share = cleaning.by_share(value, self._shares)
                if by_share is not None:
                    return by_share
            read = cleaning.code if self.kind == "code" else cleaning.members
            return read(value, self._labels, self._code_words, self.code_names())
        if self.kind == "metastases":
            return cleaning.metastases(value, self.example)
        if self.kind in ("number", "whole"):
            return (cleaning.number if self.kind == "number" else cleaning.whole)(value, self.limits)
        return _CLEANERS[self.kind](value)

    def _is_own_word(self, value: Any) -> bool:
        return isinstance(value, str) and words.normal(value) in self.code_words()

    def _other_scalars(self) -> list[bool | int]:
        """Booleans and whole numbers that are understood as a code: `false` for "no", 3 for grade 3."""
        if self.kind == "yes-no":
            return [n for n in _WHOLE if str(n) in words.YES_NO_WORDS]
        if self.kind != "code":
            return []
        known = {words.normal(code) for code in self.code_list()} | set(self._code_words)
        return [s for s in (False, True, *_WHOLE) if words.normal(words.as_word(s) or "") in known]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

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
            value = {"anyOf": [value, value["items"]]}
        else:
            value = {"type": "string"}
        also = [{"enum": self._other_scalars()}] if self._other_scalars() else []
        described: dict[str, Any] = {
            "anyOf": [
                value,
                *also,
                {"enum": [w for w in sorted(words.UNKNOWN) if not self._is_own_word(w)]},
                {"type": "null"},
            ],
            "title": self.label,
            "description": self.help,
        }
        described["examples"] = [self.example]
        if self.unit:
            described["unit"] = self.unit
        if self.code_list() and self.kind != "yes-no":
            described["codes"] = dict(self.code_list())
        return described


_WHOLE = range(100)
"""Whole numbers that may stand for a code."""


def _codes_from(place: CodesFrom | None) -> Mapping[str, str]:
    if place is None:
        return {}
    if place == "treatments":
        from sarcoma.evidence import library

        return {t.id: t.name for t in library().treatments.values()}
    from sarcoma.evidence import staging_tables

    return staging_tables().invasion


_CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    "yes-no": cleaning.yes_no,
    "type": cleaning.histologic_type,
    "site": cleaning.site,
    "topography": cleaning.topography,
    "date": cleaning.date,
}
