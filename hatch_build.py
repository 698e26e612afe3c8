"""Build hook: compile the YAML folders, so that an installed package starts fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("src/sarcoma/evidence/data", "src/sarcoma/models/cards", "src/sarcoma/patient/data")


class CompileData(BuildHookInterface):  # type: ignore[type-arg]
    """Write `compiled.json` beside the YAML of each folder."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        try:
            from sarcoma._files import read_folder

            for folder in FOLDERS:
                read_folder(root / folder)
        finally:
            sys.path.pop(0)
