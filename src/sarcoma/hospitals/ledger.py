"""What a site has answered, kept on site: so that no two answers together tell what one alone may not."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from sarcoma._arguments import checked
from sarcoma._files import write_file
from sarcoma.errors import HospitalsError, WithheldError
from sarcoma.evidence.entry import Frozen
from sarcoma.hospitals.answer import Answer
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.question import CoxQuestion, Question, ValidationQuestion, canonical, problem_of
from sarcoma.hospitals.site_rows import SiteRows

Marks = NDArray[np.uint64]


class Answered(Frozen):
    """One answer: to what, of whom, on which times.

    asked : digest of what stays the same in all rounds of the question.
    people : of everyone counted, and of each group, level or threshold, eight bytes of a keyed digest of each id.
    """

    id: str
    nonce: str
    round: int
    kind: str
    plan: str
    grid: tuple[float, ...]
    question: str
    asked: str
    answer: str
    people: dict[str, str]


class Ledger(Frozen):
    """All answers of a site, and the secret that its digests of ids are made with. It never leaves the site."""

    schema_: Literal["sarcoma-outlook/hospital-ledger"] = Field("sarcoma-outlook/hospital-ledger", alias="schema")
    version: Literal[1] = 1
    secret: str = Field(pattern=r"^[0-9a-f]{64}$")
    answered: tuple[Answered, ...] = ()

    def __repr__(self) -> str:
        return f"Ledger(answers={len(self.answered)})"

    @classmethod
    def new(cls) -> Ledger:
        """One of a site that has answered nothing."""
        return cls.model_validate({"secret": secrets.token_hex(32)})

    @classmethod
    @checked
    def read(cls, path: Path) -> Ledger:
        """The ledger of a file; a new one where there is none yet.

        Raises
        ------
        HospitalsError : the file is no ledger. An answer without what was answered before would not be safe.
        """
        if not path.exists():
            return cls.new()
        try:
            return cls.model_validate(json.loads(path.read_bytes()))
        except (OSError, ValueError, RecursionError) as error:
            why = problem_of(error, path.name[:80]) if isinstance(error, ValidationError) else path.name[:80]
            raise HospitalsError(f"{why}: cannot be read as a ledger; without it no question is answered") from None

    @checked
    def write(self, path: Path) -> None:
        """Write the file, whole."""
        write_file(path, json.dumps(self.model_dump(mode="json", by_alias=True), indent=1), HospitalsError)

    @checked
    def check(self, question: Question, rows: SiteRows, policy: Policy) -> None:
        """Whether this question may be answered after all that was.

        Raises
        ------
        WithheldError : too many questions, another round than follows, people who differ from those of an earlier
            question – or of an earlier round – in fewer than the minimum.
        """
        asked = (question.id, question.nonce)
        before = [one for one in self.answered if (one.id, one.nonce) == asked]
        questions = {(one.id, one.nonce) for one in self.answered} | {asked}
        if len(questions) > policy.most_questions:
            raise WithheldError(f"{policy.most_questions} questions have been answered, as many as the policy allows")
        known = {one.question for one in before}
        rounds = {one.round for one in before}
        if question.digest not in known and question.round != max(rounds, default=0) + 1:
            raise WithheldError("this round of the question was answered in another form, or a round before is missing")
        people = self._people(rows, question)
        packed = {name: _packed(marks) for name, marks in people.items()}
        for one in before:
            if one.asked != _asked(question):
                raise WithheldError("the rounds of one question ask for different things; ask anew, from round 1")
            if one.people != packed:
                raise WithheldError("the people counted are not those of the round before; ask anew, from round 1")
            finer = one.round < question.round and one.grid and not set(question.grid) <= set(one.grid)
            if isinstance(question, ValidationQuestion) and finer:
                raise WithheldError("the times are not among those of the round before; ask anew, from round 1")
        for one in self.answered:
            if (one.id, one.nonce) == asked:
                continue
            for marks in map(_unpacked, one.people.values()):
                for mine in people.values():
                    apart = len(np.setxor1d(marks, mine, assume_unique=True))
                    if 0 < apart < policy.minimum_cell:
                        raise WithheldError(
                            f"it counts all but fewer than {policy.minimum_cell} of those of the earlier question "
                            f"{one.id}, or as many more; the difference of the two would be about them"
                        )

    @checked
    def earlier_grids(self, question: Question, rows: SiteRows) -> list[tuple[float, ...]]:
        """The times on which some of these people were counted before, by the same plan."""
        whole = self._people(rows, question)["all"]
        return [
            one.grid
            for one in self.answered
            if one.plan == plan_of(question)
            and len(one.grid)
            and len(np.intersect1d(_unpacked(one.people["all"]), whole, assume_unique=True))
        ]

    @checked
    def with_answer(self, question: Question, rows: SiteRows, answer: Answer) -> Ledger:
        """With one answer more; the same answer again changes nothing.

        Raises
        ------
        WithheldError : the same question was answered otherwise: the data have changed, and the difference would tell.
        """
        for one in self.answered:
            if one.question == question.digest:
                if one.answer != answer.digest:
                    raise WithheldError("this very question was answered before from other data; ask anew")
                return self
        entry = Answered(
            id=question.id, nonce=question.nonce, round=question.round, kind=question.kind, plan=plan_of(question),
            grid=answer.grid if _tells_times(question) else (),
            question=question.digest, asked=_asked(question), answer=answer.digest,
            people={name: _packed(marks) for name, marks in self._people(rows, question).items()},
        )  # fmt: skip
        return self.model_copy(update={"answered": (*self.answered, entry)})

    def _people(self, rows: SiteRows, question: Question) -> dict[str, Marks]:
        """Sorted digests of the ids of everyone, and of each set that the answer counts or sums by itself."""
        if rows.people is None:
            raise HospitalsError("people: a ledger needs to know who the rows are")
        distinct, where = np.unique(np.asarray(rows.people).astype(str), return_inverse=True)
        key = bytes.fromhex(self.secret)
        marks = np.array([_mark(key, one) for one in distinct.tolist()], dtype=np.uint64)
        found = {"all": np.sort(marks)}
        for label, inside in _sets(rows, question):
            found[label] = np.sort(marks[np.unique(where[inside])])
        return found


def _sets(rows: SiteRows, question: Question) -> Iterator[tuple[str, Any]]:
    """Groups, levels of covariates, and those above a threshold."""
    h = rows.histories
    if h.group is not None:
        for g, label in enumerate(h.groups):
            yield f"group {label}", h.group == g
    if isinstance(question, CoxQuestion) and rows.x is not None:
        for j, name in enumerate(question.columns):
            if set(np.unique(rows.x[:, j]).tolist()) <= {0.0, 1.0}:
                yield f"column {name}", rows.x[:, j] != 0
    if isinstance(question, ValidationQuestion) and rows.risk is not None:
        for p in question.thresholds:
            yield f"above {p:g}", rows.risk >= p


_BY_ROUND = {"round", "beta", "baseline", "path", "table", "line", "intercept", "settled"}


def _asked(question: Question) -> str:
    """Digest of what is the same in all rounds; of a validation the times may become fewer."""
    changes = _BY_ROUND | ({"grid"} if isinstance(question, ValidationQuestion) else set())
    return hashlib.sha256(canonical({k: v for k, v in question.to_data().items() if k not in changes})).hexdigest()


def _tells_times(question: Question) -> bool:
    """Whether an answer has counts by interval that are open: a total of masked sums is that of all sites."""
    if question.sharing == "masked-sums":
        return False
    return question.baseline if isinstance(question, CoxQuestion) else True


def plan_of(question: Question) -> str:
    """What is counted: the plan, or the end point of the card."""
    plan = getattr(question, "plan", None)
    return (
        str(plan)
        if plan is not None
        else f"{getattr(question, 'endpoint', '')} since {getattr(question, 'time_zero', '')}"
    )


def _mark(key: bytes, one: str) -> int:
    return int.from_bytes(hashlib.blake2b(one.encode("utf-8", "surrogatepass"), key=key, digest_size=8).digest(), "big")


def _packed(marks: Marks) -> str:
    return base64.b64encode(marks.astype("<u8").tobytes()).decode("ascii")


def _unpacked(text: str) -> Marks:
    return np.frombuffer(base64.b64decode(text), dtype="<u8").astype(np.uint64)
