"""How a fitted card was made, and what stands in it for comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from sarcoma._frozen import StringConstraints, model_validator
from sarcoma.evidence.entry import Entry, Key, Text


class CardCurve(Entry):
    """A curve that stands in a card for comparison: probability at months, with interval and numbers at risk."""

    id: Key
    title: Text
    months: tuple[float, ...]
    probability: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    at_risk: tuple[int, ...] = ()
    median_months: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    people: int | None = None
    events: int | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _equally_long(self) -> CardCurve:
        for name in ("probability", "low", "high", "at_risk"):
            column = getattr(self, name)
            if (column or name == "probability") and len(column) != len(self.months):
                raise ValueError(f"curve {self.id}: `{name}` needs one entry for each of `months`")
        return self


class LateEntry(Entry):
    """What late entry did to the data of a model: the curves with it honoured, ignored, and without the first months.

    `tau` is the conditional Kendall's τ of entry and survival time, with its interval (none without
    bootstrap samples); `beside` are facts with
    published figures of the same thing, whose populations differ.
    """

    statement: Text
    tau: float
    tau_low: float | None = None
    tau_high: float | None = None
    tau_p: float | None = None
    pairs: int
    draws: int
    curves: tuple[CardCurve, ...]
    beside: tuple[Key, ...] = ()


class CaseMix(Entry):
    """What the people were like in one respect, in words and counts."""

    label: Text
    values: Text


class PeopleDigest(Entry):
    """Which patients a cohort has, without naming any: the same ids give the same digest, under any name of the cohort.

    `sha256` is the SHA-256, in hexadecimal, of the ids in UTF-8, sorted by their bytes and each ended by a line feed;
    `n` is their number. It says whether two sets of patients are the same, not whether they overlap, and nothing can be
    read off it of one patient: whoever would test a guess has to guess all of the ids at once. Ids that are
    mere row numbers are the same in every cohort of that size.
    """

    n: int
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @classmethod
    def of(cls, ids: Iterable[str]) -> PeopleDigest:
        """The digest of the patients with these ids."""
        import hashlib

        ordered = sorted(patient.encode() for patient in ids)
        return cls(n=len(ordered), sha256=hashlib.sha256(b"".join(one + b"\n" for one in ordered)).hexdigest())


class FitRecord(Entry):
    """How a fitted card was made: recipe, data, account in words, versions, seed.

    `people` is the digest of the patients of the cohort (all of them, also those whom the fit left out); a card that
    was made before there was one has none. `cohort` is the cohort's name; `data` cites it.
    """

    recipe: Text
    cohort: Text | None = None
    data: Text
    people: PeopleDigest | None = None
    licence: Text
    account: tuple[Text, ...]
    case_mix: tuple[CaseMix, ...] = ()
    software: Text
    seed: int
