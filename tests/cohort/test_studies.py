"""Study folders of cBioPortal and the clinical form of TCGA: without a mapping, never by a guess that could mislead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from sarcoma.cohort import Source, cohort_map, make_cohort, open_source
from sarcoma.cohort.reading.draft_mapping import draft_mapping, draft_of, draft_yaml
from sarcoma.errors import CohortError

MONTH = 30.4375
PATIENTS = """#Patient\tSex\tAge\tMonths\tStatus\tDSS
#Patient\tSex\tAge at diagnosis\tOverall survival in months since initial diagnosis\tStatus\tDisease-specific status
#STRING\tSTRING\tNUMBER\tNUMBER\tSTRING\tSTRING
#1\t1\t1\t1\t1\t1
PATIENT_ID\tSEX\tAGE\tOS_MONTHS\tOS_STATUS\tDSS_STATUS
A\tFemale\t61\t20.5\t1:DECEASED\t1:DEAD WITH TUMOR
B\tMale\t50\t40\t0:LIVING\t0:ALIVE OR DEAD TUMOR FREE
C\tMale\t70\t33\t1:DECEASED\t0:ALIVE OR DEAD TUMOR FREE
D\tMale\t70\t\t0:LIVING\t
"""
SAMPLES = """#a\tb\tc\td\te
PATIENT_ID\tSAMPLE_ID\tSAMPLE_TYPE\tONCOTREE_CODE\tCANCER_TYPE
A\tA-2\tMetastasis\tLMS\tSoft Tissue Sarcoma
A\tA-1\tPrimary\tDDLS\tSoft Tissue Sarcoma
B\tB-1\tPrimary\tMFS\tSoft Tissue Sarcoma
C\tC-1\tPrimary\tLUAD\tNon-Small Cell Lung Cancer
D\tD-1\tPrimary\tULMS\tUterine Sarcoma
"""
STATUS = """PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSTATUS\tSITE
A\t300\t\tSTATUS\tDistant recurrence\tLung
A\t200\t\tSTATUS\tLocoregional recurrence\t
B\t500\t\tSTATUS\tNo evidence of metastatic disease\t
D\t900\t\tSTATUS\tDeceased\t
"""
SPECIMEN = "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tSAMPLE_TYPE\nB\t10\t\tSPECIMEN\tMetastasis\n"
META = "cancer_study_identifier: sarc_made_up\nname: A made-up study: one\ncitation: Nobody 2020\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for name, text in (
        ("data_clinical_patient.txt", PATIENTS),
        ("data_clinical_sample.txt", SAMPLES),
        ("data_timeline_status.txt", STATUS),
        ("data_timeline_specimen.txt", SPECIMEN),
        ("meta_study.txt", META),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.words
def test_a_study_is_read_by_what_the_format_defines(study: Path) -> None:
    cohort = make_cohort(open_source(study))
    about = cohort.about
    assert (about.name, about.citation, about.origin) == ("A made-up study: one", "Nobody 2020", "diagnosis")
    assert (about.rows_in, about.rows_used) == (4, 3)
    assert about.refused[0].reason == "outside what the mapping takes, by CANCER_TYPE"
    events = {(i, e): (m, o or c) for i, m, e, o, c in cohort.events.iter_rows()}
    assert events == {
        ("A", "local-recurrence"): (pytest.approx(200 / MONTH), None),
        ("A", "metastasis"): (pytest.approx(300 / MONTH), "lung"),
        ("A", "death"): (20.5, "sarcoma"),
        ("B", "last-contact"): (40.0, None),
        ("D", "death"): (pytest.approx(900 / MONTH), "unknown"),  # from the timeline, as OS_MONTHS is not known
    }
    assert cohort.patients["histologic_type"].to_list() == [
        "dedifferentiated-liposarcoma",  # the primary tumour's sample counts
        "myxofibrosarcoma",
        "leiomyosarcoma",
    ]
    assert {r.reason: r.count for r in about.unread_cells} == {
        "table timeline_status: rows that are no event of the mapping": 1
    }


@pytest.mark.words
def test_timelines_and_samples_are_not_needed(study: Path) -> None:
    for path in study.glob("data_timeline*"):
        path.unlink()
    (study / "data_clinical_sample.txt").unlink()
    (study / "meta_study.txt").unlink()
    cohort = make_cohort(open_source(study))
    assert len(cohort) == 3
    assert cohort.about.refused[0].reason == "neither death nor last contact has a time"


def test_survival_from_another_time_than_diagnosis_is_not_read_as_if_from_it(study: Path) -> None:
    text = PATIENTS.replace("since initial diagnosis", "since date of sequencing")
    (study / "data_clinical_patient.txt").write_text(text, encoding="utf-8")
    source = open_source(study)
    with pytest.raises(CohortError, match="something else than the diagnosis"):
        make_cohort(source)
    draft = draft_of(source, "study")
    assert any("something else than the diagnosis" in text for text in draft.unsure)
    assert len(make_cohort(source, cohort_map(draft.mapping))) == 3  # who has looked at the draft may use it


def test_a_study_that_keeps_silent_about_its_origin_says_what_was_assumed(study: Path) -> None:
    text = PATIENTS.replace("Overall survival in months since initial diagnosis", "Overall survival")
    (study / "data_clinical_patient.txt").write_text(text, encoding="utf-8")
    notes = make_cohort(open_source(study)).about.notes
    assert any("taken as running from the diagnosis" in note for note in notes)


def test_the_form_of_tcga_alone_refuses_what_it_does_not_date(shared: Callable[[str], Path]) -> None:
    form = shared("tcga_sarc") / "nationwidechildrens.org_clinical_patient_sarc.txt"
    cohort = make_cohort(open_source(form))
    about = cohort.about
    assert about.rows_in == 261 == about.rows_used + about.rows_refused
    assert cohort.events.filter(pl.col("event") == "metastasis")["months"].null_count() == 56
    assert cohort.events.filter(pl.col("event") == "death").height == 76


# -- ages from dates of birth, and rows of other diseases


def born(rows: list[tuple[str | None, ...]]) -> Source:
    return Source(pl.DataFrame(rows, schema=["id", "born", "dx", "seen", "cancer"], orient="row"), "table")


@pytest.mark.words
def test_an_age_comes_from_the_date_of_birth() -> None:
    mapping = cohort_map(
        {
            "name": "born",
            "id": "id",
            "origin": {"event": "diagnosis", "column": "dx", "unit": "date"},
            "birth": {"column": "born", "unit": "date"},
            "only": {"cancer": ["sarcoma", "STS"]},
            "events": [{"event": "last-contact", "column": "seen", "unit": "date"}],
        }
    )
    source = born(
        [
            ("1", "1950-01-01", "2010-01-01", "2015-01-01", "sarcoma"),
            ("2", "2011-01-01", "2010-01-01", "2015-01-01", "STS"),
            ("3", None, "2010-01-01", "2015-01-01", "sarcoma"),
            ("4", "1950-01-01", "2010-01-01", "2015-01-01", "carcinoma"),
        ]
    )
    cohort = make_cohort(source, mapping)
    assert cohort.patients["age"].to_list() == [pytest.approx(60.0, abs=0.01), None, None]
    assert cohort.patients["age_at_origin"].to_list() == cohort.patients["age"].to_list()
    assert [(r.reason, r.count) for r in cohort.about.refused] == [("outside what the mapping takes, by cancer", 1)]
    assert cohort.about.unread_cells[0].ids == ("2",)
    with pytest.raises(CohortError, match="birth: must be a date"):
        cohort_map(
            {
                "name": "x",
                "id": "id",
                "origin": {"event": "diagnosis"},
                "birth": {"column": "born", "unit": "date"},
                "events": [{"event": "death", "column": "d", "unit": "days"}],
            }
        )


def test_nothing_in_a_header_becomes_a_line_of_the_mapping() -> None:
    frame = pl.DataFrame(
        {"id": ["1", "2"], "x\nlicence: mine": ["=cmd|'/c calc'!A0", "b"], "vital status": ["dead\nid: y", "a"]}
    )
    text = draft_yaml(draft_mapping(frame, "hostile"))
    assert not any(line.startswith(("licence:", "id: y")) for line in text.splitlines())
