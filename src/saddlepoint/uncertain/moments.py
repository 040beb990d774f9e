"""Buffers free of distribution: the worst case over all that share mean, standard deviation and a shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain import extremes, worst_shortage
from saddlepoint.uncertain.normal import score
from saddlepoint.uncertain.record import Buffer, Columns, Requirement

Factor = Callable[[Array], Array]
Level = Callable[[Columns, Array], Array]


def _multiple(factor: Factor, inverse: Factor, mean_of_tail: Factor) -> tuple[Level, Level, Level]:
    """Quantile, coverage and CVaR of the form μ + kσ, k a function of ε = 1 − p; inverse: z ↦ coverage."""

    def quantile(c: Columns, p: Array) -> Array:
        return c["mean"] + factor(1.0 - p) * c["std"]

    def coverage(c: Columns, level: Array) -> Array:
        z = score(c, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = inverse(z)
        return np.where(z < 0.0, 0.0, np.where(np.isposinf(z), 1.0, inside))

    def cvar(c: Columns, p: Array) -> Array:
        return c["mean"] + mean_of_tail(1.0 - p) * c["std"]

    return quantile, coverage, cvar


def _cantelli(e: Array) -> Array:
    return np.sqrt((1.0 - e) / e)


def _symmetric(e: Array) -> Array:
    return np.where(e < 0.5, np.sqrt(0.5 / e), 0.0)


def _symmetric_tail(e: Array) -> Array:
    """Mass ε/2 … at ±: √(1/(2ε)) up to ε = ½, then √((1 − ε)/2)/ε."""
    return np.where(e <= 0.5, np.sqrt(0.5 / e), np.sqrt(0.5 * (1.0 - e)) / e)


def _unimodal(e: Array) -> Array:
    far = np.sqrt(np.maximum(4.0 / (9.0 * e) - 1.0, 0.0))
    return np.where(e <= 1.0 / 6.0, far, np.sqrt(3.0 * (1.0 - e) / (1.0 + 3.0 * e)))


def _unimodal_inverse(z: Array) -> Array:
    far = 1.0 - 4.0 / (9.0 * (1.0 + z * z))
    return np.where(z * z >= 5.0 / 3.0, far, 4.0 * z * z / (3.0 + 3.0 * z * z))


def _unimodal_tail(e: Array) -> Array:
    """√(8/(9ε) − 1) up to ε = ½; beyond it the mirror's, as ε·CVaR(ε) = (1 − ε)·CVaR(1 − ε) there."""
    near = np.minimum(e, 1.0 - e)
    return near / e * np.sqrt(8.0 / (9.0 * near) - 1.0)


def _gauss(e: Array) -> Array:
    middle = np.sqrt(3.0) * np.maximum(1.0 - 2.0 * e, 0.0)
    return np.where(e <= 1.0 / 6.0, np.sqrt(2.0 / (9.0 * e)), middle)


def _gauss_inverse(z: Array) -> Array:
    return np.where(z >= 2.0 / np.sqrt(3.0), 1.0 - 2.0 / (9.0 * z * z), 0.5 * (1.0 + z / np.sqrt(3.0)))


def _gauss_tail(e: Array) -> Array:
    """2/(3√ε) up to ε = ⅓, then √3(1 − ε); beyond ½ the other tail's."""
    near = np.minimum(e, 1.0 - e)
    return near / e * np.where(near <= 1.0 / 3.0, 2.0 / (3.0 * np.sqrt(near)), np.sqrt(3.0) * (1.0 - near))


_CANTELLI_FORM: Final = _multiple(_cantelli, lambda z: z * z / (1.0 + z * z), _cantelli)
CANTELLI: Final = Buffer(
    name="cantelli",
    title="Cantelli",
    kind="ambiguity",
    assumption="nothing but this mean and standard deviation",
    formula="μ + √(p/(1 − p))·σ",
    source="F. P. Cantelli (1928); for constraints: G. Calafiore, L. El Ghaoui, JOTA 130 (2006) th. 3.1",
    doc="Holds for every distribution with these moments; attained by a two-point one.",
    needs=("mean", "std"),
    quantile=_CANTELLI_FORM[0],
    coverage=_CANTELLI_FORM[1],
    cvar=_CANTELLI_FORM[2],
    shortage=worst_shortage.cantelli,
    worst=extremes.cantelli,
    aliases=("robust", "chebyshev"),
)

_SYMMETRIC_FORM: Final = _multiple(
    _symmetric, lambda z: np.where(z >= 1.0, 1.0 - 0.5 / (z * z), 0.5), _symmetric_tail
)
SYMMETRIC: Final = Buffer(
    name="symmetric",
    title="Symmetric",
    kind="ambiguity",
    assumption="the distribution is symmetric about its mean",
    formula="μ + √(1/(2ε))·σ for ε < ½, else μ (ε = 1 − p)",
    source="P. L. Chebyshev (1867), halved by symmetry; I. Popescu, Math. Oper. Res. 30 (2005) 632–657",
    doc="Two-sided Chebyshev with both tails alike; attained by a three-point distribution.",
    needs=("mean", "std"),
    quantile=_SYMMETRIC_FORM[0],
    coverage=_SYMMETRIC_FORM[1],
    cvar=_SYMMETRIC_FORM[2],
    shortage=worst_shortage.symmetric,
    worst=extremes.symmetric,
)

