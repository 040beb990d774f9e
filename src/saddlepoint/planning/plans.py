"""The cheapest plans of one fleet for many demands, exact, with prices and certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import NOWHERE, PlanningError
from saddlepoint.planning.certificate import CONDITIONS, Certificate, certify_one, certify_plans
from saddlepoint.planning.fleet import Fleet
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import dispatch
from saddlepoint.solve.kernels.supply import SupplyCurve

CAPACITY_TOLERANCE: Final = 1e-6
"""Demand above the capacity by no more than this counts as demand at capacity (units of demand)."""
_CHUNK: Final = 16_384
"""Numbers per work array: it stays in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plans:
    """The cheapest plans of s demands: plan (s, n) in units, price λ (s,) in money per unit, cost (s,) in money.

    plan and certificate are None if they were not asked for; cost includes the fixed costs.
    """

    fleet: Fleet
    demand: Array
    price: Array
    cost: Array
    plan: Array | None
    certificate: Certificate | None

    def __len__(self) -> int:
        return len(self.demand)


def plans(
    fleet: Fleet,
    demand: object,
    plan: bool = True,
    certificate: bool = True,
    engine: Literal["numpy", "numba"] = "numpy",
) -> Plans:
    """The cheapest plan of every demand, min Σ αx² + βx subject to Σx ≥ D and l ≤ x ≤ u.

    demand: (s,) in units. Breakpoints are sorted once, then each demand is a search; time O(m log m + s(log m + m)),
    memory that of the plan matrix. engine: "numba" compiles the pass over plan and certificate, once per machine
    (some seconds, kept on disk), and falls back to numpy for pieces of one price. PlanningError P002 names the
    first demand above capacity, P001 a negative one.
    """
    level = np.ascontiguousarray(np.atleast_1d(np.asarray(demand, dtype=np.float64)))
    _refuse(fleet, level)
    level = np.minimum(level, fleet.capacity)
    segment, share, price = fleet.supply.locate(level)
    cost = fleet.supply.cost_on(level, segment, share) + fleet.fixed_cost
    found = Plans(fleet=fleet, demand=level, price=price, cost=cost, plan=None, certificate=None)
    if not (plan or certificate or fleet.supply.stiff):
        return found
    plain = fleet.simple and not fleet.supply.any_flat and not fleet.supply.stiff
    if engine == "numba" and plan and plain:
        return _compiled(found)
    return _by_chunks(found, segment, share, plan, certificate)


def _by_chunks(found: Plans, segment: Index, share: Array, plan: bool, certificate: bool) -> Plans:
    """Plans and residuals of located demands; prices and costs of stiff fleets are corrected on the way."""
    fleet, curve, level = found.fleet, found.fleet.supply, found.demand
    price, cost = found.price.copy(), found.cost.copy()
    outputs = np.empty((len(level), len(fleet))) if plan else None
    residuals = np.empty((len(CONDITIONS), len(level))) if certificate else None
    for rows, x, work, keep in _chunks(len(level), len(fleet.alpha), outputs if fleet.simple else None):
        fill_plans(fleet, curve, level[rows], segment[rows], share[rows], price[rows], x)
        if curve.stiff:
            cost[rows] = fleet.costs(x).sum(axis=1)
        if residuals is not None:
            residuals[:, rows] = certify_plans(fleet.conditions, level[rows], price[rows], x, work, keep)
        if outputs is not None and not fleet.simple:
            outputs[rows] = fleet.output(x)
    return Plans(
        fleet=fleet,
        demand=level,
        price=price,
        cost=cost,
        plan=outputs,
        certificate=None if residuals is None else Certificate.of(residuals),
    )


def _compiled(found: Plans) -> Plans:
    """The same in one compiled pass."""
    data, curve = found.fleet.conditions, found.fleet.supply
    pieces = (curve.bottom, curve.rate, data.double, data.beta, data.lower, data.upper)
    outputs, residuals = dispatch.solve(pieces, data.scales, found.demand, found.price)
    return replace(found, plan=outputs, certificate=Certificate.of(residuals))


