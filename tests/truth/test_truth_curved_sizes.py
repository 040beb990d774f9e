"""Every curved operator in numbers of any size: certified, and right."""

import pytest

from saddlepoint.expr.node import Nature
from saddlepoint.expr.words import OPERATORS
from tests.truth.curved import cases

STRAIGHT = {
    "abs", "pos", "neg", "max", "min", "maximum", "minimum", "norm1", "norminf", "sum_largest", "sum_smallest", "cvar",
}  # fmt: skip
"""Operators whose graph is linear."""


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1.0, 1e5])
def test_certified_and_right(size: float):
    off = {case.name: error for case in cases(size) if not (error := case.error()) <= 1e-6}
    assert not off


def test_every_operator_with_cones_has_a_case():
    curved = {r.name for r in OPERATORS.values() if r.nature in (Nature.CONVEX, Nature.CONCAVE)}
    tried = {name for case in cases(0.5) for name in case.operators}
    assert tried >= curved - STRAIGHT
