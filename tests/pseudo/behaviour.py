"""What the package does, as JSON: outlooks, exit statuses, HTTP statuses, codes. Run with and without pseudo-text.

    python tests/pseudo/behaviour.py [FOLDER]

FOLDER is where the command line may write.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

PEOPLE: tuple[dict[str, Any], ...] = (
    {},
    {
        "age": 62,
        "type": "leiomyosarcoma",
        "site": "lower limb",
        "size": 7,
        "depth": "deep",
        "grade": 3,
        "surgery": "done",
    },
    {"age": 55, "type": "UPS", "site": "thigh", "size": 12, "grade": 3, "metastases": ["lung@14", "bone"]},
    {"age": 40, "type": "myxofibrosarcoma", "local_recurrence": True, "landmark": 30},
    {"age": 9, "type": "embryonal rhabdomyosarcoma", "metastases": ["lung@0"]},
    {"age": 70, "type": "leiomyosarcoma", "metastases": ["liver@3"], "landmark": 20},
    {"age": 48, "type": "dedifferentiated liposarcoma", "site": "retroperitoneum", "multifocal": "no", "size": 22},
    {"type": "GIST"},
    {"age": 300, "grade": 7, "size": "big", "metastases": ["lung@-3", "nose"]},
)
CASE = ["outlook", "--age", "62", "--type", "leiomyosarcoma", "--size", "7", "--depth", "deep", "--grade", "3"]
CALLS: tuple[list[str], ...] = (
    CASE,
    [*CASE, "--plain", "--survival"],
    [*CASE, "--json"],
    [*CASE, "--metastasis", "lung@14", "--survival"],
    ["outlook", "--age", "300"],
    ["outlook", "--grade", "7"],
    ["outlook", "--colour", "red"],
    ["outlook", "--type", "no such sarcoma"],
    ["outlook", "--template", "csv"],
    ["outlook", "--template", "pdf"],
    ["outlook", "--table", "nowhere.csv", "--out", "o.csv"],
    ["why", "B21"],
    ["why", "kattan-2002", "--json"],
    ["why", "nothing"],
    ["models"],
    ["models", "course-tcga"],
    ["models", "nothing"],
    ["types"],
    ["types", "LMS"],
    ["types", "nothing"],
    ["people", "Germany"],
    ["people", "Nowhere"],
    ["schema"],
    ["card", "lint", "nothing.yaml"],
    ["cohort", "simulate", "--patients", "120", "--to", "made-up.csv", "--seed", "1"],
    ["cohort", "read", "made-up.csv", "--mapping", "simulated", "--to", "cohort"],
    ["cohort", "read", "made-up.csv", "--mapping", "nothing", "--to", "other"],
    ["cohort", "map", "made-up.csv"],
    ["cohort", "check", "cohort", "--json"],
    ["cohort", "describe", "cohort", "--json"],
    ["cohort", "table1", "cohort", "--by", "grade", "--to", "t1.csv"],
    ["cohort", "table1", "cohort", "--to", "t1.rtf"],
    ["cohort", "hazards", "cohort", "--term", "age"],
    ["cohort", "curves", "cohort", "--by", "sex"],
    ["cohort", "describe", "nowhere"],
    ["validate", "kattan-2002", "--cohort", "cohort", "--unknown-cause", "sarcoma"],
    ["validate", "nothing", "--cohort", "cohort"],
    ["nonsense"],
)
PAGES = (
    "/",
    "/understand",
    "/situation",
    "/models",
    "/models/kattan-2002",
    "/models/none",
    "/evidence/B21",
    "/nowhere",
)
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/situation", {"age": "62", "histologic_type": "leiomyosarcoma", "metastases": "yes", "metastasis_months": "14"}),
    ("/situation", {"age": "about sixty"}),
    ("/survival/shown", {"age": "62", "metastases": "none"}),
    ("/team", {"age": "62", "grade": "3", "size_cm": "7"}),
    ("/team.json", {"grade": "9"}),
    ("/team.txt", {"grade": "9"}),
    ("/page", {"size_cm": "-1"}),
)
API: tuple[tuple[str, Any], ...] = (
    ("/api/outlook", {"age": 62, "grade": "3"}),
    ("/api/outlook", {"age": -5, "grade": 9, "histologic_type": "no such sarcoma", "colour": "red"}),
    ("/api/outlook", []),
    ("/api/validate-record", {"metastases": ["nose@3"], "size_cm": "big"}),
    ("/api/validate-record", {"age": 62, "landmark_months": 3, "surgery_months": 9}),
)


def outlooks() -> list[Any]:
    """The outlook of each person, or what is wrong with the record, by kind."""
    import sarcoma
    from sarcoma.errors import RecordError
    from sarcoma.report import as_data

    told: list[Any] = []
    for person in PEOPLE:
        try:
            patient = sarcoma.Patient(**person)
        except RecordError as error:
            told.append([[p.field, p.kind, p.text] for p in error.problems])
            continue
        told.extend(as_data(sarcoma.outlook_of(patient, audience=audience)) for audience in ("teams", "everyone"))
    return told


def exit_statuses() -> list[int]:
    """The exit status of each call of the command line, in turn."""
    from sarcoma import cli

    statuses = []
    for call in CALLS:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                cli.main(call)
                statuses.append(0)
            except SystemExit as end:
                statuses.append(int(end.code or 0))
    return statuses


def answers() -> list[Any]:
    """Status, and JSON where there is some, of each request."""
    from starlette.testclient import TestClient

    from sarcoma.web import create_app

    with TestClient(create_app(), follow_redirects=False) as client:
        made = [client.get(path) for path in PAGES]
        made += [client.post(path, data=form) for path, form in FORMS]
        made += [client.post(path, json=body) for path, body in API]
        made += [client.get("/api/models/none"), client.get("/api/models"), client.get("/api/evidence/B21")]
    is_json = [a.headers.get("content-type", "").startswith("application/json") for a in made]
    return [[a.status_code, a.json() if data else None] for a, data in zip(made, is_json, strict=True)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import os

        os.chdir(Path(sys.argv[1]))
    print(json.dumps({"outlooks": outlooks(), "exit": exit_statuses(), "http": answers()}))
