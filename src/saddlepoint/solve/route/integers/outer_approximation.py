"""Mixed-integer problems with curvature: linear masters from tangents, continuous problems with the integers fixed."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import Any

import numpy as np

from saddlepoint.algebra.products import symmetric_times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.arrays import Array, Index, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.answers import in_turn
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.certificate import INTEGER_GAP, fix_integers, measure, plan_cost, replace_bounds
from saddlepoint.solve.proof.integer_bound import curved_unit, gap_floor, relative_gap
from saddlepoint.solve.route.integers.solve_integers import (
    holds_no_plan,
    lower_bound,
    search,
    within_implied_bounds,
)
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status

STEP = 0.999
"""Part of the step between costs that a bound may be off by and still be rounded up."""
MASTERS = 200
"""Master problems at most."""
SECONDS = 60.0
"""Seconds for one scenario where no limit is given."""
CLOSE = 5e-7
"""Relative gap at which no further tangent is sought."""
PROVEN = 9e-7
"""Relative gap within which the bound of the last master is proven."""
BELOW = 1e-9
"""How far, relative, a tangent must cut to be kept."""
TIGHT = {"tol_feas": 1e-10, "tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "max_iter": 500}


def solve_outer(batch: Batch, options: Options) -> Solution:
    """Solve mixed-integer quadratic and conic scenarios by outer approximation.

    Duran and Grossmann 1986; tangents of cones from dual vectors: Coey, Lubin and Vielma 2020. A master's bound is
    believed as that of any integer linear problem is. settings: `masters`, the most linear masters.
    """
    return in_turn(batch, lambda: _OuterSession(batch, options), options.stop)


def check_curved(batch: Batch, answers: Solution, options: Options) -> Solution:
    """Another solver's integer answers with curvature, OPTIMAL only where outer approximation comes to the same cost."""
    began = time.perf_counter()
    for s in np.flatnonzero(answers.status == Status.OPTIMAL):
        one = batch.take(np.array([s]))
        left = None if options.time_limit is None else options.time_limit - (time.perf_counter() - began)
        mine = solve_outer(one, replace(options, settings={}, time_limit=left))
        cost, bound = float(plan_cost(one, answers.x[s : s + 1])[0]), float(mine.bound[0])
        near = (
            relative_gap(np.array([cost]), np.array([bound]), gap_floor(one, answers.x[s : s + 1]))[0]
            <= INTEGER_GAP
        )
        if near:
            by = BoundBy(int(mine.bound_by[0]))
            answers.bound[s] = bound
            answers.bound_by[s] = by if by is BoundBy.OWN else BoundBy.SECOND_SOLVER
        else:
            answers.status[s], answers.bound_by[s] = Status.FEASIBLE, BoundBy.SOLVER
    return answers


def settings_of_outer() -> frozenset[str]:
    """Names of the settings."""
    return frozenset({"masters"})


class _OuterSession:
    """One loop of masters and continuous problems per scenario."""

    def __init__(self, batch: Batch, options: Options) -> None:
        self._batch, self._options = batch, options

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        _OuterLoop(batch=self._batch.take(np.array([s])), options=self._options).run(s, out)


