"""What a card gives for its own test vectors."""

from __future__ import annotations

from collections.abc import Iterator

from sarcoma.errors import RecordError
from sarcoma.models.card import Card, TestVector
from sarcoma.models.execute import predict
from sarcoma.models.finding import Finding
from sarcoma.patient import Patient


def vector_problems(card: Card, vector: TestVector) -> list[str]:
    """What a card gives otherwise than a test vector says; nothing where all agrees to the decimals stated."""
    try:
        said = predict(card, Patient(**vector.record))
    except RecordError as error:
        return [f"the record cannot be read: {error}"]
    if said.status[0] != 1:
        reasons = "; ".join(r.text for r in (*said.failing(0), *said.undecided(0)))
        return [f"the card does not apply to the record: {reasons}"]
    of_form = said.of_form
    expect, half = vector.expect, 0.5000001 * 10**-vector.expect.decimals
    found: list[str] = []

    def same(what: str, value: float, expected: float, within: float = half) -> None:
        if not abs(value - expected) <= within:
            found.append(f"{what}: the card gives {value:.6g}, the vector says {expected:g}")

    def column(horizon: str) -> int:
        return said.horizons_months.index(float(horizon))

    named = {*expect.probability, *expect.interval, *expect.occupancy, *expect.unbounded}
    strange = sorted(h for h in named if float(h) not in said.horizons_months)
    if strange:
        return [f"the vector names a horizon that the card has not: {', '.join(strange)} months"]
    if expect.score is not None:
        score = of_form.score()
        given = float("nan") if score is None else float(score[0][0])
        same("score", given, expect.score, max(half, card.form.read_within))
    for horizon, probability in expect.probability.items():
        same(f"probability at {horizon} months", float(said.value[0, column(horizon)]), probability)
    interval = of_form.interval()
    for horizon, limits in expect.interval.items():
        if interval is None:
            found.append("an interval is expected, and the card gives none")
            break
        for side, limit_given, limit in zip(("lower", "upper"), interval, limits, strict=True):
            same(f"{side} limit at {horizon} months", float(limit_given[0, column(horizon)]), limit)
    course = of_form.course()
    for horizon, states in expect.occupancy.items():
        for name, probability in states.items():
            if course is None or name not in course.names:
                found.append(f"a probability of {name!r} is expected, and the card has no such state")
            else:
                value = float(course.low[0, column(horizon), course.names.index(name)])
                same(f"{name} at {horizon} months", value, probability)
    for horizon, probability in expect.unbounded.items():
        same(f"formula at {horizon} months", float(of_form.formula()[0, column(horizon)]), probability)
    possible = of_form.possible_groups(0)
    if expect.group is not None and possible != (expect.group,):
        found.append(f"the group is {', '.join(possible) or 'none'}, the vector says {expect.group}")
    return found


def check_vectors(card: Card) -> Iterator[Finding]:
    """Whether the card computes what its author says."""
    if not card.test_vectors:
        yield Finding(
            "error", "test_vectors", "there is none, so nobody can check that the card computes the model",
            "give a record and what the paper or its calculator gives for it",
        )  # fmt: skip
    elif len(card.test_vectors) < 3:
        yield Finding("note", "test_vectors", f"only {len(card.test_vectors)}; three or more cover more of the model")
    for number, vector in enumerate(card.test_vectors, 1):
        for problem in vector_problems(card, vector):
            yield Finding("error", f"test_vectors.{number}", problem)
