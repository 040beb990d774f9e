"""Words that work along named axes: what each makes of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from saddlepoint.errors import suggest
from saddlepoint.expr.apply import apply
from saddlepoint.expr.axes import Arrangement, Dim, SetView, folded, numbered
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Array, Nature, Node, Operator, Variable, Word
from saddlepoint.expr.operators.conditions import AT_LEAST, BOTH, MORE
from saddlepoint.expr.operators.convex import CONVEX
from saddlepoint.expr.operators.extremes import EXTREMES
from saddlepoint.expr.operators.linear import ADD, CUMSUM, NEGATIVE
from saddlepoint.expr.operators.products import DIVIDE, MULTIPLY
from saddlepoint.expr.operators.rearrange import gathered, linked, summed
from saddlepoint.expr.refusals import AxisMissing, EmptyGroup, NoFirst, NoMap, NotEverywhere, Refusal
from saddlepoint.expr.value import aligned, value

Index = NDArray[np.int64]


class Takes(Enum):
    """What an argument is."""

    EXPRESSION = "an expression"
    SET = "a set"
    SETS = "one set, or several in parentheses"
    CONDITION = "a condition"
    WHOLE = "a whole number"
    FLAG = "True or False"
    ITEM = "an item"


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call: nodes (expressions and conditions), keys of sets, numbers, flags; items: set key → place."""

    sets: Mapping[str, SetView]
    nodes: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    items: Mapping[str, int] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def x(self) -> Node:
        return self.nodes["x"]

    def only(self, name: str) -> str:
        """The one set that an argument names."""
        return self.keys[name][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisWord(Word):
    """A word that names sets.

    takes: its arguments in order, with what each is; needed: how many of them must be given; by_set: what a keyword that
    is the key of a set takes, None where there are none; make: the node. operator: the word is an operator too, and this
    is its form with `over=`.
    """

    takes: Mapping[str, Takes]
    needed: int
    make: Callable[[Given], Node]
    by_set: Takes | None = None
    latex: Callable[[str, Given], str]


def along(node: Node, key: str, what: str) -> tuple[Arrangement, int]:
    """The node laid out, and the place of a set in it; Refusal where it has no such axis."""
    whole = Arrangement.of(node.facts)
    place = whole.find(key)
    if place is None:
        have = ", ".join(whole.names) or "no set"
        raise AxisMissing(
            f"{what} has no axis {key}: it stands over {have}",
            suggest(key, whole.names) if whole.names else "name a set over which the expression runs",
        )
    return whole, place


def placed(node: Node, facts: Facts) -> Node:
    """A node whose sets stand where they stand in other facts: on the same side, with the same items."""
    whole, frame = Arrangement.of(node.facts), Arrangement.of(facts)
    for k, dim in enumerate(whole.dims):
        at = frame.find(dim.name) if dim.axis is not None else None
        if at is None or dim.axis is None or frame.dims[at] == dim:
            continue
        home = frame.dims[at]
        assert home.axis is not None
        codes = dim.axis.codes(home.axis.items)
        if (codes < 0).any():
            missing = home.axis.items[int(np.flatnonzero(codes < 0)[0])]
            raise AxisMissing(
                f"the condition says nothing of {missing!r} of {dim.name}",
                "give both the same items of the set",
            )
        whole = whole.take(k, codes, home)
    same = all(a == b for a, b in zip(whole.dims, Arrangement.of(node.facts).dims, strict=True))
    return node if same else _gather(node, whole)


def spanning(node: Node, facts: Facts) -> Node:
    """A condition over all cells of other facts; Refusal where it runs over a set that they lack."""
    frame = Arrangement.of(facts)
    lacking = [n for n in Arrangement.of(node.facts).names if n not in frame.names]
    if lacking:
        have = ", ".join(frame.names) or "no set"
        raise AxisMissing(
            f"the condition runs over {', '.join(lacking)}, and the relation stands over {have}",
            "ask with any(…, over=…) or all(…, over=…), or name the set in the relation",
        )
    return widened(placed(node, facts), facts)


def all_of(conditions: Sequence[Node]) -> Node | None:
    """All of the conditions, over the sets that they have; None where there is none."""
    whole: Node | None = None
    for one in conditions:
        whole = one if whole is None or whole is one else apply(BOTH, (whole, one))
    return whole


def restricted_to_present(word: AxisWord, given: Given) -> tuple[Given, Node | None]:
    """The arguments with what x lacks (skip=True) left out of a reduction; and what the result lacks still.

    Raises NotEverywhere where the word needs every item.
    """
    present = given.nodes["x"].present if "x" in given.nodes else None
    if present is None:
        return given, None
    names = Arrangement.of(present.facts).names
    over = given.keys.get("over", ())
    if "where" not in word.takes:
        raise NotEverywhere(
            f"{word.name} needs every item of {', '.join(names)}, and some have no value (skip=True)",
            "say first=… or cyclic=True instead of skip=True",
        )
    if not set(names) & set(over):
        return given, present
    if not set(names) <= set(over):
        raise NotEverywhere(
            f"some items of {', '.join(names)} have no value (skip=True), and only some of these sets are reduced",
            f"name all of them: over=({', '.join(names)})",
        )
    asked = [given.nodes["where"]] if "where" in given.nodes else []
    where = all_of([*asked, present])
    assert where is not None
    return replace(given, nodes={**given.nodes, "where": where}), None


def together(conditions: Sequence[Node], facts: Facts) -> Node | None:
    """All of the conditions, over all cells of these facts; None where there is none."""
    whole: Node | None = None
    for one in conditions:
        wide = spanning(one, facts)
        whole = wide if whole is None else apply(BOTH, (whole, wide))
    return whole


def _masked(given: Given) -> Node:
    return apply(MULTIPLY, (placed(given.nodes["where"], given.x.facts), given.x))


def _sum(given: Given) -> Node:
    x = given.x if "where" not in given.nodes else _masked(given)
    if "by" in given.keys:
        return _grouped(x, given.only("over"), given.only("by"), given)
    return total(x, given.keys["over"])


def total(x: Node, over: Sequence[str]) -> Node:
    """The sum over some sets."""
    whole = Arrangement.of(x.facts)
    places = [along(x, key, "the summand")[1] for key in over]
    rest = numbered([d for k, d in enumerate(whole.dims) if k not in places])
    cells = rest.cells
    for k in sorted(places):
        cells = np.expand_dims(cells, k)
    index = np.broadcast_to(cells, whole.cells.shape).reshape(-1)
    facts = rest.facts(x.facts)
    return Node(facts, summed("sum", x.facts, facts, index), (x,), mark=x.mark)


def _grouped(x: Node, over: str, by: str, given: Given) -> Node:
    codes = group_codes(over, by, given.sets)
    whole, k = along(x, over, "the summand")
    group = _like(whole.dims[k], given.sets[by])
    rest = numbered([group if i == k else d for i, d in enumerate(whole.dims)])
    index = np.take(rest.cells, np.maximum(codes, 0), axis=k)
    none = np.reshape(codes < 0, [-1 if i == k else 1 for i in range(index.ndim)])
    facts = rest.facts(x.facts)
    return Node(
        facts, summed("sum", x.facts, facts, np.where(none, -1, index).reshape(-1)), (x,), mark=x.mark
    )


def group_codes(over: str, by: str, sets: Mapping[str, SetView]) -> Index:
    """The place of every item's group; Refusal where `by` is no grouping of `over`."""
    view = sets[by]
    if view.groups_of is None or view.groups_of[0] != over:
        raise NoMap(
            f"{by} is no grouping of {over}",
            f"declare it by a column of the set: {by}: {{groups: {over}.<column>}}",
        )
    return view.axis.codes(sets[over].columns[view.groups_of[1]])


def _like(dim: Dim, view: SetView) -> Dim:
    """A dim of this set where the other stood."""
    return Dim(dim.place, view.axis, len(view.axis), view.repeat.rank if dim.place == "repeat" else -1)


def _reduced(record: Operator) -> Callable[[Given], Node]:
    """A reduction of a whole matrix, over some sets instead."""

    def make(given: Given) -> Node:
        x = given.x
        if "where" in given.nodes:
            return _selected(record, given)
        places = [along(x, key, "the argument")[1] for key in given.keys["over"]]
        return _over(record, x, places, None)

    return make


def _selected(record: Operator, given: Given) -> Node:
    """Only the items that satisfy a condition: those left out add nothing to a norm, and are no candidates of an extreme."""
    condition, x = placed(given.nodes["where"], given.x.facts), given.x
    if record.name in _SUMS:
        x = apply(MULTIPLY, (condition, x))
        return _over(record, x, [along(x, k, "the argument")[1] for k in given.keys["over"]], None)
    holds = static(condition)
    if holds is None:
        raise Refusal(
            f"where= of {record.name} must ask for items of sets, not for data",
            "use a filter of the set, or put the choice into the data",
        )
    frame = apply(MULTIPLY, (condition, x)).facts
    x = widened(x, frame)
    mask = np.broadcast_to(aligned(holds, condition.facts, frame)[0], frame.shape).reshape(-1) != 0
    return _over(record, x, [along(x, k, "the argument")[1] for k in given.keys["over"]], mask)


def _over(record: Operator, x: Node, places: Sequence[int], mask: NDArray[np.bool_] | None) -> Node:
    column, back = folded(x.facts, places)
    if mask is not None:
        column = _kept(column, mask)
    facts = column.facts(x.facts)
    index = column.flat()
    fold = Node(facts, gathered("fold", x.facts, facts, index), (x,), mark=x.mark)
    y = apply(record, (fold,), tuple(record.options.values()))
    wide = back.facts(y.facts)
    return Node(wide, gathered("unfold", y.facts, wide, back.flat()), (y,), mark=x.mark)


def _kept(column: Arrangement, mask: NDArray[np.bool_]) -> Arrangement:
    """The column in which every cell left out gives its place to the first one kept."""
    cells = column.cells.reshape(-1, column.cells.shape[-1])
    kept = mask[cells]
    if not kept.any(axis=1).all():
        raise EmptyGroup(
            "no item satisfies the condition", "check the condition, or restrict the relation with where"
        )
    first = cells[np.arange(len(cells)), kept.argmax(axis=1)]
    return Arrangement(column.dims, np.where(kept, cells, first[:, None]).reshape(column.cells.shape))


def widened(x: Node, frame: Facts) -> Node:
    """The node repeated over the sets of a frame that it lacks."""
    if x.facts.shape == frame.shape and x.facts.repeats == frame.repeats:
        return x
    whole = np.arange(float(np.prod(x.facts.shape))).reshape(1, *x.facts.shape)
    index = np.broadcast_to(aligned(whole, x.facts, frame)[0], frame.shape).reshape(-1).astype(np.int64)
    facts = replace(frame, decision=x.facts.decision, varying=x.facts.varying)
    return Node(facts, gathered("repeat", x.facts, facts, index), (x,), mark=x.mark)


def _mean(given: Given) -> Node:
    if "where" in given.nodes:
        condition = placed(given.nodes["where"], given.x.facts)
        held = total(widened(condition, _masked(given).facts), given.keys["over"])
        return apply(DIVIDE, (_sum(given), held))
    whole = Arrangement.of(given.x.facts)
    count = np.prod([whole.dims[along(given.x, k, "the argument")[1]].length for k in given.keys["over"]])
    return apply(MULTIPLY, (number(1.0 / float(count)), _sum(given)))


def _count(given: Given) -> Node:
    return total(given.nodes["condition"], given.keys["over"])


def _any(given: Given) -> Node:
    return apply(MORE, (_count(given), number(0.0)))


def _all(given: Given) -> Node:
    condition = given.nodes["condition"]
    whole = Arrangement.of(condition.facts)
    every = np.prod([whole.dims[along(condition, k, "the condition")[1]].length for k in given.keys["over"]])
    return apply(AT_LEAST, (_count(given), number(float(every))))


def number(amount: float) -> Node:
    return Node(Facts(), number=amount)


def _shifted(sign: int) -> Callable[[Given], Node]:
    """The value some items before (+1) or after (−1), with what stands where there is none."""

    def make(given: Given) -> Node:
        key, end = given.only("over"), "first" if sign > 0 else "last"
        _check_ends(given, end)
        whole, k = along(given.x, key, "the argument")
        steps = given.numbers.get("steps", 1)
        if steps < 1:
            other = "lead" if sign > 0 else "lag"
            raise Refusal(f"steps must be at least 1, not {steps}", f"the other direction is {other}(…)")
        before = _before(given.sets[key], whole.dims[k], sign * steps, "cyclic" in given.flags)
        moved = whole.take(k, before)
        node = _gather(given.x, moved)
        if not (before < 0).any():
            return node
        if "skip" in given.flags:
            return replace(node, present=_indicator(given.sets[key], whole.dims[k], before >= 0))
        if end not in given.nodes:
            raise _no_end(given.x, key, end)
        gap = _indicator(given.sets[key], whole.dims[k], before < 0)
        outside = given.nodes[end]
        if outside.number == 0.0:
            return node
        return apply(ADD, (node, apply(MULTIPLY, (gap, outside))))

    return make


def _check_ends(given: Given, end: str) -> None:
    """One way to say what stands where there is no item, and no two."""
    said = [end] if end in given.nodes else []
    said += sorted(given.flags & {"cyclic", "skip"})
    if len(said) > 1:
        raise NoFirst(
            f"{' and '.join(said)} say different things of the end of {given.only('over')}",
            "keep one of them",
        )


def _before(view: SetView, dim: Dim, steps: int, cyclic: bool) -> Index:
    """The place of the item `steps` before every item, −1 where there is none."""
    n = dim.length
    here = np.arange(n, dtype=np.int64)
    if view.parents is not None and steps > 0:
        parents = np.array([*view.parents, -1])
        for _ in range(steps):
            here = parents[here]
        return here
    there = here - steps
    if cyclic:
        return there % n
    return np.where((there >= 0) & (there < n), there, -1)


def _no_end(x: Node, key: str, end: str) -> NoFirst:
    side = "before the first" if end == "first" else "after the last"
    return NoFirst(
        f"nothing is said of what stands {side} item of {key}",
        f"say {end}=0, {end}=<an expression>, cyclic=True, or skip=True (no row there)",
    )


def _indicator(view: SetView, dim: Dim, holds: NDArray[np.bool_]) -> Node:
    """1 for the items of a set where something holds, standing as the set stands in the node."""
    whole = numbered([dim])
    facts = whole.facts(Facts())
    values = holds.astype(np.float64).reshape(facts.shape)
    return constant_node(f"[{view.axis.name}]", facts, values)


def constant_node(name: str, facts: Facts, values: Array) -> Node:
    """Numbers that are known when the formula is read; values: shape facts.shape."""
    none = np.zeros(facts.shape, np.int64)
    return Node(facts, variable=Variable(name, "", facts, "constant", none, none, values=values))


def _gather(x: Node, moved: Arrangement, name: str = "gather") -> Node:
    facts = moved.facts(x.facts)
    return Node(facts, gathered(name, x.facts, facts, moved.flat()), (x,), mark=x.mark)


def _rolling(given: Given) -> Node:
    key, length = given.only("over"), given.numbers["length"]
    _check_ends(given, "first")
    whole, k = along(given.x, key, "the argument")
    n = whole.dims[k].length
    if length < 1:
        raise Refusal("length of rolling_sum must be at least 1", "give the number of items that are summed")
    back = np.stack(
        [_before(given.sets[key], whole.dims[k], j, "cyclic" in given.flags) for j in range(length)]
    )
    short = (back < 0).sum(axis=0)
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
    if "skip" in given.flags:
        return replace(node, present=_indicator(given.sets[key], whole.dims[k], short == 0))
    if "first" not in given.nodes:
        raise _no_end(given.x, key, "first")
    outside = given.nodes["first"]
    if outside.number == 0.0 or n == 0:
        return node
    facts_of_gap = numbered([whole.dims[k]]).facts(Facts())
    gap = constant_node(f"[{key}]", facts_of_gap, short.astype(np.float64).reshape(facts_of_gap.shape))
    return apply(ADD, (node, apply(MULTIPLY, (gap, outside))))


def _cumulated(given: Given) -> Node:
    key = given.only("over")
    whole, k = along(given.x, key, "the argument")
    column, _ = folded(given.x.facts, [k])
    facts = column.facts(given.x.facts)
    y = apply(CUMSUM, (Node(facts, gathered("fold", given.x.facts, facts, column.flat()), (given.x,)),), (0,))
    home = np.empty(whole.cells.size, np.int64)
    home[column.flat()] = np.arange(whole.cells.size)
    return Node(given.x.facts, gathered("unfold", y.facts, given.x.facts, home), (y,), mark=given.x.mark)


def _difference(given: Given) -> Node:
    said = "first" in given.nodes or bool(given.flags)
    before = _shifted(1)(given if said else replace(given, flags=frozenset({"skip"})))
    less = apply(ADD, (given.x, apply(NEGATIVE, (before,))))
    return replace(less, present=before.present)


def _at(given: Given) -> Node:
    node = given.x
    for key, position in given.items.items():
        whole, k = along(node, key, "the argument")
        axis = whole.dims[k].axis
        assert axis is not None
        item = given.sets[key].axis.items[position]
        if item not in axis.positions:
            raise AxisMissing(f"{item!r} is not among the items of {key} here", "its filter leaves it out")
        node = _gather(node, whole.pick(k, axis.positions[item]))
    return node


def _renamed(given: Given) -> Node:
    node = given.x
    for old, new in given.renamed.items():
        whole, k = along(node, old, "the argument")
        dim, view = whole.dims[k], given.sets[new]
        assert dim.axis is not None
        if whole.find(new) is not None:
            raise AxisMissing(f"the argument already stands over {new}", "name another set")
        if dim.axis.items != view.axis.items:
            raise NoMap(
                f"{old} and {new} have different items",
                f"declare {new} with copy_from: {old}, or use spread()",
            )
        node = _gather(node, whole.moved(k, _like(dim, view)))
    return node


def _spread(given: Given) -> Node:
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
            f"declare the grouping: Regions: {{groups: {key}.<column>}}",
        )
    k = whole.find(of[0])
    assert k is not None
    return _gather(
        given.x, whole.take(k, group_codes(key, of[0], given.sets), _like(whole.dims[k], given.sets[key]))
    )


