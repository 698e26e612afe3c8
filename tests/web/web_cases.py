"""Made-up people as they fill in the forms, and all pages of the site."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

from sarcoma.evidence import library
from sarcoma.models import cards
from sarcoma.outlook import Outlook
from sarcoma.outlook import outlook_of as outlook
from sarcoma.web import browse
from sarcoma.web.forms import Said

Form = dict[str, Any]

LOCALISED: Form = {
    "histologic_type": "leiomyosarcoma", "site": "lower-limb", "size_cm": "7", "depth": "deep", "grade": "3",
    "age": "62", "surgery": "resected", "margin": "R0", "nodes": "negative", "radiotherapy": "before-surgery",
    "multifocal": "no", "presentation": "primary", "metastases": "none", "local_recurrence": "no",
}  # fmt: skip
RETROPERITONEAL: Form = {
    "histologic_type": "dedifferentiated-liposarcoma", "site": "retroperitoneum", "size_cm": "21,5", "grade": "2",
    "age": "58", "surgery": "resected", "margin": "R1", "multifocal": "no", "metastases": "none",
}  # fmt: skip
METASTATIC: Form = {
    "histologic_type": "leiomyosarcoma", "site": "lower-limb", "size_cm": "9", "depth": "deep", "grade": "3",
    "age": "47", "surgery": "resected", "metastases": "yes", "organ": ["lung", "bone"],
    "metastasis_months": "14",
}  # fmt: skip
LIVED_ON: Form = METASTATIC | {"landmark_months": "20"}
"""The same person, half a year after the spread was found."""
UTERINE: Form = {
    "histologic_type": "leiomyosarcoma", "site": "uterus", "size_cm": "11", "age": "51", "surgery": "resected",
    "metastases": "unknown",
}  # fmt: skip
CHILD: Form = {
    "histologic_type": "embryonal-rhabdomyosarcoma", "site": "head-and-neck", "size_cm": "4", "age": "6",
    "surgery": "none", "metastases": "none",
}  # fmt: skip
NODES: Form = {
    "histologic_type": "angiosarcoma", "site": "breast", "size_cm": "5", "grade": "3", "age": "70", "nodes": "positive",
    "depth": "superficial", "local_recurrence": "yes", "metastases": "none",
}  # fmt: skip
EMPTY: Form = {}

RECORDS: dict[str, Form] = {
    "localised": LOCALISED,
    "retroperitoneal": RETROPERITONEAL,
    "metastatic": METASTATIC,
    "lived on": LIVED_ON,
    "uterine": UTERINE,
    "child": CHILD,
    "nodes": NODES,
    "empty": EMPTY,
}
"""Records that can be read, by a name."""

CONTRADICTORY: Form = {"metastases": "yes", "organ": "lung", "metastasis_months": "14", "landmark_months": "6"}
"""Metastases later than the time at which the record looks."""
OUT_OF_RANGE: Form = {"age": "999", "size_cm": "-3", "grade": "9", "histologic_type": "no such kind"}
REFUSED: dict[str, Form] = {"contradictory": CONTRADICTORY, "out of range": OUT_OF_RANGE}

PERSON_PAGES = ("/situation", "/situation/shown", "/situation/edit", "/survival", "/survival/shown", "/page")
"""Pages for one person, made from a form."""
TEAM_PAGES = ("/team", "/team/shown", "/team/more", "/team/course")
PERSONAL = (
    *PERSON_PAGES,
    *TEAM_PAGES,
    "/page.pdf",
    "/team.pdf",
    "/team/long.pdf",
    "/team.txt",
    "/team/long.txt",
    "/team.json",
)
UNDERSTAND = (
    "/understand/just-told", "/understand/spread", "/understand/caring", "/understand/report", "/understand/types",
    "/understand/types/leiomyosarcoma", "/understand/types/atypical-lipomatous-tumour",
)  # fmt: skip
"""Pages of "Understand" that are no chapters."""
FRONT = (
    "/", "/understand", "/situation", "/survival", "/article", "/people", "/privacy", "/team", "/models", "/evidence",
    "/changes",
    "/api",
    "/trials",
    *UNDERSTAND,
)  # fmt: skip


@cache
def chapters(lang: str = "en") -> tuple[str, ...]:
    """Addresses of "Understand"."""
    before = "" if lang == "en" else f"/{lang}"
    found = []
    for chapter in library().chapters.values():
        found.append(f"{before}/understand/{chapter.id}")
        if chapter.ask_first:
            found.append(f"{before}/understand/{chapter.id}/shown")
    return tuple(found)


@cache
def spanish() -> tuple[str, ...]:
    """Pages without a person that are whole in Spanish."""
    others = tuple(f"/es{path}" for path in ("/article", "/trials", *UNDERSTAND))
    return (
        "/es/",
        "/es/understand",
        "/es/situation",
        "/es/people",
        "/es/privacy",
        "/es/changes",
        *others,
        *chapters("es"),
    )


@cache
def everything() -> tuple[str, ...]:
    """Every page that a GET reaches."""
    lib = library()
    shelves = tuple(f"/evidence/shelf/{name}" for name in browse.shelves())
    entries = tuple(dict.fromkeys(found.url.partition("#")[0] for found in browse.index()))
    models = tuple(f"/models/{key}" for key in cards())
    searches = ("/evidence?q=lung", "/evidence?q=no+such+thing")
    questions = tuple(f"/evidence/{key}" for key in lib.questions)
    types = tuple(f"/understand/types/{key}" for key in lib.types)
    asked = (
        "/understand/types?q=LMS",
        "/understand/types?q=nothing+like+it",
        "/trials?type=leiomyosarcoma&country=spain",
    )
    return tuple(
        dict.fromkeys(
            (*FRONT, *chapters(), *spanish(), *shelves, *entries, *models, *searches, *questions, *types, *asked)
        )
    )


def encoded(form: Form) -> str:
    return urlencode(form, doseq=True)


def said(form: Form) -> Said:
    return Said.of_body(encoded(form).encode(), "application/x-www-form-urlencoded")


def outlook_of(form: Form, audience: str = "everyone") -> Outlook:
    return outlook(said(form).record(), audience=audience)  # type: ignore[arg-type]


def personal() -> Iterator[tuple[str, str, Form]]:
    """Name, address and form of every HTML page about a made-up person, in every language."""
    for name, form in (RECORDS | REFUSED).items():
        team = ("/team", "/team/shown") if name in REFUSED else TEAM_PAGES
        for address in (*PERSON_PAGES, *team, "/es/situation", "/es/situation/edit"):
            yield f"{name} {address}", address, form
