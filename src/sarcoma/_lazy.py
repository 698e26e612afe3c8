"""Rooms whose names are loaded at first use, listed once in the `__init__.pyi` that type checkers read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` (of `__all__` too) and `__dir__` of a package; the stub is read only when a name is asked for.

    Parameters
    ----------
    package, file : `__name__` and `__file__` of the package.
    """

    @cache
    def homes() -> dict[str, str]:
        import ast

        tree = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
        found: dict[str, str] = {}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                home = f"{package}.{node.module}"
                names = [alias.asname or alias.name for alias in node.names]
                found |= dict.fromkeys(import_module(home).__all__ if names == ["*"] else names, home)
        return found

    def load(name: str) -> Any:
        if name == "__all__":
            return sorted(homes())
        if not name.startswith("__") and name in homes():
            value = getattr(import_module(homes()[name]), name)
            setattr(sys.modules[package], name, value)
            return value
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load, lambda: sorted(homes())
