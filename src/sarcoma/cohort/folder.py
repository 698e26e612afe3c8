"""A cohort's folder: the one that was there or the new one, whatever happens while it is written; never a mixture.

`cohort.yaml` comes last and names each table's SHA-256 and rows. Until it is there, the tables that the old account
names stay beside the new ones (`.kept-…`). Whoever opens the folder takes the tables that its account names.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from sarcoma._files import first_problem, only_writer, read_yaml, whole_file
from sarcoma.errors import CohortError, EvidenceError

if TYPE_CHECKING:
    import polars as pl

TABLES = ("patients.parquet", "events.parquet")
HISTORIES = "histories.parquet"
FOLLOW_UP = "follow_up.parquet"
BESIDE = (HISTORIES, FOLLOW_UP)
"""Tables that follow from the others, and may stand beside them."""
ACCOUNT = "cohort.yaml"
FILES = (*TABLES, *BESIDE, ACCOUNT)
"""What a standard cohort can be as a folder."""
_TRIES = 3
"""How often a folder is read that another run is writing to."""


class StoredTable(BaseModel):
    """What the account says of a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    rows: int


def write_folder(folder: Path, tables: Mapping[str, pl.DataFrame], account: dict[str, Any]) -> None:
    """Write the tables – `TABLES`, and perhaps some of `BESIDE` – and their account; the folder is made if need be.

    Raises
    ------
    CohortError : it cannot be written to, or another run is writing to it. What was there is what is there.
    """
    import yaml

    contents = {name: _parquet(table) for name, table in tables.items()}
    stored = {name: {"sha256": _sha256(contents[name]), "rows": table.height} for name, table in tables.items()}
    text = yaml.safe_dump(account | {"files": stored}, sort_keys=False, allow_unicode=True, width=100)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CohortError(f"{folder.name[:80]}: cannot be made a folder") from None
    with only_writer(folder, CohortError), _old_tables_kept(folder), ExitStack() as together:
        account_file = together.enter_context(whole_file(folder / ACCOUNT, CohortError))  # entered first: in place last
        files = {
            name: together.enter_context(whole_file(folder / name, CohortError)) for name in reversed(tuple(tables))
        }
        for name, content in contents.items():
            files[name].write(content)
        account_file.write(text.encode())
    for name in set(BESIDE) - set(tables):  # of the cohort that was there
        with suppress(OSError):
            (folder / name).unlink()


