"""Models written as formulas, through the public door: separable costs and curved constraints with a known optimum.

A plan and multipliers are drawn; the linear costs are what makes the optimality conditions hold there. Each function knows its
value and slope in natural units, and how its coefficient is called in the units of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

import saddlepoint
from benchmarks.fuzz.judge import TOLERANCE, Finding
from benchmarks.fuzz.script import script_of
from benchmarks.fuzz.units import SPREADS

Array = np.ndarray
_DECADES = {"plain": 0.0, "mild": 3.0, "both": 5.0, "wild": 9.0}


@dataclass(frozen=True)
class Atom:
    """A convex function of one quantity: text with x (and k = 1/unit), value and slope, degree of the unit."""

    text: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    degree: float = 0.0


ATOMS: Mapping[str, Atom] = {
    "square": Atom("square(x)", lambda x: x**2, lambda x: 2 * x, 2),
    "power 3": Atom("power(x, 3)", lambda x: x**3, lambda x: 3 * x**2, 3),
    "power 1.5": Atom("power(x, 1.5)", lambda x: x**1.5, lambda x: 1.5 * x**0.5, 1.5),
    "inv_pos": Atom("inv_pos(x)", lambda x: 1 / x, lambda x: -1 / x**2, -1),
    "sqrt": Atom("-sqrt(x)", lambda x: -np.sqrt(x), lambda x: -0.5 / np.sqrt(x), 0.5),
    "exp": Atom("exp(mult(k, x))", np.exp, np.exp),
    "log": Atom("-log(mult(k, x))", lambda x: -np.log(x), lambda x: -1 / x),
    "entr": Atom("-entr(mult(k, x))", lambda x: x * np.log(x), lambda x: 1 + np.log(x)),
    "huber": Atom(
        "huber(mult(k, x), 1)",
        lambda x: np.where(np.abs(x) <= 1, x**2, 2 * np.abs(x) - 1),
        lambda x: np.where(np.abs(x) <= 1, 2 * x, 2.0),
    ),
    "logistic": Atom("logistic(mult(k, x))", lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x))),
}


@dataclass(frozen=True)
class Scenario:
    """Natural numbers of one scenario; a, b, D: the linear row, v, B: the curved one, w: the curved costs."""

    c: Array
    w: Array
    a: Array
    v: Array
    cap: Array
    D: float
    B: float
    columns: Array
    row: float
    curve: float
    money: float
    x: Array


@dataclass(frozen=True)
class FormulaCase:
    cost: str
    limit: str
    most: bool
    scenarios: tuple[Scenario, ...]
    flavours: tuple[str, ...]

    def declared(self) -> dict[str, Any]:
        """What `saddlepoint.define` is given."""
        n, S = len(self.scenarios[0].x), len(self.scenarios)
        across = {"N": {"dim": "cols"}}
        names = list(_data(self, self.scenarios[0]))
        single = {"D", "B"}
        variables: dict[str, Any] = {
            "x_t": {
                "type": "endogenous",
                "coordinates": ["N", "S"],
                "variables_info": {"x": {**across, "nonneg": True}},
            }
        }
        for name in names:
            coordinates = ["S"] if name in single else ["N", "S"]
            info = {name: {} if name in single else across}
            variables[f"{name}_t"] = {"type": "exogenous", "coordinates": coordinates, "variables_info": info}
        given = [_data(self, s) for s in self.scenarios]
        data = {f"{name}_t": np.array([g[name] for g in given]).T for name in names}
        return {
            "sets": {"N": {}, "S": {"split_problem": True}},
            "variables": variables,
            "problem": self._problem(),
            "items": {"N": [f"n{j}" for j in range(n)], "S": [f"s{k}" for k in range(S)]},
            "data": data,
        }

    def _problem(self) -> dict[str, Any]:
        cost = _weighted("w", ATOMS[self.cost].text) if self.cost else ""
        total = f"c @ tran(x){cost}"
        objective = f"Maximize(-({total}))" if self.most else f"Minimize({total})"
        rows: list[Any] = [{"need": "a @ tran(x) >= D"}, {"cap": "x <= u"}]
        if self.limit == "norm2":
            rows.append({"limit": "norm2(mult(v, x)) <= B"})
        elif self.limit:
            rows.append({"limit": f"{_weighted('v', ATOMS[self.limit].text).removeprefix(' + ')} <= B"})
        return {"objective": [objective], "expressions": rows}

    def only(self, positions: list[int]) -> FormulaCase:
        return replace(self, scenarios=tuple(self.scenarios[k] for k in positions))

    def attempt(self) -> tuple[Finding, ...]:
        result = saddlepoint.define(**self.declared()).solve()
        table = result.certificates[""].columns
        x = np.asarray(result.table("x_t").values, float).reshape(len(self.scenarios[0].x), -1)
        said = np.asarray(result.objective[""], float).ravel()
        return tuple(
            self._judge(k, str(table["status"][k]), x[:, k], float(said[k]))
            for k in range(len(self.scenarios))
        )

    def _judge(self, k: int, status: str, x: Array, said: float) -> Finding:
        if status != "optimal":
            return Finding("withheld", status)
        s = self.scenarios[k]
        faults = _faults(self, s, (x / s.columns).astype(np.longdouble), said)
        return Finding("wrong", faults[0]) if faults else Finding("right")

    def smaller(self) -> Iterator[FormulaCase]:
        """Fewer scenarios; plain units; fewer cells, whose cost and needs are taken out."""
        if len(self.scenarios) > 1:
            yield from (self.only([k]) for k in range(len(self.scenarios)))
        for name in ("row", "curve", "money"):
            if any(getattr(s, name) != 1 for s in self.scenarios):
                yield replace(self, scenarios=tuple(replace(s, **{name: 1.0}) for s in self.scenarios))
        n = len(self.scenarios[0].x)
        for j in range(n):
            if any(s.columns[j] != 1 for s in self.scenarios):
                yield replace(self, scenarios=tuple(_unit(s, j) for s in self.scenarios))
        if n > 1:
            yield from (
                replace(self, scenarios=tuple(_without(self, s, j) for s in self.scenarios)) for j in range(n)
            )

    def script(self) -> str:
        shown = "run.objective, run.certificates[''].columns['status'], run.table('x_t').values"
        known = (
            f"scenario {k}: objective {_optimum(self, s) * s.money!r}, plan {(s.x * s.columns).tolist()}"
            for k, s in enumerate(self.scenarios)
        )
        return script_of(self.declared(), "", shown, known)


def _weighted(weight: str, text: str) -> str:
    return f" - {weight} @ tran({text[1:]})" if text.startswith("-") else f" + {weight} @ tran({text})"


def _data(case: FormulaCase, s: Scenario) -> dict[str, Any]:
    """The numbers in the units of the model."""
    C = s.columns
    data: dict[str, Any] = {"c": s.money * s.c / C, "a": s.row * s.a / C, "u": s.cap * C, "D": s.row * s.D}
    if case.cost:
        data["w"] = s.money * s.w / C ** ATOMS[case.cost].degree
    if case.limit:
        data["v"] = s.curve * s.v / C ** (1 if case.limit == "norm2" else ATOMS[case.limit].degree)
        data["B"] = s.curve * s.B
    if any("k, x" in ATOMS[name].text for name in (case.cost, case.limit) if name in ATOMS):
        data["k"] = 1 / C
    return data


def _curved(case: FormulaCase, s: Scenario, x: Array) -> Any:
    if case.limit == "norm2":
        return np.sqrt(((s.v * x) ** 2).sum())
    return s.v @ ATOMS[case.limit].value(x)


def _cost(case: FormulaCase, s: Scenario, x: Array) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return s.c @ x + (s.w @ ATOMS[case.cost].value(x) if case.cost else 0.0)


def _optimum(case: FormulaCase, s: Scenario) -> float:
    return float(_cost(case, s, s.x.astype(np.longdouble))) * (-1 if case.most else 1)


def _faults(case: FormulaCase, s: Scenario, x: Array, said: float) -> list[str]:
    sign = -1 if case.most else 1
    faults = []
    if not np.isfinite(x.astype(float)).all():
        return ["the plan is not finite"]
    size = max(1.0, float(np.abs(s.a * x).max()))
    with np.errstate(invalid="ignore", divide="ignore"):
        misses = {"need": (s.D - s.a @ x) / size, "cap": (x - s.cap).max(), "sign": (-x).max()}
        if case.limit:
            misses["limit"] = (_curved(case, s, np.maximum(x, 0)) - s.B) / max(1.0, abs(s.B))
    for name, miss in misses.items():
        if not miss <= TOLERANCE:
            faults.append(f"{name} is broken by {float(miss):.1e}")
    right = _optimum(case, s)
    room = TOLERANCE * max(1.0, abs(right))
    value = sign * float(_cost(case, s, np.maximum(x, 0)))
    if not abs(value - right) <= room:
        faults.append(f"the plan's objective is {value:.9g}, the optimum {right:.9g}")
    elif not abs(said / s.money - right) <= room:
        faults.append(f"the objective is said to be {said / s.money:.9g}, the optimum is {right:.9g}")
    return faults


def formula(rng: Generator) -> FormulaCase:
    """Curved costs, a linear row and a curved limit, in any units."""
    cost = str(rng.choice(["", *ATOMS], p=[0.15] + [0.85 / len(ATOMS)] * len(ATOMS)))
    limits = ["", "norm2", "square", "inv_pos", "exp", "log", "power 3", "entr", "sqrt"]
    limit = str(rng.choice(limits, p=[0.4, 0.2] + [0.4 / 7] * 7))
    n, S = int(rng.integers(1, 5)), int(rng.choice([1, 1, 2, 4]))
    spread = str(rng.choice([s for s in SPREADS if s in _DECADES]))
    degree = max(1.0, *(abs(ATOMS[name].degree) for name in (cost, limit) if name in ATOMS), 1.0)
    one = rng.random() < 0.5
    shared = _units(rng, spread, n, degree)
    scenarios = tuple(
        _scenario(rng, cost, limit, n, shared if one else _units(rng, spread, n, degree)) for _ in range(S)
    )
    most = bool(rng.random() < 0.3)
    return FormulaCase(cost, limit, most, scenarios, (spread, cost or "linear", f"limit {limit or 'none'}"))


def _units(rng: Generator, spread: str, n: int, degree: float) -> tuple[Array, float, float, float]:
    """Columns (a power of them stays within the spread), linear row, curved row, money."""
    reach = _DECADES[spread]
    columns = 10.0 ** rng.uniform(-reach / degree, reach / degree, n)
    if rng.random() < 0.4:
        columns[:] = columns[0]
    row, curve, money = 10.0 ** rng.uniform(-reach, reach, 3)
    return columns, float(row), float(curve), float(money)


def _scenario(
    rng: Generator, cost: str, limit: str, n: int, units: tuple[Array, float, float, float]
) -> Scenario:
    x = rng.uniform(0.2, 3.0, n)
    w = rng.uniform(0.1, 2.0, n)
    a, v = rng.uniform(0.2, 2.0, n), rng.uniform(0.2, 2.0, n)
    blank = Scenario(x, w, a, v, x, 0.0, 0.0, *units, x)
    case = FormulaCase(cost, limit, False, (blank,), ())
    need_acts, limit_acts = rng.random() < 0.6, rng.random() < 0.7
    D = float(a @ x) - (0.0 if need_acts else float(rng.uniform(0.2, 1)))
    price = float(rng.uniform(0.2, 3)) if need_acts else 0.0
    c = price * a - (w * ATOMS[cost].slope(x) if cost else 0.0)
    B = 0.0
    if limit:
        value = float(_curved(case, blank, x))
        B = value + (0.0 if limit_acts else 0.5 * max(1.0, abs(value)))
        slope = v**2 * x / value if limit == "norm2" else v * ATOMS[limit].slope(x)
        c = c - (float(rng.uniform(0.2, 3)) if limit_acts else 0.0) * slope
    capped = rng.random(n) < 0.3
    c = c - np.where(capped, rng.uniform(0.1, 2, n), 0.0)
    cap = np.where(capped, x, x + rng.uniform(0.5, 3, n))
    return Scenario(c, w, a, v, cap, D, B, *units, x)


def _unit(s: Scenario, j: int) -> Scenario:
    columns = s.columns.copy()
    columns[j] = 1.0
    return replace(s, columns=columns)


def _without(case: FormulaCase, s: Scenario, j: int) -> Scenario:
    """One cell less; needs and limits shrink by what it took (a norm keeps the direction of the others)."""
    kept = {k: np.delete(getattr(s, k), j) for k in ("c", "w", "a", "v", "cap", "columns", "x")}
    less = replace(s, **kept, D=s.D - s.a[j] * s.x[j])
    if case.limit:
        slack = s.B - float(_curved(case, s, s.x))
        less = replace(less, B=float(_curved(case, less, less.x)) + slack)
        if case.limit == "norm2":
            before, after = float(_curved(case, s, s.x)), float(_curved(case, less, less.x))
            # the multiplier of the norm grows with its gradient, so the same costs stay right with v scaled
            factor = np.sqrt(after / before)
            less = replace(less, v=less.v * factor, B=after * factor + slack)
    return less
