"""Speeds that the docs name: CPU of a cold `sarcoma outlook`, of one more outlook in a process that is already running
(what a web server does), and 100,000 records through every card.

Run: make bench   (medians of several runs; the process is measured, not the function)
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

COLD_RUNS = 9
WARM_RUNS = 200
RECORDS = 100_000
CASE = [
    *("--age", "62", "--type", "leiomyosarcoma", "--site", "lower limb", "--size", "7"),
    *("--depth", "deep", "--grade", "3", "--surgery", "resected"),
]


def cpu_of(command: list[str], environment: Mapping[str, str] | None = None) -> float:
    """User and system seconds of one child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cold_start() -> None:
    floor = statistics.median(cpu_of([sys.executable, "-c", "import numpy, pydantic, typer"]) for _ in range(COLD_RUNS))
    for extra in ([], ["--survival"], ["--json"]):
        command = [sys.executable, "-m", "sarcoma", "outlook", *CASE, *extra]
        cpu_of(command)
        seconds = statistics.median(cpu_of(command) for _ in range(COLD_RUNS))
        shown = " ".join(["sarcoma outlook …", *extra])
        print(f"{shown:32} {seconds:5.2f} s CPU (limit 0.7; imports alone {floor:.2f}; ratio {seconds / floor:.1f})")


def warm_outlook() -> None:
    """One outlook after another of different people, as a server makes them, in one process."""
    import sarcoma
    from sarcoma.outlook import course_at
    from sarcoma.patient import Patient

    told = {"type": "leiomyosarcoma", "site": "lower limb", "depth": "deep", "grade": 3, "surgery": "resected"}
    people = {
        "localised": [Patient(**told, age=40 + i % 40, size=4 + i % 11) for i in range(WARM_RUNS)],
        "metastatic": [
            Patient(**told, age=40 + i % 40, size=4 + i % 11, metastases="lung@8", landmark_months=8 + i % 24)
            for i in range(WARM_RUNS)
        ],
    }
    for audience, limit in (("everyone", 2.5), ("teams", 7.0)):
        for situation, some in people.items():
            milliseconds = cpu_of_each(lambda person: sarcoma.outlook_of(person, audience=audience), some)  # noqa: B023
            print(f"one warm outlook, {audience}, {situation:10} {milliseconds:5.2f} ms CPU (limit {limit})")
    card = sarcoma.models.card("survival-after-metastasis-msk")
    for band in (False, True):
        milliseconds = cpu_of_each(lambda person: course_at(card, person, 12.0, band=band), people["metastatic"])  # noqa: B023
        print(f"one curve from another time, {'with its band' if band else 'line only':13} {milliseconds:5.2f} ms CPU")


def cpu_of_each(function: Callable[[Any], Any], arguments: list[Any]) -> float:
    """Median CPU milliseconds of a call, after a first round."""
    for argument in arguments[:10]:
        function(argument)
    times = []
    for argument in arguments:
        start = time.process_time()
        function(argument)
        times.append(time.process_time() - start)
    return 1000 * statistics.median(times)


def many_records() -> None:
    from sarcoma.evidence import library
    from sarcoma.models import cards, predict
    from sarcoma.patient import Patient, Records

    rng = np.random.default_rng(1)
    types = [t.id for t in library().types.values() if not t.out_of_scope]
    places = ["upper-limb", "lower-limb", "trunk", "retroperitoneum", "head-and-neck", "uterus"]

    def pick(values: list[object]) -> object:
        return values[rng.integers(len(values))]

    start = time.perf_counter()
    people = [
        Patient(
            age=float(rng.integers(18, 90)),
            histologic_type=pick(types),
            site=pick(places),
            size_cm=float(rng.integers(1, 300)) / 10,
            grade=pick(["1", "2", "3", None]),
            margin=pick(["R0", "R1", "R2", None]),
            surgery="resected",
            multifocal=pick([True, False, None]),
            nodes=pick(["negative", None]),
            metastases=pick([(), (), ({"organ": "lung", "months": 8.0},)]),
        )
        for _ in range(RECORDS)
    ]
    print(f"{RECORDS:,} records validated           {time.perf_counter() - start:5.2f} s")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        records = Records(people)
        applied = {card.id: int((predict(card, records).status == 1).sum()) for card in cards().values()}
        times.append(time.perf_counter() - start)
    print(f"{RECORDS:,} records through {len(applied)} cards    {statistics.median(times):5.2f} s (limit 2.0)")
    print("  " + ", ".join(f"{card} {count:,}" for card, count in applied.items()))


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    cold_start()
    warm_outlook()
    many_records()
