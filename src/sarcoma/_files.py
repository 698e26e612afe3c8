"""Reading folders of YAML that people edit, through a compiled JSON copy that starts fast.

The copy carries the SHA-256 of the YAML it was made from and is used only while that still
matches; an edited file is read from YAML again (and compiled again where the folder is writable).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma.errors import EvidenceError, SarcomaError

if TYPE_CHECKING:
    from pydantic import ValidationError

COMPILED = "compiled.json"


def read_yaml(text: str, name: str) -> Any:
    """Parse YAML safely; a repeated key is an error, because one of the two would be lost."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        pass

    def mapping(loader: Any, node: Any) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise EvidenceError(f"{name}: line {key_node.start_mark.line + 1}: a key must be a plain word")
            if key in seen:
                raise EvidenceError(f"{name}: line {key_node.start_mark.line + 1}: the same key stands twice")
            seen.add(key)
        return dict(loader.construct_mapping(node, deep=True))

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    # Dates stay text: pydantic reads them where the schema says date, and JSON keeps them.
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1}" if mark else ""
        raise EvidenceError(f"{name}{where}: this is not valid YAML") from None


def read_own_or_shipped(where: str, shipped: Path, what: str, fail: type[SarcomaError]) -> tuple[Any, str]:
    """What a YAML file says, and its name: a file of one's own, or one of the folder `shipped` by its name.

    Raises
    ------
    fail : there is no such file, or it is not YAML in UTF-8.
    """
    path = Path(where)
    if not path.is_file():
        own = shipped / f"{path.stem}.yaml"
        if path.name != where or not own.is_file():
            known = ", ".join(sorted(p.stem for p in shipped.glob("*.yaml")))
            raise fail(f"there is no {what} file {path.name[:60]}; shipped are {known}")
        path = own
    try:
        return read_yaml(path.read_text(encoding="utf-8"), path.name[:80]), path.name[:80]
    except (OSError, UnicodeDecodeError):
        raise fail(f"{path.name[:80]}: cannot be read as UTF-8 text") from None
    except EvidenceError as error:
        raise fail(str(error)) from None


def first_problem(error: ValidationError, name: str) -> str:
    """The first thing that does not fit a schema: the file, where in it, and what (never the value)."""
    where, text = problems_of(error)[0]
    return f"{name}: {where + ': ' if where else ''}{text}"


def problems_of(error: ValidationError) -> list[tuple[str, str]]:
    """Everything that does not fit a schema: where, and what (never the value)."""
    return [
        (".".join(str(part)[:60] for part in detail["loc"]), detail["msg"].removeprefix("Value error, "))
        for detail in error.errors(include_input=False, include_url=False)
    ]


def read_folder(folder: Path) -> dict[str, Any]:
    """Every YAML file below `folder`, by its path without suffix (`facts/b_metastasis`)."""
    paths = sorted(folder.rglob("*.yaml"))
    raw = {path.relative_to(folder).with_suffix("").as_posix(): path.read_bytes() for path in paths}
    digest = _digest(raw)
    compiled = folder / COMPILED
    try:
        stored = json.loads(compiled.read_bytes())
        if stored["sha256"] == digest:
            return dict(stored["files"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    files = {name: read_yaml(content.decode("utf-8"), f"{name}.yaml") for name, content in raw.items()}
    try:
        temporary = compiled.with_suffix(".tmp")
        temporary.write_text(json.dumps({"sha256": digest, "files": files}), encoding="utf-8")
        temporary.replace(compiled)
    except OSError:
        pass  # an installation that cannot be written to reads the YAML each time
    return files


def _digest(raw: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in raw.items():
        digest.update(name.encode())
        digest.update(b"\0")
        digest.update(content)
        digest.update(b"\0")
    return digest.hexdigest()
