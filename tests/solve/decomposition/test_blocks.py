"""Whom columns and rows follow, against the definition, node by node."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.algebra.structure import Pattern, Structure
from saddlepoint.arrays import Index
from saddlepoint.solve.decomposition.blocks import BEFORE, UNKNOWN, nodes_followed, places_by_group


def structure(rows: list[list[int]], n: int) -> Structure:
    """Rows that look at these columns."""
    at = sorted((c, r) for r, columns in enumerate(rows) for c in columns)
    pattern = Pattern.of(
        np.array([r for _, r in at], np.int64), np.array([c for c, _ in at], np.int64), (len(rows), n)
    )
    return Structure(
        P=Pattern.empty(n, n), A=pattern, F=Pattern.empty(0, n), cones=(), integer=np.zeros(n, bool)
    )


def ancestors(node: int, parents: Index) -> list[int]:
    """A node, its parent, …, and before all."""
    out = [node]
    while out[-1] != BEFORE:
        out.append(int(parents[out[-1]]))
    return out


def test_rows_follow_the_deepest_node_on_one_path() -> None:
    rng = np.random.default_rng(7)
    joined = 0
    for _ in range(60):
        parents = np.array([int(rng.integers(-1, k)) if k else -1 for k in range(6)])
        labels = rng.integers(-1, 6, 8)
        rows = [sorted(set(rng.integers(0, 8, rng.integers(1, 4)).tolist())) for _ in range(3)]
        paths = [[ancestors(int(labels[c]), parents) for c in columns] for columns in rows]
        deepest = [max(each, key=len) for each in paths]
        apart = any(p[0] not in deep for each, deep in zip(paths, deepest, strict=True) for p in each)
        found = nodes_followed(structure(rows, 8), labels, parents)
        joined += apart
        assert (found is None) == apart
        if found is not None:
            assert found[0].tolist() == labels.tolist()
            assert found[1].tolist() == [deep[0] for deep in deepest]
    assert 10 < joined < 50


@pytest.mark.parametrize(
    ("rows", "follows"),
    [
        ([[0, 4]], 0),  # the only node that it meets
        ([[0, 4], [1, 4]], 1),  # the deeper of two on one path
        ([[1, 4], [2, 4]], 0),  # where two that are not on one path part
        ([[1, 4], [3, 4]], BEFORE),
        ([[4]], BEFORE),
        ([[1, 5], [4, 5]], 1),  # by way of another that nobody has placed
    ],
)
def test_columns_of_operators_follow_their_rows(rows: list[list[int]], follows: int) -> None:
    parents = np.array([BEFORE, 0, 0, BEFORE])
    labels = np.array([0, 1, 2, 3, UNKNOWN, UNKNOWN])
    found = nodes_followed(structure(rows, 6), labels, parents)
    assert found is not None
    assert found[0][4] == follows


def test_groups_are_alike_or_none() -> None:
    found = places_by_group(np.array([1, 0, -1, 1, 0]), np.arange(2))
    assert found is not None
    assert found.tolist() == [[1, 4], [0, 3]]
    assert places_by_group(np.array([1, 0, 0]), np.arange(2)) is None
