"""Laws fitted to values, by maximum likelihood, with standard errors and goodness of fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.uncertain.buffers import find
from saddlepoint.uncertain.fitting.values import FittedLaw
from saddlepoint.uncertain.late_scipy import stats

BOOTSTRAPS: Final = 199
MOST: Final = 2_000
"""Longer histories are judged by this many of their values, evenly chosen: the tests then see what matters."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A law's log-likelihood from its parameters, which of them there are, and which values it can have."""

    law: str
    names: tuple[str, ...]
    total: Callable[[Array, Array], float]
    takes: Callable[[Array], bool]


def _positive(values: Array) -> bool:
    return bool((values > 0.0).all())


def _counts(values: Array) -> bool:
    return bool((values >= 0.0).all() and (values == np.floor(values)).all() and values.mean() > 0.0)


def _normal(theta: Array, x: Array) -> float:
    return float(stats().norm.logpdf(x, theta[0], theta[1]).sum())


def _student(theta: Array, x: Array) -> float:
    if theta[2] <= 2.0:
        return -math.inf
    scale = theta[1] * math.sqrt((theta[2] - 2.0) / theta[2])
    return float(stats().t.logpdf(x, theta[2], theta[0], scale).sum())


def _lognormal(theta: Array, x: Array) -> float:
    s2 = math.log1p((theta[1] / theta[0]) ** 2)
    return float(stats().lognorm.logpdf(x, math.sqrt(s2), scale=theta[0] * math.exp(-0.5 * s2)).sum())


def _gamma(theta: Array, x: Array) -> float:
    return float(stats().gamma.logpdf(x, (theta[0] / theta[1]) ** 2, scale=theta[1] ** 2 / theta[0]).sum())


def _poisson(theta: Array, x: Array) -> float:
    return float(stats().poisson.logpmf(x, theta[0]).sum())


def _negative_binomial(theta: Array, x: Array) -> float:
    variance = theta[1] ** 2
    if variance <= theta[0]:
        return -math.inf
    return float(stats().nbinom.logpmf(x, theta[0] ** 2 / (variance - theta[0]), theta[0] / variance).sum())


LIKELIHOODS: Final = (
    Likelihood("normal", ("mean", "std"), _normal, lambda x: True),
    Likelihood("student-t", ("mean", "std", "dof"), _student, lambda x: True),
    Likelihood("lognormal", ("mean", "std"), _lognormal, _positive),
    Likelihood("gamma", ("mean", "std"), _gamma, _positive),
    Likelihood("poisson", ("mean",), _poisson, _counts),
    Likelihood("negative-binomial", ("mean", "std"), _negative_binomial, _counts),
)


def candidates(values: Array, counted: bool, seed: int = 0) -> tuple[FittedLaw, ...]:
    """Every law that can have these values, the least AICc first.

    values: (n,); counted: whether they are counts (then only laws of counts and the Normal are tried).
    """
    counting = counted and _counts(values)
    tried = [
        one
        for one in LIKELIHOODS
        if one.takes(values) and (find(one.law).whole == counting or one.law == "normal")
    ]
    rng = np.random.default_rng(seed)
    found = [made for one in tried if (made := _fitted(one, values, rng)) is not None]
    if not found:
        return ()
    least = min(c.aicc for c in found)
    return tuple(sorted((replace(c, behind=c.aicc - least) for c in found), key=lambda c: c.aicc))


def _fitted(one: Likelihood, values: Array, rng: np.random.Generator) -> FittedLaw | None:
    start = _start(one, values)
    if start is None:
        return None
    theta, total = _maximum(one, values, start)
    k, n = len(theta), len(values)
    aicc = 2.0 * k - 2.0 * total + 2.0 * k * (k + 1.0) / max(n - k - 1.0, 1.0)
    parameters = dict(zip(one.names, theta.tolist(), strict=True))
    errors = dict(zip(one.names, _errors(one, values, theta).tolist(), strict=True))
    return FittedLaw(
        law=one.law,
        parameters=parameters,
        errors=errors,
        aicc=aicc,
        behind=0.0,
        goodness=goodness(one.law, values, parameters, rng),
    )


def _start(one: Likelihood, values: Array) -> Array | None:
    mean, std = float(values.mean()), float(values.std(ddof=1))
    if std <= 0.0 or (one.law == "negative-binomial" and std**2 <= mean * (1.0 + 1e-9)):
        return None
    if one.law == "student-t":
        tail = float(stats().kurtosis(values))
        return np.array([mean, std, np.clip(4.0 + 6.0 / max(tail, 0.05), 2.5, 60.0)])
    return np.array([mean, std][: len(one.names)])


