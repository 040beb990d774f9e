"""How far a row scatters: which uncertain elements meet in it, its deviation, and the factor in front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from saddlepoint.expr.facts import Facts, Repeat
from saddlepoint.expr.node import Node
from saddlepoint.expr.operators.linear import ADD, NEGATIVE, SUM, TRANSPOSE
from saddlepoint.expr.operators.products import DIVIDE, MATMUL, MULTIPLY, QUOTIENT, TIMES
from saddlepoint.expr.operators.statistics import code_of
from saddlepoint.expr.operators.uncertain import (
    CLOSED,
    COVARIANCE_ROOT,
    EACH,
    EACH_ROW,
    IS_CODE,
    LENGTH,
    PRESENT,
    SAFETY_FACTOR,
)
from saddlepoint.expr.shapes import join_repeats
from saddlepoint.expr.uncertain import (
    constant,
    data,
    is_uncertain,
    made,
    on_rows,
    std,
    uncertain_part,
)
from saddlepoint.labels import Axis

ELEMENT_RANK = 1_000_000
"""The place of the axis of uncertain elements: after every set of the model."""

Direction = Literal["rows", "cols", "mixed"]


class TwoSides(Protocol):
    """small ≤ large with uncertain leaves (rewrite.chance.Inequality)."""

    @property
    def leaves(self) -> tuple[Node, ...]: ...
    @property
    def small(self) -> Node: ...
    @property
    def large(self) -> Node: ...


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the rows and columns of a variable go in an expression.

    rows_mixed, cols_mixed: whether entries of several of its rows (columns) meet in one row of the expression;
    turned: whether it stands transposed.
    """

    rows_mixed: bool
    cols_mixed: bool
    turned: bool


def placement(sides: Iterable[Node], leaf: Node) -> Placement:
    """The placement of a variable over all its occurrences; where they differ, everything counts as mixed."""
    assert leaf.variable is not None
    tall, wide = leaf.facts.rows.length > 1, leaf.facts.cols.length > 1
    found = {
        (r if tall else None, c if wide else None)
        for side in sides
        for r, c in _followed(side, leaf.variable.name)
    }
    if len(found) != 1:
        return Placement(tall, wide, False)
    r, c = next(iter(found))
    return Placement(r == "mixed", c == "mixed", r == "cols" or c == "rows")


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


def elements(sides: TwoSides, unit: bool = False) -> Mapping[str, Node]:
    """For each uncertain variable, its independent parts along one more repeat: one deviation each (or 1).

    Entry e of the repeat holds what the variable becomes when its element e moves by one standard deviation and all
    others stay. Elements that never meet in a row share an entry.
    """
    first = {leaf.variable.name: leaf for leaf in sides.leaves if leaf.variable is not None}
    masks: dict[str, tuple[Node, bool, bool, int]] = {}
    total = 0
    for name, leaf in first.items():
        place = placement((sides.small, sides.large), leaf)
        count = (leaf.facts.rows.length if place.rows_mixed else 1) * (
            leaf.facts.cols.length if place.cols_mixed else 1
        )
        masks[name] = (leaf, place.rows_mixed, place.cols_mixed, total)
        total += count
    repeat = Repeat(ELEMENT_RANK, Axis("element", tuple(str(k + 1) for k in range(total))))
    return {name: _moved(*mask, repeat, unit) for name, mask in masks.items()}


def _moved(leaf: Node, by_row: bool, by_col: bool, start: int, repeat: Repeat, unit: bool) -> Node:
    assert leaf.variable is not None and leaf.variable.uncertainty is not None
    covariance = leaf.variable.uncertainty.covariance
    rows, cols = leaf.facts.rows.length, leaf.facts.cols.length
    tied = by_row if on_rows(leaf) else by_col
    facts = Facts((repeat,), leaf.facts.rows, leaf.facts.cols)
    if covariance is not None and tied and not unit and not (by_row and by_col and rows > 1 and cols > 1):
        return _correlated(leaf, data(covariance, leaf), start, repeat)
    r, c = (
        (np.arange(rows) if by_row else np.zeros(rows, int)),
        (np.arange(cols) if by_col else np.zeros(cols, int)),
    )
    place = start + r[:, None] * (cols if by_col else 1) + c[None, :]
    mask = constant(
        (place == np.arange(len(repeat.axis))[:, None, None]).astype(float), facts, leaf, "element"
    )
    if unit:
        return mask
    return replace(made(EACH, (std(leaf), mask)), shown=1)


def _correlated(leaf: Node, covariance: Node, start: int, repeat: Repeat) -> Node:
    """Row e of R with RᵀR = Σ, as what element e moves."""
    n = covariance.facts.rows.length
    root = made(COVARIANCE_ROOT, (covariance,))
    pick = np.zeros((len(repeat.axis), 1, n))
    pick[start + np.arange(n), 0, np.arange(n)] = 1.0
    side = covariance.facts.rows
    chosen = constant(pick, Facts((repeat,), cols=replace(side, axes=())), leaf, "element")
    row = replace(made(EACH_ROW, (root, chosen)), shown=1)
    return made(TRANSPOSE, (row,)) if on_rows(leaf) else row


def length(node: Node) -> Node:
    """The Euclidean length of an expression along its elements."""
    args = (node,)
    repeats = join_repeats([node.facts])
    place = next(k for k, r in enumerate(repeats) if r.rank == ELEMENT_RANK)
    return made(LENGTH, args, (place,))


def factor(sides: TwoSides, level: Node) -> Node:
    """The safety factor of every row: that of the widest assumption among the elements that meet in it."""
    present = [_met(sides, lambda leaf, n=name: _is(leaf, n)) for name in CLOSED]
    return replace(made(SAFETY_FACTOR, (level, *present)), shown=1)


def _is(leaf: Node, name: str) -> Node:
    assert leaf.variable is not None
    codes = data(replace(leaf.variable, uncertain=False), leaf)
    return made(IS_CODE, (codes,), (code_of(name),))


def _met(sides: TwoSides, with_: Callable[[Node], Node]) -> Node:
    """Where a mark put on uncertain elements shows in the rows: every factor counts as 1 where it is not 0."""
    parts = [_marked(side, with_) for side in (sides.small, sides.large) if is_uncertain(side)]
    return parts[0] if len(parts) == 1 else made(ADD, tuple(parts))


def _marked(side: Node, with_: Callable[[Node], Node]) -> Node:
    found = uncertain_part(_positive(side), with_)
    assert found is not None
    return found


def _positive(node: Node) -> Node:
    """The expression with every factor of an uncertain part replaced by 1 where it is not 0 (decisions: by 1)."""
    if node.variable is not None or not is_uncertain(node):
        return node
    record = node.operator
    assert record is not None
    if record is NEGATIVE:
        return _positive(node.args[0])
    if record is ADD:
        return made(ADD, tuple(_positive(a) if is_uncertain(a) else a for a in node.args), (), node)
    args = tuple(_positive(a) if is_uncertain(a) else _presence(a) for a in node.args)
    return made(record, args, node.options, node)


def _presence(node: Node) -> Node:
    if node.facts.decision:
        return constant(np.ones(node.facts.shape[-2:]), replace(node.facts, repeats=()), node)
    return made(PRESENT, (node,))
