"""Plans held against the user's own formulas: what the compiled program says of them is not taken on its word."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.curved import MOVES, violations, worth
from saddlepoint.compile.program import RowBlock
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

    def edge(self, x: Array, where: Index, cost: Array) -> Array:
        """How far the compiled objectives `cost` (k,) are from those written, relative to these, where plans x (k, n) stand
        at the edge of the formula's domain: (k,); 0 elsewhere.

        Infinity where the formula is infinite at the plan. Where it has no value there, points a rounding error further inside are asked.
        """
        off = np.zeros(len(x))
        if not self.bound.program.goals:
            return off
        told = self.objective(x, where)
        asked = np.arange(len(x)) if told is None else np.flatnonzero(~np.isfinite(told))
        for k in asked.tolist():
            off[k] = self._distance(x[[k]], where[[k]], float(cost[k]))
        return off

    def place_at_edge(self, x: Array, where: Index, cost: Array, tolerance: float) -> str:
        """What `edge` finds of one plan (1, n), in words; "" where it is within the tolerance."""
        off = float(self.edge(x, where, cost)[0])
        if off <= tolerance:
            return ""
        if np.isinf(off):
            return "the objective as it was written has no finite value at the plan, which stands at the edge of its domain"
        return f"the objective as it was written differs by {off:.1e} from the compiled one beside the edge of its domain, where the plan stands"

    def _distance(self, x: Array, where: Index, cost: float) -> float:
        """`edge` of one plan (1, n)."""
        told = self.objective(x, where)
        if told is not None and not np.isnan(told[0]):
            return 0.0 if np.isfinite(told[0]) else np.inf
        program, data = self.bound.program, self._data(where)
        near = [worth(program.goals, program.columns, data, x, inward) for inward in range(len(MOVES))]
        values = np.array([np.nan if one is None else one[0] for one in near])
        if not np.isfinite(values).all():
            return np.inf
        steps = np.abs(np.diff(values))
        steps = steps[steps > 0]
        finite_there = bool((steps[:-1] <= 0.5 * steps[1:]).all())
        apart = float(np.abs(values[0] - cost))
        if finite_there and apart <= float(np.ptp(values)):
            return 0.0
        size = max(abs(float(values[0])), abs(cost))
        return apart / size if size else 0.0

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


def _cell(block: RowBlock, row: int) -> tuple[int, ...]:
    flat = row if block.places is None else int(block.places[row])
    return tuple(int(k) for k in np.unravel_index(flat, tuple(len(axis.items) for axis in block.domain.axes)))
