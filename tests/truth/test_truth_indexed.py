"""The examples in named sets against programs written by hand, row by row, and solved by scipy."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

import saddlepoint
from saddlepoint.declare.examples import copy_example


def column(folder: Path, table: str) -> dict[tuple[str, ...], float]:
    with (folder / "input_data" / f"{table}.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(r[:-1]): float(r[-1]) for r in rows}


class Program:
    """min c·x under rows, by names of variables."""

    def __init__(self) -> None:
        self.cost: dict[tuple[str, ...], float] = {}
        self.upper: dict[tuple[str, ...], float] = {}
        self.rows: list[tuple[dict[tuple[str, ...], float], str, float]] = []

    def add(self, name: tuple[str, ...], cost: float, upper: float = np.inf) -> None:
        self.cost[name], self.upper[name] = cost, upper

    def row(self, terms: dict[tuple[str, ...], float], sign: str, side: float) -> None:
        assert set(terms) <= set(self.cost)
        self.rows.append((terms, sign, side))

    def solve(self) -> tuple[float, dict[tuple[str, ...], float]]:
        names = list(self.cost)
        place = {n: k for k, n in enumerate(names)}
        parts: dict[str, list[tuple[np.ndarray, float]]] = {"==": [], "<=": []}
        for terms, sign, side in self.rows:
            line = np.zeros(len(names))
            for name, coefficient in terms.items():
                line[place[name]] += coefficient
            flip = -1.0 if sign == ">=" else 1.0
            parts["==" if sign == "==" else "<="].append((flip * line, flip * side))
        a_ub, b_ub = map(np.array, zip(*parts["<="], strict=True))
        a_eq, b_eq = map(np.array, zip(*parts["=="], strict=True))
        bounds = [(0.0, self.upper[n]) for n in names]
        found = linprog(list(self.cost.values()), a_ub, b_ub, a_eq, b_eq, bounds)
        assert found.status == 0
        return found.fun, dict(zip(names, found.x, strict=True))


def storage(folder: Path, carbon: float) -> Program:
    running, building = column(folder, "technology_cost"), column(folder, "investment_cost")
    emission, available, need = (column(folder, t) for t in ("emission_rate", "availability", "demand"))
    battery, kept = column(folder, "battery")[()], column(folder, "efficiency")[()]
    p, hours, techs = Program(), [str(h) for h in range(1, 25)], [t for (t,) in running]
    p.add(("size",), battery)
    for t in techs:
        p.add(("cap", t), building[t,], 200.0)
        for h in hours:
            p.add(("gen", t, h), running[t,] + carbon * emission.get((t,), 0.0))
    for h in hours:
        for name in ("charge", "discharge", "level"):
            p.add((name, h), 0.0)
    for k, h in enumerate(hours):
        before = hours[k - 1]
        made = {("gen", t, h): 1.0 for t in techs}
        p.row({**made, ("discharge", h): 1.0, ("charge", h): -1.0}, "==", need[h,])
        p.row(
            {("level", h): 1.0, ("level", before): -1.0, ("charge", h): -kept, ("discharge", h): 1.0},
            "==",
            0.0,
        )
        p.row({("level", h): 1.0, ("size",): -1.0}, "<=", 0.0)
        for t in techs:
            p.row({("gen", t, h): 1.0, ("cap", t): -available.get((t, h), 1.0)}, "<=", 0.0)
    return p


def test_energy_storage(tmp_path: Path) -> None:
    folder = copy_example("energy_storage", tmp_path / "m")
    result = saddlepoint.open(folder).solve()
    assert result.exit_code == 0
    for k, case in enumerate(("low", "high")):
        least, plan = storage(folder, column(folder, "carbon_price")[case,]).solve()
        assert result.objective[""][k] == pytest.approx(least, rel=1e-9)
        capacity = result.table("capacity").to_pandas().query(f"Prices == '{case}'")["values"].to_numpy()
        assert capacity == pytest.approx([plan["cap", t] for t in ("pv", "wind", "gas")], rel=1e-6, abs=1e-6)
        share = result.reports["renewable_share"].to_pandas()["values"][k]
        made = {t: sum(plan["gen", t, str(h)] for h in range(1, 25)) for t in ("pv", "wind", "gas")}
        assert share == pytest.approx((made["pv"] + made["wind"]) / sum(made.values()), rel=1e-6)


def test_distribution(tmp_path: Path) -> None:
    folder = copy_example("distribution", tmp_path / "m")
    making, routes, need, oven = (
        column(folder, t) for t in ("making_cost", "route_cost", "demand", "oven_hours")
    )
    stock = column(folder, "first_stock")
    p, weeks, towns = Program(), ["1", "2", "3", "4"], ["Alba", "Bra", "Cuneo"]
    for plant, product in making:
        for w in weeks:
            p.add(("make", plant, product, w), making[plant, product])
            p.add(("kept", plant, product, w), 0.5, 2.0 if product == "cake" else 6.0)
            for town in towns:
                if (plant, town) in routes:
                    p.add(("ship", plant, town, product, w), routes[plant, town])
    for plant, product in making:
        for k, w in enumerate(weeks):
            terms = {("make", plant, product, w): 1.0, ("kept", plant, product, w): -1.0}
            terms |= {n: -1.0 for n in p.cost if n[0] == "ship" and (n[1], n[3], n[4]) == (plant, product, w)}
            if k:
                terms["kept", plant, product, weeks[k - 1]] = 1.0
                p.row(
                    {("make", plant, product, w): 1.0, ("make", plant, product, weeks[k - 1]): -1.0},
                    "<=",
                    8.0,
                )
            p.row(terms, "==", 0.0 if k else -stock.get((plant, product), 0.0))
    for town, product, w in need:
        served = {n: 1.0 for n in p.cost if n[0] == "ship" and n[2:] == (town, product, w)}
        p.row(served, ">=", need[town, product, w])
    for plant in ("north", "south"):
        for w in weeks:
            made = {n: 1.0 for n in p.cost if n[0] == "make" and n[1] == plant and n[3] == w}
            p.row(made, "<=", oven[plant,])
    least, _ = p.solve()
    result = saddlepoint.open(folder).solve()
    assert result.objective[""][0] == pytest.approx(least, rel=1e-9)
    assert result.exit_code == 0
    frame = result.table("shipping").to_pandas()
    assert len(frame) == len([n for n in p.cost if n[0] == "ship"])
    assert not ((frame["Plants"] == "south") & (frame["Products"] == "cake")).any()
    assert len(result.price("fresh").to_pandas()) == 4


def test_a_town_that_nothing_can_reach_is_named(tmp_path: Path) -> None:
    folder = copy_example("distribution", tmp_path / "m")
    routes = folder / "input_data" / "route_cost.csv"
    routes.write_text("".join(x for x in routes.read_text().splitlines(keepends=True) if "Cuneo" not in x))
    with pytest.raises(saddlepoint.errors.CompileError) as caught:
        saddlepoint.open(folder).solve()
    found = caught.value.diagnostics[0]
    assert found.code == "C108" and "served" in found.message and "Cuneo" in found.message
