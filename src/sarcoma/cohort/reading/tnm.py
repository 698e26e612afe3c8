"""TNM as one text (`pT2b N0 M0`): what it says of lymph nodes, metastases and – until edition 7 – depth.

The edition is never guessed: T2 is above 5 cm until edition 7, and 5 to 10 cm in edition 8, where depth left the T. A
size is not read off a T, which is a range.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

Edition = Literal[6, 7, 8]
_LONGEST = 60
_PART = re.compile(r"(?P<when>[cpyra]*)(?P<what>T|N|M)\s*(?P<value>is|[x0-4](?:[abc]|mi)?)\s*(?:\([^()]{0,12}\))?")
_OTHER = re.compile(r"(?:G|L|V|R|Pn|S)\s*[x0-4](?:[abc])?", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,;/|+_:-]*")


class TnmMap(BaseModel):
    """Where TNM stands as one text, and by which edition it was written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    column: str
    edition: Edition

    @model_validator(mode="before")
    @classmethod
    def _with_edition(cls, value: Any) -> Any:
        if isinstance(value, str) or (isinstance(value, dict) and value.get("edition") is None):
            raise ValueError(
                "name the edition (6, 7 or 8) by which it was written, for example "
                "tnm: {column: tnm, edition: 8}: T2 is another thing in each"
            )
        return value


@dataclass(frozen=True, slots=True)
class Tnm:
    """What a text says: whether lymph nodes and metastases are there, and the depth; None where it does not say."""

    nodes: Literal["negative", "positive"] | None = None
    metastasis: bool | None = None
    depth: Literal["superficial", "deep"] | None = None
    doubt: str = ""


def is_tnm(text: str) -> bool:
    """Whether a text is TNM, with a T and an N or an M."""
    parts = _parts(text)
    return parts is not None and "T" in parts and len(parts) > 1


@lru_cache(maxsize=100_000)
def read_tnm(text: str, edition: Edition) -> Tnm:
    """What a text says by an edition.

    Raises
    ------
    ValueError : it is not TNM, or not as it was at diagnosis; the message does not carry it.
    """
    parts = _parts(text)
    if parts is None:
        raise ValueError("not written as TNM, such as pT2b N0 M0")
    when = "".join(before for before, _ in parts.values())
    if set(when) & set("yra"):
        raise ValueError("assessed after treatment (y), at a recurrence (r) or at autopsy (a), not at diagnosis")
    t, n, m = (parts.get(name, ("", "x"))[1] for name in "TNM")
    doubt = ""
    if edition < 8 and t[0] in "34":
        doubt = "T3 or T4, which for limb and trunk came with edition 8: is the edition right?"
    elif edition == 8 and t[:2] in ("1a", "1b", "2a", "2b"):
        doubt = "a or b behind T1 or T2, which for limb and trunk ended with edition 7: is the edition right?"
    return Tnm(
        nodes=None if n[0] == "x" else "negative" if n[0] == "0" else "positive",
        metastasis=None if m[0] == "x" else m[0] != "0",
        depth=({"a": "superficial", "b": "deep"}.get(t[1:]) if edition < 8 and t[0] in "12" else None),  # type: ignore[arg-type]
        doubt=doubt,
    )


def _parts(text: str) -> dict[str, tuple[str, str]] | None:
    """T, N and M of a text, each with what stands before it and its value; None where anything else stands there."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    found: dict[str, tuple[str, str]] = {}
    place = 0
    before = ""
    while place < len(text):
        place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]
        if place == len(text):
            break
        part = _PART.match(_letters(text), place)
        if part is not None:
            if part["what"] in found:
                return None
            before = part["when"] or ("y" if "y" in before else "")  # ypT2 N0: the y counts for what follows
            found[part["what"]] = (before, part["value"])
            place = part.end()
            continue
        other = _OTHER.match(text, place)
        if other is None:
            return None
        place = other.end()
    return found or None


def _letters(text: str) -> str:
    """T, N and M in capitals, everything else in small letters; the same length."""
    return "".join(c.upper() if c in "tnmTNM" else c.lower() if c.isascii() else c for c in text)