def _position(given: Given) -> Node:
    view = given.sets[given.only("over")]
    values = np.arange(1.0, len(view.axis) + 1)
    return _items(view, values, f"position({view.axis.name})")


def _items(view: SetView, values: Array, name: str) -> Node:
    facts = Facts(repeats=(view.repeat,))
    return constant_node(name, facts, values.reshape(facts.shape))


def _size(given: Given) -> Node:
    return number(float(len(given.sets[given.only("over")].axis)))


def static(node: Node) -> Array | None:
    """The numbers of a node that are known when the formula is read, shape (1, *facts.shape), or None."""
    leaves = [n.variable for n in node.walk() if n.variable is not None]
    if any(v.values is None for v in leaves):
        return None

    def none(variable: Variable) -> Array:
        raise AssertionError(variable.name)

    return value(node, none)


_SUMS = frozenset({"sumsq", "norm1", "norm2", "norminf"})
_OVER = {"x": Takes.EXPRESSION, "over": Takes.SETS, "where": Takes.CONDITION}
_ENDS = {"first": Takes.EXPRESSION, "cyclic": Takes.FLAG, "skip": Takes.FLAG}
_LATER = {"last": Takes.EXPRESSION, "cyclic": Takes.FLAG, "skip": Takes.FLAG}
_WORDS_OF_ENDS = "What stands there is said by first= (a number or an expression), cyclic=True, or skip=True."