@dataclass(slots=True, kw_only=True)
class _OuterLoop:
    """What is known of one scenario: the tangents, the best plan and its continuous answer, the bound."""

    batch: Batch
    options: Options
    tangents: _Tangents = field(init=False)
    unit: float = field(init=False)
    best: Solution | None = None
    cost: float = np.inf
    bound: float = -np.inf
    seen: set[bytes] = field(default_factory=set[bytes])
    deadline: float = 0.0

    def __post_init__(self) -> None:
        self.tangents = _Tangents(self.batch)
        self.unit = STEP * curved_unit(self.batch)
        limit = self.options.time_limit
        self.deadline = time.perf_counter() + (SECONDS if limit is None else limit)

    def run(self, s: int, out: Solution) -> None:
        """Relax, then master and continuous problem in turn until the bound meets the plan."""
        calm = replace_bounds(self.batch, self.batch.lb, self.batch.ub)
        relaxed = solve_clarabel(calm, self._continuous())
        if relaxed.status[0] in (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
            for field_ in ("status", "x", "y", "w"):
                getattr(out, field_)[s] = getattr(relaxed, field_)[0]
            out.messages[s] = relaxed.messages.get(0, "")
            return
        if np.isfinite(relaxed.x[0]).all():
            self.tangents.at(relaxed.x[0])
            self.tangents.by_duals(relaxed.w[0])
        word, by = self._search()
        self._write(s, out, word, by)

    def _search(self) -> tuple[Status, BoundBy]:
        """Masters and continuous problems in turn; OPTIMAL and whose bound it is once they meet, INFEASIBLE by OWN
        where a master is proven to have no plan."""
        for _ in range(int(self.options.settings.get("masters", MASTERS))):
            if self._late():
                break
            master = self.tangents.master()
            said, point, value = search(master, self._linear())
            if said is Status.INFEASIBLE and self.best is None and holds_no_plan(master, self._linear()):
                return said, BoundBy.OWN
            if said is not Status.OPTIMAL:
                return said, BoundBy.NONE
            self.bound = max(self.bound, value)
            if self._closed():
                proof = lower_bound(master, point, self.cost, self._linear(), PROVEN, self._room(0.9))
                if proof.plan is None:
                    self.bound = self._rounded_up(proof.bound) if proof.by.is_proof else value
                    return Status.OPTIMAL, proof.by
                point, self.bound = proof.plan, -np.inf
            if not self._explore(point):
                self.bound = value
                break
        return Status.LIMIT, BoundBy.NONE

    def _late(self) -> bool:
        stop = self.options.stop
        return time.perf_counter() >= self.deadline or (stop is not None and stop())

    def _closed(self) -> bool:
        return self.best is not None and self.cost - self.bound <= max(
            CLOSE * abs(self.cost), self._room(0.5)
        )

    def _room(self, part: float) -> float:
        """A part of the gap that is allowed where the best plan costs nothing, as a cost; of a step, where costs come in steps."""
        if self.best is None:
            return 0.0
        return part * max(INTEGER_GAP * float(gap_floor(self.batch, self.best.x)[0]), self.unit)

    def _rounded_up(self, bound: float) -> float:
        """A bound as the cost that it proves to be the least, where costs come in steps."""
        return self.cost if self.cost - bound < self.unit else bound

    def _explore(self, point: Array) -> bool:
        """Tangents at a master's plan and at the best plan with its integers; False when nothing new comes of it."""
        x = point[: self.batch.structure.n]
        whole = np.round(x[self.batch.structure.integer])
        fresh = whole.tobytes() not in self.seen
        self.seen.add(whole.tobytes())
        added = self.tangents.at(x, point)
        if fresh:
            fixed = fix_integers(self.batch, x[None])
            answer = solve_clarabel(fixed, self._continuous())
            if answer.status[0] == Status.OPTIMAL:
                answer = replace(answer, x=within_implied_bounds(fixed, answer.x[0])[None])
                added |= self._better(fixed, answer)
                self.tangents.at(answer.x[0])
            if np.isfinite(answer.w[0]).all():
                self.tangents.by_duals(answer.w[0])
            added = True
        return added

    def _better(self, fixed: Batch, answer: Solution) -> bool:
        found = measure(fixed, answer.x, answer.y, answer.z, answer.w)
        cost = float(found.objective[0] - self.batch.r[0, 0])
        if found.rel_prim[0] <= self.options.tolerance and cost < self.cost:
            self.cost, self.best = cost, answer
            return True
        return False

    def _write(self, s: int, out: Solution, word: Status, by: BoundBy) -> None:
        if word is Status.INFEASIBLE and by is BoundBy.OWN:
            out.status[s], out.bound[s], out.bound_by[s] = word, np.inf, by
            out.messages[s] = "no plan: proven by a tree of linear problems over the rows and tangents"
            return
        if self.best is None:
            out.status[s] = word if word is not Status.OPTIMAL else Status.LIMIT
            out.messages[s] = "outer approximation: " + (
                "the linear master has no plan, by the search of HiGHS"
                if word is Status.INFEASIBLE
                else "no plan was found within the limits"
            )
            return
        integer = self.batch.structure.integer
        x = self.best.x[0]
        out.x[s] = np.where(integer, np.round(x) + 0.0, x)
        out.y[s], out.z[s], out.w[s] = self.best.y[0], self.best.z[0], self.best.w[0]
        out.status[s] = Status.OPTIMAL if by.is_proof else Status.FEASIBLE
        out.bound[s] = min(self.bound, self.cost) + self.batch.r[0, 0]
        out.bound_by[s] = by if by.is_proof else BoundBy.SOLVER
        out.iterations[s] = len(self.seen)

    def _continuous(self) -> Options:
        left = max(0.1, self.deadline - time.perf_counter())
        return replace(self.options, settings=TIGHT, time_limit=left)

    def _linear(self) -> Options:
        left = max(0.1, self.deadline - time.perf_counter())
        return replace(self.options, settings={}, time_limit=left)


@dataclass(slots=True)
class _Tangents:
    """Half-spaces that hold every plan: rows over the columns x and one column t per separate part of the cost.

    t ≥ x̄ᵀPx − ½x̄ᵀPx̄ for the quadratic cost of a part at x̄; wᵀ(Fx + g) ≥ 0 for w in the dual of a cone.
    """

    batch: Batch
    part: Index = field(init=False)
    parts: int = field(init=False)
    rows: list[tuple[Index, Array, float]] = field(default_factory=list[tuple[Index, Array, float]])
    conic: Any = field(init=False)

    def __post_init__(self) -> None:
        from scipy.sparse import csc_matrix
        from scipy.sparse.csgraph import connected_components

        s, n = self.batch.structure, self.batch.structure.n
        self.part, self.parts = np.full(n, -1), 0
        if s.P.nnz:
            used = distinct(np.concatenate((s.P.indices.astype(np.int64), s.P.columns())))
            graph = csc_matrix((np.ones(s.P.nnz), s.P.indices, s.P.indptr), shape=(n, n))
            label = connected_components(graph, directed=False)[1][used]
            self.part[used] = np.unique(label, return_inverse=True)[1]
            self.parts = int(self.part.max()) + 1
        self.conic = csc_matrix((self.batch.F[0], s.F.indices, s.F.indptr), shape=s.F.shape).tocsr()
        for k, cone in enumerate(s.cones):
            for position in _nonnegative(cone):
                w = np.zeros(cone.size)
                w[position] = 1.0
                self._cone_row(k, w)

    def at(self, x: Array, point: Array | None = None) -> bool:
        """Add the tangents at x (n,) that the master's plan `point` (its t too) breaks; whether there were any."""
        before = len(self.rows)
        self._quadratic(x, point)
        s = self.batch.structure
        v = self.conic @ x + self.batch.g[0]
        for k, (cone, first) in enumerate(zip(s.cones, cones.starts(s.cones), strict=True)):
            here = v[first : first + cone.size]
            w = _separator(cone, here)
            if point is None or float(w @ here) < -BELOW * float(np.abs(w) @ np.abs(here)):
                self._cone_row(k, w)
        return len(self.rows) > before

    def by_duals(self, w: Array) -> None:
        """Add the half-spaces of dual vectors, moved into the dual cones."""
        if not np.isfinite(w).all():
            return
        s = self.batch.structure
        for k, (cone, first) in enumerate(zip(s.cones, cones.starts(s.cones), strict=True)):
            inside = _into_dual(cone, w[first : first + cone.size].copy())
            if inside is not None:
                self._cone_row(k, inside)

    def master(self) -> Batch:
        """The linear problem with all half-spaces so far; columns x, then t."""
        from scipy.sparse import coo_matrix

        b, s = self.batch, self.batch.structure
        n = s.n + self.parts
        row = [np.full(len(where), s.m + i) for i, (where, _, _) in enumerate(self.rows)]
        i = np.concatenate([s.A.indices.astype(np.int64), *row])
        j = np.concatenate([s.A.columns(), *(where for where, _, _ in self.rows)])
        values = np.concatenate([b.A[0], *(value for _, value, _ in self.rows)])
        matrix: Any = coo_matrix((values, (i, j)), shape=(s.m + len(self.rows), n)).tocsc()
        a = Pattern(
            (s.m + len(self.rows), n), matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
        )
        free = np.full((1, self.parts), np.inf)
        integer = np.concatenate((s.integer, np.zeros(self.parts, np.bool_)))
        none = np.zeros((1, 0))
        least = np.array([[side for _, _, side in self.rows]])
        return Batch(
            structure=Structure(P=Pattern.empty(n, n), A=a, F=Pattern.empty(0, n), cones=(), integer=integer),
            size=1,
            P=none,
            q=np.concatenate((b.q, np.ones((1, self.parts))), axis=1),
            r=np.zeros((1, 1)),
            A=np.asarray(matrix.data, np.float64)[None],
            l=np.concatenate((b.l, least), axis=1),
            u=np.concatenate((b.u, np.full((1, len(self.rows)), np.inf)), axis=1),
            lb=np.concatenate((b.lb, np.zeros((1, self.parts))), axis=1),
            ub=np.concatenate((b.ub, free), axis=1),
            F=none,
            g=none,
        )

    def _quadratic(self, x: Array, point: Array | None) -> None:
        if not self.parts:
            return
        b, n = self.batch, self.batch.structure.n
        px = symmetric_times(b.structure.P, b.P, x[None])[0]
        used = self.part >= 0
        value = 0.5 * np.bincount(self.part[used], (x * px)[used], self.parts)
        size = np.bincount(self.part[used], np.abs(x * px)[used], self.parts)
        for c in range(self.parts):
            if point is not None and value[c] - point[n + c] <= BELOW * size[c]:
                continue
            where = np.flatnonzero((self.part == c) & (px != 0))
            self.rows.append((np.append(where, n + c), np.append(-px[where], 1.0), -float(value[c])))

    def _cone_row(self, k: int, w: Array) -> None:
        s = self.batch.structure
        first = cones.starts(s.cones)[k]
        block = self.conic[first : first + s.cones[k].size]
        coefficients = np.asarray(block.T @ w)
        where = np.flatnonzero(coefficients)
        size = float(np.abs(coefficients).max(initial=0.0))
        if len(where) and size > 0:
            side = -float(w @ self.batch.g[0, first : first + s.cones[k].size])
            self.rows.append((where, coefficients[where] / size, side / size))


def _nonnegative(cone: Cone) -> tuple[int, ...]:
    """The rows of a cone that are never negative."""
    return {
        ConeKind.SECOND_ORDER: (0,),
        ConeKind.ROTATED: (0, 1),
        ConeKind.EXPONENTIAL: (1, 2),
        ConeKind.POWER: (0, 1),
    }[cone.kind]


def _separator(cone: Cone, v: Array) -> Array:
    """The vector of the dual cone whose half-space touches the cone next to v."""
    if cone.kind is ConeKind.SECOND_ORDER:
        size = float(np.linalg.norm(v[1:]))
        return np.concatenate(([1.0], -v[1:] / size if size > 0 else np.zeros(len(v) - 1)))
    scale = max(float(np.abs(v).max()), 1e-12)
    if cone.kind is ConeKind.ROTATED:
        p, m = np.maximum(v[:2], 1e-6 * scale)
        stretch = float(np.linalg.norm(v[2:])) / np.sqrt(2 * p * m)
        return (
            np.concatenate(([stretch * m, stretch * p], -v[2:])) if stretch > 0 else np.array([m, p, *v[2:]])
        )
    if cone.kind is ConeKind.EXPONENTIAL:
        y = max(v[1], 1e-6 * scale)
        r = float(np.clip(v[0] / y, -100.0, 100.0))
        w = np.array([-np.exp(r), -np.exp(r) * (1 - r), 1.0])
        return w / np.abs(w).max()
    x, y = max(v[0], 1e-6 * scale), max(v[1], 1e-6 * scale)
    a, ratio = cone.alpha, y / x
    return np.array([a * ratio ** (1 - a), (1 - a) * ratio**-a, -np.sign(v[2]) if v[2] else 0.0])


def _into_dual(cone: Cone, w: Array) -> Array | None:
    """The vector moved into the dual cone by its last free component; None where there is nothing to keep."""
    if not w.any():
        return None
    if cone.kind is ConeKind.SECOND_ORDER:
        w[0] = max(w[0], float(np.linalg.norm(w[1:])))
        return w
    if cone.kind is ConeKind.ROTATED:
        size = float(np.linalg.norm(w[2:]))
        if w[0] < 0 or w[1] < 0 or (size > 0 and w[0] * w[1] <= 0):
            return None
        if 2 * w[0] * w[1] < size**2:
            w[:2] *= size / np.sqrt(2 * w[0] * w[1])
        return w
    if cone.kind is ConeKind.EXPONENTIAL:
        if w[0] >= 0 or abs(w[1] / w[0]) > 100:
            return None
        w[2] = max(w[2], float(-w[0] * np.exp(w[1] / w[0] - 1)))
        return w
    if min(w[0], w[1]) <= 0:
        return None
    a = cone.alpha
    most = (w[0] / a) ** a * (w[1] / (1 - a)) ** (1 - a)
    w[2] = float(np.clip(w[2], -most, most))
    return w
