"""An OMOP database becomes a cohort, the same from PostgreSQL and from Parquet; what public queries get wrong is right.

The queries in NAIVE are how public queries on this model answer the same questions, in a few lines each. Every test of a
defect first sees that the naive answer is another one.
"""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from omop_cdm import (
    BONE,
    CM,
    CONDITION,
    EPISODE,
    G2,
    G3,
    LIVER,
    LUNG,
    MM,
    NO,
    PROCEDURE,
    R0,
    R1,
    R2,
    SIZE,
    UNKNOWN,
    YES,
    Cdm,
)

from sarcoma.cohort import Cohort, make_cohort, open_source
from sarcoma.cohort.reading.omop.concepts import concepts
from sarcoma.cohort.reading.omop.engine import engine_at
from sarcoma.cohort.reading.omop.tables import LEGACY, tables
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.writing.omop import write_parquet
from sarcoma.errors import CohortError

EXCHANGE = os.environ.get("SARCOMA_EXCHANGE")
PlaceOf = Callable[[Cdm], str]

NAIVE = {
    "metastasis": "SELECT DISTINCT person_id FROM measurement WHERE measurement_concept_id IN (36770283, 36770544, 36769301)",
    "found": "SELECT measurement_date - episode_start_date FROM measurement JOIN episode USING (person_id) "
    "WHERE measurement_concept_id = 36770283",
    "age": "SELECT extract(year FROM current_date) - year_of_birth FROM person",
    "survival": "SELECT death_date - observation_period_start_date FROM death JOIN observation_period USING (person_id)",
    "late": "SELECT observation_period_end_date - episode_start_date, 0 FROM observation_period JOIN episode USING (person_id)",
    "margin": "SELECT measurement_concept_id FROM measurement WHERE measurement_concept_id IN (1634643, 1633801, 1634484) "
    "ORDER BY measurement_date DESC LIMIT 1",
    "liposarcoma": "SELECT count(DISTINCT left(concept_code, 3)) FROM episode JOIN concept ON concept_id = "
    "episode_object_concept_id",
}


def naive(cdm: Cdm, question: str, folder: Path) -> list[tuple[Any, ...]]:
    """What a public query answers."""
    import duckdb

    write_parquet(cdm.tables(), folder / "naive")
    with duckdb.connect() as connection:
        for name in tables():
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{folder}/naive/{name}.parquet')")
            connection.complete()
        connection.execute(NAIVE[question])
        return list(connection.fetchall())


def read(place: str, **how: Any) -> Cohort:
    return make_cohort(open_source(place, **how))


def one(cohort: Cohort, number: int = 1) -> dict[str, Any]:
    return cohort.patients.row(by_predicate=pl.col("id") == str(number), named=True)


def happened(cohort: Cohort, number: int = 1) -> list[tuple[str, float | None, str | None]]:
    rows = cohort.events.filter(pl.col("id") == str(number))
    return [
        (e, None if m is None else round(m, 3), o) for m, e, o in rows.select("months", "event", "organ").iter_rows()
    ]


def reasons(cohort: Cohort) -> dict[str, int]:
    return {part.reason: part.count for part in (*cohort.about.refused, *cohort.about.unread_cells)}


def said(cohort: Cohort, words: str) -> int:
    return sum(n for reason, n in reasons(cohort).items() if words in reason)


# --- the defects that are seen in public queries ---------------------------------------------------------------------


