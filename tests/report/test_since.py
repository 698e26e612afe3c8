"""What changed since an earlier outlook: what differs, why, and which files are refused."""

from __future__ import annotations

import copy
import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from sarcoma.cli import main
from sarcoma.errors import EarlierError
from sarcoma.evidence import library
from sarcoma.evidence.versions import NAMES, SCHEMA_VERSION, versions
from sarcoma.outlook import outlook_of
from sarcoma.outlook.earlier import MOST_BYTES, earlier_of, earlier_of_json
from sarcoma.outlook.since import Since
from sarcoma.patient import Patient
from sarcoma.report import as_data, since_data, since_earlier, since_text

OLD = sorted((Path(__file__).parent / "outlooks_0.1").glob("*.json"))

LEG: dict[str, Any] = {
    "age": 62, "type": "LMS", "site": "lower limb", "size": 7, "depth": "deep", "grade": 3, "surgery": "resected",
}  # fmt: skip
PEOPLE: dict[str, dict[str, Any]] = {
    "nobody": {},
    "leg": LEG,
    "lung": LEG | {"metastases": ["lung@14", "bone"], "landmark": 16, "treatments": ["doxorubicin"]},
    "unknown": {"age": 40, "metastases": "unknown", "presentation": "unknown", "local_recurrence": "unknown"},
    "dates": {"diagnosis_date": "2024-01-10", "metastases": "lung@2025-03-01", "type": "UPS"},
    "belly": {"type": "DDLPS", "site": "retroperitoneum", "multifocal": "no", "local_recurrence_months": 30},
    "child": {"age": 9, "type": "embryonal rhabdomyosarcoma", "metastases": ["lung@0"], "rms_group": "IV"},
}


def data_of(record: dict[str, Any]) -> dict[str, Any]:
    """The outlook of a record as it would have been written and read again."""
    return cast("dict[str, Any]", json.loads(json.dumps(as_data(outlook_of(Patient(**record))))))


def compared(earlier: dict[str, Any], record: dict[str, Any], *, survival: bool = False) -> Since:
    return since_earlier(earlier_of(earlier), Patient(**record), data_of(record), survival=survival)


@pytest.fixture(scope="module")
def leg() -> dict[str, Any]:
    return data_of(LEG)


def before_today(data: dict[str, Any], **changed: str) -> dict[str, Any]:
    """An outlook as if it had been written with an earlier evidence."""
    return copy.deepcopy(data) | {"evidence_version": "0.1+000000000000", "evidence_changed_on": "2026-01-01"} | changed


# -- what every JSON carries


def test_an_outlook_carries_versions_first_and_the_version_of_each_model(leg: dict[str, Any]) -> None:
    assert tuple(leg)[:4] == NAMES
    assert {name: leg[name] for name in NAMES} == versions()
    assert all(model["version"] for model in leg["models"])
    assert leg["evidence_version"] == library().version


