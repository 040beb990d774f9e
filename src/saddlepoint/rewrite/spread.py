"""How far a row scatters: which uncertain elements meet in it, its deviation, and the factor in front."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.errors import RewriteError
from saddlepoint.expr.facts import Facts, Repeat
from saddlepoint.expr.named import constant_node
from saddlepoint.expr.node import Node
from saddlepoint.expr.operators.linear import ADD, NEGATIVE, SUM, TRANSPOSE
from saddlepoint.expr.operators.products import DIVIDE, MATMUL, MULTIPLY, QUOTIENT, TIMES
from saddlepoint.expr.operators.statistics import COLUMNS, code_of
from saddlepoint.expr.operators.sums import CLOSED, QUANTILE_OF_SUM, SAFETY_FACTOR
from saddlepoint.expr.operators.uncertain import COVARIANCE_ROOT, EACH, EACH_ROW, IS_CODE, LENGTH, PRESENT
from saddlepoint.expr.shapes import join_repeats
from saddlepoint.expr.uncertain import (
    column_node,
    data_node,
    is_uncertain,
    made,
    on_rows,
    plus,
    repeat_place,
    std,
    uncertain_part,
)
from saddlepoint.labels import Axis
from saddlepoint.rewrite.adapting import family_present, seen_by
from saddlepoint.rewrite.meeting import mixed

MOST_TERMS = 100_000
"""Elements × rows of a sum whose quantile is computed."""
ELEMENT_RANK = -1
"""The place of the axis of uncertain elements: before every set of the model."""

Direction = Literal["rows", "cols", "mixed"]


class TwoSides(Protocol):
    """small ≤ large with uncertain leaves (rewrite.chance.Inequality)."""

    @property
    def leaves(self) -> tuple[Node, ...]: ...
    @property
    def small(self) -> Node: ...
    @property
    def large(self) -> Node: ...
    def part(self, with_: Callable[[Node], Node]) -> Node: ...
    def part_by_name(self, leaves: Mapping[str, Node]) -> Node: ...


def turned(sides: Sequence[Node], leaf: Node) -> bool:
    """Whether a variable stands transposed in each of its occurrences."""
    tall, wide = leaf.facts.rows.length > 1, leaf.facts.cols.length > 1
    found = {
        (r if tall else None, c if wide else None)
        for side in sides
        for r, c in _followed(side, leaf.the_variable.name)
    }
    return bool(found) and all(r == "cols" or c == "rows" for r, c in found)


def _followed(node: Node, name: str) -> list[tuple[Direction, Direction]]:
    """For each occurrence of a variable: where its rows and its columns are."""
    if node.variable is not None:
        return [("rows", "cols")] if node.variable.uncertain and node.variable.name == name else []
    if not is_uncertain(node):
        return []
    record = node.operator
    found: list[tuple[Direction, Direction]] = []
    for k, arg in enumerate(node.args):
        for r, c in _followed(arg, name):
            if record in (ADD, NEGATIVE, MULTIPLY, TIMES, DIVIDE, QUOTIENT):
                found.append((r, c))
            elif record is TRANSPOSE:
                found.append((_turned(r), _turned(c)))
            elif record is MATMUL:
                lost: Direction = "cols" if k == 0 else "rows"
                found.append((_lost(r, lost), _lost(c, lost)))
            elif record is SUM and node.options[0] is not None:
                axis: Direction = "rows" if node.options[0] == 0 else "cols"
                found.append((_lost(r, axis), _lost(c, axis)))
            else:
                found.append(("mixed", "mixed"))
    return found


def _turned(where: Direction) -> Direction:
    return "mixed" if where == "mixed" else "cols" if where == "rows" else "rows"


def _lost(where: Direction, axis: Direction) -> Direction:
    return "mixed" if where == axis else where


def elements(sides: TwoSides, of: Callable[[Node], Node] | None = std) -> Mapping[str, Node]:
    """For each uncertain variable, its independent parts along one more repeat: one deviation each.

    of: the size of a deviation, data over the variable (its standard deviation, with the covariance if there is one); None = 1.
    Entry e of the repeat holds what the variable becomes when its element e moves by that and all others stay. Elements
    that never meet in a row share an entry.
    """
    first = {leaf.variable.name: leaf for leaf in sides.leaves if leaf.variable is not None}
    classes: dict[str, tuple[Node, Index, int]] = {}
    total = 0
    for name, leaf in first.items():
        apart = mixed((sides.small, sides.large), leaf)
        lengths = [n if far else 1 for n, far in zip(leaf.facts.shape, apart, strict=True)]
        place = np.arange(math.prod(lengths)).reshape(lengths)
        classes[name] = (leaf, place, total)
        total += place.size
    repeat = Repeat(ELEMENT_RANK, Axis("element", tuple(str(k + 1) for k in range(total))))
    return {name: _moved(leaf, place, start, repeat, of) for name, (leaf, place, start) in classes.items()}


def _moved(leaf: Node, place: Index, start: int, repeat: Repeat, of: Callable[[Node], Node] | None) -> Node:
    """The variable along its elements; place: the class of every entry, of length 1 along axes that share theirs."""
    covariance = leaf.the_variable.uncertainty.covariance
    tied = place.shape[-2 if on_rows(leaf) else -1] > 1
    if covariance is not None and of is std and tied and place.size == max(place.shape[-2:]):
        return _correlated(leaf, data_node(covariance, leaf), start, repeat)
    if covariance is not None and of is std and tied and place[..., 0, 0].size > 1:
        raise _several_items(leaf)
    repeats = leaf.facts.repeats if place[..., 0, 0].size > 1 else ()
    facts = Facts((repeat, *repeats), leaf.facts.rows, leaf.facts.cols)
    wide = np.broadcast_to(start + place[None], (1, *leaf.facts.shape))
    wide = wide if repeats else wide.reshape(1, -1, *wide.shape[-2:])[:, 0]
    numbers = np.arange(len(repeat.axis)).reshape(-1, *(1,) * (len(facts.shape) - 1))
    mask = constant_node((wide == numbers).astype(float), facts, leaf, "element")
    return mask if of is None else replace(made(EACH, (of(leaf), mask)), shown=1)


def _several_items(leaf: Node) -> RewriteError:
    sets = ", ".join(r.axis.name for r in leaf.facts.repeats)
    return RewriteError.of(
        "R782",
        f"this row brings entries of {leaf.the_variable.name!r} of several items of {sets} together",
        leaf.mark,
        why="its covariance ties entries of one item only, and says nothing of those of others",
        fix="Put all that is correlated on one side, with a covariance of all of it.",
    )


def _correlated(leaf: Node, covariance: Node, start: int, repeat: Repeat) -> Node:
    """Row e of R with RᵀR = Σ, as what element e moves."""
    n = covariance.facts.rows.length
    root = made(COVARIANCE_ROOT, (covariance,))
    pick = np.zeros((len(repeat.axis), 1, n))
    pick[start + np.arange(n), 0, np.arange(n)] = 1.0
    side = covariance.facts.rows
    chosen = constant_node(pick, Facts((repeat,), cols=replace(side, axes=())), leaf, "element")
    row = replace(made(EACH_ROW, (root, chosen)), shown=1)
    return made(TRANSPOSE, (row,)) if on_rows(leaf) else row


def length(node: Node) -> Node:
    """The Euclidean length of an expression along its elements."""
    return made(LENGTH, (node,), (repeat_place(join_repeats([node.facts]), ELEMENT_RANK),))


def factor(sides: TwoSides, level: Node) -> Node:
    """The safety factor of every row: that of the widest assumption among the elements that meet in it."""
    seen = seen_by(sides.leaves)
    if seen is not None:
        present = [family_present(seen, code_of(name), level) for name in CLOSED]
    else:
        codes = map(code_of, CLOSED)
        present = [_met(sides, lambda leaf, c=code: made(IS_CODE, (_codes(leaf),), (c,))) for code in codes]
    return replace(made(SAFETY_FACTOR, (level, *present)), shown=1)


def _met(sides: TwoSides, with_: Callable[[Node], Node]) -> Node:
    """Where a mark put on uncertain elements shows in the rows: every factor counts as 1 where it is not 0."""
    return plus(*(_marked(side, with_) for side in (sides.small, sides.large) if is_uncertain(side)))


def _marked(side: Node, with_: Callable[[Node], Node]) -> Node:
    found = uncertain_part(_positive(side), with_)
    assert found is not None
    return found


def _positive(node: Node) -> Node:
    """The expression with every factor of an uncertain part replaced by 1 where it is not 0 (decisions: by 1)."""
    if node.variable is not None or not is_uncertain(node):
        return node
    record = node.the_operator
    if record is NEGATIVE:
        return _positive(node.args[0])
    if record is ADD:
        return made(ADD, tuple(_positive(a) if is_uncertain(a) else a for a in node.args), (), node)
    args = tuple(_positive(a) if is_uncertain(a) else _presence(a) for a in node.args)
    return made(record, args, node.options, node)


def _presence(node: Node) -> Node:
    if node.facts.decision:
        return constant_node(np.ones(node.facts.shape[-2:]), replace(node.facts, repeats=()), node)
    return made(PRESENT, (node,))


def sum_quantile(sides: TwoSides, whole: Node, level: Node) -> Node | None:
    """The level that the uncertain part of every row stays at or below, of independent elements that data multiply.

    whole: that part; None where decisions multiply it, or elements are correlated, or elements × rows are too many.
    """
    first = {leaf.variable.name: leaf for leaf in sides.leaves if leaf.variable is not None}
    tied = any(leaf.the_variable.uncertainty.covariance is not None for leaf in first.values())
    if whole.facts.decision or tied:
        return None
    units = elements(sides, None)
    size = len(next(iter(units.values())).facts.repeats[0].axis) * math.prod(whole.facts.shape)
    if size > MOST_TERMS:
        return None
    starts = np.cumsum([0, *(math.prod(leaf.facts.shape) for leaf in first.values())]).tolist()
    places = {
        name: made(EACH, (_numbered(leaf, start), units[name]))
        for (name, leaf), start in zip(first.items(), starts, strict=False)
    }
    factors, where = sides.part_by_name(units), sides.part_by_name(places)
    tables = [x for leaf in first.values() for x in (_codes(leaf), *(column_node(leaf, c) for c in COLUMNS))]
    args = (whole, level, factors, where, *tables)
    ranks = [r.rank for r in join_repeats([a.facts for a in args])]
    kept = {r.rank for a in (level, factors, where) for r in a.facts.repeats} - {ELEMENT_RANK}
    lost = ",".join(str(k) for k, rank in enumerate(ranks) if rank not in kept)
    return replace(made(QUANTILE_OF_SUM, args, (ranks.index(ELEMENT_RANK), lost)), shown=2)


def _numbered(leaf: Node, start: int) -> Node:
    """The number of each element among all of the row's variables, from 1."""
    shape = leaf.facts.shape
    numbers = np.arange(start + 1, start + 1 + math.prod(shape), dtype=np.float64).reshape(shape)
    return constant_node(numbers, leaf.facts, leaf, "element")


def _codes(leaf: Node) -> Node:
    return data_node(replace(leaf.the_variable, uncertain=False), leaf)
