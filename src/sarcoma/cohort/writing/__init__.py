"""Writers: one file each, from a cohort to a form that others read.

A writer is a module with three names:

    NAME                        how `sarcoma cohort write --to` calls it
    FILES                       the files that it writes, where it writes a folder
    write(cohort, folder)       writes them, and says what the form could not carry

Put it into WRITERS.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from sarcoma._arguments import checked
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.reading.place import Place
from sarcoma.cohort.writing import cbioportal, omop
from sarcoma.cohort.writing.losses import Loss
from sarcoma.errors import CohortError

__all__ = ["WRITERS", "Loss", "Writer", "write_as"]


class Writer(Protocol):
    """What a module here offers."""

    NAME: str
    FILES: tuple[str, ...]

    def write(self, cohort: Cohort, folder: Path) -> tuple[Loss, ...]: ...


WRITERS: Mapping[str, Writer] = {writer.NAME: writer for writer in (cbioportal, omop)}


def writer_of(form: str) -> Writer:
    """The writer of a form.

    Raises
    ------
    CohortError : there is none of this name.
    """
    if form not in WRITERS:
        raise CohortError(f"--to: a cohort is written as {', '.join(WRITERS)}; for example --to {next(iter(WRITERS))}")
    return WRITERS[form]


@checked
def write_as(cohort: Cohort, form: str, where: Place | Path | str) -> tuple[Loss, ...]:
    """Write a cohort in a form that others read, and say what the form could not carry.

    Parameters
    ----------
    form : `cbioportal`, `omop`. where : the folder that its files go to, which is made where it is not there; of `omop`
        also the address of a database, whose schema must be empty.

    Raises
    ------
    CohortError : there is no such form, it cannot hold this cohort, or the folder cannot be written to.
    """
    writer, place = writer_of(form), Place.of(where)
    if place.path is not None:
        return writer.write(cohort, place.path)
    if writer.NAME != omop.NAME:
        raise CohortError(f"{form} is written to a folder, and to no database")
    return omop.write_database(cohort, place)
