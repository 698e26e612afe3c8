"""A cohort as a study folder of cBioPortal: by the portal's documented rules, and the same cohort when it is read back.

The rules were read in cBioPortal's documentation ("File Formats") and in its validator (`validateData.py`); each is named
where it is checked.
"""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from mutated_exports import FOREIGN, MUTATIONS, cohort_or_error

from sarcoma.cli import main
from sarcoma.cohort import Cohort, Source, make_cohort, open_source, read_cohort_map, simulated_table
from sarcoma.cohort.reading.readers.cbioportal import MAPPING
from sarcoma.cohort.writing import write_as
from sarcoma.cohort.writing.cbioportal import FILES, study_of
from sarcoma.errors import CohortError, SarcomaError
from sarcoma.patient import ORGANS, field_specs

EXAMPLES = max(15, int(os.environ.get("FUZZ_INPUTS", "0")) // 100)


def made(patients: int = 40, seed: int = 0) -> Cohort:
    return make_cohort(Source(simulated_table(patients, seed=seed), "table"), read_cohort_map("simulated"))


def back(cohort: Cohort, folder: Path) -> Cohort:
    write_as(cohort, "cbioportal", folder)
    return make_cohort(open_source(folder))


def same(one: Cohort, other: Cohort) -> None:
    """The same people, the same events, the same words about them."""

    def people(cohort: Cohort) -> pl.DataFrame:
        known = [c for c in cohort.patients.columns if cohort.patients[c].null_count() < len(cohort)]
        frame = cohort.patients.select(known)
        return frame.with_columns(pl.col("age_at_origin").round(9)) if "age_at_origin" in known else frame

    def happened(cohort: Cohort) -> pl.DataFrame:
        return cohort.events.sort("id", "event", "months", "organ", "cause", nulls_last=True)

    first, second = people(one), people(other)
    assert set(first.columns) == set(second.columns)
    assert first.equals(second.select(first.columns)), [c for c in first.columns if not first[c].equals(second[c])]
    assert happened(one).equals(happened(other))
    told = ("name", "source", "citation", "licence", "period", "origin", "origin_note", "inclusion", "notes")
    assert [getattr(one.about, t) for t in told] == [getattr(other.about, t) for t in told]
    assert other.about.rows_refused == 0
    assert not other.about.unread_cells


def cells(spec: Any) -> st.SearchStrategy[Any]:
    match spec.kind:
        case "yes-no":
            return st.booleans()
        case "whole":
            return st.integers(int(spec.low or 0), int(spec.high))
        case "number":
            return st.floats(spec.low or 0.001, spec.high, exclude_min=True)
        case "code":
            return st.sampled_from(list(spec.codes))
        case _:
            return st.none()


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    """Simulated cohorts, with fields, origins, delayed entry, undated events and organs that the simulation has not."""
    base = made(draw(st.integers(2, 12)), draw(st.integers(0, 10_000)))
    patients, events = base.patients, base.events
    n = len(base)
    told = [name for name, spec in field_specs().items() if spec.kind in ("yes-no", "whole", "number", "code")]
    own = {"landmark_months", "extent", "local_recurrence_months", "surgery_months", "local_recurrence"}
    for name in draw(st.lists(st.sampled_from(sorted({*told} - own)), max_size=4, unique=True)):
        values = draw(st.lists(st.none() | cells(field_specs()[name]), min_size=n, max_size=n))
        patients = patients.with_columns(pl.Series(name, values, strict=False))
    text = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).map(str.strip).filter(
        lambda t: t.isprintable() and '"' not in t
    )
    if draw(st.booleans()):
        patients = patients.with_columns(
            pl.Series("kept.what it says", draw(st.lists(text, min_size=n, max_size=n)), dtype=pl.String)
        )
    if draw(st.booleans()):
        patients = patients.with_columns(
            pl.Series(
                "metastases",
                draw(st.lists(st.sampled_from([None, "none", "lung@0", "bone@0; lung@0"]), min_size=n, max_size=n)),
                dtype=pl.String,
            )
        )
    if draw(st.booleans()):
        entry = draw(st.lists(st.floats(-3, 0), min_size=n, max_size=n))
        events = pl.concat(
            [
                events,
                pl.DataFrame(
                    {"id": patients["id"], "months": entry, "event": "entry", "organ": None, "cause": None},
                    schema=events.schema,
                ),
            ]
        )
    spread = set(events.filter(pl.col("event") == "metastasis")["id"])
    free = [i for i in patients["id"] if i not in spread]
    for name in draw(st.lists(st.sampled_from(free), max_size=3, unique=True)) if free else []:
        for organ in draw(st.lists(st.sampled_from(list(ORGANS)), min_size=1, max_size=2, unique=True)):
            row = {"id": [name], "months": [None], "event": ["metastasis"], "organ": [organ], "cause": [None]}
            events = pl.concat([events, pl.DataFrame(row, schema=events.schema)])
    origin = draw(st.sampled_from(["diagnosis", "surgery", "inclusion", "first-metastasis"]))
    try:
        return Cohort.of_frames(
            patients,
            events,
            name="ours",
            origin=origin,
            licence="none",
            notes=("a note",),
            period=draw(st.none() | st.just("2001-2010")),
        )
    except CohortError:
        assume(False)  # a record that cannot be
        raise


