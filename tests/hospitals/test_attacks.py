"""What somebody may try: each is refused, or what is gained is stated in docs/hospitals.md with the same number."""

from __future__ import annotations

import hmac
import json
from typing import Any

import numpy as np
import pytest
from hospital_cases import BASE, GRID, KEYS, PREDICTORS, SITES, network, policy, survival_rows
from scipy.optimize import linprog

from sarcoma._version import __version__
from sarcoma.errors import HospitalsError, WithheldError
from sarcoma.hospitals import (
    Answer,
    Ledger,
    PooledCox,
    SiteRows,
    answer_of,
    combine,
    judged_rows,
    masks,
    partial,
    question_of,
    together,
)
from sarcoma.hospitals.public_grid import on_grid, stayed
from sarcoma.hospitals.small_cells import is_small, joined_grid, small_cells, withheld
from sarcoma.survival import Course, EventTable, Histories

POLICY = policy()
EVERYONE = network()
ROWS = {site: survival_rows(one) for site, one in EVERYONE.items()}


def asked(kind: str = "event-table", **more: Any) -> Any:
    extra: dict[str, Any] = {"plan": "survival", "grid": [0, 12, 24, 60]}
    if kind == "cox":
        extra |= {"transition": ["alive", "dead"], "predictors": PREDICTORS}
    return question_of({**BASE, "kind": kind, "id": kind, **extra, **more})


def named(rows: SiteRows, prefix: str = "p") -> SiteRows:
    people = np.array([f"{prefix}{i}" for i in range(len(rows.histories))], dtype=object)
    return SiteRows(rows.histories, rows.x, rows.risk, people)


def without_last(rows: SiteRows, n: int) -> SiteRows:
    kept = slice(0, len(rows.histories) - n)
    x, risk, people = (None if v is None else v[kept] for v in (rows.x, rows.risk, rows.people))
    return SiteRows(rows.histories.take(kept), x, risk, people)


def answered(
    ledger: Ledger, question: Any, rows: SiteRows, site: str = "north", dropped_out: tuple[str, ...] = (), **how: Any
) -> tuple[Ledger, Answer]:
    """As the command does it, with a ledger that is read from its file each time."""
    ledger = Ledger.model_validate(json.loads(json.dumps(ledger.model_dump(mode="json", by_alias=True))))
    ledger.check(question, rows, POLICY, dropped_out=dropped_out)
    grids = ledger.earlier_grids(question, rows)
    answer = partial(rows, question, POLICY, site=site, earlier_grids=grids, **how)
    return ledger.with_answer(question, rows, answer), answer


# -- questions that a site refuses


@pytest.mark.parametrize("apart", [1, 4])
def test_two_questions_that_differ_by_a_few_patients(apart: int) -> None:
    rows = named(ROWS["north"])
    ledger, _ = answered(Ledger.new(), asked(), rows)
    again = asked(nonce="11" * 8)
    with pytest.raises(WithheldError):
        answered(ledger, again, without_last(rows, apart))
    answered(ledger, again, without_last(rows, 5))
    answered(ledger, again, rows)


def test_a_group_of_another_question_that_differs_by_one_patient() -> None:
    h = ROWS["north"].histories
    who = np.arange(len(h))

    def grouped(cut: int) -> SiteRows:
        histories = Histories(h.course, h.exit, h.event, group=np.where(who < cut, "2", "3"))
        return named(SiteRows(histories))

    by = {"field": "grade", "levels": ["2", "3"]}
    ledger, _ = answered(Ledger.new(), asked(by=by), grouped(150))
    with pytest.raises(WithheldError):
        answered(ledger, asked(by=by, nonce="11" * 8), grouped(151))


def test_a_level_of_another_model_that_differs_by_one_patient() -> None:
    rows = named(ROWS["north"])
    ledger, _ = answered(Ledger.new(), asked("cox"), rows)
    assert rows.x is not None
    x = rows.x.copy()
    x[0, 1] = 1 - x[0, 1]
    with pytest.raises(WithheldError):
        answered(ledger, asked("cox", nonce="11" * 8), SiteRows(rows.histories, x, None, rows.people))


