"""A cohort's folder as an engine sees it: tables that nobody reads as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw

from sarcoma._arguments import checked
from sarcoma.cohort import About
from sarcoma.cohort.folder import FOLLOW_UP, HISTORIES, TABLES, table_files
from sarcoma.cohort.follow_up_file import FOLLOW_UP_SCHEMA
from sarcoma.cohort.histories_file import HISTORIES_SCHEMA
from sarcoma.errors import CohortError
from sarcoma.scale.engine import Engine, broken


@dataclass(frozen=True, eq=False)
class CohortFiles:
    """The tables of a cohort in an engine.

    patients : one row a patient, id and the fields of the record. follow_up : one row a patient
    (`cohort.follow_up_file`). histories : one row a stay (`cohort.histories_file`).
    """

    about: About
    engine: Engine
    patients: nw.LazyFrame[Any]
    follow_up: nw.LazyFrame[Any]
    histories: nw.LazyFrame[Any]

    @classmethod
    @checked
    def open(cls, folder: Path | str, engine: Engine) -> CohortFiles:
        """The tables of a folder, as long as the engine is open.

        Raises
        ------
        CohortError : a file or a column of it is missing, or it is not the one of the account.
        TableError : the engine cannot read one.
        """
        files, account = table_files(Path(folder), (TABLES[0], FOLLOW_UP, HISTORIES))
        about = About.of_account(account)
        kept = [name for name, place in files.items() if place.name.startswith(".")]
        if kept and engine.folders:
            raise CohortError(
                f"{kept[0]}: a writing broke off, and the table of the account is kept under a name that {engine.name} "
                "passes over; make the cohort again with: sarcoma cohort read"
            )
        try:
            tables = [engine.parquet(place) for place in files.values()]
            for name, table, schema in zip(files, tables, (("id",), FOLLOW_UP_SCHEMA, HISTORIES_SCHEMA), strict=True):
                for column in set(schema) - set(table.collect_schema().names()):
                    raise CohortError(f"{name}: {column} is missing; make the cohort again with: sarcoma cohort read")
        except engine.faults as error:
            raise broken(engine, error, Path(folder).name) from None
        return cls(about, engine, *tables)

    def count(self, joined: int | None = None) -> int:
        """How many patients there are.

        Parameters
        ----------
        joined : how many are in both tables of patients, where that has been counted.

        Raises
        ------
        CohortError : the two are not of the same patients.
        """
        if joined is None:
            joined = self._rows(self.patients.select("id").join(self.follow_up.select("id"), on="id", how="inner"))
        if [self._rows(self.patients), self._rows(self.follow_up)] != [joined, joined]:
            raise CohortError(
                f"{TABLES[0]} and {FOLLOW_UP} are not of the same patients; make the cohort again with: sarcoma cohort "
                "read"
            )
        return joined

    def _rows(self, table: nw.LazyFrame[Any]) -> int:
        return int(self.engine.small(table.select(nw.len().alias("n"))).item())
