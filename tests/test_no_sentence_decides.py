"""What the package does is the same when every sentence in it is another: words are for people only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PSEUDO = Path(__file__).parent / "pseudo"
SOURCE = Path(__file__).parents[1] / "src"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was done with the sentences as they are, and with pseudo-text."""
    done = []
    for switch in ("0", "1"):
        where = tmp_path_factory.mktemp(f"pseudo{switch}")
        environment = os.environ | {"SARCOMA_PSEUDO": switch, "PYTHONPATH": os.pathsep.join((str(PSEUDO), str(SOURCE)))}
        run = subprocess.run(
            [sys.executable, str(PSEUDO / "behaviour.py"), str(where)],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr[-2000:]
        done.append(json.loads(run.stdout))
    return done[0], done[1]


def difference(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two answers differ, but for text that was replaced."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            return [f"{where}: keys {sorted(set(one) ^ set(other))}"]
        return [d for key in one for d in difference(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{where}: {len(one)} and {len(other)} entries"]
        return [d for i, pair in enumerate(zip(one, other, strict=True)) for d in difference(*pair, f"{where}[{i}]")]
    if isinstance(other, str) and "‹" in other and isinstance(one, str):
        return []
    return [] if one == other and type(one) is type(other) else [f"{where}: {one!r} and {other!r}"]


def test_sentences_were_replaced_at_all(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    plain, pseudo = (json.dumps(one, ensure_ascii=False) for one in both)
    assert "‹" not in plain
    assert pseudo.count("‹") > 1000


@pytest.mark.parametrize("part", ["outlooks", "exit", "http"])
def test_numbers_codes_origins_and_statuses_do_not_depend_on_sentences(
    both: tuple[dict[str, Any], dict[str, Any]], part: str
) -> None:
    plain, pseudo = both
    assert difference(plain[part], pseudo[part], part) == []


def test_the_calls_succeed_and_fail_as_meant(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    plain, _ = both
    assert {0, 2} <= set(plain["exit"])
    assert {200, 404, 422} <= {status for status, _ in plain["http"]}
