"""CVXPY as a second compiler: its cone form with parameters, read back as terms of our own.

Every varying data-only part becomes a cvxpy Parameter, so the tensors of `get_problem_data` are affine in them and
each of their entries is a term with one data slot. The left minus the right side of a relation is a column of its
own with one bounding row, so prices mean what they mean on the native route.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saddlepoint.algebra.graph import Cones, Rows
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, columns
from saddlepoint.arrays import Array, Index, Mask, Objects
from saddlepoint.compile.convexity import sign_lookup
from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import CompileError, Diagnostic, ExpressionError
from saddlepoint.expr.curvature import judged
from saddlepoint.expr.facts import Facts, Sign
from saddlepoint.expr.node import Nature, Node, Operator, OperatorOption, Relation
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.model.model import Problem


@dataclass(frozen=True, slots=True)
class Tables:
    """Where the decided tables' columns lie: table → first column; flat mask of the columns in use; implicit bounds."""

    start: Mapping[str, int]
    size: Mapping[str, int]
    used: Mask
    lb: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What `compile_problem` needs from a compiler: summands of the objective, stated rows, further rows and cones, next
    free column, and which of the new columns are whole."""

    objective: tuple[Terms, ...]
    stated: tuple[Rows, ...]
    rows: tuple[Rows, ...]
    cones: tuple[Cones, ...]
    fresh: int
    whole: tuple[Index, ...] = ()


def cvxpy_form(
    problem: Problem, relations: Sequence[Relation], tables: Tables, data: Mapping[int, Datum], fresh: int
) -> Form:
    """The problem compiled by CVXPY, as terms over our columns.

    Raises CompileError if cvxpy is missing, if CVXPY finds the problem not convex, or if its cone form has a cone or
    a dependence on the data that a Program cannot hold.
    """
    cp = load_cvxpy()
    draft = _CvxpyWriter(cp=cp, tables=tables, data=data)
    goals = [o.goal.sense * _sum(draft.grid(o.goal.node)) for o in problem.objectives]
    differences = [draft.difference(r) for r in relations]
    stated = cp.Problem(cp.Minimize(sum(goals) if goals else cp.Constant(0.0)), draft.constraints)
    _check(stated, problem)
    program = _cone_program(stated)
    names = _columns_of(program, draft, differences, fresh)
    return _read(program, draft, names, differences, relations, fresh)


_CVXPY_FIX = "check the options of the operator, and the data that it reads"


def load_cvxpy() -> Any:
    """The module cvxpy; raises CompileError if it is not installed."""
    try:
        import cvxpy  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise CompileError(
            Diagnostic(
                "C103",
                "this problem is compiled through CVXPY, which is not installed",
                why="one of its operators has no graph form of its own, or route='cvxpy' was asked for",
                fix="install the extra saddlepoint[cvxpy]",
            )
        ) from None
    return cvxpy


@dataclass(slots=True, kw_only=True)
class _CvxpyWriter:
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
        record = node.operator
        assert record is not None
        if record.whole is not None:
            return record.whole(self.cp, self.grid(node.args[0]))
        if record.cvxpy is None and record.states is None:
            raise CompileError(
                Diagnostic(
                    "C103",
                    f"{record.name} has neither a graph form nor a CVXPY form",
                    node.mark,
                    fix="give its record one of the two",
                )
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
                raise ExpressionError(
                    Diagnostic(problem.code, problem.message, node.mark, fix=problem.fix)
                ) from None
            except (ArithmeticError, ValueError, TypeError) as error:
                message = f"CVXPY cannot make {record.name} of these arguments"
                raise ExpressionError(
                    Diagnostic("E301", message, node.mark, why=f"CVXPY says: {error}", fix=_CVXPY_FIX)
                ) from error
            out[item] = self._shaped(made, node.facts)
        return out

    def _made(self, record: Operator, args: tuple[Any, ...], options: tuple[OperatorOption, ...]) -> Any:
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
        assert node.operator is not None
        if (node.operator.nature is not Nature.BILINEAR and node.operator.hidden is None) or not any(
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

    def _table(self, key: str) -> tuple[Any, Index, Mask]:
        first, size = self.tables.start[key], self.tables.size[key]
        used = self.tables.used[first : first + size]
        if key not in self.variables:
            positive = bool((self.tables.lb[first : first + size][used] >= 0).all())
            self.variables[key] = self._new((int(used.sum()),), positive)
        return self.variables[key], np.cumsum(used) - 1, used

    def _variable(self, node: Node) -> Objects:
        assert node.variable is not None
        flat, position, there = self._table(node.variable.table)
        place = np.where(there, position, flat.size)[node.variable.place]
        if not there.all():
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
        """A flat variable for left − right of every row, in the order of the relation's rows."""
        facts = relation.facts
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