def plan_one(fleet: Fleet, level: float) -> tuple[Array, float, float, Certificate]:
    """Plan (n,), price, cost and certificate of one demand within the capacity."""
    curve = fleet.supply
    segment, share, price = curve.locate_one(level)
    x = np.empty(len(fleet.alpha))
    if curve.any_flat or curve.stiff:
        located = np.array([segment]), np.array([share]), np.array([price])
        fill_plans(fleet, curve, np.array([level]), *located, x[None, :])
        price = float(located[2][0])
    else:
        np.subtract(price, curve.bottom, out=x)
        x *= curve.rate
        x += fleet.lower
        np.minimum(np.maximum(x, fleet.lower, out=x), fleet.upper, out=x)
    cost = float(fleet.beta @ x + (fleet.alpha * x) @ x) + curve.constant + fleet.fixed_cost
    residuals = certify_one(fleet.conditions, level, price, x)
    return fleet.output(x), price, cost, Certificate.of(np.array(residuals)[:, None])


def fill_plans(
    fleet: Fleet, curve: SupplyCurve, level: Array, segment: Index, share: Array, price: Array, x: Array
) -> None:
    """Write into x (s, m) the position of each piece at located demands (s,); pieces of one price share evenly.

    Where the fleet is stiff, what rounding leaves of Σx = D is spread, and `price` corrected in place.
    """
    np.subtract(price[:, None], curve.bottom, out=x)
    x *= curve.rate
    if not fleet.conditions.from_zero:
        x += fleet.lower
    np.maximum(x, fleet.lower, out=x)
    np.minimum(x, fleet.upper, out=x)
    if curve.any_flat and len(curve.price) > 1:
        _share_out(fleet, curve, segment, share, x)
    if curve.stiff:
        _settle(fleet, curve, level, segment, price, x)


def _share_out(fleet: Fleet, curve: SupplyCurve, segment: Index, share: Array, x: Array) -> None:
    """The positions of pieces with one price throughout: full below the price, the same part of each at it."""
    pieces = np.flatnonzero(curve.flat)
    low, high = curve.price[segment], curve.price[segment + 1]
    part = np.where(high > low, 1.0, share)[:, None]
    bottom = curve.bottom[pieces]
    filled = np.where(bottom < low[:, None], 1.0, np.where(bottom == low[:, None], part, 0.0))
    width = fleet.upper[pieces] - fleet.lower[pieces]
    x[:, pieces] = np.where(filled >= 1.0, fleet.upper[pieces], fleet.lower[pieces] + filled * width)


def _settle(fleet: Fleet, curve: SupplyCurve, level: Array, segment: Index, price: Array, x: Array) -> None:
    """Spread what rounding of the price leaves of Σx = D over the pieces of the segment, by their rates.

    `price` moves with them, in place: sums of very different rates are not exact.
    """
    missing = np.where(price > 0.0, level + fleet.conditions.scales.below - x.sum(axis=1), 0.0)
    low, high = curve.price[segment][:, None], curve.price[segment + 1][:, None]
    top = fleet.conditions.double * fleet.upper + fleet.beta
    weight = curve.rate * ((curve.bottom <= low) & (top >= high) & (high > low))
    total = weight.sum(axis=1)
    step = np.divide(missing, total, out=np.zeros_like(missing), where=total > 0.0)
    x += step[:, None] * weight
    price += step
    np.minimum(np.maximum(x, fleet.lower, out=x), fleet.upper, out=x)


def _chunks(count: int, pieces: int, outputs: Array | None) -> Iterator[tuple[slice, Array, Array, Array]]:
    """Rows at a time, where to write them (the rows of `outputs` if given), and two work arrays."""
    step = max(1, min(count, _CHUNK // pieces))
    buffers = np.empty((2 if outputs is not None else 3, step, pieces))
    for start in range(0, count, step):
        rows = slice(start, min(count, start + step))
        size = rows.stop - start
        x = buffers[2, :size] if outputs is None else outputs[rows]
        yield rows, x, buffers[0, :size], buffers[1, :size]


def _refuse(fleet: Fleet, level: Array) -> None:
    over = np.flatnonzero(~(level <= fleet.capacity + CAPACITY_TOLERANCE))
    if len(over):
        k = int(over[0])
        text = f"{len(over)} of {len(level)} demands do not fit: number {k + 1} is {level[k]:g}"
        why = f"The capacity of the fleet is {fleet.capacity:g}; above it there is no plan."
        raise PlanningError.of(
            "P002", text, NOWHERE, why=why, fix="Leave these demands out, or add capacity."
        )
    if (level < 0.0).any():
        raise PlanningError.of(
            "P001", "a demand is negative", NOWHERE, why="", fix="Give demands of at least 0."
        )
