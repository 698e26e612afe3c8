"""By files: a question is sent, three hospitals answer from their folders, and the answers are combined."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sarcoma.cli import main
from sarcoma.cohort import PLANS, Cohort, FollowUp
from sarcoma.hospitals import Ledger, masks, question_of, read_policy, together
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.survival import CoxRegression, EventTable

SITES = ("north", "south", "west")
POLICY = """
questions: [event-table, cox, validation]
plans: [survival]
columns: [age, grade]
cards: [kattan-2002]
grid_months: [0, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 132, 144]
sharing: [suppress, coarsen, masked-sums]
signed_off: {name: Dr Example, role: data protection officer, date: 2026-11-27}
"""
TABLE = "{kind: event-table, id: survival, plan: survival, grid: [0, 12, 24, 36, 60], sites: [north, south, west]}"
COX = """
{kind: cox, id: grade, plan: survival, transition: [alive, dead], grid: [0, 12, 24, 36, 60], sites: [north, south, west],
 sharing: masked-sums, predictors: [
  {name: age, label: age, field: age, transform: {kind: linear, coefficient: 0, center: 60}},
  {name: grade, label: grade, field: grade, transform: {kind: levels, coefficients: {"1": 0, "2": 0, "3": 0}}}]}
"""
CARD = """
{kind: validation, id: kattan, card: kattan-2002, unknown_cause: sarcoma, grid: [0, 24, 60, 144],
 thresholds: [0.2], sharing: masked-sums, sites: [north, south, west]}
