"""A made-up OMOP database as a place of either engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from omop_cdm import Cdm

from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.writing.omop import write_parquet, write_postgres

_numbers = count()


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.engines)])
def place_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Cdm], str]:
    """Where a made-up database is read: a folder of Parquet files, and a schema of PostgreSQL."""

    def put(cdm: Cdm) -> str:
        name = f"case_{os.getpid()}_{next(_numbers)}"
        if request.param == "duckdb":
            write_parquet(cdm.tables(), tmp_path / name)
            return str(tmp_path / name)
        request.getfixturevalue("password")
        address = request.getfixturevalue("server").address(name)
        write_postgres(cdm.tables(), Place.of(address))
        return str(address)

    return put
