"""Shared: a made-up person, a small registry with every kind of row, and where public data may lie (never in the project).

The public data are read only where SARCOMA_DATA names their folder; otherwise the tests that need them are skipped.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from sarcoma._files import read_yaml
from sarcoma.cohort import Cohort, Source, cohort_map, make_cohort, open_source, read_cohort_map, simulated_table
from sarcoma.evidence import due_list

if TYPE_CHECKING:
    from postgresql_server import Server

# the same examples on every run; HYPOTHESIS_PROFILE=default searches anew
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

PSEUDO = os.environ.get("SARCOMA_PSEUDO") == "1"
"""Whether every sentence is replaced, so that tests of what sentences say are left out; see `pseudo/pseudo_text.py`."""
_left_out = pytest.StashKey[tuple[int, int]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if PSEUDO:
        words = [item for item in items if item.get_closest_marker("words")]
        config.stash[_left_out] = (len(words), len(items))
        items[:] = [item for item in items if not item.get_closest_marker("words")]
        config.hook.pytest_deselected(items=words)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None and _left_out in session.config.stash:
        output["left_out"] = session.config.stash[_left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if "left_out" in getattr(node, "workeroutput", {}):
        node.config.stash[_left_out] = node.workeroutput["left_out"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _left_out in config.stash:
        left_out, of = config.stash[_left_out]
        terminalreporter.write_line(f"{left_out} of {of} tests say what sentences say; they were left out")


@pytest.fixture(scope="session", autouse=True)
def the_day() -> Iterator[None]:
    """What is overdue does not change while the tests grow old; a test that asks for another day says which."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(due_list, "today", lambda: datetime.date(2026, 11, 27))
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data, which is not part of the project."""
    named = os.environ.get("SARCOMA_DATA")
    if not named:
        pytest.skip("SARCOMA_DATA does not name the folder of the public data")
    return Path(named)


@pytest.fixture(scope="session")
def tcga_table(real_data: Path) -> Path:
    """The public TCGA-SARC table, which is not part of the project."""
    path = real_data / "tcga_sarc" / "patients.csv"
    if not path.is_file():
        pytest.skip("the public TCGA-SARC table is not on this machine")
    return path


@pytest.fixture
def made_up() -> dict[str, object]:
    """A made-up person with a resected leiomyosarcoma of the lower limb."""
    return {
        "age": 62,
        "type": "leiomyosarcoma",
        "site": "lower limb",
        "size": 7,
        "depth": "deep",
        "grade": 3,
        "surgery": "resected",
    }


MAPPING = """
name: small registry
id: id
origin: {event: diagnosis, column: dx, unit: date}
centre: hospital
fields: {age: age, sex: sex, histologic_type: type, size_cm: {column: mm, unit: mm}, grade: grade}
events:
  - {event: death, when: {status: dead}, column: last, unit: date, cause: {column: why, values: {sts: sarcoma, mi: other}}}
  - {event: last-contact, when: {status: alive}, column: last, unit: date}
  - {event: metastasis, column: met, unit: date, organ: organ}
  - {event: local-recurrence, column: lr, unit: date}
"""
HEADER = "id,hospital,age,sex,type,mm,grade,dx,last,status,why,met,organ,lr"
ROWS = (
    "a,A,60,F,LMS,70,G3,2015-01-01,2018-01-01,dead,sts,2016-01-01,lung,",
    "b,A,50,M,UPS,45,2,2015-03-01,2019-03-01,alive,,,,2016-03-01",
    "c,B,999,F,LMS,120,G2,2016-01-01,2017-01-01,dead,mi,,,",
    "d,B,70,F,nonsense,33,G1,2016-01-01,2020-01-01,alive,,2015-12-01,liver,",
    "e,B,65,M,MFS,,,2017-01-01,2018-01-01,alive,,2019-01-01,bone,",
)


class Registry:
    """The small registry; `read` makes a cohort of it, or of other rows."""

    header, rows, text = HEADER, ROWS, MAPPING

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, rows: tuple[str, ...] = ROWS, header: str = HEADER) -> Cohort:
        table = self.folder / "table.csv"
        table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return make_cohort(open_source(table), cohort_map(read_yaml(MAPPING, "mapping")))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


@pytest.fixture(scope="session")
def shared(real_data: Path) -> Callable[[str], Path]:
    """A folder of the public data that development uses; the test is skipped where it is not there."""

    def folder(name: str) -> Path:
        path = real_data / name
        if not path.is_dir():
            pytest.skip(f"the public data {name} is not on this machine")
        return path

    return folder


@pytest.fixture(scope="session")
def tcga(shared: Callable[[str], Path]) -> Cohort:
    return make_cohort(open_source(shared("tcga_sarc")))


@pytest.fixture(scope="session")
def simulated() -> Cohort:
    return make_cohort(Source(simulated_table(3000, seed=5), "table"), read_cohort_map("simulated"))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL, once for all tests of a run."""
    from postgresql_server import HOW, programs, running

    if programs() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW)
        pytest.skip(HOW)
    with running() as server:
        yield server


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lets users into that server."""
    from postgresql_server import PASSWORD

    monkeypatch.setenv("PGPASSWORD", PASSWORD)
