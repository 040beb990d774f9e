"""What words along named axes make of their arguments: sums, reductions, selections, groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    static,
    widened,
)
from saddlepoint.expr.node import Node, Operator
from saddlepoint.expr.operators.conditions import AT_LEAST, MORE
from saddlepoint.expr.operators.datawise import PROD
from saddlepoint.expr.operators.linear import ADD, SUM
from saddlepoint.expr.operators.products import DIVIDE, MULTIPLY
from saddlepoint.expr.operators.rearrange import gathered, summed
from saddlepoint.expr.refusals import AxisMissing, DecidedData, EmptyGroup, NoMap, PartialMap, Refusal
from saddlepoint.expr.value import aligned
from saddlepoint.labels.positions import Positions
from saddlepoint.printing.sentences import some_of

_SUMS = frozenset({"sumsq", "norm1", "norm2", "norminf"})
"""Reductions to which an item left out adds nothing."""


def _masked(given: Arguments) -> Node:
    return apply(MULTIPLY, (placed(given.nodes["where"], given.x.facts), given.x))


def summed_along(given: Arguments) -> Node:
    x = given.x if "where" not in given.nodes else _masked(given)
    if "by" in given.keys:
        return _grouped(x, given.only("over"), given.only("by"), given)
    return total_over(x, given.keys["over"])


def total_over(x: Node, over: Sequence[str]) -> Node:
    """The sum over some sets."""
    whole = Arrangement.of(x.facts)
    places = [along(x, key, "the summand")[1] for key in over]
    rest = numbered([d for k, d in enumerate(whole.dims) if k not in places])
    kept = iter(rest.sources)
    steps = [
        (np.zeros(d.length, np.int64), 0) if k in places else next(kept)[0] for k, d in enumerate(whole.dims)
    ]
    facts, index = rest.facts(x.facts), Positions(x.facts.shape, tuple(steps))
    return Node(facts, summed("sum", x.facts, facts, index), (x,), mark=x.mark)


def total_of_all(x: Node) -> Node:
    """One number: the sum over all sets."""
    names = Arrangement.of(x.facts).names
    return total_over(x, names) if names else apply(SUM, (x,), (None,))


def _grouped(x: Node, over: str, by: str, given: Arguments) -> Node:
    codes = group_codes(over, by, given.sets)
    if "where" not in given.nodes:
        _total(over, by, given.sets, f"say which items count: where={over}.{{column}} != ''")
    whole, k = along(x, over, "the summand")
    _check_new(whole, by)
    group = _like(whole.dims[k], given.sets[by])
    rest = numbered([group if i == k else d for i, d in enumerate(whole.dims)])
    index = rest.take(k, codes, whole.dims[k]).positions()
    facts = rest.facts(x.facts)
    return Node(facts, summed("sum", x.facts, facts, index), (x,), mark=x.mark)


def _total(over: str, by: str, sets: Mapping[str, SetView], otherwise: str) -> None:
    """PartialMap where some items have no group."""
    view, items = sets[by], sets[over].axis.items
    missing = [items[k] for k in np.flatnonzero(group_codes(over, by, sets) < 0)]
    if missing:
        assert view.groups_of is not None
        column = view.groups_of[1]
        raise PartialMap(
            f"{len(missing)} of {len(items)} items of {over} have no group in {by}: {some_of(missing, 3)}",
            f"Fill the column {column} of {over}, or {otherwise.format(column=column)}.",
        )


def group_codes(over: str, by: str, sets: Mapping[str, SetView]) -> Index:
    """The place of every item's group; Refusal where `by` is no grouping of `over`."""
    view = sets[by]
    if view.groups_of is None or view.groups_of[0] != over:
        raise NoMap(
            f"{by} is no grouping of {over}",
            f"Declare it by a column of the set: {by}: {{groups: {over}.<column>}}.",
        )
    return view.axis.codes(sets[over].columns[view.groups_of[1]])


def _check_new(whole: Arrangement, key: str) -> None:
    """A set cannot come in where it stands already."""
    if whole.find(key) is not None:
        raise AxisMissing(
            f"the argument already stands over {key}", "Name another set, or sum over it first."
        )


def _like(dim: Dim, view: SetView) -> Dim:
    """A dim of this set where the other stood."""
    return Dim(dim.place, view.axis, len(view.axis), view.repeat.rank if dim.place == "repeat" else -1)


def reduced_along(record: Operator) -> Callable[[Arguments], Node]:
    """A reduction of a whole matrix, over some sets instead."""

    def make(given: Arguments) -> Node:
        x = given.x
        if "where" in given.nodes:
            return _selected(record, given)
        return _over(record, x, _places(x, given))

    return make


def _selected(record: Operator, given: Arguments) -> Node:
    """Only the items that satisfy a condition: those left out add nothing to a norm, and are no candidates of an extreme."""
    condition, x = placed(given.nodes["where"], given.x.facts), given.x
    if record.name in _SUMS:
        x = apply(MULTIPLY, (condition, x))
        return _over(record, x, _places(x, given))
    holds = static(condition)
    if holds is None:
        raise Refusal(
            f"where= of {record.name} must ask for items of sets, not for data",
            "Use a filter of the set, or put the choice into the data.",
        )
    frame = apply(MULTIPLY, (condition, x)).facts
    x = widened(x, frame)
    mask = np.broadcast_to(aligned(holds, condition.facts, frame)[0], frame.shape).reshape(-1) != 0
    return _over(record, x, _places(x, given), mask)


