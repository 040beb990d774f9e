"""Prices where they are not unique: the multiplier of least norm, and how far each may range."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.route.prices.dual_face import LARGEST, Face, dual_face
from saddlepoint.solve.route.prices.movable_prices import face_marks, movable_rows
from saddlepoint.solve.solution import Options, Solution

AT = 1e-9
"""A side is active where the value is as near to it, relative to the terms it is made of."""
AT_MOST, PRICED = 1e-6, 1e-3
"""So far from its side may an active row of an answer without a basis be; a row is known to be active by a price of as large a part of the largest."""
MOST_FACES = 1_000
"""So many faces are examined unless all ends are asked for; one whose ends take linear programs, or of a large matrix, counts DEAR times."""
DEAR = 10
STEPS, LEAST_STEPS = 200_000, 2_000
"""Steps of the simplex method that the ends of prices of all scenarios together, and of each, may take beside as many as the solve took, or
rows and columns. Only prices that are bound together otherwise than in pairs need any."""
FEW = 20
"""Up to so many scenarios of a small problem are examined whatever it takes."""
SAME = 1e-9
"""Two multipliers of bounds are the same within this part of the largest."""


@dataclass(frozen=True, slots=True)
class Settled:
    """solution: with multipliers of least norm; faces: scenario → its face, where there is more than one point; unexamined: scenario → how
    many of its prices may be one of several and were not examined."""

    solution: Solution
    faces: Mapping[int, Face]
    unexamined: Mapping[int, int]


def settle_prices(batch: Batch, solution: Solution, asked: Mask, options: Options | None = None) -> Settled:
    """The answers with multipliers of least norm where active rows depend on each other, and the faces of optimal
    multipliers of the scenarios in which there are several. asked: (n,) the bounds whose ends are wanted.

    Scenarios of equal active sides, costs and matrix have one face, which is sought once. Integers have no such face; with
    cones only the least norm is sought, for their multipliers belong to the face too. options: `price_ends` takes away the limits of
    effort, `time_limit` is that of solve and ends together.
    """
    s = batch.structure
    answered = np.flatnonzero(solution.answered)
    if s.is_integer or s.m == 0 or not len(answered):
        return Settled(solution, {}, {})
    part, own = batch.take(answered), solution.take(answered)
    vertex = own.basic.any(axis=1, keepdims=True)
    rows = _active_rows(part, own.x, np.where(vertex, 0.0, own.y))
    seen = _ActiveSides(part, own, rows, _active_bounds(part, own.x, np.where(vertex, 0.0, own.z)))
    movable = seen.movable()
    if not movable.any():
        return Settled(solution, {}, {})
    return _settled(seen, movable, solution, answered, asked, options or Options())


@dataclass(frozen=True, slots=True)
class _ActiveSides:
    """Answered scenarios of a batch and which sides are active there, (S, m) and (S, n)."""

    batch: Batch
    solution: Solution
    rows: Array
    bounds: Array

    def movable(self) -> Index:
        """(S,) how many prices may be one of several."""
        n, m = self.batch.structure.n, self.batch.structure.m
        active = (self.rows != 0.0).sum(axis=1) + (self.bounds != 0.0).sum(axis=1)
        vertex = self.solution.basic.sum(axis=1) == m
        doubtful = np.flatnonzero(~vertex | (active > n))
        out = np.zeros(len(active), np.int64)
        out[doubtful] = movable_rows(self.batch.take(doubtful), self.rows[doubtful], self.bounds[doubtful])
        return out

    def face(self, k: int, asked: Mask, steps: int | None) -> Face | None:
        basic, one = self.solution.basic[k], self.batch.take(np.array([k]))
        prices = self.solution.y[k], self.solution.z[k]
        known = basic if basic.any() else None
        return dual_face(one, *prices, self.rows[k], self.bounds[k], asked, steps, known)

    def alike(self, k: int, other: int) -> bool:
        """Whether two scenarios have the same multipliers of bounds, so that those of rows of least norm are the same too."""
        z = self.solution.z
        return bool((np.abs(z[k] - z[other]) <= SAME * np.abs(z[k]).max(initial=0.0)).all())


def _settled(
    seen: _ActiveSides, movable: Index, solution: Solution, answered: Index, asked: Mask, options: Options
) -> Settled:
    s, y, faces = seen.batch.structure, solution.y, dict[int, Face]()
    waiting = np.flatnonzero(movable)
    unexamined = {int(answered[k]): int(movable[k]) for k in waiting.tolist()}
    for k, face in _examined(seen, waiting, asked, options):
        scenario = int(answered[k])
        unexamined.pop(scenario)
        if face is None:
            continue
        if (face.least != solution.y[scenario]).any():
            y = y.copy() if y is solution.y else y
            y[scenario] = face.least
        if not s.is_conic:
            faces[scenario] = face
        elif face.unsought:
            unexamined[scenario] = face.unsought
    found = solution if y is solution.y else replace(solution, y=y)
    return Settled(found, faces, unexamined)


def _examined(
    seen: _ActiveSides, waiting: Index, asked: Mask, options: Options
) -> Iterator[tuple[int, Face | None]]:
    """The faces of scenarios, as long as effort and time last; of equal scenarios the first is examined."""
    s, taken = seen.batch.structure, seen.solution.iterations
    marks = face_marks(
        seen.batch.take(waiting), seen.solution.x[waiting], seen.rows[waiting], seen.bounds[waiting]
    )
    free = options.price_ends or (len(seen.rows) <= FEW and max(s.m, s.n) <= LARGEST)
    most = max(LEAST_STEPS, STEPS // max(1, min(len(waiting), MOST_FACES // DEAR)))
    spent, until = 0, _until(seen.solution, options)
    known = dict[int, list[tuple[int, Face | None]]]()
    for k, mark in zip(waiting.tolist(), marks.tolist(), strict=True):
        same = next((pair for pair in known.get(mark, ()) if seen.alike(pair[0], k)), None)
        if same is not None:
            yield k, _for_scenario(same[1], seen, same[0], k)
        elif (free or spent < MOST_FACES) and time.perf_counter() <= until:
            steps = None if options.price_ends else most + max(int(taken[k]), s.m + s.n)
            face = seen.face(k, asked, steps)
            spent += _effort(face)
            known.setdefault(mark, []).append((k, face))
            yield k, face


def _effort(face: Face | None) -> int:
    return DEAR if face is not None and (face.sparse or face.solves) else 1


def _for_scenario(face: Face | None, seen: _ActiveSides, first: int, k: int) -> Face | None:
    """The face of a scenario with the multipliers of bounds of another; its own prices stay where the other's did."""
    if face is None or (face.least != seen.solution.y[first]).any():
        return face
    return replace(face, least=seen.solution.y[k])


