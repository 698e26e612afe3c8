"""Which type profiles may hold for a person, and what is withheld while that is open."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.patient import Patient, PossibleProfiles, Records, possible_profiles


def found(**record: Any) -> PossibleProfiles:
    return possible_profiles(Records([Patient(**record)]))


@pytest.mark.parametrize(
    ("record", "profiles"),
    [
        ({"histologic_type": "atypical-lipomatous-tumour", "site": "lower-limb"}, ["alt-limb-or-trunk"]),
        (
            {"histologic_type": "atypical-lipomatous-tumour", "site": "retroperitoneum"},
            ["alt-retroperitoneum-or-groin"],
        ),
        (
            {"histologic_type": "atypical-lipomatous-tumour", "site": "trunk"},  # the groin is part of the trunk
            ["alt-limb-or-trunk", "alt-retroperitoneum-or-groin"],
        ),
        ({"histologic_type": "leiomyosarcoma", "site": "uterus"}, ["lms-uterus"]),
        ({"histologic_type": "leiomyosarcoma", "site": "lower-limb"}, ["lms-elsewhere"]),
        ({"histologic_type": "leiomyosarcoma", "site": "retroperitoneum"}, ["lms-retroperitoneum-or-vena-cava"]),
        ({"histologic_type": "embryonal-rhabdomyosarcoma", "age": 6, "site": "head-and-neck"}, ["rms-under-21"]),
        ({"histologic_type": "embryonal-rhabdomyosarcoma", "age": 40}, ["rms-adult"]),
        ({"histologic_type": "alveolar-rhabdomyosarcoma"}, ["rms-under-21", "rms-adult"]),
        ({"histologic_type": "dermatofibrosarcoma-protuberans"}, ["dfsp-fibrosarcomatous", "dfsp-classic"]),
        ({"histologic_type": "tenosynovial-giant-cell-tumour"}, ["tgct-malignant", "tgct"]),
        ({"histologic_type": "pecoma"}, ["pecoma-malignant", "pecoma-benign", "pecoma-uncertain"]),
        ({"histologic_type": "synovial-sarcoma", "age": 25}, ["synovial-21-to-30"]),
        ({"histologic_type": "undifferentiated-sarcoma", "site": "uterus"}, ["undifferentiated-uterine-sarcoma"]),
        ({"histologic_type": "malignant-granular-cell-tumour"}, ["malignant-granular-cell-tumour-not-seen"]),
        ({"site": "lower-limb"}, []),
    ],
)
def test_the_answers_decide_the_profile_or_leave_several(record: dict[str, Any], profiles: list[str]) -> None:
    answer = found(**record)
    assert [p.id for p in answer.profiles] == profiles
    assert answer.decided == (len(profiles) == 1)


def test_a_limb_alt_neither_spreads_nor_is_staged() -> None:
    answer = found(histologic_type="atypical-lipomatous-tumour", site="lower-limb")
    assert answer.may_be("spread") == {"none"}
    assert {"spread-rate", "short-survival-once-spread", "chest-staging", "limb-stage"} <= set(answer.withheld)
    (profile,) = answer.profiles
    assert profile.grade.possible == ("1",)
    assert profile.instead is not None


def test_leiomyosarcoma_of_the_uterus_is_staged_by_figo() -> None:
    (profile,) = found(histologic_type="leiomyosarcoma", site="uterus").profiles
    assert profile.staging.systems == ("figo",)
    assert {c.card for c in profile.cards if c.fits == "no"} >= {"fisher-2018", "kang-2014"}


def test_a_child_with_rhabdomyosarcoma_is_treated_by_protocol() -> None:
    answer = found(histologic_type="embryonal-rhabdomyosarcoma", age=6, site="head-and-neck")
    assert answer.may_be("plan") == {"paediatric-protocol"}
    assert answer.profiles[0].staging.systems == ("cog-rms",)
    assert {"chemotherapy-not-always", "adult-later-lines", "adult-follow-up", "limb-stage"} <= set(answer.withheld)


def test_alveolar_soft_part_sarcoma_is_slow_and_late() -> None:
    answer = found(histologic_type="alveolar-soft-part-sarcoma", age=24)
    assert (answer.may_be("once_spread"), answer.may_be("relapse")) == ({"slow"}, {"late"})
    assert {"short-survival-once-spread", "brain-scans-not-needed", "doxorubicin-first"} <= set(answer.withheld)


def test_what_any_possible_profile_withholds_is_withheld() -> None:
    answer = found(histologic_type="dermatofibrosarcoma-protuberans", site="trunk")
    assert answer.may_be("spread") == {"seldom", "spreads"}
    assert [p.id for p in answer.withheld["spread-rate"]] == ["dfsp-classic"]


def test_radiotherapy_as_routine_is_withheld_at_the_back_of_the_belly_whatever_the_type() -> None:
    assert "radiotherapy-as-routine" in found(histologic_type="leiomyosarcoma", site="retroperitoneum").withheld
    assert "radiotherapy-as-routine" in found(site="retroperitoneum").withheld
    assert "radiotherapy-as-routine" not in found(histologic_type="leiomyosarcoma", site="lower-limb").withheld
    assert "radiotherapy-as-routine" in found(topography="C48.8").withheld  # may lie there


def test_the_profiles_of_a_person_show_no_value_in_their_repr() -> None:
    assert "0.731" not in repr(found(histologic_type="synovial-sarcoma", age=40.731))
