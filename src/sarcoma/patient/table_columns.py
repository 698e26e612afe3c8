"""A table's columns as the fields of records, read at once: what `mapping.read_row` says of each row, word for word.

Each distinct cell is read once, by the same function; numbers among thousands of distinct texts as arrays. Times and
metastases, which may be dates, are read with the date of diagnosis beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._types import Floats
from sarcoma.errors import Problem, RecordError, UnreadableError
from sarcoma.patient import words
from sarcoma.patient.columns import Numeric, Stated, combine
from sarcoma.patient.field_file import field_specs
from sarcoma.patient.histology import remembering
from sarcoma.patient.mapping import LEFT_UNKNOWN, UNITS, ColumnMap, Noted, TableMap, cell_of, is_special, read_together
from sarcoma.patient.record import Patient, as_date, is_date, months_from
from sarcoma.patient.table_account import Found, Places

if TYPE_CHECKING:
    import polars as pl

    from sarcoma.patient.fields import FieldSpec

CELLS, OUTSIDE, DATES, TOGETHER, CONTRADICTIONS = range(5)
"""The steps of reading, in the order in which a row's problems are told."""
_MANY = 2000
"""From so many distinct texts on, those that are plain numbers are read as an array."""
_PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"


@dataclass(frozen=True, eq=False)
class _Cells:
    """What the cells of a field were read as: `read[codes[i]]`, a value, `Noted` or the `Problem` with it; or numbers.

    numbers : of each distinct cell that is a plain number of the field, that number, else NaN.
    """

    codes: Places
    read: Sequence[Any]
    numbers: Floats


def read_columns(frame: pl.DataFrame, table_map: TableMap) -> tuple[dict[str, Numeric | Stated], list[Found]]:
    """The fields of a table's rows, and every problem but what cannot be true of a record."""
    columns: dict[str, Numeric | Stated] = {}
    found: list[Found] = []
    together: dict[str, _Cells] = {}
    with remembering(table_map.types_named):
        for order, (field, source) in enumerate(table_map.fields.items()):
            cells = _cells(frame, table_map, field, source)
            found += _problems(cells, order)
            if field in read_together():
                together[field] = cells
            else:
                columns[field] = _column(field_specs()[field], cells)
        dated = _read_together(together, frame.height, found)
    return columns | dated, found


# -- cells


def _cells(frame: pl.DataFrame, table_map: TableMap, field: str, source: ColumnMap) -> _Cells:
    """The cells of a field; of several columns the first that is known."""
    names = source.names()
    if not names:
        read = cell_of(table_map, field, source, {})
        return _Cells(np.broadcast_to(np.intp(0), frame.height), [read], np.full(1, np.nan))
    parts = [
        _cells_of_column(frame[name], table_map, field, source.model_copy(update={"column": name, "columns": ()}))
        for name in names
    ]
    cells = parts[0]
    for other in parts[1:]:
        known = np.array([value is not None for value in cells.read], dtype=bool) | ~np.isnan(cells.numbers)
        codes = np.where(known[cells.codes], cells.codes, other.codes + len(cells.read))
        cells = _Cells(codes, [*cells.read, *other.read], np.concatenate([cells.numbers, other.numbers]))
    return cells


def _cells_of_column(column: pl.Series, table_map: TableMap, field: str, source: ColumnMap) -> _Cells:
    distinct, codes = _distinct(column)
    numbers = np.full(len(distinct), np.nan)
    if len(distinct) > _MANY and field_specs()[field].kind == "number":
        numbers = _plain_numbers(distinct, field, source, table_map.unknown)
    read = [None] * len(distinct)
    name = source.column or ""
    slow = np.flatnonzero(np.isnan(numbers))
    for place, cell in zip(slow.tolist(), distinct.gather(slow).to_list(), strict=True):
        read[place] = cell_of(table_map, field, source, {name: cell})
    return _Cells(codes, read, numbers)


def _distinct(column: pl.Series) -> tuple[pl.Series, Places]:
    """The distinct cells, and the place of each row's among them."""
    import polars as pl

    if column.dtype.is_nested() or column.dtype == pl.Object:  # read as the text that they are written as
        column = pl.Series([None if cell is None else str(cell) for cell in column.to_list()], dtype=pl.String)
    elif column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    elif column.dtype.is_float():
        column = column.fill_nan(None)  # both are not known; one NaN is not found by another
    cells = column.alias("cell").to_frame()
    distinct = cells.unique().with_row_index("place")
    joined = cells.join(distinct, on="cell", how="left", nulls_equal=True, maintain_order="left")
    return distinct["cell"], joined["place"].to_numpy().astype(np.intp)


