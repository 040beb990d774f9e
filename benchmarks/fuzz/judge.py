"""What the product says of a scenario, held against the truth, in natural units and extended precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.fuzz.case import Array, Case, Scenario
from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.solution import Solution, Status

TOLERANCE = 1e-5
"""Ten times what the product promises, relative to one natural unit or the numbers of the row, the larger."""

HAIR = 2e-6
"""Part of itself by which a side may give way before there is no plan: the product's 1e-6, and as much for the plan found."""
SOLVED = 1e-9
"""Part of the terms of a row with a side of 0 by which a solver's plan may break it."""

VERDICTS = ("right", "wrong", "withheld", "unproven", "refused", "raw", "crash", "hang")


@dataclass(frozen=True)
class Finding:
    """right: certified and true (or proven infeasible or unbounded, and so it is); wrong: certified and false;
    withheld: there is an optimum, and it is not certified; unproven: infeasible or unbounded, but not proven;
    refused: an error of the product's own; raw: any other exception; crash, hang: the process ended or did not."""

    verdict: str
    reason: str = ""


def judge(case: Case, solution: Solution) -> list[Finding]:
    """One finding per scenario."""
    return [_judge(case, k, solution) for k in range(len(case.scenarios))]


def _judge(case: Case, k: int, solution: Solution) -> Finding:
    truth = case.scenarios[k].truth
    status = Status(int(solution.status[k]))
    verified = bool(solution.certificates.verified[k])
    by = str(solution.method[k])
    if truth.status == "unknown":
        return Finding("right", "unknown")
    answered = truth.status == "infeasible" and status in (Status.OPTIMAL, Status.UNBOUNDED)
    if answered and within_a_hair(case.scenarios[k], solution.x[k] if status is Status.OPTIMAL else None):
        return Finding("right", "within a hair")
    if status is Status.OPTIMAL:
        if truth.status != "optimal":
            return Finding("wrong", f"optimal, certified, by {by}, but it is {truth.status}")
        faults = faults_of(case, k, solution)
        return Finding("wrong", f"{faults[0]} ({by})") if faults else Finding("right")
    if status in (Status.INFEASIBLE, Status.UNBOUNDED) and verified:
        if status.word == truth.status:
            if status is Status.INFEASIBLE and not beyond_a_hair(case, k, solution):
                return Finding("wrong", f"infeasible, proven, by {by}, by less than a hair")
            return Finding("right")
        return Finding("wrong", f"{status.word}, proven, by {by}, but it is {truth.status}")
    said = f"{status.word} by {by}: {solution.messages.get(k, '')}"
    return Finding("withheld" if truth.status == "optimal" else "unproven", said)


def within_a_hair(s: Scenario, plan: Array | None) -> bool:
    """Whether a problem without plan has one where all sides give way by a hair of themselves: `plan` is one, or its proof is worth less.

    Rows with a side of 0 give way by nothing, but for what a rounding error of a solver is beside their terms.
    """
    d, t = s.numbers, s.truth
    if len(d.g):
        return False
    if plan is None:
        gain, size = _worth(s, t.y, t.z)
        return gain <= HAIR * size
    x = (plan / s.units.columns).astype(np.longdouble)
    terms = d.A * x
    ax, rounding = terms.sum(1), SOLVED * np.abs(terms).max(1, initial=0.0)
    return all(
        bool((miss <= np.maximum(HAIR * _finite(side), room)).all())
        for miss, side, room in (
            (d.l - ax, d.l, rounding),
            (ax - d.u, d.u, rounding),
            (d.lb - x, d.lb, 0.0),
            (x - d.ub, d.ub, 0.0),
        )
    )


def beyond_a_hair(case: Case, k: int, solution: Solution) -> bool:
    """Whether the proof given that there is no plan is worth more than a hair of its terms; of linear rows, where sides do not cross by themselves."""
    s = case.scenarios[k]
    d, y = s.numbers, np.nan_to_num(solution.y[k]) * s.units.rows
    if case.integer.any() or len(d.g) or (d.l > d.u).any() or (d.lb > d.ub).any() or not y.any():
        return True
    gain, size = _worth(s, y, -(d.A.T @ y))
    return gain > 0.5 * HAIR * size


def _worth(s: Scenario, y: Array, z: Array) -> tuple[float, float]:
    """What multipliers make of the sides, and the sum of the sizes of these terms."""
    d = s.numbers
    terms = [
        m * _finite_side(np.where(m > 0, low, high)) for m, low, high in ((y, d.l, d.u), (z, d.lb, d.ub))
    ]
    worth = np.concatenate(terms).astype(np.longdouble)
    return float(worth.sum()), float(np.abs(worth).sum())


def _finite_side(side: Array) -> Array:
    return np.where(np.isfinite(side), side, 0.0)


def faults_of(case: Case, k: int, solution: Solution) -> list[str]:
    """What is false about an answer that was certified as optimal."""
    s = case.scenarios[k]
    x = solution.x[k] / s.units.columns
    if not np.isfinite(x).all():
        return ["the plan is not finite"]
    return [
        *_plan_faults(s, x, case.cones),
        *_whole_faults(case, x),
        *_objective_faults(s, x, float(solution.objective[k])),
        *(() if case.integer.any() else _price_faults(s, x, solution, k)),
    ]


