"""An export of the IDEA4RC relational model: one flag an organ, the margin of its own operation, who died of what."""

from __future__ import annotations

import csv
import os
import random
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mutated_exports import FOREIGN, MUTATIONS, cohort_or_error

from sarcoma.cohort import PLANS, Cohort, FollowUp, make_cohort, open_source
from sarcoma.cohort.reading.mapping import read_cohort_map
from sarcoma.cohort.reading.readers.idea4rc_tables import tables
from sarcoma.errors import CohortError

Rows = list[dict[str, Any]]
ORGANS = (
    "bone",
    "brain",
    "distant_lymph_node",
    "liver",
    "lung",
    "other_viscera",
    "peritoneum",
    "pleura",
    "soft_tissue",
)
NO_ORGAN = dict.fromkeys((*ORGANS, "unknown"), 0)
DUMP = Path(os.environ.get("SARCOMA_EXCHANGE", "")) / "idea4rc" / "idea4rc_columns.csv"


def day(text: str) -> str:
    return f"{text} 00:00:00.000000"


class Export:
    """A small export: four persons, each with something that a naive reader gets wrong."""

    def __init__(self) -> None:
        self.tables: dict[str, Rows] = {name: [] for name in tables()}
        self.patient(1, gender="FEMALE", birth_year=1950)
        self.episode(1, histology_subgroup_adipocytic_tumours="LIPOSARCOMA_WELL_DIFF", age_at_diagnosis=60)
        self.event(11, 1, "FIRST_EPISODE", "2010-03-01")
        self.stage(11, localised="CONFINED_DISEASE", **NO_ORGAN)
        self.add(
            "surgery", episode_event=11, date_of_surgery=day("2010-04-01"), margins_after_surgery="NO_RESIDUAL_TUMOR"
        )
        self.event(12, 1, "RECURRENCE", "2012-03-01")
        self.stage(12, **(NO_ORGAN | {"lung": 1, "bone": 1}))
        self.add(
            "surgery",
            episode_event=12,
            surgery_onm="YES",
            date_of_surgery=day("2012-05-01"),
            margins_after_surgery="MACROSCOPIC_RESIDUAL_TUMOR",
        )
        self.contact(1, "NED", "2011-01-01")
        self.contact(1, "DOC", "2014-03-01")

        self.patient(2, gender="MALE")
        self.episode(2, skeletal_muscle_tumours="PLEOMORPHIC_RHABDOMYOSARCOMA", grading="GRADE_H")
        self.event(21, 2, "FIRST_EPISODE", "2010-03-20")
        self.stage(
            21, **(NO_ORGAN | {"distant_lymph_node": 1}), loco_regional="MULTIFOCAL_TUMOR", regional_nodal_metastases=1
        )
        self.contact(2, "DUC", "2011-03-01")

        self.patient(3)
        self.episode(
            3,
            smooth_muscle_tumours="LEIOMYOSARCOMA",
            grading="GRADE_3",
            tumor_size=7.5,
            depth="NO_INVASION",
            upper_and_lower_limbs_subsite="UPPER_LEG",
        )
        self.event(31, 3, "FIRST_EPISODE", "2010-03-01")
        self.stage(31, localised="CONFINED_DISEASE", **NO_ORGAN)
        self.event(32, 3, "RECURRENCE", "2011-03-01")
        self.stage(32, loco_regional="TRANSIT_METASTASIS_CLINIC_CONF", **NO_ORGAN)
        self.add("systemic_treatment", episode_event=31, setting="NEO_ADJIUVANT")
        self.contact(3, "AWD", "2013-03-01")

        self.patient(4)
        self.episode(4, histology_squamous="KERATINIZING_SQUAMOUS_CELL_CARCINOMA")
        self.contact(4, "DOD", "2013-03-01")

    def add(self, table: str, **cells: Any) -> dict[str, Any]:
        row = {"id": 1000 + len(self.tables[table])} | cells
        self.tables[table].append(row)
        return row

    def patient(self, number: int, **cells: Any) -> None:
        self.add("patient", **({"id": number} | cells))
        self.add(
            "hospital_patient_records",
            patient=number,
            hospital_data=1,
            date_of_first_contact_with_the_hospital=day("2010-02-01"),
        )
        if not self.tables["hospital_data"]:
            self.add("hospital_data", id=1, hospital_name="North")

    def episode(self, patient: int, date: str = "2010-03-01", **cells: Any) -> dict[str, Any]:
        return self.add(
            "cancer_episode", **({"id": patient, "patient": patient, "date_of_diagnosis": day(date)} | cells)
        )

    def event(self, number: int, episode: int, kind: str, date: str) -> None:
        self.add("episode_event", id=number, cancer_episode=episode, event_type=kind, date_of_episode=day(date))

    def stage(self, event: int, **cells: Any) -> None:
        self.add("sarcoma_stage", episode_event=event, **cells)

    def contact(self, patient: int, status: str | None, date: str | None) -> None:
        self.add(
            "patient_follow_up",
            patient=patient,
            status_at_last_follow_up=status,
            last_contact=date and day(date),
            patient_follow_up_date=day("2020-01-01"),
        )

    def row(self, table: str, **wanted: Any) -> dict[str, Any]:
        return next(r for r in self.tables[table] if all(r.get(k) == v for k, v in wanted.items()))

    def write(self, folder: Path, *, suffix: str = ".csv") -> Path:
        folder.mkdir(exist_ok=True)
        for name, rows in self.tables.items():
            columns = list(tables()[name].columns)
            if suffix == ".csv":
                with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, columns)
                    writer.writeheader()
                    writer.writerows({c: "NULL" if r.get(c) is None else r[c] for c in columns} for r in rows)
            else:
                frame = pl.DataFrame({c: [r.get(c) for r in rows] for c in columns}, strict=False)
                bits = [
                    c for c, kind in tables()[name].columns.items() if kind == "flag" and frame[c].dtype.is_integer()
                ]
                days = [
                    c for c, kind in tables()[name].columns.items() if kind == "date" and frame[c].dtype == pl.String
                ]
                frame.with_columns(
                    pl.col(bits).cast(pl.Boolean), pl.col(days).str.to_datetime("%Y-%m-%d %H:%M:%S%.f")
                ).write_parquet(folder / f"{name}.parquet")
        return folder

    def read(self, folder: Path, **how: Any) -> Cohort:
        return make_cohort(open_source(self.write(folder, **how)))


