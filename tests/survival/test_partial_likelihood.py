"""The partial likelihood against its definition: sums over the people at risk at each death, in plain loops."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from sarcoma.errors import InputError
from sarcoma.survival import _arrays, kernels
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood, risk_set_order

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
# strata in which competing events alone happen (1), or happen before anyone has died (0), between others
OTHER_STRATUM = np.where(RANDOM.random(N) < 0.2, 1, RANDOM.choice([0, 2, 3], N))
OTHER_CODE = np.where(OTHER_STRATUM == 1, np.where(CODE == 1, 2, CODE), CODE)
OTHER_STRATUM[3:6], OTHER_CODE[3:6] = 0, 2
OTHER_EXIT = np.where(OTHER_STRATUM == 0, EXIT + 1.0, EXIT)
OTHER_EXIT[3:6] = 1.0
LATEST = (OTHER_STRATUM == 0) & (OTHER_EXIT[OTHER_STRATUM == 0].max() == OTHER_EXIT)
OTHER_CODE[LATEST] = 1  # no competing event of the first stratum as late as its latest death
OTHER_ENTRY = np.where(OTHER_EXIT > 1.0, ENTRY, 0.0)

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "entry": {"entry": ENTRY},
    "weights": {"weight": WEIGHT, "offset": OFFSET},
    "strata": {"stratum": STRATUM},
    "all of these": {"entry": ENTRY, "weight": WEIGHT, "offset": OFFSET, "stratum": STRATUM},
    "subdistribution": {"tail": 0},
    "subdistribution by stratum": {"tail": 1, "weight": WEIGHT, "offset": OFFSET, "stratum": STRATUM},
    "two strata": {"stratum": STRATUM % 2},
    "fractions": {"exit": EXIT * 1.1, "entry": ENTRY * 1.1, "stratum": STRATUM},
    "subdistribution with everything": {
        "tail": 1,
        "exit": OTHER_EXIT * 1.1,
        "code": OTHER_CODE,
        "entry": OTHER_ENTRY * 1.1,
        "weight": WEIGHT,
        "stratum": OTHER_STRATUM,
    },
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
    exit_, code = given.pop("exit", EXIT), given.pop("code", CODE)
    if "tail" in given:
        by_stratum = given["tail"]
        going_on = np.where(code == 2, 1.2, 0.0)
        given["tail"] = (going_on, lambda times, of: still_free(times, of if by_stratum else 0))
    return PartialLikelihood(X, exit_, code == 1, ties=ties, **given)


def deaths_of(kind: str) -> list[tuple[int, float]]:
    """Every slot by its definition: stratum by stratum, from its latest death back."""
    given = KINDS[kind]
    stratum, exit_, code = given.get("stratum", np.zeros(N, int)), given.get("exit", EXIT), given.get("code", CODE)
    return [
        (s, t)
        for s in range(int(stratum.max()) + 1)
        for t in sorted(
            {float(t) for t, c, of in zip(exit_, code, stratum, strict=True) if c == 1 and of == s}, reverse=True
        )
    ]


class Terms:
    """The log partial likelihood and its derivatives slot by slot, of covariates x (n, p) at η = x β + offset."""

    def __init__(self, kind: str, ties: str, x: np.ndarray, beta: np.ndarray) -> None:
        given = KINDS[kind]
        stratum, end, code = given.get("stratum", np.zeros(N, int)), given.get("exit", EXIT), given.get("code", CODE)
        entry, weight = given.get("entry", np.zeros(N)), given.get("weight", np.ones(N))
        eta = x @ beta + given.get("offset", np.zeros(N))
        self.slots = deaths_of(kind)
        self.log, self.score, self.information, self.hazard, self.mean, self.moved = [], [], [], [], [], []
        self.lived = np.zeros((len(self.slots), N))
        for k, (s, t) in enumerate(self.slots):
            count = np.where((stratum == s) & (entry < t) & (t <= end), 1.0, 0.0)
            if "tail" in given:
                going_on = (stratum == s) & (code == 2) & (end < t)
                count = count + np.where(going_on, 1.2 * float(still_free(t, s if given["tail"] else 0)), 0.0)
            dying = (stratum == s) & (t == end) & (code == 1)
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
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many rows at a time."""
    rows = int(request.param)
    monkeypatch.setattr(kernels, "block_rows", lambda _p: rows)
    return rows


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


