"""Every public function, constructor and method: hostile arguments end in a result or in an error raised on purpose.

`FUZZ_INPUTS` says how many calls are made in all; without it they are few and the same on every run. A new public name
is called too, without being named here.
"""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pytest
from faces import ENTRY, EVENT, EXIT, KAPUTT, Face, faces, good, is_record
from hostile import HOSTILE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarcoma._frozen import Frozen
from sarcoma.errors import InputError, SarcomaError
from sarcoma.survival import CoxRegression, Histories, cumulative_incidence, kaplan_meier

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))
SECONDS = 30
"""A single call may take so long."""
NAMES = {
    "card_id",
    "question",
    "treatment",
    "country",
    "folder",
    "key",
    "name",
    "path",
    "to",
    "where",
    "figure_id",
    "field",
    "causes",
    "state",
}
"""Parameters that are names of things, which an error may name."""
_COSTLY = {"sarcoma.survival.measures.bootstrap": {"processes"}}
"""Parameters that are left as they are: each call would start processes."""


def _is_fuzzed(face: Face) -> bool:
    """Records hold what they are given, and the models of pydantic say themselves what is wrong with them."""
    if face.builds is not None and issubclass(face.builds, (pydantic.BaseModel, Frozen)):
        return face.name == "sarcoma.Patient"
    return not is_record(face.builds)


FACES = [face for face in faces() if face.parameters and _is_fuzzed(face)]
EXAMPLES = max(4, ASKED // len(FACES))


@st.composite
def arguments(draw: Any, face: Face) -> dict[str, str]:
    """Mostly right arguments with one or two that are hostile, by their names in `HOSTILE`, or `right 0`, `right 1`."""
    room = face.name.rsplit(".", 1)[0]
    kept = _COSTLY.get(face.name, set())
    names = [p.name for p in face.parameters if p.name not in kept]
    wrong = draw(st.sets(st.sampled_from(names), max_size=2))
    told = {}
    for p in face.parameters:
        known = len(good(room, p.name))
        if p.name in wrong or (not known and p.default is p.empty):
            told[p.name] = draw(st.sampled_from(sorted(HOSTILE)))
        elif known and (p.default is p.empty or draw(st.booleans())):
            told[p.name] = f"right {draw(st.integers(0, known - 1))}"
    return told


def call(face: Face, told: dict[str, str]) -> Any:
    room = face.name.rsplit(".", 1)[0]
    given_ = {}
    for name, what in told.items():
        given_[name] = good(room, name)[int(what[6:])] if what.startswith("right ") else HOSTILE[what]()
    return face.call(**given_)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Names of files that are made up are looked for, and written, there."""
    monkeypatch.chdir(tmp_path)

    def too_long(*_: Any) -> None:
        raise AssertionError(f"a call took longer than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, too_long)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("face", FACES, ids=str)
def test_a_result_or_an_error_on_purpose(face: Face) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=not ASKED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(told=arguments(face))
    def run(told: dict[str, str]) -> None:
        signal.alarm(SECONDS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                call(face, told)
        except SarcomaError as error:
            named = any(name in NAMES for name, what in told.items() if not what.startswith("right "))
            assert named or KAPUTT not in str(error), "a value in an error"
            assert error.__context__ is None
        finally:
            signal.alarm(0)

    run()


def test_what_the_rooms_offer_is_found() -> None:
    """A list that lost most of what it should find would pass the other test."""
    found = {face.name for face in FACES}
    assert len(found) > 110
    assert {"sarcoma.outlook_of", "sarcoma.models.predict", "sarcoma.cohort.Cohort.of_frames"} <= found
    assert {"sarcoma.survival.gray_test", "sarcoma.survival.EventTable.of_data"} <= found


# -- results, not only errors


@settings(max_examples=max(150, ASKED // 20), derandomize=not ASKED, deadline=None, database=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([0.0, 1e-14, 1e-13, 1e-3, 0.5, 1.0, 30.0, 1e15]),
            st.integers(0, 6),
            st.sampled_from([1e-13, 1e-3, 0.5, 1.0, 60.0, 1e3, 1e15]),
            st.integers(0, 6),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=7,
    ),
    step=st.sampled_from([0.5e-11, 0.9e-11, 1.1e-11]),
)
def test_probabilities_lie_between_0_and_1_however_near_the_times(rows: list[Any], step: float) -> None:
    """Times that are one by others between them may leave a row without a length: it is refused, not miscounted."""
    entry = np.array([a * (1 + i * step) for a, i, *_ in rows])
    end = np.array([b * (1 + i * step) for _, _, b, i, _ in rows])
    cause = np.array([c for *_, c in rows])
    for curve in (
        lambda: kaplan_meier(end, cause > 0, entry=entry),
        lambda: cumulative_incidence(end, cause, causes=("a", "b"), entry=entry),
    ):
        try:
            found = curve().probability
        except SarcomaError:
            continue
        assert np.isfinite(found).all()
        assert (found >= -1e-9).all()
        assert (found <= 1 + 1e-9).all()
        assert np.allclose(found.sum(axis=-1), 1)


def test_a_row_that_ends_at_0_and_starts_later_is_refused() -> None:
    from sarcoma.survival import Course

    end, entry = EXIT.copy(), ENTRY.copy()
    end[0], entry[0] = 0.0, 5.0
    with pytest.raises(InputError) as caught:
        Histories(Course.survival(), end, EVENT, entry=entry)
    assert caught.value.argument == "entry"
    with pytest.raises(InputError) as caught:
        CoxRegression().fit(EXIT[:, None], end, EVENT, entry=entry)
    assert caught.value.argument == "entry"


def test_looking_at_arguments_costs_little() -> None:
    from sarcoma._arguments import checked

    def plain(first: float, second: str = "a") -> float:
        return first

    looked = checked(plain)
    looked(1.0)
    start = time.perf_counter()
    for _ in range(2000):
        looked(1.0, second="b")
    assert (time.perf_counter() - start) / 2000 < 1e-4
