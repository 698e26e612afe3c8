"""The terms of a score as expressions, one for each kind of transform."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from sarcoma.models.transform import (
    Intervals,
    Levels,
    Linear,
    PiecewiseLinear,
    RestrictedCubicSpline,
    Transform,
    TruncatedPowers,
)


def term(transform: Transform, x: nw.Expr) -> nw.Expr:
    """A term of a score, as `transform.basis(x) @ transform.beta` gives it; null where x is null."""
    return of_scaled(transform, scaled(transform, x))


def scaled(transform: Transform, x: nw.Expr) -> nw.Expr:
    """What a transform works on: x or its logarithm. An engine works it out once if it is a column."""
    if transform.logarithmic:
        return nw.when(x > 1e-12).then(x).otherwise(nw.lit(1e-12)).log()
    return x


def of_scaled(transform: Transform, x: nw.Expr) -> nw.Expr:
    """The term, of what `scaled` gives."""
    match transform:
        case Linear():
            return (x - transform.center) * transform.coefficient
        case Intervals():
            found = nw.lit(transform.coefficients[-1])
            for cut, value in reversed(list(zip(transform.at, transform.coefficients, strict=False))):
                found = nw.when(x <= cut).then(nw.lit(value)).otherwise(found)
            return nw.when(~x.is_null()).then(found)
        case Levels():
            found = nw.lit(0.0)
            for level, value in transform.coefficients.items():
                found = nw.when(x == level).then(nw.lit(value)).otherwise(found)
            return nw.when(~x.is_null()).then(found)
        case TruncatedPowers():
            parts = [x * transform.linear]
            parts += [
                _above(x, k, transform.power) * c for k, c in zip(transform.knots, transform.coefficients, strict=True)
            ]
            return nw.when(~x.is_null()).then(_sum(parts))
        case RestrictedCubicSpline():
            return _spline(transform, x)
        case PiecewiseLinear():
            return _lines(transform, x)


def _above(x: nw.Expr, knot: float, power: int = 3) -> nw.Expr:
    """max(x − knot, 0)^power."""
    over = x - knot
    product = over
    for _ in range(power - 1):
        product = product * over
    return nw.when(over > 0).then(product).otherwise(nw.lit(0.0))


def _spline(transform: RestrictedCubicSpline, x: nw.Expr) -> nw.Expr:
    t = transform.knots
    first, *others = transform.coefficients
    width, size = t[-1] - t[-2], (t[-1] - t[0]) ** 2
    parts = [x * first]
    for knot, beta in zip(t[:-2], others, strict=True):
        tail = _above(x, t[-2]) * ((t[-1] - knot) / width) - _above(x, t[-1]) * ((t[-2] - knot) / width)
        parts.append((_above(x, knot) - tail) * (beta / size))
    return nw.when(~x.is_null()).then(_sum(parts))


def _lines(transform: PiecewiseLinear, x: nw.Expr) -> nw.Expr:
    knots, values = transform.knots, transform.values
    found: nw.Expr = nw.lit(values[-1])
    for i in reversed(range(len(knots) - 1)):
        slope = (values[i + 1] - values[i]) / (knots[i + 1] - knots[i])
        found = nw.when(x < knots[i + 1]).then((x - knots[i]) * slope + values[i]).otherwise(found)
    return nw.when((x >= knots[0]) & (x <= knots[-1])).then(found)


def _sum(parts: Sequence[nw.Expr]) -> nw.Expr:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
