"""What the commands share: the application, JSON, progress."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

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


def to_json(data: Any) -> str:
    """Data as JSON text; a number that is none is a fault of ours."""
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)


def print_json(data: Any) -> None:
    """JSON on the standard output."""
    print(to_json(data))


def write_text(path: Path, text: str) -> None:
    """Write a file.

    Raises
    ------
    TableError : it cannot be written there.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file.

    Raises
    ------
    TableError : it cannot be written there.
    """
    try:
        path.write_bytes(data)
    except OSError:
        raise TableError(f"{path.name[:80]}: cannot be written there") from None


def progress(items: Iterable[Any], what: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on a terminal's error output; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(items, description=what, total=total, console=console, disable=not console.is_terminal))