def _word(
    name: str,
    takes: Mapping[str, Takes],
    needed: int,
    make: Callable[[Given], Node],
    doc: str,
    example: str,
    latex: Callable[[str, Given], str],
    nature: Nature = Nature.LINEAR,
    by_set: Takes | None = None,
) -> AxisWord:
    return AxisWord(
        name=name, arity=(needed, len(takes)), doc=doc, nature=nature, group="axes", example=example,
        takes=takes, needed=needed, make=make, by_set=by_set, latex=latex,
    )  # fmt: skip


def _under(sign: str) -> Callable[[str, Given], str]:
    return lambda x, given: f"{sign}_{{{', '.join(_set(k) for k in given.keys['over'])}}} {x}"


def _set(key: str) -> str:
    return f"\\mathrm{{{key.replace('_', chr(92) + '_')}}}"


def _at_index(offset: str) -> Callable[[str, Given], str]:
    def latex(x: str, given: Given) -> str:
        return f"{{{x}}}_{{{_set(given.only('over'))} {offset} {given.numbers.get('steps', 1)}}}"

    return latex


_REDUCTIONS: Mapping[str, Operator] = {
    r.name: r for r in (*CONVEX, *EXTREMES) if r.name in ("max", "min", "sumsq", "norm1", "norm2", "norminf")
}
_TEXTS = {
    "max": "the largest value",
    "min": "the smallest value",
    "sumsq": "the sum of squares",
    "norm1": "the sum of absolute values",
    "norm2": "the Euclidean norm",
    "norminf": "the largest absolute value",
}

