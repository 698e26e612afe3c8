"""All errors, in one small tree.

SarcomaError
├── EvidenceError      a file of the evidence, or a key that it does not have
├── RecordError        a Patient record: names the field, the problem and a right example
├── TypeLookupError    a histologic type that is unknown, ambiguous or out of scope
├── CardError          a model card, or a model asked for something that it does not say
└── TableError         a table of records: its file, its mapping, its columns

No message carries a patient's value: the field's name, what is wrong with it, and an example.
"""

from __future__ import annotations


class SarcomaError(Exception):
    """Base of every error that the system raises on purpose."""


class EvidenceError(SarcomaError):
    """The evidence files are wrong, or hold no entry with this key."""


class Problem:
    """One thing that is wrong with a record: the field, the problem, and a right example."""

    __slots__ = ("example", "field", "problem")

    def __init__(self, field: str, problem: str, example: str | None = None) -> None:
        self.field, self.problem, self.example = field, problem, example

    def __str__(self) -> str:
        example = f" (for example {self.example})" if self.example and not self.problem.endswith(".") else ""
        return f"{self.field}: {self.problem}{example}"

    def __repr__(self) -> str:
        return f"Problem({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class RecordError(SarcomaError):
    """A Patient record cannot be read; `problems` lists every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(p) for p in problems))


class TypeLookupError(SarcomaError):
    """A name of a histologic type could not be resolved to one type in scope."""

    def __init__(self, message: str, candidates: tuple[str, ...] = (), reason: str = "unknown") -> None:
        self.candidates, self.reason = candidates, reason
        super().__init__(message)


class CardError(SarcomaError):
    """A model card is wrong, or was asked for what it does not say."""


class TableError(SarcomaError):
    """A table of records, or its mapping, cannot be read."""
