"""Alarms: each is shown to whom its treatment, organ, time or type makes it likely, says what is inferred, and calls first."""

from __future__ import annotations

import re

import pytest

from sarcoma.evidence import library
from sarcoma.evidence.library import PLACEHOLDER
from sarcoma.outlook import outlook_of
from sarcoma.patient import Patient, rules

ALARMS = library().red_flags
LOCAL: dict[str, object] = {
    "age": 62,
    "type": "leiomyosarcoma",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
}


def likely(**said: object) -> set[str]:
    found = outlook_of(Patient(**(LOCAL | said))).red_flags
    return {flag.id for flag in found if flag.when}


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_an_alarm_names_what_exists(alarm: object) -> None:
    flag = ALARMS[alarm.id]  # type: ignore[attr-defined]
    rules.check_rule(flag.when)
    kinds = {f"kind:{t.kind}" for t in library().treatments.values()}
    assert set(flag.treatments) <= set(library().treatments) | kinds
    assert set(flag.facts) <= set(library().facts)
    for text in (flag.window or "", flag.plain_window or ""):
        for key in PLACEHOLDER.findall(text):
            assert library().figure(key)[1].shown


def test_every_time_and_rate_of_an_alarm_is_a_figure_with_a_source() -> None:
    for flag in ALARMS.values():
        for text in (flag.window or "", flag.plain_window or ""):
            assert not re.search(r"\d", PLACEHOLDER.sub("", text)), flag.id


@pytest.mark.parametrize(
    ("said", "present", "absent"),
    [
        (
            {"treatments": "afami-cel"},
            {"cytokine-release", "cell-therapy-brain", "low-counts-after-cells"},
            {"immune-harm"},
        ),
        ({"treatments": "pembrolizumab"}, {"immune-harm"}, {"cytokine-release", "weak-heart", "ifosfamide-brain"}),
        (
            {"treatments": "doxorubicin-ifosfamide"},
            {"neutropenic-sepsis", "ifosfamide-brain", "ifosfamide-bladder", "weak-heart", "extravasation"},
            {"immune-harm", "muscle-breakdown"},
        ),
        (
            {"treatments": "trabectedin"},
            {"muscle-breakdown", "neutropenic-sepsis", "extravasation"},
            {"ifosfamide-brain"},
        ),
        ({"metastases": "bone@0"}, {"spinal-cord-compression", "cauda-equina"}, {"seizure", "neutropenic-sepsis"}),
        ({"metastases": "lung@0"}, {"pneumothorax", "vena-cava", "pulmonary-embolism"}, {"cauda-equina"}),
        ({"treatments": "none"}, set(), {"neutropenic-sepsis", "cytokine-release", "tumour-bleeding"}),
        ({"type": "angiosarcoma"}, {"tumour-bleeding"}, {"neutropenic-sepsis"}),
        ({"surgery": "resected", "surgery_months": 1, "landmark": 3}, {"wound-trouble", "vein-thrombosis"}, set()),
        ({"surgery": "resected", "surgery_months": 1, "landmark": 30}, set(), {"wound-trouble"}),
    ],
)
def test_an_alarm_is_for_those_in_whom_it_is_likely(
    said: dict[str, object], present: set[str], absent: set[str]
) -> None:
    found = likely(**said)
    assert present <= found
    assert not absent & found


def test_alarms_come_with_the_treatment_that_makes_them_likely() -> None:
    def of(treatment: str) -> set[str]:
        return {flag.id for flag in library().alarms_of(treatment)}

    assert {"neutropenic-sepsis", "weak-heart", "muscle-breakdown"} <= of("doxorubicin-trabectedin")
    assert {"pneumothorax", "gut-bleeding"} <= of("pazopanib")
    assert "immune-harm" in of("atezolizumab")
    assert "immune-harm" not in of("pazopanib")
    assert "wound-trouble" in of("surgery")


@pytest.mark.words
def test_lying_flat_is_not_for_everyone_and_the_call_comes_first() -> None:
    flag = ALARMS["spinal-cord-compression"]
    assert flag.plain_action.index("Call straight away") < flag.plain_action.index("Lie flat")
    assert "only if moving hurts badly, or your legs are weak or numb" in flag.plain_action
    assert "delay the call" in flag.action
    assert "inferred" in flag.marks
    assert "not read" in (flag.inferred or "")


def test_fever_counts_after_chemotherapy_for_both_windows_that_were_published() -> None:
    flag = ALARMS["neutropenic-sepsis"]
    for text in (flag.window, flag.plain_window):
        assert {"AL20.six", "AL20.four"} <= set(PLACEHOLDER.findall(text or ""))
    windows = [library().figure(key)[1] for key in ("AL20.six", "AL20.four")]
    assert [(f.value, f.unit, bool(f.sources)) for f in windows] == [(6, "weeks", True), (4, "weeks", True)]


def test_what_no_source_states_is_said_and_nobody_of_the_profession_has_read_it_yet() -> None:
    inferred = {flag.id for flag in ALARMS.values() if flag.inferred}
    assert {"cytokine-release", "immune-harm", "vena-cava", "weak-heart", "tumour-bleeding"} <= inferred
    assert all(flag.reviewed is None for flag in ALARMS.values())


def test_what_decides_and_is_in_no_record_is_listed() -> None:
    assert "weeks since the last dose" in ALARMS["neutropenic-sepsis"].not_in_record
    assert any("central line" in what for what in ALARMS["vein-thrombosis"].not_in_record)
