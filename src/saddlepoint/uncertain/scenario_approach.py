"""The scenario approach: what plans that were made on observed draws promise for the next one."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError
from saddlepoint.uncertain.late_scipy import special
from saddlepoint.uncertain.record import Buffer, Columns, Requirement
from saddlepoint.uncertain.samples import CONFIDENT, DRAWN, empirical_mean, empirical_std, pick


def doubt(draws: int, violation: Any, decisions: int = 1, discarded: Any = 0) -> Array:
    """At most the probability, over draws, that a plan of `decisions` numbers violates more often than `violation`.

    C(k + d − 1, k)·Σ_{i < k + d} C(N, i) ε^i (1 − ε)^{N − i}; k: draws that were left out. Exact for d = 1, and for
    k = 0 where the problem is fully supported. Source: M. C. Campi, S. Garatti, JOTA 148 (2011) 257–280, th. 2.1;
    SIAM J. Optim. 19 (2008) 1211–1230 for k = 0.
    """
    functions = special()
    k = np.asarray(discarded, dtype=np.float64)
    tail = functions.bdtr(np.minimum(k + decisions - 1.0, draws), draws, np.asarray(violation))
    return np.minimum(functions.binom(k + decisions - 1.0, k) * tail, 1.0)


def scenario_size(p: float, confidence: float, decisions: int = 1) -> int:
    """The least number of draws on which a plan of `decisions` numbers keeps a promise of p with this confidence.

    PlanningError U540 for numbers outside (0, 1), or no decisions.
    """
    _checked(p, confidence, decisions)
    high = decisions
    while doubt(high, 1.0 - p, decisions) > 1.0 - confidence:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if doubt(middle, 1.0 - p, decisions) > 1.0 - confidence else (low, middle)
    return high


def violation_bound(draws: int, confidence: float, decisions: int = 1, discarded: int = 0) -> float:
    """The probability of violation that a plan stays below, with this confidence, before the draws are seen.

    1 where there are too few draws. PlanningError U540.
    """
    _checked(0.5, confidence, decisions)
    if draws <= decisions + discarded - 1:
        return 1.0
    return _root(lambda e: float(doubt(draws, e, decisions, discarded)) - (1.0 - confidence))


def wait_and_judge(draws: int, support: int, confidence: float) -> float:
    """The probability of violation that a plan stays below, judged by how many draws support it.

    support: draws whose removal alone would change the plan (counted after solving; any convex problem, any number of
    decisions). ε = 1 − t, β/(N + 1)·Σ_{m=k}^{N} C(m, k) t^{m − k} = C(N, k) t^{N − k}. PlanningError U540.
    Source: M. C. Campi, S. Garatti, Math. Programming 167 (2018) 155–189, th. 1.
    """
    _checked(0.5, confidence, 1)
    if not 0 <= support <= draws:
        raise _wrong(f"{support} of {draws} draws cannot support a plan")
    if support == draws:
        return 1.0
    beta, functions = 1.0 - confidence, special()
    m = np.arange(support, draws + 1.0)
    known = functions.gammaln(m + 1.0) - functions.gammaln(m - support + 1.0)
    known = known - known[-1] + math.log(beta / (draws + 1.0))
    return _root(lambda e: 1.0 - float(np.exp(functions.logsumexp(known + (m - draws) * np.log1p(-e)))))


def _root(f: Any) -> float:
    """Where f, from above 0, falls to 0 on (0, 1)."""
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f(middle) > 0.0 else (low, middle)
    return high


def _checked(p: float, confidence: float, decisions: int) -> None:
    for name, value in (("a promise", p), ("a confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise _wrong(f"{name} of {value:g} is outside (0, 1)")
    if decisions < 1:
        raise _wrong(f"a plan of {decisions} decisions is none")


def _wrong(text: str) -> PlanningError:
    fix = "Give probabilities in (0, 1), and counts of draws and decisions."
    return PlanningError.of("U540", text, fix=fix)


def _decisions(c: Columns) -> int:
    return int(np.max(c["decisions"])) if "decisions" in c else 1


def _discarded(count: int, p: Array, confidence: Array, decisions: int) -> Array:
    """The most draws that may be left out; −1 where not even none may."""
    k = np.arange(count)
    bound = doubt(count, (1.0 - np.asarray(p))[..., None], decisions, k)
    kept = bound <= (1.0 - np.asarray(confidence))[..., None]
    return np.where(kept.any(axis=-1), np.cumprod(kept, axis=-1).sum(axis=-1), 0) - 1.0


def _scenario(c: Columns, p: Array) -> Array:
    values = np.sort(c["samples"], axis=-1)
    count = values.shape[-1]
    left_out = np.maximum(_discarded(count, p, c["confidence"], _decisions(c)), 0.0)
    return pick(values, count - 1.0 - left_out)


def _scenario_coverage(c: Columns, level: Array) -> Array:
    """1 − ε of the discarding that has this level; 0 below the least."""
    count, decisions = c["samples"].shape[-1], _decisions(c)
    above = (c["samples"] > np.asarray(level)[..., None]).sum(axis=-1)
    low, high = np.zeros(above.shape), np.ones(above.shape)
    for _ in range(60):
        middle = 0.5 * (low + high)
        doubtful = doubt(count, middle, decisions, above) > 1.0 - c["confidence"]
        low, high = np.where(doubtful, middle, low), np.where(doubtful, high, middle)
    return np.where(above < count, 1.0 - high, 0.0)


SCENARIO: Final = Buffer(
    name="scenario",
    title="Scenario approach",
    kind="sample",
    assumption="independent draws of one law, whatever it is; a convex plan of `decisions` numbers was fitted to them",
    formula="x(N − k), most k with C(k + d − 1, k)·P(Bin(N, 1 − p) < k + d) ≤ 1 − confidence",
    source="M. C. Campi, S. Garatti, J. Optimization Theory and Applications 148 (2011) 257–280, th. 2.1",
    doc="The order statistic that still holds after several decisions were chosen on the same draws.",
    needs=("samples", "confidence"),
    optional=("decisions",),
    quantile=_scenario,
    coverage=_scenario_coverage,
    requirements=(
        DRAWN,
        CONFIDENT,
        Requirement(
            lambda c, _: (
                (c.get("decisions", np.ones(())) >= 1.0) & (np.ptp(c.get("decisions", np.ones(()))) == 0.0)
            ),
            "`decisions` must be one number, at least 1",
        ),
        Requirement(
            lambda c, p: (
                doubt(c["samples"].shape[-1], 1.0 - np.asarray(p), _decisions(c)) <= 1.0 - c["confidence"]
            ),
            "too few samples for this confidence and so many decisions (`scenario_size` says how many)",
        ),
    ),
    mean=empirical_mean,
    std=empirical_std,
)
