"""What a type profile says against a model holds wherever the model is asked; what a model does not know is said."""

from __future__ import annotations

from typing import Any

import pytest

from sarcoma.evidence import library
from sarcoma.models import cards, predict
from sarcoma.outlook import outlook_of
from sarcoma.patient import Patient
from sarcoma.report import as_data
from sarcoma.report.text import TextReport

OPERATED: dict[str, Any] = {
    "age": 40, "site": "lower-limb", "size_cm": 7, "depth": "deep", "grade": "3", "surgery": "resected", "margin": "R0",
}  # fmt: skip
LEIOMYOSARCOMA = OPERATED | {"histologic_type": "leiomyosarcoma"}


@pytest.mark.parametrize("histologic_type", ["ERMS", "ARMS", "Ewing sarcoma", "DSRCT"])
def test_kattan_2002_is_not_for_types_treated_by_protocol(histologic_type: str) -> None:
    patient = Patient(**OPERATED, histologic_type=histologic_type)
    said = predict(cards()["kattan-2002"], [patient, Patient(**LEIOMYOSARCOMA), Patient(**OPERATED)])
    assert said.status.tolist() == [0, 1, 1]
    assert said.failing(0)[0].fields == ("histologic_type",)
    assert outlook_of(patient).answer("kattan-2002").status == "does not apply"


def test_the_outlook_and_a_table_say_the_same_of_every_model() -> None:
    kinds = ["ERMS", "SFT", "ASPS", "ALT", "epithelioid haemangioendothelioma", "leiomyosarcoma", "TGCT"]
    patients = [Patient(**OPERATED, histologic_type=kind) for kind in kinds]
    words = {1: "applies", 0: "does not apply", -1: "cannot tell"}
    for row, patient in enumerate(patients):
        for answer in outlook_of(patient).models:
            assert words[int(predict(answer.card, patients).status[row])] == answer.status


@pytest.mark.parametrize("card_id", ["kattan-2002"])
def test_solitary_fibrous_tumour_has_a_caution(card_id: str) -> None:
    plain, warned = (
        outlook_of(Patient(**OPERATED, histologic_type=t)).answer(card_id) for t in ("leiomyosarcoma", "SFT")
    )
    own = [c.text for c in warned.card.cautions if c.when]
    (profile,) = library().profiles_of("solitary-fibrous-tumour")
    of_profile = [fit.because for fit in profile.cards if fit.card == card_id]
    more = set(warned.cautions) - set(plain.cautions)
    assert len(more & set(own)) == 1
    assert more - set(own) == set(of_profile)


def knows_nodes(card_id: str) -> bool:
    """Those that ask for nodes, and those that answer how often they are involved."""
    return card_id in ("fisher-2018", "local-recurrence-2008", "keung-2018-site", "keung-2018-type", "miccio-2019")


def test_every_model_that_does_not_know_nodes_says_so_where_one_is_involved() -> None:
    free, involved = (outlook_of(Patient(**LEIOMYOSARCOMA, nodes=nodes)) for nodes in ("negative", "positive"))
    for before, after in zip(free.models, (involved.answer(m.card.id) for m in free.models), strict=True):
        more = set(after.cautions) - set(before.cautions)
        assert bool(more) is not knows_nodes(before.card.id), before.card.id
        assert bool(set(after.plain_cautions) - set(before.plain_cautions)) is bool(more)


@pytest.mark.words
def test_the_caution_on_nodes_is_on_every_surface() -> None:
    outlook = outlook_of(Patient(**LEIOMYOSARCOMA, nodes="positive"))
    said = "does not know nodes"
    (told,) = [m for m in as_data(outlook)["models"] if m["origin"] == "kattan-2002"]
    assert any(said in caution for caution in told["cautions"])
    assert said in " ".join(str(TextReport(outlook, plain=False, survival=True)).split())
