"""The rows of one relation that hold together: a level for each uncertain entry, shared out by a stated way."""

from __future__ import annotations

import math
from dataclasses import replace

from saddlepoint.errors import RewriteError
from saddlepoint.expr.along import total_of_all
from saddlepoint.expr.curvature import SignOf, judged
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.named import number_node
from saddlepoint.expr.node import Chance, JointWay, Node, Relation
from saddlepoint.expr.operators.joint import DRAWS, JOINT_LEVELS
from saddlepoint.expr.uncertain import (
    data_node,
    draws_of,
    floor,
    minus,
    plus,
    quantile_node,
    times_node,
    with_columns_after,
)
from saddlepoint.rewrite.adapting import seen_by
from saddlepoint.rewrite.chance import Inequality, Promise, Rewritten, coefficient_of
from saddlepoint.rewrite.meeting import mixed
from saddlepoint.rewrite.refused import refused
from saddlepoint.rewrite.seen_together import times_by_entries
from saddlepoint.uncertain.copulas import vines_can_be_fitted
from saddlepoint.uncertain.together import TOGETHER, find_together

_SAFE = frozenset(w.name for w in TOGETHER if w.degree == "safe")
_COPULAS = frozenset(w.name for w in TOGETHER if w.copula)


def rewrite_jointly(relation: Relation, stated: Chance, way: JointWay, signs: SignOf) -> Rewritten:
    """One relation whose rows hold together; RewriteError R785–R787, and what `refused` finds."""
    found = list(refused(relation))
    if found:
        raise RewriteError(found)
    sides = Inequality(relation)
    leaf = sides.leaves[0]
    _check(sides, leaf, way, stated)
    if way.seen is not None:
        way = replace(way, seen=times_by_entries(way.seen, leaf))
    sign = judged(coefficient_of(sides, leaf), signs).sign
    if sign not in (Sign.NONNEG, Sign.ZERO, Sign.NONPOS):
        fix = "Write the uncertain variable with coefficients of one sign, or leave joint= out."
        raise RewriteError.of(
            "R785",
            "rows that hold together meet entries with coefficients of both signs",
            relation.mark,
            fix=fix,
        )
    towards = -1 if sign is Sign.NONPOS else 1
    level = _levels(leaf, stated.level, way, towards)
    covered = floor if towards < 0 else quantile_node
    size = leaf.facts.shape
    return Rewritten(
        relation=sides.with_leaves(lambda n: covered(n, level)),
        form="row",
        level=stated.level,
        promise=_promise(way, size),
        overpaid=_overpaid(leaf, stated.level, way, level, towards),
    )


def _promise(way: JointWay, shape: tuple[int, ...]) -> Promise:
    record = find_together(way.way)
    assert record is not None
    degree = f"{record.degree} {record.provided}".strip()
    text = f"{math.prod(shape)} entries hold together: {record.why}"
    if record.copula:
        source = "with their correlation" if way.seen is None else "fitted to what was seen"
        text += f", {source}, by {DRAWS:,} draws"
    return Promise(degree, text)


def _check(sides: Inequality, leaf: Node, way: JointWay, stated: Chance) -> None:
    names = {n.variable.name for n in sides.leaves if n.variable is not None}
    mark = sides.relation.mark
    if (
        len(names) > 1
        or seen_by(sides.leaves) is not None
        or any(mixed(sides.relation.sides, leaf))
        or draws_of(leaf) is not None
    ):
        why = "shares of a failure are levels of single entries of a table of distributions"
        fix = "Leave joint= out and write 1 - (1 - p) / n, or give the table draws: chance(…, p, over=<set>) is exact for them."
        raise RewriteError.of("R785", "joint= needs rows of one uncertain entry each", mark, why=why, fix=fix)
    if not stated.level.facts.is_scalar or stated.level.facts.repeats:
        fix = "Give one number (per scenario)."
        raise RewriteError.of(
            "R014", "rows that hold together share one probability", stated.level.mark, fix=fix
        )
    if way.seen is not None or way.way not in _COPULAS:
        return
    if way.way == "vine":
        fix = "Name the table of values that were observed together: joint=vine, seen=H (times by entries)."
        raise RewriteError.of("R786", "joint=vine needs values seen together", mark, fix=fix)
    if leaf.the_variable.uncertainty.covariance is None:
        fix = "Name it beside the table (covariance: V), give seen=, or write joint=independent or joint=cheapest."
        raise RewriteError.of("R786", "joint=gaussian needs a covariance", mark, fix=fix)


def _levels(leaf: Node, p: Node, way: JointWay, towards: int) -> Node:
    """The probability of every entry, data over the variable."""
    covariance = leaf.the_variable.uncertainty.covariance
    seen = way.seen if way.way in _COPULAS else None
    known = (
        data_node(covariance, leaf)
        if covariance is not None and way.way == "gaussian"
        else number_node(0.0, leaf)
    )
    tied = known if seen is None else seen
    options = (way.way, towards, int(seen is not None))
    return with_columns_after(JOINT_LEVELS, leaf, (p, way.cost, tied), options)


def _overpaid(leaf: Node, p: Node, way: JointWay, level: Node, towards: int) -> tuple[Node, str] | None:
    """What a safe way costs more than the way that knows more, Σ cost·level, and what that way is."""
    if way.way not in _SAFE:
        return None
    tied = leaf.the_variable.uncertainty.covariance is not None
    knows = _known_way(way, tied)
    better = _levels(leaf, p, replace(way, way=knows), towards)
    covered = floor if towards < 0 else quantile_node
    more = plus(covered(leaf, level), minus(covered(leaf, better)))
    spent = times_node(way.cost, more if towards > 0 else minus(more))
    return total_of_all(spent), _known_as(knows, way)


def _known_way(way: JointWay, tied: bool) -> str:
    """The way that knows most: a vine of what was seen where vines can be fitted."""
    if way.seen is not None:
        return "vine" if vines_can_be_fitted() else "gaussian"
    return "gaussian" if tied else "independent"


def _known_as(knows: str, way: JointWay) -> str:
    record = find_together(knows)
    if record is None or not record.copula:
        return "independent entries"
    return record.copula + (" of what was seen" if way.seen is not None else " with their covariance")
