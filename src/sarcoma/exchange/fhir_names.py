"""Names of our own in FHIR: extensions and code systems, as `profiles/` defines them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from sarcoma._arguments import checked

PROFILES = Path(__file__).with_name("profiles")

CANONICAL = "urn:sarcoma-outlook"
INTERVAL = f"{CANONICAL}:StructureDefinition:interval"
"""The interval around a known probability: which it is, and its ends in per cent."""
TIME_ZERO = f"{CANONICAL}:StructureDefinition:time-zero"
"""From when the months of a range count."""
MODELS = f"{CANONICAL}:CodeSystem:model"
OUTCOMES = f"{CANONICAL}:CodeSystem:outcome"
DERIVED = f"{CANONICAL}:CodeSystem:derived"


@checked
def structure_definitions() -> dict[str, dict[str, Any]]:
    """The definitions of our extensions, by their address."""
    return json.loads(json.dumps(_definitions()))  # type: ignore[no-any-return]


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    found = (
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PROFILES.glob("StructureDefinition-*.json"))
    )
    return {definition["url"]: definition for definition in found}
