"""How long a cohort of 100,000 made-up patients takes to be read, checked and described, and how much memory.

    python benchmarks/cohort.py [--patients 100000]

Each step is the command as a user runs it, in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", type=int, default=100_000)
    patients = parser.parse_args().patients
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table, cohort = str(folder / "registry.csv"), str(folder / "cohort")
        steps = {
            "simulate": ["simulate", "--patients", str(patients), "--to", table],
            "read": ["read", table, "--mapping", "simulated", "--to", cohort],
            "check": ["check", cohort, "--to", str(folder / "checks.html")],
            "describe": ["describe", cohort, "--to", str(folder / "article.html")],
        }
        for step, arguments in steps.items():
            start = time.perf_counter()
            command = [sys.executable, "-m", "sarcoma", "cohort", *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2  # of all steps so far
            print(f"{step:<9} {seconds:6.1f} s   {most:.2f} GB")


if __name__ == "__main__":
    main()
