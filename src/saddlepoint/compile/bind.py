"""The numbers of scenarios into the arrays of a Program."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.algebra.uniform import is_uniform
from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Layer, Lifted, Program, Varying
from saddlepoint.errors import CompileError
from saddlepoint.expr.asked_for import value_where
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.value import sign_of
from saddlepoint.records import dataclass


class PatternChanged(CompileError):
    """Data became non-zero (or changed sign) where the compiled problem relies on the contrary: compile again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundProgram:
    """A Program with the numbers of S scenarios.

    batch: for the solver; rhs: (1 | S, R) constant side of every row; data: (S, slots) the data vector; absent: (S, R)
    rows that a scenario does not have, None where all have all.
    """

    program: Program
    batch: Batch
    rhs: Array
    data: Array
    absent: Mask | None = None


def bind(program: Program, numbers: Numbers) -> BoundProgram:
    """Fill the arrays of a program for these scenarios.

    Raises PatternChanged where a zero of the pattern is no zero any more, or a sign that convexity relies on is
    lost; ExpressionError where data have no finite value.
    """
    data = np.zeros((numbers.size, program.slots))
    for lifted in program.lifted:
        fill(data, lifted, numbers)
    return _bound(program, data)


def rebind(bound: BoundProgram, numbers: Numbers, tables: Collection[str]) -> BoundProgram:
    """The same with newer numbers of some tables; only what reads them is evaluated again."""
    data = bound.data.copy()
    for lifted in bound.program.lifted:
        if not lifted.tables.isdisjoint(tables):
            fill(data, lifted, numbers)
    return _bound(bound.program, data)


def fill(data: Array, lifted: Lifted, numbers: Numbers) -> None:
    """Write the numbers of one lifted part into its slots of `data` (which the caller owns)."""
    values = value_where(lifted.node, numbers.of, lifted.asked)
    shape = (values.shape[0], *lifted.node.facts.shape)
    flat = np.broadcast_to(values, shape).reshape(values.shape[0], -1)
    if not lifted.possible.all() and flat[:, ~lifted.possible].any():
        raise PatternChanged.of(
            "C102", "data became non-zero where they were zero in every scenario", lifted.node.mark
        )
    if lifted.sign is not None and sign_of(flat) not in (lifted.sign, Sign.ZERO):
        raise PatternChanged.of(
            "C105",
            f"data on which convexity relies are no longer {lifted.sign.value}",
            lifted.node.mark,
            fix="Give data with which a curved expression keeps the sign of its factor in every scenario and iteration.",
        )
    data[:, lifted.first : lifted.first + lifted.size] = flat


def numbers_at(array: Varying, data: Array) -> Array:
    """The array's numbers, shape (1, k) if no data change them, else (S, k)."""
    if array.is_constant:
        return array.base[None]
    out = np.repeat(array.base[None], len(data), axis=0)
    terms = np.repeat(array.coef[None], len(data), axis=0)
    for k in range(array.slots.shape[1]):
        slot = array.slots[:, k]
        if (slot >= 0).all():
            terms *= data[:, slot]
        else:
            terms *= np.where(slot >= 0, data[:, np.maximum(slot, 0)], 1.0)
    new = np.ones(len(array.at), dtype=bool)
    np.not_equal(array.at[1:], array.at[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    if len(starts) < len(array.at):
        terms = np.add.reduceat(terms, starts, axis=1)
    out[:, array.at[starts]] += terms
    return out


def _bound(program: Program, data: Array) -> BoundProgram:
    rhs = numbers_at(program.rhs, data)
    absent = _absent(program, data)
    solver = program.solver
    lower, upper = _bounds(program, rhs, data, absent)
    low, high = (
        (rhs, rhs) if absent is None else (np.where(absent, -np.inf, rhs), np.where(absent, np.inf, rhs))
    )
    batch = Batch(
        structure=program.structure,
        size=len(data),
        P=numbers_at(program.P, data),
        q=numbers_at(program.q, data),
        r=numbers_at(program.r, data),
        A=numbers_at(program.A, data),
        l=_shared(np.where(program.has_lower[solver], low[:, solver], -np.inf)),
        u=_shared(np.where(program.has_upper[solver], high[:, solver], np.inf)),
        lb=_shared(lower),
        ub=_shared(upper),
        F=numbers_at(program.F, data),
        g=numbers_at(program.g, data),
    )
    return BoundProgram(program=program, batch=batch, rhs=rhs, data=data, absent=absent)


def absent_columns(program: Program, data: Array) -> Mask | None:
    """(S, n) columns whose cell a scenario does not have, held at 0; None where all have all."""
    if program.absences is None:
        return None
    return (program.absences >= 0) & (data[:, np.maximum(program.absences, 0)] == 0)


def _absent(program: Program, data: Array) -> Mask | None:
    if program.presence is None:
        return None
    asked = program.presence >= 0
    return asked & (data[:, np.maximum(program.presence, 0)] == 0)


def _shared(array: Array) -> Array:
    """One row for all scenarios where they are equal: a solver need not be told again."""
    if len(array) > 1 and (array[1] == array[0]).all() and (array == array[0]).all():
        return array[:1].copy()
    return array


def bound_values(layer: Layer, program: Program, rhs: Array) -> Array:
    """The bounds that a layer of rows puts on its columns, shape (1 | S, columns of the layer)."""
    scale = program.scale[layer.rows]
    return rhs[:, layer.rows] if is_uniform(scale) and scale[0] == 1.0 else rhs[:, layer.rows] / scale


def bounds_without(bound: BoundProgram, rows: Mask) -> tuple[Array, Array]:
    """Column bounds (1 | S, n), lower and upper, as they are where some of the user's rows (R,) do not exist."""
    program, rhs = bound.program, bound.rhs
    absent = np.broadcast_to(rows, rhs.shape) if bound.absent is None else bound.absent | rows
    return _bounds(program, rhs, bound.data, absent)


def _bounds(program: Program, rhs: Array, data: Array, absent: Mask | None) -> tuple[Array, Array]:
    lower = _column_bounds(program.lb, program.lower, program, rhs, np.maximum, absent)
    upper = _column_bounds(program.ub, program.upper, program, rhs, np.minimum, absent)
    gone = absent_columns(program, data)
    if gone is not None:
        lower = np.where(gone, np.maximum(lower, 0.0), lower)
        upper = np.where(gone, np.minimum(upper, 0.0), upper)
    return lower, upper


def _column_bounds(
    implicit: Array,
    layers: tuple[Layer, ...],
    program: Program,
    rhs: Array,
    tighter: np.ufunc,
    absent: Mask | None,
) -> Array:
    if not layers:
        return np.ascontiguousarray(implicit)[None]
    out = np.repeat(implicit[None], len(rhs) if absent is None else len(absent), axis=0)
    for layer in layers:
        asked = bound_values(layer, program, rhs)
        if absent is None and isinstance(layer.cols, slice):
            tighter(out[:, layer.cols], asked, out=out[:, layer.cols])
            continue
        found = tighter(out[:, layer.cols], asked)
        out[:, layer.cols] = (
            found if absent is None else np.where(absent[:, layer.rows], out[:, layer.cols], found)
        )
    return out
