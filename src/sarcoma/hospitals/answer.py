"""What a hospital sends: counts and sums, with all that says what they are of."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from sarcoma._arguments import checked
from sarcoma._version import __version__
from sarcoma.errors import HospitalsError
from sarcoma.evidence.entry import Frozen
from sarcoma.hospitals import masks
from sarcoma.hospitals.question import Question, SiteName, canonical, plain, problem_of

Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Answer(Frozen):
    """One site's answer to one round of a question.

    Attributes
    ----------
    question, round, policy : the digests of the question and of the policy, and the round.
    grid : the times that the counts are of; of `coarsen` perhaps fewer than the question's.
    counts, reals : by name; a count of None is withheld. masked : instead of them, the masked numbers in base64.
    own : measures of this site alone, which tell how sites differ; none of masked sums.
    digest : of all the rest. seal : with it, that it comes from this site and was not changed.
    """

    schema_: Literal["sarcoma-outlook/hospital-answer"] = Field(
        default="sarcoma-outlook/hospital-answer", alias="schema"
    )
    version: Literal[1] = 1
    product_version: Annotated[str, Field(max_length=40)]
    site: SiteName
    question: Hex
    kind: Literal["event-table", "cox", "validation"]
    round: int
    policy: Hex
    sharing: str
    grid: tuple[float, ...]
    counts: dict[str, Any] = Field(default_factory=dict)
    reals: dict[str, Any] = Field(default_factory=dict)
    masked: str | None = None
    own: dict[str, tuple[float, float]] = Field(default_factory=dict)
    digest: str = ""
    seal: str | None = None

    def __repr__(self) -> str:
        return f"Answer({self.site!r}, {self.kind}, round={self.round}, {self.sharing})"

    def to_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return plain(self, self.site)

    @property
    def content(self) -> bytes:
        """What digest and seal are of."""
        data = self.to_data()
        return canonical({name: value for name, value in data.items() if name not in ("digest", "seal")})

    def finished(self, private: bytes | None = None, combiner: str | None = None) -> Answer:
        """With its digest, and sealed for who combines where there are keys."""
        seal = None if private is None or combiner is None else masks.sealed(self.content, private, combiner)
        return self.model_copy(update={"digest": hashlib.sha256(self.content).hexdigest(), "seal": seal})

    @checked
    def check_seal(self, private: bytes, public: str) -> None:
        """Whether it comes from the site with this public key, by the private key of who combines.

        Raises
        ------
        HospitalsError : it has no seal, or another one.
        """
        if self.seal is None or not hmac.compare_digest(self.seal, masks.sealed(self.content, private, public)):
            raise HospitalsError(f"{self.site}: the seal is missing or is not that of this site and this answer")


def new_answer(question: Question, site: str, policy: str, grid: tuple[float, ...], **parts: Any) -> Answer:
    """An answer to a question."""
    return Answer(
        product_version=__version__, site=site, question=question.digest, kind=question.kind, round=question.round,
        policy=policy, sharing=question.sharing, grid=grid, **parts,
    )  # fmt: skip


@checked
def answer_of(data: Mapping[str, Any]) -> Answer:
    """An answer as its file says it, checked by itself; `combine` checks that it fits the question and the others.

    Raises
    ------
    HospitalsError : the first thing that does not fit, or its digest is not that of what it says.
    """
    try:
        found = Answer.model_validate(dict(data))
    except ValidationError as error:
        raise HospitalsError(problem_of(error, "answer")) from None
    if not hmac.compare_digest(found.digest, hashlib.sha256(found.content).hexdigest()):
        raise HospitalsError(f"{found.site}: the answer was changed after it was made, or cut short")
    return found


def packed(ring: masks.Ring) -> str:
    """Numbers modulo 2^64 as text: eight bytes each, lowest first, in base64."""
    return base64.b64encode(ring.astype("<u8").tobytes()).decode("ascii")


def unpacked(text: str, length: int, who: str) -> masks.Ring:
    """The numbers again.

    Raises
    ------
    HospitalsError : another number of them.
    """
    import numpy as np

    try:
        raw = base64.b64decode(text, validate=True) if len(text) <= 11 * length + 16 else b""
    except ValueError:
        raw = b""
    if len(raw) != 8 * length:
        raise HospitalsError(f"{who}: masked: must be {length} numbers of eight bytes in base64")
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64)
