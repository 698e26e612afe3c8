"""How much of each room the tests ran, lines and branches together, and whether it is enough.

Usage: python scripts/covered.py [--missing ROOM]     after a run of pytest with --cov (make cover)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = "src/sarcoma/"
LEAST = {"patient": 95.0, "models": 95.0, "survival": 95.0, "evidence": 95.0}
LEAST_OVERALL = 90.0
KEYS = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def summaries() -> dict[str, dict[str, int]]:
    """What coverage.py counted of every file, by its path below src/sarcoma."""
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(to)]
        subprocess.run(command, cwd=ROOT, check=True)
        files = json.loads(to.read_text("utf-8"))["files"]
    return {name.partition(PACKAGE)[2]: file["summary"] for name, file in files.items()}


def percent(of: list[dict[str, int]]) -> float:
    """Lines and branches that ran, of all lines and branches; as coverage.py has it."""
    lines, all_lines, branches, all_branches = (sum(summary[key] for summary in of) for key in KEYS)
    return 100 * (lines + branches) / max(1, all_lines + all_branches)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", metavar="ROOM", help="the lines and branches of a room that no test ran")
    options = parser.parse_args()
    if options.missing:
        command = [sys.executable, "-m", "coverage", "report", "--show-missing", "--skip-covered"]
        subprocess.run([*command, f"--include={PACKAGE}{options.missing}/*"], cwd=ROOT, check=True)
        return
    files = summaries()
    rooms: dict[str, list[dict[str, int]]] = defaultdict(list)
    for name, summary in files.items():
        rooms[name.split("/")[0] if "/" in name else "(top)"].append(summary)
    short = []
    for room, of in sorted(rooms.items()):
        least = LEAST.get(room)
        found = percent(of)
        print(f"{room:<12} {found:6.2f} %" + (f"   at least {least:.0f} %" if least else ""))
        if least and found < least:
            short.append(room)
    missing = sorted(set(LEAST) - set(rooms))
    overall = percent(list(files.values()))
    print(f"{'overall':<12} {overall:6.2f} %   at least {LEAST_OVERALL:.0f} %")
    if overall < LEAST_OVERALL:
        short.append("overall")
    if short or missing:
        print(f"Too little is tested of {', '.join(short + missing)}; see: python scripts/covered.py --missing ROOM")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
