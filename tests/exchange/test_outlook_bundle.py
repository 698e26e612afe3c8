"""An outlook as FHIR: every figure as it is shown, every caution beside it, and what is not said, with the reason."""

from __future__ import annotations

import datetime
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir_rules import assert_valid, parts, resources

from sarcoma.errors import RecordError
from sarcoma.exchange import outlook_bundle, read_bundle, record_bundle
from sarcoma.exchange.fhir_names import DERIVED, INTERVAL, MODELS, TIME_ZERO, structure_definitions
from sarcoma.exchange.percent import interval_ends, probability
from sarcoma.exchange.systems import MONTHS_SINCE_DIAGNOSIS
from sarcoma.models import cards
from sarcoma.outlook import Outlook, OutlookFigure, outlook_of
from sarcoma.patient import Patient
from sarcoma.report import TextReport
from sarcoma.report.blocks import Bullets, Text
from sarcoma.report.draft import Draft
from sarcoma.wording import assessment as assessment_words
from sarcoma.wording import figures
from sarcoma.wording.outlook import note
from sarcoma.wording.staging import word

KNOWN = {
    "age": 62, "histologic_type": "leiomyosarcoma", "site": "lower-limb", "size_cm": 7, "depth": "deep", "grade": "3",
    "surgery": "resected", "margin": "R0", "nodes": "negative",
}  # fmt: skip
RECORDS: dict[str, dict[str, Any]] = {
    "all known": KNOWN,
    "depth and grade not known": {k: v for k, v in KNOWN.items() if k not in ("depth", "grade")},
    "parts of the grade": {k: v for k, v in KNOWN.items() if k != "grade"}
    | {"differentiation": 3, "mitoses": 22, "necrosis": "under-half"},
    "spread": KNOWN | {"metastases": [{"organ": "lung", "months": 14}], "landmark_months": 14},
    "some years on": KNOWN | {"landmark_months": 24, "surgery_months": 1},
    "come back": KNOWN | {"local_recurrence": True, "local_recurrence_months": 20, "landmark_months": 20},
    "only the type": {"histologic_type": "synovial-sarcoma"},
    "a child": {"age": 4, "histologic_type": "alveolar-rhabdomyosarcoma", "site": "upper-limb", "size_cm": 3},
}
MADE = datetime.datetime(2026, 11, 27, 12, 30, tzinfo=datetime.UTC)


def every_record() -> dict[str, dict[str, Any]]:
    """Those above, and for each card one to which it applies."""
    return RECORDS | {key: dict(card.test_vectors[0].record) for key, card in cards().items() if card.test_vectors}


@cache
def told(name: str) -> Outlook:
    return outlook_of(Patient(**every_record()[name]))


@cache
def written(name: str, survival: bool = True) -> dict[str, Any]:
    return outlook_bundle(told(name), survival=survival, made=MADE)


@pytest.mark.parametrize("name", every_record())
def test_every_rule_of_fhir_that_is_ours_to_hold_holds(name: str) -> None:
    assert_valid(written(name))
    assert_valid(written(name, survival=False))
    json.dumps(written(name), allow_nan=False)


def test_every_card_speaks_in_some_record() -> None:
    spoken = {c["code"] for name in every_record() for a in resources(written(name), "RiskAssessment")
              for c in a["method"]["coding"]}  # fmt: skip
    applying = {m.card.id for name in every_record() for m in told(name).models if m.status == "applies"}
    assert spoken == applying
    assert len(spoken) > len(cards()) * 0.8


@pytest.mark.parametrize("name", every_record())
def test_there_is_one_assessment_for_each_model_and_horizon(name: str) -> None:
    expected = {
        (m.card.id, m.card.version, f.horizon_months or 0.0)
        for m in told(name).models if m.status == "applies" for f in (*m.figures, *m.also)
    }  # fmt: skip
    found = []
    for assessment in resources(written(name), "RiskAssessment"):
        (coding,) = assessment["method"]["coding"]
        assert coding["system"] == MODELS
        (span,) = {_span(p) for p in assessment["prediction"]}
        found.append((coding["code"], coding["version"], span))
    assert len(set(found)) == len(found)
    assert {(key, version, round(span, 6)) for key, version, span in found} == {
        (key, version, round(span, 6)) for key, version, span in expected
    }


