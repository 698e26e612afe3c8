"""`sarcoma validate --engine`: what an engine can be asked, and asking it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma.cli._shared import check_master
from sarcoma.errors import CohortError

if TYPE_CHECKING:
    from sarcoma.validation import Subject, Validation

_WHY_NOT = {
    "--bootstrap": "an engine draws no samples of people; its intervals are those of influence functions",
    "--seed": "an engine draws nothing",
    "--landmark": "the records at a landmark are not in the files that an engine reads",
    "--update": "an update is fitted to every person's prediction and outcome, and an engine gives sums of them",
    "--min-group": "an engine does not look at subgroups",
    "column:": "an engine judges model cards, and no columns of the cohort",
}


def check_engine(engine: str | None, master: str | None, asked: Mapping[str, bool]) -> None:
    """Refuse what an engine cannot do.

    Parameters
    ----------
    asked : by option, whether it was asked for.

    Raises
    ------
    CohortError : something was. TableError : `--master` without an engine.
    """
    check_master(engine, master)
    if engine is None:
        return
    for option, wanted in asked.items():
        if wanted:
            raise CohortError(f"{option}: {_WHY_NOT[option]}; leave it out, or leave out --engine")


def in_engine(
    engine: str, master: str | None, cohort: Path, subjects: Sequence[Subject], unknown_cause: str | None, tell: Any
) -> Validation:
    """The validation of cards on the files of a cohort."""
    from sarcoma.scale.cohort_files import CohortFiles
    from sarcoma.scale.scored_file import engine_named
    from sarcoma.validation.validate_in_engine import validate_files

    with engine_named(engine, master) as run:
        files = CohortFiles.open(cohort, run)
        return validate_files(files, subjects, unknown_cause=unknown_cause, progress=tell)
