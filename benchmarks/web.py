"""Speed of the pages: python benchmarks/web.py [--rounds 3] [--requests 1500] [--clients 20]

The server runs on one core, 20 clients on another; each client asks, waits for the whole answer and asks again, until
together they have asked so many times. The floor is a FastAPI app that does nothing but fill a small Jinja2 template.
Also: the time of a cold start, and the weight of each page with what it loads.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

LIMIT_MS, LIMIT_START_S, LIMIT_KB = 50, 1.5, 150

FLOOR = """
import sys, uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment
page = Environment(autoescape=True).from_string(
    "<!doctype html><title>{{ t }}</title><ul>{% for i in range(60) %}<li>{{ t }} {{ i }}</li>{% endfor %}</ul>"
)
app = FastAPI()

@app.get("/", response_class=HTMLResponse)
async def home():
    return page.render(t="A plain page")

uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
"""

LOCALISED = {
    "histologic_type": "leiomyosarcoma", "site": "lower-limb", "size_cm": "7", "depth": "deep", "grade": "3",
    "age": "62", "surgery": "resected", "margin": "R0",
}  # fmt: skip
METASTATIC = LOCALISED | {"metastases": "yes", "organ": "lung", "metastasis_months": "14"}
PAGES: list[tuple[str, str, dict[str, str] | None]] = [
    ("front page", "/", None),
    ("Understand: how it spreads", "/understand/how-it-spreads", None),
    ("Understand: treatments", "/understand/treatments", None),
    ("the article, checked", "/article", None),
    ("the form", "/situation", None),
    ("one model", "/models/kattan-2002", None),
    ("one fact", "/evidence/B21", None),
    ("Spanish: how it spreads", "/es/understand/how-it-spreads", None),
    ("Your situation, localised", "/situation", LOCALISED),
    ("Your situation, metastatic", "/situation", METASTATIC),
    ("Survival, after a yes", "/survival/shown", LOCALISED),
    ("Team, localised", "/team", LOCALISED),
    ("Team, metastatic", "/team", METASTATIC),
    ("POST /api/validate-record", "/api/validate-record", {"json": '{"age": 62, "type": "LMS", "size": 7}'}),
]


_ENCODED = "Accept-Encoding: gzip\r\n"
"""As every browser asks."""


def request(path: str, data: dict[str, str] | None, port: int) -> bytes:
    if data is None:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{_ENCODED}\r\n".encode()
    body, kind = (
        (data["json"], "application/json") if "json" in data else (urlencode(data), "application/x-www-form-urlencoded")
    )
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{_ENCODED}Content-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))  # type: ignore[union-attr]
    return int(head[9:12]), await reader.readexactly(length)


async def load(sent: bytes, port: int, total: int, clients: int) -> list[float]:
    """Milliseconds of every answer."""
    times: list[float] = []
    left = total

    async def client() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left > 0:
            left -= 1
            start = time.perf_counter()
            writer.write(sent)
            status, _body = await answer(reader)
            times.append(1000 * (time.perf_counter() - start))
            if status != 200:
                raise SystemExit(f"answered {status}")
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return times


async def once(sent: bytes, port: int) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    found = await answer(reader)
    writer.close()
    return found


def wait_for(port: int, until: float = 20.0) -> float:
    """Seconds until the server answers."""
    start = time.perf_counter()
    while time.perf_counter() - start < until:
        try:
            asyncio.run(once(request("/", None, port), port))
            return time.perf_counter() - start
        except OSError:
            time.sleep(0.005)
    raise SystemExit("the server did not start")


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """A server on the last core."""
    pinned = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
    return subprocess.Popen(pinned, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)


def measured(sent: bytes, port: int, total: int, rounds: int, clients: int) -> tuple[float, float, float]:
    """Median of several runs: median and 95th percentile (ms), answers a second."""
    asyncio.run(load(sent, port, clients * 3, clients))
    runs = []
    for _ in range(rounds):
        begun = time.perf_counter()
        times = sorted(asyncio.run(load(sent, port, total, clients)))
        runs.append((times[len(times) // 2], times[int(0.95 * len(times))], total / (time.perf_counter() - begun)))
    return tuple(statistics.median(r[k] for r in runs) for k in range(3))  # type: ignore[return-value]


def weight(html: bytes, port: int) -> float:
    """Kilobytes of a page with its style sheet, script and icon, as they are sent (compressed)."""
    text = gzip.decompress(html) if html[:2] == b"\x1f\x8b" else html
    loaded = set(re.findall(rb'(?:href|src)="(/static/[^"]+)"', text))
    parts = [len(asyncio.run(once(request(name.decode(), None, port), port))[1]) for name in loaded]
    return (len(html) + sum(parts)) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--clients", type=int, default=20)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        floor_file = Path(folder) / "floor.py"
        floor_file.write_text(FLOOR)
        sarcoma = str(Path(sys.executable).parent / "sarcoma")
        starts = []
        for k in range(5):
            server = start([sarcoma, "serve", "--port", str(8301 + k)])
            starts.append(wait_for(8301 + k))
            server.terminate()
            server.wait()
        print(f"cold start to the first page: {statistics.median(starts):.2f} s, median of 5 (limit {LIMIT_START_S})")
        floor = start([sys.executable, str(floor_file), "8310"])
        server = start([sarcoma, "serve", "--port", "8311"])
        try:
            wait_for(8310)
            wait_for(8311)
            os.sched_setaffinity(0, {cores[0]})
            print(
                f"\n{options.clients} clients, {options.requests} requests, median of {options.rounds} runs; "
                f"limits {LIMIT_MS} ms, {LIMIT_KB} kB\n"
            )
            print("| Page | median ms | 95th percentile ms | a second | × floor | kB with all it loads |")
            print("|---|---|---|---|---|---|")
            base = measured(request("/", None, 8310), 8310, options.requests, options.rounds, options.clients)
            print(f"| floor: FastAPI with a small template | {base[0]:.0f} | {base[1]:.0f} | {base[2]:.0f} | 1 | |")
            for name, path, data in PAGES:
                sent = request(path, data, 8311)
                total = options.requests if data is None else options.requests // 3
                middle, high, rate = measured(sent, 8311, total, options.rounds, options.clients)
                kilobytes = weight(asyncio.run(once(sent, 8311))[1], 8311)
                print(
                    f"| {name} | {middle:.0f} | {high:.0f} | {rate:.0f} | {high / base[1]:.1f} | {kilobytes:.0f} |",
                    flush=True,
                )
        finally:
            floor.terminate()
            server.terminate()


if __name__ == "__main__":
    main()
