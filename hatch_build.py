"""Build hook: compile and validate the YAML folders, so that an installed package starts fast.

What is written depends on the sources alone, so that the same sources give the same wheel.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = (
    "src/sarcoma/evidence/data",
    "src/sarcoma/exchange/codes",
    "src/sarcoma/models/cards",
    "src/sarcoma/patient/data",
)


class CompileData(BuildHookInterface):  # type: ignore[type-arg]
    """Write `compiled.json` beside the YAML of each folder, and `validated.json` where it is of entries."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        try:
            from sarcoma._files import read_folder
            from sarcoma.evidence import library
            from sarcoma.models import cards

            for folder in FOLDERS:
                for made in [*(root / folder).glob("*.json"), *(root / folder).glob("*.seen")]:
                    made.unlink()
                read_folder(root / folder)
            assert library().sources and cards()  # noqa: PT018, S101 - reading them writes what was validated
        finally:
            sys.path.pop(0)
