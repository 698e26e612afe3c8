"""Every figure on every page has an origin that opens, and nobody is told 0 or 100 of 100."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from web_cases import CHILD, LOCALISED, METASTATIC, RECORDS, RETROPERITONEAL, encoded, outlook_of
from web_html import Node, tree

from sarcoma.evidence import library
from sarcoma.outlook import why
from sarcoma.patient import ORGANS, field_specs
from sarcoma.wording import language
from sarcoma.wording.language import _
from sarcoma.wording.record import AS_WRITTEN

ALLOWED = {
    r"\bR[012]\b": "names of margins",
    r"\bWrite 0 if\b|\bEscriba 0 si\b": "how a field is filled in",
    r"If 30 of 100 people are alive after some years, nobody can know whether you are one of the 30 or of the 70": (
        "how to read any such number; not a figure about anyone"
    ),
    r"\b100 people\b|\b100 personas\b": "the denominator of every picture",
}
"""Digits that are no figures, and why."""


@cache
def names() -> tuple[str, ...]:
    """Names and explanations of what the record and the library hold, in every language, longest first."""
    lib = library()
    texts: set[str] = set()
    for spec in field_specs().values():
        texts |= {t for t in (spec.label, spec.help, spec.unit, spec.ask, spec.why) if t}
        if spec.kind in ("code", "yes-no", "members"):
            texts |= {*spec.code_list().values(), *spec.plain_list().values()}
    texts |= {text for words in AS_WRITTEN.values() for text in words.values()}
    for entry in (*lib.types.values(), *lib.primary_sites.values(), *lib.sites.values(), *lib.treatments.values()):
        texts |= {t for t in (entry.name, getattr(entry, "plain_name", None)) if t}
    for kind in lib.types.values():
        texts |= set(kind.abbreviations)
    texts |= set(ORGANS.values())
    found = {t for t in texts if re.search(r"\d", t)}
    for code in language.LANGUAGES:
        with language.using(code):
            found |= {_(t) for t in found}
    return tuple(sorted((re.sub(r"\s+", " ", t) for t in found), key=len, reverse=True))


def without_names(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    for name in names():
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    for pattern in ALLOWED:
        text = re.sub(pattern, " ", text)
    return text


def has_origin(node: Node) -> bool:
    return any("data-origin" in n.attrs or "data-said" in n.attrs for n in node.up())


def numbers_a_place(node: Node) -> bool:
    """The numbers 1 to 7 that tie the places on the body to their list."""
    return any(n.tag == "svg" and "body" in n.attrs.get("class", "") for n in node.up())


def says_what_a_field_takes(node: Node) -> bool:
    """What is wrong with an answer: the range that the form takes, its codes, an example."""
    return any({"problem", "errors"} & set(n.attrs.get("class", "").split()) for n in node.up())


def loose(html: str) -> Iterator[str]:
    """Texts with a digit that has no origin."""
    for node, text in tree(html).texts():
        if not re.search(r"\d", text) or has_origin(node) or numbers_a_place(node) or says_what_a_field_takes(node):
            continue
        if re.search(r"\d", without_names(text)):
            yield f"<{node.tag}> {text.strip()}"


@pytest.mark.words
def test_every_figure_on_every_page_stands_in_its_origin(pages: dict[str, str]) -> None:
    found = {name: bare for name, html in pages.items() if (bare := list(loose(html)))}
    assert not found, "\n".join(f"{name}: {bare[:3]}" for name, bare in list(found.items())[:20])


def test_every_origin_opens(pages: dict[str, str]) -> None:
    keys = {n.attrs["data-origin"] for html in pages.values() for n in tree(html).walk() if "data-origin" in n.attrs}
    assert len(keys) > 500
    for key in keys:
        assert why(key).key == key


def test_every_figure_in_words_has_a_mark_that_leads_to_its_origin(pages: dict[str, str]) -> None:
    seen = 0
    for name, html in pages.items():
        document = tree(html)
        for node in document.find(class_="fig"):
            key = node.attrs["data-origin"]
            (mark,) = node.find("button", class_="o")
            owner = key.partition(".")[0]
            (box,) = document.find(id=mark.attrs["popovertarget"])
            (more, *_elsewhere) = box.find("a")
            assert more.attrs["href"] in (f"/evidence/{owner}", f"/models/{key}"), name
            assert key in mark.attrs["aria-label"], name
            seen += 1
    assert seen > 500


def test_every_mark_opens_a_box_with_its_source_on_the_same_page(pages: dict[str, str]) -> None:
    """One box for each owner, with a sentence, its key, a way to more in a new tab, and nothing that survival says."""
    for name, html in pages.items():
        document = tree(html)
        boxes = {n.attrs["id"]: n for n in document.walk() if "popover" in n.attrs}
        marks = document.find("button", class_="o")
        wanted = {n.attrs["popovertarget"] for n in marks}
        assert not [n for n in marks if any(up.tag == "form" for up in n.up())], f"{name}: it would send the form"
        assert wanted == set(boxes), name
        for box in boxes.values():
            key = box.attrs["id"].removeprefix("o-")
            (more,) = box.find("a")
            assert more.attrs["target"] == "_blank", (name, key)  # of this host, so it needs no `rel`
            (text,) = box.find("p")
            assert key in text.text, (name, key)
            assert len(text.text) > len(key) + 8, (name, key)
            assert "%" not in text.text, (name, key)


def test_figures_say_what_the_evidence_says(pages: dict[str, str]) -> None:
    """The words in a figure's own element are those of its key, in the language of the page."""
    from sarcoma.outlook.figure import from_fact
    from sarcoma.wording import figures

    for name, html in pages.items():
        document = tree(html)
        lang = document.find("html")[0].attrs["lang"] if document.find("html") else "en"
        for node in document.find(class_="fig"):
            key = node.attrs["data-origin"]
            figure = from_fact(*library().figure(key))
            with language.using(lang):
                said = {figures.quantity(figure, plain=plain) for plain in (True, False)}
            assert node.text.casefold() in {s.casefold() for s in said}, (name, key)


