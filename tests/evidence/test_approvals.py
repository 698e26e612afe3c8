"""What regulators decided: as in the material, with the day of the search; nothing found is never "not approved"."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from sarcoma.errors import EvidenceError
from sarcoma.evidence import Approval, Treatment, library

# treatment, regulator, status, date
DECISIONS = [
    ("afami-cel", "FDA", "accelerated", "2024-08-02"),
    ("afami-cel", "EMA", "none-seen", None),
    ("lete-cel", "FDA", "designation", "2025-01"),
    ("lete-cel", "FDA", "none-seen", None),
    ("tazemetostat", "FDA", "accelerated", "2020-01-23"),
    ("tazemetostat", "manufacturer", "withdrawn", "2026-03-09"),
    ("tazemetostat", "FDA", "withdrawn", "2026-03-27"),
    ("tazemetostat", "FDA", "withdrawn", "2026-06-22"),
    ("tazemetostat", "NMPA", "withdrawn", "2026-03-09"),
    ("anlotinib", "NMPA", "approved", "2025-06-30"),
    ("anlotinib", "NMPA", "under-review", None),
    ("anlotinib", "FDA", "none-seen", None),
    ("atezolizumab", "FDA", "approved", "2022-12-09"),
    ("atezolizumab", "PMDA", "approved", "2025-02-20"),
    ("pembrolizumab", "FDA", "none-seen", None),
    ("trabectedin", "FDA", "approved", "2015-10"),
    ("trabectedin", "EMA", "refused", "2003"),
    ("trabectedin", "EMA", "approved", "2007"),
    ("trabectedin", "NICE", "approved", None),
    ("eribulin", "FDA", "approved", "2016-01-28"),
    ("eribulin", "EMA", "approved", "2016-05"),
    ("eribulin", "PMDA", "approved", "2016-02"),
    ("pazopanib", "FDA", "approved", "2012-04"),
    ("pazopanib", "EMA", "approved", "2012-08"),
    ("pazopanib", "Health-Canada", "not-looked-for", None),
    ("regorafenib", "FDA", "off-label", None),
    ("larotrectinib", "FDA", "accelerated", "2018-11"),
    ("larotrectinib", "FDA", "approved", "2025-04-10"),
    ("larotrectinib", "EMA", "conditional", None),
    ("larotrectinib", "NICE", "approved", None),
    ("entrectinib", "FDA", "accelerated", "2019-08-15"),
    ("entrectinib", "FDA", "accelerated", "2023-10"),
    ("repotrectinib", "FDA", "accelerated", "2024-06-13"),
    ("repotrectinib", "EMA", "under-review", "2024"),
    ("crizotinib", "FDA", "approved", "2022-07-14"),
    ("crizotinib", "EMA", "approved", "2024-06-27"),
    ("imatinib", "FDA", "not-looked-for", None),
    ("nab-sirolimus", "FDA", "approved", "2021-11-22"),
    ("vimseltinib", "FDA", "approved", "2025-02-14"),
    ("vimseltinib", "EMA", "under-review", "2025-07"),
    ("vimseltinib", "MHRA", "approved", "2026-08-14"),
    ("pimicotinib", "NMPA", "approved", "2025-12-22"),
    ("pimicotinib", "FDA", "under-review", "2026-01"),
    ("pexidartinib", "FDA", "approved", "2019-08-02"),
    ("pexidartinib", "EMA", "refused", "2020-10-28"),
    ("nirogacestat", "EMA", "approved", "2025-08-18"),
    ("nirogacestat", "MHRA", "approved", "2026-01-09"),
    ("isolated-limb-perfusion", "EMA", "approved", "1998"),
    ("olaratumab", "FDA", "not-looked-for", None),
]

EVERY = [(t, a) for t in library().treatments.values() for a in t.approvals]


@pytest.mark.parametrize(("treatment", "regulator", "status", "date"), DECISIONS)
def test_a_decision_is_that_of_the_material(treatment: str, regulator: str, status: str, date: str | None) -> None:
    assert (regulator, status, date) in {
        (a.regulator, a.status, a.date) for a in library().treatments[treatment].approvals
    }


def test_every_decision_names_a_regulator_its_sources_and_the_day_of_the_search() -> None:
    for t, a in EVERY:
        assert a.regulator in library().regulators, t.id
        assert set(a.sources) <= set(library().sources), t.id
        if a.status == "not-looked-for":
            assert (a.searched_on, a.sources) == (None, ()), t.id
        else:
            assert a.sources, (t.id, a.regulator)
            assert a.searched_on == datetime.date(2026, 11, 26), t.id
        assert a.date or a.note or a.status in ("none-seen", "not-looked-for"), f"{t.id}: say that no date was seen"


def test_a_decision_read_only_in_a_relay_is_marked_so() -> None:
    for t, a in EVERY:
        if a.sources and all("secondary" in library().sources[s].marks for s in a.sources):
            assert "secondary" in a.marks, (t.id, a.regulator)


def test_a_year_from_memory_is_marked_and_only_there() -> None:
    marked = {(t.id, a.regulator, a.date) for t, a in EVERY if "from-memory" in a.marks}
    assert marked == {("trabectedin", "FDA", "2015-10"), ("trabectedin", "EMA", "2007")}


def test_where_nobody_looked_it_says_so_and_never_not_approved() -> None:
    told = library().approvals_of("pazopanib")
    assert {a.regulator for a in told} == {r.id for r in library().regulators.values() if r.does != "makes"}
    by = {a.regulator: a.status for a in told}
    assert by["TGA"] == by["NMPA"] == "not-looked-for"
    assert by["MHRA"] == "none-seen"
    for _t, a in EVERY:
        assert not a.indication.startswith("not approved")


@pytest.mark.parametrize(
    ("country", "first"),
    [("UK", ["MHRA", "NICE"]), ("Deutschland", ["EMA"]), ("España", ["EMA"]), ("usa", ["FDA"]), ("中国", ["NMPA"]),
     ("Japan", ["PMDA"]), ("Canada", ["Health-Canada"]), ("Australia", ["TGA"]), ("Norge", ["EMA"])],
)  # fmt: skip
def test_the_readers_country_comes_first(country: str, first: list[str]) -> None:
    order = list(dict.fromkeys(a.regulator for a in library().approvals_of("trabectedin", country)))
    assert order[: len(first)] == first
    assert len(order) == 8


def test_a_country_without_a_known_regulator_leaves_the_order_as_it_is() -> None:
    assert library().approvals_of("trabectedin", "Switzerland") == library().approvals_of("trabectedin")


@pytest.mark.words
def test_a_name_nobody_uses_gets_an_example() -> None:
    with pytest.raises(EvidenceError, match="UK, Germany"):
        library().country("Atlantis")
    with pytest.raises(EvidenceError, match="pazopanib"):
        library().approvals_of("no-such")


@pytest.mark.words
def test_a_withdrawn_treatment_cannot_be_missed() -> None:
    withdrawn = [t for t in library().treatments.values() if t.withdrawn_by]
    assert [t.id for t in withdrawn] == ["tazemetostat"]
    (drug,) = withdrawn
    assert drug.no_longer_available
    assert "WITHDRAWN" in (drug.withdrawal or "")
    assert "no longer available" in (drug.plain_withdrawal or "")


@pytest.mark.words
def test_a_withdrawal_without_words_is_refused() -> None:
    plain: dict[str, Any] = {
        "id": "x", "name": "X", "plain_name": "x", "kind": "targeted", "types": ["any"], "setting": "advanced",
        "line": "any", "statement": "s", "plain": "p", "sources": ["S"], "checked": "2026-11-26",
        "approvals": [{"regulator": "FDA", "status": "withdrawn", "indication": "all", "searched_on": "2026-11-26",
                       "sources": ["S"]}],
    }  # fmt: skip
    with pytest.raises(ValidationError, match="withdrawal"):
        Treatment.model_validate(plain)


@pytest.mark.words
def test_a_search_without_a_day_is_refused() -> None:
    with pytest.raises(ValidationError, match="searched_on"):
        Approval(regulator="FDA", status="none-seen", indication="x", searched_on=None, sources=("S",))


def test_conditions_are_data() -> None:
    (first, *_) = library().treatments["afami-cel"].approvals
    assert first.conditions.alleles_forbidden == ("A*02:05P",)
    assert len(first.conditions.alleles_one_of) == 4
    assert (first.conditions.age_from, first.conditions.types) == (18, ("synovial-sarcoma",))
    trial = library().treatments["lete-cel"].approvals[1].conditions
    assert "A*02:05" in trial.alleles_one_of
    children = [a.conditions for a in library().treatments["crizotinib"].approvals if a.regulator == "EMA"]
    assert [(c.age_from, c.age_below) for c in children] == [(6, 18), (1, 18)]
    for t, a in EVERY:
        for name in (*a.conditions.types, *a.conditions.excluded_types):
            assert library().members_of(name), (t.id, name)


def test_no_name_of_a_country_stands_for_two() -> None:
    words = [w.casefold() for c in library().countries.values() for w in {c.id, c.name.casefold(), *c.aliases}]
    assert library().country("u.k.").id == "united-kingdom"
    assert words
    for organisation in library().organisations.values():
        assert library().country(organisation.country)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("UK", "united-kingdom"),
        ("usa", "united-states"),
        ("EE. UU.", "united-states"),
        ("Deutschland", "germany"),
        ("DEU", "germany"),
        ("Frankreich", "france"),
        ("Vereinigtes Königreich", "united-kingdom"),
        ("日本", "japan"),
        ("IN", "india"),
        ("Kenia", "kenya"),
        ("Türkei", "turkiye"),
        ("cote d'ivoire", "cote-d-ivoire"),
    ],
)
def test_a_country_is_found_by_its_name_in_any_language(said: str, found: str) -> None:
    country = library().country(said)
    assert country.id == found
    assert library().country(country.id).id == found
    assert library().country(country.name).id == found


def test_of_a_country_that_is_not_listed_nothing_is_claimed() -> None:
    kenya = library().country("Kenya")
    assert (kenya.regulators, kenya.no_organisation_found_on) == ((), None)
    assert library().organisations_in("Kenia") == ()


@pytest.mark.words
@pytest.mark.parametrize("said", ["Kongo", "EU", "", ".", "x" * 10_000])
def test_a_name_of_two_countries_or_of_none_is_refused(said: str) -> None:
    with pytest.raises(EvidenceError, match="no country is called"):
        library().country(said)
