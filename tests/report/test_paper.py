"""Table 1, hazard ratios and curves against R and tableone (tests/reference/paper.R, paper_tableone.py), and their files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from paper_cases import from_r, from_tableone, made_up, rows
from pypdf import PdfReader

from sarcoma.cohort import Cohort, baseline_table, group_curves
from sarcoma.errors import CohortError, InputError, TableError
from sarcoma.fitting import explore
from sarcoma.fitting.exploratory import OTHERS, HazardTable
from sarcoma.report import (
    PaperTable,
    figure_of_curves,
    figure_of_hazards,
    table_of_baseline,
    table_of_curves,
    table_of_hazards,
)

TERMS = ("age", "sex", "size_cm", "grade", "depth")


def close(found: Any, expected: Any, tolerance: float = 1e-8) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance)


# -- Table 1


def variable_of(by: str | None, name: str) -> Any:
    (found,) = [v for v in baseline_table(made_up(), by).variables if v.name == name]
    return found


def test_numbers_of_table_1_are_those_of_r() -> None:
    r = from_r()["table1"]
    age = variable_of("sex", "age")
    whole, _female, male = age.numbers
    close([whole.mean, whole.sd], [r["age"]["mean"], r["age"]["sd"]])
    close([whole.lower_quartile, whole.median, whole.upper_quartile], r["age"]["quartiles"])
    close([male.lower_quartile, male.median, male.upper_quartile], r["age"]["male"])
    size = variable_of("sex", "size_cm")
    close(size.numbers[0].mean, r["size"]["mean"])
    assert size.missing[0] == r["size"]["missing"] == 10


def test_counts_of_table_1_are_those_of_r_and_add_up() -> None:
    table = baseline_table(made_up(), "sex")
    grade = variable_of("sex", "grade")
    assert [[level.counts[1 + i] for level in grade.levels] for i in range(2)] == from_r()["table1"]["grade_by_sex"]
    assert table.patients[0] == sum(table.patients[1:]) == 300
    for v in table.variables:
        assert all(k + m == n for k, m, n in zip(v.known, v.missing, table.patients, strict=True))
        for i in range(len(table.columns)) if v.levels else ():
            assert sum(level.counts[i] or 0 for level in v.levels) == v.known[i]


@pytest.mark.parametrize("name", ["age", "size_cm", "grade", "depth"])
def test_a_standardised_difference_of_two_groups_is_that_of_r_and_tableone(name: str) -> None:
    found = variable_of("sex", name).difference
    close(found, from_r()["table1"]["by_sex"]["size" if name == "size_cm" else name])
    close(found, from_tableone()["sex"][name]["SMD (female,male)"])


@pytest.mark.parametrize("name", ["age", "size_cm", "sex", "depth"])
def test_of_several_groups_the_largest_difference_counts(name: str) -> None:
    found = variable_of("grade", name)
    close(found.difference, max(from_tableone()["grade"][name].values()))


def test_people_whose_group_is_not_known_stand_in_a_column_of_their_own() -> None:
    table = baseline_table(made_up(), "grade")
    assert len(table.columns) == 5
    assert table.groups == 3
    assert table.patients[-1] == rows()["grade"].null_count()


def test_a_level_that_only_one_group_has_gives_a_difference_or_none_but_never_an_error() -> None:
    patients = pl.DataFrame({"id": list("abcdef"), "sex": ["female"] * 3 + ["male"] * 3, "depth": ["deep"] * 3 + ["superficial"] * 3,
                             "grade": ["1", "1", "2", "2", "2", "2"]})  # fmt: skip
    events = pl.DataFrame({"id": list("abcdef"), "months": [5.0] * 6, "event": ["last-contact"] * 6})
    cohort = Cohort.of_frames(patients, events, name="six", origin="diagnosis")
    by_name = {v.name: v for v in baseline_table(cohort, "sex").variables}
    assert by_name["depth"].difference is None  # one level each: apart by any measure
    close(by_name["grade"].difference, (2 / 3) / np.sqrt((2 / 9) / 2))


def test_small_cells_are_hidden_and_the_others_rounded() -> None:
    table = baseline_table(made_up(), "centre", ("grade", "size_cm"), min_cell=20)
    open_ = baseline_table(made_up(), "centre", ("grade", "size_cm"))
    for hidden, shown in zip(table.variables, open_.variables, strict=True):
        for a, b in zip(hidden.levels, shown.levels, strict=True):
            for x, y in zip(a.counts, b.counts, strict=True):
                assert x is None if 0 < y < 20 else x % 20 == 0
        assert all(m is None or m % 20 == 0 for m in hidden.missing)
    paper = table_of_baseline(table)
    assert all(n is None or n % 20 == 0 for n in paper.columns["n"])
    percents = [p for p, n in zip(paper.columns["percent"], paper.columns["n"], strict=True) if n is None]
    assert percents
    assert set(percents) == {None}


@pytest.mark.parametrize(
    ("by", "fields"), [("nothing", ()), ("age", ()), ("grade:1,2", ()), ("size_cm:5,3", ()), ("sex", ("metastases",))]
)
def test_what_table_1_cannot_make_is_refused(by: str, fields: tuple[str, ...]) -> None:
    with pytest.raises(CohortError):
        baseline_table(made_up(), by, fields)


# -- hazard ratios


def assert_agrees(found: HazardTable, r: dict[str, Any], which: str = "together") -> None:
    assert (found.people, found.events) == (r["n"], r["events"])
    ratios = [getattr(row, which) for t in found.terms for row in t.rows if not row.is_reference]
    for name in ("coef", "se", "ratio", "low", "high", "p"):
        close([getattr(one, name) for one in ratios], np.atleast_1d(r[name]))


def test_hazard_ratios_together_are_those_of_r() -> None:
    found, r = explore(made_up(), TERMS), from_r()["together"]
    assert_agrees(found, r)
    close([t.p for t in found.terms], r["wald"])
    close(found.concordance, from_r()["concordance"])


def test_the_check_of_proportional_hazards_is_that_of_r_a_term_and_in_all() -> None:
    found, z = explore(made_up(), TERMS), from_r()["together"]["zph"]
    assert found.ph_global is not None
    close([*(t.ph_statistic for t in found.terms), found.ph_global[0]], z["chisq"])
    assert [*(t.degrees for t in found.terms), found.ph_global[1]] == z["df"]
    close([*(t.ph_p for t in found.terms), found.ph_global[2]], z["p"])


def test_hazard_ratios_alone_are_those_of_r_in_the_same_people() -> None:
    found = explore(made_up(), TERMS)
    for term, r in zip(found.terms, from_r()["alone"], strict=True):
        ratios = [row.alone for row in term.rows if not row.is_reference]
        for name in ("coef", "se", "ratio", "low", "high", "p"):
            close([getattr(one, name) for one in ratios], np.atleast_1d(r[name]))


def test_delayed_entry_strata_and_intervals_of_a_number_are_those_of_r() -> None:
    found, r = (
        explore(made_up(late=True), ("age", "grade", "size_cm:5,10"), strata=("centre",)),
        from_r()["entry_strata"],
    )
    assert found.delayed_entry
    assert found.concordance is None
    assert_agrees(found, r)
    close([t.ph_statistic for t in found.terms], r["zph"]["chisq"][:-1])


def test_a_hazard_of_one_of_several_events_counts_the_others_as_censored() -> None:
    found = explore(made_up(), ("age", "grade"), course="spread")
    assert found.competing
    assert_agrees(found, from_r()["spread"])


def test_people_and_events_of_the_levels_add_up_and_who_is_left_out_is_said() -> None:
    found = explore(made_up(), TERMS)
    for term in found.terms:
        assert sum(row.people for row in term.rows) == found.people
        assert sum(row.events for row in term.rows) == found.events
    assert found.people + sum(n for _, n in found.left_out) == 300


def test_terms_that_nobody_asked_for_and_few_have_are_left_out_and_named() -> None:
    found = explore(made_up())
    assert [t.name for t in found.terms] == list(TERMS)
    assert len(found.not_used) == 2  # types and sites are not recorded


def with_centres(last: str) -> Cohort:
    cohort = made_up()
    few = pl.when(pl.int_range(pl.len()) < 6).then(pl.lit("D")).when(pl.int_range(pl.len()) < 12).then(pl.lit(last))
    return Cohort(cohort.patients.with_columns(centre=few.otherwise("centre")), cohort.events, cohort.about)


def test_small_levels_of_a_list_are_put_together_and_those_of_a_scale_are_left_out() -> None:
    found = explore(with_centres("E"), ("centre",))
    assert [row.label for row in found.terms[0].rows][-1] == OTHERS
    assert found.terms[0].rows[-1].people == 12
    cohort = made_up()
    one = Cohort(
        cohort.patients.filter(pl.int_range(pl.len()) < 30), cohort.events.filter(pl.col("id") < "m030"), cohort.about
    )
    small = explore(one, ("grade", "age"))
    assert all(row.people >= 10 for row in small.terms[0].rows)
    assert small.people + sum(n for _, n in small.left_out) == 30


@pytest.mark.parametrize(
    ("terms", "more"),
    [
        (("nothing",), {}),
        (("metastases",), {}),
        (("histologic_type",), {}),
        (("age",), {"course": "spread", "event": "nothing"}),
        (("age",), {"strata": ("size_cm",)}),
    ],
)
def test_what_cannot_be_fitted_is_refused(terms: tuple[str, ...], more: dict[str, Any]) -> None:
    with pytest.raises(CohortError):
        explore(made_up(), terms, **more)
    with pytest.raises(InputError, match="course"):
        explore(made_up(), ("age",), course="full-course")  # type: ignore[arg-type]


def test_without_events_there_is_no_hazard_and_no_curve() -> None:
    cohort = made_up()
    alive = cohort.events.filter(pl.col("event") != "metastasis").with_columns(
        event=pl.lit("last-contact"), cause=pl.lit(None, pl.String)
    )
    nobody = Cohort(cohort.patients, alive, cohort.about)
    with pytest.raises(CohortError):
        explore(nobody, ("age",))
    with pytest.raises(CohortError):
        group_curves(nobody, "sex")


def test_without_a_common_start_there_are_no_curves_or_hazards_from_it() -> None:
    cohort = made_up()
    no_start = Cohort(cohort.patients, cohort.events, cohort.about.model_copy(update={"origin": "inclusion"}))
    for course in ("survival", "spread"):
        with pytest.raises(CohortError):
            group_curves(no_start, "sex", course=course)  # type: ignore[arg-type]
        with pytest.raises(CohortError):
            explore(no_start, ("age",), course=course)  # type: ignore[arg-type]
    assert explore(no_start, ("sex",), course="survival-from-metastasis").people == 129


def test_treatments_that_anyone_had_stand_in_table_1_the_most_frequent_first() -> None:
    cohort = made_up()
    had = pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("chemotherapy; pazopanib"))
    had = (
        had.when(pl.int_range(pl.len()) < 100)
        .then(pl.lit("chemotherapy"))
        .when(pl.int_range(pl.len()) < 280)
        .then(pl.lit("none"))
    )
    treated = Cohort(cohort.patients.with_columns(treatments=had.otherwise(None)), cohort.events, cohort.about)
    rows_ = baseline_table(treated).variables[-2:]
    assert [v.name for v in rows_] == ["treatments:chemotherapy", "treatments:pazopanib"]
    assert [(v.levels[0].counts, v.known, v.missing) for v in rows_] == [
        ((100,), (280,), (20,)),
        ((40,), (280,), (20,)),
    ]


# -- curves


def test_curves_bands_numbers_at_risk_and_the_test_are_those_of_r() -> None:
    found, r = group_curves(made_up(), "grade"), from_r()
    for curve, expected in zip(found.curves, r["curves"], strict=True):
        inside = np.array([12, 24, 60]) <= curve.followed_to
        assert inside.sum() >= 2
        place = np.searchsorted(curve.times, [12, 24, 60], side="right") - 1
        close(curve.probability[place][inside], np.array(expected["surv"])[inside])
        close(curve.low[place][inside], np.array(expected["low"])[inside])
        close(curve.high[place][inside], np.array(expected["high"])[inside])
        at_risk = dict(zip(found.risk_times, curve.at_risk, strict=True))
        assert [at_risk[t] for t in (12, 24)] == expected["at_risk"][:2]
        assert curve.median is not None
        close(curve.median.value, expected["median"])
        close([curve.median.low, curve.median.high], [expected["median_low"], expected["median_high"]])
    assert found.test is not None
    close(found.test[1], r["logrank"])


def test_incidences_and_grays_test_are_those_of_r() -> None:
    found, r = group_curves(made_up(), "grade", course="spread"), from_r()
    assert not found.is_survival
    for curve, expected in zip(found.curves, r["incidence"], strict=True):
        place = np.searchsorted(curve.times, [12, 24, 60], side="right") - 1
        inside = np.array([12, 24, 60]) <= curve.followed_to
        close(curve.probability[place][inside], np.array(expected)[inside])
    assert found.test is not None
    close(found.test[1], r["gray"])


def test_where_nobody_had_the_event_the_limit_is_the_exact_bound() -> None:
    ids = [f"p{i}" for i in range(12)]
    patients = pl.DataFrame({"id": ids, "sex": ["female"] * 12})
    events = pl.DataFrame({"id": ids, "months": [30.0] * 11 + [40.0], "event": ["last-contact"] * 11 + ["death"]})
    (curve,) = group_curves(Cohort.of_frames(patients, events, name="twelve", origin="diagnosis")).curves
    first = curve.readings[0]
    assert (first.months, first.probability, first.high, first.at_risk) == (12.0, 1.0, 1.0, 12)
    close(first.low, 0.025 ** (1 / 12), 1e-3)  # Clopper and Pearson, to a hundredth of a percent


def test_a_term_that_nobody_asked_for_leaves_where_too_few_are_left_for_it() -> None:
    cohort = made_up()
    sizes = pl.when(pl.col("depth") == "deep").then("size_cm").otherwise(None)  # who has a size is deep
    few = Cohort(cohort.patients.with_columns(size_cm=sizes), cohort.events, cohort.about)
    found = explore(few)
    assert [t.name for t in found.terms] == ["age", "sex", "size_cm", "grade"]
    assert len(found.not_used) == 3
    assert found.people + sum(n for _, n in found.left_out) == 300
    with pytest.raises(CohortError):
        explore(few, ("size_cm", "depth"))


def test_a_curve_ends_when_too_few_are_at_risk() -> None:
    for curve in group_curves(made_up(), "grade").curves:
        assert curve.times[-1] <= curve.followed_to
        assert len(curve.times) == len(curve.probability) == len(curve.low) == len(curve.high)


# -- files


@cache
def tables() -> dict[str, PaperTable]:
    return {
        "table1": table_of_baseline(baseline_table(made_up(), "sex")),
        "hazards": table_of_hazards(explore(made_up(), TERMS)),
        "curves": table_of_curves(group_curves(made_up(), "grade")),
    }


STARTS = {
    ".xlsx": b"PK",
    ".docx": b"PK",
    ".pdf": b"%PDF",
    ".png": b"\x89PNG",
    ".svg": b"<?xml",
    ".html": b"<!doctype html",
}


@pytest.mark.parametrize("name", ["table1", "hazards", "curves"])
@pytest.mark.parametrize("kind", [".csv", ".xlsx", ".docx", ".pdf", ".html", ".json"])
def test_a_table_is_written_as_the_format_of_its_name_twice_the_same(name: str, kind: str, tmp_path: Path) -> None:
    one = tables()[name].write(tmp_path / f"t{kind}").read_bytes()
    assert one[:20].lower().startswith(STARTS.get(kind, b"").lower())
    assert tables()[name].write(tmp_path / f"u{kind.upper()}").read_bytes() == one
    if kind != ".html":
        assert b"<html" not in one[:2000].lower()


@pytest.mark.parametrize("name", ["t", "t.txt", "t.xls", "t.doc", "t.html.txt", "t.svg"])
def test_a_table_of_another_format_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(TableError):
        tables()["table1"].write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_csv_of_hazards_holds_the_numbers_unrounded(tmp_path: Path) -> None:
    path = tables()["hazards"].write(tmp_path / "h.csv")
    read = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    columns = list(read[0])
    together = [float(row[columns[11]]) for row in read if row["reference"] == "false"]
    close(together, from_r()["together"]["ratio"])
    assert sum(int(row["events"]) for row in read if row["variable"] == read[1]["variable"]) == 176


def test_the_workbook_has_the_table_and_its_numbers(tmp_path: Path) -> None:
    import openpyxl

    table = tables()["table1"]
    book = openpyxl.load_workbook(table.write(tmp_path / "t.xlsx"))
    printed, numbers = book.worksheets
    assert [cell.value or "" for cell in printed[3]] == list(table.head)
    assert printed.max_row == 3 + len(table.rows) + 1 + len(table.notes)
    assert [cell.value for cell in numbers[1]] == list(table.columns)
    assert numbers.max_row == 1 + table.frame().height
    means = [row[6].value for row in numbers.iter_rows(min_row=2)]
    close(means[0], rows()["age"].mean())


def test_a_cell_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    import openpyxl

    cohort = made_up()
    named = Cohort(cohort.patients.with_columns(centre=pl.lit("=1+1")), cohort.events, cohort.about)
    path = table_of_baseline(baseline_table(named, None, ("centre",))).write(tmp_path / "t.xlsx")
    cells = [cell for row in openpyxl.load_workbook(path).worksheets[1].iter_rows() for cell in row]
    assert any(cell.value == "=1+1" and cell.data_type == "s" for cell in cells)


def test_the_word_document_holds_the_table_with_a_head_on_every_page(tmp_path: Path) -> None:
    import docx

    table = tables()["hazards"]
    path = table.write(tmp_path / "t.docx")
    (found,) = docx.Document(str(path)).tables
    assert [cell.text for cell in found.rows[0].cells] == list(table.head)
    assert [[cell.text for cell in row.cells] for row in found.rows[1:]] == [list(row) for row in table.printed()]
    assert b"w:tblHeader" in zipfile.ZipFile(path).read("word/document.xml")


def test_the_pdf_holds_the_table(tmp_path: Path) -> None:
    table = tables()["hazards"]
    text = "".join(page.extract_text() for page in PdfReader(table.write(tmp_path / "t.pdf")).pages)
    for row in table.rows:
        assert row.cells[1] in text
        assert row.cells[5][:4] in text


@pytest.mark.parametrize("name", ["table1", "hazards", "curves"])
def test_the_text_of_a_table_fits_80_columns(name: str) -> None:
    assert max(len(line) for line in tables()[name].text().splitlines()) <= 80


def figures() -> dict[str, Any]:
    return {
        "curves": figure_of_curves(group_curves(made_up(), "grade")),
        "hazards": figure_of_hazards(explore(made_up(), TERMS)),
    }


@pytest.mark.parametrize("name", ["curves", "hazards"])
@pytest.mark.parametrize("kind", [".svg", ".png", ".pdf"])
def test_a_figure_is_a_file_of_its_own_twice_the_same(name: str, kind: str, tmp_path: Path) -> None:
    one = figures()[name].write(tmp_path / f"f{kind}").read_bytes()
    assert one.startswith(STARTS[kind])
    assert figures()[name].write(tmp_path / f"g{kind}").read_bytes() == one
    for other in ("f.jpg", "f", "f.csv"):
        with pytest.raises(TableError):
            figures()[name].write(tmp_path / other)


def texts_of(svg: bytes) -> list[str]:
    from xml.etree import ElementTree

    found = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(node.itertext()).strip() for node in found]


def test_the_figure_of_curves_names_its_groups_and_its_numbers_at_risk() -> None:
    curves = group_curves(made_up(), "grade")
    texts = texts_of(figure_of_curves(curves).drawn(".svg"))
    for curve in curves.curves:
        assert texts.count(curve.label) == 2  # legend, and beneath
        for n in curve.at_risk:
            assert f"{n:,}" in texts


def test_the_forest_plot_names_every_level_with_events_of_people() -> None:
    found = explore(made_up(), TERMS)
    texts = texts_of(figure_of_hazards(found).drawn(".svg"))
    for term in found.terms:
        for row in term.rows:
            assert f"{row.events:,} / {row.people:,}" in texts
            if not term.is_number:
                assert row.label in texts


def test_everything_goes_to_json_without_numbers_that_are_none() -> None:
    for table in tables().values():
        json.dumps(table.data, allow_nan=False)
    assert asdict(explore(made_up(), ("age",)))["people"] == 300


def test_no_drawing_or_office_library_is_loaded_before_it_is_asked_for(tmp_path: Path) -> None:
    made_up().write(tmp_path / "c")
    script = (
        "import sys; sys.argv = ['sarcoma', 'cohort', 'hazards', sys.argv[1], '--term', 'age']\n"
        "from sarcoma.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "assert not {'matplotlib', 'docx', 'xlsxwriter', 'pandas'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "c")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# -- the command line


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "sarcoma", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )


def test_commands_write_the_formats_of_the_names_and_refuse_others_before_they_work(tmp_path: Path) -> None:
    made_up().write(tmp_path / "c")
    done = run("cohort", "table1", "c", "--by", "sex", "--to", "t.csv", "--to", "t.docx", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run("cohort", "hazards", "c", "--term", "grade", "--to", "h.xlsx", "--forest", "f.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run("cohort", "curves", "c", "--by", "sex", "--to", "k.png", "--to", "k.csv", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["groups"]) == 2
    written = {p.name: p.read_bytes()[:4] for p in tmp_path.iterdir() if p.is_file()}
    assert written.keys() == {"t.csv", "t.docx", "h.xlsx", "f.svg", "k.png", "k.csv"}
    assert written["k.png"] == b"\x89PNG"


@pytest.mark.parametrize(
    "command",
    [
        ("cohort", "table1", "c", "--to", "t.rtf"),
        ("cohort", "hazards", "c", "--to", "t.svg"),
        ("cohort", "hazards", "c", "--forest", "t.docx"),
        ("cohort", "curves", "c", "--to", "t.jpg"),
        ("cohort", "describe", "c", "--to", "t.docx"),
        ("cohort", "describe", "c", "--to", "t"),
        ("cohort", "check", "c", "--to", "t.pdf"),
        ("cohort", "simulate", "--to", "t.xlsx"),
        ("cohort", "map", "t.csv", "--to", "t.html"),
        ("fit", "course-tcga", "--cohort", "c", "--to", "t.html"),
        ("validate", "kattan-2002", "--cohort", "c", "--to", "t.docx"),
        ("validate", "kattan-2002", "--cohort", "c", "--entries", "t.csv", "--source", "X"),
        ("outlook", "--table", "t.csv", "--out", "t.xlsx"),
    ],
)
def test_no_command_writes_one_format_under_the_name_of_another(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sarcoma.cli import main

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(list(command))
    assert end.value.code == 2
    option = next(a for a in reversed(command) if a.startswith("--") and a != "--source")
    assert option in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_reports_give_their_numbers_as_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sarcoma.cli import main

    made_up().write(tmp_path / "c")
    monkeypatch.chdir(tmp_path)
    for command in (("cohort", "describe", "c"), ("cohort", "check", "c")):
        with pytest.raises(SystemExit) as end:
            main([*command, "--to", f"{command[1]}.csv"])
        assert end.value.code == 0
    described = pl.read_csv(tmp_path / "describe.csv")
    at_60 = described.filter((pl.col("kind") == "survival") & (pl.col("horizon") == 60) & pl.col("group").is_null())
    assert at_60.height
    assert at_60["n"][0] == 300
    assert set(pl.read_csv(tmp_path / "check.csv").columns) >= {"rule", "severity", "count", "of"}
