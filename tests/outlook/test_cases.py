"""The table of cases: who is told what first, what must stand somewhere and what must stand nowhere, on every surface."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from sarcoma._files import read_yaml
from sarcoma.errors import RecordError
from sarcoma.evidence import library
from sarcoma.models import cards
from sarcoma.outlook import Outlook, outlook_of
from sarcoma.outlook.answer import HeadlineKind
from sarcoma.outlook.nearness import QUESTIONS
from sarcoma.outlook.shown import keys_shown
from sarcoma.patient import Patient, field_specs
from sarcoma.report import as_data
from sarcoma.report.text import TextReport
from sarcoma.web import create_app

FILE = Path(__file__).with_name("cases.yaml")
TABLE: list[dict[str, Any]] = read_yaml(FILE.read_text(encoding="utf-8"), FILE.name)
CASES = {row["id"]: row for row in TABLE}
COLUMNS = {"id", "who", "question", "first", "must", "must_not", "teams_only", "because", "source", "differs"}
ASKED = {*QUESTIONS, "treatment", "stage", "models", "refused"}
KINDS = get_args(HeadlineKind)
FORM = {"content-type": "application/x-www-form-urlencoded"}
PAGES = ("/situation", "/survival/shown", "/team")


def who(case: str) -> dict[str, Any]:
    """The record of a row; one that names another row is about the same person."""
    given = CASES[case]["who"]
    return who(given) if isinstance(given, str) else given


def listed(row: dict[str, Any], column: str) -> list[str]:
    given = row.get(column) or []
    return [str(one) for one in given] if isinstance(given, list) else [str(given)]


def is_text(needle: str) -> bool:
    """Whatever holds a space, or begins with a digit, is text; a key does neither."""
    return " " in needle or needle[:1].isdigit()


def covers(needle: str, key: str) -> bool:
    """Whether a key of the table names this key: it, a figure of it, or whatever begins so before a star."""
    if needle.endswith("*"):
        return key.startswith(needle[:-1])
    return key == needle or key.startswith(f"{needle}.")


# ---- surfaces ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surfaces:
    """One person on every surface: keys and texts, by the name of the surface."""

    outlook: Outlook
    keys: dict[str, frozenset[str]]
    texts: dict[str, str]


FOR_EVERYONE = ("terminal, plain", "terminal, plain, no survival", "/situation", "/survival/shown")
WITHOUT = ("terminal, no survival", "terminal, plain, no survival", "/situation")


@cache
def client() -> TestClient:
    return TestClient(create_app(pdfs_a_minute=600_000), follow_redirects=False)


def form_of(record: dict[str, Any]) -> dict[str, Any]:
    """A record as its form is sent; what the table does not say of the course has not happened."""
    form = {"presentation": "primary", "metastases": "none", "local_recurrence": "no"} | record
    spread = form["metastases"]
    if isinstance(spread, list):
        form["metastases"] = "yes"
        form["organ"] = [one.partition("@")[0] for one in spread]
        form["metastasis_months"] = spread[0].partition("@")[2]
    return form


def posted(path: str, record: dict[str, Any]) -> Any:
    return client().post(path, content=urlencode(form_of(record), doseq=True), headers=FORM)


@cache
def surfaces(case: str) -> Surfaces:
    record = who(case)
    outlook = outlook_of(Patient(**record))
    data = shown_data(as_data(outlook))
    keys = {"JSON": frozenset(origins(data)) | keys_shown(outlook)}
    texts = {"JSON": json.dumps(data, ensure_ascii=False)}
    for name, plain, survival in (
        ("terminal", False, True),
        ("terminal, plain", True, True),
        ("terminal, no survival", False, False),
        ("terminal, plain, no survival", True, False),
    ):
        texts[name] = str(TextReport(outlook, plain=plain, survival=survival, width=10_000))
        keys[name] = frozenset(
            key for found in re.findall(r"\[([^\]]+)\]", texts[name]) for key in re.split(r", | and ", found)
        )
    for path in PAGES:
        answer = posted(path, record)
        assert answer.status_code == 200, (case, path)
        texts[path] = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
        marks = re.findall(r'<a class="o" href="/(?:evidence|models)/([^"]+)"', answer.text)
        keys[path] = frozenset(
            (*re.findall(r' data-origin="([^"]+)"', answer.text), *(m.replace("#", ".") for m in marks))
        )
    statements = frozenset(library().general_statements) - {t.treatment.id for t in outlook.treatments}
    keys = {name: found - statements for name, found in keys.items()}
    silent = {model.card.id for model in outlook.models if model.status != "applies"}
    return Surfaces(outlook, {name: found - silent for name, found in keys.items()}, texts)


def shown_data(data: dict[str, Any]) -> dict[str, Any]:
    """The data without what it says that it does not show: figures withheld or not decided, models that do not apply."""
    answers = [{k: v for k, v in a.items() if k not in ("withheld", "cannot_tell")} for a in data["answers"]]
    models = [m for m in data["models"] if m["status"] == "applies"]
    return data | {"answers": answers, "models": models}


def origins(data: Any) -> Iterator[str]:
    """Every key that data names as the origin or the id of something."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name in ("origin", "id") and isinstance(value, str):
                yield value
            yield from origins(value)
    elif isinstance(data, list):
        for value in data:
            yield from origins(value)


