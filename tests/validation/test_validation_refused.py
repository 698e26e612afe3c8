"""Who is used in a validation, and what is refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from validation_cases import card_of, cohort_of, drawn, judged, small

from sarcoma.cli import main
from sarcoma.errors import CohortError
from sarcoma.models import card
from sarcoma.report.validated import validated_document
from sarcoma.validation import Subject, validate


def test_everyone_is_accounted_for(simulated: Any) -> None:
    model = judged(card("kattan-2002"), simulated)
    assert model.flow.start == model.flow.used + sum(n for _, n in model.flow.out)
    assert model.flow.used == len(model.rows) == len(model.risk)
    assert len(model.rules) > 5


@pytest.mark.words
def test_a_horizon_that_few_people_reach_allows_discrimination_only() -> None:
    model = judged(card_of(h0={24: 0.15, 108: 0.8}), small())
    first, last = model.horizons
    assert first.discrimination_only is None
    assert last.reached < 20
    assert "only" in str(last.discrimination_only)
    assert "24" in str(last.discrimination_only)
    assert set(last.measures) <= {"concordance", "AUC"}
    assert last.observed is None
    assert model.judged_months == 24


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": ["alive"] * 60}, "nobody has the event"),
        ({"status": ["other"] * 60}, "nobody has the event"),
        ({"age": [10] * 60}, "0 patients are left"),
        ({"age": [50] + [10] * 59}, "1 patient is left"),
    ],
)
def test_cohorts_that_cannot_judge_are_refused_with_the_reason(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CohortError, match=message):
        judged(card_of(), small(**change))


@pytest.mark.words
def test_an_outcome_that_does_not_fit_is_refused() -> None:
    unknown = small(status=["gone" if i % 2 else "alive" for i in range(60)])
    with pytest.raises(CohortError, match="--as death"):
        validate(as_unknown(unknown), [Subject.of_card(card_of())])
    forced = validate(as_unknown(unknown), [Subject.of_card(card_of(), instead="death")]).models[0]
    assert any("another thing" in note for note in forced.notes)
    assert forced.ladder is None


def as_unknown(_: Any) -> Any:
    """Deaths without a cause."""
    mapping = """
name: made-up people
id: id
origin: {event: surgery}
fields: {age: age, size_cm: size, grade: grade, surgery: {value: resected}}
events:
  - {event: death, when: {status: dead}, column: months, unit: months}
  - {event: last-contact, when: {status: alive}, column: months, unit: months}
"""
    n = 60
    return cohort_of(
        {
            "age": [50 + i % 30 for i in range(n)],
            "size": [2 + i % 12 for i in range(n)],
            "grade": [1 + i % 3 for i in range(n)],
            "months": [1.0 + 2 * i for i in range(n)],
            "status": ["dead" if i % 2 else "alive" for i in range(n)],
        },
        mapping,
    )


@pytest.mark.words
def test_predictions_outside_0_to_1_are_refused() -> None:
    column = Subject("column:said", "x", "death", "death", "all-cause", "surgery", (24.0,), column="said")
    with pytest.raises(CohortError, match="1 predictions lie outside 0 to 1"):
        validate(small(said=[0.2] * 59 + [1.2]), [column])
    with pytest.raises(CohortError, match="keeps no such column"):
        validate(small(), [Subject("column:no", "x", "death", "d", "all-cause", "surgery", (24.0,), column="no")])


@pytest.mark.words
@pytest.mark.parametrize(
    ("h0", "message"),
    [
        ({1: 0.1, 5: 0.40}, "look like years.* 60 for 5 years"),
        ({730: 0.2, 1825: 0.5}, "looks like days.* 60 for 5 years"),
    ],
)
def test_models_with_other_time_units_are_refused(h0: dict[int, float], message: str) -> None:
    with pytest.raises(CohortError, match=message):
        judged(card_of(h0=h0), drawn(600, seed=16, follow=(80.0, 140.0)))
    assert judged(card_of(h0={6: 0.04, 12: 0.08}), drawn(600, seed=16)).horizons  # months that could be years


@pytest.mark.words
@pytest.mark.parametrize(
    ("endpoint", "estimand", "message"),
    [("death", "net", "is all-cause, not net"), ("sarcoma-death", "all-cause", "crude.* or .*net")],
)
def test_an_estimand_that_the_end_point_cannot_have_is_refused(endpoint: Any, estimand: Any, message: str) -> None:
    column = Subject("column:said", "x", endpoint, "death", estimand, "surgery", (24.0,), column="said")
    with pytest.raises(CohortError, match=message):
        validate(small(said=[0.2] * 60), [column])


@pytest.mark.words
def test_a_horizon_before_the_first_event_is_left_out_and_named() -> None:
    late = small(months=[30.0 + 2 * i for i in range(60)])
    model = judged(card_of(), late)
    assert [h.months for h in model.horizons] == [60]
    assert any("Nobody had the event by 24 months" in note for note in model.notes)
    with pytest.raises(CohortError, match="nobody has had the event by 24 months"):
        judged(card_of(h0={24: 0.15}), late)


@pytest.mark.words
def test_discrimination_over_time_is_shown_where_nothing_else_can_be_judged() -> None:
    model = judged(card_of(h0={144: 0.8}), drawn(300, seed=17))
    assert model.judged_months is None
    assert model.over_time is not None
    assert max(model.over_time.months) < 144
    page = validated_document(validate(drawn(300, seed=17), [Subject.of_card(card_of(h0={144: 0.8}))])).html()
    assert page.count('role="img"') == 2
    assert "the model gives no figure for those" in page


@pytest.mark.words
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-model"], "there is no model"),
        (["kattan-2002", "--to", "report.docx"], "--to"),
        (["column:said"], "--endpoint"),
        (["kattan-2002", "--as", "nothing"], "--as"),
        (["fisher-2018", "--update", "cards"], "none of the models could be updated"),
        (["keung-2018-site"], "cannot be validated"),
    ],
)
def test_bad_requests_get_one_clear_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], simulated: Any
) -> None:
    simulated.write(tmp_path / "cohort")
    with pytest.raises(SystemExit) as stopped:
        main(["validate", *arguments, "--cohort", str(tmp_path / "cohort"), "--unknown-cause", "other"])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") <= 2
