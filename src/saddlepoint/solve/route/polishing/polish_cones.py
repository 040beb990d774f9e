"""An answer with cones made exact: Newton's method on the optimality conditions of its active set.

Rows, bounds and cones are active or not as plan and prices of the interior point say; active cones hold at their smooth
boundary, or at zero on a face. The set is corrected by the signs of prices and slacks (Nocedal & Wright 2006, §16.5, §18.1).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from saddlepoint.algebra.products import dense, symmetric_times, times, transposed_times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.certificate import measure
from saddlepoint.solve.proof.effort import seconds_left
from saddlepoint.solve.route.polishing.active import Active, ConicPoint, blocks, values
from saddlepoint.solve.route.polishing.hidden_numbers import with_hidden_numbers
from saddlepoint.solve.route.polishing.smooth import RESTS, Boundary, boundary
from saddlepoint.solve.route.units.balance import Balance
from saddlepoint.solve.route.units.sizes import balance
from saddlepoint.solve.solution import Solution, Status

LARGEST = 1_500
"""Columns, active rows and active cones together beyond which the conditions are not factorised."""
REGULAR = 1e-11
STEPS = 25
LONGER = 50
"""Steps where conditions are measured by their own terms: numbers of dust go a tenth of the way each."""
ROUNDS = 8
SETTLED = 1e-11
"""In balanced units: conditions left unsatisfied beyond it are no answer."""
EXACT = 1e-15
NOISE = 1e-17
ENOUGH = 1e-7
"""Residuals beyond it are looked at again …"""
LOOKED_AT, MOST = 400, 200
"""… in problems of so many columns, rows and cones, so many scenarios at a time: a look takes seconds where it settles nothing."""
SETTLED_OWN = 1e-9
"""Conditions left unsatisfied by more of their own terms are no answer."""
SCALINGS = 8
"""Rounds in which the conditions are brought near one (Ruiz 2001)."""


def made_exact(batch: Batch, answers: Solution) -> Solution:
    """The answers in which claims of optimality are made exact where Newton's method settles, in balanced units.

    What that leaves is looked at again: in units of the data, as what is noise in an answer sets units beside which what holds is not seen; and with numbers
    that are hidden beside others where their cones say they are, each condition measured by its own terms.
    """
    claimed = np.flatnonzero(answers.status == Status.OPTIMAL)
    if not batch.structure.is_conic or not len(claimed):
        return answers
    out = _better(batch, _polished(batch, answers, balance(batch, answers.x), claimed), answers)
    s = batch.structure
    looks = (_in_units_of_data, _with_hidden_numbers) if s.n + s.m + len(s.cones) <= LOOKED_AT else ()
    for look in looks:
        left = claimed[~(_error(batch, out)[claimed] <= ENOUGH)][:MOST]
        if not len(left):
            break
        part = batch.take(left)
        out = out.put(left, _better(part, look(part, answers.take(left)), out.take(left)))
    return out


def _polished(
    batch: Batch, answers: Solution, units: Balance, where: Index, own_terms: bool = False
) -> Solution:
    """The answers with what Newton's method in these units makes of the scenarios `where`."""
    inner, out = units.apply(batch), units.enter(answers)
    for s in where.tolist():
        if seconds_left() <= 0:
            break
        point = ConicPoint(out.x[s], out.y[s], out.z[s], out.w[s])
        found = polish_cones(inner.take(np.array([s])), point, own_terms)
        if found is not None:
            out.x[s], out.y[s], out.z[s], out.w[s] = found.x, found.y, found.z, found.w
    return units.restore(out)


def _in_units_of_data(batch: Batch, answers: Solution) -> Solution:
    every = np.arange(batch.size)
    found = _polished(batch, answers, balance(batch), every)
    return _polished(batch, found, balance(batch, found.x), every)


def _with_hidden_numbers(batch: Batch, answers: Solution) -> Solution:
    x = with_hidden_numbers(batch, answers.x)
    units = balance(batch, x, faint=0.0)
    return _polished(batch, replace(answers, x=x), units, np.arange(batch.size), own_terms=True)


def _better(batch: Batch, new: Solution, old: Solution) -> Solution:
    """The new answers where their largest residual is no larger than that of the old ones."""
    worse = ~(_error(batch, new) <= _error(batch, old))[:, None]
    kept = {name: np.where(worse, getattr(old, name), getattr(new, name)) for name in "xyzw"}
    return replace(new, **kept)


def _error(batch: Batch, answers: Solution) -> Array:
    """The largest residual of each answer, (S,)."""
    found = measure(batch, answers.x, answers.y, answers.z, answers.w)
    return np.maximum.reduce([found.rel_prim, found.rel_dual, np.abs(found.gap), found.unc])


