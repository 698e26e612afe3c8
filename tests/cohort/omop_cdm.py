"""A small OMOP database, written by hand row by row."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl

from sarcoma.cohort.reading.omop.tables import tables
from sarcoma.cohort.writing.omop_tables import OmopTables

YES, NO, UNKNOWN = 4188539, 4188540, 4129922
LUNG, LIVER, BONE = 36770283, 36770544, 36769301
R0, R1, R2 = 1634643, 1633801, 1634484
CM, MM = 8582, 8588
SIZE = 36768664
G1, G2, G3 = 1634371, 1634752, 1633749
PROCEDURE, CONDITION, EPISODE = 1147082, 1147127, 756290


def day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


class Cdm:
    """Rows by table; ids count up."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables()}
        self.codes: dict[str, int] = {}
        self.number = 1000

    def add(self, table: str, **values: Any) -> int:
        """A row; what is not told is 0 where it must be something, and empty else."""
        self.number += 1
        row: dict[str, Any] = {}
        for column in tables()[table].columns:
            value = values.pop(column.name, None)
            if value is None and column.key:
                value = self.number
            if column.type == "date" and isinstance(value, str):
                value = day(value)
            if value is None and column.required and column.name not in values:
                value = {"integer": 0, "date": datetime.date(1970, 1, 1)}.get(column.type, "-")
            row[column.name] = value
        assert not values, values
        self.rows[table].append(row)
        keys = [column.name for column in tables()[table].columns if column.key]
        return int(row[keys[0]]) if keys else 0

    def concept(self, code: str, vocabulary: str = "ICDO3") -> int:
        if code not in self.codes:
            self.codes[code] = self.add("concept", vocabulary_id=vocabulary, concept_code=code)
        return self.codes[code]

    def person(
        self,
        number: int,
        diagnosis: str | None = "8890/3-C49.2",
        *,
        on: str = "2010-01-01",
        born: tuple[int | None, int | None, int | None] = (1950, 1, 1),
        observed: tuple[str, str] | None = ("2010-01-01", "2015-01-01"),
        died: str | None = None,
        sex: int = 8507,
    ) -> int:
        """A person with a disease episode, whose number is returned."""
        year, month, of_month = born
        self.add(
            "person",
            person_id=number,
            gender_concept_id=sex,
            year_of_birth=year,
            month_of_birth=month,
            day_of_birth=of_month,
        )
        if observed is not None:
            self.add(
                "observation_period",
                person_id=number,
                observation_period_start_date=observed[0],
                observation_period_end_date=observed[1],
            )
        if died is not None:
            self.add("death", person_id=number, death_date=died)
        return 0 if diagnosis is None else self.disease(number, diagnosis, on)

    def disease(self, person: int, code: str, on: str) -> int:
        concept = self.concept(code)
        return self.add(
            "episode",
            person_id=person,
            episode_concept_id=32533,
            episode_start_date=on,
            episode_object_concept_id=concept,
        )

    def episode(self, person: int, concept: int, on: str, parent: int | None = None) -> int:
        return self.add(
            "episode", person_id=person, episode_concept_id=concept, episode_start_date=on, episode_parent_id=parent
        )

    def operation(self, person: int, on: str, parent: int | None = None, concept: int = 4242997) -> int:
        done = self.add("procedure_occurrence", person_id=person, procedure_date=on, procedure_concept_id=concept)
        surgery = self.episode(person, 32939, on, parent)
        self.add("episode_event", episode_id=surgery, event_id=done, episode_event_field_concept_id=PROCEDURE)
        return done

    def measure(
        self,
        person: int,
        concept: int,
        on: str,
        value: int | None = None,
        *,
        number: float | None = None,
        unit: int | None = None,
        tied: tuple[int, int] | None = None,
    ) -> int:
        field, event = tied or (None, None)
        return self.add(
            "measurement",
            person_id=person,
            measurement_concept_id=concept,
            measurement_date=on,
            value_as_concept_id=value,
            value_as_number=number,
            unit_concept_id=unit,
            measurement_event_id=event,
            meas_event_field_concept_id=field,
        )

    def tables(self) -> OmopTables:
        return OmopTables(
            {name: pl.DataFrame(rows, schema=tables()[name].empty().schema) for name, rows in self.rows.items()}
        )
