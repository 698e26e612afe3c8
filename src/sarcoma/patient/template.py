"""What is derived from the schema: the CSV template, the JSON Schema, the documentation page."""

from __future__ import annotations

import csv
import io
from typing import Any

from sarcoma.patient.field_file import field_specs
from sarcoma.patient.record import Patient

EXAMPLE: dict[str, str] = {
    "age": "62",
    "histologic_type": "leiomyosarcoma",
    "site": "lower limb",
    "size_cm": "7",
    "depth": "deep",
    "grade": "3",
    "surgery": "resected",
}
"""A made-up person for the template's example row."""


def csv_template() -> str:
    """A header with every field of the record and one made-up row; empty cells are unknown."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", *field_specs()])
    defaults = {"presentation": "primary", "metastases": "none", "local_recurrence": "no"}
    writer.writerow(["example-1", *(EXAMPLE.get(name, defaults.get(name, "")) for name in field_specs())])
    return out.getvalue()


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the Patient record."""
    schema = Patient.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Patient"}


def markdown_page() -> str:
    """The fields as a Markdown page, by group."""
    lines = [
        "# The Patient record",
        "",
        "One record describes one person at one landmark. Every field may be left out or be `unknown`. This page is",
        "made from the schema (`sarcoma schema --markdown`); do not edit it by hand.",
        "",
        "`presentation`, `metastases` and `local_recurrence` say what has happened: left out, nothing has; write",
        "`unknown` where that is not known. Times are months since diagnosis (30.4375 days), or dates if",
        "`diagnosis_date` is given.",
        "",
    ]
    group = ""
    for name, spec in field_specs().items():
        if spec.group != group:
            group = spec.group
            lines += [f"## {group.capitalize()}", "", "| Field | Option | What | Values |", "|---|---|---|---|"]
        codes = spec.code_list()
        if codes and len(codes) <= 14:
            values = "; ".join(f"`{code}` {label}" if label != code else f"`{code}`" for code, label in codes.items())
        else:
            values = spec.range_text() or f"such as `{spec.example}`"
        option = "--" + (spec.flag or name).replace("_", "-")
        lines.append(f"| `{name}` | `{option}` | **{spec.label}.** {spec.help} | {values.replace('|', '/')} |")
        following = list(field_specs())
        position = following.index(name)
        if position + 1 == len(following) or field_specs()[following[position + 1]].group != group:
            lines.append("")
    return "\n".join(lines)
