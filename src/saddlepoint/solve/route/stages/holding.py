"""Whether a solver keeps the interpreter to itself for so long that no interruption is heard."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Pattern, Structure
from saddlepoint.arrays import Index
from saddlepoint.solve.interfaces import Holds

SHORT_SIZE = 1_000
"""Columns and rows that an interior point is done with in about a second, however dense."""
SHORT_SETUP = 100_000
"""Columns, rows and entries that an interior point has ordered, and copied, in about half a second on a core that others use as well: an interruption
then waits so long and `PATIENCE` of `attempt.py`, less than two seconds."""
SHORT_WORK = 1e8
"""Multiplications of one factorisation, of which there are some tens."""


def holds_long(holds: Holds, structure: Structure) -> bool:
    """Whether a solver that keeps the interpreter so may let no interruption through for more than about a second."""
    if holds == "setup":
        return _numbers(structure) > SHORT_SETUP
    if holds == "work":
        return not is_short(structure) and _work(structure) > SHORT_WORK
    return holds == "everything"


def is_short(structure: Structure) -> bool:
    """Whether an interior point has ended before a process of its own would have begun and been stopped."""
    return structure.n + structure.m <= SHORT_SIZE


def _numbers(structure: Structure) -> int:
    parts = (structure.P, structure.A, structure.F)
    return structure.n + structure.m + structure.F.shape[0] + sum(part.nnz for part in parts)


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
