"""Fine–Gray regression of the subdistribution hazard."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError, NoEventsError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import IntervalScale, limits
from sarcoma.survival.regression import newton
from sarcoma.survival.regression.base import Baseline, Design, Regression, first_guess
from sarcoma.survival.regression.censoring import Censoring, CensoringTies
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood, Tail, Ties
from sarcoma.survival.regression.residuals import score_blocks

Variance = Literal["fine-gray", "robust", "model"]


class FineGrayRegression(Regression):
    """Proportional hazards of the subdistribution of one cause among competing ones.

    Fine and Gray (J Am Stat Assoc 1999;94:496–509): who has had another event stays in the risk set with weight
    G(t−)/G(x−), G the Kaplan–Meier estimator of the censoring. Under delayed entry the weight is G(t−)H(t−) over the
    same at x, H the product-limit estimator of the entries in reversed time (Geskus, Biometrics 2011;67:39–49).

    It is here to run, check and compare published models. New models of several causes should be cause-specific:
    each hazard then has a meaning in people who are alive; the probabilities of all causes always sum to at most 1
    (subdistribution models of two causes can contradict each other and pass 1); covariates and effects may differ by
    cause; and the fits go straight into a multi-state prediction.

    Parameters
    ----------
    cause : code of the cause of interest; 0 = censored, every other code competes.
    ties : "breslow" (as cmprsk's crr) or "efron".
    censoring_ties : who is at risk of being censored at a time at which others have an event. "cmprsk" counts
        everyone still under observation, as crr does; "survival" takes events to come first, as finegray does. They
        agree where no event and censoring share a time.
    variance : "fine-gray" (the paper's, with the uncertainty of G; without delayed entry), "robust" (the same with G
        taken as known) or "model" (inverse information). Under delayed entry "fine-gray" is refused: no formula is
        published for it. With clusters the first two sum over the rows of a cluster before they square (Zhou, Fine,
        Latouche and Labopin, Biostatistics 2012;13:371–383).

    With strata each has a baseline and a G of its own (Zhou, Latouche, Rocha and Fine, Biometrics 2011;67:661–670, for
    few large strata). A row of weight 2 counts as two rows, in G too: finegray leaves the weights out of G.

    Attributes after `fit` are those of `CoxRegression`, without a concordance; `baseline_` holds the jumps of the
    cumulative subdistribution hazard.

    Examples
    --------
    >>> x = [[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]]
    >>> FineGrayRegression(cause=1).fit(x, exit=[9, 4, 12, 6, 11, 10], event=[1, 1, 0, 1, 2, 1]).coef_.round(3).tolist()
    [0.549]
    """

    @checked
    def __init__(
        self,
        *,
        cause: int = 1,
        ties: Ties = "breslow",
        censoring_ties: CensoringTies = "cmprsk",
        variance: Variance | None = None,
    ) -> None:
        self.cause = cause
        self.ties = ties
        self.censoring_ties = censoring_ties
        self.variance = variance

    @checked
    def fit(
        self,
        x: Any,
        exit: ArrayLike,
        event: ArrayLike,
        *,
        entry: ArrayLike | None = None,
        stratum: ArrayLike | None = None,
        weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
    ) -> Self:
        """Estimate the coefficients and the baseline.

        Parameters
        ----------
        x : (n, p) one row a patient. exit : (n,). event : (n,) codes of causes, 0 = censored.
        entry : (n,) start of observation.
        stratum : (n,) labels with a baseline and a censoring distribution of their own.
        weight : (n,) positive case weights. offset : (n,) fixed part of the linear predictor.
        cluster : (n,) labels of patients or centres whose rows belong together.

        Raises
        ------
        InputError, NoEventsError, CollinearityError, InfiniteEstimateError, ConvergenceError : as `CoxRegression.fit`.
        """
        _arrays.one_order(x=x, exit=exit, event=event, entry=entry, cluster=cluster)
        end = _arrays.floats("exit", exit, low=0.0)
        codes = _arrays.floats("event", event, len(end), low=0.0)
        failed = codes == self.cause
        if not failed.any():
            raise NoEventsError(f"event: no row has the code {self.cause} of the cause of interest")
        design = Design.read(x, end, failed, entry=entry, stratum=stratum, weight=weight, offset=offset)
        groups = None if cluster is None else _arrays.codes("cluster", cluster, len(end))[0]
        chosen = self._variance(design.entry is not None, groups is not None)
        competing, end = (codes != 0) & ~failed, design.exit
        ranked = _arrays.ranks(end)
        stays = _censoring(design, ranked, codes == 0, self.censoring_ties)
        held = np.zeros(len(end))
        for rows, stay in stays:
            held[rows] = np.where(competing[rows], 1.0 / stay.before_end(), 0.0)

        def likelihood_of(part: Design, rows: slice, known: _arrays.Ranks | None = None) -> PartialLikelihood:
            return PartialLikelihood(
                part.x,
                part.exit,
                part.event,
                entry=part.entry,
                stratum=part.stratum,
                weight=part.weight,
                offset=part.offset,
                ties=self.ties,
                tail=(held[rows], lambda times, which: stays[which].stay.before(times)),
                ranked=known,
            )

        likelihood = likelihood_of(design, slice(None), ranked)
        start = first_guess(design, likelihood_of, likelihood)
        none = np.zeros(likelihood.p)
        found = newton.maximise(likelihood, design.columns, penalty=none, start=start, score_test=False)
        scale = likelihood.scale
        inverse = newton.inverse(found.information, design.columns) / np.outer(scale, scale)
        self.columns_ = design.columns
        self.feature_names_in_ = np.array(design.columns, dtype=object)
        self.n_features_in_ = len(design.columns)
        self.coef_ = found.beta / scale
        self.information_ = found.information * np.outer(scale, scale)
        self.model_covariance_ = self.covariance_ = inverse
        self.log_likelihood_, self.log_likelihood_null_ = found.log_likelihood, found.log_likelihood_at_zero
        self.n_, self.events_, self.steps_ = len(end), int(failed.sum()), found.steps
        self.robust_ = groups is not None
        if chosen != "model":
            extra = None
            if chosen == "fine-gray" and likelihood.tail is not None:
                extra = _CensoringPart(likelihood, likelihood.tail, found, stays, codes == 0)
            meat = _squares(likelihood, found, extra, groups) * np.outer(scale, scale)
            self.covariance_ = inverse @ meat @ inverse
        self.baseline_ = Baseline.from_likelihood(likelihood, found, self.coef_, design.strata)
        self.concordance_, self.notes_ = None, ()
        return self

    def _variance(self, late: bool, clustered: bool) -> Variance:
        """Which variance is meant."""
        if self.ties not in ("efron", "breslow"):
            raise InputError("ties", "not a known method", '"efron" or "breslow"')
        chosen = self.variance or ("robust" if late else "fine-gray")
        if chosen not in ("fine-gray", "robust", "model"):
            raise InputError("variance", "not a known variance", '"fine-gray", "robust" or "model"')
        if chosen == "fine-gray" and late:
            raise InputError("variance", "no formula is published for delayed entry", '"robust"')
        if chosen == "model" and clustered:
            raise InputError("variance", '"model" takes the rows of a cluster as independent', '"robust"')
        return chosen

    @checked
    def predict_incidence(
        self, x: Any, times: ArrayLike, *, stratum: Any = None, offset: ArrayLike | None = None
    ) -> Floats:
        """Cumulative incidence 1 − exp(−Λ(t | x)) with the other causes counted (crude), shape (n, times).

        Parameters
        ----------
        stratum : of a fit with strata, a label for all rows, or one a row, (n,).
        offset : the fixed part of the linear predictor, (n,), of a fit with an offset; 0 where not given.
        """
        incidence: Floats = -np.expm1(-self._hazard_and_se(x, times, stratum, offset)[0])
        return incidence

    def predict_incidence_interval(
        self,
        x: Any,
        times: ArrayLike,
        *,
        stratum: Any = None,
        offset: ArrayLike | None = None,
        level: float = 0.95,
        scale: IntervalScale = "log-log",
    ) -> tuple[Floats, Floats]:
        """Limits of `predict_incidence`, each (n, times), from the uncertainty of coefficients and baseline.

        Var Λ(t | x) as in a Cox model, e^{2xβ} [Σ dΛ/S0 + qᵀVq] with V = `covariance_`, as survfit of a coxph on
        finegray's rows: the jumps of the baseline take G as known and rows as independent, also with clusters.
        "log-log" and "log" are scales of 1 − incidence.
        """
        hazard, se = self._hazard_and_se(x, times, stratum, offset)
        free = np.exp(-hazard)
        low, high = limits(free, free * se, level, scale)
        return 1.0 - high, 1.0 - low


class _Stay(NamedTuple):
    """The rows of a stratum, (m,), and the censoring among them."""

    rows: NDArray[np.intp] | slice
    stay: Censoring


def _censoring(design: Design, ranked: _arrays.Ranks, censored: NDArray[np.bool_], ties: CensoringTies) -> list[_Stay]:
    """The censoring in each stratum."""
    if design.stratum is None:
        return [_Stay(slice(None), Censoring(ranked, censored, design.entry, ties, design.weight))]
    found = []
    for which in range(len(design.strata)):
        rows = np.flatnonzero(design.stratum == which)
        entry, weight = (None if column is None else column[rows] for column in (design.entry, design.weight))
        found.append(_Stay(rows, Censoring(_arrays.ranks(design.exit[rows]), censored[rows], entry, ties, weight)))
    return found


def _squares(
    likelihood: PartialLikelihood,
    found: newton.Maximum,
    extra: _CensoringPart | None,
    groups: NDArray[np.intp] | None,
) -> Floats:
    """Σ over rows, or clusters of them, of the square of what they add to the score, (p, p), standardised."""
    squares = np.zeros((likelihood.p, likelihood.p))
    by_cluster = None if groups is None else np.zeros((int(groups.max()) + 1, likelihood.p))
    for rows, residual in score_blocks(likelihood, found.risks, found.slots):
        part = residual if extra is None else residual + extra(rows)
        if likelihood.weight is not None:
            part = part * likelihood.weight[rows, None]
        if by_cluster is None or groups is None:
            squares += part.T @ part
        else:
            np.add.at(by_cluster, groups[likelihood.order[rows]], part)
    return squares if by_cluster is None else by_cluster.T @ by_cluster


class _CensoringPart:
    """ψ_i = ∫ q(u)/π(u) dM^c_i(u): what estimating G adds (Fine and Gray 1999, section 5), in standardised covariates.

    q(u) = Σ over competing x_j < u of c_j r_j ∫_{t ≥ u} (x_j − x̄(t)) g(t) dΛ(t), within the stratum of row i.
    """

    def __init__(
        self,
        likelihood: PartialLikelihood,
        tail: Tail,
        found: newton.Maximum,
        stays: list[_Stay],
        censored: NDArray[np.bool_],
    ) -> None:
        self.likelihood, self.censored = likelihood, censored
        self.parts: list[tuple[Floats, Floats, Floats]] = []  # times of censoring, per risk, drift
        self.events_first = stays[0].stay.events_first
        self.stratum: NDArray[np.intp] | None = None
        if len(stays) > 1:
            self.stratum = np.empty(likelihood.n, dtype=np.intp)
            for which, (some, _) in enumerate(stays):
                self.stratum[some] = which
        zero = np.zeros((1, likelihood.p))
        means = (found.means - likelihood.center) / likelihood.scale
        for which, (_, stay) in enumerate(stays):
            slots = slice(*np.searchsorted(likelihood.slot_stratum, [which, which + 1]).tolist())
            jump = found.slots.first[slots] * tail.at[slots]
            # slots run from late to early: sums up to a slot are sums over its time and all later ones
            after = np.append(0.0, np.cumsum(jump))
            after_mean = np.concatenate([zero, np.cumsum(jump[:, None] * means[slots], axis=0)])
            place = len(jump) - np.searchsorted(likelihood.times[slots][::-1], stay.times, side="left")
            rows = tail.rows[tail.edges[which] : tail.edges[which + 1]][::-1]  # from early to late
            when = likelihood.exit[likelihood.order[rows]]
            before = np.searchsorted(when, stay.times, side="left")
            held = found.risks[rows] * tail.weight[rows]
            zeroth = np.append(0.0, np.cumsum(held))[before]
            first = np.concatenate([zero, np.cumsum(held[:, None] * likelihood.x[:, rows].T, axis=0)])[before]
            per_risk = (first * after[place, None] - zeroth[:, None] * after_mean[place]) / stay.at_risk[:, None]
            drift = np.concatenate([zero, np.cumsum(per_risk * stay.hazard[:, None], axis=0)])
            self.parts.append((stay.times, per_risk, drift))

    def __call__(self, rows: slice) -> Floats:
        chosen = self.likelihood.order[rows]
        if self.stratum is None:
            return self._of(chosen, 0)
        found = np.empty((len(chosen), self.likelihood.p))
        which = self.stratum[chosen]
        for label in np.unique(which).tolist():
            here = which == label
            found[here] = self._of(chosen[here], label)
        return found

    def _of(self, chosen: NDArray[np.intp], which: int) -> Floats:
        """ψ of some rows of one stratum."""
        times, per_risk, drift = self.parts[which]
        end, censored = self.likelihood.exit[chosen], self.censored[chosen]
        place = np.searchsorted(times, end, side="right")
        if self.events_first:  # who had an event was not at risk of being censored at its time
            place = np.where(censored, place, np.searchsorted(times, end, side="left"))
        part: Floats = -drift[place]
        part[censored] += per_risk[place[censored] - 1]
        return part