OVER: Mapping[str, AxisWord] = {
    "sum": _word(
        "sum",
        {**_OVER, "by": Takes.SET},
        2,
        _sum,
        "The sum over one or several sets; where= keeps some items, by= makes group sums along a grouping of the set.",
        "sum(x, over=Tech)",
        _under("\\sum"),
    ),
    "mean": _word(
        "mean", _OVER, 2, _mean, "The mean over sets.", "mean(x, over=Hours)", _under("\\operatorname{mean}")
    ),
    **{
        name: _word(
            name,
            _OVER,
            2,
            _reduced(record),
            f"Over one or several sets: {_TEXTS[name]}.",
            f"{name}(x, over=Hours)",
            _under(f"\\operatorname{{{name}}}"),
            record.nature,
        )
        for name, record in _REDUCTIONS.items()
    },
    "cumsum": _word(
        "cumsum",
        {"x": Takes.EXPRESSION, "over": Takes.SET},
        2,
        _cumulated,
        "The running sum along a set.",
        "cumsum(x, over=Hours)",
        _under("\\operatorname{cumsum}"),
    ),
    "diff": _word(
        "diff",
        {"x": Takes.EXPRESSION, "over": Takes.SET, **_ENDS},
        2,
        _difference,
        "Each value less the one before it; there is no row for the first item unless first= or cyclic=True is said.",
        "diff(x, over=Hours)",
        _under("\\Delta"),
    ),
}
"""Forms with over= of words that also work on matrices."""

