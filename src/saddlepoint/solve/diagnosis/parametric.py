"""The optimum of a linear or quadratic problem whose costs and sides move along a line, piece by piece.

While the same rows and bounds hold, plan and prices are affine in the parameter and the objective quadratic (Berkelaar, Roos & Terlaky 1997).
A piece is known from one point inside. Bounds and signs are kept at both ends and plan and prices certified beside them, which proves all
between: every condition is affine there, or a product that stays zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.optimal_partition import AffineLaw, laws
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve

NOTHING = 1e-8
"""Beside the whole interval: gaps that are closed, and pieces that are none."""
BEYOND = 1e-5
"""Beside a gap: how far past the last piece is looked whether there still is a plan."""
INSIDE = 0.381966
"""Where a gap is looked into: at no number that people write."""
CHECKED = (0.0618, 0.9382)
"""Where in a piece plan and prices are certified; that they keep bounds and signs at its ends is part of what finds these."""
TOLERANCE = 1e-7
MOST_PIECES = 2_000
MOST_SPLITS = 10
"""How often a gap is halved in which no piece can be proven."""


@dataclass(frozen=True, slots=True)
class MovingBatch:
    """One scenario whose q, l, u, lb and ub move affinely from `first` (at 0) to `last` (at 1); A, P are those of `first`. r: its numbers at 0,
    one half and 1, quadratic between."""

    first: Batch
    last: Batch
    r: tuple[float, float, float]

    def at(self, s: float) -> Batch:
        """The scenario at one place of the line."""
        moved = {name: self.between(name, s)[None] for name in ("q", "l", "u", "lb", "ub")}
        return replace(self.first, r=np.full((1, 1), self.constant(s)), **moved)

    def between(self, name: str, s: float) -> Array:
        """The numbers of an array at one place, infinite ones as they are."""
        start, end = getattr(self.first, name)[0], getattr(self.last, name)[0]
        with np.errstate(invalid="ignore"):
            return np.where(start == end, start, (1 - s) * start + s * end)

    def rate(self, name: str) -> Array:
        """How far the numbers of an array move from one end to the other; 0 where they are infinite."""
        start, end = getattr(self.first, name)[0], getattr(self.last, name)[0]
        with np.errstate(invalid="ignore"):
            return np.where(start == end, 0.0, end - start)

    def constant(self, s: float) -> float:
        """The constant of the objective."""
        start, middle, end = self.r
        return start + s * (4 * middle - 3 * start - end) + 2 * s * s * (start + end - 2 * middle)

    def constant_slope(self, s: float) -> float:
        """How fast it grows there."""
        start, middle, end = self.r
        return 4 * middle - 3 * start - end + 4 * s * (start + end - 2 * middle)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametricPiece:
    """From low to high (in [0, 1]) plan and prices are affine. x: (2, n), y: (2, m), z: (2, n) at the ends; objective, slope: (2,), of the
    minimisation there."""

    low: float
    high: float
    x: Array
    y: Array
    z: Array
    objective: Array
    slope: Array


@dataclass(frozen=True, slots=True)
class ParametricOptimum:
    """The pieces from left to right; complete: whether they leave nothing out between the first and the last, and beyond these there
    is no optimum."""

    pieces: tuple[ParametricPiece, ...]
    complete: bool


def parametric(moving: MovingBatch, seeds: Sequence[float], options: Options) -> ParametricOptimum:
    """The optimum over the whole line; seeds: places to look at first, until there is an answer at one.

    Only linear and convex quadratic problems; each solve is certified as everywhere.
    """
    trace = _Trace(moving, options)
    start = next((s for s in seeds if trace.known(s) is not None), None)
    if start is None:
        return ParametricOptimum((), True)
    trace.fill(start)
    return ParametricOptimum(tuple(_joined(moving, trace.laws)), trace.complete)


class _Trace:
    """The laws found so far, none over another; what is not covered yet is looked into."""

    def __init__(self, moving: MovingBatch, options: Options) -> None:
        self.moving = moving
        self.options = options
        self.laws: list[AffineLaw] = []
        self.complete = True
        self._solved: dict[float, Solution | None] = {}

    def known(self, s: float) -> Solution | None:
        """The certified answer at a place, None where there is none or sides have to give way for one; kept."""
        if s not in self._solved:
            found = solve(self.moving.at(s), self.options, gives=False)
            self._solved[s] = found if found.answered[0] else None
        return self._solved[s]

    def fill(self, start: float) -> None:
        """Cover the line from one place with an answer."""
        found = self._prove(start, 0.0, 1.0)
        low, high = (start, start) if found is None else (found.low, found.high)
        self._outwards(low, 0.0)
        self._outwards(high, 1.0)
        self.laws.sort(key=lambda law: law.low)
        edges = [(a.high, b.low) for a, b in zip(self.laws, self.laws[1:], strict=False)]
        for a, b in edges:
            self._between(a, b, 0)
        self.laws.sort(key=lambda law: law.low)

    def _outwards(self, edge: float, end: float) -> None:
        """From the last piece to an end of the line, as far as there are answers."""
        tries = 0
        while abs(end - edge) > NOTHING and len(self.laws) < MOST_PIECES:
            near = edge + BEYOND * (end - edge)
            if self.known(near) is None:
                return
            found = self._prove(near, *sorted((edge, end)))
            if found is None:
                found = self._further(edge, end)
            if found is None or tries > MOST_SPLITS:
                self.complete = False
                return
            reached = found.high if end > edge else found.low
            tries = tries + 1 if abs(reached - edge) <= NOTHING else 0
            edge = reached
        self.complete &= abs(end - edge) <= NOTHING or len(self.laws) < MOST_PIECES

    def _further(self, edge: float, end: float) -> AffineLaw | None:
        """A piece somewhere on the way to the end, looked for ever nearer."""
        place = end
        for _ in range(MOST_SPLITS):
            place = edge + INSIDE * (place - edge)
            found = None if self.known(place) is None else self._prove(place, *sorted((edge, end)))
            if found is not None:
                return found
        return None

    def _between(self, a: float, b: float, depth: int) -> None:
        """Cover what lies between two pieces."""
        if b - a <= NOTHING:
            return
        if depth > MOST_SPLITS or len(self.laws) >= MOST_PIECES:
            self.complete = False
            return
        s = a + INSIDE * (b - a)
        found = None if self.known(s) is None else self._prove(s, a, b)
        if found is None:
            self._between(a, s, depth + 1)
            self._between(s, b, depth + 1)
        else:
            self._between(a, found.low, 0)
            self._between(found.high, b, 0)

    def _prove(self, s: float, a: float, b: float) -> AffineLaw | None:
        """The certified law around a place, cut to a gap; kept."""
        answer = self.known(s)
        if answer is None:
            return None
        for law in laws(self.moving.first, self.moving.last, s, answer, self.options):
            cut = law.within(max(a, law.low), min(b, law.high))
            if cut.high - cut.low > NOTHING and self._holds(cut):
                self.laws.append(cut)
                return cut
        return None

    def _holds(self, law: AffineLaw) -> bool:
        """Whether plan and prices are certified beside both ends (at them, costs or sides may all be zero)."""
        inner = (law.low + part * (law.high - law.low) for part in CHECKED)
        return all(_certified(self.moving.at(s), law, s) for s in inner)


def _certified(batch: Batch, law: AffineLaw, s: float) -> bool:
    x, y, z = law.at(s)
    status, none = np.array([Status.OPTIMAL], np.int8), np.zeros((1, 0))
    return bool(check_claims(batch, x[None], y[None], z[None], none, status, tolerance=TOLERANCE).verified[0])


def _joined(moving: MovingBatch, found: Sequence[AffineLaw]) -> list[ParametricPiece]:
    """The pieces of laws that lie side by side: those that are one are made one, and what rounding leaves between two is given to the second."""
    parts: list[AffineLaw] = []
    for law in found:
        touches = bool(parts) and law.low - parts[-1].high <= NOTHING * 10
        one = _as_one(moving, parts[-1], law) if touches else None
        if one is not None:
            parts[-1] = one
        else:
            parts.append(law.within(parts[-1].high, law.high) if touches else law)
    return [_piece(moving, law, law.low, law.high) for law in parts]


def _as_one(moving: MovingBatch, first: AffineLaw, second: AffineLaw) -> AffineLaw | None:
    """The law between the outer ends of two, if it is optimal inside: then it is all along, as slacks and prices are ≥ 0 at both ends
    and their products vanish inside."""
    low, high = first.low, second.high
    ends = list(zip(first.at(low), second.at(high), strict=True))
    step = tuple((b - a) / (high - low) for a, b in ends)
    start = tuple(a - low * d for (a, _), d in zip(ends, step, strict=True))
    law = AffineLaw(low, high, (start[0], start[1], start[2]), (step[0], step[1], step[2]))
    inside = (first.high, (low + high) / 2)
    return law if all(_certified(moving.at(s), law, s) for s in inside) else None


def _piece(moving: MovingBatch, law: AffineLaw, low: float, high: float) -> ParametricPiece:
    ends = [law.at(s) for s in (low, high)]
    x, y, z = (np.stack(part) for part in zip(*ends, strict=True))
    objective = np.array([_value(moving.at(s), law.at(s)[0]) for s in (low, high)])
    slope = np.array([_slope(moving, s, *law.at(s)) for s in (low, high)])
    return ParametricPiece(low=low, high=high, x=x, y=y, z=z, objective=objective, slope=slope)


def _value(batch: Batch, x: Array) -> float:
    from saddlepoint.solve.proof.residuals import plan_cost

    return float(plan_cost(batch, x[None])[0])


def _slope(moving: MovingBatch, s: float, x: Array, y: Array, z: Array) -> float:
    """The derivative of the minimum: costs times plan, sides times prices (the envelope theorem)."""
    out = moving.constant_slope(s) + float(moving.rate("q") @ x)
    for price, low, high in ((y, "l", "u"), (z, "lb", "ub")):
        acts: tuple[tuple[str, Callable[[Array, float], Array]], ...] = (
            (low, np.maximum),
            (high, np.minimum),
        )
        for name, part in acts:
            out += float(moving.rate(name) @ part(price, 0.0))
    return out