def test_no_for_an_organ_is_no(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    for number, lung in ((1, NO), (2, YES), (3, None), (4, UNKNOWN)):
        cdm.person(number)
        cdm.measure(number, LUNG, "2011-01-01", lung)
        cdm.measure(number, LIVER, "2011-01-01", NO)
    assert len(naive(cdm, "metastasis", tmp_path)) == 4  # everyone would be metastatic
    cohort = read(place_of(cdm))
    spread = [n for n in (1, 2, 3, 4) if any(e == "metastasis" for e, _, _ in happened(cohort, n))]
    assert spread == [2, 3]  # a row without a value asserts what its concept says
    assert happened(cohort, 2)[0] == ("metastasis", 11.992, "lung")
    assert [one(cohort, n)["metastases"] for n in (1, 2)] == ["none", "none"]  # none at the diagnosis


def test_yes_and_no_of_one_day_are_neither(place_of: PlaceOf) -> None:
    cdm = Cdm()
    cdm.person(1)
    cdm.measure(1, LUNG, "2011-01-01", YES)
    cdm.measure(1, LUNG, "2011-01-01", NO)
    cdm.measure(1, BONE, "2012-01-01", YES)
    cdm.measure(1, BONE, "2013-01-01", NO)
    cohort = read(place_of(cdm))
    assert [organ for event, _, organ in happened(cohort) if event == "metastasis"] == ["bone"]
    assert sum(reasons(cohort).values()) == 1


def test_a_day_of_extraction_is_not_the_day_of_a_finding(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.add("cdm_source", cdm_source_name="a registry", source_release_date="2014-06-01", cdm_release_date="2014-06-02")
    disease = cdm.person(1)
    cdm.measure(1, LUNG, "2014-06-01", YES)  # of the export
    cdm.person(2)
    spread = cdm.episode(2, 32949, "2012-01-01")
    cdm.measure(2, LUNG, "2014-06-02", YES, tied=(EPISODE, spread))  # of the export, tied to an episode with a date
    cdm.person(3, died="2013-01-01")
    cdm.measure(3, LUNG, "2013-09-09", YES)  # after death
    cdm.person(4)
    cdm.measure(4, LUNG, "2011-01-01", YES, tied=(EPISODE, disease))
    assert sorted(naive(cdm, "found", tmp_path))[-1] == (1613,)  # as if four years after the diagnosis
    cohort = read(place_of(cdm))
    when = [next(m for e, m, _ in happened(cohort, n) if e == "metastasis") for n in (1, 2, 3, 4)]
    assert when == [None, 23.984, None, 11.992]
    assert one(cohort, 1)["metastases"] is None  # it may have been there at the diagnosis


def test_the_date_of_an_episode_counts_where_the_row_has_one_of_the_export(place_of: PlaceOf) -> None:
    cdm = Cdm()
    cdm.add("cdm_source", cdm_source_name="a registry", source_release_date="2014-06-01", cdm_release_date="2014-06-01")
    disease = cdm.person(1)
    surgery = cdm.episode(1, 32939, "2012-01-01", disease)
    cdm.measure(1, LUNG, "2014-06-01", YES, tied=(EPISODE, surgery))
    assert happened(read(place_of(cdm)))[0] == ("metastasis", 23.984, "lung")


def test_most_findings_on_the_last_day_are_of_an_extraction_that_nobody_named(place_of: PlaceOf) -> None:
    cdm = Cdm()
    for number in range(1, 13):
        cdm.person(number)
        cdm.measure(number, LUNG, "2014-06-01", YES)
    cohort = read(place_of(cdm))
    assert cohort.events.filter(pl.col("event") == "metastasis")["months"].null_count() == 12


def test_a_few_findings_on_the_last_day_of_everything_are_of_an_extraction(place_of: PlaceOf) -> None:
    cdm = Cdm()
    for number in (1, 2, 3):
        cdm.person(number, observed=("2010-01-01", "2014-06-01"))
        cdm.measure(number, LUNG, "2014-06-01", YES)
        cdm.measure(number, LIVER, "2014-06-01", NO)
    cdm.person(4, observed=("2010-01-01", "2013-01-01"))
    cdm.measure(4, LUNG, "2011-01-01", YES)
    cohort = read(place_of(cdm))
    when = [next(m for e, m, _ in happened(cohort, n) if e == "metastasis") for n in (1, 2, 3, 4)]
    assert when == [None, None, None, 11.992]


def test_what_is_of_another_disease_makes_nobody_metastatic(place_of: PlaceOf) -> None:
    cdm = Cdm()
    mine = cdm.person(1)
    other = cdm.disease(1, "8140/3-C18.9", "2010-02-01")
    spread = cdm.episode(1, 32944, "2012-02-01", other)
    of_it = cdm.add(
        "condition_occurrence",
        person_id=1,
        condition_concept_id=cdm.concept("8140/3-C18.9"),
        condition_start_date="2010-02-01",
    )
    secondary = cdm.add(
        "condition_occurrence", person_id=1, condition_concept_id=LUNG, condition_start_date="2012-02-01"
    )
    for event in (of_it, secondary):
        cdm.add("episode_event", episode_id=other, event_id=event, episode_event_field_concept_id=CONDITION)
    cdm.measure(1, LIVER, "2012-02-01", YES, tied=(EPISODE, other))
    cdm.measure(1, BONE, "2012-02-01", YES, tied=(EPISODE, spread))
    cdm.measure(1, LUNG, "2012-02-01", YES, tied=(CONDITION, of_it))
    cdm.measure(1, SIZE, "2010-02-01", number=4, unit=CM, tied=(EPISODE, other))
    cdm.measure(1, SIZE, "2010-01-05", number=9, unit=CM, tied=(EPISODE, mine))
    cdm.measure(1, G3, "2010-02-01", tied=(EPISODE, other))
    cdm.person(2)
    again = cdm.disease(2, "8890/3-C49.2", "2011-01-01")  # the same sarcoma told again
    cdm.measure(2, LUNG, "2011-01-01", YES, tied=(EPISODE, again))
    cohort = read(place_of(cdm))
    assert [event for event, _, _ in happened(cohort, 1)] == ["last-contact"]
    assert (one(cohort, 1)["size_cm"], one(cohort, 1).get("grade")) == (9.0, None)
    assert 5 in reasons(cohort).values()
    assert happened(cohort, 2)[0] == ("metastasis", 11.992, "lung")


def test_a_date_of_birth_that_was_filled_in_is_none(place_of: PlaceOf) -> None:
    cdm = Cdm()
    for number, (born, day_and_month) in enumerate(
        (
            ((1950, 6, 15), (None, None)),
            ((1950, 6, 15), (6, 15)),
            ((1950, 7, 1), (7, None)),
            ((1950, 3, 9), (None, None)),
        ),
        1,
    ):
        month, of_month = day_and_month
        cdm.person(number, born=(1950, month, of_month))
        cdm.rows["person"][-1]["birth_datetime"] = datetime.datetime(*born)  # noqa: DTZ001 – as the column is
    cdm.person(5, born=(None, None, None))
    cohort = read(place_of(cdm))
    assert [one(cohort, n)["age"] for n in range(1, 6)] == [59.5, 59.55, 59.5, 59.82, None]
    assert [one(cohort, n)["kept.age_from"] for n in range(1, 6)] == ["59.0", None, "59.42", None, None]


def test_age_is_that_at_diagnosis(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1, born=(1950, 7, 1))
    cdm.person(2, born=(1950, None, None))
    cdm.person(3, born=(1950, 7, None))
    ages = naive(cdm, "age", tmp_path)
    assert all(age > 75 for (age,) in ages)
    cohort = read(place_of(cdm))
    assert [one(cohort, n)["age"] for n in (1, 2, 3)] == [59.5, 59.5, 59.5]
    assert [one(cohort, n)["kept.age_from"] for n in (1, 2, 3)] == [None, "59.0", "59.42"]
    assert [one(cohort, n)["kept.age_to"] for n in (1, 2, 3)] == [None, "60.0", "59.5"]
    assert said(cohort, "birth") in (2, 0)


def test_survival_runs_from_the_diagnosis_and_observation_is_delayed_entry(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1, on="2008-01-01", observed=("2010-01-01", "2011-01-01"), died="2011-01-01")
    cdm.person(2, on="2010-01-01", observed=("2005-01-01", "2012-01-01"))
    assert naive(cdm, "survival", tmp_path) == [(365,)]
    cohort = read(place_of(cdm))
    assert happened(cohort, 1) == [("entry", 24.016, None), ("death", 36.008, None)]
    assert happened(cohort, 2) == [("last-contact", 23.984, None)]  # observed before it: nobody entered late
    assert naive(cdm, "late", tmp_path)[0][1] == 0


def test_the_margin_is_that_of_the_operation_on_the_primary(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    disease = cdm.person(1)
    first = cdm.operation(1, "2010-02-01", disease)
    second = cdm.operation(1, "2012-02-01", disease)
    cdm.measure(1, R0, "2010-02-01", tied=(PROCEDURE, first))
    cdm.measure(1, R2, "2012-02-01", tied=(PROCEDURE, second))
    assert naive(cdm, "margin", tmp_path) == [(R2,)]
    cohort = read(place_of(cdm))
    assert one(cohort)["margin"] == "R0"
    assert one(cohort)["surgery"] == "resected"
    assert said(cohort, "margin") in (1, 0)


def test_of_two_margins_of_one_operation_the_worst_counts_and_a_strange_tie_does_not(place_of: PlaceOf) -> None:
    cdm = Cdm()
    disease = cdm.person(1)
    done = cdm.operation(1, "2010-02-01", disease)
    cdm.measure(1, R0, "2010-02-01", tied=(PROCEDURE, done))
    cdm.measure(1, R1, "2010-02-03", tied=(PROCEDURE, done))
    cdm.measure(1, R2, "2010-02-01", tied=(CONDITION, done))  # the number of a condition, not of a procedure
    cdm.person(2)
    cdm.operation(2, "2010-03-01")
    cdm.measure(2, R1, "2010-03-01")  # tied to nothing, of the same day
    cdm.person(3)
    cdm.operation(3, "2010-03-01")
    cdm.measure(3, R1, "2010-05-01")  # tied to nothing, of another day
    cohort = read(place_of(cdm))
    assert [one(cohort, n)["margin"] for n in (1, 2, 3)] == ["R1", "R1", None]


def test_liposarcomas_are_kept_apart(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    codes = ("8851/3", "8852/3", "8858/3", "8854/3", "8850/3")
    for number, code in enumerate(codes, 1):
        cdm.person(number, f"{code}-C49.2")
    assert naive(cdm, "liposarcoma", tmp_path) == [(1,)]
    assert read(place_of(cdm)).patients["histologic_type"].to_list() == [
        "atypical-lipomatous-tumour",
        "myxoid-liposarcoma",
        "dedifferentiated-liposarcoma",
        "pleomorphic-liposarcoma",
        "liposarcoma-nos",
    ]


# --- the primary sarcoma ---------------------------------------------------------------------------------------------


def test_the_primary_is_the_disease_episode_or_else_a_condition(place_of: PlaceOf) -> None:
    cdm = Cdm()
    cdm.person(1)
    linked = cdm.person(2, "0000/0", on="2010-01-01")  # the episode says nothing; the condition that it is of does
    said_by = cdm.add(
        "condition_occurrence",
        person_id=2,
        condition_concept_id=cdm.concept("8852/3-C49.1"),
        condition_start_date="2010-01-05",
    )
    cdm.add("episode_event", episode_id=linked, event_id=said_by, episode_event_field_concept_id=CONDITION)
    cdm.person(3, None)  # no episode: the first condition that is a sarcoma
    for on, code in (("2011-05-01", "9040/3-C49.2"), ("2011-03-01", "9040/3-C49.2"), ("2010-02-01", "8500/3-C50.9")):
        cdm.add("condition_occurrence", person_id=3, condition_concept_id=cdm.concept(code), condition_start_date=on)
    cdm.person(4, "8500/3-C50.9")  # another cancer
    cdm.person(5, None)  # nothing at all
    cohort = read(place_of(cdm))
    assert cohort.patients["id"].to_list() == ["1", "2", "3"]
    assert cohort.patients["histologic_type"].to_list() == ["leiomyosarcoma", "myxoid-liposarcoma", "synovial-sarcoma"]
    assert cohort.patients["topography"].to_list() == ["C49.2", "C49.1", "C49.2"]
    assert happened(cohort, 3) == [("last-contact", 46.062, None)]
    assert (cohort.about.rows_in, cohort.about.rows_used, cohort.about.rows_refused) == (5, 3, 2)


def test_an_episode_that_does_not_say_its_disease_leaves_it_to_a_condition(place_of: PlaceOf) -> None:
    cdm = Cdm()
    cdm.person(1, None)
    cdm.add("episode", person_id=1, episode_concept_id=32533, episode_start_date="2009-12-01")  # its object is 0
    said_by = cdm.concept("8852/3-C49.1")
    cdm.add("condition_occurrence", person_id=1, condition_concept_id=said_by, condition_start_date="2010-01-01")
    cdm.person(2)
    cohort = read(place_of(cdm))
    assert cohort.patients["histologic_type"].to_list() == ["myxoid-liposarcoma", "leiomyosarcoma"]
    assert (cohort.about.rows_in, cohort.about.rows_used) == (2, 2)


def test_two_primaries_none_and_an_episode_before_birth_are_counted(place_of: PlaceOf) -> None:
    cdm = Cdm()
    cdm.person(1)
    cdm.disease(1, "9040/3-C49.1", "2012-01-01")  # a second sarcoma: the first counts
    cdm.person(2)
    cdm.disease(2, "9040/3-C49.1", "2010-01-01")  # two of one day
    cdm.person(3, born=(2012, 1, 1))
    cdm.person(4, None)
    cdm.person(5, observed=None)
    cdm.disease(99, "8890/3-C49.2", "2010-01-01")  # of nobody
    cohort = read(place_of(cdm))
    assert cohort.patients["id"].to_list() == ["1"]
    assert one(cohort)["histologic_type"] == "leiomyosarcoma"
    assert (cohort.about.rows_in, cohort.about.rows_refused) == (5, 4)
    assert {part.count for part in cohort.about.refused} == {1}
    assert {part.kind for part in cohort.about.refused} == {None, "several-tumours"}


@pytest.mark.words
def test_codes_of_one_s_own_stand_before_the_vocabulary(place_of: PlaceOf, tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1)
    cdm.person(2, None)
    local = 2_000_000_777
    cdm.add(
        "episode",
        person_id=2,
        episode_concept_id=32533,
        episode_start_date="2010-01-01",
        episode_object_concept_id=local,
    )
    cdm.measure(2, 2_000_000_778, "2011-01-01", YES)
    place = place_of(cdm)
    cohort = read(place)
    assert cohort.patients["id"].to_list() == ["1"]
    assert any("OMOP:2000000777" in reason for reason in reasons(cohort))  # listed, not guessed
    codes = tmp_path / "codes.yaml"
    codes.write_text(
        "histologic_type: [{system: OMOP, code: '2000000777', value: synovial-sarcoma, read_in: our own list}]\n"
        "event: [{system: OMOP, code: '2000000778', value: local-recurrence, read_in: our own list}]\n"
    )
    cohort = read(place, codes=codes)
    assert one(cohort, 2)["histologic_type"] == "synovial-sarcoma"
    assert happened(cohort, 2)[0][0] == "local-recurrence"


# --- fields ----------------------------------------------------------------------------------------------------------


def test_size_and_grade_are_those_before_the_operation_and_none_is_guessed(place_of: PlaceOf) -> None:
    cdm = Cdm()
    disease = cdm.person(1)
    cdm.operation(1, "2010-03-01", disease)
    cdm.measure(1, SIZE, "2010-01-05", number=80, unit=MM)
    cdm.measure(1, SIZE, "2010-02-25", number=9.5, unit=CM)
    cdm.measure(1, SIZE, "2012-02-25", number=20, unit=CM)  # of a recurrence
    cdm.measure(1, G2, "2010-01-05")
    cdm.measure(1, G3, "2013-01-05")
    cdm.person(2)
    cdm.measure(2, SIZE, "2010-01-05", number=80)  # 8 cm or 80 cm
    cdm.measure(2, G2, "2010-01-05")
    cdm.measure(2, G3, "2010-01-05")  # two on one day
    cohort = read(place_of(cdm))
    assert (one(cohort, 1)["size_cm"], one(cohort, 1)["grade"]) == (9.5, "2")
    assert (one(cohort, 2)["size_cm"], one(cohort, 2)["grade"]) == (None, None)


@pytest.mark.words
def test_modifiers_of_one_s_disease_that_stand_in_no_table_are_listed(place_of: PlaceOf) -> None:
    cdm = Cdm()
    disease = cdm.person(1)
    for _ in range(3):
        cdm.measure(1, 1_234_567, "2010-02-01", tied=(EPISODE, disease))
    cdm.measure(1, 3_000_963, "2010-02-01", number=13.0)  # a laboratory value of anybody
    found = reasons(read(place_of(cdm)))
    assert [n for reason, n in found.items() if "OMOP:1234567" in reason] == [3]
    assert not any("3000963" in reason for reason in found)


@pytest.mark.words
def test_causes_of_death(place_of: PlaceOf) -> None:
    cdm = Cdm()
    for number, code, vocabulary in (
        (1, "8890/3-C49.2", "ICDO3"),
        (2, "C49.2", "ICD10"),
        (3, "I21", "ICD10"),
        (4, "22298006", "SNOMED"),
    ):
        cdm.person(number)
        cdm.add("death", person_id=number, death_date="2013-01-01", cause_concept_id=cdm.concept(code, vocabulary))
    cohort = read(place_of(cdm))
    causes = cohort.events.filter(pl.col("event") == "death")["cause"].to_list()
    assert causes[0] == "sarcoma"
    assert causes[3] == "unknown"  # an infarction in SNOMED stands in no table: listed


def test_radiotherapy_by_its_dates(place_of: PlaceOf) -> None:
    cdm = Cdm()
    for number, given in (
        (1, ["2010-01-20"]),
        (2, ["2010-04-20"]),
        (3, ["2010-01-20", "2010-04-20"]),
        (4, ["2013-01-01"]),
    ):
        disease = cdm.person(number)
        cdm.operation(number, "2010-03-01", disease)
        for on in given:
            cdm.episode(number, 32940, on, disease)
    cohort = read(place_of(cdm))
    assert [one(cohort, n)["radiotherapy"] for n in (1, 2, 3, 4)] == ["before-surgery", "after-surgery", "both", None]


# --- older columns, exports, and what is missing ---------------------------------------------------------------------


def test_an_export_with_the_older_names_of_columns_is_read(tmp_path: Path) -> None:
    cdm = Cdm()
    disease = cdm.person(1)
    done = cdm.operation(1, "2010-02-01", disease)
    cdm.measure(1, R1, "2010-09-01", tied=(PROCEDURE, done))
    told = cdm.tables()
    write_parquet(told, tmp_path)
    told.frames["measurement"].rename(dict(LEGACY)).write_parquet(tmp_path / "measurement.parquet")
    assert one(read(str(tmp_path)))["margin"] == "R1"


@pytest.mark.words
def of_schema(place: Path) -> Path:
    for path in sorted(place.glob("*.parquet")):
        path.rename(place / f"cdm.{path.name}")
    return place


def in_parts(place: Path) -> Path:
    for path in sorted(place.glob("*.parquet")):
        frame = pl.read_parquet(path)
        path.unlink()
        (place / path.stem).mkdir()
        frame.head(1).write_parquet(place / path.stem / "part-0.parquet")
        frame.slice(1).write_parquet(place / path.stem / "part-1.parquet")
    return place


def as_database(place: Path) -> Path:
    import duckdb

    file = place / "it's a registry.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE SCHEMA cdm")
        for path in sorted(place.glob("*.parquet")):
            schema = "main" if path.stem == "concept" else "cdm"
            connection.execute(
                f"CREATE TABLE {schema}.{path.stem.upper()} AS SELECT * FROM read_parquet($1)", [str(path)]
            )
            connection.fetchall()
        connection.execute("CREATE TABLE main.person (nothing INTEGER)")  # of something else
    return file


@pytest.mark.parametrize("put", [of_schema, in_parts, as_database])
def test_an_export_is_the_same_by_the_schema_s_names_in_parts_or_as_a_database_of_duckdb(
    put: Callable[[Path], Path], tmp_path: Path
) -> None:
    cdm = Cdm()
    for number in (1, 2):
        cdm.person(number)
        cdm.measure(number, LUNG, "2011-01-01", YES)
    write_parquet(cdm.tables(), tmp_path / "export")
    before = read(str(tmp_path / "export"))
    place = put(tmp_path / "export")
    bytes_before = place.read_bytes() if place.is_file() else b""
    again = read(str(place))
    assert again.patients.equals(before.patients)
    assert again.events.equals(before.events)
    assert not place.is_file() or place.read_bytes() == bytes_before


@pytest.mark.words
def test_a_table_that_is_there_twice_and_a_damaged_database_are_told(tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1)
    write_parquet(cdm.tables(), tmp_path / "export")
    (tmp_path / "export" / "old.person.parquet").write_bytes((tmp_path / "export" / "person.parquet").read_bytes())
    with pytest.raises(CohortError, match="the table person is there twice"):
        read(str(tmp_path / "export"))
    (tmp_path / "export" / "old.person.parquet").unlink()
    whole = as_database(tmp_path / "export").read_bytes()
    for name, content in (
        ("cut.duckdb", whole[:5000]),
        ("head.duckdb", whole[:12]),
        ("other.duckdb", whole[:8192] + b"x" * 90000),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CohortError, match="cannot read this database"):
            read(str(tmp_path / name))


def test_an_export_as_text_in_other_columns_and_capitals_is_read(tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1)
    cdm.person(2)
    frames = cdm.tables().frames
    for name in (
        "person",
        "episode",
        "observation_period",
        "condition_occurrence",
        "procedure_occurrence",
        "measurement",
        "death",
        "episode_event",
        "concept",
    ):
        texts = frames[name].select(pl.all().cast(pl.String).name.to_uppercase()).with_columns(MORE=pl.lit("x"))
        texts.write_parquet(tmp_path / f"{name.upper()}.parquet")
    bad = pl.read_parquet(tmp_path / "PERSON.parquet").with_columns(
        YEAR_OF_BIRTH=pl.when(pl.col("PERSON_ID") == "2").then(pl.lit("unknown")).otherwise("YEAR_OF_BIRTH")
    )
    bad.write_parquet(tmp_path / "PERSON.parquet")
    cohort = read(str(tmp_path))
    assert (one(cohort, 1)["age"], one(cohort, 2)["age"]) == (60.0, None)
    assert said(cohort, "person.year_of_birth") == 1  # one cell that is no number


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _spoilt_inside(path: Path) -> None:
    """The list of columns at the end is whole; what it leads to is not."""
    held = bytearray(path.read_bytes())
    held[4 : len(held) // 3] = bytes(len(held) // 3 - 4)
    path.write_bytes(held)


@pytest.mark.words
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda f: (f / "episode.parquet").unlink(), "there is no table episode; export it as episode.parquet"),
        (lambda f: (f / "person.parquet").unlink(), "there is no table person; export it as person.parquet"),
        (lambda f: pl.DataFrame({"person_id": [1]}).write_parquet(f / "death.parquet"), "the table death has no column death_date"),
        (lambda f: (f / "death.parquet").write_bytes(b"PAR1 and no more"), "death.parquet: the file is damaged"),
        (lambda f: _cut_short(f / "measurement.parquet"), "measurement.parquet: the file is damaged"),
        (lambda f: _spoilt_inside(f / "episode.parquet"), "episode.parquet: the file is damaged"),
        (lambda f: tables()["concept"].empty().write_parquet(f / "concept.parquet"), "the table concept says nothing of the 1 concepts"),
        (lambda f: (f / "concept.parquet").unlink(), "the table concept says nothing of the 1 concepts"),
        (lambda f: [tables()[t].empty().write_parquet(f / f"{t}.parquet") for t in ("episode", "condition_occurrence")], "neither disease episodes nor conditions"),
        (lambda f: tables()["observation_period"].empty().write_parquet(f / "observation_period.parquet"), "none of the 1 persons can be used; most often: has no observation period"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_one_sentence(spoil: Callable[[Path], Any], sentence: str, tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1)
    write_parquet(cdm.tables(), tmp_path)
    spoil(tmp_path)
    with pytest.raises(CohortError, match=sentence) as told:
        read(str(tmp_path))
    assert "\n" not in str(told.value)


@pytest.mark.words
@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        ("[1, 2]", "tables are needed"),
        ("margin: [{system: OMOP, code: '1', value: R9, read_in: x}]", "margin: entry 1: this is no value"),
        ("margin: [{system: OMOP, code: 1, value: R0, read_in: x}]", "each as text in quotes"),
        ("margin: [{system: OMOP, code: 'one', value: R0, read_in: x}]", "a concept_id, such as"),
    ],
)
def test_codes_of_one_s_own_that_are_wrong_are_told(codes: str, sentence: str, tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1)
    write_parquet(cdm.tables(), tmp_path)
    (tmp_path / "codes.yaml").write_text(codes)
    with pytest.raises(CohortError, match=sentence):
        open_source(tmp_path, codes=tmp_path / "codes.yaml")


@pytest.mark.words
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://me:secret-word@db/registry", "the address holds a password"),
        ("postgresql://me@db/registry?password=secret-word", "the address holds a password"),
        ("postgresql://me@db/registry?schema=a;drop", "a name of letters, digits and _"),
        ("postgresql://me@db:port/registry", "the address cannot be read"),
    ],
)
def test_an_address_is_looked_at_before_anything_is_asked(address: str, sentence: str) -> None:
    with pytest.raises(CohortError, match=sentence) as told:
        open_source(address)
    assert "secret-word" not in str(told.value)


