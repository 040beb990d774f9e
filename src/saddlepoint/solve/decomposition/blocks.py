"""Whom the columns and rows of an extensive form follow, and its entries by those whom they follow: what taking it apart is made of."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

UNKNOWN: Final = -2
"""The label of a column of which nobody has said whether it follows an outcome."""
BEFORE: Final = -1
"""The label of a column or row that follows no outcome."""


def nodes_followed(structure: Structure, labels: Index, parents: Index) -> tuple[Index, Index] | None:
    """The node of a tree that every column (n,) and row (m,) follows; None where a row looks at two that are not on one path.

    labels: (n,) the node of each column, BEFORE all of them, or UNKNOWN, of columns that operators added; parents: (nodes,), BEFORE at
    a root. A row follows the deepest node that it looks at. An unknown column follows the deepest of its rows, or, where these are not
    on one path, the deepest before which they part.
    """
    tree = _RootPaths.of(parents)
    rows, columns = structure.A.indices.astype(np.int64), structure.A.columns()
    node = labels + 1
    while (node < 0).any():
        seen = _deepest(tree, rows, node[columns], structure.m)
        known = (node[columns] < 0) & (seen[rows] > 0)
        at, of = columns[known], seen[rows[known]]
        found = tree.meeting(_deepest(tree, at, of, structure.n), at, of)
        if not len(at):
            node[node < 0] = 0
        node = np.where((node < 0) & (found >= 0), found, node)
    seen = np.maximum(_deepest(tree, rows, node[columns], structure.m), 0)
    if not tree.comparable(seen[rows], node[columns]).all():
        return None
    return node - 1, seen - 1


def _deepest(tree: _RootPaths, of: Index, node: Index, count: int) -> Index:
    """(count,) the deepest of the nodes that belong to each; −1 where none is known."""
    depth = np.where(node >= 0, tree.depth[node], -1)
    most = np.full(count, -1, np.int64)
    np.maximum.at(most, of, depth)
    out = np.full(count, -1, np.int64)
    here = (depth == most[of]) & (depth >= 0)
    out[of[here]] = node[here]
    return out


@dataclass(frozen=True, slots=True)
class _RootPaths:
    """Node k of a tree as k + 1, below one root 0: what is before all. parents, depth: (nodes + 1,)."""

    parents: Index
    depth: Index

    @classmethod
    def of(cls, parents: Index) -> _RootPaths:
        up = np.concatenate([[0], parents + 1])
        depth, above = np.zeros(len(up), np.int64), np.arange(len(up))
        while above.any():
            depth += above > 0
            above = up[above]
        return cls(up, depth)

    def comparable(self, a: Index, b: Index) -> Mask:
        """Whether one of each pair of nodes is on the way from the root to the other."""
        a, b = np.where(self.depth[a] < self.depth[b], (b, a), (a, b))
        while (lower := self.depth[a] > self.depth[b]).any():
            a = np.where(lower, self.parents[a], a)
        return a == b

    def meeting(self, deepest: Index, of: Index, node: Index) -> Index:
        """Of each the deepest node that is on one path with all nodes that belong to it, from `deepest` upwards."""
        out = deepest
        while not (fit := self.comparable(out[of], node)).all():
            out = out.copy()
            apart = np.unique(of[~fit])
            out[apart] = self.parents[out[apart]]
        return out


def places_by_group(of: Index, groups: Index) -> Index | None:
    """(groups, k) the places whose label is that of each group, in order; None where these are not equally many. groups: ascending."""
    places = np.flatnonzero(np.isin(of, groups))
    order = places[np.argsort(of[places], kind="stable")]
    counts = np.bincount(np.searchsorted(groups, of[order]), minlength=len(groups))
    return None if (counts != counts[0]).any() else order.reshape(len(groups), -1)


@dataclass(frozen=True, slots=True)
class BlockEntries:
    """The entries of blocks of rows that are alike: row and column of each (e,), values (blocks, e); by columns, then rows."""

    row: Index
    column: Index
    values: Array

    @classmethod
    def of(
        cls, batch: Batch, scenario: int, block: Index, row: Index, column: Index, count: int
    ) -> BlockEntries:
        """block: (m,) the block of each row, negative for none; row: (m,) its place there; column: (n,) a number of each column."""
        s = batch.structure
        here = np.flatnonzero(block[s.A.indices] >= 0)
        at, columns = s.A.indices[here].astype(np.int64), s.A.columns()[here]
        height = int(row.max(initial=0)) + 1
        known, place = np.unique(column[columns] * height + row[at], return_inverse=True)
        values = np.zeros((count, len(known)))
        values[block[at], place.reshape(-1)] = batch.row("A", scenario)[here]
        return cls(known % height, known // height, values)
