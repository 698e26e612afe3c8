"""Text from outside without what a terminal or a spreadsheet would take as a command.

Names of cohorts, cards and files, keys of a mapping and cells of a table are somebody's, and may hold anything.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_SEQUENCES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, moving the cursor, clearing
    r"|\x1b[ -/]*[0-~]?"  # two or three signs: resets, character sets
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""But for the tab and the end of a line: C0, DEL, C1, what turns the direction of writing, halves of a character."""
_ESCAPED = re.compile(r"[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMULA = re.compile(r"^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""With what a spreadsheet begins a formula, in full width too; it skips a tab or the end of a line before."""
_GUARD = "'"


def without_controls(text: str) -> str:
    """Text without control characters and without escape sequences, whole ones with what they would have done."""
    if text.isprintable():
        return text
    return _CONTROLS.sub("", _SEQUENCES.sub("", text))


def for_page(value: Any) -> Any:
    """What a template is given, without control characters; markup stays markup."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return type(value)(without_controls(value))


def escaped_json(text: str) -> str:
    """The same data, with escapes for what JSON leaves as it is and a terminal obeys: DEL, C1, changes of direction."""
    return _ESCAPED.sub(lambda found: json.dumps(found.group())[1:-1] if found.group() != "\x7f" else "\\u007f", text)


def guarded(cell: str) -> str:
    """Text that a spreadsheet takes as text: an apostrophe before what would begin a formula."""
    return _GUARD + cell if _FORMULA.match(cell) or _is_guarded(cell) else cell


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if _is_guarded(cell) else cell


def _is_guarded(cell: str) -> bool:
    bare = cell.lstrip(_GUARD)
    return cell.startswith(_GUARD) and _FORMULA.match(bare) is not None


def guarded_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A table for a file that spreadsheets open: its text guarded, the titles too; numbers stay numbers."""
    import polars as pl

    text = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    changed: list[Any] = [
        pl.col(name).cast(pl.String).map_elements(guarded, return_dtype=pl.String, skip_nulls=True) for name in text
    ]
    return frame.with_columns(changed).rename({name: guarded(name) for name in frame.columns if guarded(name) != name})


def unguarded_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The table that `guarded_frame` was given, as a reader finds it: only cells that were guarded are changed."""
    import polars as pl

    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    some = [name for name in text if frame[name].str.starts_with(_GUARD).any()]
    titles = {name: unguarded(name) for name in frame.columns if unguarded(name) != name}
    changed: list[Any] = [
        pl.col(name).map_elements(unguarded, return_dtype=pl.String, skip_nulls=True) for name in some
    ]
    found = frame.with_columns(changed)
    different = len({titles.get(name, name) for name in frame.columns}) == frame.width
    return found.rename(titles) if different else found