@settings(deadline=None, max_examples=EXAMPLES, phases=(Phase.explicit, Phase.generate))
@given(cohort=cohorts())
def test_what_is_written_is_read_back_as_the_same_cohort(
    cohort: Cohort, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if any(
        not _said(v) for c in cohort.patients.columns if c.startswith("kept.") for v in cohort.patients[c].drop_nulls()
    ):
        assume(False)  # a text that says that nothing is known
    assume(not cohort.about.unread_cells)
    same(cohort, back(cohort, tmp_path_factory.mktemp("study")))


def _said(text: str) -> bool:
    from sarcoma.patient import words

    return bool(text) and not words.means_unknown(text)


@pytest.mark.parametrize("seed", range(3))
def test_a_simulated_registry_is_read_back(seed: int, tmp_path: Path) -> None:
    cohort = made(150, seed)
    same(cohort, back(cohort, tmp_path))


def test_without_our_mapping_the_standard_columns_say_the_same_course(tmp_path: Path) -> None:
    cohort = made(150)
    write_as(cohort, "cbioportal", tmp_path)
    (tmp_path / MAPPING).unlink()
    read = make_cohort(open_source(tmp_path))
    for field in ("age", "sex", "histologic_type", "size_cm", "depth", "grade", "margin", "site"):
        assert read.patients[field].equals(cohort.patients[field]), field
    for event in ("death", "last-contact", "metastasis", "local-recurrence"):
        one, other = (c.events.filter(pl.col("event") == event).sort("id") for c in (cohort, read))
        assert one["id"].equals(other["id"])
        assert ((one["months"] - other["months"]).abs() < 0.5 / 30).all()  # half a day
        assert one["cause"].equals(other["cause"])
        assert one["organ"].equals(other["organ"])


# -- The portal's rules


def lines(files: Any, name: str) -> list[list[str]]:
    return [line.split("\t") for line in files[name].removesuffix("\n").split("\n")]


@pytest.fixture(scope="module")
def study() -> Any:
    patients = made(60).patients.with_columns(
        pl.Series("kept.OS_MONTHS", ["=1+1"] * 60),
        pl.Series("performance_status", [1] * 60),
        pl.Series("centre", ['a\tb\n"c"'] * 60),
    )
    return study_of(
        Cohort.of_frames(patients, made(60).events, name="Our registry: Köln", origin="diagnosis", citation="A\nB")
    )[0]


def test_meta_files_name_their_data_and_one_study(study: Any) -> None:
    """File Formats, Cancer Study and Clinical Data: the fields of meta files, one a line."""
    meta = {n: dict(line.split(": ", 1) for line in study[n].splitlines()) for n in FILES if n.startswith("meta_")}
    assert {"type_of_cancer", "cancer_study_identifier", "name", "description"} <= set(meta["meta_study.txt"])
    known = {"type_of_cancer", "cancer_study_identifier", "name", "description", "citation", "add_global_case_list"}
    assert set(meta["meta_study.txt"]) <= known  # the validator warns of others
    assert {m["cancer_study_identifier"] for m in meta.values()} == {"our_registry_koln"} or re.fullmatch(
        r"[a-z0-9_]+", meta["meta_study.txt"]["cancer_study_identifier"]
    )
    for name, kind in (
        ("clinical_patient", "PATIENT_ATTRIBUTES"),
        ("clinical_sample", "SAMPLE_ATTRIBUTES"),
        ("timeline_status", "TIMELINE"),
    ):
        assert meta[f"meta_{name}.txt"]["genetic_alteration_type"] == "CLINICAL"
        assert meta[f"meta_{name}.txt"]["datatype"] == kind
        assert meta[f"meta_{name}.txt"]["data_filename"] in study
    assert FILES[-1] == "meta_study.txt"
    # the validator takes every file with "meta" in its name for a meta file
    assert not re.search(r"(\b|_)meta(\b|[_0-9])", MAPPING, re.IGNORECASE)


@pytest.mark.parametrize("name", ["data_clinical_patient.txt", "data_clinical_sample.txt"])
def test_clinical_files_begin_with_four_lines_about_their_columns(study: Any, name: str) -> None:
    """File Formats, Clinical Data; the validator's `ClinicalValidator`."""
    rows = lines(study, name)
    header, names, data = rows[:4], rows[4], rows[5:]
    assert all(line[0].startswith("#") for line in header)
    assert not any(line[0].startswith("#") for line in rows[4:])
    assert {len(row) for row in rows} == {len(names)}
    assert all(cell.strip("# ") for line in header for cell in line)  # none of them may be empty
    kinds = [header[2][0].removeprefix("#"), *header[2][1:]]
    assert set(kinds) <= {"STRING", "NUMBER", "BOOLEAN"}
    assert all(int(cell.removeprefix("#")) >= 0 for cell in header[3])
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", n) for n in names)
    assert not {"MUTATION_COUNT", "FRACTION_GENOME_ALTERED"} & set(names)  # the portal's own
    for column, kind in enumerate(kinds):
        told = [row[column] for row in data if row[column]]
        assert kind != "NUMBER" or all(float(cell) == float(cell) for cell in told)
        assert kind != "BOOLEAN" or set(told) <= {"TRUE", "FALSE"}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", row[names.index("PATIENT_ID")]) for row in data)
    assert '"' not in study[name]


PREDEFINED = {
    "AGE": ("patient", "NUMBER"),
    "SEX": ("patient", "STRING"),
    "OS_STATUS": ("patient", "STRING"),
    "OS_MONTHS": ("patient", "NUMBER"),
    "CANCER_TYPE": ("sample", "STRING"),
    "PRIMARY_SITE": ("sample", "STRING"),
    "CANCER_TYPE_DETAILED": ("sample", "STRING"),
    "SAMPLE_TYPE": ("sample", "STRING"),
}


def test_attributes_that_portals_know_stand_on_their_level_with_their_datatype(study: Any) -> None:
    """The validator's `PREDEFINED_ATTRIBUTES`."""
    found = {}
    for level in ("patient", "sample"):
        rows = lines(study, f"data_clinical_{level}.txt")
        for name, kind in zip(rows[4], rows[2], strict=True):
            if name != "PATIENT_ID":
                assert name not in found  # an attribute belongs to one level
                found[name] = (level, kind.removeprefix("#"))
    assert {name: found[name] for name in PREDEFINED} == PREDEFINED
    assert {"PATIENT_ID", "SAMPLE_ID"} <= set(lines(study, "data_clinical_sample.txt")[4])
    # a prefix with both endings is drawn as survival
    pairs = {n.removesuffix("_STATUS") for n in found if n.endswith("_STATUS")} & {
        n.removesuffix("_MONTHS") for n in found if n.endswith("_MONTHS")
    }
    assert pairs == {"OS", "DSS"}
    assert not [n for n in found if n.endswith(("_STATUS", "_MONTHS")) and n.rpartition("_")[0] not in pairs]


def test_survival_status_begins_with_its_number_and_samples_have_patients(study: Any) -> None:
    """File Formats, "Note on survival status value"; every sample's patient is there."""
    rows = lines(study, "data_clinical_patient.txt")
    for name in ("OS_STATUS", "DSS_STATUS"):
        assert {row[rows[4].index(name)][:2] for row in rows[5:]} <= {"0:", "1:", ""}
    samples = lines(study, "data_clinical_sample.txt")
    ids = [row[0] for row in rows[5:]]
    assert [row[samples[4].index("PATIENT_ID")] for row in samples[5:]] == ids
    assert len({row[samples[4].index("SAMPLE_ID")] for row in samples[5:]}) == len(ids)


def test_the_timeline_has_its_four_columns_first_and_whole_days(study: Any) -> None:
    """File Formats, Timeline Data: an event at one time has a column STOP_DATE without values."""
    names, *rows = lines(study, "data_timeline_status.txt")
    assert names[:4] == ["PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE"]
    assert all(re.fullmatch(r"-?\d+", row[1]) and row[2] == "" and row[3] == "STATUS" for row in rows)
    known = {row[0] for row in lines(study, "data_clinical_patient.txt")[5:]}
    assert {row[0] for row in rows} <= known


# -- What a portal would get wrong


def test_survival_is_not_given_to_a_portal_that_would_ignore_delayed_entry(tmp_path: Path) -> None:
    cohort = made(30)
    entry = pl.DataFrame(
        {"id": cohort.patients["id"], "months": 0.5, "event": "entry", "organ": None, "cause": None},
        schema=cohort.events.schema,
    )
    late = Cohort.of_frames(cohort.patients, pl.concat([cohort.events, entry]), name="late", origin="diagnosis")
    late = Cohort(
        late.patients.filter(pl.col("id").is_in(_long(late))),
        late.events.filter(pl.col("id").is_in(_long(late))),
        late.about,
    )
    files, losses = study_of(late)
    names = lines(files, "data_clinical_patient.txt")[4]
    assert "MONTHS_OF_ENTRY" in names
    assert not {"OS_MONTHS", "OS_STATUS"} & set(names)
    assert losses
    same(late, back(late, tmp_path))


def _long(cohort: Cohort) -> list[str]:
    ends = cohort.events.filter(pl.col("event").is_in(["death", "last-contact"]), pl.col("months") > 1)
    return ends["id"].unique().to_list()


def test_survival_from_something_else_than_the_diagnosis_is_not_read_as_that(tmp_path: Path) -> None:
    cohort = made(30)
    from_surgery = Cohort(cohort.patients, cohort.events, cohort.about.model_copy(update={"origin": "surgery"}))
    same(from_surgery, back(from_surgery, tmp_path))
    (tmp_path / MAPPING).unlink()
    with pytest.raises(CohortError):
        make_cohort(open_source(tmp_path))


def test_ids_that_a_portal_does_not_take_are_refused_without_being_shown(tmp_path: Path) -> None:
    cohort = made(10)
    named = {"id": pl.col("id").replace({"S0000003": "Jane Doe"})}
    with pytest.raises(CohortError, match="1 of 10") as refused:
        write_as(
            Cohort(cohort.patients.with_columns(**named), cohort.events.with_columns(**named), cohort.about),
            "cbioportal",
            tmp_path,
        )
    assert "Jane" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_the_study_and_replaces_nothing_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(20).write(tmp_path / "cohort")
    command = ["cohort", "write", str(tmp_path / "cohort"), "--to", "cbioportal", "--out", str(tmp_path / "study")]
    for words, code in (
        (command, 0),
        (command, 2),
        ([*command, "--force", "--json"], 0),
        ([*command[:4], "omap", *command[5:]], 2),
    ):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert (ended.value.code or 0) == code, words
        if "--json" in words:
            assert json.loads(capsys.readouterr().out)["patients"] == 20
    assert sorted(p.name for p in (tmp_path / "study").iterdir()) == sorted(FILES)


def test_a_disk_that_is_full_leaves_the_study_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sarcoma.cohort.writing import cbioportal

    write_as(made(5), "cbioportal", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    written: list[str] = []

    def full(path: Path, content: str, fail: type[SarcomaError]) -> None:
        written.append(path.name)
        if len(written) == len(FILES):
            raise fail("the disk is full")
        path.write_text(content, encoding="utf-8")

    monkeypatch.setattr(cbioportal, "write_file", full)
    with pytest.raises(CohortError):
        write_as(made(6), "cbioportal", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_mutated_studies_give_a_cohort_with_its_account_or_one_clear_error(tmp_path: Path) -> None:
    files, _ = study_of(made(12))
    cohorts = 0
    for seed in range(MUTATIONS):
        draw = random.Random(seed)
        for name in FILES:
            (tmp_path / name).write_text(files[name], encoding="utf-8")
        for _ in range(draw.randint(1, 3)):
            name = draw.choice([n for n in FILES if n != "meta_study.txt"])
            path = tmp_path / name
            if not path.exists():
                continue
            rows = [line.split("\t") for line in path.read_text("utf-8").split("\n")]
            row = draw.randrange(len(rows))
            match draw.randint(0, 5):
                case 0:
                    del rows[row]
                case 1:
                    rows.insert(row, list(rows[row]))
                case 2:
                    rows[row][draw.randrange(len(rows[row]))] = draw.choice(
                        ["", "x", "-1", "1e999", "\x00", FOREIGN * 300, "NA", '"']
                    )
                case 3:
                    rows[row].append("more")
                case 4:
                    rows = rows[:row]
                case _:
                    path.unlink()
                    continue
            path.write_text("\n".join("\t".join(r) for r in rows), encoding="utf-8")
        cohorts += cohort_or_error(tmp_path) is not None
    assert cohorts


def test_a_code_that_looks_like_not_known_comes_back(tmp_path: Path) -> None:
    people = pl.DataFrame({"id": ["1", "2", "3"], "nodes": ["not-assessed", "negative", None]})
    ends = pl.DataFrame({"id": ["1", "2", "3"], "months": [12.0] * 3, "event": ["last-contact"] * 3})
    cohort = Cohort.of_frames(people, ends, name="ours", origin="diagnosis")
    assert back(cohort, tmp_path / "study").patients["nodes"].to_list() == ["not-assessed", "negative", None]
