"""Levels that cover several uncertain quantities together with one probability, and what the safe ways overpay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError, suggest
from saddlepoint.planning import Demand
from saddlepoint.records import dataclass
from saddlepoint.uncertain.copulas import ranks_seen
from saddlepoint.uncertain.shared_failure import cheapest_split, scale_of_ranks
from saddlepoint.uncertain.together import ALIASES, INDEPENDENT, WAYS, Degree, JointRecord, find_together

_OF_DRAWS: Final = "for the draws: whole numbers choose which of them are left uncovered"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JointLevels:
    """levels: (m,) in units; cost: Σ price·level; each: (m,) the probability of each alone (NaN for draws).

    way: how they were found; degree and why: exact, safe or approximate, and what for; joint: the probability with
    which they hold together, by the way's own measure; overpaid: of a safe way, how much more it costs than independent
    quantities would need, in money; 0 for the others.
    """

    way: str
    levels: Array
    cost: float
    each: Array
    joint: float
    degree: Degree
    why: str
    overpaid: float = 0.0

    def __str__(self) -> str:
        more = f"; independent quantities would cost {self.overpaid:.6g} less" if self.overpaid > 0.0 else ""
        return f"{self.way}: {self.degree}, {self.why}{more}"


def joint(
    demands: Sequence[Demand],
    reliability: float,
    way: str = "cheapest",
    prices: Sequence[float] | Array | None = None,
    history: Array | None = None,
    draws: int = 100_000,
    seed: int = 0,
) -> JointLevels:
    """The cheapest levels Σ price·level at which every demand is covered at once with this reliability.

    demands: their laws or families (their own reliabilities are not used); way: one of `uncertain.together.WAYS` (`bonferroni` is
    `cheapest`); prices: money per unit of each, None = 1; history: (n, m) values that were observed together, for the copulas;
    draws, seed: of their simulation.
    PlanningError U546 (fewer than two demands, unknown way, fewer than 10 rows of history, a probability outside (0, 1)).
    """
    cost = np.ones(len(demands)) if prices is None else np.asarray(prices, dtype=np.float64)
    taken = _check(demands, reliability, way, cost, history)
    tail = 1.0 - reliability
    if taken.degree == "safe":
        split = (
            tail / len(demands) if taken.name == "equal" else cheapest_split(_levels_of(demands), cost, tail)
        )
        each = np.full(len(demands), 1.0) - split
        return _safe(_made(taken, demands, each, cost, reliability), demands, cost)
    if not taken.copula:
        each = 1.0 - cheapest_split(_levels_of(demands), cost, tail, multiplied=True)
        return _made(taken, demands, each, cost, float(np.prod(each)))
    assert history is not None
    ranks = ranks_seen(taken.name, history, draws, seed)
    each = 1.0 - _cheapest(demands, cost, lambda share: scale_of_ranks(ranks, share, tail))
    return _made(taken, demands, each, cost, float((ranks <= each).all(axis=1).mean()))


def joint_of_draws(
    draws: Array, reliability: float, prices: Sequence[float] | Array | None = None, seconds: float = 60.0
) -> JointLevels:
    """The cheapest levels that cover at least ⌈p·N⌉ of N equally likely draws (N, m) in every quantity at once.

    A mixed-integer program over ordered levels (J. Luedtke, S. Ahmed, G. Nemhauser, Math. Programming 122 (2010)
    247–272): only the k + 1 largest values of each quantity can be its level, k = N − ⌈p·N⌉. PlanningError U546; U547
    where the optimum is not proven in time.
    """
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] < 1 or not 0.0 < reliability < 1.0:
        raise _wrong("draws must be (N, m), with a probability in (0, 1)")
    count, width = values.shape
    cost = np.ones(width) if prices is None else np.asarray(prices, dtype=np.float64)
    missed = count - int(np.ceil(reliability * count - 1e-9))
    levels = _chosen(values, cost, missed, seconds)
    covered = float((values <= levels + 1e-9 * np.maximum(np.abs(levels), 1.0)).all(axis=1).mean())
    return JointLevels(
        way="draws",
        levels=levels,
        cost=float(cost @ levels),
        each=np.full(width, np.nan),
        joint=covered,
        degree="exact",
        why=_OF_DRAWS,
    )


def _made(
    way: JointRecord, demands: Sequence[Demand], each: Array, cost: Array, together: float
) -> JointLevels:
    levels = np.array([d.but(reliability=float(p)).level for d, p in zip(demands, each, strict=True)])
    why = ": ".join(part for part in (way.provided, way.why) if part)
    return JointLevels(
        way=way.name,
        levels=levels,
        cost=float(cost @ levels),
        each=each,
        joint=together,
        degree=way.degree,
        why=why,
    )


Scale = Callable[[Array], float]
"""Shares of the failures, which sum to 1 → what they are to be multiplied with."""


def _levels_of(demands: Sequence[Demand]) -> Callable[[Array], Array]:
    """Failures (k, m) → levels (k, m) of the demands."""

    def levels(failures: Array) -> Array:
        found = [
            [d.but(reliability=float(1.0 - e)).level for d, e in zip(demands, row, strict=True)]
            for row in failures
        ]
        return np.array(found, dtype=np.float64)

    return levels


def _safe(found: JointLevels, demands: Sequence[Demand], cost: Array) -> JointLevels:
    """With what it costs more than independence would."""
    free = 1.0 - cheapest_split(_levels_of(demands), cost, 1.0 - found.joint, multiplied=True)
    return replace(found, overpaid=found.cost - _made(INDEPENDENT, demands, free, cost, found.joint).cost)


def _shares(free: Array) -> Array:
    """Shares (m,) by the logarithms of all but the first beside it."""
    logs = np.r_[0.0, free]
    share = np.maximum(np.exp(logs - logs.max()), 1e-9)
    return share / share.sum()


def _cheapest(demands: Sequence[Demand], cost: Array, scale: Scale) -> Array:
    """Failures e (m,) of least Σ cost·level(1 − e) that the scale allows.

    Their shares by a search on logarithms (Nelder–Mead, which needs no smooth levels); never dearer than equal shares.
    """
    from scipy.optimize import minimize

    def failures(free: Array) -> Array:
        share = _shares(free)
        return np.clip(scale(share) * share, 1e-12, 1.0 - 1e-12)

    def spent(free: Array) -> float:
        each = 1.0 - failures(free)
        return sum(
            c * d.but(reliability=float(p)).level
            for c, d, p in zip(cost.tolist(), demands, each, strict=True)
        )

    equal = np.zeros(len(demands) - 1)
    options = {
        "maxiter": 200 * len(demands),
        "xatol": 1e-6,
        "fatol": 1e-10 * max(1.0, abs(spent(equal))),
        "initial_simplex": np.vstack([equal, equal + 0.5 * np.eye(len(equal))]),
    }
    found = minimize(spent, equal, method="Nelder-Mead", options=options).x
    return failures(found if spent(found) <= spent(equal) else equal)


def _chosen(values: Array, cost: Array, missed: int, seconds: float) -> Array:
    """Levels of the mixed-integer program: y ≥ v(k + 1) + Σ steps of what is covered above it; z: a draw is left out."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    count, width = values.shape
    floor = np.sort(values, axis=0)[count - 1 - missed]
    if missed == 0:
        return values.max(axis=0)
    above = values > floor
    used = np.flatnonzero(above.any(axis=1))
    place = np.full(count, -1)
    place[used] = np.arange(len(used))
    draw, item = np.nonzero(above)
    rise = values[draw, item] - floor[item]
    row = np.arange(len(draw))
    entries = np.r_[np.ones(len(draw)), rise], (np.r_[row, row], np.r_[item, width + place[draw]])
    least: Any = rise
    rows = coo_array(entries, shape=(len(draw), width + len(used)))
    few = coo_array(
        (np.ones(len(used)), (np.zeros(len(used), dtype=int), width + np.arange(len(used)))),
        shape=(1, width + len(used)),
    )
    found = milp(
        np.r_[cost, np.zeros(len(used))],
        constraints=[
            LinearConstraint(rows.tocsr(), lb=least),
            LinearConstraint(few.tocsr(), ub=float(missed)),
        ],
        bounds=Bounds(0.0, np.r_[np.full(width, np.inf), np.ones(len(used))]),
        integrality=np.r_[np.zeros(width), np.ones(len(used))],
        options={"time_limit": seconds, "mip_rel_gap": 1e-9},
    )
    if found.status != 0 or found.x is None:
        text = f"the cheapest levels for {count} draws were not proven in {seconds:g} s"
        fix = "Give more seconds, fewer draws, or take a way that is safe."
        raise PlanningError.of("U547", text, why=str(found.message), fix=fix)
    left = np.zeros(count, dtype=bool)
    left[used] = found.x[width:] > 0.5
    return np.maximum(values[~left].max(axis=0), floor)


def _check(demands: Sequence[Demand], p: float, way: str, cost: Array, history: Array | None) -> JointRecord:
    """The record of the way."""
    taken = find_together(way)
    if taken is None:
        raise _wrong(f"{way!r} is no way to promise together", suggest(way, [*WAYS, *ALIASES]))
    if len(demands) < 2 or cost.shape != (len(demands),) or not (cost >= 0.0).all():
        raise _wrong("a joint promise needs two demands or more, and a price of at least 0 for each")
    if not 0.0 < p < 1.0:
        raise _wrong(f"a probability of {p:g} is outside (0, 1)")
    if taken.copula and (history is None or np.shape(history)[1:] != (len(demands),)):
        raise _wrong(f"{way} needs a history of values that were observed together, (n, {len(demands)})")
    return taken


def _wrong(text: str, fix: str = "See `saddlepoint.promises.joint`.") -> PlanningError:
    return PlanningError.of("U546", text, fix=fix)
