"""Messages that somebody bent: each ends in a result, or in one error on purpose that shows no value."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hospital_cases import BASE, KEYS, PREDICTORS, SITES, network, policy, survival_rows
from pydantic import ValidationError

from sarcoma.cli import main
from sarcoma.errors import HospitalsError, SarcomaError
from sarcoma.hospitals import Answer, answer_of, combine, judged_rows, partial, question_of

POLICY = policy()
EVERYONE = network()
SECRET = 918273645546372819
"""A number that no error may show."""
DEEP: Any = 0
for _ in range(400):
    DEEP = [DEEP]
STRANGE: list[Any] = [
    None, True, -1, 0, 1.5, SECRET, 10**9, 10**400, -(10**4000), 1e308, -1e308, 5e-324, float("nan"), float("inf"), "", "1",
    f"{SECRET}", "\ud800", "a" * 100_000, [], [[]], {}, {"a": {}}, [None], [1] * 100_000, DEEP, {f"{SECRET}": 1},
]  # fmt: skip


def rows_of(question: Any, site: str) -> Any:
    one = EVERYONE[site]
    if question.kind == "validation":
        return judged_rows(question, one["exit"], (one["cause"] > 0).astype(int), one["risk"])
    return survival_rows(one)


def cases() -> dict[str, Any]:
    plan = {**BASE, "plan": "survival", "grid": [0, 12, 24, 60]}
    cox = {**plan, "kind": "cox", "id": "c", "transition": ["alive", "dead"], "predictors": PREDICTORS}
    judged = question_of(
        {
            **BASE, "kind": "validation", "id": "v", "estimand": "all-cause", "grid": [0, 12, 36], "card": "kattan-2002",
            "card_version": "1", "endpoint": "death", "time_zero": "surgery", "thresholds": [0.5],
        }
    )  # fmt: skip
    back: Any = combine(answers(judged), judged, POLICY)
    found = {
        "cox": question_of({**cox, "baseline": True, "beta": [0.4, 0.6], "round": 2}),
        "validation": back.model_copy(update={"settled": True, "line": (0.0, 1.0)}),
    }
    for sharing in ("suppress", "coarsen", "masked-sums"):
        found[sharing] = question_of({**plan, "kind": "event-table", "id": "t", "sharing": sharing})
    return found


def answers(question: Any) -> list[Answer]:
    return [partial(rows_of(question, s), question, POLICY, site=s, key=KEYS[s]) for s in SITES]


def bent(data: Any, luck: random.Random) -> Any:
    """A copy with something else in one place, one thing more, or one thing less."""
    data = json.loads(json.dumps(data))
    place = data
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return data
        key = luck.choice(keys)
        if isinstance(place[key], (dict, list)) and place[key] and luck.random() < 0.7:
            place = place[key]
            continue
        way = luck.random()
        if way < 0.15:
            del place[key]
        elif way < 0.25 and isinstance(place, dict):
            place[f"x{SECRET}"] = luck.choice(STRANGE)
        elif way < 0.3 and isinstance(place, list):
            place.append(place[key])
        else:
            place[key] = luck.choice(STRANGE)
        return data


def as_sent(data: Any) -> Answer:
    """Read as a file is, with a digest made anew by somebody who knows how."""
    with contextlib.suppress(ValidationError, HospitalsError):
        data = data | {"digest": Answer.model_validate(data).finished().digest}
    return answer_of(data)


@pytest.mark.parametrize("name", ["suppress", "coarsen", "masked-sums", "cox", "validation"])
def test_answers(name: str) -> None:
    question, luck = cases()[name], random.Random(name)
    given = answers(question)
    plain = given[2].to_data()
    combine([as_sent(a.to_data()) for a in given], question, POLICY)
    refused = 0
    for _ in range(120):
        data = bent(plain, luck)
        try:
            combine([*given[:2], as_sent(data), *given[3:]], question, POLICY)
        except SarcomaError as error:
            refused += 1
            assert "\n" not in str(error)
            assert str(SECRET) not in str(error)
            assert len(str(error)) < 1000
    assert refused > 80


@pytest.mark.parametrize("name", ["suppress", "coarsen", "masked-sums", "cox", "validation"])
def test_questions(name: str) -> None:
    plain, luck = cases()[name].to_data(), random.Random(name)
    for _ in range(150):
        data = bent(plain, luck)
        try:
            question = question_of(data)
            partial(rows_of(question, "north"), question, POLICY, site="north", key=KEYS["north"])
        except SarcomaError as error:  # it may name the plan or the card that was asked for
            assert "\n" not in str(error)
            assert len(str(error)) < 1000


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no question and no answer at all."""
    (tmp_path / "policy.yaml").write_text("questions: [event-table]\nplans: [survival]\ngrid_months: [0, 12]\n")
    whole = json.dumps(cases()["coarsen"].to_data())
    (tmp_path / "q.json").write_text(whole)
    for number, raw in enumerate(
        (
            b"", b"null", b"[]", b"\xff\xfe", whole[:100].encode(), b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000,
            whole.replace("12.0", "9" * 5000).encode(), whole.replace("12.0", "NaN").encode(), b"\x80\x04K\x01.",
        )
    ):  # fmt: skip
        (tmp_path / f"{number}.json").write_bytes(raw)
        policy_file, to = ("--policy", str(tmp_path / "policy.yaml")), ("--to", str(tmp_path / "r.json"))
        for question, answer in ((f"{number}.json", "q.json"), ("q.json", f"{number}.json"))[number % 2 :][:1]:
            with pytest.raises(SystemExit) as stopped:
                main(["network", "combine", str(tmp_path / question), str(tmp_path / answer), *policy_file, *to])
            assert stopped.value.code == 2, raw[:20]
            assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"minimum_cell": 6}, {"minimum_sites": 4}, {"grid_months": [0, 12]}, {"plans": ["survivaL"]}, {"most_questions": 21},
        {"events_per_parameter": 10.1}, {"largest_log_hazard": 6.1}, {"significant_digits": 14}, {"sharing": ["coarsen"]},
        {"columns": ["Age"]}, {"cards": ["kattan-2003"]}, {"questions": ["cox"]}, {"keys": {"east": "0" * 64}},
    ],
)  # fmt: skip
def test_a_policy_of_which_one_character_differs_is_another(changed: dict[str, Any]) -> None:
    try:
        other = policy(**changed)
    except HospitalsError:
        return
    assert other.digest != POLICY.digest
    question = cases()["coarsen"]
    given = answers(question)
    with pytest.raises(HospitalsError):
        combine(
            [*given[:2], given[2].model_copy(update={"policy": other.digest}).finished(), *given[3:]], question, POLICY
        )
