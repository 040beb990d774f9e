"""The exact supply curve of a fleet: how much is offered at each price, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask, distinct
from saddlepoint.records import dataclass

_ROUNDING = 1e-12
_OCTAVES = 16
_STIFF = 1e3
"""Relative output per relative price above which the rounding of a price shows in the sum."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SupplyCurve:
    """A rising polyline (quantity, price) through all points where a piece starts or ends.

    quantity, price: (v,), both increasing, in units and money per unit; cost: (v,), variable cost of the cheapest
    plan of each quantity; free: the least quantity offered at price 0; bottom, rate: (m,), the marginal cost at
    the start of each piece and its output per unit of price (0 for a flat piece); flat: (m,), pieces with one price
    throughout; constant: what Σ αx² + βx over the pieces counts too little of the cost;
    stiff: some piece turns the rounding of a price into a visible output. Source: breakpoint search for separable convex resource
    allocation, P. Brucker, Operations Research Letters 3 (1984) 163–166; K. C. Kiwiel, Math. Programming 112 (2008) 473–491.
    """

    quantity: Array
    price: Array
    cost: Array
    capacity: float
    free: float
    bottom: Array
    rate: Array
    flat: Mask
    any_flat: bool
    constant: float
    stiff: bool

    @classmethod
    def of(cls, alpha: Array, beta: Array, lower: Array, upper: Array, first: Index) -> SupplyCurve:
        """The curve of pieces with marginal cost 2αx + β on [lower, upper]; all (m,), first: (n,)."""
        double = alpha + alpha
        bottom, top, width = double * lower + beta, double * upper + beta, upper - lower
        steep = top > bottom
        rate = np.divide(width, top - bottom, out=np.zeros_like(width), where=steep)
        flat = ~steep & (width > 0.0)
        start = lower[first]
        base, capacity = float(start.sum()), float(start.sum() + width.sum())
        any_flat = bool(flat.any())
        live = slice(None) if (width > 0.0).all() else width > 0.0
        jump = np.where(flat, width, 0.0)
        quantity, price = _polyline(bottom[live], top[live], rate[live], jump[live], base, any_flat)
        quantity[-1] = capacity
        np.minimum(quantity, capacity, out=quantity)
        floor = float(((alpha[first] * start + beta[first]) * start).sum())
        steps = np.diff(quantity) * 0.5 * (price[1:] + price[:-1])
        cost = np.empty_like(price)
        cost[0] = floor
        np.cumsum(steps, out=cost[1:])
        cost[1:] += floor
        free = _left_limit(quantity, price) if price[0] < 0.0 else base
        every = float(((alpha * lower + beta) * lower).sum()) if len(first) < len(alpha) else floor
        stiff = float(rate.max()) * float(np.abs(top).max()) > _STIFF * capacity
        return cls(
            quantity=quantity,
            price=price,
            cost=cost,
            capacity=capacity,
            free=free,
            bottom=bottom,
            rate=rate,
            flat=flat,
            any_flat=any_flat,
            constant=floor - every,
            stiff=stiff,
        )

    def locate(self, demand: Array) -> tuple[Index, Array, Array]:
        """For quantities (s,): the segment, how far along it, and the price ≥ 0 of the last unit (left price)."""
        level = np.maximum(demand, self.free)
        segment = np.maximum(np.searchsorted(self.quantity, level, side="left") - 1, 0)
        np.minimum(segment, max(len(self.quantity) - 2, 0), out=segment)
        if len(self.quantity) == 1:
            return segment, np.zeros_like(level), np.zeros_like(level)
        after = segment + 1
        from_, to = self.quantity[segment], self.quantity[after]
        gap = to - from_
        share = np.divide(level - from_, gap, out=np.zeros_like(level), where=gap > 0.0)
        np.minimum(share, 1.0, out=share)
        low = self.price[segment]
        price = low + share * (self.price[after] - low)
        price = np.where(demand <= self.free, 0.0, np.maximum(price, 0.0))
        return segment, share, price

    def locate_one(self, demand: float) -> tuple[int, float, float]:
        """The same for one quantity."""
        level = max(demand, self.free)
        last = len(self.quantity) - 1
        if last == 0:
            return 0, 0.0, 0.0
        segment = min(max(int(self.quantity.searchsorted(level)) - 1, 0), last - 1)
        start, end = self.quantity[segment : segment + 2].tolist()
        low, high = self.price[segment : segment + 2].tolist()
        share = min((level - start) / (end - start), 1.0) if end > start else 0.0
        price = 0.0 if demand <= self.free else max(low + share * (high - low), 0.0)
        return segment, share, price

    def cost_on(self, demand: Array, segment: Index, share: Array) -> Array:
        """Variable cost of located quantities (s,)."""
        if len(self.quantity) == 1:
            return np.full(np.shape(demand), self.cost[0])
        low, rise = self.price[segment], self.price[segment + 1] - self.price[segment]
        beyond = np.maximum(demand, self.free) - self.quantity[segment]
        return self.cost[segment] + beyond * (low + 0.5 * share * rise)

    def price_at(self, demand: Any) -> Array:
        """Price of the last unit at each quantity: the left one at a kink, 0 where free; NaN above capacity."""
        level = np.atleast_1d(np.asarray(demand, dtype=np.float64))
        price = self.locate(np.minimum(level, self.capacity))[2]
        price[level > self.capacity * (1.0 + _ROUNDING)] = np.nan
        return price.reshape(np.shape(demand))

    def prices_at(self, demand: Array) -> tuple[Array, Array]:
        """Left and right price at quantities (s,): they differ at a kink; the right one is ∞ at capacity.

        A quantity within 1e-12 (relative) of a kink counts as on it.
        """
        price = self.locate(np.minimum(demand, self.capacity))[2]
        room = _ROUNDING * np.maximum(np.abs(demand), 1e-300)
        near = np.searchsorted(self.quantity, demand - room, side="left")
        far = np.searchsorted(self.quantity, demand + room, side="right") - 1
        last = len(self.price) - 1
        inside = far >= near
        left = np.where(inside, self.price[np.minimum(near, last)], price)
        right = np.where(inside, self.price[np.maximum(far, 0)], price)
        left = np.where(inside & (near == 0), 0.0, left)
        right = np.where(inside & (far == last), np.inf, right)
        below = demand < self.free - room
        left, right = (
            np.where(below, 0.0, np.maximum(left, 0.0)),
            np.where(below, 0.0, np.maximum(right, 0.0)),
        )
        touching = right <= left * (1.0 + 1e-9)
        return np.where(touching, price, left), np.where(touching, price, right)

    def cost_at(self, demand: Any) -> Array:
        """Variable cost of the cheapest plan of each quantity, without making the plan; NaN above capacity."""
        level = np.atleast_1d(np.asarray(demand, dtype=np.float64))
        inside = np.minimum(level, self.capacity)
        segment, share, _ = self.locate(inside)
        cost = self.cost_on(inside, segment, share)
        cost[level > self.capacity * (1.0 + _ROUNDING)] = np.nan
        return cost.reshape(np.shape(demand))


