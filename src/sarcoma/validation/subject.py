"""What is validated: a model card, or a column of predictions made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.cohort.cohort import KEPT, Cohort
from sarcoma.errors import CohortError
from sarcoma.models import Card, predict
from sarcoma.models.outcome import Endpoint, Estimand, TimeZero
from sarcoma.patient import Records, field_specs


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One thing that must hold for a model to be used: how many fail it, and of how many it cannot be told."""

    text: str
    fails: int
    unknown: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many are left out for one reason; `rules` says where it is because the subject's rules fail, or are not known
    to hold."""

    reason: str
    n: int
    rules: Literal["fail", "unknown"] | None = None


LEFT_OUT = (
    LeftOut("the model does not apply", 0, "fail"),
    LeftOut("cannot be told whether the model applies", 0, "unknown"),
    LeftOut("a predictor is not known, so the model gives a range", 0),
)
"""Why a card says nothing of someone with one figure."""


@dataclass(frozen=True, eq=False)
class SubjectPredictions:
    """What a subject says of all patients of a cohort.

    risk (n, H) : probability of the event by each horizon, NaN where it says nothing. used (n,) : whom it speaks of
    with one figure. left_out : how many others, in order. rules, missing : per rule and per predictor.
    start : months since the time zero from which the horizons count. scores (n,) : log relative hazards where the model
    has one score, NaN where it is not known.
    """

    risk: Floats
    used: NDArray[np.bool_]
    left_out: tuple[LeftOut, ...]
    rules: tuple[RuleCount, ...]
    missing: tuple[tuple[str, int], ...]
    start: float
    scores: Floats | None = None


@dataclass(frozen=True, eq=False)
class Subject:
    """A model or a column: what it predicts, from when, and for which horizons."""

    id: str
    title: str
    endpoint: Endpoint
    event: str
    estimand: Estimand
    time_zero: TimeZero
    horizons: tuple[float, ...]
    card: Card | None = None
    column: str | None = None
    no_event: bool = False
    instead: str | None = None
    """What the model predicts, where it is set against something else by `--as`."""

    @classmethod
    @checked
    def of_card(cls, card: Card, *, instead: Endpoint | None = None) -> Subject:
        """A card as it is; `instead`, another end point to set it against.

        Raises
        ------
        CohortError : the card names no end point that a cohort records, or no time.
        """
        about = card.outcome
        endpoint = instead or about.endpoint
        if endpoint is None or about.estimand == "not-applicable" or not any(about.horizons_months):
            raise CohortError(
                f"{card.id}: it predicts nothing that a cohort's follow-up shows, so it cannot be validated"
            )
        other = instead is not None and instead != about.endpoint
        estimand = about.estimand
        if other:
            estimand = "all-cause" if instead in ("death", "recurrence-or-death") else "crude"
        return cls(
            card.id, card.name, endpoint, about.event, estimand, about.time_zero,
            about.horizons_months, card, instead=about.event if other else None,
        )  # fmt: skip

    @checked
    def predict(self, cohort: Cohort, records: Records, kept: NDArray[np.bool_], start: float) -> SubjectPredictions:
        """Predictions for the patients at the time zero (or at a landmark after it)."""
        if self.card is None:
            return self._of_column(cohort, kept, start)
        said = predict(self.card, records, intervals=False)
        status = np.where(kept, said.status, -2)
        rules = tuple(
            RuleCount(r.text, int((kept & (r.answers == 0)).sum()), int((kept & (r.answers == -1)).sum()))
            for r in said.requirements
        )
        value = said.value
        if not self.card.outcome.of_event:
            value = 1 - value
        ranged = (status == 1) & np.isnan(value).all(axis=1)
        used = (status == 1) & ~ranged
        missing = [(label_of(f), int((kept & (status != 0) & absent).sum())) for f, absent in said.missing]
        counts = (int((status == 0).sum()), int((status == -1).sum()), int(ranged.sum()))
        left_out = tuple(replace(out, n=n) for out, n in zip(LEFT_OUT, counts, strict=True))
        risk = np.where(used[:, None], without_dust(value), np.nan)
        score = said.of_form.score() if self.card.form.known_hazards else None
        scores = None if score is None else np.where(used & (score[0] == score[1]), score[0], np.nan)
        return SubjectPredictions(risk, used, left_out, rules, tuple((f, n) for f, n in missing if n), start, scores)

    def _of_column(self, cohort: Cohort, kept: NDArray[np.bool_], start: float) -> SubjectPredictions:
        name = KEPT + str(self.column)
        if name not in cohort.patients.columns:
            there = ", ".join(c.removeprefix(KEPT) for c in cohort.patients.columns if c.startswith(KEPT)) or "none"
            raise CohortError(
                f"column:{str(self.column)[:40]}: the cohort keeps no such column (it keeps: {there}); name it under "
                "`keep:` in the mapping and read the cohort again"
            )
        import polars as pl

        text = cohort.patients[name]
        numbers = text.str.strip_chars().replace("", None).cast(pl.Float64, strict=False)
        odd = (
            (numbers.is_null() & text.is_not_null() & (text.str.strip_chars() != "")).fill_null(value=False).to_numpy()
        )
        values = numbers.fill_null(float("nan")).to_numpy().copy()
        with np.errstate(invalid="ignore"):
            outside = int(((values < 0) | (values > 1)).sum())
        if outside:
            raise CohortError(
                f"column:{self.column}: {outside} predictions lie outside 0 to 1; give probabilities such as 0.25"
            )
        used = kept & ~np.isnan(values)
        risk = np.where(used, 1 - values if self.no_event else values, np.nan)
        unread = int((kept & odd).sum())
        left_out = (
            LeftOut("no prediction", int((kept & ~used).sum()) - unread),
            LeftOut("a prediction that is no number such as 0.25", unread),
        )
        return SubjectPredictions(risk[:, None], used, left_out, (), (), start)


DIGITS, NEAR_EDGE = 1e10, 1e-7
"""Ten digits of a probability count, but for those that lie so near 0 or 1."""


def without_dust(risk: Floats) -> Floats:
    """Probabilities to ten digits, so that those that differ by the dust of calculating them are equal.

    People with equal predictions tie; a sum worked out in another order, or by another engine, must not set them apart.
    """
    with np.errstate(invalid="ignore"):
        inside = (risk > NEAR_EDGE) & (risk < 1 - NEAR_EDGE)
    return np.where(inside, np.floor(risk * DIGITS + 0.5) / DIGITS, risk)


def label_of(field: str) -> str:
    """A field, or what is derived from some, in words."""
    return field_specs()[field].label if field in field_specs() else field.replace("_", " ")
