"""Which entries of an uncertain variable meet in one row of an expression."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Moves, Node
from saddlepoint.expr.operators.linear import ADD, NEGATIVE, SUM, TRANSPOSE
from saddlepoint.expr.operators.products import DIVIDE, MATMUL, MULTIPLY, QUOTIENT, TIMES
from saddlepoint.expr.shapes import elementwise
from saddlepoint.expr.uncertain import is_uncertain
from saddlepoint.expr.value import aligned

NONE: Final = -1
SEVERAL: Final = -2
_ENTRYWISE: Final = (ADD, NEGATIVE, MULTIPLY, TIMES, DIVIDE, QUOTIENT)


def mixed(sides: Sequence[Node], leaf: Node) -> tuple[bool, ...]:
    """For every axis of a variable (its repeats, rows, columns): whether entries that differ in it meet in one row."""
    frame = elementwise(tuple(side.facts for side in sides))
    codes = [(side.facts, c) for side in sides if (c := _codes(side, leaf.the_variable.name)) is not None]
    wide = [_aligned(c, facts, frame) for facts, c in codes]
    return tuple(bool((whole == SEVERAL).any()) for whole in reduce(_either, wide))


def _codes(node: Node, name: str) -> Index | None:
    """Of every cell, the code of the entry in it along each axis of the variable: (axes, *shape); None without it.

    NONE where the cell holds no entry, SEVERAL where it holds entries of several codes.
    """
    if node.variable is not None:
        mine = node.variable.uncertain and node.variable.name == name
        return np.indices(node.facts.shape) if mine else None
    if not is_uncertain(node):
        return None
    inside = [(k, c) for k, a in enumerate(node.args) if (c := _codes(a, name)) is not None]
    if not inside:
        return None
    return reduce(_either, [_through(node, k, codes) for k, codes in inside])


def _through(node: Node, k: int, codes: Index) -> Index:
    """The codes of argument k in the cells of a node."""
    record = node.the_operator
    if record.moves is not None:
        return _moved(record.moves, codes)
    shape = (len(codes), *node.facts.shape)
    wide = _aligned(codes, node.args[k].facts, node.facts)
    if record is TRANSPOSE:
        return np.broadcast_to(np.swapaxes(wide, -1, -2), shape)
    if record is MATMUL:
        return np.broadcast_to(_together(wide, -1 if k == 0 else -2), shape)
    if record is SUM and node.options[0] is not None:
        return np.broadcast_to(_together(wide, -2 if node.options[0] == 0 else -1), shape)
    if record in _ENTRYWISE:
        return np.broadcast_to(wide, shape)
    return np.broadcast_to(_together(_together(wide, -1), -2), shape)


def _aligned(codes: Index, facts: Facts, frame: Facts) -> Index:
    """The codes with an axis of length 1 for every repeat of the frame that they lack."""
    return aligned(codes, facts, frame)  # pyright: ignore


def _moved(moves: Moves, codes: Index) -> Index:
    """What a rearrangement brings into each cell."""
    rows, cells = moves.links()
    flat = np.broadcast_to(codes, (len(codes), *moves.source.shape)).reshape(len(codes), -1)[:, cells]
    size = int(np.prod(moves.target.shape))
    out = np.full((len(codes), size), NONE)
    for k, line in enumerate(flat):
        some = line != NONE
        least, most = np.full(size, np.iinfo(np.int64).max), np.full(size, NONE)
        np.minimum.at(least, rows[some], line[some])
        np.maximum.at(most, rows[some], line[some])
        out[k] = np.where(most == NONE, NONE, np.where(least == most, most, SEVERAL))
        out[k, rows[line == SEVERAL]] = SEVERAL
    return out.reshape(len(codes), *moves.target.shape)


def _together(codes: Index, axis: int) -> Index:
    """The code that all entries along an axis have, which stays with length 1."""
    most = codes.max(axis=axis, keepdims=True)
    least = np.where(codes == NONE, most, codes).min(axis=axis, keepdims=True)
    return np.where((codes == SEVERAL).any(axis=axis, keepdims=True) | (least != most), SEVERAL, most)


def _either(one: Index, other: Index) -> Index:
    """The codes of both where they agree or only one has any."""
    same = np.where(one == other, one, SEVERAL)
    return np.where(one == NONE, other, np.where(other == NONE, one, same))
