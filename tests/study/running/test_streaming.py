"""Memory does not grow with the number of scenarios."""

from __future__ import annotations

import tracemalloc

import saddlepoint
from saddlepoint.study.running.run import run

TABLES = """
production: {type: endogenous, coordinates: [Products, A, B], variables_info: {x: {Products: {dim: cols}}}}
profit: {type: exogenous, coordinates: [Products], variables_info: {c: {Products: {dim: cols}}}}
first: {type: exogenous, coordinates: [A], variables_info: {a: }}
second: {type: exogenous, coordinates: [B], variables_info: {b: }}
"""


def peak(items: int) -> tuple[int, int]:
    """Number of scenarios solved, and the most memory that solving them took at once, in bytes."""
    names = [f"s{k}" for k in range(items)]
    lab = saddlepoint.define(
        sets="Products:\nA: {split_problem: true}\nB: {split_problem: true}",
        variables=TABLES,
        problem="objective: [Maximize(c @ tran(x))]\nexpressions: [sum(x) <= a, c @ tran(x) <= b, x >= 0]",
        items={"Products": ["p", "q"], "A": names, "B": names},
        data={"profit": [3.0, 2.0], "first": [5.0 + k for k in range(items)], "second": [9.0] * items},
    )
    plan = lab.plan(lab.inputs(), chunk=300)
    count = 0
    tracemalloc.start()
    try:
        for piece in run(plan):
            assert piece.answers[""].answered.all()
            count += len(piece.answers[""].which)
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_flat() -> None:
    """What grows are the positions of the scenarios (a few words each), not numbers of problems or answers."""
    peak(5)
    few, little = peak(30)
    many, much = peak(90)
    assert (few, many) == (900, 8100)
    assert much - little < 48 * (many - few)
