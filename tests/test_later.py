"""What is made late – dataclasses, models – is what it would have been, for threads and for others' code too."""

from __future__ import annotations

import threading
from dataclasses import field, fields

import pytest
from pydantic import BaseModel, ValidationError, field_validator

from sarcoma._dataclass import dataclass
from sarcoma.errors import RecordError
from sarcoma.patient import Metastasis, Patient


def _fresh() -> type:
    @dataclass(frozen=True)
    class Made:
        x: int
        y: int = field(default=0, repr=False)
        codes: dict[str, str] = field(default_factory=dict)

    return Made


def test_threads_that_make_one_class_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    failed: list[Exception] = []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            made, start = _fresh(), threading.Barrier(8)

            def ask(made: type = made, start: threading.Barrier = start) -> None:
                start.wait()
                try:
                    assert [f.name for f in fields(made)] == ["x", "y", "codes"]
                    assert made(1) == made(1)
                    assert repr(made(1)).endswith("Made(x=1, codes={})")
                except Exception as error:
                    failed.append(error)

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
    finally:
        sys.setswitchinterval(before)
    assert not failed


def test_a_class_that_is_still_to_be_made_is_matched_by_position() -> None:
    made = _fresh()
    match made(1, 2):
        case made(1, 2):  # type: ignore[misc]
            return
    pytest.fail("was not matched")


def test_no_value_of_a_person_in_an_error_of_pydantic() -> None:
    class Asked(BaseModel):
        patient: Patient

    with pytest.raises(RecordError) as told:
        Asked(patient={"age": "SECRET", "nothing": 1})
    assert "SECRET" not in str(told.value)
    with pytest.raises(ValidationError) as raised:
        Metastasis(organ="SECRET")
    assert "SECRET" not in str(raised.value)


def test_validators_of_a_class_of_ones_own_are_asked() -> None:
    class Adult(Patient):
        @field_validator("age")
        @classmethod
        def _of_age(cls, value: float | None) -> float | None:
            if value is not None and value < 18:
                raise ValueError("adults only")
            return value

    assert Adult(age=62).age == 62
    with pytest.raises(RecordError):
        Adult(age=3)


def test_a_record_is_a_record() -> None:
    patient = Patient(age=62)
    assert Patient.model_validate(patient) is patient
