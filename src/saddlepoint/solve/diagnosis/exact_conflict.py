"""An irreducible infeasible set in rational arithmetic, where floats cannot tell a contradiction from what rounding leaves of one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.exact import NotProven
from saddlepoint.solve.proof.irreducible import Support
from saddlepoint.solve.route.claims.exact_claims import WORDS, elastic
from saddlepoint.solve.route.polishing.exactly import exact_optimum
from saddlepoint.solve.vertex import matrix_of

LARGEST = 2_000
"""Rows and columns up to which this is tried."""
PRIME = 2**31 - 1
"""Ranks of rationals are at least those modulo a prime."""


def exact_support(batch: Batch, time_limit: float | None = None) -> Support | None:
    """The sides that the prices of the least sum of missed rows weigh, proven to be an irreducible set; None where that is not shown.

    An exact vertex of that problem has a Farkas vector for prices. If the rows that it weighs have one dependency over the columns whose
    bounds it does not weigh, there is no other within them. batch: linear, numbers as they are written in decimals.
    """
    if batch.structure.m + batch.structure.n > LARGEST:
        return None
    try:
        with bounded(time_limit, WORDS):
            found = exact_optimum(elastic(batch), time_limit)
    except NotProven:
        return None
    y, z = np.array(found.y), np.array(found.z)[: batch.structure.n]
    rows = np.flatnonzero(y)
    if found.objective <= 0 or not len(rows) or _dependencies(batch, rows, z) != 1:
        return None
    return Support(y, z, proven=True)


def _dependencies(batch: Batch, rows: Index, z: Array) -> int:
    """At most how many dependencies some rows have, over the columns that z leaves out."""
    part = matrix_of(batch).tocsr()[rows].tocoo()
    kept = z[part.col] == 0
    columns, place = np.unique(part.col[kept], return_inverse=True)
    matrix = np.zeros((len(columns), len(rows)), np.int64)
    matrix[place, part.row[kept]] = [_modulo(v) for v in part.data[kept].tolist()]
    return len(rows) - _rank(matrix)


def _modulo(value: float) -> int:
    number = Fraction(repr(value))
    return number.numerator * pow(number.denominator, -1, PRIME) % PRIME


def _rank(matrix: Any) -> int:
    """The rank of whole numbers modulo PRIME, by elimination in place."""
    rank = 0
    for column in range(matrix.shape[1]):
        below = np.flatnonzero(matrix[rank:, column])
        if not len(below):
            continue
        first = rank + int(below[0])
        matrix[[rank, first]] = matrix[[first, rank]]
        matrix[rank] = matrix[rank] * pow(int(matrix[rank, column]), -1, PRIME) % PRIME
        others = rank + 1 + np.flatnonzero(matrix[rank + 1 :, column])
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[rank]) % PRIME
        rank += 1
    return rank
