"""Entries that were stored are those that validation gives, and are used only while nothing changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sarcoma import _files
from sarcoma._files import read_folder
from sarcoma.errors import EvidenceError
from sarcoma.evidence import Library, stored
from sarcoma.evidence.entry import Frozen
from sarcoma.evidence.library import DATA, PARTS
from sarcoma.evidence.stored import Store, keep
from sarcoma.models import Card
from sarcoma.models.catalogue import CARDS, cards

pytestmark = pytest.mark.skipif(not _files.VALIDATED_IS_KEPT, reason="what is read is changed, so nothing is kept")


def same(one: Any, other: Any) -> bool:
    """Alike in types, in what was given, in every value and in order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Frozen):
        fields = list(type(one).model_fields)
        given = one.model_fields_set == other.model_fields_set
        return given and all(same(getattr(one, name), getattr(other, name)) for name in fields)
    return bool(one == other)


@pytest.fixture(scope="module")
def validated() -> Library:
    """The evidence, validated anew."""
    found = Library()
    found._being_kept = True
    return found


def test_all_evidence_comes_back_as_it_was_validated(validated: Library) -> None:
    assert Library().sources  # writes the store where it is not there yet
    parts = Store(DATA)
    for kind, name in PARTS.items():
        assert same(parts.part(kind), getattr(validated, name)), kind
    assert same(parts.part("StagingTables")["staging"], validated.staging)


def test_all_cards_come_back_as_they_were_validated() -> None:
    now = cards()
    raw = read_folder(CARDS)
    assert same(now, {one.id: one for one in (Card.model_validate(raw[name]) for name in raw)})
    assert same(now, Store(CARDS).part("Card"))


def test_an_edited_file_is_validated_again(tmp_path: Path) -> None:
    first = (DATA / "organisations.yaml").read_text(encoding="utf-8")
    place = tmp_path / "organisations.yaml"
    place.write_text(first, encoding="utf-8")
    (tmp_path / "countries.yaml").write_text((DATA / "countries.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    before = Library(tmp_path).organisations
    assert (tmp_path / stored.STORE).is_file()
    assert "Organisation" in Store(tmp_path)
    name = next(iter(before.values())).name
    place.write_text(first.replace(name, "Another name"), encoding="utf-8")
    _files._DIGESTS.clear()
    assert "Organisation" not in Store(tmp_path)
    assert next(iter(Library(tmp_path).organisations.values())).name == "Another name"
    place.write_text(first.replace("  name:", "  nome:", 1), encoding="utf-8")
    _files._DIGESTS.clear()
    with pytest.raises(EvidenceError):
        _ = Library(tmp_path).organisations


def test_other_code_and_broken_stores_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sources.yaml").write_text("[]", encoding="utf-8")
    keep(tmp_path, {"Source": dict})
    assert "Source" in Store(tmp_path)
    monkeypatch.setattr(stored, "_code_now", lambda: "other")
    assert "Source" not in Store(tmp_path)
    for text in ("", "{", "[]\n", '{"key": 1}\n'):
        (tmp_path / stored.STORE).write_text(text, encoding="utf-8")
        assert "Source" not in Store(tmp_path)


def test_files_that_are_as_they_were_noted_are_not_read_again(tmp_path: Path) -> None:
    read: list[str] = []

    def key_now() -> str:
        read.append("")
        return "key"

    place = tmp_path / "sources.yaml"
    place.write_text("[]", encoding="utf-8")
    kept = tmp_path / stored.STORE

    def fresh() -> bool:
        return _files.unchanged(kept, "key", key_now, [tmp_path])

    assert fresh()
    assert fresh()
    assert len(read) == 2  # changed a moment ago: it could have been changed again in that moment
    noted = kept.with_suffix(".seen")
    os.utime(noted, ns=(later := noted.stat().st_mtime_ns + 10**10, later))
    assert fresh()
    assert len(read) == 2
    times = place.stat()
    place.write_text("{}", encoding="utf-8")
    os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))  # a time that is set back deceives nobody
    assert fresh()
    assert len(read) == 3
    assert not _files.unchanged(kept, "other", key_now, [tmp_path])


@pytest.mark.parametrize("name", ["os:system", "sarcoma.errors:EvidenceError", "builtins:dict"])
def test_a_store_makes_entries_and_nothing_else(name: str) -> None:
    with pytest.raises(
        (EvidenceError, AttributeError), match=r"names something that is no entry|no attribute 'os'|NoneType"
    ):
        stored._class(name)


def test_what_changed_while_a_process_ran_is_noticed(tmp_path: Path) -> None:
    """By the process itself, and by those that come after it."""
    place = tmp_path / "sources.yaml"
    place.write_text("[]", encoding="utf-8")
    assert not Library(tmp_path).sources  # reads the folder, and writes the store
    place.write_text("[ ]", encoding="utf-8")
    assert "Source" not in Store(tmp_path)
    assert not (tmp_path / stored.STORE).with_suffix(".seen").exists()


def test_a_store_that_is_cut_short_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("[]", encoding="utf-8")
    keep(tmp_path, {"Source": dict})
    place = tmp_path / stored.STORE
    place.write_bytes(place.read_bytes()[:-1])
    assert "Source" not in Store(tmp_path)


def test_pydantic_writes_every_field_of_an_entry_that_comes_from_the_store() -> None:
    from pydantic import TypeAdapter

    for kind, part in (
        ("Fact", Store(DATA)),
        ("Treatment", Store(DATA)),
        ("Source", Store(DATA)),
        ("Card", Store(CARDS)),
    ):
        if kind not in part:
            assert Library().sources
            assert cards()
            part = Store(CARDS if kind == "Card" else DATA)  # noqa: PLW2901
        one = next(iter(part.part(kind).values()))
        written = TypeAdapter(type(one)).dump_python(one)
        assert written == one.model_dump()


def test_an_empty_rule_is_refused_where_a_rule_is_needed() -> None:
    from pydantic import ValidationError

    from sarcoma.evidence.model_caution import ModelCaution
    from sarcoma.evidence.risk_row import RiskRow

    for model in (ModelCaution, RiskRow):
        with pytest.raises(ValidationError, match="at least 1 item"):
            model.model_validate({"when": []})
