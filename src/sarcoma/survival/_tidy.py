"""Tidy output: the one place where a result becomes a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


class Tidy:
    """A result with named columns of one length; `to_frame` gives them as a Polars frame."""

    def columns(self) -> dict[str, Any]:
        """Column name → array, all of one length."""
        raise NotImplementedError

    def to_frame(self) -> pl.DataFrame:
        """The result as a tidy frame, one row an estimate."""
        import polars as pl

        return pl.DataFrame(self.columns())
