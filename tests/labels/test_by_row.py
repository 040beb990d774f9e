"""Columns kept by row against the same columns over all cells."""

from __future__ import annotations

import numpy as np

from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.labels.by_row import ByRow, columns_at


def test_the_same_table_either_way() -> None:
    domain = Domain((Axis("A", tuple("abcd")), Axis("B", tuple("uvwxyz"))))
    where = np.array([[17, 3], [9, 4]])
    numbers = {"values": np.array([[1.0, 2.0], [3.0, 4.0]])}
    kept = columns_at(domain.size, where, numbers)
    assert isinstance(kept, ByRow)
    full = np.full(domain.size, np.nan)
    full[where] = numbers["values"]
    rows = np.sort(where.reshape(-1))
    one, other = Table("t", domain, kept, rows=rows), Table("t", domain, {"values": full}, rows=rows)
    np.testing.assert_array_equal(one.values, other.values)
    assert one.column("values").tolist() == other.column("values").tolist() == [2.0, 4.0, 3.0, 1.0]
    assert (
        one.label_columns()
        == other.label_columns()
        == {"A": list("aabc"), "B": list("xywz"[:0] or "xyxz"[:0]) or ["x", "y", "x", "z"]}
    )
    fewer = Table("t", domain, kept, rows=rows[:2])
    assert fewer.column("values").tolist() == [2.0, 4.0]
    assert one.slice({"A": "a"}).values[3:5].tolist() == [2.0, 4.0]
