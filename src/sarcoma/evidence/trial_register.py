"""Trial registers: where trials are listed for everyone; their addresses name a kind and a country, and no person."""

from __future__ import annotations

from urllib.parse import quote

from sarcoma._arguments import checked
from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry, Key, Text


class TrialRegister(Entry):
    """A public register of trials.

    `search` is the address of its list for one kind (`{type}`), `search_in` the same for one country (`{country}`);
    without them only the front page is known. `first_for` names regulators whose countries it serves first.
    """

    id: Key
    name: Text
    holds: Text
    home: str = Field(pattern=r"^https://[a-z.]+/$")
    search: str | None = None
    search_in: str | None = None
    first_for: tuple[Key, ...] = ()

    @checked
    def address(self, type_name: str = "", country_name: str = "") -> str:
        """Its list for a kind and a country as far as it can tell them apart, else its front page."""
        if type_name and country_name and self.search_in:
            return self.search_in.format(type=quote(type_name), country=quote(country_name))
        if type_name and self.search:
            return self.search.format(type=quote(type_name))
        return self.home
