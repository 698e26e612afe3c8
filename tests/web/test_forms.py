"""The forms: nothing required, everything explained, nothing lost on an error, and the record travels on by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from web_cases import EMPTY, LOCALISED, METASTATIC, OUT_OF_RANGE, RECORDS, REFUSED, Form, said
from web_html import Node, tree

from sarcoma.patient import field_specs
from sarcoma.web.forms import EVENTS, asked
from sarcoma.wording import language
from sarcoma.wording.language import _

Post = Callable[..., Any]


def filled_in(document: Node) -> Form:
    """What a browser would send of the form on a page."""
    form: dict[str, list[str]] = {}
    (record,) = [
        f for f in document.find("form") if "record" in f.attrs.get("class", "") or f.attrs.get("id") == "case"
    ]
    for node in record.walk():
        name, kind = node.attrs.get("name", ""), node.attrs.get("type", "text")
        if node.tag == "input" and (kind not in ("radio", "checkbox") or "checked" in node.attrs):
            form.setdefault(name, []).append(node.attrs["value"])
        if node.tag == "select":
            options = node.find("option")
            chosen = [o for o in options if "selected" in o.attrs] or options[:1]
            form.setdefault(name, []).extend(o.attrs.get("value", o.text) for o in chosen)
    sent = {name: values for name, values in form.items() if any(values)}
    return as_lists(dict(said(sent).recognised().values))  # the kind by its id, as the server reads what is typed


def carried(document: Node) -> Form:
    """What the hidden fields of a page carry on."""
    form: dict[str, list[str]] = {}
    record = next(f for f in document.find("form") if f.find("input", type="hidden"))
    for node in record.find("input", type="hidden"):
        form.setdefault(node.attrs["name"], []).append(node.attrs["value"])
    return form


def as_lists(form: Form) -> Form:
    return {name: list(value) if isinstance(value, (list, tuple)) else [value] for name, value in form.items()}


@pytest.mark.words
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_question_is_labelled_explained_and_may_stay_unanswered(lang: str, pages: dict[str, str]) -> None:
    document = tree(pages["/situation" if lang == "en" else "/es/situation"])
    for name in asked():
        spec = field_specs()[name]
        (question,) = document.find(id=f"q-{name}")
        with language.using(lang):
            ask, why, unknown = _(spec.ask or spec.label), _(spec.why or spec.help), _("I don’t know")
            empty, reason = _("Leave empty if you don’t know."), _("Why we ask:")
        (explained,) = question.find(id=f"w-{name}")
        assert explained.text == f"{reason} {why}"
        answer = question if question.tag == "fieldset" else question.find(id=f"f-{name}")[0]
        assert f"w-{name}" in answer.attrs["aria-describedby"].split()
        if question.tag == "fieldset":
            assert question.find("legend")[0].text == ask
            labels = [label.text for label in question.find("label")]
            assert unknown in labels, name
        else:
            (label,) = question.find("label", for_=f"f-{name}")
            assert label.text == ask
            options = [o.text for o in question.find("option")]
            assert (options and options[0] == unknown) or empty in question.text, name


@pytest.mark.parametrize("path", ["/situation", "/es/situation", "/team"])
def test_nothing_is_required(path: str, pages: dict[str, str], post: Post) -> None:
    for node in tree(pages[path]).walk():
        assert not {"required", "aria-required", "pattern", "min", "max"} & set(node.attrs) or node.tag == "meta", (
            node.attrs
        )
    assert post(path, EMPTY).status_code == 200


@pytest.mark.parametrize("path", ["/situation", "/team"])
def test_every_control_has_a_name_for_screen_readers(path: str, pages: dict[str, str]) -> None:
    document = tree(pages[path])
    labelled = {label.attrs["for"] for label in document.find("label") if "for" in label.attrs}
    for node in document.walk():
        if node.tag in ("select", "textarea") or (node.tag == "input" and node.attrs.get("type") != "hidden"):
            within = any(up.tag == "label" for up in node.up())
            assert within or node.attrs.get("id") in labelled, node.attrs


def test_the_browser_keeps_no_answers(pages: dict[str, str]) -> None:
    for path in ("/situation", "/team"):
        for node in tree(pages[path]).find("input"):
            if node.attrs.get("type", "text") == "text":
                assert node.attrs["autocomplete"] == "off"


def test_the_team_form_asks_every_field_of_the_record(pages: dict[str, str]) -> None:
    names = {n.attrs["name"] for n in tree(pages["/team"]).walk() if "name" in n.attrs and n.tag in ("input", "select")}
    assert names >= set(field_specs())


@pytest.mark.parametrize("path", ["/situation", "/es/situation", "/team"])
def test_a_decimal_comma_is_a_decimal_point(path: str, post: Post) -> None:
    comma, point = (tree(post(path, LOCALISED | {"size_cm": size}).text) for size in ("7,25", "7.25"))
    facts = [[dd.text for dd in page.find("dd")] for page in (comma, point)]
    assert facts[0] == facts[1]
    assert post(path, METASTATIC | {"metastasis_months": "14,5"}).status_code == 200


@pytest.mark.words
def test_what_was_said_is_told_back(pages: dict[str, str]) -> None:
    told = tree(pages["localised /situation"]).find("dl", class_="facts")[0].text
    for text in ("Leiomyosarcoma", "7 cm", "Grade 3 (high)", "62"):
        assert text.casefold() in told.casefold(), text
    spread = tree(pages["metastatic /situation"]).find("dl", class_="facts")[0].text
    assert "lung, after 14 months" in spread.lower()
    assert "21,5 cm" in tree(pages["retroperitoneal /es/situation"]).find("dl", class_="facts")[0].text


@pytest.mark.parametrize("path", ["/situation", "/survival/shown", "/page", "/page.pdf"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_said_first_and_leads_to_its_field(name: str, path: str, post: Post) -> None:
    answer = post(path, REFUSED[name])
    assert answer.status_code == 422
    document = tree(answer.text)
    (summary,) = document.find(class_="errors")
    assert summary.attrs["role"] == "alert"
    links = [a.attrs["href"] for a in summary.find("a")]
    assert links
    for link in links:
        (question,) = document.find(id=link[1:])
        assert "wrong" in question.attrs["class"]
        (problem,) = question.find(class_="problem")
        described = " ".join(n.attrs.get("aria-describedby", "") for n in question.walk())
        assert problem.attrs["id"] in described
    assert len(links) == len(summary.find("li"))


@pytest.mark.words
@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"age": "abc"}, "Please write a number from 0 to 120, for example 62."),
        ({"size_cm": "0"}, "Please write a number above 0, up to 100, for example 7."),
        ({"metastases": "yes", "metastasis_months": "-5"}, "Please write a number from 0 to 720, for example 14."),
        ({"metastases": "yes", "metastasis_months": "soon"}, "Please write a number from 0 to 720, for example 14."),
        ({"grade": "9"}, "Please choose one of the answers."),
        (REFUSED["contradictory"], "This is later than the months since the sarcoma was found. Please check both."),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(form: Form, said: str, post: Post) -> None:
    document = tree(post("/situation", form).text)
    (problem,) = document.find("p", class_="problem")
    assert said in problem.text
    assert not re.search("landmark|code|entry", document.find(class_="errors")[0].text)


@pytest.mark.words
def test_a_team_is_told_the_codes(post: Post) -> None:
    assert "one of 1, 2, 3, X" in tree(post("/team", {"grade": "9"}).text).text
    assert (
        "landmark"
        in tree(post("/team", {"metastases": "lung@14", "landmark_months": "6"}).text).find(class_="errors")[0].text
    )


def test_what_was_typed_survives_an_error(post: Post) -> None:
    form = LOCALISED | {"age": "999", "size_cm": "7,25"}
    document = tree(post("/situation", form).text)
    assert filled_in(document) == as_lists(form)
    team = tree(post("/team", {n: v for n, v in form.items() if n != "metastases"}).text)
    kept = filled_in(team)
    assert kept["age"] == ["999"]
    assert kept["size_cm"] == ["7,25"]
    assert kept["histologic_type"] == ["leiomyosarcoma"]
    assert len(tree(post("/situation", OUT_OF_RANGE).text).find("a")) > 0


@pytest.mark.parametrize("name", [n for n in RECORDS if n != "empty"])
def test_the_record_travels_from_page_to_page_and_back(name: str, post: Post) -> None:
    form = as_lists(RECORDS[name])
    result = tree(post("/situation", form).text)
    assert carried(result) == form
    ask = tree(post("/survival", carried(result)).text)
    assert carried(ask) == form
    shown = tree(post("/survival/shown", carried(ask)).text)
    assert carried(shown) == form
    sheet = tree(post("/page", carried(shown)).text)
    assert carried(sheet) == form
    again = tree(post("/situation/edit", carried(sheet)).text)
    assert filled_in(again) == form
    assert tree(post("/situation", filled_in(again)).text).text == result.text


def test_only_what_belongs_to_the_record_is_carried_on(post: Post) -> None:
    page = tree(post("/situation", LOCALISED | {"name": "Somebody", "csrf": "x"}).text)
    assert set(carried(page)) == set(LOCALISED)
    assert "Somebody" not in page.text


def test_questions_that_were_ticked_stand_on_the_sheet(post: Post) -> None:
    page = tree(post("/situation", LOCALISED).text)
    boxes = page.find("input", name="question")
    assert len(boxes) > 5
    assert len({box.attrs["value"] for box in boxes}) == len(boxes)
    assert all(box.attrs["form"] == "record" for box in boxes)
    some = [boxes[0].attrs["value"], boxes[3].attrs["value"]]
    sheet = tree(post("/page", LOCALISED | {"question": some}).text)
    listed = [li.text for li in sheet.find("ul", class_="boxes")[0].find("li")]
    assert sorted(listed) == sorted(box.parent.text for box in (boxes[0], boxes[3]) if box.parent is not None)
    assert carried(sheet)["question"] == some


@pytest.mark.words
@pytest.mark.parametrize("lang", ["", "/es"])
def test_nothing_chosen_about_events_is_assumed_and_said(lang: str, post: Post) -> None:
    text = tree(post(f"{lang}/situation", {"age": "61", "surgery": "resected"}).text).text
    with language.using("es" if lang else "en"):
        said_so = _("You did not say, so we took it that:")
        assert said_so in text
        for assumption in ("it is the first tumour", "it has not come back at the same place"):
            assert _(assumption) in text
        assert _("it has not spread to another part of the body") not in text, "unanswered is not no"
    everything = post(f"{lang}/situation", {"age": "61", **dict.fromkeys(EVENTS, "unknown")})
    assert said_so not in tree(everything.text).text


def test_not_known_is_not_no(post: Post) -> None:
    assert said({"metastases": "unknown"}).record().assumed != said({}).record().assumed
    assert "metastases" not in said({"metastases": "unknown"}).record().assumed
    page = tree(post("/situation", {"metastases": "unknown"}).text)
    assert "it has not spread to another part of the body" not in page.text


def test_spread_without_a_place_is_spread(post: Post) -> None:
    page = tree(post("/situation", {"metastases": "yes"}).text)
    assert "Where it has spread" in page.text
    only_ticked = tree(post("/situation", {"organ": ["lung"]}).text)
    assert "Where it has spread" in only_ticked.text


@pytest.mark.parametrize("months", [0, 0.001, 1.7, 14.33, 59.99, 120.5, 400])
def test_any_month_has_its_page(months: float, post: Post) -> None:
    for path in ("/situation", "/survival/shown", "/team", "/team/course", "/team.txt", "/team.json"):
        for form in (
            LOCALISED | {"landmark_months": str(months)},
            METASTATIC | {"metastasis_months": "0.9", "landmark_months": str(months + 0.9), "organ": "lung"},
            METASTATIC | {"metastasis_months": str(months), "landmark_months": str(min(720, months + 3.203))},
        ):
            assert post(path, form).status_code == 200, (path, form)


def test_the_course_of_a_team_answers_alone_what_the_whole_page_says(post: Post) -> None:
    form = METASTATIC | {"landmark_months": "20"}
    whole, part = tree(post("/team", form).text), tree(post("/team/course", form).text)

    def tables(document: Node) -> list[str]:
        return [t.text for t in document.find(id="course")[0].find("table")]

    assert tables(whole) == tables(part) != []


def test_whether_it_has_spread_is_asked_first_and_starts_as_not_known(client: Any, post: Post) -> None:
    form = tree(client.get("/situation").text)
    assert filled_in(form)["metastases"] == ["unknown"]
    asked_first = next(n for n in form.walk() if "question" in n.attrs.get("class", "").split())
    assert asked_first.attrs["id"] == "q-metastases"
    page = post("/situation", {"age": "61", "histologic_type": "leiomyosarcoma"})
    record = said({"age": "61"}).record("everyone")
    assert record.metastases is None
    assert "metastases" not in record.assumed
    assert page.status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["gastrointestinal-stromal-tumour", "desmoid-fibromatosis", "kaposi-sarcoma", "bone-sarcoma", "another-kind"],
)
def test_a_kind_that_is_not_in_the_list_is_answered_with_the_reason(kind: str, post: Post) -> None:
    answer = post("/situation", {"histologic_type": kind, "metastases": "none"})
    assert answer.status_code == 422
    document = tree(answer.text)
    assert [n for n in document.walk() if n.attrs.get("id") == "p-histologic_type"]
    assert filled_in(document)["histologic_type"] == [kind]
