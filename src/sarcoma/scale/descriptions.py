"""A cohort described from its files: what `sarcoma.cohort.describe` says, counted in an engine."""

from __future__ import annotations

from sarcoma._arguments import checked
from sarcoma.cohort.description import Description
from sarcoma.cohort.description.questions import Progress, answers
from sarcoma.scale.cohort_files import CohortFiles
from sarcoma.scale.engine import broken
from sarcoma.scale.histories_questions import HistoriesQuestions


@checked
def describe_files(files: CohortFiles, *, min_cell: int | None = None, progress: Progress = iter) -> Description:
    """Answer the questions of the article from a cohort's files.

    Parameters
    ----------
    min_cell, progress : as of `sarcoma.cohort.describe`.

    Raises
    ------
    CohortError : `min_cell` is below 2. TableError : the engine cannot read a file to its end.
    """
    try:
        return answers(HistoriesQuestions(files, min_cell), progress)
    except files.engine.faults as error:  # their messages quote rows
        raise broken(files.engine, error, "the cohort") from None