def _span(prediction: dict[str, Any]) -> float:
    when = prediction["whenRange"]
    return float(when["high"]["value"] - when["low"]["value"])


def _pairs(name: str) -> list[tuple[OutlookFigure, dict[str, Any], dict[str, Any]]]:
    """Each figure of the models that apply, with its prediction and its assessment."""
    assessments = resources(written(name), "RiskAssessment")
    found = []
    for model in told(name).models:
        for figure in (*model.figures, *model.also) if model.status == "applies" else ():
            (assessment,) = (
                a for a in assessments
                if a["method"]["coding"][0]["code"] == model.card.id
                and round(_span(a["prediction"][0]), 6) == round(figure.horizon_months or 0.0, 6)
            )  # fmt: skip
            same = [f for f in (*model.figures, *model.also) if f.horizon_months == figure.horizon_months]
            found.append((figure, assessment["prediction"][[f is figure for f in same].index(True)], assessment))
    return found


@pytest.mark.parametrize("name", every_record())
def test_a_known_figure_is_a_decimal_in_per_cent_and_an_unknown_predictor_gives_a_range(name: str) -> None:
    for figure, prediction, _assessment in _pairs(name):
        if figure.value is None:
            assert "probabilityRange" in prediction
            assert "probabilityDecimal" not in prediction
            assert "extension" not in prediction, "a range over what is not known is no interval"
        elif figure.bound is None and 1 <= figure.value <= 99:
            assert prediction["probabilityDecimal"] == round(figure.value)
            assert "probabilityRange" not in prediction


@pytest.mark.parametrize("name", every_record())
def test_an_interval_stands_in_our_extension_and_in_the_note_and_nowhere_else(name: str) -> None:
    for figure, prediction, assessment in _pairs(name):
        extensions = [one for one in prediction.get("extension", ()) if one["url"] == INTERVAL]
        has_interval = figure.value is not None and figure.low is not None and figure.high is not None
        assert len(extensions) == has_interval
        for extension in extensions:
            said = {one["url"]: one.get("valueString", one.get("valueDecimal")) for one in extension["extension"]}
            assert said["kind"] == figures.interval_name(figure)
            assert all(0 < said[end] < 100 for end in ("low", "high") if end in said)
            low, high = (figures.number(said[end]) if end in said else "" for end in ("low", "high"))
            assert any(re.search(rf"{said['kind']} {low}[^ ]*–{high}", n["text"]) for n in assessment["note"])


def test_an_interval_was_seen() -> None:
    assert any(figure.interval == "95% CI" for name in every_record() for figure, _, _ in _pairs(name))


@pytest.mark.parametrize("name", every_record())
def test_the_extensions_are_those_that_are_defined(name: str) -> None:
    known = structure_definitions()
    for extensions in parts(resources(written(name), "RiskAssessment"), "extension"):
        for one in extensions:
            if ":" in one["url"]:
                assert one["url"] in known
            else:
                parents = [
                    e for d in known.values() for e in d["differential"]["element"] if e.get("sliceName") == one["url"]
                ]
                assert parents


@pytest.mark.parametrize("name", every_record())
def test_months_count_from_the_time_zero_that_is_stated(name: str) -> None:
    for figure, prediction, _ in _pairs(name):
        when = prediction["whenRange"]
        (zero,) = [one["valueCode"] for one in when["extension"] if one["url"] == TIME_ZERO]
        card = told(name).answer(figure.origin).card
        assert zero == card.outcome.time_zero
        start = figure.start.months if figure.start is not None else 0.0
        assert when["low"]["value"] == pytest.approx(start, abs=1e-3)


def test_a_figure_from_now_on_starts_now() -> None:
    starts = [f.start.months for f, _, _ in _pairs("some years on") if f.start is not None]
    assert starts
    assert set(starts) <= {23.0, 24.0}


