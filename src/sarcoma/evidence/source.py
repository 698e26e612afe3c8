"""Source: a publication or page that figures come from."""

from __future__ import annotations

import datetime
from typing import Literal

from sarcoma._frozen import model_validator
from sarcoma.evidence.entry import Entry, Key, Mark, Shelved, Text

SourceKind = Literal[
    "article",
    "review",
    "systematic-review",
    "guideline",
    "congress-abstract",
    "registry-page",
    "charity-page",
    "health-page",
    "news",
    "regulator",
    "textbook",
    "terminology",
    "software",
    "preprint",
]


class SourceStatus(Entry):
    """What became of a source after it was published. `by` is the source that replaces or corrects it."""

    what: Literal["retracted", "withdrawn", "superseded", "corrected"]
    on: datetime.date | None = None  # None: the day was not seen
    because: Text
    by: Key | None = None

    @property
    def may_lead(self) -> bool:
        """Whether its figures may still head an answer or be drawn."""
        return self.what == "corrected"


class Source(Shelved):
    """A publication. Cite the work itself; `relayed_by` names the copy when only a copy was seen.

    `authors` is None when the excerpt that was read did not show them.
    """

    key: Key
    kind: SourceKind
    title: Text | None = None
    authors: Text | None = None
    year: int | None = None
    journal: Text | None = None
    reference: Text | None = None  # volume, issue, pages
    pmid: str | None = None
    pmcid: str | None = None
    doi: str | None = None
    url: str | None = None
    seen: Literal["abstract", "full-text", "page", "relay", "data", "code"] = "abstract"
    relayed_by: Text | None = None
    status: SourceStatus | None = None
    marks: tuple[Mark, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Source:
        if not (self.pmid or self.pmcid or self.doi or self.url or self.title or self.reference):
            raise ValueError(f"source {self.key}: give a PMID, PMCID, DOI, URL, title or reference")
        return self

    @property
    def link(self) -> str | None:
        """The best permanent address, or None."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        if self.pmcid:
            return f"https://pmc.ncbi.nlm.nih.gov/articles/{self.pmcid}/"
        return self.url

    def cite(self) -> str:
        """One line: who, what, where, when."""
        head = self.authors or "Authors not visible in what was read"
        parts = [head, self.title, self.journal, str(self.year) if self.year else None]
        line = ". ".join(p.rstrip(".") for p in parts if p) + (f"; {self.reference}." if self.reference else ".")
        if self.status is None:
            return line
        day = f" on {self.status.on.isoformat()}" if self.status.on else ""
        return f"{self.status.what.upper()}{day} ({self.status.because.rstrip('.')}). {line}"