def polish_cones(batch: Batch, point: ConicPoint, own_terms: bool = False) -> ConicPoint | None:
    """One scenario's answer made exact, in units in which its numbers are near one; None where Newton does not settle.

    own_terms: conditions are measured by their own terms, however small these are. What comes is to be judged like any answer.
    """
    if not all(np.isfinite(a).all() for a in (point.x, point.y, point.z, point.w)):
        return None
    active = Active.of(batch, point)
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            conditions = _Conditions(batch, active, own_terms)
            found = _newton(conditions, point)
            if found is None:
                return None
            point, settled = found, active.corrected(batch, found)
            if settled is None:
                return point
            active = settled
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Iterate:
    """A plan and prices y, the price λ of every smooth cone with its boundary there, multipliers of rows at zero."""

    x: Array
    y: Array
    price: Array
    pinned: Array
    edges: tuple[Boundary, ...]


@dataclass(frozen=True, slots=True)
class _Residuals:
    """What the conditions lack: stationarity (all columns), active rows, smooth cones, rows at zero."""

    slope: Array
    missing: Array
    off: Array
    pinned: Array

    def largest(self, free: Index) -> float:
        parts = (self.slope[free], self.missing, self.off, self.pinned)
        return max(float(np.abs(a).max(initial=0.0)) for a in parts)


@dataclass(frozen=True)
class _Conditions:
    """The conditions of one scenario's active set; matrices dense, of the free columns and the active rows."""

    batch: Batch
    active: Active
    own_terms: bool

    @cached_property
    def free(self) -> Index:
        return np.flatnonzero(self.active.columns == 0.0)

    @cached_property
    def rows(self) -> Index:
        return np.flatnonzero(self.active.rows != 0.0)

    @cached_property
    def smooth(self) -> list[tuple[slice, Cone]]:
        return [b for b, on in zip(blocks(self.batch), self.active.smooth, strict=True) if on]

    @cached_property
    def pinned(self) -> Index:
        return np.flatnonzero(self.active.pinned)

    @cached_property
    def flat(self) -> Mask:
        """(rows of F,) the last coordinates of power cones, which have no price where they vanish on a face."""
        out = np.zeros(self.batch.structure.F.shape[0], np.bool_)
        out[[part.stop - 1 for part, cone in blocks(self.batch) if cone.kind is ConeKind.POWER]] = True
        return out

    @property
    def size(self) -> int:
        return len(self.free) + len(self.rows) + len(self.smooth) + len(self.pinned)

    @cached_property
    def target(self) -> Array:
        return np.where(self.active.rows == 1.0, self.batch.u[0], self.batch.l[0])[self.rows]

    @cached_property
    def P(self) -> Array:
        upper = dense(self.batch.structure.P, self.batch.P[0])
        return (upper + np.triu(upper, 1).T)[np.ix_(self.free, self.free)]

    @cached_property
    def A(self) -> Array:
        return dense(self.batch.structure.A, self.batch.A[0])[np.ix_(self.rows, self.free)]

    @cached_property
    def F(self) -> Array:
        return dense(self.batch.structure.F, self.batch.F[0])[:, self.free]

    @cached_property
    def met(self) -> list[Index]:
        """The free columns that stand in each smooth cone: mostly a few of many."""
        return [np.flatnonzero(self.F[part].any(axis=0)) for part, _ in self.smooth]

    def start(self, point: ConicPoint) -> _Iterate | None:
        side = np.where(self.active.columns == 1.0, self.batch.ub[0], self.batch.lb[0])
        x = np.where(self.active.columns == 0.0, point.x, side)
        y = np.where(self.active.rows == 0.0, 0.0, point.y)
        edges = self.edges(x)
        if edges is None:
            return None
        price = [point.w[p][e.place] / e.slope[e.place] for (p, _), e in zip(self.smooth, edges, strict=True)]
        pinned = np.where(self.flat[self.pinned], 0.0, point.w[self.pinned])
        return _Iterate(x=x, y=y, price=np.array(price), pinned=pinned, edges=edges)

    def edges(self, x: Array) -> tuple[Boundary, ...] | None:
        v = values(self.batch, x)
        found = [boundary(cone, v[part]) for part, cone in self.smooth]
        known = tuple(e for e in found if e is not None)
        return known if len(known) == len(found) else None

    def multipliers(self, at: _Iterate) -> Array:
        w = np.zeros(self.batch.structure.F.shape[0])
        for (part, _), edge, price in zip(self.smooth, at.edges, at.price, strict=True):
            w[part] = price * edge.slope
        w[self.pinned] = at.pinned
        return w

    def residuals(self, at: _Iterate) -> _Residuals:
        s, b = self.batch.structure, self.batch
        slope = b.q[0] + symmetric_times(s.P, b.P, at.x[None])[0]
        slope = slope - transposed_times(s.A, b.A, at.y[None])[0]
        slope = slope - transposed_times(s.F, b.F, self.multipliers(at)[None])[0]
        missing = self.target - times(s.A, b.A, at.x[None])[0][self.rows]
        off = np.array([e.value for e in at.edges])
        return _Residuals(slope, missing, off, values(b, at.x)[self.pinned])

    def size_of(self, at: _Iterate, left: _Residuals) -> float:
        """The largest residual of an iterate, or, measured by their own terms, the largest part of them."""
        if not self.own_terms:
            return left.largest(self.free)
        s, b = self.batch.structure, self.batch
        x, y, w = (np.abs(a)[None] for a in (at.x, at.y, self.multipliers(at)))
        columns = np.abs(b.q) + symmetric_times(s.P, np.abs(b.P), x)
        columns += transposed_times(s.A, np.abs(b.A), y) + transposed_times(s.F, np.abs(b.F), w)
        rows = np.abs(self.target) + times(s.A, np.abs(b.A), x)[0][self.rows]
        v = values(b, at.x)
        edges = [
            float(np.abs(e.slope * v[part]).max()) for e, (part, _) in zip(at.edges, self.smooth, strict=True)
        ]
        pinned = (times(s.F, np.abs(b.F), x) + np.abs(b.g))[0][self.pinned]
        terms = np.concatenate((columns[0][self.free], rows, edges, pinned))
        missed = np.abs(np.concatenate((left.slope[self.free], left.missing, left.off, left.pinned)))
        return float(np.max(missed / np.where(terms > 0, terms, 1.0), initial=0.0))

    def step(self, at: _Iterate, left: _Residuals) -> tuple[Array, Array] | None:
        """The Newton step of the free columns, and of the prices of rows, smooth cones and rows at zero together."""
        count = len(self.free)
        hessian = self.P.copy()
        slopes: list[Array] = []
        for (part, _), columns, edge, price in zip(self.smooth, self.met, at.edges, at.price, strict=True):
            block = self.F[part]
            slopes.append((edge.slope @ block)[None])
            block = block[:, columns]
            hessian[np.ix_(columns, columns)] -= price * (block.T @ edge.curvature @ block)
        below = np.vstack([self.A, *slopes, self.F[self.pinned]])
        matrix = np.zeros((self.size, self.size))
        matrix[:count, :count], matrix[count:, :count] = hessian, below
        matrix[:count, count:] = below.T
        unit = _near_one(matrix) if self.own_terms else np.ones(self.size)
        matrix *= unit[:, None] * unit
        matrix[np.diag_indices(self.size)] += np.where(np.arange(self.size) < count, REGULAR, -REGULAR)
        right = np.concatenate((-left.slope[self.free], left.missing, -left.off, -left.pinned))
        try:
            found = unit * np.asarray(np.linalg.solve(matrix, unit * right), np.float64)
        except np.linalg.LinAlgError:
            return None
        return (found[:count], -found[count:]) if np.isfinite(found).all() else None

    def moved(self, at: _Iterate, dx: Array, prices: Array) -> _Iterate | None:
        """The iterate after the longest part of a step that leaves no boundary's domain."""
        before, length = values(self.batch, at.x), 1.0
        a, b = len(self.rows), len(self.rows) + len(self.smooth)
        while length > 1e-4:
            x = at.x.copy()
            x[self.free] += length * dx
            edges = self.edges(x)
            if edges is not None and self._rests(values(self.batch, x), before):
                y = at.y.copy()
                y[self.rows] += length * prices[:a]
                price, pinned = at.price + length * prices[a:b], at.pinned + length * prices[b:]
                return _Iterate(x=x, y=y, price=price, pinned=pinned, edges=edges)
            length *= 0.5
        return None

    def _rests(self, v: Array, before: Array) -> bool:
        """Whether no coordinate on which a boundary rests fell below a tenth of what it was."""
        for part, cone in self.smooth:
            rests = RESTS[cone.kind]
            if cone.kind is ConeKind.ROTATED:
                rests = (0,) if before[part][0] > before[part][1] else (1,)
            if any(v[part][place] < 0.1 * before[part][place] for place in rests):
                return False
        return True


