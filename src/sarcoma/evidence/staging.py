"""Grade and stage as tables: FNCLCC, AJCC 8 for soft tissue sarcoma, FIGO for sarcoma of the uterus.

What a table says stands in `data/staging.yaml`; `patient.grade` and `patient.stage` read people's records by it.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Literal

from sarcoma._frozen import model_validator
from sarcoma.evidence.entry import Entry, Key, Text

SizeRange = tuple[float, float | None]
"""Centimetres: above the first, up to and including the second (None: no upper end)."""

CountRange = tuple[int, int | None]
"""A whole number: from the first to the second, both included (None: no upper end)."""


def within_size(size_cm: float, bounds: SizeRange) -> bool:
    """Whether a size lies in a range."""
    above, up_to = bounds
    return size_cm > above and (up_to is None or size_cm <= up_to)


def _one_criterion(entry: Entry, names: tuple[str, ...]) -> None:
    if sum(bool(getattr(entry, name)) for name in names) != 1:
        raise ValueError(f"give exactly one of {', '.join(names)}")


class Differentiation(Entry):
    """One differentiation score: the criterion, and the types that the table lists under it."""

    score: Literal[1, 2, 3]
    criterion: Text
    types: tuple[Text, ...]


class MitoticScore(Entry):
    """The score from this many mitoses per 10 high-power fields upwards."""

    score: int
    at_least: float


class NecrosisScore(Entry):
    """The score of an extent of necrosis."""

    score: int
    code: Key
    meaning: Text


class GradeTotals(Entry):
    """A grade and the totals of the three scores that give it."""

    grade: Key
    totals: tuple[int, ...]


class Fnclcc(Entry):
    """The FNCLCC grade: three scores, and the grade of their total."""

    sources: tuple[Key, ...]
    differentiation: tuple[Differentiation, ...]
    mitoses_per_10_hpf: tuple[MitoticScore, ...]
    necrosis: tuple[NecrosisScore, ...]
    grades: tuple[GradeTotals, ...]
    note: Text | None = None


class TCategory(Entry):
    """A T category and the one thing that puts a tumour into it; invasion and foci outrank size and extent."""

    id: Key
    meaning: Text
    size_cm: SizeRange | None = None
    extent: Key | None = None
    invasion: tuple[Key, ...] = ()
    foci: CountRange | None = None

    @model_validator(mode="after")
    def _has_one_criterion(self) -> TCategory:
        _one_criterion(self, ("size_cm", "extent", "invasion", "foci"))
        return self


class Chapter(Entry):
    """A chapter of AJCC 8: its T categories, lowest first; `no_groups` says why it has no stage groups."""

    id: Key
    name: Text
    t: tuple[TCategory, ...]
    no_groups: Text | None = None


class NCategory(Entry):
    """An N category and the node codes of a record that it holds."""

    id: Key
    meaning: Text
    nodes: tuple[Key, ...]


class MCategory(Entry):
    """An M category and whether it means distant metastasis."""

    id: Key
    meaning: Text
    metastatic: bool


class StageGroup(Entry):
    """One row of the prognostic stage groups; a column left out takes any value."""

    group: Key
    chapters: tuple[Key, ...]
    t: tuple[Key, ...] | None = None
    n: tuple[Key, ...] | None = None
    m: tuple[Key, ...] | None = None
    grade: tuple[Key, ...] | None = None

    def fits(self, t: str, n: str, m: str, grade: str) -> bool:
        columns = ((self.t, t), (self.n, n), (self.m, m), (self.grade, grade))
        return all(allowed is None or value in allowed for allowed, value in columns)


class Ajcc(Entry):
    """AJCC 8: chapters, N, M, and the stage groups, lowest first."""

    name: Text
    sources: tuple[Key, ...]
    chapters: tuple[Chapter, ...]
    n: tuple[NCategory, ...]
    m: tuple[MCategory, ...]
    groups: tuple[StageGroup, ...]
    unknown_grade: Text

    @model_validator(mode="after")
    def _every_chapter_has_groups_or_a_reason(self) -> Ajcc:
        grouped = {chapter for row in self.groups for chapter in row.chapters}
        for chapter in self.chapters:
            if (chapter.id in grouped) == (chapter.no_groups is not None):
                raise ValueError(f"chapter {chapter.id}: give rows of groups, or no_groups with the reason")
        return self


class FigoStage(Entry):
    """A FIGO stage and the one thing that makes it."""

    id: Key
    meaning: Text
    size_cm: SizeRange | None = None
    myometrial_invasion: Key | None = None
    invasion: Key | None = None
    nodes: Key | None = None
    metastatic: bool = False

    @model_validator(mode="after")
    def _has_one_criterion(self) -> FigoStage:
        _one_criterion(self, ("size_cm", "myometrial_invasion", "invasion", "nodes", "metastatic"))
        return self


class Figo(Entry):
    """FIGO for sarcoma of the uterus: stage I of the two variants, and what lies beyond it, lowest first."""

    name: Text
    sources: tuple[Key, ...]
    chapter: Key
    leiomyosarcoma_or_stromal: tuple[FigoStage, ...]
    adenosarcoma: tuple[FigoStage, ...]
    beyond: tuple[FigoStage, ...]
    unassessed_nodes: Text
    note: Text | None = None


class StagingTables(Entry):
    """All of `staging.yaml`; the two `_labels` tables name each structure that a tumour may have grown into."""

    fnclcc: Fnclcc
    ajcc: Ajcc
    figo: Figo
    head_neck_labels: dict[Key, Text]
    uterine_labels: dict[Key, Text]

    @model_validator(mode="after")
    def _every_structure_is_labelled_and_used(self) -> StagingTables:
        head_neck = {code for chapter in self.ajcc.chapters for t in chapter.t for code in t.invasion}
        uterine = {stage.invasion for stage in self.figo.beyond if stage.invasion}
        if head_neck != set(self.head_neck_labels) or uterine != set(self.uterine_labels):
            raise ValueError("the codes of structures invaded and their labels differ")
        return self

    @property
    def invasion(self) -> dict[str, str]:
        """Every code of a structure invaded, with its label."""
        return {**self.head_neck_labels, **self.uterine_labels}

    @property
    def head_neck_invasion(self) -> tuple[str, ...]:
        """The codes of structures that count in head and neck."""
        return tuple(self.head_neck_labels)

    @property
    def uterine_invasion(self) -> tuple[str, ...]:
        """The codes of structures that count in the uterus."""
        return tuple(self.uterine_labels)

    @property
    def chapter_ids(self) -> tuple[str, ...]:
        """The chapters that a tumour may be staged in, FIGO's last."""
        return (*(chapter.id for chapter in self.ajcc.chapters), self.figo.chapter)

    @cached_property
    def size_steps(self) -> tuple[float, ...]:
        """The sizes (cm) at which a category ends, rising, infinity last: sizes of one step are staged alike."""
        ts = [t for chapter in self.ajcc.chapters for t in chapter.t]
        stages = (*self.figo.leiomyosarcoma_or_stromal, *self.figo.adenosarcoma, *self.figo.beyond)
        ranges = [*(t.size_cm for t in ts), *(s.size_cm for s in stages)]
        return (*sorted({end for bounds in ranges if bounds is not None for end in bounds if end}), math.inf)

    @cached_property
    def most_foci(self) -> int:
        """The number of tumours beyond which no other category begins."""
        ts = [t for chapter in self.ajcc.chapters for t in chapter.t]
        return max((end + 1 for t in ts if t.foci is not None for end in t.foci if end is not None), default=2)
