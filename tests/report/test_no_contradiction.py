"""The text never says that no model fits beside one that does."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.outlook import outlook_of
from sarcoma.patient import Patient
from sarcoma.report.text import TextReport

PEOPLE: dict[str, dict[str, Any]] = {
    "only groups fit": {
        "age": 25, "type": "leiomyosarcoma", "site": "lower limb", "size": 3, "depth": "deep", "grade": 3,
        "surgery": "none", "nodes": "negative",
    },
    "a personal model fits": {
        "age": 62, "type": "leiomyosarcoma", "site": "lower limb", "size": 7, "depth": "deep", "grade": 3,
        "surgery": "resected",
    },
    "nothing fits": {"age": 40, "type": "desmoplastic small round cell tumour"},
}  # fmt: skip


@pytest.mark.words
@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("plain", [False, True])
def test_that_no_model_fits_is_said_only_where_none_does(who: str, plain: bool) -> None:
    outlook = outlook_of(Patient(**PEOPLE[who]), audience="everyone" if plain else "teams")
    may = [m for m in outlook.models if m.card.outcome.about_survival and not (plain and m.card.audience == "teams")]
    fits = [m.card.id for m in may if m.status == "applies"]
    said = "No published model here fits" in " ".join(str(TextReport(outlook, plain=plain, survival=True)).split())
    assert said == (not fits), fits


def test_the_people_are_of_the_three_sorts() -> None:
    def applying(who: str) -> list[bool]:
        models = outlook_of(Patient(**PEOPLE[who]), audience="everyone").models
        return [m.card.personal for m in models if m.status == "applies" and m.card.outcome.about_survival]

    assert applying("only groups fit")
    assert not any(applying("only groups fit"))
    assert any(applying("a personal model fits"))
    assert not applying("nothing fits")
