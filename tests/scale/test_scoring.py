"""A model on a table in an engine says what `predict` says of the same records."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from scale_engines import ENGINES

from sarcoma.errors import CardError, TableError
from sarcoma.models import Card, cards, predict
from sarcoma.models.execute import STATUS_WORDS
from sarcoma.models.expression import CardExpression
from sarcoma.models.term_expression import term
from sarcoma.patient import Records, field_specs
from sarcoma.patient.mapping import own_columns
from sarcoma.patient.table_columns import read_columns
from sarcoma.scale import scored
from sarcoma.scale.refusals import without_refused

WITH_EXPRESSION = sorted(name for name, card in cards().items() if not card.form.has_course)
TRANSFORMS = {repr(p.transform): p.transform for card in cards().values() for p in card.form.all_predictors}


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_every_term_of_every_shipped_card_is_that_of_its_basis(engine: str) -> None:
    with ENGINES[engine]() as run:
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


def table(n: int, seed: int = 5) -> pl.DataFrame:
    """People of every kind, with much that is not known."""
    rng = np.random.default_rng(seed)

    def numbers(low: float, high: float, digits: int, miss: float = 0.15) -> pl.Series:
        values = np.round(rng.uniform(low, high, n), digits)
        return pl.Series(np.where(rng.random(n) < miss, np.nan, values)).fill_nan(None)

    def words(*known: str | None) -> pl.Series:
        return pl.Series(rng.choice(np.array(known, dtype=object), n).tolist(), dtype=pl.String)

    months = np.round(rng.uniform(0, 60, n), 1)
    found = [f"{organ}@{at:g}" for organ, at in zip(rng.choice(["lung", "liver", "bone"], n), months, strict=True)]
    spread = pl.Series(np.where(rng.random(n) < 0.4, np.array(found, dtype=object), "none").tolist(), dtype=pl.String)
    return pl.DataFrame(
        {
            "id": pl.int_range(n, eager=True),
            "age": numbers(0, 95, 1).scatter([0, 1], [18.0, 17.999]),
            "sex": words("F", "male", None),
            "histologic_type": words(
                "LMS", "liposarcoma, dedifferentiated", "synovial sarcoma", "ARMS", "UPS", "MPNST", None
            ),
            "site": words("thigh", "retroperitoneum", "uterus", "head and neck", "trunk wall", "arm", None),
            "size_cm": numbers(0.1, 40, 1).scatter([0, 1, 2], [5.0, 10.0, 15.0]),
            "depth": words("deep", "superficial", None),
            "grade": words("1", "2", "G3", None),
            "mitoses_per_10_hpf": numbers(0, 40, 0, 0.6),
            "necrosis": words("none", "under-half", None),
            "nodes": words("negative", "positive", None),
            "multifocal": words("yes", "no", None),
            "presentation": words("primary", "recurrent", "primary", None),
            "surgery": words("resected", "none", None),
            "margin": words("R0", "R1", "R2", None),
            "surgery_months": numbers(0, 6, 1),
            "metastases": pl.select(pl.when(pl.Series(rng.random(n) < 0.1)).then(None).otherwise(spread).alias("m"))[
                "m"
            ],
            "metastasectomy": words("complete", "none", None),
            "local_recurrence_months": numbers(1, 60, 1, 0.7),
            "landmark_months": numbers(0, 80, 1, 0.4),
            "radiotherapy": words("none", "after-surgery", None),
            "performance_status": pl.Series(
                rng.choice(np.array([0, 1, 2, None], dtype=object), n).tolist(), dtype=pl.Int64
            ),
        }
    )


def as_records(frame: pl.DataFrame) -> Records:
    """The same rows through the columns of records; the rows may contradict themselves, which is not the matter here."""
    fields = frame.select(name for name in frame.columns if name in field_specs())
    if not fields.width:
        return Records.of_columns({}, frame.height)
    return Records.of_columns(read_columns(fields, own_columns(fields.columns))[0], frame.height)


ROWS = table(3000)


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("name", WITH_EXPRESSION)
def test_a_card_in_an_engine_says_what_it_says_of_records(name: str, engine: str) -> None:
    card = cards()[name]
    wanted = predict(card, as_records(ROWS), intervals=False)
    with ENGINES[engine]() as run:
        said = run.small(scored(card, run.given(ROWS), run)).sort("id")
    same(card, said, wanted)
    assert said.select(ROWS.columns).equals(ROWS)


def same(card: Card, said: pl.DataFrame, wanted: Any) -> None:
    assert said[f"{card.id}.status"].to_list() == [STATUS_WORDS[status] for status in wanted.status.tolist()]
    for i, h in enumerate(card.outcome.horizons_months):
        for end in ("low", "high"):
            found = said[f"{card.id}.{h:g}m.{end}"].cast(pl.Float64).to_numpy()
            np.testing.assert_allclose(found, getattr(wanted, end)[:, i], rtol=0, atol=1e-12, err_msg=f"{h} {end}")


@pytest.mark.parametrize("columns", [["id"], ["id", "age"], ["id", "age", "metastases"], ["id", "site", "size_cm"]])
@pytest.mark.parametrize("name", ["kattan-2002", "kattan-2003", "gronchi-2013-os", "keung-2018-site"])
def test_columns_that_are_not_there_are_not_known(name: str, columns: list[str]) -> None:
    rows = ROWS.select(columns).head(200)
    with ENGINES["polars"]() as run:
        said = run.small(scored(cards()[name], run.given(rows), run)).sort("id")
    same(cards()[name], said, predict(cards()[name], as_records(rows), intervals=False))


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
    with ENGINES["polars"]() as run, pytest.raises(TableError):
        scored(cards()["kattan-2002"], run.given(rows), run)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_numbers_that_cannot_be_are_not_known(engine: str) -> None:
    ages = [62.0, float("nan"), float("inf"), -3.0, 500.0, None]
    rows = pl.DataFrame({"id": range(6), "age": ages, "site": ["thigh"] * 6})
    with ENGINES[engine]() as run:
        said = run.small(scored(cards()["kattan-2002"], run.given(rows), run)).sort("id")
    held = said["kattan-2002.status"].to_list()
    assert len(set(held[1:])) == 1


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_rows_that_are_no_record_are_refused_and_counted_as_by_columns(engine: str) -> None:
    rng = np.random.default_rng(3)
    odd = rng.choice(np.array(["GIST", "LMS", "nonsense", "osteosarcoma"], dtype=object), ROWS.height).tolist()
    rows = ROWS.with_columns(histologic_type=pl.Series(odd, dtype=pl.String)).with_columns(
        size_cm=pl.when(pl.col("id") % 50 == 0).then(pl.lit(-1.0)).otherwise("size_cm")
    )
    _, wanted = Records.of_arrow(rows, own_columns(rows.columns))
    with ENGINES[engine]() as run:
        kept, account = without_refused(run.given(rows), run)
        ids = run.small(kept.select("id"))["id"].sort().to_list()
    assert ids == rows["id"].gather(wanted.rows).to_list()
    assert (account.rows_in, account.rows_out) == (wanted.rows_in, wanted.rows_out)
    assert account.rows_in == account.rows_out + account.rows_refused
    assert 0 < account.rows_refused < account.rows_in
    reasons = wanted.reasons(refused=True)
    for reason, n in account.refused_because.items():
        assert reasons[reason] == n, reason
