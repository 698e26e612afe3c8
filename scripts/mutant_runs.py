"""mutmut, but the tests are collected once: every change is tried in a fork of a process that knows all tests already.

Usage: python scripts/mutant_runs.py run --max-children N     (as `python -m mutmut run`; used by scripts/mutate.py)

mutmut starts pytest anew for every change, which takes longer than the tests that see the change, and runs them in any
order. Here the fork server keeps pytest's session; a fork runs the tests that reach the change, the quickest first, up
to the first that fails. Before the first change a fork runs one case of each test without: if one fails, none is tried.

What ran while the tests were collected (cards are read and checked then) has left its answers in caches. A change in it
that no test saw so far is tried once more, with the caches emptied, by all tests.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import os
from collections.abc import Iterable
from typing import Any

from mutmut.__main__ import cli
from mutmut.configuration import config
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import strip_prefix
from mutmut.workers import isolation

SUSPICIOUS = 35
"""mutmut's code for a run of which nothing can be said; it is no kill."""

_NOT_OURS = ["-p", "no:unraisableexception", "-p", "no:threadexception"]
"""What mutmut leaves open would be a warning, and so a failure, of whatever test runs at that moment."""

COLLECTION = "while the tests were collected"
"""Stands among the tests that reach a function."""


def caches() -> list[Any]:
    """What the project's functions remember."""
    every = [found for found in gc.get_objects() if isinstance(found, functools._lru_cache_wrapper)]
    return [found for found in every if str(found.__module__).startswith("sarcoma")]


def empty(some: list[Any]) -> None:
    for found in some:
        found.cache_clear()


def turns(tests: Iterable[str]) -> list[list[str]]:
    """The quickest case of every test function, then the next of each: the cases of one see much the same."""
    cases: dict[str, list[str]] = {}
    for test in sorted(tests, key=lambda test: (state().duration_by_test.get(test, 0.0), test)):
        cases.setdefault(test.split("[")[0], []).append(test)
    return [[test for test in turn if test is not None] for turn in itertools.zip_longest(*cases.values())]


class Reached:
    """Notes which tests reach which functions, and how long each takes."""

    file = ""

    def pytest_collection_finish(self) -> None:
        self._note(COLLECTION)
        empty(caches())

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        state().duration_by_test[nodeid] = 0
        file = nodeid.split("::")[0]
        if file != self.file:  # what a test remembers would not be reached by those of the next file
            self.file = file
            empty(caches())

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        state().duration_by_test[item.nodeid] += call.duration

    def pytest_runtest_teardown(self, item: Any) -> None:
        self._note(strip_prefix(item.nodeid, prefix="mutants/"))

    def pytest_sessionfinish(self) -> None:
        state().duration_by_test[COLLECTION] = sum(state().duration_by_test.values())

    def _note(self, test: str) -> None:
        for function in state()._stats:
            state().tests_by_mangled_function_name[function].add(test)
        state()._stats.clear()


class CollectedRunner(PytestRunner):
    """Runs tests of a session that the fork server has opened."""

    def run_stats(self, *, tests: Iterable[str]) -> int:
        with change_cwd("mutants"):
            return int(self.execute_pytest(self._pytest_args_regular_run(tests), plugins=[Reached()]))

    def warm_up(self) -> None:
        from _pytest.config import _prepareconfig
        from _pytest.main import Session

        os.chdir("mutants")
        arguments = ["--rootdir=.", "--tb=no", "-x", "--capture=sys", *_NOT_OURS, *config().pytest_add_cli_args]
        settings = _prepareconfig([*arguments, *config().pytest_add_cli_args_test_selection])
        settings._do_configure()
        self.session = Session.from_config(settings)
        settings.hook.pytest_sessionstart(session=self.session)
        set_mutant_under_test("")
        settings.hook.pytest_collection(session=self.session)
        self.items = {item.nodeid: item for item in self.session.items}
        if isolation.run_in_fork(self._run, turns(self.items)[0]) != 0:
            raise RuntimeError("the tests fail where nothing is changed")
        self.caches = caches()
        gc.collect()
        gc.freeze()  # a fork that collects garbage would copy all of this

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:  # noqa: ARG002
        reaching = set(tests)
        if not self.items.keys() >= reaching - {COLLECTION}:
            return SUSPICIOUS
        failed = self._run(reaching - {COLLECTION})
        if not failed and COLLECTION in reaching:
            empty(self.caches)
            failed = self._run(self.items)
        return failed

    def _run(self, tests: Iterable[str]) -> int:
        self.session.items = [self.items[test] for turn in turns(tests) for test in turn]
        with contextlib.suppress(self.session.Failed, self.session.Interrupted):
            self.session.config.hook.pytest_runtestloop(session=self.session)
        return 1 if self.session.testsfailed else 0


class CollectedServer(isolation.ForkServerRunner):
    """The fork server with that runner."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "test_runner_class": CollectedRunner})

    def run_clean_tests(self, tests: Iterable[str]) -> int:  # noqa: ARG002
        return 0  # see `warm_up`

    def run_forced_fail(self) -> int:
        return 1  # a function that no test reaches is told as such


isolation.ForkServerRunner = CollectedServer  # type: ignore[assignment, misc]

if __name__ == "__main__":
    cli()
