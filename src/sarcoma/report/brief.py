"""Brief: an outlook on one screen – the answers before their evidence, and how to see what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sarcoma.evidence import library
from sarcoma.outlook import Outlook
from sarcoma.outlook.first import EMERGENCY_FOR_ALL
from sarcoma.report.blocks import Block, Gap, Heading, Table, Text
from sarcoma.report.brief_rows import BriefRows
from sarcoma.report.document import Document
from sarcoma.report.lines import Lines
from sarcoma.report.screen import Pointer, Row, fitted, least_height
from sarcoma.wording import figures
from sarcoma.wording.alive import standing_in_short
from sarcoma.wording.language import N_, _

LINES = 40
"""Lines of a screen for teams."""
PLAIN_LINES = 30
"""Lines of a screen in plain words."""

_LABEL_WIDTH = 13
_ROOM_TO_GROW = 4
"""Lines that are kept for further pieces before blank lines are set between the groups."""
_OF_GROUPS = N_(
    "These numbers describe groups of people treated in the past. They cannot tell what will happen to one person."
)


def to_section(count: int, section: str) -> str:
    """How a terminal says what is left out."""
    if not section:
        return _("and %(n)s more") % {"n": count}
    if count:
        return _("and %(n)s more: --section %(section)s") % {"n": count, "section": section}
    return _("more: --section %(section)s") % {"section": section}


def to_whole(count: int, _section: str) -> str:
    """How paper and notes say what is left out: the whole report has it."""
    return _("and %(n)s more in the whole report") % {"n": count} if count else _("more in the whole report")


class Shape(NamedTuple):
    """What a brief has to fit: its lines and columns, how it says what is left out, and whether it is at a terminal."""

    lines: int
    width: int = 80
    pointer: Pointer = to_section
    terminal: bool = True


PAPER = Shape(60, 105, to_whole, terminal=False)
"""One side of A4 in small type."""


class Brief(BriefRows):
    """One outlook in short; `str()` gives it as it stands at a terminal."""

    def __init__(
        self,
        outlook: Outlook,
        *,
        plain: bool,
        survival: bool,
        country: str | None = None,
        shape: Shape | None = None,
        colour: bool = False,
    ) -> None:
        self._shape = shape or Shape(PLAIN_LINES if plain else LINES)
        lines = not self._shape.terminal
        super().__init__(outlook, plain=plain, survival=survival, country=country, lines=lines)
        self._colour = colour

    def __str__(self) -> str:
        return self.document().text(self._shape.width, colour=self._colour)

    def document(self, title: str = "", subtitle: str = "") -> Document:
        """The whole of it."""
        return Document(title, subtitle, self.blocks())

    def blocks(self) -> list[Block]:
        """All that fits, in the order in which it is asked: case, alarms, stage, answers, options, what is missing."""
        head, end = self._head(), self._end()
        groups = [group for group in self._groups() if group]
        rows = [row for group in groups for row in group]
        free = self._shape.lines - self._height(head) - self._height(end)
        least = least_height(rows, self._measure, self._shape.pointer)
        gaps = next(
            (n for n in (len(groups) + 1, 3) if least + n + _ROOM_TO_GROW <= free), 2 if least + 2 <= free else 0
        )
        texts = iter(fitted(rows, free - gaps, self._measure, self._shape.pointer))
        found: list[Block] = list(head)
        for at, group in enumerate(groups):
            found += [Gap()] if gaps > at + 1 or (gaps and at == 0) else []
            found.append(_table([next(texts) for _row in group]))
        return [*found, *([Gap()] if gaps else []), *end]

    def survival_blocks(self, lines: int) -> list[Block]:
        """The survival of people in short, for somebody who has just asked for it."""
        head: list[Block] = [Heading(_("Survival")), Text(_(_OF_GROUPS))]
        rows = fitted([self.answer_row("survival")], lines - self._height(head), self._measure, self._shape.pointer)
        return [*head, _table(rows)]

    def _head(self) -> list[Block]:
        case = self.case()

        def measure(_label: str, text: str) -> int:
            return self._height([Heading(text, 3)])

        ((_empty, text),) = fitted([case], 2, measure, self._shape.pointer)
        flag = library().red_flags[EMERGENCY_FOR_ALL]
        return [
            Heading(text, 3),
            *self._standing(),
            Text(_(flag.plain_action) if self.plain else flag.action, "caution"),
        ]

    def _standing(self) -> list[Block]:
        """What it is not, and whether a clinician has read it; paper says the first at its foot."""
        notes = (*((_(figures.NOTICE),) if self._shape.terminal else ()), *standing_in_short(self.outlook))
        return [Text(" ".join(notes), "soft")] if notes else []

    def _groups(self) -> list[list[Row]]:
        return [
            [self.alarms(), self.stage()],
            self.answers(),
            self.options(),
            [self.missing(), *self.not_covered()],
        ]

    def _end(self) -> list[Block]:
        if not self._shape.terminal:
            return [Text(_("What stands in brackets is the key of a source or a model in Sarcoma Outlook."), "soft")]
        if self.plain:
            asked = len(self.outlook.questions)
            parts = [
                _("--full"),
                _("--section NAME (questions: %(n)s)") % {"n": asked} if asked else _("--section NAME"),
            ]
            parts += [] if self.survival else [_("--survival")]
            return [Text(_("See more: %(ways)s.") % {"ways": "; ".join([*parts, _("sarcoma why KEY")])})]
        ways = [_("everything: --full"), _("one part: --section NAME"), _("a source: sarcoma why KEY")]
        if self.outlook.questions:
            ways.insert(
                2, _("questions for the team (%(n)s): --section questions") % {"n": len(self.outlook.questions)}
            )
        if not self.survival:
            ways.append(_("survival figures: --survival"))
        if self.country:
            ways.append(_("what your regulators decided: --section treatments"))
        return [Text(_("See more – %(ways)s.") % {"ways": "; ".join(ways)})]

    def _height(self, blocks: Sequence[Block]) -> int:
        return len(str(Lines(self._shape.width).add(blocks)).splitlines())

    def _measure(self, label: str, text: str) -> int:
        return sum(self._height([_table([(label, part)])]) for part in text.split("\n"))


def _table(rows: Sequence[tuple[str, str]]) -> Table:
    return Table(("", ""), list(rows), (0, 1), "facts", width=_LABEL_WIDTH)