EXTREME = re.compile(r"(?<![\d.,])(0|100) (of|de) 100\b|(?<![\d.,])(0|100) ?%(?! CI)")


def test_nobody_is_told_none_or_all_of_100(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        if name.startswith(("/evidence", "/models")):
            continue  # what a source printed stands there as it was printed
        for node, text in tree(html).texts():
            assert not EXTREME.search(re.sub(r"\s+", " ", text)), (name, node.tag, text)


def columns(table: Node) -> list[list[str]]:
    """The numbers of a table, column by column."""
    rows = [[cell.text for cell in row.find("td")] for row in table.find("tbody")[0].find("tr")]
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.words
def test_parts_of_100_people_sum_to_100(pages: dict[str, str]) -> None:
    """In every picture of people and of a course, and in the table beneath it."""
    summed = 0
    for name, html in pages.items():
        for figure in tree(html).find("figure", class_="drawing"):
            (svg,) = figure.find("svg")
            kind = svg.attrs["class"]
            for table in figure.find("table"):
                for column in columns(table):
                    told = re.findall(r"^\D*(\d+)(?: \w+ 100)?$", "\n".join(column), re.MULTILINE)
                    exact = len(told) == len(column) and not re.search(
                        "between|entre|fewer|more|menos|más", " ".join(column)
                    )
                    if ("drawn-icons" in kind or "drawn-course" in kind) and exact:
                        assert sum(map(int, told)) == 100, (name, column)
                        summed += 1
    assert summed > 14, "the loop looks at something"


def test_the_records_meet_models_scenarios_and_facts() -> None:
    """So that the tests above look at something."""
    assert len(RECORDS) >= 7
    assert any(m.status == "applies" for m in outlook_of(LOCALISED).models)
    assert any(m.status == "applies" for m in outlook_of(RETROPERITONEAL).models)
    assert outlook_of(METASTATIC).situation == "metastatic"
    child = [m.card for m in outlook_of(CHILD).models if m.status == "applies"]
    assert not [card.id for card in child if card.personal and card.outcome.about_survival]
    assert outlook_of(METASTATIC).scenarios
    assert "21%2C5" in encoded(RETROPERITONEAL)
