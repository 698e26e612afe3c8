"""`sarcoma card`: for those who write model cards."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sarcoma.cli._shared import Json, app, print_json, say

cards = typer.Typer(
    name="card", help="Model cards of one's own: check one before it is published.", no_args_is_help=True
)
app.add_typer(cards)


@cards.callback()
def _group() -> None:
    """Model cards of one's own: check one before it is published."""


@cards.command()
def lint(
    card: Annotated[Path, typer.Argument(help="A card (.yaml).")],
    as_json: Json = False,
) -> None:
    """Check a card: schema, units, citation, rules, test vectors, whether risks go the right way, and the edges.

    Exits with 1 where the card has errors.

    Example: sarcoma card lint our-model.yaml
    """
    from sarcoma.models.lint import lint as run
    from sarcoma.report.cards import findings_text

    found, findings = run(card)
    if as_json:
        print_json({"id": found.id if found else None, "findings": [asdict(f) for f in findings]})
    else:
        say(findings_text(found, findings), end="")
    if any(f.level == "error" for f in findings):
        raise typer.Exit(1)
