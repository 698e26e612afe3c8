"""Several completed data sets, one answer: Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays


@checked
def pool_imputations(estimates: Sequence[ArrayLike], covariances: Sequence[ArrayLike]) -> tuple[Floats, Floats]:
    """Estimates of M completed data sets as one, by Rubin's rules (Multiple Imputation for Nonresponse, 1987).

    The estimate is the mean Q̄; its covariance is W + (1 + 1/M)B, the mean covariance within the data sets and the
    covariance of the estimates between them.

    Parameters
    ----------
    estimates : M of shape (k,). covariances : M of shape (k, k), or of variances, shape (k,), where the estimates are
        pooled each for itself.

    Raises
    ------
    InputError : fewer than two data sets, or shapes that do not fit.

    Examples
    --------
    >>> estimate, variance = pool_imputations([[0.5], [0.7]], [[0.04], [0.06]])
    >>> estimate.round(3).tolist(), variance.round(3).tolist()
    ([0.6], [0.08])
    """
    values, within = _arrays.table("estimates", estimates), _arrays.table("covariances", covariances)
    m = len(values) if values.ndim == 2 else 0
    if m < 2:
        raise InputError("estimates", "needs those of two data sets or more, of one length", "[[0.5], [0.7]]")
    if within.shape not in (values.shape, (*values.shape, values.shape[1])):
        raise InputError("covariances", "needs one for each of the estimates", "[[0.04], [0.06]]")
    away = values - values.mean(axis=0)
    between = (away**2).sum(axis=0) if within.ndim == 2 else away.T @ away
    return values.mean(axis=0), within.mean(axis=0) + (1 + 1 / m) * between / (m - 1)
