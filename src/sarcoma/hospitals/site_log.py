"""What leaves a hospital, in words and in numbers, before it leaves."""

from __future__ import annotations

import json

from sarcoma._arguments import checked
from sarcoma.hospitals import masks
from sarcoma.hospitals.answer import Answer
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.question import CoxQuestion, EventTableQuestion, Question
from sarcoma.hospitals.site_answer import statement_of
from sarcoma.hospitals.site_rows import SiteRows

_SHARING = {
    "suppress": "Counts below the minimum are left out, with others so that no sum gives them away.",
    "coarsen": "Times are joined until no count is below the minimum.",
    "masked-sums": "Every number is hidden by masks that cancel only in the sum over all sites. Not audited.",
}
_KIND = {
    "event-table": "how many moved from state to state, left or came under observation in each interval",
    "cox": "the log likelihood of a model, its slope and its curvature, and how many people and events they are of",
    "validation": "what a model said of the people of each cell, as sums, against what happened",
}


@checked
def log_text(answer: Answer, question: Question, rows: SiteRows, policy: Policy, *, sent: bool) -> str:
    """The entry of log.md for one answer: for whoever is responsible for the data, and kept on site.

    sent : whether it leaves; else it is a trial that wrote nothing.
    """
    people = "not counted" if rows.people is None else str(len(set(rows.people.tolist())))
    signed = "nobody" if policy.signed_off is None else f"{policy.signed_off.name}, {policy.signed_off.role}"
    lines = [
        f"## {question.id}, round {question.round}: {'sent' if sent else 'a trial, nothing was sent'}",
        "",
        f"To: whoever combines the answers of {', '.join(question.sites)}.",
        f"What: {_KIND[question.kind]}.",
        f"Of: {people} people of this hospital; {_about(question)}.",
        *(f"Left out: {n} because {reason}." for reason, n in rows.left_out.items() if n),
        f"Times: {', '.join(f'{t:g}' for t in answer.grid)} months; nothing finer, and no date.",
        f"Small counts: {_SHARING[question.sharing]} The minimum is {policy.minimum_cell}.",
        f"Policy: {policy.digest[:16]}, signed by {signed}. Question: {question.digest[:16]}.",
        "",
        "| numbers of | how many |",
        "|---|---|",
        *(f"| {name} | {n} |" for name, n in statement_of(answer).items()),
        "",
        "All of it, as it is in the file:",
        "",
        "```json",
        json.dumps(answer.to_data(), ensure_ascii=False, allow_nan=False),
        "```",
        "",
    ]
    if answer.masked is not None:
        lines.insert(-5, f"Masks: {masks.NAME}.\n")
    return "\n".join(lines) + "\n"


def _about(question: Question) -> str:
    if isinstance(question, CoxQuestion):
        return (
            f"covariates {', '.join(question.columns)}; from {' to '.join(question.transition)}, plan {question.plan}"
        )
    if isinstance(question, EventTableQuestion):
        by = "" if question.by is None else f", by {question.by.field} ({', '.join(question.by.levels)})"
        return f"plan {question.plan}{by}"
    return f"model {question.card}, {question.endpoint} by {question.horizon:g} months"