RATIONALE = {"net": "net: as if no one died", "crude": "crude: other causes of death", "all-cause": "any cause"}


@pytest.mark.words
@pytest.mark.parametrize("name", every_record())
def test_the_rationale_says_which_deaths_are_counted(name: str) -> None:
    for figure, prediction, _ in _pairs(name):
        expected = RATIONALE.get(figure.estimand or "", "no deaths are counted")
        assert expected in prediction["rationale"]


@pytest.mark.parametrize("name", every_record())
def test_every_caution_that_the_page_shows_stands_in_the_note(name: str) -> None:
    outlook = told(name)
    for assessment in resources(written(name), "RiskAssessment"):
        notes = " ".join(n["text"] for n in assessment["note"])
        model = outlook.answer(assessment["method"]["coding"][0]["code"])
        page = Draft()
        TextReport(outlook, plain=False, survival=True, page=page).model(model)
        shown = [n.text for block in page.blocks if isinstance(block, Bullets) for i in block.items for n in i.notes
                 if n.style == "caution"]  # fmt: skip
        shown += [block.text for block in page.blocks if isinstance(block, Text) and block.style == "caution"]
        for caution in (*shown, *model.cautions, *model.assumptions, *(note(code) for code in outlook.notes)):
            assert caution in notes
        for figure in (*model.figures, *model.also):
            assert all(said.rstrip(".")[1:] in notes for said in figures.notes(figure)
                       if (figure.horizon_months or 0.0) == _span(assessment["prediction"][0]))  # fmt: skip
        assert figures.NOTICE in notes


@pytest.mark.parametrize("name", every_record())
def test_figures_about_survival_are_left_out_unless_asked_for_and_that_is_said(name: str) -> None:
    outlook, quiet = told(name), written(name, survival=False)
    applying = [m for m in outlook.models if m.status == "applies"]
    asked = {(m.card.id, f.what) for m in applying for f in (*m.figures, *m.also) if not f.about_survival}
    silent = {m.card.id for m in applying for f in (*m.figures, *m.also) if f.about_survival}
    said = {a["method"]["coding"][0]["code"] for a in resources(quiet, "RiskAssessment")}
    assert said == {key for key, _ in asked}
    (account,) = resources(quiet, "OperationOutcome")
    left_out = {i["details"]["coding"][0]["code"] for i in account["issue"] if i["code"] == "suppressed"}
    assert left_out == silent
    count = sum(len(a["prediction"]) for a in resources(quiet, "RiskAssessment"))
    assert count == sum(not f.about_survival for m in applying for f in (*m.figures, *m.also))


@pytest.mark.parametrize("name", every_record())
def test_every_model_that_says_nothing_is_named_with_the_reason(name: str) -> None:
    (account,) = resources(written(name), "OperationOutcome")
    said = {
        i["details"]["coding"][0]["code"]: (i["code"], i["details"]["text"])
        for i in account["issue"]
        if "coding" in i["details"]
    }
    spoken = {a["method"]["coding"][0]["code"] for a in resources(written(name), "RiskAssessment")}
    assert set(said) | spoken == {m.card.id for m in told(name).models}
    assert not set(said) & spoken
    for model in told(name).models:
        if model.status == "does not apply":
            assert said[model.card.id][0] == "business-rule"
            assert all(reason in said[model.card.id][1] for reason in model.reasons)
        if model.status == "cannot tell":
            assert said[model.card.id][0] == "incomplete"


# -- derived observations


