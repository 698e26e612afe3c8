"""Parts that are installed apart: which library belongs to which, and the sentence that brings a missing one.

The base (NumPy, pydantic, PyYAML, Typer) tells of a person. Tables and cohorts, the website and PDFs need more, so each
is an extra of the distribution. Modules import what they need as usual; where a module *of this package* asks for a
library that is not there, Python reaches the finder below, last of all, and the error says what to type.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

PARTS = {
    "babel": ("serve", "Babel"),
    "fastapi": ("serve", "FastAPI"),
    "jinja2": ("serve", "Jinja2"),
    "markupsafe": ("serve", "MarkupSafe"),
    "starlette": ("serve", "Starlette"),
    "uvicorn": ("serve", "Uvicorn"),
    "jwt": ("cds", "PyJWT"),
    "typst": ("pdf", "Typst"),
    "docx": ("analyst", "python-docx"),
    "fastexcel": ("analyst", "fastexcel"),
    "matplotlib": ("analyst", "matplotlib"),
    "narwhals": ("analyst", "narwhals"),
    "polars": ("analyst", "Polars"),
    "scipy": ("analyst", "SciPy"),
    "xlsxwriter": ("analyst", "XlsxWriter"),
    "adbc_driver_postgresql": ("databases", "ADBC for PostgreSQL"),
    "duckdb": ("databases", "DuckDB"),
    "psycopg": ("databases", "psycopg"),
    "cryptography": ("hospitals", "cryptography"),
    "pandas": ("fit", "pandas"),
    "py4j": ("spark", "PySpark"),
    "pyarrow": ("spark", "PyArrow"),
    "pyspark": ("spark", "PySpark"),
    "statsmodels": ("fit", "statsmodels"),
}
"""Library → the extra that brings it, and what it is called."""


def how_to_install(library: str) -> str:
    """What is missing, and the command that brings it, in one sentence."""
    part, name = PARTS[library]
    return f"this needs {name}, which is not installed: pip install 'sarcoma-outlook[{part}]'"


class _Missing:
    """The last finder: it is asked only for what nothing else found, and finds nothing itself."""

    @staticmethod
    def find_spec(
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG004 – the protocol of finders
        target: ModuleType | None = None,  # noqa: ARG004
    ) -> ModuleSpec | None:
        """Nothing.

        Raises
        ------
        MissingPartError : a module of this package imports a library of a part that is not installed.
        """
        if name in PARTS and _asked_by_us():
            from sarcoma.errors import MissingPartError

            raise MissingPartError(how_to_install(name), name=name)
        return None


def _asked_by_us() -> bool:
    """Whether the import statement stands in this package: others may ask for a library to do without it."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and _module_of(frame).startswith("importlib"):
        frame = frame.f_back
    return frame is not None and _module_of(frame).partition(".")[0] == "sarcoma"


def _module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def install() -> None:
    """Ask the finder last from now on (once in a process)."""
    if _Missing not in sys.meta_path:
        sys.meta_path.append(_Missing)
