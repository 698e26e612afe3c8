"""The worked examples of the documentation give what the pages say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    page for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if ">>> " in page.read_text("utf-8")
]


@pytest.mark.words
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_worked_examples(page: Path) -> None:
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert tried > 0
    assert failed == 0


def test_the_recipe_on_the_page_is_one() -> None:
    from sarcoma._files import read_yaml
    from sarcoma.fitting.recipe import recipe_of

    page = (ROOT / "docs" / "fitting.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert recipe_of(read_yaml(text, "the page")).id == "our-course"
