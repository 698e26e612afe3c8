"""What a site has answered, kept on site: so that no two answers together tell what one alone may not."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from sarcoma._arguments import checked
from sarcoma._files import only_writer, write_file
from sarcoma.errors import HospitalsError, WithheldError
from sarcoma.evidence.entry import Frozen
from sarcoma.hospitals.answer import Answer
from sarcoma.hospitals.policy import Policy
from sarcoma.hospitals.question import CoxQuestion, Question, ValidationQuestion, canonical, problem_of
from sarcoma.hospitals.site_rows import SiteRows

Marks = NDArray[np.uint64]


class Answered(Frozen):
    """One answer: to what, of whom, on which times.

    asked : digest of what stays the same in all rounds of the question. sites, by : who was asked, and the groups.
    people : of everyone counted, and of each group, level or threshold, eight bytes of a keyed digest of each id.
    rows : of everyone counted, in the same order, eight bytes of a keyed digest of the histories.
    """

    id: str
    nonce: str
    round: int
    kind: str
    plan: str
    sharing: str
    sites: tuple[str, ...]
    by: str
    grid: tuple[float, ...]
    question: str
    asked: str
    answer: str
    people: dict[str, str]
    rows: str


class Ledger(Frozen):
    """All answers of a site, and the secret that its digests of ids are made with. It never leaves the site."""

    schema_: Literal["sarcoma-outlook/hospital-ledger"] = Field(
        default="sarcoma-outlook/hospital-ledger", alias="schema"
    )
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

    @classmethod
    @contextmanager
    @checked
    def held(cls, path: Path) -> Iterator[Ledger]:
        """The ledger of a file, for an answer that is then written to it: no other is made of it meanwhile.

        Raises
        ------
        HospitalsError : another answer is being made of it, or the file is no ledger.
        """
        with only_writer(path, HospitalsError):
            yield cls.read(path)

    @checked
    def write(self, path: Path) -> None:
        """Write the file, whole; within `held`, or an answer that is given at the same moment may be forgotten.

        A new one is for this account alone: with its secret, digests of ids can be made and compared.
        """
        write_file(
            path, json.dumps(self.model_dump(mode="json", by_alias=True), indent=1), HospitalsError, private=True
        )

    @checked
    def check(self, question: Question, rows: SiteRows, policy: Policy, *, dropped_out: Sequence[str] = ()) -> None:
        """Whether this question may be answered after all that was.

        dropped_out : sites of which this one knows, from themselves, that they did not answer the question before.

        Raises
        ------
        WithheldError : too many questions, another round than follows, people who differ from those of an earlier
            question – or of an earlier round – in fewer than the minimum, or another way of sharing than before.
        """
        asked = (question.id, question.nonce)
        before = [one for one in self.answered if (one.id, one.nonce) == asked]
        questions = {(one.id, one.nonce) for one in self.answered} | {asked}
        if len(questions) > policy.most_questions:
            raise WithheldError(f"{policy.most_questions} questions have been answered, as many as the policy allows")
        people = self._people(rows, question)
        content = self._content(rows)
        self._check_rounds(question, before, {name: _packed(marks) for name, marks in people.items()}, content)
        for one in self.answered:
            if (one.id, one.nonce) != asked:
                self._check_apart(one, question, people, content, policy)
                if np.isin(people["all"], _unpacked(one.people["all"])).any():
                    _check_sharing(one, question, policy, dropped_out)

    def _check_rounds(
        self, question: Question, before: Sequence[Answered], people: Mapping[str, str], content: Marks
    ) -> None:
        known = {one.question for one in before}
        rounds = {one.round for one in before}
        if question.digest not in known and question.round != max(rounds, default=0) + 1:
            raise WithheldError("this round of the question was answered in another form, or a round before is missing")
        for one in before:
            if one.asked != _asked(question):
                raise WithheldError("the rounds of one question ask for different things; ask anew, from round 1")
            if one.people != people:
                raise WithheldError("the people counted are not those of the round before; ask anew, from round 1")
            if one.rows != _packed(content):
                raise WithheldError("what is known of them is not that of the round before; ask anew, from round 1")
            finer = one.round < question.round and one.grid and not set(question.grid) <= set(one.grid)
            if isinstance(question, ValidationQuestion) and finer:
                raise WithheldError("the times are not among those of the round before; ask anew, from round 1")

    @staticmethod
    def _check_apart(
        one: Answered, question: Question, people: Mapping[str, Marks], content: Marks, policy: Policy
    ) -> None:
        """No set of people may differ from one of an earlier question in a few, in who they are or what is known."""
        old = dict(zip(_unpacked(one.people["all"]).tolist(), _unpacked(one.rows).tolist(), strict=True))
        new = dict(zip(people["all"].tolist(), content.tolist(), strict=True))
        known = old.keys() & new.keys() if one.plan == plan_of(question) else set()
        changed = np.array(sorted(mark for mark in known if old[mark] != new[mark]), dtype=np.uint64)
        for marks in map(_unpacked, one.people.values()):
            for mine in people.values():
                apart = len(np.setxor1d(marks, mine, assume_unique=True))
                if apart == 0:
                    apart = int((np.isin(changed, marks) & np.isin(changed, mine)).sum())
                if 0 < apart < policy.minimum_cell:
                    raise WithheldError(
                        f"it counts all but fewer than {policy.minimum_cell} of those of the earlier question "
                        f"{one.id}, or as many more, or so few have changed since; the difference would be about them"
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
            sharing=question.sharing, sites=question.sites, by=_groups(question),
            grid=answer.grid if _tells_times(question) else (),
            question=question.digest, asked=_asked(question), answer=answer.digest,
            people={name: _packed(marks) for name, marks in self._people(rows, question).items()},
            rows=_packed(self._content(rows)),
        )  # fmt: skip
        return self.model_copy(update={"answered": (*self.answered, entry)})

    def _people(self, rows: SiteRows, question: Question) -> dict[str, Marks]:
        """Sorted digests of the ids of everyone, and of each set that the answer counts or sums by itself."""
        if rows.people is None:
            raise HospitalsError("people: a ledger needs to know who the rows are")
        marks, where = self._marks(rows)
        found = {"all": np.sort(marks)}
        for label, inside in _sets(rows, question):
            found[label] = np.sort(marks[np.unique(where[inside])])
        return found

    def _marks(self, rows: SiteRows) -> tuple[Marks, NDArray[np.intp]]:
        """The digest of each id once, and which one each row has."""
        distinct, where = np.unique(np.asarray(rows.people).astype(str), return_inverse=True)
        key = bytes.fromhex(self.secret)
        return np.array([_mark(key, one) for one in distinct.tolist()], dtype=np.uint64), where

    def _content(self, rows: SiteRows) -> Marks:
        """Of everyone, in the order of the digests of their ids: a digest of their histories."""
        marks, where = self._marks(rows)
        h, key = rows.histories, bytes.fromhex(self.secret)
        entry = np.zeros(len(h)) if h.entry is None else h.entry
        lines = zip(
            marks[where].tolist(), h.state.tolist(), entry.tolist(), h.exit.tolist(), h.kind.tolist(), strict=True
        )
        each = np.array([_mark(key, repr(line)) for line in lines], dtype=np.uint64)
        found = np.zeros(len(marks), dtype=np.uint64)
        np.add.at(found, where, each)
        return found[np.argsort(marks)]


def _sets(rows: SiteRows, question: Question) -> Iterator[tuple[str, Any]]:
    """Groups, levels of covariates, those above a threshold; of open answers also all the others of each."""
    others = question.sharing != "masked-sums"
    for label, inside in _told_apart(rows, question):
        yield label, inside
        if others:
            yield f"not {label}", ~inside


def _told_apart(rows: SiteRows, question: Question) -> Iterator[tuple[str, Any]]:
    h = rows.histories
    if h.group is not None:
        for g, label in enumerate(h.groups):
            yield f"group {label}", h.group == g
    if isinstance(question, CoxQuestion) and rows.x is not None:
        for name, column in zip(question.columns, rows.x.T, strict=True):
            values, counts = np.unique(column, return_counts=True)
            most = 0.0 if set(values.tolist()) <= {0.0, 1.0} else values[np.argmax(counts)]
            if most == 0.0 or counts.max() >= max(_SHARED * len(column), 5):  # as beyond the turn of a line
                yield f"column {name}", column != most
    if isinstance(question, ValidationQuestion) and rows.risk is not None:
        for p in question.thresholds:
            yield f"above {p:g}", rows.risk >= p


_SHARED = 0.2
"""A value of a covariate that so many share is taken for that of those whom it tells nothing of."""


def _groups(question: Question) -> str:
    by = getattr(question, "by", None)
    return "" if by is None else canonical(by.model_dump(mode="json")).decode()


def _check_sharing(one: Answered, question: Question, policy: Policy, dropped_out: Sequence[str]) -> None:
    """Two ways of hiding what is small, side by side, hide less: a total less what others said openly is the rest.

    Raises
    ------
    WithheldError : the same people were counted by the same plan in another way.
    """
    if one.plan != plan_of(question):
        return
    if one.sharing != question.sharing:
        raise WithheldError(f"these people were counted by {one.sharing} before; keep to one way of sharing for a plan")
    if question.sharing == "suppress" and {one.kind, question.kind} != {"cox"} and one.by != _groups(question):
        raise WithheldError("these people were counted in other groups before; with suppression use the same")
    apart, void = set(one.sites) ^ set(question.sites), not set(one.sites).isdisjoint(dropped_out)
    if question.sharing == "masked-sums" and 0 < len(apart) < policy.minimum_sites and not void:
        raise WithheldError(
            "these people were counted before together with other sites, and the difference of both totals would be of "
            f"{', '.join(sorted(apart))} alone; if a site did not answer then, ask it, and name it as dropped out"
        )


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