@pytest.fixture
def export() -> Export:
    return Export()


def person(cohort: Cohort, name: str) -> Mapping[str, Any]:
    return defaultdict(lambda: None, cohort.patients.row(by_predicate=pl.col("id") == name, named=True))


def events(cohort: Cohort, name: str) -> list[tuple[str, str | None, str | None]]:
    return sorted(
        cohort.events.filter(pl.col("id") == name, pl.col("event") != "entry").select("event", "organ", "cause").rows()
    )


def reasons(cohort: Cohort) -> dict[str, int]:
    return {r.reason: r.count for r in (*cohort.about.refused, *cohort.about.unread_cells)}


def test_rows_in_are_rows_used_and_rows_refused(export: Export, tmp_path: Path) -> None:
    about = export.read(tmp_path).about
    assert (about.rows_in, about.rows_used, about.rows_refused) == (4, 3, 1)
    assert [r.kind for r in about.refused] == ["out-of-scope"]


def test_an_organ_is_metastatic_by_its_own_flag_alone(export: Export, tmp_path: Path) -> None:
    cohort = export.read(tmp_path)
    # a stage row for everyone: whoever only looks for one finds three people with metastases, not two
    assert cohort.events.filter(pl.col("event") == "metastasis")["id"].unique().sort().to_list() == ["1", "2"]
    assert [person(cohort, i)["metastases"] for i in "123"] == ["none", "lymph-node@0", "none"]
    assert person(cohort, "2")["nodes"] == "positive"
    assert person(cohort, "2")["multifocal"] is True