def _polyline(
    bottom: Array, top: Array, rate: Array, jump: Array, base: float, any_flat: bool
) -> tuple[Array, Array]:
    """Quantities and prices of the vertices; sums are carried in extended precision where there is one."""
    if len(bottom) == 0:
        return np.array([base]), np.zeros(1)
    events = np.concatenate([bottom, top])
    order = np.argsort(events)
    price = events[order]
    starts = None
    leap = np.zeros(0)
    if any_flat:
        starts = np.flatnonzero(np.concatenate([[True], price[1:] != price[:-1]]))
        price = price[starts]
        leap = np.add.reduceat(
            np.concatenate([jump, np.zeros_like(jump)])[order].astype(np.longdouble), starts
        )
    slope = _slopes(rate, order, starts)
    slope[:-1] *= np.diff(price)
    grown = np.zeros(len(price), dtype=np.longdouble)
    np.cumsum(slope[:-1], out=grown[1:])
    if starts is None:
        return (base + grown).astype(np.float64), price
    after = base + grown + np.cumsum(leap)
    count = 1 + (leap > 0.0)
    quantity = np.repeat(after, count)
    quantity[np.cumsum(count) - count] = after - leap
    return np.maximum.accumulate(quantity.astype(np.float64)), np.repeat(price, count)


def _slopes(rate: Array, order: Index, starts: Index | None) -> Any:
    """Sum of the rates of open pieces after each event (events at one price taken together if `starts`).

    Rates of very different size are summed apart, and a sum without open pieces is 0: what rounding leaves of a
    large rate never hides a small one.
    """
    sizes = np.frexp(rate)[1] // _OCTAVES
    total: Any = np.zeros(len(order) if starts is None else len(starts), dtype=np.longdouble)
    for size in distinct(sizes[rate > 0.0]).tolist():
        own = np.where(sizes == size, rate, 0.0)
        change = np.concatenate([own, -own])[order]
        opening = (own > 0.0).astype(np.int8)
        active = np.concatenate([opening, -opening])[order]
        if starts is not None:
            change = np.add.reduceat(change.astype(np.longdouble), starts)
            active = np.add.reduceat(active, starts, dtype=np.int64)
        part: Any = np.cumsum(change, dtype=np.longdouble)
        part[np.cumsum(active, dtype=np.int64) <= 0] = 0.0
        total += part
    return total


def _left_limit(quantity: Array, price: Array) -> float:
    """The quantity offered just below price 0."""
    k = int(np.searchsorted(price, 0.0, side="left"))
    if k >= len(price) or price[k] == 0.0:
        return float(quantity[min(k, len(price) - 1)])
    share = -price[k - 1] / (price[k] - price[k - 1])
    return float(quantity[k - 1] + share * (quantity[k] - quantity[k - 1]))
