"""The descriptions of the record's fields: a file that people edit, and attributes that a type checker reads."""

from __future__ import annotations

import datetime
from types import NoneType
from typing import Literal, get_args, get_type_hints

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sarcoma._files import read_folder
from sarcoma.patient import Metastasis, Patient, field_specs
from sarcoma.patient.field_file import DATA, metastasis_specs
from sarcoma.patient.fields import CodesFrom, FieldSpec, Group, Kind, ReportKind
from sarcoma.patient.record_fields import RecordFields

SPECS = {**field_specs(), **{f"metastasis.{name}": spec for name, spec in metastasis_specs().items()}}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class WrittenCode(Strict):
    label: str = Field(min_length=1)
    plain: str | None = Field(default=None, min_length=1)
    words: list[str] = []
    share: list[float] = Field(default=[], max_length=2)


class WrittenReport(Strict):
    stands_in: list[ReportKind] = Field(min_length=1)
    called: list[str] = Field(min_length=1)


class WrittenField(Strict):
    label: str = Field(min_length=1)
    kind: Kind
    group: Group
    help: str = Field(pattern=r"[.?]$")
    example: str = Field(min_length=1)
    flag: str | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    above_low: bool = False
    codes: dict[str, WrittenCode] = {}
    codes_from: CodesFrom | None = None
    time: bool = False
    report: WrittenReport | None = None
    ask: str | None = Field(default=None, pattern=r"[?]$")
    why: str | None = Field(default=None, pattern=r"[.]$")


class WrittenFile(Strict):
    fields: dict[str, WrittenField]
    metastasis: dict[Literal["organ", "months"], WrittenField]


@pytest.mark.words
def test_the_file_says_what_a_field_can_be_and_nothing_else() -> None:
    WrittenFile.model_validate(read_folder(DATA)["fields"])
    assert set(WrittenField.model_fields) == set(FieldSpec.__dataclass_fields__)


def test_what_is_described_is_declared_in_the_same_order() -> None:
    assert list(field_specs()) == list(RecordFields.model_fields) == list(Patient.model_fields)
    assert list(metastasis_specs()) == list(Metastasis.model_fields)
    for name, spec in field_specs().items():
        assert [m for m in Patient.model_fields[name].metadata if isinstance(m, FieldSpec)] == [spec], name
    for name, spec in metastasis_specs().items():
        assert [m for m in Metastasis.model_fields[name].metadata if isinstance(m, FieldSpec)] == [spec], name


def test_declared_types_are_those_of_the_kinds() -> None:
    types: dict[str, object] = {
        "number": float,
        "whole": int,
        "yes-no": bool,
        "members": tuple[str, ...],
        "metastases": tuple[Metastasis, ...],
        "date": datetime.date,
    }
    declared = get_type_hints(RecordFields)
    for name, spec in field_specs().items():
        assert get_args(declared[name]) == (types.get(spec.kind, str), NoneType), name


@pytest.mark.parametrize("name", SPECS)
def test_a_field_is_whole(name: str) -> None:
    spec = SPECS[name]
    if spec.kind in ("number", "whole"):
        assert spec.low is not None
        assert spec.high is not None
        assert spec.low < spec.high
    else:
        assert (spec.low, spec.high, spec.unit, spec.above_low) == (None, None, None, False)
    assert bool(spec.code_list()) == (spec.kind in ("code", "members", "yes-no"))
    assert not spec.time or spec.unit == "months"
    assert bool(spec.ask) == bool(spec.why)
    assert not spec.plain_codes() or list(spec.plain_codes()) == list(spec.code_list())


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.codes])
def test_a_word_means_one_code_only(name: str) -> None:
    spec = SPECS[name]
    meant: dict[str, str] = {}
    for code, about in spec.codes.items():
        for word in (code, *about.words):
            assert spec.clean(word) == ((code,) if spec.kind == "members" else code), word
            assert meant.setdefault(word, code) == code, word