def _sum(grid: Objects) -> Any:
    return sum(e.sum() for e in grid.flat)


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


def _check(stated: Any, problem: Problem) -> None:
    if not stated.is_dcp():
        bad = [str(c)[:200] for c in stated.constraints if not c.is_dcp()] or [str(stated.objective)[:200]]
        raise CompileError(
            Diagnostic(
                "C101",
                f"CVXPY finds {problem.title} not convex",
                why="this part breaks its rules: " + bad[0],
                fix="rewrite it with convex operators, or turn the relation",
            )
        )
    if not stated.is_dpp():
        raise CompileError(
            Diagnostic(
                "C106",
                f"the cone form of {problem.title} is not affine in its data",
                why="CVXPY can compile once for many data only where each decision is multiplied by data once",
                fix="give the product of data a variable of its own, or use an operator with a graph form",
            )
        )


def _cone_program(stated: Any) -> Any:
    """CVXPY's ParamConeProg: tensors of the cone form, affine in the parameters."""
    for parameter in stated.parameters():
        parameter.value = np.zeros(parameter.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data, _, _ = stated.get_problem_data("CLARABEL")
    return data["param_prob"]


def _columns_of(program: Any, draft: _CvxpyWriter, differences: Sequence[Any], fresh: int) -> Index:
    """CVXPY's columns → ours: tables, then the differences, then what CVXPY added."""
    names = np.full(program.x.size, -1, np.int64)
    offsets: Mapping[int, int] = program.var_id_to_col
    for key, variable in draft.variables.items():
        first, size = draft.tables.start[key], draft.tables.size[key]
        cells = first + np.flatnonzero(draft.tables.used[first : first + size])
        if variable.id in offsets:
            names[offsets[variable.id] : offsets[variable.id] + len(cells)] = cells
    for flat in differences:
        if flat.size:
            names[offsets[flat.id] : offsets[flat.id] + flat.size] = np.arange(fresh, fresh + flat.size)
        fresh += flat.size
    rest = np.flatnonzero(names < 0)
    names[rest] = np.arange(fresh, fresh + len(rest))
    return names


def _read(
    program: Any,
    draft: _CvxpyWriter,
    names: Index,
    differences: Sequence[Any],
    relations: Sequence[Relation],
    fresh: int,
) -> Form:
    slot = _slots(program, draft)
    stated: list[Rows] = []
    first = fresh
    for flat, relation in zip(differences, relations, strict=True):
        terms = columns((flat.size,), np.arange(first, first + flat.size))
        lower, upper = {"==": (0.0, 0.0), "<=": (-math.inf, 0.0), ">=": (0.0, math.inf)}[relation.symbol]
        stated.append(Rows(terms, lower, upper))
        first += flat.size
    rows, cones = _constraints(program, names, slot)
    end = int(names.max(initial=fresh - 1)) + 1
    whole = tuple(
        names[program.var_id_to_col[v.id] : program.var_id_to_col[v.id] + v.size]
        for v in draft.whole
        if v.id in program.var_id_to_col
    )
    return Form(
        objective=(_objective(program, names, slot),),
        stated=tuple(stated),
        rows=rows,
        cones=cones,
        fresh=max(end, first),
        whole=whole,
    )


def _slots(program: Any, draft: _CvxpyWriter) -> Index:
    """The slot of every parameter column of the tensors; −1 for the constant, −2 where data are always zero."""
    count = program.q.shape[1]
    slot = np.full(count, -1, np.int64)
    for identity, column in program.param_id_to_col.items():
        if identity in draft.slots:
            own = draft.slots[identity]
            slot[column : column + len(own)] = own
    return slot


def _terms(
    shape: tuple[int, ...], row: Index, col: Index, coef: Any, slots: Index, second: Index | None = None
) -> Terms:
    keep = (slots != -2) & (coef != 0)
    return Terms(
        shape,
        row[keep],
        col[keep],
        np.asarray(coef, np.float64)[keep],
        slots[keep][:, None],
        None if second is None else second[keep],
    )


def _objective(program: Any, names: Index, slot: Index) -> Terms:
    n = len(names)
    q = program.q.tocoo()
    place = q.row.astype(np.int64)
    col = [np.where(place < n, names[np.minimum(place, n - 1)] if n else -1, -1)]
    second = [np.full(q.nnz, -1, np.int64)]
    coef = [q.data]
    param = [q.col.astype(np.int64)]
    if program.P is not None:
        p = program.P.tocoo()
        j, i = np.divmod(p.row.astype(np.int64), n)
        col.append(np.maximum(names[i], names[j]))
        second.append(np.minimum(names[i], names[j]))
        coef.append(p.data / 2)
        param.append(p.col.astype(np.int64))
    both = np.concatenate(col)
    return _terms(
        (1, 1),
        np.zeros(len(both), np.int64),
        both,
        np.concatenate(coef),
        slot[np.concatenate(param)],
        np.concatenate(second),
    )


def _constraints(program: Any, names: Index, slot: Index) -> tuple[tuple[Rows, ...], tuple[Cones, ...]]:
    n, m = len(names), sum(c.size for c in program.constraints)
    if m == 0:
        return (), ()
    tensor = program.A.tocoo()
    place, row = np.divmod(tensor.row.astype(np.int64), m)
    col = np.where(place < n, names[np.minimum(place, n - 1)] if n else -1, -1)
    param = slot[tensor.col.astype(np.int64)]
    order = np.argsort(row, kind="stable")
    row, col, coef, param = row[order], col[order], tensor.data[order], param[order]
    rows: list[Rows] = []
    cones: list[Cones] = []
    start = 0
    for constraint in program.constraints:
        a, b = np.searchsorted(row, [start, start + constraint.size])
        part = (row[a:b] - start, col[a:b], coef[a:b], param[a:b])
        kind = type(constraint).__name__
        if kind in ("Zero", "NonNeg"):
            upper = 0.0 if kind == "Zero" else math.inf
            rows.append(Rows(_terms((constraint.size,), *part), 0.0, upper))
        else:
            cones += _cones(constraint, kind, part)
        start += constraint.size
    return tuple(rows), tuple(cones)


def _rotated(width: int, part: tuple[Index, Index, Any, Index]) -> tuple[Index, Index, Any, Index] | None:
    """Cones (p + m, p − m, x) as the rotated cones 2·p·½m ≥ ‖½x‖², so that nothing cancels; None if they are not of
    that form."""
    row, col, coef, slot = part
    coef = np.asarray(coef, np.float64)
    place = row % width
    first, second = np.flatnonzero(place == 0), np.flatnonzero(place == 1)
    first = first[np.lexsort((slot[first], col[first], row[first]))]
    second = second[np.lexsort((slot[second], col[second], row[second]))]
    if len(first) != len(second) or not (
        (row[first] + 1 == row[second]).all()
        and (col[first] == col[second]).all()
        and (slot[first] == slot[second]).all()
        and (np.abs(coef[first]) == np.abs(coef[second])).all()
    ):
        return None
    minus = coef[first] != coef[second]
    kept = np.concatenate([first, np.flatnonzero(place > 1)])
    new_row, new_coef = row[kept].copy(), coef[kept] * 0.5
    new_row[: len(first)] += minus
    new_coef[: len(first)] = np.where(minus, 0.5, 1.0) * coef[first]
    order = np.argsort(new_row, kind="stable")
    return new_row[order], col[kept][order], new_coef[order], slot[kept][order]


def _cones(constraint: Any, kind: str, part: tuple[Index, Index, Any, Index]) -> list[Cones]:
    if kind == "SOC":
        sizes = np.asarray(constraint.cone_sizes(), np.int64)
        widths = set(sizes.tolist())
        if len(widths) == 1:
            width = widths.pop()
            rotated = _rotated(width, part) if width > 2 else None
            kind_of = ConeKind.SECOND_ORDER if rotated is None else ConeKind.ROTATED
            return [Cones(kind_of, _terms((len(sizes), width), *(rotated or part)))]
    if kind == "ExpCone":
        return [Cones(ConeKind.EXPONENTIAL, _terms((constraint.size // 3, 3), *part))]
    if kind == "PowCone3D":
        row, col, coef, param = part
        alphas = np.broadcast_to(np.asarray(constraint.alpha.value, float).reshape(-1), constraint.size // 3)
        return [
            Cones(
                ConeKind.POWER,
                _terms((1, 3), row[on] - 3 * k, col[on], coef[on], param[on]),
                float(alpha),
            )
            for k, alpha in enumerate(alphas)
            for on in (np.flatnonzero(row // 3 == k),)
        ]
    raise CompileError(
        Diagnostic(
            "C107",
            f"CVXPY's form of this problem needs a cone that we do not solve: {kind}",
            fix="use operators with linear, second-order, exponential or power cones",
        )
    )
