"""Stage by AJCC 8: T, N, M and the stage group, on what is still possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from sarcoma.evidence.staging import Chapter, CountRange, StagingTables, within_size
from sarcoma.patient.staging import NOT_ASSESSABLE, NOT_ASSESSED, Reading, Reason, Situation, Staging, only

_ANY_GRADE = frozenset(("1", "2", "3"))


def ajcc_stages(tables: StagingTables, situation: Situation) -> Iterator[Staging]:
    """The stage by every chapter of AJCC 8 that may apply, in the order of the tables."""
    n, m = _n(tables, situation.nodes), _m(tables, situation.metastatic)
    for chapter in tables.ajcc.chapters:
        if chapter.id in situation.chapters:
            t = _t(chapter, situation)
            graded = situation.by_type.graded
            grades = situation.grades if graded else _never_gx(situation.grades)
            group, note, reason = _group(tables, chapter, t, n, m, grades, graded=graded)
            yield Staging(tables.ajcc.name, chapter.id, t, n, m, group, note, tables.ajcc.sources, reason)


def _never_gx(grades: frozenset[str]) -> frozenset[str]:
    """For a type that FNCLCC does not grade "could not be assessed" says no more than that the grade is not known."""
    return _ANY_GRADE if NOT_ASSESSABLE in grades else grades


def _t(chapter: Chapter, situation: Situation) -> Reading:
    """Structures invaded and further foci outrank size and extent; while not known they are only possible."""
    size_cm, extent, invasion = situation.size_cm, situation.extent, situation.invasion
    foci, multifocal = situation.foci, situation.multifocal
    ordinary = tuple(
        t.id
        for t in chapter.t
        if (t.size_cm is not None and (size_cm is None or within_size(size_cm, t.size_cm)))
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
        as_assigned=only(outranking if certain else ordinary),
        possible=outranking if certain else (*ordinary, *outranking),
    )


def _n(tables: StagingTables, nodes: str | None) -> Reading:
    assigned = next(n.id for n in tables.ajcc.n if (nodes or NOT_ASSESSED) in n.nodes)
    return Reading(assigned, (assigned,) if nodes else tuple(n.id for n in tables.ajcc.n))


def _m(tables: StagingTables, metastatic: bool | None) -> Reading:
    assigned = next(m.id for m in tables.ajcc.m if m.metastatic is bool(metastatic))
    return Reading(assigned, tuple(m.id for m in tables.ajcc.m) if metastatic is None else (assigned,))


def _group(
    tables: StagingTables, chapter: Chapter, t: Reading, n: Reading, m: Reading, grades: frozenset[str], *, graded: bool
) -> tuple[Reading | None, str | None, Reason | None]:
    """The stage group; a note, why there is none, or that the grade was read as GX; and of a type that is not graded
    the reason why there is none as assigned.
    """
    rows = [row for row in tables.ajcc.groups if chapter.id in row.chapters]
    if not rows:
        return None, chapter.no_groups, None

    def groups(ts: Iterable[str], ns: Iterable[str], ms: Iterable[str], gs: Iterable[str]) -> tuple[str, ...]:
        """The groups of all combinations, in the order of the table."""
        reached = {next(row.group for row in rows if row.fits(*tnmg)) for tnmg in product(ts, ns, ms, gs)}
        return tuple(dict.fromkeys(row.group for row in rows if row.group in reached))

    assigned_t, assigned_n, assigned_m = ((r.as_assigned,) if r.as_assigned else r.possible for r in (t, n, m))
    assigned = groups(assigned_t, assigned_n, assigned_m, grades)
    note: str | None = None
    reason: Reason | None = None
    if len(assigned) > 1 and not graded:
        reason = "type-not-graded" if len(grades) > 1 else None
    elif len(assigned) > 1:
        with_gx = groups(assigned_t, assigned_n, assigned_m, (NOT_ASSESSABLE,))
        if len(with_gx) == 1 and with_gx[0] in assigned:
            assigned, note = with_gx, tables.ajcc.unknown_grade
    return Reading(only(assigned), groups(t.possible, n.possible, m.possible, grades)), note, reason


def _within_count(count: int, bounds: CountRange) -> bool:
    lowest, highest = bounds
    return count >= lowest and (highest is None or count <= highest)