def test_a_question_by_another_name_with_its_columns_in_another_order() -> None:
    rows = named(ROWS["north"])
    ledger, _ = answered(Ledger.new(), asked("cox"), rows)
    assert rows.x is not None
    turned = SiteRows(rows.histories, rows.x[:, ::-1], None, rows.people)
    question = asked("cox", id="another", nonce="11" * 8, predictors=PREDICTORS[::-1])
    answered(ledger, question, turned)
    fewer = without_last(turned, 1)
    with pytest.raises(WithheldError):
        answered(ledger, question, fewer)
    order = np.random.default_rng(1).permutation(len(fewer.histories))
    assert fewer.x is not None
    assert fewer.people is not None
    mixed = SiteRows(fewer.histories.take(order), fewer.x[order], None, fewer.people[order])
    with pytest.raises(WithheldError):
        answered(ledger, question, mixed)


@pytest.mark.parametrize("changed", [1, 4])
def test_the_same_people_of_whom_a_few_have_died_since(changed: int) -> None:
    h = ROWS["north"].histories

    def after(n: int) -> SiteRows:
        exit_, event = h.exit.copy(), h.event.copy()
        alive = np.flatnonzero(~event)[:n]
        exit_[alive] += 1.0
        event[alive] = True
        return named(SiteRows(Histories(h.course, exit_, event)))

    ledger, _ = answered(Ledger.new(), asked(), after(0))
    with pytest.raises(WithheldError):
        answered(ledger, asked(nonce="11" * 8), after(changed))
    answered(ledger, asked(nonce="11" * 8), after(5))


def test_a_level_that_is_all_but_another_and_one_patient() -> None:
    rows = named(ROWS["north"])
    ledger, _ = answered(Ledger.new(), asked("cox"), rows)
    assert rows.x is not None
    x = rows.x.copy()
    x[:, 1] = 1 - x[:, 1]
    answered(ledger, asked("cox", nonce="11" * 8), SiteRows(rows.histories, x, None, rows.people))
    x[np.flatnonzero(x[:, 1])[0], 1] = 0
    with pytest.raises(WithheldError):
        answered(ledger, asked("cox", nonce="11" * 8), SiteRows(rows.histories, x, None, rows.people))


def test_the_turn_of_a_line_moved_by_one_patient() -> None:
    """A covariate that is 0 up to some age tells apart those beyond it, whatever it is called."""
    rows = named(ROWS["north"])
    assert rows.x is not None
    age = np.sort(rows.x[:, 0])

    def beyond(place: int) -> SiteRows:
        assert rows.x is not None
        x = rows.x.copy()
        x[:, 0] = np.maximum(x[:, 0] - (age[place] + age[place + 1]) / 2, 0)
        return SiteRows(rows.histories, x, None, rows.people)

    ledger, _ = answered(Ledger.new(), asked("cox"), beyond(200))
    with pytest.raises(WithheldError):
        answered(ledger, asked("cox", nonce="11" * 8), beyond(201))
    answered(ledger, asked("cox", nonce="11" * 8), beyond(210))


def test_two_ways_of_sharing_side_by_side() -> None:
    """A total of masked sums less what the others said openly is what the last one withheld."""
    rows = named(ROWS["north"])
    for first, second in (("coarsen", "masked-sums"), ("masked-sums", "suppress"), ("suppress", "coarsen")):
        ledger, _ = answered(Ledger.new(), asked(sharing=first), rows, key=KEYS["north"])
        with pytest.raises(WithheldError):
            answered(ledger, asked(sharing=second, nonce="11" * 8), rows, key=KEYS["north"])
        with pytest.raises(WithheldError):  # nor by a model of the same plan
            answered(ledger, asked("cox", sharing=second, nonce="11" * 8), rows, key=KEYS["north"])
    grouped = SiteRows(
        Histories(rows.histories.course, rows.histories.exit, rows.histories.event, group=["2", "3"] * 150),
        people=rows.people,
    )
    ledger, _ = answered(Ledger.new(), asked(sharing="suppress"), rows)
    by = {"field": "grade", "levels": ["2", "3"]}
    with pytest.raises(WithheldError):
        answered(ledger, asked(sharing="suppress", by=by, nonce="11" * 8), grouped)


def test_two_totals_of_which_one_is_without_one_site() -> None:
    rows = named(ROWS["north"])
    key = KEYS["north"]
    ledger, _ = answered(Ledger.new(), asked(sharing="masked-sums"), rows, key=key)
    fewer = asked(sharing="masked-sums", sites=SITES[:-1], nonce="11" * 8)
    with pytest.raises(WithheldError):
        answered(ledger, fewer, rows, key=key)
    answered(ledger, fewer, rows, key=key, dropped_out=("west",))
    with pytest.raises(WithheldError):
        answered(ledger, fewer, rows, key=key, dropped_out=("another",))


