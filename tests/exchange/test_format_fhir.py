"""`sarcoma outlook --format fhir`: the Bundle on the command line, from a record and from a sender's Bundle."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest
from fhir_rules import assert_valid, resources

from sarcoma.cli import main
from sarcoma.exchange import read_bundle, record_bundle
from sarcoma.patient import Patient

RECORD = [
    "--age",
    "62",
    "--type",
    "LMS",
    "--site",
    "lower limb",
    "--size",
    "7",
    "--grade",
    "3",
    "--surgery",
    "resected",
]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["outlook", *arguments])
    gc.enable()
    said = capsys.readouterr()
    return int(stopped.value.code or 0), said.out, said.err


def models(bundle: dict[str, Any]) -> set[str]:
    return {r["method"]["coding"][0]["code"] for r in resources(bundle, "RiskAssessment")}


def test_a_record_becomes_a_bundle_and_survival_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for option in ("--survival", "--no-survival", ""):
        code, out, err = run(capsys, *RECORD, "--format", "fhir", *filter(None, [option]))
        assert (code, err) == (0, "")
        told[option] = json.loads(out)
        assert_valid(told[option])
    assert models(told["--survival"]) > models(told["--no-survival"]) == models(told[""])


def test_a_senders_bundle_becomes_one_that_rests_on_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    patient = Patient(age=62, type="LMS", site="lower limb", size=7, grade=3, surgery="resected")
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(record_bundle(patient)), encoding="utf-8")
    used = read_bundle(file.read_bytes()).used
    code, out, _ = run(capsys, "--fhir", str(file), "--format", "fhir", "--survival")
    assert code == 0
    assert_valid(json.loads(out), elsewhere=used)
    code, out, _ = run(capsys, "--fhir", str(file), "--grade", "2", "--format", "fhir", "--survival")
    basis = {one["reference"] for r in resources(json.loads(out), "RiskAssessment") for one in r["basis"]}
    assert basis == {*used} - {"Observation/grade"}


def test_format_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *RECORD, "--format", "json") == run(capsys, *RECORD, "--json")
    assert run(capsys, *RECORD, "--format", "text") == run(capsys, *RECORD)


@pytest.mark.words
@pytest.mark.parametrize(
    "options",
    [["--format", "xml"], ["--format", "fhir", "--json"], ["--format", "fhir", "--full"],
     ["--format", "fhir", "--note"], ["--format", "fhir", "--plain"], ["--format", "fhir", "--country", "Germany"],
     ["--format", "fhir", "--section", "stage"]],
)  # fmt: skip
def test_what_does_not_go_together_is_said(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *RECORD, *options)
    assert (code, out) == (2, "")
    assert "--format" in err