def _derived(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = resources(bundle, "Observation")
    marked = [o for o in found if {"system": DERIVED, "code": "derived"}.items() <= _tag(o).items()]
    return {o["code"]["coding"][0]["code"]: o for o in marked}


def _tag(observation: dict[str, Any]) -> dict[str, Any]:
    tags = observation.get("meta", {}).get("tag", [{}])
    return dict(tags[0])


def test_stage_and_grade_that_follow_from_the_record_are_marked_as_derived() -> None:
    bundle = written("parts of the grade")
    grade, stage = (_derived(bundle)[code] for code in ("fnclcc-grade", "ajcc-8-extremity-trunk-stage"))
    (possible,) = told("parts of the grade").grades
    assert grade["valueCodeableConcept"]["coding"][0]["code"] == f"fnclcc-{possible}"
    assert grade["method"]["text"] == "FNCLCC"
    (ajcc,) = (s for s in told("parts of the grade").staging if s.system == "AJCC 8")
    assert ajcc.group is not None
    assert stage["valueCodeableConcept"]["text"].endswith(f" {ajcc.group.as_assigned}")
    for one in (grade, stage):
        assert one["derivedFrom"]
        assert one["focus"]
        assert {c["system"] for c in [*one["code"]["coding"], *one["valueCodeableConcept"]["coding"]]} == {DERIVED}


def test_a_grade_that_was_stated_is_not_said_to_be_derived() -> None:
    assert "fnclcc-grade" not in _derived(written("all known"))
    assert "fnclcc-grade" not in _derived(written("depth and grade not known"))


def test_a_stage_that_is_not_decided_is_absent_with_what_is_possible() -> None:
    for name in every_record():
        for staging in told(name).staging:
            if staging.group is None:
                continue
            found = _derived(written(name))[
                f"{staging.system}-{staging.chapter}-{word(staging)}".lower().replace(" ", "-")
            ]
            assert ("dataAbsentReason" in found) == (staging.group.as_assigned is None)
            notes = " ".join(n["text"] for n in found["note"])
            assert len(staging.group.possible) < 2 or ", ".join(staging.group.possible) in notes


def test_no_model_reads_what_was_derived_as_a_finding() -> None:
    """The Bundle of an outlook, sent back, reads as the record alone."""
    bundle = written("parts of the grade")
    again = read_bundle(bundle)
    assert again.patient.grade is None
    assert again.patient.differentiation == 3
    assert not again.stated


# -- on what it rests


def test_without_a_reading_the_record_stands_in_the_bundle_and_is_the_basis() -> None:
    bundle = written("all known")
    inside = {e["fullUrl"]: e["resource"] for e in bundle["entry"]}
    for assessment in resources(bundle, "RiskAssessment"):
        kinds = [inside[one["reference"]]["resourceType"] for one in assessment["basis"]]
        assert {"Patient", "Condition", "Observation", "Procedure"} <= set(kinds)
    again = read_bundle({**bundle, "entry": [e for e in bundle["entry"] if e["resource"]["resourceType"] in
                                              ("Patient", "Condition", "Observation", "Procedure")]})  # fmt: skip
    assert again.patient.size_cm == 7


def test_two_people_share_no_address() -> None:
    one, two = (outlook_bundle(told("all known")) for _ in range(2))
    assert not {e["fullUrl"] for e in one["entry"]} & {e["fullUrl"] for e in two["entry"]}


def _sent() -> dict[str, Any]:
    """A sender's own Bundle, with resources that are not used."""
    sent = record_bundle(Patient(**KNOWN))
    names = {e["fullUrl"]: f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in sent["entry"]}
    text = json.dumps([{"resource": e["resource"]} for e in sent["entry"]])
    for address, name in names.items():
        text = text.replace(address, name)
    unused = {
        "resourceType": "Observation", "id": "pressure", "status": "final", "subject": {"reference": "Patient/patient"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}, "valueInteger": 120,
    }  # fmt: skip
    cancelled = {**unused, "id": "cancelled", "status": "cancelled",
                 "code": {"coding": [{"system": "http://loinc.org", "code": "21889-1"}]}}  # fmt: skip
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [*json.loads(text), {"resource": unused}, {"resource": cancelled}],
    }


