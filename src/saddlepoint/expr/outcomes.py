"""What words over outcomes make of their arguments: expectations, worst cases, tails, and the share that keeps a promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.expr.along import reduced_along, total_over
from saddlepoint.expr.apply import apply, who
from saddlepoint.expr.axes import Arrangement, Dim, SetView, folded
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.named import (
    Arguments,
    along,
    constant_node,
    less,
    number_node,
    placed,
    rearranged,
    widened,
)
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.operators.draws import CVAR_OF_DRAWS
from saddlepoint.expr.operators.extremes import MAX
from saddlepoint.expr.operators.linear import ADD
from saddlepoint.expr.operators.outcomes import LEVEL, PROBABILITIES, UNMET, tree_probabilities
from saddlepoint.expr.operators.products import MULTIPLY, RECIPROCAL
from saddlepoint.expr.ranges import Declared, range_of
from saddlepoint.expr.refusals import (
    AlongStages,
    DecidedData,
    NoBound,
    NoLevel,
    NoOutcomes,
    NotDrawn,
    OneSided,
)
from saddlepoint.expr.uncertain import leaves


def probabilities(view: SetView) -> Node:
    """How likely each item of a set of outcomes is, data over the set; raises NoOutcomes for another set."""
    if view.outcomes is None:
        raise NoOutcomes(
            f"{view.axis.name} is no set of outcomes",
            f"Say so where it is declared: {view.axis.name}: {{role: outcomes}}, with probability: a variable, or none for "
            "equally likely ones.",
        )
    given = view.outcomes.probability
    if given is not None:
        record = PROBABILITIES if view.parents is None else tree_probabilities(view.parents)
        return apply(record, (Node(given.facts, variable=given),))
    facts = Facts((view.repeat,))
    return constant_node(_equal(view).reshape(facts.shape), facts, name=f"P({view.axis.name})")


def _equal(view: SetView) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Equal shares: of the items, or of the roots of a tree and then of the children of every node."""
    if view.parents is None:
        return np.full(len(view.axis), 1.0 / max(1, len(view.axis)))
    parents = np.array(view.parents)
    shares = np.full(len(parents), np.nan)
    roots = parents < 0
    shares[roots] = 1.0 / np.count_nonzero(roots)
    waiting = np.flatnonzero(roots).tolist()
    while waiting:
        node = waiting.pop()
        below = np.flatnonzero(parents == node)
        shares[below] = shares[node] / max(1, len(below))
        waiting += below.tolist()
    return shares


def expected_value(given: Arguments) -> Node:
    """Σ P(o) x(o); of a tree over all nodes, which is the expected total along the path that comes true."""
    x = given.x
    for key in given.keys["over"]:
        along(x, key, "the argument")
        x = apply(MULTIPLY, (placed(probabilities(given.sets[key]), x.facts), x))
    check_drawn(given.x, given.keys["over"])
    if "where" in given.nodes:
        x = apply(MULTIPLY, (placed(given.nodes["where"], x.facts), x))
    return total_over(x, given.keys["over"])


def worst(given: Arguments) -> Node:
    """The largest value over outcomes; of a tree, of the totals along its paths."""
    x = given.x
    check_drawn(x, given.keys["over"])
    for key in given.keys["over"]:
        probabilities(given.sets[key])
        _check_once(given.sets[key])
        x = _totals(x, given.sets[key], key)
    made = replace(given, nodes={**given.nodes, "x": x})
    return reduced_along(MAX)(made)


def tail(given: Arguments) -> Node:
    """The mean of the worst 1 − p of the values over outcomes; of a tree, of the totals along its paths."""
    key = given.only("over")
    view, level = given.sets[key], given.nodes["p"]
    likely = probabilities(view)
    _check_once(view)
    check_drawn(given.x, (key,))
    x = _totals(given.x, view, key)
    whole, k = along(x, key, "the argument")
    _check_repeated(whole.dims[k])
    args = (x, level, apply(RECIPROCAL, (_rest(level),)), placed(likely, x.facts))
    repeats = [r.rank for r in x.facts.repeats]
    place = repeats.index(view.repeat.rank)
    return replace(apply(CVAR_OF_DRAWS, args, (place,)), shown=2)


def _rest(level: Node) -> Node:
    """1 − p; DecidedData for a decision, NoLevel for a number outside (0, 1)."""
    if level.facts.decision:
        raise DecidedData("the probability must be data", "Use a number or a table.")
    if level.number is not None and not 0.0 < level.number < 1.0:
        fix = "Give a probability such as 0.95 (a percentage is divided by 100)."
        raise NoLevel(f"a probability of {level.number:g} is outside (0, 1)", fix)
    return less(number_node(1.0), apply(LEVEL, (level,)))


