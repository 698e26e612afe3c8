"""Whatever runs on Spark takes minutes, and is left to `make test-engines`."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if HERE in item.path.parents and parameters.get("engine") == "spark":
            item.add_marker(pytest.mark.engines)


def pytest_sessionfinish() -> None:
    """The session of Spark ends with the tests."""
    import sys

    used = sys.modules.get("spark_sessions")
    if used is not None:
        used.end()
