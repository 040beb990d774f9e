"""Two deciders, each with a strictly convex problem that reads the other's plan: a game with one equilibrium, known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

import saddlepoint
from benchmarks.fuzz.judge import TOLERANCE, Finding
from benchmarks.fuzz.script import script_of

Array = np.ndarray


@dataclass(frozen=True)
class Side:
    """min Σ h x² + f x + g·other·x over 0 ≤ x ≤ cap, Σ x ≥ need; x: the plan in equilibrium; all natural."""

    h: Array
    f: Array
    g: Array
    cap: Array
    need: float
    x: Array
    columns: Array
    row: float
    money: float


@dataclass(frozen=True)
class CoupledCase:
    scenarios: tuple[tuple[Side, Side], ...]
    flavours: tuple[str, ...]

    def declared(self) -> dict[str, Any]:
        n, S = len(self.scenarios[0][0].x), len(self.scenarios)
        across = {"N": {"dim": "cols"}}
        variables: dict[str, Any] = {}
        data: dict[str, Array] = {}
        problem: dict[str, Any] = {}
        for k, (mine, theirs) in enumerate((("x", "y"), ("y", "x"))):
            kinds = {"first": "endogenous", "second": "exogenous"}
            if k:
                kinds = {"first": "exogenous", "second": "endogenous"}
            variables[f"{mine}_t"] = _table(kinds, mine, {**across, "nonneg": True})
            given = [_data(s[k], s[1 - k]) for s in self.scenarios]
            for name in given[0]:
                single = name == "D"
                variables[f"{name}{k}_t"] = _table(
                    "exogenous", f"{name}{k}", {} if single else across, single
                )
                data[f"{name}{k}_t"] = np.array([g[name] for g in given]).T
            cost = f"h{k} @ tran(square({mine})) + f{k} @ tran({mine}) + mult(g{k}, {theirs}) @ tran({mine})"
            problem["second" if k else "first"] = {
                "objective": [f"Minimize({cost})"],
                "expressions": [
                    {f"cap{k}": f"{mine} <= u{k}"},
                    {f"need{k}": f"sum(mult(e{k}, {mine})) >= D{k}"},
                ],
            }
        items = {"N": [f"n{j}" for j in range(n)], "S": [f"s{j}" for j in range(S)]}
        sets = {"N": {}, "S": {"split_problem": True}}
        return {"sets": sets, "variables": variables, "problem": problem, "items": items, "data": data}

    def only(self, positions: list[int]) -> CoupledCase:
        return replace(self, scenarios=tuple(self.scenarios[k] for k in positions))

    def attempt(self) -> tuple[Finding, ...]:
        result = saddlepoint.define(**self.declared()).solve(limit=300)
        n = len(self.scenarios[0][0].x)
        plans = [np.asarray(result.table(f"{k}_t").values, float).reshape(n, -1) for k in ("x", "y")]
        words = [result.certificates[k].columns["status"] for k in ("first", "second")]
        return tuple(self._judge(k, [str(w[k]) for w in words], plans) for k in range(len(self.scenarios)))

    def _judge(self, k: int, words: list[str], plans: list[Array]) -> Finding:
        if not all(w in ("fixed_point", "optimal") for w in words):
            return Finding("withheld", " and ".join(sorted(set(words))))
        for side, plan in zip(self.scenarios[k], plans, strict=True):
            off = np.abs(plan[:, k] / side.columns - side.x).max()
            if not off <= 10 * TOLERANCE * max(1.0, float(np.abs(side.x).max())):
                return Finding("wrong", f"the equilibrium is missed by {off:.1e}")
        return Finding("right")

    def smaller(self) -> Iterator[CoupledCase]:
        """Fewer scenarios, plain units."""
        if len(self.scenarios) > 1:
            yield from (self.only([k]) for k in range(len(self.scenarios)))
        for name in ("columns", "row", "money"):
            if any(np.any(getattr(side, name) != 1) for s in self.scenarios for side in s):
                plain = [
                    tuple(replace(d, **{name: getattr(d, name) * 0 + 1.0}) for d in s) for s in self.scenarios
                ]
                yield replace(self, scenarios=tuple((a, b) for a, b in plain))

    def script(self) -> str:
        shown = "run.certificates['first'].columns, run.table('x_t').values, run.table('y_t').values"
        known = (
            f"scenario {k}: x {(a.x * a.columns).tolist()}, y {(b.x * b.columns).tolist()}"
            for k, (a, b) in enumerate(self.scenarios)
        )
        return script_of(self.declared(), "limit=300", shown, known)


def _table(kind: object, name: str, info: dict[str, Any], single: bool = False) -> dict[str, Any]:
    return {"type": kind, "coordinates": ["S"] if single else ["N", "S"], "variables_info": {name: info}}


def _data(mine: Side, other: Side) -> dict[str, Any]:
    C, O = mine.columns, mine.money
    return {
        "h": O * mine.h / C**2,
        "f": O * mine.f / C,
        "g": O * mine.g / C / other.columns,
        "u": mine.cap * C,
        "e": mine.row / C,
        "D": mine.row * mine.need,
    }


def coupled(rng: Generator) -> CoupledCase:
    """A game of two with a strongly monotone gradient: one equilibrium, which best responses reach."""
    n, S = int(rng.integers(1, 4)), int(rng.choice([1, 1, 2, 4]))
    spread = str(rng.choice(["plain", "mild", "both"]))
    scenarios = tuple(_pair(rng, n, {"plain": 0.0, "mild": 3.0, "both": 5.0}[spread]) for _ in range(S))
    return CoupledCase(scenarios, (spread,))


def _pair(rng: Generator, n: int, reach: float) -> tuple[Side, Side]:
    x, y = (np.where(rng.random(n) < 0.2, 0.0, rng.uniform(0.2, 3, n)) for _ in range(2))
    return _side(rng, x, y, reach), _side(rng, y, x, reach)


def _side(rng: Generator, x: Array, other: Array, reach: float) -> Side:
    n = len(x)
    h, g = rng.uniform(0.5, 2, n), rng.uniform(-0.5, 0.5, n)
    capped, needed = (rng.random(n) < 0.2) & (x > 0), rng.random() < 0.5
    price = float(rng.uniform(0.2, 2)) if needed else 0.0
    push = np.where(x == 0, rng.uniform(0, 2, n), np.where(capped, -rng.uniform(0, 2, n), 0.0))
    f = price + push - 2 * h * x - g * other
    cap = np.where(capped, x, x + rng.uniform(0.5, 2, n))
    need = float(x.sum()) - (0.0 if needed else 0.5)
    columns = (
        10.0 ** rng.uniform(-reach, reach, n)
        if rng.random() < 0.5
        else np.full(n, 10.0 ** rng.uniform(-reach, reach))
    )
    row, money = 10.0 ** rng.uniform(-reach, reach, 2)
    return Side(h, f, g, cap, need, x, columns, float(row), float(money))