_UNIMODAL_FORM: Final = _multiple(_unimodal, _unimodal_inverse, _unimodal_tail)
UNIMODAL: Final = Buffer(
    name="unimodal",
    title="Unimodal",
    kind="ambiguity",
    assumption="the distribution has a single mode, wherever it is",
    formula="μ + √(4/(9ε) − 1)·σ for ε ≤ ⅙, else μ + √(3(1 − ε)/(1 + 3ε))·σ (ε = 1 − p)",
    source="D. F. Vysochanskij, Y. I. Petunin, Theory Prob. Math. Stat. 21 (1980) 25–36 (one-sided)",
    doc="One peak, skewed as it likes; attained by a uniform piece with an atom at the mode.",
    needs=("mean", "std"),
    quantile=_UNIMODAL_FORM[0],
    coverage=_UNIMODAL_FORM[1],
    cvar=_UNIMODAL_FORM[2],
    shortage=worst_shortage.unimodal,
    worst=extremes.unimodal,
    aliases=("vysochanskij-petunin",),
)

_GAUSS_FORM: Final = _multiple(_gauss, _gauss_inverse, _gauss_tail)
UNIMODAL_SYMMETRIC: Final = Buffer(
    name="unimodal-symmetric",
    title="Unimodal, symmetric",
    kind="ambiguity",
    assumption="the distribution has a single mode and is symmetric about it",
    formula="μ + √(2/(9ε))·σ for ε ≤ ⅙, μ + √3(1 − 2ε)·σ for ε < ½, else μ (ε = 1 − p)",
    source="C. F. Gauss, Theoria combinationis observationum (1823) art. 10",
    doc="The bell without its formula; attained by a uniform piece with an atom in the middle.",
    needs=("mean", "std"),
    quantile=_GAUSS_FORM[0],
    coverage=_GAUSS_FORM[1],
    cvar=_GAUSS_FORM[2],
    shortage=worst_shortage.unimodal_symmetric,
    worst=extremes.unimodal_symmetric,
    aliases=("gauss-inequality", "symmetric-unimodal"),
)


def _moments_quantile(c: Columns, p: Array) -> Array:
    """The best of mean shift d ≤ √γ₁ and remaining deviation √(γ₂ − d²)."""
    e, g1, g2 = 1.0 - p, c["gamma1"], c["gamma2"]
    shift = np.minimum(np.sqrt(g1), np.sqrt(g2 * e))
    return c["mean"] + c["std"] * (shift + _cantelli(e) * np.sqrt(g2 - shift * shift))


def _moments_coverage(c: Columns, level: Array) -> Array:
    g1, g2 = c["gamma1"], c["gamma2"]
    z = score(c, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        free = 1.0 - g2 / (z * z)
        rest = np.square(z - np.sqrt(g1))
        held = np.where(np.isposinf(z), 1.0, rest / (rest + g2 - g1))
        held = np.where((rest == 0.0) & (g2 == g1), 0.0, held)
        inside = np.where(z * np.sqrt(g1) >= g2, free, held)
    return np.where(z < np.sqrt(g1), 0.0, inside)


MOMENTS: Final = Buffer(
    name="moments",
    title="Moments with errors",
    kind="ambiguity",
    assumption="the true mean is within √γ₁·σ of μ, and E(D − μ)² ≤ γ₂σ²",
    formula="μ + (√γ₁ + √(p/(1 − p)·(γ₂ − γ₁)))·σ if γ₁ ≤ γ₂ε, else μ + √(γ₂/ε)·σ (ε = 1 − p)",
    source="E. Delage, Y. Ye, Operations Research 58 (2010) 595–612, set (3); maximised over the shift",
    doc="For moments estimated from data; γ₁ = 0, γ₂ = 1 is Cantelli.",
    needs=("mean", "std", "gamma1", "gamma2"),
    quantile=_moments_quantile,
    coverage=_moments_coverage,
    requirements=(
        Requirement(lambda c, _: c["gamma1"] >= 0.0, "`gamma1` must be at least 0"),
        Requirement(lambda c, _: c["gamma2"] >= c["gamma1"], "`gamma2` must be at least `gamma1`"),
    ),
    cvar=_moments_quantile,
    aliases=("delage-ye",),
)


def _wasserstein_quantile(c: Columns, p: Array) -> Array:
    return c["mean"] + _cantelli(1.0 - p) * c["std"] + c["radius"] / np.sqrt(1.0 - p)


def _wasserstein_coverage(c: Columns, level: Array) -> Array:
    """sin²θ where d·cos θ − σ·sin θ = r, d = level − μ."""
    distance = level - c["mean"]
    length = np.hypot(distance, c["std"])
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.arccos(np.minimum(c["radius"] / length, 1.0)) - np.arctan2(c["std"], distance)
    turn = np.where(length > 0.0, turn, np.where(c["radius"] > 0.0, 0.0, 0.5 * np.pi))
    return np.where(distance >= c["radius"], np.square(np.sin(np.maximum(turn, 0.0))), 0.0)


WASSERSTEIN: Final = Buffer(
    name="wasserstein",
    title="Wasserstein-2",
    kind="ambiguity",
    assumption="the distribution is within `radius` (2-Wasserstein) of one with these moments",
    formula="μ + √(p/(1 − p))·σ + r/√(1 − p)",
    source="V. A. Nguyen, S. Shafieezadeh-Abadeh, D. Filipović, D. Kuhn, arXiv:2112.09959 (2021)",
    doc="Cantelli with room for errors of both moments, measured as a distance; r = 0 is Cantelli.",
    needs=("mean", "std", "radius"),
    quantile=_wasserstein_quantile,
    coverage=_wasserstein_coverage,
    requirements=(Requirement(lambda c, _: c["radius"] >= 0.0, "`radius` must be at least 0"),),
    cvar=_wasserstein_quantile,
    aliases=("wasserstein-2", "gelbrich"),
)

FREE: Final = (CANTELLI, SYMMETRIC, UNIMODAL, UNIMODAL_SYMMETRIC, MOMENTS, WASSERSTEIN)
