"""Treatments: for which types, with what results, and what regulators have decided."""

from __future__ import annotations

import datetime
from typing import Literal

from sarcoma.evidence.entry import Entry, Key, Mark, Text
from sarcoma.evidence.rule import Rule


class Approval(Entry):
    """What a regulator decided, and when. `date` may be a year or a month if no more is known."""

    regulator: Text
    status: Literal["approved", "accelerated-approval", "withdrawn", "designation", "not-approved", "off-label"]
    date: str | None = None  # YYYY, YYYY-MM or YYYY-MM-DD
    indication: Text
    sources: tuple[Key, ...]
    marks: tuple[Mark, ...] = ()
    note: Text | None = None


class Code(Entry):
    """A code of a treatment in a terminology (ATC, HemOnc/Athena)."""

    system: Literal["ATC", "ATC (older edition)", "HemOnc"]
    code: str
    marks: tuple[Mark, ...] = ()


class Treatment(Entry):
    """A treatment or regimen. `types` are histologic type ids, `family:` groups, or `any`.

    `for_whom` is a rule on the record (markers, site, earlier treatment) that must not be broken for the
    treatment to be listed; a marker that is unknown leaves it listed, with the test to ask for.
    """

    id: Key
    name: Text
    plain_name: Text
    kind: Literal[
        "surgery",
        "radiotherapy",
        "ablation",
        "chemotherapy",
        "targeted",
        "immunotherapy",
        "cell-therapy",
        "supportive",
        "adjuvant-chemotherapy",
    ]
    components: tuple[str, ...] = ()  # ids of the drugs in a regimen
    types: tuple[str, ...]
    excluded_types: tuple[str, ...] = ()
    setting: Literal["localised", "first-line", "later-line", "any-metastatic", "local-treatment-of-metastases"]
    for_whom: Rule = ()
    statement: Text
    plain: Text
    results: tuple[Key, ...] = ()  # facts
    approvals: tuple[Approval, ...] = ()
    codes: tuple[Code, ...] = ()
    sources: tuple[Key, ...]
    caution: Text | None = None
    plain_caution: Text | None = None
    no_longer_available: bool = False
    synonyms: tuple[Text, ...] = ()
    record_only: bool = False  # a code for what a person has had, with no evidence entry of its own
    checked: datetime.date
    note: Text | None = None
