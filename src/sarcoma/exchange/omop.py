"""Concepts of OMOP as codes: what `sarcoma why OMOP:4188540` opens."""

from __future__ import annotations

from sarcoma._arguments import checked
from sarcoma.exchange.codes import Code, CodeTables

SYSTEM = "OMOP"


@checked
def omop_codes() -> CodeTables:
    """The table of concepts by which databases are read (`cohort/reading/omop/concepts.yaml`), as code tables.

    Raises
    ------
    MissingPartError : the part that reads cohorts is not installed.
    """
    from sarcoma.cohort.reading.omop.concepts import concepts

    return CodeTables(
        Code(one.table, SYSTEM, str(one.id), one.value, one.read_in, one.name, one.marks) for one in concepts()
    )