def read_folder(folder: Path, names: tuple[str, ...] = TABLES) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Tables and their account; tables that are not those of the account are not read.

    Raises
    ------
    CohortError : a file is missing, is not what it should be, or is not the one that the account was written with.
    """
    for tries_left in reversed(range(_TRIES)):
        account = _account(folder)
        stored = _stored(account.get("files", {}))
        try:
            _named(folder, (name for name in names if name not in TABLES), stored)
            contents = {name: _content(folder, name, stored.get(name)) for name in names}
        except _AnotherTableError as another:
            if tries_left and _account(folder) != account:
                continue
            raise _another(folder, another.table) from None
        told = {key: value for key, value in account.items() if key != "files"}
        return {name: _frame(name, content, stored.get(name)) for name, content in contents.items()}, told
    raise AssertionError  # the last try returns or raises


def table_files(folder: Path, names: tuple[str, ...]) -> tuple[dict[str, Path], dict[str, Any]]:
    """Where tables lie, for whoever does not read them as a whole, and their account; each is looked through once.

    Raises
    ------
    CohortError : a file is missing, or is not the one that the account was written with.
    """
    account = _account(folder)
    stored = _stored(account.get("files", {}))
    found = {}
    _named(folder, names, stored)
    for name in names:
        place = next((p for p in _places(folder, name, stored[name]) if _is_of(p, stored[name])), None)
        if place is None:
            raise _another(folder, name)
        found[name] = place
    return found, {key: value for key, value in account.items() if key != "files"}


class _AnotherTableError(Exception):
    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(table)


def _account(folder: Path) -> dict[str, Any]:
    for name in TABLES:
        if not (folder / name).is_file():
            raise CohortError(f"{folder.name[:80]}: there is no {name}; make a cohort with: sarcoma cohort read")
    try:
        read = read_yaml((folder / ACCOUNT).read_text(encoding="utf-8"), ACCOUNT)
    except (OSError, UnicodeDecodeError):
        raise CohortError(f"{folder.name[:80]}: there is no {ACCOUNT} that can be read") from None
    except EvidenceError as error:
        raise CohortError(str(error)) from None
    if not isinstance(read, dict) or not all(isinstance(key, str) for key in read):
        raise CohortError(f"{ACCOUNT}: these are no named entries; make the cohort with: sarcoma cohort read")
    return read


def _stored(files: Any) -> dict[str, StoredTable]:
    """What the account says of its tables; accounts of earlier versions, or made by hand, say nothing."""
    if not isinstance(files, dict) or not set(files) <= {*TABLES, *BESIDE}:
        raise CohortError(f"{ACCOUNT}: files: names {' and '.join(TABLES)}, each with sha256 and rows")
    try:
        return {name: StoredTable.model_validate(told) for name, told in files.items()}
    except ValidationError as error:
        raise CohortError(first_problem(error, f"{ACCOUNT}: files")) from None


def _named(folder: Path, names: Iterable[str], stored: Mapping[str, StoredTable]) -> None:
    """Refuse an account that does not name a table."""
    for name in names:
        if name not in stored:
            raise CohortError(
                f"{folder.name[:80]}: there is no {name} that {ACCOUNT} names; make the cohort again with: "
                "sarcoma cohort read"
            )


def _another(folder: Path, name: str) -> CohortError:
    return CohortError(
        f"{name} is not the table that {ACCOUNT} was written with: a reading broke off, or a file was changed; make "
        f"the cohort again with: sarcoma cohort read … --to {folder.name[:80]}"
    )


def _places(folder: Path, name: str, stored: StoredTable | None) -> list[Path]:
    """Where the table may lie that the account names: while another is being written, the old one is kept."""
    return [folder / name] if stored is None else [folder / name, _kept(folder, name, stored)]


def _is_of(place: Path, stored: StoredTable) -> bool:
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == stored.sha256
    except OSError:
        return False


def _content(folder: Path, name: str, stored: StoredTable | None) -> bytes:
    for place in _places(folder, name, stored):
        try:
            content = place.read_bytes()
        except OSError:
            continue
        if stored is None or _sha256(content) == stored.sha256:
            return content
    raise _AnotherTableError(name)


def _frame(name: str, content: bytes, stored: StoredTable | None) -> pl.DataFrame:
    import polars as pl

    try:
        frame = pl.read_parquet(BytesIO(content))
    except Exception:
        raise CohortError(f"{name}: this is not a Parquet file that can be read") from None
    if stored is not None and frame.height != stored.rows:
        raise CohortError(f"{ACCOUNT}: files: {name}: rows is not the number of rows of the table")
    return frame


@contextmanager
def _old_tables_kept(folder: Path) -> Iterator[None]:
    """The tables that the account names stay beside those to come; if these do not all come, they are put back."""
    kept: dict[str, Path] = {}
    with suppress(CohortError):  # no account yet, or none that can be read: there is nothing to keep
        for name, stored in _stored(_account(folder).get("files", {})).items():
            place = _kept(folder, name, stored)
            if place.exists() or _keep(folder / name, place, stored):
                kept[name] = place
    try:
        yield
    except BaseException:
        for name, place in kept.items():
            with suppress(OSError):
                place.replace(folder / name)
        raise
    finally:
        for place in folder.glob(".kept-*"):
            with suppress(OSError):
                place.unlink()


def _keep(table: Path, place: Path, stored: StoredTable) -> bool:
    try:
        content = table.read_bytes()
        if _sha256(content) != stored.sha256:
            return False
        with suppress(OSError):
            os.link(table.resolve(), place)
            return True
        place.write_bytes(content)  # a disk without links
    except OSError:
        return False
    return True


def _kept(folder: Path, name: str, stored: StoredTable) -> Path:
    return folder / f".kept-{_plain(stored.sha256)}-{name}"


def _plain(sha256: str) -> str:
    return "".join(c for c in sha256 if c.isalnum())[:16]


def _parquet(table: pl.DataFrame) -> bytes:
    held = BytesIO()
    table.write_parquet(held)
    return held.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
