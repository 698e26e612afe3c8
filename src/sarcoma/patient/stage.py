"""Stage: T, N, M and stage group by AJCC 8, and FIGO stage for the uterus, on what is still possible.

The tables (`evidence/data/staging.yaml`) are those of the AJCC Cancer Staging Manual, 8th edition (2017), and
of FIGO, as NCI's PDQ (2025) reprints them. Every cut point stands there and nowhere else.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from sarcoma.errors import Problem, RecordError
from sarcoma.evidence.library import staging_tables
from sarcoma.evidence.staging import StagingTables
from sarcoma.patient.ajcc import ajcc_stages
from sarcoma.patient.figo import figo_stage
from sarcoma.patient.staging import NOT_ASSESSABLE, Reading, Reason, Situation, Staging

__all__ = ["Reading", "Situation", "Staging", "stage"]


def stage(situation: Situation) -> tuple[Staging, ...]:
    """The stage by every chapter that may apply.

    Answers are remembered by situation – codes, the tables' step of a size and of a number of tumours – so that a table
    of records costs one call per distinct situation, and no one's numbers are kept.

    Returns
    -------
    tuple of Staging : one per chapter, in the order of the tables; one without a group where the histologic type has no
        stage by these tables.

    Raises
    ------
    RecordError : a code is unknown, a number out of range, or `foci` contradicts `multifocal`.

    Examples
    --------
    >>> found = stage(Situation(frozenset({"extremity-trunk"}), frozenset({"3"}), size_cm=7, nodes="negative"))
    >>> found[0].group.possible
    ('IIIA', 'IV')
    """
    tables = staging_tables()
    wrong = _wrong_numbers(situation)
    if wrong:
        raise RecordError([*_unknown_codes(tables, situation), *wrong])
    size, foci = situation.size_cm, situation.foci
    return _stage(
        situation._replace(
            size_cm=None if size is None else tables.size_steps[bisect_left(tables.size_steps, size)],
            foci=None if foci is None else min(foci, tables.most_foci),
        )
    )


@lru_cache(maxsize=4096)
def _stage(situation: Situation) -> tuple[Staging, ...]:
    tables = staging_tables()
    problems = _unknown_codes(tables, situation)
    if problems:
        raise RecordError(problems)
    if situation.by_type.no_ajcc is not None:
        return (_none(tables, situation, situation.by_type.no_ajcc),)
    uterus = (figo_stage(tables, situation),) if tables.figo.chapter in situation.chapters else ()
    if situation.by_type.figo_only:
        return uterus or (_none(tables, situation, "figo-only"),)
    return (*ajcc_stages(tables, situation), *uterus)


def _none(tables: StagingTables, situation: Situation, reason: Reason) -> Staging:
    """No stage by AJCC, with what the profile of the type says of it."""
    _, _, _, note, sources = situation.by_type
    return Staging(tables.ajcc.name, "", None, None, None, None, note, sources or tables.ajcc.sources, reason)


def _unknown_codes(tables: StagingTables, situation: Situation) -> list[Problem]:
    every_t = [t for chapter in tables.ajcc.chapters for t in chapter.t]
    allowed: dict[str, tuple[Iterable[str | None], Iterable[str | None]]] = {
        "chapters": (situation.chapters, tables.chapter_ids),
        "extent": ((situation.extent,), [t.extent for t in every_t if t.extent]),
        "invasion": (situation.invasion or (), tables.invasion),
        "nodes": ((situation.nodes,), [code for n in tables.ajcc.n for code in n.nodes]),
        "grades": (situation.grades, [*(row.grade for row in tables.fnclcc.grades), NOT_ASSESSABLE]),
        "myometrial_invasion": (
            (situation.myometrial_invasion,),
            [stage.myometrial_invasion for stage in tables.figo.adenosarcoma],
        ),
    }
    problems = [
        Problem(name, "unknown-code", "staging", names=tuple(map(str, codes)))
        for name, (given, codes) in allowed.items()
        if not set(given) - {None} <= set(codes)
    ]
    if not situation.grades:
        problems.append(Problem("grades", "unknown-code", "no-grade"))
    return problems


def _wrong_numbers(situation: Situation) -> list[Problem]:
    problems = []
    size_cm, foci, multifocal = situation.size_cm, situation.foci, situation.multifocal
    if size_cm is not None and not (math.isfinite(size_cm) and size_cm > 0):
        problems.append(Problem("size_cm", "out-of-range", "size", example="7"))
    if foci is not None and foci < 1:
        problems.append(Problem("foci", "out-of-range", "foci", example="1"))
    elif foci is not None and multifocal is not None and multifocal != (foci > 1):
        problems.append(Problem("foci", "contradiction", "foci-and-multifocal"))
    return problems