AXIS_WORDS: Mapping[str, AxisWord] = {
    word.name: word
    for word in (
        _word(
            "lag",
            {"x": Takes.EXPRESSION, "over": Takes.SET, "steps": Takes.WHOLE, **_ENDS},
            2,
            _shifted(1),
            "The value some items before along a set (steps=1). " + _WORDS_OF_ENDS,
            "lag(x, Hours, first=0)",
            _at_index("-"),
        ),
        _word(
            "lead",
            {"x": Takes.EXPRESSION, "over": Takes.SET, "steps": Takes.WHOLE, **_LATER},
            2,
            _shifted(-1),
            "The value some items after along a set (steps=1). " + _WORDS_OF_ENDS.replace("first=", "last="),
            "lead(x, Hours, last=0)",
            _at_index("+"),
        ),
        _word(
            "rolling_sum",
            {"x": Takes.EXPRESSION, "over": Takes.SET, "length": Takes.WHOLE, **_ENDS},
            3,
            _rolling,
            "The sum over the last items along a set, as many as length says. " + _WORDS_OF_ENDS,
            "rolling_sum(x, Hours, length=3, first=0)",
            lambda x, given: f"\\sum_{{{_set(given.only('over'))}-{given.numbers['length'] - 1}}}^{{}} {x}",
        ),
        _word(
            "at",
            {"x": Takes.EXPRESSION},
            1,
            _at,
            "The value at one item of a set ('label', first or last); the axis is gone.",
            "at(x, Hours=last)",
            lambda x, given: f"{{{x}}}\\big|_{{{', '.join(_set(k) for k in given.items)}}}",
            by_set=Takes.ITEM,
        ),
        _word(
            "rename",
            {"x": Takes.EXPRESSION},
            1,
            _renamed,
            "The same numbers under another set of the same items (made with copy_from).",
            "rename(x, Sites=Destinations)",
            lambda x, given: f"{{{x}}}_{{{', '.join(_set(k) for k in given.renamed.values())}}}",
            by_set=Takes.SET,
        ),
        _word(
            "spread",
            {"x": Takes.EXPRESSION, "over": Takes.SET},
            2,
            _spread,
            "What stands over groups, at each item of the set that is grouped.",
            "spread(price, Sites)",
            lambda x, given: f"{{{x}}}_{{{_set(given.only('over'))}}}",
        ),
        _word(
            "position",
            {"over": Takes.SET},
            1,
            _position,
            "1, 2, … along the items of a set; data.",
            "position(Hours)",
            lambda x, given: f"\\operatorname{{position}}({_set(given.only('over'))})",
            Nature.DATA,
        ),
        _word(
            "size",
            {"over": Takes.SET},
            1,
            _size,
            "The number of items of a set; data.",
            "size(Hours)",
            lambda x, given: f"|{_set(given.only('over'))}|",
            Nature.DATA,
        ),
        _word(
            "count",
            {"condition": Takes.CONDITION, "over": Takes.SETS},
            2,
            _count,
            "How many items satisfy a condition; data.",
            "count(demand > 0, over=Hours)",
            _under("\\#"),
            Nature.DATA,
        ),
        _word(
            "any",
            {"condition": Takes.CONDITION, "over": Takes.SETS},
            2,
            _any,
            "1 where some item satisfies a condition, else 0; data.",
            "any(demand > 0, over=Hours)",
            _under("\\exists"),
            Nature.DATA,
        ),
        _word(
            "all",
            {"condition": Takes.CONDITION, "over": Takes.SETS},
            2,
            _all,
            "1 where every item satisfies a condition, else 0; data.",
            "all(demand > 0, over=Hours)",
            _under("\\forall"),
            Nature.DATA,
        ),
    )
}
"""Words that exist along sets only."""
