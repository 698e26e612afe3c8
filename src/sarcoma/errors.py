"""All errors, in one small tree.

SarcomaError
├── EvidenceError      a file of the evidence, or a key that it does not have
├── RecordError        a Patient record: names the field, the problem and a right example
│   └── BundleError    a Bundle of FHIR that is refused as a whole: names the place, and what is needed
├── TypeLookupError    a histologic type that is unknown, ambiguous or out of scope
├── NoSuchError        what was asked for by name is not there (a KeyError too)
├── CardError          a model card, or a model asked for something that it does not say
├── EarlierError       an earlier outlook that cannot be compared: says why, by `reason`
├── TableError         a table of records: its file, its mapping, its columns
├── CohortError        a cohort: its files, its mapping, or a question that it cannot answer
├── HospitalsError     hospitals that share no rows: a question, a policy, an answer
│   └── WithheldError  a hospital's policy does not let this out; the reason stays on site
├── ServeError         the website cannot start there
├── MissingPartError   a library that is installed apart is not there: says the command that brings it
├── RequestError       a request that the website does not answer: a status, and a sentence that repeats nothing of it
└── SurvivalError      the survival estimators
    ├── InputError     an array: names the argument, the problem and a right example
    └── FitError       a regression that has no finite answer
        ├── NoEventsError          nothing happened, so nothing can be estimated
        ├── CollinearityError      covariates that are constant or determine each other
        ├── InfiniteEstimateError  separation: the likelihood rises for ever along a covariate
        └── ConvergenceError       no maximum within the steps allowed

No message carries a patient's value: the field's name, what is wrong with it, and an example.
"""

from __future__ import annotations

from typing import Any, Literal

from sarcoma._problem import CELL_KINDS, Limits, Problem, ProblemKind, UnreadableError

__all__ = [
    "CELL_KINDS",
    "BundleError",
    "CardError",
    "CohortError",
    "CollinearityError",
    "ConvergenceError",
    "EarlierError",
    "EarlierReason",
    "EvidenceError",
    "FitError",
    "HospitalsError",
    "InfiniteEstimateError",
    "InputError",
    "Limits",
    "MissingPartError",
    "NoEventsError",
    "NoSuchError",
    "Problem",
    "ProblemKind",
    "RecordError",
    "RequestError",
    "SarcomaError",
    "ServeError",
    "SurvivalError",
    "TableError",
    "TypeLookupError",
    "UnreadableError",
    "WithheldError",
]


class SarcomaError(Exception):
    """Base of every error that the system raises on purpose."""

    __context__ = None
    """What went wrong beneath is not handed on: it may hold the values that could not be read."""

    def __reduce__(self) -> tuple[Any, ...]:
        """So that an error raised in a worker process reaches the one that asked, whatever its constructor takes."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[SarcomaError], args: tuple[Any, ...], state: dict[str, Any]) -> SarcomaError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class EvidenceError(SarcomaError):
    """The evidence files are wrong, or hold no entry with this key."""


class RecordError(SarcomaError):
    """A Patient record cannot be read; `problems` lists every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(p) for p in problems))


class BundleError(RecordError):
    """A Bundle of FHIR is refused as a whole; the `field` of each problem is a place of it (`entry[3].resource`)."""


class TypeLookupError(SarcomaError, UnreadableError):
    """A name of a histologic type could not be resolved to one type in scope; `candidates` are the ids it may mean."""

    def __init__(self, problem: Problem, candidates: tuple[str, ...] = ()) -> None:
        self.problem, self.candidates = problem, candidates
        Exception.__init__(self, problem.text)

    @property
    def reason(self) -> Literal["ambiguous", "out-of-scope", "unknown"]:
        kind = self.problem.kind
        return kind if kind in ("ambiguous", "out-of-scope") else "unknown"


class NoSuchError(SarcomaError, KeyError):
    """What was asked for by name is not there: the name, and names that are."""

    def __str__(self) -> str:
        return SarcomaError.__str__(self)


class CardError(SarcomaError):
    """A model card is wrong, or was asked for what it does not say."""


EarlierReason = Literal[
    "not-json",
    "too-large",
    "not-an-outlook",
    "before-versions",  # of version 0.1, whose JSON had neither versions nor the record
    "newer-schema",
    "incomplete",
    "record",  # its record is not one of today's
]


class EarlierError(SarcomaError):
    """An earlier outlook cannot be compared with one of today; no message repeats anything of it."""

    def __init__(self, reason: EarlierReason, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


class TableError(SarcomaError):
    """A table of records, or its mapping, cannot be read."""


class CohortError(SarcomaError):
    """A cohort cannot be read, written or asked this."""


class HospitalsError(SarcomaError):
    """A question to hospitals, a policy or an answer is wrong, or does not fit the others."""


class WithheldError(HospitalsError):
    """What was asked would let out more than the policy allows; the reason is for the hospital, not for who asked."""


class ServeError(SarcomaError):
    """The website cannot start there."""


class MissingPartError(SarcomaError, ImportError):
    """A library of a part that is installed apart is not there: one sentence, with the command that brings it."""


class RequestError(SarcomaError):
    """A request that the website does not answer: `status`, and one sentence that repeats nothing of it."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status, self.sentence = status, sentence
        super().__init__(sentence)


class SurvivalError(SarcomaError):
    """A survival estimator cannot give an answer."""


class InputError(SurvivalError):
    """An argument is wrong: its name, the problem, and a right example; never its values."""

    def __init__(self, argument: str, problem: str, example: str | None = None) -> None:
        self.argument, self.problem, self.example = argument, problem, example
        super().__init__(f"{argument}: {problem}" + (f" (for example {example})" if example else ""))


class FitError(SurvivalError):
    """A regression has no finite answer on these data."""


class NoEventsError(FitError):
    """No event of the kind asked for."""


class CollinearityError(FitError):
    """Covariates that are constant, or that determine each other; `columns` names them."""

    def __init__(self, message: str, columns: tuple[str, ...] = ()) -> None:
        self.columns = columns
        super().__init__(message)


class InfiniteEstimateError(FitError):
    """The likelihood rises for ever along some covariates (separation); `columns` names them."""

    def __init__(self, message: str, columns: tuple[str, ...] = ()) -> None:
        self.columns = columns
        super().__init__(message)


class ConvergenceError(FitError):
    """No maximum was reached within the steps allowed."""
