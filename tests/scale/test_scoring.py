"""A model on a table in an engine says what `predict` says of the same records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from equality import same
from scale_engines import EVERYONE, OTHERS, asked
from scale_people import ROWS

from sarcoma.cohort import make_cohort, open_source
from sarcoma.errors import CardError, TableError
from sarcoma.models import Card, cards
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.models.expression import CardExpression
from sarcoma.models.term_expression import term
from sarcoma.patient import Records, field_specs, words
from sarcoma.patient.field_file import field_names
from sarcoma.patient.mapping import own_columns

WITH_EXPRESSION = sorted(name for name, card in cards().items() if not card.form.has_course)
TRANSFORMS = {repr(p.transform): p.transform for card in cards().values() for p in card.form.all_predictors}


@pytest.mark.parametrize("engine", OTHERS)
def test_every_term_of_every_shipped_card_is_that_of_its_basis(engine: str) -> None:
    with asked(engine) as one:
        run = one.run
        for transform in TRANSFORMS.values():
            if transform.coded:
                x: Any = [*transform.by_level, "another", None]
                given = pl.DataFrame({"x": pl.Series(x, dtype=pl.String)})
            else:
                points = np.array([*transform.turning_points, 20.0, 60.0])
                grid = np.linspace(min(points.min(), 0.5), points.max() * 1.5, 301)
                x = np.unique([*grid, *points])
                given = pl.DataFrame({"x": x})
            said = run.small(run.given(given).with_columns(term(transform, nw.col("x")).alias("y")))["y"].to_numpy()
            wanted = transform.basis(x) @ transform.beta
            if transform.coded:
                wanted[-1] = np.nan  # not known
            np.testing.assert_allclose(said, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("name", WITH_EXPRESSION)
def test_a_card_in_an_engine_says_what_it_says_of_records(name: str, engine: str) -> None:
    with asked(engine) as one:
        same(one.scored(cards()[name], ROWS), asked("numpy").scored(cards()[name], ROWS))


NOT_SAID = {"presentation": "primary", "metastases": "none", "local_recurrence": "no"}
"""What a record of one person takes as said where a table leaves it open."""


def of_vectors(card: Card) -> pl.DataFrame:
    """The records of a card's test vectors as rows of a table."""
    records = [
        NOT_SAID | {field_names()[words.normal(name)]: value for name, value in vector.record.items()}
        for vector in card.test_vectors
    ]
    columns: dict[str, pl.Series] = {"id": pl.int_range(len(records), eager=True)}
    for name in dict.fromkeys(name for record in records for name in record):
        values = [record.get(name) for record in records]
        if field_specs()[name].kind == "number":
            columns[name] = pl.Series(values, dtype=pl.Float64)
        else:
            columns[name] = pl.Series([None if v is None else _in_words(v) for v in values], dtype=pl.String)
    return pl.DataFrame(columns)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value == "not-assessed":  # in a table these words are those for what is not known
        return "NX"
    return "; ".join(value) if isinstance(value, (list, tuple)) else str(value)


@pytest.mark.parametrize("engine", EVERYONE)
@pytest.mark.parametrize("name", WITH_EXPRESSION)
def test_the_test_vectors_of_a_card_come_out_to_the_printed_digits(name: str, engine: str) -> None:
    card = cards()[name]
    with asked(engine) as one:
        said = one.scored(card, of_vectors(card))
    assert card.test_vectors
    for row, vector in enumerate(card.test_vectors):
        assert said[f"{name}.status"][row] == STATUS_WORDS[1]
        for horizon, probability in vector.expect.probability.items():
            for end in ("low", "high"):
                found = said[f"{name}.{float(horizon):g}m.{end}"][row]
                assert found == pytest.approx(probability, abs=0.5000001 * 10**-vector.expect.decimals)


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("cohort", ["tcga_sarc", "msk_met_sts"])
@pytest.mark.parametrize("name", ["kattan-2002", "gronchi-2013-os"])
def test_real_cohorts_are_scored_as_by_numpy(
    name: str, cohort: str, engine: str, shared: Callable[[str], Path]
) -> None:
    patients = make_cohort(open_source(shared(cohort))).patients
    rows = patients.select(
        pl.int_range(pl.len()).alias("id"),
        *(
            pl.col(field) if field_specs()[field].kind == "number" else pl.col(field).cast(pl.String)
            for field in patients.columns
            if field in field_specs()
        ),
    )
    with asked(engine) as one:
        found = one.scored(cards()[name], rows)
    same(found, asked("numpy").scored(cards()[name], rows))


@pytest.mark.parametrize("columns", [["id"], ["id", "age"], ["id", "age", "metastases"], ["id", "site", "size_cm"]])
@pytest.mark.parametrize("name", ["kattan-2002", "kattan-2003", "gronchi-2013-os", "keung-2018-site"])
def test_columns_that_are_not_there_are_not_known(name: str, columns: list[str]) -> None:
    rows = ROWS.select(columns).head(200)
    with asked("polars") as one:
        same(one.scored(cards()[name], rows), asked("numpy").scored(cards()[name], rows))


@pytest.mark.words
@pytest.mark.parametrize("name", sorted(set(cards()) - set(WITH_EXPRESSION)))
def test_a_course_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(CardError, match="predict"):
        CardExpression(cards()[name], ["age"])


@pytest.mark.words
@pytest.mark.parametrize(
    "rows",
    [
        pl.DataFrame({"age": ["62"]}),
        pl.DataFrame({"age": [62.0], "_144m low": [1]}),
        pl.DataFrame({"age": [62.0], "kattan-2002.status": [1]}),
        pl.DataFrame({"age": [62.0], "_class of sex": [1]}),
    ],
)
def test_columns_that_cannot_be_are_refused_by_name(rows: pl.DataFrame) -> None:
    with asked("polars") as one, pytest.raises(TableError):
        one.scored(cards()["kattan-2002"], rows)


@pytest.mark.parametrize("engine", EVERYONE)
def test_numbers_that_cannot_be_are_not_known(engine: str) -> None:
    ages = [62.0, float("nan"), float("inf"), -3.0, 500.0, None]
    rows = pl.DataFrame({"id": range(6), "age": ages, "site": ["thigh"] * 6})
    with asked(engine) as one:
        said = one.scored(cards()["kattan-2002"], rows)
    held = said["kattan-2002.status"].to_list()
    assert len(set(held[1:])) == 1


@pytest.mark.parametrize("engine", OTHERS)
def test_rows_that_are_no_record_are_refused_and_counted_as_by_columns(engine: str) -> None:
    rng = np.random.default_rng(3)
    odd = rng.choice(np.array(["GIST", "LMS", "nonsense", "osteosarcoma"], dtype=object), ROWS.height).tolist()
    rows = ROWS.with_columns(histologic_type=pl.Series(odd, dtype=pl.String)).with_columns(
        size_cm=pl.when(pl.col("id") % 50 == 0).then(pl.lit(-1.0)).otherwise("size_cm")
    )
    _, wanted = Records.of_arrow(rows, own_columns(rows.columns))
    with asked(engine) as one:
        ids, account = one.kept(rows)
    assert ids == rows["id"].gather(wanted.rows).to_list()
    assert (account.rows_in, account.rows_out) == (wanted.rows_in, wanted.rows_out)
    assert account.rows_in == account.rows_out + account.rows_refused
    assert 0 < account.rows_refused < account.rows_in
    reasons = wanted.reasons(refused=True)
    for reason, n in account.refused_because.items():
        assert reasons[reason] == n, reason
