"""Plans held against the user's own formulas: what the compiled program says of them is not taken on its word."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.curved import MOVES, differences, violations, worth
from saddlepoint.compile.program import Curved, RowBlock
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.infeasibility import column_block, place, row_block
from saddlepoint.solve.proof.residuals import residuals


@dataclass(frozen=True, slots=True)
class Formulas:
    """The formulas of a bound problem. Affine ones are the compiled rows themselves; the curved ones are evaluated."""

    bound: BoundProgram

    def violation(self, x: Array, where: Index) -> Array:
        """The largest violation of a curved constraint, relative to its largest summand, of plans x (k, n) of the
        scenarios `where` (k,): (k,)."""
        worst = np.zeros(len(x))
        for block, off in self._curved(x, where):
            del block
            worst = np.maximum(worst, off.max(axis=1, initial=0.0))
        return worst

    def objective(self, x: Array, where: Index) -> Array | None:
        """The objective, to be minimised, as it was written, (k,); None where the compiled one is that."""
        program = self.bound.program
        if not program.goals:
            return None
        return worth(program.goals, program.columns, self._data(where), x)

    def edge(self, x: Array, y: Array, z: Array, where: Index, cost: Array) -> Array:
        """How far the compiled objectives `cost` (k,) are from those written, relative to these, where plans x (k, n) with prices
        y (k, m), z (k, n) stand at the edge of a formula's domain: (k,); 0 elsewhere.

        Infinity where the objective is infinite at the plan. Where it has no value there, points a rounding error further
        inside are asked; where a constraint has none, what its slack there is worth at its price.
        """
        off = np.zeros(len(x))
        if self.bound.program.goals:
            told = self.objective(x, where)
            asked = np.arange(len(x)) if told is None else np.flatnonzero(~np.isfinite(told))
            for k in asked.tolist():
                off[k] = self._distance(x[[k]], where[[k]], float(cost[k]))
        for one in self.bound.program.curved:
            gap = differences(one, self.bound.program.columns, self._data(where), x)
            for k in np.flatnonzero(~np.isfinite(gap).all(axis=1)).tolist():
                off[k] = max(off[k], self._unpaid(one, x[[k]], (y[k], z[k]), where[[k]], float(cost[k])))
        return off

    def _unpaid(self, one: Curved, x: Array, prices: tuple[Array, Array], where: Index, cost: float) -> float:
        """What the slacks of a constraint beside the edge are worth, relative to the objective, for one plan (1, n)."""
        program, data = self.bound.program, self._data(where)
        gaps = np.array(
            [differences(one, program.columns, data, x, inward)[0] for inward in range(len(MOVES))]
        )
        at_edge = ~np.isfinite(differences(one, program.columns, data, x)[0]) & np.isfinite(gaps).any(axis=0)
        price = self._price(slice(one.start, one.start + gaps.shape[1]), *prices)
        worst = 0.0
        for k in np.flatnonzero(at_edge & (price != 0)).tolist():
            worst = max(worst, _apart(price[k] * gaps[np.isfinite(gaps[:, k]), k], 0.0, abs(cost)))
        return worst

    def _price(self, rows: slice, y: Array, z: Array) -> Array:
        """The multipliers of some of the user's rows, of rows of the program or of bounds of its columns."""
        program = self.bound.program
        row, column = program.row_of[rows], program.col_of[rows]
        price = z[column] / program.scale[rows]
        price[row >= 0] = y[row[row >= 0]]
        return np.nan_to_num(price)

    def place_at_edge(self, x: Array, y: Array, z: Array, where: Index, cost: Array, tolerance: float) -> str:
        """What `edge` finds of one plan (1, n), in words; "" where it is within the tolerance."""
        off = float(self.edge(x, y, z, where, cost)[0])
        if off <= tolerance:
            return ""
        if np.isinf(off):
            return "the objective as it was written has no finite value at the plan, which stands at the edge of its domain"
        return f"the formulas as they were written differ by {off:.1e} of the objective from the compiled ones at the edge of their domain, where the plan stands"

    def _distance(self, x: Array, where: Index, cost: float) -> float:
        """`edge` of one plan (1, n)."""
        told = self.objective(x, where)
        if told is not None and not np.isnan(told[0]):
            return 0.0 if np.isfinite(told[0]) else np.inf
        program, data = self.bound.program, self._data(where)
        near = [worth(program.goals, program.columns, data, x, inward) for inward in range(len(MOVES))]
        values = np.array([np.nan if one is None else one[0] for one in near])
        values = values[np.isfinite(values)]
        if not len(values):
            return np.inf
        return _apart(values, cost, max(abs(float(values[0])), abs(cost)))

    def place(self, x: Array, scenario: int) -> str:
        """Which constraint a plan x (n,) breaks most, where and by how much, in words; "" where none is broken."""
        where = np.array([scenario])
        found = [(float(off.max(initial=0.0)), block, off[0]) for block, off in self._curved(x[None], where)]
        found += self._affine(x, where)
        worst = max(found, key=lambda one: one[0], default=None)
        if worst is None or not worst[0] > 0.0:
            return ""
        size, block, off = worst
        at = [
            axis.items[k] for axis, k in zip(block.domain.axes, _cell(block, int(off.argmax())), strict=True)
        ]
        where_it_is = f" ({', '.join(at)})" if at else ""
        return f"{block.name}{where_it_is} is broken by {size:.1e} of its largest term"

    def name(self, kind: str, position: int) -> str:
        """What the user calls a row or column of the batch; "" for those that the compiler added."""
        program = self.bound.program
        if kind == "column":
            column = column_block(program, position)
            return "" if column is None else place(column[0].table, column[0].domain.coordinates(column[1]))
        if kind != "row":
            return ""
        found = np.flatnonzero(program.row_of == position)
        block = row_block(program, int(found[0])) if len(found) else None
        if block is None:
            return ""
        return place(block.name, block.domain.coordinates(int(block.cells[int(found[0]) - block.start])))

    def _curved(self, x: Array, where: Index) -> list[tuple[RowBlock, Array]]:
        program, data = self.bound.program, self._data(where)
        named = {block.start: block for block in program.rows}
        out: list[tuple[RowBlock, Array]] = []
        for one in program.curved:
            off = violations(one, program.columns, data, x)
            if self.bound.absent is not None:
                absent = self.bound.absent if len(self.bound.absent) == 1 else self.bound.absent[where]
                off = np.where(absent[:, one.start : one.start + off.shape[1]], 0.0, off)
            out.append((named[one.start], off))
        return out

    def _affine(self, x: Array, where: Index) -> list[tuple[float, RowBlock, Array]]:
        program, batch = self.bound.program, self.bound.batch.take(where)
        none = np.zeros((1, batch.structure.m)), np.zeros((1, batch.structure.n))
        rows = residuals(batch, x[None], *none, np.zeros((1, batch.structure.F.shape[0]))).rows[0]
        off = (
            np.where(program.row_of >= 0, rows[program.row_of], 0.0)
            if len(rows)
            else np.zeros(len(program.row_of))
        )
        parts = [(block, off[block.start : block.start + block.size]) for block in program.rows]
        return [(float(part.max(initial=0.0)), block, part) for block, part in parts]

    def _data(self, where: Index) -> Array:
        return self.bound.data if len(self.bound.data) == 1 else self.bound.data[where]


def _apart(values: Array, target: float, size: float) -> float:
    """|first value − target| / size; 0 where the values, from the edge inwards, have a limit there that the target is as near to."""
    steps = np.abs(np.diff(values))
    steps = steps[steps > 0]
    has_limit = bool((steps[:-1] <= 0.5 * steps[1:]).all())
    apart = float(np.abs(values[0] - target))
    if has_limit and apart <= float(np.ptp(values)):
        return 0.0
    return apart / size if size else (np.inf if apart else 0.0)


def _cell(block: RowBlock, row: int) -> tuple[int, ...]:
    flat = row if block.places is None else int(block.places[row])
    return tuple(int(k) for k in np.unravel_index(flat, tuple(len(axis.items) for axis in block.domain.axes)))
