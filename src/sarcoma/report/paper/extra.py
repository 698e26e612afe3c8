"""Libraries that only an analyst's files need: the extra `analyst`."""

from __future__ import annotations

from sarcoma.errors import TableError


def missing(what: str, library: str) -> TableError:
    """What to say where one is not installed."""
    return TableError(
        f"{what} needs {library}, which is not installed; install it with: pip install 'sarcoma-outlook[analyst]'"
    )
