"""All commands, each built only where it may be the one that is asked for."""

from __future__ import annotations

from typing import Annotated

import typer

from sarcoma.cli import lookup
from sarcoma.cli._shared import app

__all__ = ["app", "build", "lookup"]

_ALONE = ("outlook", "why", "models", "types", "people", "schema", "evidence")


def build(arguments: list[str]) -> None:
    """Register `outlook` with its options, which other commands do not pay for, and the commands for many people."""
    app.registered_commands = [c for c in app.registered_commands if c.name != "outlook"]
    first = next((a for a in arguments if not a.startswith("-")), None)
    if first == "evidence" or first not in _ALONE:
        from sarcoma.cli import evidence  # noqa: F401 - it registers itself
    if first not in _ALONE:
        from sarcoma.cli import serve  # noqa: F401 - it registers itself
    if first not in (*_ALONE, "serve"):
        from sarcoma.cli import card, cohort, fit, hospitals, paper, score, validate  # noqa: F401 - they register themselves
    if first == "outlook":
        from sarcoma.cli.outlook_options import outlook_command

        app.command("outlook")(outlook_command(arguments))
    else:
        app.command("outlook", help="The outlook of one person, or of a table of people.")(lambda: None)


def _version(show: bool) -> None:
    if show:
        from sarcoma import __version__

        print(f"sarcoma-outlook {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From what is known about a soft tissue sarcoma to an honest, checkable outlook."""
