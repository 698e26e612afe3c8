"""The course ahead of one person: curves, their band, and other times from which to look ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sarcoma
from sarcoma.errors import CardError
from sarcoma.models import card
from sarcoma.outlook import CourseFigure, course_at
from sarcoma.patient import Patient, Records
from sarcoma.report import TextReport

AFTER_METASTASIS = card("survival-after-metastasis-msk")
COURSE = card("course-tcga")
LIMB: dict[str, Any] = {
    "age": 62,
    "sex": "female",
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "margin": "R0",
    "surgery": "resected",
}


def metastatic(months: float) -> Patient:
    """Someone so many months after a metastasis to the lung that was found after 10 months."""
    return Patient(**LIMB, metastases="lung@10", landmark_months=10 + months)


def asked(*args: Any, **kwargs: Any) -> CourseFigure:
    found = course_at(*args, **kwargs)
    assert found is not None
    return found


def alive(figure: CourseFigure) -> np.ndarray:
    return np.array(figure.curve)[:, figure.states.index("alive")]


@pytest.mark.words
def test_a_model_of_one_hazard_has_a_curve() -> None:
    answer = sarcoma.outlook_of(metastatic(0)).answer(AFTER_METASTASIS.id)
    assert answer.course is not None
    assert answer.course.states == ("alive", "dead")
    assert answer.course.months == tuple(range(61))
    assert answer.course.curve[0] == (1.0, 0.0)
    assert (np.diff(alive(answer.course)) <= 0).all()
    for figure in answer.figures:
        assert figure.horizon_months is not None
        (at,) = [i for i, m in enumerate(answer.course.months) if m == figure.horizon_months]
        event = answer.course.curve[at][answer.course.states.index("dead")]
        assert figure.value == pytest.approx(100 * (event if "no " not in figure.what else 1 - event))


def test_the_text_does_not_say_survival_twice() -> None:
    text = str(TextReport(sarcoma.outlook_of(metastatic(0)), plain=False, survival=True))
    assert AFTER_METASTASIS.short_name in text
    assert "Of 100 people like this" not in text


@pytest.mark.parametrize("months", [12.0, 24.0])
def test_time_already_survived_is_conditioned_on(months: float) -> None:
    """S(t | alive at s) = S(s + t) / S(s), and it is what the record at that landmark says."""
    at_first = asked(AFTER_METASTASIS, metastatic(0))
    later = asked(AFTER_METASTASIS, metastatic(months))
    assert later.start_months == months
    assert later.curve[0] == (1.0, 0.0)
    ahead = len(at_first.months) - int(months)
    np.testing.assert_allclose(
        alive(later)[:ahead], alive(at_first)[int(months) :] / alive(at_first)[int(months)], rtol=1e-12
    )
    assert asked(AFTER_METASTASIS, metastatic(0), months) == later
    shown = sarcoma.outlook_of(metastatic(months)).answer(AFTER_METASTASIS.id).course
    assert shown is not None
    assert shown.curve == later.curve


def test_the_band_has_the_interval_of_the_horizons_in_it() -> None:
    for model, person in ((AFTER_METASTASIS, metastatic(3)), (COURSE, Patient(**LIMB))):
        line, band = asked(model, person), asked(model, person, band=True)
        assert line.curve_low is None
        assert line.interval_low is None
        assert band.curve == line.curve
        assert band.curve_low is not None
        assert band.curve_high is not None
        assert band.interval_low is not None
        at = [band.months.index(h) for h in band.horizons_months]
        np.testing.assert_allclose(np.array(band.curve_low)[at], band.interval_low, atol=1e-12)
        low, curve, high = (np.array(part)[1:] for part in (band.curve_low, band.curve, band.curve_high))
        assert ((low <= curve) & (curve <= high)).all()


def test_one_person_is_asked_for_several_times() -> None:
    records = Records((Patient(**LIMB),))
    starts = [0.0, 6.0, 24.0]
    found = [asked(COURSE, records, m) for m in starts]
    assert [f.start_months for f in found] == starts
    free = [np.array(f.curve)[24, 0] for f in found]
    assert free == sorted(free)  # most of what happens, happens early
    assert all(sum(row) == pytest.approx(1) for f in found for row in f.curve)


@pytest.mark.words
def test_what_a_card_cannot_be_asked_is_refused() -> None:
    with pytest.raises(CardError, match="0 to 69 months"):
        course_at(AFTER_METASTASIS, metastatic(0), 100.0)
    assert course_at(AFTER_METASTASIS, Patient(**LIMB)) is None
    assert course_at(card("kattan-2002"), Patient(**LIMB)) is None


def test_without_every_predictor_there_is_a_range_and_no_curve() -> None:
    found = asked(COURSE, Patient(**{**LIMB, "size": None}), 6.0)
    assert found.start_months == 6.0
    assert found.curve == ()
    assert found.low != found.high
