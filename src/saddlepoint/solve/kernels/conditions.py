"""The optimality conditions of one row of supply, Σx ≥ D, as relative residuals: written once, for arrays, for single
numbers, and for compiled code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Scales(NamedTuple):
    """What the residuals are relative to. below: what the least outputs of later pieces add to Σx; largest, unit: scales of
    prices, in money per unit; size: scale of outputs, in units."""

    below: float
    largest: float
    unit: float
    size: float


def relative(
    scales: Scales,
    demand: Any,
    price: Any,
    total: Any,
    primal: Any,
    dual: Any,
    stationarity: Any,
    outside: Any,
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Residuals of demand, bounds, stationarity, signs, slackness and gap; numbers, or arrays (s,).

    total: Σx of all pieces; primal, dual: cost of the plan and value of the prices; stationarity, outside: the largest
    violations of 2αx + β − λ + ν⁺ − ν⁻ = 0 and of l ≤ x ≤ u.
    """
    amount = np.maximum(np.abs(demand + scales.below), np.abs(total)) + scales.size
    slope = np.maximum(np.abs(price), scales.largest) + scales.unit
    money = np.abs(primal) + np.abs(dual) + scales.unit
    over = total - scales.below - demand
    return (
        np.maximum(0.0, -over) / amount,
        outside / amount,
        np.maximum(stationarity, 0.0) / slope,
        np.maximum(0.0, -price) / slope,
        np.abs(price * over) / money,
        np.abs(primal - dual) / money,
    )
