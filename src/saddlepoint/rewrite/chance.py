"""Chance constraints into relations: P(g(x, ξ) ≤ 0) ≥ p as a row, a second-order cone, or rows over draws.

Which form, and under which theorem, is written in docs/design/chance.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from saddlepoint.errors import Diagnostic, RewriteError
from saddlepoint.expr.build import Chance
from saddlepoint.expr.facts import Facts, Sign
from saddlepoint.expr.nature import SignOf, nature
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.operators.convex import MAXIMUM, SQRT
from saddlepoint.expr.operators.products import RECIPROCAL
from saddlepoint.expr.operators.uncertain import BALL_QUANTILE, PICK, QUANTILE_OF_DRAWS
from saddlepoint.expr.shapes import ShapeMismatch, elementwise
from saddlepoint.expr.uncertain import (
    certain_part,
    constant,
    cvar,
    data,
    draws_of,
    floor,
    is_uncertain,
    leaves,
    made,
    mean,
    minus,
    not_affine,
    number,
    over_draws,
    plus,
    quantile,
    substitute,
    times,
    transposed,
    uncertain_part,
)
from saddlepoint.model.model import Constraint
from saddlepoint.rewrite.spread import elements, factor, length, placement
from saddlepoint.rewrite.variance import variance


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of one relation of a chance constraint.

    form: "row", "cone" or "draws"; parts: what must be checked once the data are known: the level, the two levels of
    an element that decisions multiply with either sign, the safety factor of a cone.
    """

    relation: Relation
    form: str
    level: Node
    pair: tuple[Node, Node] | None = None
    factor: Node | None = None
    note: str = ""


def rewrite_chance(constraint: Constraint, signs: SignOf) -> tuple[tuple[Constraint, Rewritten], ...]:
    """The relations that stand for a chance constraint, each with the constraint's name, text and place.

    Several relations get the level 1 − (1 − p)/m (Bonferroni) and the names name_1, name_2, … Raises RewriteError
    with every finding.
    """
    stated = constraint.relation
    assert isinstance(stated, Chance)
    count = together(stated)
    level = stated.level if count == 1 else shared_level(stated.level, count)
    found: list[Diagnostic] = list(_fitted(stated))
    made_: list[tuple[Constraint, Rewritten]] = []
    for k, relation in enumerate(stated.relations, start=1):
        try:
            one = rewrite_relation(relation, level, signs)
        except RewriteError as error:
            found += error.diagnostics
            continue
        except ShapeMismatch as mismatch:
            found.append(Diagnostic("R008", mismatch.message, relation.mark, fix=mismatch.fix))
            continue
        name = constraint.name if len(stated.relations) == 1 else f"{constraint.name}_{k}"
        notes = (one.note,) if count == 1 else (one.note, _bonferroni(count))
        made_.append((replace(constraint, name=name, relation=one.relation, notes=notes), one))
    if found:
        raise RewriteError(found)
    return tuple(made_)


def together(stated: Chance) -> int:
    """How many rows share one probability: one of each relation if they have one shape, else all rows of all of them."""
    first = stated.relations[0].facts
    if all(_shape(r.facts) == _shape(first) for r in stated.relations):
        return len(stated.relations)
    return sum(r.facts.rows.length * r.facts.cols.length for r in stated.relations)


def _shape(facts: Facts) -> tuple[int, int]:
    return facts.rows.length, facts.cols.length


def _fitted(stated: Chance) -> list[Diagnostic]:
    try:
        return list(_levels(stated))
    except ShapeMismatch as mismatch:
        return [Diagnostic("R008", mismatch.message, stated.level.mark, fix=mismatch.fix)]


def _levels(stated: Chance) -> Iterable[Diagnostic]:
    """Whether each row has one probability."""
    first, level = stated.relations[0].facts, stated.level
    if not level.facts.is_scalar and any(_shape(r.facts) != _shape(first) for r in stated.relations):
        message = (
            "relations of different shapes that hold together share one probability, and this one has several"
        )
        yield Diagnostic("R014", message, level.mark, fix="give one number (per repeat and scenario)")
        return
    for relation in stated.relations:
        both = elementwise((relation.facts, level.facts))
        if both.shape != relation.facts.shape:
            yield Diagnostic(
                "R008",
                f"the probability is {level.facts}; the rows of this relation are {relation.facts}",
                level.mark,
                why="each row holds with one probability",
                fix="give one number, or a table over the sets of the relation's rows",
            )


def _bonferroni(count: int) -> str:
    return f"one of {count} rows that hold together: each holds with probability 1 − (1 − p)/{count} (Bonferroni)"


def shared_level(level: Node, count: int) -> Node:
    """1 − (1 − p)/m."""
    if level.number is not None:
        return number(1.0 - (1.0 - level.number) / count, level)
    part = times(number(1.0 / count, level), level)
    whole = plus(number(1.0 - 1.0 / count, level), part)
    assert whole is not None
    return whole