def check_drawn(node: Node, keys: Sequence[str]) -> None:
    """NotDrawn where something uncertain is not drawn over these sets: it has no value in an outcome."""
    for leaf in leaves(node):
        variable = leaf.the_variable
        draws = variable.uncertainty.draws
        if draws is None or draws.axis.name not in keys:
            raise NotDrawn(
                f"{variable.name!r} is uncertain, and has no value in an outcome of {', '.join(keys)}",
                f"Give its table draws over the set: samples: {keys[0]}, or use data over {keys[0]}.",
            )


def _check_once(view: SetView) -> None:
    """AlongStages where one of the outcomes comes true in every stage: what is weighed here is the total of a whole history."""
    if view.outcomes is not None and view.outcomes.along:
        raise AlongStages(
            f"in every item of {view.outcomes.along} one of {view.axis.name} comes true, and histories are not weighed as a whole",
            f"Weigh them with `expect`, or write the tree of histories as a set whose items have parents (`parent:`) in place of `along: {view.outcomes.along}`.",
        )


def _check_repeated(dim: Dim) -> None:
    if dim.place != "repeat":
        raise NoOutcomes(
            f"{dim.name} stands on a side of a matrix here", f"Leave {dim.name} out of the variable's dim."
        )


def paths(view: SetView) -> tuple[Index, list[Index]]:
    """The leaves of a tree, and above them the places of their ancestors, nearest first, −1 above a root.

    The items themselves where the set is no tree.
    """
    count = len(view.axis)
    if view.parents is None:
        return np.arange(count), [np.arange(count)]
    parents = np.array([*view.parents, -1])
    leaves = np.setdiff1d(np.arange(count), parents)
    levels: list[Index] = []
    here = leaves
    while (here >= 0).any():
        levels.append(here)
        here = parents[here]
    return leaves, levels


def _on_leaves(x: Node, view: SetView, key: str, places: Index, leaves: Index) -> Node:
    whole, k = along(x, key, "the argument")
    dim = whole.dims[k]
    axis = view.axis.take(leaves.tolist())
    target = Dim(dim.place, axis, len(axis), dim.rank)
    return rearranged(x, whole.take(k, places, target))


def _totals(x: Node, view: SetView, key: str) -> Node:
    """The sum along the path to every leaf; x itself where the set is no tree."""
    if view.parents is None:
        return x
    leaves, levels = paths(view)
    parts = tuple(_on_leaves(x, view, key, places, leaves) for places in levels)
    return parts[0] if len(parts) == 1 else apply(ADD, parts)


def kept_share(
    relations: Sequence[Relation], level: Node, view: SetView, joint: Sequence[str], declared: Declared
) -> tuple[Node, Node]:
    """Both sides of: the outcomes in which some relation is missed have together a probability of at most 1 − level.

    joint: further sets for whose every item the relations hold in one and the same outcome. Raises OneSided for an equality,
    NoBound where nothing says how far a relation can be missed. Source: J. Luedtke, S. Ahmed, SIAM J. Optim. 19 (2008) 674–699.
    """
    likely = probabilities(view)
    _check_once(view)
    key = view.axis.name
    args: list[Node] = []
    for relation in relations:
        for residual, most in _residuals(relation, view, key, declared):
            args += [_one_column(node, joint) for node in (residual, widened(most, residual.facts))]
    missed = apply(UNMET, tuple(args))
    share = apply(MULTIPLY, (placed(likely, missed.facts), missed))
    return total_over(share, (key,)), _rest(level)


def _residuals(relation: Relation, view: SetView, key: str, declared: Declared) -> list[tuple[Node, Node]]:
    """small − large at every node of each path, with the most that it can be."""
    if relation.symbol == "==":
        raise OneSided(
            "an equality is missed in almost every outcome", "Write <= or >=, or two relations in one chance."
        )
    sides = relation.sides if relation.symbol == "<=" else (relation.right, relation.left)
    residual = less(*sides)
    along(residual, key, "the relation")
    check_drawn(residual, (key,))
    _, most = range_of(residual, declared)
    if most is None:
        raise NoBound(
            f"nothing says how far this relation can be missed: {who(residual)} has no bounds",
            "Declare lower and upper at the variables (numbers or data; the tighter, the faster).",
        )
    most = widened(placed(most, residual.facts), replace(residual.facts, decision=False))
    leaves, levels = paths(view)
    if view.parents is None:
        return [(residual, most)]
    inside = [np.where(places < 0, leaves, places) for places in levels]
    return [
        (_on_leaves(residual, view, key, places, leaves), _on_leaves(most, view, key, places, leaves))
        for places in inside
    ]


def _one_column(node: Node, joint: Sequence[str]) -> Node:
    """The node with its joint sets, and the sides of its matrix, in one column for each cell of the others."""
    whole = Arrangement.of(node.facts)
    over = [k for k, d in enumerate(whole.dims) if d.place != "repeat" or d.name in joint]
    if not over:
        return node
    return rearranged(node, folded(node.facts, over)[0], "fold")