def led_by(outlook: Outlook, question: str) -> tuple[str, ...]:
    """What stands first: the headline's figures, or its kind; the first treatment, model or stage."""
    if question == "treatment":
        return tuple(told.treatment.id for told in outlook.treatments[:1]) or ("none",)
    if question == "models":
        return tuple(m.card.id for m in outlook.models if m.status == "applies")[:1] or ("none",)
    if question == "stage":
        found = (f"{s.system} {s.group.as_assigned or 'open'}" for s in outlook.staging if s.group is not None)
        return tuple(found)[:1] or ("none",)
    headline = outlook.answer_to(question).headline
    return tuple(f.origin for f in headline.figures) or (headline.kind,)


# ---- the table itself ---------------------------------------------------------------------------------------------------


def test_every_row_can_be_read_and_names_what_there_is() -> None:
    lib = library()
    rooms = (lib.facts, lib.treatments, lib.questions, lib.red_flags, lib.sites, lib.profiles, cards(), lib.sources)
    known = {key for room in rooms for key in room}
    known |= {f"{fact.key}.{figure.id}" for fact in lib.facts.values() for figure in fact.figures}
    assert len(CASES) == len(TABLE), "two rows with one id"
    assert len(TABLE) >= 60
    for row in TABLE:
        assert set(row) <= COLUMNS, row["id"]
        assert row["question"] in ASKED, row["id"]
        assert row["because"], row["id"]
        assert row["source"], row["id"]
        named = [
            n for column in ("first", "must", "must_not", "teams_only") for n in listed(row, column) if not is_text(n)
        ]
        strange = [
            n for n in named
            if n not in KINDS and n not in ("none", "refused") and not any(covers(n, key) for key in known)
        ]  # fmt: skip
        assert not strange, row["id"]
        assert set(who(row["id"])) <= set(field_specs()), row["id"]


# ---- every row ----------------------------------------------------------------------------------------------------------


def each(*, refused: bool) -> list[Any]:
    found = []
    for row in TABLE:
        if (row["question"] == "refused") == refused:
            marks = [pytest.mark.xfail(strict=True, reason=row["differs"])] if "differs" in row else []
            found.append(pytest.param(row["id"], id=row["id"], marks=marks))
    return found


