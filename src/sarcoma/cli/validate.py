"""`sarcoma validate`: how well models predict in a cohort."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sarcoma._files import format_of, write_file
from sarcoma.cli._quiet import quiet
from sarcoma.cli._shared import Engine, Force, Json, Master, app, keep_apart, print_json, say, to_json
from sarcoma.cli._validate_engine import check_engine, in_engine
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    from sarcoma.report.document import Document
    from sarcoma.validation import Validation


_MIN_GROUP = 20


@app.command()
def validate(
    models: Annotated[
        list[str], typer.Argument(help="Model cards by id or file, or column:NAME for predictions kept in the cohort.")
    ],
    cohort: Annotated[Path, typer.Option("--cohort", help="The folder of a standard cohort.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="The report: .html, .pdf or .json; its measures as .csv.")
    ] = None,
    as_: Annotated[
        str | None, typer.Option("--as", help="Set the models against another end point, such as death.")
    ] = None,
    unknown_cause: Annotated[
        str | None, typer.Option("--unknown-cause", help="What deaths of unknown cause count as: sarcoma or other.")
    ] = None,
    landmark: Annotated[
        float | None,
        typer.Option(
            "--landmark",
            min=0,
            help="Judge from so many months after the time zero; under late entry the horizons need it.",
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint", help="Of a column: death, sarcoma-death, metastasis, local-recurrence, recurrence-or-death."
        ),
    ] = None,
    horizon: Annotated[float | None, typer.Option("--horizon", min=0.1, help="Of a column: months.")] = None,
    estimand: Annotated[str | None, typer.Option("--estimand", help="Of a column: crude, net or all-cause.")] = None,
    time_zero: Annotated[
        str, typer.Option("--time-zero", help="Of a column: diagnosis, surgery, first-metastasis, local-recurrence.")
    ] = "diagnosis",
    survival: Annotated[
        bool, typer.Option("--no-event", help="Of a column: it is the probability of no event.")
    ] = False,
    bootstrap: Annotated[
        int,
        typer.Option(
            "--bootstrap", min=0, max=100_000, help="Bootstrap samples for the intervals; 0: influence functions."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same samples.")] = 0,
    min_group: Annotated[
        int, typer.Option("--min-group", min=2, help="Subgroups with fewer patients are suppressed.")
    ] = _MIN_GROUP,
    update: Annotated[
        Path | None, typer.Option("--update", help="A folder for the updated cards, one for each rung of the ladder.")
    ] = None,
    entries: Annotated[
        Path | None,
        typer.Option("--entries", help="A .yaml for what was found, to put into the cards of the models."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", help="For --entries: the key of the source of the data."),
    ] = None,
    engine: Engine = None,
    master: Master = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Say how well models predict in a cohort: who was used, discrimination, calibration, usefulness, what to do.

    With --engine the numbers are the same; concordance, the smooth curve, subgroups, centres and updates are not given.

    Example: sarcoma validate kattan-2002 --cohort cohort --unknown-cause sarcoma --to report.html
    """
    gc.enable()
    from sarcoma.cohort import Cohort
    from sarcoma.models import card, read_card
    from sarcoma.report.validated import validated_data, validated_text
    from sarcoma.validation import Subject
    from sarcoma.validation import validate as run

    _one_of("as", as_, _ENDPOINTS)
    _one_of("endpoint", endpoint, _ENDPOINTS)
    _one_of("unknown-cause", unknown_cause, ("sarcoma", "other"))
    _one_of("estimand", estimand, ("crude", "net", "all-cause"))
    _one_of("time-zero", time_zero, ("diagnosis", "surgery", "first-metastasis", "local-recurrence"))
    check_engine(
        engine,
        master,
        {
            "--bootstrap": bootstrap > 0,
            "--seed": seed != 0,
            "--landmark": landmark is not None,
            "--update": update is not None,
            "--min-group": min_group != _MIN_GROUP,
            "column:": any(name.startswith("column:") for name in models),
        },
    )
    if (entries is None) != (source is None):
        raise CohortError("--entries and --source belong together, for example --entries new.yaml --source TCGA-SARC17")
    inputs: dict[str, Path | str | None] = {
        "the cohort": cohort,
        **{f"the model {Path(m).name[:80]}": m for m in models},
    }
    keep_apart({"--to": to, "--entries": entries}, inputs, force=force)
    if to is not None:
        format_of(to, _REPORTS)
    if entries is not None:
        format_of(entries, (".yaml", ".yml"), "--entries")
    subjects = []
    for name in models:
        if name.startswith("column:"):
            if endpoint is None or horizon is None or estimand is None:
                raise CohortError(
                    "a column needs what it predicts: --endpoint, --horizon and --estimand, for example "
                    "--endpoint death --horizon 60 --estimand all-cause"
                )
            column: dict[str, Any] = {"endpoint": endpoint, "estimand": estimand, "time_zero": time_zero}
            key = name.removeprefix("column:")
            subjects.append(
                Subject(
                    id=name,
                    title=f"Predictions in the column {key[:40]}",
                    event=endpoint.replace("-", " "),
                    horizons=(horizon,),
                    column=key,
                    no_event=survival,
                    **column,
                )
            )
        else:
            found = read_card(Path(name)) if name.endswith((".yaml", ".yml")) else card(name)
            subjects.append(Subject.of_card(found, instead=as_))  # type: ignore[arg-type]
    if update is not None:  # before the work, not after it
        there = [path for s in subjects if s.card is not None for path in update.glob(f"{escape(s.card.id)}-*.yaml")]
        keep_apart({f"--update {path.name[:80]}": path for path in there}, inputs, force=force)
    with quiet(), _Bars() as tell:
        if engine is not None:
            result = in_engine(engine, master, cohort, subjects, unknown_cause, tell)
        else:
            result = run(
                Cohort.open(cohort),
                subjects,
                unknown_cause=unknown_cause,
                landmark=landmark,
                draws=bootstrap,
                seed=seed,
                least=min_group,
                processes=min(4, os.cpu_count() or 1),
                progress=tell,
            )
    with quiet():
        if to is not None:
            _write_report(result, to)
        written = _write_updates(result, update, inputs) if update is not None else []
        if entries is not None and source is not None:
            written.append(_write_entries(result, entries, source))
    if as_json:
        print_json(validated_data(result))
    else:
        say(validated_text(result), end="")
        for path in ([to] if to is not None else []) + written:
            say(f"Written: {path.name}.")


