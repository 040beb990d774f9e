"""An extensive form over a tree of outcomes (or over outcomes that come true once) seen history by history, and what knowing them is worth."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.blocks import BlockEntries, nodes_followed, places_by_group
from saddlepoint.solve.decomposition.worth import OutcomeWorth, mixed_rows
from saddlepoint.solve.proof.weak_duality import safe_bound
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTree:
    """parents: (nodes,) the place of each node's parent, −1 at a root; shares: (nodes,) how likely each is to be come to."""

    parents: Index
    shares: Array

    @property
    def depth(self) -> Index:
        """(nodes,) 0 at a root."""
        out = np.zeros(len(self.parents), np.int64)
        above = self.parents.copy()
        while (above >= 0).any():
            out += above >= 0
            above = np.where(above >= 0, self.parents[above], -1)
        return out

    @property
    def leaves(self) -> Index:
        return np.setdiff1d(np.arange(len(self.parents)), self.parents)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLevel:
    """Nodes of one depth (before all: one node, −1) with their columns (N, n) and rows (N, m); rows, column_level, columns: of every entry of
    their relations; values: (N, entries)."""

    nodes: Index
    columns: Index
    rows: Index
    row: Index
    column_level: Index
    column: Index
    values: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """One scenario of an extensive form. levels: what is decided before all, then depth by depth; path: (leaves, levels) the place of each
    leaf's ancestor in its level; shares: of the leaves."""

    batch: Batch
    tree: OutcomeTree
    levels: tuple[TreeLevel, ...]
    path: Index
    leaves: Index
    shares: Array


def histories_of(batch: Batch, scenario: int, labels: Index, tree: OutcomeTree) -> Histories | str:
    """One scenario history by history, or why it cannot be. labels: (n,) the node of each column, −1 before all, −2 unknown."""
    s = batch.structure
    if s.is_conic or s.is_quadratic:
        return "it is not linear"
    one = batch if batch.size == 1 else batch.take(np.array([scenario]))
    depth, leaves = tree.depth, tree.leaves
    if len(set(depth[leaves].tolist())) > 1:
        return "the leaves of its tree lie at different depths"
    found = nodes_followed(s, labels, tree.parents)
    if found is None:
        return "a relation joins decisions of several outcomes"
    node, rows = found
    levels: list[TreeLevel] = []
    local, level_of = np.zeros(s.n, np.int64), depth[node] + 1
    level_of[node < 0] = 0
    for k in range(int(depth.max(initial=-1)) + 2):
        nodes = np.array([-1]) if k == 0 else np.flatnonzero(depth == k - 1)
        made = _level(one, nodes, node, rows, level_of, local)
        if made is None:
            return "the outcomes have different decisions or relations"
        levels.append(made)
    return Histories(
        batch=one, tree=tree, levels=tuple(levels), path=_paths(levels, tree, leaves), leaves=leaves, shares=tree.shares[leaves]
    )  # fmt: skip


def _level(
    batch: Batch, nodes: Index, node: Index, rows: Index, level_of: Index, local: Index
) -> TreeLevel | None:
    s = batch.structure
    own, mine = places_by_group(node, nodes), places_by_group(rows, nodes)
    if own is None or mine is None:
        return None
    local[own] = np.arange(own.shape[1])
    place, which = np.zeros(s.m, np.int64), np.full(s.m, -1, np.int64)
    place[mine], which[mine] = np.arange(mine.shape[1]), np.arange(len(nodes))[:, None]
    entries = BlockEntries.of(batch, 0, which, place, level_of * s.n + local, len(nodes))
    return TreeLevel(
        nodes=nodes, columns=own, rows=mine, row=entries.row, column_level=entries.column // s.n, column=entries.column % s.n,
        values=entries.values,
    )  # fmt: skip


def _paths(levels: list[TreeLevel], tree: OutcomeTree, leaves: Index) -> Index:
    out = np.zeros((len(leaves), len(levels)), np.int64)
    here = leaves
    for k in range(len(levels) - 1, 0, -1):
        out[:, k] = np.searchsorted(levels[k].nodes, here)
        here = tree.parents[here]
    return out


