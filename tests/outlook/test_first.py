"""The first alarms and questions are those of this person."""

from __future__ import annotations

from sarcoma.outlook import outlook_of
from sarcoma.outlook.first import EMERGENCY_FOR_ALL, first_alarms, first_questions
from sarcoma.patient import Patient


def test_alarms_with_a_reason_in_the_record_come_first_and_emergencies_before_them_all() -> None:
    spread = outlook_of(Patient(type="leiomyosarcoma", metastases="bone@14"))
    ids = [flag.id for flag in first_alarms(spread)]
    assert {"spinal-cord-compression", "pathological-fracture"} <= set(ids)
    assert EMERGENCY_FOR_ALL not in ids
    urgencies = [flag.urgency for flag in first_alarms(spread, most=99) if flag.when]
    assert urgencies == sorted(urgencies)  # "emergency" before "same-day"


def test_nothing_is_lost_of_the_alarms_that_fit() -> None:
    one = outlook_of(Patient(type="angiosarcoma", surgery="resected"))
    everything = {flag.id for flag in one.red_flags} - {EMERGENCY_FOR_ALL}
    assert {flag.id for flag in first_alarms(one, most=99)} == everything


def test_five_questions_the_most_particular_first() -> None:
    asps = outlook_of(Patient(type="ASPS", age=24, metastases="lung@0"))
    ids = [question.id for question in first_questions(asps)]
    assert len(ids) == 5
    assert {"asps-immunotherapy", "scans-of-other-places"} <= set(ids)


def test_what_a_question_is_about_varies() -> None:
    topics = [question.topic for question in first_questions(outlook_of(Patient(type="LMS", metastases="lung@3")))]
    assert max(topics.count(topic) for topic in topics) <= 2
    assert len(set(topics)) >= 3
