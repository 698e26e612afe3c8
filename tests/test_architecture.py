"""How the modules import one another: what pyproject's contracts cannot say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

SRC = Path(__file__).parents[1] / "src"


def modules() -> dict[str, Path]:
    """Dotted name → file, of every module."""
    found = {}
    for path in SRC.glob("sarcoma/**/*.py"):
        parts = path.relative_to(SRC).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(tree: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a module imports anywhere: at its top, for type checkers only, or within a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def test_no_modules_import_one_another_in_a_circle_not_even_for_their_types() -> None:
    known = modules()
    graph = {name: set(imported(ast.parse(path.read_text("utf-8")), known)) - {name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(f"a circle of imports: {' → '.join(error.args[1])}") from None


def test_no_module_hides_a_name_that_is_loaded_at_first_use() -> None:
    """Once a module is imported it is an attribute of its package, and what has its name there is out of reach."""
    stubs = sorted(SRC.rglob("__init__.pyi"))
    assert stubs
    for stub in stubs:
        names = {
            alias.asname or alias.name
            for node in ast.parse(stub.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert not names & {module.stem for module in stub.parent.glob("*.py")}, stub.parent.name
