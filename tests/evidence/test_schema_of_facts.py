"""What the schema of a fact promises: how many people, who may lead, whom the people were restricted to, review."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from sarcoma.evidence import Fact, Figure, Source, library
from sarcoma.evidence.claim import Claim

LIB = library()


def share(**over: Any) -> Figure:
    given: dict[str, Any] = {"id": "x", "measure": "response-rate", "what": "response", "unit": "percent", "value": 40}
    return Figure.model_validate({**given, "n": 50, **over})


def fact(**over: Any) -> Fact:
    given: dict[str, Any] = {
        "key": "X1", "section": "B", "topic": "spread-rate", "statement": "A statement.", "plain": "A sentence.",
        "sources": ["LOCHNER20"], "level": "cohort", "read_on": "2026-11-26",
    }  # fmt: skip
    return Fact.model_validate({**given, **over})


@pytest.mark.words
def test_a_share_of_people_says_how_many_or_that_it_was_not_seen() -> None:
    with pytest.raises(ValidationError, match="n: not-seen"):
        share(n=None)
    assert share(n="not-seen").people_not_seen
    assert share(n="not-seen").people is None
    for one in LIB.facts.values():
        for figure in one.figures:
            if figure.is_share_of_people and figure.value is not None and "calculated" not in figure.marks:
                assert figure.n is not None, f"{one.key}.{figure.id}"


def test_a_share_of_unknown_or_few_people_neither_leads_nor_is_drawn() -> None:
    for n in ("not-seen", 19):
        assert not share(n=n).may_head
        assert not share(n=n).may_be_drawn
    assert share(n=20).may_head
    assert share(n=20).may_be_drawn


@pytest.mark.parametrize("mark", ["secondary", "superseded", "not-found-again", "weak-source"])
def test_a_figure_with_a_doubtful_mark_does_not_lead(mark: str) -> None:
    assert not share(marks=[mark]).may_head
    assert not fact(figures=[share().model_dump()], marks=[mark]).may_head(share())


def test_fewer_than_twenty_people_are_said_as_people() -> None:
    assert share(value=75, n=8).as_people == (6, 8)
    assert share(value=75, n=8, numerator=6).as_people == (6, 8)
    assert share(value=75, n=80).as_people is None
    assert share(value=40, n=8).as_people is None, "no count of eight is 40%"
    assert share(measure="overall-survival", value=75, n=8, horizon_months=60).as_people is None


def test_extremes_of_small_groups_stay_with_teams() -> None:
    none = share(value=0, n=10)
    assert fact(figures=[none.model_dump()]).audience_of(none) == "teams"
    assert fact(figures=[share().model_dump()]).audience_of(share()) == "everyone"


@pytest.mark.words
def test_a_count_larger_than_its_people_is_refused() -> None:
    with pytest.raises(ValidationError, match="larger than the number of people"):
        share(numerator=51)


@pytest.mark.words
def test_a_fact_says_when_it_was_read() -> None:
    with pytest.raises(ValidationError, match="read_on: 2026-11-26"):
        fact(read_on="not-noted")
    assert fact(read_on="not-noted", compiled_on="2026-07-31").compiled_on == datetime.date(2026, 7, 31)


def test_a_figure_may_have_a_level_of_its_own() -> None:
    relayed = share(level="secondary")
    assert fact().level_of(relayed) == "secondary"
    assert fact().level_of(share()) == "cohort"


def test_whom_people_were_restricted_to_is_read_from_the_rule_and_from_what_is_said_beside_it() -> None:
    rule = [
        {"field": "site", "in": ["lower-limb"]}, {"field": "grade", "in": ["2", "3"]},
        {"field": "size_cm", "above": 10, "at_most": 15}, {"field": "metastatic", "in": ["no"]},
        {"field": "age", "at_least": 18},
    ]  # fmt: skip
    figure = share(restricted_to={"depth": ["deep"]})
    people = fact(applies=rule, restricted_to={"period_end": 2001}).people_of(figure)
    assert people.site == ("lower-limb",)
    assert people.grade == ("2", "3")
    assert people.size_cm == (10, 15)
    assert people.depth == ("deep",)
    assert (people.situation, people.ages, people.period_end) == ("localised", "adults", 2001)
    assert people.nodes is None


def test_a_rule_of_a_figure_stands_for_that_of_its_fact() -> None:
    rule = [{"field": "site", "in": ["lower-limb"]}]
    people = fact(applies=rule).people_of(share(applies=[{"field": "metastatic", "in": ["yes"]}]))
    assert people.site is None
    assert people.situation == "metastatic"


def test_what_is_counted_and_how_other_deaths_are_treated_follow_from_the_measure_where_it_says_so() -> None:
    alive = share(measure="overall-survival", horizon_months=60)
    assert alive.what_counts == "death-of-any-cause"
    assert fact().estimand_of(alive) == "all-cause"
    spread = share(measure="distant-metastasis", horizon_months=60)
    assert spread.what_counts == "distant-metastasis"
    assert fact().estimand_of(spread) == "not-stated"
    assert fact().estimand_of(share(measure="distant-metastasis", numerator=20)) == "crude"


@pytest.mark.words
def test_a_source_can_be_retracted_and_its_citation_says_so() -> None:
    source = Source.model_validate(
        {
            "key": "X",
            "kind": "article",
            "title": "A title",
            "authors": "Doe J",
            "status": {"what": "retracted", "on": "2026-10-01", "because": "the data could not be shown."},
        }
    )
    assert source.cite().startswith("RETRACTED on 2026-10-01 (the data could not be shown).")
    assert source.status is not None
    assert not source.status.may_lead


def test_an_entry_is_reviewed_by_nobody_until_a_name_and_a_day_are_given() -> None:
    claim = next(iter(LIB.claims.values())).model_dump()
    assert Claim.model_validate({**claim, "reviewed": "none"}).reviewed is None
    reviewed = Claim.model_validate({**claim, "reviewed": {"name": "Dr A", "date": "2026-11-01"}}).reviewed
    assert reviewed is not None
    assert reviewed.name == "Dr A"
    with pytest.raises(ValidationError):
        Claim.model_validate({**claim, "reviewed": "yes"})


@pytest.mark.parametrize(
    ("key", "situation", "end_point", "estimand", "horizon"),
    [
        ("B21.dm", "localised", "distant-metastasis", "crude", None),
        ("B13.te_ever", "mixed", "distant-metastasis", "not-stated", None),
        ("B14.dm5", "localised", "distant-metastasis", "crude", 60),
        ("C4.metastasis", "localised", "distant-metastasis", "crude", 60),
        ("C5.death_g3", "localised", "death-of-the-sarcoma", "crude", None),
        ("LUND25-TYPE-GRADE.lms_g3_5y", "localised", "distant-metastasis", "net", 60),
        ("M3-RAUT19.survival", "recurrent", "death-of-any-cause", "all-cause", 72),
        ("F1-SFA24.distant", "metastatic-at-diagnosis", "death-of-the-sarcoma", "net", 60),
        ("F1-SFA24.all", "mixed", "death-of-the-sarcoma", "net", 60),
        ("F3-RMS-YOUNG.event_free", "metastatic", "relapse-or-death", "not-stated", 60),
        ("OS2.five", "metastatic", "death-of-any-cause", "all-cause", 60),
        ("M5-LM-179670.metachronous", "metastatic-later", "death-of-any-cause", "all-cause", None),
        ("ULMS-PMC5775016.five", None, "death-of-any-cause", "all-cause", 60),
    ],
)
def test_who_was_counted_and_what_is_data(
    key: str, situation: str | None, end_point: str, estimand: str, horizon: float | None
) -> None:
    one, figure = LIB.figure(key)
    assert one.people_of(figure).situation == situation
    assert figure.what_counts == end_point
    assert one.estimand_of(figure) == estimand
    assert figure.horizon_months == horizon


def test_high_grade_cohorts_of_a_limb_are_known_as_such() -> None:
    for key in ("C4.metastasis", "C15.metastasis", "SMOLLE20-HIGH.metastasis"):
        one, figure = LIB.figure(key)
        people = one.people_of(figure)
        assert people.grade == ("2", "3")
        assert people.site == ("upper-limb", "lower-limb")


def test_a_cohort_of_adults_and_children_is_known_as_such() -> None:
    one, figure = LIB.figure("F3-RMS-YOUNG.five")
    assert one.people_of(figure).ages == "all"
    one, figure = LIB.figure("NCR-EXTREMITY.young")
    assert one.people_of(figure).ages is None
