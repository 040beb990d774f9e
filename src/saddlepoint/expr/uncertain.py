"""Expressions that hold uncertain variables: what they are made of, and what becomes of them with other leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from saddlepoint.errors import ExpressionError
from saddlepoint.expr.facts import Facts, Repeat
from saddlepoint.expr.named import constant_node, number_node, widened
from saddlepoint.expr.node import DecisionRule, Moves, Nature, Node, Operator, OperatorOptions, Variable
from saddlepoint.expr.operators.convex import SQRT
from saddlepoint.expr.operators.draws import (
    BALL_QUANTILE,
    CVAR_OF_DRAWS,
    MEAN_OF_DRAWS,
    QUANTILE_OF_DRAWS,
    SHARES,
    STD_OF_DRAWS,
)
from saddlepoint.expr.operators.linear import ADD, DIAGONAL, NEGATIVE, TRANSPOSE
from saddlepoint.expr.operators.products import MULTIPLY, RECIPROCAL
from saddlepoint.expr.operators.rearrange import for_each
from saddlepoint.expr.operators.statistics import COLUMNS, CVAR, FLOOR, MEAN, QUANTILE, STD
from saddlepoint.expr.operators.uncertain import STATISTICS
from saddlepoint.expr.shapes import join_repeats

_CERTAIN = frozenset(id(s) for s in STATISTICS)


def is_statistic(node: Node) -> bool:
    """Whether the node makes certain what is uncertain below it."""
    return node.operator is not None and id(node.operator) in _CERTAIN


def leaves(node: Node) -> Iterator[Node]:
    """The uncertain variables in a node that no statistic has made certain, once for each occurrence."""
    if node.variable is not None and node.variable.uncertain:
        yield node
    elif not is_statistic(node):
        for arg in node.visible:
            yield from leaves(arg)


def is_uncertain(node: Node) -> bool:
    return next(leaves(node), None) is not None


def not_affine(node: Node) -> Node | None:
    """The smallest part in which an uncertain variable does not stand linearly; None if there is none."""
    if node.variable is not None or not is_uncertain(node):
        return None
    inside = [a for a in node.args if is_uncertain(a)]
    record = node.the_operator
    bilinear = record.nature is Nature.BILINEAR
    if (record.nature is not Nature.LINEAR and not bilinear) or (bilinear and len(inside) > 1):
        return next((n for n in map(not_affine, inside) if n is not None), node)
    return next((n for n in map(not_affine, inside) if n is not None), None)


def made(
    record: Operator, args: tuple[Node, ...], options: OperatorOptions = (), like: Node | None = None
) -> Node:
    """A node of these arguments; ShapeMismatch where they do not fit."""
    if record.moves is not None:
        return _rearranged(record, record.moves, args[0], like)
    facts = record.shape(tuple(a.facts for a in args), options)
    return Node(facts, record, args, options=options, mark=(like or args[0]).mark)


def _rearranged(record: Operator, moves: Moves, x: Node, like: Node | None) -> Node:
    """A rearrangement of another argument, which may be repeated over more sets than it was made for."""
    own = {r.rank for r in moves.source.repeats}
    more = Facts(tuple(r for r in x.facts.repeats if r.rank not in own))
    x = widened(x, replace(moves.source, repeats=(*more.repeats, *moves.source.repeats)))
    chosen = for_each(moves, record.name, more) if more.repeats else record
    assert chosen.moves is not None
    facts = replace(chosen.moves.target, decision=x.facts.decision, varying=x.facts.varying)
    return Node(facts, chosen, (x,), mark=(like or x).mark)


def minus(node: Node) -> Node:
    """−node, folded where it is a number or already negated."""
    if node.number is not None:
        return replace(node, number=-node.number)
    return node.args[0] if node.operator is NEGATIVE else made(NEGATIVE, (node,))


def plus(*parts: Node) -> Node:
    """The sum of one node or more."""
    return parts[0] if len(parts) == 1 else made(ADD, parts)


def plus_some(*parts: Node | None) -> Node | None:
    """The sum of what is there; None if nothing is."""
    have = tuple(p for p in parts if p is not None)
    return plus(*have) if have else None


def times_node(left: Node, right: Node) -> Node:
    """The product entry by entry."""
    return made(MULTIPLY, (left, right))


def substitute(node: Node, with_: Callable[[Node], Node]) -> Node:
    """The node with other leaves in the place of its uncertain variables; ShapeMismatch where they do not fit."""
    if node.variable is not None and node.variable.uncertain:
        return with_(node)
    if not is_uncertain(node):
        return node
    return made(node.the_operator, tuple(substitute(a, with_) for a in node.args), node.options, node)


def uncertain_part(node: Node, with_: Callable[[Node], Node]) -> Node | None:
    """The part of an affine node that its uncertain variables make, with other leaves in their place; None if certain."""
    if node.variable is not None and node.variable.uncertain:
        return with_(node)
    if not is_uncertain(node):
        return None
    if node.the_operator is ADD:
        return _as_wide(plus_some(*(uncertain_part(a, with_) for a in node.args)), node)
    inner = tuple(uncertain_part(a, with_) if is_uncertain(a) else a for a in node.args)
    return made(node.the_operator, tuple(a for a in inner if a is not None), node.options, node)


def certain_part(node: Node) -> Node | None:
    """The part of an affine node that its uncertain variables do not touch; None if there is none."""
    if node.variable is not None:
        return None if node.variable.uncertain else node
    if not is_uncertain(node):
        return node
    if node.the_operator is ADD:
        return _as_wide(plus_some(*(certain_part(a) for a in node.args)), node)
    inner = [certain_part(a) for a in node.args]
    if any(a is None for a in inner):
        return None
    return made(node.the_operator, tuple(a for a in inner if a is not None), node.options, node)


def _as_wide(part: Node | None, whole: Node) -> Node | None:
    """Some terms of a sum, repeated to the shape of the whole sum."""
    if part is None or part.facts.shape[-2:] == whole.facts.shape[-2:]:
        return part
    plain = Facts((), whole.facts.rows, whole.facts.cols)
    return plus(part, constant_node(np.zeros(plain.shape), plain, whole, "zeros"))


def column_node(leaf: Node, name: str) -> Node:
    """One column of the table of an uncertain variable, as data; the deviation from the covariance if it has one."""
    variable = leaf.the_variable
    covariance = variable.uncertainty.covariance
    if name == "std" and covariance is not None:
        variance = made(DIAGONAL, (data_node(covariance, leaf),))
        return made(SQRT, (variance if on_rows(leaf) else made(TRANSPOSE, (variance,)),))
    of = replace(variable, table=column_key(variable.table, name), uncertain=False)
    return Node(of.facts, variable=of, mark=leaf.mark)


def on_rows(leaf: Node) -> bool:
    """Whether the entries that a covariance ties together stand on the rows of a variable (else on its columns)."""
    return leaf.facts.cols.length == 1 and leaf.facts.rows.length > 1


def column_key(table: str, name: str) -> str:
    """Under which key the numbers of one column of an uncertain table are found."""
    return f"{table}:{name}"


def data_node(variable: Variable, like: Node) -> Node:
    """A data variable as a node."""
    return Node(variable.facts, variable=variable, mark=like.mark)


def draws_of(node: Node) -> Repeat | None:
    """The set of draws over which an expression is repeated, if it holds sampled variables."""
    draws = (leaf.the_variable.uncertainty.draws for leaf in leaves(node))
    return next((repeat for repeat in draws if repeat is not None), None)


def mean_node(node: Node) -> Node:
    """The mean of an expression: affine in distributions, anything over draws."""
    certain = _without_distributions(node, _mean)
    return certain if draws_of(node) is None else over_draws(MEAN_OF_DRAWS, certain, (), node)


def std(node: Node) -> Node:
    """The standard deviation of a variable, or of data over draws."""
    if draws_of(node) is not None:
        return over_draws(STD_OF_DRAWS, _data_only(node, "std"), (), node)
    return with_columns(STD, _one(node, "std"))


def quantile_node(node: Node, level: Node) -> Node:
    """The least level that the expression stays at or below with probability `level`: of a variable, or of data over draws."""
    if draws_of(node) is not None:
        radius = _radius(node)
        if radius is not None and node.variable is not None:
            return over_draws(BALL_QUANTILE, node, (level, radius), node)
        return over_draws(QUANTILE_OF_DRAWS, _data_only(node, "quantile"), (level,), node)
    return with_columns(QUANTILE, _one(node, "quantile"), level)


def floor(leaf: Node, level: Node) -> Node:
    """The greatest level that a variable stays at or above with probability `level`."""
    if draws_of(leaf) is None:
        return with_columns(FLOOR, leaf, level)
    radius = _radius(leaf)
    extra = (level,) if radius is None else (level, radius)
    record = QUANTILE_OF_DRAWS if radius is None else BALL_QUANTILE
    return minus(over_draws(record, made(NEGATIVE, (leaf,)), extra, leaf))


def cvar(node: Node, level: Node) -> Node:
    """The mean of the worst 1 − level: of a variable, or over draws of any convex loss."""
    if draws_of(node) is None:
        return with_columns(CVAR, _one(node, "cvar"), level)
    _no_distributions(node, "cvar")
    inverse = made(RECIPROCAL, (made(ADD, (number_node(1.0, level), minus(level))),))
    return over_draws(CVAR_OF_DRAWS, node, (level, inverse), node)


def over_draws(record: Operator, node: Node, more: tuple[Node, ...], like: Node) -> Node:
    """A statistic over the draws of an expression: its record takes their repeat away."""
    repeat = draws_of(like)
    assert repeat is not None
    args = (node, *more, _shares(like, repeat))
    place = repeat_place(join_repeats([a.facts for a in args]), repeat.rank)
    return replace(made(record, args, (place,), like), shown=1 + min(1, len(more)))


def repeat_place(repeats: tuple[Repeat, ...], rank: int) -> int:
    """Where the repeat of this rank stands among others."""
    return next(k for k, r in enumerate(repeats) if r.rank == rank)


def _shares(like: Node, repeat: Repeat) -> Node:
    leaf = next(n for n in leaves(like) if repeat.rank in (r.rank for r in n.facts.repeats))
    weights = leaf.the_variable.uncertainty.weights
    if weights is None:
        count = len(repeat.axis)
        return constant_node(np.full((count, 1, 1), 1.0 / count), Facts((repeat,)), leaf, "equal weights")
    node = data_node(weights, leaf)
    return made(SHARES, (node,), (repeat_place(node.facts.repeats, repeat.rank),))


def _radius(node: Node) -> Node | None:
    leaf = next(leaves(node))
    radius = leaf.the_variable.uncertainty.radius
    return None if radius is None else data_node(radius, leaf)


def with_columns(record: Operator, leaf: Node, *level: Node) -> Node:
    """A statistic of a distribution: its record with the columns of the table."""
    args = (leaf, *level, *(column_node(leaf, name) for name in COLUMNS))
    return replace(made(record, args, (), leaf), shown=1 + len(level))


def with_columns_after(
    record: Operator, leaf: Node, more: tuple[Node, ...], options: OperatorOptions
) -> Node:
    """A record of the codes of a distribution, further data, and the columns of its table."""
    args = (leaf, *more, *(column_node(leaf, name) for name in COLUMNS))
    return replace(made(record, args, options, leaf), shown=2)


def rule_of(leaf: Node) -> DecisionRule | None:
    """How an adapting decision reacts; None for what is uncertain itself."""
    return None if leaf.variable is None else leaf.variable.uncertainty.rule


def _mean(leaf: Node) -> Node:
    """The mean; of a decision that adapts, what is decided at the means of what it reacts to."""
    if rule_of(leaf) is not None:
        return replace(leaf, variable=replace(leaf.the_variable, uncertain=False))
    return with_columns(MEAN, leaf)


def _without_distributions(node: Node, with_: Callable[[Node], Node]) -> Node:
    """The node with its distributions replaced; sampled variables stay as they are."""
    if not any(_is_distribution(n) for n in leaves(node)):
        return node
    bad = not_affine(node)
    if bad is not None:
        raise _unfit(bad, "the mean of an uncertain variable says nothing of the mean of this expression")
    return substitute(node, lambda n: with_(n) if _is_distribution(n) else n)


def _is_distribution(leaf: Node) -> bool:
    return draws_of(leaf) is None


def _no_distributions(node: Node, name: str) -> None:
    bad = next((n for n in leaves(node) if _is_distribution(n)), None)
    if bad is not None:
        raise _unfit(bad, f"{name} cannot join {bad.the_variable.name!r}, a distribution, with draws")


def _data_only(node: Node, name: str) -> Node:
    _no_distributions(node, name)
    if node.facts.decision:
        raise _unfit(node, f"{name} of decisions is not convex")
    return node


def _one(node: Node, name: str) -> Node:
    if node.variable is None:
        raise _unfit(node, f"{name} of an expression is known for draws only (samples)")
    if rule_of(node) is not None:
        raise _unfit(node, f"{name} of a decision that adapts is not linear in its rule")
    return node


def _unfit(node: Node, message: str) -> ExpressionError:
    fix = (
        "Take the statistic of the variable itself (2 * quantile(D, p)), put a bound on the expression with chance(…), "
        "use cvar(…), or give the table draws (samples: <set>)."
    )
    return ExpressionError.of("R007", message, node.mark, fix=fix)


def transposed_node(node: Node) -> Node:
    """The transpose, of a single number the number itself."""
    return node if node.facts.is_scalar else made(TRANSPOSE, (node,))
