"""The trade-off of two objectives that are not both linear, or have integers: the best of the first at levels of the second.

The ε-constraint method (Haimes, Lasdon & Wismer 1971); each point is an optimum of its own, with its certificate, and the
price of the level is the rate at which the objectives are traded there.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.columnar import concat
from saddlepoint.arrays import Array, Index, distinct
from saddlepoint.study.frontier.goals import SECOND
from saddlepoint.study.frontier.points import Points, Tracer

ROUNDING = 1e-12
"""By so much of its size an objective may be worse than what it is held at."""
SAME = 1e-6
"""Points nearer to each other than this part of the front are one."""


def at_levels(tracer: Tracer, ends: Points, count: int, whole: bool) -> Points:
    """`count` points along every scenario's front in order, ends included; whole: the problem has integers, and a front has
    no rates.

    ends: the best of either objective, first those of the first, in the same scenarios.
    """
    half = len(ends.first) // 2
    rows = np.repeat(ends.scenario[:half], count - 2)
    share = np.tile(np.arange(1, count - 1) / (count - 1), half)
    best, worst = ends.second[half:], ends.second[:half]
    between = np.repeat(worst, count - 2) + share * np.repeat(best - worst, count - 2)
    problem = tracer.goals.ordered(1)
    level = problem.ranks[0].level.table
    program = tracer.compile(problem, {level: float(tracer.goals.senses[1]) * np.inf})
    answer = tracer.solve(program, rows, {level: between})
    block = next(b for b in program.rows if b.name == SECOND)
    found = tracer.points(answer, rows, np.full(len(rows), np.nan) if whole else answer.price[:, block.start])
    if whole:
        found = _second_settled(tracer, found)
    return _in_order(concat([ends, found.take(np.flatnonzero(found.answered))]), tracer)


def _second_settled(tracer: Tracer, found: Points) -> Points:
    """The same values of the first objective with the best of the second that they allow."""
    good = np.flatnonzero(found.answered)
    problem = tracer.goals.ordered(0)
    level, sense = problem.ranks[0].level.table, float(tracer.goals.senses[0])
    program = tracer.compile(problem, {level: sense * np.inf})
    values = found.first[good]
    held = values + sense * ROUNDING * np.abs(values)
    answer = tracer.solve(program, found.scenario[good], {level: held})
    better = tracer.points(answer, found.scenario[good])
    return found.put(good[better.answered], better.take(np.flatnonzero(better.answered)))


def _in_order(points: Points, tracer: Tracer) -> Points:
    """The points in order, each once, without those that another one beats."""
    a, b = (s * v for s, v in zip(tracer.goals.senses, (points.first, points.second), strict=True))
    keep: list[int] = []
    for s in distinct(points.scenario).tolist():
        mine = np.flatnonzero(points.scenario == s)
        keep += mine[_undominated(a[mine], b[mine])].tolist()
    return points.take(np.array(keep, np.int64))


def _undominated(a: Array, b: Array) -> Index:
    wide, high = SAME * (np.ptp(a) or 1.0), SAME * (np.ptp(b) or 1.0)
    kept: list[int] = []
    for k in np.lexsort((b, a)).tolist():
        if not kept or b[k] < b[kept[-1]] - high:
            if kept and a[k] <= a[kept[-1]] + wide:
                kept[-1] = k
            else:
                kept.append(k)
    return np.array(kept, np.int64)
