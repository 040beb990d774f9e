"""Why there is no plan: the constraints of a Farkas vector and the variables of a ray, by the user's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.program import ColumnBlock, Program, RowBlock
from saddlepoint.solve.solution import Solution, Status

MOST_SCENARIOS = 100
MOST_NAMED = 6
NEGLIGIBLE = 1e-7
"""Weights below this part of the largest are noise of the solver."""


def explanations(program: Program, solution: Solution, multipliers: Array, left: Array) -> Mapping[int, str]:
    """Scenario → a sentence that names the culprits, for the first infeasible and unbounded scenarios.

    multipliers: (S, R) of the rows, left: (S, n) of implicit bounds, both as `label.row_multipliers` gives them.
    """
    said: dict[int, str] = {}
    for s in np.flatnonzero(solution.status == Status.INFEASIBLE)[:MOST_SCENARIOS].tolist():
        names = list(conflict(program, multipliers[s], left[s]))
        if names:
            said[s] = "no plan satisfies all of these together: " + _listed(names)
    for s in np.flatnonzero(solution.status == Status.UNBOUNDED)[:MOST_SCENARIOS].tolist():
        names = list(direction(program, solution.x[s]))
        if names:
            said[s] = "the objective improves without end along " + _listed(names) + "; a bound is missing"
    return said


def conflict(program: Program, multipliers: Array, left: Array) -> Iterator[str]:
    """The constraints and bounds that carry weight in a Farkas vector, heaviest first."""
    weights = np.concatenate([np.nan_to_num(multipliers), np.nan_to_num(left)])
    for k in _heaviest(weights):
        if k < len(multipliers):
            block = row_block(program, k)
            if block is not None:
                yield place(block.name, block.domain.coordinates(int(block.cells[k - block.start])))
        else:
            column = column_block(program, k - len(multipliers))
            if column is not None:
                block, cell = column
                yield "the bound of " + place(block.table, block.domain.coordinates(cell))


def direction(program: Program, ray: Array) -> Iterator[str]:
    """The variables that move along a ray, fastest first."""
    for k in _heaviest(np.nan_to_num(ray)):
        column = column_block(program, k)
        if column is not None:
            block, cell = column
            sign = "increasing" if ray[k] > 0 else "decreasing"
            yield f"{sign} {place(block.table, block.domain.coordinates(cell))}"


def _heaviest(weights: Array) -> list[int]:
    size = np.abs(weights)
    order = np.argsort(-size, kind="stable")
    return [int(k) for k in order if size[k] > NEGLIGIBLE * size[order[0]]]


def row_block(program: Program, k: int) -> RowBlock | None:
    return next((b for b in program.rows if b.start <= k < b.start + b.size), None)


def column_block(program: Program, k: int) -> tuple[ColumnBlock, int] | None:
    for block in program.columns:
        if block.start <= k < block.start + len(block.cells):
            return block, int(block.cells[k - block.start])
    return None


def place(name: str, labels: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(labels)})" if labels else name


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