@pytest.mark.parametrize(("kind", "ties", "of"), EVERY)
def test_the_means_over_those_at_risk_are_those_of_the_definition(kind: str, ties: str, of: int, block: int) -> None:
    found, beta = likelihood(kind, ties), BETAS[of]
    expected = Terms(kind, ties, (X - found.center) / found.scale, beta)
    r = found.risks(beta)
    slots = found.slots(r)
    means, moved = (np.full((len(expected.slots), 3), np.nan) for _ in range(2))
    blocks = list(found.moments(r))
    assert len(blocks) <= -(-found.last // block)
    for m in blocks:
        assert m.dying.shape == (3, len(m.tied))
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


def test_a_covariate_that_is_constant_but_for_rounding_is_not_scaled() -> None:
    tenth = np.array([0.1 + 0.2, 0.3, 0.3, 0.3])  # 0.30000000000000004 and 0.3
    x = np.column_stack([np.zeros(4), 1e9 * tenth, np.array([0.0, 1e-9, 0.0, 1e-9]), [-1.0, 1.0, -1.0, 1.0]])
    found = PartialLikelihood(x, np.arange(1.0, 5.0), np.ones(4, dtype=bool))
    assert found.scale == pytest.approx([1.0, 1.0, 5e-10, 1.0], rel=1e-9)
    np.testing.assert_allclose(found.x[3], [1.0, -1.0, 1.0, -1.0])  # the latest first


@pytest.mark.parametrize(("n", "step"), [(3999, 1), (4000, 1), (4001, 2), (8000, 2), (8001, 3)])
def test_spreads_are_of_at_most_four_thousand_rows(n: int, step: int) -> None:
    x = np.arange(float(n)) ** 2
    found = PartialLikelihood(x[:, None], np.arange(1.0, n + 1.0), np.ones(n, dtype=bool))
    assert found.scale == pytest.approx([np.sqrt(((x[::step] - x.mean()) ** 2).mean())])


@pytest.mark.parametrize("largest", [1e200, 1.7e308])
def test_covariates_too_large_to_be_squared_are_refused(largest: float) -> None:
    x = np.array([[largest], [-largest], [-largest], [-largest]])
    with pytest.raises(InputError) as error:
        PartialLikelihood(x, np.arange(1.0, 5.0), np.ones(4, dtype=bool))
    assert error.value.argument == "x"


def ordered_by_definition(
    exit: np.ndarray, event: np.ndarray, stratum: np.ndarray
) -> tuple[list[tuple[int, float]], list[int]]:
    """The slots, stratum by stratum from the latest death back, and the one from which each row is at risk: len(slots)
    where it is at risk at none."""
    own = {int(s): {float(t) for t in exit[event & (stratum == s)]} for s in np.unique(stratum)}
    slots = [(s, t) for s, times in own.items() for t in sorted(times, reverse=True)]
    place = {slot: k for k, slot in enumerate(slots)}
    first = [max((t for t in own[int(s)] if t <= e), default=None) for e, s in zip(exit, stratum, strict=True)]
    return slots, [len(slots) if t is None else place[int(s), t] for s, t in zip(stratum, first, strict=True)]


MANY = np.random.default_rng(8)
ORDERS = {
    "no strata": (MANY.integers(1, 12, 60), MANY.random(60) < 0.5, None),
    "three strata": (MANY.integers(1, 12, 60), MANY.random(60) < 0.3, MANY.integers(0, 3, 60)),
    "some without a death": (MANY.integers(1, 12, 60), MANY.random(60) < 0.2, MANY.integers(0, 9, 60)),
    "a death and a censoring at once": (np.array([2, 2]), np.array([False, True]), None),
    "one row": (np.array([3]), np.array([True]), None),
    "one row of the second stratum": (np.array([3]), np.array([True]), np.array([1])),
    # 4 times and codes up to 8,191, 3 times and codes up to 10,922: 32,768 and 32,769 places of strata and times
    "the last that 16 bits hold": (
        np.array([1, 2, 3, 4, 2, 4, 4]),
        np.ones(7, bool),
        np.array([8191, 0, 0, 8191, 0, 0, 5460]),
    ),
    "the first that they do not": (np.array([1, 2, 3, 2, 3]), np.ones(5, bool), np.array([10922, 0, 10922, 0, 0])),
    "codes beyond 16 bits": (np.array([1, 2, 3, 2, 3]), np.ones(5, bool), np.array([65536, 1, 65536, 0, 0])),
    "the last code of 16 bits": (np.array([1, 2, 3, 2, 3]), np.ones(5, bool), np.array([65535, 1, 65535, 0, 0])),
}


@pytest.mark.parametrize("unit", [1.0, 0.7], ids=["whole", "fractions"])
@pytest.mark.parametrize("kind", ORDERS)
def test_every_row_stands_in_the_slot_of_the_last_death_before_its_end(kind: str, unit: float) -> None:
    exit_, event, stratum = ORDERS[kind]
    for turn in (slice(None), np.argsort(exit_), np.argsort(-exit_)):
        end, died, of = exit_[turn] * unit, event[turn], None if stratum is None else stratum[turn]
        order, slot, times, slot_stratum = risk_set_order(_arrays.ranks(end), died, of)
        slots, first = ordered_by_definition(end, died, np.zeros(len(end), int) if of is None else of)
        assert list(zip(slot_stratum.tolist(), times.tolist(), strict=True)) == slots
        assert sorted(order.tolist()) == list(range(len(end)))
        assert slot.tolist() == sorted(np.array(first)[order]) == np.array(first)[order].tolist()
        for k in range(len(slots)):
            own = order[slot == k]
            assert died[own].tolist() == sorted(died[own])  # the deaths last
            assert end[own[~died[own]]].tolist() == sorted(end[own[~died[own]]], reverse=True)
        if of is not None:
            left = of[order[slot == len(slots)]]  # at risk at no death: stratum by stratum
            assert left.tolist() == sorted(left)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_deaths_at_one_time_are_those_of_slots_with_several(kind: str) -> None:
    found, plain = likelihood(kind, "efron"), likelihood(kind, "breslow")
    several = [
        place
        for place in range(N)
        if found.event[place] and (found.event & (found.slot == found.slot[place])).sum() > 1
    ]
    assert found.tied_rows.tolist() == several
    assert len(several) > 2
    assert plain.tied_rows.tolist() == plain.tied.tolist() == []


def test_ranks_that_are_known_are_taken() -> None:
    exit_ = np.array([2.0, 5.0, 3.0, 5.0])
    found = PartialLikelihood(np.arange(4.0)[:, None], exit_, np.ones(4, bool), ranked=_arrays.ranks(exit_ * 10))
    assert found.times.tolist() == [50.0, 30.0, 20.0]
    assert found.exit.tolist() == [20.0, 50.0, 30.0, 50.0]
    assert found.followed_to == {0: 50.0}


def test_entries_at_0_are_none() -> None:
    known = PartialLikelihood(X, EXIT, CODE == 1, entry=np.zeros(N))
    assert known.entry_slot is None


class Counted:
    """The kernels as NumPy has them, counting the rows that they are given."""

    def __init__(self) -> None:
        self.rows = 0

    def gather_scaled(self, x: Any, order: Any, center: Any, scale: Any, out: Any) -> None:
        out[:] = ((x[order] - center) / scale).T

    def running_moments(self, x: Any, r: Any, ends: Any) -> Any:
        self.rows += x.shape[1]
        sums = np.concatenate([np.zeros((len(x), 1)), np.cumsum(x * r, axis=1)], axis=1)
        return sums[:, ends]


@pytest.mark.parametrize("kind", ["plain", "subdistribution"])
def test_compiled_kernels_make_the_sums_where_there_are_enough_numbers(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, counted = [], Counted()

    def compiled(size: int) -> Counted:
        sizes.append(size)
        return counted

    monkeypatch.setattr(kernels, "compiled", compiled)
    found = likelihood(kind, "efron")
    r = found.risks(BETA)
    information = found.information(r, found.slots(r))
    assert set(sizes) == {3 * N}
    assert counted.rows == found.last + (0 if found.tail is None else int(found.tail.end[-1]))
    expected = Terms(kind, "efron", (X - found.center) / found.scale, BETA)
    np.testing.assert_allclose(information, np.sum(expected.information, axis=0), atol=1e-11)


def test_the_baseline_is_that_of_patients_worked_out_by_hand() -> None:
    """Four people with r = 1, 1, 2, 2: deaths at 3 (r = 2), at 2 two at once (1 and 2), a censoring at 1."""
    x = np.log(np.array([[2.0], [1.0], [2.0], [1.0]]))
    found = PartialLikelihood(x, np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, True, False]))
    assert (found.d, found.last, found.n, found.p) == (2, 3, 4, 1)
    assert found.order[3] == 3  # left before the first death
    r = found.risks(found.scale * 1.0)
    unit = r[3]
    slots = found.slots(r)
    assert slots.total / unit == pytest.approx([2.0, 5.0])
    assert slots.first * unit == pytest.approx([1 / 2, 1 / 5 + 1 / 3.5])  # half of the 3 that die is gone
    assert slots.efron is not None
    assert slots.efron.first * unit == pytest.approx([0.5 / 3.5])
    assert slots.efron.one * unit**2 == pytest.approx([0.5 / 3.5**2])
    assert slots.efron.two * unit**2 == pytest.approx([0.25 / 3.5**2])
    assert slots.second * unit**2 == pytest.approx([1 / 4, 1 / 25 + 1 / 3.5**2])
    assert found.log_likelihood(slots) == pytest.approx(np.log(2 / 2 * 2 / (5 * 3.5)))
    breslow = PartialLikelihood(x, found.exit, np.array([True, True, True, False]), ties="breslow")
    slots = breslow.slots(r)
    assert slots.efron is None
    assert slots.total / unit == pytest.approx([2.0, 5.0])
    assert slots.first * unit == pytest.approx([1 / 2, 2 / 5])
    assert slots.second * unit**2 == pytest.approx([1 / 4, 2 / 25])
    assert slots.log_sum == pytest.approx(np.log(2.0 * unit) + 2 * np.log(5.0 * unit))
