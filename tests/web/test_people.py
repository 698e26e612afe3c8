"""People to talk to: the reader's country first, chosen and never guessed; that there are none yet is said."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from web_html import tree

from sarcoma.evidence import library
from sarcoma.web.people import LANGUAGES, people


def headings(client: TestClient, path: str) -> list[str]:
    return [h.text.strip() for h in tree(client.get(path).text).find("main")[0].find("h2")]


def test_every_organisation_stands_there_once_whatever_is_chosen(client: TestClient) -> None:
    for path in ("/people", "/people?country=spain", "/people?country=chile", "/es/people?country=uk"):
        ids = [li.attrs["id"] for li in tree(client.get(path).text).find("li") if "id" in li.attrs]
        assert sorted(ids) == sorted(library().organisations), path


def test_nothing_is_guessed(client: TestClient) -> None:
    plain = client.get("/people").text
    assert client.get("/people", headers={"accept-language": "es-ES", "x-forwarded-for": "80.58.61.250"}).text == plain
    assert headings(client, "/people")[0] == "International"


@pytest.mark.parametrize("country", ["spain", "UK", "deutschland"])
def test_the_country_that_was_chosen_comes_first(country: str, client: TestClient) -> None:
    name = library().country(country).name
    assert headings(client, f"/people?country={country}")[:2] == [name, "International"]
    page = tree(client.get(f"/people?country={country}").text)
    (form,) = page.find("form")
    assert form.attrs["method"] == "get"
    assert [o.text for o in form.find("option") if "selected" in o.attrs] == [name]


@pytest.mark.words
def test_that_none_was_found_yet_is_said_with_the_day(client: TestClient) -> None:
    looked = [c for c in library().countries.values() if c.no_organisation_found_on is not None]
    assert looked
    for country in looked:
        text = tree(client.get(f"/people?country={country.id}").text).text
        assert f"We looked on {country.no_organisation_found_on} and have found no group there yet." in text
    assert "We have found no group there yet." in tree(client.get("/people?country=chile").text).text


def test_what_is_no_country_is_left_out(client: TestClient) -> None:
    assert client.get("/people?country=atlantis").text == client.get("/people").text
    assert people("").chosen is None


def test_the_languages_of_every_organisation_have_names() -> None:
    assert {code for o in library().organisations.values() for code in o.languages} <= set(LANGUAGES)
