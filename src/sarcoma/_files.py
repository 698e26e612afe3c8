"""Files: the one way to write them, and folders of YAML that people edit, read through a compiled JSON copy.

A file is whole or not there: it is written beside its place, flushed and renamed; no output is ever one of the inputs.

The copy carries the SHA-256 of the YAML it was made from and is used only while that still
matches; an edited file is read from YAML again (and compiled again where the folder is writable).
"""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sarcoma.errors import EvidenceError, SarcomaError, TableError

if TYPE_CHECKING:
    from pydantic import ValidationError

COMPILED = "compiled.json"
_DIGESTS: dict[Path, str] = {}
"""What was read of a folder, as it was read last."""
VALIDATED_IS_KEPT = True
"""Whether entries that were validated may be stored beside the YAML; not where tests change what is read."""
_WRITTEN = count()
_MOST_VALUES = 5_000_000
"""More than any cohort's account or card holds."""


@contextmanager
def whole_file(path: Path, fail: type[SarcomaError] = TableError, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place only once all of it is written.

    A link keeps pointing to what it points to, and a file that was there keeps its permissions. What is no ordinary
    file (`/dev/stdout`, a pipe) is written to directly.

    private : a new file is for this account alone, from the first byte on.

    Raises
    ------
    fail : it cannot be written there, or the disk is full.
    """
    try:
        place = path.resolve()
        if place.exists() and not place.is_file():
            with place.open("wb") as file:
                yield file
            return
        beside = place.with_name(f".{os.getpid()}-{time.time_ns()}-{next(_WRITTEN)}.part")
        try:
            with open(beside, "xb", opener=_for_this_account if private else None) as file:
                try:
                    yield file
                except Exception:
                    _try_for_room(file)
                    raise
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                beside.chmod(place.stat().st_mode & 0o7777)
            beside.replace(place)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except Exception as error:
        why = no_room(error) or ("it cannot be written there" if isinstance(error, OSError) else None)
        if why is None:
            raise
        raise fail(f"{path.name[:80]}: {why}") from None


def _for_this_account(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def whole_folder(path: Path, fail: type[SarcomaError] = TableError) -> Iterator[Path]:
    """Where to write a folder that is not there yet; it takes its name only once all of it is written.

    Raises
    ------
    fail : something of that name is there, it cannot be written there, or the disk is full.
    """
    place = path.resolve()
    if os.path.lexists(place):
        raise fail(f"{path.name[:80]}: something of that name is there; name a folder that is not there yet")
    beside = place.with_name(f".{os.getpid()}-{time.time_ns()}-{next(_WRITTEN)}.part")
    try:
        yield beside
        beside.rename(place)
    except OSError as error:
        raise fail(f"{path.name[:80]}: {no_room(error) or 'it cannot be written there'}") from None
    finally:
        if beside.exists():
            import shutil

            shutil.rmtree(beside, ignore_errors=True)


def _try_for_room(file: BinaryIO) -> None:
    """After an error that need not say so: whether there was no room for more; the file is thrown away anyhow.

    Raises
    ------
    OSError : there was none.
    """
    if not file.closed:
        file.write(bytes(_MORE))
        file.flush()


_MORE = 1 << 20
_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full, by what this account may use",
    errno.EFBIG: "the file would be larger than is allowed there",
}
_AS_RUST_SAYS = re.compile(r"\(os error (\d+)\)")


def no_room(error: BaseException) -> str | None:
    """In words that there is no room to write to; None for every other error.

    Libraries in Rust (Polars) write past Python, and their errors carry the number of the system's in their text.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number is None and type(error).__module__.partition(".")[0] in ("polars", "builtins"):
        told = _AS_RUST_SAYS.search(str(error))
        number = int(told.group(1)) if told is not None else None
    return _NO_ROOM.get(number or 0)


def write_file(
    path: Path, content: str | bytes, fail: type[SarcomaError] = TableError, *, private: bool = False
) -> None:
    """Write text (as UTF-8) or bytes as a whole file; `private`, for this account alone where it is new.

    Raises
    ------
    fail : it cannot be written there, or the disk is full.
    """
    with whole_file(path, fail, private=private) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def only_writer(path: Path, fail: type[SarcomaError] = TableError) -> Iterator[None]:
    """Nobody else writes to the folder, or to the file, meanwhile; a run that was killed holds nothing.

    Raises
    ------
    fail : another run is writing to it, or it cannot be written to.
    """
    whole = path.resolve()
    place = whole / ".writing" if whole.is_dir() else whole.with_name(f".{whole.name}.writing")
    try:
        lock = place.open("ab")
    except OSError:
        raise fail(f"{path.name[:80]}: it cannot be written there") from None
    with lock:
        try:
            _lock(lock)
        except OSError:
            raise fail(f"{path.name[:80]}: another run is writing to it; wait until that is done") from None
        try:
            yield
        finally:
            with suppress(OSError):
                place.unlink()


if sys.platform == "win32":

    def _lock(file: BinaryIO) -> None:
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:

    def _lock(file: BinaryIO) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_nlink == 0:  # its run was done in this moment, and took the name away
            raise OSError


def format_of(path: Path, known: Sequence[str], option: str = "--to") -> str:
    """The format that the name of an output asks for, such as `.csv`; no other is ever written under its name.

    Parameters
    ----------
    known : the formats that there are; the first is what goes to something that is no ordinary file, as `/dev/stdout`.

    Raises
    ------
    TableError : the name ends otherwise.
    """
    kind = path.suffix.lower()
    if kind in known:
        return kind
    if path.exists() and not path.is_file() and not path.is_dir():
        return known[0]
    ends = f"ends with {kind[:12]}" if kind else "has no ending"
    raise TableError(
        f"{option}: the name {ends}; this is written as {', '.join(known)}, for example {option} t{known[0]}"
    )


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths name one file, by whatever links, dots or – where nothing is there yet – letter case."""
    try:
        return one.samefile(other)
    except OSError:
        a, b = (os.path.realpath(path) for path in (one, other))
        return a == b or (a.casefold() == b.casefold() and not (os.path.lexists(a) and os.path.lexists(b)))


def keep_apart(outputs: Iterable[tuple[str, Path]], inputs: Iterable[tuple[str, Path]]) -> None:
    """Make sure that nothing written takes the place of something read, or of another thing written.

    Parameters
    ----------
    outputs, inputs : what each is called, such as `--out`, and its path. A folder that is read stands for its files.

    Raises
    ------
    TableError : two of them are one file.
    """
    read = [(name, file) for name, path in inputs for file in (_files_in(path) if path.is_dir() else [path])]
    written: list[tuple[str, Path]] = []
    for name, path in outputs:
        if path.exists() and not path.is_file():
            continue  # a folder is refused when it is written; /dev/null keeps nothing
        for other, file in read:
            if is_same_file(path, file):
                raise TableError(f"{name}: {path.name[:80]} is read as {other}; write to another file")
        for other, file in written:
            if is_same_file(path, file):
                raise TableError(f"{name}: {path.name[:80]} is also what {other} writes; give each a file of its own")
        written.append((name, path))


def _files_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []


def read_yaml(text: str, name: str, *, merges: bool = False) -> Any:
    """Parse YAML safely; a repeated key is an error, because one of the two would be lost.

    `merges`: entries may start from another (`<<: *other`), as in the project's own evidence; nobody else's may.
    """
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        pass

    def mapping(loader: Any, node: Any) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if merges and key_node.tag == "tag:yaml.org,2002:merge":  # `<<: *other`: what stands beside it comes first
                continue
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
        read = yaml.load(text, Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1}" if mark else ""
        raise EvidenceError(f"{name}{where}: this is not valid YAML") from None
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):  # what its tags make of odd values
        raise EvidenceError(f"{name}: a value is not what its tag says, or has too many digits") from None
    _refuse_strange(read, name)
    return read


def _refuse_strange(read: Any, name: str) -> None:
    """What is read is text, numbers, truth values, lists and entries, as JSON has them, and of a size that can be read.

    Raises
    ------
    EvidenceError : it is something else, holds itself, or is millions of values by repetition.
    """
    sizes: dict[int, int] = {}
    open_now: set[int] = set()

    def size(part: Any) -> int:
        if part is None or isinstance(part, (str, bool, int, float)):
            return 1
        if not isinstance(part, (list, dict)):
            raise EvidenceError(f"{name}: a value is neither text, a number, yes or no, a list nor named entries")
        if id(part) in open_now:
            raise EvidenceError(f"{name}: a value holds itself")
        if id(part) not in sizes:
            open_now.add(id(part))
            sizes[id(part)] = 1 + sum(size(p) for p in (part if isinstance(part, list) else part.values()))
            open_now.discard(id(part))
        return sizes[id(part)]

    try:
        values = size(read)
    except RecursionError:
        raise EvidenceError(f"{name}: lists and entries stand too deep in each other") from None
    if values > _MOST_VALUES:
        raise EvidenceError(f"{name}: holds more than {_MOST_VALUES:,} values")


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


def problems_of(
    error: ValidationError, place: Callable[[tuple[int | str, ...]], tuple[int | str, ...]] = tuple
) -> list[tuple[str, str]]:
    """Everything that does not fit a schema: where, and what (never the value).

    place : where something of the schema stands in the file, if elsewhere than its model has it.
    """
    return [
        (".".join(str(part)[:60] for part in place(detail["loc"])), detail["msg"].removeprefix("Value error, "))
        for detail in error.errors(include_input=False, include_url=False)
    ]


def unchanged(stored: Path, key: str, key_now: Callable[[], str], places: Iterable[Path]) -> bool:
    """Whether what was stored under a key is of the files as they are now.

    That nothing changed is seen from what the system says of the files: size, place on the disk, time of the last
    change of the content and of the file, of which the second cannot be set. Where that is other than it was noted, or
    was noted within two seconds of a change, every byte is looked at, and it is noted beside what is stored.

    Parameters
    ----------
    stored : the file that was made of others.
    key : what it says that they were.
    key_now : works out from every byte what they are.
    places : folders and files in which they stand.
    """
    files = _said_of(places)
    now = {"key": key, "files": files}
    noted = stored.with_suffix(".seen")
    try:
        newest = max((max(about[2:4]) for about in files.values()), default=0)
        if json.loads(noted.read_bytes()) == now and noted.stat().st_mtime_ns > newest + _MOMENT:
            return True
    except (OSError, ValueError):
        pass
    if key != key_now():
        return False
    with suppress(EvidenceError):  # where it cannot be written, every start looks at every byte
        write_file(noted, json.dumps(now), EvidenceError)
    return True


_MOMENT = 2 * 10**9
"""Nanoseconds within which two changes may have one time."""


def _said_of(places: Iterable[Path]) -> dict[str, list[int]]:
    """Of each YAML file and each module, by its path: size, place on the disk, times of change."""
    found: dict[str, list[int]] = {}
    left = [os.fspath(place) for place in places]
    while left:
        place = left.pop()
        if place.endswith((".yaml", ".py")):
            about = os.stat(place)  # noqa: PTH116 - of many files, at every start
            found[place] = [about.st_size, about.st_ino, about.st_mtime_ns, about.st_ctime_ns]
        else:
            with os.scandir(place) as here:
                left += [one.path for one in here if one.name.endswith((".yaml", ".py")) or one.is_dir()]
    return found


def read_folder(folder: Path) -> dict[str, Any]:
    """Every YAML file below `folder`, by its path without suffix (`facts/b_metastasis`)."""
    compiled = folder / COMPILED
    raw: dict[str, bytes] = {}

    def digest_now() -> str:
        raw.update(_raw(folder))
        _DIGESTS[folder] = _digest(raw)
        return _DIGESTS[folder]

    try:
        stored = json.loads(compiled.read_bytes())
        if unchanged(compiled, stored["sha256"], digest_now, [folder]):
            _DIGESTS[folder] = stored["sha256"]
            return dict(stored["files"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    digest = digest_now()
    files = {name: read_yaml(content.decode("utf-8"), f"{name}.yaml", merges=True) for name, content in raw.items()}
    with suppress(EvidenceError):  # an installation that cannot be written to reads the YAML each time
        write_file(compiled, json.dumps({"sha256": digest, "files": files}), EvidenceError)
    return files


def digest_now(folder: Path) -> str:
    """SHA-256 of the YAML below a folder, as it is on the disk."""
    return _digest(_raw(folder))


def digest_of(folder: Path) -> str:
    """SHA-256 of the YAML below a folder, as it was read last."""
    if folder not in _DIGESTS:
        _DIGESTS[folder] = _digest(_raw(folder))
    return _DIGESTS[folder]


def _raw(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.yaml"))
    }


def _digest(raw: dict[str, bytes]) -> str:
    import hashlib  # most starts have nothing to digest

    digest = hashlib.sha256()
    for name, content in raw.items():
        digest.update(name.encode())
        digest.update(b"\0")
        digest.update(content)
        digest.update(b"\0")
    return digest.hexdigest()
