"""`sarcoma cohort table1`, `hazards`, `curves`: tables and figures for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sarcoma._files import format_of
from sarcoma.cli._quiet import quiet
from sarcoma.cli._shared import Force, Json, keep_apart, print_json, say
from sarcoma.cli.cohort import commands
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    from sarcoma.cohort import Cohort
    from sarcoma.report import PaperFigure, PaperTable

Folder = Annotated[Path, typer.Argument(help="The folder of a standard cohort.")]
By = Annotated[
    str | None, typer.Option("--by", help="What makes the groups: a field such as grade, centre, or size_cm:5,10.")
]
Course = Annotated[str, typer.Option("--course", help="survival, survival-from-metastasis, spread or first-event.")]
Event = Annotated[str | None, typer.Option("--event", help="Of spread and first-event: the event, such as metastasis.")]
TableTo = Annotated[
    list[Path] | None,
    typer.Option("--to", help="The table: .csv, .xlsx, .docx, .pdf, .html or .json (several allowed)."),
]


@commands.command("table1")
def table1(
    cohort: Folder,
    by: By = None,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="A variable, in the order of the table (several allowed).")
    ] = None,
    min_cell: Annotated[
        int | None, typer.Option("--min-cell", help="Hide counts below this, and round the others.")
    ] = None,
    to: TableTo = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make Table 1: who the people are, all and by group, who is missing, and standardised differences.

    Example: sarcoma cohort table1 cohort --by grade --to table1.docx
    """
    from sarcoma.report.paper.table import FORMATS

    _checked({"--to": to}, {"--to": FORMATS}, cohort, force=force)
    from sarcoma.cohort import baseline_table
    from sarcoma.report import table_of_baseline

    if min_cell is not None and min_cell < 2:
        raise CohortError("--min-cell: give 2 or more, for example 5")
    _say(table_of_baseline(baseline_table(_open(cohort), by, fields or (), min_cell=min_cell)), to, as_json=as_json)


@commands.command("hazards")
def hazards(
    cohort: Folder,
    terms: Annotated[
        list[str] | None,
        typer.Option("--term", help="A variable, such as age, grade, size_cm:5,10 (several allowed)."),
    ] = None,
    course: Course = "survival",
    event: Event = None,
    strata: Annotated[
        list[str] | None,
        typer.Option("--strata", help="A variable with a baseline hazard of its own (several allowed)."),
    ] = None,
    to: TableTo = None,
    forest: Annotated[
        list[Path] | None, typer.Option("--forest", help="A forest plot: .svg, .png or .pdf (several allowed).")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Explore hazard ratios by Cox regression, without a recipe: alone and together, with the check of proportions.

    Example: sarcoma cohort hazards cohort --term age --term grade --to hazards.docx --forest forest.svg
    """
    from sarcoma.report.paper.figure import FORMATS as FIGURES
    from sarcoma.report.paper.table import FORMATS

    _checked({"--to": to, "--forest": forest}, {"--to": FORMATS, "--forest": FIGURES}, cohort, force=force)
    from sarcoma.fitting import explore
    from sarcoma.report import figure_of_hazards, table_of_hazards

    with quiet():
        named: Any = course
        found = explore(_open(cohort), terms or (), course=named, event=event, strata=strata or ())
    figure = figure_of_hazards(found) if forest else None
    _say(table_of_hazards(found), to, as_json=as_json, figure=figure, figures=forest)


@commands.command("curves")
def curves(
    cohort: Folder,
    by: By = None,
    course: Course = "survival",
    event: Event = None,
    to: Annotated[
        list[Path] | None,
        typer.Option(
            "--to",
            help="The figure: .svg, .png or .pdf; its numbers: .csv, .xlsx, .docx, .html or .json (several allowed).",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Draw curves of groups with 95% bands and numbers at risk: survival, or the incidence of an event.

    Example: sarcoma cohort curves cohort --by grade --to curves.svg --to curves.csv
    """
    from sarcoma.report.paper.figure import FORMATS as FIGURES
    from sarcoma.report.paper.table import FORMATS

    _checked({"--to": to}, {"--to": (*FIGURES, *(f for f in FORMATS if f not in FIGURES))}, cohort, force=force)
    from sarcoma.cohort import group_curves
    from sarcoma.report import figure_of_curves, table_of_curves

    named: Any = course
    found = group_curves(_open(cohort), by, course=named, event=event)
    drawn = [path for path in to or () if path.suffix.lower() in FIGURES]
    tables = [path for path in to or () if path not in drawn]
    figure = figure_of_curves(found) if drawn else None
    _say(table_of_curves(found), tables, as_json=as_json, figure=figure, figures=drawn)


def _open(cohort: Path) -> Cohort:
    from sarcoma.cohort import Cohort

    return Cohort.open(cohort)


def _checked(
    outputs: dict[str, list[Path] | None], formats: dict[str, Sequence[str]], cohort: Path, *, force: bool
) -> None:
    """Refuse what cannot be written before anything is worked out."""
    named = [(option, path) for option, paths in outputs.items() for path in paths or ()]
    keep_apart({f"{option} {path.name[:80]}": path for option, path in named}, {"the cohort": cohort}, force=force)
    for option, path in named:
        format_of(path, formats[option], option)


def _say(
    table: PaperTable,
    to: Sequence[Path] | None,
    *,
    as_json: bool,
    figure: PaperFigure | None = None,
    figures: Sequence[Path] | None = None,
) -> None:
    written = [table.write(path) for path in to or ()]
    if figure is not None:
        written += [figure.write(path) for path in figures or ()]
    if as_json:
        print_json(table.data)
        return
    say(table.text(), end="")
    for path in written:
        say(f"Written: {path.name}.")
