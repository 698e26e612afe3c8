"""What a hospital lets out, as data that it has signed."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from sarcoma._arguments import checked
from sarcoma._files import read_own_or_shipped
from sarcoma.errors import HospitalsError
from sarcoma.evidence.entry import Frozen, Key, Text
from sarcoma.hospitals.question import CoxQuestion, Question, Sharing, ValidationQuestion, canonical, problem_of

SHIPPED = Path(__file__).parent / "policies"
Kind = Literal["event-table", "cox", "validation"]


class SignedOff(Frozen):
    """Who of the hospital has agreed, and when."""

    name: Text
    role: Text
    date: datetime.date


class Policy(Frozen):
    """What may be asked and what may leave. One text for all hospitals of a network; each signs its own copy.

    Attributes
    ----------
    questions, plans, columns, cards : the kinds of question, plans, fields of the record and cards that are allowed.
    grid_months : the public grid; questions use these times or fewer.
    sharing : the ways of keeping small counts apart that are allowed.
    minimum_cell : no count of 1 to one fewer leaves, nor can be worked out of what leaves.
    minimum_sites : questions to fewer are not answered.
    events_per_parameter : of a model, at least so many.
    most_questions : answered in all, by the ledger.
    largest_log_hazard : no row may weigh more than exp(this) beside the average one.
    significant_digits : of what is no count.
    keys : of masked sums, the public key of each hospital; sealing : of who combines.
    """

    schema_: Literal["sarcoma-outlook/hospital-policy"] = Field(
        default="sarcoma-outlook/hospital-policy", alias="schema"
    )
    version: Literal[1] = 1
    questions: tuple[Kind, ...] = ()
    plans: tuple[Text, ...] = ()
    columns: tuple[Key, ...] = ()
    cards: tuple[Text, ...] = ()
    grid_months: tuple[Annotated[float, Field(ge=0, le=1200)], ...] = ()
    sharing: tuple[Sharing, ...] = ("coarsen",)
    minimum_cell: Annotated[int, Field(ge=3, le=1000)] = 5
    minimum_sites: Annotated[int, Field(ge=2, le=200)] = 3
    events_per_parameter: Annotated[float, Field(ge=5, le=1000)] = 10.0
    most_questions: Annotated[int, Field(ge=0, le=10_000)] = 20
    largest_log_hazard: Annotated[float, Field(gt=0, le=20)] = 6.0
    significant_digits: Annotated[int, Field(ge=2, le=17)] = 15
    keys: dict[Key, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=dict)
    signed_off: SignedOff | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of what was agreed, without who signed it."""
        return hashlib.sha256(
            canonical(self.model_dump(mode="json", by_alias=True, exclude={"signed_off"}))
        ).hexdigest()

    def __repr__(self) -> str:
        return f"Policy({', '.join(self.questions) or 'nothing'}, minimum_cell={self.minimum_cell})"

    @checked
    def refusal(self, question: Question) -> str | None:
        """Why this question is not answered, whatever the patients; None where it may be."""
        if question.kind not in self.questions:
            return f"questions of the kind {question.kind} are not allowed"
        if question.sharing not in self.sharing:
            return f"sharing by {question.sharing} is not allowed"
        if len(question.sites) < self.minimum_sites:
            return f"it is asked of {len(question.sites)} sites; {self.minimum_sites} are needed"
        if question.kind == "event-table" and question.round != 1:
            return "a question for an event table has one round"
        off = [t for t in question.grid if t not in self.grid_months]
        if off:
            return f"{len(off)} of the times of its grid are not on the public grid"
        for what, asked, allowed in (
            ("plan", self._plans(question), self.plans),
            ("column", self._columns(question), self.columns),
            ("card", [question.card] if isinstance(question, ValidationQuestion) else [], self.cards),
        ):
            strange = [name for name in asked if name not in allowed]
            if strange:
                return f"the {what} {strange[0][:60]} is not allowed"
        if question.sharing == "masked-sums" and any(site not in self.keys for site in question.sites):
            return "masked sums need the public key of every site in the policy"
        return None

    @staticmethod
    def _plans(question: Question) -> list[str]:
        return [] if isinstance(question, ValidationQuestion) else [question.plan]

    @staticmethod
    def _columns(question: Question) -> list[str]:
        if isinstance(question, CoxQuestion):
            return [p.field for p in question.predictors]
        by = getattr(question, "by", None)
        return [] if by is None else [by.field]


@checked
def policy_of(data: dict[str, Any], name: str = "policy") -> Policy:
    """A policy as its file says it, checked.

    Raises
    ------
    HospitalsError : the first thing that does not fit.

    Examples
    --------
    >>> policy_of({"questions": ["event-table"], "plans": ["survival"], "grid_months": [0, 12, 24]})
    Policy(event-table, minimum_cell=5)
    """
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        raise HospitalsError(problem_of(error, name)) from None


@checked
def read_policy(where: str | Path = "cautious") -> Policy:
    """A policy from its file, or one that is shipped.

    Raises
    ------
    HospitalsError : there is no such file, or it is no policy.

    Examples
    --------
    >>> read_policy("cautious")
    Policy(nothing, minimum_cell=5)
    """
    raw, name = read_own_or_shipped(str(where), SHIPPED, "policy", HospitalsError)
    if not isinstance(raw, dict):
        raise HospitalsError(f"{name}: holds no policy")
    return policy_of(raw, name)
