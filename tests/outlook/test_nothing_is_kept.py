"""Nothing about a person stays in the process: caches hold what the product knows, not whom it was asked about."""

from __future__ import annotations

import gc
from typing import Any

import pytest

import sarcoma
from sarcoma.errors import TypeLookupError
from sarcoma.patient import Patient
from sarcoma.patient.histology import resolve_type
from sarcoma.patient.stage import Situation, stage

CASE: dict[str, Any] = {
    "age": 62,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "surgery": "resected",
    "multifocal": False,
}


def sizes() -> dict[str, int]:
    """How much every cache of the package holds."""
    found: dict[str, int] = {}
    for thing in gc.get_objects():
        if hasattr(type(thing), "cache_info") and str(getattr(thing, "__module__", "")).startswith("sarcoma"):
            name = f"{thing.__module__}.{thing.__qualname__}"
            found[name] = found.get(name, 0) + thing.cache_info().currsize
    return found


def test_no_cache_grows_with_what_someone_typed_or_with_their_numbers() -> None:
    with pytest.raises(TypeLookupError):
        resolve_type("no such thing")
    for metastases in ("none", "lung@8"):
        sarcoma.outlook_of(Patient(**CASE, metastases=metastases, landmark_months=8))
    before = sizes()
    assert before
    for typed, size, age, months in (("LMS", 7.31, 41.7, 8.2), ("leiomyosarcoma,  NOS", 8.02, 73.1, 9.1)):
        for metastases in ("none", f"lung@{months}"):
            changes = {"type": typed, "size": size, "age": age}
            sarcoma.outlook_of(Patient(**{**CASE, **changes}, metastases=metastases, landmark_months=months))
    with pytest.raises(TypeLookupError):
        resolve_type("my own words")
    assert sizes() == before


def test_stages_are_remembered_by_the_step_of_the_tables() -> None:
    known: dict[str, Any] = {
        "chapters": frozenset(("extremity-trunk",)),
        "extent": None,
        "invasion": frozenset[str](),
        "nodes": "negative",
        "metastatic": False,
        "grades": frozenset(("3",)),
        "is_uterine_adenosarcoma": False,
        "myometrial_invasion": None,
        "multifocal": None,
    }
    assert stage(Situation(**known, size_cm=7.31, foci=7)) is stage(Situation(**known, size_cm=9.99, foci=11))
    assert stage(Situation(**known, size_cm=5.0, foci=1)) is not stage(Situation(**known, size_cm=5.01, foci=1))
