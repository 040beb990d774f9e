"""Buffers of continuous distributions that are known, matched to mean and standard deviation."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain import normal
from saddlepoint.uncertain.late_scipy import special
from saddlepoint.uncertain.record import Buffer, Columns, Requirement


def _normal_shortage(c: Columns, level: Array) -> Array:
    """σ(φ(z) − z·Φ(−z)); without scatter max(μ − x, 0)."""
    z = normal.score(c, level)
    finite = np.where(np.isfinite(z), z, 0.0)
    spread = c["std"] * (normal.density(finite) - finite * normal.probability(-finite))
    return np.where(c["std"] > 0.0, spread, np.maximum(c["mean"] - level, 0.0))


NORMAL: Final = Buffer(
    name="normal",
    title="Normal",
    kind="law",
    assumption="the quantity is Normal with this mean and standard deviation",
    formula="μ + Φ⁻¹(p)·σ",
    source="A. Charnes, W. W. Cooper, Management Science 6 (1959) 73–79",
    doc="The usual safety stock; too small if the tail is heavier than the Normal one.",
    needs=("mean", "std"),
    quantile=lambda c, p: c["mean"] + normal.quantile(p) * c["std"],
    coverage=lambda c, level: normal.probability(normal.score(c, level)),
    cvar=lambda c, p: c["mean"] + c["std"] * normal.density(normal.quantile(p)) / (1.0 - p),
    shortage=_normal_shortage,
    draw=lambda c, shape, rng: rng.normal(c["mean"], c["std"], shape),
    aliases=("gaussian",),
)


def _t_scale(c: Columns) -> Array:
    return np.sqrt((c["dof"] - 2.0) / c["dof"])


def _t_tail(dof: Array, t: Array) -> Array:
    """E[T; T > t] = f(t)(ν + t²)/(ν − 1), f the density of the standard law."""
    functions = special()
    log_density = (
        functions.gammaln(0.5 * (dof + 1.0))
        - functions.gammaln(0.5 * dof)
        - 0.5 * np.log(dof * np.pi)
        - 0.5 * (dof + 1.0) * np.log1p(t * t / dof)
    )
    return np.exp(log_density) * (dof + t * t) / (dof - 1.0)


def _t_cvar(c: Columns, p: Array) -> Array:
    """μ + σ√((ν−2)/ν)·E[T; T > t]/(1 − p), t the quantile."""
    t = special().stdtrit(c["dof"], p)
    return c["mean"] + c["std"] * _t_scale(c) * _t_tail(c["dof"], t) / (1.0 - p)


def _t_shortage(c: Columns, level: Array) -> Array:
    z = normal.score(c, level) / _t_scale(c)
    t = np.where(np.isfinite(z), z, 0.0)
    spread = _t_tail(c["dof"], t) - t * special().stdtr(c["dof"], -t)
    return np.where(c["std"] > 0.0, c["std"] * _t_scale(c) * spread, np.maximum(c["mean"] - level, 0.0))


STUDENT_T: Final = Buffer(
    name="student-t",
    title="Student-t",
    kind="law",
    assumption="the quantity is Student-t with `dof` degrees of freedom, scaled to this standard deviation",
    formula="μ + σ·√((ν − 2)/ν)·t⁻¹(p; ν)",
    source="Student (W. S. Gosset), Biometrika 6 (1908) 1–25; scaled by its standard deviation √(ν/(ν − 2))",
    doc="Heavy tails with a known variance: below the Normal at moderate p, above it at high p.",
    needs=("mean", "std", "dof"),
    quantile=lambda c, p: c["mean"] + c["std"] * _t_scale(c) * special().stdtrit(c["dof"], p),
    coverage=lambda c, level: special().stdtr(c["dof"], normal.score(c, level) / _t_scale(c)),
    requirements=(
        Requirement(lambda c, _: c["dof"] > 2.0, "`dof` must be above 2, or there is no variance"),
    ),
    cvar=_t_cvar,
    shortage=_t_shortage,
    draw=lambda c, shape, rng: c["mean"] + c["std"] * _t_scale(c) * rng.standard_t(c["dof"], shape),
    aliases=("t", "student"),
)

_POSITIVE: Final = Requirement(lambda c, _: c["mean"] > 0.0, "the mean must be above 0")


def _log_shape(c: Columns) -> tuple[Array, Array]:
    """Location and scale of log D with mean and variance of D matched."""
    s2 = np.log1p(np.square(c["std"] / c["mean"]))
    return np.log(c["mean"]) - 0.5 * s2, np.sqrt(s2)


def _lognormal_quantile(c: Columns, p: Array) -> Array:
    m, s = _log_shape(c)
    return np.exp(m + s * normal.quantile(p))


def _lognormal_coverage(c: Columns, level: Array) -> Array:
    m, s = _log_shape(c)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (np.log(np.maximum(level, 0.0)) - m) / s
    return normal.probability(np.where(s > 0.0, z, np.where(level >= c["mean"], np.inf, -np.inf)))


def _lognormal_cvar(c: Columns, p: Array) -> Array:
    _, s = _log_shape(c)
    return c["mean"] * normal.probability(s - normal.quantile(p)) / (1.0 - p)


def _lognormal_shortage(c: Columns, level: Array) -> Array:
    """μ·Φ(d) − x·Φ(d − s), d = (m + s² − ln x)/s."""
    m, s = _log_shape(c)
    positive = np.where(level > 0.0, level, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        d = (m + s * s - np.log(positive)) / s
    d = np.where(np.isfinite(d), d, 0.0)
    spread = c["mean"] * normal.probability(d) - positive * normal.probability(d - s)
    return np.where((s > 0.0) & (level > 0.0), spread, np.maximum(c["mean"] - level, 0.0))


LOGNORMAL: Final = Buffer(
    name="lognormal",
    title="Lognormal",
    kind="law",
    assumption="the logarithm of the quantity is Normal; mean and variance are matched",
    formula="exp(m + s·Φ⁻¹(p)), s² = ln(1 + σ²/μ²), m = ln μ − s²/2",
    source="J. Aitchison, J. A. C. Brown, The Lognormal Distribution (1957), eq. 2.7",
    doc="Positive and skewed to the right, as products of many influences are.",
    needs=("mean", "std"),
    quantile=_lognormal_quantile,
    coverage=_lognormal_coverage,
    requirements=(_POSITIVE,),
    cvar=_lognormal_cvar,
    shortage=_lognormal_shortage,
    draw=lambda c, shape, rng: rng.lognormal(*_log_shape(c), shape),
    aliases=("log-normal",),
)


def _gamma_shape(c: Columns) -> tuple[Array, Array]:
    """Shape μ²/σ² and scale σ²/μ; rows with σ = 0 get NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.square(c["mean"] / c["std"]), np.square(c["std"]) / c["mean"]


