"""COG's stage and risk group: rows as rules, no place that the table does not place, nobody low without both tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sarcoma.evidence import Condition, RiskRow, library
from sarcoma.patient import rules

LIB = library()
ROWS = list(LIB.risk_rows.values())

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


def conditions(rule: tuple[Condition, ...]) -> Iterator[Condition]:
    for condition in rule:
        yield condition
        for every in condition.any_of or ():
            yield from conditions(every)


@each_row
def test_every_name_in_a_row_resolves(row: RiskRow) -> None:
    rules.check_rule(row.when)
    assert all(t in LIB.types for t in row.types)
    assert all(s in LIB.sources for s in row.sources)


@each_row
def test_no_row_places_a_site_on_which_the_editions_differ_or_that_is_not_named(row: RiskRow) -> None:
    placed = {code for c in conditions(row.when) if c.field == "site_detail" for code in c.in_ or ()}
    placed |= {code for c in conditions(row.when) if c.field == "site" for code in c.in_ or ()}
    assert not placed & {"kidney", "biliary-tract", "scalp", "vulva", "vagina", "cervix", "spermatic-cord", "uterus"}


@pytest.mark.parametrize("row", ["cog-very-low", "cog-low"])
def test_nobody_is_low_while_myod1_and_tp53_are_changed_or_not_known(row: str) -> None:
    (test,) = [c for c in LIB.risk_rows[row].when if c.field == "myod1_or_tp53_changed"]
    assert test.in_ == ("no",)


def test_rows_that_were_not_found_again_are_marked() -> None:
    marked = {row.id for row in ROWS if "not-found-again" in row.marks}
    assert marked == {"cog-intermediate", "cog-high"}
