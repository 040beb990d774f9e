"""CVXPY's cone form with parameters, read back as terms over our columns.

The tensors of `get_problem_data` are affine in the parameters: each of their entries is a term with one data slot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from saddlepoint.algebra.graph import Cones, Rows
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, columns
from saddlepoint.arrays import Index
from saddlepoint.compile.cvxpy_writer import CvxpyWriter
from saddlepoint.compile.form import Form
from saddlepoint.errors import CompileError
from saddlepoint.expr.node import Relation


def form_of(
    program: Any, draft: CvxpyWriter, differences: Sequence[Any], relations: Sequence[Relation], fresh: int
) -> Form:
    """The cone program as terms; differences: the flat variables of the relations, whose columns begin at `fresh`.

    Raises CompileError (C107) for a cone that a Program cannot hold.
    """
    names, slot = _columns_of(program, draft, differences, fresh), _slots(program, draft)
    stated: list[Rows] = []
    first = fresh
    for flat, relation in zip(differences, relations, strict=True):
        terms = columns((flat.size,), np.arange(first, first + flat.size))
        stated.append(Rows(terms, relation.symbol))
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


def _columns_of(program: Any, draft: CvxpyWriter, differences: Sequence[Any], fresh: int) -> Index:
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


def _slots(program: Any, draft: CvxpyWriter) -> Index:
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
            rows.append(Rows(_terms((constraint.size,), *part), "==" if kind == "Zero" else ">="))
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
            Cones(ConeKind.POWER, _terms((1, 3), row[on] - 3 * k, col[on], coef[on], param[on]), float(alpha))
            for k, alpha in enumerate(alphas)
            for on in (np.flatnonzero(row // 3 == k),)
        ]
    raise CompileError.of(
        "C107",
        f"CVXPY's form of this problem needs a cone that we do not solve: {kind}",
        fix="Use operators with linear, second-order, exponential or power cones.",
    )
