"""How fast Bundles of ten resources become Readings, how much memory that takes, and the outlook after it apart.

    python benchmarks/fhir.py [--bundles 2000] [--patients 100000]

The people are made up. NDJSON is a bulk export: one file a type of resource, read in a process of its own.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
UCUM, ICDO3 = "http://unitsofmeasure.org", "http://terminology.hl7.org/CodeSystem/icd-o-3"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def person(number: int, draw: random.Random) -> list[dict[str, Any]]:
    """Ten resources about one made-up person."""
    name = f"p{number}"
    subject = {"reference": f"Patient/{name}"}
    year = draw.randint(2008, 2020)

    def day(after: int = 0) -> str:
        return f"{year + after}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"

    onset, histology = day(), draw.choice(["8890/3", "8858/3", "8802/3"])

    def observed(what: str, code: dict[str, Any], **value: Any) -> dict[str, Any]:
        about = {"focus": [{"reference": f"Condition/{name}-c"}], "effectiveDateTime": onset}
        return {
            "resourceType": "Observation",
            "id": f"{name}-{what}",
            "status": "final",
            "code": code,
            "subject": subject,
            **about,
            **value,
        }

    size = {"value": draw.randint(20, 180), "unit": "mm", "system": UCUM, "code": "mm"}
    return [
        {
            "resourceType": "Patient",
            "id": name,
            "gender": draw.choice(["female", "male"]),
            "birthDate": f"{draw.randint(1930, 1985)}-05-02",
            **({"deceasedDateTime": day(5)} if draw.random() < 0.4 else {}),
        },
        {
            "resourceType": "Condition",
            "id": f"{name}-c",
            "subject": subject,
            "code": coded(ICDO3, histology),
            "bodySite": [coded(ICDO3, draw.choice(["C49.2", "C49.1", "C48.0"]))],
            "onsetDateTime": onset,
        },
        observed("h", coded(LOINC, "31206-6"), valueCodeableConcept=coded(ICDO3, histology)),
        observed("s", coded(LOINC, "21889-1"), component=[{"code": coded(LOINC, "33728-7"), "valueQuantity": size}]),
        observed("g", coded(NCIT, "C18000"), method={"text": "FNCLCC"}, valueCodeableConcept=coded(SNOMED, "61026006")),
        observed("e", coded(LOINC, "89247-1"), valueInteger=draw.randint(0, 2)),
        observed(
            "a", coded(LOINC, "1751-7"), valueQuantity={"value": 4.1, "unit": "g/dL", "system": UCUM, "code": "g/dL"}
        ),
        {
            "resourceType": "Procedure",
            "id": f"{name}-o",
            "status": "completed",
            "subject": subject,
            "code": coded(SNOMED, "65801008"),
            "performedDateTime": day(1),
        },
        {
            "resourceType": "Condition",
            "id": f"{name}-m",
            "subject": subject,
            "code": coded(SNOMED, "94391008"),
            "onsetDateTime": day(2),
        },
        {
            "resourceType": "MedicationAdministration",
            "id": f"{name}-d",
            "status": "completed",
            "subject": subject,
            "medicationCodeableConcept": coded(RXNORM, "3639"),
            "effectiveDateTime": day(3),
        },
    ]


def bundles(count: int) -> Iterator[bytes]:
    draw = random.Random(0)
    for number in range(count):
        entries = [{"resource": part} for part in person(number, draw)]
        yield json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def export(folder: Path, patients: int) -> None:
    """A bulk export of made-up people."""
    draw = random.Random(0)
    kinds = ("Patient", "Condition", "Observation", "Procedure", "MedicationAdministration")
    files = {kind: (folder / f"{kind}.ndjson").open("w", encoding="utf-8") for kind in kinds}
    for number in range(patients):
        for part in person(number, draw):
            files[part["resourceType"]].write(json.dumps(part) + "\n")
    for file in files.values():
        file.close()


def memory_of(make: Any) -> float:
    tracemalloc.start()
    kept = make()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return most / 1024


_STREAM = """
import resource, sys, time
from sarcoma.exchange import Refused, read_ndjson
start, read, refused = time.perf_counter(), 0, 0
for one in read_ndjson(sys.argv[1]):
    refused += isinstance(one, Refused)
    read += 1
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"ndjson     {read:,} people ({refused:,} refused) in {time.perf_counter() - start:.0f} s, at most {most:.0f} MB")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bundles", type=int, default=2000)
    parser.add_argument("--patients", type=int, default=0)
    asked = parser.parse_args()
    from sarcoma.exchange import read_bundle
    from sarcoma.outlook import outlook_of
    from sarcoma.patient import Patient

    raw = list(bundles(asked.bundles))
    for one in raw[:50]:
        read_bundle(one)
    for what, step in (("json", json.loads), ("reading", read_bundle)):
        start = time.process_time()
        for one in raw:
            step(one)
        print(f"{what:<10} {len(raw) / (time.process_time() - start):8,.0f} a CPU second")
    known = [read_bundle(one).patient for one in raw[:500]]
    fields = [patient.model_dump(exclude_unset=True) for patient in known]
    start = time.process_time()
    for one_record in fields:
        Patient(**copy.copy(one_record))
    print(f"record     {1000 * (time.process_time() - start) / len(fields):8.2f} ms each, of what a reading takes")
    start = time.process_time()
    for patient in known[:60]:
        outlook_of(patient)
    print(f"outlook    {1000 * (time.process_time() - start) / 60:8.2f} ms each, apart")
    parsed = memory_of(lambda: json.loads(raw[0]))
    reading = memory_of(lambda: read_bundle(raw[0]))
    print(
        f"memory     {reading:.0f} kB at most for a reading, {parsed:.0f} kB for its JSON: {reading / parsed:.1f} times"
    )
    if asked.patients:
        with tempfile.TemporaryDirectory() as name:
            export(Path(name), asked.patients)
            subprocess.run([sys.executable, "-c", _STREAM, name], check=True)
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            cohort = [sys.executable, "-m", "sarcoma", "cohort", "read", name, "--to", f"{name}/cohort"]
            start = time.perf_counter()
            subprocess.run(cohort, check=True, stdout=subprocess.DEVNULL)
            after = max(most, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
            print(f"cohort     read in {time.perf_counter() - start:.0f} s, at most {after:.0f} MB")


if __name__ == "__main__":
    main()