def test_with_a_reading_the_basis_are_the_senders_resources_that_were_used() -> None:
    reading = read_bundle(_sent())
    bundle = outlook_bundle(outlook_of(reading.patient), reading, survival=True)
    assert_valid(bundle, elsewhere=reading.used)
    assert {e["resource"]["resourceType"] for e in bundle["entry"]} == {
        "RiskAssessment", "Observation", "OperationOutcome",
    }  # fmt: skip
    for assessment in resources(bundle, "RiskAssessment"):
        basis = {one["reference"] for one in assessment["basis"]}
        assert basis == set(reading.used)
        assert not {"Observation/pressure", "Observation/cancelled"} & basis
        assert assessment["subject"]["reference"] == "Patient/patient"
        assert assessment["condition"]["reference"] == "Condition/primary"
    for observation in resources(bundle, "Observation"):
        assert {one["reference"] for one in observation["derivedFrom"]} <= set(reading.used)


def test_what_was_given_by_hand_is_no_longer_based_on_the_sender() -> None:
    reading = read_bundle(_sent())
    record = {**{n: getattr(reading.patient, n) for n in reading.patient.model_fields_set}, "grade": "2"}
    bundle = outlook_bundle(outlook_of(Patient(**record)), reading, instead=["grade"], survival=True)
    for assessment in resources(bundle, "RiskAssessment"):
        basis = {one["reference"] for one in assessment["basis"]}
        assert basis == {*reading.used} - {"Observation/grade"}
    (account,) = resources(bundle, "OperationOutcome")
    assert [i for i in account["issue"] if i["details"]["text"] == assessment_words.by_hand("grade")]


def test_what_was_not_read_of_the_senders_data_is_said() -> None:
    sent = _sent()
    sent["entry"][0]["resource"]["deceasedBoolean"] = True
    grade = next(e["resource"] for e in sent["entry"] if e["resource"].get("id") == "grade")
    grade["method"] = {"text": "WHO"}
    grade["valueCodeableConcept"] = {"coding": [{"system": "http://snomed.info/sct", "code": "61026006"}]}
    condition = next(e["resource"] for e in sent["entry"] if e["resource"].get("id") == "primary")
    condition["bodySite"] = [{"coding": [{"system": "http://snomed.info/sct", "code": "74281007"}]}]
    reading = read_bundle(sent)
    (account,) = resources(outlook_bundle(outlook_of(reading.patient), reading), "OperationOutcome")
    said = {(i["code"], i["severity"]) for i in account["issue"]}
    assert ("code-invalid", "warning") in said
    assert any(i["code"] == "incomplete" and "coding" not in i["details"] for i in account["issue"])
    assert any(i["details"]["text"] == assessment_words.HAS_DIED for i in account["issue"])


def test_a_stage_that_the_sender_gives_and_ours_does_not_allow_is_said() -> None:
    sent = _sent()
    group = {
        "resourceType": "Observation", "id": "group", "status": "final", "subject": {"reference": "Patient/patient"},
        "focus": [{"reference": "Condition/primary"}],
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "399537006"}]},
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "1222769001"}]},
    }  # fmt: skip
    sent["entry"].append({"resource": group})
    reading = read_bundle(sent)
    assert [stage.differs for stage in reading.stated] == [True]
    (account,) = resources(outlook_bundle(outlook_of(reading.patient), reading), "OperationOutcome")
    (stage,) = reading.stated
    assert stage.said is not None
    said = assessment_words.stage_differs(stage.part, stage.said, stage.derived)
    assert ("conflict", said) in {(i["code"], i["details"]["text"]) for i in account["issue"]}


@pytest.mark.parametrize("file", sorted((Path(__file__).parent / "bundles").glob("*.json")), ids=lambda file: file.stem)
def test_the_outlook_of_every_made_up_bundle_is_accepted(file: Path) -> None:
    try:
        reading = read_bundle(file.read_bytes())
    except RecordError:
        return  # refused as a whole, which other tests are about
    bundle = outlook_bundle(outlook_of(reading.patient), reading, survival=True)
    assert_valid(bundle, elsewhere=reading.used)
    fhirkit = pytest.importorskip("fhirkit")
    assert not [str(issue) for issue in fhirkit.validate(bundle)]


# -- rounding