def test_a_shifted_grid() -> None:
    rows = named(ROWS["north"])
    ledger, first = answered(Ledger.new(), asked(grid=[0, 12, 24, 60]), rows)
    assert first.grid == (0, 12, 24, 60)
    with pytest.raises(WithheldError):
        answered(ledger, asked(grid=[0, 9, 24, 57], nonce="11" * 8), rows)
    with pytest.raises(WithheldError):
        partial(rows, asked(grid=[0, 12.5, 24]), POLICY, site="north")


def test_another_grid_with_suppression_or_for_a_baseline() -> None:
    rows = named(ROWS["north"])
    ledger, _ = answered(Ledger.new(), asked(sharing="suppress"), rows)
    answered(ledger, asked(sharing="suppress", nonce="11" * 8), rows)
    with pytest.raises(WithheldError):
        answered(ledger, asked(sharing="suppress", grid=[0, 9, 24, 60], nonce="22" * 8), rows)
    ledger, _ = answered(Ledger.new(), asked(), rows)
    ledger, _ = answered(ledger, asked("cox", nonce="33" * 8, grid=[0, 9, 24, 57]), rows)  # no times are told yet
    last = asked("cox", nonce="33" * 8, grid=[0, 9, 24, 57], round=2, beta=[0.1, 0.1], baseline=True)
    with pytest.raises(WithheldError):
        answered(ledger, last, rows)


def test_a_baseline_of_masked_sums_has_no_small_count() -> None:
    question = asked("cox", sharing="masked-sums", grid=GRID)
    found = together(
        {s: without_last(rows, len(rows.histories) - 60) for s, rows in ROWS.items()}, question, POLICY, keys=KEYS
    )
    assert isinstance(found, PooledCox)
    assert len(found.times) < len(GRID) - 1


def test_a_few_who_stay_beyond_a_time() -> None:
    """Of ten who were there from the start eight have left by then: the two tell themselves, however many come later."""
    entry, exit_ = [0] * 10 + [13] * 30, [6] * 8 + [30] * 2 + [20] * 10 + [30] * 10 + [50] * 10
    rows = SiteRows(Histories(Course.survival(), exit_, [1] * 30 + [0] * 10, entry=entry))
    times = [0, 12, 24, 36]
    assert partial(rows, asked(grid=times), POLICY, site="north").grid == (0, 24, 36)
    left_out = partial(rows, asked(grid=times, sharing="suppress"), POLICY, site="north").counts["events"][0]
    assert left_out[0] == [None]
    assert [None] in left_out[1:]  # nor by the deaths of all times


@pytest.mark.parametrize("seed", range(3))
def test_who_stays_is_never_few_whatever_the_states(seed: int) -> None:
    luck = np.random.default_rng(seed)
    course = Course(("well", "ill", "dead"), (("well", "ill"), ("well", "dead"), ("ill", "dead")))
    first, second, end = luck.exponential(20, 60), luck.exponential(10, 60), luck.uniform(5, 60, 60)
    fell = np.flatnonzero(first < end)
    until = np.minimum(first + second, end)[fell]
    died = np.where((first + second < end)[fell], "dead", "")
    histories = Histories(
        course, np.concatenate([np.minimum(first, end), until]), [*np.where(first < end, "ill", ""), *died],
        entry=np.concatenate([np.zeros(60), first[fell]]), origin=["well"] * 60 + ["ill"] * len(fell),
        patient=[*range(60), *fell],
    )  # fmt: skip
    fine = on_grid(EventTable.from_histories(histories), range(0, 61, 6))
    assert is_small(stayed(fine), 5).any()
    told = on_grid(fine, joined_grid(fine, range(0, 61, 6), 5))
    assert not is_small(stayed(told), 5).any()
    assert not small_cells(told, 5)
    hidden = withheld(fine, 5)
    for _, time, state in np.argwhere(is_small(stayed(fine), 5)).tolist():
        came = hidden["initial"][0, state] | hidden["entered"][0, :time, state].any()
        leaves = [k for k, source in enumerate(course.transient_index) if source == state]
        gone = hidden["censored"][0, : time + 1, state].any() | hidden["events"][0, : time + 1, leaves].any()
        assert came or gone


