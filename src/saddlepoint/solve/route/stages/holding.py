"""Whether a solver keeps the interpreter to itself for so long that no interruption is heard."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Pattern, Structure
from saddlepoint.arrays import Index
from saddlepoint.solve.route.stages.choose import HOLDING

SHORT_SIZE = 1_000
"""Columns and rows that an interior point is done with in about a second, however dense."""
SHORT_WORK = 1e8
"""Multiplications of one factorisation, of which there are some tens."""


def holds_long(solver: str, structure: Structure) -> bool:
    """Whether the solver may let no interruption through for more than about a second."""
    when = HOLDING.get(solver)
    if when != "large":
        return when == "always"
    return structure.n + structure.m > SHORT_SIZE and _work(structure) > SHORT_WORK


def _work(structure: Structure) -> float:
    """At most what a factorisation of P, A and Aᵀ costs: columns first where P is diagonal, else in a narrow band."""
    of_columns = np.bincount(structure.A.columns(), minlength=structure.n)
    if (structure.P.indices == structure.P.columns()).all():
        rows_after = float((of_columns**2.0).sum()) + structure.m**3 / 3.0
        return min(rows_after, _band_work(structure))
    return _band_work(structure)


def _band_work(structure: Structure) -> float:
    """The squares of the lengths of rows, as reverse Cuthill-McKee orders them (George & Liu 1981, §4)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    size = structure.n + structure.m
    (p_row, p_column), (a_row, a_column) = _entries(structure.P), _entries(structure.A)
    row = np.concatenate([p_row, a_row + structure.n])
    column = np.concatenate([p_column, a_column])
    both = np.concatenate([row, column]), np.concatenate([column, row])
    graph = coo_array((np.ones(2 * len(row)), both), shape=(size, size)).tocsr()
    place = np.empty(size, np.int64)
    place[reverse_cuthill_mckee(graph, symmetric_mode=True)] = np.arange(size)
    first = np.arange(size)
    np.minimum.at(first, place[both[0]], place[both[1]])
    return float(((np.arange(size) - first) ** 2.0).sum())


def _entries(pattern: Pattern) -> tuple[Index, Index]:
    return pattern.indices.astype(np.int64), pattern.columns().astype(np.int64)
