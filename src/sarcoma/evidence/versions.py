"""What every JSON carries: the version of its own form, of the product and of the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sarcoma._version import __version__
from sarcoma.evidence.library import library

SCHEMA_VERSION = 2
"""Counts up when a name in the JSON goes or means something else; new names do not count.

1 is what version 0.1 wrote without saying so. 2 carries versions and the record as codes, and lists have a name.
"""

NAMES = ("schema_version", "product_version", "evidence_version", "evidence_changed_on")


def versions() -> dict[str, Any]:
    """The versions by their names; `evidence_changed_on` is the day of the newest change that is logged."""
    lib = library()
    return dict(zip(NAMES, (SCHEMA_VERSION, __version__, lib.version, lib.changed_on.isoformat()), strict=True))


def versioned(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data with the versions before it; data that carries them already stays as it is."""
    return dict(data) if "schema_version" in data else {**versions(), **data}