def _gamma_quantile(c: Columns, p: Array) -> Array:
    shape, scale = _gamma_shape(c)
    return np.where(c["std"] > 0.0, special().gammaincinv(shape, p) * scale, c["mean"])


def _gamma_coverage(c: Columns, level: Array) -> Array:
    shape, scale = _gamma_shape(c)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = special().gammainc(shape, np.maximum(level, 0.0) / scale)
    return np.where(c["std"] > 0.0, inside, np.where(level >= c["mean"], 1.0, 0.0))


def _gamma_cvar(c: Columns, p: Array) -> Array:
    shape, scale = _gamma_shape(c)
    tail = special().gammaincc(shape + 1.0, _gamma_quantile(c, p) / scale)
    return np.where(c["std"] > 0.0, c["mean"] * tail / (1.0 - p), c["mean"])


def _gamma_shortage(c: Columns, level: Array) -> Array:
    """μ·Q(k + 1, x/θ) − x·Q(k, x/θ), Q the upper incomplete gamma function."""
    shape, scale = _gamma_shape(c)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.maximum(level, 0.0) / scale
        spread = c["mean"] * special().gammaincc(shape + 1.0, x) - level * special().gammaincc(shape, x)
    return np.where((c["std"] > 0.0) & (level > 0.0), spread, np.maximum(c["mean"] - level, 0.0))


def _gamma_draw(c: Columns, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    k, scale = _gamma_shape(c)
    certain = ~(c["std"] > 0.0)
    return np.where(
        certain, c["mean"], rng.gamma(np.where(certain, 1.0, k), np.where(certain, 1.0, scale), shape)
    )


GAMMA: Final = Buffer(
    name="gamma",
    title="Gamma",
    kind="law",
    assumption="the quantity is gamma distributed; mean and variance are matched",
    formula="(σ²/μ)·P⁻¹(μ²/σ², p), P the regularised incomplete gamma function",
    source="T. A. Burgin, Operational Research Quarterly 26 (1975) 507–525",
    doc="Positive and skewed to the right, lighter in the tail than the lognormal.",
    needs=("mean", "std"),
    quantile=_gamma_quantile,
    coverage=_gamma_coverage,
    requirements=(_POSITIVE,),
    cvar=_gamma_cvar,
    shortage=_gamma_shortage,
    draw=_gamma_draw,
)

LAWS: Final = (NORMAL, STUDENT_T, LOGNORMAL, GAMMA)
