"""The names that others import: listed once, each explained by an example that runs; and what importing them costs."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sarcoma import survival
from sarcoma.survival import measures

DOCS = Path(__file__).parents[2] / "docs"
ROOMS = ("counting", "curves", "multistate", "pairs", "regression", "transforms")


def test_the_page_of_names_is_what_the_rooms_offer() -> None:
    offered = [name for room in ROOMS for name in importlib.import_module(f"sarcoma.survival.{room}").__all__]
    assert survival.__all__ == sorted(offered)
    assert len(set(offered)) == len(offered)
    assert dir(survival) == survival.__all__


@pytest.mark.words
@pytest.mark.parametrize("page", [survival, measures], ids=lambda page: page.__name__)
def test_every_name_is_a_class_or_a_function_that_says_what_it_is_and_shows_it(page: ModuleType) -> None:
    for name in page.__all__:
        value = getattr(page, name)
        assert callable(value), name  # a module of the same name would hide a function
        home = sys.modules[value.__module__]
        tests = doctest.DocTestFinder(recurse=False).find(value, name, module=home, globs=dict(vars(home)))
        assert any(test.examples for test in tests), f"{name} has no example"
        for test in tests:
            assert doctest.DocTestRunner(verbose=False).run(test).failed == 0, name


@pytest.mark.parametrize("page", ["survival.md", "measures.md"])
def test_the_docs_use_public_names_only(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    for room, names in re.findall(r"from (sarcoma\.survival[\w.]*) import (\([^)]*\)|[^\n]*)", text):
        assert room in ("sarcoma.survival", "sarcoma.survival.measures")
        for name in re.findall(r"\w+", names):
            assert name in sys.modules[room].__all__, name


def _loaded(code: str) -> set[str]:
    report = f"import sys\n{code}\nprint(*{{m.split('.')[0] for m in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_transforms_of_the_cards_and_the_page_of_names_need_no_scipy() -> None:
    code = "from sarcoma.survival import MultiStateModel, restricted_cubic_spline, __all__"
    assert "scipy" not in _loaded(code)


def test_the_mathematics_loads_no_frames_and_no_numba_for_small_data() -> None:
    code = (
        "from sarcoma.survival import CoxRegression\nCoxRegression().fit([[1.0], [0.0], [2.0]], [1, 2, 3], [1, 1, 1])"
    )
    assert not {"polars", "pandas", "pydantic", "yaml", "numba"} & _loaded(code)
