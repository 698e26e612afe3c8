"""Staging: what the tables ask of one person, and what they answer.

Two readings stand side by side: what the tables assign to what was examined, and everything that is possible while
something is merely not known to the user.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal, NamedTuple

from sarcoma._dataclass import dataclass

NOT_ASSESSED = "not-assessed"
NOT_ASSESSABLE = "X"


Reason = Literal["not-staged", "cog-rms", "other-chapter", "figo-only", "type-not-graded", "not-placed"]
"""Why there is no stage, or none as assigned: the type is not staged, is staged by COG, by a chapter of AJCC of which
no groups were seen, or by FIGO only; FNCLCC does not grade the type; COG's table does not place it."""


class ByType(NamedTuple):
    """What the profile of the histologic type says of its staging; where it says nothing the site alone decides.

    Attributes
    ----------
    no_ajcc : why the type has no stage by AJCC, or None.
    figo_only : whether FIGO alone stages the type.
    graded : whether FNCLCC grades the type; if not, a grade that is not known is never read as GX.
    note : what the profile says of it, or None.
    sources : source keys of the profile.
    """

    no_ajcc: Reason | None = None
    figo_only: bool = False
    graded: bool = True
    note: str | None = None
    sources: tuple[str, ...] = ()


class Situation(NamedTuple):
    """What the staging tables ask of one person; None means "not known to the user" throughout.

    Attributes
    ----------
    chapters : chapters that the primary site may belong to: `extremity-trunk`, `retroperitoneum`, `head-neck`,
        `viscera` (AJCC 8), `uterus` (FIGO).
    grades : FNCLCC grades still possible, of "1", "2", "3", and "X" for a grade that could not be assessed.
    size_cm : largest diameter in cm.
    extent : for organs of abdomen and chest: `confined`, `serosa`, `beyond-serosa`, `adjacent-organ`.
    invasion : every structure invaded, by the codes of `staging_tables().invasion`; empty if there is none.
    foci : number of separate tumours at the primary site.
    multifocal : whether there is more than one focus.
    nodes : regional nodes: `negative`, `positive`, `not-assessed` (which the tables count as negative).
    metastatic : whether there is distant metastasis.
    only_in_the_abdomen : whether all metastasis lies inside the abdomen, which FIGO counts as stage III.
    is_uterine_adenosarcoma : which of FIGO's two variants applies.
    myometrial_invasion : for adenosarcoma of the uterus: `none`, `half-or-less`, `more-than-half` of the wall.
    by_type : what the histologic type says of its staging.
    """

    chapters: frozenset[str]
    grades: frozenset[str]
    size_cm: float | None = None
    extent: str | None = None
    invasion: frozenset[str] | None = None
    foci: int | None = None
    multifocal: bool | None = None
    nodes: str | None = None
    metastatic: bool | None = None
    only_in_the_abdomen: bool | None = None
    is_uterine_adenosarcoma: bool | None = None
    myometrial_invasion: str | None = None
    by_type: ByType = ByType()

    def __repr__(self) -> str:
        return "Situation()"


@dataclass(frozen=True, slots=True)
class Reading:
    """One category, read twice.

    Attributes
    ----------
    as_assigned : what the tables assign: a node that was not assessed counts as N0, a grade that could not be
        assessed as GX, and without evidence of it there is no metastasis, invasion of other structures or second
        focus. None where the tables need something that is not known.
    possible : every value that is still possible; what the user does not know may be anything.
    """

    as_assigned: str | None = field(repr=False)
    possible: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Staging:
    """The stage by one chapter.

    Attributes
    ----------
    system : "AJCC 8", "FIGO" or "COG".
    chapter : id of the chapter, of COG's table (`cog-stage`, `cog-risk`), or "" where no chapter stages the type.
    t, n, m : readings of the categories; None for FIGO.
    group : reading of the stage group (FIGO: the stage); None where none is recommended, and `note` says so.
    note : what to know about this stage, or None.
    origins : source keys, the work itself first, then where it was read.
    reason : why there is no group, or none as assigned, where the histologic type is the reason.
    asks : fields of the record that would narrow what is possible (COG).
    marks : what to know of the rows of the table, as the evidence marks them (COG).
    """

    system: str
    chapter: str = field(repr=False)
    t: Reading | None = field(repr=False)
    n: Reading | None = field(repr=False)
    m: Reading | None = field(repr=False)
    group: Reading | None = field(repr=False)
    note: str | None = field(repr=False)
    origins: tuple[str, ...] = field(repr=False)
    reason: Reason | None = field(default=None, repr=False)
    asks: tuple[str, ...] = field(default=(), repr=False)
    marks: tuple[str, ...] = field(default=(), repr=False)

    @property
    def for_teams(self) -> bool:
        """Whether it rests on a row that is for sarcoma teams, with its mark."""
        return "not-found-again" in self.marks


def only(values: tuple[str, ...]) -> str | None:
    """The one value, or None where there are more."""
    return values[0] if len(values) == 1 else None
