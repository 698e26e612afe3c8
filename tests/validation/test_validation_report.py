"""The report of a validation: words, page, PDF, data, checklists, cards."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from validation_cases import card_of, drawn

from sarcoma.cli import main
from sarcoma.models import Card, predict, read_card
from sarcoma.models.lint import lint_card
from sarcoma.models.writing import card_yaml
from sarcoma.patient import Patient
from sarcoma.report.checklists.registry import ANSWERS
from sarcoma.report.validated import validated_data, validated_document, validated_text
from sarcoma.validation import Subject, Validation, validate
from sarcoma.validation.updating.ladder import TITLES


@pytest.fixture(scope="module")
def reported() -> Validation:
    cards = [card_of(), card_of(id="second", name="A second model", h0={24: 0.3, 60: 0.8})]
    return validate(drawn(1200, seed=14), [Subject.of_card(c) for c in cards])


@pytest.mark.words
def test_the_page_needs_nothing_else_and_says_the_main_thing_first(reported: Validation) -> None:
    page = validated_document(reported).html()
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "<script" not in page
    first = page.index("In this cohort the model said that")
    assert first < page.index("<svg") < page.index("Methods, to paste")
    assert page.count('role="img"') >= 6
    assert "for you to write" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_pdf_is_one_and_the_same(reported: Validation) -> None:
    document = validated_document(reported)
    pdf = document.pdf()
    assert pdf.startswith(b"%PDF")
    assert pdf == document.pdf()


def test_the_data_are_json_without_rows_of_patients(reported: Validation) -> None:
    data = validated_data(reported)
    text = json.dumps(data, allow_nan=False)
    assert '"influence"' not in text
    model = data["models"][0]
    assert model["updating"]["chosen"] in TITLES
    assert len(model["checklists"]["tripod-ai"]["items"]) == 52
    assert len(model["checklists"]["probast-ai"]["items"]) == 34
    longest = max((len(v) for v in walk_lists(data)), default=0)
    assert longest <= 1000  # curves, never people


def test_no_prediction_of_a_patient_and_no_small_count_leaves() -> None:
    cohort = drawn(70, seed=19, follow=(61.0, 140.0))
    result = validate(cohort, [Subject.of_card(card_of())], unknown_cause="other", least=30)
    said = {round(float(p), 9) for p in result.models[0].risk.ravel()}
    data = validated_data(result)
    shown = {round(v, 9) for values in walk_lists(data) for v in values if isinstance(v, float)}
    assert not said & shown
    hidden = [s for s in data["models"][0]["subgroups"] if s["suppressed"]]
    assert hidden
    assert all(s["people"] is None and s["events"] is None for s in hidden)


def walk_lists(value: Any) -> Any:
    if isinstance(value, list):
        yield value
        for v in value:
            yield from walk_lists(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from walk_lists(v)


@pytest.mark.words
def test_words_for_the_terminal(reported: Validation) -> None:
    text = validated_text(reported)
    assert "In this cohort the model said that" in text
    assert "Updating, from the least change to the most" in text
    assert "Side by side" in text


def test_every_checklist_item_is_filled_by_an_answer_that_exists(reported: Validation) -> None:
    folder = Path("src/sarcoma/report/checklists")
    for path in sorted((Path(__file__).parents[2] / folder).glob("*.yaml")):
        items = yaml.safe_load(path.read_text())["items"]
        assert {i["fill"] for i in items if "fill" in i} <= set(ANSWERS)
        assert len({i["id"] for i in items}) == len(items)
    asked = {
        i.get("fill")
        for name in ("tripod-ai", "probast-ai")
        for i in yaml.safe_load((Path(__file__).parents[2] / folder / f"{name}.yaml").read_text())["items"]
    }
    assert set(ANSWERS) <= asked
    for answer in ANSWERS.values():
        said = answer(reported, reported.models[0])
        assert said is None or len(said) > 3


@pytest.mark.words
def test_the_command_writes_report_and_cards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn(800, seed=15).write(tmp_path / "cohort")
    path = tmp_path / "own.yaml"
    path.write_text(card_yaml(card_of()), encoding="utf-8")
    for name in ("report.html", "report.pdf", "report.json"):
        arguments = ["validate", str(path), "--cohort", str(tmp_path / "cohort"), "--to", str(tmp_path / name)]
        with pytest.raises(SystemExit) as stopped:
            main([*arguments, "--update", str(tmp_path / "cards"), "--force"])
        assert stopped.value.code == 0
        assert (tmp_path / name).stat().st_size > 5000
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([*arguments[:-1], str(tmp_path / "new.html"), "--update", str(tmp_path / "cards")])
    assert (stopped.value.code, "--force" in capsys.readouterr().err) == (2, True)
    assert not (tmp_path / "new.html").exists(), "refused before the work"
    updated = read_card(tmp_path / "cards" / "made-up-slope.yaml")
    assert predict(updated, Patient(age=60, size=8, grade=3)).status[0] == 1


def test_entries_for_cards_are_written_with_interval_people_and_mark(tmp_path: Path) -> None:
    drawn(800, seed=18).write(tmp_path / "cohort")
    (tmp_path / "own.yaml").write_text(card_yaml(card_of()), encoding="utf-8")
    arguments = ["validate", str(tmp_path / "own.yaml"), "--cohort", str(tmp_path / "cohort"), "--entries"]
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, str(tmp_path / "entries.yaml"), "--source", "KATTAN02"])
    assert stopped.value.code == 0
    found = yaml.safe_load((tmp_path / "entries.yaml").read_text(encoding="utf-8"))["performance"]
    assert len(found) == 12
    for entry in found:
        assert entry["setting"] == "external validation"
        assert entry["marks"] == ["calculated"]
        assert entry["low"] < entry["value"] < entry["high"]
        assert entry["n"] == 800
    whole = Card.model_validate({**yaml.safe_load(card_yaml(card_of())), "performance": found})
    assert not [f for f in lint_card(whole) if f.level == "error"]
