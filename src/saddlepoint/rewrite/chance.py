"""Chance constraints into relations: P(g(x, ξ) ≤ 0) ≥ p as a row, a second-order cone, or rows over draws.

Which form, and under which theorem, is written in docs/design/chance.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.errors import RewriteError
from saddlepoint.expr.curvature import SignOf, judged
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.named import constant_node, number_node
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.operators.convex import SQRT
from saddlepoint.expr.operators.draws import BALL_QUANTILE, QUANTILE_OF_DRAWS
from saddlepoint.expr.operators.extremes import MAXIMUM
from saddlepoint.expr.operators.products import RECIPROCAL
from saddlepoint.expr.operators.uncertain import PICK
from saddlepoint.expr.shapes import elementwise
from saddlepoint.expr.uncertain import (
    certain_part,
    cvar,
    data_node,
    draws_of,
    floor,
    is_uncertain,
    leaves,
    made,
    mean_node,
    minus,
    not_affine,
    over_draws,
    plus,
    quantile_node,
    std,
    substitute,
    times_node,
    transposed_node,
    uncertain_part,
)
from saddlepoint.records import dataclass
from saddlepoint.rewrite.adapting import correlated, covariance_of, moved_with, seen_by
from saddlepoint.rewrite.meeting import mixed
from saddlepoint.rewrite.refused import refused
from saddlepoint.rewrite.spread import elements, factor, length, sum_quantile, turned
from saddlepoint.rewrite.variance import variance

Closed = Callable[[tuple[Node, ...]], bool]


@dataclass(frozen=True, slots=True)
class Promise:
    """How a form stands to the probability it replaces (exact, or safe: never less), and why."""

    degree: str
    why: str

    def __str__(self) -> str:
        return f"{self.degree}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """What became of one relation of a chance constraint.

    form: "row", "cone", "draws" or "sum"; parts: what must be checked once the data are known: the level, the two levels of
    an element that decisions multiply with either sign, the safety factor of a cone. overpaid: what a safe form costs more
    than another, and what that is.
    """

    relation: Relation
    form: str
    level: Node
    promise: Promise
    pair: tuple[Node, Node] | None = None
    factor: Node | None = None
    overpaid: tuple[Node, str] | None = None


def rewrite_relation(relation: Relation, level: Node, signs: SignOf, closed: Closed) -> Rewritten:
    """One relation that holds with probability `level`, row by row; closed: whether the assumptions of all of these leaves
    pass to sums. RewriteError, ShapeMismatch."""
    found = list(refused(relation))
    if found:
        raise RewriteError(found)
    sides = Inequality(relation)
    first = next(iter(sides.leaves))
    single = _one_element(sides)
    if single is not None:
        return _single(sides, first, single, level, signs)
    if draws_of(first) is None:
        return (None if closed(sides.leaves) else _summed(sides, level)) or _spread(sides, level)
    return _over_draws(sides, first, level)


@dataclass(frozen=True, slots=True)
class Inequality:
    """A relation as small ≤ large."""

    relation: Relation

    @property
    def leaves(self) -> tuple[Node, ...]:
        return (*leaves(self.relation.left), *leaves(self.relation.right))

    @property
    def small(self) -> Node:
        return self.relation.left if self.relation.symbol == "<=" else self.relation.right

    @property
    def large(self) -> Node:
        return self.relation.right if self.relation.symbol == "<=" else self.relation.left

    def part(self, with_: Callable[[Node], Node]) -> Node:
        """What uncertainty adds to small − large, with other leaves in its place."""
        small, large = uncertain_part(self.small, with_), uncertain_part(self.large, with_)
        return plus(*([] if small is None else [small]), *([] if large is None else [minus(large)]))

    def part_by_name(self, leaves: Mapping[str, Node]) -> Node:
        """`part` with the leaf that is told for the name of each variable."""
        return self.part(lambda leaf: leaves[leaf.the_variable.name])

    def with_leaves(self, with_: Callable[[Node], Node]) -> Relation:
        """The relation with other leaves in place of the uncertain ones."""
        return related(
            self.relation, substitute(self.relation.left, with_), substitute(self.relation.right, with_)
        )

    def certain(self, worst: Node) -> Relation:
        """What is certain of small, plus the worst of what is not, ≤ what is certain of large."""
        small, large = certain_part(self.small), certain_part(self.large)
        return self.stated(
            worst if small is None else plus(small, worst), large or number_node(0.0, self.large)
        )

    def raised(self, buffer: Node) -> Relation:
        """The relation at the means of what is uncertain, with a buffer on the smaller side."""
        return self.stated(plus(substitute(self.small, mean_node), buffer), substitute(self.large, mean_node))

    def stated(self, small: Node, large: Node) -> Relation:
        """small ≤ large, written the way round the user wrote it."""
        left, right = (small, large) if self.relation.symbol == "<=" else (large, small)
        return related(self.relation, left, right)


def related(relation: Relation, left: Node, right: Node) -> Relation:
    """The relation between other sides."""
    return replace(relation, left=left, right=right, facts=elementwise((left.facts, right.facts)))


def _one_element(sides: Inequality) -> bool | None:
    """Whether each row meets one uncertain element only: then whether that element is transposed; else None."""
    names = {n.variable.name for n in sides.leaves if n.variable is not None}
    if len(names) > 1 or seen_by(sides.leaves) is not None:
        return None
    both = sides.relation.sides
    for side in both:
        if not_affine(side) is not None:
            return None
    return None if any(mixed(both, sides.leaves[0])) else turned(both, sides.leaves[0])


def _single(sides: Inequality, leaf: Node, turned: bool, level: Node, signs: SignOf) -> Rewritten:
    """One element in each row: exact for every distribution, by its own upper or lower level."""
    promise = _EXACT if draws_of(leaf) is None else _ball_or_draws(leaf)
    at = transposed_node(level) if turned else level
    coefficient = coefficient_of(sides, leaf)
    sign = judged(coefficient, signs).sign
    if sign in (Sign.NONNEG, Sign.ZERO):
        return Rewritten(
            relation=sides.with_leaves(lambda n: quantile_node(n, at)),
            form="row",
            level=level,
            promise=promise,
        )
    if sign is Sign.NONPOS:
        return Rewritten(
            relation=sides.with_leaves(lambda n: floor(n, at)), form="row", level=level, promise=promise
        )
    high, low = (sides.part(lambda n, f=f: f(n, at)) for f in (quantile_node, floor))
    if not coefficient.facts.decision:
        worst = made(PICK, (coefficient, high, low))
        return Rewritten(relation=sides.certain(worst), form="row", level=level, promise=promise)
    worst = made(MAXIMUM, (high, low))
    pair = (quantile_node(leaf, at), floor(leaf, at))
    return Rewritten(relation=sides.certain(worst), form="row", level=level, promise=promise, pair=pair)


def coefficient_of(sides: Inequality, leaf: Node) -> Node:
    """What a variable is multiplied with in small − large, where each row meets one of its entries."""
    one = constant_node(np.ones(leaf.facts.shape[-2:]), replace(leaf.facts, repeats=()), leaf)
    return sides.part(lambda _: one)


_EXACT = Promise(
    "exact", "each row holds one uncertain element, replaced by the level that covers it with probability p"
)
_CONE = Promise(
    "exact for Normal, safe for the others", "mean plus safety factor times standard deviation of the row"
)
_SUM = Promise("exact", "numerically, to 1e-8: the quantile of a sum of independent parts")
_DRAWS = Promise("exact for the draws", "empirical quantile of the rows over the draws")
_BALL = Promise("exact for the draws and the ball around them", "worst quantile of the rows")
_CVAR = Promise("safe for the draws", "the mean of the worst 1 − p of them must hold")


def _ball_or_draws(leaf: Node) -> Promise:
    return _DRAWS if leaf.the_variable.uncertainty.radius is None else _BALL


def _summed(sides: Inequality, level: Node) -> Rewritten | None:
    """Several elements that data multiply, of laws that do not pass to their sum: the quantile of the sum."""
    worst = (
        None
        if seen_by(sides.leaves) is not None
        else sum_quantile(sides, sides.part(lambda leaf: leaf), level)
    )
    if worst is None:
        return None
    return Rewritten(relation=sides.certain(worst), form="sum", level=level, promise=_SUM)


def _spread(sides: Inequality, level: Node) -> Rewritten:
    """Several elements in a row: μ + k·σ of the row, σ by independence or the covariance."""
    deviation = _deviation(sides)
    k = factor(sides, level)
    buffer = times_node(k, deviation)
    form = "cone" if deviation.facts.decision else "row"
    return Rewritten(relation=sides.raised(buffer), form=form, level=level, promise=_CONE, factor=k)


def _deviation(sides: Inequality) -> Node:
    """The standard deviation of every row: by sums of squares where that is enough, else as a length."""
    seen = seen_by(sides.leaves)
    if seen is not None:
        tied = covariance_of(seen) is not None
        moving = moved_with(sides.leaves, seen, None if tied else std)
        change = sides.part_by_name(moving)
        return length(correlated(change, seen) if tied else change)
    squares = variance((sides.small, sides.large))
    if squares is not None:
        return made(SQRT, (squares,))
    return length(sides.part_by_name(elements(sides)))


def _over_draws(sides: Inequality, first: Node, level: Node) -> Rewritten:
    """Draws of several elements together: the quantile of data, the CVaR where decisions multiply them."""
    ball = first.the_variable.uncertainty.radius
    affine = not_affine(sides.small) is None and not_affine(sides.large) is None
    if ball is not None and not affine:
        fix = "Drop the radius, or write the row linear in the draws."
        raise RewriteError.of(
            "R006", "a ball around draws needs a row that is linear in them", sides.relation.mark, fix=fix
        )
    reach = (
        None
        if ball is None
        else times_node(data_node(ball, first), length(sides.part_by_name(elements(sides, None))))
    )
    random = sides.part(lambda n: n) if affine else None
    if random is not None and not random.facts.decision:
        extra = (level,) if reach is None else (level, reach)
        record = QUANTILE_OF_DRAWS if reach is None else BALL_QUANTILE
        worst = over_draws(record, random, extra, first)
        return Rewritten(
            relation=sides.certain(worst), form="draws", level=level, promise=_ball_or_draws(first)
        )
    small, large = sides.small, sides.large
    if not is_uncertain(large):
        small = cvar(small, level)
    elif not is_uncertain(small):
        large = minus(cvar(minus(large), level))
    else:
        small, large = cvar(plus(small, minus(large)), level), number_node(0.0, large)
    if reach is not None:
        small = plus(small, _per_tail(reach, level))
    return Rewritten(relation=sides.stated(small, large), form="draws", level=level, promise=_CVAR)


def _per_tail(reach: Node, level: Node) -> Node:
    """radius·‖coefficients‖/(1 − p)."""
    return times_node(made(RECIPROCAL, (plus(number_node(1.0, level), minus(level)),)), reach)