def rewrite_relation(relation: Relation, level: Node, signs: SignOf) -> Rewritten:
    """One relation that holds with probability `level`, row by row; RewriteError, ShapeMismatch."""
    found = list(_refused(relation))
    if found:
        raise RewriteError(found)
    sides = Sides(relation)
    first = next(iter(sides.leaves))
    single = _one_element(sides)
    if single is not None:
        return _single(sides, first, single, level, signs)
    if draws_of(first) is None:
        return _spread(sides, level)
    return _over_draws(sides, first, level)


@dataclass(frozen=True, slots=True)
class Sides:
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
        whole = plus(small, None if large is None else minus(large))
        assert whole is not None
        return whole

    def with_leaves(self, with_: Callable[[Node], Node]) -> Relation:
        """The relation with other leaves in place of the uncertain ones."""
        return related(
            self.relation, substitute(self.relation.left, with_), substitute(self.relation.right, with_)
        )

    def certain(self, worst: Node) -> Relation:
        """What is certain of small, plus the worst of what is not, ≤ what is certain of large."""
        small, large = certain_part(self.small), certain_part(self.large)
        if small is None and large is not None:
            return self.stated(worst, large)
        return self.stated(plus(small, worst), large or number(0.0, self.large))

    def raised(self, buffer: Node) -> Relation:
        """The relation at the means of what is uncertain, with a buffer on the smaller side."""
        return self.stated(plus(substitute(self.small, mean), buffer), substitute(self.large, mean))

    def stated(self, small: Node | None, large: Node | None) -> Relation:
        """small ≤ large, written the way round the user wrote it."""
        assert small is not None and large is not None
        left, right = (small, large) if self.relation.symbol == "<=" else (large, small)
        return related(self.relation, left, right)


def related(relation: Relation, left: Node, right: Node) -> Relation:
    """The relation between other sides."""
    return replace(relation, left=left, right=right, facts=elementwise((left.facts, right.facts)))


def _refused(relation: Relation) -> Iterable[Diagnostic]:
    if relation.symbol == "==":
        why = "a continuous quantity equals a plan with probability 0"
        fix = "write <= or >=, or fix the plan to quantile(D, p) or mean(D)"
        yield Diagnostic("R001", "a chance constraint cannot be an equality", relation.mark, why, fix)
    have = [*leaves(relation.left), *leaves(relation.right)]
    if not have:
        fix = "name a variable of an uncertain table in it, or write the relation without chance(…)"
        yield Diagnostic("R002", "nothing in this chance constraint is uncertain", relation.mark, fix=fix)
    for side in (relation.left, relation.right):
        bad = not_affine(side)
        if bad is not None and not _over_all_draws(have):
            yield _not_linear(bad)
    if len({draws_of(n) for n in have}) > 1:
        why = "all draws of one set are weighed together; a distribution has no draws, another set has others"
        fix = "give both tables draws of the same set, or both distributions"
        yield Diagnostic(
            "R004", "this row mixes draws with a distribution or other draws", relation.mark, why, fix
        )
    yield from _overlaps(relation, have)


def _over_all_draws(have: list[Node]) -> bool:
    return bool(have) and all(draws_of(n) is not None for n in have)


def _not_linear(part: Node) -> Diagnostic:
    inside = [n for n in part.args if is_uncertain(n)]
    record = part.operator
    product = record is not None and record.nature == "bilinear" and len(inside) > 1
    message = (
        "a product of two uncertain variables has no closed form"
        if product
        else f"{record.name if record else 'this'} of an uncertain variable is not linear in it"
    )
    return Diagnostic(
        "R003",
        message,
        part.mark,
        why="mean and deviation of a row follow from those of its parts only where these are added or scaled",
        fix="give the product a table of its own, use draws (samples: <set>) with cvar, or replace one part by quantile(D, p)",
    )


def _overlaps(relation: Relation, have: list[Node]) -> Iterable[Diagnostic]:
    """Two names for the same uncertain cells would be counted as independent."""
    seen: dict[str, Node] = {}
    for leaf in have:
        assert leaf.variable is not None
        seen.setdefault(leaf.variable.name, leaf)
    several = list(seen.values())
    for k, one in enumerate(several):
        for other in several[:k]:
            a, b = one.variable, other.variable
            assert a is not None and b is not None
            if draws_of(one) is None and a.table == b.table and len(np.intersect1d(a.cells, b.cells)):
                yield Diagnostic(
                    "R005",
                    f"{a.name!r} and {b.name!r} look at the same cells of the uncertain table {a.table!r}",
                    relation.mark,
                    why="as two names they would be added up as if they were independent",
                    fix="use one of the names, or filters that share no item",
                )


