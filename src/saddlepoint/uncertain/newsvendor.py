"""The quantity that earns most when demand is uncertain, and the one that serves a part of the volume."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError
from saddlepoint.records import dataclass
from saddlepoint.uncertain.expected import Expected, expected, shortage
from saddlepoint.uncertain.record import Buffer, Columns

_ROUNDS: Final = 200
_GOLDEN: Final = 0.5 * (np.sqrt(5.0) - 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrices:
    """Money per unit: sold at `price`, bought at `cost`, left over worth `salvage`, not served at `penalty` besides."""

    price: float
    cost: float
    salvage: float = 0.0
    penalty: float = 0.0

    def __post_init__(self) -> None:
        if not (self.salvage < self.cost < self.price + self.penalty) or self.penalty < 0.0:
            text = f"price {self.price:g}, cost {self.cost:g}, salvage {self.salvage:g}, penalty {self.penalty:g} have no best quantity"
            why = "Needed: salvage < cost < price + penalty, and penalty ≥ 0; else nothing or endlessly much is best."
            raise PlanningError.of("U780", text, why=why, fix="Correct the prices.")

    @property
    def ratio(self) -> float:
        """The critical ratio: the probability with which the best quantity covers demand, where the law is known."""
        return (self.price + self.penalty - self.cost) / (self.price + self.penalty - self.salvage)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Newsvendor:
    """quantity: in units; profit: its expected profit, of a family the worst case; expected: sales, shortage, services."""

    quantity: float
    profit: float
    expected: Expected


def profit(buffer: Buffer, columns: Columns, prices: UnitPrices, quantity: object) -> Array:
    """The expected profit of a quantity, exact; its least value over a family.

    (p − s)μ − (c − s)x − (p − s + b)·E(D − x)⁺: sales are what is demanded and not short.
    """
    x = np.asarray(quantity, dtype=np.float64)
    mean = np.asarray(buffer.mean(columns), dtype=np.float64)
    p, c, s, b = prices.price, prices.cost, prices.salvage, prices.penalty
    return (p - s) * mean - (c - s) * x - (p - s + b) * shortage(buffer, columns, x)


def newsvendor(buffer: Buffer, columns: Columns, prices: UnitPrices) -> Newsvendor:
    """The quantity of the largest expected profit; over a family of the largest least one.

    A law: its quantile at the critical ratio (K. J. Arrow, T. Harris, J. Marschak, Econometrica 19 (1951) 250–272). A family:
    where the worst shortage has the critical slope (H. Scarf 1958 for mean and standard deviation). PlanningError U780, U007.
    """
    if buffer.kind == "ambiguity":
        quantity = _best_of_family(buffer, columns, prices)
    else:
        quantity = float(buffer.quantile(columns, np.asarray(prices.ratio)))
    return _told(buffer, columns, prices, max(quantity, 0.0))


def at_fill_rate(
    buffer: Buffer, columns: Columns, fill: float, prices: UnitPrices | None = None
) -> Newsvendor:
    """The least quantity that serves this part of the volume on average: E min(D, x) = fill·μ; profit NaN without prices.

    PlanningError U781 where the part is outside (0, 1) or the mean is not positive; U007.
    """
    mean = float(np.asarray(buffer.mean(columns)))
    if not 0.0 < fill < 1.0 or mean <= 0.0:
        text = f"a fill rate of {fill:g} with a mean of {mean:g} cannot be reached exactly"
        fix = "Give a part of the volume in (0, 1), such as 0.98, and a positive mean."
        raise PlanningError.of("U781", text, fix=fix)
    target = (1.0 - fill) * mean

    def short(x: float) -> float:
        return float(shortage(buffer, columns, np.asarray(x)))

    low, high = 0.0, mean
    if short(low) <= target:
        return _told(buffer, columns, prices, 0.0)
    while short(high) > target:
        low, high = high, 2.0 * high
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if short(middle) > target else (low, middle)
    return _told(buffer, columns, prices, high)


def _best_of_family(buffer: Buffer, columns: Columns, prices: UnitPrices) -> float:
    mean = float(np.asarray(buffer.mean(columns)))
    std = float(np.asarray(columns.get("std", abs(mean))))
    reach = max(std, 1e-12 * abs(mean)) * (1.0 + np.sqrt(prices.ratio / (1.0 - prices.ratio)))

    def gain(x: float) -> float:
        return float(profit(buffer, columns, prices, x))

    low, high = max(mean - 4.0 * reach / (1.0 - prices.ratio), 0.0), mean + 4.0 * reach
    for _ in range(_ROUNDS):
        near, far = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, far) if gain(near) > gain(far) else (near, high)
    searched, exact = 0.5 * (low + high), _at_critical_tail(buffer, columns, 1.0 - prices.ratio)
    return exact if gain(exact) >= gain(searched) - 1e-9 * abs(gain(searched)) else searched


def _at_critical_tail(buffer: Buffer, columns: Columns, tail: float) -> float:
    """d/dε (ε·CVaR(1 − ε)) at the tail ε = 1 − critical ratio: where the worst shortage max ε·(CVaR(1 − ε) − x) has this slope.

    Central differences, extrapolated (C. J. F. Ridders, Adv. Eng. Software 4 (1982) 75–76).
    """
    assert buffer.cvar is not None
    worst = buffer.cvar

    def mass(e: float) -> float:
        return e * float(worst(columns, np.asarray(1.0 - e)))

    step = 0.25 * min(tail, 1.0 - tail)
    rows: list[list[float]] = []
    best, apart = float("nan"), float("inf")
    for k in range(10):
        h = step / 2.0**k
        row = [(mass(tail + h) - mass(tail - h)) / (2.0 * h)]
        for m, before in enumerate(rows[-1] if rows else []):
            row.append(row[-1] + (row[-1] - before) / (4.0 ** (m + 1) - 1.0))
        if rows and abs(row[-1] - rows[-1][-1]) < apart:
            best, apart = row[-1], abs(row[-1] - rows[-1][-1])
        rows.append(row)
    return best


def _told(buffer: Buffer, columns: Columns, prices: UnitPrices | None, x: float) -> Newsvendor:
    earned = float("nan") if prices is None else float(profit(buffer, columns, prices, x))
    return Newsvendor(quantity=x, profit=earned, expected=expected(buffer, columns, x))
