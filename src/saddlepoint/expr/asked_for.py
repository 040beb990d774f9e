"""Which numbers a relation asks for where it holds under a condition: data that stand in it cell by cell need a value only there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import Diagnostic, ExpressionError
from saddlepoint.expr import shapes
from saddlepoint.expr.axes import Arrangement
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.value import Fetch, aligned, evaluate, value
from saddlepoint.records import dataclass

_CELLWISE = (shapes.elementwise, shapes.same, shapes.star)


@dataclass(frozen=True, slots=True)
class AskedWhere:
    """The condition of a relation, over all cells of it."""

    where: Node
    facts: Facts


def cell_by_cell(relation: Relation) -> Iterator[Node]:
    """The largest data-only parts of a relation of which each row sees its own cell: not below a sum, a product of matrices, or a
    shift."""
    waiting = [*relation.sides]
    while waiting:
        node = waiting.pop()
        if not node.facts.decision:
            yield node
        elif node.operator is not None and node.operator.shape in _CELLWISE:
            waiting.extend(node.args)


def value_where(node: Node, fetch: Fetch, asked: AskedWhere | None, lazily: bool = False) -> Array:
    """The numbers of a data-only node, 0 where nobody asks for them; as `value` where there is no condition.

    lazily: as they are where all of them are numbers, without looking at the condition. Raises ExpressionError (E302) where a
    number that is asked for is none.
    """
    if asked is None:
        return value(node, fetch)
    needed = _needed(node.facts, fetch, asked)
    found = evaluate(node, fetch)
    if lazily and np.isfinite(found).all():
        return found
    found = np.broadcast_to(found, (len(found), *node.facts.shape))
    lacking = needed & (np.isnan(found) | (np.isinf(found) & (not _endless(node, fetch))))
    if lacking.any():
        raise ExpressionError(
            _no_number(node, np.argwhere(lacking)[0, 1:].astype(np.int64), _blank(node, fetch))
        )
    return np.where(needed, found, 0.0)


def _needed(facts: Facts, fetch: Fetch, asked: AskedWhere) -> Mask:
    """(S | 1, *facts.shape) the cells that some row sees."""
    asks = value(asked.where, fetch)
    holds: Mask = np.broadcast_to(asks, (len(asks), *asked.facts.shape)) != 0
    like = aligned(np.zeros((1, *facts.shape)), facts, asked.facts).shape
    gone = tuple(k for k in range(1, holds.ndim) if like[k] == 1 and holds.shape[k] != 1)
    seen: Mask = np.asarray(holds.any(axis=gone, keepdims=True))
    return seen.reshape((len(holds), *facts.shape))


def _endless(node: Node, fetch: Fetch) -> bool:
    """Whether some of the data says that there is no limit."""
    return any(np.isinf(fetch(v)).any() for v in node.variables if v.values is None and v.sparse is None)


def _blank(node: Node, fetch: Fetch) -> str:
    """Which of the data have cells without a number, in words."""
    names = [v.name for v in node.variables if v.role == "data" and np.isnan(fetch(v)).any()]
    return f"cells of {', '.join(dict.fromkeys(names))} have no value" if names else ""


def _no_number(node: Node, cell: Index, why: str) -> Diagnostic:
    whole = Arrangement.of(node.facts)
    flat = int(np.ravel_multi_index(tuple(cell), node.facts.shape))
    places = np.argwhere(whole.cells == flat)[0].tolist() if whole.dims else []
    labels = [d.axis.items[k] for d, k in zip(whole.dims, places, strict=True) if d.axis is not None]
    where = f" at {', '.join(labels)}" if labels else ""
    return Diagnostic(
        "E302",
        f"this part of the data is not a finite number{where} (division by zero, overflow, or a missing value)",
        node.mark,
        why=why,
        fix="Check the tables it reads for zeros and blanks there, or leave the cell out of the condition.",
    )
