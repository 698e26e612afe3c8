"""`sarcoma evidence`: what is due, what changed, what a change would touch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sarcoma.cli import main
from sarcoma.evidence import Figure, Source, SourceStatus, library
from sarcoma.outlook.figure import OutlookFigure, citation, from_fact
from sarcoma.wording import figures


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["evidence", *arguments])
    printed = capsys.readouterr()
    assert stopped.value.code == 0, printed.err
    return printed.out


@pytest.mark.words
def test_due_lists_what_most_people_are_shown_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "due", "--on", "2026-11-27", "--json"))
    shown = [row["shown_to"] for row in found["facts"] if not row["urgent"]]
    assert shown == sorted(shown, reverse=True)
    assert found["overdue_topics"] == []
    assert "made-up people" in run(capsys, "due", "--on", "2026-11-27")


def test_an_overdue_topic_leads_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "due", "--on", "2027-04-01", "--json"))
    assert "treatment-systemic" in found["overdue_topics"]
    assert found["facts"][0]["urgent"]
    assert "overdue-topic" in found["facts"][0]["reasons"]


@pytest.mark.words
def test_changes_since_a_version_carry_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "changes", "--since", "0.1", "--json"))["changes"]
    assert {"new", "changed", "withdrawn"} <= {change["kind"] for change in found}
    assert all(change["because"] for change in found)
    assert run(capsys, "changes", "--since", "2100-01-01") == "Nothing has changed since 2100-01-01.\n"


def test_impact_names_the_pages_and_counts_the_people(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "impact", "BILLINGSLEY99", "--json"))
    assert {"B21", "OS10"} <= set(found["facts"])
    assert "how-it-spreads" in found["places"]["chapters"]
    assert 0 < len(found["people"]) < found["asked"]
    model = json.loads(run(capsys, "impact", "kattan-2002", "--json"))
    assert model["cards"] == ["kattan-2002"]
    assert "leiomyosarcoma of the leg" in model["people"]


@pytest.mark.parametrize(
    ("arguments", "example"),
    [
        (("changes", "--since", "yesterday"), "2026-11-01"),
        (("due", "--on", "soon"), "2026-11-26"),
        (("impact", "NOTHING"), "B21"),
    ],
)
def test_bad_input_gets_an_example(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], example: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evidence", *arguments])
    assert stopped.value.code == 2
    assert example in capsys.readouterr().err


# -- no figure of a source that was retracted is shown without saying so


@pytest.fixture
def retracted(monkeypatch: pytest.MonkeyPatch) -> str:
    sources = dict(library().sources)
    status = {"what": "retracted", "on": "2026-11-01", "because": "made up for this test"}
    given = sources["BILLINGSLEY99"].model_dump(exclude_none=True)
    sources["BILLINGSLEY99"] = Source.model_validate({**given, "status": status})
    monkeypatch.setitem(library().__dict__, "sources", sources)
    return "BILLINGSLEY99"


def shown(key: str) -> OutlookFigure:
    fact, figure = library().figure(key)
    return from_fact(fact, figure)


@pytest.mark.words
def test_a_figure_of_a_retracted_source_says_so_and_neither_leads_nor_is_drawn(retracted: str) -> None:
    figure = shown("B21.dm")
    assert [(key, status.what) for key, status in figure.sources_changed] == [(retracted, "retracted")]
    assert not figure.may_head
    assert not figure.may_be_drawn
    for plain in (True, False):
        assert "retracted, 2026-11-01: made up for this test" in figures.quantity(figure, plain=plain)
    assert citation(retracted).endswith("(RETRACTED)")


def test_a_corrected_source_is_told_but_may_lead() -> None:
    status = SourceStatus.model_validate({"what": "corrected", "because": "a misprint"})
    assert status.may_lead


@pytest.mark.words
def test_what_stands_in_the_outlook_says_how_many_people() -> None:
    unseen = shown("B8.lms_lung")
    assert unseen.people_not_seen
    assert not unseen.may_head
    assert figures.how_many(unseen) == "how many people: not printed"
    few = shown("E7.orr_scalp")
    assert few.as_people == (6, 8)
    assert figures.quantity(few, plain=True) == "6 of 8"
    many = shown("B21.dm")
    assert many.may_head
    assert figures.how_many(many) == ""


def test_none_of_a_small_group_stays_with_teams() -> None:
    assert shown("LUND25-TYPE.sft").audience == "teams"
    assert shown("E16.lms").audience == "teams"


def test_a_figure_of_its_own_level_carries_it() -> None:
    fact, figure = library().figure("B21.dm")
    given: dict[str, Any] = {**figure.model_dump(exclude_none=True), "level": "secondary"}
    assert from_fact(fact, Figure.model_validate(given)).level == "secondary"
