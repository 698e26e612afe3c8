"""The code tables: every code looks like one of its system, every value is one of ours, and each says where it was read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from made_up import SNOMED, as_bytes, bundle, coded, condition, observation

from sarcoma.errors import EvidenceError, TableError
from sarcoma.evidence import library
from sarcoma.exchange import code_tables, read_bundle
from sarcoma.exchange.codes import allowed_values, codes_of
from sarcoma.exchange.systems import is_code, is_loinc, is_snomed


def test_every_value_is_one_of_ours_and_every_code_says_where_it_was_read() -> None:
    tables = code_tables()
    for code in tables:
        allowed = allowed_values(code.table)
        assert allowed is None or code.value in allowed, code.key
        assert code.read_in
        assert ("from memory" in code.read_in) <= ("unverified" in code.marks), code.key
    assert {"histologic_type", "primary_site", "organ", "grade", "margin", "drug", "laboratory", "status"} <= {
        code.table for code in tables
    }


def test_only_what_was_checked_is_written() -> None:
    tables = code_tables()
    assert tables.writes("organ", "brain").code == "94225005"
    assert tables.writes("margin", "R1") is None, "public repositories give two codes for R1"


def test_morphology_is_that_of_the_evidence() -> None:
    (code,) = code_tables().entries("icdo3:8890/3")
    assert (code.table, code.value) == ("histologic_type", "leiomyosarcoma")
    own = {(c.code, c.value) for c in code_tables() if c.system == "ICDO3" and c.table == "histologic_type"}
    assert {value for _, value in own} <= set(library().types)


def test_an_entry_opens_by_its_system_and_code() -> None:
    (code,) = code_tables().entries("SCT:94391008")
    assert (code.table, code.value) == ("organ", "lung")
    for key in ("LOINC:31206-6", "NCIT:C18000", "RXNORM:3639", "ATC:L01DB01", "UCUM:g/dL"):
        assert code_tables().entries(key)
    with pytest.raises(EvidenceError):
        code_tables().entries("SCT:1234")


@pytest.mark.parametrize("code", ["94391008", "424952003", "1098951000119108"])
def test_snomed_codes_carry_a_digit_that_checks_them(code: str) -> None:
    assert is_snomed(code)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert not is_snomed(wrong)
    assert not is_code("SCT", wrong)


def test_loinc_codes_carry_a_digit_that_checks_them() -> None:
    assert is_loinc("31206-6")
    assert is_loinc("LA9633-4")
    assert not is_loinc("31206-5")


def test_the_guides_own_codes_look_like_codes() -> None:
    folder = _shared() / "exchange" / "mcode_fsh"
    if not folder.is_dir():
        pytest.skip("the examples of the guide are not here")
    told = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.fsh")))
    codes = re.findall(r"\b(SCT|LNC)#([0-9A-Z-]+)", told)
    assert len(codes) > 200
    assert all(is_code("SCT" if system == "SCT" else "LOINC", code) for system, code in codes)


def _shared() -> Path:
    import os

    return Path(os.environ.get("SARCOMA_DATA", "data")).parent


ENTRY = {"system": SNOMED, "code": "258254000", "value": "R0", "read_in": "our own list, 2026"}


@pytest.mark.words
@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ([], "tables are needed"),
        ({"margins": [ENTRY]}, "no code table"),
        ({"margin": [{**ENTRY, "value": "R9"}]}, "value is none of"),
        ({"margin": [{**ENTRY, "code": "258254001"}]}, "not a code of SCT"),
        ({"margin": [{**ENTRY, "system": "SNOMED"}]}, "system is one of"),
        ({"margin": [{**ENTRY, "code": 258254000}]}, "as text"),
        ({"margin": [{key: ENTRY[key] for key in ("system", "code", "value")}]}, "read_in is needed"),
        ({"margin": [{**ENTRY, "marks": ["checked"]}]}, "marks"),
        ({"margin": [{**ENTRY, "factor": 2}]}, "factor"),
        ({"margin": [{**ENTRY, "note": "x"}]}, "note is not known"),
        ({"margin": [ENTRY, ENTRY]}, "stands twice"),
        ({"margin": ["R0"]}, "are needed"),
    ],
)
def test_a_wrong_entry_is_named_with_what_is_needed(raw: Any, why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        codes_of(raw, "own.yaml")


def test_codes_of_ones_own_come_before_those_shipped(tmp_path: Path) -> None:
    local = "http://hospital.example/codes"
    own = {
        "observation": [{"system": local, "code": "DEPTH1", "value": "depth", "read_in": "our manual, 2026"}],
        "depth": [{"system": local, "code": "D2", "value": "deep", "read_in": "our manual, 2026"}],
    }
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(own), encoding="utf-8")
    source = as_bytes(
        bundle(condition(), observation("x", coded(local, "DEPTH1"), valueCodeableConcept=coded(local, "D2")))
    )
    plain = read_bundle(source)
    assert plain.patient.depth is None
    assert [(one.system, one.code) for one in plain.unread] == [(local, "DEPTH1")]
    assert read_bundle(source, codes=code_tables().with_file(path)).patient.depth == "deep"
    for wrong in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(TableError):
            code_tables().with_file(wrong)
