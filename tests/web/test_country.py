"""The reader's country puts its regulators first; what was not looked for is said and is never "not approved"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from web_cases import METASTATIC, said
from web_html import Node, main_of, tree

from sarcoma.cli import main
from sarcoma.evidence import library


def treatment(html: str, key: str) -> Node:
    (found,) = tree(html).find(id=f"treatment-{key}")
    return found


@pytest.mark.words
def test_the_chosen_country_is_first_on_the_page_of_a_person(post: Callable[..., Any]) -> None:
    chosen = treatment(post("/situation", METASTATIC | {"country": "japan"}).text, "pazopanib").text
    assert chosen.index("your country") < chosen.index("PMDA") < chosen.index("FDA")
    none = treatment(post("/situation", METASTATIC).text, "pazopanib").text
    assert "your country" not in none
    assert "How it feels, what it can do, and what studies found" in none  # in the chapter, with what was decided
    unseen = treatment(post("/situation", METASTATIC | {"country": "switzerland"}).text, "pazopanib").text
    assert "Switzerland: its regulator was not looked at" in unseen


def test_the_country_travels_with_the_record_and_stays_out_of_addresses(post: Callable[..., Any]) -> None:
    html = post("/situation", METASTATIC | {"country": "japan"}).text
    (select,) = main_of(html).find("select", name="country")
    assert [o.attrs["value"] for o in select.find("option") if "selected" in o.attrs] == ["japan"]
    assert not main_of(html).find("input", name="country")
    assert ("country", "japan") in said(METASTATIC | {"country": "japan"}).hidden()
    assert "country=" not in html


@pytest.mark.parametrize("country", ["", "nowhere", "<script>", "é" * 200])
def test_what_is_no_country_is_none(country: str, post: Callable[..., Any], client: TestClient) -> None:
    assert post("/situation", METASTATIC | {"country": country}).status_code == 200
    assert client.get("/evidence/pazopanib", params={"country": country}).status_code == 200


@pytest.mark.words
def test_entries_and_the_chapter_take_a_country(client: TestClient) -> None:
    plain = main_of(client.get("/evidence/pazopanib").text).text
    told = main_of(client.get("/evidence/pazopanib?country=UK").text).text
    assert told.index("MHRA (United Kingdom): ") < told.index("FDA (United States): ")
    assert plain.index("FDA (United States): ") < plain.index("MHRA (United Kingdom): ")
    chapter = client.get("/es/understand/treatments?country=japan").text
    assert "Qué decidieron las agencias de su país" in chapter
    assert "Qué decidieron las agencias de su país" not in client.get("/es/understand/treatments").text


@pytest.mark.words
def test_what_nobody_has_looked_for_is_said(client: TestClient) -> None:
    every = [t for t in library().treatments.values() if t.is_medicine and not t.record_only]
    for one in every:
        missing = [a for a in library().approvals_of(one.id) if a.status == "not-looked-for"]
        if missing:
            assert "does not mean “not approved”" in main_of(client.get(f"/evidence/{one.id}").text).text, one.id


@pytest.mark.words
def test_the_country_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def printed(*arguments: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        assert stopped.value.code == 0
        return " ".join(capsys.readouterr().out.split())

    case = ("outlook", "--type", "LMS", "--metastasis", "lung@3", "--full")
    told, plain = printed(*case, "--country", "Japan"), printed(*case)
    first = "PMDA and ministry (Japan): "
    assert told.count(first) >= plain.count(first)
    assert told.index(first) < told.index("FDA (United States): ")
    assert printed("why", "pazopanib", "--country", "UK").index("MHRA") < printed("why", "pazopanib").index("MHRA")
    with pytest.raises(SystemExit) as stopped:
        main([*case, "--country", "Nowhere"])
    assert stopped.value.code == 2


def test_the_api_takes_a_country(client: TestClient) -> None:
    record = {"type": "leiomyosarcoma", "metastases": "lung@3"}
    answer = client.post("/api/outlook?country=Japan", json=record).json()
    (pazopanib,) = [t for t in answer["treatments"] if t["origin"] == "pazopanib"]
    assert pazopanib["approvals"][0]["regulator"] == "PMDA"
    assert client.post("/api/outlook?country=Nowhere", json=record).status_code == 422


@pytest.mark.parametrize(
    ("country", "written", "not_written"),
    [("", "7,5", "7.5"), ("spain", "7,5", "7.5"), ("mexico", "7.5", "7,5"), ("united-states", "7.5", "7,5")],
)
def test_numbers_are_written_as_where_the_reader_lives(
    post: Callable[..., Any], country: str, written: str, not_written: str
) -> None:
    case = {"age": "61", "histologic_type": "leiomyosarcoma", "size_cm": "7.5", "metastases": "none"}
    page = main_of(post("/es/situation", case | {"country": country}).text)
    told = page.text
    assert f"{written} cm" in told
    assert f"{not_written} cm" not in told
