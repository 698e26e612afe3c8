"""The account of reading: every row that was refused and every cell that could not be read, by reason."""

from __future__ import annotations

from collections import Counter, defaultdict

from sarcoma.cohort.cohort import MOST_IDS, Refusal, RefusalKind

LONGEST_ID = 200


class RefusedRowError(Exception):
    """The row cannot be used; the reason, and its kind where a check asks for it."""

    def __init__(self, reason: str, kind: RefusalKind | None = None) -> None:
        self.reason, self.kind = reason, kind
        super().__init__(reason)


class RowAccount:
    """Counts by reason, with the ids of the first MOST_IDS."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, RefusalKind | None], list[str]] = defaultdict(list)
        self._unread: Counter[tuple[str, RefusalKind | None]] = Counter()
        self._unread_ids: dict[tuple[str, RefusalKind | None], list[str]] = defaultdict(list)
        self.repeated_events = 0

    def refuse(self, name: str, why: RefusedRowError) -> None:
        """A row is refused."""
        self._refused[why.reason, why.kind].append(name[:LONGEST_ID])

    def not_read(self, reason: str, *names: str, kind: RefusalKind | None = None) -> None:
        """Cells or rows of these patients could not be read; a name is empty where nobody's is known."""
        if names:
            self._unread[reason, kind] += len(names)
            kept = self._unread_ids[reason, kind]
            kept.extend([name for name in names if name][: max(0, MOST_IDS - len(kept))])

    def most_often(self) -> str:
        """The reason for which most rows were refused."""
        reason, _ = max(self._refused, key=lambda key: len(self._refused[key]))
        return reason

    def refused(self) -> tuple[Refusal, ...]:
        """The refused rows, the most frequent reason first."""
        ordered = sorted(self._refused.items(), key=lambda part: -len(part[1]))
        return tuple(
            Refusal(reason=reason, kind=kind, count=len(names), ids=tuple(names[:MOST_IDS]))
            for (reason, kind), names in ordered
        )

    def unread(self) -> tuple[Refusal, ...]:
        """What could not be read, the most frequent first."""
        return tuple(
            Refusal(reason=reason, kind=kind, count=count, ids=tuple(self._unread_ids[reason, kind]))
            for (reason, kind), count in self._unread.most_common()
        )
