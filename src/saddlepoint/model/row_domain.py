"""The coordinates of the cells of an expression: those of a relation's rows, of a figure, of a violation."""

from __future__ import annotations

import itertools
from collections.abc import Collection

from saddlepoint.expr.facts import Facts
from saddlepoint.labels import Axis, Domain


def row_domain(facts: Facts) -> Domain:
    """The coordinates of the cells of a node: its repeats, then the sets of its rows and columns.

    A side without labels longer than 1 gets the axis `row` or `col` with items 1, 2, …; a set that stands on both
    sides gets a second name.
    """
    axes: list[Axis] = [r.axis for r in facts.repeats]
    for side, name in ((facts.rows, "row"), (facts.cols, "col")):
        if side.labels:
            for axis in side.labels:
                axes.append(_named_anew(axis, {a.name for a in axes}))
        elif side.length > 1:
            axes.append(Axis(name, tuple(str(k + 1) for k in range(side.length))))
    return Domain(tuple(axes))


def _named_anew(axis: Axis, taken: Collection[str]) -> Axis:
    """The axis under a name that is free: Sites, Sites_2, Sites_3, …"""
    if axis.name not in taken:
        return axis
    free = next(name for k in itertools.count(2) if (name := f"{axis.name}_{k}") not in taken)
    return Axis(free, axis.items)
