"""FHIR as NDJSON: everybody of a folder is read or refused, with the reason; as a cohort nobody is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_up import LOINC, as_bytes, bundle, coded, condition, measured, observation, person, procedure, spread

from sarcoma.cli import main
from sarcoma.cohort import Cohort, make_cohort, open_source
from sarcoma.errors import BundleError
from sarcoma.exchange import Reading, Refused, cohort_source, read_ndjson


def about(name: str, *resources: dict[str, Any], **who: Any) -> list[dict[str, Any]]:
    """A person and their resources under names of their own."""
    subject = {"reference": f"Patient/{name}"}
    return [person(**{**who, "id": name}), *({**r, "id": f"{name}-{r['id']}", "subject": subject} for r in resources)]


PEOPLE = [
    *about("a", condition(), spread(onsetDateTime="2025-03-05"), procedure(), deceasedDateTime="2026-01-05"),
    *about("b", condition(), measured("x", "1751-7", 41, "g/L", effectiveDateTime="2025-09-09")),
    *about("c", condition(onsetDateTime=None)),
    *about("d", observation("h", coded(LOINC, "718-7"), valueInteger=1)),
    condition("lost", subject={"reference": "Patient/nobody"}),
]


def export(folder: Path) -> Path:
    """A bulk export: one file a type of resource."""
    by_kind: dict[str, list[str]] = {}
    for one in PEOPLE:
        by_kind.setdefault(one["resourceType"], []).append(json.dumps(one))
    for kind, lines in by_kind.items():
        (folder / f"{kind}.ndjson").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return folder


@pytest.mark.words
def test_a_bulk_export_is_read_person_by_person(tmp_path: Path) -> None:
    found = list(read_ndjson(export(tmp_path)))
    assert len(found) == 5
    read = {one.name: one for one in found if isinstance(one, Reading)}
    assert set(read) == {"a", "b", "c"}
    assert read["a"].patient.metastases[0].organ == "lung"
    assert read["b"].origins["albumin"].path.startswith("Observation.ndjson: line 1")
    refused = [one for one in found if isinstance(one, Refused)]
    assert {one.place.partition(":")[0] for one in refused} == {"Observation.ndjson", "Condition.ndjson"}
    assert "nobody" not in repr(refused)


def test_a_version_in_a_reference_is_of_the_same_person(tmp_path: Path) -> None:
    export(tmp_path)
    lines = (tmp_path / "Condition.ndjson").read_text("utf-8")
    (tmp_path / "Condition.ndjson").write_text(lines.replace("Patient/a", "Patient/a/_history/1"), "utf-8")
    read = {one.name: one for one in read_ndjson(tmp_path) if isinstance(one, Reading)}
    assert set(read) == {"a", "b", "c"}
    assert read["a"].patient.metastases[0].organ == "lung"


def test_an_export_may_have_any_number_of_files(tmp_path: Path) -> None:
    for number in range(140):
        lines = map(json.dumps, about(f"p{number}", condition()))
        (tmp_path / f"part-{number}.ndjson").write_text("\n".join(lines), "utf-8")
    assert sum(isinstance(one, Reading) for one in read_ndjson(tmp_path)) == 140


@pytest.mark.words
def test_a_file_with_one_bundle_a_line(tmp_path: Path) -> None:
    lines = [as_bytes(bundle(condition())), b"{", as_bytes(bundle(condition(), person(id="q"))), b" "]
    (tmp_path / "people.ndjson").write_bytes(b"\n".join(lines))
    found = list(read_ndjson(tmp_path / "people.ndjson"))
    assert [type(one) for one in found] == [Reading, Refused, Refused]
    assert found[1].place == "people.ndjson: line 2"


@pytest.mark.words
def test_a_line_that_cannot_be_read_stops_a_bulk_export_as_it_may_be_about_anybody(tmp_path: Path) -> None:
    export(tmp_path)
    with (tmp_path / "Condition.ndjson").open("a", encoding="utf-8") as file:
        file.write('{"resourceType": "Condition", \n')
    with pytest.raises(BundleError, match=r"Condition\.ndjson: line 7"):
        list(read_ndjson(tmp_path))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        list(read_ndjson(tmp_path))


def test_rows_in_are_rows_used_and_rows_refused_by_reason(tmp_path: Path) -> None:
    cohort = make_cohort(open_source(export(tmp_path), more=(cohort_source,)))
    assert (cohort.about.rows_in, cohort.about.rows_used, cohort.about.rows_refused) == (5, 2, 3)
    assert sum(part.count for part in cohort.about.refused) == 3
    patients = {row["id"]: row for row in cohort.patients.iter_rows(named=True)}
    assert patients["a"]["metastases"] == "none", "the record stands at the diagnosis"
    assert "albumin" not in patients["b"], "measured a year after the diagnosis"
    assert patients["a"]["surgery"] == "resected"
    events = {(row["id"], row["event"]): row["months"] for row in cohort.events.iter_rows(named=True)}
    assert events["a", "metastasis"] == 11.992
    assert events["a", "death"] == 22.045
    assert events["b", "last-contact"] == 18.168


def test_the_command_reads_a_folder_of_fhir(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "export").mkdir()
    export(tmp_path / "export")
    with pytest.raises(SystemExit) as leaving:
        main(["cohort", "read", str(tmp_path / "export"), "--to", str(tmp_path / "cohort"), "--json"])
    assert leaving.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows_in"], said["rows_used"], said["patients"]) == (5, 2, 2)
    assert len(Cohort.open(tmp_path / "cohort")) == 2


@pytest.mark.words
def test_the_command_reads_a_bundle_and_tells_where_each_field_came_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(as_bytes(bundle(condition(), spread(onsetDateTime="2025"))))

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as leaving:
            main(["outlook", "--fhir", str(path), *arguments])
        said = capsys.readouterr()
        return int(leaving.value.code or 0), said.out, said.err

    code, out, err = run("--account")
    assert code == 0
    assert "entry[1].resource.code" in out
    assert "1 not known" in err
    code, out, _ = run("--json", "--size", "7")
    data = json.loads(out)
    assert code == 0
    assert data["record"]["size_cm"] == 7
    assert data["reading"]["record"]["histologic_type"] == "leiomyosarcoma"
    code, out, err = run("--condition", "other")
    assert code == 2
    assert "bundle" in err
    assert run("--file", str(path))[0] == 2
