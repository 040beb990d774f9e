"""Proof that a plan and its price are right: the residuals of every optimality condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels.conditions import Scales, relative

TOLERANCE: Final = 1e-9
CONDITIONS: Final = (
    ("demand", "demand is covered", "max(0, D − Σx)/(s_p + max(D, Σx))"),
    ("bounds", "outputs stay within their bounds", "max(l − x, x − u, 0)/(s_p + max(D, Σx))"),
    ("stationarity", "2αx + β − λ + ν⁺ − ν⁻ = 0", "max |·|/(s_d + max(λ, |β|, 2αx))"),
    ("signs", "λ, ν⁺, ν⁻ ≥ 0", "max(0, −λ, −ν⁺, −ν⁻)/(s_d + max(λ, |β|, 2αx))"),
    ("slackness", "λ(Σx − D) = 0, ν⁺(u − x) = 0, ν⁻(x − l) = 0", "max |·|/(s_d + |p| + |d|)"),
    ("gap", "cost of the plan = value of the prices", "|p − d|/(s_d + |p| + |d|)"),
)
"""Name, condition and formula of each residual; s_p = min(1, max u), s_d = min(1, smallest positive of |β|, 2α)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Certificate:
    """Relative residuals of the optimality conditions, each of shape (s,) for s demands; see CONDITIONS."""

    demand: Array
    bounds: Array
    stationarity: Array
    signs: Array
    slackness: Array
    gap: Array

    @classmethod
    def of(cls, residuals: Iterable[Array]) -> Certificate:
        """From the residuals in the order of CONDITIONS."""
        names = (name for name, _, _ in CONDITIONS)
        return cls(**dict(zip(names, residuals, strict=True)))

    @property
    def worst(self) -> Array:
        """The greatest residual of each demand, (s,)."""
        return np.max([getattr(self, name) for name, _, _ in CONDITIONS], axis=0)

    def holds(self, tolerance: float = TOLERANCE) -> bool:
        """Whether every residual of every demand is within the tolerance."""
        return bool((self.worst <= tolerance).all())

    def residuals(self) -> dict[str, float]:
        """The greatest residual of each condition over all demands."""
        return {name: float(np.max(getattr(self, name), initial=0.0)) for name, _, _ in CONDITIONS}

    def verdict(self, tolerance: float = TOLERANCE) -> str:
        """One sentence: whether the conditions hold, and which one is worst."""
        name, value = max(self.residuals().items(), key=lambda pair: pair[1])
        if self.holds(tolerance):
            return f"certified: all optimality conditions hold within {tolerance:g} (worst: {name}, {value + 0.0:.1e})"
        return f"NOT certified: {name} fails, {value:.1e} > {tolerance:g}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conditions:
    """The data of the optimality conditions of m pieces, and what their residuals are relative to.

    double: 2α; sums: (m, 2), columns 1 and β; from_zero: no piece has a least output.
    """

    double: Array
    beta: Array
    lower: Array
    upper: Array
    sums: Array
    scales: Scales
    from_zero: bool

    @classmethod
    def of(cls, alpha: Array, beta: Array, lower: Array, upper: Array, base: float) -> Conditions:
        """Pieces with marginal cost 2αx + β on [lower, upper]; base: sum of the least outputs of machines."""
        double, linear = 2.0 * alpha, np.abs(beta)
        least = min(_least_positive(linear), _least_positive(double))
        largest = max(float(linear.max()), float((double * upper).max()))
        size = min(1.0, float(upper.max())) or 1.0
        sums = np.stack([np.ones_like(beta), beta], axis=1)
        below = float(lower.sum()) - base if len(alpha) > 1 else 0.0
        below = 0.0 if abs(below) < 1e-12 * abs(base) else below
        scales = Scales(below, largest, min(1.0, least), size)
        return cls(
            double=double,
            beta=beta,
            lower=lower,
            upper=upper,
            sums=sums,
            scales=scales,
            from_zero=not lower.any(),
        )


def _least_positive(values: Array) -> float:
    return float(values.min(where=values > 0.0, initial=1.0))


def certify_plans(
    data: Conditions, demand: Array, price: Array, x: Array, work: Array, keep: Array
) -> tuple[Array, ...]:
    """Residuals of plans x (s, m) for demands (s,) at prices (s,), in the order of CONDITIONS, each (s,).

    work, keep: arrays of the shape of x to be overwritten. The multipliers are ν⁺ = max(0, λ − 2αx − β) and
    ν⁻ = max(0, 2αx + β − λ) at the bounds and 0 elsewhere, so what is left in stationarity is λ > marginal cost
    below the upper bound, or λ < marginal cost above the lower one; nothing is assumed of how x and λ were found.
    The dual value is that of the Lagrangian at λ, a rigorous lower bound of the cost.
    """
    np.multiply(x, data.double, out=work)
    quadratic = 0.5 * np.einsum("sm,sm->s", work, x)
    work += data.beta
    rest = np.subtract(price[:, None], work, out=work)
    total, linear = (x @ data.sums).T
    gain = np.maximum(rest, 0.0, out=keep)
    dual = price * (demand + data.scales.below) - quadratic - gain @ data.upper
    if not data.from_zero:
        dual += (gain - rest) @ data.lower
    gain *= x < data.upper
    rest *= x > data.lower
    stationarity = np.maximum(gain.max(axis=1), -rest.min(axis=1))
    outside = max((data.lower - x.min(axis=0)).max(), (x.max(axis=0) - data.upper).max(), 0.0)
    return relative(data.scales, demand, price, total, quadratic + linear, dual, stationarity, outside)


def certify_one(data: Conditions, demand: float, price: float, x: Array) -> tuple[float, ...]:
    """The residuals of one plan x (m,), as `certify_plans` computes them."""
    marginal = data.double * x
    quadratic = 0.5 * float(marginal @ x)
    rest = price - data.beta - marginal
    total, linear = (x @ data.sums).tolist()
    gain = np.maximum(rest, 0.0)
    dual = price * (demand + data.scales.below) - quadratic - float(gain @ data.upper)
    if not data.from_zero:
        dual += float((gain - rest) @ data.lower)
    stationarity = max(float((gain * (x < data.upper)).max()), -float((rest * (x > data.lower)).min()), 0.0)
    outside = max(float((data.lower - x).max()), float((x - data.upper).max()), 0.0)
    return relative(data.scales, demand, price, total, quadratic + linear, dual, stationarity, outside)
