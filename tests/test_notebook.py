"""The notebook of the docs goes from a made-up registry to a figure and a table, as it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "registry.ipynb"


def test_the_notebook_runs_from_a_made_up_registry_to_a_figure_and_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"]), "outputs would grow old"
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for i, source in enumerate(cells):
        exec(compile(source, f"cell {i}", "exec"), names)
    written = {path.name: path.read_bytes()[:4] for path in tmp_path.iterdir()}
    assert written.keys() == {
        "registry.csv", "table1.docx", "table1.xlsx", "table1.csv", "survival.svg", "survival.pdf", "hazards.docx", "forest.svg",
    }  # fmt: skip
    assert written["survival.pdf"] == b"%PDF"
    assert names["found"].people < 800
    assert 1.2 < names["high"].together.ratio < 5  # the registry is drawn with a higher hazard at a high grade
    assert "<table>" in names["table1"]._repr_html_()
    assert names["figure"]._repr_svg_().startswith("<?xml")
