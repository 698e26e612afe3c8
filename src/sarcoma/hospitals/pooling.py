"""What all sites say together: a pure function of their answers and the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np

from sarcoma._arguments import checked
from sarcoma._version import __version__
from sarcoma.errors import HospitalsError
from sarcoma.hospitals import event_tables, judged, masks, pooled_cox, stratified_cox
from sarcoma.hospitals.answer import Answer, unpacked
from sarcoma.hospitals.event_tables import PooledTable
from sarcoma.hospitals.judged import PooledValidation
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.pooled_cox import PooledCox
from sarcoma.hospitals.question import CoxQuestion, EventTableQuestion, Question, ValidationQuestion
from sarcoma.hospitals.sums import Shapes, Sums

Result = PooledTable | PooledCox | PooledValidation
TWICE = (
    "who is a patient of two hospitals is counted twice: of n people, if a share s is in two, n is too high by at most "
    "that share and intervals are too narrow by a factor of up to 1/√(1 + s)"
)


@checked
def combine(
    answers: Sequence[Answer], question: Question, policy: Policy, *, key: bytes | None = None
) -> Result | Question:
    """The result of all hospitals, or the question of the next round.

    Parameters
    ----------
    answers : one of each site that was asked. key : the private key of who combines; seals are then checked.

    Raises
    ------
    HospitalsError : a site is missing or answers twice, or an answer is of another question, round, grid, policy or
        version, or holds what cannot be counted.
    """
    _check_all(answers, question, policy)
    if key is not None:
        for answer in answers:
            if answer.site not in policy.keys:
                raise HospitalsError(f"keys: the policy has no public key of {answer.site}")
            answer.check_seal(key, policy.keys[answer.site])
    own = {answer.site: answer.own for answer in answers}
    if question.sharing == "masked-sums":
        return _of_masked(answers, question, policy)
    if isinstance(question, CoxQuestion):
        grid = _shared_grid(answers)
        by_site = {}
        for a in answers:
            sums = Sums.of_data(a.to_data(), stratified_cox.shapes_of(question, len(a.grid) - 1), a.site)
            by_site[a.site] = pooled_cox.aligned(sums, a.grid, grid)
        total = _total(list(by_site.values()))
        return pooled_cox.combined(total, by_site, question, policy, grid, (TWICE,))
    if isinstance(question, ValidationQuestion) and question.round > 1:
        shapes = judged.shapes_of(question, len(question.grid) - 1)
        total = _total([Sums.of_data(a.to_data(), shapes, a.site) for a in answers])
        return judged.combined(total, own, question, policy, (TWICE,))
    pooled = _suppressed(answers, question) if question.sharing == "suppress" else _joined(answers, question)
    return _back(pooled, question)


def _check_all(answers: Sequence[Answer], question: Question, policy: Policy) -> None:
    refused = policy.refusal(question)
    if refused is not None:
        raise HospitalsError(f"the policy does not allow the question: {refused}")
    sites = [answer.site for answer in answers]
    twice = sorted({site for site in sites if sites.count(site) > 1})
    if twice:
        raise HospitalsError(f"{twice[0]}: answers twice")
    missing = [site for site in question.sites if site not in sites]
    strange = [site for site in sites if site not in question.sites]
    if missing or strange:
        what = f"{missing[0]} has not answered" if missing else f"{strange[0][:40]} was not asked"
        raise HospitalsError(f"{what}; the round is void: ask again, of those who will answer")
    for answer in answers:
        for name, theirs, ours in (
            ("question", answer.question, question.digest),
            ("kind", answer.kind, question.kind),
            ("round", answer.round, question.round),
            ("sharing", answer.sharing, question.sharing),
            ("policy", answer.policy, policy.digest),
            ("product_version", answer.product_version, __version__),
        ):
            if theirs != ours:
                raise HospitalsError(f"{answer.site}: {name}: the answer is to another one, or of another time")
        _check_grid(answer, question)


def _check_grid(answer: Answer, question: Question) -> None:
    grid = answer.grid
    inside = set(grid) <= set(question.grid) and list(grid) == sorted(set(grid)) and len(grid) > 1 and grid[0] == 0
    same = grid == question.grid
    may_join = question.sharing == "coarsen" or (isinstance(question, CoxQuestion) and question.sharing == "suppress")
    if not (same or (inside and may_join)):
        raise HospitalsError(f"{answer.site}: grid: its times are not among those of the question")


def _shared_grid(answers: Sequence[Answer]) -> tuple[float, ...]:
    """The times that all have.

    Raises
    ------
    HospitalsError : none but 0.
    """
    grid = tuple(t for t in answers[0].grid if all(t in answer.grid for answer in answers[1:]))
    if len(grid) < 2:
        raise HospitalsError("the sites could not give their counts at any time that they share; ask a shorter grid")
    return grid


def _total(parts: Sequence[Sums]) -> Sums:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _joined(answers: Sequence[Answer], question: Any) -> PooledTable:
    grid = _shared_grid(answers)
    tables = {}
    for a in answers:
        sums = Sums.of_data(a.to_data(), event_tables.shapes_of(question, len(a.grid) - 1), a.site)
        tables[a.site] = event_tables.table_from(sums, question, a.grid, a.site)
    notes: tuple[str, ...] = (TWICE,)
    if len(grid) < len(question.grid):
        notes = (f"of {len(question.grid)} times {len(grid)} are left, so that no count of a site is small", TWICE)
    return event_tables.pooled(tables, question, grid, notes)


def _suppressed(answers: Sequence[Answer], question: Any) -> PooledTable:
    """What is exact: the intervals before the first of which some site withholds a count."""
    steps = len(question.grid) - 1
    filled, whole = {}, steps
    for a in answers:
        filled[a.site], exact = event_tables.gaps_filled(a.counts, steps)
        whole = min(whole, exact)
    shapes = event_tables.shapes_of(question, steps)
    checked_sums = {site: Sums.of_data({"counts": c, "reals": {}}, shapes, site) for site, c in filled.items()}
    if whole == 0:
        raise HospitalsError("a site withholds counts of the first interval; coarsen the grid, or use masked sums")
    if whole < steps and isinstance(question, ValidationQuestion):
        raise HospitalsError("a site withholds counts before the horizon; a validation needs all of them")
    grid = question.grid[: whole + 1]
    tables = {}
    for site, sums in checked_sums.items():
        cut = {name: v if name == "initial" else v[:, :whole] for name, v in sums.counts.items()}
        tables[site] = event_tables.table_from(Sums(cut, {}), question, grid, site)
    notes: tuple[str, ...] = (TWICE,)
    if whole < steps:
        notes = (f"exact to {grid[-1]:g} months only: after it some site withholds a count", TWICE)
    return event_tables.pooled(tables, question, grid, notes)


def _of_masked(answers: Sequence[Answer], question: Question, policy: Policy) -> Result | Question:
    steps, sites = len(question.grid) - 1, len(question.sites)
    shapes = _shapes(question, steps)
    length = shapes.of_counts + sum(int(np.prod(shape)) for shape in shapes.reals.values())
    parts = []
    for a in answers:
        if a.masked is None or a.counts or a.reals or a.own:
            raise HospitalsError(f"{a.site}: must hold masked numbers and nothing else")
        parts.append(unpacked(a.masked, length, a.site))
    counts, reals = masks.of_ring(masks.summed(parts), shapes.of_counts)
    flat = Sums.of_flat(counts, reals, shapes)
    try:
        total = Sums.of_data(flat.to_data(), shapes, "the total")
    except HospitalsError:
        raise HospitalsError(
            "the masks do not cancel: an answer was changed, or made for other sites; the round is void"
        ) from None
    notes = (f"masked sums: {masks.NAME}; reals are off by at most {masks.stated_error(sites):.2g}", TWICE)
    if isinstance(question, CoxQuestion):
        return pooled_cox.combined(total, {}, question, policy, question.grid, notes)
    if isinstance(question, ValidationQuestion) and question.round > 1:
        return judged.combined(total, {}, question, policy, notes)
    table = event_tables.table_from(total, question, question.grid, "the total")
    return _back(event_tables.of_total(table, question, policy, notes), question)


def _shapes(question: Question, steps: int) -> Shapes:
    if isinstance(question, CoxQuestion):
        return stratified_cox.shapes_of(question, steps)
    if isinstance(question, ValidationQuestion):
        return judged.shapes_of(question, steps)
    return event_tables.shapes_of(question, steps)


def _back(pooled: PooledTable, question: Any) -> Result | Question:
    """Of a validation the pooled table goes back to the sites."""
    if not isinstance(question, ValidationQuestion):
        return pooled
    return question.model_copy(update={"round": 2, "grid": pooled.grid, "table": pooled.table.to_data()})


@overload
def together(
    rows: Mapping[str, Any],
    question: EventTableQuestion,
    policy: Policy,
    *,
    keys: Mapping[str, bytes] | None = None,
) -> PooledTable: ...
@overload
def together(
    rows: Mapping[str, Any], question: CoxQuestion, policy: Policy, *, keys: Mapping[str, bytes] | None = None
) -> PooledCox: ...
@overload
def together(
    rows: Mapping[str, Any], question: ValidationQuestion, policy: Policy, *, keys: Mapping[str, bytes] | None = None
) -> PooledValidation: ...
@checked
def together(
    rows: Mapping[str, Any], question: Question, policy: Policy, *, keys: Mapping[str, bytes] | None = None
) -> Result:
    """All rounds in one process, for trials: `rows` by site, as `partial` takes them.

    Raises
    ------
    HospitalsError : what a site or the combination refuses.
    """
    from sarcoma.cohort import Cohort
    from sarcoma.hospitals.site_answer import partial
    from sarcoma.hospitals.site_rows import rows_of

    own = {} if keys is None else keys
    if not isinstance(own, Mapping) or not all(isinstance(key, bytes) for key in own.values()):
        raise HospitalsError("keys: must be the private key of each site, 32 bytes each")
    missing = [site for site in question.sites if site not in rows]
    if missing:
        raise HospitalsError(f"rows: there are none of {missing[0]}")
    asked: Any = question
    read = {s: rows_of(rows[s], question) if isinstance(rows[s], Cohort) else rows[s] for s in question.sites}
    while True:
        answers = [partial(read[s], asked, policy, site=s, key=own.get(s)) for s in asked.sites]
        found = combine(answers, asked, policy)
        if not hasattr(found, "nonce"):
            return found
        asked = found
