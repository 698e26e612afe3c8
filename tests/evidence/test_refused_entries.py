"""What an entry of the evidence must say: a clinician's edit that leaves a contradiction is refused, and told how."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sarcoma.errors import EvidenceError
from sarcoma.evidence import Condition, Library, library, staging_tables
from sarcoma.evidence.chapter import Part, Picture
from sarcoma.evidence.due_list import overdue_reviews, overdue_topics
from sarcoma.evidence.entry import review_state
from sarcoma.evidence.fact import Fact, Figure
from sarcoma.evidence.primary_site import sites_of
from sarcoma.evidence.site import RedFlag
from sarcoma.evidence.staging import StagingTables
from sarcoma.evidence.term import Term
from sarcoma.evidence.treatment import Treatment

LIB = library()
FIGURE = {
    "id": "x", "measure": "response-rate", "what": "response", "unit": "percent", "value": 40, "n": 50,
    "low": 30, "high": 50, "interval": "95% CI",
}  # fmt: skip
FACT = {
    "key": "X1", "section": "B", "topic": "spread-rate", "statement": "A statement.", "plain": "A sentence.",
    "sources": ["LOCHNER20"], "level": "cohort", "read_on": "2026-11-26", "figures": [FIGURE],
}  # fmt: skip
PICTURE = {
    "kind": "hundred",
    "title": "A",
    "figures": [{"figure": "B21.dm", "label": "it spread"}],
    "rest": "it did not",
}
PART = {"heading": "A part", "facts": ["B21"]}
TERM = {"kind": "broad", "id": "sarcoma", "names": ["sarcoma"], "types": ["leiomyosarcoma", "angiosarcoma"]}


def plain(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_unset=True)


FLAG = plain(next(flag for flag in LIB.red_flags.values() if flag.inferred is None))
ADVANCED = plain(next(t for t in LIB.treatments.values() if t.line is not None and t.withdrawal is None))


@pytest.mark.words
@pytest.mark.parametrize(
    ("model", "good", "change", "told"),
    [
        (Figure, FIGURE, {"value": None, "low": None, "high": None, "interval": None}, "give a value, a range"),
        (Figure, FIGURE, {"interval": None}, "say what low and high are"),
        (Figure, FIGURE, {"value": None, "low": 60}, "low is above high"),
        (Figure, FIGURE, {"value": 20}, "the value lies outside its interval"),
        (Figure, FIGURE, {"value": 60}, "the value lies outside its interval"),
        (Figure, FIGURE, {"high": 101}, "a percentage lies between 0 and 100"),
        (Figure, FIGURE, {"low": -1}, "a percentage lies between 0 and 100"),
        (Figure, FIGURE, {"marks": ["calculated"]}, "a calculated figure says how"),
        (Figure, FIGURE, {"numerator": 51}, "the count is larger than the number of people"),
        (Fact, FACT, {"figures": [FIGURE, FIGURE]}, "two figures have one id"),
        (Fact, FACT, {"read_on": "not-noted"}, "say when it was read"),
        (Picture, PICTURE, {"figures": []}, "name the figures"),
        (Picture, PICTURE, {"kind": "path"}, "name the figures"),
        (Picture, PICTURE, {"rest": None}, "say what is true of the others"),
        (Picture, PICTURE, {"kind": "bars"}, "say what is true of the others"),
        (Picture, PICTURE, {"steps": [{"name": "First", "text": "An operation."}]}, "name the steps"),
        (Part, PART, {"not_looked_for": True}, "a part with facts was looked for"),
        (Term, TERM, {"types": ["leiomyosarcoma"]}, "stands for two types or more"),
        (RedFlag, FLAG, {"inferred": "All of it."}, "what is inferred is said in `inferred`"),
        (Treatment, ADVANCED, {"line": None}, "`line` belongs to"),
        (Condition, {"field": "age", "at_least": 18}, {"field": None}, "a condition needs a `field`"),
        (Condition, {"field": "age", "at_least": 18}, {"in": ["1"]}, "give either"),
        (Condition, {"field": "age", "at_least": 18}, {"at_least": None}, "give either"),
        (Condition, {"field": "age", "at_least": 18}, {"any_of": [[]]}, "either `any_of` or a test of one `field`"),
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(
    model: type[BaseModel], good: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    model.model_validate(good)
    with pytest.raises(ValidationError, match=told):
        model.model_validate({**good, **change})


@pytest.mark.words
def test_a_treatment_that_left_a_market_says_so_twice_or_not_at_all() -> None:
    gone = next(t for t in LIB.treatments.values() if t.no_longer_available)
    assert {a.status for a in gone.withdrawn_by} == {"withdrawn"}
    with pytest.raises(ValidationError, match="a withdrawn treatment says so"):
        Treatment.model_validate({**plain(gone), "plain_withdrawal": None})


@pytest.mark.words
def test_the_staging_tables_are_refused_where_parts_do_not_fit() -> None:
    raw = plain(staging_tables())
    StagingTables.model_validate(raw)
    with pytest.raises(ValidationError, match="codes of structures invaded and their labels differ"):
        StagingTables.model_validate({**raw, "uterine_labels": {}})
    for chapter in raw["ajcc"]["chapters"]:
        other = {**chapter, "no_groups": None if chapter.get("no_groups") else "for no reason"}
        chapters = [other if c is chapter else c for c in raw["ajcc"]["chapters"]]
        with pytest.raises(ValidationError, match="give rows of groups, or no_groups with the reason"):
            StagingTables.model_validate({**raw, "ajcc": {**raw["ajcc"], "chapters": chapters}})


def test_structures_invaded_are_those_of_head_and_neck_and_of_the_uterus() -> None:
    tables = staging_tables()
    assert set(tables.invasion) == {*tables.head_neck_invasion, *tables.uterine_invasion}
    assert tables.most_foci >= 2


# -- what the library is asked


def test_a_topography_code_lies_where_it_is_listed_most_exactly() -> None:
    def where(code: str) -> tuple[str, ...]:
        return sites_of(code, LIB.primary_sites)

    assert where("C49.2") == ("lower-limb",)
    assert where("C49.1") == ("upper-limb",)
    assert where("C48.0") == ("retroperitoneum",)
    assert where("C49.3") == ("trunk", "thoracic-viscera"), "of which a record says the one, or both stay possible"
    assert where("C49") == (), "an organ alone says no place in it"
    assert where("Q99.9") == ()
    assert where("") == ()


def test_an_entry_names_a_type_a_family_or_any() -> None:
    family = LIB.groupings["family"].groups[0]
    inside, outside = family.types[0], next(t for t in LIB.types if t not in family.types)
    assert LIB.members_of(f"family:{family.id}") == family.types
    assert LIB.members_of("any") == tuple(LIB.types)
    assert LIB.members_of(inside) == (inside,)
    for named, of_inside, of_outside in (
        ("any", True, True),
        (f"family:{family.id}", True, False),
        (inside, True, False),
    ):
        assert (LIB.is_type(inside, named), LIB.is_type(outside, named)) == (of_inside, of_outside)
    with pytest.raises(EvidenceError, match="no-such"):
        LIB.members_of("family:no-such")


def test_what_is_asked_for_by_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no-such"):
        LIB.table("no-such")
    assert all(LIB.profiles_by_key[f"profile-{key}"] is profile for key, profile in LIB.profiles.items())
    assert all(LIB.statements_by_key[f"statement-{key}"] is one for key, one in LIB.general_statements.items())


def test_a_register_is_opened_at_its_list_as_far_as_it_can_tell_things_apart() -> None:
    everywhere, by_kind, front = (LIB.registers[key] for key in ("clinicaltrials-gov", "isrctn", "ctis"))
    assert "cond=clear%20cell%20sarcoma&locStr=Ireland" in everywhere.address("clear cell sarcoma", "Ireland")
    assert everywhere.address("GIST").endswith("?cond=GIST")
    assert everywhere.address("", "Ireland") == everywhere.home
    assert by_kind.address("GIST", "Ireland").endswith("?q=GIST")
    assert front.address("GIST", "Ireland") == front.home == "https://euclinicaltrials.eu/"


def test_topics_are_overdue_after_their_day_and_named_where_their_facts_are_shown() -> None:
    last = max(topic.review_by for topic in LIB.topics.values())
    first = min(topic.review_by for topic in LIB.topics.values())
    fact = next(iter(LIB.facts.values()))
    late = last + datetime.timedelta(days=1)
    assert set(overdue_topics(LIB, late)) == set(LIB.topics)
    assert list(overdue_topics(LIB, first - datetime.timedelta(days=1))) == []
    assert [topic.id for topic in overdue_reviews(LIB, [fact.key, "no such fact"], late)] == [fact.topic]
    assert overdue_reviews(LIB, [fact.key], first - datetime.timedelta(days=1)) == ()
    assert overdue_reviews(LIB, [fact.key]) == overdue_reviews(LIB, [fact.key], datetime.date.today())  # noqa: DTZ011


def test_what_is_shown_was_read_by_a_clinician_wholly_in_part_or_not() -> None:
    term = Term.model_validate(TERM)
    read = term.model_copy(update={"reviewed": object()})
    assert review_state([]) == "all"
    assert review_state([read, read]) == "all"
    assert review_state([read, term]) == "some"
    assert review_state([term]) == "none"


@pytest.mark.words
def test_a_condition_is_said_in_words_where_it_gives_no_reason() -> None:
    adult = {"field": "age", "at_least": 18, "below": 70}
    family = {"field": "histologic_type", "grouping": "family", "not_in": ["liposarcoma"]}
    either = Condition.model_validate({"any_of": [[adult, family], [{"field": "grade", "in": ["2", "3"]}]]})
    assert either.reason == (
        "(age at least 18 and below 70 and histologic type (family group): not liposarcoma) or (grade: 2 or 3)"
    )
    assert either.fields == ("age", "histologic_type", "grade")
    assert [test.field for test in either.tests] == ["age", "histologic_type", "grade"]
    assert Condition.model_validate({**adult, "because": "adults only"}).reason == "adults only"


def test_a_family_may_rest_on_an_assumption() -> None:
    family = LIB.groupings["family"]
    assumed = {t: text for group in family.groups for t, text in group.assumptions.items()}
    assert all(family.assumption_of(t) == text for t, text in assumed.items())
    assert family.assumption_of("no such type") is None


def test_an_entry_equals_another_of_its_kind_with_the_same_fields() -> None:
    term = Term.model_validate(TERM)
    assert term == Term.model_validate(TERM)
    assert term != Term.model_validate({**TERM, "names": ["other"]})
    assert term != TERM
    assert isinstance(LIB, Library)
