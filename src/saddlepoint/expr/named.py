"""The arguments of words that work along named axes, and nodes over the sets of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from enum import Enum

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import NOWHERE, suggest
from saddlepoint.expr.apply import apply
from saddlepoint.expr.axes import Arrangement, SetView
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Variable, Word
from saddlepoint.expr.operators.conditions import BOTH
from saddlepoint.expr.operators.linear import ADD, NEGATIVE
from saddlepoint.expr.operators.rearrange import gathered
from saddlepoint.expr.refusals import AxisMissing, NotEverywhere
from saddlepoint.expr.value import value
from saddlepoint.labels.positions import Positions
from saddlepoint.records import dataclass


class Takes(Enum):
    """What an argument is."""

    EXPRESSION = "an expression"
    SET = "a set"
    SETS = "one set, or several in parentheses"
    CONDITION = "a condition"
    WHOLE = "a whole number, or data with one per item"
    FLAG = "True or False"
    ITEM = "an item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
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
    make: Callable[[Arguments], Node]
    by_set: Takes | None = None
    latex: Callable[[str, Arguments], str]


def along(node: Node, key: str, what: str) -> tuple[Arrangement, int]:
    """The node laid out, and the place of a set in it; Refusal where it has no such axis."""
    whole = Arrangement.of(node.facts)
    place = whole.find(key)
    if place is None:
        have = ", ".join(whole.names) or "no set"
        raise AxisMissing(
            f"{what} has no axis {key}: it stands over {have}",
            suggest(key, whole.names) if whole.names else "Name a set over which the expression runs.",
        )
    return whole, place


def placed(node: Node, facts: Facts) -> Node:
    """A node whose sets stand where they stand in other facts: on the same side, with the same items; Refusal where it runs over one twice."""
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
                "Give both the same items of the set.",
            )
        whole = whole.take(k, codes, home)
    if all(a == b for a, b in zip(whole.dims, Arrangement.of(node.facts).dims, strict=True)):
        return node
    _check_once(whole.names)
    return rearranged(node, whole)


def _check_once(names: Sequence[str]) -> None:
    twice = [n for k, n in enumerate(names) if n in names[:k]]
    if twice:
        raise AxisMissing(
            f"the condition runs over {twice[0]} twice", "Ask with any(…, over=…) or all(…, over=…)."
        )


def spanning(node: Node, facts: Facts) -> Node:
    """A condition over all cells of other facts; Refusal where it runs over a set that they lack."""
    frame = Arrangement.of(facts)
    lacking = [n for n in Arrangement.of(node.facts).names if n not in frame.names]
    if lacking:
        have = ", ".join(frame.names) or "no set"
        raise AxisMissing(
            f"the condition runs over {', '.join(lacking)}, and the relation stands over {have}",
            "Ask with any(…, over=…) or all(…, over=…), or name the set in the relation.",
        )
    _check_once(Arrangement.of(node.facts).names)
    return widened(placed(node, facts), facts)


def all_of(conditions: Sequence[Node]) -> Node | None:
    """All of the conditions, over the sets that they have; None where there is none."""
    whole: Node | None = None
    for one in conditions:
        whole = one if whole is None or whole is one else apply(BOTH, (whole, one))
    return whole


def restricted_to_present(word: AxisWord, given: Arguments) -> tuple[Arguments, Node | None]:
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
            "Say first=… or cyclic=True instead of skip=True.",
        )
    if not set(names) & set(over):
        return given, present
    if not set(names) <= set(over):
        raise NotEverywhere(
            f"some items of {', '.join(names)} have no value (skip=True), and only some of these sets are reduced",
            f"Name all of them: over=({', '.join(names)}).",
        )
    asked = [given.nodes["where"]] if "where" in given.nodes else []
    where = all_of([*asked, present])
    assert where is not None
    return replace(given, nodes={**given.nodes, "where": where}), None


def conjunction(conditions: Sequence[Node], facts: Facts) -> Node | None:
    """All of the conditions, over all cells of these facts; None where there is none."""
    whole: Node | None = None
    for one in conditions:
        wide = spanning(one, facts)
        whole = wide if whole is None else apply(BOTH, (whole, wide))
    return whole


def widened(x: Node, frame: Facts) -> Node:
    """The node repeated over the sets of a frame that it lacks."""
    if x.facts.shape == frame.shape and x.facts.repeats == frame.repeats:
        return x
    have = {r.rank: len(r.axis) for r in x.facts.repeats}
    own = (*(have.get(r.rank, 1) for r in frame.repeats), *x.facts.shape[-2:])
    steps, step = list[tuple[Index, int]](), 1
    for length, wide in zip(reversed(own), reversed(frame.shape), strict=True):
        steps.append((np.arange(wide), step) if length > 1 else (np.zeros(wide, np.int64), 0))
        step *= length
    index = Positions(frame.shape, tuple(reversed(steps)))
    facts = replace(frame, decision=x.facts.decision, varying=x.facts.varying)
    return Node(facts, gathered("repeat", x.facts, facts, index), (x,), mark=x.mark)


def number_node(amount: float, like: Node | None = None) -> Node:
    """A plain number, at the place of a node where one is named."""
    return Node(Facts(), number=amount, mark=NOWHERE if like is None else like.mark)


def less(left: Node, right: Node) -> Node:
    """left − right."""
    return apply(ADD, (left, apply(NEGATIVE, (right,))))


def constant_node(values: Array, facts: Facts, like: Node | None = None, name: str = "") -> Node:
    """Fixed numbers as a node, known when the formula is read; values: of the shape facts.shape."""
    plain = replace(facts, decision=False, varying=False)
    none = Positions(plain.shape, ())
    variable = Variable(
        name=name,
        table="",
        facts=plain,
        role="constant",
        cells=none,
        place=none,
        values=np.broadcast_to(values, plain.shape),
    )
    return Node(plain, variable=variable, mark=NOWHERE if like is None else like.mark)


def rearranged(x: Node, moved: Arrangement, name: str = "gather") -> Node:
    """The cells of a node, laid out in another way."""
    facts = moved.facts(x.facts)
    return Node(facts, gathered(name, x.facts, facts, moved.index()), (x,), mark=x.mark)


def unfolded(column: Node, home: Arrangement, like: Facts) -> Node:
    """The cells of a column back where they stood in a node of these facts; home: how they came into the column."""
    facts = replace(like, decision=column.facts.decision, varying=column.facts.varying)
    return Node(facts, gathered("unfold", column.facts, facts, home.back()), (column,), mark=column.mark)


def static(node: Node) -> Array | None:
    """The numbers of a node that are known when the formula is read, shape (1, *facts.shape), or None."""
    if any(v.values is None for v in node.variables):
        return None

    def none(variable: Variable) -> Array:
        raise AssertionError(variable.name)

    return value(node, none)
