"""Fine–Gray regression of the subdistribution hazard."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError, NoEventsError
from sarcoma.survival import _arrays
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
        published for it.

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
    def fit(self, x: Any, exit: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None) -> Self:
        """Estimate the coefficients and the baseline.

        Parameters
        ----------
        x : (n, p) one row a patient. exit : (n,). event : (n,) codes of causes, 0 = censored.
        entry : (n,) start of observation.

        Raises
        ------
        InputError, NoEventsError, CollinearityError, InfiniteEstimateError, ConvergenceError : as `CoxRegression.fit`.
        """
        _arrays.one_order(x=x, exit=exit, event=event, entry=entry)
        end = _arrays.floats("exit", exit, low=0.0)
        codes = _arrays.floats("event", event, len(end), low=0.0)
        failed = codes == self.cause
        if not failed.any():
            raise NoEventsError(f"event: no row has the code {self.cause} of the cause of interest")
        design = Design.read(x, end, failed, entry=entry)
        competing = (codes != 0) & ~failed
        if self.ties not in ("efron", "breslow"):
            raise InputError("ties", "not a known method", '"efron" or "breslow"')
        chosen = self.variance or ("fine-gray" if design.entry is None else "robust")
        if chosen not in ("fine-gray", "robust", "model"):
            raise InputError("variance", "not a known variance", '"fine-gray", "robust" or "model"')
        if chosen == "fine-gray" and design.entry is not None:
            raise InputError("variance", "no formula is published for delayed entry", '"robust"')
        end = design.exit
        ranked = _arrays.ranks(end)
        stay = Censoring(ranked, codes == 0, design.entry, self.censoring_ties)
        held = np.where(competing, 1.0 / stay.before_end(), 0.0)

        def likelihood_of(part: Design, rows: slice, known: _arrays.Ranks | None = None) -> PartialLikelihood:
            tail = (held[rows], stay.before)
            return PartialLikelihood(
                part.x, part.exit, part.event, entry=part.entry, ties=self.ties, tail=tail, ranked=known
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
        if chosen != "model":
            extra = None
            if chosen == "fine-gray" and likelihood.tail is not None:
                extra = _CensoringPart(likelihood, likelihood.tail, found, stay, codes == 0)
            meat = np.zeros_like(inverse)
            for rows, residual in score_blocks(likelihood, found.risks, found.slots):
                part = residual if extra is None else residual + extra(rows)
                meat += part.T @ part
            self.covariance_ = inverse @ (meat * np.outer(scale, scale)) @ inverse
        self.baseline_ = Baseline.from_likelihood(likelihood, found, self.coef_, ())
        self.concordance_, self.notes_ = None, ()
        return self

    @checked
    def predict_incidence(self, x: Any, times: ArrayLike) -> Floats:
        """Cumulative incidence 1 − exp(−Λ(t | x)) with the other causes counted (crude), shape (n, times)."""
        incidence: Floats = -np.expm1(-self._hazard_and_se(x, times)[0])
        return incidence


class _CensoringPart:
    """ψ_i = ∫ q(u)/π(u) dM^c_i(u): what estimating G adds (Fine and Gray 1999, section 5), in standardised covariates.

    q(u) = Σ over competing x_j < u of c_j r_j ∫_{t ≥ u} (x_j − x̄(t)) g(t) dΛ(t).
    """

    def __init__(
        self,
        likelihood: PartialLikelihood,
        tail: Tail,
        found: newton.Maximum,
        stay: Censoring,
        censored: NDArray[np.bool_],
    ) -> None:
        zero = np.zeros((1, likelihood.p))
        jump = found.slots.first * tail.at
        means = (found.means - likelihood.center) / likelihood.scale
        # slots run from late to early: sums up to a slot are sums over its time and all later ones
        after = np.append(0.0, np.cumsum(jump))
        after_mean = np.concatenate([zero, np.cumsum(jump[:, None] * means, axis=0)])
        place = likelihood.d - np.searchsorted(likelihood.times[::-1], stay.times, side="left")
        rows = tail.rows[::-1]  # from early to late
        when = likelihood.exit[likelihood.order[rows]]
        before = np.searchsorted(when, stay.times, side="left")
        held = found.risks[rows] * tail.weight[rows]
        zeroth = np.append(0.0, np.cumsum(held))[before]
        first = np.concatenate([zero, np.cumsum(held[:, None] * likelihood.x[:, rows].T, axis=0)])[before]
        self.per_risk = (first * after[place, None] - zeroth[:, None] * after_mean[place]) / stay.at_risk[:, None]
        self.drift = np.concatenate([zero, np.cumsum(self.per_risk * stay.hazard[:, None], axis=0)])
        self.times, self.likelihood, self.censored = stay.times, likelihood, censored

    def __call__(self, rows: slice) -> Floats:
        chosen = self.likelihood.order[rows]
        place = np.searchsorted(self.times, self.likelihood.exit[chosen], side="right")
        part = -self.drift[place]
        censored = np.flatnonzero(self.censored[chosen])
        part[censored] += self.per_risk[place[censored] - 1]
        return part
