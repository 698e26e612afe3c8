"""`sarcoma card lint`: whatever a stranger wrote gets findings or one clear line, never a traceback."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))
from validation_cases import card_of

from sarcoma.cli import main
from sarcoma.errors import CardError
from sarcoma.models import cards
from sarcoma.models.lint import lint, lint_card
from sarcoma.models.writing import card_yaml

GOOD = card_yaml(card_of())


def changed(change: Callable[[Any], None]) -> str:
    card = copy.deepcopy(yaml.safe_load(GOOD))
    change(card)
    return yaml.safe_dump(card, sort_keys=False, allow_unicode=True)


def at(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(card: Any) -> None:
        for step in path[:-1]:
            card = card[step]
        card[path[-1]] = to

    return change


def found(text: str, folder: Path) -> list[tuple[str, str]]:
    path = folder / "card.yaml"
    path.write_text(text, encoding="utf-8")
    return [(f.level, f"{f.where}: {f.text}") for f in lint(path)[1]]


def test_a_good_card_has_no_errors(tmp_path: Path) -> None:
    assert not [text for level, text in found(GOOD, tmp_path) if level == "error"]


@pytest.mark.parametrize("name", list(cards()))
def test_shipped_cards_have_no_errors(name: str) -> None:
    assert not [f for f in lint_card(cards()[name]) if f.level == "error"]


def test_the_card_on_the_page_has_no_errors_or_warnings(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert [said for level, said in found(text, tmp_path) if level != "note"] == []


SPLINE = {"kind": "restricted-cubic-spline", "knots": [50], "coefficients": [0.1]}
SAID = {"setting": "external validation", "measure": "AUC", "source": "KATTAN02"}


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "level", "text"),
    [
        (at("zzz", to=1), "error", "zzz"),
        (at("citation", to="NOBODY99"), "error", "not in the library"),
        (at("id", to="kattan-2002"), "error", "a shipped card has this id"),
        (at("id", to="../../x"), "error", "id"),
        (at("outcome", "horizons_months", to=[]), "error", "one horizon or more"),
        (at("outcome", "horizons_months", to=[24, 24, 60]), "error", "increasing"),
        (at("outcome", "horizons_months", to=[-5, 60]), "error", "increasing"),
        (at("outcome", "estimand", to="all-cause"), "error", "must be crude or net"),
        (at("predictors", 0, "range", to=[95, 18]), "error", "from the least to the greatest"),
        (at("predictors", 1, "range", to=[1, 600]), "warning", "its range leaves that of the field"),
        (at("predictors", 1, "field", to="sizee"), "error", "no such field"),
        (at("predictors", 1, "name", to="age"), "error", "twice"),
        (at("predictors", 0, "transform", to=SPLINE), "error", "three knots or more"),
        (at("predictors", 2, "transform", "coefficients", to={}), "error", "coefficients"),
        (at("predictors", 1, "transform", "coefficient", to=float("nan")), "error", "finite"),
        (at("predictors", 1, "transform", "coefficient", to=-0.3), "warning", "a larger tumour lowers"),
        (at("predictors", 1, "transform", "coefficient", to=1e300), "warning", "more than 99.9%"),
        (at("baseline", "survival", "all", to={"24": 0.6, "60": 0.8}), "error", "rises with time"),
        (at("baseline", "survival", "all", to={"24": 1.0, "60": 0.0}), "error", "between 0 and 1"),
        (at("baseline", "survival", "all", to={"24": 0.8, "sixty": 0.7}), "error", "exactly the outcome's horizons"),
        (at("applies", to=[{"field": "agee", "at_least": 18}]), "error", "no field of the record"),
        (at("test_vectors", to=[]), "error", "nobody can check"),
        (at("test_vectors", 0, "expect", "probability", to={"60": 0.99}), "error", "the vector says 0.99"),
        (at("test_vectors", 0, "expect", "probability", to={"x": 0.9}), "error", "horizons in months"),
        (at("test_vectors", 0, "record", to={"age": "sixty"}), "error", "a number is needed"),
        (at("performance", to=[{**SAID, "value": 0.9, "low": 0.1, "high": 0.5}]), "error", "outside of its interval"),
        (at("performance", to=[{**SAID, "value": 1.7}]), "error", "between 0 and 1"),
        (at("name", to="a \u202e evil"), "error", "cannot be seen"),
        (at("name", to="a \u001b[31m red"), "error", "cannot be seen"),
    ],
)
def test_what_is_wrong_is_found(change: Callable[[Any], None], level: str, text: str, tmp_path: Path) -> None:
    findings = found(changed(change), tmp_path)
    assert any(grade == level and text in said for grade, said in findings), findings


def days(card: Any) -> None:
    card["outcome"] |= {"horizons_months": [730, 1825], "horizon_limit_months": 1825}
    card["baseline"]["survival"] = {"all": {"730": 0.8, "1825": 0.6}}


def years(card: Any) -> None:
    card["outcome"] |= {"horizons_months": [2, 5], "horizon_limit_months": 5}
    card["baseline"]["survival"] = {"all": {"2": 0.8, "5": 0.6}}


@pytest.mark.words
def test_horizons_in_another_unit_are_found(tmp_path: Path) -> None:
    assert any("look like days" in said for _, said in found(changed(days), tmp_path))
    assert any("look like years" in said for _, said in found(changed(years), tmp_path))


BOMB = "".join(f"- &a{i + 1} [{','.join([f'*a{i}'] * 9)}]\n" for i in range(10))


@pytest.mark.parametrize(
    "text",
    [
        "{{{ : not yaml ]",
        "id:\tx\n\t- y",
        "id: a\n---\nid: b\n",
        '!!python/object/apply:os.system ["true"]',
        "id: &x [*x]\n",
        "a: &a {id: x}\n<<: *a\n",
        "id: " + "[" * 3000 + "]" * 3000,
        "id: a\nid: b\n",
        GOOD + "known_problems:\n- &a0 [x,x,x]\n" + BOMB,
    ],
)
def test_what_is_no_yaml_gets_one_line(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["card", "lint", str(path)])
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert error.count("\n") == 1
    assert "card.yaml" in error
    assert "fault" not in error


@pytest.mark.parametrize(
    "text",
    ["", "42", "~", "- 1\n", "1: 2\n", "id: " + "y" * 1_000_000],
)
def test_what_is_no_card_gets_findings(text: str, tmp_path: Path) -> None:
    findings = found(text, tmp_path)
    assert findings
    assert all(level == "error" for level, _ in findings)
    assert max(len(said) for _, said in findings) < 400


@pytest.mark.words
def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="there is no such file"):
        lint(tmp_path / "absent.yaml")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(CardError, match="UTF-8"):
        lint(tmp_path / "binary.yaml")
