"""The public page of names: what each room offers, derived from its own `__init__`, and what the docs import."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

import sarcoma

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

ROOMS = [
    *(f"sarcoma.{name}" for name in sarcoma.__all__ if isinstance(getattr(sarcoma, name), ModuleType)),
    "sarcoma.survival.measures",
]


def names_for_type_checkers(module: ModuleType) -> set[str]:
    """The names that a type checker sees in the `__init__` of a room: those of its stub, if it has one."""
    stub = Path(str(module.__file__)).with_suffix(".pyi")
    names: set[str] = set()
    for node in ast.walk(ast.parse(stub.read_text("utf-8") if stub.exists() else inspect.getsource(module))):
        if not isinstance(node, ast.ImportFrom) or not (node.level or (node.module or "").startswith("sarcoma")):
            continue
        if node.names[0].name == "*":
            inner = importlib.import_module(f"{module.__name__}.{node.module}")
            names |= names_for_type_checkers(inner) if hasattr(inner, "__path__") else set(inner.__all__)
        else:
            names |= {alias.asname or alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("room", ["sarcoma", *ROOMS])
def test_a_room_lists_all_it_offers_in_order(room: str) -> None:
    module = importlib.import_module(room)
    offered = [name for name in module.__all__ if name != "__version__"]
    assert len(offered) == len(set(offered))
    imported = {name for name in names_for_type_checkers(module) if not name.startswith("_")}
    here = {n for n, v in vars(module).items() if getattr(v, "__module__", None) == room and not n.startswith("_")}
    modules = {n for n in imported if isinstance(getattr(module, n, None), ModuleType)} if room != "sarcoma" else set()
    assert set(offered) == (imported | here) - modules
    for name in offered:
        assert getattr(module, name) is not None, name
    with pytest.raises(AttributeError):
        _ = module.no_such_name


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_offers_says_what_it_is(room: str) -> None:
    module = importlib.import_module(room)
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert (value.__doc__ or "").strip(), f"{room}.{name}"


def documented_imports() -> list[tuple[str, str, str]]:
    from typed_examples import example_lines

    found = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for node in ast.walk(ast.parse("\n".join(example_lines(page.read_text("utf-8"))))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sarcoma"):
                found += [(page.name, node.module or "", alias.name) for alias in node.names]
    return found


@pytest.mark.parametrize(("page", "room", "name"), documented_imports())
def test_every_name_that_a_page_imports_is_public(page: str, room: str, name: str) -> None:
    assert room in ("sarcoma", *ROOMS)
    assert name in importlib.import_module(room).__all__


@pytest.mark.words
@pytest.mark.parametrize("room", ROOMS)
def test_examples_in_docstrings_of_public_names_run(room: str) -> None:
    module = importlib.import_module(room)
    finder, runner = doctest.DocTestFinder(recurse=True), doctest.DocTestRunner()
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            home = importlib.import_module(value.__module__)
            for test in finder.find(value, name, module=home, globs=dict(vars(home))):
                assert runner.run(test).failed == 0, f"{room}.{name}"