def _until(solution: Solution, options: Options) -> float:
    """When the time of all scenarios together is over, on the clock of perf_counter."""
    if options.time_limit is None:
        return np.inf
    return time.perf_counter() + float(np.maximum(options.time_limit - solution.seconds, 0.0).sum())


def _active_rows(batch: Batch, x: Array, price: Array | None = None) -> Array:
    """−1 lower, +1 upper, 2 both, 0 none: (S, m); price: (S, m), from which it is told how near to its side an active row is."""
    s = batch.structure
    value = times(s.A, batch.A, x)
    size = times(s.A, np.abs(batch.A), np.abs(x))
    return _sides(value, batch.l, batch.u, size, price)


def _active_bounds(batch: Batch, x: Array, price: Array | None = None) -> Array:
    size = np.abs(x)
    size = np.maximum(size, 1e-3 * size.max(axis=1, keepdims=True, initial=0.0))
    return _sides(x, batch.lb, batch.ub, size, price)


def _sides(value: Array, low: Array, high: Array, size: Array, price: Array | None) -> Array:
    near = AT if price is None else _nearness(value, low, high, size, price)
    lower, upper = value - low <= near * size, high - value <= near * size
    return np.where(lower & upper, 2.0, np.where(lower, -1.0, np.where(upper, 1.0, 0.0)))


def _nearness(value: Array, low: Array, high: Array, size: Array, price: Array) -> Array:
    """(S, 1) how near active sides are, as those that have a price show, up to AT_MOST."""
    worth = np.abs(price) * size
    priced = (worth > PRICED * worth.max(axis=1, keepdims=True, initial=0.0)) & (size > 0)
    room = np.abs(value - np.where(price > 0, low, high))
    part = np.where(priced & np.isfinite(room), room, 0.0) / np.where(size > 0, size, 1.0)
    part = np.where(part <= AT_MOST, part, 0.0).max(axis=1, keepdims=True, initial=0.0)
    return np.clip(3.0 * part, AT, AT_MOST)
