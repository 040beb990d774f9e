"""An extensive form over a tree as problems of its nodes, depth by depth: each decides once it knows what the nodes above it left."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.histories import Histories, TreeLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNodes:
    """The N nodes of one depth: minimise qᵀy over l ≤ T x + W y ≤ u, lb ≤ y ≤ ub; x (n_in,) is what the nodes above left.

    columns, rows: (N, n), (N, m) places in the extensive form; parent: (N,) place among the nodes above; weight: (N,) by which costs were divided;
    T_row, T_state, T: entries (e,), (e,), (N, e); W_row, W_column, W: likewise; q, lb, ub: (N, n); l, u: (N, m); passed_on: (n_out,) places in (x, y) of what
    nodes below look at.
    """

    columns: Index
    rows: Index
    parent: Index
    weight: Array
    T_row: Index
    T_state: Index
    T: Array
    W_row: Index
    W_column: Index
    W: Array
    q: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    n_in: int
    passed_on: Index

    @property
    def size(self) -> int:
        return len(self.columns)

    @property
    def n(self) -> int:
        return self.columns.shape[1]

    @property
    def m(self) -> int:
        return self.rows.shape[1]

    def taken(self, x: Array) -> Array:
        """(N, m) T x, of states x (N, n_in)."""
        out = np.zeros((self.size, self.m))
        for k, (row, state) in enumerate(zip(self.T_row.tolist(), self.T_state.tolist(), strict=True)):
            out[:, row] += self.T[:, k] * x[:, state]
        return out

    def slopes(self, y: Array) -> Array:
        """(N, n_in) −Tᵀy, of multipliers y (N, m)."""
        out = np.zeros((self.size, self.n_in))
        for k, (row, state) in enumerate(zip(self.T_row.tolist(), self.T_state.tolist(), strict=True)):
            out[:, state] -= self.T[:, k] * y[:, row]
        return out

    def left(self, x: Array, y: Array) -> Array:
        """(N, n_out) what is passed on by decisions y (N, n) at x (N, n_in)."""
        return np.concatenate([x, y], axis=1)[:, self.passed_on]


def nodes_of(found: Histories) -> tuple[TreeNodes, ...]:
    """The problems of all nodes, from before all to the leaves; costs of a node are divided by the largest that it and all below it have."""
    levels = found.levels
    parents = [_parents(found, k) for k in range(len(levels))]
    weights = _weights(found, parents)
    start = np.concatenate([[0], np.cumsum([v.columns.shape[1] for v in levels])])
    last_use = np.full(int(start[-1]), -1, np.int64)
    for k, level in enumerate(levels):
        ids = start[level.column_level] + level.column
        last_use[ids] = np.maximum(last_use[ids], k)
    come: Index = np.zeros(0, np.int64)
    out: list[TreeNodes] = []
    for k, level in enumerate(levels):
        own = start[k] + np.arange(level.columns.shape[1])
        known = np.concatenate([come, own])
        passed = np.flatnonzero(last_use[known] > k)
        out.append(_nodes(found, level, k, come, start, parents[k], weights[k], passed))
        come = known[passed]
    return tuple(out)


def _nodes(
    found: Histories,
    level: TreeLevel,
    k: int,
    come: Index,
    start: Index,
    parent: Index,
    weight: Array,
    passed: Index,
) -> TreeNodes:
    one = found.batch
    mine = level.column_level == k
    place = np.full(int(start[-1]), -1, np.int64)
    place[come] = np.arange(len(come))
    ids = start[level.column_level[~mine]] + level.column[~mine]
    return TreeNodes(
        columns=level.columns, rows=level.rows, parent=parent, weight=weight, T_row=level.row[~mine], T_state=place[ids],
        T=level.values[:, ~mine], W_row=level.row[mine], W_column=level.column[mine], W=level.values[:, mine],
        q=one.q[0][level.columns] / weight[:, None], l=one.l[0][level.rows], u=one.u[0][level.rows], lb=one.lb[0][level.columns],
        ub=one.ub[0][level.columns], n_in=len(come), passed_on=passed,
    )  # fmt: skip


def _parents(found: Histories, k: int) -> Index:
    """The place of every node's parent in the level above; what is before all is the parent of every root."""
    nodes = found.levels[k].nodes
    if k <= 1:
        return np.zeros(len(nodes), np.int64)
    return np.searchsorted(found.levels[k - 1].nodes, found.tree.parents[nodes])


def _weights(found: Histories, parents: list[Index]) -> list[Array]:
    sizes = [np.abs(found.batch.q[0][v.columns]).max(axis=1, initial=0.0) for v in found.levels]
    for k in range(len(sizes) - 1, 0, -1):
        below = np.bincount(parents[k], weights=sizes[k], minlength=len(sizes[k - 1]))
        sizes[k - 1] = np.maximum(sizes[k - 1], below)
    return [np.where(size > 0, size, 1.0) for size in sizes]
