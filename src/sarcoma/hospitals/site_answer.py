"""What a site answers: a pure function of its rows, the question and the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sarcoma._arguments import checked
from sarcoma.cohort import Cohort
from sarcoma.errors import HospitalsError, WithheldError
from sarcoma.hospitals import event_tables, judged, masks, stratified_cox
from sarcoma.hospitals.answer import Answer, new_answer, packed
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.hospitals.question import CoxQuestion, Question, ValidationQuestion
from sarcoma.hospitals.site_rows import SiteRows, rows_of
from sarcoma.hospitals.small_cells import check_together
from sarcoma.hospitals.sums import Sums
from sarcoma.survival import EventTable, Histories


@checked
def partial(
    rows: Cohort | SiteRows | Histories,
    question: Question,
    policy: Policy,
    *,
    site: str,
    key: bytes | None = None,
    combiner: str | None = None,
    earlier_grids: Sequence[Sequence[float]] = (),
) -> Answer:
    """One site's answer to one round.

    Parameters
    ----------
    rows : the cohort, or its histories as arrays (with covariates or predictions: `SiteRows`).
    site : its name among the question's sites. key : its private key, for masked sums and for a seal.
    combiner : the public key of who combines; the answer is then sealed.
    earlier_grids : times on which these people were counted before, by the site's ledger.

    Raises
    ------
    WithheldError : the policy does not let it out; the reason is for the site.
    HospitalsError : the question does not fit what the site has.

    Examples
    --------
    >>> from sarcoma.hospitals import policy_of, question_of
    >>> from sarcoma.survival import Course
    >>> policy = policy_of({"questions": ["event-table"], "plans": ["survival"], "grid_months": [0, 12, 24]})
    >>> question = question_of({"kind": "event-table", "id": "survival", "nonce": "00" * 8, "plan": "survival",
    ...     "sites": ["a", "b", "c"], "grid": [0, 12, 24]})
    >>> rows = Histories(Course.survival(), exit=[6] * 10 + [30] * 20, to=[1] * 10 + [0] * 20)
    >>> partial(rows, question, policy, site="a").counts["events"]
    [[[10], [0]]]
    """
    refused = policy.refusal(question)
    if refused is not None:
        raise WithheldError(refused)
    if site not in question.sites:
        raise HospitalsError(f"site: is not one of those that are asked: {', '.join(question.sites)}")
    if isinstance(rows, Cohort):
        rows = rows_of(rows, question)
    elif isinstance(rows, Histories):
        rows = SiteRows(rows)
    answer = _answer(rows, question, policy, site, key, earlier_grids)
    return answer.finished(key, combiner)


def _answer(
    rows: SiteRows,
    question: Question,
    policy: Policy,
    site: str,
    key: bytes | None,
    earlier: Sequence[Sequence[float]],
) -> Answer:
    grid = question.grid
    own: dict[str, tuple[float, float]] = {}
    parts: dict[str, Any] = {}
    if isinstance(question, CoxQuestion):
        sums, grid = stratified_cox.site_sums(rows, question, policy, earlier)
    elif isinstance(question, ValidationQuestion) and question.round > 1:
        sums, own = judged.site_sums(rows, question, policy)
    else:
        table = event_tables.table_of(rows, question, question.grid)
        grid = event_tables.site_grid(table, question, policy)
        if question.sharing == "coarsen" and earlier:
            check_together(EventTable.from_histories(rows.histories), grid, earlier, policy.minimum_cell)
        elif question.sharing == "suppress" and any(tuple(one) != tuple(grid) for one in earlier):
            raise WithheldError("these people were counted on other times before; with suppression use the same")
        table = on_grid(table, grid)
        sums = event_tables.sums_of(table)
        if question.sharing == "suppress":
            parts = {"counts": event_tables.with_gaps(table, policy), "reals": {}}
    if question.sharing == "masked-sums":
        parts = {"masked": _masked(sums, question, policy, site, key)}
    elif not parts:
        parts = sums.rounded(policy.significant_digits).to_data()
    return new_answer(question, site, policy.digest, tuple(grid), own=own, **parts)


def _masked(sums: Sums, question: Question, policy: Policy, site: str, key: bytes | None) -> str:
    if key is None:
        raise HospitalsError("key: masked sums need the site's private key; make one: sarcoma site key")
    counts, reals = sums.flat()
    ring = masks.to_ring(counts, reals, len(question.sites))
    salt = bytes.fromhex(question.digest)
    return packed(masks.masked(ring, site, key, policy.keys, question.sites, salt))


def statement_of(answer: Answer) -> dict[str, Any]:
    """How many numbers of each name leave, for the log."""
    found: dict[str, Any] = {f"count: {name}": np.size(np.array(v, dtype=object)) for name, v in answer.counts.items()}
    found |= {f"sum: {name}": int(np.size(v)) for name, v in answer.reals.items()}
    found |= {f"of this site alone: {name}": 2 for name in answer.own}
    if answer.masked is not None:
        found["masked numbers"] = len(answer.masked) * 3 // 4 // 8
    return found
