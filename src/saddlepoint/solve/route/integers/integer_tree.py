"""A tree of our own that proves what an integer plan costs at least: bounds by our arithmetic at every leaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.integer_bound import (
    SUMMED,
    IntegerProgram,
    dual_bound,
    excludes,
    keeps_whole_rows,
    satisfied,
    tightened,
)
from saddlepoint.solve.proof.tighter_rows import near_one, with_tight_coefficients, with_whole_sides
from saddlepoint.solve.route.integers.linear_relaxation import LinearRelaxation

CLOSE = 1e-9
"""Relative distance from the cutoff at which a leaf is closed."""
WHOLE = 1e-6
"""A number this near to a whole one is tried as that number."""
EXACT = 1e-12
"""A number this near to a whole one is not branched upon."""
HALF = 0.5
"""Part of the distance at which leaves are closed by which a plan must be cheaper than the cutoff to be sought."""
ENDLESS, EXACT_LEAVES = 200, 20
"""Times at most that a tree splits a range without end, and that it asks rational arithmetic."""
PATIENCE = 1_000
"""A tree is looked at after so many nodes each."""
HOPE = 5.0
"""It is given up where, as it goes, it would need more than so many times the nodes that it may take."""
FEW = 50
"""Nodes before which nothing is tried: most small trees are closed by then."""
PROBES, PROBED, PROBE_STEPS = 8, 2, 50
"""Strong branching: so many integers at a node, each until it was branched upon so often, with so many simplex steps."""


@dataclass(frozen=True, slots=True)
class TreeProof:
    """What a tree found. bound: no plan costs less (inf: there is none); closed: the bound meets the cutoff, or there
    is no plan; nodes: linear problems solved; plan: the best plan met that is better than the cutoff, or None."""

    bound: float
    closed: bool
    nodes: int
    plan: Array | None = None


def prove_cutoff(
    problem: IntegerProgram,
    cutoff: float = np.inf,
    unit: float = 0.0,
    nodes: int = 1_000,
    close: float = CLOSE,
    stop: Callable[[], bool] = bool,
    room: float = 1e-19,
) -> TreeProof:
    """Prove that no plan costs less than `cutoff`, or find one that does; inf asks whether there is a plan at all.

    unit: every cost is a multiple of it (0: not known); nodes: at most so many; close: relative distance from the
    cutoff at which a leaf is closed; stop: asked before each node; room: the least distance of the same, absolute. Depth first
    from the linear relaxation (Land and Doig 1960) with pseudo-costs (Benichou et al. 1971) from strong branching, and bounds
    tightened by reduced costs; a leaf
    counts only by `dual_bound`, HiGHS' word on its linear problem is never taken.
    """
    given, problem = problem, with_whole_sides(problem)
    tree = _Tree(problem=problem, given=given, cutoff=cutoff, unit=unit, close=close, room=room)
    found = _searched(tree, cutoff + 1e-9 * abs(cutoff), nodes, stop)
    if not tree.lost or stop():
        return found
    best = cutoff if found.plan is None else float(problem.q @ found.plan)
    again = _Tree(problem=problem, given=given, cutoff=best, unit=unit, close=close, room=room, exact=True)
    second = _searched(again, again.sought, nodes - found.nodes, stop)
    plan = found.plan if second.plan is None else second.plan
    return replace(second, nodes=found.nodes + second.nodes, plan=plan)


def _searched(asked: _Tree, dearest: float, nodes: int, stop: Callable[[], bool]) -> TreeProof:
    """What a tree finds of plans that cost at most `dearest`; `asked` is told whether it was lost."""
    problem = asked.problem
    lb, ub = tightened(problem, problem.lb, problem.ub, dearest)
    if (lb > ub).any() or (problem.l > problem.u).any():
        return asked.proof()
    part, lb, ub, units, worth = near_one(with_tight_coefficients(problem, lb, ub), lb, ub)
    tree = replace(
        asked, problem=part, cutoff=asked.cutoff * worth, unit=asked.unit * worth, room=asked.room * worth
    )
    tree.start(lb, ub)
    while tree.open and tree.nodes < nodes and not tree.lost and not stop():
        tree.visit()
        if tree.nodes % PATIENCE == 0 and tree.nodes > HOPE * nodes * tree.progress():
            break
    asked.lost = tree.lost
    found = tree.proof()
    plan = None if found.plan is None else found.plan * units
    if plan is not None and not (satisfied(problem, plan) and keeps_whole_rows(asked.given, plan)):
        return TreeProof(-np.inf, False, found.nodes)
    return TreeProof(found.bound / worth, found.closed, found.nodes, plan)


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
    """Open nodes of a depth-first search, pseudo-costs, and the best plan met. given: the rows as they were asked, whose sides plans must keep;
    exact: whether rational arithmetic is asked, and plans but for those that are `sought` were left out."""

    problem: IntegerProgram
    given: IntegerProgram
    cutoff: float
    unit: float
    close: float
    room: float
    whole: Index = field(init=False)
    lp: LinearRelaxation = field(init=False)
    open: list[_Node] = field(default_factory=list[_Node])
    nodes: int = 0
    lost: bool = False
    plan: Array | None = None
    root: float = -np.inf
    done: float = 0.0
    least: float = np.inf
    gains: Array = field(init=False)
    tried: Array = field(init=False)
    endless: int = 0
    asked: int = 0
    exact: bool = False

    def __post_init__(self) -> None:
        self.whole = np.flatnonzero(self.problem.integer)
        self.gains, self.tried = np.zeros((2, len(self.whole))), np.zeros((2, len(self.whole)))

    @property
    def target(self) -> float:
        """A leaf with this bound is closed."""
        if not np.isfinite(self.cutoff):
            return np.inf
        close = max(self.close * abs(self.cutoff), self.room)
        step = self.unit * (1 - 1e-6) - 1e-9 * abs(self.cutoff)
        return self.cutoff - max(close, step)

    @property
    def sought(self) -> float:
        """Plans that cost more need not be found: between the target and the cutoff, as rounding could hide one at the target."""
        if not np.isfinite(self.cutoff):
            return np.inf
        return max(self.target, self.cutoff - HALF * max(self.close * abs(self.cutoff), self.room))

    def start(self, lb: Array, ub: Array) -> None:
        self.lp = LinearRelaxation(self.problem, lb, ub, self.whole)
        self.open = [_Node(lb=lb[self.whole], ub=ub[self.whole], bound=-np.inf, share=1.0)]

    def progress(self) -> float:
        """The part of the tree that is closed, every child counted as half of its parent."""
        return self.done

    def proof(self) -> TreeProof:
        """The bound over all leaves: the target if all are closed, else the least of those that are open."""
        closed = not self.open and not self.lost
        if closed:
            rounds_up = self.unit > 0 and np.isfinite(self.cutoff)
            top = self.sought if self.exact else self.cutoff
            bound = self.cutoff if rounds_up else min(max(self.target, self.least), top)
        else:
            bound = min([self.root, *(n.bound for n in self.open), self.target]) if not self.lost else -np.inf
        return TreeProof(bound, closed, self.nodes, self.plan)

    def visit(self) -> None:
        """Take the last open node: close it by a bound or a proof that it holds no plan, or branch."""
        node = self.open.pop()
        if self._closed(node, node.bound):
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
        if self._closed(node, bound):
            return
        values = x[self.whole]
        off = np.abs(values - np.round(values))
        if off.max(initial=0.0) <= WHOLE:
            self._try(np.round(values))
            if self._closed(node, bound):
                return
        self._branch(node, values, bound, d)

    def _closed(self, node: _Node, bound: float) -> bool:
        """Whether the bound of a node closes it."""
        if bound < self.target:
            return False
        self.done += node.share
        self.least = min(self.least, bound)
        return True

    def _without_plan(self, node: _Node, ray: Array, lb: Array, ub: Array) -> None:
        if self._holds_none(ray, lb, ub):
            self.done += node.share
        else:
            self._split_widest(node)

    def _holds_none(self, ray: Array, lb: Array, ub: Array) -> bool:
        """Whether there is a proof that no plan lies within these bounds: a ray of multipliers, or activities."""
        there = len(ray) == len(self.problem.l)
        if there and any(excludes(self.problem, sign * ray, lb, ub) for sign in (1.0, -1.0)):
            return True
        low, high = tightened(self.problem, lb, ub)
        return bool((low > high).any())

    def _split_widest(self, node: _Node) -> None:
        """Halve the widest range of a node about which the linear solver said nothing that can be checked; where no range is
        left, rational arithmetic is asked."""
        width = node.ub - node.lb
        k = int(np.argmax(width)) if len(width) else -1
        if k < 0 or width[k] < 1:
            self._without_choice(node)
        elif np.isfinite(width[k]) or self.endless < ENDLESS:
            self.endless += not np.isfinite(width[k])
            self._children(node, k, _middle(float(node.lb[k]), float(node.ub[k])), node.bound, None)
        else:
            self.lost = True

    def _without_choice(self, node: _Node) -> None:
        """Close a node without a choice of integers where these alone miss a row, or by rational arithmetic, or lose the tree."""
        lb, ub = self.lp.within(node.lb, node.ub)
        fixed = np.where(self.problem.integer, lb, 0.0)
        if not keeps_whole_rows(self.given, fixed):
            self.done += node.share
        else:
            self._exactly(node, lb, ub)

    def _exactly(self, node: _Node, lb: Array, ub: Array) -> None:
        from saddlepoint.solve.route.integers.exact_leaf import holds_none_cheaper

        self.asked += 1
        if (
            not self.exact
            or self.asked > EXACT_LEAVES
            or not holds_none_cheaper(self.problem, lb, ub, self.target)
        ):
            self.lost = True
            return
        self.done += node.share
        self.least = min(self.least, self.target)

    def _try(self, values: Array) -> None:
        """Whether the integers at these values give a plan below the cutoff; the cutoff then is its cost."""
        word, x, _ = self.lp.solve(values, values)
        if word != "optimal":
            return
        x = np.where(self.problem.integer, np.round(x), x)
        cost = float(self.problem.q @ x)
        rounding = SUMMED * float(np.abs(self.problem.q) @ np.abs(x))
        if cost < self.target - rounding and satisfied(self.problem, x) and keeps_whole_rows(self.given, x):
            self.cutoff, self.plan = cost, x

    def _branch(self, node: _Node, values: Array, bound: float, d: Array) -> None:
        self._by_reduced_costs(node, bound, d[self.whole])
        off = np.abs(values - np.round(values))
        off[node.ub - node.lb < 1] = 0.0
        if off.max(initial=0.0) <= EXACT:
            self._split_widest(node)
            return
        k = self._choose(node, values, off, bound)
        if k is None:
            self.open.append(_Node(lb=node.lb, ub=node.ub, bound=bound, share=node.share))
            return
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

    def _choose(self, node: _Node, values: Array, off: Array, bound: float) -> int | None:
        """The fractional integer whose two children promise the largest product of gains; None where trying some has
        narrowed the node instead."""
        score = self._scores(values, off)
        tries = np.argsort(-score, kind="stable")[:PROBES]
        tries = [int(k) for k in tries if score[k] >= 0 and self.tried[:, k].min() < PROBED]
        tries = tries if self.nodes > FEW else []
        if tries and self._probe(node, values, tries, bound):
            return None
        return int(np.argmax(self._scores(values, off) if tries else score))

    def _scores(self, values: Array, off: Array) -> Array:
        """The product of the gains that are expected of the two children, −1 for what is whole."""
        down, up = values - np.floor(values), np.ceil(values) - values
        known = self.tried > 0
        mean = np.divide(self.gains, self.tried, out=np.zeros_like(self.gains), where=known)
        usual = np.array([mean[i][known[i]].mean() if known[i].any() else 1.0 for i in (0, 1)])
        rate = np.where(known, mean, usual[:, None])
        score = np.maximum(rate[0] * down, 1e-9) * np.maximum(rate[1] * up, 1e-9)
        return np.where(off > EXACT, score, -1.0)

    def _probe(self, node: _Node, values: Array, tries: list[int], bound: float) -> bool:
        """Solve the two children of some integers for a few steps; whether that closed a child, and so narrowed the node.

        Strong branching (Applegate et al. 1995).
        """
        self.lp.remember()
        narrowed = False
        for k in tries:
            at = float(np.clip(np.floor(values[k]), node.lb[k], node.ub[k] - 1))
            for up in (False, True):
                lb, ub = node.lb.copy(), node.ub.copy()
                (lb if up else ub)[k] = at + 1 if up else at
                gain = self._gain(lb, ub, bound)
                if gain == np.inf:
                    (node.ub if up else node.lb)[k] = at if up else at + 1
                    narrowed = True
                    break
                step = at + 1 - values[k] if up else values[k] - at
                if step > EXACT and np.isfinite(gain):
                    self.gains[int(up), k] += gain / step
                    self.tried[int(up), k] += 1
            if narrowed:
                break
        self.lp.recall()
        return narrowed

    def _gain(self, lb: Array, ub: Array, bound: float) -> float:
        """What a child costs more than its parent, as far as a few steps tell; inf where that closes it, NaN: not known."""
        word, _, y = self.lp.solve(lb, ub, PROBE_STEPS)
        low, high = self.lp.bounds()
        if word == "none":
            return np.inf if self._holds_none(y, low, high) else np.nan
        if not len(y):
            return np.nan
        found = dual_bound(self.problem, y, low, high)[0]
        if found >= self.target:
            self.least = min(self.least, found)
            return np.inf
        return max(0.0, found - bound) if np.isfinite(found) else np.nan

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


def _middle(low: float, high: float) -> float:
    """Where a range of whole numbers is split; one without end twice as far out each time."""
    if np.isfinite(low) and np.isfinite(high):
        return float(np.floor(0.5 * (low + high)))
    if np.isfinite(low):
        return low + max(1.0, abs(low))
    return high - max(1.0, abs(high)) if np.isfinite(high) else 0.0
