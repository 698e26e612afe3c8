"""A Reading, and an entry of the code tables, as text: where each field came from, and what is not known and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sarcoma.exchange import Code, Reading
from sarcoma.patient import field_specs
from sarcoma.patient.metastasis import metastases_text
from sarcoma.report.draft import Draft


def reading_text(reading: Reading) -> str:
    """The account of a reading, to read; it holds the values of the person."""
    page = Draft()
    page.heading("What was read")
    for name, origin in reading.origins.items():
        when = f", {origin.date}" if origin.date else ""
        page.item(f"{_label(name)}: {_value(reading, name)}")
        page.text(f"{origin.reference}{when}: {origin.path}", indent=4)
    for title, found in (
        ("Not known, although something was said", reading.unknown),
        ("In conflict", reading.conflicts),
    ):
        if found:
            page.blank()
            page.subheading(title)
            for name, reason in found.items():
                page.item(f"{_label(name)}: {reason}")
    if reading.assumed:
        page.blank()
        page.subheading("Taken as: has not happened, because nothing is said of it")
        page.item(", ".join(_label(name) for name in reading.assumed))
    if reading.unread:
        page.blank()
        page.subheading("Codes that stand in no table (add them with --codes)")
        for one in reading.unread:
            page.item(one.text)
    if reading.stated:
        page.blank()
        page.subheading("Stage as the sender gives it, and ours")
        for stated in reading.stated:
            ours = " or ".join(stated.derived) or "none"
            beside = {True: "they differ", False: "ours allows it", None: "not compared"}[stated.differs]
            page.item(f"{stated.part}: {stated.said or 'not read'}; ours: {ours} ({beside})")
    if reading.remarks:
        page.blank()
        page.subheading("Remarks")
        for remark in reading.remarks:
            page.item(f"{remark.path}: {remark.text}")
    return str(page)


def reading_in_short(reading: Reading) -> str:
    """How much was read, in one line without a value."""
    said = [f"{len(reading.origins)} fields read"]
    for count, words in (
        (len(reading.unknown), "not known, with the reason"),
        (len(reading.conflicts), "in conflict"),
        (len(reading.unread), "codes not read"),
    ):
        if count:
            said.append(f"{count} {words}")
    return ", ".join(said) + "; --account shows where each came from."


def codes_text(codes: Sequence[Code]) -> str:
    """What a code means, in each table that has it."""
    page = Draft()
    page.heading(f"{codes[0].key} (code)")
    for code in codes:
        for name, text in codes_data([code])["codes"][0].items():
            if text:
                page.row(name.replace("_", " "), str(text), width=22)
        page.blank()
    return str(page)


def codes_data(codes: Sequence[Code]) -> dict[str, Any]:
    """The same as data."""
    return {
        "codes": [
            {
                "table": code.table,
                "system": code.system,
                "code": code.code,
                "called": code.name,
                "value": code.value,
                "factor": code.factor,
                "read_in": code.read_in,
                "marks": ", ".join(code.marks),
            }
            for code in codes
        ]
    }


def _label(name: str) -> str:
    field, _, part = name.partition(".")
    spec = field_specs().get(field)
    return (spec.label if spec is not None else field) + (f" ({part})" if part else "")


def _value(reading: Reading, name: str) -> str:
    value = getattr(reading.patient, name)
    if value is None:
        return "unknown"
    if name == "metastases":
        return metastases_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    spec = field_specs()[name]
    return f"{value:g} {spec.unit or ''}".strip() if isinstance(value, float) else str(value)
