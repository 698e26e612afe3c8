"""mutmut, but the tests are collected once: every change is tried in a fork of a process that knows all tests already.

Usage: python scripts/mutant_runs.py run --max-children N     (as `python -m mutmut run`; used by scripts/mutate.py)

mutmut starts pytest anew for every change, which takes longer than the tests that see the change, and runs them in any
order. Here the fork server keeps pytest's session; a fork runs the tests that reach the change, the quickest first, up
to the first that fails. Before the first change a fork runs all of them with none: if one fails there, nothing is tried.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from mutmut.__main__ import cli
from mutmut.configuration import config
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.workers import isolation

SUSPICIOUS = 35
"""mutmut's code for a run of which nothing can be said; it is no kill."""

_NOT_OURS = ["-p", "no:unraisableexception", "-p", "no:threadexception"]
"""What mutmut leaves open would be a warning, and so a failure, of whatever test runs at that moment."""


class CollectedRunner(PytestRunner):
    """Runs tests of a session that the fork server has opened."""

    def warm_up(self) -> None:
        from _pytest.config import _prepareconfig
        from _pytest.main import Session

        os.chdir("mutants")
        arguments = ["--rootdir=.", "--tb=no", "-x", "--capture=sys", *_NOT_OURS, *config().pytest_add_cli_args]
        settings = _prepareconfig([*arguments, *config().pytest_add_cli_args_test_selection])
        settings._do_configure()
        self.session = Session.from_config(settings)
        settings.hook.pytest_sessionstart(session=self.session)
        settings.hook.pytest_collection(session=self.session)
        self.items = {item.nodeid: item for item in self.session.items}
        set_mutant_under_test("")
        if isolation.run_in_fork(lambda: self.run_tests(mutant_name=None, tests=self.items)) != 0:
            raise RuntimeError("the tests fail where nothing is changed")

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        quickest = sorted(tests, key=lambda test: (state().duration_by_test.get(test, 0.0), test))
        if not self.items.keys() >= set(quickest):
            return SUSPICIOUS
        self.session.items = [self.items[test] for test in quickest]
        with contextlib.suppress(self.session.Failed, self.session.Interrupted):
            self.session.config.hook.pytest_runtestloop(session=self.session)
        return 1 if self.session.testsfailed else 0


class CollectedServer(isolation.ForkServerRunner):
    """The fork server with that runner; what runs tests outside the server is mutmut's own."""

    def _forkserver_main(self, work_fd: int, result_fd: int) -> None:
        self.test_runner_class = CollectedRunner
        super()._forkserver_main(work_fd, result_fd)

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        return 0  # see `warm_up`


isolation.ForkServerRunner = CollectedServer  # type: ignore[misc]

if __name__ == "__main__":
    cli()
