"""What the promise costs: derivatives of the cheapest cost with respect to what is known of the demand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.errors import PlanningError
from saddlepoint.planning.demand import Demand
from saddlepoint.planning.fleet import Fleet
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceValue:
    """Marginal costs of a promise, in money.

    reliability: dC/dp, per unit of probability (a hundredth of it is about what one point costs); mean: dC/dμ, per
    unit; std: dC/dσ, per unit; next_point, last_point: exact cost of going from p to p + 0.01, and what going to
    p − 0.01 saves; buffer_cost: exact cost above that of the mean alone. NaN where a derivative does not exist
    (levels in whole numbers), where a parameter is not used, or where the point does not fit.
    """

    reliability: float
    mean: float
    std: float
    next_point: float
    last_point: float
    buffer_cost: float


def service_value(fleet: Fleet, demand: Demand) -> ServiceValue:
    """dC/dp, dC/dμ, dC/dσ = λ·dD_eff/d(·) at the price λ from the left, and exact differences of one point.

    Derivatives of D_eff by five-point central differences (error about 1e-9 relative).
    """
    level = max(demand.level, 0.0)
    price = float(fleet.supply.price_at([level])[0])
    cost = _cost(fleet, level)
    p = demand.reliability
    step = 1e-3 * min(p, 1.0 - p)
    smooth = not demand.rule.whole and demand.rule.kind != "sample"
    by_p = _slope(lambda v: demand.but(reliability=v).level, p, step) if smooth else np.nan
    by_mean = _by(demand, "mean", demand.mean, smooth)
    by_std = _by(demand, "std", demand.std, smooth)
    points = [_at(fleet, demand, p + 0.01) - cost, cost - _at(fleet, demand, p - 0.01)]
    alone = np.nan if demand.mean is None else cost - _cost(fleet, demand.mean)
    return ServiceValue(
        reliability=price * by_p,
        mean=price * by_mean,
        std=price * by_std,
        next_point=points[0],
        last_point=points[1],
        buffer_cost=alone,
    )


def _cost(fleet: Fleet, level: float) -> float:
    return float(fleet.supply.cost_at([max(level, 0.0)])[0])


def _at(fleet: Fleet, demand: Demand, p: float) -> float:
    if not 0.0 < p < 1.0:
        return np.nan
    try:
        return _cost(fleet, demand.but(reliability=p).level)
    except PlanningError:
        return np.nan


def _by(demand: Demand, name: str, value: float | None, smooth: bool) -> float:
    if value is None or not smooth or name not in demand.rule.needs or value == 0.0:
        return np.nan
    try:
        return _slope(lambda v: demand.but(**{name: v}).level, value, 1e-3 * value)
    except PlanningError:
        return np.nan


def _slope(f: Callable[[float], float], x: float, h: float) -> float:
    """f'(x) = (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h)))/(12h) + O(h⁴)."""
    return (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
