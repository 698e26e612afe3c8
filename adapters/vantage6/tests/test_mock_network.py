"""Three simulated hospitals in vantage6's MockNetwork give what one table of all gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from vantage6.algorithm.mock import MockNetwork

from sarcoma.hospitals import masks
from sarcoma.hospitals.public_grid import on_grid
from sarcoma.survival import Course, CoxRegression, EventTable, occupancy

IDS = [1, 2, 3]
POLICY: dict[str, Any] = {
    "questions": ["event-table", "cox"],
    "plans": ["survival"],
    "columns": ["age", "grade"],
    "grid_months": [0, 12, 24, 36, 48, 60],
    "sharing": ["coarsen", "masked-sums"],
    "signed_off": {"name": "A. Example", "role": "data protection officer", "date": "2026-11-27"},
}


def hospital(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age, grade = random.normal(size=n), random.integers(0, 2, n)
    death, end = random.exponential(50 * np.exp(-0.5 * age - 0.6 * grade)), random.uniform(12, 90, n)
    exit_ = np.minimum(death, end)
    return pd.DataFrame(
        {
            "patient": [f"{seed}-{i}" for i in range(n)], "entry": 0.0, "exit": exit_, "from": "alive",
            "to": np.where(death <= end, "dead", None), "age": age, "grade: 3": grade.astype(float),
        }
    )  # fmt: skip


@pytest.fixture
def frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    keys = {f"organization-{i}": masks.new_key() for i in IDS}
    POLICY["keys"] = {site: masks.public_key(key) for site, key in keys.items()}
    for site, key in keys.items():
        (tmp_path / f"{site}.key").write_text(key.hex())
    (tmp_path / "policy.yaml").write_text(json.dumps(POLICY))
    monkeypatch.setenv("SARCOMA_POLICY", str(tmp_path / "policy.yaml"))
    monkeypatch.setenv("SARCOMA_LEDGER", str(tmp_path))
    monkeypatch.setenv("SARCOMA_KEY", str(tmp_path / "{site}.key"))
    return [hospital(n, seed) for seed, n in enumerate((200, 300, 400))]


def asked(frames: list[pd.DataFrame], question: dict[str, Any]) -> Any:
    network = MockNetwork("sarcoma_vantage6", [{"default": {"database": frame}} for frame in frames])
    client = network.user_client
    task = client.task.create(
        method="ask_hospitals", organizations=[1],
        arguments={"question": question, "policy": POLICY, "organizations": IDS},
        databases=[{"type": "dataframe", "dataframe_id": network.hq.dataframes[0]["id"]}],
    )  # fmt: skip
    return client.wait_for_results(task.get("id"))[0]


@pytest.mark.parametrize("sharing", ["coarsen", "masked-sums"])
def test_survival(frames: list[pd.DataFrame], sharing: str, tmp_path: Path) -> None:
    grid = POLICY["grid_months"]
    found = asked(
        frames, {"kind": "event-table", "id": "survival", "plan": "survival", "grid": grid, "sharing": sharing}
    )
    table = EventTable.of_data(found["table"])
    whole = pd.concat(frames)
    dead = (whole["to"] == "dead").to_numpy()
    wanted = on_grid(EventTable.from_arrays(Course.survival(), whole["exit"].to_numpy(), dead), found["grid"])
    np.testing.assert_array_equal(table.events, wanted.events)
    np.testing.assert_allclose(occupancy(table).probability, occupancy(wanted).probability)
    assert (tmp_path / "organization-2.log.md").read_text().startswith("## survival")


def test_cox(frames: list[pd.DataFrame]) -> None:
    terms = [
        {"name": "age", "label": "age", "field": "age", "transform": {"kind": "linear", "coefficient": 0}},
        {
            "name": "grade", "label": "grade", "field": "grade",
            "transform": {"kind": "levels", "coefficients": {"2": 0, "3": 0}},
        },
    ]  # fmt: skip
    question = {
        "kind": "cox", "id": "grade", "plan": "survival", "transition": ["alive", "dead"],
        "grid": POLICY["grid_months"], "predictors": terms,
    }  # fmt: skip
    found = asked(frames, question)
    whole = pd.concat(frames)
    site = np.repeat(IDS, [len(frame) for frame in frames])
    x = whole[["age", "grade: 3"]].to_numpy()
    wanted = CoxRegression().fit(x, whole["exit"].to_numpy(), (whole["to"] == "dead").to_numpy(), stratum=site)
    np.testing.assert_allclose(found["coef"], wanted.coef_, atol=1e-10)


def test_a_node_without_a_policy_answers_nothing(
    frames: list[pd.DataFrame], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SARCOMA_POLICY")
    with pytest.raises(SystemExit):
        asked(frames, {"kind": "event-table", "id": "survival", "plan": "survival", "grid": [0, 12]})
    assert "SARCOMA_POLICY" in capsys.readouterr().out
