"""What every form of a model can say of itself: the face that cards show to the rest of the house."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from sarcoma._dataclass import dataclass, replace
from sarcoma._frozen import model_validator
from sarcoma._types import Flags, Floats
from sarcoma.errors import CardError
from sarcoma.evidence import Rule
from sarcoma.evidence.entry import Entry, Mark, Text
from sarcoma.models.finding import Finding
from sarcoma.models.outcome import Outcome
from sarcoma.models.predictor import Predictor, Recode, Requirement, Term, moved, score_columns
from sarcoma.patient import Records, rules

if TYPE_CHECKING:
    import narwhals as nw

    from sarcoma.survival import Prediction, TransitionHazard

Missing = tuple[tuple[str, Flags], ...]

Curve = Literal["line", "band"] | None
"""The states month by month: not, without their interval, with it."""


class GroupFigure(Entry):
    """One published figure of a group, as a probability in 0–1."""

    horizon_months: float
    value: float
    low: float | None = None
    high: float | None = None
    interval: Literal["95% CI", "plus-minus"] | None = None
    n: int | None = None
    marks: tuple[Mark, ...] = ()
    note: Text | None = None


@dataclass(frozen=True, eq=False)
class PredictionRequest:
    """What a form is request.

    outcome : what is to be predicted. allowed (n,) : whether the card's own rules hold (1, 0, -1). start (n,) : months
    since the time zero from which horizons count. intervals : whether 95 % intervals are wanted. curve : whether the
    states are wanted month by month too, of one record with every predictor known.
    """

    records: Records
    outcome: Outcome
    allowed: rules.Answers
    start: Floats
    intervals: bool = True
    curve: Curve = None

    def __len__(self) -> int:
        return len(self.records)


Range = tuple[Floats, Floats]
"""The lowest and the highest of something over what is not known."""


class CourseStates(NamedTuple):
    """The states of a course for n records at H horizons.

    names : of the S states. low, high (n, H, S) : the range over what is not known, equal where all is. interval_low,
    interval_high : the 95 % interval, NaN where there is none. start (n,) : months since the time zero from which the
    horizons count. curve : of one record, month by month, where it was asked for; reached : then, of each event beside
    the outcome, the probability by each horizon.
    """

    names: tuple[str, ...]
    low: Floats
    high: Floats
    interval_low: Floats
    interval_high: Floats
    start: Floats
    curve: Prediction | None = None
    reached: tuple[Range, ...] = ()


@dataclass(frozen=True, eq=False)
class FormPredictions:
    """What a form says of n records; a form that says more has a class of its own.

    low, high (n, H) : probabilities of what the outcome names, equal where every predictor is known. requirements :
    what must hold for the form to be used. missing : by predictor, in whom it is not known.
    """

    low: Floats
    high: Floats
    requirements: tuple[Requirement, ...]
    missing: Missing

    def where(self, applies: Flags) -> Self:
        """The same, with nothing said of records to whom the card does not apply."""
        silent = ~applies[:, None]
        return replace(self, low=np.where(silent, np.nan, self.low), high=np.where(silent, np.nan, self.high))

    @property
    def value(self) -> Floats:
        """The probability where nothing is missing, else NaN (n, H)."""
        return np.where(self.low == self.high, self.low, np.nan)

    def score(self) -> tuple[Floats, Floats] | None:
        """The range of the linear predictor or the points, (n,) each; None where the form has no score."""
        return None

    def formula(self) -> Floats:
        """The value, also beyond the range that is printed: for checking only."""
        return self.value

    def bounds(self) -> NDArray[np.int8] | None:
        """-1 (+1) where only "below" ("above") is known, (n, H); None where the form has no such bounds."""
        return None

    def interval(self) -> tuple[Floats, Floats] | None:
        """The 95 % interval, (n, H) each, NaN where there is none; None where the form never has one."""
        return None

    def course(self) -> CourseStates | None:
        """The states of a course."""
        return None

    def start(self, row: int) -> float:  # noqa: ARG002 - forms that count from a landmark say otherwise
        """Months since the time zero from which the horizons of a record count."""
        return 0.0

    def possible_groups(self, row: int) -> tuple[str, ...]:  # noqa: ARG002
        """The ids of the groups to which a record may belong."""
        return ()

    def group_label(self, row: int) -> str | None:  # noqa: ARG002
        """What these groups are called; None where the form has no groups."""
        return None

    def printed(self, row: int, horizon: float) -> GroupFigure | None:  # noqa: ARG002
        """The figure of a record as it was published, for a form whose figures were."""
        return None

    def ranged_over(self, row: int, records: Records) -> tuple[str, ...]:  # noqa: ARG002
        """The fields (or derived variables) over which the range of a record goes."""
        return tuple(name for name, absent in self.missing if absent[row])


@dataclass(frozen=True, eq=False)
class ScorePredictions(FormPredictions):
    """Answers of a form with a score; score_low, score_high (n,) are its range."""

    score_low: Floats
    score_high: Floats

    def score(self) -> tuple[Floats, Floats]:
        return self.score_low, self.score_high


@dataclass(frozen=True, eq=False)
class Change:
    """log Λ'(t | x) = log Λ(t | 0) + log factor(t) + slope · score + added'x.

    The score is the linear predictor, and with strata the difference of the stratum's log Λ(t) from the mean of all.

    log_factors : of the cumulative hazard by horizon (months from the start of the horizons). slope : of the score.
    added : (k,) by column of all predictors. strata : added by stratum. start : months since the time zero from which
    the horizons count.
    """

    log_factors: Mapping[float, float]
    slope: float
    added: Floats
    strata: Mapping[str, float] = field(default_factory=dict)
    start: float = 0.0

    @property
    def horizons(self) -> tuple[float, ...]:
        """The horizons that the changed model has."""
        return tuple(self.log_factors)

    @property
    def logs(self) -> Floats:
        """(H,) the log factors in their order."""
        return np.array(list(self.log_factors.values()))


class Line(NamedTuple):
    """One line of how a form is shown, and how deep it stands below the one before."""

    text: str
    depth: int = 0


class Placed(NamedTuple):
    """A predictor with the place where it stands in a card, and whether it predicts a death."""

    where: str
    predictor: Predictor
    of_death: bool


class Edge(NamedTuple):
    """What the best and the worst case of a form follow from: cumulative hazards (of each stratum) and their score."""

    where: str
    hazards: tuple[float, ...]
    intercept: float
    predictors: tuple[Predictor, ...]


class Strata(Entry):
    """A coded predictor that chooses the baseline."""

    label: Text
    field: str
    recode: Recode | None = None


class Reaching(Entry):
    """An event beside the card's outcome: to be in any of `states` at least once, whatever comes after.

    Death before it competes, so its probability is crude.
    """

    event: Text
    plain_event: Text
    measure: Literal["distant-metastasis", "local-recurrence"]
    states: tuple[Text, ...]


class Form(Entry):
    """How a model gets from a record to probabilities.

    Each kind of card is a subclass in a file of its own in this folder; nothing outside asks which it is.

    kind : what a card writes, a `Literal` in each subclass. needs : fields without which the form is none.
    cannot_update : why its numbers cannot be updated. read_within : how exactly its score can be read where it was
    published. has_course : whether it says the states of a course. has_expression : whether an engine can work it out.
    asked_of_allowed : whether it requires something only of records that the card's own rules allow.
    """

    kind: str

    needs: ClassVar[tuple[str, ...]] = ()
    has_course: ClassVar[bool] = False
    has_expression: ClassVar[bool] = False
    asked_of_allowed: ClassVar[bool] = False
    read_within: ClassVar[float] = 0.0

    @property
    def known_hazards(self) -> tuple[TransitionHazard, ...]:
        """The hazards known at every time, which exp(score) multiplies; none of what is known at horizons only."""
        return ()

    @property
    def events_beside(self) -> tuple[Reaching, ...]:
        """Events that are told beside the card's outcome."""
        return ()

    @model_validator(mode="before")
    @classmethod
    def _has_what_it_needs(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping):
            for part in cls.needs:
                if not raw.get(part):
                    raise ValueError(f"a model of kind {raw.get('kind')} needs `{part}`")
        return raw

    # -- what it is made of

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """Every predictor, wherever it stands."""
        return ()

    @property
    def scored(self) -> tuple[Predictor, ...]:
        """The predictors of the one score, where there is one that stands in the card itself."""
        return ()

    @property
    def strata(self) -> Strata | None:
        """What chooses the baseline."""
        return None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Rules on the record that stand in it."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Its predictors in words, with the range of numbers."""
        own = [p.label + (f" ({p.range[0]:g} to {p.range[1]:g})" if p.range else "") for p in self.all_predictors]
        return tuple(own if self.strata is None else [*own, self.strata.label])

    @property
    def recodes(self) -> tuple[tuple[str, Recode], ...]:
        """Every recoding of a field, by field."""
        own = [(p.field, p.recode) for p in self.all_predictors if p.recode is not None]
        if self.strata is not None and self.strata.recode is not None:
            own.append((self.strata.field, self.strata.recode))
        return tuple(own)

    def misfit(self, outcome: Outcome) -> str | None:  # noqa: ARG002
        """Why it does not go with an outcome, None where it does."""
        return None

    # -- predicting

    @abstractmethod
    def predict(self, request: PredictionRequest) -> FormPredictions:
        """What it says of records."""

    # -- in an engine (see `models.expression`)

    def looked_up(self, request: PredictionRequest) -> tuple[Sequence[Requirement], dict[str, Floats]]:  # noqa: ARG002
        """What follows from codes alone, beside the terms of a score: what it requires, and (n,) columns to join."""
        return (), {}

    def figure(self, horizon: float, least: nw.Expr, most: nw.Expr, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:  # noqa: ARG002
        """Low and high at a horizon, from the range of the score and the columns that were looked up.

        Raises
        ------
        CardError : it has no expression.
        """
        raise CardError("it has no expression; run it in batches, by `predict`")

    def bound(self, least: nw.Expr, most: nw.Expr) -> nw.Expr | None:  # noqa: ARG002
        """ "below" or "above" where only that is known, null elsewhere; None where the form has no such bounds."""
        return None

    # -- updating

    @property
    def cannot_update(self) -> str | None:
        """Why its numbers cannot be updated, None where they can."""
        return None

    def updated(self, change: Change) -> Self:  # noqa: ARG002
        """The same with a change made.

        Probabilities never fall with time: where the factors would make them, the earlier value holds.

        Raises
        ------
        CardError : it cannot be updated.
        """
        self._refuse_update()

    def update_columns(self, records: Records, rows: NDArray[np.intp]) -> tuple[Floats, tuple[str, ...]]:
        """(n, k) columns of what an update may change in records whose predictors are known: one for each coefficient
        of the predictors, then one for each stratum but the first; and the names of these strata."""
        return score_columns(self.all_predictors, records, rows), ()

    def own_score(self, columns: Floats, cloglog: Floats, horizons: Sequence[float]) -> Floats:  # noqa: ARG002
        """(H, n, 1) what the slope of an update acts on at each horizon.

        Parameters
        ----------
        columns : those of `update_columns`. cloglog (n, H) : log(−log(1 − risk)) of what the model says.
        """
        self._refuse_update()

    def _refuse_update(self) -> NoReturn:
        raise CardError(self.cannot_update or "its numbers cannot be updated")

    # -- showing

    @abstractmethod
    def arithmetic(self, outcome: Outcome) -> str:
        """How it gets from predictors to a probability, in one line."""

    def lines(self, horizon: Callable[[float], str]) -> Iterator[Line]:  # noqa: ARG002
        """Its numbers; `horizon` names months in words."""
        for p in self.scored:
            yield Line(f"{p.label}: {p.transform.describe()}")

    # -- checking

    @property
    def direction(self) -> float:
        """Whether a higher score is a higher risk of the event (1) or a lower (-1)."""
        return 1.0

    def placed(self, outcome: Outcome) -> Iterator[Placed]:
        """Every predictor with where it stands."""
        for p in self.scored:
            yield Placed(f"predictors.{p.name}", p, outcome.endpoint in ("death", "sarcoma-death"))

    def edges(self, outcome: Outcome) -> Iterator[Edge]:  # noqa: ARG002
        """From what its best and its worst case follow."""
        return iter(())

    def check(self, outcome: Outcome) -> Iterator[Finding]:  # noqa: ARG002
        """What is wrong with its numbers: above all, whether the event could become undone as time goes on."""
        return iter(())


class Scored(NamedTuple):
    """A score of n records: its range, what it requires, in whom a predictor is not known."""

    low: Floats
    high: Floats
    requirements: tuple[Requirement, ...]
    missing: dict[str, Flags]


class ScoreForm(Form):
    """A form whose score is the intercept and one sum of terms."""

    predictors: tuple[Predictor, ...] = ()
    intercept: float = 0.0

    needs: ClassVar[tuple[str, ...]] = ("predictors",)

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        return self.predictors

    @property
    def scored(self) -> tuple[Predictor, ...]:
        return self.predictors

    def score_of(self, records: Records) -> Scored:
        """The score of n records."""
        terms = [p.term(records) for p in self.predictors]
        low, high = summed(self.intercept, terms, len(records))
        missing = {p.field: t.missing for p, t in zip(self.predictors, terms, strict=True)}
        return Scored(low, high, tuple(t.requirement for t in terms), missing)

    def rescaled(self, change: Change, scale: float = 1.0) -> dict[str, object]:
        """Its intercept and coefficients after a change; `scale`, of a score to the log of the hazard."""
        return {
            "predictors": moved(self.predictors, change.slope, change.added / scale),
            "intercept": self.intercept * change.slope,
        }


def summed(intercept: float, terms: Sequence[Term], n: int) -> tuple[Floats, Floats]:
    """The range of a score, (n,) each."""
    low = high = np.full(n, intercept)
    for one in terms:
        low, high = low + one.low, high + one.high
    return low, high
