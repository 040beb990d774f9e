"""The compiled problem of a small model, so that a page can solve it again with other inputs.

An input is moved by a factor, cell by cell or a table at a time. The data that a program reads are polynomials of the factors; here are
their parts of first and second order, found by evaluating the data at factors of one and two, and tried at factors that were not used.
What is no such polynomial (the square of an input, say) is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.structure import Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import fill
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.lifting import Parametric
from saddlepoint.compile.numbers import Numbers as ScenarioData
from saddlepoint.compile.program import ColumnBlock, Places, Program, RowBlock, Varying
from saddlepoint.errors import SaddleError
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.records import dataclass
from saddlepoint.report.page.content import PageNumbers
from saddlepoint.study.running.plan import Plan, numbers_of
from saddlepoint.study.running.staged import needed_policy

MOST_ENTRIES: Final = 20_000
"""Non-zeros, rows and columns of a problem that a page solves at once."""
MOST_FACTORS: Final = 60
"""Inputs with a slider; where there are more cells, only tables have one."""
MOST_STORED: Final = 400_000
"""Numbers of the moved data."""
_TRIED: Final = (0.83, 1.21, 0.94, 1.13, 0.71, 1.34)
EXACT: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Slider:
    """What a slider moves: cells of an input table, all that are given or one; base: the number of that one, NaN for all."""

    table: str
    cells: Index
    label: str
    base: float


def living_contents(plan: Plan, numbers: PageNumbers) -> dict[str, Any] | str:
    """The compiled problem and what its sliders do; or why the page has none, as a sentence."""
    if needed_policy(plan.model) is not None:
        return ""
    if len(plan.model.problems) != 1:
        return "The model has several problems; the page solves models of one."
    problem = plan.model.problems[0]
    if problem.ranks:
        return "The objectives of this model have priorities; a page solves one objective."
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    try:
        data = numbers_of(problem, plan, flat)
        program = compile_problem(problem, plan.model, data, parametric=Parametric(data.flat, zeros=False))
    except SaddleError as error:
        return f"The problem cannot be compiled: {error.diagnostics[0].message}."
    if (reason := _unfit(program)) is not None:
        return reason
    moved = _moved(program, plan, data)
    if not moved.factors:
        return "No input moves the problem by a factor."
    return {
        **_program_contents(program, numbers),
        "scenarios": {"names": list(data.scenarios.names), "labels": [list(data.scenarios.coordinates(int(w))) for w in data.which]},
        "slots": program.slots,
        "data": numbers.put(moved.base),
        "factors": [
            {"table": f.table, "label": f.label, "base": None if np.isnan(f.base) else f.base, "unit": plan.model.tables[f.table].spec.unit}
            for f in moved.factors
        ],
        "first": [_sparse(part, numbers) for part in moved.first],
        "second": [[i, j, _sparse(part, numbers)] for (i, j), part in moved.second.items()],
        "alone": moved.alone,
        "left_out": moved.left_out,
    }  # fmt: skip


def _unfit(program: Program) -> str | None:
    s = program.structure
    size = s.A.nnz + s.P.nnz + s.n + s.m
    if s.is_conic or program.curved:
        return "The problem has cones; the solver of the page takes linear and quadratic problems."
    if s.is_integer:
        return (
            "The problem has whole numbers, whose bound the page cannot prove; it solves continuous problems."
        )
    if program.sense == 0:
        return "The problem has no objective."
    return f"The problem is too large for a page ({size:,} entries)." if size > MOST_ENTRIES else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """base: (S, slots); first, second: what factors add per unit, each (S, slots); alone: whether only one may differ from 1."""

    base: Array
    factors: list[Slider]
    first: list[Array]
    second: Mapping[tuple[int, int], Array]
    alone: bool
    left_out: list[str]


def _moved(program: Program, plan: Plan, data: ScenarioData) -> Moved:
    """The data of all scenarios as a polynomial of factors; only factors of which it is one."""
    base = _data(program, data)
    if base is None:
        return Moved(base=np.zeros((0, 0)), factors=[], first=[], second={}, alone=False, left_out=[])
    factors: list[Slider] = []
    first: list[Array] = []
    left_out: list[str] = []
    for factor in _factors(plan, program, data):
        slope = _slope(program, data, base, factor)
        if slope is None:
            left_out.append(factor.label)
        elif slope.any() and (len(first) + 1) * base.size <= MOST_STORED * 4:
            factors.append(factor)
            first.append(slope)
    second = _second(program, data, base, factors, first)
    alone = not _holds(program, data, base, factors, first, second)
    return Moved(
        base=base,
        factors=factors,
        first=first,
        second={} if alone else second,
        alone=alone,
        left_out=left_out,
    )


def _factors(plan: Plan, program: Program, data: ScenarioData) -> list[Slider]:
    """The tables that the problem reads, then their cells where there are few."""
    read = {t for lifted in program.lifted for t in lifted.tables}
    keys = [k for k in data.flat if k in read and _has_values(plan, k)]
    given = {key: _given(plan, key, data) for key in keys}
    found = [
        Slider(key, at, key, np.nan) if len(at) > 1 else _cell(plan, key, int(at[0]), data)
        for key, at in given.items()
        if len(at)
    ]
    cells = [(key, k) for key, at in given.items() if len(at) > 1 for k in at]
    if len(cells) + len(found) <= MOST_FACTORS:
        found += [_cell(plan, key, int(k), data) for key, k in cells]
    return found


def _has_values(plan: Plan, key: str) -> bool:
    return key in plan.fetched.tables and "values" in plan.fetched.tables[key].columns


def _given(plan: Plan, key: str, data: ScenarioData) -> Index:
    """The cells of a table that have a row and are not zero: defaults are not moved."""
    table = plan.fetched.tables[key]
    given = np.isfinite(table.columns["values"])
    if table.rows is not None:
        given &= np.isin(np.arange(len(given)), table.rows)
    return np.flatnonzero(given & (np.nan_to_num(data.flat[key]) != 0.0))


def _cell(plan: Plan, key: str, cell: int, data: ScenarioData) -> Slider:
    name = plan.model.tables[key].domain.called(key, cell)
    return Slider(key, np.array([cell]), name, float(data.flat[key][cell]))


def _at(data: ScenarioData, factors: Sequence[Slider], by: Sequence[float]) -> ScenarioData:
    """The numbers with some inputs multiplied; where a table and one of its cells are, the changes add up."""
    changes: dict[str, Array] = {}
    for factor, times in zip(factors, by, strict=True):
        change = changes.setdefault(factor.table, np.zeros_like(data.flat[factor.table]))
        change[factor.cells] += times - 1.0
    return replace(
        data, flat={**data.flat, **{key: data.flat[key] * (1.0 + c) for key, c in changes.items()}}
    )


def _data(program: Program, data: ScenarioData) -> Array | None:
    """The data vector of all scenarios; None where its pattern does not hold, or a formula has no value."""
    out = np.zeros((data.size, program.slots))
    try:
        for lifted in program.lifted:
            fill(out, lifted, data)
    except SaddleError:
        return None
    return out if np.isfinite(out).all() else None


def _slope(program: Program, data: ScenarioData, base: Array, factor: Slider) -> Array | None:
    """What one factor adds per unit; None where the data are not affine in it."""
    twice = _data(program, _at(data, [factor], [2.0]))
    if twice is None:
        return None
    slope = twice - base
    for by in _TRIED[:2]:
        there = _data(program, _at(data, [factor], [by]))
        if there is None or not _close(there, base + (by - 1.0) * slope):
            return None
    return slope


def _second(
    program: Program, data: ScenarioData, base: Array, factors: Sequence[Slider], first: Sequence[Array]
) -> dict[tuple[int, int], Array]:
    """What two factors add together, per unit of each; only pairs for which that is something."""
    found: dict[tuple[int, int], Array] = {}
    reads = [{k for k, lifted in enumerate(program.lifted) if f.table in lifted.tables} for f in factors]
    for i in range(len(factors)):
        for j in range(i):
            if reads[i].isdisjoint(reads[j]):
                continue
            both = _data(program, _at(data, [factors[i], factors[j]], [2.0, 2.0]))
            part = None if both is None else both - base - first[i] - first[j]
            if part is not None and np.abs(part).max(initial=0.0) > EXACT * np.abs(base).max(initial=1.0):
                found[i, j] = part
    return found


def _holds(
    program: Program,
    data: ScenarioData,
    base: Array,
    factors: Sequence[Slider],
    first: Sequence[Array],
    second: Mapping[tuple[int, int], Array],
) -> bool:
    """Whether the polynomial gives the data where all factors differ from 1."""
    by = np.array([_TRIED[k % len(_TRIED)] for k in range(len(factors))])
    there = _data(program, _at(data, factors, by.tolist()))
    if there is None or sum(map(np.count_nonzero, (*first, *second.values()))) > MOST_STORED:
        return False
    told = base + sum((by[i] - 1.0) * part for i, part in enumerate(first))
    for (i, j), part in second.items():
        told = told + (by[i] - 1.0) * (by[j] - 1.0) * part
    return _close(there, np.asarray(told))


def _close(one: Array, other: Array) -> bool:
    return bool((np.abs(one - other) <= EXACT * np.maximum(np.abs(one), 1e-300)).all())


def _sparse(part: Array, numbers: PageNumbers) -> list[tuple[int, int]]:
    flat = part.reshape(-1)
    at = np.flatnonzero(flat)
    return [numbers.put(at), numbers.put(flat[at])]


def _program_contents(program: Program, numbers: PageNumbers) -> dict[str, Any]:
    """The arrays of a program, as places in the numbers."""
    s = program.structure
    put = numbers.put

    def places(of: Places, size: int) -> tuple[int, int]:
        return put(np.arange(size)[of])

    return {
        "n": s.n, "m": s.m, "sense": program.sense, "A": _pattern(s.A, put), "P": _pattern(s.P, put),
        "numbers": {name: _varying(getattr(program, name), put) for name in ("P", "q", "r", "A", "rhs")},
        "has_lower": put(program.has_lower), "has_upper": put(program.has_upper), "row_of": put(program.row_of),
        "col_of": put(program.col_of), "scale": put(program.scale), "lb": put(program.lb), "ub": put(program.ub),
        "layers": {
            side: [{"rows": places(y.rows, len(program.row_of)), "cols": places(y.cols, s.n)} for y in getattr(program, side)]
            for side in ("lower", "upper")
        },
        "presence": None if program.presence is None else put(program.presence),
        "absences": None if program.absences is None else put(program.absences),
        "columns": [{"table": b.table, "unit": b.unit, **_block(b, put)} for b in program.columns],
        "rows": [{"name": b.name, **_block(b, put)} for b in program.rows],
    }  # fmt: skip


_Put = Callable[[Any], tuple[int, int]]
"""What puts numbers into the page, and says where they are."""


def _pattern(of: Pattern, put: _Put) -> dict[str, Any]:
    return {"rows": of.shape[0], "columns": of.shape[1], "start": put(of.indptr), "index": put(of.indices)}


def _varying(of: Varying, put: _Put) -> dict[str, Any]:
    return {
        "base": put(of.base),
        "at": put(of.at),
        "coef": put(of.coef),
        "slots": put(of.slots),
        "depth": of.slots.shape[1],
    }


def _block(of: ColumnBlock | RowBlock, put: _Put) -> dict[str, Any]:
    axes = of.domain.axes
    names, items = list(of.domain.names), [list(a.items) for a in axes]
    return {"axes": names, "items": items, "start": of.start, "cells": put(of.cells)}
