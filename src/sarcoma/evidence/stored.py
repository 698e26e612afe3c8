"""Entries as they were validated, kept beside the YAML, so that a start validates nothing twice.

The store is plain JSON: an entry is its fields and the number of its class, a list is a tuple, a day is marked. It is
used only while every byte of the YAML and of the code that validates it is as it was. Each part – facts, sources,
cards – is parsed when it is asked for.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sarcoma import _files
from sarcoma._files import digest_of, write_file
from sarcoma._frozen import keep_state
from sarcoma.errors import EvidenceError
from sarcoma.evidence.entry import Frozen
from sarcoma.evidence.rule import Condition, shared

STORE = "validated.json"
_CODE = (Path(__file__).parent, Path(__file__).parents[1] / "models")
"""The rooms whose classes validate what is stored."""
_NESTED = {list, dict}
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
            if _files.VALIDATED_IS_KEPT and head["key"] == _key(folder):
                self._text, self._places, self._classes = rest, head["places"], head["classes"]
        except (OSError, ValueError, KeyError, TypeError):
            pass

    def __contains__(self, part: str) -> bool:
        return part in self._places

    def part(self, part: str) -> dict[str, Any]:
        """The entries of a part, by identity."""
        begin, end = self._places[part]
        return {key: _entry(value, self._classes) for key, value in json.loads(self._text[begin:end]).items()}


def keep(folder: Path, parts: Mapping[str, Callable[[], Entries]]) -> None:
    """Write the store of a folder; not where anything in it is invalid, or where it cannot be written."""
    if not _files.VALIDATED_IS_KEPT:
        return
    classes: dict[str, int] = {}
    places: dict[str, tuple[int, int]] = {}
    text = b""
    try:
        for part, entries in parts.items():
            told = {key: _plain(entry, classes) for key, entry in entries().items()}
            added = json.dumps(told, separators=(",", ":")).encode()
            places[part] = (len(text), len(text) + len(added))
            text += added
        head = json.dumps({"key": _key(folder), "classes": list(classes), "places": places})
        write_file(folder / STORE, head.encode() + b"\n" + text, EvidenceError)
    except EvidenceError:
        return


def _key(folder: Path) -> str:
    return f"{digest_of(folder)} {_code()}"


@cache
def _code() -> str:
    """SHA-256 of the code that validates."""
    digest = hashlib.sha256()
    for room in _CODE:
        for path in sorted(room.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _plain(value: Any, classes: dict[str, int]) -> Any:
    kind: type[Any] = type(value)
    if kind in _ALONE:
        return value
    if kind is tuple:
        return [_plain(one, classes) for one in value]
    if kind is list:
        return {"list": [_plain(one, classes) for one in value]}
    if kind is datetime.date:
        return {"day": value.isoformat()}
    if kind is dict and all(type(key) is str for key in value):
        return {"map": [[key, _plain(one, classes)] for key, one in value.items()]}
    if not isinstance(value, Frozen):
        raise EvidenceError(f"a value of the type {kind.__name__} cannot be stored")
    given = {name: _plain(getattr(value, name), classes) for name in sorted(value.model_fields_set)}
    if any(getattr(value, name) != unset for name, unset in value.unset.items() if name not in given):
        raise EvidenceError(f"{kind.__name__} has a value that nobody gave")
    return {"_": classes.setdefault(f"{kind.__module__}:{kind.__qualname__}", len(classes)), **given}


def _entry(value: Any, classes: Sequence[str]) -> Any:
    kind = type(value)
    if kind is list:
        return tuple([_entry(one, classes) if type(one) in _NESTED else one for one in value])
    if kind is not dict:
        return value
    number = value.pop("_", None)
    if number is None:
        if "day" in value:
            return datetime.date.fromisoformat(value["day"])
        if "list" in value:
            return [_entry(one, classes) for one in value["list"]]
        return {key: _entry(one, classes) for key, one in value["map"]}
    model = _class(classes[number])
    for name, one in value.items():
        if type(one) in _NESTED:
            value[name] = _entry(one, classes)
    made = model.__new__(model)
    keep_state(made, {**model.unset, **value}, set(value))
    return shared(made) if isinstance(made, Condition) else made


@cache
def _class(name: str) -> type[Frozen]:
    module, _, qualified = name.partition(":")
    found: Any = import_module(module) if module.startswith("sarcoma.") else None
    for part in qualified.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, Frozen)):
        raise EvidenceError(f"{STORE} names something that is no entry; delete it")
    return found
