"""A table by a model, in an engine: status, and the least and the greatest probability at each horizon."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from sarcoma._arguments import checked
from sarcoma.errors import TableError
from sarcoma.models import Card
from sarcoma.models.expression import STATUS, CardExpression
from sarcoma.patient import field_specs
from sarcoma.scale.engine import Engine, with_columns

_PRIVATE = "_"


@checked
def scored(card: Card, frame: Any, engine: Engine) -> nw.LazyFrame[Any]:
    """What a card says of the rows of a table.

    Parameters
    ----------
    frame : columns named like fields of the record: numbers as numbers, everything else in words that the field
        understands. Others are kept as they are.
    engine : what the table is of.

    Returns
    -------
    The table with `status` – 1 where the card applies, 0 where it does not, −1 where that cannot be told – and for each
    horizon `{months}m.low` and `{months}m.high`, equal where every predictor is known, null where the card does not
    apply. The columns are named by the card's id: `{id}.status`, `{id}.{months}m.low`.

    Raises
    ------
    CardError : the card is a course of several states. TableError : a field of numbers that the card asks holds text,
        or a column has a name that is needed here.
    """
    given: nw.LazyFrame[Any] = frame if isinstance(frame, nw.LazyFrame) else nw.from_native(frame).lazy()
    schema = given.collect_schema()
    expression = CardExpression(card, schema.names())
    _refuse_columns(expression, schema, card)
    own = schema.names()
    with_codes = with_columns(given, expression.code_columns())
    if "metastases" in expression.codes:
        texts = engine.small(with_codes.select("_text of metastases").unique())["_text of metastases"].sort()
        table = expression.metastases(texts)
        with_codes = with_codes.join(engine.given(table), on="_text of metastases", how="left")
    keyed = with_codes.with_columns(*expression.step_columns())
    keys = list(expression.keys)
    combinations = engine.small(keyed.select(*keys).unique())
    looked_up = engine.given(expression.looked_up(combinations.sort(keys)))
    said = keyed.join(looked_up, on=keys, how="left").with_columns(*expression.figures())
    figures = [f"{h:g}m.{end}" for h in card.outcome.horizons_months for end in ("low", "high")]
    return said.select(*own, *(nw.col(name).alias(f"{card.id}.{name}") for name in (STATUS, *figures)))


def _refuse_columns(expression: CardExpression, schema: Any, card: Card) -> None:
    for name, kind in schema.items():
        if name.startswith((_PRIVATE + "code of", _PRIVATE + "step of", _PRIVATE + "text of")) or name == STATUS:
            raise TableError(f"a column is called {name[:40]}, which is needed here; name it otherwise")
        if name.startswith(f"{card.id}."):
            raise TableError(f"the table has columns of {card.id} already; leave them out")
        spec = field_specs().get(name)
        if name in expression.fields and spec is not None and spec.kind == "number" and not kind.is_numeric():
            raise TableError(f"{name}: must be numbers here ({spec.range_text()}), and the column is of another type")