@pytest.mark.parametrize(
    "command",
    [
        ["why", "B21"], ["models"], ["models", "kattan-2002"], ["types"], ["types", "LMS"], ["people", "Germany"],
        ["evidence", "due"], ["evidence", "changes", "--since", "0.1"], ["evidence", "impact", "B21.dm"],
        ["outlook", "--age", "62"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_json_of_the_command_line_carries_versions(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--json"])
    gc.enable()
    assert json.loads(capsys.readouterr().out)["schema_version"] == SCHEMA_VERSION


@pytest.mark.parametrize("record", PEOPLE.values(), ids=PEOPLE)
def test_the_record_of_an_outlook_is_the_record_again(record: dict[str, Any]) -> None:
    data = data_of(record)
    again = data_of(data["record"])
    assert again == data
    found = compared(data, record, survival=True)
    assert (found.person, found.differences) == ((), ())


# -- the person


def test_what_differs_in_the_record_is_due_to_the_person(leg: dict[str, Any]) -> None:
    later = {k: v for k, v in LEG.items() if k != "depth"} | {"size": 9, "metastases": "lung@14", "landmark": 15}
    found = compared(leg, later)
    assert {(one.name, one.what) for one in found.person} == {
        ("size_cm", "changed"), ("depth", "gone"), ("metastases", "changed"), ("landmark_months", "new"),
    }  # fmt: skip
    assert {one.cause for one in found.differences} == {"person"}
    by = {(one.part, one.key): one for one in found.differences}
    assert by["situation", "situation"].aspects == ("situation",)
    assert by["answer", "spread"].aspects == ("headline", "nearest")
    assert by["model", "kattan-2002"].after.aspects["status"] == "does not apply"  # type: ignore[union-attr]
    assert by["treatment", "doxorubicin"].what == "new"
    assert by["treatment", "brachytherapy"].what == "gone"
    assert by["figure", "C4.metastasis"].what == "gone"


def test_stage_grade_and_numbers_of_models_are_compared(leg: dict[str, Any]) -> None:
    found = compared(leg, LEG | {"grade": 1}, survival=True)
    parts = {one.part for one in found.differences}
    assert {"grade", "stage", "model-figures"} <= parts


def test_survival_is_compared_only_if_asked_for(leg: dict[str, Any]) -> None:
    later = LEG | {"metastases": "lung@14", "landmark": 15}
    without, with_them = compared(leg, later), compared(leg, later, survival=True)
    assert not [one for one in without.differences if one.about_survival]
    assert [one for one in with_them.differences if one.about_survival]
    assert ("answer", "survival") in {(one.part, one.key) for one in with_them.differences}
    assert "median survival" not in str(since_text(without, plain=False))
    assert since_data(without)["survival_compared"] is False


# -- the evidence


def test_a_figure_that_differs_for_the_same_record_is_due_to_the_evidence(leg: dict[str, Any]) -> None:
    earlier = before_today(leg)

    def change(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("origin") == "B21.dm":
                node["value"] = 99.0
            for value in node.values():
                change(value)
        elif isinstance(node, list):
            for value in node:
                change(value)

    change(earlier)
    (found,) = compared(earlier, LEG).differences
    assert (found.part, found.key, found.cause, found.aspects) == ("figure", "B21.dm", "evidence", ("numbers",))


def test_the_log_entry_that_speaks_of_a_figure_is_named_with_its_reason(leg: dict[str, Any]) -> None:
    logged = next(
        (change, figure)
        for figure in sorted({f["origin"] for f in leg["spread"] + leg["recurrence"] + leg["spread_general"]})
        for change in library().changes.values()
        if change.names(figure)
    )
    change, key = logged
    earlier = before_today(leg)
    text = json.dumps(earlier).replace(f'"origin": "{key}"', '"origin": "GONE.figure"')
    found = {(one.key, one.what): one for one in compared(json.loads(text), LEG).differences if one.part == "figure"}
    assert found["GONE.figure", "gone"].cause == "evidence"
    assert change in found[key, "new"].changes
    written = since_data(compared(json.loads(text), LEG))["differences"]
    assert change.because in [c["because"] for one in written if one["key"] == key for c in one["changes"]]
    later = json.loads(text) | {
        "evidence_changed_on": "2100-01-01"
    }  # entries from before the outlook are not its reason
    assert not [one for one in compared(later, LEG).differences if one.changes]


def test_the_person_and_the_evidence_are_told_apart(leg: dict[str, Any]) -> None:
    text = json.dumps(before_today(leg)).replace('"origin": "B21.dm"', '"origin": "GONE.figure"')
    causes = {one.cause for one in compared(json.loads(text), LEG | {"grade": 1}).differences}
    assert causes == {"person", "evidence"}


def test_retraction_of_a_source_is_a_difference(leg: dict[str, Any]) -> None:
    earlier = before_today(leg)
    for near in (n for a in earlier["answers"] for n in a["nearest"]):
        near["figure"]["source_status"] = [{"source": "BILLINGSLEY99", "what": "retracted"}]
    found = compared(earlier, LEG).differences
    assert {one.aspects for one in found} == {("standing",)}


# -- models, and the program


def test_a_model_of_another_version_is_the_reason(leg: dict[str, Any]) -> None:
    earlier = copy.deepcopy(leg)
    (course,) = [model for model in earlier["models"] if model["origin"] == "course-tcga"]
    course["version"] = "0.9.0"
    course["figures"][0]["value"] = 1.0
    found = compared(earlier, LEG, survival=True).differences
    assert {(one.part, one.key, one.cause) for one in found} == {
        ("model", "course-tcga", "model"), ("model-figures", "course-tcga", "model"),
    }  # fmt: skip
    assert {one.part for one in compared(earlier, LEG).differences} == {"model"}


def test_a_model_that_was_not_there_is_the_reason(leg: dict[str, Any]) -> None:
    earlier = copy.deepcopy(leg)
    earlier["models"] = [model for model in earlier["models"] if model["origin"] != "kattan-2002"]
    (found,) = compared(earlier, LEG).differences
    assert (found.key, found.what, found.cause) == ("kattan-2002", "new", "model")


def test_with_the_same_evidence_and_models_the_program_is_the_reason(leg: dict[str, Any]) -> None:
    earlier = copy.deepcopy(leg)
    earlier["red_flags"] = earlier["red_flags"][1:]
    (found,) = compared(earlier, LEG).differences
    assert (found.cause, found.changes) == ("program", ())
    both = before_today(earlier, product_version="0.0.9")
    (found,) = compared(both, LEG).differences
    assert found.cause in ("evidence-or-program", "evidence")
    assert bool(found.changes) == (found.cause == "evidence")


# -- what is refused, by name


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_an_outlook_of_version_0_1_is_refused_by_name(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EarlierError) as refused:
        earlier_of_json(path.read_bytes())
    assert refused.value.reason == "before-versions"
    with pytest.raises(SystemExit) as stopped:
        main(["outlook", "--age", "62", "--since", str(path)])
    gc.enable()
    assert stopped.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.words
def test_the_refusal_names_the_version_and_what_to_do() -> None:
    assert len(OLD) >= 4
    with pytest.raises(EarlierError, match=r"version 0\.1 .* did not carry the record .* make it again"):
        earlier_of_json(OLD[0].read_bytes())


WRONG: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "a record": ("not-an-outlook", lambda data: data["record"]),
    "a list": ("not-an-outlook", lambda data: [data]),
    "newer": ("newer-schema", lambda data: data | {"schema_version": SCHEMA_VERSION + 1}),
    "no such schema": ("incomplete", lambda data: data | {"schema_version": "2"}),
    "no record": ("incomplete", lambda data: {k: v for k, v in data.items() if k != "record"}),
    "no answers": ("incomplete", lambda data: {k: v for k, v in data.items() if k != "answers"}),
    "a day that is none": ("incomplete", lambda data: data | {"evidence_changed_on": "soon"}),
    "an escape": ("incomplete", lambda data: data | {"red_flags": [{"id": "\x1b[2J"}]}),
    "a situation of its own": ("incomplete", lambda data: data | {"situation": "cured"}),
    "models of text": ("incomplete", lambda data: data | {"models": ["kattan-2002"]}),
    "a record that cannot be": ("record", lambda data: data | {"record": {"age": 999}}),
    "a record with other fields": ("record", lambda data: data | {"record": {"hair": "red"}}),
}


@pytest.mark.parametrize(("reason", "change"), WRONG.values(), ids=WRONG)
def test_what_is_no_earlier_outlook_is_refused_in_one_sentence(
    reason: str, change: Callable[[dict[str, Any]], Any], leg: dict[str, Any]
) -> None:
    with pytest.raises(EarlierError) as refused:
        earlier_of_json(json.dumps(change(copy.deepcopy(leg))).encode())
    assert refused.value.reason == reason
    assert "\n" not in str(refused.value)
    assert not [word for word in ("999", "red", "\x1b", "cured") if word in str(refused.value).split()]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not-json"), (b"\xff\xfe", "not-json"), (b"{", "not-json"), (b"[" * 100_000, "not-json"),
        (b'{"situation": NaN}', "not-json"), (b"{}", "not-an-outlook"), (b" " * (MOST_BYTES + 1), "too-large"),
    ],
    ids=["empty", "bytes", "half", "deep", "nan", "other", "large"],
)  # fmt: skip
def test_files_that_are_no_outlook_are_refused(text: bytes, reason: str) -> None:
    with pytest.raises(EarlierError) as refused:
        earlier_of_json(text)
    assert refused.value.reason == reason


# -- at the command line


def test_at_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], leg: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    earlier, record = tmp_path / "earlier.json", tmp_path / "record.json"
    earlier.write_text(json.dumps(leg), encoding="utf-8")
    record.write_text(json.dumps(LEG), encoding="utf-8")

    def said(*options: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            main(["outlook", "--file", str(record), "--since", str(earlier), *options])
        gc.enable()
        assert stopped.value.code == 0
        return capsys.readouterr().out

    data = json.loads(said("--metastasis", "lung@14", "--json"))
    assert data["situation"] == "metastatic"
    assert data["since"]["person"][0]["after"] == [{"organ": "lung", "months": 14.0}]
    assert {one["cause"] for one in data["since"]["differences"]} == {"person"}
    earlier_of(data)  # and it may be the earlier one of the next time
    for plain in ([], ["--plain"]):
        text = said("--metastasis", "lung@14", *plain)
        assert max(len(line) for line in text.splitlines()) <= 80
        assert "kattan" in text.lower() or plain
        assert said(*plain)


@pytest.mark.words
def test_the_text_says_what_differs_and_why(leg: dict[str, Any]) -> None:
    text = " ".join(str(since_text(compared(leg, LEG | {"size": 9, "grade": 1}), plain=False)).split())
    for words in ("Size: 7 cm → 9 cm", "Because the record is different", "Grade • FNCLCC grade: 3 → 1"):
        assert words in text
    same = str(since_text(compared(leg, LEG), plain=True))
    assert "You told us the same as last time." in same
    assert "Nothing else is different." in same
