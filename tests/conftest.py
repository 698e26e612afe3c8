"""Shared: where real data may lie (never in the project), and a made-up person."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples on every run; HYPOTHESIS_PROFILE=default searches anew
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

ROOT = Path(__file__).parents[1]
REAL_DATA = Path(os.environ.get("SARCOMA_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data, which is not part of the project."""
    return REAL_DATA


@pytest.fixture(scope="session")
def tcga(real_data: Path) -> Path:
    """The public TCGA-SARC table, which is not part of the project."""
    path = real_data / "tcga_sarc" / "patients.csv"
    if not path.is_file():
        pytest.skip("the public TCGA-SARC table is not on this machine (set SARCOMA_DATA)")
    return path


@pytest.fixture
def made_up() -> dict[str, object]:
    """A made-up person with a resected leiomyosarcoma of the lower limb."""
    return {
        "age": 62,
        "type": "leiomyosarcoma",
        "site": "lower limb",
        "size": 7,
        "depth": "deep",
        "grade": 3,
        "surgery": "resected",
    }