def test_a_rare_type_at_one_site() -> None:
    h = ROWS["north"].histories
    label = np.where(np.arange(len(h)) < 3, "3", "2")
    rows = SiteRows(Histories(h.course, h.exit, h.event, group=label))
    question = asked(by={"field": "grade", "levels": ["2", "3"]})
    with pytest.raises(WithheldError):
        partial(rows, question, POLICY, site="north")
    hidden = partial(rows, asked(by={"field": "grade", "levels": ["2", "3"]}, sharing="suppress"), POLICY, site="north")
    assert hidden.counts["initial"][1] == [None]
    # nor by what the other group and a total would say: the other group's is withheld too
    assert hidden.counts["initial"][0] == [None]


@pytest.mark.parametrize("seed", range(4))
def test_no_sums_over_groups_and_times_give_a_withheld_count(seed: int) -> None:
    """With every total of five and more known: between the least and the most that each small count may be is room."""
    luck = np.random.default_rng(seed)
    exit_, end, group = luck.exponential(30, 90), luck.uniform(5, 60, 90), luck.choice(["1", "2", "3"], 90)
    histories = Histories(Course.survival(), np.minimum(exit_, end), exit_ <= end, group=group)
    table = on_grid(EventTable.from_histories(histories), [0, 12, 24, 36, 48])
    hidden = withheld(table, 5)
    for name in ("events", "censored"):
        values, out = getattr(table, name)[:, :, 0], hidden[name][:, :, 0]
        number = np.where(out, np.cumsum(out.ravel()).reshape(out.shape) - 1, -1)
        sums, known = [np.zeros(out.sum())], [0]
        for line in (*np.ndindex(3), *((slice(None), t) for t in range(4))):
            if values[line].sum() >= 5 and out[line].any():
                sums.append(np.isin(np.arange(out.sum()), number[line]).astype(float))
                known.append(int(values[line][out[line]].sum()))
        for place in np.argwhere(out & is_small(values, 5)).tolist():
            if values[:, place[1]].sum() < 5:
                continue  # a total that nobody may know
            one = np.eye(out.sum())[number[tuple(place)]]
            least = linprog(one, A_eq=sums, b_eq=known).fun
            most = linprog(-one, A_eq=sums, b_eq=known).fun
            assert most is None or -most - least >= 1


def test_one_patient_apart_in_a_covariate() -> None:
    rows = ROWS["north"]
    assert rows.x is not None
    for column in (0, 1):
        x = rows.x.copy()
        x[:, column] = 0
        x[0, column] = 1
        with pytest.raises(WithheldError):
            partial(SiteRows(rows.histories, x), asked("cox"), POLICY, site="north")


def test_a_saturated_model() -> None:
    few = without_last(ROWS["east"], 100)
    with pytest.raises(WithheldError):
        partial(few, asked("cox"), POLICY, site="east")


def test_coefficients_that_weigh_one_patient() -> None:
    with pytest.raises(WithheldError):
        partial(ROWS["north"], asked("cox", beta=[40.0, 0.0]), POLICY, site="north")


def test_coefficients_that_make_a_few_nearly_all_of_a_sum() -> None:
    rows = ROWS["north"]
    assert rows.x is not None
    x = rows.x.copy()
    x[:, 0] = 0.0
    x[:4, 0] = 1.0
    x[4:200, 0] = 1e-3 * np.arange(196)
    for beta, told in ((0.0, True), (9.0, False)):
        question = asked("cox", beta=[beta, 0.0])
        if told:
            partial(SiteRows(rows.histories, x), question, policy(largest_log_hazard=20), site="north")
            continue
        with pytest.raises(WithheldError):
            partial(SiteRows(rows.histories, x), question, policy(largest_log_hazard=20), site="north")


def test_a_calibration_line_that_weighs_one_patient() -> None:
    first = validation()
    second: Any = combine([partial(judged(first, s), first, POLICY, site=s) for s in SITES], first, POLICY)
    partial(judged(second, "north"), second, POLICY, site="north")
    risk = EVERYONE["north"]["risk"]
    lowest = float(np.log(-np.log1p(-risk.min())))
    for line in ((-1e6 * lowest, 1e6), (-20.0 * lowest, 20.0), (300.0, 1.0), (-1e12, 0.0)):
        with pytest.raises(WithheldError):
            partial(judged(second, "north"), second.model_copy(update={"line": line}), POLICY, site="north")
    for intercept in (-1e12, 300.0):
        with pytest.raises(WithheldError):
            partial(judged(second, "north"), second.model_copy(update={"intercept": intercept}), POLICY, site="north")


