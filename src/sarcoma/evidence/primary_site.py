"""Named primary sites and the ICD-O-3 topography codes that lie in them."""

from __future__ import annotations

import re

from sarcoma._arguments import checked
from sarcoma.evidence.entry import Entry, Key, Text

TOPOGRAPHY = re.compile(r"^C\d\d(\.\d)?$")


class PrimarySite(Entry):
    """A place where a soft tissue sarcoma begins.

    `chapters` name the staging chapters that may apply; `deep` sites lie below the fascia by their anatomy.
    """

    id: Key
    name: Text
    plain: Text
    chapters: tuple[str, ...]
    topography: tuple[str, ...]
    synonyms: tuple[Text, ...] = ()
    extremity: bool = False
    deep: bool = False
    female: bool = False
    out_of_scope: Text | None = None

    @checked
    def specificity(self, code: str) -> int:
        """How exactly this site lists a topography code such as C49.1: 0 not at all, 3 by name."""
        best = 0
        for listed in self.topography:
            first, _, last = listed.partition("-")
            if not last:
                best = max(best, 3 if listed == code and "." in listed else 2 if code.startswith(listed) else 0)
            elif "." in first:
                best = max(best, 3 if first <= code <= last else 0)
            elif first <= code[:3] <= last:
                best = max(best, 1)
        return best


@checked
def sites_of(code: str, sites: dict[str, PrimarySite]) -> tuple[str, ...]:
    """The sites that a topography code may lie in, the most exact listing only; () for an unknown code."""
    marks = {site.id: site.specificity(code) for site in sites.values()}
    best = max(marks.values(), default=0)
    return tuple(site for site, mark in marks.items() if mark == best) if best else ()
