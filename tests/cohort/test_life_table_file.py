"""A life table is read from a file as registries have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sarcoma.cohort import read_life_table
from sarcoma.errors import InputError, TableError

_ROWS = ["age,year,sex,probability,source"] + [
    f"{age},{year},{sex},{q},office"
    for year in (2019, 2020)
    for sex, factor in (("F", 1), ("M", 2))
    for age, q in (("98", 0.2 * factor), ("99", 0.25 * factor), ("100+", 1))
]


def _written(folder: Path, rows: list[str]) -> Path:
    path = folder / "life.csv"
    path.write_text("\n".join(rows), "utf-8")
    return path


def test_the_open_last_age_closes_the_table(tmp_path: Path) -> None:
    found = read_life_table(_written(tmp_path, _ROWS))
    assert found.ages.tolist() == [98, 99]
    assert found.years.tolist() == [2019, 2020]
    assert found.sexes == ("F", "M")
    np.testing.assert_allclose(-np.expm1(-found.hazard[:, 0, :]), [[0.2, 0.4], [0.25, 0.5]], rtol=1e-14)


@pytest.mark.words
def test_what_is_no_life_table_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="probability"):
        read_life_table(_written(tmp_path, [row.replace("probability", "qx") for row in _ROWS]))
    with pytest.raises(TableError, match="1 cells of year"):
        read_life_table(_written(tmp_path, [*_ROWS[:-1], "100+,x,M,1,office"]))
    with pytest.raises(InputError, match="1 of 12 combinations"):
        read_life_table(_written(tmp_path, _ROWS[:-1]))
