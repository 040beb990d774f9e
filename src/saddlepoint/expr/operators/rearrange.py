"""Linear maps that take each cell of the result from cells of one argument: selections, shifts, group sums.

They are made for the node they stand on, whatever mixture of repeats and matrix sides it has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from saddlepoint.algebra.cells import broadcast, gather, match
from saddlepoint.algebra.graph import Graph
from saddlepoint.algebra.rearrange import added_up, taken
from saddlepoint.algebra.terms import Terms, terms_at
from saddlepoint.algebra.uniform import span
from saddlepoint.arrays import Array, Index
from saddlepoint.expr.facts import Facts, Sign, first_sign
from saddlepoint.expr.node import Arrays, Moves, Nature, Operator, OperatorOptions
from saddlepoint.labels.positions import Positions

Rearrangement = Callable[[Terms], Terms]
Evaluate = Callable[[Array], Array]
Links = tuple[Index, Index]


def gathered(name: str, source: Facts, target: Facts, index: Index | Positions) -> Operator:
    """Cell r of the result is cell index[r] of the argument (flat); −1 gives 0."""

    def numbers(flat: Array) -> Array:
        if not isinstance(index, Positions):
            return flat[:, index] if whole else np.where(index >= 0, flat[:, np.maximum(index, 0)], 0.0)
        if whole:
            return flat[:, index.places]
        places = index.flat
        return np.where(places >= 0, flat[:, np.maximum(places, 0)], 0.0)

    def links() -> Links:
        places = index.flat if isinstance(index, Positions) else index
        rows = np.flatnonzero(places >= 0)
        return rows, places[rows]

    def rule(terms: Terms) -> Terms:
        if isinstance(index, Positions):
            return taken(terms, index, target.shape)
        return gather(terms, index, target.shape)

    count = index.count if isinstance(index, Positions) else int(np.count_nonzero(index >= 0))
    whole = count == index.size
    return _record(name, source, target, rule, numbers, links, count)


def summed(name: str, source: Facts, target: Facts, index: Positions) -> Operator:
    """Cell k of the argument is added into cell index[k] of the result (flat); −1 drops it."""
    size = int(np.prod(target.shape))

    @cache
    def groups() -> tuple[Index, Index, Index]:
        """The cells that count, those of one result after the other; the results that have some, and where each begins."""
        places = index.flat
        some = np.flatnonzero(places >= 0)
        order = some[np.argsort(places[some], kind="stable")]
        return order, *np.unique(places[order], return_index=True)

    def numbers(flat: Array) -> Array:
        order, cells, starts = groups()
        out = np.zeros((len(flat), size))
        if len(order):
            out[:, cells] = np.add.reduceat(flat[:, order], starts, axis=1)
        return out

    def links() -> Links:
        places = index.flat
        some = np.flatnonzero(places >= 0)
        return places[some], some

    def rule(terms: Terms) -> Terms:
        return added_up(terms, index, target.shape)

    return _record(name, source, target, rule, numbers, links, index.count)


def linked(name: str, source: Facts, target: Facts, rows: Index, cells: Index) -> Operator:
    """Cell rows[k] of the result has cell cells[k] of the argument among its summands, for every pair k."""
    order = np.argsort(rows, kind="stable")
    rows, cells = rows[order], cells[order]
    size = int(np.prod(target.shape))
    follow = span(rows)
    rowwise = isinstance(follow, slice) and follow == slice(0, size)

    def numbers(flat: Array) -> Array:
        out = np.zeros((len(flat), size))
        if len(rows):
            filled, starts = np.unique(rows, return_index=True)
            out[:, filled] = np.add.reduceat(flat[:, cells], starts, axis=1)
        return out

    def rule(terms: Terms) -> Terms:
        if terms.rowwise:
            return terms_at(terms, cells, None if rowwise else rows, target.shape)
        pair, which = match(cells, terms.row, terms.size)
        return terms.pick(which, rows[pair], target.shape)

    return _record(name, source, target, rule, numbers, lambda: (rows, cells), len(rows))


def for_each(moves: Moves, name: str, more: Facts) -> Operator:
    """The same rearrangement for each item of further repeats, which stand before those of its argument."""
    count = int(np.prod([len(r.axis) for r in more.repeats], dtype=np.int64))
    rows, cells = moves.links()
    step = np.arange(count)[:, None]
    wide = [replace(f, repeats=(*more.repeats, *f.repeats)) for f in (moves.source, moves.target)]
    sizes = [int(np.prod(f.shape)) for f in (moves.source, moves.target)]
    return linked(
        name, wide[0], wide[1], (step * sizes[1] + rows).reshape(-1), (step * sizes[0] + cells).reshape(-1)
    )


def _record(
    name: str,
    source: Facts,
    target: Facts,
    rule: Rearrangement,
    numbers: Evaluate,
    links: Callable[[], Links],
    count: int,
) -> Operator:
    """The operator; links: the pairs of a cell of the result and one of the argument, `count` of them."""

    def value(args: Arrays, options: OperatorOptions) -> Array:
        flat = np.broadcast_to(args[0], (len(args[0]), *source.shape)).reshape(len(args[0]), -1)
        return numbers(flat).reshape(len(flat), *target.shape)

    def graph(args: tuple[Terms, ...], options: OperatorOptions, fresh: int, quadratic: bool) -> Graph:
        return Graph(rule(broadcast(args[0], source.shape)), fresh)

    return Operator(
        name=name,
        arity=(1, 1),
        doc="Cells of its argument, rearranged.",
        shape=lambda facts, options: target,
        value=value,
        nature=Nature.LINEAR,
        sign=_sign if count < int(np.prod(target.shape)) else first_sign,
        latex=lambda args, options: args[0],
        graph=graph,
        whole=lambda cp, grid: _through_cvxpy(cp, grid, source, target, links()),
        moves=Moves(source, target, links),
        group="axes",
    )


def _sign(signs: tuple[Sign, ...]) -> Sign:
    return signs[0] + Sign.ZERO


def _through_cvxpy(cp: Any, grid: Any, source: Facts, target: Facts, links: Links) -> Any:
    """The map as one sparse matrix on all cells of the argument."""
    from scipy.sparse import coo_matrix

    shape = (int(np.prod(target.shape)), int(np.prod(source.shape)))
    matrix = coo_matrix((np.ones(len(links[0])), links), shape=shape).tocsr()
    cells = [cp.vec(grid[item], order="C") for item in np.ndindex(*source.shape[:-2])]
    flat = matrix @ (cp.hstack(cells) if len(cells) > 1 else cells[0])
    out = np.empty(target.shape[:-2], dtype=object)
    place = np.arange(shape[0]).reshape(target.shape)
    for item in np.ndindex(*out.shape):
        part = place[item]
        out[item] = cp.reshape(flat[part.reshape(-1)], part.shape, order="C")
    return out
