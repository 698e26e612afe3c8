"""The partial likelihood against its definition: sums over the people at risk at each death, in plain loops."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from sarcoma.survival import kernels
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood

RANDOM = np.random.default_rng(4)
N = 30
X = np.column_stack([RANDOM.normal(3, 2, N), RANDOM.integers(0, 2, N), RANDOM.normal(-1, 0.5, N)])
EXIT = RANDOM.integers(2, 9, N).astype(float)
CODE = RANDOM.choice([0, 1, 1, 2], N)
ENTRY = np.where(RANDOM.random(N) < 0.4, np.minimum(RANDOM.integers(1, 5, N), EXIT - 1), 0).astype(float)
WEIGHT = RANDOM.choice([0.5, 1.0, 1.5, 3.0], N)
OFFSET = RANDOM.normal(0, 0.5, N)
STRATUM = RANDOM.integers(0, 3, N)
# somebody of stratum 2 leaves before anyone of it has died, and nobody of stratum 3 ever dies
STRATUM[:3], EXIT[0], CODE[:3] = 2, 1.0, 0
ENTRY[0] = 0.0
STRATUM[28:], CODE[28:] = 3, 0
BETA = np.array([0.3, -0.5, 0.2])
BETAS = [np.zeros(3), BETA]

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "entry": {"entry": ENTRY},
    "weights": {"weight": WEIGHT, "offset": OFFSET},
    "strata": {"stratum": STRATUM},
    "all of these": {"entry": ENTRY, "weight": WEIGHT, "offset": OFFSET, "stratum": STRATUM},
    "subdistribution": {"tail": 0},
    "subdistribution by stratum": {"tail": 1, "weight": WEIGHT, "offset": OFFSET, "stratum": STRATUM},
}
CENSORING = [(1.0, 0.9), (3.0, 0.7), (5.0, 0.6), (7.0, 0.3)]


def still_free(times: Any, stratum: int) -> Any:
    """A falling weight g of the time, other in each stratum."""
    steps = np.ones(np.shape(times)) * (1 - 0.1 * stratum)
    for at, to in CENSORING:
        steps = np.where(np.asarray(times) > at, to * (1 - 0.1 * stratum), steps)
    return steps


def likelihood(kind: str, ties: Any) -> PartialLikelihood:
    given = dict(KINDS[kind])
    if "tail" in given:
        by_stratum = given["tail"]
        going_on = np.where(CODE == 2, 1.2, 0.0)
        given["tail"] = (going_on, lambda times, of: still_free(times, of if by_stratum else 0))
    return PartialLikelihood(X, EXIT, CODE == 1, ties=ties, **given)


def deaths_of(kind: str) -> list[tuple[int, float]]:
    """Every slot by its definition: stratum by stratum, from its latest death back."""
    stratum = KINDS[kind].get("stratum", np.zeros(N, int))
    return [
        (s, t)
        for s in range(int(stratum.max()) + 1)
        for t in sorted(
            {float(t) for t, c, of in zip(EXIT, CODE, stratum, strict=True) if c == 1 and of == s}, reverse=True
        )
    ]


class Terms:
    """The log partial likelihood and its derivatives slot by slot, of covariates x (n, p) at η = x β + offset."""

    def __init__(self, kind: str, ties: str, x: np.ndarray, beta: np.ndarray) -> None:
        given = KINDS[kind]
        stratum = given.get("stratum", np.zeros(N, int))
        entry, weight = given.get("entry", np.zeros(N)), given.get("weight", np.ones(N))
        eta = x @ beta + given.get("offset", np.zeros(N))
        self.slots = deaths_of(kind)
        self.log, self.score, self.information, self.hazard, self.mean, self.moved = [], [], [], [], [], []
        self.lived = np.zeros((len(self.slots), N))
        for k, (s, t) in enumerate(self.slots):
            count = np.where((stratum == s) & (entry < t) & (exit_ := t <= EXIT), 1.0, 0.0)
            if "tail" in given:
                going_on = (stratum == s) & (CODE == 2) & ~exit_
                count = count + np.where(going_on, 1.2 * float(still_free(t, s if given["tail"] else 0)), 0.0)
            dying = (stratum == s) & (t == EXIT) & (CODE == 1)
            d, total = int(dying.sum()), float(weight[dying].sum())
            r = weight * np.exp(eta)
            log = float((weight * eta)[dying].sum())
            score, information = weight[dying] @ x[dying], np.zeros((3, 3))
            hazard, means, moved = 0.0, np.zeros(3), np.zeros(3)
            steps = [j / d for j in range(d)] if ties == "efron" and d > 1 else [0.0]
            for c in steps:
                w = total / len(steps)
                share = (count - c * dying) * r
                s0, s1 = share.sum(), share @ x
                log -= w * np.log(s0)
                score = score - w * s1 / s0
                information += w * ((x * share[:, None]).T @ x / s0 - np.outer(s1, s1) / s0**2)
                hazard += w / s0
                means += s1 / s0 / len(steps)
                moved += w * s1 / s0**2
                self.lived[k] += w / s0 * (count - c * dying)
            self.log.append(log)
            self.score.append(score)
            self.information.append(information)
            self.hazard.append(hazard)
            self.mean.append(means)
            self.moved.append(moved)


@pytest.fixture(params=[1, 4, 10_000])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many rows at a time."""
    monkeypatch.setattr(kernels, "block_rows", lambda _p: request.param)