def faults(case: str, *, words: bool) -> list[str]:
    """What differs from the row, in keys or in words."""
    row, seen = CASES[case], surfaces(case)
    found = []
    if not words:
        led = led_by(seen.outlook, row["question"])
        if not set(led) <= set(listed(row, "first")):
            found.append(f"first: {', '.join(led)}")
    for needle in listed(row, "must"):
        if is_text(needle) == words:
            found += [f"not there: {needle} ({name})" for name in missing(needle, seen)]
    for needle in listed(row, "teams_only"):
        found += [f"for everyone: {needle} ({name})" for name in present(needle, seen) if name in FOR_EVERYONE]
    for needle in listed(row, "must_not"):
        if is_text(needle) == words:
            found += [f"there: {needle} ({name})" for name in present(needle, seen)]
    return found


def missing(needle: str, seen: Surfaces) -> Iterator[str]:
    """Surfaces that lack it. All that has an origin stands in the data, on the terminal and on the team's page.

    Profiles, questions and texts have their places: a profile and a question stand in the data, a text on one surface.
    """
    lib = library()
    if is_text(needle):
        if not any(needle.casefold() in text.casefold() for text in seen.texts.values()):
            yield "everywhere"
        return
    places = ("JSON",) if needle in lib.profiles or needle in lib.questions else ("JSON", "terminal", "/team")
    for name in places:
        owner = needle if name == "JSON" else needle.partition(".")[0]  # figures of one population share a line
        if not any(covers(owner, key) for key in seen.keys[name]):
            yield name


def present(needle: str, seen: Surfaces) -> Iterator[str]:
    """Surfaces on which it stands."""
    if is_text(needle):
        at = re.compile(rf"(?<![\w.,–-]){re.escape(needle)}(?![\w])", re.IGNORECASE)
        yield from (name for name, text in seen.texts.items() if at.search(text))
    else:
        yield from (name for name, keys in seen.keys.items() if any(covers(needle, key) for key in keys))


@pytest.mark.parametrize("case", each(refused=False))
def test_what_the_table_says_stands(case: str) -> None:
    assert not faults(case, words=False)


@pytest.mark.words
@pytest.mark.parametrize(
    "case", [row["id"] for row in TABLE if any(is_text(n) for c in ("must", "must_not") for n in listed(row, c))]
)
def test_what_the_table_says_in_words(case: str) -> None:
    if CASES[case]["question"] != "refused":
        assert not faults(case, words=True)


@pytest.mark.parametrize("case", each(refused=True))
def test_what_is_no_soft_tissue_sarcoma_that_spreads_is_refused(case: str) -> None:
    with pytest.raises(RecordError):
        Patient(**who(case))
    for path in PAGES:
        assert posted(path, who(case)).status_code == 422


@pytest.mark.words
@pytest.mark.parametrize("case", each(refused=True))
def test_a_refusal_says_why(case: str) -> None:
    with pytest.raises(RecordError) as refused:
        Patient(**who(case))
    page = re.sub(r"\s+", " ", posted("/situation", who(case)).text)
    for text in listed(CASES[case], "must"):
        assert text in " ".join(str(refused.value).split())
        assert text in page


LIVING = re.compile(r"\d[^.!?\n]{0,60}\b(?:alive|survived|lived longer|had died)\b", re.IGNORECASE)
"""A number that says how long people live."""


@pytest.mark.parametrize(
    "case", [c for c, row in CASES.items() if isinstance(row["who"], dict) and row["first"] != "refused"]
)
def test_nothing_on_how_long_people_live_where_nobody_asked(case: str) -> None:
    seen = surfaces(case)
    told = seen.outlook.answer_to("survival")
    about = {near.figure.origin for near in (*told.nearest, *told.less_near)}
    about |= {m.card.id for m in seen.outlook.models if m.card.outcome.about_survival}
    for name in WITHOUT:
        assert not {key for key in about & seen.keys[name] if key not in cards()}, name


@pytest.mark.words
@pytest.mark.parametrize(
    "case", [c for c, row in CASES.items() if isinstance(row["who"], dict) and row["first"] != "refused"]
)
def test_no_number_of_people_alive_where_nobody_asked(case: str) -> None:
    seen = surfaces(case)
    for name in WITHOUT:
        assert not LIVING.search(seen.texts[name]), name