def test_no_stage_leaves_metastasis_at_diagnosis_unknown(export: Export, tmp_path: Path) -> None:
    export.tables["sarcoma_stage"] = [r for r in export.tables["sarcoma_stage"] if r["episode_event"] != 31]
    export.row("sarcoma_stage", episode_event=11).update(localised=None, **dict.fromkeys(ORGANS))
    cohort = export.read(tmp_path)
    assert [person(cohort, i)["metastases"] for i in "13"] == [None, None]


def test_stages_of_the_first_episode_are_dated_by_the_diagnosis(export: Export, tmp_path: Path) -> None:
    at = dict(export.read(tmp_path).events.filter(pl.col("event") == "metastasis").select("id", "months").rows())
    assert at["2"] == 0.0  # though its episode event is of 20 March
    assert 23.5 < at["1"] < 24.5


def test_causes_of_death(export: Export, tmp_path: Path) -> None:
    cohort = export.read(tmp_path)
    assert ("death", None, "other") in events(cohort, "1")
    assert ("death", None, "unknown") in events(cohort, "2")
    assert events(cohort, "3") == [("last-contact", None, None), ("local-recurrence", None, None)]
    export.row("patient_follow_up", status_at_last_follow_up="DUC")["status_at_last_follow_up"] = "DOD"
    assert ("death", None, "sarcoma") in events(export.read(tmp_path), "2")


def test_the_margin_is_that_of_the_first_operation_on_the_tumour(export: Export, tmp_path: Path) -> None:
    cohort = export.read(tmp_path)
    assert person(cohort, "1")["margin"] == "R0"  # the metastasectomy two years later was R2
    assert person(cohort, "1")["surgery"] == "resected"
    assert person(cohort, "2")["surgery"] is None
    export.add(
        "surgery",
        episode_event=11,
        date_of_surgery=day("2010-04-01"),
        margins_after_surgery="MICROSCOPIC_RESIDUAL_TUMOR",
    )
    assert person(export.read(tmp_path), "1")["margin"] is None  # two on one day: which was the first?
    export.tables["surgery"][-1]["date_of_surgery"] = day("2010-03-20")
    assert person(export.read(tmp_path), "1")["margin"] == "R1"


def test_capitals_of_files_and_columns_are_the_same_names(export: Export, tmp_path: Path) -> None:
    before = export.read(tmp_path / "export")
    for path in sorted((tmp_path / "export").glob("*.csv")):
        names, _, rows = path.read_text(encoding="utf-8").partition("\n")
        path.unlink()
        path.with_name(path.name.upper()).write_text(f"{names.upper()}\n{rows}", encoding="utf-8")
    again = make_cohort(open_source(tmp_path / "export"))
    assert again.patients.equals(before.patients)
    assert again.events.equals(before.events)


def test_of_two_deaths_the_earliest_counts_and_two_causes_are_none(export: Export, tmp_path: Path) -> None:
    export.contact(1, "DOD", "2013-03-01")  # and DOC a year later
    cohort = export.read(tmp_path)
    assert ("death", None, "unknown") in events(cohort, "1")
    export.row("patient_follow_up", status_at_last_follow_up="DOC")["status_at_last_follow_up"] = "DUC"
    assert ("death", None, "sarcoma") in events(export.read(tmp_path), "1")