"""


def run(*words: object) -> int:
    try:
        main([str(word) for word in words])
    except SystemExit as stopped:
        return int(stopped.code or 0)
    raise AssertionError


@pytest.fixture(scope="module")
def everyone(simulated: Cohort) -> Cohort:
    people = simulated.patients.head(600)
    events = simulated.events.filter(pl.col("id").is_in(people["id"].implode()))
    return Cohort(people, events, simulated.about)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, everyone: Cohort) -> Path:
    """The folders of three hospitals, each with its key, and the policy of all."""
    place = tmp_path_factory.mktemp("three")
    which, keys = np.arange(len(everyone)) % len(SITES), []
    for number, site in enumerate(SITES):
        people = everyone.patients.filter(pl.Series(which == number))
        events = everyone.events.filter(pl.col("id").is_in(people["id"].implode()))
        Cohort(people, events, everyone.about).write(place / site)
        assert run("site", "key", "--to", place / f"{site}.key") == 0
        keys.append(f"{site}: '{masks.public_key(bytes.fromhex((place / f'{site}.key').read_text()))}'")
    (place / "policy.yaml").write_text(POLICY + "keys: {" + ", ".join(keys) + "}\n")
    return place


@pytest.fixture
def folder(tmp_path: Path, three: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(three, tmp_path, dirs_exist_ok=True)
    return tmp_path


def send(question: Path, site: str, *more: object) -> int:
    to = question.with_name(f"{site}-{question.stem}.json")
    return run(
        "site", "answer", question, "--cohort", site, "--policy", "policy.yaml", "--site", site,
        "--ledger", f"{site}-ledger.json", "--log", f"{site}-log.md", "--to", to, "--send", *more,
    )  # fmt: skip


def all_rounds(folder: Path, question: str, *more: Any) -> dict[str, Any]:
    (folder / "asked.yaml").write_text(question)
    current = folder / "q1.json"
    assert run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", current) == 0
    for number in range(2, 20):
        for site in SITES:
            assert send(current, site, *(str(m).format(site=site) for m in more)) == 0
        after = folder / f"q{number}.json"
        answers = [current.with_name(f"{site}-{current.stem}.json") for site in SITES]
        assert run("network", "combine", current, *answers, "--policy", "policy.yaml", "--to", after) == 0
        found: dict[str, Any] = json.loads(after.read_text())
        if "nonce" not in found:
            return found
        current = after
    raise AssertionError


def test_a_table_from_three_folders(folder: Path, everyone: Cohort, capsys: pytest.CaptureFixture[str]) -> None:
    found = all_rounds(folder, TABLE)
    table = EventTable.of_data(found["table"])
    wanted = on_grid(FollowUp.of(everyone).count(PLANS["survival"]).table, found["grid"])
    np.testing.assert_array_equal(table.events, wanted.events)
    log = (folder / "north-log.md").read_text()
    answer = (folder / "north-q1.json").read_text()
    assert json.dumps(json.loads(answer), ensure_ascii=False) in log
    assert "nobody" not in capsys.readouterr().err


def test_a_model_by_masked_sums(folder: Path, everyone: Cohort) -> None:
    assert all((folder / f"{site}.key").stat().st_mode & 0o077 == 0 for site in SITES)
    (folder / "asked.yaml").write_text(COX)
    assert run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q.json") == 0
    keys = {site: bytes.fromhex((folder / f"{site}.key").read_text()) for site in SITES}
    parts = {site: Cohort.open(folder / site) for site in SITES}
    question = question_of(json.loads((folder / "q.json").read_text()))
    found = together(parts, question, read_policy("policy.yaml"), keys=keys).to_data()
    records = everyone.records
    age, grade = records.values("age"), records.values("grade")
    known = [a is not None and g is not None for a, g in zip(age, grade, strict=True)]
    follow_up = FollowUp.of(everyone)
    x = np.array(
        [[a - 60, str(g) == "2", str(g) == "3"] for a, g, k in zip(age, grade, known, strict=True) if k], float
    )
    wanted = CoxRegression().fit(
        x, follow_up.end[known], follow_up.died[known], stratum=(np.arange(len(everyone)) % 3)[known]
    )
    assert found["coef"] == pytest.approx(wanted.coef_.tolist(), abs=1e-8)
    assert len(found["notes"]) == 2


@pytest.mark.words
def test_masked_sums_say_on_the_screen_that_they_are_not_audited(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = all_rounds(folder, TABLE.replace("}", ", sharing: masked-sums}"), "--key", "{site}.key")
    assert "not audited" in capsys.readouterr().out
    assert any("not audited" in note for note in found["notes"])


def test_a_card_validated_in_rounds(folder: Path) -> None:
    (folder / "asked.yaml").write_text(CARD)
    assert run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q1.json") == 0
    for site in SITES:
        assert send(folder / "q1.json", site, "--key", f"{site}.key") == 0
    given = [f"{site}-q1.json" for site in SITES]
    assert run("network", "combine", "q1.json", *given, "--policy", "policy.yaml", "--to", "q2.json") == 0
    assert send(folder / "q2.json", "north", "--key", "north.key") == 0
    keys = {site: bytes.fromhex((folder / f"{site}.key").read_text()) for site in SITES}
    question = question_of(
        json.loads((folder / "q2.json").read_text())
    )  # what follows is round after round of the same
    found = together(
        {s: Cohort.open(folder / s) for s in SITES}, question, read_policy("policy.yaml"), keys=keys
    ).to_data()
    assert {"O/E", "calibration slope", "Brier score", "concordance"} <= set(found["measures"])
    assert found["people"] > 200
    assert found["measures"]["O/E"]["low"] < found["measures"]["O/E"]["value"]


def test_nothing_is_written_unless_it_is_sent(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "asked.yaml").write_text(TABLE)
    run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q.json")
    before = sorted(folder.rglob("*"))
    words = ("site", "answer", "q.json", "--cohort", "north", "--policy", "policy.yaml", "--site", "north")
    assert run(*words, "--ledger", "ledger.json", "--to", "a.json", "--log", "log.md") == 0
    assert sorted(folder.rglob("*")) == before
    assert '"counts"' in capsys.readouterr().out


@pytest.mark.words
def test_what_is_wrong_is_said_and_nothing_leaves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "asked.yaml").write_text(TABLE)
    run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q.json")
    common = ("--cohort", "north", "--site", "north", "--ledger", "ledger.json")
    (folder / "unsigned.yaml").write_text(POLICY.replace("signed_off:", "# "))
    (folder / "broken.json").write_text('{"kind": "event-table", "grid": [NaN]}')
    (folder / "ledger.bad").write_text("{")
    for words in (
        ("q.json", *common, "--policy", "unsigned.yaml"),
        ("q.json", *common, "--policy", "cautious"),
        ("broken.json", *common, "--policy", "policy.yaml"),
        ("none.json", *common, "--policy", "policy.yaml"),
        ("q.json", "--cohort", "north", "--site", "elsewhere", "--ledger", "l.json", "--policy", "policy.yaml"),
        ("q.json", "--cohort", "north", "--site", "north", "--ledger", "ledger.bad", "--policy", "policy.yaml"),
        ("q.json", *common, "--policy", "policy.yaml", "--send"),
        ("q.json", *common, "--policy", "policy.yaml", "--key", "policy.yaml"),
    ):
        assert run("site", "answer", *words) == 2, words
        assert capsys.readouterr().err.startswith("Error: "), words
    assert not (folder / "ledger.json").exists()
    (folder / "asked.yaml").write_text(TABLE.replace("[north, south, west]", "[north]"))
    assert run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q2.json") == 2


def test_an_answer_is_the_same_when_it_is_given_again(folder: Path, everyone: Cohort) -> None:
    (folder / "asked.yaml").write_text(TABLE)
    run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q.json")
    assert send(folder / "q.json", "north") == 0
    first, kept = (folder / "north-q.json").read_text(), (folder / "north-ledger.json").read_text()
    assert send(folder / "q.json", "north", "--force") == 0
    assert (folder / "north-q.json").read_text() == first
    assert (folder / "north-ledger.json").read_text() == kept
    assert not any(f'"{one}"' in kept for one in everyone.patients["id"])  # of people it has digests only


def test_two_answers_at_one_moment(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second would write a ledger that knows nothing of the first: it is refused, and leaves nothing."""
    (folder / "asked.yaml").write_text(TABLE)
    run("network", "ask", "asked.yaml", "--policy", "policy.yaml", "--to", "q.json")
    with Ledger.held(folder / "north-ledger.json") as kept:
        assert send(folder / "q.json", "north") == 2
        assert not (folder / "north-q.json").exists()
        assert not (folder / "north-log.md").exists()
        assert kept.answered == ()
    assert send(folder / "q.json", "north") == 0
    assert len(Ledger.read(folder / "north-ledger.json").answered) == 1
    assert not list(folder.glob(".*"))
    assert (folder / "north-ledger.json").stat().st_mode & 0o077 == 0  # it has the secret of its digests
    (folder / "strange.md").write_bytes(b"\xff\xfe")
    capsys.readouterr()
    assert send(folder / "q.json", "north", "--force", "--log", "strange.md") == 2
    assert "strange.md" in capsys.readouterr().err
