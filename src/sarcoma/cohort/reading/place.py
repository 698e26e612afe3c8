"""Where a source lies: a file, a folder, or the address of a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sarcoma._arguments import checked
from sarcoma.errors import CohortError

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


@dataclass(frozen=True)
class Place:
    """A place that readers look at: `path` of a file or folder, or else the `address` of a database.

    Of a file, `sheet` and `header_row` (from 1) say where in it the table stands. Of a database, `timeout` is the most
    seconds that a query may take, and `codes` a file of one's own with what concepts mean.

    An address may hold a password, so neither `name` nor the text form repeats more of it than its scheme.
    """

    path: Path | None = None
    address: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    timeout: float | None = None
    codes: Path | None = None

    @classmethod
    @checked
    def of(cls, where: Place | Path | str) -> Place:
        """A place from how people write it: text such as `postgresql://host/registry` is an address."""
        if isinstance(where, Place):
            return where
        if isinstance(where, str) and _ADDRESS.match(where) and not Path(where).exists():
            return cls(address=where)
        return cls(Path(where))

    @property
    def name(self) -> str:
        """What it is called in messages."""
        if self.path is not None:
            return self.path.resolve().name[:80] or str(self.path)[:80]
        scheme = _ADDRESS.match(self.address or "")
        return f"{scheme[1][:20]}://…" if scheme is not None else "an address"

    def __repr__(self) -> str:
        return f"Place({self.name!r})"

    @property
    def file(self) -> Path | None:
        """Its path, where it is a file."""
        return self.path if self.path is not None and self.path.is_file() else None

    @property
    def folder(self) -> Path | None:
        """Its path, where it is a folder."""
        return self.path if self.path is not None and self.path.is_dir() else None

    def holds(self, *names: str) -> bool:
        """Whether it is a folder with all these files."""
        return self.folder is not None and all((self.folder / name).is_file() for name in names)

    def member(self, name: str) -> Path:
        """A file of the folder.

        Raises
        ------
        CohortError : the place is no folder.
        """
        if self.folder is None:
            raise CohortError(f"{self.name}: this is no folder")
        return self.folder / name
