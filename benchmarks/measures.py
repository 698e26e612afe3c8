"""Whether the intervals of the measures cover, and how fast the measures are beside their peers.

    python benchmarks/measures.py --coverage     2,000 simulated data sets, into docs/measures_checked.md
    python benchmarks/measures.py --speed        a million people, into the same file; needs the extra `bench`

Both may be asked for at once. Without either, a short run is printed and nothing written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
PAGE = Path(__file__).parents[1] / "docs" / "measures_checked.md"
HORIZON = 5.0


def people(n: int, seed: int, *, censored: bool = True) -> dict[str, np.ndarray]:
    """A covariate, two causes with constant hazards, uniform censoring; a prediction that is right, crude and net."""
    random = np.random.default_rng(seed)
    x = np.clip(random.normal(size=n), -3, 3)
    one, two = 0.08 * np.exp(x), np.full(n, 0.06)
    end = random.exponential(1 / (one + two))
    cause = np.where(random.random(n) < one / (one + two), 1, 2)
    stop = random.uniform(2, 12, n) if censored else np.full(n, np.inf)
    return {
        "time": np.minimum(end, stop),
        "event": np.where(stop < end, 0, cause),
        "crude": one / (one + two) * -np.expm1(-HORIZON * (one + two)),
        "net": -np.expm1(-HORIZON * one),
    }


def measures() -> dict[str, Callable[[np.ndarray, Any], Any]]:
    from sarcoma.survival import measures as m

    return {
        "AUC": lambda p, o: m.auc(p, o, HORIZON),
        "AUC, event-free controls": lambda p, o: m.auc(p, o, HORIZON, controls="event-free"),
        "concordance": lambda p, o: m.concordance(p, o, horizon=HORIZON),
        "Brier score": lambda p, o: m.brier_score(p, o, HORIZON),
        "index of prediction accuracy": lambda p, o: m.index_of_prediction_accuracy(p, o, HORIZON),
        "log score": lambda p, o: m.log_score(p, o, HORIZON),
        "O/E": lambda p, o: m.observed_expected(p, o, HORIZON),
        "calibration intercept": lambda p, o: m.calibration_line(p, o, HORIZON).intercept,
        "calibration slope": lambda p, o: m.calibration_line(p, o, HORIZON).slope,
        "slope, regression form": lambda p, o: m.calibration_line(p, o, HORIZON, method="regression").slope,
        "net benefit at 0.3": lambda p, o: m.net_benefit(p, o, HORIZON, 0.3),
    }


# ---- coverage --------------------------------------------------------------------------------------------------------
def replicate(seed: int) -> dict[str, tuple[float, float, float, float]]:
    from sarcoma.survival.measures import Outcome

    d, found = people(500, seed), {}
    for estimand in ("crude", "net"):
        outcome = Outcome(d["time"], d["event"], estimand=estimand)
        for name, measure in measures().items():
            one = measure(d[estimand], outcome)
            found[f"{estimand}: {name}"] = (one.value, one.se, one.low, one.high)
        for name, (value, se, low, high) in bands(d[estimand], outcome).items():
            found[f"{estimand}: {name}"] = (value, se, low, high)
    return found


AT = (0.15, 0.3, 0.6)  # where the bands of smooth curves are looked at


def bands(risk: np.ndarray, outcome: Any) -> dict[str, tuple[float, ...]]:
    """Smooth curves and groups at some places: observed less predicted, which is 0 for a true prediction."""
    from sarcoma.survival import measures as m

    found = {}
    for method in ("local", "splines"):
        curve = m.calibration_curve(risk, outcome, HORIZON, method=method)
        for at in AT:
            i = int(np.abs(curve.predicted - at).argmin())
            edges = curve.observed[i], curve.low[i], curve.high[i]
            value, low, high = (float(edge - curve.predicted[i]) for edge in edges)
            found[f"curve ({method}) at {at}"] = (value, float(curve.se[i]), low, high)
    groups = m.calibration_groups(risk, outcome, HORIZON, groups=5)
    for i in (0, 2, 4):
        value, low, high = (float(edge[i] - groups.predicted[i]) for edge in (groups.observed, groups.low, groups.high))
        found[f"group {i + 1} of 5"] = (value, float(groups.se[i]), low, high)
    return found


def truths() -> dict[str, float]:
    """From two million people: without censoring for crude predictions, where only it can censor for net ones."""
    from sarcoma.survival.measures import Outcome

    found = {}
    for estimand in ("crude", "net"):
        d = people(2_000_000, 1, censored=False)
        event = d["event"]
        if estimand == "net":  # the same people without the other cause
            random = np.random.default_rng(2)
            rate = -np.log1p(-d["net"]) / HORIZON
            d["time"], event = random.exponential(1 / rate), np.ones(len(rate), dtype=int)
        outcome = Outcome(d["time"], event, estimand="crude" if estimand == "crude" else "all-cause")
        for name, measure in measures().items():
            exact = {"O/E": 1.0, "calibration intercept": 0.0, "calibration slope": 1.0}.get(name)
            if name == "slope, regression form" and estimand == "net":
                exact = 1.0
            found[f"{estimand}: {name}"] = measure(d[estimand], outcome).value if exact is None else exact
        places = [f"curve ({method}) at {at}" for method in ("local", "splines") for at in AT]
        for name in (*places, *(f"group {i} of 5" for i in (1, 3, 5))):
            found[f"{estimand}: {name}"] = 0.0
    return found


def coverage(replicates: int) -> list[str]:
    truth = truths()
    with Pool(os.cpu_count()) as pool:
        done: list[dict[str, tuple[float, float, float, float]]] = []
        for one in pool.imap_unordered(replicate, range(1000, 1000 + replicates), chunksize=20):
            done.append(one)
            if len(done) % 100 == 0:
                print(f"\r{len(done)} of {replicates}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    lines = [
        "## Do 95 % intervals cover?",
        "",
        f"`python benchmarks/measures.py --coverage`: {replicates:,} data sets of 500 people, two causes, censoring,",
        "a true prediction. The truth is 1 or 0 where calibration says so, else the value in two million people.",
        "",
        "| estimand: measure | truth | mean | standard error / spread | covered, % |",
        "|---|---|---|---|---|",
    ]
    for name, value in truth.items():
        table = np.array([one[name] for one in done])
        covered = 100 * np.mean((table[:, 2] <= value) & (value <= table[:, 3]))
        ratio = table[:, 1].mean() / table[:, 0].std()
        lines.append(f"| {name} | {value:.4f} | {table[:, 0].mean():.4f} | {ratio:.3f} | {covered:.1f} |")
    return [*lines, ""]


# ---- speed -----------------------------------------------------------------------------------------------------------
TASKS = ("concordance", "concordance with its error", "AUC, Brier, O/E and slope together", "AUC", "Brier score")
TOOLS = (
    "sarcoma",
    "sarcoma + fast",
    "survival",
    "scikit-survival",
    "comprisk",
    "lifelines",
    "hazardous",
    "riskRegression",
)


def call(tool: str, task: str, d: dict[str, np.ndarray]) -> Callable[[], Any] | None:
    t, event, risk = d["time"], d["event"] == 1, d["net"]
    if tool.startswith("sarcoma"):
        from sarcoma.survival import harrell_concordance
        from sarcoma.survival import measures as m

        def together() -> None:
            outcome = m.Outcome(t, d["event"], estimand="crude")
            for measure in (m.auc, m.brier_score, m.observed_expected, m.calibration_line):
                measure(d["crude"], outcome, HORIZON)  # type: ignore[operator]

        def of(measure: Any) -> Callable[[], Any]:
            return lambda: measure(risk, m.Outcome(t, d["event"], estimand="net"), HORIZON)

        return {
            "concordance": lambda: harrell_concordance(risk, t, event),
            "concordance with its error": lambda: m.concordance(
                risk, m.Outcome(t, d["event"], estimand="net"), weighting="none"
            ),
            "AUC, Brier, O/E and slope together": together,
            "AUC": of(m.auc),
            "Brier score": of(m.brier_score),
        }[task]
    if tool == "survival" and task.startswith("concordance"):
        import survival as s

        response = s.Surv(t, event.astype(float))
        return lambda: s.concordance(response, scores=risk, reverse=True)
    if tool == "scikit-survival":
        from sksurv import metrics
        from sksurv.util import Surv

        y = Surv.from_arrays(event, t)
        return {
            "concordance": lambda: metrics.concordance_index_censored(event, t, risk),
            "AUC": lambda: metrics.cumulative_dynamic_auc(y, y, risk, [HORIZON]),
            "Brier score": lambda: metrics.brier_score(y, y, 1 - risk[:, None], [HORIZON]),
        }.get(task)
    if tool == "comprisk" and task == "concordance":
        import comprisk as c

        return lambda: c.concordance_index_cr(event.astype(int), t, risk)
    if tool == "lifelines" and task == "concordance":
        from lifelines.utils import concordance_index

        return lambda: concordance_index(t, -risk, event)
    if tool == "hazardous" and task == "Brier score":
        import pandas as pd
        from hazardous.metrics import brier_score_incidence

        y = pd.DataFrame({"event": d["event"], "duration": t})
        return lambda: brier_score_incidence(y, y, d["crude"][:, None], [HORIZON], event_of_interest=1)
    return None


R_CODE = r"""
suppressMessages({library(riskRegression); library(prodlim); library(survival)})
a <- commandArgs(TRUE); n <- as.numeric(a[2])
f <- file(a[1], "rb"); m <- matrix(readBin(f, "double", 4 * n), n); close(f)
d <- data.frame(time = m[, 1], event = m[, 2]); d$e <- as.numeric(d$event == 1)
run <- switch(a[3],
  "AUC, Brier, O/E and slope together" = function() Score(list(A = m[, 3]), Hist(time, event) ~ 1, d, times = 5,
    cause = 1, metrics = c("auc", "brier"), se.fit = TRUE, cens.model = "km", null.model = FALSE,
    split.method = "none"),
  "concordance with its error" = function() concordance(Surv(time, e) ~ m[, 4], d, reverse = TRUE))