def test_weights_of_masked_sums() -> None:
    """A site of ten times the minimum refuses what would be about a few of its people, whatever hides the sum."""
    first = validation(sharing="masked-sums")
    given = [partial(judged(first, s), first, POLICY, site=s, key=KEYS[s]) for s in SITES]
    second: Any = combine(given, first, POLICY)
    partial(judged(second, "north"), second, POLICY, site="north", key=KEYS["north"])
    lowest = float(np.log(-np.log1p(-EVERYONE["north"]["risk"].min())))
    for line in ((-1e6 * lowest, 1e6), (-20.0 * lowest, 20.0), (300.0, 1.0)):
        with pytest.raises(WithheldError):
            partial(
                judged(second, "north"), second.model_copy(update={"line": line}), POLICY, site="north",
                key=KEYS["north"],
            )  # fmt: skip
    for people, told in ((40, True), (100, False)):
        x = np.column_stack([np.r_[np.ones(4), np.linspace(0, 0.1, people - 4)], np.arange(people) % 2])
        rows = SiteRows(ROWS["north"].histories.take(np.arange(people)), x)
        question = asked("cox", sharing="masked-sums", beta=[6.0, 0.0])
        if told:
            partial(rows, question, POLICY, site="north", key=KEYS["north"])
            continue
        with pytest.raises(WithheldError):
            partial(rows, question, POLICY, site="north", key=KEYS["north"])


def test_one_patient_apart_in_a_number_is_not_seen_behind_masks() -> None:
    """What is gained: the total is about that patient, of a site that nobody names. Levels are refused in all."""
    rows = {}
    for site, one in ROWS.items():
        assert one.x is not None
        x = np.column_stack([np.zeros(len(one.x)), one.x[:, 1]])
        x[:1, 0] = site == "north"
        rows[site] = SiteRows(one.histories, x)
        if site == "north":
            with pytest.raises(WithheldError):
                partial(rows[site], asked("cox"), POLICY, site=site)
    question = asked("cox", sharing="masked-sums")
    given = [partial(rows[s], question, POLICY, site=s, key=KEYS[s]) for s in SITES]
    assert combine(given, question, POLICY).round == 2  # type: ignore[union-attr]
    levels = {s: SiteRows(r.histories, r.x[:, ::-1]) for s, r in rows.items() if r.x is not None}
    given = [partial(levels[s], question, POLICY, site=s, key=KEYS[s]) for s in SITES]
    with pytest.raises(HospitalsError):
        combine(given, question, POLICY)


def test_thresholds_that_set_one_patient_apart() -> None:
    one = EVERYONE["north"]
    risk = np.sort(one["risk"])
    between = ((risk[100] + risk[101]) / 2, (risk[101] + risk[102]) / 2)
    first = validation(thresholds=between)
    table = [partial(judged(first, s), first, POLICY, site=s) for s in SITES]
    second = combine(table, first, POLICY)
    with pytest.raises(WithheldError):
        partial(judged(second, "north"), second, POLICY, site="north")  # type: ignore[arg-type]


def validation(**more: Any) -> Any:
    extra = {"card": "kattan-2002", "card_version": "1", "endpoint": "death", "time_zero": "surgery"}
    return question_of(
        {**BASE, "kind": "validation", "id": "v", "estimand": "all-cause", "grid": [0, 12, 36], **extra, **more}
    )


def judged(question: Any, site: str, everyone: Any = EVERYONE) -> SiteRows:
    one = everyone[site]
    return judged_rows(question, one["exit"], np.minimum(one["cause"], 1), one["risk"])


def test_a_table_of_all_that_is_not_that_of_all() -> None:
    """Sent back to make a site weigh a few of its people: it has fewer people in a cell than the site alone."""
    first = validation()
    own = partial(judged(first, "north"), first, POLICY, site="north")
    table = combine([partial(judged(first, s), first, POLICY, site=s) for s in SITES], first, POLICY)
    crafted = json.loads(json.dumps(table.to_data()))
    crafted["table"]["events"] = [[[1] for _ in step] for step in own.counts["events"][0]]
    crafted["table"]["events"] = [[[1]] * len(own.counts["events"][0])]
    with pytest.raises(HospitalsError):
        partial(judged(first, "north"), question_of(crafted), POLICY, site="north")


