"""A clinician corrects a YAML file, and every answer follows: tried on a copy of the package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sarcoma

ANSWERS = """
import json
import sarcoma
from sarcoma.outlook import outlook_of
from sarcoma.patient import Patient, Records
from sarcoma.patient.stage import Situation, stage

known = {"site": "lower limb", "type": "leiomyosarcoma", "grade": 3, "nodes": "negative", "depth": "deep"}
situation = Situation(frozenset({"extremity-trunk"}), frozenset({"3"}), size_cm=5.5, nodes="negative")
(one,) = stage(situation)
(with_nodes_unknown,) = stage(situation._replace(nodes=None))
patients = [Patient(**known, size=size) for size in (4.9, 5.0, 5.5, 6.0, 6.1, 10.0)]
records = Records(patients)
columns = {name: records.column(name) for name in ("t", "stage", "stage_as_assigned")}
seen = {
    "one": [one.t.as_assigned, one.group.as_assigned],
    "possible": list(with_nodes_unknown.group.possible),
    "many": {name: [sorted(c.states[code]) for code in c.codes.tolist()] for name, c in columns.items()},
    "outlook": [outlook_of(p).staging[0].t.as_assigned for p in patients],
}
print(json.dumps(seen))
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package that a test may correct."""
    package = Path(sarcoma.__file__).parent
    shutil.copytree(package, tmp_path / "sarcoma", ignore=shutil.ignore_patterns("__pycache__", "compiled.json"))
    return tmp_path


def answers(root: Path, script: str) -> Any:
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={"PYTHONPATH": str(root)},
    )
    return json.loads(found.stdout)


def correct(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_moving_t1_to_6_cm_in_the_yaml_moves_every_answer(copied: Path) -> None:
    before = answers(copied, ANSWERS)
    assert before["one"] == ["T2", "IIIA"]
    assert before["possible"] == ["IIIA", "IV"]
    assert before["many"]["t"] == [["T1"], ["T1"], ["T2"], ["T2"], ["T2"], ["T2"]]
    staging = copied / "sarcoma" / "evidence" / "data" / "staging.yaml"
    correct(staging, "{id: T1, size_cm: [0, 5],", "{id: T1, size_cm: [0, 6],")
    correct(staging, "{id: T2, size_cm: [5, 10],", "{id: T2, size_cm: [6, 10],")
    after = answers(copied, ANSWERS)
    assert after["one"] == ["T1", "II"]
    assert after["possible"] == ["II", "IV"]
    assert after["many"]["t"] == [["T1"], ["T1"], ["T1"], ["T1"], ["T2"], ["T2"]]
    groups = [["II"], ["II"], ["II"], ["II"], ["IIIA"], ["IIIA"]]
    assert after["many"]["stage"] == after["many"]["stage_as_assigned"] == groups
    assert after["outlook"] == ["T1", "T1", "T1", "T1", "T2", "T2"]
