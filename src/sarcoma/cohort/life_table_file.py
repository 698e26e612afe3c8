"""A life table of the general population from a file."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from sarcoma._arguments import checked
from sarcoma._tables import read_table
from sarcoma.errors import TableError
from sarcoma.survival import LifeTable

_COLUMNS = ("age", "year", "sex", "probability")


@checked
def read_life_table(path: Path | str) -> LifeTable:
    """The life table of a file (CSV, tab-separated, Excel, Parquet), one row an age, calendar year and sex.

    Columns: age in completed years (the last may be open: 110+), year, sex by the labels that the patients have, and
    the probability of dying within the year of age. Others are not looked at.

    Raises
    ------
    TableError : no such file, a column that is missing, or cells that are no numbers.
    InputError : as `LifeTable.of_columns`.
    """
    place = Path(path)
    frame = read_table(place)
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing:
        raise TableError(
            f"{place.name[:80]}: a life table has the columns {', '.join(_COLUMNS)}; {', '.join(missing)} is not there"
        )
    numbers = {}
    for name in ("age", "year", "probability"):
        text = frame[name].cast(pl.String).str.strip_chars()
        numbers[name] = (text.str.strip_suffix("+") if name == "age" else text).cast(pl.Float64, strict=False)
        unread = numbers[name].null_count()
        if unread:
            raise TableError(f"{place.name[:80]}: {unread} cells of {name} are no numbers")
    sex = frame["sex"].cast(pl.String).str.strip_chars()
    return LifeTable.of_columns(
        numbers["age"].to_numpy(), numbers["year"].to_numpy(), sex.to_list(), numbers["probability"].to_numpy()
    )
