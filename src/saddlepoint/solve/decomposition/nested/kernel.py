"""Nested decomposition as a batch kernel: every scenario's extensive form over a tree, taken apart, solved, put together, and judged as any other."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.decomposition.cuts import NoCut
from saddlepoint.solve.decomposition.histories import OutcomeTree, histories_of
from saddlepoint.solve.decomposition.kernel import TOLERANCE
from saddlepoint.solve.decomposition.nested.nodes import TreeNodes, nodes_of
from saddlepoint.solve.decomposition.nested.tree_search import TreeSearch
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.proof.weak_duality import transposed_product
from saddlepoint.solve.solution import Options, Solution, Status

FEWEST: Final = 10_000
"""Nodes of a tree from which the method is tried unasked."""
NOISE: Final = 1e-13
"""Part of the largest cost or multiplier of a node below which a multiplier is rounding: where a reduced cost hangs on it alone,
its sign would be read as a fault."""


def tree_kernel(labels: Index, parents: Index, options: Options, fewest: int | None = None) -> Kernel:
    """The kernel for a problem whose columns follow the nodes of a tree; labels: (n,) the node of each column, −1 before all, −2 unknown; parents: (nodes,) −1 at
    a root."""
    fit = partial(_fit, labels=labels, parents=parents, fewest=fewest or FEWEST)
    run = partial(_run, labels=labels, parents=parents, options=options)
    return Kernel("nested decomposition", fit, run)


def _fit(batch: Batch, labels: Index, parents: Index, fewest: int) -> str | None:
    if len(parents) < fewest or batch.structure.is_integer:
        return None
    if isinstance(_nodes(batch, 0, labels, parents), str):
        return None
    return f"{len(parents):,} nodes of a tree are solved one by one and joined by cuts (nested decomposition)"


def _nodes(batch: Batch, s: int, labels: Index, parents: Index) -> tuple[TreeNodes, ...] | str:
    found = histories_of(batch, s, labels, OutcomeTree(parents=parents, shares=np.ones(len(parents))))
    return found if isinstance(found, str) else nodes_of(found)


def _run(batch: Batch, labels: Index, parents: Index, options: Options) -> tuple[Solution, Mask]:
    out = Solution.blank(batch.structure, batch.size)
    done = np.zeros(batch.size, bool)
    for s in range(batch.size):
        nodes = _nodes(batch, s, labels, parents)
        if (options.stop is not None and options.stop()) or isinstance(nodes, str):
            break
        search = TreeSearch.begun(nodes, options)
        try:
            done[s] = search.run(TOLERANCE)
        except NoCut:
            continue
        if done[s]:
            _put(batch, s, search, out)
    return out, done


def _put(batch: Batch, s: int, search: TreeSearch, out: Solution) -> None:
    one = batch if batch.size == 1 else batch.take(np.array([s]))
    for nodes, plan in zip(search.nodes, search.best, strict=True):
        out.x[s, nodes.columns] = plan
    out.y[s] = tree_multipliers(search, batch.structure.m)
    out.z[s] = one.q[0] - transposed_product(one, out.y[s : s + 1])[0]
    out.status[s] = Status.OPTIMAL
    out.objective[s] = out.bound[s] = one.q[0] @ out.x[s] + one.r[0, 0]
    out.iterations[s] = search.passes


def tree_multipliers(search: TreeSearch, m: int) -> Array:
    """(m,) multipliers of the rows of the extensive form: those that the bound is made of, cut by cut from the first depth down."""
    assert search.root is not None
    form, found = search.root
    first = search.nodes[0]
    y = np.zeros(m)
    y[first.rows] = first.weight[:, None] * found[:, : first.m]
    weights = np.zeros((search.passes, first.size))
    weights[form.kept] = (first.weight[:, None] * found[:, first.m :]).T
    for nodes, proofs in zip(search.nodes[1:], search.proofs, strict=True):
        below = np.zeros((search.passes, nodes.size))
        for carried, proof in zip(weights, proofs, strict=False):
            share = carried[nodes.parent] * proof.share
            y[nodes.rows] += share[:, None] * proof.multipliers
            np.add.at(below, (proof.cut, proof.node), share[proof.node] * proof.carried)
        weights = below
    for nodes in search.nodes:
        own = y[nodes.rows]
        size = np.maximum(nodes.weight, np.abs(own).max(axis=1, initial=0.0))
        y[nodes.rows] = np.where(np.abs(own) <= NOISE * size[:, None], 0.0, own)
    return y
