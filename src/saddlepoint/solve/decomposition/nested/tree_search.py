"""Nested decomposition of a declared tree: forward along all nodes, backward with cuts of our own proven bounds.

Source: J. R. Birge, Operations Research 33 (1985) 989–1007; H. I. Gassmann, Math. Programming 47 (1990) 407–423 (fast forward, fast back).
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import NoCut, depths
from saddlepoint.solve.decomposition.multistage.stage_plans import StagePlans, plans_of
from saddlepoint.solve.decomposition.nested.node_cuts import NodeCuts, NodeForm
from saddlepoint.solve.decomposition.nested.nodes import TreeNodes
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.proof.weak_duality import LOST, proven
from saddlepoint.solve.solution import Options

MOST_PASSES: Final = 300
MOST_NUMBERS: Final = 60_000_000
"""Multipliers that are kept, of which those of the whole tree are made in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutProof:
    """What the cuts of one pass at the nodes above were made of. share: (N,) with what each node's multipliers stand in its
    parent's cut (0: in none); multipliers: (N, m) of its rows; node, cut, carried: (e,) of its own cuts: the node, the pass, the
    multiplier."""

    share: Array
    multipliers: Array
    node: Index
    cut: Index
    carried: Array


@dataclass(slots=True, kw_only=True)
class TreeSearch:
    """A search under way. cuts: of all depths but the last; proofs: of every depth below the first, by pass; best: the plan (per
    depth (N, n)) and cost; bound: below which no plan costs, root: the problem of the first depth that proves it and its
    multipliers."""

    nodes: tuple[TreeNodes, ...]
    options: Options
    cuts: list[NodeCuts]
    proofs: list[list[CutProof]]
    best: list[Array] = field(default_factory=list[Array])
    cost: float = np.inf
    bound: float = -np.inf
    root: tuple[NodeForm, Array] | None = None
    passes: int = 0
    numbers: int = 0
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline.of(self.options)

    @classmethod
    def begun(cls, nodes: tuple[TreeNodes, ...], options: Options) -> TreeSearch:
        inner = nodes[:-1]
        return cls(nodes=nodes, options=options, cuts=[NodeCuts() for _ in inner], proofs=[[] for _ in inner])

    def run(self, tolerance: float) -> bool:
        """Until cost and bound meet, relative; whether they did. Raises NoCut."""
        while self.passes < MOST_PASSES and self.numbers < MOST_NUMBERS and not self.deadline.over():
            if not self.ahead():
                return False
            if np.isfinite(self.cost) and self.cost - self.bound <= tolerance * max(abs(self.cost), 1e-10):
                return True
        return False

    def ahead(self) -> bool:
        """One pass forward and back; whether the first depth has a plan. Raises NoCut."""
        self.passes += 1
        return self._back(*self._forward())

    def form(self, k: int) -> NodeForm:
        """The problems of depth k with the cuts that they have now."""
        return NodeForm.of(self.nodes[k], self.cuts[k] if k < len(self.cuts) else None)

    def _forward(self) -> tuple[list[Array], NodeForm, StagePlans]:
        """What comes into every depth, until one has a node without a plan; and the problems of the last depth reached, with their answer."""
        states, plans = [np.zeros((1, 0))], list[Array]()
        form, found = self._planned(0, states[0], plans)
        for k in range(1, len(self.nodes)):
            if found.none.any():
                return states, form, found
            states.append(self.nodes[k - 1].left(states[-1], plans[-1])[self.nodes[k].parent])
            form, found = self._planned(k, states[k], plans)
        costs = [v.weight @ (v.q * y).sum(axis=1) for v, y in zip(self.nodes, plans, strict=True)]
        if not found.none.any() and float(sum(costs)) < self.cost:
            self.best, self.cost = plans, float(sum(costs))
        return states, form, found

    def _planned(self, k: int, x: Array, plans: list[Array]) -> tuple[NodeForm, StagePlans]:
        form = self.form(k)
        found = plans_of(form.batch(x), self.deadline.within(self.options))
        found.check_known()
        plans.append(found.y[:, : self.nodes[k].n])
        return form, found

    def _back(self, states: list[Array], form: NodeForm, found: StagePlans) -> bool:
        """Cuts from the last depth reached up to the first; whether the first has a plan."""
        for k in range(len(states) - 1, 0, -1):
            self._cut(k, states[k], form, found)
            form = self.form(k - 1)
            found = plans_of(form.batch(states[k - 1]), self.deadline.within(self.options))
            found.check_known()
            if k > 1:
                self.cuts[k - 1].note(form.kept, found.multipliers[:, self.nodes[k - 1].m :])
        if found.none.any():
            return False
        if form.known.all() or len(self.nodes) == 1:
            value, lost = proven(form.batch(states[0]), found.multipliers)
            bound = float(value[0] * self.nodes[0].weight[0])
            if lost[0] <= LOST and bound > self.bound:
                self.bound, self.root = bound, (form, found.multipliers)
        if self.cuts:
            self.cuts[0].note(form.kept, found.multipliers[:, self.nodes[0].m :])
        return True

    def _cut(self, k: int, x: Array, form: NodeForm, found: StagePlans) -> None:
        """One cut for every node above depth k: of feasibility where one below it has no plan, else of cost, where all below it are known."""
        nodes, above = self.nodes[k], self.nodes[k - 1]
        batch, slopes = form.batch(x), form.slopes(found.multipliers)
        share = nodes.weight / above.weight[nodes.parent]
        value, lost = proven(batch, found.multipliers)
        lacking, blind = np.zeros((2, above.size), bool)
        lacking[nodes.parent[found.none]] = True
        if k < len(self.nodes) - 1:
            blind[nodes.parent[~form.known]] = True
        counted = ~(lacking | blind)[nodes.parent]
        if (lost[counted] > LOST).any():
            raise NoCut(
                f"the multipliers of a node prove nothing (a reduced cost is off by {lost[counted].max():.1e})"
            )
        share = np.where(counted, share, 0.0)
        if lacking.any():
            _prove_lacking(batch, nodes, found, slopes, value, share)
        constant, slope = np.zeros(above.size), np.zeros((above.size, nodes.n_in))
        np.add.at(constant, nodes.parent, share * (value - np.einsum("nc,nc->n", slopes, x)))
        np.add.at(slope, nodes.parent, share[:, None] * slopes)
        constant[blind & ~lacking] = -np.inf
        self.cuts[k - 1].add(constant, slope, ~(lacking | blind))
        node, at = np.nonzero(found.multipliers[:, nodes.m :])
        self.proofs[k - 1].append(
            CutProof(
                share=share, multipliers=found.multipliers[:, : nodes.m], node=node, cut=np.array(form.kept, np.int64)[at],
                carried=found.multipliers[node, nodes.m + at],
            )
        )  # fmt: skip
        self.numbers += nodes.size * nodes.m + len(node)


def _prove_lacking(
    batch: Batch, nodes: TreeNodes, found: StagePlans, slopes: Array, value: Array, share: Array
) -> None:
    """Of every parent the worst node without a plan: into value (N,) by how much its multipliers exclude every plan, into share (N,) what makes
    that a cut in units of its own. NoCut where there is no proof."""
    rows = np.flatnonzero(found.none)
    gain = depths(batch.take(rows), found.multipliers[rows])
    size = np.maximum(
        np.abs(slopes[rows]).max(axis=1, initial=0.0),
        np.abs(found.multipliers[rows]).max(axis=1, initial=1e-300),
    )
    order = np.lexsort((-gain / size, nodes.parent[rows]))
    _, first = np.unique(nodes.parent[rows[order]], return_index=True)
    worst = order[first]
    if (gain[worst] <= 0).any():
        raise NoCut("a node has no plan, and no proof of it was found")
    value[rows[worst]], share[rows[worst]] = gain[worst], 1 / size[worst]
