"""Models written as formulas, through the public door: curved costs and limits with a known optimum.

A plan, multipliers and curves are drawn; linear costs and sides are what makes the optimality conditions hold there. Curves weigh
from 1e-4 to 10 beside costs near one; columns are inside, at their bounds, near zero, and pinned to the edge of a curve's domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator

import saddlepoint
from benchmarks.fuzz.atoms import ATOMS, Array, Atom
from benchmarks.fuzz.atoms import Numbers as Drawn
from benchmarks.fuzz.judge import TOLERANCE, Finding
from benchmarks.fuzz.script import script_of
from benchmarks.fuzz.units import SPREADS

_DECADES = {"plain": 0.0, "mild": 3.0, "both": 5.0, "wild": 9.0}


@dataclass(frozen=True)
class Term:
    """The numbers of a curve in one scenario; of a limit its multiplier, its slack and its row's unit too."""

    atom: str
    numbers: Drawn
    price: float = 0.0
    slack: float = 0.0
    unit: float = 1.0

    @property
    def of(self) -> Atom:
        return ATOMS[self.atom]

    def value(self, x: Array) -> Any:
        return self.of.value(self.numbers, x)

    def slope(self, x: Array) -> Array:
        """The gradient, 0 where it has no end: only pinned columns are there."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(self.of.slope(self.numbers, x), nan=0.0, posinf=0.0, neginf=0.0)

    def without(self, j: int) -> Term:
        return replace(self, numbers=self.of.without(self.numbers, j))


@dataclass(frozen=True)
class Scenario:
    """Natural numbers of one scenario: the plan x (n,), the row a·x ≥ D with its price and slack, x ≤ cap, the prices z of the bounds, the
    curves; units of columns, of the linear row and of money."""

    x: Array
    a: Array
    price: float
    slack: float
    cap: Array
    z: Array
    costs: tuple[Term, ...]
    limits: tuple[Term, ...]
    columns: Array
    row: float
    money: float

    @cached_property
    def c(self) -> Array:
        """The linear costs that make x best."""
        found = self.price * self.a + self.z - sum(t.slope(self.x) for t in self.costs)
        return found - sum(t.price * t.slope(self.x) for t in self.limits)

    @property
    def D(self) -> float:
        return float(self.a @ self.x) - self.slack

    def side(self, t: Term) -> float:
        return float(t.value(self.x)) + t.slack

    def terms(self, x: Array) -> Array:
        """The summands of the objective."""
        return np.array([*(self.c * x), *(t.value(x) for t in self.costs)])

    @property
    def optimum(self) -> Any:
        return self.terms(self.x.astype(np.longdouble)).sum()

    def without(self, j: int) -> Scenario:
        """The scenario without column j."""
        vectors = {name: np.delete(getattr(self, name), j) for name in ("x", "a", "cap", "z", "columns")}
        curves = {name: tuple(t.without(j) for t in getattr(self, name)) for name in ("costs", "limits")}
        return replace(self, **vectors, **curves)


@dataclass(frozen=True)
class FormulaCase:
    most: bool
    scenarios: tuple[Scenario, ...]
    flavours: tuple[str, ...]

    @property
    def first(self) -> Scenario:
        return self.scenarios[0]

    def declared(self) -> dict[str, Any]:
        """What `saddlepoint.define` is given."""
        n, S = len(self.first.x), len(self.scenarios)
        across = {"N": {"dim": "cols"}}
        variables: dict[str, Any] = {
            "x_t": {
                "type": "endogenous",
                "coordinates": ["N", "S"],
                "variables_info": {"x": {**across, "nonneg": True}},
            }
        }
        given = [_data(s) for s in self.scenarios]
        for name, value in given[0].items():
            square, single = np.ndim(value) == 2, np.size(value) == 1 and np.ndim(value) == 0
            coordinates = ["N", "M", "S"] if square else ["S"] if single else ["N", "S"]
            info = {"N": {"dim": "rows"}, "M": {"dim": "cols"}} if square else {} if single else across
            variables[f"{name}_t"] = {
                "type": "exogenous",
                "coordinates": coordinates,
                "variables_info": {name: info},
            }
        data = {f"{name}_t": np.stack([g[name] for g in given], axis=-1) for name in given[0]}
        items = [f"n{j}" for j in range(n)]
        return {
            "sets": {"N": {}, "M": {}, "S": {"split_problem": True}},
            "variables": variables,
            "problem": self._problem(),
            "items": {"N": items, "M": items, "S": [f"s{k}" for k in range(S)]},
            "data": data,
        }

    def _problem(self) -> dict[str, Any]:
        total = "c @ tran(x)" + "".join(t.of.written(f"c{k}") for k, t in enumerate(self.first.costs))
        objective = f"Maximize(-({total}))" if self.most else f"Minimize({total})"
        rows: list[Any] = [{"need": "a @ tran(x) >= D"}, {"cap": "x <= u"}]
        rows += [
            {f"limit{k}": f"{t.of.written(f'l{k}', positive=False).strip()} <= B{k}"}
            for k, t in enumerate(self.first.limits)
        ]
        return {"objective": [objective], "expressions": rows}

    def only(self, positions: list[int]) -> FormulaCase:
        return replace(self, scenarios=tuple(self.scenarios[k] for k in positions))

    def attempt(self) -> tuple[Finding, ...]:
        result = saddlepoint.define(**self.declared()).solve()
        table = result.certificates[""].columns
        x = np.asarray(result.table("x_t").values, float).reshape(len(self.first.x), -1)
        said = np.asarray(result.objective[""], float).ravel()
        return tuple(
            self._judge(k, str(table["status"][k]), x[:, k], float(said[k]))
            for k in range(len(self.scenarios))
        )

    def _judge(self, k: int, status: str, x: Array, said: float) -> Finding:
        if status in ("infeasible", "unbounded"):
            return Finding("wrong", f"{status}, proven, but there is an optimum")
        if status != "optimal":
            return Finding("withheld", status)
        s = self.scenarios[k]
        faults = _faults(s, (x / s.columns).astype(np.longdouble), (-said if self.most else said) / s.money)
        return Finding("wrong", faults[0]) if faults else Finding("right")

    def smaller(self) -> Iterator[FormulaCase]:
        """Fewer scenarios; plain units; fewer curves; fewer columns."""
        if len(self.scenarios) > 1:
            yield from (self.only([k]) for k in range(len(self.scenarios)))
        for name in ("row", "money"):
            if any(getattr(s, name) != 1 for s in self.scenarios):
                yield self._mapped([replace(s, **{name: 1.0}) for s in self.scenarios])
        for name in ("costs", "limits"):
            for k in range(len(getattr(self.first, name))):
                yield self._mapped([_less(s, name, k) for s in self.scenarios])
        for j in range(len(self.first.x)):
            if any(s.columns[j] != 1 for s in self.scenarios):
                yield self._mapped([_unit(s, j) for s in self.scenarios])
        if len(self.first.x) > 1:
            for j in range(len(self.first.x)):
                yield self._mapped([s.without(j) for s in self.scenarios])

    def _mapped(self, scenarios: Sequence[Scenario]) -> FormulaCase:
        return replace(self, scenarios=tuple(scenarios))

    def script(self) -> str:
        shown = "run.objective, run.certificates[''].columns['status'], run.table('x_t').values"
        sign = -1 if self.most else 1
        known = (
            f"scenario {k}: objective {float(sign * s.optimum * s.money)!r}, plan {(s.x * s.columns).tolist()}"
            for k, s in enumerate(self.scenarios)
        )
        return script_of(self.declared(), "", shown, known)


def _data(s: Scenario) -> dict[str, Any]:
    """The numbers in the units of the model."""
    C = s.columns
    data: dict[str, Any] = {"c": s.money * s.c / C, "a": s.row * s.a / C, "u": s.cap * C, "D": s.row * s.D}
    for letter, curves in (("c", s.costs), ("l", s.limits)):
        for k, t in enumerate(curves):
            unit = s.money if letter == "c" else t.unit
            numbers = t.of.in_units(t.numbers, C, unit)
            data |= {f"{name}{letter}{k}": value for name, value in numbers.items()}
            if not t.of.each:
                data[f"w{letter}{k}"] = np.float64(numbers["w"][0])
            if letter == "l":
                data[f"B{k}"] = t.unit * s.side(t)
    return data


def _faults(s: Scenario, x: Array, said: float) -> list[str]:
    if not np.isfinite(x.astype(float)).all():
        return ["the plan is not finite"]
    inside = np.maximum(x, 0)
    terms = np.abs(s.a * x)
    size = float(max(np.abs(x).max(), s.cap.max(), 1e-300))
    with np.errstate(invalid="ignore", divide="ignore"):
        misses = {
            "need": (s.D - s.a @ x) / max(abs(s.D), terms.max(), 1e-300),
            "cap": ((x - s.cap) / np.where(s.cap > 0, s.cap, size)).max(),
            "sign": (-x).max() / size,
        }
        for k, t in enumerate(s.limits):
            rough = abs(s.side(t)) + np.abs(t.slope(s.x) * s.x).max() + 1e-300
            misses[f"limit {k}"] = (t.value(inside) - s.side(t)) / rough
        summands = s.terms(inside)
    faults = [f"{name} is broken by {float(m):.1e}" for name, m in misses.items() if not m <= TOLERANCE]
    right = s.optimum
    room = TOLERANCE * max(abs(right), float(np.abs(s.terms(s.x)).max()))
    if not abs(summands.sum() - right) <= room:
        faults.append(f"the plan's objective is {float(summands.sum()):.9g}, the optimum {float(right):.9g}")
    elif not abs(said - right) <= room:
        faults.append(f"the objective is said to be {said:.9g}, the optimum is {float(right):.9g}")
    return faults


def formula(rng: Generator) -> FormulaCase:
    """Curved costs, a linear row and curved limits, in any units."""
    names = list(ATOMS)
    costs = [str(rng.choice(names)) for _ in range(rng.choice([0, 1, 2, 3], p=[0.1, 0.5, 0.3, 0.1]))]
    limits = [str(rng.choice(names)) for _ in range(rng.choice([0, 1, 2], p=[0.5, 0.35, 0.15]))]
    n, S = int(rng.integers(1, 5)), int(rng.choice([1, 1, 2, 4]))
    spread = str(rng.choice([s for s in SPREADS if s in _DECADES]))
    degree = max(1.0, *(abs(ATOMS[name].degree or 1.0) for name in (*costs, *limits)), 1.0)
    one = rng.random() < 0.5
    shared = _units(rng, spread, n, degree)
    scenarios = tuple(
        _scenario(rng, costs, limits, spread, shared if one else _units(rng, spread, n, degree))
        for _ in range(S)
    )
    flavours = (spread, " + ".join(costs) or "linear", f"limits {', '.join(limits) or 'none'}")
    return FormulaCase(bool(rng.random() < 0.3), scenarios, flavours)


def _units(rng: Generator, spread: str, n: int, degree: float) -> tuple[Array, float, float]:
    """Columns (a power of them stays within the spread), linear row, money."""
    reach = _DECADES[spread]
    columns = 10.0 ** rng.uniform(-reach / degree, reach / degree, n)
    if rng.random() < 0.4:
        columns[:] = columns[0]
    row, money = 10.0 ** rng.uniform(-reach, reach, 2)
    return columns, float(row), float(money)


def _scenario(
    rng: Generator, costs: list[str], limits: list[str], spread: str, units: tuple[Array, float, float]
) -> Scenario:
    n = len(units[0])
    x, cap, z = _plan(rng, n, [ATOMS[name] for name in (*costs, *limits)])
    reach = _DECADES[spread]
    bent = tuple(Term(name, ATOMS[name].draw(rng, n)) for name in costs)
    rows = []
    for name in limits:
        t = Term(name, ATOMS[name].draw(rng, n), unit=float(10.0 ** rng.uniform(-reach, reach)))
        size = max(abs(float(t.value(x))), float(t.numbers["w"].max()))
        acts = rng.random() < 0.7
        price = 10.0 ** rng.uniform(-1, 0.5) / t.numbers["w"].max()
        rows.append(replace(t, price=float(price) if acts else 0.0, slack=0.0 if acts else 0.5 * size))
    a, acts = rng.uniform(0.2, 2.0, n), rng.random() < 0.6
    price, slack = (float(rng.uniform(0.2, 3)), 0.0) if acts else (0.0, float(rng.uniform(0.2, 1)))
    return Scenario(x, a, price, slack, cap, z, bent, tuple(rows), *units)


def _plan(rng: Generator, n: int, atoms: Sequence[Atom]) -> tuple[Array, Array, Array]:
    """x, its caps and the prices of its bounds: inside, small, at zero, pinned to zero, at the cap; the first column is never zero."""
    kinds = ["inside"] * 4 + ["cap"] * 3 + ["small"] * 2
    kinds += ["zero"] * 2 if all(atom.finite for atom in atoms) else []
    kinds += ["pinned"] if all(atom.at_zero for atom in atoms) else []
    least = -8.0 if all(atom.at_zero for atom in atoms) else -3.0
    x, z = rng.uniform(0.2, 3.0, n), np.zeros(n)
    cap = x + rng.uniform(0.5, 3, n)
    for j in range(n):
        kind = str(rng.choice(kinds if j else kinds[:9]))
        if kind == "small":
            x[j] = 10.0 ** rng.uniform(least, -1)
        elif kind == "cap":
            cap[j], z[j] = x[j], -rng.uniform(0.1, 2)
        elif kind == "zero":
            x[j], z[j] = 0.0, rng.uniform(0.1, 2)
        elif kind == "pinned":
            x[j] = cap[j] = 0.0
    return x, cap, z


def _unit(s: Scenario, j: int) -> Scenario:
    columns = s.columns.copy()
    columns[j] = 1.0
    return replace(s, columns=columns)


def _less(s: Scenario, name: str, k: int) -> Scenario:
    curves = getattr(s, name)
    return replace(s, **{name: (*curves[:k], *curves[k + 1 :])})
