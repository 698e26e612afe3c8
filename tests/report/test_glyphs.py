"""Characters that no font has here: named on the paper, and never lost without a word."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from sarcoma.report.blocks import Text
from sarcoma.report.document import Document
from sarcoma.report.glyphs import in_place, said, without_glyph


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_what_the_fonts_have_is_told_from_what_they_lack() -> None:
    assert without_glyph("Größe – “x” ≥ 5 cm → Ж ł Ω … é") == ()
    assert without_glyph("肉腫 a 肉 🦴") == ("肉", "腫", "🦴")
    assert without_glyph("a\u200d\ufe0f\u0301") == ()


@pytest.mark.words
def test_the_sentence_names_each_character_and_is_ascii() -> None:
    assert "U+8089 cjk unified ideograph-8089" in said(("肉",))
    assert said(tuple("肉腫🦴")).isascii()
    assert "and 3 more" in said(tuple(chr(0x4E00 + n) for n in range(15)))


def test_a_box_stands_in_the_place_of_each() -> None:
    assert in_place("肉腫 a", ("肉", "腫")) == "□□ a"
    assert without_glyph("□") == ()


def test_a_report_on_paper_says_what_it_cannot_show() -> None:
    document = Document("肉腫レジストリ", "", [Text("Ω 🦴 plain")])
    assert document.without_glyph()[:2] == ("肉", "腫")
    read = text_of(document.pdf())
    assert "U+8089" in read.replace("\n", " ")
    assert "\0" not in read
    assert "Ω" in read


def test_a_report_whose_characters_all_have_a_font_says_nothing() -> None:
    document = Document("Größe – 5 cm", "", [Text("≥ 5")])
    assert document.without_glyph() == ()
    assert document.pdf() == document.pdf()
