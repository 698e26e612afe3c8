"""Stage: T, N, M and stage group by AJCC 8, and FIGO stage for the uterus, on what is still possible.

The tables (`evidence/data/staging.yaml`) are those of the AJCC Cancer Staging Manual, 8th edition (2017), and
of FIGO, as NCI's PDQ (2025) reprints them. Two readings of each stand side by side: what the tables assign
to what was examined, and everything that is possible while something is merely not known to the user.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from sarcoma.errors import Problem, RecordError
from sarcoma.evidence.staging import Chapter, CountRange, FigoStage, SizeRange, StagingTables, staging_tables

NOT_ASSESSED = "not-assessed"
NOT_ASSESSABLE = "X"


@dataclass(frozen=True, slots=True)
class Reading:
    """One category, read twice.

    Attributes
    ----------
    as_assigned : what the tables assign: a node that was not assessed counts as N0, a grade that could not be
        assessed as GX, and without evidence of it there is no metastasis, invasion of other structures or second
        focus. None where the tables need something that is not known.
    possible : every value that is still possible; what the user does not know may be anything.
    """

    as_assigned: str | None = field(repr=False)
    possible: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Staging:
    """The stage by one chapter.

    Attributes
    ----------
    system : "AJCC 8" or "FIGO".
    chapter : id of the chapter.
    t, n, m : readings of the categories; None for FIGO.
    group : reading of the stage group (FIGO: the stage); None where none is recommended, and `note` says so.
    note : what to know about this stage, or None.
    origins : source keys, the work itself first, then where it was read.
    """

    system: str
    chapter: str = field(repr=False)
    t: Reading | None = field(repr=False)
    n: Reading | None = field(repr=False)
    m: Reading | None = field(repr=False)
    group: Reading | None = field(repr=False)
    note: str | None = field(repr=False)
    origins: tuple[str, ...] = field(repr=False)


def stage(
    *,
    chapters: frozenset[str],
    size_cm: float | None,
    extent: str | None,
    invasion: frozenset[str] | None,
    foci: int | None,
    nodes: str | None,
    metastatic: bool | None,
    grades: frozenset[str],
    is_uterine_adenosarcoma: bool | None,
    myometrial_invasion: str | None,
    multifocal: bool | None,
) -> tuple[Staging, ...]:
    """The stage by every chapter that may apply; None means "not known to the user" throughout.

    Answers are remembered by situation – codes, the tables' step of a size and of a number of tumours – so that a table
    of records costs one call per distinct situation, and no one's numbers are kept.

    Parameters
    ----------
    chapters : chapters that the primary site may belong to: `extremity-trunk`, `retroperitoneum`, `head-neck`,
        `viscera` (AJCC 8), `uterus` (FIGO).
    size_cm : largest diameter in cm.
    extent : for organs of abdomen and chest: `confined`, `serosa`, `beyond-serosa`, `adjacent-organ`.
    invasion : every structure invaded, by the codes of `staging_tables().invasion`; empty if there is none.
    foci : number of separate tumours at the primary site.
    nodes : regional nodes: `negative`, `positive`, `not-assessed` (which the tables count as negative).
    metastatic : whether there is distant metastasis.
    grades : FNCLCC grades still possible, of "1", "2", "3", and "X" for a grade that could not be assessed.
    is_uterine_adenosarcoma : which of FIGO's two variants applies.
    myometrial_invasion : for adenosarcoma of the uterus: `none`, `half-or-less`, `more-than-half` of the wall.
    multifocal : whether there is more than one focus.

    Returns
    -------
    tuple of Staging : one per chapter, in the order of the tables.

    Raises
    ------
    RecordError : a code is unknown, a number out of range, or `foci` contradicts `multifocal`.
    """
    tables = staging_tables()
    wrong = _wrong_numbers(size_cm, foci, multifocal)
    if wrong:
        codes = _unknown_codes(tables, chapters, extent, invasion, nodes, grades, myometrial_invasion)
        raise RecordError([*codes, *wrong])
    sizes, counts = _steps()
    return _stage(
        chapters,
        None if size_cm is None else sizes[bisect_left(sizes, size_cm)],
        extent,
        invasion,
        None if foci is None else min(foci, counts),
        nodes,
        metastatic,
        grades,
        is_uterine_adenosarcoma,
        myometrial_invasion,
        multifocal,
    )


@lru_cache(maxsize=1)
def _steps() -> tuple[tuple[float, ...], int]:
    """The sizes at which some category ends, infinity last, and the number of tumours beyond which none begins."""
    tables = staging_tables()
    ts = [t for chapter in tables.ajcc.chapters for t in chapter.t]
    stages = (*tables.figo.leiomyosarcoma_or_stromal, *tables.figo.adenosarcoma, *tables.figo.beyond)
    ranges = [*(t.size_cm for t in ts), *(s.size_cm for s in stages)]
    sizes = {end for bounds in ranges if bounds is not None for end in bounds if end}
    counts = [end + 1 for t in ts if t.foci is not None for end in t.foci if end is not None]
    return (*sorted(sizes), math.inf), max(counts, default=2)


@lru_cache(maxsize=4096)
def _stage(
    chapters: frozenset[str],
    size_cm: float | None,
    extent: str | None,
    invasion: frozenset[str] | None,
    foci: int | None,
    nodes: str | None,
    metastatic: bool | None,
    grades: frozenset[str],
    is_uterine_adenosarcoma: bool | None,
    myometrial_invasion: str | None,
    multifocal: bool | None,
) -> tuple[Staging, ...]:
    tables = staging_tables()
    problems = _unknown_codes(tables, chapters, extent, invasion, nodes, grades, myometrial_invasion)
    if problems:
        raise RecordError(problems)
    found = []
    n, m = _n(tables, nodes), _m(tables, metastatic)
    for chapter in tables.ajcc.chapters:
        if chapter.id in chapters:
            t = _t(chapter, size_cm, extent, invasion, foci, multifocal)
            group, note = _group(tables, chapter, t, n, m, grades)
            found.append(Staging(tables.ajcc.name, chapter.id, t, n, m, group, note, tables.ajcc.sources))
    if tables.figo.chapter in chapters:
        found.append(_figo(tables, size_cm, invasion, nodes, metastatic, is_uterine_adenosarcoma, myometrial_invasion))
    return tuple(found)


# -- AJCC 8


def _t(
    chapter: Chapter,
    size_cm: float | None,
    extent: str | None,
    invasion: frozenset[str] | None,
    foci: int | None,
    multifocal: bool | None,
) -> Reading:
    """Structures invaded and further foci outrank size and extent; while not known they are only possible."""
    ordinary = tuple(
        t.id
        for t in chapter.t
        if (t.size_cm is not None and (size_cm is None or _within_size(size_cm, t.size_cm)))
        or (t.extent is not None and extent in (None, t.extent))
    )
    invading = [t for t in chapter.t if t.invasion]
    if invasion is not None:
        invading = [t for t in invading if not invasion.isdisjoint(t.invasion)][-1:]
    several = [t for t in chapter.t if t.foci is not None]
    if foci is not None:
        several = [t for t in several if t.foci is not None and _within_count(foci, t.foci)]
    elif multifocal is False:
        several = []
    outranking = tuple(t.id for t in (*invading, *several))
    certain = (invasion is not None and bool(invading)) or ((foci is not None or multifocal is True) and bool(several))
    return Reading(
        as_assigned=_only(outranking if certain else ordinary),
        possible=outranking if certain else (*ordinary, *outranking),
    )


def _n(tables: StagingTables, nodes: str | None) -> Reading:
    assigned = next(n.id for n in tables.ajcc.n if (nodes or NOT_ASSESSED) in n.nodes)
    return Reading(assigned, (assigned,) if nodes else tuple(n.id for n in tables.ajcc.n))


def _m(tables: StagingTables, metastatic: bool | None) -> Reading:
    assigned = next(m.id for m in tables.ajcc.m if m.metastatic is bool(metastatic))
    return Reading(assigned, tuple(m.id for m in tables.ajcc.m) if metastatic is None else (assigned,))


def _group(
    tables: StagingTables, chapter: Chapter, t: Reading, n: Reading, m: Reading, grades: frozenset[str]
) -> tuple[Reading | None, str | None]:
    """The stage group, and a note: why there is none, or that the grade was read as GX."""
    rows = [row for row in tables.ajcc.groups if chapter.id in row.chapters]
    if not rows:
        return None, chapter.no_groups

    def groups(ts: Iterable[str], ns: Iterable[str], ms: Iterable[str], gs: Iterable[str]) -> tuple[str, ...]:
        """The groups of all combinations, in the order of the table."""
        reached = {next(row.group for row in rows if row.fits(*tnmg)) for tnmg in product(ts, ns, ms, gs)}
        return tuple(dict.fromkeys(row.group for row in rows if row.group in reached))

    assigned_t, assigned_n, assigned_m = ((r.as_assigned,) if r.as_assigned else r.possible for r in (t, n, m))
    assigned = groups(assigned_t, assigned_n, assigned_m, grades)
    note = None
    if len(assigned) > 1:
        with_gx = groups(assigned_t, assigned_n, assigned_m, (NOT_ASSESSABLE,))
        if len(with_gx) == 1 and with_gx[0] in assigned:
            assigned, note = with_gx, tables.ajcc.unknown_grade
    return Reading(_only(assigned), groups(t.possible, n.possible, m.possible, grades)), note


# -- FIGO


def _figo(
    tables: StagingTables,
    size_cm: float | None,
    invasion: frozenset[str] | None,
    nodes: str | None,
    metastatic: bool | None,
    adenosarcoma: bool | None,
    myometrial_invasion: str | None,
) -> Staging:
    """The highest stage that holds; what is not known may still raise it, and is not assigned."""
    figo = tables.figo

    def holds(stage: FigoStage) -> bool | None:
        if stage.size_cm is not None:
            return None if size_cm is None else _within_size(size_cm, stage.size_cm)
        if stage.myometrial_invasion is not None:
            return None if myometrial_invasion is None else stage.myometrial_invasion == myometrial_invasion
        if stage.invasion is not None:
            return None if invasion is None else stage.invasion in invasion
        if stage.nodes is not None:
            return None if nodes is None else stage.nodes == nodes
        return metastatic

    by_size = () if adenosarcoma else figo.leiomyosarcoma_or_stromal
    by_depth = () if adenosarcoma is False else figo.adenosarcoma
    lowest = tuple(sorted({stage.id for stage in (*by_size, *by_depth) if holds(stage) is not False}))
    higher: tuple[str, ...] = ()
    note = None
    for stage in figo.beyond:
        answer = holds(stage)
        if answer:
            lowest, higher, note = (stage.id,), (), None
        elif answer is None:
            higher = (*higher, stage.id)
        if stage.nodes is not None and nodes in (None, NOT_ASSESSED):
            note = figo.unassessed_nodes
    return Staging(
        system=figo.name,
        chapter=figo.chapter,
        t=None,
        n=None,
        m=None,
        group=Reading(_only(lowest), (*lowest, *higher)),
        note=note,
        origins=figo.sources,
    )


# -- small helpers


def _only(values: tuple[str, ...]) -> str | None:
    return values[0] if len(values) == 1 else None


def _within_size(size_cm: float, bounds: SizeRange) -> bool:
    above, up_to = bounds
    return size_cm > above and (up_to is None or size_cm <= up_to)


def _within_count(count: int, bounds: CountRange) -> bool:
    lowest, highest = bounds
    return count >= lowest and (highest is None or count <= highest)


def _unknown_codes(
    tables: StagingTables,
    chapters: frozenset[str],
    extent: str | None,
    invasion: frozenset[str] | None,
    nodes: str | None,
    grades: frozenset[str],
    myometrial_invasion: str | None,
) -> list[Problem]:
    every_t = [t for chapter in tables.ajcc.chapters for t in chapter.t]
    allowed: list[tuple[str, Iterable[str], Iterable[str | None]]] = [
        ("chapters", chapters, tables.chapter_ids),
        ("extent", () if extent is None else (extent,), [t.extent for t in every_t if t.extent]),
        ("invasion", invasion or (), tables.invasion),
        ("nodes", () if nodes is None else (nodes,), [code for n in tables.ajcc.n for code in n.nodes]),
        ("grades", grades, [*(row.grade for row in tables.fnclcc.grades), NOT_ASSESSABLE]),
        (
            "myometrial_invasion",
            () if myometrial_invasion is None else (myometrial_invasion,),
            [stage.myometrial_invasion for stage in tables.figo.adenosarcoma],
        ),
    ]
    problems = [
        Problem(name, "unknown-code", "staging", names=tuple(map(str, codes)))
        for name, given, codes in allowed
        if not set(given) <= set(codes)
    ]
    if not grades:
        problems.append(Problem("grades", "unknown-code", "no-grade"))
    return problems


def _wrong_numbers(size_cm: float | None, foci: int | None, multifocal: bool | None) -> list[Problem]:
    problems = []
    if size_cm is not None and not (math.isfinite(size_cm) and size_cm > 0):
        problems.append(Problem("size_cm", "out-of-range", "size", example="7"))
    if foci is not None and foci < 1:
        problems.append(Problem("foci", "out-of-range", "foci", example="1"))
    elif foci is not None and multifocal is not None and multifocal != (foci > 1):
        problems.append(Problem("foci", "contradiction", "foci-and-multifocal"))
    return problems
