"""Whatever runs on Spark takes minutes, and is left to `make test-engines`."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and "spark" in getattr(item, "callspec", _NoParameters).params.values():
            item.add_marker(pytest.mark.engines)


class _NoParameters:
    params: dict[str, object] = {}  # noqa: RUF012


def pytest_sessionfinish() -> None:
    """The session of Spark ends with the tests."""
    import sys

    used = sys.modules.get("spark_sessions")
    if used is not None:
        used.end()
