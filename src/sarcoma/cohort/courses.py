"""The courses that are counted in a cohort: survival, spread, the first event, the full course."""

from __future__ import annotations

from sarcoma.cohort.cohort import CAUSES
from sarcoma.patient import ORGANS
from sarcoma.survival import Course

FIRST_EVENT = Course.competing(("local recurrence", "metastasis", "death"), start="disease-free")
FULL_COURSE = Course(
    ("disease-free", "local recurrence", "metastasis", "both", "dead"),
    (
        ("disease-free", "local recurrence"),
        ("disease-free", "metastasis"),
        ("disease-free", "both"),
        ("disease-free", "dead"),
        ("local recurrence", "both"),
        ("local recurrence", "dead"),
        ("metastasis", "both"),
        ("metastasis", "dead"),
        ("both", "dead"),
    ),
)
SPREAD = Course.competing(("metastasis", "death without metastasis"), start="no metastasis")


def full_course(first_organs: tuple[str, ...] = ()) -> Course:
    """The full course; with `first_organs`, metastasis is split into one state for each first organ, and elsewhere."""
    if not first_organs:
        return FULL_COURSE
    spread = [*(f"{organ_label(organ)} metastasis" for organ in first_organs), "metastasis elsewhere"]
    moves = []
    for origin, target in FULL_COURSE.transitions:
        origins = spread if origin == "metastasis" else [origin]
        targets = spread if target == "metastasis" else [target]
        moves += [(a, b) for a in origins for b in targets]
    return Course(("disease-free", "local recurrence", *spread, "both", "dead"), tuple(moves))


SEVERAL = "several organs at once"


def organ_label(organ: str) -> str:
    """An organ in words."""
    return ORGANS.get(organ, organ)


def cause_label(cause: str) -> str:
    """A cause of death in words."""
    return CAUSES.get(cause, cause)