def _plain_numbers(distinct: pl.Series, field: str, source: ColumnMap, unknown: tuple[str, ...]) -> Floats:
    """The numbers that cells hold where they are plain ones of the field, NaN where they have to be looked at."""
    import polars as pl

    spec = field_specs()[field]
    nothing = np.full(len(distinct), np.nan)
    if source.separator is not None or "*" in source.values:
        return nothing
    if distinct.dtype == pl.String:
        plain = distinct.str.contains(_PLAIN) & (distinct.str.len_bytes() <= words.LONGEST_NUMBER)
        texts = distinct.set(~plain.fill_null(value=False), None)
        numbers = texts.cast(pl.Float64, strict=False).to_numpy()
    elif distinct.dtype.is_integer() or distinct.dtype.is_float():
        numbers = distinct.cast(pl.Float64).to_numpy()
    else:
        return nothing
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    own = [words.number(text.strip()) for text in (*unknown, *source.values)]
    numbers[np.isin(numbers, [number for number in own if number is not None])] = np.nan
    if source.unit is not None and spec.unit is not None:
        if source.unit == "mm":
            numbers[is_special(numbers)] = np.nan
        numbers = numbers * UNITS[spec.unit][source.unit]
    return _within(spec, numbers)


def _within(spec: FieldSpec, numbers: Floats) -> Floats:
    """Numbers in the range of a field, NaN for others."""
    if spec.limits is None:
        return numbers
    with np.errstate(invalid="ignore"):
        inside = (numbers >= spec.limits.low) & (numbers <= spec.limits.high)
        if spec.limits.above_low:
            inside &= numbers != spec.limits.low
    return np.where(inside, numbers, np.nan)


def _problems(cells: _Cells, order: int) -> Iterator[Found]:
    """What is wrong with single cells: those that leave the field unknown, and those that are of something else."""
    told: list[Problem | None] = [
        one.note if isinstance(one, Noted) else one if isinstance(one, Problem) else None for one in cells.read
    ]
    outside = [isinstance(one, Problem) and one.kind not in LEFT_UNKNOWN for one in cells.read]
    for refuses in (False, True):
        own = np.array([p is not None and out == refuses for p, out in zip(told, outside, strict=True)], dtype=bool)
        if own.any():
            rows = np.flatnonzero(own[cells.codes])
            yield Found(
                (OUTSIDE if refuses else CELLS, order),
                rows,
                cells.codes[rows],
                [() if p is None else (p,) for p in told],
                refuses,
            )


def _value(read: Any) -> Any:
    return read.value if isinstance(read, Noted) else None if isinstance(read, Problem) else read


def _column(spec: FieldSpec, cells: _Cells) -> Numeric | Stated:
    """The values of a field that is read by itself."""
    values = [_value(one) for one in cells.read]
    if spec.kind == "number":
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        return _numeric(spec, np.where(np.isnan(numbers), cells.numbers, numbers)[cells.codes])
    return _stated(values, cells.codes)


def _numeric(spec: FieldSpec, values: Floats) -> Numeric:
    return Numeric(values, -np.inf if spec.low is None else spec.low, np.inf if spec.high is None else spec.high)


def _stated(values: Sequence[Any], codes: NDArray[Any]) -> Stated:
    distinct: dict[Any, int] = {}
    place = [distinct.setdefault(value, len(distinct)) for value in values]
    return Stated(np.array(place, dtype=np.int32)[codes], tuple(distinct))


# -- times, dates and metastases, which are read with one another


def _read_together(cells: dict[str, _Cells], n: int, found: list[Found]) -> dict[str, Numeric | Stated]:
    order = {name: place for place, name in enumerate(field_specs())}
    columns: dict[str, Numeric | Stated] = {}
    start = _starts(cells.get("diagnosis_date"), n)
    for field, own in cells.items():
        spec = field_specs()[field]
        if spec.time:
            columns[field] = _numeric(spec, _times(spec, field, own, start, order[field], found))
        elif spec.kind == "date":
            told = [_cleaned(field, spec.clean, _value(one)) for one in own.read]
            found += _told(told, own.codes, (TOGETHER, order[field]))
            columns[field] = _stated([value for value, _ in told], own.codes)
        else:
            columns[field] = _metastases(own, start, order[field], found)
    return columns


