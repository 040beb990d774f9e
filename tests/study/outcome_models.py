"""A model of decisions under outcomes that are solved one by one: one of them is very unlikely."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import saddlepoint
from saddlepoint import call


def write_carpenter(path: Path, count: int = 60) -> Path:
    """Tools bought before the demand of `count` outcomes is known, goods made after."""
    rng = np.random.default_rng(3)
    m = saddlepoint.Model("carpenter")
    shares = np.full(count, (1 - 1e-8) / (count - 1))
    shares[0] = 1e-8
    weather = m.set("Weather", range(count), probability="likely")
    tools, goods = m.set("Tools", ["saw", "plane"]), m.set("Goods", ["chair", "table", "shelf"])
    m.data("likely", weather, shares)
    use = m.data("use", tools, goods, [[1.0, 3.0, 2.0], [2.0, 1.0, 1.5]])
    value = m.data("value", goods, [9.0, 14.0, 12.0])
    demand = m.data("demand", weather, goods, rng.lognormal(2, 0.4, (count, 3)).round(2))
    bought = m.decide("bought", tools, lower=0, upper=200)
    made = m.decide("made", weather, goods, lower=0)
    m.subject_to(market=made <= demand, room=saddlepoint.sum(use * made, over=goods) <= bought)
    income = call("expect", saddlepoint.sum(value * made, over=goods), over=weather)
    m.maximise(income - 2.5 * saddlepoint.sum(bought, over=tools))
    m.write(path)
    return path