def _plan_faults(s: Scenario, x: Array, cones: tuple[Cone, ...]) -> list[str]:
    d = s.numbers
    faults = []
    terms = d.A.astype(np.longdouble) * x
    for name, value, low, high, size in (
        ("row", terms.sum(1), d.l, d.u, np.abs(terms).max(1, initial=0.0)),
        ("bound", x, d.lb, d.ub, np.zeros(len(x))),
    ):
        miss = np.maximum(np.maximum(low - value, value - high), 0)
        sides = np.maximum(_finite(low), _finite(high)) if name == "row" else np.abs(x)
        relative = miss / np.maximum(1.0, np.maximum(size, np.minimum(sides, 1e6)))
        if relative.max(initial=0.0) > TOLERANCE:
            i = int(np.argmax(relative))
            faults.append(f"{name} {i} is broken by {float(relative[i]):.1e}")
    v = (d.F.astype(np.longdouble) * x).sum(1) + d.g
    first = 0
    for k, cone in enumerate(cones):
        block = v[first : first + cone.size].astype(float)
        first += cone.size
        size = max(1.0, float(np.abs(block).max()))
        if outside(cone, block) > TOLERANCE * size:
            faults.append(f"cone {k} is left by {outside(cone, block) / size:.1e}")
    return faults


def outside(cone: Cone, v: Array) -> float:
    """How far one coordinate must move for v to be in its cone (an upper bound on the distance)."""
    if cone.kind is ConeKind.SECOND_ORDER:
        return max(0.0, float(np.linalg.norm(v[1:]) - v[0]))
    x, y, z = (float(t) for t in v)
    with np.errstate(all="ignore"):
        if cone.kind is ConeKind.EXPONENTIAL:
            face = max(abs(y), x, -z)
            if y <= 0:
                return max(0.0, face)
            up = float(y * np.exp(min(x / y, 700.0)) - z)
            left = float(x - y * np.log(z / y)) if z > 0 else np.inf
            return max(0.0, min(up, left, face))
        a, b = max(x, 0.0), max(y, 0.0)
        low = max(-x, -y, 0.0)
        inward = abs(z) - a**cone.alpha * b ** (1 - cone.alpha)
        more = [inward]
        if b > 0:
            more.append((abs(z) / b ** (1 - cone.alpha)) ** (1 / cone.alpha) - a)
        if a > 0:
            more.append((abs(z) / a**cone.alpha) ** (1 / (1 - cone.alpha)) - b)
        return max(low, min(more), 0.0)


def _whole_faults(case: Case, x: Array) -> list[str]:
    whole = x[case.integer]
    off = np.abs(whole - np.round(whole)).max(initial=0.0)
    return [f"a whole number is {off:.1e} off"] if off > TOLERANCE else []


def _objective_faults(s: Scenario, x: Array, said: float) -> list[str]:
    """A plan may miss the optimum by what the last digits of its numbers are worth: at x = 5e11 no float64 keeps x₁ + 2x₂ = 0 to 1e-6."""
    d, right = s.numbers, s.truth.objective
    exact = x.astype(np.longdouble)
    value = float(0.5 * exact @ (d.P.astype(np.longdouble) @ exact) + d.q.astype(np.longdouble) @ exact)
    last_digits = float(np.finfo(np.float64).eps * np.abs(d.q * x).sum())
    room = max(TOLERANCE * max(1.0, abs(right)), last_digits)
    if abs(value - right) > room:
        return [f"the plan's objective is {value:.9g}, the optimum {right:.9g}"]
    said_natural = said / s.units.objective
    if abs(said_natural - (right + d.r)) > room + 1e-9 * abs(d.r):
        return [f"the objective is said to be {said_natural:.9g}, the optimum is {right + d.r:.9g}"]
    return []


def _price_faults(s: Scenario, x: Array, solution: Solution, k: int) -> list[str]:
    """Stationarity in natural units: q + Px = Aᵀy + Fᵀw + z, no price on a side that is not there, none on slack."""
    d, u = s.numbers, s.units
    if not (d.q.any() or d.P.any()):
        return []
    y = np.nan_to_num(solution.y[k] * u.rows / u.objective)
    z = np.nan_to_num(solution.z[k] * u.columns / u.objective)
    w = np.nan_to_num(solution.w[k] * u.blocks / u.objective)
    rest = d.q + d.P @ x - d.A.T @ y - d.F.T @ w - z
    size = np.maximum(np.abs(d.q), np.abs(d.P * x).max(1, initial=0.0))
    size = np.maximum(size, np.abs(d.A * y[:, None]).max(0, initial=0.0))
    size = np.maximum(1.0, np.maximum(size, np.abs(d.F * w[:, None]).max(0, initial=0.0)))
    faults = []
    if (np.abs(rest) / size).max(initial=0.0) > 10 * TOLERANCE:
        j = int(np.argmax(np.abs(rest) / size))
        faults.append(f"the prices of column {j} miss by {float(abs(rest[j]) / size[j]):.1e}")
    for name, price, low, high in (("row", y, d.l, d.u), ("bound", z, d.lb, d.ub)):
        wrong = np.where(np.isinf(low), np.maximum(price, 0), 0) + np.where(
            np.isinf(high), np.maximum(-price, 0), 0
        )
        if (wrong / np.maximum(1.0, np.abs(d.q).max(initial=0.0))).max(initial=0.0) > 10 * TOLERANCE:
            faults.append(f"{name} {int(np.argmax(wrong))} has a price on a side that it has not")
    ax = d.A @ x
    slack = np.where(y > 0, ax - d.l, d.u - ax)
    with np.errstate(invalid="ignore"):
        leak = np.where(y == 0, 0.0, np.abs(y) * np.maximum(slack, 0))
    room = (
        10
        * TOLERANCE
        * max(1.0, abs(s.truth.objective), float(np.abs(np.where(y == 0, 0, y * ax)).max(initial=0.0)))
    )
    if np.nan_to_num(leak, posinf=np.inf).max(initial=0.0) > room:
        faults.append(f"row {int(np.argmax(leak))} has slack and a price")
    return faults


def _finite(side: Array) -> Array:
    return np.where(np.isfinite(side), np.abs(side), 0.0)
