"""Bring the table of elements in docs/fhir.md up to date: python scripts/elements.py [--check]"""

from __future__ import annotations

import sys
from pathlib import Path

from sarcoma.exchange.elements import elements_table

PAGE = Path(__file__).parent.parent / "docs" / "fhir.md"
START, END = "<!-- elements: made by scripts/elements.py -->\n", "<!-- /elements -->"


def with_table(text: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{elements_table()}{END}{after}"


def main() -> int:
    text = PAGE.read_text("utf-8")
    made = with_table(text)
    if "--check" in sys.argv[1:]:
        return int(made != text)
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
