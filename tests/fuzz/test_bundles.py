"""Bundles of FHIR with parts dropped, doubled, swapped between people and replaced: a Reading, or an error without a value.

`FUZZ_INPUTS` says how many; without it they are few and the same on every run.
"""

from __future__ import annotations

import copy
import json
import os
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sarcoma.errors import SarcomaError
from sarcoma.exchange import read_bundle

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))
FOLDER = Path(__file__).parents[1] / "exchange" / "bundles"
KAPUTT = "MARKER-7f3a"
"""A patient's value: it must be in no error and in no account of what was not read."""

VALUES: tuple[Any, ...] = (
    None, [], {}, "", KAPUTT, 0, -1, 1e308, float("nan"), float("inf"), 10**400, True, False, [None], [{}], [[[]]],
    "2024-02-30", "0001-01-01", "9999-12-31T23:59:60Z", "2024-13", f"Patient/\x00\x1b[2J{KAPUTT}", "\ud800", "#x",
    {"coding": None}, {"coding": [None]}, {"coding": [{"system": 3, "code": 4}]}, {"text": KAPUTT},
    {"reference": "#c"}, {"reference": f"urn:uuid:{KAPUTT}"}, {"value": KAPUTT, "unit": KAPUTT, "code": KAPUTT},
)  # fmt: skip


@cache
def people() -> tuple[dict[str, Any], ...]:
    """The made-up Bundles, each about a person of its own whose name stands in everything that is free text."""
    found = []
    for number, file in enumerate(sorted(FOLDER.glob("*.json"))):
        data = json.loads(file.read_text("utf-8"))
        who = next(e["resource"] for e in data["entry"] if e["resource"]["resourceType"] == "Patient")
        old, who["id"] = who.get("id", "p"), f"person-{number}"
        who["name"] = [{"family": KAPUTT, "given": [KAPUTT]}]
        who["identifier"] = [{"value": KAPUTT}]
        text = json.dumps(data).replace(f'"Patient/{old}"', f'"Patient/person-{number}"')
        found.append(json.loads(text))
    return tuple(found)


def places(data: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    level = [data]
    while level:
        part = level.pop()
        for key in list(part) if isinstance(part, dict) else range(len(part)):
            found.append((part, key))
            if isinstance(part[key], (dict, list)):
                level.append(part[key])
    return found


def mutated(draw: random.Random) -> dict[str, Any]:
    data = copy.deepcopy(draw.choice(people()))
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        here = places(data)
        if not here:
            break
        part, key = draw.choice(here)
        what = draw.randrange(6)
        if what == 0:
            del part[key]
        elif what == 1 and isinstance(part, list):
            part.append(copy.deepcopy(part[key]))
        elif what == 2:
            other, place = draw.choice(here)
            part[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(part[key])
        elif what == 3:
            other, place = draw.choice(places(draw.choice(people())))
            part[key] = copy.deepcopy(other[place])
        else:
            part[key] = copy.deepcopy(draw.choice(VALUES))
    return data


def outcome(source: Any) -> str:
    """Everything that is said of a source, but for the record."""
    try:
        found = read_bundle(source)
    except SarcomaError as error:
        assert error.__context__ is None
        return str(error)
    said = [repr(found), *found.unknown.values(), *found.conflicts.values()]
    return "\n".join((*said, *(one.text for one in (*found.unread, *found.remarks))))


def test_mutated_bundles_give_a_reading_or_an_error_and_no_value() -> None:
    draw = random.Random(20261127)
    for _ in range(max(600, ASKED)):
        assert KAPUTT not in outcome(mutated(draw))


@pytest.mark.parametrize("number", range(12))
def test_what_is_about_somebody_else_is_refused_whole(number: int) -> None:
    draw = random.Random(number)
    data = copy.deepcopy(people()[number])
    other = people()[(number + draw.randrange(1, 12)) % 12]
    theirs = [e for e in other["entry"] if e["resource"]["resourceType"] not in ("Patient", "Specimen")]
    data["entry"].append(copy.deepcopy(draw.choice(theirs)))
    with pytest.raises(SarcomaError, match=r"entry\[\d+\]"):
        read_bundle(data)


@pytest.mark.parametrize(
    "source",
    [
        b"", b"null", b"[]", b"{}", b"\xff\xfe", b"{" * 10_000, b"[" * 10_000 + b"]" * 10_000,
        b'{"resourceType": "Bundle", "entry": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "' + b"x" * 10_000_000 + b'"}}]}',
        b'{"resourceType": "Bundle", "entry": [NaN]}', b'{"resourceType": "Bundle"}' * 2, b'{"resourceType": "Bundle"',
    ],
    ids=lambda source: f"{len(source)} bytes",
)  # fmt: skip
def test_what_is_no_bundle_is_one_sentence(source: bytes) -> None:
    with pytest.raises(SarcomaError) as caught:
        read_bundle(source)
    assert len(str(caught.value)) < 400
