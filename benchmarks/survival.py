"""How fast the survival core is, beside its peers, in one run.

    python benchmarks/survival.py --write                      every cell, into docs/benchmarks.md (about an hour)
    python benchmarks/survival.py --rows 1e6 --covariates 5    some cells, printed only

Needs the extra `bench` (pip install -e '.[bench,fast]') and, for the R columns, Rscript with survival and cmprsk. Every
cell runs in a process of its own: data made there with a fixed seed, one run to warm up (compilers, caches), then the
median of five. A cell that takes longer than its limit is reported as such. Peak memory is what the timed calls add.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measured import put

sys.path[:] = [
    entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent
]  # a peer has our name
LIMIT = 20.0  # seconds for the repeats of one cell; what takes longer is run once, and stopped after four times that
VARIANCE = "fine-gray-variance"
TASKS = {
    "incidence": "Cumulative incidence",
    "cox": "Cox",
    "fine-gray": "Fine–Gray",
    VARIANCE: "Fine–Gray with the variance of its paper",
    "concordance": "Concordance",
}
OURS = ("sarcoma", "sarcoma + fast")
PEERS = ("comprisk", "survival", "surpyval", "lifelines", "scikit-survival", "R survival", "R cmprsk")
FLOOR = "floor"


INTRODUCTION = f"""# Speed of the survival core

