"""What became of a source, what is overdue, superseded or withdrawn, and what nobody has reviewed: on every surface."""

from __future__ import annotations

import datetime
import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_cases import LOCALISED, METASTATIC, encoded, outlook_of
from web_html import main_of, tree

from sarcoma.cli import main
from sarcoma.evidence import Review, SourceStatus, due_list, library
from sarcoma.outlook.answer import Headline
from sarcoma.outlook.figure import from_fact
from sarcoma.report import as_data
from sarcoma.web import create_app, drawn, team

FORM = {"content-type": "application/x-www-form-urlencoded"}
BECAUSE = "made up for this test"
KEPT = {"library", "cards"}
"""What is read once, and what a test changes in place."""


def forget() -> None:
    """Empty everything that was made of the evidence, but not the evidence."""
    for thing in gc.get_objects():
        if (
            hasattr(type(thing), "cache_clear")
            and str(getattr(thing, "__module__", "")).startswith("sarcoma.")
            and getattr(thing, "__name__", "") not in KEPT
            and not str(thing.__module__).startswith(("sarcoma.patient", "sarcoma.models"))
        ):
            thing.cache_clear()
    team._KEPT.clear()


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Change entries of the evidence: `changed("sources", KEY=entry)`."""

    def change(room: str, entries: dict[str, Any]) -> None:
        monkeypatch.setitem(library().__dict__, room, {**getattr(library(), room), **entries})
        forget()

    forget()
    yield change
    monkeypatch.undo()
    forget()


def retracted(changed: Callable[..., None], key: str, what: str = "retracted") -> None:
    status = SourceStatus.model_validate({"what": what, "on": "2026-11-01", "because": BECAUSE})
    changed("sources", {key: library().sources[key].model_copy(update={"status": status})})


class Site:
    """A server that has kept nothing yet."""

    def __init__(self) -> None:
        self.client = TestClient(create_app(pdfs_a_minute=600_000))

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, path
        return tree(answer.text).text if answer.headers["content-type"].startswith("text/html") else answer.text

    def post(self, path: str, form: dict[str, Any]) -> str:
        answer = self.client.post(path, content=encoded(form), headers=FORM)
        assert answer.status_code == 200, path
        return tree(answer.text).text if answer.headers["content-type"].startswith("text/html") else answer.text

    def api(self, record: dict[str, Any]) -> str:
        return self.client.post("/api/outlook", json=record).text


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 0
    return " ".join(capsys.readouterr().out.split())


RECORD = {
    "age": 62, "type": "leiomyosarcoma", "site": "lower limb", "size": 7, "depth": "deep", "grade": 3,
    "surgery": "resected", "metastases": "none", "local_recurrence": False,
}  # fmt: skip
OPTIONS = (
    "--age", "62", "--type", "LMS", "--site", "lower limb", "--size", "7", "--depth", "deep", "--grade", "3",
    "--surgery", "resected", "--metastasis", "none",
)  # fmt: skip


@pytest.mark.words
def test_a_retracted_study_is_told_wherever_its_figures_are(
    changed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    retracted(changed, "BILLINGSLEY99")
    site = Site()
    shown = {
        "situation": site.post("/situation", LOCALISED),
        "team": site.post("/team", LOCALISED),
        "team/long.txt": site.post("/team/long.txt", LOCALISED),
        "team.json": site.post("/team.json", LOCALISED),
        "chapter": site.get("/understand/how-it-spreads"),
        "fact": site.get("/evidence/B21"),
        "source": site.get("/evidence/BILLINGSLEY99"),
        "shelf": site.get("/evidence/shelf/spread-rate"),
        "sources": site.get("/evidence/shelf/sources"),
        "search": site.get("/evidence?q=B21"),
        "article": site.get("/article"),
        "API": site.api(RECORD),
        "API fact": site.get("/api/evidence/B21"),
        "API facts": site.get("/api/evidence?topic=spread-rate"),
        "API source": site.get("/api/evidence/BILLINGSLEY99"),
        "why": printed(capsys, "why", "B21"),
        "why figure": printed(capsys, "why", "B21.dm"),
        "why as data": printed(capsys, "why", "B21", "--json"),
        "terminal": printed(capsys, "outlook", *OPTIONS, "--full"),
        "terminal, plain": printed(capsys, "outlook", *OPTIONS, "--plain", "--full"),
        "terminal, data": printed(capsys, "outlook", *OPTIONS, "--json"),
        "PDF": json.dumps([str(block) for block in team.report_blocks(outlook_of(LOCALISED, "teams"))]),
        "due": printed(capsys, "evidence", "due", "--json"),
    }
    quiet = [
        name for name, text in shown.items() if "retracted" not in text.casefold() and "source-changed" not in text
    ]
    assert not quiet
    assert "su fuente fue retractada, 2026-11-01" in site.post("/es/situation", LOCALISED)


@pytest.mark.words
@pytest.mark.parametrize("what", ["retracted", "withdrawn", "superseded", "corrected"])
def test_a_model_whose_publication_changed_says_so_and_is_drawn_only_where_it_was_corrected(
    what: str, changed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = next(m for m in outlook_of(LOCALISED, "everyone").models if m.status == "applies" and m.figures)
    retracted(changed, answer.card.citation, what)
    site = Site()
    key = answer.card.id
    shown = {
        "survival": site.post("/survival/shown", LOCALISED),
        "team": site.post("/team", LOCALISED),
        "sheet": site.post("/page", LOCALISED | {"second": "yes"}),
        "model": site.get(f"/models/{key}"),
        "models": site.get("/models"),
        "API model list": site.get("/api/models"),
        "API": site.api(RECORD),
        "terminal": printed(capsys, "outlook", *OPTIONS, "--survival"),
        "terminal, plain": printed(capsys, "outlook", *OPTIONS, "--plain", "--survival", "--full"),
        "models at the terminal": printed(capsys, "models"),
        "one model at the terminal": printed(capsys, "models", key),
    }
    assert not [name for name, text in shown.items() if BECAUSE not in text]
    again = outlook_of(LOCALISED, "everyone").answer(key)
    for figure in again.figures:
        if what == "corrected":
            drawn.hundred(figure, again.card)
        else:
            with pytest.raises(ValueError, match=key):
                drawn.hundred(figure, again.card)


def test_what_may_not_be_drawn_is_never_a_picture() -> None:
    for fact in library().facts.values():
        for figure in fact.figures:
            shown = from_fact(fact, figure)
            if not shown.may_be_drawn:
                assert drawn.answer(Headline("figure", (shown,)), "") is None, shown.origin


def test_a_person_is_drawn_only_figures_that_may_be(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        for picture in tree(html).find("figure", class_="drawing"):
            fact, dot, figure = picture.attrs.get("data-origin", "").partition(".")
            if dot:
                drawn_of = library().facts[fact].figure(figure)
                half = drawn_of.measure == "median-overall-survival" and drawn_of.may_head  # half of the people
                assert drawn_of.may_be_drawn or half, name


@pytest.mark.words
def test_how_many_people_is_said_where_it_was_not_printed(
    pages: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    lib = library()
    found = 0
    for name, html in pages.items():
        if "/es/" in name:
            continue
        for place in tree(html).find(class_="fact"):
            figures = [n.attrs["data-origin"] for n in place.find(class_="fig")]
            if any(lib.figure(key)[1].people_not_seen for key in figures if "." in key):
                found += 1
                assert "not printed" in place.text, (name, place.text)
    assert found > 50
    assert "how many people: not printed" in printed(capsys, "outlook", *OPTIONS, "--plain", "--survival", "--full")


@pytest.mark.words
def test_a_figure_for_teams_is_on_no_page_for_everyone(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        if name.startswith(("/understand", "/es/understand")) or "/situation" in name or "/survival" in name:
            for place in tree(html).find(class_="fig"):
                fact, dot, figure = place.attrs["data-origin"].partition(".")
                if dot:
                    owner = library().facts[fact]
                    assert owner.audience_of(owner.figure(figure)) == "everyone", (name, place.text)


@pytest.mark.words
def test_a_superseded_fact_says_so(changed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    assert "superseded" in printed(capsys, "why", "A1").casefold()
    changed("facts", {"B21": library().facts["B21"].model_copy(update={"superseded_by": "OS10"})})
    site = Site()
    for text in (
        site.get("/evidence/B21"),
        site.get("/article"),
        site.get("/evidence?q=B21"),
        printed(capsys, "why", "B21.dm"),
    ):
        assert "newer study has replaced this" in text or "superseded by OS10" in text
    fact, figure = library().figure("B21.dm")
    assert not from_fact(fact, figure).may_head


@pytest.mark.words
def test_a_withdrawn_approval_is_impossible_to_miss(capsys: pytest.CaptureFixture[str]) -> None:
    person = {**METASTATIC, "histologic_type": "epithelioid-sarcoma", "ini1_lost": "yes"}
    options = ("--type", "epithelioid sarcoma", "--metastasis", "lung@3", "--ini1-lost", "yes")
    site = Site()
    shown = {
        "situation": site.post("/situation", person),
        "sheet": site.post("/page", person | {"second": "yes"}),
        "team": site.post("/team", person),
        "chapter": site.get("/understand/treatments"),
        "entry": site.get("/evidence/tazemetostat"),
        "shelf": site.get("/evidence/shelf/treatments"),
        "fact": site.get("/evidence/E19"),
        "terminal": printed(capsys, "outlook", *options),
        "terminal, plain": printed(capsys, "outlook", *options, "--plain"),
        "why": printed(capsys, "why", "tazemetostat"),
    }
    assert not [name for name, text in shown.items() if "no longer available" not in text.casefold()]
    told = [t for t in as_data(outlook_of(person))["treatments"] if t["origin"] == "tazemetostat"]
    assert told[0]["no_longer_available"]


@pytest.mark.words
def test_an_overdue_topic_is_told_by_every_page_that_shows_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site()
    paths = ("/understand/treatments", "/evidence/E20", "/evidence/shelf/treatment-systemic")
    assert not any("Overdue" in site.get(path) for path in paths)
    monkeypatch.setattr(due_list, "today", lambda: datetime.date(2028, 1, 1))
    person = METASTATIC
    shown = {path: site.get(path) for path in paths}
    shown |= {
        path: site.post(path, person) for path in ("/situation", "/survival/shown", "/team", "/page", "/team.txt")
    }
    shown["terminal"] = printed(capsys, "outlook", *OPTIONS)
    shown["terminal, plain"] = printed(capsys, "outlook", *OPTIONS, "--plain")
    shown["why"] = printed(capsys, "why", "E20")
    assert not [name for name, text in shown.items() if "Overdue" not in text]
    assert as_data(outlook_of(person))["overdue_topics"]
    assert '"topic_overdue": true' in printed(capsys, "why", "E20", "--json")
    assert "2027" in site.get("/understand/treatments")


@pytest.mark.words
def test_pages_say_once_that_no_clinician_has_reviewed_them(
    changed: Callable[..., None], pages: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = "No clinician has reviewed this yet."
    for name in ("/", "/understand/signs", "/understand/treatments", "/article", "/evidence/B21", "/evidence/pazopanib",
                 "localised /situation", "localised /survival/shown", "localised /page", "localised /team"):  # fmt: skip
        assert main_of(pages[name]).text.count(said) == 1, name
    assert "Ningún médico ha revisado esto todavía." in main_of(pages["localised /es/situation"]).text
    assert printed(capsys, "outlook", *OPTIONS, "--plain").count(said) == 1
    review = Review(name="Dr Example", date=datetime.date(2026, 11, 27))
    flags = {key: flag.model_copy(update={"reviewed": review}) for key, flag in library().red_flags.items()}
    changed("red_flags", flags)
    site = Site()
    assert "reviewed" not in site.get("/").replace("Reviewed", "")
    assert "A clinician has reviewed some of this" in site.post("/situation", LOCALISED)
    assert "Dr Example, 2026-11-27" in site.get(f"/evidence/{next(iter(flags))}")


@pytest.mark.words
def test_a_model_that_was_not_tested_in_other_people_says_so_beside_its_figures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = Site()
    said = "Not tested in other people."
    assert said in site.post("/team", LOCALISED)
    assert said in site.post("/team/long.txt", LOCALISED)
    assert said in site.get("/models/course-tcga")
    assert said not in site.get("/models/kattan-2002")
    assert said in printed(capsys, "models", "course-tcga")
    told = {m["origin"]: m["tested_elsewhere"] for m in as_data(outlook_of(LOCALISED, "teams"))["models"]}
    assert told["kattan-2002"]
    assert not told["course-tcga"]
    assert "more likely too high than too low" in site.post("/team", LOCALISED)
