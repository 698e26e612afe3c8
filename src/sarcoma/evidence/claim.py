"""The claims of a widely read health article, checked; people to talk to; questions to ask."""

from __future__ import annotations

import datetime
from typing import Literal

from sarcoma.evidence.entry import Entry, Key, Mark, Text
from sarcoma.evidence.rule import Rule


class Claim(Entry):
    """A claim of the article, what its source really says, and what newer evidence says.

    Texts name figures as `{FACT.figure}`.
    """

    id: Key
    claim: Text
    verdict: Literal["true", "true-but-outdated", "needs-context", "misleading", "not-resolved"]
    what_the_source_says: Text
    newer_evidence: Text
    plain: Text
    facts: tuple[str, ...]
    sources: tuple[Key, ...]
    marks: tuple[Mark, ...] = ()


class Organisation(Entry):
    """People to talk to. Everything is from the organisation's own pages."""

    id: Key
    name: Text
    country: Text
    languages: tuple[str, ...]
    url: str
    offers: Text
    read_on: Text  # which of its pages this was read on
    checked: datetime.date


class Question(Entry):
    """A question to ask the team, for whom it matters, and when what is known answers it."""

    id: Key
    text: Text
    plain: Text
    topic: Literal["diagnosis", "spread", "treatment", "follow-up", "outlook", "living"]
    applies: Rule = ()
    answered_when: Rule = ()
    facts: tuple[Key, ...] = ()
