"""Outlooks of made-up people as version 0.1 wrote them, for the tests of what an earlier outlook may be.

    python scripts/outlooks_0_1.py SRC

SRC is the `src` of a checkout of version 0.1 (commit e892208). Each call is `sarcoma outlook OPTIONS --json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TO = Path(__file__).parents[1] / "tests" / "report" / "outlooks_0.1"

PEOPLE: dict[str, list[str]] = {
    "leg-resected": ["--age", "62", "--type", "leiomyosarcoma", "--site", "lower limb", "--size", "7", "--depth",
                     "deep", "--grade", "3", "--surgery", "resected"],
    "lung-metastases": ["--age", "55", "--type", "UPS", "--site", "thigh", "--size", "12", "--grade", "3",
                        "--metastasis", "lung@14", "--landmark", "16"],
    "belly-back": ["--age", "48", "--type", "dedifferentiated liposarcoma", "--site", "retroperitoneum", "--size", "22",
                   "--multifocal", "no", "--local-recurrence", "yes"],
    "child": ["--age", "9", "--type", "embryonal rhabdomyosarcoma", "--metastasis", "lung@0"],
    "type-only": ["--type", "myxoid liposarcoma"],
}  # fmt: skip


def main(source: str) -> None:
    """Write every outlook, on one line each to keep the files small."""
    for name, options in PEOPLE.items():
        done = subprocess.run(
            [sys.executable, "-m", "sarcoma", "outlook", *options, "--json"],
            env=os.environ | {"PYTHONPATH": source}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        text = json.dumps(json.loads(done.stdout), ensure_ascii=False, separators=(",", ":"))
        (TO / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
