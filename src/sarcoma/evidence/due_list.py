"""What has to be looked at again, and why."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.evidence.library import Library
from sarcoma.evidence.source import Source
from sarcoma.evidence.topic_review import TopicReview

Reason = str
"""A code: overdue-topic, source-changed, not-found-again, superseded-in-use, day-not-noted, read-in-a-relay."""

_MARKS: dict[str, Reason] = {
    "not-found-again": "not-found-again",
    "unverified": "seen-once",
    "secondary": "read-in-a-relay",
    "weak-source": "weak-source",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A fact to look at again. `reasons` are codes, the gravest first; `review_by` is that of its topic."""

    key: str
    topic: str
    reasons: tuple[Reason, ...]
    read_on: datetime.date | None
    review_by: datetime.date

    def is_urgent(self) -> bool:
        """Whether it must not wait: the topic is overdue, or a source was retracted or withdrawn."""
        return bool({"overdue-topic", "source-changed"} & set(self.reasons))


@checked
def due(library: Library, on: datetime.date) -> tuple[Due, ...]:
    """Every fact that something calls for looking at again on a day, urgent ones first."""
    found = []
    for fact in library.facts.values():
        if fact.superseded_by is not None:
            continue
        review = library.topics[fact.topic]
        reasons: list[Reason] = ["overdue-topic"] if review.is_overdue(on) else []
        cited = {key for figure in fact.figures for key in fact.sources_of(figure)} | set(fact.sources)
        reasons += ["source-changed"] if any(_changed(library.sources.get(key)) for key in cited) else []
        marks = {mark for figure in fact.figures for mark in fact.marks_of(figure)} | set(fact.marks)
        reasons += [reason for mark, reason in _MARKS.items() if mark in marks]
        reasons += ["day-not-noted"] if fact.read_on == "not-noted" else []
        if reasons:
            read_on = None if isinstance(fact.read_on, str) else fact.read_on
            found.append(Due(fact.key, fact.topic, tuple(reasons), read_on, review.review_by))
    return tuple(sorted(found, key=lambda one: not one.is_urgent()))


def today() -> datetime.date:
    """The day on a reader's calendar: what is overdue is asked for today."""
    return datetime.date.today()  # noqa: DTZ011


@checked
def overdue_reviews(library: Library, facts: Iterable[str], on: datetime.date | None = None) -> tuple[TopicReview, ...]:
    """The overdue topics of some facts, in the order of the file. `on` is today if not given."""
    day = on or today()
    late = [topic for topic in library.topics.values() if topic.is_overdue(day)]
    if not late:
        return ()
    named = {library.facts[key].topic for key in facts if key in library.facts}
    return tuple(topic for topic in late if topic.id in named)


@checked
def overdue_topics(library: Library, on: datetime.date) -> Iterator[str]:
    """The topics whose day has passed."""
    return (topic.id for topic in library.topics.values() if topic.is_overdue(on))


def _changed(source: Source | None) -> bool:
    return source is not None and source.status is not None