def _newton(conditions: _Conditions, start: ConicPoint) -> ConicPoint | None:
    """The point at which the conditions hold, or None."""
    if conditions.size > LARGEST:
        return None
    at = conditions.start(start)
    best, kept = np.inf, None
    for _ in range(LONGER if conditions.own_terms else STEPS):
        if at is None:
            return None
        left = conditions.residuals(at)
        size = conditions.size_of(at, left)
        if size < best:
            z = np.where(conditions.active.columns == 0.0, 0.0, left.slope)
            best, kept = size, ConicPoint(at.x, at.y, z, conditions.multipliers(at))
        if not np.isfinite(size) or best < EXACT or (size > best and best < SETTLED):
            break
        step = conditions.step(at, left)
        if step is None:
            return None
        at = conditions.moved(at, *step)
    if kept is None or not best < (SETTLED_OWN if conditions.own_terms else SETTLED):
        return None
    return kept if conditions.own_terms else _without_noise(kept)


def _near_one(matrix: Array) -> Array:
    """Powers of two that bring the largest entries of all rows of a symmetric matrix near one, on both sides."""
    size, unit = np.abs(matrix), np.ones(len(matrix))
    for _ in range(SCALINGS):
        largest = (size * unit[:, None] * unit).max(axis=1, initial=0.0)
        unit /= np.sqrt(np.where(largest > 0, largest, 1.0))
    return np.exp2(np.round(np.log2(unit)))


def _without_noise(point: ConicPoint) -> ConicPoint:
    """The point with zeros for numbers that rounding left (its units are near one)."""
    return ConicPoint(*(np.where(np.abs(a) < NOISE, 0.0, a) for a in (point.x, point.y, point.z, point.w)))