def _maximum(one: Likelihood, values: Array, start: Array) -> tuple[Array, float]:
    """The parameters of greatest likelihood: the moments' own where they are it, else a search on a free scale."""
    from scipy.optimize import minimize

    if one.law == "normal":
        theta = np.array([start[0], values.std()])
        return theta, one.total(theta, values)
    if one.law == "poisson":
        return start[:1], one.total(start[:1], values)

    def bounded(free: Array) -> Array:
        theta = np.exp(np.clip(free, -200.0, 200.0))
        theta[0] = free[0] * start[1] + start[0] if one.law == "student-t" else theta[0]
        if len(theta) > 2:
            theta[2] = min(theta[2] + 2.0, 200.0)
        return theta

    def loss(free: Array) -> float:
        with np.errstate(all="ignore"):
            value = -one.total(bounded(free), values)
        return value if math.isfinite(value) else 1e300

    first = np.log(np.abs(start))
    if one.law == "student-t":
        first = np.array([0.0, np.log(start[1]), np.log(start[2] - 2.0)])
    for _ in range(2):
        simplex = first + np.vstack([np.zeros(len(first)), 0.2 * np.eye(len(first))])
        options = {"maxiter": 2000, "xatol": 1e-9, "fatol": 1e-9, "initial_simplex": simplex}
        first = minimize(loss, first, method="Nelder-Mead", options=options).x
    return bounded(first), -loss(first)


def _errors(one: Likelihood, values: Array, theta: Array) -> Array:
    """Standard errors by the observed information; NaN where it is not positive."""
    from statsmodels.tools.numdiff import approx_hess

    with np.errstate(all="ignore"):
        information = -np.asarray(approx_hess(theta, lambda t: one.total(np.asarray(t), values)))
        if not np.isfinite(information).all():
            return np.full(len(theta), np.nan)
        try:
            variance = np.diag(np.linalg.inv(information))
        except np.linalg.LinAlgError:
            return np.full(len(theta), np.nan)
        return np.where(variance > 0.0, np.sqrt(np.abs(variance)), np.nan)


def goodness(law: str, values: Array, parameters: Mapping[str, float], rng: np.random.Generator) -> float:
    """p-value of the distance between values and law, parameters estimated anew in every bootstrap sample.

    Distance: Anderson–Darling (Cramér–von Mises at the values for counts), moments matched. Source: W. Stute, W.
    González Manteiga, M. Presedo Quindimil, Metrika 40 (1993) 243–256.
    """
    step = max(1, math.ceil(len(values) / MOST))
    seen = values[::step]
    buffer = find(law)
    fixed = {k: np.asarray(v) for k, v in parameters.items() if k not in ("mean", "std")}
    columns = {"mean": np.asarray(seen.mean()), "std": np.asarray(seen.std(ddof=1)), **fixed}
    drawn = buffer.draw(columns, (BOOTSTRAPS, len(seen)), rng) if buffer.draw is not None else seen[None, :]
    mine = float(_distance(law, seen[None, :], fixed)[0])
    others = _distance(law, drawn, fixed)
    return float((1.0 + np.sum(others >= mine)) / (1.0 + len(others)))


def _distance(law: str, rows: Array, fixed: Mapping[str, Array]) -> Array:
    buffer, count = find(law), rows.shape[-1]
    rows = np.sort(rows, axis=-1)
    mean, std = rows.mean(axis=-1, keepdims=True), rows.std(axis=-1, ddof=1, keepdims=True)
    if law == "negative-binomial":
        std = np.maximum(std, np.sqrt(mean * (1.0 + 1e-6)))
    mean = np.maximum(mean, 1e-300) if buffer.whole else mean
    with np.errstate(all="ignore"):
        reached = np.clip(buffer.coverage({"mean": mean, "std": std, **fixed}, rows), 1e-12, 1.0 - 1e-12)
    if buffer.whole:
        share = np.stack([np.searchsorted(r, r, side="right") for r in rows]) / count
        return np.square(share - reached).sum(axis=-1)
    odd = 2.0 * np.arange(1, count + 1) - 1.0
    return -count - (odd * (np.log(reached) + np.log1p(-reached[:, ::-1]))).sum(axis=-1) / count


def best(found: Sequence[FittedLaw], level: float, close: float = 0.0) -> FittedLaw | None:
    """The first candidate that is not refuted at this level; the Normal where it is as good to within `close`."""
    left = [c for c in found if c.goodness >= level]
    chosen = next(iter(left), None)
    plain = next((c for c in left if c.law == "normal"), None)
    if chosen is not None and plain is not None and plain.aicc <= chosen.aicc + close:
        return plain
    return chosen
