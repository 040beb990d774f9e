"""Answers with the user's names and signs: plans, prices, slacks, reduced costs.

The sign law is written in docs/design/duality.md: a price is d(objective)/d(right-hand side), in the user's own
sense, whatever the solver and route. Here is the only place where it is applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import Columnar, Notes
from saddlepoint.algebra.products import times
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram, absent_columns, bound_values
from saddlepoint.compile.curved import differences
from saddlepoint.compile.program import Layer, Program
from saddlepoint.records import dataclass
from saddlepoint.solve.binding import binding_rows
from saddlepoint.solve.one_sided_prices import one_sided_prices, unsought_notes
from saddlepoint.solve.proof.infeasibility import explanations
from saddlepoint.solve.route.prices.settle_prices import Settled, settle_prices
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Columnar):
    """The answers of one problem for S scenarios, in the user's terms; NaN where a scenario has none.

    which: (S,) flat positions in the problem's scenarios. values: table → (S, cells of its ColumnBlock); price,
    slack, binding: (S, user's rows); price_left, price_right: (S, user's rows), as the right-hand side falls and grows,
    NaN where the price is the only one; reduced_cost: table → (S, cells); objective: (S,) in the user's sense.
    """

    program: Program
    which: Index
    solution: Solution
    values: Mapping[str, Array]
    price: Array
    price_left: Array
    price_right: Array
    slack: Array
    binding: Mask
    reduced_cost: Mapping[str, Array]
    objective: Array

    @property
    def bounds(self) -> Mapping[str, NDArray[Any]]:
        """Of an integer problem, or one that multiplies decisions: `bound` (S,), what no plan can be better than, in the user's sense; `bound_by`, how it
        was obtained, as words of BoundBy."""
        if not self.program.structure.is_integer and self.program.products is None:
            return {}
        bound = float(self.program.sense or 1) * self.solution.bound
        words = np.array([by.word for by in BoundBy])
        return {
            "bound": np.where(np.isfinite(bound), bound, np.nan),
            "bound_by": words[self.solution.bound_by],
        }

    @property
    def answered(self) -> Mask:
        """(S,) whether the scenario has a certified answer."""
        return self.solution.answered


def label(bound: BoundProgram, solution: Solution, which: Index, options: Options | None = None) -> Answer:
    """The answers to a bound program, for the scenarios `which`; options: those it was solved with."""
    with np.errstate(all="ignore"):
        return _label(bound, solution, which, options)


def _label(bound: BoundProgram, solution: Solution, which: Index, options: Options | None) -> Answer:
    program = bound.program
    none = ~solution.planned
    settled = (
        settle_prices(bound.batch, solution, _bounded_by_rows(program), options)
        if program.products is None
        else Settled(solution, {}, {})
    )
    solution = settled.solution
    stated = sum(b.size for b in program.rows)
    rhs = bound.rhs[:, :stated]
    activity = _as_written(bound, solution.x, rhs)
    multiplier, left = row_multipliers(bound, solution, shared=True)
    less = program.has_upper[:stated] & ~program.has_lower[:stated]
    slack = np.where(less, rhs - activity, activity - rhs)
    sense = float(program.sense or 1)
    solution = replace(solution, messages=_messages(bound, settled, sense, options or Options()))
    price = sense * multiplier[:, :stated] + 0.0
    if program.products is not None:
        price[:] = left[:] = np.nan
    binding = binding_rows(bound, solution.x, activity, rhs, slack, price)
    _blank(none, price, slack, binding)
    if bound.absent is not None:
        _blank(bound.absent[:, :stated], price, slack, binding)
    x, rest = solution.x, sense * left + 0.0
    gone = absent_columns(program, bound.data)
    if gone is not None:
        x, rest = np.where(gone, np.nan, x), np.where(gone, np.nan, rest)
        single = program.col_of[:stated]
        _blank((single >= 0) & gone[:, np.maximum(single, 0)], price, slack, binding)
    ranged = one_sided_prices(bound, settled, price, sense)
    values, reduced = _by_table(program, x, none), _by_table(program, rest, none)
    unasked = none | (program.sense == 0)
    objective = np.where(unasked, np.nan, sense * solution.objective) + 0.0
    return Answer(
        program=program,
        which=which,
        solution=solution,
        values=values,
        price=price,
        price_left=ranged[0],
        price_right=ranged[1],
        slack=slack,
        binding=binding,
        reduced_cost=reduced,
        objective=objective,
    )


def _as_written(bound: BoundProgram, x: Array, rhs: Array) -> Array:
    """(S, stated rows) the activities, those of curved constraints as their formulas say."""
    program = bound.program
    activity = activities(bound, x)[:, : rhs.shape[1]]
    for curved in program.curved:
        gap = differences(curved, program.columns, bound.data, x)
        rows = slice(curved.start, curved.start + gap.shape[1])
        known = np.isfinite(gap)
        activity[:, rows] = np.where(known, rhs[:, rows] + np.where(known, gap, 0.0), activity[:, rows])
    return activity


def _blank(where: Mask, price: Array, slack: Array, binding: Mask) -> None:
    """Take out what is said of rows (or of whole scenarios)."""
    price[where] = slack[where] = np.nan
    binding[where] = False


def _running_away(bound: BoundProgram, solution: Solution) -> Mapping[int, str]:
    if not bound.program.structure.is_conic:
        return {}
    from saddlepoint.solve.runaway import runaway_notes

    return runaway_notes(bound, solution)


def _messages(bound: BoundProgram, settled: Settled, sense: float, options: Options) -> Notes:
    """What is to be said of scenarios: what the solution says and explains, how good it is, and what data and prices ask."""
    program, solution = bound.program, settled.solution
    told = Notes(
        {**solution.messages, **explanations(program, bound.batch, solution, partial(_owned, bound))}
    )
    if program.products is not None:
        told = Notes({**told, **_how_good(solution, sense)})
    if program.structure.is_integer:
        from saddlepoint.solve.route.integers.big_m import big_m_notes

        told = Notes({**told, **_how_good(solution, sense), **big_m_notes(bound, solution)})
    for part in (
        _running_away(bound, solution),
        _of_rounding(bound, solution, options),
        unsought_notes(settled, program.structure.is_conic),
    ):
        for s, text in part.items():
            told[s] = f"{told[s]}; {text}" if s in told else text
    return told


def _bounded_by_rows(program: Program) -> Mask:
    """(n,) the columns with a bound that a relation of the user states."""
    asked = np.zeros(program.structure.n, np.bool_)
    for layer in (*program.lower, *program.upper):
        asked[layer.cols] = True
    return asked


def _owned(bound: BoundProgram, rows: Index, part: Solution) -> tuple[Array, Array]:
    """row_multipliers of a Solution of some of the scenarios."""
    rhs = bound.rhs if len(bound.rhs) == 1 else bound.rhs[rows]
    batch = bound.batch.take(rows)
    return row_multipliers(replace(bound, batch=batch, rhs=rhs), part)


def _of_rounding(bound: BoundProgram, solution: Solution, options: Options) -> Mapping[int, str]:
    """What scenarios without an answer owe to limits of rounding size."""
    if not np.isin(solution.status, (Status.INFEASIBLE, Status.UNVERIFIED)).any():
        return {}
    from saddlepoint.solve.proof.formulas import Formulas
    from saddlepoint.solve.sides_of_rounding import rounding_notes

    return rounding_notes(bound.batch, solution, Formulas(bound), options)


def _how_good(solution: Solution, sense: float) -> Mapping[int, str]:
    """What is known of plans that are feasible but not proven optimal."""
    said: dict[int, str] = {}
    for s in np.flatnonzero(solution.status == Status.FEASIBLE).tolist():
        by, gap = BoundBy(int(solution.bound_by[s])), solution.certificates.gap[s]
        known = f"bound {sense * solution.bound[s]:.9g} ({by.sentence}), gap {100 * gap:.3g} %"
        said[s] = (
            f"feasible: {sense * solution.objective[s]:.9g}, {known if np.isfinite(gap) else by.sentence}"
        )
        if s in solution.messages:
            said[s] += f"; {solution.messages[s]}"
    return said


def _by_table(program: Program, columns: Array, none: Mask) -> Mapping[str, Array]:
    parts: dict[str, Array] = {}
    for block in program.columns:
        part = columns[:, block.start : block.start + block.size] + 0.0
        part[none] = np.nan
        parts[block.table] = part
    return parts


def activities(bound: BoundProgram, x: Array) -> Array:
    """The left-hand side minus the constant of every row, shape (S, R)."""
    program = bound.program
    solver = program.row_of >= 0
    out = np.empty((len(x), len(program.row_of)))
    out[:, solver] = times(program.structure.A, bound.batch.A, x)
    single = np.flatnonzero(~solver)
    out[:, single] = x[:, program.col_of[single]] * program.scale[single]
    return out


def row_multipliers(bound: BoundProgram, solution: Solution, *, shared: bool = False) -> tuple[Array, Array]:
    """Multipliers of all rows, shape (S, R), and what remains on implicit column bounds, shape (S, n).

    A multiplier of a column's bound belongs to the row that set the bound; of several, to the tightest, and of equals to
    the first, or, shared, to all as the multipliers of least norm.
    """
    program = bound.program
    solver = program.row_of >= 0
    out = np.zeros((len(solution.x), len(program.row_of)))
    out[:, solver] = solution.y
    left = solution.z.copy()
    for layers, tightest, upper in (
        (program.lower, bound.batch.lb, False),
        (program.upper, bound.batch.ub, True),
    ):
        if shared and len(layers) > 1:
            _share(out, left, bound, layers, tightest, upper)
        else:
            _assign(out, left, bound, layers, tightest, upper)
    return out, left


def _assign(
    out: Array, left: Array, bound: BoundProgram, layers: tuple[Layer, ...], tightest: Array, upper: bool
) -> None:
    """Move multipliers of bounds from columns (`left`) to the rows that set them (`out`)."""
    for layer in layers:
        share = np.where(_sets(bound, layer, left, tightest, upper), left[:, layer.cols], 0.0)
        out[:, layer.rows] += share / bound.program.scale[layer.rows]
        left[:, layer.cols] -= share


def _share(
    out: Array, left: Array, bound: BoundProgram, layers: tuple[Layer, ...], tightest: Array, upper: bool
) -> None:
    """The same, to all rows that set the bound of a column: by their scales, which is the least norm that sums to its multiplier."""
    scale, total = bound.program.scale, np.zeros_like(left)
    setting = [_sets(bound, layer, left, tightest, upper) for layer in layers]
    for layer, mine in zip(layers, setting, strict=True):
        total[:, layer.cols] += mine * scale[layer.rows] ** 2
    for layer, mine in zip(layers, setting, strict=True):
        own, whole = scale[layer.rows], total[:, layer.cols]
        part = np.divide(own**2, whole, out=np.zeros_like(whole), where=mine)
        out[:, layer.rows] += part * left[:, layer.cols] / own
    left[total > 0] = 0.0


def _sets(bound: BoundProgram, layer: Layer, left: Array, tightest: Array, upper: bool) -> Mask:
    """(S, columns of the layer) whether a row is there, and sets the bound that the multiplier stands at."""
    multiplier = left[:, layer.cols]
    acts = multiplier < 0 if upper else multiplier > 0
    acts &= bound_values(layer, bound.program, bound.rhs) == tightest[:, layer.cols]
    return acts if bound.absent is None else acts & ~bound.absent[:, layer.rows]
