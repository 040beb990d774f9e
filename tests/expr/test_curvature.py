"""What is known of a composition from the records of its words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.expr.apply import apply
from saddlepoint.expr.curvature import judged
from saddlepoint.expr.facts import Curvature, Facts, Sign
from saddlepoint.expr.node import Node, Variable
from saddlepoint.expr.operators.convex import SQUARE
from saddlepoint.expr.operators.exponential import LOGISTIC

FACTS = Facts(decision=True)
CELL = np.zeros(FACTS.shape, np.int64)
X = Node(FACTS, variable=Variable(name="x", table="x", facts=FACTS, role="decision", cells=CELL, place=CELL))
SILENT = replace(LOGISTIC, monotone=None)
"""A convex word that says nothing of its monotonicity."""


def _curvature(node: Node) -> Curvature:
    return judged(node, lambda _: Sign.UNKNOWN).curvature


def test_a_word_that_is_silent_on_monotonicity_takes_affine_arguments_alone() -> None:
    square = apply(SQUARE, (X,))
    assert _curvature(apply(SILENT, (X,))) is Curvature.CONVEX
    assert _curvature(apply(LOGISTIC, (square,))) is Curvature.CONVEX
    assert _curvature(apply(SILENT, (square,))) is Curvature.UNKNOWN
