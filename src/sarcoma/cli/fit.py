"""`sarcoma fit`: a recipe and a cohort give a model card."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from sarcoma._files import format_of, write_file
from sarcoma.cli._quiet import quiet
from sarcoma.cli._shared import Force, Json, app, keep_apart, print_json, progress, say


@app.command()
def fit(
    recipe: Annotated[str, typer.Argument(help="A recipe (YAML), or the name of one that is shipped.")],
    cohort: Annotated[Path, typer.Option("--cohort", help="The folder of a standard cohort.")],
    to: Annotated[Path, typer.Option("--to", help="Where the model card goes (.yaml).")],
    bootstrap: Annotated[
        int | None,
        typer.Option(
            "--bootstrap",
            min=0,
            max=10_000,
            help="Bootstrap samples in place of the recipe's; 0: none, so no correction for optimism.",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Fit a model to a cohort; the result is a model card that the other commands can use.

    Example: sarcoma fit recipe.yaml --cohort cohort --to card.yaml
    """
    gc.enable()
    keep_apart({"--to": to}, {"the recipe": recipe, "the cohort": cohort}, force=force)
    format_of(to, (".yaml", ".yml"))
    from sarcoma.cohort import Cohort
    from sarcoma.fitting import fit as run
    from sarcoma.fitting import read_recipe
    from sarcoma.models.writing import card_yaml
    from sarcoma.report.cards import made_text

    def track(items: Iterable[Any], what: str, total: int) -> Iterator[Any]:
        return progress(items, what, total)

    with quiet():
        card = run(read_recipe(recipe), Cohort.open(cohort), track, bootstrap=bootstrap)
    write_file(to, card_yaml(card))
    if as_json:
        print_json({"to": str(to), **card.model_dump(mode="json", by_alias=True, exclude_none=True)})
    else:
        say(made_text(card), end="")
        say(f"Written: {to.name}. Show it: sarcoma models {to.name}. Use it: sarcoma outlook --card {to.name} …")