def _one_element(sides: Sides) -> bool | None:
    """Whether each row meets one uncertain element only: then whether that element is transposed; else None."""
    names = {n.variable.name for n in sides.leaves if n.variable is not None}
    if len(names) > 1:
        return None
    for side in (sides.relation.left, sides.relation.right):
        if not_affine(side) is not None:
            return None
    place = placement((sides.relation.left, sides.relation.right), sides.leaves[0])
    return None if place.rows_mixed or place.cols_mixed else place.turned


def _single(sides: Sides, leaf: Node, turned: bool, level: Node, signs: SignOf) -> Rewritten:
    """One element in each row: exact for every distribution, by its own upper or lower level."""
    at = transposed(level) if turned else level
    one = constant(np.ones(leaf.facts.shape[-2:]), replace(leaf.facts, repeats=()), leaf)
    coefficient = sides.part(lambda _: one)
    sign = nature(coefficient, signs).sign
    if sign in (Sign.NONNEG, Sign.ZERO):
        return Rewritten(sides.with_leaves(lambda n: quantile(n, at)), "row", level, note=_EXACT)
    if sign is Sign.NONPOS:
        return Rewritten(sides.with_leaves(lambda n: floor(n, at)), "row", level, note=_EXACT)
    high, low = (sides.part(lambda n, f=f: f(n, at)) for f in (quantile, floor))
    if not coefficient.facts.decision:
        worst = made(PICK, (coefficient, high, low))
        return Rewritten(sides.certain(worst), "row", level, note=_EXACT)
    worst = made(MAXIMUM, (high, low))
    pair = (quantile(leaf, at), floor(leaf, at))
    return Rewritten(sides.certain(worst), "row", level, pair, note=_EXACT)


_EXACT = (
    "exact: each row holds one uncertain element, replaced by the level that covers it with probability p"
)
_CONE = (
    "mean plus safety factor times standard deviation of the row; exact for Normal, worst case for the others"
)
_DRAWS = "empirical quantile of the rows over the draws"
_CVAR = "the mean of the worst 1 − p of the draws must hold, which is safe for the probability itself"


def _spread(sides: Sides, level: Node) -> Rewritten:
    """Several elements in a row: μ + k·σ of the row, σ by independence or the covariance."""
    deviation = _deviation(sides)
    k = factor(sides, level)
    buffer = times(k, deviation)
    form = "cone" if deviation.facts.decision else "row"
    return Rewritten(sides.raised(buffer), form, level, factor=k, note=_CONE)


def _deviation(sides: Sides) -> Node:
    """The standard deviation of every row: by sums of squares where that is enough, else as a length."""
    squares = variance((sides.small, sides.large))
    if squares is not None:
        return made(SQRT, (squares,))
    units = elements(sides)
    return length(sides.part(lambda n: units[_name(n)]))


def _name(leaf: Node) -> str:
    assert leaf.variable is not None
    return leaf.variable.name


def _over_draws(sides: Sides, first: Node, level: Node) -> Rewritten:
    """Draws of several elements together: the quantile of data, the CVaR where decisions multiply them."""
    assert first.variable is not None and first.variable.uncertainty is not None
    ball = first.variable.uncertainty.radius
    affine = not_affine(sides.small) is None and not_affine(sides.large) is None
    if ball is not None and not affine:
        fix = "drop the radius, or write the row linear in the draws"
        raise RewriteError(
            Diagnostic(
                "R006", "a ball around draws needs a row that is linear in them", sides.relation.mark, fix=fix
            )
        )
    reach = None if ball is None else times(data(ball, first), length(sides.part(_ones(sides))))
    random = sides.part(lambda n: n) if affine else None
    if random is not None and not random.facts.decision:
        extra = (level,) if reach is None else (level, reach)
        record = QUANTILE_OF_DRAWS if reach is None else BALL_QUANTILE
        worst = over_draws(record, random, extra, first)
        return Rewritten(sides.certain(worst), "draws", level, note=_DRAWS)
    small, large = sides.small, sides.large
    if not is_uncertain(large):
        small = cvar(small, level)
    elif not is_uncertain(small):
        large = minus(cvar(minus(large), level))
    else:
        whole = plus(small, minus(large))
        assert whole is not None
        small, large = cvar(whole, level), number(0.0, large)
    if reach is not None:
        small = plus(small, _per_tail(reach, level)) or small
    return Rewritten(sides.stated(small, large), "draws", level, note=_CVAR)


def _per_tail(reach: Node, level: Node) -> Node:
    """radius·‖coefficients‖/(1 − p)."""
    tail = plus(number(1.0, level), minus(level))
    assert tail is not None
    return times(made(RECIPROCAL, (tail,)), reach)


def _ones(sides: Sides) -> Callable[[Node], Node]:
    units = elements(sides, unit=True)
    return lambda n: units[_name(n)]