EVERY = [(kind, ties, beta) for kind, ties, beta in product(KINDS, ("efron", "breslow"), range(2))]


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("kind", "ties", "of"), EVERY)
def test_likelihood_score_and_information_are_those_of_the_definition(kind: str, ties: str, of: int) -> None:
    found, beta = likelihood(kind, ties), BETAS[of]
    x = (X - found.center) / found.scale
    expected = Terms(kind, ties, x, beta)
    r = found.risks(beta)
    slots = found.slots(r)
    assert list(zip(found.slot_stratum.tolist(), found.times.tolist(), strict=True)) == expected.slots
    assert found.log_likelihood(slots) == pytest.approx(sum(expected.log), rel=1e-12)
    np.testing.assert_allclose(found.score(r, slots), np.sum(expected.score, axis=0), atol=1e-11)
    np.testing.assert_allclose(found.information(r, slots), np.sum(expected.information, axis=0), atol=1e-11)
    np.testing.assert_allclose(slots.first * np.exp(-found.shift), expected.hazard, rtol=1e-12)
    h = found.lived(slots) * np.exp(-found.shift)
    np.testing.assert_allclose(h, expected.lived.sum(axis=0)[found.order], atol=1e-12)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("kind", "ties", "of"), EVERY)
def test_a_factor_per_slot_weighs_the_slots(kind: str, ties: str, of: int) -> None:
    found, beta = likelihood(kind, ties), BETAS[of]
    expected = Terms(kind, ties, (X - found.center) / found.scale, beta)
    factor = np.linspace(0.5, 2.0, len(expected.slots)) ** 2
    r = found.risks(beta)
    slots = found.slots(r)
    weighed = [f * u for f, u in zip(factor, expected.score, strict=True)]
    np.testing.assert_allclose(found.score(r, slots, factor), np.sum(weighed, axis=0), atol=1e-11)
    weighed = [f * i for f, i in zip(factor, expected.information, strict=True)]
    np.testing.assert_allclose(found.information(r, slots, factor), np.sum(weighed, axis=0), atol=1e-11)
    h = found.lived(slots, factor) * np.exp(-found.shift)
    np.testing.assert_allclose(h, (factor @ expected.lived)[found.order], atol=1e-12)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("kind", "ties", "of"), EVERY)
def test_the_means_over_those_at_risk_are_those_of_the_definition(kind: str, ties: str, of: int) -> None:
    found, beta = likelihood(kind, ties), BETAS[of]
    expected = Terms(kind, ties, (X - found.center) / found.scale, beta)
    r = found.risks(beta)
    slots = found.slots(r)
    means, moved = (np.full((len(expected.slots), 3), np.nan) for _ in range(2))
    for m in found.moments(r):
        means[m.where], moved[m.where] = found.slot_means(slots, m).T, found.moved(slots, m).T
    np.testing.assert_allclose(means, expected.mean, atol=1e-11)
    np.testing.assert_allclose(moved * np.exp(-found.shift), expected.moved, atol=1e-11)
    of_hazard = np.empty((len(expected.slots), 3))
    found.information(r, slots, means=of_hazard)
    own = np.array(expected.moved) / np.array(expected.hazard)[:, None]
    np.testing.assert_allclose(of_hazard, own * found.scale + found.center, atol=1e-10)


@pytest.mark.parametrize("kind", ["plain", "strata"])
def test_rows_stand_from_the_latest_on_and_deaths_after_those_who_left_at_the_same_time(kind: str) -> None:
    found = likelihood(kind, "efron")
    stratum = KINDS[kind].get("stratum", np.zeros(N, int))
    slots = deaths_of(kind)
    assert sorted(found.order.tolist()) == list(range(N))
    assert found.times.tolist() == [t for _, t in slots]
    for place, row in enumerate(found.order.tolist()):
        at_risk = [k for k, (s, t) in enumerate(slots) if s == stratum[row] and t <= EXIT[row]]
        assert found.slot[place] == (at_risk[0] if at_risk else len(slots))
        assert found.event[place] == (CODE[row] == 1)
    for k in range(len(slots)):
        own = found.event[found.row_start[k] : found.row_end[k]]
        assert sorted(own) == list(own)  # the deaths last
        assert own.sum() == found.deaths[k]
    last = {s: float(EXIT[stratum == s].max()) for s in range(int(stratum.max()) + 1)}
    assert found.followed_to == last


def test_covariates_are_centred_and_scaled_and_a_constant_one_is_left() -> None:
    x = np.column_stack([np.arange(10.0), np.full(10, 7.0)])
    found = PartialLikelihood(x, np.arange(1.0, 11.0), np.ones(10, dtype=bool))
    assert found.center == pytest.approx([4.5, 7.0])
    assert found.scale == pytest.approx([np.sqrt(8.25), 1.0])
    many = PartialLikelihood(np.arange(9000.0)[:, None], np.arange(1.0, 9001.0), np.ones(9000, dtype=bool))
    some = np.arange(0.0, 9000.0, 3)  # every third: at most 4,000
    assert many.scale == pytest.approx([np.sqrt(((some - 4499.5) ** 2).mean())])
