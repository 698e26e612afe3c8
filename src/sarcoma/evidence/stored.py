"""Entries as they were validated, kept beside the YAML, so that a start validates nothing twice.

The store is plain JSON, one text behind another: an entry is its fields and the number of its class, a list is a
tuple, a day is marked. It is used only while every byte of the YAML and of the code that validates it is as it was.
Each part – facts, sources, cards – is parsed when it is asked for, and so is each longer value of an entry that is
`Shelved`: in its place stands where its text begins and ends.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from sarcoma import _files, _frozen
from sarcoma._files import digest_now, digest_of, unchanged, write_file
from sarcoma._frozen import keep_state
from sarcoma.errors import EvidenceError
from sarcoma.evidence.entry import UNREAD, Frozen, Shelved
from sarcoma.evidence.rule import Condition, shared

STORE = "validated.json"
_CODE = (Path(__file__).parent, Path(__file__).parents[1] / "models", Path(_frozen.__file__))
"""The rooms, and the file, whose classes validate what is stored."""
_NESTED = {list, dict}
_SHORT = 40
"""Values whose text is not longer than this stand with their entry."""
_ALONE = {int, float, str, bool, type(None)}

Entries = Mapping[str, Frozen]


class Store:
    """The entries of a folder, by part; nothing where they have to be validated again."""

    def __init__(self, folder: Path) -> None:
        self._text = b""
        self._places: dict[str, list[int]] = {}
        self._classes: Sequence[str] = ()
        try:
            whole = (folder / STORE).read_bytes()
            first, _, rest = whole.partition(b"\n")
            head = json.loads(first)
            whole_text = _files.VALIDATED_IS_KEPT and len(rest) == head["bytes"]  # not cut short
            if whole_text and unchanged(folder / STORE, head["key"], lambda: _key_now(folder), (folder, *_CODE)):
                self._text, self._places, self._classes = rest, head["places"], head["classes"]
        except (OSError, ValueError, KeyError, TypeError):
            pass

    def __contains__(self, part: str) -> bool:
        return part in self._places

    def part(self, part: str) -> dict[str, Any]:
        """The entries of a part, by identity."""
        begin, end = self._places[part]
        return {key: self._entry(value) for key, value in json.loads(self._text[begin:end]).items()}

    def _read(self, begin: int, end: int) -> Any:
        return self._entry(json.loads(self._text[begin:end]))

    def _entry(self, value: Any) -> Any:
        kind = type(value)
        if kind is list:
            return tuple([self._entry(one) if type(one) in _NESTED else one for one in value])
        if kind is not dict:
            return value
        number = value.pop("_", None)
        if number is None:
            if "day" in value:
                return datetime.date.fromisoformat(value["day"])
            if "list" in value:
                return [self._entry(one) for one in value["list"]]
            return {key: self._entry(one) for key, one in value["map"]}
        model = _class(self._classes[number])
        if issubclass(model, Shelved):
            return self._shelved(model, value)
        for name, one in value.items():
            if type(one) in _NESTED:
                value[name] = self._entry(one)
        made = model.__new__(model)
        keep_state(made, {**model.unset, **value}, set(value))
        return shared(made) if isinstance(made, Condition) else made

    def _shelved(self, model: type[Shelved], value: dict[str, Any]) -> Shelved:
        apart = value.pop(_APART, {})
        beside = value.pop(_BESIDE, {})
        values = {**model.unset, **{n: self._entry(one) if type(one) in _NESTED else one for n, one in value.items()}}
        for name in apart:
            del values[name]
        for name, one in beside.items():
            values[name] = self._entry(one)
        values[UNREAD] = {name: partial(self._read, *place) for name, place in apart.items()}
        made = model.__new__(model)
        keep_state(made, values, {*value, *apart})
        return made


def keep(folder: Path, parts: Mapping[str, Callable[[], Entries]]) -> None:
    """Write the store of a folder; not where anything in it is invalid, or where it cannot be written."""
    if not _files.VALIDATED_IS_KEPT:
        return
    written = _Written()
    try:
        places = {
            part: written.put({key: written.plain(entry) for key, entry in entries().items()})
            for part, entries in parts.items()
        }
        said = {"key": _key(folder), "bytes": len(written.text), "classes": list(written.classes), "places": places}
        head = json.dumps(said)
        write_file(folder / STORE, head.encode() + b"\n" + written.text, EvidenceError)
    except EvidenceError:
        return


def _key(folder: Path) -> str:
    """What an entry was read from, and by which code."""
    return f"{digest_of(folder)} {_code()}"


def _key_now(folder: Path) -> str:
    """The same of the files as they are now: what this process read before may have been changed since."""
    return f"{digest_now(folder)} {_code_now()}"


@cache
def _code() -> str:
    """SHA-256 of the code that validates, as it was when it was first asked for."""
    return _code_now()


def _code_now() -> str:
    import hashlib

    digest = hashlib.sha256()
    for place in _CODE:
        for path in sorted(place.rglob("*.py")) or [place]:
            digest.update(path.read_bytes())
    return digest.hexdigest()


class _Written:
    """What is stored: the texts, and the classes that stand in them by number."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.classes: dict[str, int] = {}

    def put(self, told: Any) -> tuple[int, int]:
        """Add a text; its first byte, and the one behind its last."""
        begin = len(self.text)
        self.text += _json(told).encode()
        return begin, len(self.text)

    def plain(self, value: Any) -> Any:
        """A value as JSON holds it."""
        kind: type[Any] = type(value)
        if kind in _ALONE:
            return value
        if kind is tuple:
            return [self.plain(one) for one in value]
        if kind is list:
            return {"list": [self.plain(one) for one in value]}
        if kind is datetime.date:
            return {"day": value.isoformat()}
        if kind is dict and all(type(key) is str for key in value):
            return {"map": [[key, self.plain(one)] for key, one in value.items()]}
        if not isinstance(value, Frozen):
            raise EvidenceError(f"a value of the type {kind.__name__} cannot be stored")
        given = {name: self.plain(getattr(value, name)) for name in sorted(value.model_fields_set)}
        if any(getattr(value, name) != unset for name, unset in value.unset.items() if name not in given):
            raise EvidenceError(f"{kind.__name__} has a value that nobody gave")
        number = self.classes.setdefault(f"{kind.__module__}:{kind.__qualname__}", len(self.classes))
        return {"_": number, **(self._apart(value, given) if isinstance(value, Shelved) else given)}

    def _apart(self, value: Shelved, given: dict[str, Any]) -> dict[str, Any]:
        """An entry with its longer values put apart, and with what is worked out from them."""
        long = {
            name: self.put(told)
            for name, told in given.items()
            if name not in value.at_once and len(_json(told)) > _SHORT
        }
        beside = {name: self.plain(getattr(value, name)) for name in value.worked_out}
        return {
            **{name: told for name, told in given.items() if name not in long},
            **({_APART: long} if long else {}),
            **({_BESIDE: beside} if beside else {}),
        }


_APART, _BESIDE = "~", "+"
"""Of an entry: where its longer values stand, and what is worked out from its fields."""


def _json(told: Any) -> str:
    return json.dumps(told, separators=(",", ":"))


@cache
def _class(name: str) -> type[Frozen]:
    module, _, qualified = name.partition(":")
    found: Any = import_module(module) if module.startswith("sarcoma.") else None
    for part in qualified.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, Frozen)):
        raise EvidenceError(f"{STORE} names something that is no entry; delete it")
    return found
