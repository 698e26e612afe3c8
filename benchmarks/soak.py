"""A long load on the pages: python benchmarks/soak.py [--minutes 10] [--clients 20]

Clients ask for one page after another, in an order drawn from a seed, each waiting for the whole answer. Every answer
must be 200, or 503 with `Retry-After` (too many ask; counted), and the memory of the server must not grow: its median
in the last third of the time is compared with that in the first, after a while to warm up.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from web import PAGES, request, start, wait_for

PORT = 8331
LIMIT_GROWTH_MB = 25.0
WARM = 0.1
"""This part of the time is not judged."""


@dataclass
class Seen:
    """What came back: how often which status, and how long it took in which minute."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)


def megabytes(process: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024  # type: ignore[union-attr]


async def client(number: int, until: float, begun: float, seen: Seen) -> None:
    draw = random.Random(number)
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    while time.monotonic() < until:
        name, path, data = draw.choice(PAGES)
        asked = time.monotonic()
        try:
            writer.write(request(path, data, PORT))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.I)
            await reader.readexactly(int(length.group(1)) if length else 0)
        except (OSError, asyncio.IncompleteReadError) as error:
            seen.wrong[f"{name}: {type(error).__name__}"] += 1
            head = b"connection: close"
        else:
            status = int(head[9:12])
            seen.statuses[status] += 1
            taken = 1000 * (time.monotonic() - asked)
            seen.milliseconds.setdefault(int((asked - begun) // 60), []).append(taken)
            if status == 503 and b"retry-after:" in head.lower():
                await asyncio.sleep(1)
            elif status != 200:
                seen.wrong[f"{name}: {status}"] += 1
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.close()


async def watch(process: int, until: float, begun: float, seen: Seen) -> None:
    while time.monotonic() < until:
        seen.memory.append((time.monotonic() - begun, megabytes(process)))
        await asyncio.sleep(2)


async def soak(process: int, minutes: float, clients: int) -> Seen:
    seen, begun = Seen(), time.monotonic()
    until = begun + 60 * minutes
    await asyncio.gather(
        watch(process, until, begun, seen), *(client(number, until, begun, seen) for number in range(clients))
    )
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=20)
    options = parser.parse_args()
    server = start([sys.executable, "-m", "sarcoma", "serve", "--port", str(PORT)])
    try:
        wait_for(PORT)
        seen = asyncio.run(soak(server.pid, options.minutes, options.clients))
        alive = server.poll() is None
    finally:
        server.terminate()
        server.wait()
    for minute, times in sorted(seen.milliseconds.items()):
        ordered = sorted(times)
        print(
            f"minute {minute + 1:>2}: {len(times):>6,} answers, median {statistics.median(times):.0f} ms, "
            f"95th percentile {ordered[int(0.95 * len(ordered))]:.0f} ms"
        )
    print(f"answers: {', '.join(f'{count:,} × {status}' for status, count in sorted(seen.statuses.items()))}")
    judged = [(at, mb) for at, mb in seen.memory if at > WARM * 60 * options.minutes]
    third = max(1, len(judged) // 3)
    first, last = (statistics.median(mb for _, mb in part) for part in (judged[:third], judged[-third:]))
    print(
        f"memory: {first:.0f} MB in the first third, {last:.0f} MB in the last, at most "
        f"{max(mb for _, mb in seen.memory):.0f} MB (growth at most {LIMIT_GROWTH_MB:.0f} MB)"
    )
    problems = [f"{count} × {what}" for what, count in seen.wrong.items()]
    problems += [] if alive else ["the server stopped"]
    problems += [f"memory grew by {last - first:.0f} MB"] if last - first > LIMIT_GROWTH_MB else []
    if problems:
        raise SystemExit("; ".join(problems))


if __name__ == "__main__":
    main()
