"""Looking up histologic types: what clinicians type, every code of the list, and never a silent guess."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.errors import TypeLookupError
from sarcoma.evidence import library
from sarcoma.patient.histology import resolve_type

LIST = Path(__file__).parents[1] / "evidence" / "icdo3_sts.csv"
ROWS = list(csv.DictReader(LIST.read_text(encoding="utf-8").splitlines()))
CODES = sorted({c for row in ROWS for c in re.findall(r"\b\d{4}/\d\b", row["type"] + row["icdo3_codes_as_listed"])})


def failure(text: str) -> TypeLookupError:
    with pytest.raises(TypeLookupError) as caught:
        resolve_type(text)
    return caught.value


def meant(text: str) -> set[str]:
    """The types that a text stands for, one or several."""
    try:
        return {resolve_type(text)}
    except TypeLookupError as error:
        assert error.reason in ("ambiguous", "out-of-scope")
        return set(error.candidates)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_list_stands_for_at_least_one_type(code: str) -> None:
    found = meant(code)
    assert found
    assert all(code in {c.code for c in library().types[type_id].codes} for type_id in found)


def test_codes_shared_by_several_types_list_them() -> None:
    assert set(failure("8840/3").candidates) == {"low-grade-fibromyxoid-sarcoma", "sclerosing-epithelioid-fibrosarcoma"}
    assert resolve_type("9540/3") == "malignant-peripheral-nerve-sheath-tumour", "the code of the NOS entity means it"
    assert failure("9136/1").reason == "ambiguous"


@pytest.mark.parametrize(
    ("written", "type_id"),
    [
        ("leiomyosarcoma", "leiomyosarcoma"),
        ("Leiomyosarcoma (LMS)", "leiomyosarcoma"),
        ("LMS", "leiomyosarcoma"),
        ("8890/3", "leiomyosarcoma"),
        ("M-8890/3", "leiomyosarcoma"),
        ("UPS", "undifferentiated-pleomorphic-sarcoma"),
        ("Undifferentiated Pleomorphic Sarcoma (UPS)", "undifferentiated-pleomorphic-sarcoma"),
        ("MFH", "malignant-fibrous-histiocytoma"),
        ("DDLPS", "dedifferentiated-liposarcoma"),
        ("DD-LPS", "dedifferentiated-liposarcoma"),
        ("Dedifferentiated  Liposarcoma", "dedifferentiated-liposarcoma"),
        ("WDLPS", "atypical-lipomatous-tumour"),
        ("well differentiated liposarcoma", "atypical-lipomatous-tumour"),
        ("MRCLS", "myxoid-liposarcoma"),
        ("MPNST", "malignant-peripheral-nerve-sheath-tumour"),
        ("Malignant Peripheral Nerve Sheath Tumors (MPNST)", "malignant-peripheral-nerve-sheath-tumour"),
        ("malignant peripheral nerve sheath tumor", "malignant-peripheral-nerve-sheath-tumour"),
        ("SFT", "solitary-fibrous-tumour"),
        ("solitary fibrous tumor", "solitary-fibrous-tumour"),
        ("ASPS", "alveolar-soft-part-sarcoma"),
        ("epithelioid hemangioendothelioma", "epithelioid-haemangioendothelioma"),
        ("DSRCT", "desmoplastic-small-round-cell-tumour"),
        ("DFSP", "dermatofibrosarcoma-protuberans"),
        ("synovial sarcoma, NOS", "synovial-sarcoma"),
        ("PEComa", "pecoma"),
        ("angiosarcoma", "angiosarcoma"),
        ("myxofibrosarcoma", "myxofibrosarcoma"),
    ],
)
def test_what_clinicians_type_is_understood(written: str, type_id: str) -> None:
    for text in (written, written.upper(), f"  {written.lower()} "):
        assert resolve_type(text) == type_id


@pytest.mark.parametrize(
    "text", ["GIST", "8936/3", "Kaposi sarcoma", "desmoid", "desmoid tumor", "osteosarcoma", "chordoma"]
)
def test_what_is_out_of_scope_is_said_kindly_with_the_reason(text: str) -> None:
    error = failure(text)
    assert error.reason == "out-of-scope"
    assert len(str(error)) > 60


@pytest.mark.parametrize("text", ["RMS", "ESS", "ES"])
def test_an_abbreviation_of_several_types_lists_them(text: str) -> None:
    error = failure(text)
    assert error.reason == "ambiguous"
    assert len(error.candidates) > 1


@pytest.mark.parametrize(("text", "near"), [("leiomiosarcoma", "leiomyosarcoma"), ("liposarcome", "liposarcoma-nos")])
def test_a_near_miss_is_suggested_and_never_taken(text: str, near: str) -> None:
    error = failure(text)
    assert near in error.candidates


@pytest.mark.parametrize("text", ["", " ", "x" * 10**6, "9999/9", "1234", "\x00", "🦀", "=1+1", "sarcoma of the moon"])
def test_nonsense_is_refused_without_repeating_it(text: str) -> None:
    error = failure(text)
    assert text.strip() == "" or text not in str(error)


@settings(max_examples=300)
@given(st.text(max_size=250))
def test_any_text_gives_a_type_or_a_clear_error(text: str) -> None:
    try:
        assert resolve_type(text) in library().types
    except TypeLookupError as error:
        assert str(error)


def test_every_name_finds_its_own_type() -> None:
    for entity in library().types.values():
        for name in (entity.id, entity.name, *entity.synonyms, *entity.abbreviations):
            assert entity.id in meant(name), (entity.id, name)


def test_groupings_name_types_that_exist_and_each_once() -> None:
    for grouping in library().groupings.values():
        named = [t for group in grouping.groups for t in group.types]
        assert set(named) <= set(library().types), grouping.id
        if grouping.id != "family":
            assert len(named) == len(set(named)), grouping.id
        for group in grouping.groups:
            assert set(group.assumptions) <= set(group.types)


def test_legacy_names_say_what_they_are_called_today() -> None:
    assert library().types["malignant-fibrous-histiocytoma"].now_called == "undifferentiated-pleomorphic-sarcoma"


@pytest.mark.parametrize(
    ("written", "among"),
    [
        ("8930/3", "low-grade-endometrial-stromal-sarcoma"),
        ("8930", "high-grade-endometrial-stromal-sarcoma"),
        ("endometrial stromal sarcoma, NOS", "low-grade-endometrial-stromal-sarcoma"),
        ("9130/1", "composite-haemangioendothelioma"),
        ("hemangioendothelioma", "epithelioid-haemangioendothelioma"),
        ("9136/1", "retiform-haemangioendothelioma"),
        ("spindle cell hemangioendothelioma", "composite-haemangioendothelioma"),
    ],
)
def test_a_broad_term_is_asked_about_and_never_mapped_to_one_type(written: str, among: str) -> None:
    error = failure(written)
    assert error.reason == "ambiguous"
    assert among in error.candidates
    assert len(error.candidates) > 1


def test_a_narrow_name_beside_a_broad_one_resolves() -> None:
    assert resolve_type("kaposiform hemangioendothelioma") == "kaposiform-haemangioendothelioma"
    assert resolve_type("8931/3") == "low-grade-endometrial-stromal-sarcoma"


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("epithelioid MPNST", ("malignant-peripheral-nerve-sheath-tumour",)),
        ("Glomangiomatosis", ("glomus-tumour",)),
        ("inflammatory leiomyosarcoma", ()),
        ("atypical spindle cell lipomatous tumor", ()),
    ],
)
def test_a_type_of_which_nothing_was_collected_is_recognised(written: str, near: tuple[str, ...]) -> None:
    error = failure(written)
    assert (error.reason, error.candidates) == ("unknown", near)
    assert error.problem.rule.startswith("type-not-collected")


def test_every_term_names_types_of_the_list() -> None:
    for term in library().terms.values():
        assert set(term.types) <= set(library().types)
