"""What a start leaves for later does the same later: plain command lines, dataclasses, records."""

from __future__ import annotations

import dataclasses
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sarcoma
from sarcoma._dataclass import dataclass, replace
from sarcoma.cli import outlook, outlook_options
from sarcoma.cli._commands import app
from sarcoma.patient import Metastasis, Patient
from sarcoma.patient.record import _cleaned
from sarcoma.survival._interval import Z_95

CASE = Path(__file__).parents[1] / "examples" / "case.json"


@pytest.mark.words
def test_an_outlook_loads_neither_pydantic_nor_typer_nor_scipy() -> None:
    code = (
        "import sys; from sarcoma.cli import main\n"
        "try: main(['outlook', '--file', sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print({'pydantic', 'typer', 'scipy', 'polars', 'yaml'} & sys.modules.keys())"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run(
        [sys.executable, "-c", code, str(CASE)], capture_output=True, text=True, check=True, env=environment
    )
    assert told.stdout.splitlines()[-1] == "set()"


PLAIN = [
    ["--file", "a.json"],
    ["--age", "62", "--type", "LMS", "--survival", "--json"],
    ["--metastasis", "lung@8", "--metastasis", "liver", "--no-survival"],
    ["--section", "where", "--section", "spread", "--plain", "--country", "UK"],
    ["--card", "own.yaml", "--card", "other.yaml", "--full", "--age", "1", "--age", "2"],
    ["--table", "t.csv", "--out", "o.csv", "--force", "--sheet", "two", "--note", "--survival", "--no-survival"],
    [],
]


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_a_plain_command_line_is_read_as_typer_reads_it(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(outlook, "run", lambda **given: asked.append(given))
    plainly = outlook_options.given_plainly(["outlook", *words])
    assert plainly is not None
    known = {**app.info.context_settings}
    import typer

    own = typer.Typer(context_settings=known, add_completion=False, rich_markup_mode=None)
    own.command("outlook")(outlook_options.outlook_command(["outlook", *words]))
    own(args=words, standalone_mode=False)

    def told(given: dict[str, Any]) -> dict[str, Any]:
        fields = {name: value for name, value in given["fields"].items() if value not in (None, [], ())}
        return {name: value for name, value in given.items() if value not in (None, False, [], ())} | {"fields": fields}

    kept = {"survival"} if "--no-survival" in words else set()
    assert told(plainly) == told(asked[0])
    assert all(plainly[name] == asked[0][name] for name in kept)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--age=62"],
        ["--agee", "3"],
        ["--age"],
        ["--age", "-1"],
        ["--age", ""],
        ["62"],
        ["--header-row", "2"],
    ],
    ids=" ".join,
)
def test_everything_else_is_left_to_typer(words: list[str]) -> None:
    assert outlook_options.given_plainly(["outlook", *words]) is None
    assert outlook_options.given_plainly(["why", *words]) is None


@dataclass(frozen=True, slots=True)
class Point:
    """Two numbers."""

    x: int
    y: int = 2
    kind: str = dataclasses.field(default="point", init=False)


@dataclass(frozen=True)
class Marked(Point):
    name: str = "n"
    tags: list[str] = dataclasses.field(default_factory=list)


def test_a_dataclass_that_is_made_later_is_one() -> None:
    first = Point(1)
    assert (first.x, first.y, first.kind) == (1, 2, "point")
    assert replace(first, y=5).y == 5
    with pytest.raises(AttributeError):
        first.x = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    marked = Marked(1, name="m")
    assert marked.tags == []
    assert marked.tags is not Marked(1).tags
    assert [f.name for f in dataclasses.fields(Marked)] == ["x", "y", "kind", "name", "tags"]
    assert first == Point(1) != Point(2)
    assert len({first, Point(1)}) == 1
    assert repr(first) == "Point(x=1, y=2, kind='point')"
    assert list(inspect.signature(Point).parameters) == ["x", "y"]
    assert dataclasses.asdict(marked) == {"x": 1, "y": 2, "kind": "point", "name": "m", "tags": []}
    assert [Point(i, i).x for i in range(1000)] == list(range(1000))
    assert dataclasses.replace(first, x=9).x == 9
    for wrong in ({"z": 1}, {"kind": "k"}):
        with pytest.raises(TypeError):
            Point(1, **wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Point(1, x=1)  # type: ignore[misc]


def test_a_record_that_can_be_read_is_what_pydantic_reads() -> None:
    written = {
        "age": "62",
        "type": "LMS",
        "performance_status": "1",
        "metastases": "lung@8; liver",
        "treatments": "doxorubicin",
        "hla_a02": "ja",
        "diagnosis_date": "2024-01-05",
        "landmark_months": "2024-10-01",
    }
    assert _cleaned(written) is not None
    by_pydantic = Patient.__new__(Patient)
    super(Patient, by_pydantic).__init__(**written)
    quick = sarcoma.Patient(**written)
    assert quick == by_pydantic
    assert quick.model_fields_set == by_pydantic.model_fields_set
    kinds = [type(getattr(quick, name)) for name in quick.field_names]
    assert kinds == [type(getattr(by_pydantic, name)) for name in quick.field_names]
    assert quick.metastases == (Metastasis(organ="lung", months=8), Metastasis(organ="liver"))


def test_the_quantile_that_is_written_down_is_the_one_that_is_worked_out() -> None:
    from statistics import NormalDist

    assert NormalDist().inv_cdf(0.975) == Z_95
