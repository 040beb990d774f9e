"""The pieces of one scenario's curve: by tangents where it is piecewise linear, by active sets where it is piecewise quadratic."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.least_change import Levers, least_change
from saddlepoint.solve.diagnosis.moving_program import Movement, Unfolded, all_multipliers, unfolded_problem
from saddlepoint.solve.diagnosis.parametric import INSIDE, MOST_PIECES, ParametricPiece, parametric
from saddlepoint.solve.label import row_multipliers
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.bends import NEAR, Point, bending_points, bends
from saddlepoint.study.diagnosis.case import Parametrised
from saddlepoint.study.diagnosis.direction import DataPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """The minimum along a path: at, least: (p,); slope, slope_end: (p − 1,); plan: (p − 1, 2, n), prices: (p − 1, 2, R), multipliers of the
    minimisation at both ends of each piece, empty where nobody asked."""

    at: Array
    least: Array
    slope: Array
    slope_end: Array
    complete: bool
    plan: Array
    prices: Array


def _nothing(case: Parametrised) -> Traced:
    none, s = np.zeros(0), case.program
    return Traced(
        at=none,
        least=none,
        slope=none,
        slope_end=none,
        complete=True,
        plan=np.zeros((0, 2, s.structure.n)),
        prices=np.zeros((0, 2, len(s.row_of))),
    )


@dataclass(frozen=True, slots=True)
class _Tracing:
    """One scenario of a case along a path."""

    case: Parametrised
    k: int
    path: DataPath
    moved: Movement

    def bound(self, t: float) -> BoundProgram:
        return self.case.changed(self.path.at(np.array([t])), self.k)

    def solved(self, t: float) -> tuple[BoundProgram, Solution] | None:
        bound = self.bound(t)
        answer = solve(bound.batch, Options())
        return (bound, answer) if answer.answered[0] else None

    def seen(self, t: float) -> Point | None:
        """Minimum and slope at a place; None where there is no plan."""
        found = self.solved(t)
        if found is None:
            return None
        bound, answer = found
        prices = row_multipliers(bound, answer)[0][0] if self.moved.sides.any() else np.zeros(0)
        slope = float(prices @ self.moved.sides if len(prices) else answer.x[0] @ self.moved.costs)
        return t, float(answer.objective[0]), slope + self.moved.constant

    def nearest(self, t: float) -> float | None:
        """The nearest place at which there is a plan."""
        from scipy.sparse import csr_array

        free = np.full(1, np.inf)
        rows = self.case.program.structure.F.shape[0]
        levers = Levers(
            rhs=csr_array(self.moved.sides[:, None]),
            g=csr_array((rows, 1)),
            cost=np.ones(1),
            low=-free,
            high=free,
        )
        found = least_change(self.bound(t), levers)
        return None if found is None else t + float(found.by[0])


def straight_pieces(
    case: Parametrised, k: int, path: DataPath, asked: tuple[float, float], moved: Movement, whole: bool
) -> Traced:
    """Of a linear problem in which sides alone, or costs alone, move. whole: with plans and prices."""
    way = _Tracing(case, k, path, moved)
    ends = [way.seen(t) or _at_edge(way, t) for t in asked]
    start, end = ends
    if start is None or end is None or start[0] > end[0] or not _overlaps(start[0], end[0], asked):
        return _nothing(case)
    points = bending_points(start, end, way.seen) if start[0] < end[0] else [start]
    at = _tidy(np.array([p[0] for p in points]), asked[1] - asked[0])
    least = np.array([p[1] for p in points])
    kept = bends(_slopes(at, least))
    at, least = at[kept], least[kept]
    slope = _slopes(at, least)
    none = _nothing(case)
    plan, prices = _along(way, at) if whole else (none.plan, none.prices)
    complete = len(points) < MOST_PIECES
    return Traced(
        at=at, least=least, slope=slope, slope_end=slope, complete=complete, plan=plan, prices=prices
    )


def _slopes(at: Array, least: Array) -> Array:
    return np.diff(least) / np.where(np.diff(at) > 0, np.diff(at), 1.0)


def _at_edge(way: _Tracing, t: float) -> Point | None:
    place = way.nearest(t)
    return None if place is None else way.seen(place)


def _overlaps(first: float, last: float, asked: tuple[float, float]) -> bool:
    """Whether the numbers with a plan reach into the interval asked for."""
    room = NEAR * max(1.0, abs(asked[0]), abs(asked[1]))
    return first <= asked[1] + room and last >= asked[0] - room


def _along(way: _Tracing, at: Array) -> tuple[Array, Array]:
    """Plans and multipliers at the ends of linear pieces. Where sides move, prices inside a piece hold on all of it, and a
    mixture of the plans at its ends is optimal between; where costs move, it is the other way round."""
    middle = [_point(way, t) for t in (at[:-1] + at[1:]) / 2]
    corners = [_point(way, t) for t in at]
    inner = [
        np.stack([np.stack([m[k], m[k]]) for m in middle] or [np.zeros((2, len(corners[0][k])))])
        for k in (0, 1)
    ]
    outer = [
        np.stack(
            [np.stack([a[k], b[k]]) for a, b in itertools.pairwise(corners)]
            or [np.stack([corners[0][k]] * 2)]
        )
        for k in (0, 1)
    ]
    if way.moved.costs.any():
        return inner[0], outer[1]
    return outer[0], inner[1]


def _point(way: _Tracing, t: float) -> tuple[Array, Array]:
    found = way.solved(float(t))
    if found is None:
        n, rows = way.case.program.structure.n, len(way.case.program.row_of)
        return np.full(n, np.nan), np.full(rows, np.nan)
    bound, answer = found
    return answer.x[0], row_multipliers(bound, answer)[0][0]


def curved_pieces(
    case: Parametrised, k: int, path: DataPath, asked: tuple[float, float], moved: Movement, whole: bool
) -> Traced:
    """Of a linear or quadratic problem, from active sets; whole: with plans and prices."""
    way = _Tracing(case, k, path, moved)
    low, high = asked
    first, middle, last = (way.bound(t) for t in (low, (low + high) / 2, high))
    unfold = unfolded_problem(first, middle, last)
    width = high - low
    found = parametric(unfold.moving, _seeds(way, asked), Options())
    pieces = _unbroken(found.pieces)
    if not pieces:
        return _nothing(case)
    ends = np.array([pieces[0].low, *(p.high for p in pieces)])
    least = np.array([pieces[0].objective[0], *(p.objective[1] for p in pieces)])
    slopes = np.stack([p.slope for p in pieces]) / width
    none = _nothing(case)
    plan, prices = _of_pieces(way, unfold, pieces, asked) if whole else (none.plan, none.prices)
    return Traced(
        at=_tidy(low + width * ends, width),
        least=least,
        slope=slopes[:, 0],
        slope_end=slopes[:, 1],
        complete=found.complete and len(pieces) == len(found.pieces),
        plan=plan,
        prices=prices,
    )


def _tidy(at: Array, width: float) -> Array:
    """Numbers that rounding has left beside zero are zero."""
    return np.where(np.abs(at) < 1e-12 * width, 0.0, at)


def _seeds(way: _Tracing, asked: tuple[float, float]) -> Sequence[float]:
    """Places (in [0, 1]) where there may be a plan: the middle, the data as they are, the ends, the edge of what is feasible."""
    low, high = asked
    tried = [INSIDE, (way.path.now - low) / (high - low), 0.0, 1.0, 0.1, 0.9]
    inside = [s for s in tried if 0.0 <= s <= 1.0]
    if way.moved.sides.any():
        edges = [way.nearest(t) for t in asked]
        inner = [(t - low) / (high - low) for t in edges if t is not None]
        if len(inner) == 2 and inner[0] < inner[1]:
            inside.insert(0, inner[0] + INSIDE * (inner[1] - inner[0]))
        inside += inner
    return [s for s in inside if 0.0 <= s <= 1.0]


def _unbroken(pieces: Sequence[ParametricPiece]) -> Sequence[ParametricPiece]:
    """The longest run of pieces without a gap."""
    runs: list[list[ParametricPiece]] = []
    for piece in pieces:
        if runs and piece.low == runs[-1][-1].high:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return max(runs, key=lambda run: run[-1].high - run[0].low, default=[])


def _of_pieces(
    way: _Tracing, unfold: Unfolded, pieces: Sequence[ParametricPiece], asked: tuple[float, float]
) -> tuple[Array, Array]:
    low, high = asked
    plan = np.stack([p.x for p in pieces])
    prices = np.zeros((len(pieces), 2, len(way.case.program.row_of)))
    for j, piece in enumerate(pieces):
        for e, s in enumerate((piece.low, piece.high)):
            bound = way.bound(low + s * (high - low))
            prices[j, e] = all_multipliers(bound, unfold, piece.x[e], piece.y[e], piece.z[e])[0]
    return plan, prices
