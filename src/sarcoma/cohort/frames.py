"""Frames of pandas, Polars or Arrow as the tables of a cohort: checked by what the reader of files checks.

A cell that its field does not take is not known, and is counted by reason. What no reader of files would let through –
an age and a follow-up that together no one reaches, a record that cannot be true – is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sarcoma._months import DAYS_PER_MONTH
from sarcoma.errors import CohortError, RecordError, UnreadableError
from sarcoma.patient import Metastasis, Patient, field_specs, words
from sarcoma.patient.metastasis import metastases_of_text, metastases_text

if TYPE_CHECKING:
    import polars as pl

    from sarcoma.patient.fields import FieldSpec

LONGEST_LIFE = 1440.0
"""Months: 120 years, which nobody lives or is followed."""

Unread = Mapping[str, tuple[int, tuple[str, ...]]]
"""Of cells that could not be read: how many, and whose, by reason."""


def as_polars(what: str, frame: Any) -> pl.DataFrame:
    """A frame with one kind of "not known": NaN, NaT and NA of every library are null.

    Raises
    ------
    CohortError : it is no frame.
    """
    import narwhals as nw
    import polars as pl
    import polars.selectors as cs

    index = getattr(getattr(frame, "index", None), "name", None)
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, pl.DataFrame):
        try:
            columns = nw.from_native(frame, eager_only=True).to_dict(as_series=False)
        except TypeError:
            raise CohortError(f"{what}: give a frame of pandas, Polars or Arrow") from None
        if index == "id" and "id" not in columns:
            raise CohortError(f"{what}: id is the index of the frame; make it a column with reset_index()")
        data = {str(name): [_python(cell) for cell in cells] for name, cells in columns.items()}
        frame = pl.DataFrame(data, strict=False, infer_schema_length=None)
    found: pl.DataFrame = frame.with_columns(cs.float().fill_nan(None))
    return found


def _python(cell: Any) -> Any:
    """The Python twin of a cell; None where it is missing."""
    if not isinstance(cell, str) and words.means_unknown(cell):
        return None
    twin = words.plain(cell)
    return None if isinstance(twin, float) and twin != twin else twin


def months_of(name: str, column: pl.Series) -> pl.Series:
    """Times in months: numbers as they are, lengths of time converted by their own unit.

    Raises
    ------
    CohortError : dates, truth values, or text that is no number.
    """
    import polars as pl

    if column.dtype == pl.Duration:
        return column.dt.total_microseconds() / (DAYS_PER_MONTH * 86_400_000_000)
    if column.dtype.is_temporal() or column.dtype == pl.Boolean:
        kind = "dates" if column.dtype.is_temporal() else "truth values"
        raise CohortError(f"{name} holds {kind}; give months since the origin (months of {DAYS_PER_MONTH} days)")
    try:
        return column.cast(pl.Float64)
    except pl.exceptions.PolarsError:
        raise CohortError(f"{name} must be numbers") from None


def ids_of(column: pl.Series) -> pl.Series:
    """Ids as text, the same from whole numbers and from decimals."""
    import polars as pl

    if column.dtype.is_float() and (column.drop_nulls() % 1 == 0).all():
        column = column.cast(pl.Int64)
    return column.cast(pl.String).str.strip_chars()


def clean_fields(
    frame: pl.DataFrame, store: Callable[[str, Any], Any], dtype: Callable[[str], Any]
) -> tuple[pl.DataFrame, Unread]:
    """The fields of the record as they are cleaned everywhere, and what could not be read."""
    import polars as pl

    columns, unread = [], dict[str, tuple[int, tuple[str, ...]]]()
    ids = frame["id"].to_list()
    for name in frame.columns:
        spec = _spec(name)
        if spec is None:
            continue
        column, bad = frame[name], Counter[str]()
        if spec.kind in ("number", "whole") and (column.dtype.is_temporal() or column.dtype == pl.Boolean):
            raise CohortError(
                f"patients: {name} must be numbers, not {'truth values' if column.dtype == pl.Boolean else 'times'}"
            )
        known: dict[Any, tuple[Any, str]] = {}
        who: dict[str, list[str]] = {}
        values = []
        for patient, cell in zip(ids, column.to_list(), strict=True):
            key = (type(cell), tuple(map(str, cell)) if isinstance(cell, list) else cell)
            if key not in known:
                known[key] = _clean(name, spec, cell, store)
            value, problem = known[key]
            values.append(value)
            if problem:
                bad[problem] += 1
                who.setdefault(problem, []).append(str(patient))
        columns.append(pl.Series(name, values, dtype=dtype(name)))
        unread.update({problem: (count, tuple(who[problem])) for problem, count in bad.items()})
    return frame.with_columns(columns), unread


def _spec(name: str) -> FieldSpec | None:
    """The field that a column holds; the age at the origin is read as ages are."""
    return field_specs().get("age" if name == "age_at_origin" else name)


def _clean(name: str, spec: FieldSpec, cell: Any, store: Callable[[str, Any], Any]) -> tuple[Any, str]:
    try:
        value = metastases_of_text(_metastases_as_text(cell)) if spec.kind == "metastases" else spec.clean(cell)
    except UnreadableError as error:
        return None, f"{name}: {error.of(name).text}"
    except ValueError:
        return None, f"{name}: {UnreadableError('unreadable').of(name).text}"
    return store(name, value), ""


def _metastases_as_text(cell: Any) -> str | None:
    if isinstance(cell, (list, tuple)):
        return metastases_text(
            tuple(Metastasis(**p) if isinstance(p, dict) else Metastasis(organ=str(p)) for p in cell)
        )
    return None if cell is None else str(cell)


def refuse_impossible(frame: pl.DataFrame) -> None:
    """Records that cannot be true are refused, as they are in files.

    Raises
    ------
    CohortError : how many, and which rules are broken; no value and no id.
    """
    names = [
        n
        for n in frame.columns
        if (spec := field_specs().get(n)) and spec.kind not in ("metastases", "members", "date")
    ]
    names = [n for n in names if not field_specs()[n].time]
    broken: Counter[str] = Counter()
    count = 0
    for row in frame.select(names).iter_rows(named=True):
        try:
            Patient.of_clean(row)
        except RecordError as error:
            count += 1
            broken.update(f"{p.field}: {p.text}" for p in error.problems)
    if count:
        told = "; ".join(reason for reason, _ in broken.most_common(4))
        raise CohortError(f"patients: {count} records cannot be true ({told}); mend them, or leave these patients out")


def refuse_lives_too_long(patients: pl.DataFrame, events: pl.DataFrame) -> None:
    """Times of more than 120 years, and ages that with the follow-up come to more.

    Raises
    ------
    CohortError : how many.
    """
    import polars as pl

    far = events.filter(pl.col("months").abs() > LONGEST_LIFE).height
    if far:
        raise CohortError(f"events: {far} times lie more than 120 years from the origin; times are months")
    ends = events.group_by("id").agg(end=pl.col("months").max())
    age = next((name for name in ("age_at_origin", "age") if name in patients.columns), None)
    if age is not None:
        old = patients.join(ends, on="id").filter(12 * pl.col(age) + pl.col("end") > LONGEST_LIFE).height
        if old:
            raise CohortError(
                f"{old} patients would be above 120 years of age when follow-up ends; times are months, ages are years"
            )
    closed = events.filter(pl.col("event").is_in(["death", "last-contact"]) & pl.col("months").is_not_null())
    last = closed.group_by("id").agg(
        end=pl.coalesce(
            pl.col("months").filter(pl.col("event") == "death").min(),
            pl.col("months").filter(pl.col("event") == "last-contact").max(),
        )
    )
    early = last.filter(pl.col("end") < 0).height
    if early:
        raise CohortError(f"events: follow-up of {early} patients ends before the origin of time")
