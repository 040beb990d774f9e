"""The scenarios of a sweep by optimal basis: what binds in each regime, and its plan as a formula in the data that vary.

In one regime the plan is an affine function of right-hand sides and the prices one of costs; regimes are the critical regions of
parametric linear programming (Gal & Nedoma 1972), as far as scenarios lie in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.errors import StudyError
from saddlepoint.labels import Domain
from saddlepoint.records import dataclass
from saddlepoint.solve.label import Answer
from saddlepoint.solve.vertex import vertex_of
from saddlepoint.study.diagnosis.case import Parametrised, case_of
from saddlepoint.study.results.result import Result
from saddlepoint.study.running.tables import positions
from saddlepoint.study.scenarios.select import project

NEAR = 1e-6
"""Beside the largest amount: how well a formula has to tell the plans of all scenarios of its regime."""
LEAST = 1e-9
"""Coefficients and prices below this part of the largest are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What binds in all scenarios of a regime, of one relation: cells of its domain; price_low, price_high: the prices met there."""

    name: str
    domain: Domain
    cells: Index
    price_low: Array
    price_high: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFormula:
    """amount of decision cell k of `table` = constant[k] + coefficients[k] · data, for the cells whose amount moves with data.

    domain, cells: of the decisions; coefficients: (k, names of the data that vary).
    """

    table: str
    domain: Domain
    cells: Index
    constant: Array
    coefficients: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """The scenarios of one optimal basis. scenarios: their flat positions in the problem's domain; low, high: (data,) of the data
    that vary, among these; formulas: of what moves, None where the plan is no affine function of them; fixed: how many decisions stay."""

    scenarios: Index
    binding: tuple[Binding, ...]
    low: Array
    high: Array
    formulas: tuple[PlanFormula, ...] | None
    fixed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimes:
    """Of one problem: its regimes, those with most scenarios first. data: names of the cells that vary; numbers: (S, data), values of all
    scenarios asked for, which: (S,) their positions; without: how many scenarios have no answer or no basis."""

    problem: str
    scenarios: Domain
    data: tuple[str, ...]
    which: Index
    numbers: Array
    regimes: tuple[Regime, ...]
    without: int

    @property
    def count(self) -> int:
        """The number of scenarios in regimes."""
        return sum(len(r.scenarios) for r in self.regimes)


def regimes(result: Result) -> tuple[Regimes, ...]:
    """The regimes of every linear problem of a result. StudyError K741 where none is linear, K820 where none has a plan."""
    found = tuple(
        _of_problem(result, key, answer) for key, answer in result.answers.items() if _has_bases(answer)
    )
    linear = [answer for answer in result.answers.values() if _is_linear(answer)]
    if linear and not any(answer.answered.any() for answer in linear):
        fix = "`lab.diagnose()` says why there is none, and what would help."
        raise StudyError.of("K820", "no scenario of a linear problem has a plan", fix=fix)
    if not found:
        why = "A regime is an optimal basis; problems with squares, cones, integers or products of decisions, and those in loops, have none."
        fix = "`saddle sensitivity` says which data drive their results."
        raise StudyError.of("K741", "no problem of this model has regimes", why=why, fix=fix)
    return found


def _is_linear(answer: Answer) -> bool:
    s = answer.program.structure
    return not (s.is_integer or s.is_quadratic or s.is_conic)


def _has_bases(answer: Answer) -> bool:
    return _is_linear(answer) and bool(answer.solution.basic.any())


def _of_problem(result: Result, key: str, answer: Answer) -> Regimes:
    known = answer.answered & (answer.solution.basic.sum(axis=1) == answer.program.structure.m)
    rows = np.flatnonzero(known)
    case = case_of(result.plan, key, answer.which[rows], result)
    varying = _varying(case)
    names = tuple(name for cells in varying.values() for name in cells.names)
    numbers = np.hstack([np.zeros((len(rows), 0)), *(cells.numbers for cells in varying.values())])
    made = [
        _regime(answer, case, varying, numbers, rows, group) for group in _groups(answer.solution.basic[rows])
    ]
    return Regimes(
        problem=key,
        scenarios=answer.program.scenarios,
        data=names,
        which=answer.which[rows],
        numbers=numbers,
        regimes=tuple(sorted(made, key=lambda r: -len(r.scenarios))),
        without=int((~known).sum()),
    )


def _groups(basic: Mask) -> Iterator[Index]:
    """Rows that are alike, as positions."""
    packed = np.ascontiguousarray(np.packbits(basic, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, group = np.unique(keys, return_inverse=True)
    group = group.reshape(-1)
    order = np.argsort(group, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _VaryingCells:
    """The cells of one table that vary between scenarios: flat positions within one, their names and numbers (S, cells)."""

    cells: Index
    names: tuple[str, ...]
    numbers: Array


def _varying(case: Parametrised) -> Mapping[str, _VaryingCells]:
    out: dict[str, _VaryingCells] = {}
    for key, source in case.sources.items():
        info = case.model.tables[source.table]
        splits = case.scenarios.only(info.splits.names)
        if not splits.axes or case.numbers.size < 2:
            continue
        which = project(case.numbers.which, case.scenarios, splits)
        places = positions(info.rest, splits, info.domain, np.arange(info.rest.size), which)
        values = case.flat[key][places]
        cells = np.flatnonzero((values != values[:1]).any(axis=0))
        if len(cells):
            names = tuple(info.rest.called(str(source), int(cell)) for cell in cells)
            out[key] = _VaryingCells(cells=cells, names=names, numbers=values[:, cells])
    return out


def _regime(
    answer: Answer,
    case: Parametrised,
    varying: Mapping[str, _VaryingCells],
    numbers: Array,
    rows: Index,
    group: Index,
) -> Regime:
    mine = rows[group]
    formulas = _formulas(answer, case, varying, numbers[group], mine, group)
    moving = sum(len(f.cells) for f in formulas or ())
    decided = sum(len(block.cells) for block in answer.program.columns)
    return Regime(
        scenarios=answer.which[mine],
        binding=tuple(_binding(answer, mine)),
        low=numbers[group].min(axis=0),
        high=numbers[group].max(axis=0),
        formulas=formulas,
        fixed=decided - moving,
    )


def _binding(answer: Answer, mine: Index) -> Iterator[Binding]:
    for block in answer.program.rows:
        part = slice(block.start, block.start + block.size)
        price = answer.price[mine, part]
        told = np.abs(price) > LEAST * np.abs(price).max(initial=0.0)
        held = answer.binding[mine, part].all(axis=0) & told.any(axis=0)
        here = np.flatnonzero(held)
        if len(here):
            yield Binding(
                name=block.name,
                domain=block.domain,
                cells=block.cells[here],
                price_low=price[:, here].min(axis=0),
                price_high=price[:, here].max(axis=0),
            )


def _formulas(
    answer: Answer,
    case: Parametrised,
    varying: Mapping[str, _VaryingCells],
    numbers: Array,
    mine: Index,
    group: Index,
) -> tuple[PlanFormula, ...] | None:
    """The plan over the data that vary; None where it is not affine in them, which all scenarios of the regime are asked."""
    first = int(group[0])
    slopes = _slopes(case, answer.solution.basic[mine[0]], answer.solution.x[mine[:1]], varying, first)
    if slopes is None:
        return None
    x = answer.solution.x[mine]
    constant = x[0] - slopes @ numbers[0]
    told = numbers @ slopes.T + constant
    if np.abs(told - x).max(initial=0.0) > NEAR * max(1.0, float(np.abs(x).max(initial=0.0))):
        return None
    return tuple(_by_table(answer, constant, slopes))


def _by_table(answer: Answer, constant: Array, slopes: Array) -> Iterator[PlanFormula]:
    for block in answer.program.columns:
        part = slice(block.start, block.start + len(block.cells))
        here = np.flatnonzero((slopes[part] != 0).any(axis=1))
        if len(here):
            yield PlanFormula(
                table=block.table,
                domain=block.domain,
                cells=block.cells[here],
                constant=constant[part][here],
                coefficients=slopes[part][here],
            )


def _slopes(
    case: Parametrised, basic: Mask, x: Array, varying: Mapping[str, _VaryingCells], scenario: int
) -> Array | None:
    """(n, data) derivatives of the plan with respect to the data that vary; None where these multiply decisions."""
    bound = case.bound(scenario)
    program = bound.program
    parts: list[Array] = []
    moves = _plan_moves(bound, basic, x)
    if moves is None:
        return None
    for key, cells in varying.items():
        feed = case.feeds(key, scenario)
        if feed.A.nnz or not feed.exact:
            return None
        parts.append((moves @ feed.rhs[:, cells.cells]).toarray())
    found = np.hstack([np.zeros((program.structure.n, 0)), *parts])
    found[np.abs(found) <= LEAST * np.abs(found).max(initial=0.0)] = 0.0
    return found


def _plan_moves(bound: BoundProgram, basic: Mask, x: Array) -> Any | None:
    """(n, user's rows) sparse: how the plan moves with each right-hand side, as long as the basis stays."""
    from scipy.sparse import csc_array, csr_array

    program, n = bound.program, bound.program.structure.n
    vertex = vertex_of(bound.batch, basic, x)
    if vertex is None:
        return None
    lines = vertex.lines
    own = lines.basic < n
    at = (np.ones(int(own.sum())), (lines.basic[own], np.flatnonzero(own)))
    plan_of_basic: Any = csr_array(at, shape=(n, len(lines.basic)))
    along: Any = csc_array(plan_of_basic @ lines.entries)
    rows = np.arange(len(program.row_of))
    variable = np.where(program.row_of >= 0, n + program.row_of, program.col_of)
    per_unit = np.where(program.row_of >= 0, 1.0, 1.0 / program.scale)
    moving = (lines.line[variable] >= 0) & _standing(bound, vertex.value[0])
    rows, variable, per_unit = rows[moving], variable[moving], per_unit[moving]
    chosen = csc_array(
        (lines.factor[variable] * per_unit, (lines.line[variable], rows)),
        shape=(along.shape[1], len(program.row_of)),
    )
    itself = variable < n
    directly = csc_array((per_unit[itself], (variable[itself], rows[itself])), shape=(n, len(program.row_of)))
    return csr_array(along @ chosen + directly)


def _standing(bound: BoundProgram, value: Array) -> Mask:
    """(user's rows) at whose side their variable stands; of rows of the solver, all: those that are not basic do."""
    program = bound.program
    single = program.row_of < 0
    at = bound.rhs[0] / np.where(single, program.scale, 1.0)
    here = value[np.where(single, program.col_of, 0)]
    return ~single | (np.abs(at - here) <= NEAR * np.maximum(1.0, np.abs(here)))