def test_more_questions_than_the_policy_has() -> None:
    rows, ledger = named(ROWS["north"]), Ledger.new()
    for number in range(POLICY.most_questions):
        ledger, _ = answered(ledger, asked(nonce=f"{number:016x}"), rows)
    with pytest.raises(WithheldError):
        answered(ledger, asked(nonce="ff" * 8), rows)
    answered(ledger, asked(nonce=f"{0:016x}"), rows)  # the same answer may be given again


def test_a_round_out_of_turn_and_another_form_of_a_round() -> None:
    rows, ledger = named(ROWS["north"]), Ledger.new()
    with pytest.raises(WithheldError):
        answered(ledger, asked("cox", round=2, beta=[0.1, 0.1]), rows)
    ledger, _ = answered(ledger, asked("cox"), rows)
    with pytest.raises(WithheldError):
        answered(ledger, asked("cox", beta=[0.1, 0.1]), rows)
    with pytest.raises(WithheldError):
        answered(ledger, asked("cox", round=2, beta=[0.1, 0.1]), without_last(rows, 10))


def test_a_later_round_that_asks_for_something_else() -> None:
    rows = named(ROWS["north"])
    with pytest.raises(WithheldError):
        partial(rows, asked(round=2), POLICY, site="north")
    ledger, _ = answered(Ledger.new(), asked("cox"), rows)
    later = {"round": 2, "beta": [0.1, 0.1]}
    for other in ({"ties": "breslow"}, {"grid": [0, 24, 60]}, {"predictors": PREDICTORS[::-1]}):
        with pytest.raises(WithheldError):
            answered(ledger, asked("cox", **later, **other), rows)
    answered(ledger, asked("cox", **later), rows)


def test_a_round_of_a_validation_on_other_times() -> None:
    many = network(larger=8)

    def back(grid: list[int]) -> Any:
        first = validation(grid=grid)
        given = [partial(judged(first, s, many), first, POLICY, site=s) for s in SITES]
        return first, combine(given, first, POLICY)

    first, second = back([0, 12, 24, 36])
    ledger, _ = answered(Ledger.new(), first, named(judged(first, "north", many)))
    ledger, _ = answered(ledger, second, named(judged(second, "north", many)))
    _, shifted = back([0, 15, 24, 36])
    assert 15 in shifted.grid
    third = shifted.model_copy(update={"round": 3})
    with pytest.raises(WithheldError):
        answered(ledger, third, named(judged(third, "north", many)))


def test_what_the_policy_does_not_name() -> None:
    for question in (
        asked(sites=["east", "west"]),
        asked(plan="nothing"),
        asked(by={"field": "site", "levels": ["a", "b"]}),
    ):
        with pytest.raises(WithheldError):
            partial(ROWS["east"], question, POLICY, site="east")
    for changed in ({"questions": ["cox"]}, {"sharing": ["suppress"]}):
        with pytest.raises(WithheldError):
            partial(ROWS["east"], asked(), policy(**changed), site="east")


def test_masks_are_never_used_twice_on_other_numbers() -> None:
    """The difference of two answers with the same masks would be the difference of what they hide."""
    question = asked(sharing="masked-sums")
    rows = named(ROWS["north"])
    ledger, _ = answered(Ledger.new(), question, rows, key=KEYS["north"])
    other = SiteRows(ROWS["north"].histories.take(np.arange(len(rows.histories))[::-1]), people=rows.people)
    moved = Histories(Course.survival(), other.histories.exit + 3, other.histories.event)
    with pytest.raises(WithheldError):
        answered(ledger, question, SiteRows(moved, people=rows.people), key=KEYS["north"])


# -- answers that who combines refuses


def answers(question: Any, **how: Any) -> dict[str, Answer]:
    return {s: partial(ROWS[s], question, POLICY, site=s, key=KEYS[s], **how) for s in SITES}


def forged(answer: Answer, **changed: Any) -> Answer:
    """An answer of somebody who knows how digests are made."""
    return answer.model_copy(update=changed).finished()


def refused(given: dict[str, Answer], question: Any, **how: Any) -> str:
    with pytest.raises(HospitalsError) as error:
        combine([answer_of(json.loads(json.dumps(a.to_data()))) for a in given.values()], question, POLICY, **how)
    return str(error.value)