# --- the tables themselves -------------------------------------------------------------------------------------------


@pytest.mark.skipif(EXCHANGE is None, reason="SARCOMA_EXCHANGE names no folder")
def test_the_tables_are_those_of_the_published_model() -> None:
    published = Path(EXCHANGE or "") / "omop" / "omop_5.4_columns.csv"
    if not published.is_file():
        pytest.skip("the published columns are not there")
    with published.open(encoding="utf-8") as file:
        rows = {(row["table"], row["column"]): row for row in csv.DictReader(file)}
    for table in tables().values():
        for column in table.columns:
            row = rows[table.name, column.name]
            assert column.type == row["type"].replace("datetime", "timestamp"), (table.name, column.name)
            assert column.required == (row["required"] == "Yes"), (table.name, column.name)
            assert column.key == (row["primary_key"] == "Yes"), (table.name, column.name)
        needed = {name for (of, name), row in rows.items() if of == table.name and row["required"] == "Yes"}
        assert needed <= {column.name for column in table.columns}, table.name


def test_every_concept_says_where_it_was_read_and_means_one_thing() -> None:
    assert all(len(concept.read_in) > 10 for concept in concepts())
    for name in concepts().tables:
        ids = concepts().ids(name)
        assert len(ids) == len(set(ids))
    assert concepts().table("presence")[NO] == "no"
    assert concepts().writes("event_field", "procedure") == PROCEDURE


def test_duckdb_prints_nothing_and_downloads_nothing(tmp_path: Path) -> None:
    cdm = Cdm()
    cdm.person(1)
    write_parquet(cdm.tables(), tmp_path)
    with engine_at(Place.of(tmp_path)) as engine:
        settings = "SELECT current_setting('enable_progress_bar'), current_setting('autoinstall_known_extensions')"
        assert engine.connection.sql(settings).fetchall() == [(False, False)]  # type: ignore[attr-defined]
