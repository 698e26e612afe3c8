"""Tables as registries keep them: sheets, several tumours, TNM, units and ranges in cells, German and Spanish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from sarcoma.cli import main
from sarcoma.cohort import Cohort, Source, check, cohort_map, draft_of, make_cohort, open_source
from sarcoma.cohort.reading.headings import patterns_of_fields, plain_heading, unit_of
from sarcoma.cohort.reading.tnm import Tnm, is_tnm, read_tnm
from sarcoma.errors import CohortError, TableError
from sarcoma.patient import Patient, field_specs
from sarcoma.patient.quantities import bounds, measured, share

BASE: dict[str, Any] = {
    "name": "made up",
    "id": "id",
    "origin": {"event": "diagnosis", "column": "diagnosed", "unit": "date"},
    "events": [{"event": "last-contact", "column": "seen", "unit": "date"}],
    "fields": {"size_cm": "size", "histologic_type": "type"},
}


def cohort_of(rows: list[dict[str, Any]], **more: Any) -> Cohort:
    whole = [{"diagnosed": "2010-01-01", "seen": "2015-01-01", "size": "7", "type": "LMS"} | row for row in rows]
    return make_cohort(Source(pl.DataFrame(whole), "test"), cohort_map(BASE | more))


# -- sheets and header rows


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Read me"
    first["A1"], first["A2"] = "About", "made up"
    second = book.create_sheet("Patients 2024")
    second["A1"] = "Our registry"
    for r, row in enumerate([["id", "size", "seen"], ["p1", 7, 12], ["p2", 8, 24]]):
        for c, value in enumerate(row):
            second.cell(4 + r, 2 + c, value)
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_a_sheet_and_its_header_row_are_read_where_they_are_named(workbook: Path) -> None:
    source = open_source(workbook, sheet="patients 2024", header_row=4)
    assert source.main.columns == ["id", "size", "seen"]
    assert source.main.rows() == [("p1", "7", "12"), ("p2", "8", "24")]
    assert source.sheets == ("Read me", "Patients 2024")
    assert open_source(workbook, sheet="2", header_row=4).main.rows() == source.main.rows()


def test_a_sheet_that_is_not_there_is_answered_with_those_that_are(workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="its sheets are: Read me; Patients 2024"):
        open_source(workbook, sheet="Tumours")
    with pytest.raises(TableError, match="no row 90"):
        open_source(workbook, sheet="Patients 2024", header_row=90)
    text = tmp_path / "t.csv"
    text.write_text("id,a\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError, match="only a spreadsheet has sheets"):
        open_source(text, sheet="Tumours")


def test_lines_above_the_headings_of_a_text_are_left_out(tmp_path: Path) -> None:
    text = tmp_path / "t.csv"
    text.write_text("Our registry\nmade, on, a, day\nid;size\n1;2,5\n", encoding="utf-8")
    assert open_source(text, header_row=3).main.to_dicts() == [{"id": "1", "size": "2,5"}]


def test_the_mapping_names_the_sheet_for_the_command(workbook: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "name: x\nsheet: Patients 2024\nheader_row: 4\nid: id\norigin: {event: diagnosis}\nfields: {size_cm: size}\n"
        "events: [{event: last-contact, column: seen, unit: months}]\n",
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as done:
        main(["cohort", "read", str(workbook), "--mapping", str(mapping), "--to", str(tmp_path / "c")])
    assert done.value.code == 0
    assert Cohort.open(tmp_path / "c").patients["size_cm"].to_list() == [7.0, 8.0]
    with pytest.raises(CohortError, match="sheet"):
        make_cohort(open_source(workbook), cohort_map(BASE | {"sheet": "Patients 2024"}))


def test_a_draft_names_the_sheet_it_was_made_from_and_says_that_there_are_others(workbook: Path) -> None:
    assert draft_of(open_source(workbook, sheet="2", header_row=4), "x").mapping["sheet"] == "2"
    assert any("2 sheets" in text for text in draft_of(open_source(workbook), "x").unsure)


def test_a_table_of_records_has_sheets_too(workbook: Path, tmp_path: Path) -> None:
    mapping, out = tmp_path / "m.yaml", tmp_path / "out.csv"
    mapping.write_text("name: x\nid: id\nfields: {size_cm: size}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["outlook", "--table", str(workbook), "--mapping", str(mapping), "--sheet", "Patients 2024",
              "--header-row", "4", "--out", str(out)])  # fmt: skip
    assert done.value.code == 0
    assert pl.read_csv(out).height == 2


# -- several tumours of one person

TUMOURS = [
    {"id": "a", "diagnosed": "2012-01-01", "size": "5", "type": "LMS", "seq": "2"},
    {"id": "a", "diagnosed": "2008-01-01", "size": "9", "type": "lipoma", "seq": "1"},
    {"id": "a", "diagnosed": "2010-01-01", "size": "3", "type": "synovial sarcoma", "seq": "3"},
    {"id": "b", "diagnosed": "2011-01-01", "size": "4", "type": "LMS", "seq": "1"},
]


@pytest.mark.parametrize(
    ("rule", "size"),
    [("last-diagnosis", 5.0), ("first-sarcoma", 3.0), ({"rule": "lowest", "column": "other"}, 3.0)],
)
def test_one_tumour_of_a_person_counts_by_the_rule_that_is_named(rule: Any, size: float) -> None:
    rows = [row | {"other": str(-int(row["seq"]))} for row in TUMOURS]
    cohort = cohort_of(rows, several_tumours=rule)
    assert dict(cohort.patients.select("id", "size_cm").iter_rows()) == {"a": size, "b": 4.0}
    about = cohort.about
    assert (about.rows_in, about.rows_used, about.rows_refused) == (4, 2, 2)
    assert {(r.kind, r.count, r.ids) for r in about.refused} == {("several-tumours", 2, ("a", "a"))}


@pytest.mark.parametrize("rule", ["first-diagnosis", "largest", {"rule": "lowest", "column": "seq"}])
def test_a_rule_that_takes_a_benign_tumour_refuses_the_person_and_says_why(rule: Any) -> None:
    cohort = cohort_of(TUMOURS, several_tumours=rule)
    assert cohort.patients["id"].to_list() == ["b"]
    assert {(r.kind, r.count) for r in cohort.about.refused} == {("several-tumours", 2), ("out-of-scope", 1)}


def test_a_rule_that_cannot_tell_takes_none() -> None:
    alike = [{"id": "a"}, {"id": "a"}, {"id": "b"}]
    assert cohort_of(alike, several_tumours="first-diagnosis").patients["id"].to_list() == ["b"]
    unknown = [{"id": "a", "size": "9"}, {"id": "a", "size": ">5"}, {"id": "b"}]
    assert cohort_of(unknown, several_tumours="largest").patients["id"].to_list() == ["b"]


def test_rows_that_the_mapping_does_not_take_are_no_candidates() -> None:
    rows = [
        {"id": "a", "diagnosed": "2008-01-01", "kind": "colon", "size": "9"},
        {"id": "a", "diagnosed": "2010-01-01", "kind": "sarcoma", "size": "3"},
    ]
    cohort = cohort_of(rows, several_tumours="first-diagnosis", only={"kind": "sarcoma"})
    assert cohort.patients["size_cm"].to_list() == [3.0]


def test_check_reports_tumours_left_out_and_rows_without_a_rule() -> None:
    by_rule = {f.rule: f for f in check(cohort_of(TUMOURS, several_tumours="first-sarcoma")).findings}
    assert (by_rule["several-tumours"].count, by_rule["several-tumours"].severity) == (2, "note")
    without = {f.rule: f for f in check(cohort_of([*TUMOURS[:1], *TUMOURS[2:]])).findings}
    assert (without["several-rows"].count, without["several-rows"].severity) == (1, "warning")


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"several_tumours": "biggest"}, "several_tumours"),
        ({"several_tumours": "lowest"}, "column goes with the rule lowest"),
        ({"several_tumours": "first-diagnosis", "origin": {"event": "diagnosis"}}, "time of the origin"),
        ({"tnm": "tnm"}, "edition"),
        ({"tnm": {"column": "tnm"}}, "edition"),
        ({"tnm": {"column": "tnm", "edition": 5}}, "tnm"),
    ],
)
def test_a_rule_or_an_edition_that_is_not_there_is_asked_for(change: dict[str, Any], words: str) -> None:
    base = BASE | {"events": [{"event": "last-contact", "column": "seen", "unit": "months"}]}
    if "origin" not in change:
        base = BASE
    with pytest.raises(CohortError, match=words):
        cohort_map(base | change)


# -- TNM


@pytest.mark.parametrize(
    ("text", "edition", "said"),
    [
        ("pT2bN0M0", 7, Tnm("negative", False, "deep")),
        ("cT1 N0 M0", 8, Tnm("negative", False, None)),
        ("pT1a pN0 cM0", 6, Tnm("negative", False, "superficial")),
        ("pT2b, pN1, M1b, G3, R0, L0, V0", 7, Tnm("positive", True, "deep")),
        ("T3 NX MX", 8, Tnm(None, None, None)),
        ("pT2(m) N0", 8, Tnm("negative", None, None)),
        ("t2b n0 m0", 7, Tnm("negative", False, "deep")),
    ],
)
def test_tnm_is_read_by_its_edition(text: str, edition: Any, said: Tnm) -> None:
    assert read_tnm(text, edition) == said
    assert is_tnm(text)


@pytest.mark.words
def test_an_edition_that_the_text_belies_is_doubted() -> None:
    assert "edition" in read_tnm("T3N0M0", 7).doubt
    assert "edition" in read_tnm("T2bN0M0", 8).doubt
    assert read_tnm("T2bN0M0", 8).depth is None


@pytest.mark.words
@pytest.mark.parametrize("text", ["ypT3N0M0", "ypT3 N0 M0", "rT2 N0 M0", "T2 T3", "II B", "T2N0Mwhat", "x" * 500, "G3"])
def test_what_is_no_tnm_or_not_of_the_diagnosis_says_nothing(text: str) -> None:
    if text == "G3":
        assert not is_tnm(text)
    with pytest.raises(ValueError, match=r"TNM|diagnosis"):
        read_tnm(text, 8)


@pytest.mark.words
def test_tnm_fills_nodes_depth_and_metastases_and_names_what_it_cannot_read() -> None:
    texts = ["pT2bN0M0", "pT1aN1M1", "ypT2N0M0", "?", "II", "T1bNXMX"]
    rows = [{"id": str(n), "tnm": text} for n, text in enumerate(texts)]
    cohort = cohort_of(rows, tnm={"column": "tnm", "edition": 7})
    told = cohort.patients.select("depth", "nodes", "metastases").rows()
    assert told == [
        ("deep", "negative", "none"),
        ("superficial", "positive", "unknown@0"),
        (None, None, None),
        (None, None, None),
        (None, None, None),
        ("deep", None, None),
    ]
    events = cohort.events.filter(pl.col("event") == "metastasis").select("id", "months", "organ").rows()
    assert events == [("1", 0.0, "unknown")]
    assert sum(r.count for r in cohort.about.unread_cells if r.reason.startswith("tnm")) == 2


@pytest.mark.words
def test_a_depth_that_the_place_cannot_have_refuses_nobody() -> None:
    fields = BASE["fields"] | {"site": "site"}
    rows = [{"id": "a", "tnm": "T1aN0M0", "site": "retroperitoneum"}]
    cohort = cohort_of(rows, fields=fields, tnm={"column": "tnm", "edition": 7})
    assert cohort.about.rows_used == 1
    assert any("depth" in r.reason for r in cohort.about.unread_cells)


# -- cells


@pytest.mark.parametrize(
    ("text", "cm"),
    [("7.5 cm", 7.5), ("75 mm", 7.5), ("75mm", 7.5), ("3 in", 7.62), ('3"', 7.62), ("2.5 inches", 6.35), ("7,5 CM", 7.5),
     ("3 Zoll", 7.62), ("2 pulgadas", 5.08), ("7 kg", None), ("12 x 8 cm", None), ("cm", None)],
)  # fmt: skip
def test_a_unit_in_the_cell_is_read(text: str, cm: float | None) -> None:
    assert measured(text, "cm") == (None if cm is None else pytest.approx(cm, abs=1e-12))


def test_a_unit_in_the_cell_goes_before_that_of_the_mapping() -> None:
    rows = [{"id": "a", "size": "70"}, {"id": "b", "size": "7 cm"}, {"id": "c", "size": "2 in"}]
    fields = {"size_cm": {"column": "size", "unit": "mm"}}
    assert cohort_of(rows, fields=fields).patients["size_cm"].to_list() == [7.0, 7.0, 5.08]
    inches = {"size_cm": {"column": "size", "unit": "in"}}
    assert cohort_of([{"id": "a", "size": "3"}], fields=inches).patients["size_cm"].to_list() == [7.62]


def test_units_are_the_same_at_the_door_of_one_record() -> None:
    found = Patient(size="75 mm", age="62 Jahre")
    assert (found.size_cm, found.age) == (7.5, 62.0)


@pytest.mark.words
@pytest.mark.parametrize(
    ("text", "said"),
    [(">10", (10, float("inf"))), ("5-8", (5, 8)), ("5 – 8 cm", (5, 8)), ("<2 cm", (float("-inf"), 2)),
     ("≥ 5", (5, float("inf"))), ("90+", (90, float("inf"))), ("5 bis 8", (5, 8)), ("más de 5", (5, float("inf"))),
     ("ca. 5", (float("-inf"), float("inf"))), ("7", None), ("-5", None), ("2020-01-02", None), ("abc", None)],
)  # fmt: skip
def test_ranges_and_bounds_are_told_from_numbers(text: str, said: tuple[float, float] | None) -> None:
    assert bounds(text) == said


@pytest.mark.words
def test_a_range_leaves_the_size_unknown_and_is_named() -> None:
    rows = [{"id": str(n), "size": text} for n, text in enumerate([">10", "5-8", "<2 cm", "7"])]
    cohort = cohort_of(rows)
    assert cohort.patients["size_cm"].to_list() == [None, None, None, 7.0]
    assert [(r.count, "a range or a bound" in r.reason) for r in cohort.about.unread_cells] == [(3, True)]


@pytest.mark.words
@pytest.mark.parametrize(
    ("text", "code"),
    [("0%", "none"), ("30%", "under-half"), ("<10 %", "under-half"), ("10-40%", "under-half"), ("50%", "half-or-more"),
     (">60%", "half-or-more"), ("100%", "half-or-more"), ("60-80 %", "half-or-more")],
)  # fmt: skip
def test_a_range_that_decides_a_category_gives_it(text: str, code: str) -> None:
    assert field_specs()["necrosis"].clean(text) == code


@pytest.mark.words
@pytest.mark.parametrize("text", ["40-60%", ">10%", "≤50%", "10-50%", "150%", "30", "ca. 30%"])
def test_a_share_that_decides_nothing_stays_unknown(text: str) -> None:
    assert share(text) is not None or text == "30"
    with pytest.raises(ValueError, match=r"possible|known code"):
        field_specs()["necrosis"].clean(text)


# -- German and Spanish

GERMAN = """Patienten-Nr;Geschlecht;Alter;Histologie;Tumorgröße;Tiefe;Grading;Diagnosedatum;Lokalrezidiv am;Metastasen am
1;männlich;62;Leiomyosarcoma;7 cm;tief;G3;01.03.2010;;01.01.2011
2;weiblich;55;Synovial sarcoma;85 mm;subfaszial;G2;01.05.2011;01.02.2012;
3;w;50;LMS;unbekannt;oberflächlich;G2;01.05.2011;;
""".splitlines()
GERMAN_END = [";Todesdatum;Letzter Kontakt;Vitalstatus;Todesursache;Klinik", ";05.03.2012;;verstorben;tumorbedingt;A",
              ";;05.03.2015;lebend;;A", ";;05.03.2015;lebt;;B"]  # fmt: skip
SPANISH = """ID paciente,Sexo,Edad,Tipo histológico,Tamaño (mm),Profundidad,Grado,Fecha de diagnóstico,Fecha último control,Estado vital
1,hombre,62,LMS,70,profunda,3,2010-03-01,2012-03-05,fallecido
2,mujer,55,synovial sarcoma,85,superficial,2,2011-05-01,2015-03-05,vivo
3,mujer,50,LMS,no consta,profundo,2,2011-05-01,2015-03-05,viva
"""


def read_as_drafted(path: Path) -> tuple[dict[str, Any], Cohort]:
    source = open_source(path)
    draft = draft_of(source, "x")
    assert not draft.refused
    return draft.mapping, make_cohort(source, cohort_map(draft.mapping))


def test_a_german_registry_is_drafted_and_read(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("\n".join(a + b for a, b in zip(GERMAN, GERMAN_END, strict=True)) + "\n", encoding="utf-8")
    mapping, cohort = read_as_drafted(path)
    assert (mapping["id"], mapping["centre"]) == ("Patienten-Nr", "Klinik")
    p = cohort.patients
    assert p["sex"].to_list() == ["male", "female", "female"]
    assert p["size_cm"].to_list() == [7.0, 8.5, None]
    assert p["depth"].to_list() == ["deep", "deep", "superficial"]
    assert p["age"].to_list() == [62.0, 55.0, 50.0]
    assert p["grade"].to_list() == ["3", "2", "2"]
    events = {(i, e) for i, e in cohort.events.select("id", "event").iter_rows()}
    assert events == {("1", "death"), ("1", "metastasis"), ("2", "last-contact"), ("2", "local-recurrence"),
                      ("3", "last-contact")}  # fmt: skip
    assert cohort.events.filter(pl.col("event") == "death")["cause"].to_list() == ["sarcoma"]


def test_a_spanish_registry_is_drafted_and_read(tmp_path: Path) -> None:
    path = tmp_path / "registro.csv"
    path.write_text(SPANISH, encoding="utf-8")
    mapping, cohort = read_as_drafted(path)
    assert mapping["id"] == "ID paciente"
    p = cohort.patients
    assert p["sex"].to_list() == ["male", "female", "female"]
    assert p["size_cm"].to_list() == [7.0, 8.5, None]
    assert p["depth"].to_list() == ["deep", "superficial", "deep"]
    assert cohort.events["event"].to_list() == ["death", "last-contact", "last-contact"]


def test_m_beside_h_is_mujer_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "registro.csv"
    path.write_text(SPANISH.replace("hombre", "H").replace("mujer", "M"), encoding="utf-8")
    draft = draft_of(open_source(path), "x")
    assert draft.mapping["fields"]["sex"]["values"] == {"H": "male", "M": "female"}
    assert any("mujer" in text for text in draft.unsure)


@pytest.mark.parametrize("answer", ["ja", "Ja", "J", "sí", "si", "Sí"])
def test_yes_and_no_in_german_and_spanish(answer: str) -> None:
    clean: Callable[[Any], Any] = field_specs()["multifocal"].clean
    assert clean(answer) is True
    assert clean("nein") is False
    assert clean("keine Angabe") is clean("desconocido") is None


def test_headings_are_compared_without_accents_and_short_words_stand_alone() -> None:
    assert plain_heading("Tumorgröße (mm)") == "tumorgroße_mm".replace("ß", "ss")
    assert (unit_of("Überleben in Tagen"), unit_of("Tage bis Tod"), unit_of("stage")) == (None, "days", None)
    assert (unit_of("meses de seguimiento"), unit_of("mesenquimal"), unit_of("años")) == ("months", None, "years")
    assert set(patterns_of_fields()) <= set(field_specs())


def test_headings_that_stand_lower_are_asked_about(workbook: Path) -> None:
    unsure = draft_of(open_source(workbook, sheet="Patients 2024"), "x").unsure
    assert any("--header-row" in text for text in unsure)
