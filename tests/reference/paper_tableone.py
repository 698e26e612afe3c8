"""Standardised differences from the package tableone, run by hand: python paper_tableone.py; the results are committed.

pip install tableone (which needs pandas, SciPy and statsmodels; not a dependency, see docs/decisions.md).
"""

import json
import warnings
from pathlib import Path

import pandas as pd
from tableone import TableOne, __version__

HERE = Path(__file__).parent
frame = pd.read_csv(HERE / "paper_cohort.csv", dtype={"grade": "str"})
warnings.simplefilter("ignore")
found = {"tableone": __version__}
for by in ("sex", "grade"):
    columns = [c for c in ("age", "sex", "size_cm", "grade", "depth", "centre") if c != by]
    some = frame[frame[by].notna()]
    table = TableOne(
        some, columns=columns, categorical=[c for c in columns if c not in ("age", "size_cm")], groupby=by, smd=True,
        include_null=False,
    )  # fmt: skip
    found[by] = {
        k: {str(a): abs(float(b)) for a, b in row.items()} for k, row in table.smd_table.to_dict("index").items()
    }
(HERE / "paper_tableone.json").write_text(json.dumps(found, indent=1) + "\n")