@pytest.mark.words
def test_a_spelling_that_is_not_of_the_model_is_listed_and_not_guessed(export: Export, tmp_path: Path) -> None:
    cohort = export.read(tmp_path)
    assert person(cohort, "2")["grade"] is None  # high grade is no FNCLCC grade
    assert person(cohort, "2")["kept.grading"] == "GRADE_H"
    assert person(cohort, "3")["grade"] == "3"
    assert person(cohort, "3")["kept.systemic_setting"] == "NEO_ADJIUVANT"
    export.row("cancer_episode", id=3)["grading"] = "G2"  # our own words would take it for grade 2
    export.row("systemic_treatment", episode_event=31)["setting"] = "NEO_ADJUVANT"
    export.row("patient_follow_up", patient=3)["status_at_last_follow_up"] = "Dead"
    export.contact(3, "AWD", "2013-03-01")
    cohort = export.read(tmp_path)
    assert person(cohort, "3")["grade"] is None
    assert person(cohort, "3").get("kept.systemic_setting") is None
    assert ("death", None, None) not in [(*e[:1], None, None) for e in events(cohort, "3")]
    listed = reasons(cohort)
    assert listed["cancer_episode.grading: G2 is no value of this enum"] == 1
    assert listed["systemic_treatment.setting: NEO_ADJUVANT is no value of this enum"] == 1
    assert listed["patient_follow_up.status_at_last_follow_up: another spelling than the model's"] == 1
    assert "Dead" not in str(listed)


@pytest.mark.words
def test_types_are_kept_apart_and_those_that_say_no_type_are_listed(export: Export, tmp_path: Path) -> None:
    cohort = export.read(tmp_path)
    kinds = [person(cohort, i)["histologic_type"] for i in "123"]
    assert kinds == ["atypical-lipomatous-tumour", "pleomorphic-rhabdomyosarcoma", "leiomyosarcoma"]
    export.row("cancer_episode", id=3).update(smooth_muscle_tumours="SMOOTH_MUSCLE_TUMOUR")
    export.row("cancer_episode", id=1)["vascular_tumours"] = "ANGIOSARCOMA"
    cohort = export.read(tmp_path)
    assert [person(cohort, i)["histologic_type"] for i in "13"] == [None, None]
    assert any(r.kind == "type-not-recognised" for r in cohort.about.unread_cells)
    assert reasons(cohort)["cancer_episode: two values of the sarcoma of one tumour"] == 1


def test_every_spelling_of_types_and_places_means_what_the_record_knows(tmp_path: Path) -> None:
    from sarcoma.patient import field_specs

    named = {"histologic_type": 0, "site": 0}
    for field in named:
        for spelling, code in read_cohort_map("idea4rc").table_map().fields[field].values.items():
            try:
                known = field_specs()[field].clean(code)
            except ValueError:
                # benign and of another kind, or listed as it is spelled
                assert code is not None
                assert code.startswith(spelling) or code in ("9580/0", "9020/0", "aggressive fibromatosis")
            else:
                named[field] += known == code
    assert named == {"histologic_type": 71, "site": 58}


@pytest.mark.words
def test_age_is_that_at_diagnosis(export: Export, tmp_path: Path) -> None:
    assert person(export.read(tmp_path), "1")["age"] == 60.0
    export.row("cancer_episode", id=1)["age_at_diagnosis"] = None
    cohort = export.read(tmp_path)
    assert 59.5 < person(cohort, "1")["age"] < 60.0
    assert any("half a year" in note for note in cohort.about.notes)
    export.row("cancer_episode", id=1)["age_at_diagnosis"] = 70  # her age when the data were extracted
    cohort = export.read(tmp_path)
    assert person(cohort, "1").get("age") is None
    assert any("does not fit patient.birth_year" in r for r in reasons(cohort))