def _chain(found: Histories, weights: tuple[Array, ...]) -> Batch:
    """Problems along histories; weights: per level (H, nodes), by which each history mixes the numbers of the nodes."""
    starts = np.concatenate([[0], np.cumsum([v.columns.shape[1] for v in found.levels])])
    tops = np.concatenate([[0], np.cumsum([v.rows.shape[1] for v in found.levels])])
    rows = np.concatenate([v.row + tops[k] for k, v in enumerate(found.levels)])
    columns = np.concatenate([v.column + starts[v.column_level] for v in found.levels])
    order = np.lexsort((rows, columns))
    values = np.concatenate([w @ v.values for v, w in zip(found.levels, weights, strict=True)], axis=1)
    one = found.batch

    def side(array: Array, of_rows: bool, scale: bool = False) -> Array:
        parts: list[Array] = []
        for v, w in zip(found.levels, weights, strict=True):
            own = array[0][v.rows if of_rows else v.columns]
            own = own / _shares(found, v)[:, None] if scale else own
            parts.append(mixed_rows(own, w))
        return np.concatenate(parts, axis=1)

    whole = np.concatenate([one.structure.integer[v.columns[0]] for v in found.levels])
    return Batch.linear(
        Pattern.of(rows[order], columns[order], (int(tops[-1]), int(starts[-1]))), values[:, order], size=len(values), integer=whole,
        q=side(one.q, False, scale=True), r=one.r, l=side(one.l, True), u=side(one.u, True), lb=side(one.lb, False),
        ub=side(one.ub, False),
    )  # fmt: skip


def _shares(found: Histories, level: TreeLevel) -> Array:
    return np.ones(1) if level.nodes[0] < 0 else np.maximum(found.tree.shares[level.nodes], 1e-300)


def history_costs(found: Histories, x: Array) -> Array:
    """(leaves,) what the plan x (n,) costs along each history."""
    total = np.full(len(found.leaves), float(found.batch.r[0, 0]))
    for k, level in enumerate(found.levels):
        costs = (found.batch.q[0][level.columns] * x[level.columns]).sum(axis=1) / _shares(found, level)
        total += costs[found.path[:, k]]
    return total


def history_worth(found: Histories, best: Solution, options: Options) -> tuple[OutcomeWorth, float]:
    """EVPI and VSS of an extensive form with its answer, and how far the answer is from its proven bound, relative.

    All known before: every history alone. The mean outcome: at each depth the mean of all numbers; its first decisions (of single
    nodes, before the first branching) are then kept while the rest follows the tree. Source: L. Escudero, A. Garín, M. Merino, G. Pérez, TOP 15 (2007) 48–64.
    """
    one_hot = tuple(np.eye(len(v.nodes))[found.path[:, k]] for k, v in enumerate(found.levels))
    seen = solve(_chain(found, one_hot), options)
    mean = tuple((_shares(found, v) / _shares(found, v).sum())[None] for v in found.levels)
    meant = solve(_chain(found, mean), options)
    here = float(best.objective[0])
    bound = (
        float(best.bound[0])
        if found.batch.structure.is_integer
        else float(safe_bound(found.batch, best.y)[0])
    )
    gap = abs(here - bound) / max(abs(here), 1e-10) if np.isfinite(bound) else float(best.certificates.gap[0])
    worth = OutcomeWorth(
        here_and_now=here, wait_and_see=float(found.shares @ seen.objective), mean=float(meant.objective[0]),
        of_mean=_kept_first(found, meant, options),
    )  # fmt: skip
    return worth, gap


def _kept_first(found: Histories, meant: Solution, options: Options) -> float:
    """The expected cost when the first decisions are those of the mean."""
    if not meant.planned[0]:
        return np.nan
    lb, ub = found.batch.lb.copy(), found.batch.ub.copy()
    start = 0
    for level in takewhile(lambda level: len(level.nodes) == 1, found.levels):
        width = level.columns.shape[1]
        lb[0, level.columns[0]] = ub[0, level.columns[0]] = meant.x[0, start : start + width]
        start += width
    held = solve(replace(found.batch, lb=lb, ub=ub), options)
    return float(held.objective[0]) if held.planned[0] else np.inf