Written by `python benchmarks/survival.py --write`; do not edit. Seconds, median of five runs (fewer where one takes
more than {LIMIT / 5:.0f} s) in one process each, after one to warm up. “×” is the fastest peer's time over ours in the
same run. “–”: the tool does not do it. “> limit”: it took longer than {4 * LIMIT:.0f} s, or was not started because it
would (Fine–Gray in R's survival above 100,000 rows, crr above 20,000). “failed”: it ended with an error, mostly of
memory.
Where it is not said otherwise, Fine–Gray is fitted with its information alone (crr with variance = FALSE).
“memory / input” is what the timed call added to the process over the size of the arrays it was given, with NumPy alone
and with `fast`. “floor” is what no way around is known for, done by NumPy and nothing else: the sorts, the gather of
the covariates into that order, and for each evaluation of the likelihood (three, from a good start) one pass for the
linear predictor, one for the squares and one for the running sums; for the concordance two sorts and a partition a bit.

Python {{python}}, NumPy {{numpy}}, {{cores}} cores.
"""


# ---- data: two causes and censoring, hazards from covariates, months rounded up or continuous ------------------------
def make(n: int, p: int, months: bool) -> dict[str, np.ndarray]:
    random = np.random.default_rng(20_260_101)
    x = random.normal(size=(n, p))
    eta = x @ np.linspace(-0.5, 0.5, p)
    first = random.exponential(60 * np.exp(-eta))
    second = random.exponential(120, n)
    censored = random.uniform(0, 120, n)
    end = np.minimum(np.minimum(first, second), censored)
    cause = np.where(end == first, 1, np.where(end == second, 2, 0))
    return {"x": x, "time": np.ceil(end) if months else end, "cause": cause, "score": eta + random.normal(size=n)}


# ---- the floor ------------------------------------------------------------------------------------------------------
def floor(task: str, d: dict[str, np.ndarray], months: bool) -> Callable[[], Any]:
    """The sorts and passes that the task needs, and nothing else."""
    t, cause, x, score = d["time"], d["cause"], d["x"], d["score"]

    def order() -> np.ndarray:
        return np.argsort(t.astype(np.uint16), kind="stable") if months else np.argsort(t)

    def incidence() -> None:
        if months:
            np.bincount(t.astype(np.intp) * 3 + cause)
            return
        rows = order()
        sorted_time, kind = t[rows], cause[rows]
        np.flatnonzero(sorted_time[1:] != sorted_time[:-1])
        for _ in range(3):
            np.cumsum(kind == 1)

    def likelihood(sums: int) -> None:
        rows = order()
        ordered = np.empty((x.shape[1], len(t)))
        for a in range(0, len(t), 4096):
            ordered[:, a : a + 4096] = x[rows[a : a + 4096]].T
        for _ in range(3):
            r = np.exp(np.zeros(len(x[0])) @ ordered)
            np.cumsum(r)
            for a in range(0, len(t), 4096):
                part = ordered[:, a : a + 4096] * r[a : a + 4096]
                _ = part @ ordered[:, a : a + 4096].T
                for _ in range(0 if months else sums):
                    part.cumsum(axis=1)

    def concordance() -> None:
        rows = np.argsort(score)
        code = np.empty(len(t), dtype=np.int32)
        code[order()] = np.arange(len(t), dtype=np.int32)
        code = code[rows]
        for _ in range(8 if months else int(np.ceil(np.log2(len(t))))):
            np.empty_like(code)[np.cumsum(code & 1, dtype=np.int32) - 1] = code

    return {
        "incidence": incidence,
        "cox": lambda: likelihood(1),
        "fine-gray": lambda: likelihood(2),
        VARIANCE: lambda: likelihood(2),
        "concordance": concordance,
    }[task]


# ---- what each tool does ---------------------------------------------------------------------------------------------
def calls(tool: str, task: str, d: dict[str, np.ndarray], months: bool) -> Callable[[], Any] | None:
    x, t, cause, score = d["x"], d["time"], d["cause"], d["score"]
    event = cause == 1
    if tool == FLOOR:
        return floor(task, d, months)
    if tool in OURS:
        from sarcoma import survival as s

        return {
            "incidence": lambda: s.cumulative_incidence(t, cause),
            "cox": lambda: s.CoxRegression(ties="efron", concordance=False).fit(x, t, event),
            "fine-gray": lambda: s.FineGrayRegression(variance="model").fit(x, t, cause),
            VARIANCE: lambda: s.FineGrayRegression().fit(x, t, cause),
            "concordance": lambda: s.harrell_concordance(score, t, event),
        }[task]
    if tool == "comprisk":
        import comprisk as c

        breslow = c.CauseSpecificCox()
        return {
            "incidence": lambda: c.CumulativeIncidence().fit(t, cause),
            "cox": lambda: breslow.fit(x, time=t, event=cause),
            "fine-gray": lambda: c.FineGrayRegression().fit(x, time=t, event=cause),
            "concordance": lambda: c.concordance_index_cr(event.astype(int), t, score),
        }.get(task)
    if tool == "survival":
        import survival as s

        columns = {f"x{j}": x[:, j] for j in range(x.shape[1])} | {"t": t, "e": event.astype(float), "s": score}
        formula = "Surv(t, e) ~ " + " + ".join(f"x{j}" for j in range(x.shape[1]))
        from survival import Surv

        if task == "incidence":
            response = Surv(t, cause, type="mstate")
            return lambda: s.survfit(response, id=None)
        if task == "cox":
            return lambda: s.coxph(formula, columns)
        if task == "concordance":
            response = Surv(t, event.astype(float))
            return lambda: s.concordance(response, scores=score, reverse=True)
        return None
    if tool == "surpyval":
        import surpyval as s

        return {
            "incidence": lambda: s.CompetingRisks.fit(t, np.where(cause == 0, None, cause), (cause == 0).astype(int)),
            "cox": lambda: s.CoxPH.fit(t, x, (~event).astype(int)),
            "fine-gray": lambda: s.FineGray.fit(
                t, x, np.where(cause == 0, None, cause), (cause == 0).astype(int), event=1
            ),
            "concordance": lambda: s.concordance_index(t, (~event).astype(int), score),
        }.get(task)
    if tool == "lifelines":
        import pandas as pd
        from lifelines import AalenJohansenFitter, CoxPHFitter
        from lifelines.utils import concordance_index

        frame = pd.DataFrame(x).assign(t=t, e=event)
        return {
            "incidence": lambda: AalenJohansenFitter(calculate_variance=True).fit(t, cause, 1),
            "cox": lambda: CoxPHFitter().fit(frame, "t", "e"),
            "fine-gray": None,
            "concordance": lambda: concordance_index(t, -score, event),
        }.get(task)
    if tool == "scikit-survival":
        from sksurv.linear_model import CoxPHSurvivalAnalysis
        from sksurv.metrics import concordance_index_censored
        from sksurv.nonparametric import cumulative_incidence_competing_risks as incidence
        from sksurv.util import Surv

        y = Surv.from_arrays(event, t)
        return {
            "incidence": lambda: incidence(cause, t),
            "cox": lambda: CoxPHSurvivalAnalysis(ties="efron").fit(x, y),
            "fine-gray": None,
            "concordance": lambda: concordance_index_censored(event, t, score),
        }.get(task)
    return None


R_CODE = r"""
suppressMessages({library(survival); library(cmprsk)})
a <- commandArgs(TRUE); n <- as.numeric(a[2]); p <- as.numeric(a[3]); limit <- as.numeric(a[6])
task <- a[4]; tool <- a[5]
f <- file(a[1], "rb"); v <- readBin(f, "double", n * (p + 3)); close(f)
m <- matrix(v, n); x <- m[, seq_len(p), drop = FALSE]; t <- m[, p + 1]; cause <- m[, p + 2]; score <- m[, p + 3]
run <- switch(paste(tool, task),
  "R survival incidence" = function() survfit(Surv(t, factor(cause, 0:2)) ~ 1),
  "R survival cox" = function() coxph(Surv(t, cause == 1) ~ x),
  "R survival fine-gray" = function() { d <- finegray(Surv(t, factor(cause, 0:2)) ~ ., data.frame(x), etype = "1")
     coxph(Surv(fgstart, fgstop, fgstatus) ~ as.matrix(d[, 1:p]), data = d, weights = fgwt) },
  "R survival concordance" = function() concordance(Surv(t, cause == 1) ~ score, reverse = TRUE, influence = 0),
  "R cmprsk incidence" = function() cuminc(t, cause),
  "R cmprsk fine-gray" = function() crr(t, cause, x, variance = FALSE),
  "R cmprsk fine-gray-variance" = function() crr(t, cause, x))
took <- c(); begin <- proc.time()[3]; used <- sum(proc.time()[1:2])
repeat { s <- proc.time()[3]; invisible(run()); took <- c(took, proc.time()[3] - s)
  if (length(took) >= 5 || proc.time()[3] - begin > limit) break }
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
cat((sum(proc.time()[1:2]) - used) / length(took), as.numeric(gsub("[^0-9]", "", peak)) / 1024, took)
"""


def one(tool: str, task: str, n: int, p: int, months: bool) -> dict[str, Any]:
    """One cell, in this process."""
    small = calls(tool, task, make(2_000, p, months), months)
    if small is None:
        return {"missing": True}
    if tool == OURS[1]:  # imports and compilers of the extra, which it would leave alone for so few rows
        from sarcoma.survival import kernels

        kernels.SMALL, usual = 0, kernels.SMALL
        small()
        kernels.SMALL = usual
    small()  # imports and compilers
    data = make(n, p, months)
    call = calls(tool, task, data, months)
    assert call is not None
    used = 16 * n + {
        "cox": data["x"].nbytes,
        "fine-gray": data["x"].nbytes,
        VARIANCE: data["x"].nbytes,
        "concordance": 8 * n,
    }.get(task, 0)
    before = _peak(reset=True)
    begin = time.perf_counter()
    call()
    took, first = [], time.perf_counter() - begin
    peak = _peak()
    while len(took) < 5 and (not took or time.perf_counter() - begin < LIMIT):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
        if first > LIMIT:
            break
    return {"seconds": statistics.median(took), "runs": len(took), "memory": (peak - before) / used}


def _peak(*, reset: bool = False) -> int:
    """Most memory held so far, in bytes; where the system allows it, counted anew from now on."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def cell(tool: str, task: str, n: int, p: int, months: bool) -> dict[str, Any]:
    """One cell, in a process of its own."""
    if tool.startswith("R "):
        return _in_r(tool, task, n, p, months)
    environment = os.environ | {"SARCOMA_FAST": "1" if tool == OURS[1] else "0"}
    command = [sys.executable, __file__, "--one", json.dumps([tool, task, n, p, months])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=4 * LIMIT, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return {"over": True}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1][:200]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _in_r(tool: str, task: str, n: int, p: int, months: bool) -> dict[str, Any]:
    known = {"R survival": [t for t in TASKS if t != VARIANCE], "R cmprsk": ("incidence", "fine-gray", VARIANCE)}
    slow = task == "fine-gray" and n > (20_000 if tool == "R cmprsk" else 100_000)
    if shutil.which("Rscript") is None or task not in known[tool]:
        return {"missing": True}
    if slow:
        return {"over": True}
    return in_r(tool, task, make(n, p, months), LIMIT, 6 * LIMIT)


def in_r(tool: str, task: str, data: dict[str, np.ndarray], repeats: float, limit: float) -> dict[str, Any]:
    """What R takes for data, repeated for so many seconds, and stopped after a limit; `peak` is its memory in MB."""
    n, p = data["x"].shape
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "data", Path(folder) / "run.R"
        np.column_stack([data["x"], data["time"], data["cause"], data["score"]]).ravel("F").tofile(path)
        script.write_text(R_CODE)
        command = ["Rscript", str(script), str(path), str(n), str(p), task, tool, str(repeats)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            return {"over": True}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1][:200]}
    cpu, peak, *took = [float(value) for value in done.stdout.split()]
    return {"seconds": statistics.median(took), "runs": len(took), "cpu": cpu, "peak": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--rows", nargs="+", type=float, default=[1e4, 1e5, 1e6])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--covariates", nargs="+", type=int, default=[5, 20])
    parser.add_argument("--tools", nargs="+", default=[FLOOR, *OURS, *PEERS])
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--resume", type=Path, help="keep each cell in this file, and skip what it holds already")
    options = parser.parse_args()
    if options.one:
        tool, task, n, p, months = json.loads(options.one)
        print(json.dumps(one(tool, task, n, p, months)))
        return
    cells = [
        (task, n, p, months)
        for task in options.tasks
        if task != VARIANCE
        for n in [int(rows) for rows in options.rows] + ([20_000] if task == "fine-gray" and options.write else [])
        for p in (options.covariates if task in ("cox", "fine-gray") else options.covariates[:1])
        for months in (True, False)
    ]
    cells += [(VARIANCE, 20_000, 5, True)] if VARIANCE in options.tasks else []
    results: list[dict[str, Any]] = []
    if options.resume and options.resume.exists():
        results = [json.loads(line) for line in options.resume.read_text().splitlines()]
    for task, n, p, months in cells:
        for tool in options.tools:
            key = {"task": task, "n": n, "p": p, "months": months, "tool": tool}
            if any(key.items() <= found.items() for found in results):
                continue
            results.append(key | cell(tool, task, n, p, months))
            print(json.dumps(results[-1]), flush=True)
            if options.resume:
                with options.resume.open("a") as kept:
                    kept.write(json.dumps(results[-1]) + "\n")
    if options.write:
        write(results)