def figure(value: float | None, **more: Any) -> OutlookFigure:
    return OutlookFigure(origin="m", what="w", unit="percent", value=value, estimand="net", personal=True, **more)


def ends(told: dict[str, Any]) -> tuple[float | None, float | None]:
    found = told["probabilityRange"]
    return tuple(found.get(end, {}).get("value") for end in ("low", "high"))  # type: ignore[return-value]


@pytest.mark.parametrize(("value", "said"), [(1.0, 1), (24.6, 25), (54.49, 54), (99.0, 99), (98.6, 99)])
def test_a_known_figure_is_rounded_to_whole_per_cent(value: float, said: int) -> None:
    assert probability(figure(value)) == {"probabilityDecimal": said}


@pytest.mark.parametrize(
    ("value", "said"), [(0.4, (None, 1)), (0.999, (None, 1)), (99.3, (99, None)), (99.999, (99, None))]
)
def test_what_is_nearly_none_or_all_is_a_bound(value: float, said: tuple[float | None, float | None]) -> None:
    assert ends(probability(figure(value))) == said


def test_none_or_all_of_a_group_is_no_number_at_all() -> None:
    assert probability(figure(0.0)) == probability(figure(100.0)) == {}


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (40.2, 57.4, (40, 57)),
        (0.0, 100.0, (1, 99)),
        (0.1, 0.3, (None, 1)),
        (99.6, 99.9, (99, None)),
        (0.2, 30, (1, 30)),
    ],
)
def test_a_range_stays_within_1_and_99(low: float, high: float, said: tuple[float | None, float | None]) -> None:
    assert ends(probability(figure(None, low=low, high=high, interval="range over what is not known"))) == said


def test_a_bound_of_the_source_is_a_range_with_one_end() -> None:
    assert ends(probability(figure(90.0, bound="above"))) == (90, None)
    assert ends(probability(figure(10.0, bound="below"))) == (None, 10)


def test_a_figure_printed_to_steps_is_rounded_to_them() -> None:
    assert probability(figure(63.0, printed_to=5)) == {"probabilityDecimal": 65}
    assert ends(probability(figure(98.5, printed_to=5))) == (95, None)
    assert ends(probability(figure(1.5, printed_to=5))) == (None, 5)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(20.4, 30.6, {"low": 20, "high": 31}), (0.2, 3.4, {"low": 0.2, "high": 3}), (0.0, 3.4, {"high": 3}),
     (97.2, 99.8, {"low": 97, "high": 99.8}), (97.2, 100.0, {"low": 97})],
)  # fmt: skip
def test_an_end_of_an_interval_is_never_0_or_100(low: float, high: float, said: dict[str, float]) -> None:
    assert interval_ends(figure(2.0, low=low, high=high, interval="95% CI")) == said


# -- two libraries


@pytest.mark.parametrize("name", every_record())
def test_fhirkit_accepts_it(name: str) -> None:
    fhirkit = pytest.importorskip("fhirkit")
    assert not [str(issue) for issue in fhirkit.validate(written(name))]


@pytest.mark.parametrize("name", RECORDS)
def test_fhir_resources_accepts_it(name: str) -> None:
    bundle = pytest.importorskip("fhir.resources.R4B.bundle")
    for survival in (True, False):
        read = bundle.Bundle.model_validate(written(name, survival))
        assert len(read.entry) == len(written(name, survival)["entry"])


def test_the_definitions_of_our_extensions_are_accepted_and_named_as_they_are_used() -> None:
    definition = pytest.importorskip("fhir.resources.R4B.structuredefinition").StructureDefinition
    assert set(structure_definitions()) == {INTERVAL, TIME_ZERO, MONTHS_SINCE_DIAGNOSIS}
    for address, data in structure_definitions().items():
        definition.model_validate(data)
        fixed = [e["fixedUri"] for e in data["differential"]["element"] if e["id"] == "Extension.url"]
        assert fixed == [address]
        assert re.fullmatch(r"[A-Z][A-Za-z0-9_]{0,254}", data["name"])
