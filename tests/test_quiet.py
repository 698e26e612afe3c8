"""No command shows a warning of a library: it carries a path of this machine and says nothing to an analyst."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from sarcoma.cli._quiet import quiet


@pytest.mark.parametrize("kind", [RuntimeWarning, UserWarning, FutureWarning, DeprecationWarning])
def test_warnings_are_hidden_here_and_in_processes_started(kind: type[Warning]) -> None:
    code = f"import warnings; warnings.warn('w', {kind.__name__})"
    with quiet():
        warnings.warn("w", kind, stacklevel=1)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not done.stderr
    with pytest.raises(kind):  # as before, afterwards
        warnings.warn("w", kind, stacklevel=1)
