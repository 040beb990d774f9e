"""Plans held against the user's own formulas: what the compiled program says of them is not taken on its word."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.curved import violations, worth
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