def test_a_replayed_answer() -> None:
    old, new = asked(), asked(nonce="22" * 8)
    given = answers(new) | {"north": answers(old)["north"]}
    assert "north: question" in refused(given, new)


@pytest.mark.words
def test_an_altered_answer() -> None:
    question = asked()
    given = answers(question)
    data = given["north"].to_data()
    data["counts"]["events"][0][0][0] += 1
    with pytest.raises(HospitalsError, match="changed"):
        answer_of(data)
    secret, _ = KEYS["west"], None
    sealed = answers(question, combiner=masks.public_key(secret))
    combine(list(sealed.values()), question, POLICY, key=secret)
    again = answer_of(data | {"digest": forged(Answer.model_validate(data | {"seal": None})).digest})
    assert "seal" in refused(sealed | {"north": again}, question, key=secret)


def test_a_site_that_lies_about_its_grid_version_round_or_policy() -> None:
    question = asked()
    given = answers(question)
    for changed in (
        {"grid": (0.0, 12.0, 25.0, 60.0)},
        {"grid": (0.0, 60.0, 24.0)},
        {"grid": (12.0, 24.0)},
        {"product_version": "9.9.9"},
        {"round": 2},
        {"policy": "0" * 64},
        {"sharing": "suppress"},
    ):
        assert "north" in refused(given | {"north": forged(given["north"], **changed)}, question), changed
    assert __version__ == given["north"].product_version


def test_a_site_that_sends_what_cannot_be_counted() -> None:
    question = asked()
    given = answers(question)
    counts = given["north"].counts
    for name, value in (
        ("events", [[[-1], [3], [4]]]),
        ("events", [[[1.5], [3], [4]]]),
        ("events", [[[10**12], [3], [4]]]),
        ("events", [[["3"], [3], [4]]]),
        ("events", [[[10**6], [3], [4]]]),  # more than were at risk
        ("events", [[[3]] * 3] * 1000),
        ("events", 7),
        ("initial", [[None]]),
        ("more", [[1]]),
    ):
        bad = given["north"].model_copy(update={"counts": {**counts, name: value}}).finished()
        assert "north" in refused(given | {"north": bad}, question), value
    data = given["north"].to_data()
    data["counts"]["events"][0][0][0] = float("nan")
    with pytest.raises(HospitalsError):
        answer_of(data)
    cox = asked("cox")
    given = answers(cox)
    for bad_score in ([1.0], [1e300, 0.0], ["a", "b"]):
        bad = given["north"].model_copy(update={"reals": {**given["north"].reals, "score": bad_score}}).finished()
        assert "north" in refused(given | {"north": bad}, cox)


def test_a_billion_groups_are_refused_before_they_are_made() -> None:
    levels = [str(i) for i in range(31)]
    with pytest.raises(HospitalsError):
        asked(by={"field": "grade", "levels": levels})
    with pytest.raises(HospitalsError):
        asked(grid=list(range(500)))


@pytest.mark.words
def test_a_site_that_is_missing_or_answers_twice() -> None:
    question = asked(sharing="masked-sums")
    given = answers(question)
    assert "void" in refused({s: a for s, a in given.items() if s != "north"}, question)
    twice = [*given.values(), given["north"]]
    with pytest.raises(HospitalsError, match="twice"):
        combine(twice, question, POLICY)


@pytest.mark.words
def test_masked_numbers_that_were_changed() -> None:
    question = asked(sharing="masked-sums")
    given = answers(question)
    other = partial(
        ROWS["north"], asked(sharing="masked-sums", nonce="33" * 8), POLICY, site="north", key=KEYS["north"]
    )
    bad = forged(given["north"], masked=other.masked)
    assert "masks do not cancel" in refused(given | {"north": bad}, question)
    for text in ("", "AAAA", "not base64!", "A" * 10_000_000):
        assert "north" in refused(given | {"north": forged(given["north"], masked=text)}, question)
    assert "north" in refused(given | {"north": forged(given["north"], counts={"events": 1})}, question)


# -- what is gained


def ring_of(site: str, question: Any) -> masks.Ring:
    from sarcoma.hospitals.answer import unpacked

    answer = partial(ROWS[site], question, POLICY, site=site, key=KEYS[site])
    return unpacked(str(answer.masked), 10, site)


