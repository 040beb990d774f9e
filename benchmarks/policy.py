"""python -m benchmarks policy [3 12 60]: the Brazilian hydro-thermal system, four reservoirs and 95 thermal plants, stages of a month.

Data: A. Shapiro, W. Tekaya, J. P. da Costa, M. P. Soares, EJOR 224 (2013) 375–391, as the examples of MSPPy (L. Ding, S. Ahmed, A. Shapiro) and of SDDP.jl
(O. Dowson, L. Kapelevich) give them: the inflows of 82 years, month by month, are taken as equally likely and independent. Published on the same
data: 782,309.1877977 for 3 months by Gurobi over all histories (MSPPy); lower bounds of SDDP.jl for 12 and 60 months, by weights of deficits against fuel
(O. Dowson, D. Morton, A. Downward, Math. Programming 196 (2022) 907–933; papers/biobjective_sddp/results of the repository: bounds.dat for 12 months, 2,000 iterations
over all weights, heuristics/experiment_2.dat for 60). At weight 0 theirs is the optimum. At weight 1 (33,263.77) deficits alone cost: the plain method raises its bound from 0 hardly at all there, SDDP.jl's
own too (9.0e-5 of 60 months when it stalls).

Each line: the bound, proven by our own arithmetic; the cost of the policy, exact or the 95 % confidence interval of sampled histories; CPU seconds, and
stage problems a second in the whole search and in the kernel alone. A small plan of two reservoirs stands beside. msppy is timed where it can be imported (it needs Gurobi).
"""

from __future__ import annotations

import csv
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

import saddlepoint
from saddlepoint import call
from saddlepoint.arrays import Array
from saddlepoint.solve.kernels import simplex

HERE = Path(__file__).parent / "hydrothermal"
REGIONS = ("southeast", "south", "northeast", "north")
STORE: Final = np.array([200717.6, 19617.2, 51806.1, 12744.9])
STORED: Final = np.array([59419.3, 5874.9, 12859.2, 5271.5])
TURBINES: Final = np.array([45414.3, 13081.5, 9900.9, 7629.9])
INFLOW: Final = np.array([39717.564, 6632.5141, 15897.183, 2525.2938])
DEFICIT_COST: Final = np.array([1142.8, 2465.4, 5152.46, 5845.54])
DEFICIT_DEPTH: Final = np.array([0.05, 0.05, 0.1, 0.8])
DEMAND: Final = np.array(
    [
        [45515, 46611, 47134, 46429, 45622, 45366, 45477, 46149, 46336, 46551, 46035, 45234],
        [11692, 11933, 12005, 11478, 11145, 11146, 11055, 11051, 10917, 11015, 11156, 11297],
        [10811, 10683, 10727, 10589, 10389, 10129, 10157, 10372, 10675, 10934, 11004, 10914],
        [6507, 6564, 6506, 6556, 6645, 6669, 6627, 6772, 6843, 6815, 6871, 6701],
    ],
    float,
)
"""Of every region and month."""
LINKS: Final = (
    *((0, 1, 7379), (0, 2, 1000), (0, 4, 4000), (1, 0, 5625), (2, 0, 600), (2, 4, 2236), (3, 4, 99999)),
    *((4, 0, 3154), (4, 2, 3951), (4, 3, 3053)),
)
"""From, to, most; the fifth place is a node of the network, to which moving a unit costs half."""
WEIGHTS: Final = ((0.0, 4), (0.5085252635602187, 60))
"""Of the plans of 12 months, and the passes of each."""
PUBLISHED: Final = {
    "MSPPy, 3 months": 782309.1877977113,
    "SDDP.jl, 12 months, weight 0": 294099.0984000004,
    "SDDP.jl, 12 months, weight 0.509": 520373.32834865444,
    "SDDP.jl, 60 months, weight 0.5": 71603.4666662723,
}


