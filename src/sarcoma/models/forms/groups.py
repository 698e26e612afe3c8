"""Published groups: a rule on the record chooses the group, and its printed figures are the answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass
from sarcoma._types import Floats
from sarcoma.evidence import Rule
from sarcoma.evidence.entry import Entry, Key, Text
from sarcoma.models.finding import Finding
from sarcoma.models.forms.form import Form, FormPredictions, GroupFigure, Line, PredictionRequest
from sarcoma.models.outcome import Outcome
from sarcoma.models.predictor import Requirement
from sarcoma.patient import Records, rules
from sarcoma.patient.columns import distinct_codes

if TYPE_CHECKING:
    import narwhals as nw


class RiskGroup(Entry):
    """A group of people defined by a rule, and its figures."""

    id: Key
    label: Text
    when: Rule
    figures: tuple[GroupFigure, ...]

    def figure(self, horizon: float) -> GroupFigure | None:
        """Its figure at a horizon."""
        return next((f for f in self.figures if f.horizon_months == horizon), None)


@dataclass(frozen=True, eq=False)
class GroupPredictions(FormPredictions):
    """Answers of a form of groups; group (n,) indexes `sets`, the groups to which a record may belong."""

    group: NDArray[np.int32]
    sets: tuple[tuple[RiskGroup, ...], ...]

    def possible_groups(self, row: int) -> tuple[str, ...]:
        return tuple(group.id for group in self.sets[self.group[row]])

    def group_label(self, row: int) -> str:
        return "; ".join(group.label for group in self.sets[self.group[row]])

    def printed(self, row: int, horizon: float) -> GroupFigure | None:
        figures = (group.figure(horizon) for group in self.sets[self.group[row]])
        return next((f for f in figures if f is not None), None)

    def ranged_over(self, row: int, records: Records) -> tuple[str, ...]:
        """The fields that decide between the groups still possible."""
        possible = self.sets[self.group[row]]
        if len(possible) < 2:
            return ()
        tests = [c for group in possible for condition in group.when for c in condition.tests]
        return tuple(c.field or "" for c in tests if int(rules.answer(c, records)[row]) == -1)


class Groups(Form):
    """Figures of the published group that a record belongs to, or the range over those still possible."""

    kind: Literal["groups"]
    groups: tuple[RiskGroup, ...]

    needs: ClassVar[tuple[str, ...]] = ("groups",)
    has_expression: ClassVar[bool] = True
    asked_of_allowed: ClassVar[bool] = True

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(group.when for group in self.groups)

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        """The fields that choose the group."""
        return tuple(dict.fromkeys(f for group in self.groups for c in group.when for f in c.fields))

    @cached_property
    def _figures(self) -> dict[float, Floats]:
        """(groups,) the value of each at each horizon, NaN where it has none."""
        horizons = {f.horizon_months for group in self.groups for f in group.figures}
        none = float("nan")
        return {
            h: np.array([none if (f := group.figure(h)) is None else f.value for group in self.groups])
            for h in horizons
        }

    def predict(self, request: PredictionRequest) -> GroupPredictions:
        asked = request.allowed != 0
        if not asked.any():
            return self._nobody(request)
        answers = np.column_stack([rules.answer_all(group.when, request.records) for group in self.groups])
        certain = (answers == 1).any(axis=1, keepdims=True)
        possible = np.where(certain, answers == 1, answers != 0)
        bits = 1 << np.arange(len(self.groups), dtype=np.int64)
        packed, index = distinct_codes(possible @ bits, 1 << len(self.groups))
        patterns = (packed[:, None] & bits) > 0
        horizons = request.outcome.horizons_months
        none = np.full(len(self.groups), np.nan)
        figures = np.column_stack([self._figures.get(h, none) for h in horizons])
        sets, lows, highs, fits = [], [], [], []
        for pattern in patterns:
            rows = figures[pattern]
            sets.append(tuple(group for group, inside in zip(self.groups, pattern, strict=True) if inside))
            lows.append(rows.min(axis=0) if len(rows) else np.full(len(horizons), np.nan))
            highs.append(rows.max(axis=0) if len(rows) else np.full(len(horizons), np.nan))
            fits.append(1 if len(rows) else 0)
        answers_fit = np.where(asked, np.array(fits, dtype=np.int8)[index], np.int8(1))
        requirement = Requirement("none of the model's groups fits", self._fields, answers_fit)
        low, high = np.array(lows)[index], np.array(highs)[index]
        return GroupPredictions(low, high, (requirement,), (), index, tuple(sets))

    def looked_up(self, request: PredictionRequest) -> tuple[Sequence[Requirement], dict[str, Floats]]:
        """The figures themselves, which follow from rules alone."""
        said = self.predict(request)
        columns: dict[str, Floats] = {}
        for i, h in enumerate(request.outcome.horizons_months):
            columns |= {_column("low", h): said.low[:, i], _column("high", h): said.high[:, i]}
        return said.requirements, columns

    def figure(self, horizon: float, least: nw.Expr, most: nw.Expr, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:  # noqa: ARG002
        import narwhals as nw

        return nw.col(_column("low", horizon)), nw.col(_column("high", horizon))

    def _nobody(self, request: PredictionRequest) -> GroupPredictions:
        """Where the card is for none of the records, no group is looked for."""
        n = len(request.allowed)
        none = np.full((n, len(request.outcome.horizons_months)), np.nan)
        return GroupPredictions(none, none, (), (), np.zeros(n, dtype=np.int32), ((),))

    @property
    def cannot_update(self) -> str:
        return "its figures belong to groups and come from no formula; describe the groups in this cohort instead"

    def arithmetic(self, outcome: Outcome) -> str:  # noqa: ARG002
        return "the figure of the published group whose rule fits the record"

    def lines(self, horizon: Callable[[float], str]) -> Iterator[Line]:  # noqa: ARG002
        for group in self.groups:
            values = "; ".join(f"{100 * f.value:g}%" for f in group.figures)
            yield Line(f"{group.id}: {group.label}: {values}")

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        for group in self.groups:
            values = [f.value for f in sorted(group.figures, key=lambda f: f.horizon_months)]
            if any(not 0 <= v <= 1 for v in values):
                yield Finding("error", f"groups.{group.id}", "figures are probabilities between 0 and 1, as in 0.25")
            elif any((b < a) if outcome.of_event else (b > a) for a, b in itertools.pairwise(values)):
                yield Finding("warning", f"groups.{group.id}", "the figures go the wrong way with time")


def _column(end: str, horizon: float) -> str:
    """What is looked up of a horizon, in a name without a dot (Spark would take it for a field within a column)."""
    return f"_{end} of {horizon:g}".replace(".", ",")
