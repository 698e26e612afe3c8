"""The JSON Schema of the record and the reader of records agree on every field, in both directions.

Text is the exception that is meant: the reader takes what people write (`G3`, `7 cm`, `lung@14`), the schema the codes,
numbers and words for "unknown"; and what a name of a type or a place means is known to the reader alone.
"""

from __future__ import annotations

import os
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.errors import RecordError
from sarcoma.patient import Patient, field_specs
from sarcoma.patient.template import json_schema

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))
SCHEMA = json_schema()
SPECS = field_specs()
OPEN_TEXT = ("type", "site", "topography", "date")
"""Kinds whose text the reader looks up."""


def in_schema(field: str, value: Any) -> bool:
    described = {**SCHEMA["properties"][field], "$defs": SCHEMA["$defs"]}
    return bool(jsonschema.Draft202012Validator(described).is_valid(value))


def is_read(field: str, value: Any) -> bool:
    """Whether the reader takes it, be it possible beside the other fields or not."""
    try:
        Patient(**{field: value})
    except RecordError as error:
        return all(p.kind == "contradiction" or p.field != field for p in error.problems)
    return True


def _text_in(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_text_in(part) for part in value)
    return isinstance(value, str)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 101)
    | st.sampled_from([0.0, 1.0, 3.0, 0.5, -0.5, 999.0, 1e9, 1e300, 10**30])
    | st.floats(allow_nan=False, allow_infinity=False)
)
ORGANS = ("lung", "bone", "nowhere", "", 1, None)


def values(field: str) -> st.SearchStrategy[Any]:
    codes = st.sampled_from([*SPECS[field].code_list(), "", "unknown", "?", "not-assessed", "nonsense"])
    month = st.sampled_from([None, 0, 14, 2.5, -1, True, "", "unknown"])
    metastasis = st.fixed_dictionaries({"organ": st.sampled_from(ORGANS)}, optional={"months": month})
    many = st.lists(codes | SCALARS, max_size=3)
    return SCALARS | codes | many | metastasis | st.lists(metastasis, max_size=2) | st.just({})


@pytest.mark.parametrize("field", SPECS)
def test_schema_and_reader_agree(field: str) -> None:
    kind = SPECS[field].kind

    @settings(max_examples=max(15, ASKED // len(SPECS)), derandomize=not ASKED, deadline=None, database=None)
    @given(value=values(field))
    def of_value(value: Any) -> None:
        said, read = in_schema(field, value), is_read(field, value)
        if said and not (kind in OPEN_TEXT and isinstance(value, str)):
            assert read, "the schema says more than is read"
        if read and not _text_in(value) and not isinstance(value, dict) and not _a_metastasis_in(value):
            assert said, "more is read than the schema says"

    of_value()


def _a_metastasis_in(value: Any) -> bool:
    """Its organ and its months are text that people write, too."""
    return isinstance(value, list) and any(isinstance(part, dict) for part in value)


@pytest.mark.parametrize(
    ("field", "value"),
    [("nodes", False), ("presentation", ""), ("multifocal", 0), ("grade", 3), ("metastases", {"organ": "lung"})],
)
def test_what_people_send_is_in_the_schema(field: str, value: Any) -> None:
    assert is_read(field, value)
    assert in_schema(field, value)


def test_fields_of_the_schema_are_those_of_the_record() -> None:
    assert set(SCHEMA["properties"]) == set(SPECS)
    assert SCHEMA["additionalProperties"] is False
