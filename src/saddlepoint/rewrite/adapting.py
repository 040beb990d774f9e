"""Rows that hold decisions which adapt: what they become when one uncertain element moves and all others stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.errors import RewriteError
from saddlepoint.expr.along import total_of_all
from saddlepoint.expr.axes import folded
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.named import constant_node, rearranged, unfolded
from saddlepoint.expr.node import Information, Node, Variable
from saddlepoint.expr.operators.products import MATMUL
from saddlepoint.expr.operators.rearrange import gathered
from saddlepoint.expr.operators.uncertain import COVARIANCE_ROOT, EACH, IS_CODE
from saddlepoint.expr.uncertain import data_node, made, plus, repeat_place, rule_of, times_node

Size = Callable[[Node], Node]
"""An uncertain variable → how far its entries move, data over the variable."""


def seen_by(leaves: Iterable[Node]) -> Information | None:
    """The elements to which some of these react; None where none adapts."""
    return next((rule.seen for leaf in leaves if (rule := rule_of(leaf)) is not None), None)


def moved_with(leaves: Iterable[Node], seen: Information, of: Size | None) -> Mapping[str, Node]:
    """Every uncertain variable and adapting decision along the elements: what it becomes when one of them moves.

    of: by how much; None = by one unit.
    """
    found: dict[str, Node] = {}
    for leaf in leaves:
        if leaf.the_variable.name not in found:
            found[leaf.the_variable.name] = _moved(leaf, seen, of)
    return found


def _moved(leaf: Node, seen: Information, of: Size | None) -> Node:
    rule = rule_of(leaf)
    if rule is None:
        mask = _own_element(leaf, seen)
        return mask if of is None else replace(made(EACH, (of(leaf), mask)), shown=1)
    slopes = Node(rule.slopes.facts, variable=rule.slopes, mark=leaf.mark)
    return slopes if of is None else times_node(along_elements(seen, of, leaf), slopes)


def _own_element(leaf: Node, seen: Information) -> Node:
    """1 where an entry is the element, repeated over all elements."""
    variable = leaf.the_variable
    _, start = seen.tables[variable.table]
    facts = Facts((seen.repeat, *leaf.facts.repeats), leaf.facts.rows, leaf.facts.cols)
    numbers = np.arange(len(seen.repeat.axis)).reshape(-1, *(1,) * len(variable.place.shape))
    return constant_node(
        (start + variable.place.array[None] == numbers).astype(np.float64), facts, leaf, "element"
    )


def along_elements(seen: Information, of: Size, like: Node) -> Node:
    """A size of every element, data over the elements."""
    return plus(*(_of_table(seen, whole, start, of, like) for whole, start in seen.tables.values()))


def _of_table(seen: Information, whole: Variable, start: int, of: Size, like: Node) -> Node:
    """A size of the elements of one table, 0 for those of others."""
    node = of(Node(whole.facts, variable=whole, mark=like.mark))
    index = np.full(len(seen.repeat.axis), -1)
    order = np.argsort(whole.place.flat)
    index[start : start + len(order)] = order
    facts = replace(Facts((seen.repeat,)), varying=node.facts.varying)
    return Node(facts, gathered("elements", node.facts, facts, index), (node,), mark=like.mark)


def of_tables(seen: Information, tables: Iterable[str], like: Node) -> Node:
    """1 for the elements of some tables, 0 for the others."""
    marks = np.zeros((len(seen.repeat.axis), 1, 1))
    for key in tables:
        whole, start = seen.tables[key]
        marks[start : start + whole.place.size] = 1.0
    return constant_node(marks, Facts((seen.repeat,)), like, "elements")


def family_present(seen: Information, code: int, like: Node) -> Node:
    """How many of all elements have a distribution of this code: one number."""
    leaves = (data_node(replace(whole, uncertain=False), like) for whole, _ in seen.tables.values())
    return plus(*(total_of_all(made(IS_CODE, (leaf,), (code,))) for leaf in leaves))


def covariance_of(seen: Information) -> Variable | None:
    """The covariance of all elements, where their table has one."""
    known = (whole.uncertainty.covariance for whole, _ in seen.tables.values())
    return next((covariance for covariance in known if covariance is not None), None)


def correlated(moved: Node, seen: Information) -> Node:
    """What adds along the elements, along the rows of a root R of their covariance (RᵀR = Σ) instead."""
    covariance = covariance_of(seen)
    assert covariance is not None
    count = len(seen.repeat.axis)
    if len(seen.tables) > 1 or covariance.facts.rows.length != count:
        fix = "Give the problem one uncertain table, over one set, or write its factors: D = mean + L z with independent z."
        message = "decisions adapt to elements of which only some are tied by a covariance"
        raise RewriteError.of("R783", message, moved.mark, fix=fix)
    column, _ = folded(moved.facts, [repeat_place(moved.facts.repeats, seen.repeat.rank)])
    root = made(COVARIANCE_ROOT, (data_node(covariance, moved),))
    turned = made(MATMUL, (root, rearranged(moved, column, "fold")))
    return unfolded(turned, column, moved.facts)