def write(results: list[dict[str, Any]]) -> None:
    """docs/benchmarks.md: seconds, and how many times faster than the fastest peer."""
    tools = [FLOOR, *OURS, *PEERS]
    lines = [INTRODUCTION.format(python=platform.python_version(), numpy=np.__version__, cores=os.cpu_count())]
    for task, title in TASKS.items():
        rows = [r for r in results if r["task"] == task]
        head = ["rows", "covariates", "times", *tools, "× NumPy", "× fast", "memory / input"]
        lines += [f"## {title}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        for n, p, months in sorted({(r["n"], r["p"], r["months"]) for r in rows}):
            here = {r["tool"]: r for r in rows if (r["n"], r["p"], r["months"]) == (n, p, months)}
            cells = [
                f"{n:,}",
                str(p) if task in ("cox", "fine-gray", VARIANCE) else "–",
                "months" if months else "continuous",
            ]
            cells += [_shown(here.get(tool, {})) for tool in tools]
            peers = [here[t]["seconds"] for t in PEERS if "seconds" in here.get(t, {})]
            ours = [here.get(t, {}) for t in OURS]
            cells += [f"{min(peers) / found['seconds']:.1f}" if peers and "seconds" in found else "–" for found in ours]
            cells.append(" / ".join(f"{found['memory']:.1f}" if "memory" in found else "–" for found in ours))
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
        crr = [(r, o) for r in rows for o in rows if r["tool"] == "R cmprsk" and o["tool"] == OURS[0] and same(r, o)]
        for r, o in crr:
            if task in ("fine-gray", VARIANCE) and r["n"] == 20_000 and "seconds" in r and "seconds" in o:
                times = "months" if r["months"] else "continuous times"
                lines += [f"20,000 rows, {r['p']} covariates, {times}: {r['seconds'] / o['seconds']:,.0f} × crr.", ""]
    put("survival", "\n".join(lines))


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return all(a[key] == b[key] for key in ("n", "p", "months"))


def _shown(found: dict[str, Any]) -> str:
    if "seconds" in found:
        return f"{found['seconds']:.3g}"
    return "> limit" if "over" in found else ("failed" if "failed" in found else "–")


if __name__ == "__main__":
    main()
