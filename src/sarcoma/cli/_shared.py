"""What the commands share: the application, JSON, progress."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sarcoma._plain_text import escaped_json, without_controls

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


def to_json(data: Mapping[str, Any]) -> str:
    """Data as JSON text, with the versions it was made by; a number that is none is a fault of ours."""
    from sarcoma.evidence.versions import versioned

    return escaped_json(json.dumps(versioned(data), ensure_ascii=False, indent=2, allow_nan=False))


def say(text: object = "", end: str = "\n") -> None:
    """Text without what a terminal would obey: names of files, cohorts and cards may stand in it."""
    print(without_controls(str(text)), end=end)


def print_json(data: Mapping[str, Any]) -> None:
    """JSON on the standard output."""
    print(to_json(data))


def keep_apart(outputs: Mapping[str, Path | None], inputs: Mapping[str, Path | str | None]) -> None:
    """Refuse to write over what is read, or one thing over another; what is not given, or not there, is left out.

    Parameters
    ----------
    outputs, inputs : paths by what each is called, such as `--out`.

    Raises
    ------
    TableError : two of them are one file.
    """
    from sarcoma import _files

    _files.keep_apart(
        [(name, path) for name, path in outputs.items() if path is not None],
        [(name, Path(path)) for name, path in inputs.items() if path is not None and Path(path).exists()],
    )


def progress(items: Iterable[Any], what: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on a terminal's error output; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(items, description=what, total=total, console=console, disable=not console.is_terminal))
