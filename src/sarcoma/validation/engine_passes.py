"""The passes over the people of an engine's sample at one horizon: small tables, by prediction and by time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from sarcoma._attempt import attempt
from sarcoma._types import Floats
from sarcoma.survival import _arrays
from sarcoma.survival.measures.banded_counts import BandedCounts
from sarcoma.survival.measures.cell_measures import CellMeasure
from sarcoma.survival.measures.judged_cells import JudgedCells
from sarcoma.survival.measures.risk_counts import RiskCounts, Separation, separation, separation_se
from sarcoma.validation.engine_sample import EngineSample, PredictedSums

DISTINCT = 100_000
"""Up to so many distinct predictions are told apart; of more, those that agree in the first five decimals are one."""
_LOOKED_AT = 1_000_000
"""Where so many rows already have more, the others are not looked at."""
_KEY, _STEPS = "key", 100_000.0


class HorizonPasses:
    """What an engine is asked of one horizon's predictions.

    Parameters
    ----------
    times : by which people are told apart. calibrated : whether pseudo-observations at the horizon are wanted.
    """

    def __init__(self, sample: EngineSample, of: PredictedSums, times: Sequence[float], *, calibrated: bool) -> None:
        self._sample, self._of, self._engine = sample, of, sample.engine
        self._risk = nw.col(of.column)
        self.no_area: dict[str, str] = {}
        """Why people are not told apart by a time (`of_time`)."""
        judged = {t: attempt(self.no_area, of_time(t), partial(self._judged, t)) for t in dict.fromkeys(times)}
        self._cells = {t: found for t, found in judged.items() if found is not None}
        self._calibrated = calibrated
        self.exact = self._few_predictions()
        self._rows = sample.people.with_columns(self._key().alias(_KEY))

    def _judged(self, time: float) -> tuple[JudgedCells, NDArray[np.intp]]:
        cells, where = self._sample.outcome.cells(time)
        cells.weight  # noqa: B018 – everyone may be censored before it
        return cells, where

    def _few_predictions(self) -> bool:
        some = self._sample.people.select(self._of.column)
        many = len(self._sample) > _LOOKED_AT
        frames = [some.head(_LOOKED_AT), some] if many else [some]
        return all(self._engine.small(f.select(self._risk.n_unique().alias("n"))).item() <= DISTINCT for f in frames)

    def _key(self) -> nw.Expr:
        """What people of like predictions share."""
        return self._risk if self.exact else (self._risk * _STEPS).floor()

    @cached_property
    def by_risk(self) -> pl.DataFrame:
        """By key, rising: how many people (n, and `edge` with a prediction of exactly 0 or 1), sums of their
        predictions (risk), of their pseudo-observations (theta, squares) and, for each time, of the weights of the
        cases and of the controls."""
        given = {"exit": self._sample.exit, "event": self._sample.event}
        sums = ["risk"]
        for i, (cells, where) in enumerate(self._cells.values()):
            given[f"case_{i}"] = (cells.weight * cells.case)[where]
            given[f"control_{i}"] = (cells.weight * ~cells.case)[where]
            sums += [f"case_{i}", f"control_{i}"]
        if self._calibrated:
            cells, where = self._sample.outcome.cells(self._of.months)
            given["theta"] = cells.pseudo[where]
            given["squares"] = given["theta"] ** 2
            sums += ["theta", "squares"]
        edge = nw.when((self._risk <= 0) | (self._risk >= 1)).then(nw.lit(1)).otherwise(nw.lit(0))
        joined = self._with_cells(pl.DataFrame(given)).with_columns(edge.alias("edge"), self._risk.alias("risk"))
        counted = joined.group_by(_KEY).agg(nw.len().alias("n"), *(nw.col(name).sum() for name in (*sums, "edge")))
        return self._engine.small(counted).sort(_KEY)

    def _with_cells(self, table: pl.DataFrame) -> nw.LazyFrame[Any]:
        own = table.with_columns(pl.col("event").cast(pl.Int32))
        rows = self._rows.with_columns(nw.col("event").cast(nw.Int32))
        return rows.join(self._engine.given(own), on=["exit", "event"], how="inner")

    @cached_property
    def counts(self) -> RiskCounts:
        """How many people were given each prediction, or like ones with their mean."""
        rows = self.by_risk
        risk = rows[_KEY] if self.exact else rows["risk"] / rows["n"]
        return RiskCounts(risk.to_numpy(), rows["n"].to_numpy().astype(np.int64))

    def quantiles(self, shares: Floats) -> Floats:
        """The quantiles of the predictions; where like ones are one, those between which they lie are looked at."""
        if self.exact:
            return self.counts.quantiles(shares)
        near = np.unique(self.counts.holding(shares))
        keys = self.by_risk[_KEY].gather(near).to_list()
        found = self._engine.small(
            self._rows.filter(nw.col(_KEY).is_in(keys)).group_by(self._of.column).agg(nw.len().alias("n"))
        ).sort(self._of.column)
        others = np.ones(len(self.counts.risk), dtype=bool)
        others[near] = False
        risk = np.concatenate([self.counts.risk[others], found[self._of.column].to_numpy()])
        people = np.concatenate([self.counts.people[others], found["n"].to_numpy().astype(np.int64)])
        order = np.argsort(risk)
        return RiskCounts(risk[order], people[order]).quantiles(shares)

    @cached_property
    def areas(self) -> dict[float, CellMeasure]:
        """The area under the ROC curve by each of the times; why there is none stands in `no_area`."""
        rows, n = self.by_risk, len(self._sample)
        found: dict[float, Separation] = {}
        added, sums = {_KEY: rows[_KEY]}, []
        for i, time in enumerate(self._cells):
            case, control = rows[f"case_{i}"].to_numpy(), rows[f"control_{i}"].to_numpy()
            one = attempt(self.no_area, of_time(time), partial(separation, case, control, n))
            if one is None:
                continue
            found[time] = one
            added |= {f"a{i}": pl.Series(one.of_case), f"b{i}": pl.Series(one.of_control)}
            sums += [f"a{i}", f"b{i}"]
        if not found:
            return {}
        joined = self._rows.join(self._engine.given(pl.DataFrame(added)), on=_KEY, how="inner")
        squares = [(nw.col(name) * nw.col(name)).alias(f"{name}_squared") for name in sums]
        every = [nw.col(name).sum() for name in (*sums, *(f"{name}_squared" for name in sums))]
        by_time = self._engine.small(joined.with_columns(*squares).group_by("exit", "event").agg(*every))
        place = self._places(by_time)
        areas = {}
        for i, (time, (cells, where)) in enumerate(self._cells.items()):
            if time in found:
                parts = (by_time[f"{name}{i}{part}"].to_numpy() for name in "ab" for part in ("", "_squared"))
                a, a2, b, b2 = (cells.sums(where[place], part) for part in parts)
                areas[time] = CellMeasure(found[time].value, separation_se(cells, (a, a2), (b, b2)))
        return areas

    def _places(self, rows: pl.DataFrame) -> NDArray[np.intp]:
        """Where the times and events of some rows stand among those of the sample."""
        own = pl.DataFrame({"exit": self._sample.exit, "event": self._sample.event}).with_row_index("place")
        asked = rows.select("exit", pl.col("event").cast(pl.Int64))
        return (
            asked.join(own, on=["exit", "event"], how="left", maintain_order="left")["place"].to_numpy().astype(np.intp)
        )

    def banded(self, edges: Floats, thresholds: Floats) -> BandedCounts:
        """People by group of like predictions (cut at the edges), by how many thresholds lie at or below their
        prediction, and by time and event up to the horizon."""
        outcome, months = self._sample.outcome, self._of.months
        later = nw.lit(outcome.last_time + 1.0)
        ends = nw.when(nw.col("exit") <= _arrays.until(months)).then(nw.col("exit")).otherwise(later)
        inside = nw.col("exit") <= _arrays.until(months)
        rows = self._sample.people.select(
            _many_of([self._risk > e for e in edges.tolist()]).alias("group"),
            _many_of([self._risk >= t for t in thresholds.tolist()]).alias("above"),
            ends.alias("exit"),
            nw.when(inside).then(nw.col("event")).otherwise(nw.lit(0)).alias("event"),
            self._risk.alias("risk"),
        )
        keys = ("group", "above", "exit", "event")
        table = self._engine.small(rows.group_by(*keys).agg(nw.len().alias("n"), nw.col("risk").sum())).sort(*keys)
        group, above, event, people = (table[k].to_numpy().astype(np.int64) for k in ("group", "above", "event", "n"))
        exit_, risk = table["exit"].to_numpy(), table["risk"].to_numpy()
        return BandedCounts(outcome, months, group, above, exit_, event, people, risk)


def of_time(months: float) -> str:
    """What a time is called in `no_area`."""
    return f"{months:g}"


def _many_of(flags: list[nw.Expr]) -> nw.Expr:
    ones = [nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)) for flag in flags]
    return nw.sum_horizontal(*ones) if len(ones) > 1 else ones[0]
