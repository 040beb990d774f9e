"""Why there is no plan: the constraints of a Farkas vector and the variables of a ray, by the user's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.program import ColumnBlock, Program, RowBlock
from saddlepoint.labels import Domain
from saddlepoint.labels.cells import in_words
from saddlepoint.solve.proof.exclusion import HAIR, crossed
from saddlepoint.solve.solution import Solution, Status

MOST_SCENARIOS = 100
MOST_ROWS = 300
"""Larger Farkas vectors are not made irreducible in passing: `diagnose` does that."""
NEGLIGIBLE = 1e-7
"""Weights below this part of the largest are noise of the solver."""

Owned = Callable[[Index, Solution], tuple[Array, Array]]
AnyBlock = TypeVar("AnyBlock", RowBlock, ColumnBlock)


def explanations(program: Program, batch: Batch, solution: Solution, owned: Owned) -> Mapping[int, str]:
    """Scenario → a sentence that names the culprits, for the first infeasible and unbounded scenarios.

    owned: scenarios, their Solution → multipliers of all rows (·, R) and of implicit bounds (·, n), as `label.row_multipliers`
    finds them.
    """
    said: dict[int, str] = {}
    closed = np.flatnonzero(solution.status == Status.INFEASIBLE)[:MOST_SCENARIOS]
    closed = closed[np.isfinite(solution.y[closed]).all(axis=1)]
    if len(closed):
        rows, left, other = _both_sides(batch, closed, _irreducible(batch, solution, closed), owned)
        for k, s in enumerate(closed.tolist()):
            names = list(conflict(program, rows[k], left[k], other[k]))
            if names:
                said[s] = "no plan satisfies all of these together: " + ", ".join(names)
    for s in np.flatnonzero(solution.status == Status.UNBOUNDED)[:MOST_SCENARIOS].tolist():
        names = list(direction(program, solution.x[s]))
        if names:
            said[s] = "the objective improves without end along " + ", ".join(names) + "; a bound is missing"
    return said


def _both_sides(batch: Batch, closed: Index, part: Solution, owned: Owned) -> tuple[Array, Array, Array]:
    """As `owned`, with the multipliers of implicit bounds twice: where the sides of one column cross, the second are those of the other side."""
    rows, left = owned(closed, part)
    lower, upper = (
        np.broadcast_to(side, (batch.size, side.shape[1]))[closed] for side in (batch.lb, batch.ub)
    )
    crossed = (lower > upper) & (part.z != 0)
    if not crossed.any():
        return rows, left, left
    turned = owned(closed, replace(part, y=np.zeros_like(part.y), z=np.where(crossed, -part.z, 0.0)))
    return np.abs(rows) + np.abs(turned[0]), left, np.where(turned[1] != 0, turned[1], left)


def _irreducible(batch: Batch, solution: Solution, closed: Index) -> Solution:
    """The Farkas vectors of some scenarios, made those of irreducible sets where they are linear and small."""
    from saddlepoint.solve.proof.irreducible import irreducible

    part = solution.take(closed)
    if batch.structure.is_conic:
        return part
    y, z = part.y.copy(), part.z.copy()
    for k, s in enumerate(closed.tolist()):
        one = batch.take(np.array([s]))
        if crossed(one.lb, one.ub, HAIR).any() or np.count_nonzero(y[k]) > MOST_ROWS:
            continue
        found = irreducible(one, y[k], z[k])
        if found.proven:
            y[k], z[k] = found.y, found.z
    return replace(part, y=y, z=z)


def conflict(program: Program, multipliers: Array, left: Array, other: Array) -> Iterator[str]:
    """The constraints and bounds that carry weight in a Farkas vector, by relation, the heaviest first.

    left, other: of implicit bounds, > 0 of lower ones, < 0 of upper ones; they differ where both sides of a column belong to it.
    """
    left, other = np.nan_to_num(left), np.nan_to_num(other)
    weights = np.concatenate([np.nan_to_num(multipliers), np.maximum(np.abs(left), np.abs(other))])
    found = _heaviest(weights)
    rows, columns = found[found < len(multipliers)], found[found >= len(multipliers)] - len(multipliers)
    for block in _touched(program.rows, [b.size for b in program.rows], rows):
        mine = rows[(rows >= block.start) & (rows < block.start + block.size)]
        yield places(block.called, block.domain, block.cells[mine - block.start])
    for block in _touched(program.columns, [b.size for b in program.columns], columns):
        mine = columns[(columns >= block.start) & (columns < block.start + block.size)]
        for side, sign in (("lower", 1.0), ("upper", -1.0)):
            own = mine[(sign * left[mine] > 0) | (sign * other[mine] > 0)]
            if len(own):
                named = places(block.table, block.domain, block.cells[own - block.start])
                yield f"the {side} bound of {named}"


def direction(program: Program, ray: Array) -> Iterator[str]:
    """The variables that move along a ray, by table and direction, the fastest first."""
    moved = _heaviest(np.nan_to_num(ray))
    for block in _touched(program.columns, [b.size for b in program.columns], moved):
        mine = moved[(moved >= block.start) & (moved < block.start + block.size)]
        for word, part in (("increasing", mine[ray[mine] > 0]), ("decreasing", mine[ray[mine] < 0])):
            if len(part):
                yield f"{word} {places(block.table, block.domain, block.cells[part - block.start])}"


def _touched(blocks: Sequence[AnyBlock], sizes: Sequence[int], found: Index) -> list[AnyBlock]:
    """The blocks that hold any of these positions, in the order of these."""
    order: dict[int, AnyBlock] = {}
    for block, size in zip(blocks, sizes, strict=True):
        mine = np.flatnonzero((found >= block.start) & (found < block.start + size))
        if len(mine):
            order[int(mine[0])] = block
    return [order[k] for k in sorted(order)]


def _heaviest(weights: Array) -> Index:
    size = np.abs(weights)
    order = np.argsort(-np.round(size / (size.max(initial=0.0) or 1.0), 6), kind="stable")
    return order[size[order] > NEGLIGIBLE * size.max(initial=0.0)]


def places(name: str, domain: Domain, cells: Index) -> str:
    """A constraint or table with some of its cells, neighbours as a range: "balance (17 Jan … 19 Jan, north)"."""
    texts = in_words(domain, np.sort(cells))
    return name if texts in ([], [""]) else f"{name} ({'; '.join(texts)})"


def row_block(program: Program, k: int) -> RowBlock | None:
    return next((b for b in program.rows if b.start <= k < b.start + b.size), None)


def column_block(program: Program, k: int) -> tuple[ColumnBlock, int] | None:
    for block in program.columns:
        if block.start <= k < block.start + block.size:
            return block, int(block.cells[k - block.start])
    return None


def place(name: str, labels: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(labels)})" if labels else name
