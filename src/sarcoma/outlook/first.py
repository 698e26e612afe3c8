"""What comes first of long lists: the alarms and the questions that this person's own record asks for."""

from __future__ import annotations

from collections import Counter

from sarcoma.evidence import Question, RedFlag
from sarcoma.outlook.outlook import Outlook

EMERGENCY_FOR_ALL = "anything-sudden"
"""Stands on every surface by itself, so no list repeats it."""


def first_alarms(outlook: Outlook, most: int = 5) -> tuple[RedFlag, ...]:
    """The alarms that fit this person: those with a reason in the record first, emergencies before same-day calls.

    What stands for everyone follows while there is room; the order within is that of the file.
    """
    listed = [flag for flag in outlook.red_flags if flag.id != EMERGENCY_FOR_ALL]
    return tuple(sorted(listed, key=lambda flag: (not flag.when, flag.urgency != "emergency")))[:most]


def first_questions(outlook: Outlook, most: int = 5) -> tuple[Question, ...]:
    """The questions that this person's answers ask for: the most particular first, no more than two of one topic."""
    ordered = sorted(outlook.questions, key=lambda question: -_particular(question))
    chosen: list[Question] = []
    topics: Counter[str] = Counter()
    for question in ordered:
        if topics[question.topic] < _OF_ONE_TOPIC and len(chosen) < most:
            topics[question.topic] += 1
            chosen.append(question)
    return tuple(chosen)


_OF_ONE_TOPIC = 2


def _particular(question: Question) -> int:
    """Whom a question is for: a type, an organ or a marker says more of a person than whether it has spread."""
    return sum(1 if condition.field == "metastatic" else 2 for condition in question.applies)
