"""The left and the right price of the user's relations where the price is one of several, from the faces of optimal multipliers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram, bound_values
from saddlepoint.compile.program import Layer, Program
from saddlepoint.records import dataclass
from saddlepoint.solve.route.prices.settle_prices import Settled

if TYPE_CHECKING:
    from saddlepoint.solve.route.prices.dual_face import Face


def one_sided_prices(
    bound: BoundProgram, settled: Settled, price: Array, sense: float
) -> tuple[Array, Array]:
    """What prices are as right-hand sides fall and grow, (S, user's rows) each; NaN where one price is the only one."""
    program, stated = bound.program, price.shape[1]
    low, high = (np.full(price.shape, np.nan) for _ in range(2))
    solver = np.flatnonzero(program.row_of[:stated] >= 0)
    for face, where in _same_faces(settled.faces):
        low[np.ix_(where, solver)] = face.row_low[program.row_of[solver]]
        high[np.ix_(where, solver)] = face.row_high[program.row_of[solver]]
    if not program.structure.is_integer and program.products is None:
        _ends_of_bounds(bound, settled, ~np.isnan(price), low, high)
    return (low, high) if sense > 0 else (0.0 - low, 0.0 - high)


def unsought_notes(settled: Settled, conic: bool) -> Mapping[int, str]:
    """How many prices may be one of several whose ends were not sought, and what seeks them."""
    text = "prices may be one of several; their left and right ends were not sought"
    why = (
        "that is done for linear and quadratic problems"
        if conic
        else "that takes longer than the solve: give `price_ends=True` to seek them all"
    )
    some = {s: face.unsought for s, face in settled.faces.items() if face.unsought}
    return {s: f"{count} {text} ({why})" for s, count in sorted({**settled.unexamined, **some}.items())}


def _same_faces(faces: Mapping[int, Face]) -> list[tuple[Face, Index]]:
    """Each face, but for its least prices, with the scenarios it is that of."""
    found: dict[int, tuple[Face, list[int]]] = {}
    for s, face in faces.items():
        found.setdefault(id(face.row_low), (face, []))[1].append(s)
    return [(face, np.array(where)) for face, where in found.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of the columns' bounds. layers: the relations that state it, tight: of each layer which of them hold the column, (1 | S, its
    columns); count: (1 | S, n) how many relations and declared limits do."""

    upper: bool
    layers: tuple[Layer, ...]
    tight: list[Mask]
    count: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Multipliers of the columns' bounds: the least and the largest, (S, n), and whether they are known to be these, (1 | S, n).

    fixed: (1 | S, n) columns whose bounds meet.
    """

    least: Array
    most: Array
    sought: Mask
    fixed: Mask

    @property
    def several(self) -> Mask:
        """(1 | S, n) whether a multiplier is one of several."""
        if self.least is self.most:
            return np.zeros((1, self.least.shape[1]), np.bool_)
        return self.least != self.most


def _ends_of_bounds(bound: BoundProgram, settled: Settled, priced: Mask, low: Array, high: Array) -> None:
    """Ends of the prices of relations that bound one column, from those of the column's multiplier and what else bounds it there.

    priced: (S, stated rows) those that have a price. Not told where ends of the column's multiplier were not sought and count.
    """
    program, batch = bound.program, bound.batch
    if not (program.lower or program.upper):
        return
    columns = _columns(settled, batch.lb == batch.ub, program.structure.is_conic)
    sides = (
        _side(bound, program.lower, batch.lb, program.lb, upper=False),
        _side(bound, program.upper, batch.ub, program.ub, upper=True),
    )
    several = columns.several
    if not (several.any() or columns.fixed.any() or any((side.count > 1).any() for side in sides)):
        return
    for side, across in (sides, sides[::-1]):
        for layer, tight in zip(side.layers, side.tight, strict=True):
            rows, cols = _places(layer, program)
            open_ = tight & ((side.count[:, cols] > 1) | columns.fixed[:, cols] | several[:, cols])
            s, k = np.nonzero(open_ & (rows < low.shape[1]))
            seen = priced[s, rows[k]]
            s, r, c = s[seen], rows[k[seen]], cols[k[seen]]
            ends = _loosened(program, columns, side, across, s, r, c)
            doubt = ~_at(columns.sought, s, c) & (np.isfinite(ends) & (ends != 0.0)).any(axis=0)
            told = (ends[0] < ends[1]) & ~doubt
            low[s[told], r[told]], high[s[told], r[told]] = ends[0, told], ends[1, told]


def _loosened(
    program: Program, columns: _Columns, side: _Side, across: _Side, s: Index, r: Index, c: Index
) -> Array:
    """(2, k) the ends of the prices of rows r, which bound the columns c in the scenarios s: as the side falls, as it grows.

    Where one of several is loosened the others still hold; where the other side stands at the same value there is no plan
    beyond. An equality is both sides at once.
    """
    least, most = _at(columns.least, s, c), _at(columns.most, s, c)
    inward, outward = (least, most) if side.upper else (most, least)
    beyond = -np.inf if side.upper else np.inf
    again, closed = _at(side.count, s, c) > 1, _at(columns.fixed, s, c)
    equal = program.has_lower[r] & program.has_upper[r]
    opposite = _at(across.count, s, c) > np.where(equal, 1, 0)
    own = np.minimum if side.upper else np.maximum
    eased = np.where(again, 0.0, own(outward, 0.0))
    pressed = np.where(closed, beyond, own(inward, 0.0))
    ends = (
        np.stack(
            [
                np.where(equal, np.where(again, -beyond, outward), eased),
                np.where(equal, np.where(opposite, beyond, inward), pressed),
            ]
        )
        / program.scale[r]
    )
    return np.sort(ends, axis=0)


def _places(layer: Layer, program: Program) -> tuple[Index, Index]:
    """The rows and the columns of a layer, by number."""
    return np.arange(len(program.row_of))[layer.rows], np.arange(program.structure.n)[layer.cols]


def _side(
    bound: BoundProgram, layers: tuple[Layer, ...], tightest: Array, implicit: Array, *, upper: bool
) -> _Side:
    program = bound.program
    count = (np.isfinite(implicit) & (implicit == tightest)).astype(np.int16)
    tight: list[Mask] = []
    for layer in layers:
        at = bound_values(layer, program, bound.rhs) == tightest[:, layer.cols]
        tight.append(at if bound.absent is None else at & ~bound.absent[:, layer.rows])
        if len(count) < len(tight[-1]):
            count = np.repeat(count, len(tight[-1]), axis=0)
        count[:, layer.cols] += tight[-1]
    return _Side(upper=upper, layers=layers, tight=tight, count=count)


def _columns(settled: Settled, fixed: Mask, conic: bool) -> _Columns:
    z, faces = settled.solution.z, settled.faces
    sought = ~fixed if conic else np.ones((1, z.shape[1]), np.bool_)
    if not faces and not settled.unexamined:
        return _Columns(least=z, most=z, sought=sought, fixed=fixed)
    sought = np.array(np.broadcast_to(sought, z.shape))
    least, most = z.copy(), z.copy()
    for face, where in _same_faces(faces):
        known = np.flatnonzero(~np.isnan(face.bound_low) & ~np.isnan(face.bound_high))
        least[np.ix_(where, known)] = face.bound_low[known]
        most[np.ix_(where, known)] = face.bound_high[known]
        if face.unsought:
            sought[where] = False
            sought[np.ix_(where, known)] = True
    sought[list(settled.unexamined)] = False
    return _Columns(least=least, most=most, sought=sought, fixed=fixed)


def _at(array: Any, rows: Index, columns: Index) -> Any:
    """Entries of an array (1 | S, n)."""
    return array[np.minimum(rows, array.shape[0] - 1), columns]
