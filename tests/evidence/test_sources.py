"""Sources can be found and are cited themselves, not their copies; organisations carry an address and no number."""

from __future__ import annotations

import datetime
import re
from urllib.parse import urlsplit

import pytest

from sarcoma._files import read_yaml
from sarcoma.evidence.claim import Organisation
from sarcoma.evidence.library import DATA
from sarcoma.evidence.source import Source

COPIES = (
    "acemap",
    "academia.edu",
    "booksci",
    "ehb.be",
    "hep.com.cn",
    "laibokeji",
    "medilib",
    "medinjuz",
    "medpath",
    "newssnap",
    "ogkologos",
    "oladoctor",
    "researcher.life",
    "scilit",
    "study.space",
    "themednet",
    "unboundmedicine",
    "uptodate",
)
"""Hosts of mirrors, reposts and indexes: they may be named in words, never given as the address of a work."""

MODELS_CITE = {"KATTAN02", "KATTAN03", "SEER-KATTAN15", "GRONCHI13", "SQUIRES21", "RPS-REVIEW", "KANG14", "LR2008",
               "FISHER18", "KEUNG18", "AJCC8", "FNCLCC", "FIGO-UTERINE"}  # fmt: skip

TELEPHONE = re.compile(r"\+?\d(?:[\s()./–-]?\d){5,}")


def _read(name: str) -> list[dict[str, object]]:
    path = DATA / f"{name}.yaml"
    return list(read_yaml(path.read_text(encoding="utf-8"), path.name))


RAW_SOURCES = _read("sources")
RAW_ORGANISATIONS = _read("organisations")
SOURCES = [Source.model_validate(raw) for raw in RAW_SOURCES]
ORGANISATIONS = [Organisation.model_validate(raw) for raw in RAW_ORGANISATIONS]

each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
each_organisation = pytest.mark.parametrize("organisation", ORGANISATIONS, ids=lambda organisation: organisation.id)


def test_source_keys_are_unique() -> None:
    keys = [source.key for source in SOURCES]
    assert len(keys) == len(set(keys))


def test_sources_of_the_models_and_of_staging_are_there() -> None:
    assert not MODELS_CITE - {source.key for source in SOURCES}


@each_source
def test_a_source_can_be_found_or_says_where_it_was_read(source: Source) -> None:
    identified = source.pmid or source.pmcid or source.doi or source.url
    described = source.title or source.reference or source.journal
    assert identified or described
    assert len(source.cite()) > len(source.key)
    if source.link is not None:
        assert urlsplit(source.link).scheme in {"http", "https"}


@each_source
def test_identifiers_have_the_form_of_identifiers(source: Source) -> None:
    if source.pmid is not None:
        assert re.fullmatch(r"\d{6,8}", source.pmid)
    if source.pmcid is not None:
        assert re.fullmatch(r"PMC\d{6,8}", source.pmcid)
    if source.doi is not None:
        assert re.fullmatch(r"10\.\d{4,5}/\S+", source.doi)
    if source.year is not None:
        assert 1980 <= source.year <= 2026


@each_source
def test_the_address_is_whole_and_not_a_copys(source: Source) -> None:
    if source.url is None:
        return
    parts = urlsplit(source.url)
    assert parts.scheme in {"http", "https"}
    assert parts.netloc
    assert "…" not in source.url
    assert "..." not in source.url
    assert not re.search(r"\s", source.url)
    assert not [host for host in COPIES if host in source.url.lower()]
    assert not re.match(r"\d+\.\d+\.\d+\.\d+", parts.netloc)


@each_source
def test_a_relay_is_named_and_marked(source: Source) -> None:
    if source.seen == "relay":
        assert source.relayed_by, "say in words which copy was read"
    if source.relayed_by:
        assert "secondary" in source.marks
        assert source.seen == "relay"


@each_source
def test_what_is_from_memory_is_named(source: Source) -> None:
    if "from-memory" in source.marks:
        assert source.note
        assert "memory" in source.note


def test_one_work_has_one_key() -> None:
    """Two keys may share an identifier only where one is named as a part of the other."""
    by_identifier: dict[str, list[Source]] = {}
    for source in SOURCES:
        for identifier in filter(None, (source.pmid, source.pmcid, source.doi, source.url)):
            by_identifier.setdefault(identifier, []).append(source)
    for sharing in by_identifier.values():
        keys = {source.key for source in sharing}
        unexplained = [s.key for s in sharing if not any(k != s.key and k in (s.reference or "") for k in keys)]
        assert len(unexplained) <= 1


def test_organisation_ids_are_unique() -> None:
    ids = [organisation.id for organisation in ORGANISATIONS]
    assert len(ids) == len(set(ids))


@each_organisation
def test_an_organisation_has_an_address(organisation: Organisation) -> None:
    parts = urlsplit(organisation.url)
    assert parts.scheme in {"http", "https"}
    assert "." in parts.netloc
    assert "…" not in organisation.url
    assert not re.search(r"\s", organisation.url)
    assert not [host for host in COPIES if host in organisation.url.lower()]


@each_organisation
def test_an_organisation_does_not_open_on_survival_figures(organisation: Organisation) -> None:
    assert not re.search(r"surviv|prognos|statistic", organisation.url, re.IGNORECASE)


@each_organisation
def test_an_organisation_carries_no_telephone_number(organisation: Organisation) -> None:
    for text in (organisation.name, organisation.country, organisation.offers, organisation.read_on, organisation.url):
        assert not TELEPHONE.search(text), text


@each_organisation
def test_an_organisation_says_what_where_and_when(organisation: Organisation) -> None:
    assert organisation.languages
    assert all(re.fullmatch(r"[a-z]{2}", language) for language in organisation.languages)
    assert organisation.read_on
    assert organisation.checked <= datetime.date(2026, 11, 27)
    assert "\n" not in organisation.offers


@pytest.mark.parametrize("number", ["0808 808 0000", "+49 69 123456", "1-800-227-2345", "(02) 9876 5432"])
def test_a_telephone_number_would_be_noticed(number: str) -> None:
    assert TELEPHONE.search(f"Call {number} today")


@pytest.mark.parametrize("text", ["news of 2019 and 2020", "map of March 2023", "/page/1100/rare-cancers"])
def test_years_and_paths_are_no_telephone_numbers(text: str) -> None:
    assert not TELEPHONE.search(text)
