"""A proposed change: what is wrong with it is named by entry and field; what it would change is shown before it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sarcoma.cli import main
from sarcoma.errors import EvidenceError
from sarcoma.evidence import library
from sarcoma.outlook.proposal import FieldChange, Proposal, read_proposal

ONE = """
facts:
  - key: B21
    reviewed: {name: Dr Example, date: 2026-11-27}
    figures: [{id: dm, value: 24}]
profiles:
  - id: lms-elsewhere
    reviewed: {name: Dr Example, date: 2026-11-27}
"""


def proposed(folder: Path, text: str) -> Proposal:
    path = folder / "proposal.yaml"
    path.write_text(text, encoding="utf-8")
    return read_proposal(path)


def test_a_change_of_a_figure_is_shown_before_and_after_with_its_pages_and_people(tmp_path: Path) -> None:
    found = proposed(tmp_path, ONE.partition("profiles:")[0])
    assert found.problems == ()
    (change,) = found.changes
    assert FieldChange("figures.dm.value", 23.0, 24.0) in change.fields
    assert {f.field for f in change.fields} == {"figures.dm.value", "reviewed"}
    assert "how-it-spreads" in change.places["chapters"]
    assert 0 < len(change.people) < change.asked
    assert library().figure("B21.dm")[1].value == 23  # nothing was changed


def test_every_kind_of_entry_can_be_reviewed(tmp_path: Path) -> None:
    lib = library()
    rooms = {"treatments": lib.treatments, "red_flags": lib.red_flags, "sites": lib.sites, "profiles": lib.profiles}
    for room, entries in rooms.items():
        key = next(iter(entries))
        text = f"{room}:\n  - id: {key}\n    reviewed: {{name: Dr Example, date: 2026-11-27}}\n"
        (change,) = proposed(tmp_path, text).changes
        assert [f.field for f in change.fields] == ["reviewed"]


@pytest.mark.words
def test_every_entry_as_it_stands_changes_nothing(tmp_path: Path) -> None:
    lib = library()
    everything = {
        "facts": [f.model_dump(mode="json", by_alias=True, exclude_unset=True) for f in lib.facts.values()],
        "treatments": [t.model_dump(mode="json", by_alias=True, exclude_unset=True) for t in lib.treatments.values()],
        "profiles": [p.model_dump(mode="json", by_alias=True, exclude_unset=True) for p in lib.profiles.values()],
    }
    assert proposed(tmp_path, json.dumps(everything)) == Proposal((), ())


@pytest.mark.words
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("facts: [{key: B21, statment: x}]", "facts: B21: statment"),
        ("facts: [{key: B21, figures: [{id: dm, value: 240}]}]", "facts: B21: figures"),
        ("facts: [{key: B21, plain: 'About {nothing}.'}]", "{nothing}"),
        ("facts: [{key: B21, sources: [NOSUCH99]}]", "NOSUCH99"),
        ("facts: [{key: NEW1, plain: x}]", "facts: NEW1: statement"),
        ("facts: [{key: B21}, {key: B21}]", "B21"),
        ("treatments: [{name: x}]", "treatments: entry 1"),
        ("treatments: [{id: pazopanib, results: [Z99]}]", "Z99"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str, tmp_path: Path) -> None:
    found = proposed(tmp_path, text)
    assert any(says in problem for problem in found.problems), found.problems
    assert found.changes == ()


@pytest.mark.parametrize("text", ["", "- a", "facts: 3", "nonsense: []", "facts: [", "facts: []\nfacts: []"])
def test_what_is_no_proposal_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError):
        proposed(tmp_path, text)
    with pytest.raises(EvidenceError):
        read_proposal(tmp_path / "nothing.yaml")


def test_the_command_shows_it_and_fails_where_something_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "proposal.yaml"
    for text, code, wanted in ((ONE, 0, "/understand/how-it-spreads"), ("facts: [{key: B21, plain: ''}]", 2, "B21")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as stopped:
            main(["evidence", "try", str(path)])
        assert stopped.value.code == code
        assert wanted in capsys.readouterr().out
    path.write_text(ONE, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["evidence", "try", str(path), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [change["key"] for change in found["changes"]] == ["B21", "lms-elsewhere"]
