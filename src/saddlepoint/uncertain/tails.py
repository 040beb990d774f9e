"""Buffers from bounded support and from bounds on the moment generating function."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain import extremes, worst_shortage
from saddlepoint.uncertain.record import Buffer, Columns, Requirement


def _exponent(p: Array) -> Array:
    """L = ln(1/ε)."""
    return -np.log1p(-p)


def _sub_gaussian(c: Columns, p: Array) -> Array:
    return c["mean"] + np.sqrt(2.0 * _exponent(p)) * c["std"]


def _sub_gaussian_coverage(c: Columns, level: Array) -> Array:
    distance = level - c["mean"]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = -np.expm1(-0.5 * np.square(distance / c["std"]))
    return np.where(distance < 0.0, 0.0, np.where(c["std"] > 0.0, inside, 1.0))


SUB_GAUSSIAN: Final = Buffer(
    name="sub-gaussian",
    title="Sub-Gaussian",
    kind="ambiguity",
    assumption="E exp(s(D − μ)) ≤ exp(s²σ²/2) for all s ≥ 0: tails no heavier than Normal ones",
    formula="μ + √(2 ln(1/ε))·σ (ε = 1 − p)",
    source="H. Chernoff, Ann. Math. Stat. 23 (1952) 493–507; V. Buldygin, Y. Kozachenko (1980)",
    doc="Sums of many bounded or Normal parts; σ is the variance proxy.",
    needs=("mean", "std"),
    quantile=_sub_gaussian,
    coverage=_sub_gaussian_coverage,
    cvar=_sub_gaussian,
    aliases=("subgaussian",),
)

_WITHIN: Final = (
    Requirement(lambda c, _: c["lower"] <= c["upper"], "`lower` must not be above `upper`"),
    Requirement(
        lambda c, _: (c["lower"] <= c["mean"]) & (c["mean"] <= c["upper"]),
        "the mean must lie between `lower` and `upper`",
    ),
)
_WHOLE_PARTS: Final = Requirement(
    lambda c, _: (_parts(c) >= 1.0) & (_parts(c) == np.floor(_parts(c))), "`parts` must be 1, 2, 3, …"
)


def _parts(c: Columns) -> Array:
    return c.get("parts", np.ones(()))


def _hoeffding(c: Columns, p: Array) -> Array:
    width = (c["upper"] - c["lower"]) * np.sqrt(_exponent(p) / (2.0 * _parts(c)))
    return np.minimum(c["mean"] + width, c["upper"])


def _hoeffding_coverage(c: Columns, level: Array) -> Array:
    distance, width = level - c["mean"], c["upper"] - c["lower"]
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = -np.expm1(-2.0 * _parts(c) * np.square(distance / width))
    return np.where(level >= c["upper"], 1.0, np.where(distance < 0.0, 0.0, inside))


HOEFFDING: Final = Buffer(
    name="hoeffding",
    title="Hoeffding",
    kind="ambiguity",
    assumption="the quantity lies in [lower, upper] and is a sum of `parts` independent parts of equal width",
    formula="min(upper, μ + (upper − lower)·√(ln(1/ε)/(2·parts))) (ε = 1 − p)",
    source="W. Hoeffding, J. American Statistical Association 58 (1963) 13–30, th. 2",
    doc="Many independent customers, each with a known range; no standard deviation is needed.",
    needs=("mean", "lower", "upper"),
    optional=("parts",),
    quantile=_hoeffding,
    coverage=_hoeffding_coverage,
    requirements=(*_WITHIN, _WHOLE_PARTS),
    cvar=_hoeffding,
    std=None,
)


def _reach(c: Columns) -> Array:
    """How far one part can exceed its mean."""
    return (c["upper"] - c["mean"]) / _parts(c)


def _bernstein(c: Columns, p: Array) -> Array:
    exponent = _exponent(p)
    third = _reach(c) * exponent / 3.0
    width = third + np.sqrt(third * third + 2.0 * np.square(c["std"]) * exponent)
    return np.minimum(c["mean"] + width, c["upper"])


def _bernstein_coverage(c: Columns, level: Array) -> Array:
    distance = level - c["mean"]
    with np.errstate(divide="ignore", invalid="ignore"):
        power = 0.5 * distance * distance / (np.square(c["std"]) + _reach(c) * distance / 3.0)
        inside = np.where(distance > 0.0, -np.expm1(-power), 0.0)
    return np.where(level >= c["upper"], 1.0, np.where(distance < 0.0, 0.0, inside))


BERNSTEIN: Final = Buffer(
    name="bernstein",
    title="Bernstein",
    kind="ambiguity",
    assumption="a sum of `parts` independent parts, none above its mean by more than (upper − μ)/parts",
    formula="min(upper, μ + ML/3 + √((ML/3)² + 2σ²L)), M = (upper − μ)/parts, L = ln(1/ε) (ε = 1 − p)",
    source="S. N. Bernstein (1927); G. Bennett, J. American Statistical Association 57 (1962) 33–45, eq. 8",
    doc="Hoeffding that knows the variance: smaller where the range is wide and the scatter is not.",
    needs=("mean", "std", "upper"),
    optional=("parts",),
    quantile=_bernstein,
    coverage=_bernstein_coverage,
    requirements=(
        Requirement(lambda c, _: c["mean"] <= c["upper"], "the mean must not be above `upper`"),
        _WHOLE_PARTS,
    ),
    cvar=_bernstein,
)


def _support(c: Columns, p: Array) -> Array:
    return np.minimum(c["upper"], c["lower"] + (c["mean"] - c["lower"]) / (1.0 - p))


def _support_coverage(c: Columns, level: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = 1.0 - (c["mean"] - c["lower"]) / (level - c["lower"])
    return np.where(level >= c["upper"], 1.0, np.where(level <= c["mean"], 0.0, inside))


SUPPORT: Final = Buffer(
    name="support",
    title="Known support and mean",
    kind="ambiguity",
    assumption="nothing but the mean and the ends of the support",
    formula="min(upper, lower + (μ − lower)/(1 − p))",
    source="A. A. Markov (1884), inequality for a variable bounded below",
    doc="Range and mean are known, the scatter is not; attained by a two-point distribution.",
    needs=("mean", "lower", "upper"),
    quantile=_support,
    coverage=_support_coverage,
    requirements=_WITHIN,
    cvar=_support,
    shortage=worst_shortage.support,
    worst=extremes.support,
    aliases=("markov", "support-mean"),
    std=None,
)

TAILS: Final = (SUB_GAUSSIAN, HOEFFDING, BERNSTEIN, SUPPORT)