def _starts(cells: _Cells | None, n: int) -> NDArray[np.int64]:
    """(n,) the day of the diagnosis, 0 where it is not known."""
    if cells is None:
        return np.broadcast_to(np.int64(0), n)
    days = [as_date(_value(one)) for one in cells.read]
    return np.array([0 if day is None else day.toordinal() for day in days], dtype=np.int64)[cells.codes]


_Told = tuple[Any, tuple[Problem, ...]]


def _cleaned(field: str, clean: Callable[[Any], Any], value: Any) -> _Told:
    try:
        return clean(value), ()
    except UnreadableError as error:
        return None, (error.of(field, example=field_specs()[field].example),)


def _told(told: Sequence[_Told], codes: NDArray[Any], step: tuple[int, int], rows: Places | None = None) -> list[Found]:
    """The problems among what was read of distinct cells, of the rows that have them."""
    wrong = np.array([bool(problems) for _, problems in told], dtype=bool)
    if not wrong.any():
        return []
    own = np.flatnonzero(wrong[codes])
    places = own if rows is None else rows[own]
    return [Found(step, places, codes[own].astype(np.intp), [problems for _, problems in told], refuses=False)]


def _times(
    spec: FieldSpec, field: str, cells: _Cells, start: NDArray[np.int64], order: int, found: list[Found]
) -> Floats:
    """(n,) months of a time, from numbers or from dates."""
    raw = [_value(one) for one in cells.read]
    dates = [as_date(value) if value is not None and is_date(value) else None for value in raw]
    told = [
        (None, ()) if value is None or day is not None else _cleaned(field, spec.clean, value)
        for value, day in zip(raw, dates, strict=True)
    ]
    found += _told(told, cells.codes, (TOGETHER, order))
    numbers = np.array([np.nan if value is None else value for value, _ in told], dtype=float)
    months: Floats = np.where(np.isnan(numbers), cells.numbers, numbers)[cells.codes]
    days = np.array([0 if day is None else day.toordinal() for day in dates], dtype=np.int64)[cells.codes]
    dated = np.flatnonzero(days)
    if len(dated):
        unknown = dated[start[dated] == 0]
        problem = ((Problem(field, "date-without-diagnosis", example="14"),),)
        found.append(Found((DATES, order), unknown, np.zeros(len(unknown), dtype=np.intp), problem, refuses=False))
        known = dated[start[dated] > 0]
        between, codes = np.unique(days[known] - start[known], return_inverse=True)
        lengths = [_cleaned(field, spec.clean, months_from(length)) for length in between.tolist()]
        found += _told(lengths, codes.reshape(-1), (TOGETHER, order), known)
        months[known] = np.array([np.nan if value is None else value for value, _ in lengths])[codes.reshape(-1)]
    return months


def _metastases(cells: _Cells, start: NDArray[np.int64], order: int, found: list[Found]) -> Stated:
    """Metastases, each distinct text (with the day of diagnosis where it may hold dates) read once."""
    raw = [_value(one) for one in cells.read]
    may_be_dated = np.array([isinstance(text, str) and "-" in text and "@" in text for text in raw], dtype=bool)
    days, where = np.unique(np.where(may_be_dated[cells.codes], start, -1), return_inverse=True)
    texts = Stated(cells.codes.astype(np.int32), tuple(range(len(raw))))
    index, pairs = combine([texts, Stated(where.astype(np.int32).reshape(-1), tuple(days.tolist()))])
    read = [_of_text(raw[text], day) for text, day in pairs]
    for step, place in ((DATES, len(field_specs())), (TOGETHER, order)):  # dates in them are read after those of times
        told = [(value, problems if at == step else ()) for value, at, problems in read]
        found += _told(told, index, (step, place))
    return _stated([value for value, _, _ in read], index)


def _of_text(text: Any, day: int) -> tuple[Any, int, tuple[Problem, ...]]:
    """Metastases as the record reads them, or the step at which that failed and the problems."""
    import datetime

    if text is None:
        return None, TOGETHER, ()
    dates = {"diagnosis_date": datetime.date.fromordinal(day)} if day > 0 else {}
    try:
        return Patient(metastases=text, **dates).metastases, TOGETHER, ()
    except RecordError as error:
        dated = any(p.kind == "date-without-diagnosis" for p in error.problems)
        return None, DATES if dated else TOGETHER, tuple(error.problems)
