"""Screen: rows of pieces that fit a number of lines, and say how much they leave out.

Nothing is cut silently: a row that does not hold all its pieces counts the rest and says where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sarcoma._dataclass import dataclass, replace

_LEVELS = (
    (1.0, 1.0, 4), (1.0, 1.0, 3), (1.0, 1.0, 2), (0.5, 1.0, 2), (0.1, 1.0, 2), (0.1, 0.7, 2), (0.1, 0.5, 2),
    (0.1, 0.5, 1), (0.0, 0.0, 1),
)  # fmt: skip
"""How a screen gives way: which part of what a row must hold stays, the same of a firm row, and lines of one piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a row with the keys of its origins. `counts`: it is one of what the row counts, not a remark.

    `end` is what must stand with it however short it is made; a `whole` piece is never shortened.
    """

    text: str
    keys: tuple[str, ...] = ()
    counts: bool = True
    end: str = ""
    whole: bool = False

    def __str__(self) -> str:
        told = f"{self.text.removesuffix('.')}{self.end}" if self.end else self.text
        return f"{told.removesuffix('.')} [{' and '.join(self.keys)}]." if self.keys else told


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its pieces, the main ones first.

    `least` of them stand on every screen, and where they are `firm` give way last; `more` is what the section holds
    beside them, and `explained` that it says more of them. `start` stands before them.
    """

    label: str
    pieces: tuple[Piece, ...]
    section: str
    least: int = 1
    more: int = 0
    joint: str = " "
    start: str = ""
    firm: bool = False
    explained: bool = False


Pointer = Callable[[int, str], str]
"""From how many are left out, and the section that holds them, to words."""
Measure = Callable[[str, str], int]
"""How many lines a label and its text take."""


def row_text(row: Row, held: int, pointer: Pointer, *, clipped: bool = False) -> str:
    """A row with its first pieces, and what it leaves out."""
    told = [str(piece) for piece in row.pieces[:held]]
    text = row.joint.join(told if row.joint[0] != ";" else [one.removesuffix(".") for one in told])
    rest = sum(piece.counts for piece in row.pieces[held:]) + row.more
    cut = clipped or row.explained or held < len(row.pieces) or row.more > 0
    if cut:
        text = f"{text.removesuffix('.')}; {pointer(rest, row.section)}" if text else pointer(rest, row.section)
    return row.start + text


def fitted(rows: Sequence[Row], lines: int, measure: Measure, pointer: Pointer) -> list[tuple[str, str]]:
    """The rows as labels and texts that take at most so many lines together, filled as far as they go.

    The first pieces of all rows stand before any row's further ones; then each row in turn takes one more.
    """
    short, held, clipped = list(rows), [row.least for row in rows], [False] * len(rows)
    for share, firm, most in _LEVELS:
        told = [_clipped(row, most, measure, pointer) for row in rows]
        short, clipped = [row for row, _ in told], [cut for _, cut in told]
        held = [min(len(row.pieces), max(1, round(row.least * (firm if row.firm else share)))) for row in short]
        if _height(short, held, clipped, measure, pointer) <= lines:
            break
    heights = [_row_height(*one, measure, pointer) for one in zip(short, held, clipped, strict=True)]
    left, growing = lines - sum(heights), set(range(len(short)))
    while growing:
        for at in sorted(growing, key=lambda at: heights[at]):
            row = short[at]
            if held[at] >= len(row.pieces):
                growing.discard(at)
                continue
            height = _row_height(row, held[at] + 1, clipped[at], measure, pointer)
            if height - heights[at] > left:
                growing.discard(at)
                continue
            left -= height - heights[at]
            held[at], heights[at] = held[at] + 1, height
    return [
        (row.label, row_text(row, k, pointer, clipped=cut)) for row, k, cut in zip(short, held, clipped, strict=True)
    ]


def least_height(rows: Sequence[Row], measure: Measure, pointer: Pointer) -> int:
    """How many lines the rows take with what each must hold, whole."""
    return _height(rows, [row.least for row in rows], [False] * len(rows), measure, pointer)


def _height(
    rows: Sequence[Row], held: Sequence[int], clipped: Sequence[bool], measure: Measure, pointer: Pointer
) -> int:
    return sum(_row_height(*one, measure, pointer) for one in zip(rows, held, clipped, strict=True))


def _row_height(row: Row, held: int, clipped: bool, measure: Measure, pointer: Pointer) -> int:
    return measure(row.label, row_text(row, held, pointer, clipped=clipped))


def _clipped(row: Row, most: int, measure: Measure, pointer: Pointer) -> tuple[Row, bool]:
    """A row none of whose pieces is longer than so many lines; whether one was shortened."""
    end = "; " + pointer(99, row.section)
    pieces = []
    for piece in row.pieces:
        words = piece.text.split(" ")
        shown = piece
        if not piece.whole and measure(row.label, f"{row.start}{piece}") > most:
            low, high = 1, len(words)
            while low < high:
                middle = (low + high + 1) // 2
                tried = replace(piece, text=" ".join(words[:middle]) + " …")
                fits = measure(row.label, f"{row.start}{tried}{end}") <= most
                low, high = (middle, high) if fits else (low, middle - 1)
            shown = replace(piece, text=" ".join(words[:low]) + " …")
        pieces.append(shown)
    return replace(row, pieces=tuple(pieces)), any(a is not b for a, b in zip(pieces, row.pieces, strict=True))
