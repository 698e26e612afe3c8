"""What a cold `sarcoma outlook` costs beside importing NumPy, pydantic and Typer: CPU in turns, medians, a ratio.

Run: python benchmarks/cold.py [RUNS]   (exit 1 where the ratio is above the limit that is kept today)

Two floors: the bare `import numpy, pydantic, typer` – pydantic loads most of itself only when a name is asked for – and
the same with `from pydantic import BaseModel`, which every use of it needs.

Measured as an installed package starts: with the bytecode that pip and uv write when they install, and any first run.
It is put into a folder of its own, which is thrown away, for all three commands.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

from outlook import cpu_of

CASE = Path(__file__).parents[1] / "examples" / "case.json"
WANTED, KEPT = 1.6, 1.7
"""The ratio that is aimed at, and the one that is kept, both over the floor with BaseModel."""

BARE = [sys.executable, "-c", "import numpy, pydantic, typer"]
USED = [sys.executable, "-c", "import numpy, typer; from pydantic import BaseModel"]
OUTLOOK = [sys.executable, "-m", "sarcoma", "outlook", "--file", str(CASE)]


def main(runs: int) -> int:
    with tempfile.TemporaryDirectory() as bytecode:
        installed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        installed["PYTHONPYCACHEPREFIX"] = bytecode
        for command in (BARE, USED, OUTLOOK):
            cpu_of(command, installed)
        times = [tuple(cpu_of(command, installed) for command in (BARE, USED, OUTLOOK)) for _ in range(runs)]
    bare, used, outlook = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"import numpy, pydantic, typer        {bare:5.3f} s CPU")
    print(f"the same with pydantic's BaseModel   {used:5.3f} s CPU")
    print(f"sarcoma outlook --file {CASE.name}     {outlook:5.3f} s CPU")
    print(f"ratio {outlook / bare:.2f} to the bare import, {outlook / used:.2f} with BaseModel (aimed at: {WANTED})")
    return int(outlook / used > KEPT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