_REPORTS = (".html", ".pdf", ".json", ".csv")


def _say_what_paper_lacks(document: Document) -> None:
    """Characters without a font are named where they were asked for too, not on the paper alone."""
    from sarcoma.report.glyphs import said

    missing = document.without_glyph()
    if missing:
        print(f"Note: {said(missing)}", file=sys.stderr)


def _write_report(result: Validation, to: Path) -> None:
    from sarcoma.report.as_csv import validated_csv
    from sarcoma.report.validated import validated_data, validated_document

    kind = format_of(to, _REPORTS)
    if kind == ".pdf":
        document = validated_document(result)
        write_file(to, document.pdf())
        _say_what_paper_lacks(document)
    elif kind == ".html":
        write_file(to, validated_document(result).html())
    else:
        write_file(to, validated_csv(result) if kind == ".csv" else to_json(validated_data(result)))


def _write_entries(result: Validation, path: Path, source: str) -> Path:
    """The performance of each model that has a card, one document after another."""
    from sarcoma.models.writing import performance_yaml
    from sarcoma.validation.card_entries import entries

    parts = [
        f"# {m.subject.id}\n{performance_yaml(entries(result, m, source))}"
        for m in result.models
        if m.subject.card is not None
    ]
    write_file(path, "---\n".join(parts))
    return path


def _write_updates(result: Validation, folder: Path, inputs: Mapping[str, Path | str | None]) -> list[Path]:
    """Every rung but the original, as a card of its own; whether one may be replaced was asked before."""
    from sarcoma.models.writing import card_yaml

    cards = [rung.card for model in result.models if model.ladder is not None for rung in model.ladder.rungs[1:]]
    if not cards:
        raise CohortError("--update: none of the models could be updated; the report says why")
    written = [folder / f"{card.id}.yaml" for card in cards]
    keep_apart({f"--update {path.name}": path for path in written}, inputs, force=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CohortError(f"--update: {folder.name[:80]}: cannot be made a folder") from None
    for path, card in zip(written, cards, strict=True):
        write_file(path, card_yaml(card))
    return written


_ENDPOINTS = ("death", "sarcoma-death", "metastasis", "local-recurrence", "recurrence-or-death")


def _one_of(option: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise CohortError(f"--{option}: must be one of {', '.join(known)}")


class _Bars:
    """One progress bar after another, on a terminal's error output; nothing elsewhere."""

    def __enter__(self) -> Any:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self.bars = Progress(console=console, disable=not console.is_terminal)
        self.bars.start()
        self.tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in self.tasks:
                self.tasks[what] = self.bars.add_task(what, total=total)
            self.bars.update(self.tasks[what], completed=done, total=total)

        return tell

    def __exit__(self, *_: object) -> None:
        self.bars.stop()