@pytest.mark.words
def test_observation_begins_at_the_first_contact_with_the_hospital(export: Export, tmp_path: Path) -> None:
    export.row("hospital_patient_records", patient=1)["date_of_first_contact_with_the_hospital"] = day("2013-03-01")
    cohort = export.read(tmp_path)
    entry = dict(cohort.events.filter(pl.col("event") == "entry").select("id", "months").rows())
    assert 35.5 < entry["1"] < 36.5
    assert entry["2"] < 0
    # the one who came late was at risk of death for one year of her four
    follow_up = FollowUp.of(cohort)
    assert follow_up.entry.max() > 35
    assert follow_up.count(PLANS["survival"]).patients == 3
    export.row("hospital_patient_records", patient=2)["date_of_first_contact_with_the_hospital"] = None
    assert reasons(export.read(tmp_path))["the time of entry is not known"] == 1
    export.tables["hospital_patient_records"] = []
    assert len(export.read(tmp_path)) == 3


@pytest.mark.words
def test_centimetres_or_not(export: Export, tmp_path: Path) -> None:
    assert person(export.read(tmp_path), "3")["size_cm"] == 7.5
    for row in export.tables["cancer_episode"]:
        row["tumor_size"] = 75
    cohort = export.read(tmp_path)
    assert person(cohort, "3").get("size_cm") is None
    assert any("tumor_size" in r for r in reasons(cohort))


def test_of_several_sarcomas_the_first_counts_with_its_own_events(export: Export, tmp_path: Path) -> None:
    export.episode(3, "2012-01-01", id=35, smooth_muscle_tumours="LEIOMYOSARCOMA")
    export.event(351, 35, "FIRST_EPISODE", "2012-01-01")
    export.stage(351, **(NO_ORGAN | {"lung": 1}))
    cohort = export.read(tmp_path)
    assert person(cohort, "3")["metastases"] == "none"
    assert "metastasis" not in [e[0] for e in events(cohort, "3")]
    assert [r.kind for r in cohort.about.refused].count("several-tumours") == 1
    export.row("cancer_episode", id=35)["date_of_diagnosis"] = None
    cohort = export.read(tmp_path)
    assert cohort.about.rows_refused == 3
    assert cohort.about.rows_in == cohort.about.rows_used + cohort.about.rows_refused == 5


@pytest.mark.words
def test_keys_that_lead_nowhere_or_twice_are_refused_by_reason(export: Export, tmp_path: Path) -> None:
    export.patient(5)
    export.episode(6, smooth_muscle_tumours="LEIOMYOSARCOMA")
    export.episode(3, smooth_muscle_tumours="LEIOMYOSARCOMA")
    export.add("patient", id=2, gender="FEMALE")
    export.stage(999, **(NO_ORGAN | {"lung": 1}))
    cohort = export.read(tmp_path)
    found = reasons(cohort)
    assert found["has no cancer episode"] == 1
    assert found["its patient is not in the table patient"] == 1
    assert found["its patient stands several times in the table patient"] == 1
    assert found["its cancer episode stands several times in the table cancer_episode"] == 2
    assert found["sarcoma_stage: of an episode event that is not there"] == 1
    assert cohort.about.rows_in == cohort.about.rows_used + cohort.about.rows_refused


def test_parquet_says_the_same_as_csv(export: Export, tmp_path: Path) -> None:
    text, own = export.read(tmp_path / "text"), export.read(tmp_path / "own", suffix=".parquet")
    assert text.patients.equals(own.patients)
    assert text.events.equals(own.events)


@pytest.mark.parametrize("one", ["1", "true", "b'1'", "\x01", "0x01"])
def test_a_bit_however_it_was_exported(export: Export, tmp_path: Path, one: str) -> None:
    for row in export.tables["sarcoma_stage"]:
        row.update(
            {
                c: one if row[c] == 1 else {"1": "0", "true": "false", "b'1'": "b'0'", "\x01": "\x00"}.get(one, "0x00")
                for c in ORGANS
            }
        )
    cohort = export.read(tmp_path)
    assert [person(cohort, i)["metastases"] for i in "123"] == ["none", "lymph-node@0", "none"]


def test_deaths_without_a_date_are_refused(export: Export, tmp_path: Path) -> None:
    export.row("patient_follow_up", status_at_last_follow_up="DUC").update(
        last_contact=None, patient_follow_up_date=None
    )
    assert [r.kind for r in export.read(tmp_path).about.refused].count("death-without-time") == 1