def plain(site: str) -> np.ndarray[Any, Any]:
    from sarcoma.hospitals import event_tables

    table = event_tables.table_of(ROWS[site], asked(), asked().grid)
    return event_tables.sums_of(table).flat()[0]


def test_who_combines_learns_the_total_and_nothing_of_one_site() -> None:
    question = asked(sharing="masked-sums")
    total = masks.summed([ring_of(s, question) for s in SITES])
    np.testing.assert_array_equal(total, sum(plain(s) for s in SITES))
    alone = ring_of("north", question)
    assert (alone > 2**40).all()  # numbers anywhere in the ring, not counts


def test_combiner_and_all_sites_but_one_learn_that_one() -> None:
    question = asked(sharing="masked-sums")
    total = masks.summed([ring_of(s, question) for s in SITES])
    others = [s for s in SITES if s != "north"]
    np.testing.assert_array_equal(total - sum(plain(s) for s in others), plain("north"))


def test_combiner_and_one_site_learn_the_sum_of_the_rest_only() -> None:
    """With the masks of one site known, each of the others is still hidden by those that it has with a third."""
    question = asked(sharing="masked-sums")
    salt = bytes.fromhex(question.digest)
    zeros = np.zeros(10, dtype=np.uint64)
    pair = masks.masked(zeros, "west", KEYS["west"], POLICY.keys, ["north", "west"], salt)
    partly = ring_of("north", question) + pair
    assert (partly > 2**40).all()


def test_the_test_vectors_of_the_scheme() -> None:
    keys = {"a": bytes([1]) * 32, "b": bytes([2]) * 32}
    publics = {site: masks.public_key(key) for site, key in keys.items()}
    assert publics["a"] == "a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209"
    sent = {
        site: masks.masked(masks.to_ring(np.array([n]), np.array([-0.5]), 2), site, key, publics, ["a", "b"], bytes(32))
        for (site, key), n in zip(keys.items(), (7, 5), strict=True)
    }
    assert [f"{v:016x}" for v in sent["a"].tolist()] == VECTOR["a"]
    assert [f"{v:016x}" for v in sent["b"].tolist()] == VECTOR["b"]
    # the stream of the pair by HKDF (RFC 5869) written out
    pseudorandom = hmac.new(bytes(32), bytes.fromhex(SECRET), "sha256").digest()
    block = hmac.new(pseudorandom, b"sarcoma-outlook/masked-sums/1\na\nb\n" + bytes(4) + b"\x01", "sha256").digest()
    stream = np.frombuffer(block[:16], dtype="<u8")
    np.testing.assert_array_equal(sent["a"] - stream, np.array([7, 2**64 - 2**31], dtype=np.uint64))
    counts, reals = masks.of_ring(masks.summed(list(sent.values())), 1)
    assert (counts.tolist(), reals.tolist()) == ([12], [-1.0])


SECRET = "2ed76ab549b1e73c031eb49c9448f0798aea81b698279a0c3dc3e49fbfc4b953"
VECTOR = {"a": ["dab983ad1aa9e062", "f00c6fff9face34d"], "b": ["25467c52e5561faa", "0ff38fff60531cb3"]}


def test_masks_of_more_numbers_than_one_block() -> None:
    values = np.arange(3000, dtype=np.uint64)
    sites = list(SITES)
    parts = [masks.masked(values, s, KEYS[s], POLICY.keys, sites, b"salt") for s in sites]
    np.testing.assert_array_equal(masks.summed(parts), 5 * np.arange(3000))


def test_the_share_of_small_cells_in_simulated_sites() -> None:
    """Why a minimum cell alone will not do: of 60 patients nearly every cell of three months is small."""
    from hospital_cases import people

    shares = {}
    for n in (60, 200):
        one = people(n, 1)
        table = EventTable.from_arrays(Course.survival(), one["exit"], one["cause"] > 0)
        fine = on_grid(table, GRID[:21])
        cells = np.concatenate([fine.events.ravel(), fine.censored.ravel()])
        cells = cells[cells > 0]
        shares[n] = float((cells < 5).mean())
    assert shares[60] > 0.85 > 0.4 < shares[200]


@pytest.mark.words
def test_every_result_of_masked_sums_says_that_the_scheme_is_not_audited() -> None:
    question = asked(sharing="masked-sums")
    assert "not audited" in " ".join(together(ROWS, question, POLICY, keys=KEYS).notes)
