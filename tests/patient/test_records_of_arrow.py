"""A table read by columns is the table read row by row: same records, same refusals, word for word."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_cases import COLUMNS, same

from sarcoma.errors import Problem, TableError
from sarcoma.patient import Numeric, Patient, Records, field_specs, table_columns
from sarcoma.patient.checks import CHECKS, READS
from sarcoma.patient.derived import DERIVATIONS
from sarcoma.patient.mapping import TableMap, own_columns, read_row
from sarcoma.patient.table_account import TableAccount

DAYS = ["2020-01-01", "2020-03-15", "2019-12-01 00:00:00", "2021-06-01T10:00", "2019-01-01", "31/12/2020", "2020-13-01"]
NUMBERS = ["62", "7.5", " 7,5 ", "75 mm", "5-8", ">10", "1,234", "-3", "+4", ".5", "5.", "1e1", "1e0001", "NaN", "inf"]
NUMBERS += ["0", "999", "9", "3 in", "1e400", "0.30000000000000004", "old", "1" * 41, "٣", "4\x1f", "12 months"]
WORDS = ["", "unknown", "NA", "[Not Available]", "yes", "no", "1", "0", "2.0", "X", "none", "?", "a" * 4001, "true"]
CELLS: dict[str, list[str]] = {
    "age": NUMBERS,
    "sex": ["F", "male", "Männlich", "woman"],
    "type": ["LMS", "GIST", "8890/3", "8800/3", "liposarcoma", "fibrosarcoma", "8850", "UPS", "osteosarcoma", "ARMS"],
    "site": ["thigh", "lower limb", "uterus", "retroperitoneum", "bone", "head and neck", "abdomen", "breast"],
    "topography": ["C49.2", "c492", "C48.0", "C40.0", "C99", "C54"],
    "size_cm": NUMBERS,
    "depth": ["deep", "superficial", "Deep"],
    "grade": ["1", "2", "3", "G3", "X", "high"],
    "differentiation": ["1", "2", "3", "4", "1.5"],
    "mitoses_per_10_hpf": NUMBERS,
    "necrosis": ["none", "30%", "10-60%", ">60%", "50%", "half-or-more"],
    "foci": ["1", "3", "2.5", "0"],
    "multifocal": ["yes", "no"],
    "extent": ["organ", "beyond", "within-organ", "beyond-organ"],
    "invasion": ["orbit", "none", "carotid; orbit", "mucosa"],
    "myometrial_invasion": ["under-half", "half-or-more"],
    "nodes": ["negative", "positive", "not assessed"],
    "presentation": ["primary", "recurrent", "unknown"],
    "surgery": ["resected", "none", "planned"],
    "surgery_months": [*NUMBERS, *DAYS],
    "limb_sparing": ["yes", "no"],
    "margin": ["R0", "R1", "R2", "RX"],
    "re_resection": ["not-done", "done"],
    "radiotherapy": ["before-surgery", "after-surgery", "both", "none", "without-surgery"],
    "treatments": ["doxorubicin", "doxorubicin; ifosfamide", "none", "aspirin", "trabectedin;;"],
    "metastasectomy": ["complete", "incomplete", "none"],
    "diagnosis_date": DAYS,
    "metastases": [
        *(
            "none",
            "no",
            "lung",
            "lung@14",
            "lung@old",
            "liver@0; bone@9",
            "lung@2020-03-15",
            "nose@3; lung@-1",
            "stage IV",
        ),
        *("unknown@3", "lung@2020-03-15; liver@5", "lung@2018-01-01", "peritoneum@0", "lung@1000"),
    ],
    "local_recurrence": ["yes", "no"],
    "local_recurrence_months": [*NUMBERS, *DAYS],
    "landmark_months": [*NUMBERS, *DAYS],
    "hla_a02": ["yes", "no"],
    "hla_alleles": ["A*02:01", "none", "A*02:05; A*02:01"],
    "ntrk_fusion": ["yes", "no"],
}
OFTEN = [
    "surgery",
    "surgery_months",
    "metastases",
    "landmark_months",
    "diagnosis_date",
    "local_recurrence_months",
    "site",
]


def row_by_row(
    frame: pl.DataFrame, mapping: TableMap
) -> tuple[list[Patient], list[int], list[tuple[int, Problem, bool]]]:
    people, rows, problems = [], [], []
    for place, row in enumerate(frame.iter_rows(named=True)):
        patient, found = read_row(mapping, row)
        problems += [(place, problem, patient is None) for problem in found]
        if patient is not None:
            people.append(patient)
            rows.append(place)
    return people, rows, problems


def compare(frame: pl.DataFrame, mapping: TableMap) -> TableAccount:
    people, rows, problems = row_by_row(frame, mapping)
    records, account = Records.of_arrow(frame, mapping.model_copy())
    assert list(account) == problems
    assert [(p.text, str(p)) for _, p, _ in account] == [(p.text, str(p)) for _, p, _ in problems]
    assert account.rows.tolist() == rows
    assert (account.rows_in, account.rows_out) == (frame.height, len(rows))
    assert account.rows_refused == frame.height - len(rows)
    assert len(records) == len(people)
    for field in field_specs():
        assert list(records.values(field)) == [getattr(p, field) for p in people], field
    by_row = Records(people)
    for name in COLUMNS:
        same(by_row, records, name)
    for refused in (True, False):
        told = [f"{p.field}: {p.text}" for _, p, out in problems if out == refused]
        assert account.reasons(refused=refused) == {text: told.count(text) for text in told}
    return account


@st.composite
def texts(draw: st.DrawFn) -> pl.DataFrame:
    names = draw(st.lists(st.sampled_from([*CELLS, *OFTEN]), unique=True, min_size=1, max_size=9))
    height = draw(st.integers(1, 12))
    right = draw(st.booleans())  # few cells that say nothing or nonsense, so that many records are possible

    def cell(name: str) -> st.SearchStrategy[str | None]:
        own = st.sampled_from(CELLS[name])
        return own if right else st.one_of(own, own, st.sampled_from(WORDS), st.none(), st.text(max_size=6))

    data = {n: pl.Series([draw(cell(n)) for _ in range(height)], dtype=pl.String) for n in names}
    return pl.DataFrame(data)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(frame=texts(), many=st.sampled_from([0, 2000]))
def test_text_by_columns_is_text_by_rows(frame: pl.DataFrame, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_columns, "_MANY", many)
    compare(frame, own_columns(frame.columns))


MAPPINGS: dict[str, Any] = {
    "age": {"columns": ["a", "b"]},
    "size_cm": {"column": "a", "unit": "mm"},
    "sex": {"columns": ["c", "b"], "values": {"1": "male", "2": "female", "*": "unknown"}},
    "grade": {"columns": ["b", "c"], "values": {"9": None, "7.5": "3"}},
    "mitoses_per_10_hpf": {"column": "d", "separator": "|", "take": "largest"},
    "treatments": {"column": "d", "separator": "|", "take": "all", "values": {"dox": "doxorubicin"}},
    "surgery": {"value": "resected"},
    "surgery_months": {"column": "b", "unit": "days"},
    "landmark_months": {"columns": ["e", "b"], "unit": "years"},
    "diagnosis_date": "e",
    "local_recurrence_months": {"value": "2020-06-01"},
    "metastases": {"column": "c", "values": {"1": "lung@14", "2": "none", "4": "lung@2020-06-01"}},
    "histologic_type": {"value": "leiomyosarcoma"},
    "multifocal": "c",
    "foci": {"columns": ["c", "a"]},
}
PIECES = [
    "",
    "1",
    "2",
    "4",
    "9",
    "14",
    "33|14|50",
    "7.5",
    "999",
    "75.0",
    "old",
    "dox|ifosfamide",
    "2020-01-01",
    "NA",
    "5-8",
]
TIMES = st.datetimes(datetime.datetime.fromisoformat("2019-01-01"), datetime.datetime.fromisoformat("2022-01-01"))
TYPED: list[tuple[pl.DataType, st.SearchStrategy[Any]]] = [
    (pl.Int64(), st.integers(-2, 10_000)),
    (pl.Float64(), st.sampled_from([0.0, 1.0, 2.5, 9.0, 75.0, 999.0, 1e22, 1e-9, float("nan"), float("inf")])),
    (pl.Float32(), st.sampled_from([0.1, 1.0, 2.5])),
    (pl.Boolean(), st.booleans()),
    (pl.Date(), st.dates(datetime.date(2019, 1, 1), datetime.date(2022, 1, 1))),
    (pl.Datetime("us"), TIMES),
    (pl.Datetime("us", "Europe/Berlin"), TIMES),
    (pl.Categorical(), st.sampled_from(PIECES)),
    (pl.List(pl.String), st.lists(st.sampled_from(PIECES), max_size=2)),
    (pl.Decimal(10, 2), st.sampled_from([Decimal("7.50"), Decimal("62.00")])),
    (pl.Binary(), st.binary(max_size=3)),
]


@st.composite
def mapped(draw: st.DrawFn) -> tuple[pl.DataFrame, TableMap]:
    fields = draw(st.lists(st.sampled_from(sorted(MAPPINGS)), unique=True, min_size=1, max_size=8))
    height = draw(st.integers(1, 8))
    data = {}
    for name in "abcde":
        kind, cells = draw(st.sampled_from([*TYPED, *[(pl.String(), st.sampled_from(PIECES))] * 6]))
        data[name] = pl.Series([draw(st.one_of(cells, cells, st.none())) for _ in range(height)], dtype=kind)
    unknown = draw(st.sampled_from([(), ("9",), ("", "999", "9.0", "1")]))
    told = {"name": "made up", "unknown": unknown, "fields": {name: MAPPINGS[name] for name in fields}}
    return pl.DataFrame(data), TableMap.model_validate(told)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(table=mapped(), many=st.sampled_from([0, 2000]))
def test_a_mapped_table_of_any_types_by_columns_is_the_same_by_rows(
    table: tuple[pl.DataFrame, TableMap], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_columns, "_MANY", many)
    compare(*table)


@settings(max_examples=300)
@given(st.floats(0, 1e6), st.integers(0, 20))
def test_numbers_are_read_to_the_last_digit(number: float, digits: int) -> None:
    for text in (repr(number), f"{number:.{digits}f}", f"{number:.{digits}e}"):
        assert pl.Series([text]).cast(pl.Float64)[0] == float(text)


def test_a_table_without_rows_gives_no_records() -> None:
    records, account = Records.of_arrow(
        pl.DataFrame({"age": [], "site": []}, schema={"age": pl.String, "site": pl.String})
    )
    assert (len(records), account.rows_in, list(account)) == (0, 0, [])


def test_what_no_one_states_and_what_many_state_alike() -> None:
    silent = pl.DataFrame({"age": ["62"] * 3, "local_recurrence_months": ["5", None, "x"]})
    account = compare(silent, own_columns(silent.columns))
    assert account.reasons(refused=False).total() == 1
    records, _ = Records.of_arrow(silent)
    assert records.values("local_recurrence") == [True, False, False]
    assert isinstance(records.column("age"), Numeric)


def test_a_check_reads_what_it_says_and_every_check_says_it() -> None:
    assert tuple(READS) == CHECKS
    for reads in READS.values():
        assert set(reads) <= set(field_specs())
        assert not {"age", "size_cm"} & set(reads)  # numbers other than times and mitoses would have to be told apart
    assert "mitoses_per_10_hpf" not in DERIVATIONS


@pytest.mark.parametrize("table", [3, "age", {"age": ["62"]}, [1, 2]])
def test_what_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(TableError):
        Records.of_arrow(table)


def test_a_column_that_is_not_there_is_named() -> None:
    mapping = TableMap.model_validate({"name": "x", "fields": {"age": "years"}})
    with pytest.raises(TableError, match="years"):
        Records.of_arrow(pl.DataFrame({"age": ["62"]}), mapping)
