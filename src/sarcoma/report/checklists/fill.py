"""Filling a checklist: an item's `fill` names what the software knows of it; the rest is the author's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sarcoma._files import read_yaml
from sarcoma.report.checklists import card_answers, validation_answers  # noqa: F401 - they fill ANSWERS
from sarcoma.report.checklists.registry import ANSWERS
from sarcoma.validation.result import Validated, Validation

FOLDER = Path(__file__).parent
FOR_YOU = "for you to write"


@dataclass(frozen=True, slots=True)
class Filled:
    """One item: what is asked, and what the software knows of it (None: for the author)."""

    id: str
    section: str
    text: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist for one model in one cohort."""

    title: str
    source: str
    note: str
    items: tuple[Filled, ...]

    @property
    def known(self) -> int:
        return sum(item.answer is not None for item in self.items)


def filled(name: Literal["tripod-ai", "probast-ai"], validation: Validation, model: Validated) -> Checklist:
    """A checklist with what is known of a model's validation."""
    raw = _read(name)
    items = tuple(
        Filled(
            i["id"], i["section"], i["text"], _sentence(ANSWERS[i["fill"]](validation, model)) if "fill" in i else None
        )
        for i in raw["items"]
    )
    return Checklist(raw["title"], raw["source"], raw["note"], items)


def _sentence(answer: str | None) -> str | None:
    return None if answer is None else answer[:1].upper() + answer[1:]


@cache
def _read(name: str) -> Any:
    path = FOLDER / f"{name}.yaml"
    return read_yaml(path.read_text(encoding="utf-8"), path.name)
