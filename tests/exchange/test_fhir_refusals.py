"""A Bundle that cannot be read as a whole is refused with one sentence: the place, what is needed, never a value."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from made_up import (
    ICDO3,
    SNOMED,
    as_bytes,
    bundle,
    coded,
    condition,
    given,
    grade,
    measured,
    observation,
    person,
    procedure,
    size,
    spread,
)

from sarcoma.errors import BundleError, RecordError
from sarcoma.exchange import Reading, read_bundle
from sarcoma.exchange.bundle import MOST_BYTES


def refusal(source: Any) -> tuple[str, str]:
    with pytest.raises(BundleError) as refused:
        read_bundle(source)
    (problem,) = refused.value.problems
    return problem.field, problem.rule.removeprefix("fhir-")


def nested(depth: int) -> dict[str, Any]:
    data = bundle(condition())
    part: Any = data["entry"][0]["resource"]
    for _ in range(depth):
        part["extension"] = [{}]
        part = part["extension"][0]
    return data


def test_what_is_no_bundle_is_refused() -> None:
    assert refusal(b"{") == ("bundle", "not-json")
    assert refusal("\udcff") == ("bundle", "not-json")
    assert refusal(b'{"resourceType": "Bundle", "total": NaN}') == ("bundle", "not-json")
    assert refusal(b'{"resourceType": "Bundle", "entry": [], "entry": []}') == ("bundle", "not-json")
    assert refusal(b"[]") == ("bundle", "not-a-bundle")
    assert refusal({"resourceType": "Patient"}) == ("bundle", "not-a-bundle")
    assert refusal({"resourceType": "Bundle"}) == ("bundle.entry", "no-patient")
    assert refusal({"resourceType": "Bundle", "entry": [{"resource": condition()}]}) == ("bundle.entry", "no-patient")


def test_numbers_that_no_measurement_is() -> None:
    for huge in (10**400, -(10**400), 1e13):
        reading = read_bundle(bundle(condition(), measured("a", "1751-7", huge, "g/L"), size("s", huge)))
        assert reading.patient.albumin is None
        assert reading.patient.size_cm is None
    with pytest.raises(RecordError):
        read_bundle(bundle(condition()), landmark_months=-1)


def test_too_large_and_too_deep() -> None:
    assert refusal(b" " * (MOST_BYTES + 1)) == ("bundle", "too-large")
    assert refusal(b'{"a":' * 100_000) == ("bundle", "too-deep")
    assert refusal(nested(10_000)) == ("bundle", "too-deep")
    assert isinstance(read_bundle(nested(15)), Reading)


def test_two_patients_and_resources_of_another_patient_are_refused_whole() -> None:
    assert refusal(bundle(condition(), person(id="q"))) == ("entry[2].resource", "two-patients")
    other = observation("x", coded(SNOMED, "395536008"), subject={"reference": "Patient/q"})
    assert refusal(bundle(condition(), other)) == ("entry[2].resource.subject", "other-patient")
    unread = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/q"}}
    assert refusal(bundle(condition(), unread)) == ("entry[2].resource.patient", "other-patient")
    nobodys = observation("x", coded(SNOMED, "395536008"))
    del nobodys["subject"]
    assert refusal(bundle(condition(), nobodys)) == ("entry[2].resource.subject", "no-subject")
    within = condition(contained=[person(id="inner")])
    assert refusal(bundle(within))[1] == "two-patients"


def test_a_resource_that_stands_twice_counts_once_and_may_not_differ() -> None:
    assert read_bundle(bundle(condition(), condition())).patient.histologic_type == "leiomyosarcoma"
    assert refusal(bundle(condition(), condition(code=coded(ICDO3, "9120/3")))) == ("entry[2].resource", "stands-twice")


def test_references_in_a_circle_are_an_error() -> None:
    def panel(name: str, member: str) -> dict[str, Any]:
        return observation(name, coded(SNOMED, "399566009"), hasMember=[{"reference": f"Observation/{member}"}])

    assert refusal(bundle(condition(), panel("a", "b"), panel("b", "a")))[1] == "circle"
    assert refusal(bundle(condition(), panel("a", "a")))[1] == "circle"
    chain = [panel(f"n{i}", f"n{i + 1}") for i in range(60)]
    assert refusal(bundle(condition(), *chain, panel("n60", "x")))[1] == "too-deep"


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"verificationStatus": "refuted"}, "entry[1].resource.verificationStatus"),
        ({"code": "8890/3"}, "entry[1].resource.code"),
        ({"code": {"coding": {"code": "8890/3"}}}, "entry[1].resource.code.coding"),
        ({"extension": [7]}, "entry[1].resource.extension[0]"),
        ({"onsetDateTime": 2024}, "entry[1].resource.onsetDateTime"),
    ],
)
def test_a_wrong_type_names_its_place(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(BundleError) as refused:
        read_bundle(bundle(condition(**wrong)))
    assert refused.value.problems[0].field == place
    assert "8890" not in str(refused.value)


SECRETS = ("Anyperson", "1961-05-02", "MRN-4711", "Mustermann")


def whole() -> dict[str, Any]:
    who = person(name=[{"family": "Anyperson"}], identifier=[{"value": "MRN-4711"}])
    everything = (
        condition(note=[{"text": "Mustermann"}]),
        spread(),
        size("s", 70),
        grade(method={"text": "FNCLCC"}),
        measured("a", "1751-7", 41, "g/L"),
        procedure(),
        given(),
        observation("t", coded(SNOMED, "399387003"), valueCodeableConcept=coded(SNOMED, "1229901006")),
    )
    return bundle(*everything, who=who)


VALUES: tuple[Any, ...] = (
    None, [], {}, "", "Mustermann", "x" * 5_000, 0, -1, 1e308, True, False, "2024-02-30", "0001-01-01", [None], [{}],
    {"coding": None}, {"coding": [None]}, {"coding": [{"system": 3, "code": 4}]}, "Patient/\u0000\u001b[2J",
)  # fmt: skip


def mutated(data: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """One part of a Bundle dropped, doubled, swapped or replaced."""
    data = copy.deepcopy(data)
    places: list[tuple[Any, Any]] = []
    level: list[Any] = [data]
    while level:
        part = level.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part))
        for key in keys:
            places.append((part, key))
            if isinstance(part[key], (dict, list)):
                level.append(part[key])
    part, key = draw.choice(places)
    what = draw.randrange(4)
    if what == 0:
        del part[key]
    elif what == 1 and isinstance(part, list):
        part.append(copy.deepcopy(part[key]))
    elif what == 2:
        other, place = draw.choice(places)
        part[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(part[key])
    else:
        part[key] = draw.choice(VALUES)
    return data


def test_mutated_bundles_give_a_reading_or_an_error_without_a_value() -> None:
    draw, data = random.Random(20261127), whole()
    read = 0
    for _ in range(1500):
        try:
            found = read_bundle(mutated(data, draw))
        except RecordError as error:
            said = str(error)
        else:
            read += 1
            said = repr(found) + " ".join((*found.unknown.values(), *found.conflicts.values()))
            said += " ".join(one.text for one in found.unread) + " ".join(one.text for one in found.remarks)
        assert not any(secret in said for secret in SECRETS)
    assert read > 500


def test_text_and_dictionaries_read_alike() -> None:
    data = whole()
    assert (
        read_bundle(json.dumps(data)).as_json() == read_bundle(as_bytes(data)).as_json() == read_bundle(data).as_json()
    )