def _places(x: Node, given: Arguments, what: str = "the argument") -> list[int]:
    """Where the sets of over= stand in a node."""
    return [along(x, key, what)[1] for key in given.keys["over"]]


def _count(x: Node, places: Sequence[int]) -> float:
    """How many items these sets of a node have together."""
    dims = Arrangement.of(x.facts).dims
    return float(np.prod([dims[k].length for k in places]))


def _over(record: Operator, x: Node, places: Sequence[int], mask: Mask | None = None) -> Node:
    column, back = folded(x.facts, places)
    if mask is None:
        fold = rearranged(x, column, "fold")
    else:
        facts = column.facts(x.facts)
        fold = Node(facts, gathered("fold", x.facts, facts, _kept(column, mask)), (x,), mark=x.mark)
    return rearranged(apply(record, (fold,), tuple(record.options.values()), x.mark), back, "unfold")


def _kept(column: Arrangement, mask: Mask) -> Index:
    """The sources of the column in which every cell left out gives its place to the first one kept."""
    cells = column.cells.reshape(-1, column.dims[-1].length)
    kept = mask[cells]
    if not kept.any(axis=1).all():
        raise EmptyGroup(
            "no item satisfies the condition", "Check the condition, or restrict the relation with where."
        )
    first = cells[np.arange(len(cells)), kept.argmax(axis=1)]
    return np.where(kept, cells, first[:, None]).reshape(-1)


def multiplied(given: Arguments) -> Node:
    """The product of data along sets; items that do not satisfy a condition count as 1."""
    x = given.x
    if x.facts.decision:
        raise DecidedData(
            "prod works on data only", "Use a data table; the product of decisions is not convex."
        )
    if "where" in given.nodes:
        condition = placed(given.nodes["where"], x.facts)
        x = apply(ADD, (apply(MULTIPLY, (condition, x)), less(number_node(1.0), condition)))
    return _over(PROD, x, _places(x, given))


def mean_along(given: Arguments) -> Node:
    if "where" in given.nodes:
        condition = placed(given.nodes["where"], given.x.facts)
        held = total_over(widened(condition, _masked(given).facts), given.keys["over"])
        return apply(DIVIDE, (summed_along(given), held))
    count = _count(given.x, _places(given.x, given))
    return apply(MULTIPLY, (number_node(1.0 / count), summed_along(given)))


def counted(given: Arguments) -> Node:
    return total_over(given.nodes["condition"], given.keys["over"])


def some_hold(given: Arguments) -> Node:
    return apply(MORE, (counted(given), number_node(0.0)))


def all_hold(given: Arguments) -> Node:
    condition = given.nodes["condition"]
    every = _count(condition, _places(condition, given, "the condition"))
    return apply(AT_LEAST, (counted(given), number_node(every)))


def picked(given: Arguments) -> Node:
    node = given.x
    for key, position in given.items.items():
        whole, k = along(node, key, "the argument")
        axis = whole.dims[k].axis
        assert axis is not None
        item = given.sets[key].axis.items[position]
        if item not in axis.positions:
            raise AxisMissing(
                f"{item!r} is not among the items of {key} here",
                "Name another item: the filter of the variable leaves this one out.",
            )
        node = rearranged(node, whole.pick(k, axis.positions[item]))
    return node


def renamed(given: Arguments) -> Node:
    """All sets at once, so that two may change places."""
    moved = Arrangement.of(given.x.facts)
    places = {old: along(given.x, old, "the argument")[1] for old in given.renamed}
    kept = [d.name for k, d in enumerate(moved.dims) if k not in places.values()]
    for old, new in given.renamed.items():
        dim, view = moved.dims[places[old]], given.sets[new]
        assert dim.axis is not None
        if new in kept or list(given.renamed.values()).count(new) > 1:
            raise AxisMissing(f"the argument already stands over {new}", "Name another set.")
        if dim.axis.items != view.axis.items:
            raise NoMap(
                f"{old} and {new} have different items",
                f"Declare {new} with copy_from: {old}, or use spread().",
            )
        moved = moved.moved(places[old], _like(dim, view))
    return rearranged(given.x, moved)


def spread(given: Arguments) -> Node:
    key = given.only("over")
    whole = Arrangement.of(given.x.facts)
    of = [
        d.name
        for d in whole.dims
        if d.name in given.sets and (given.sets[d.name].groups_of or ("",))[0] == key
    ]
    if not of:
        have = ", ".join(whole.names) or "no set"
        raise NoMap(
            f"the argument stands over {have}, none of which groups {key}",
            f"Declare the grouping: Regions: {{groups: {key}.<column>}}.",
        )
    _total(key, of[0], given.sets, "give the others a group of their own")
    _check_new(whole, key)
    k = whole.find(of[0])
    assert k is not None
    return rearranged(
        given.x, whole.take(k, group_codes(key, of[0], given.sets), _like(whole.dims[k], given.sets[key]))
    )


def position(given: Arguments) -> Node:
    view = given.sets[given.only("over")]
    facts = Facts(repeats=(view.repeat,))
    values = np.arange(1.0, len(view.axis) + 1)
    return constant_node(values.reshape(facts.shape), facts, name=f"position({view.axis.name})")


def size(given: Arguments) -> Node:
    return number_node(float(len(given.sets[given.only("over")].axis)))
