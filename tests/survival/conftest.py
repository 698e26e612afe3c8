"""R's own data sets, as R prepared them for the reference results (tests/reference/survival.R)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import survival as r_data
from sarcoma.survival import Course, Histories

Columns = dict[str, Any]
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """What R found."""
    found: dict[str, Any] = json.loads((TESTS / "reference" / "survival.json").read_text())
    return found


def _numbers(columns: Columns, names: tuple[str, ...]) -> Columns:
    return {name: np.array([np.nan if v is None else v for v in columns[name]], dtype=float) for name in names}


@pytest.fixture(scope="session")
def lung(reference: dict[str, Any]) -> Columns:
    """227 patients with lung cancer: time in days, 164 deaths."""
    d = _numbers(r_data.datasets.load_lung(), ("time", "status", "age", "sex", "ph.ecog"))
    whole = ~np.isnan(np.column_stack(list(d.values()))).any(axis=1)
    d = {name: column[whole] for name, column in d.items()}
    n = len(d["time"])
    d["event"] = d["status"] == 2
    d["x"] = np.column_stack([d["age"], d["sex"], d["ph.ecog"]])
    d["w"] = 0.5 + (np.arange(1, n + 1) % 5) / 4
    d["centre"] = np.arange(1, n + 1) % 17
    assert [n, d["time"].sum(), d["age"].sum()] == reference["data"]["lung"]
    return d


@pytest.fixture(scope="session")
def mgus2(reference: dict[str, Any]) -> Columns:
    """1,384 people with a monoclonal gammopathy, in months with many ties: 1 = malignancy, 2 = death before it."""
    raw = r_data.datasets.load_mgus2()
    d = _numbers(raw, ("id", "age", "ptime", "pstat", "futime", "death"))
    d["time"] = np.where(d["pstat"] == 0, d["futime"], d["ptime"])
    d["cause"] = np.where(d["pstat"] == 0, 2 * d["death"], 1)
    d["female"] = np.array([float(s == "F") for s in raw["sex"]])
    d["decade"] = d["age"] / 10
    d["x"] = np.column_stack([d["female"], d["decade"]])
    d["age3"] = np.digitize(d["age"], [60, 75], right=True) + 1
    found = [len(d["id"]), d["time"].sum(), d["cause"].sum(), d["age"].sum()]
    assert found == reference["data"]["mgus2"]
    return d


@pytest.fixture(scope="session")
def heart(reference: dict[str, Any]) -> Columns:
    """172 rows of 103 patients waiting for a heart: delayed entry where a transplant splits the time."""
    raw = r_data.datasets.load_heart()
    d = _numbers(raw, ("start", "stop", "event", "age", "surgery"))
    d["transplant"] = np.array([float(v) for v in raw["transplant"]])
    d["x"] = np.column_stack([d["age"], d["surgery"], d["transplant"]])
    assert [len(d["stop"]), d["stop"].sum(), d["age"].sum()] == pytest.approx(reference["data"]["heart"], rel=1e-12)
    return d


@pytest.fixture(scope="session")
def cgd(reference: dict[str, Any]) -> Columns:
    """203 rows of 128 patients with repeated infections."""
    raw = r_data.datasets.load_cgd()
    d = _numbers(raw, ("id", "tstart", "tstop", "status", "age"))
    d["hospital"] = np.array(raw["hos.cat"])
    d["x"] = np.column_stack([np.array([float(t == "rIFN-g") for t in raw["treat"]]), d["age"]])
    assert [len(d["id"]), d["tstop"].sum(), d["age"].sum()] == reference["data"]["cgd"]
    return d


def illness_death(d: Columns, *, first: str, happened: str, last: str, ended: str, before: float) -> Histories:
    """Rows of an illness-death course from two times and their indicators; an illness at the end comes just before."""
    ill = d[happened] == 1
    onset = np.where(ill & (d[first] >= d[last]), d[last] - before, d[first])
    after = np.flatnonzero(ill & (d[last] > onset))
    end = np.concatenate([np.where(ill, onset, d[last]), d[last][after]])
    to = np.concatenate([np.where(ill, 1, np.where(d[ended] == 1, 2, -1)), np.where(d[ended][after] == 1, 2, -1)])
    entry = np.concatenate([np.zeros(len(ill)), onset[after]])
    origin = np.concatenate([np.zeros(len(ill), dtype=int), np.ones(len(after), dtype=int)])
    patient = np.concatenate([d["id"], d["id"][after]])
    return Histories(Course.illness_death(), end, to, entry=entry, origin=origin, patient=patient)


@pytest.fixture(scope="session")
def illness(mgus2: Columns) -> Histories:
    """mgus2 as an illness-death course; a malignancy found at death comes 0.1 months before it."""
    return illness_death(mgus2, first="ptime", happened="pstat", last="futime", ended="death", before=0.1)


def real_table(folder: Path, name: str) -> Columns:
    """A table of the folder of public data, or skip."""
    path = folder / "multistate" / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"{name} is not on this machine (set SARCOMA_DATA)")
    with path.open() as lines:
        rows = list(csv.DictReader(lines))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


@pytest.fixture(scope="session")
def ebmt3(real_data: Path) -> Histories:
    """2,204 transplants: recovery of platelets, then relapse or death."""
    raw = real_table(real_data, "ebmt3")
    d = {name: column.astype(float) for name, column in raw.items() if name[0] in "ipr"}
    return illness_death(d, first="prtime", happened="prstat", last="rfstime", ended="rfsstat", before=0.0)


@pytest.fixture(scope="session")
def ebmt4(real_data: Path) -> Histories:
    """2,279 transplants in six states."""
    raw = real_table(real_data, "ebmt4")
    d = {name: raw[name].astype(float) for name in raw if name.split(".")[0] in ("id", "rec", "ae", "rel", "srv")}
    states = ("transplant", "recovery", "adverse", "both", "relapse", "dead")
    moves = {0: (1, 2, 4, 5), 1: (3, 4, 5), 2: (3, 4, 5), 3: (4, 5)}
    columns = {0: ("rec", "ae", "rel", "srv"), 1: ("ae", "rel", "srv"), 2: ("rec", "rel", "srv"), 3: ("rel", "srv")}
    course = Course(states, tuple((states[a], states[b]) for a in moves for b in moves[a]))
    n = len(d["id"])
    entry, rows = {0: np.zeros(n)}, []
    for origin, names in columns.items():
        times = np.column_stack([np.where(d[f"{name}.s"] == 1, d[name], np.inf) for name in names])
        first = times.min(axis=1)
        stop = np.where(np.isfinite(first), first, d["srv"])
        to = np.where(np.isfinite(first), np.array(moves[origin])[times.argmin(axis=1)], -1)
        here = np.isfinite(entry.get(origin, np.full(n, np.inf)))
        rows.append([part[here] for part in (d["id"], entry[origin], stop, np.full(n, origin), to)])
        for target in (1, 2, 3):
            entry.setdefault(target, np.full(n, np.inf))
            entry[target] = np.where(here & (to == target), stop, entry[target])
    patient, begin, end, origin_column, to_column = (np.concatenate(part) for part in zip(*rows, strict=True))
    some = end > begin
    return Histories(
        course,
        end[some],
        to_column[some],
        entry=begin[some],
        origin=origin_column[some].astype(int),
        patient=patient[some],
    )
