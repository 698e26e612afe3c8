"""One run in a process of its own: CPU seconds, seconds on the clock, most memory; medians of several, and the page."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = ("", "CPU s", "least to most (runs)", "clock s", "memory MB")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Measured:
    """Runs of one thing: CPU seconds, seconds on the clock, MB of most memory; what stopped it where it was stopped."""

    cpu: tuple[float, ...] = ()
    wall: tuple[float, ...] = ()
    mb: tuple[float, ...] = ()
    stopped: str = ""

    def cells(self, fastest: float | None = None) -> list[str]:
        """CPU, least and most, clock, memory; with `fastest` the ratio of CPU to it."""
        if self.stopped:
            return [self.stopped, "–", "–", "–"]
        cpu = statistics.median(self.cpu)
        times = f" ({cpu / fastest:.2f} ×)" if fastest else ""
        least = f"{min(self.cpu):.2f} to {max(self.cpu):.2f} ({len(self.cpu)})" if len(self.cpu) > 1 else "once"
        wall, mb = statistics.median(self.wall), statistics.median(self.mb)
        return [f"{cpu:.2f}{times}", least, f"{wall:.2f}", f"{mb:,.0f}"]


def timed(function: Callable[[], object]) -> None:
    """Run it in this process, and print what it took as JSON for `runs`."""
    start, clock = time.process_time(), time.monotonic()
    function()
    cpu, wall = time.process_time() - start, time.monotonic() - clock
    print(json.dumps({"cpu": cpu, "wall": wall, "mb": peak()}))


def peak() -> float:
    """The most memory that this process held, in MB; `ru_maxrss` would count what its parent held, too."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def runs(commands: dict[str, Sequence[str]], times: int, limit: float | None = None) -> dict[str, Measured]:
    """Each command in turn, so many times over; one that is stopped, or took half its limit, is not run again."""
    told: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    stopped: dict[str, str] = {}
    for _ in range(times):
        for name, command in commands.items():
            slow = limit is not None and any(one["wall"] > limit / 2 for one in told[name])
            if name in stopped or slow:
                continue
            process = subprocess.Popen(
                [sys.executable, *command],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            try:
                out, fault = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # and what it started
                process.communicate()
                stopped[name] = f"> {limit:.0f} s on the clock"
                continue
            if process.returncode:
                print(fault[-2000:], file=sys.stderr)
                stopped[name] = "failed"
                continue
            told[name].append(json.loads(out.splitlines()[-1]))
            print(f"  {name}: {told[name][-1]}", file=sys.stderr, flush=True)
    return {
        name: Measured(*(tuple(run[key] for run in found) for key in ("cpu", "wall", "mb")), stopped.get(name, ""))
        for name, found in told.items()
    }


def noise(times: int = 25) -> Measured:
    """An empty loop of ten million turns: what the machine adds to the same work."""
    took: list[tuple[float, float]] = []
    for _ in range(times):
        start, clock = time.process_time(), time.monotonic()
        for _ in range(10_000_000):
            pass
        took.append((time.process_time() - start, time.monotonic() - clock))
    return Measured(tuple(cpu for cpu, _ in took), tuple(wall for _, wall in took), (0.0,))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of the page."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def put(part: str, text: str) -> None:
    """Write a part of docs/benchmarks.md, between its marks, or at the end."""
    first, last = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    whole = f"{first}\n{text.strip()}\n\n{last}"
    page = PAGE.read_text(encoding="utf-8")
    changed, found = re.subn(re.escape(first) + ".*?" + re.escape(last), lambda _: whole, page, flags=re.DOTALL)
    PAGE.write_text(changed if found else f"{page.rstrip()}\n\n{whole}", encoding="utf-8")