s <- proc.time()[3]; invisible(run()); cat(proc.time()[3] - s)
"""


def timed(tool: str, task: str, n: int) -> dict[str, Any]:
    if tool == "riskRegression":
        if shutil.which("Rscript") is None or f'"{task}" =' not in R_CODE:
            return {}
        d = people(n, 7)
        with tempfile.TemporaryDirectory() as folder:
            path, script = Path(folder) / "data", Path(folder) / "run.R"
            np.column_stack([d["time"], d["event"], d["crude"], d["net"]]).ravel("F").tofile(path)
            script.write_text(R_CODE)
            try:
                command = ["Rscript", str(script), str(path), str(n), task]
                done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            except subprocess.TimeoutExpired:
                return {"over": True}
        return {"seconds": float(done.stdout)} if done.returncode == 0 else {"failed": True}
    environment = os.environ | {"SARCOMA_FAST": "1" if tool.endswith("fast") else "0"}
    command = [sys.executable, __file__, "--one", json.dumps([tool, task, n])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return {"over": True}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"failed": True}
    return found


def one(tool: str, task: str, n: int) -> dict[str, Any]:
    try:
        small = call(tool, task, people(2_000, 3))
    except ImportError:
        return {}
    if small is None:
        return {}
    small()
    run = call(tool, task, people(n, 7))
    assert run is not None
    run()
    took: list[float] = []
    begin = time.perf_counter()
    while len(took) < 5 and (not took or time.perf_counter() - begin < 30):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return {"seconds": statistics.median(took)}


def speed(n: int) -> list[str]:
    lines = [
        "## How fast?",
        "",
        f"`python benchmarks/measures.py --speed`: {n:,} people, continuous times, seconds, median of five (fewer",
        "where one takes long; R once). “–”: the tool does not do it. Of R the third row is AUC and Brier score alone.",
        "",
        f"| | {' | '.join(TOOLS)} |",
        "|" + "---|" * (len(TOOLS) + 1),
    ]
    for task in TASKS:
        cells = []
        for tool in TOOLS:
            found = timed(tool, task, n)
            print(task, tool, found, flush=True)
            shown = "> limit" if "over" in found else "failed" if "failed" in found else "–"
            cells.append(f"{found['seconds']:.3g}" if "seconds" in found else shown)
        lines.append(f"| {task} | {' | '.join(cells)} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--coverage", action="store_true", help="2,000 replicates, written to docs")
    parser.add_argument("--speed", action="store_true", help="a million people, written to docs")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(*json.loads(options.one))))
        return
    if not (options.coverage or options.speed):
        print("\n".join([*coverage(40), *speed(20_000)]))
        return
    head = "# The measures, checked\n\nWritten by `python benchmarks/measures.py`; do not edit."
    kept = PAGE.read_text().split("\n## ")[1:] if PAGE.exists() else []
    parts = {part.split("\n")[0]: "## " + part.strip() for part in kept}
    for wanted, make in ((options.coverage, lambda: coverage(2_000)), (options.speed, lambda: speed(1_000_000))):
        if wanted:
            text = "\n".join(make())
            parts[text.split("\n")[0][3:]] = text.strip()
    PAGE.write_text("\n\n".join([head, *parts.values()]) + "\n")


if __name__ == "__main__":
    main()
