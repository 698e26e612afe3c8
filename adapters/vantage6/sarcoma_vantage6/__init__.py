"""Questions to hospitals that share no rows, as an algorithm of vantage6 5: one central and one federated function.

What leaves a node is decided by `sarcoma.hospitals.partial` under the policy that the node's operator has signed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from vantage6.algorithm.decorator import algorithm_client, central, dataframe, federated
from vantage6.algorithm.tools.util import get_env_var, info

from sarcoma.cohort import PLANS
from sarcoma.errors import HospitalsError
from sarcoma.hospitals import (
    CoxQuestion,
    Ledger,
    SiteRows,
    ValidationQuestion,
    answer_of,
    ask,
    combine,
    judged_rows,
    log_text,
    partial,
    policy_of,
    question_of,
    read_policy,
)
from sarcoma.survival import Histories

__all__ = ["answer_question", "ask_hospitals"]


@central
@algorithm_client
def ask_hospitals(client: Any, question: dict[str, Any], policy: dict[str, Any], organizations: list[int]) -> Any:
    """All rounds of a question; the result as JSON holds it.

    question : as `sarcoma network ask` takes it, without sites. policy : the text that all nodes have signed.
    """
    agreed = policy_of(policy)
    asked: Any = ask({**question, "sites": [site_of(o) for o in organizations]}, agreed)
    while True:
        info(f"Question {asked.id}, round {asked.round}")
        task = client.task.create(
            method="answer_question", arguments={"question": asked.to_data()}, organizations=organizations,
            name=f"{asked.id} round {asked.round}",
        )  # fmt: skip
        answers = [answer_of(one) for one in client.wait_for_results(task_id=task.get("id"))]
        found = combine(answers, asked, agreed)
        if not hasattr(found, "nonce"):
            return found.to_data()
        asked = found


@federated
@dataframe(1)
def answer_question(frame: Any, question: dict[str, Any]) -> Any:
    """This node's answer to one round, after its policy and its ledger."""
    asked = question_of(question)
    policy, folder = _told("SARCOMA_POLICY"), Path(_told("SARCOMA_LEDGER"))
    agreed = read_policy(policy)
    if agreed.signed_off is None:
        raise HospitalsError("signed_off: nobody has signed the policy of this node")
    site = site_of(int(str(get_env_var("ORGANIZATION_ID"))))
    place = folder / f"{site}.ledger.json"
    rows = rows_of_frame(frame, asked)
    dropped_out = (get_env_var("SARCOMA_DROPPED_OUT") or "").split()
    key_file = get_env_var("SARCOMA_KEY")
    key = None if not key_file else bytes.fromhex(Path(key_file.format(site=site)).read_text().strip())
    with Ledger.held(place) as ledger:
        ledger.check(asked, rows, agreed, dropped_out=dropped_out)
        grids = ledger.earlier_grids(asked, rows)
        answer = partial(rows, asked, agreed, site=site, key=key, earlier_grids=grids)
        after = ledger.with_answer(asked, rows, answer)
        with (folder / f"{site}.log.md").open("a", encoding="utf-8") as log:
            log.write(log_text(answer, asked, rows, agreed, sent=True))
        after.write(place)
    return answer.to_data()


def site_of(organization: int) -> str:
    """How an organization is called in questions."""
    return f"organization-{organization}"


def rows_of_frame(frame: Any, question: Any) -> SiteRows:
    """The rows of a question from a data frame with the columns that the README names.

    Raises
    ------
    HospitalsError : a column is missing.
    """
    validation = isinstance(question, ValidationQuestion)
    names = ["patient", "exit", *(["event", "risk"] if validation else ["entry", "from", "to"])]
    names += list(question.columns) if isinstance(question, CoxQuestion) else []
    names += ["group"] if getattr(question, "by", None) is not None else []
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise HospitalsError(f"the data frame has no column {missing[0]}")
    people = frame["patient"].to_numpy()
    if validation:
        found = judged_rows(question, frame["exit"], frame["event"], frame["risk"])
        return SiteRows(found.histories, risk=found.risk, people=people)
    course = PLANS[question.plan].course
    several = len(course.transient) > 1
    left_out = {}
    if "group" in names:
        kept = frame["group"].isin(question.by.levels).to_numpy()
        left_out = {"the group is none of the levels asked for": int((~kept).sum())}
        frame, people = frame[kept], people[kept]
    to = frame["to"].astype(object).where(frame["to"].notna(), "").tolist()
    entry = frame["entry"].to_numpy(dtype=float)
    histories = Histories(
        course,
        frame["exit"].to_numpy(dtype=float),
        to,
        entry=entry if entry.any() else None,
        origin=frame["from"].tolist() if several else None,
        patient=people if several else None,
        group=frame["group"].astype(str).to_numpy() if "group" in names else None,
    )
    x = None
    if isinstance(question, CoxQuestion):
        x = np.column_stack([frame[name].to_numpy(dtype=float) for name in question.columns])
    return SiteRows(histories, x=x, people=people, left_out=left_out)


def _told(name: str) -> str:
    value = get_env_var(name)
    if not value:
        raise HospitalsError(f"{name}: the operator of this node has not set it, so no question is answered")
    return str(value)
