"""What the commands share: the application, JSON, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sarcoma._plain_text import escaped_json, without_controls
from sarcoma.errors import TableError

app = typer.Typer(
    name="sarcoma",
    help="From what is known about a soft tissue sarcoma to an honest, checkable outlook.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

Sheet = Annotated[
    str | None, typer.Option("--sheet", help="Of a spreadsheet: its sheet, by name or number; the first if left out.")
]
HeaderRow = Annotated[
    int | None, typer.Option("--header-row", min=1, help="The row of the headings, from 1, where it is not the first.")
]

Engine = Annotated[
    str | None,
    typer.Option("--engine", help="What counts a cohort that memory does not hold: polars, duckdb or spark."),
]
Master = Annotated[
    str | None, typer.Option("--master", help="Where Spark runs: local[2], spark://…, yarn, k8s://…, sc://….")
]


def check_master(engine: str | None, master: str | None) -> None:
    """Refuse a `--master` without an engine.

    Raises
    ------
    TableError : there is one.
    """
    if engine is None and master is not None:
        raise TableError("--master: only Spark has one; name it too: --engine spark")


def to_json(data: Mapping[str, Any]) -> str:
    """Data as JSON text, with the versions it was made by; a number that is none is a fault of ours."""
    from sarcoma.evidence.versions import versioned

    return escaped_json(json.dumps(versioned(data), ensure_ascii=False, indent=2, allow_nan=False))


def say(text: object = "", end: str = "\n") -> None:
    """Text without what a terminal would obey: names of files, cohorts and cards may stand in it."""
    print(without_controls(str(text)), end=end)


def print_json(data: Mapping[str, Any]) -> None:
    """JSON on the standard output, escaped where its encoding could not hold it."""
    print(as_written(to_json(data)))


def print_fhir(resource: Mapping[str, Any]) -> None:
    """A FHIR resource on the standard output: JSON that holds nothing but what FHIR has."""
    print(as_written(escaped_json(json.dumps(resource, ensure_ascii=False, indent=2, allow_nan=False))))


def as_written(text: str) -> str:
    """JSON as the standard output can hold it, with nothing lost: signs that it lacks as `\\u2013`."""
    from sarcoma.cli._streams import can_hold

    return text if can_hold(text) else json.dumps(json.loads(text), ensure_ascii=True, indent=2)


Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already, without asking.")]


def keep_apart(
    outputs: Mapping[str, Path | None], inputs: Mapping[str, Path | str | None], *, force: bool = False
) -> None:
    """Refuse to write over what is read, or one thing over another; what is not given, or not there, is left out.

    A file that is there already is replaced only with `force`, or by whoever says yes at a terminal.

    Parameters
    ----------
    outputs, inputs : paths by what each is called, such as `--out`.

    Raises
    ------
    TableError : two of them are one file, or one is there already.
    """
    from sarcoma import _files

    written = [(name, path) for name, path in outputs.items() if path is not None]
    _files.keep_apart(
        written, [(name, Path(path)) for name, path in inputs.items() if path is not None and Path(path).exists()]
    )
    there = [] if force else [(name, path) for name, path in written if path.is_file()]
    if not there:
        return
    name, path = there[0]
    more = f", and {len(there) - 1} more" if len(there) > 1 else ""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise TableError(f"{name}: {path.name[:80]} is there already{more}; add --force to replace it")
    typer.confirm(without_controls(f"{path.name[:80]} is there already{more}. Replace it?"), abort=True, err=True)


def progress(items: Iterable[Any], what: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on a terminal's error output; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(items, description=what, total=total, console=console, disable=not console.is_terminal))
