"""When each topic is to be looked at again."""

from __future__ import annotations

import datetime

from sarcoma._arguments import checked
from sarcoma.evidence.entry import Entry, Text
from sarcoma.evidence.fact import Topic


class TopicReview(Entry):
    """A topic of facts and the day by which somebody has to look for newer evidence on it."""

    id: Topic
    review_by: datetime.date
    because: Text

    @checked
    def is_overdue(self, on: datetime.date) -> bool:
        return self.review_by < on