def test_what_is_missing_is_one_clear_error(export: Export, tmp_path: Path) -> None:
    folder = export.write(tmp_path)
    (folder / "surgery.csv").unlink()
    assert person(make_cohort(open_source(folder)), "1").get("margin") is None
    (folder / "patient_follow_up.csv").rename(folder / "other.csv")
    with pytest.raises(CohortError, match="patient_follow_up"):
        open_source(folder)
    (folder / "patient_follow_up.csv").write_text("id,patient,status\n1,1,NED\n")
    with pytest.raises(CohortError, match="status_at_last_follow_up"):
        open_source(folder)


def test_the_tables_are_those_of_the_published_dump() -> None:
    if not DUMP.is_file():
        pytest.skip("SARCOMA_EXCHANGE names no folder with the columns of the dump")
    with DUMP.open(encoding="utf-8", newline="") as file:
        dump = {(r["table"], r["column"]): (r["type"], r["values"]) for r in csv.DictReader(file)}
    for name, table in tables().items():
        for column, kind in table.columns.items():
            told, values = dump[name, column]
            if isinstance(kind, tuple):
                assert set(kind) == set(values.split(";")), (name, column)
            elif kind != "text":
                assert (
                    told.partition("(")[0]
                    in {"key": ["bigint"], "date": ["datetime"], "flag": ["bit"], "number": ["int", "float"]}[kind]
                )


def mutated(export: Export, draw: random.Random) -> None:
    """Something that goes wrong in an export: a cell, a key, a date, a row."""
    for _ in range(draw.randint(1, 6)):
        name = draw.choice(list(export.tables))
        rows = export.tables[name]
        columns = list(tables()[name].columns)
        if not rows:
            continue
        row = draw.choice(rows)
        match draw.randint(0, 5):
            case 0:
                rows.remove(row)
            case 1:
                rows.append(dict(row))
            case 2:
                row[draw.choice(columns)] = None
            case 3:
                row[draw.choice(columns)] = draw.choice(
                    [
                        "",
                        "x",
                        -1,
                        999999,
                        "0000-00-00 00:00:00",
                        "2099-01-01 00:00:00",
                        "1900-01-01",
                        "\x00",
                        "=1+1",
                        FOREIGN * 300,
                    ]
                )
            case 4:
                other = draw.choice(rows)
                column = draw.choice(columns)
                row[column], other[column] = other.get(column), row.get(column)
            case _:
                rows.append({c: draw.choice(rows).get(c) for c in columns})


def broken(folder: Path, draw: random.Random) -> None:
    """A file that is missing, cut off, without one of its columns, or with a cell too many."""
    path = draw.choice(sorted(folder.glob("*.csv")))
    lines = path.read_text(encoding="utf-8").split("\n")
    match draw.randint(0, 3):
        case 0:
            path.unlink()
        case 1:
            text = "\n".join(lines)
            path.write_text(text[: draw.randint(0, len(text))], encoding="utf-8")
        case 2:
            column = draw.randrange(lines[0].count(",") + 1)
            cut = [line.split(",") for line in lines if line]
            path.write_text("\n".join(",".join(c[:column] + c[column + 1 :]) for c in cut), encoding="utf-8")
        case _:
            lines[draw.randrange(len(lines))] += ",more"
            path.write_text("\n".join(lines), encoding="utf-8")


def test_mutated_exports_give_a_cohort_with_its_account_or_one_clear_error(tmp_path: Path) -> None:
    cohorts = 0
    for seed in range(MUTATIONS):
        draw, export = random.Random(seed), Export()
        mutated(export, draw)
        folder = export.write(tmp_path)
        if seed % 3 == 0:
            broken(folder, draw)
        cohorts += cohort_or_error(folder) is not None
    assert cohorts > MUTATIONS // 3