def inflows() -> Array:
    """(regions, years, months) of the past."""
    with (HERE / "inflows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[[float(v) for v in r[2:]] for r in rows if r[0] == name] for name in REGIONS])


def plants() -> tuple[list[str], Array]:
    """The region of every thermal plant; least and most output, and cost, (plants, 3)."""
    with (HERE / "plants.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [r[0] for r in rows], np.array([[float(v) for v in r[1:]] for r in rows])


def system(
    months: int, *, fuel: float, deficit: float, small: float, discount: float, bi_objective: bool = False
) -> saddlepoint.Model:
    """The plan as it is declared. fuel, deficit: by what the costs of plants and of missed demand are multiplied; small: what a unit spilt or
    moved costs; discount: from month to month; bi_objective: as the bi-objective example of SDDP.jl reads the data: from the second month on the inflows of the
    calendar month before, and what is missed priced by its region, not by its depth."""
    m = saddlepoint.Model("hydrothermal")
    month = m.set("Months", range(1, months + 1))
    past = inflows()
    years = m.set("Years", range(past.shape[1]), along=month)
    where, data = plants()
    region, plant = m.set("Regions", REGIONS), m.set("Plants", range(len(where)))
    level, link = m.set("Levels", range(4)), m.set("Links", range(len(LINKS)))
    calendar = np.arange(months) % 12
    come = past[:, :, calendar - bi_objective].transpose(0, 2, 1).copy()
    come[:, 0] = INFLOW[:, None]
    net = np.array([[(b == k) - (a == k) for a, b, _ in LINKS] for k in range(5)], float)
    inflow, demand = (
        m.data("inflow", region, month, years, come),
        m.data("demand", region, month, DEMAND[:, calendar]),
    )
    depth = DEMAND[:, calendar, None] * DEFICIT_DEPTH
    missed_cost = np.tile(DEFICIT_COST, (4, 1))
    missed_cost = missed_cost.T if bi_objective else missed_cost
    least, most = m.data("least", plant, data[:, 0]), m.data("most", plant, data[:, 1])
    burn, miss = (
        m.data("burn", plant, fuel * data[:, 2]),
        m.data("miss", region, level, deficit * missed_cost),
    )
    width = m.data("width", link, [u for _, _, u in LINKS])
    here = m.data("here", region, plant, np.array([[name == w for w in where] for name in REGIONS], float))
    into, node = m.data("into", region, link, net[:4]), m.data("node", link, net[4])
    begin = m.data("begin", region, STORED)
    worth = m.data("worth", month, discount ** np.arange(months))
    space, turbines = m.data("space", region, STORE), m.data("turbines", region, TURBINES)
    missable = m.data("missable", region, month, level, depth)
    stock = m.decide("stock", region, month, years, lower=0, upper=space)
    hydro = m.decide("hydro", region, month, years, lower=0, upper=turbines)
    spilt = m.decide("spilt", region, month, years, lower=0)
    thermal = m.decide("thermal", plant, month, years, lower=least, upper=most)
    missed = m.decide("missed", region, level, month, years, lower=0, upper=missable)
    sent = m.decide("sent", link, month, years, lower=0, upper=width)
    m.subject_to(
        water=stock + spilt + hydro == call("lag", stock, month, first=begin) + inflow,
        balance=hydro + call("sum", here * thermal, over=plant) + call("sum", missed, over=level)
        + call("sum", into * sent, over=link) == demand,
        through=call("sum", node * sent, over=link) == 0,
    )  # fmt: skip
    cost = call("sum", burn * thermal, over=plant) + call("sum", miss * missed, over=(region, level))
    if small:
        road = m.data("road", link, [small * (0.5 if 4 in (a, b) else 1.0) for a, b, _ in LINKS])
        cost = cost + small * call("sum", spilt, over=region) + call("sum", road * sent, over=link)
    m.minimise(call("sum", worth * call("expect", cost, over=years), over=month))
    return m


def weighed(months: int, weight: float, divisor: float) -> saddlepoint.Model:
    """The bi-objective example: weight of deficits (a hundredth of their cost) against fuel (a tenth of it), both divided by a number."""
    return system(
        months,
        fuel=0.1 * (1 - weight) / divisor,
        deficit=0.01 * weight / divisor,
        small=0,
        discount=1,
        bi_objective=True,
    )


def valley(months: int, rains: int) -> saddlepoint.Model:
    """Two reservoirs in a row and three thermal plants."""
    rng = np.random.default_rng(0)
    m = saddlepoint.Model("valley")
    month = m.set("Months", range(months))
    rain, place, plant = (
        m.set("Rain", range(rains), along=month),
        m.set("Places", ["upper", "lower"]),
        m.set("Plants", range(3)),
    )
    come = rng.gamma(2.0, 2.0, (2, months, rains))
    come[:, 0] = 4.0
    inflow, burn = m.data("inflow", place, month, rain, come), m.data("burn", plant, [5.0, 12.0, 60.0])
    above = m.data("above", place, [0.0, 1.0])
    stock = m.decide("stock", place, month, rain, lower=0, upper=20)
    turbine, spilt = (
        m.decide("turbine", place, month, rain, lower=0, upper=9),
        m.decide("spilt", place, month, rain, lower=0),
    )
    thermal = m.decide("thermal", plant, month, rain, lower=0, upper=4)
    higher = turbine + spilt
    m.subject_to(
        water=stock
        == call("lag", stock, month, first=8) + inflow - higher + above * call("at", higher, Places="upper"),
        demand=call("sum", turbine, over=place) + call("sum", thermal, over=plant) >= 12,
    )
    m.minimise(call("sum", call("expect", call("sum", burn * thermal, over=plant), over=rain), over=month))
    return m


@contextmanager
def kernel_time() -> Generator[list[float]]:
    """CPU seconds and problems of all calls of the simplex kernel, as they add up."""
    spent, solve = [0.0, 0.0], simplex.solve

    def timed(batch: Any, *more: Any, **named: Any) -> Any:
        began = time.process_time()
        found = solve(batch, *more, **named)
        spent[0] += time.process_time() - began
        spent[1] += batch.size
        return found

    simplex.solve = timed
    try:
        yield spent
    finally:
        simplex.solve = solve


def line(name: str, model: saddlepoint.Model, published: float | None, **asked: Any) -> None:
    """One problem."""
    with kernel_time() as spent:
        began = time.process_time()
        (found,) = model.lab.policy(**asked)
        seconds = time.process_time() - began
    cost = f"{found.amount:,.8g}" + ("" if found.exact else f" ± {found.half_width:,.3g}")
    rate = f"{found.solved / seconds:,.0f}" if found.solved > 1 else "-"
    kernel = f"{spent[1] / spent[0]:,.0f}" if spent[0] else "-"
    known = "-" if published is None else f"{published:,.8g}"
    print(
        f"{name:32} {found.histories:9.2g} {found.route:5} {found.bound:>14,.8g} {cost:>26} {known:>12} {found.solved:>10,} {seconds:7.1f} {rate:>8} {kernel:>9}",
        flush=True,
    )


def main(chosen: list[str]) -> None:
    """One line for each problem."""
    rival = "found" if importlib.util.find_spec("msppy") else "missing (pip install msppy, and Gurobi)"
    print(f"msppy: {rival}")
    print(
        f"{'problem':32} {'histories':>9} {'route':5} {'bound':>14} {'cost':>26} {'published':>12} {'stage LPs':>10} {'CPU s':>7} {'LPs / s':>8} {'in kernel':>9}"
    )
    valley(6, 5).lab.policy(route="cuts", passes=2)
    problems: dict[str, Callable[[], list[None]]] = {
        "valley": lambda: [line("two reservoirs, 24 months", valley(24, 20), None, passes=40)],
        "3": lambda: [line("Brazil, 3 months (MSPPy)", system(3, fuel=1, deficit=1, small=0.001, discount=0.9906), PUBLISHED["MSPPy, 3 months"])],
        "12": lambda: [line(f"Brazil, 12 months, weight {w:.3g}", weighed(12, w, 1), PUBLISHED[f"SDDP.jl, 12 months, weight {w:.3g}"], passes=p) for w, p in WEIGHTS],
        "60": lambda: [line("Brazil, 60 months, weight 0.5", weighed(60, 0.5, 60), PUBLISHED["SDDP.jl, 60 months, weight 0.5"], passes=60)],
    }  # fmt: skip
    for name in chosen or problems:
        problems[name]()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(sys.argv[1:])
