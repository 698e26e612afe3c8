"""Cause-specific Cox regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival._interval import IntervalScale, limits
from sarcoma.survival.regression import newton
from sarcoma.survival.regression.base import Baseline, Design, Regression, first_guess
from sarcoma.survival.regression.partial_likelihood import PartialLikelihood, Ties
from sarcoma.survival.regression.proportional_hazards import ProportionalHazardsTest, proportional_hazards_test
from sarcoma.survival.regression.residuals import schoenfeld_residuals, score_blocks, score_residuals

ResidualKind = Literal["martingale", "score", "dfbeta", "schoenfeld"]


class CoxRegression(Regression):
    """Proportional hazards regression of one cause; the other causes count as censored.

    Maximises Cox's partial likelihood (J R Stat Soc B 1972;34:187–220; Biometrika 1975;62:269–276) with Efron's or
    Breslow's treatment of ties by Newton steps on sums over grouped risk sets. What it gives is the hazard of this
    cause; a probability made from it alone is *net*, as if nothing else could happen. For the probability with the
    other causes counted, give the fits of all causes to `MultiStateModel`.

    Parameters
    ----------
    ties : "efron" (closer to the truth with many ties) or "breslow".
    penalty : ridge, λ ≥ 0 for all covariates or one each, shape (p,): maximises ℓ(β) − ½ Σ λ_j β_j².
    concordance : whether the fit reports Harrell's concordance (not under delayed entry).

    Attributes after `fit`
    ----------------------
    columns_ : names of the covariates (`feature_names_in_` for scikit-learn's tools).
    coef_, covariance_ : (p,), (p, p) log hazard ratios; with clusters the covariance is the sandwich (Lin and Wei,
        J Am Stat Assoc 1989;84:1074–1078), with a penalty the inverse of the penalised information.
    model_covariance_ : (p, p) the inverse information whatever the clusters.
    log_likelihood_, log_likelihood_null_ : at the estimate and at β = 0.
    score_test_ : chi-square of the score test of β = 0 (p degrees of freedom).
    baseline_ : hazard of someone with all covariates 0, see `Baseline`.
    concordance_ : Harrell's concordance of the linear predictor, None where it was not asked for or does not apply.
    notes_ : what a reader of the fit has to know, such as why there is no concordance.
    n_, events_ : rows and events.

    Examples
    --------
    >>> x = [[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]]
    >>> CoxRegression().fit(x, exit=[9, 4, 12, 6, 11, 10], event=[1, 1, 0, 1, 1, 1]).coef_.round(3).tolist()
    [0.861]
    """

    @checked
    def __init__(self, *, ties: Ties = "efron", penalty: float | ArrayLike = 0.0, concordance: bool = True) -> None:
        self.ties = ties
        self.penalty = penalty
        self.concordance = concordance

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
        """Estimate the coefficients and the baseline hazard.

        Parameters
        ----------
        x : covariates, (n, p), an array or a frame of numbers; several rows a patient are allowed.
        exit : end of each row, (n,), any one unit of time.
        event : whether the row ends with the event, (n,).
        entry : start of each row, (n,); rows are at risk on (entry, exit].
        stratum : labels with a baseline hazard of their own, (n,).
        weight : positive case weights, (n,).
        offset : fixed part of the linear predictor, (n,).
        cluster : labels of patients or centres whose rows belong together, (n,); asks for the robust variance.

        Raises
        ------
        InputError : an argument is wrong.
        NoEventsError, CollinearityError, InfiniteEstimateError, ConvergenceError : no finite answer on these data.
        """
        design = Design.read(x, exit, event, entry=entry, stratum=stratum, weight=weight, offset=offset)
        groups = None if cluster is None else _arrays.codes("cluster", cluster, len(design.exit))[0]
        likelihood = self._likelihood(design)
        penalty = self._penalty(len(design.columns)) * 1.0
        raw = penalty / likelihood.scale**2
        start = first_guess(design, lambda part, _: self._likelihood(part), likelihood, raw)
        found = newton.maximise(likelihood, design.columns, penalty=raw, start=start)
        scale = likelihood.scale
        inverse = newton.inverse(found.information + np.diag(raw), design.columns)
        self.columns_ = design.columns
        self.feature_names_in_ = np.array(design.columns, dtype=object)
        self.n_features_in_ = len(design.columns)
        self.coef_ = found.beta / scale
        self.information_ = found.information * np.outer(scale, scale)
        self.model_covariance_ = inverse / np.outer(scale, scale)
        self.covariance_ = self.model_covariance_
        self.log_likelihood_ = found.log_likelihood
        self.log_likelihood_null_ = found.log_likelihood_at_zero
        self.score_test_ = found.score_test
        self.n_, self.events_, self.steps_ = len(design.exit), int(design.event.sum()), found.steps
        self.robust_ = groups is not None
        if groups is not None:
            by_cluster = np.zeros((int(groups.max()) + 1, likelihood.p))
            ordered = groups[likelihood.order]
            for rows, residual in score_blocks(likelihood, found.risks, found.slots):
                weighted = residual if likelihood.weight is None else residual * likelihood.weight[rows, None]
                np.add.at(by_cluster, ordered[rows], weighted)
            moved = (by_cluster * scale) @ self.model_covariance_
            self.covariance_ = moved.T @ moved
        self.baseline_ = Baseline.from_likelihood(likelihood, found, self.coef_, design.strata)
        self.concordance_, self.notes_ = None, ()
        if self.concordance and design.entry is None:
            self._judge(design)
        return self

    @checked
    def predict_survival(
        self, x: Any, times: ArrayLike, *, stratum: Any = None, offset: ArrayLike | None = None
    ) -> Floats:
        """exp(−Λ(t | x)), shape (n, times): net of the other causes, as if nothing else could happen.

        Parameters
        ----------
        stratum : of a fit with strata, a label for all rows, or one a row, (n,).
        offset : the fixed part of the linear predictor, (n,), of a fit with an offset; 0 where not given.
        """
        survival: Floats = np.exp(-self._hazard_and_se(x, times, stratum, offset)[0])
        return survival

    @checked
    def predict_survival_interval(
        self,
        x: Any,
        times: ArrayLike,
        *,
        stratum: Any = None,
        offset: ArrayLike | None = None,
        level: float = 0.95,
        scale: IntervalScale = "log",
    ) -> tuple[Floats, Floats]:
        """Limits of `predict_survival`, each (n, times), from the uncertainty of coefficients and baseline."""
        hazard, se = self._hazard_and_se(x, times, stratum, offset)
        survival = np.exp(-hazard)
        return limits(survival, survival * se, level, scale)

    @checked
    def residuals(
        self,
        x: Any,
        exit: ArrayLike,
        event: ArrayLike,
        *,
        kind: ResidualKind = "martingale",
        **columns: Any,
    ) -> Floats:
        """Residuals of rows under the fitted coefficients, with the hazard estimated from these rows.

        The model keeps no rows, so they are given again; `columns` are the entry, stratum, weight and offset of `fit`.

        martingale : δ − expected events, (n,) (Barlow and Prentice, Biometrika 1988;75:65–74).
        score : each row's part of the score, (n, p), of a row of weight 1. dfbeta : the same times its weight and the
            covariance, about what the row adds to the coefficients: those of all rows less those without it (Cain and
            Lange, Biometrics 1984;40:493–499).
        schoenfeld : covariates less their mean over the risk set, one row an event, by stratum and time
            (Schoenfeld, Biometrika 1982;69:239–241). Under Efron's ties the mean is averaged over its steps.
        """
        self._check_fitted()
        if kind not in ("martingale", "score", "dfbeta", "schoenfeld"):
            raise InputError("kind", "not a known residual", '"martingale", "score", "dfbeta" or "schoenfeld"')
        likelihood, risks = self._at_estimate(x, exit, event, **columns)
        slots = likelihood.slots(risks)
        if kind == "schoenfeld":
            return schoenfeld_residuals(likelihood, risks, slots) * likelihood.scale
        if kind == "martingale":
            expected = risks * likelihood.lived(slots)
            if likelihood.weight is not None:
                expected /= likelihood.weight
            found = np.empty(likelihood.n)
            found[likelihood.order] = likelihood.event - expected
            return found
        score = score_residuals(likelihood, risks, slots) * likelihood.scale
        if kind == "score":
            return score
        if likelihood.weight is not None:
            weight = np.empty(likelihood.n)
            weight[likelihood.order] = likelihood.weight
            score *= weight[:, None]
        return score @ self.model_covariance_

    @checked
    def test_proportional_hazards(
        self,
        x: Any,
        exit: ArrayLike,
        event: ArrayLike,
        *,
        transform: str = "km",
        terms: Mapping[str, Sequence[str]] | None = None,
        **columns: Any,
    ) -> ProportionalHazardsTest:
        """Score test of a coefficient that changes with g(time); see `proportional_hazards_test`."""
        self._check_fitted()
        likelihood, risks = self._at_estimate(x, exit, event, **columns)
        return proportional_hazards_test(likelihood, risks, self.columns_, transform, terms)

    def _at_estimate(
        self, x: Any, exit: ArrayLike, event: ArrayLike, **columns: Any
    ) -> tuple[PartialLikelihood, Floats]:
        design = Design.read(x, exit, event, like=self.columns_, **columns)
        likelihood = self._likelihood(design)
        return likelihood, likelihood.risks(self.coef_ * likelihood.scale)

    def _likelihood(self, design: Design) -> PartialLikelihood:
        if self.ties not in ("efron", "breslow"):
            raise InputError("ties", "not a known method", '"efron" or "breslow"')
        return PartialLikelihood(
            design.x,
            design.exit,
            design.event,
            entry=design.entry,
            stratum=design.stratum,
            weight=design.weight,
            offset=design.offset,
            ties=self.ties,
        )

    def _penalty(self, p: int) -> Floats:
        penalty = _arrays.table("penalty", self.penalty)
        if penalty.shape not in ((), (p,)) or not np.isfinite(penalty).all() or (penalty < 0).any():
            raise InputError("penalty", f"must be one number or {p}, of 0 or more", "1.0")
        return np.broadcast_to(penalty, (p,))
