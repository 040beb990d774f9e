"""Programs written row by row, for comparison: names of columns, rows of coefficients, solved by HiGHS through scipy."""

from __future__ import annotations

import csv
from collections.abc import Hashable, Mapping
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Name = Hashable


def column(folder: Path, table: str) -> dict[tuple[str, ...], float]:
    """The rows of an input table: labels → number."""
    with (folder / "input_data" / f"{table}.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(r[:-1]): float(r[-1]) for r in rows}


class ByHand:
    """min c·x under rows; columns by name."""

    def __init__(self) -> None:
        self.place: dict[Name, int] = {}
        self.columns: list[tuple[float, float, float, int]] = []
        self.rows: list[tuple[Mapping[Name, float], float, float]] = []

    def add(
        self, name: Name, cost: float = 0.0, least: float = 0.0, most: float = np.inf, integer: int = 0
    ) -> None:
        self.place[name] = len(self.columns)
        self.columns.append((cost, least, most, integer))

    def row(self, terms: Mapping[Name, float], least: float = -np.inf, most: float = np.inf) -> None:
        self.rows.append((terms, least, most))

    def solve(self) -> tuple[float, dict[Name, float]]:
        cost, least, most, integer = (np.array(v, float) for v in zip(*self.columns, strict=True))
        line, where, value = [], [], []
        for k, (terms, _, _) in enumerate(self.rows):
            for name, number in terms.items():
                line.append(k)
                where.append(self.place[name])
                value.append(number)
        at = np.array(line, np.int32), np.array(where, np.int32)
        matrix = csr_array((value, at), shape=(len(self.rows), len(cost)))
        rows = LinearConstraint(matrix, [r[1] for r in self.rows], [r[2] for r in self.rows])
        found = milp(
            cost,
            integrality=integer,
            bounds=Bounds(least, most),
            constraints=rows,
            options={"mip_rel_gap": 2e-7},
        )
        assert found.status == 0
        return found.fun, dict(zip(self.place, found.x, strict=True))
