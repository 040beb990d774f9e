"""What stands for all that lies below the nodes of one depth: cuts, one of each pass for each node."""

from __future__ import annotations

from dataclasses import field

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.nested.nodes import TreeNodes

IDLE = 8
"""Passes after which a cut that carried nothing at any node is left out."""


@dataclass(slots=True, kw_only=True)
class NodeCuts:
    """θ(u) ≥ constant + slopeᵀs, s (n_out,) what node u passes on; of feasibility (counts False) the same with 0 in place of θ.

    constant: (N,) and slope: (N, n_out) of every pass, −inf where a node has none; counts: (N,); used: the last pass in which each carried something.
    """

    constant: list[Array] = field(default_factory=list[Array])
    slope: list[Array] = field(default_factory=list[Array])
    counts: list[Mask] = field(default_factory=list[Mask])
    used: list[int] = field(default_factory=list[int])

    def add(self, constant: Array, slope: Array, counts: Mask) -> None:
        """The cuts of one more pass."""
        self.used.append(len(self.constant))
        self.constant.append(constant)
        self.slope.append(slope)
        self.counts.append(counts)

    @property
    def kept(self) -> list[int]:
        """The passes whose cuts take part."""
        return [p for p, last in enumerate(self.used) if last >= len(self.used) - IDLE]

    def note(self, kept: list[int], multipliers: Array) -> None:
        """Which of some cuts carried something: multipliers (N, kept)."""
        for p, carries in zip(kept, (multipliers != 0).any(axis=0).tolist(), strict=True):
            if carries:
                self.used[p] = len(self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeForm:
    """The problems of all nodes of one depth over (y, θ), with the cuts of some passes. A: (N, entries); slope: (N, kept, n_out);
    tail: (N, kept) constants; known: (N,) which nodes have a cut that counts (what is below the others is left out)."""

    nodes: TreeNodes
    pattern: Pattern
    A: Array
    slope: Array
    tail: Array
    known: Mask
    kept: list[int]
    theta: int

    @classmethod
    def of(cls, nodes: TreeNodes, cuts: NodeCuts | None) -> NodeForm:
        """cuts: None at the leaves."""
        kept = [] if cuts is None else cuts.kept
        size, count, width = nodes.size, len(kept), len(nodes.passed_on)
        if cuts is None or not kept:
            slope, tail, counts = np.zeros((size, 0, width)), np.zeros((size, 0)), np.zeros((size, 0), bool)
        else:
            slope = np.stack([cuts.slope[p] for p in kept], axis=1)
            tail = np.stack([cuts.constant[p] for p in kept], axis=1)
            counts = np.stack([cuts.counts[p] for p in kept], axis=1)
        theta = int(cuts is not None)
        own = np.flatnonzero(nodes.passed_on >= nodes.n_in)
        cut = nodes.m + np.arange(count)
        row = np.concatenate([nodes.W_row, np.repeat(cut, len(own)), np.repeat(cut, theta)])
        column = np.concatenate(
            [
                nodes.W_column,
                np.tile(nodes.passed_on[own] - nodes.n_in, count),
                np.full(count * theta, nodes.n),
            ]
        )
        values = np.concatenate(
            [nodes.W, -slope[:, :, own].reshape(size, -1), counts[:, : count * theta].astype(float)], axis=1
        )
        order = np.lexsort((row, column))
        return cls(
            nodes=nodes, pattern=Pattern.of(row[order], column[order], (nodes.m + count, nodes.n + theta)), A=values[:, order],
            slope=slope, tail=tail, known=np.logical_or.reduce(counts, axis=1), kept=kept, theta=theta,
        )  # fmt: skip

    def batch(self, x: Array) -> Batch:
        """The problems at x (N, n_in)."""
        nodes = self.nodes
        taken, lower = (
            nodes.taken(x),
            self.tail
            + np.einsum("nkc,nc->nk", self.slope[:, :, self._come], x[:, nodes.passed_on[self._come]]),
        )
        free = np.where(self.known, np.inf, 0.0)[:, None][:, : self.theta]
        return Batch.linear(
            self.pattern, self.A, size=nodes.size, q=np.concatenate([nodes.q, self.known[:, None][:, : self.theta].astype(np.float64)], axis=1), r=np.zeros((1, 1)),
            l=np.concatenate([nodes.l - taken, lower], axis=1), u=np.concatenate([nodes.u - taken, np.full_like(lower, np.inf)], axis=1),
            lb=np.concatenate([nodes.lb, -free], axis=1), ub=np.concatenate([nodes.ub, free], axis=1),
        )  # fmt: skip

    @property
    def _come(self) -> Index:
        """Places in what is passed on of what came from above."""
        return np.flatnonzero(self.nodes.passed_on < self.nodes.n_in)

    def slopes(self, multipliers: Array) -> Array:
        """(N, n_in) how the values move with x, by multipliers (N, m + kept)."""
        nodes = self.nodes
        out = nodes.slopes(multipliers[:, : nodes.m])
        come = self._come
        out[:, nodes.passed_on[come]] += np.einsum(
            "nk,nkc->nc", multipliers[:, nodes.m :], self.slope[:, :, come]
        )
        return out
