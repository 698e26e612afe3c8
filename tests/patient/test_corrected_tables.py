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


FIELDS = """
import json
from sarcoma.errors import RecordError
from sarcoma.patient import Patient, field_specs
from sarcoma.patient.mapping import UNITS
from sarcoma.patient.template import json_schema, markdown_page
from sarcoma.web.forms import Said
from sarcoma.web.team_form import team_form
from sarcoma.patient.metastasis import ORGANS

def tried(**record):
    try:
        return [getattr(Patient(**record), name) for name in record]
    except RecordError as error:
        return [problem.text for problem in error.problems]

schema = json_schema()["properties"]
form = team_form(Said({}), {})
seen = {
    "age": tried(age=130),
    "necrosis": tried(necrosis="a third"),
    "unit": tried(albumin=4.1),
    "schema": [schema["age"][key] for key in ("title", "description")] + [schema["age"]["anyOf"][0]["maximum"]],
    "codes": schema["depth"]["codes"],
    "page": markdown_page(),
    "form": "".join(map(str, (*form.first, *(cell for _, cells in form.more for cell in cells)))),
    "organ": ORGANS["pleura"],
}
print(json.dumps(seen))
"""


def test_correcting_a_field_in_the_yaml_corrects_every_door(copied: Path) -> None:
    before = answers(copied, FIELDS)
    assert before["age"] == ["out of range: 0 to 120 years"]
    assert before["necrosis"] == ["not a known code: one of none, under-half, half-or-more"]
    fields = copied / "sarcoma" / "patient" / "data" / "fields.yaml"
    correct(fields, "    label: Age at diagnosis\n", "    label: Age then\n")
    correct(fields, "help: Age in years when the sarcoma was first diagnosed.", "help: In whole years.")
    correct(fields, "    unit: years\n    low: 0\n    high: 120\n", "    unit: years\n    low: 0\n    high: 140\n")
    correct(fields, "label: less than half of the tumour, words: [", "label: below half, words: [a third, ")
    correct(fields, "    unit: g/L\n    low: 10\n    high: 70\n", "    unit: g/dL\n    low: 1\n    high: 7\n")
    correct(fields, "deep: {label: below or through the fascia,", "deep: {label: under the fascia,")
    correct(fields, "pleura: {label: pleura}", "pleura: {label: lining of the chest}")
    after = answers(copied, FIELDS)
    assert after["age"] == [130]
    assert after["necrosis"] == ["under-half"]
    assert after["unit"] == [4.1]
    assert after["schema"] == ["Age then", "In whole years.", 140]
    assert after["codes"]["deep"] == "under the fascia"
    assert after["organ"] == "lining of the chest"
    for words in ("Age then", "In whole years.", "under the fascia", "g/dL"):
        assert words in after["page"]
    assert "g/dL" in after["form"]  # which has its own short names of fields and codes


def test_a_field_with_a_part_that_is_none_is_refused_by_name(copied: Path) -> None:
    fields = copied / "sarcoma" / "patient" / "data" / "fields.yaml"
    correct(fields, "    label: Age at diagnosis\n", "    lable: Age at diagnosis\n")
    script = (
        "import json\ntry:\n    import sarcoma.patient\n    sarcoma.patient.field_specs()\n"
        "except Exception as error:\n    print(json.dumps(str(error)))"
    )
    assert answers(copied, script) == "fields.yaml: age: a part is missing, or is none of a field's"
