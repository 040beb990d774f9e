"""What words along the order of a set make of their arguments: shifts, windows, running sums, differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from saddlepoint.arrays import Index, Mask
from saddlepoint.expr.apply import apply
from saddlepoint.expr.axes import Arrangement, Dim, SetView, folded, numbered
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.named import (
    Arguments,
    along,
    constant_node,
    less,
    number_node,
    placed,
    rearranged,
    unfolded,
    widened,
)
from saddlepoint.expr.node import Node
from saddlepoint.expr.operators.conditions import EQUAL
from saddlepoint.expr.operators.datawise import WINDOW
from saddlepoint.expr.operators.linear import ADD, CUMSUM, SUM
from saddlepoint.expr.operators.products import MATMUL, MULTIPLY
from saddlepoint.expr.operators.rearrange import linked
from saddlepoint.expr.refusals import AxisMissing, NoFirst, Refusal

MOST_BY_DATA = 2_000
"""Along longer sets the number of items must be written: its matrix would have the square of the length."""


def shifted(sign: int) -> Callable[[Arguments], Node]:
    """The value some items before (+1) or after (−1), with what stands where there is none."""

    def make(given: Arguments) -> Node:
        key, end = given.only("over"), "first" if sign > 0 else "last"
        _check_ends(given, end)
        if "steps" in given.nodes:
            return by_data(given, given.nodes["steps"], "lag" if sign > 0 else "lead", end)
        whole, k = along(given.x, key, "the argument")
        steps = given.numbers.get("steps", 1)
        if steps < 1:
            other = "lead" if sign > 0 else "lag"
            raise Refusal(
                f"steps must be at least 1, not {steps}", f"Write {other}(…) for the other direction."
            )
        before = _before(given.sets[key], whole.dims[k], sign * steps, "cyclic" in given.flags)
        moved = whole.take(k, before)
        node = rearranged(given.x, moved)
        if not (before < 0).any():
            return node
        mask = partial(_indicator, given.sets[key], whole.dims[k])
        return _with_end(given, end, node, lambda: mask(before >= 0), lambda: mask(before < 0))

    return make


def _with_end(
    given: Arguments, end: str, node: Node, present: Callable[[], Node], gap: Callable[[], Node]
) -> Node:
    """The node with what is said of where there is no item: no value there (present: where there is one), or what stands there
    (gap: how many items are missing)."""
    if "skip" in given.flags:
        return replace(node, present=present())
    if end not in given.nodes:
        key, side = given.only("over"), "before the first" if end == "first" else "after the last"
        raise NoFirst(
            f"nothing is said of what stands {side} item of {key}",
            f"Say {end}=0, {end}=<an expression>, cyclic=True, or skip=True (no row there).",
        )
    outside = given.nodes[end]
    return node if outside.number == 0.0 else apply(ADD, (node, apply(MULTIPLY, (gap(), outside))))


def _check_ends(given: Arguments, end: str) -> None:
    """One way to say what stands where there is no item, and no two."""
    said = [end] if end in given.nodes else []
    said += sorted(given.flags & {"cyclic", "skip"})
    if len(said) > 1:
        raise NoFirst(
            f"{' and '.join(said)} say different things of the end of {given.only('over')}",
            "Keep one of them.",
        )


def _before(view: SetView, dim: Dim, steps: int, cyclic: bool) -> Index:
    """The place of the item `steps` before every item, −1 where there is none."""
    n = dim.length
    here = np.arange(n, dtype=np.int64)
    if view.parents is not None and (steps < 0 or cyclic):
        what = "after an item of a tree there may be several" if steps < 0 else "a tree has no circle"
        raise Refusal(
            f"{view.axis.name} is a tree: {what}", f"Look at the parents: lag(…, {view.axis.name}, first=0)."
        )
    if view.parents is not None:
        if n != len(view.axis):
            raise AxisMissing(
                f"only some items of the tree {view.axis.name} are here", "Drop the filter on the set."
            )
        parents = np.array([*view.parents, -1])
        for _ in range(min(steps, n)):
            here = parents[here]
        return here
    there = here - steps
    if cyclic:
        return there % n
    return np.where((there >= 0) & (there < n), there, -1)


def _indicator(view: SetView, dim: Dim, holds: Mask | Index) -> Node:
    """Numbers of the items of a set (1 where something holds), standing as the set stands in the node."""
    facts = numbered([dim]).facts(Facts())
    values = holds.astype(np.float64).reshape(facts.shape)
    return constant_node(values, facts, name=f"[{view.axis.name}]")


def rolling(given: Arguments) -> Node:
    _check_ends(given, "first")
    if "length" in given.nodes:
        return by_data(given, given.nodes["length"], "rolling_sum", "first")
    key, length = given.only("over"), given.numbers["length"]
    whole, k = along(given.x, key, "the argument")
    n = whole.dims[k].length
    if length < 1:
        raise Refusal("length of rolling_sum must be at least 1", "Give the number of items that are summed.")
    cyclic = "cyclic" in given.flags
    if cyclic and length > n:
        raise Refusal(
            f"length {length} goes round the {n} items of {key} more than once",
            f"Give at most {n}, or first=.",
        )
    reach = max(min(length, n), 1)
    back = np.stack([_before(given.sets[key], whole.dims[k], j, cyclic) for j in range(reach)])
    short = (back < 0).sum(axis=0) + (length - reach)
    frame = numbered(whole.dims)
    rows, cells = [], []
    for line in back:
        on = np.flatnonzero(line >= 0)
        rows.append(np.take(frame.cells, on, axis=k).reshape(-1))
        cells.append(np.take(whole.cells, line[on], axis=k).reshape(-1))
    facts = given.x.facts
    record = linked("rolling_sum", facts, facts, np.concatenate(rows), np.concatenate(cells))
    node = Node(facts, record, (given.x,), mark=given.x.mark)
    if not short.any():
        return node
    mask = partial(_indicator, given.sets[key], whole.dims[k])
    return _with_end(given, "first", node, lambda: mask(short == 0), lambda: mask(short))


def by_data(given: Arguments, count: Node, word: str, end: str) -> Node:
    """lag, lead and rolling_sum whose number of items is data: a 0/1 matrix of data, for every item of the other sets."""
    key = given.only("over")
    whole, k = along(given.x, key, "the argument")
    if whole.dims[k].length > MOST_BY_DATA or given.sets[key].parents is not None:
        what = "a tree" if given.sets[key].parents is not None else f"longer than {MOST_BY_DATA} items"
        raise Refusal(
            f"{word} by data works along sets of at most {MOST_BY_DATA} items in their order, and {key} is {what}",
            "Write the number itself, or one relation for each number with where:",
        )
    frame = replace(apply(MULTIPLY, (placed(count, given.x.facts), given.x)).facts, decision=False)
    x, count = widened(given.x, frame), widened(placed(count, given.x.facts), frame)
    k = Arrangement.of(x.facts).find(key) or 0
    column, _ = folded(x.facts, [k])
    items = rearranged(count, column, "fold")
    matrix = apply(WINDOW, (items,), (word, int("cyclic" in given.flags)))
    node = unfolded(apply(MATMUL, (matrix, rearranged(x, column, "fold"))), column, x.facts)
    if "cyclic" in given.flags:
        return node
    wanted = items if word == "rolling_sum" else number_node(1.0)
    missing = unfolded(less(wanted, apply(SUM, (matrix,), (1,))), column, x.facts)
    return _with_end(given, end, node, lambda: apply(EQUAL, (missing, number_node(0.0))), lambda: missing)


def cumulated(given: Arguments) -> Node:
    key = given.only("over")
    if given.sets[key].parents is not None:
        raise Refusal(
            f"{key} is a tree: cumsum does not know its branches",
            f"State it as a balance with lag(…, {key}, first=0).",
        )
    column, _ = folded(given.x.facts, [along(given.x, key, "the argument")[1]])
    return unfolded(apply(CUMSUM, (rearranged(given.x, column, "fold"),), (0,)), column, given.x.facts)


def difference(given: Arguments) -> Node:
    said = "first" in given.nodes or bool(given.flags)
    before = shifted(1)(given if said else replace(given, flags=frozenset({"skip"})))
    return replace(less(given.x, before), present=before.present)
