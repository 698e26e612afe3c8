"""A question made complete: with a nonce, and what a card says of itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sarcoma._arguments import checked
from sarcoma.errors import HospitalsError
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.question import Question, question_of


@checked
def ask(data: Mapping[str, Any], policy: Policy) -> Question:
    """A question of round 1 that the policy allows, from what is to be asked.

    Parameters
    ----------
    data : kind, id, sites, grid and what the kind needs. A nonce is made up; of a validation the card says end point,
        time zero, estimand and version.

    Raises
    ------
    HospitalsError : something does not fit, or the policy does not allow it.

    Examples
    --------
    >>> from sarcoma.hospitals import policy_of
    >>> policy = policy_of({"questions": ["event-table"], "plans": ["survival"], "grid_months": [0, 12, 24]})
    >>> ask({"kind": "event-table", "id": "survival", "plan": "survival", "sites": ["a", "b", "c"],
    ...     "grid": [0, 12, 24]}, policy)
    EventTableQuestion('survival', round=1, sites=3)
    """
    given = {"nonce": secrets.token_hex(16), **data}
    if given.get("kind") == "validation" and isinstance(given.get("card"), str):
        given = {**_of_card(given["card"]), **given}
    question = question_of(given)
    if question.round != 1:
        raise HospitalsError("round: a new question starts with round 1; the next ones come from combining")
    refused = policy.refusal(question)
    if refused is not None:
        raise HospitalsError(f"the policy does not allow this: {refused}")
    return question


def _of_card(name: str) -> dict[str, Any]:
    from sarcoma.models import card
    from sarcoma.validation import Subject

    subject = Subject.of_card(card(name))
    return {
        "card_version": "" if subject.card is None else subject.card.version,
        "endpoint": subject.endpoint,
        "time_zero": subject.time_zero,
        "estimand": subject.estimand,
    }
