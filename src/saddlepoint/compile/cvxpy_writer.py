"""A problem written for CVXPY: expressions of tables and data.

Every varying data-only part becomes a cvxpy Parameter. The left minus the right side of a relation is a column of its
own with one bounding row, so prices mean what they mean on the native route.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np

from saddlepoint.arrays import Index, Objects
from saddlepoint.compile.assemble import listed
from saddlepoint.compile.convexity import sign_lookup
from saddlepoint.compile.form import Tables
from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import CompileError, ExpressionError
from saddlepoint.expr.curvature import judged
from saddlepoint.expr.facts import Facts, Sign
from saddlepoint.expr.node import Nature, Node, Operator, OperatorOptions, Relation
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.records import dataclass

_CVXPY_FIX = "Check the options of the operator, and the data that it reads."


@dataclass(slots=True, kw_only=True)
class CvxpyWriter:
    """A cvxpy problem while it is written: variables per table, parameters with their slots, constraints."""

    cp: Any
    tables: Tables
    data: Mapping[int, Datum]
    variables: dict[str, Any] = field(default_factory=dict)
    slots: dict[int, Index] = field(default_factory=dict)
    grids: dict[int, Objects] = field(default_factory=dict)
    constraints: list[Any] = field(default_factory=list)
    whole: list[Any] = field(default_factory=list)

    def grid(self, node: Node) -> Objects:
        """The node's expressions, shape: lengths of its repeats."""
        known = self.grids.get(id(node))
        if known is None:
            known = self.grids[id(node)] = self._grid(node)
        return known

    def _grid(self, node: Node) -> Objects:
        if not node.facts.decision and id(node) in self.data:
            return self._data(node)
        if node.variable is not None:
            return self._variable(node)
        record = node.the_operator
        if record.whole is not None:
            return record.whole(self.cp, self.grid(node.args[0]))
        if record.cvxpy is None and record.states is None:
            raise CompileError.of(
                "C103",
                f"{record.name} has neither a graph form nor a CVXPY form",
                node.mark,
                fix="Give its record one of the two.",
            )
        frame = node.frame
        parts = [_aligned(g, a.facts, frame) for g, a in zip(self._parts(node), node.args, strict=True)]
        wide = [np.broadcast_to(p, frame.shape[:-2]) for p in parts]
        if record.reduces:
            wide = [_listed(w, int(node.options[0] or 0)) for w in wide]
        lead = node.facts.shape[:-2]
        out = np.empty(lead, dtype=object)
        for item in np.ndindex(*lead):
            try:
                made = self._made(record, tuple(w[item] for w in wide), node.options)
            except ValueProblem as problem:
                raise ExpressionError.of(problem.code, problem.message, node.mark, fix=problem.fix) from None
            except (ArithmeticError, ValueError, TypeError) as error:
                message = f"CVXPY cannot make {record.name} of these arguments"
                raise ExpressionError.of(
                    "E301", message, node.mark, why=f"CVXPY says: {error}", fix=_CVXPY_FIX
                ) from error
            out[item] = self._shaped(made, node.facts)
        return out

    def _made(self, record: Operator, args: tuple[Any, ...], options: OperatorOptions) -> Any:
        """What a record makes of cvxpy expressions; the constraints that it states are kept."""
        if record.states is None:
            assert record.cvxpy is not None
            return record.cvxpy(self.cp, args, options)
        made, constraints, whole = record.states(self.cp, args, options)
        self.constraints += constraints
        self.whole += whole
        return made

    def _parts(self, node: Node) -> list[Objects]:
        """The arguments; in a product with varying data, a decision that data multiply already gets its own column."""
        grids = [self.grid(a) for a in node.args]
        if (node.the_operator.nature is not Nature.BILINEAR and node.the_operator.hidden is None) or not any(
            self._parametric(g) for g, a in zip(grids, node.args, strict=True) if not a.facts.decision
        ):
            return grids
        return [
            self._steady(a, g) if a.facts.decision and self._parametric(g) else g
            for g, a in zip(grids, node.args, strict=True)
        ]

    def _parametric(self, grid: Objects) -> bool:
        expressions: list[Any] = grid.reshape(-1).tolist()
        return any(bool(e.parameters()) for e in expressions)

    def _steady(self, node: Node, grid: Objects) -> Objects:
        """New columns equal to the expressions (at least, or at most, where these are curved)."""
        known = judged(node, sign_lookup(self.data))
        out = np.empty(grid.shape, dtype=object)
        for item in np.ndindex(*grid.shape):
            y = self._new(grid[item].shape, known.sign is Sign.NONNEG)
            out[item] = y
            wanted: Any = grid[item]
            if wanted.is_affine():
                self.constraints.append(y == wanted)
            else:
                self.constraints.append(y >= wanted if wanted.is_convex() else y <= wanted)
        return out

    def _new(self, shape: tuple[int, ...], nonneg: bool) -> Any:
        """A cvxpy variable; nonneg only tells CVXPY the sign and adds no row, for our columns have their bounds."""
        if not nonneg:
            return self.cp.Variable(shape)

        class Nonnegative(self.cp.Variable):
            def is_nonneg(self) -> bool:
                return True

        return Nonnegative(shape)

    def _table(self, key: str) -> tuple[Any, Index]:
        """The columns in use of a table as one vector, and where each of its columns stands there."""
        first, size = self.tables.start[key], self.tables.size[key]
        used = self.tables.used[first : first + size]
        if key not in self.variables:
            positive = bool(self.tables.nonneg[first : first + size][used].all())
            self.variables[key] = self._new((int(used.sum()),), positive)
        return self.variables[key], np.cumsum(used) - 1

    def _variable(self, node: Node) -> Objects:
        key, shape = node.the_variable.table, node.the_variable.facts.shape
        flat, position = self._table(key)
        cells, columns = self.tables.seen(node.the_variable)
        held = position[listed(columns) - self.tables.start[key]]
        place = np.full(shape, flat.size)
        place.reshape(-1)[slice(None) if cells is None else cells] = held
        if len(held) < place.size:
            flat = self.cp.hstack([flat, np.zeros(1)])
        out = np.empty(place.shape[:-2], dtype=object)
        for item in np.ndindex(*out.shape):
            cells = place[item]
            out[item] = self.cp.reshape(flat[cells.reshape(-1, order="F")], cells.shape, order="F")
        return out

    def _data(self, node: Node) -> Objects:
        datum = self.data[id(node)]
        shape = node.facts.shape
        numbers = np.zeros(shape)
        if datum.lifted is None:
            np.add.at(numbers.reshape(-1), datum.terms.row, datum.terms.coef)
        place = np.arange(numbers.size).reshape(shape)
        out = np.empty(shape[:-2], dtype=object)
        for item in np.ndindex(*out.shape):
            if datum.lifted is None:
                out[item] = self.cp.Constant(numbers[item])
            else:
                out[item] = self._parameter(datum, place[item])
        return out

    def _parameter(self, datum: Datum, cells: Index) -> Any:
        assert datum.lifted is not None
        possible = datum.lifted.possible[cells]
        signs = {"nonneg": datum.sign in (Sign.NONNEG, Sign.ZERO), "nonpos": datum.sign is Sign.NONPOS}
        made = self.cp.Parameter(cells.shape, **signs)
        slots = np.where(possible, datum.lifted.first + cells, -2)
        self.slots[made.id] = slots.reshape(-1, order="F")
        return made

    def _shaped(self, made: Any, facts: Facts) -> Any:
        shape = facts.shape[-2:]
        made = self.cp.Constant(made) if not isinstance(made, self.cp.Expression) else made
        if made.shape == shape:
            return made
        if made.size == 1 and math.prod(shape) > 1:
            return made * np.ones(shape)
        return self.cp.reshape(made, shape, order="F")

    def difference(self, relation: Relation) -> Any:
        """A flat variable for left − right of every row, in the order of the relation's rows; an empty array where it has none."""
        facts = relation.facts
        if 0 in facts.shape:  # older CVXPY has no variables without entries
            return np.zeros(0)
        left = np.broadcast_to(
            _aligned(self.grid(relation.left), relation.left.facts, facts), facts.shape[:-2]
        )
        right = np.broadcast_to(
            _aligned(self.grid(relation.right), relation.right.facts, facts), facts.shape[:-2]
        )
        flat = self.cp.Variable((math.prod(facts.shape),))
        place = np.arange(math.prod(facts.shape)).reshape(facts.shape)
        for item in np.ndindex(*facts.shape[:-2]):
            cells = place[item]
            ours = self.cp.reshape(flat[cells.reshape(-1, order="F")], cells.shape, order="F")
            theirs = left[item] - right[item]
            if relation.symbol == "==" or theirs.is_affine():
                self.constraints.append(ours == theirs)
            else:
                self.constraints.append(ours >= theirs if relation.symbol == "<=" else ours <= theirs)
        return flat


def _listed(grid: Objects, axis: int) -> Objects:
    """The grid without one axis, each cell the list of the expressions along it."""
    moved = np.moveaxis(grid, axis, -1)
    out = np.empty(moved.shape[:-1], dtype=object)
    for item in np.ndindex(*out.shape):
        out[item] = moved[item].tolist()
    return out


def _aligned(grid: Objects, facts: Facts, target: Facts) -> Objects:
    have = {r.rank: len(r.axis) for r in facts.repeats}
    return grid.reshape(tuple(have.get(r.rank, 1) for r in target.repeats))
