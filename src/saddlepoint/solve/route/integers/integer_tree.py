"""A tree of our own that proves what an integer plan costs at least: bounds by our arithmetic at every leaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.solve.proof.integer_bound import IntegerProgram, dual_bound, satisfied, tightened

CLOSE = 1e-9
"""Relative distance from the cutoff at which a leaf is closed."""
WHOLE = 1e-6
"""A number this near to a whole one is tried as that number."""
EXACT = 1e-12
"""A number this near to a whole one is not branched upon."""
PATIENCE = 1_000
"""Nodes after which a tree that has closed less than PROGRESS of the gap is given up."""
PROGRESS = 0.02


@dataclass(frozen=True, slots=True)
class TreeProof:
    """What a tree found. bound: no plan costs less (inf: there is none); closed: the bound meets the cutoff, or there
    is no plan; nodes: linear problems solved; plan: the best plan met that is better than the cutoff, or None."""

    bound: float
    closed: bool
    nodes: int
    plan: Array | None = None


def prove(
    problem: IntegerProgram,
    cutoff: float = np.inf,
    unit: float = 0.0,
    nodes: int = 1_000,
    close: float = CLOSE,
    stop: Callable[[], bool] = bool,
) -> TreeProof:
    """Prove that no plan costs less than `cutoff`, or find one that does; inf asks whether there is a plan at all.

    unit: every cost is a multiple of it (0: not known); nodes: at most so many; close: relative distance from the
    cutoff at which a leaf is closed; stop: asked before each node. Depth first from the linear relaxation (Land and Doig 1960) with pseudo-costs (Benichou et al. 1971) and bounds tightened by
    reduced costs; a leaf counts only by `dual_bound`, HiGHS' word on its linear problem is never taken.
    """
    tree = _Tree(problem=problem, cutoff=cutoff, unit=unit, close=close)
    lb, ub = tightened(problem, problem.lb, problem.ub, cutoff + 1e-9 * abs(cutoff))
    if (lb > ub).any():
        return TreeProof(tree.target if np.isfinite(cutoff) else np.inf, True, 0)
    tree.start(lb, ub)
    while tree.open and tree.nodes < nodes and not tree.lost and not stop():
        tree.visit()
        if tree.nodes == PATIENCE and tree.progress() < PROGRESS:
            break
    return tree.proof()


@dataclass(slots=True, kw_only=True)
class _Node:
    """Bounds of the integers, what is known to be a lower bound, and the branching that led here."""

    lb: Array
    ub: Array
    bound: float
    share: float
    branch: tuple[int, float, bool] | None = None


@dataclass(slots=True, kw_only=True)
class _Tree:
    """Open nodes of a depth-first search, pseudo-costs, and the best plan met."""

    problem: IntegerProgram
    cutoff: float
    unit: float
    close: float
    whole: Index = field(init=False)
    lp: _Engine = field(init=False)
    open: list[_Node] = field(default_factory=list[_Node])
    nodes: int = 0
    lost: bool = False
    plan: Array | None = None
    root: float = -np.inf
    done: float = 0.0
    gains: Array = field(init=False)
    tried: Array = field(init=False)

    def __post_init__(self) -> None:
        self.whole = np.flatnonzero(self.problem.integer)
        self.gains, self.tried = np.zeros((2, len(self.whole))), np.zeros((2, len(self.whole)))

    @property
    def target(self) -> float:
        """A leaf with this bound is closed."""
        if not np.isfinite(self.cutoff):
            return np.inf
        close = self.close * max(abs(self.cutoff), 1e-10)
        step = self.unit * (1 - 1e-6) - 1e-9 * abs(self.cutoff)
        return self.cutoff - max(close, step)

    def start(self, lb: Array, ub: Array) -> None:
        self.lp = _Engine(self.problem, lb, ub, self.whole)
        self.open = [_Node(lb=lb[self.whole], ub=ub[self.whole], bound=-np.inf, share=1.0)]

    def progress(self) -> float:
        """The part of the tree that is closed, every child counted as half of its parent."""
        return self.done

    def proof(self) -> TreeProof:
        """The bound over all leaves: the target if all are closed, else the least of those that are open."""
        closed = not self.open and not self.lost
        if closed:
            bound = self.cutoff if self.unit and np.isfinite(self.cutoff) else self.target
        else:
            bound = min([self.root, *(n.bound for n in self.open), self.target]) if not self.lost else -np.inf
        return TreeProof(bound, closed, self.nodes, self.plan)

    def visit(self) -> None:
        """Take the last open node: close it by a bound or a proof that it holds no plan, or branch."""
        node = self.open.pop()
        if node.bound >= self.target:
            self.done += node.share
            return
        self.nodes += 1
        word, x, y = self.lp.solve(node.lb, node.ub)
        lb, ub = self.lp.bounds()
        if word == "none":
            self._without_plan(node, y, lb, ub)
            return
        if word != "optimal":
            self._split_widest(node)
            return
        bound, d = dual_bound(self.problem, y, lb, ub)
        self._learn(node, bound)
        if self.nodes == 1:
            self.root = bound
        bound = max(bound, node.bound)
        if bound >= self.target:
            self.done += node.share
            return
        values = x[self.whole]
        off = np.abs(values - np.round(values))
        if off.max(initial=0.0) <= WHOLE:
            self._try(np.round(values))
            if bound >= self.target:
                self.done += node.share
                return
        self._branch(node, values, bound, d)

    def _without_plan(self, node: _Node, ray: Array | None, lb: Array, ub: Array) -> None:
        calm = self.problem.without_cost()
        proven = ray is not None and any(dual_bound(calm, sign * ray, lb, ub)[0] > 0 for sign in (1.0, -1.0))
        if not proven:
            low, high = tightened(self.problem, lb, ub)
            proven = bool((low > high).any())
        if proven:
            self.done += node.share
        else:
            self._split_widest(node)

    def _split_widest(self, node: _Node) -> None:
        """Halve the widest range of a node about which the linear solver said nothing that can be checked."""
        width = node.ub - node.lb
        k = int(np.argmax(width)) if len(width) else -1
        if k < 0 or width[k] < 1 or not np.isfinite(width[k]):
            self.lost = True
            return
        self._children(node, k, float(np.floor(0.5 * (node.lb[k] + node.ub[k]))), node.bound, None)

    def _try(self, values: Array) -> None:
        """Whether the integers at these values give a plan below the cutoff; the cutoff then is its cost."""
        word, x, _ = self.lp.solve(values, values)
        if word != "optimal":
            return
        x = np.where(self.problem.integer, np.round(x), x)
        cost = float(self.problem.q @ x)
        if cost < self.target and satisfied(self.problem, x):
            self.cutoff, self.plan = cost, x

    def _branch(self, node: _Node, values: Array, bound: float, d: Array) -> None:
        self._by_reduced_costs(node, bound, d[self.whole])
        off = np.abs(values - np.round(values))
        off[node.ub - node.lb < 1] = 0.0
        if off.max(initial=0.0) <= EXACT:
            self._split_widest(node)
            return
        k = self._choose(values, off)
        at = float(np.clip(np.floor(values[k]), node.lb[k], node.ub[k] - 1))
        self._children(node, k, at, bound, float(values[k]))

    def _by_reduced_costs(self, node: _Node, bound: float, d: Array) -> None:
        """Narrow the integers to where the cost stays below the target."""
        room = self.target - bound
        if not np.isfinite(room):
            return
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steps = np.floor(room / np.abs(d) + 1e-9)
        up, down = (d > 0) & np.isfinite(node.lb), (d < 0) & np.isfinite(node.ub)
        ub = np.where(up, np.minimum(node.ub, node.lb + steps), node.ub)
        lb = np.where(down, np.maximum(node.lb, node.ub - steps), node.lb)
        node.lb, node.ub = lb, ub

    def _choose(self, values: Array, off: Array) -> int:
        """The fractional integer whose two children promise the largest product of gains."""
        down, up = values - np.floor(values), np.ceil(values) - values
        known = self.tried > 0
        mean = np.divide(self.gains, self.tried, out=np.zeros_like(self.gains), where=known)
        usual = np.array([mean[i][known[i]].mean() if known[i].any() else 1.0 for i in (0, 1)])
        rate = np.where(known, mean, usual[:, None])
        score = np.maximum(rate[0] * down, 1e-9) * np.maximum(rate[1] * up, 1e-9)
        return int(np.argmax(np.where(off > EXACT, score, -1.0)))

    def _children(self, node: _Node, k: int, at: float, bound: float, value: float | None) -> None:
        lower, upper = node.ub.copy(), node.lb.copy()
        lower[k], upper[k] = at, at + 1
        left = _Node(
            lb=node.lb,
            ub=lower,
            bound=bound,
            share=node.share / 2,
            branch=None if value is None else (k, value - at, False),
        )
        right = _Node(
            lb=upper,
            ub=node.ub,
            bound=bound,
            share=node.share / 2,
            branch=None if value is None else (k, at + 1 - value, True),
        )
        first_right = value is not None and value - at > 0.5
        self.open += [left, right] if first_right else [right, left]

    def _learn(self, node: _Node, bound: float) -> None:
        if node.branch is None or not np.isfinite(bound) or not np.isfinite(node.bound):
            return
        k, step, up = node.branch
        if step > EXACT:
            self.gains[int(up), k] += max(0.0, bound - node.bound) / step
            self.tried[int(up), k] += 1


class _Engine:
    """HiGHS on the linear relaxation, started again from the last basis; only bounds of the integers change."""

    def __init__(self, problem: IntegerProgram, lb: Array, ub: Array, whole: Index) -> None:
        import highspy
        from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

        self._lb, self._ub, self._whole = lb.copy(), ub.copy(), whole
        self._columns = whole.astype(np.int32)
        self._highs: Any = _Highs()
        self._words = highspy.HighsModelStatus
        settings = {"output_flag": False, "presolve": "off", "solver": "simplex", "small_matrix_value": 1e-12}
        settings |= {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
        for name, value in settings.items():
            self._highs.setOptionValue(name, value)
        matrix = problem.matrix.T.tocsc()
        self._highs.passModel(
            len(problem.q), len(problem.l), matrix.nnz, 1, 1, 0.0, problem.q, lb, ub, problem.l, problem.u,
            matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
            np.zeros(len(problem.q), np.int32),
        )  # fmt: skip

    def bounds(self) -> tuple[Array, Array]:
        """The bounds of all columns in the last problem."""
        return self._lb, self._ub

    def solve(self, lb: Array, ub: Array) -> tuple[str, Array, Array]:
        """ "optimal", plan and multipliers; "none", no plan and a ray; or "unknown"."""
        none = np.zeros(0)
        self._lb[self._whole], self._ub[self._whole] = lb, ub
        self._highs.changeColsBounds(len(lb), self._columns, lb, ub)
        self._highs.run()
        word = self._highs.getModelStatus()
        if word == self._words.kOptimal:
            found = self._highs.getSolution()
            return "optimal", np.asarray(found.col_value), np.asarray(found.row_dual)
        if word == self._words.kInfeasible:
            _, there, ray = self._highs.getDualRay()
            return "none", none, np.asarray(ray) if there else np.zeros(len(self._lb))[:0]
        return "unknown", none, none
