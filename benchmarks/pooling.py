"""Pooling problems of the literature as linear problems with products: fractions of each pool's inflow times its flows.

The data in pooling.json are facts of Haverly (SIGMAP Bulletin 25, 1978), Ben-Tal, Eiger & Gershovitz (Mathematical Programming 63, 1994),
Foulds, Haugland & Jörnsten (Optimization 24, 1992), Adhya, Tawarmalani & Sahinidis (Industrial & Engineering Chemistry Research 38, 1999) and
Audet et al. (Management Science 50, 2004), as collected in cog-imperial/pooling-network, with the best values published for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.solve.bilinear.problem import Bilinear

INSTANCES: dict[str, Any] = json.loads((Path(__file__).parent / "pooling.json").read_text())


@dataclass(slots=True)
class _Rows:
    """Rows in the making: coefficients by column and by product, and their sides."""

    columns: list[dict[int, float]] = field(default_factory=list)
    products: list[dict[int, float]] = field(default_factory=list)
    sides: list[tuple[float, float]] = field(default_factory=list)

    def add(self, columns: dict[int, float], products: dict[int, float], low: float, high: float) -> None:
        self.columns.append(columns)
        self.products.append(products)
        self.sides.append((low, high))

    def arrays(self, n: int, K: int) -> tuple[Array, Array, Array, Array]:
        A, B = np.zeros((1, len(self.sides), n)), np.zeros((1, len(self.sides), K))
        for row, (one, other) in enumerate(zip(self.columns, self.products, strict=True)):
            for k, value in one.items():
                A[0, row, k] += value
            for k, value in other.items():
                B[0, row, k] += value
        low, high = (np.array([[side[k] for side in self.sides]]) for k in (0, 1))
        return A, B, low, high


def pooling(name: str, multiplied: bool = True) -> Bilinear:
    """One instance in the pq-formulation (Sahinidis & Tawarmalani, Journal of Global Optimization 32, 2005); its cost, to be minimised.

    multiplied: without them, in the q-formulation: the rows that follow where fractions and sizes are multiplied by flows and fractions are left out.
    """
    data = INSTANCES[name]
    into = [(i, l) for i, l in data["into"]]
    out = {(l, j): bound for l, j, bound in data["from"]}
    direct = {(i, j): bound for i, j, bound in data["direct"]}
    q = {pair: k for k, pair in enumerate(into)}
    y = {pair: len(q) + k for k, pair in enumerate(out)}
    z = {pair: len(q) + len(y) + k for k, pair in enumerate(direct)}
    w = {(i, l, j): k for k, ((i, l), j) in enumerate(((a, j) for a in into for l, j in out if l == a[1]))}
    n, K = len(q) + len(y) + len(z), len(w)
    rows = _Rows()
    inputs, outputs = data["inputs"], data["outputs"]
    for i, (low, high, _, _) in inputs.items():
        own = {z[a]: 1.0 for a in direct if a[0] == i}
        rows.add(own, {k: 1.0 for a, k in w.items() if a[0] == i}, low, high)
    for l, size in data["pools"].items():
        rows.add({y[a]: 1.0 for a in out if a[0] == l}, {}, 0.0, size)
        rows.add({q[a]: 1.0 for a in into if a[1] == l}, {}, 1.0, 1.0)
        for i in [a[0] for a in into if a[1] == l and multiplied]:
            mixed = {k: 1.0 for a, k in w.items() if a[:2] == (i, l)}
            rows.add({q[i, l]: -size}, mixed, -np.inf, 0.0)
    for l, j in out if multiplied else ():
        rows.add({y[l, j]: -1.0}, {k: 1.0 for a, k in w.items() if a[1:] == (l, j)}, 0.0, 0.0)
    for j, (low, high, _, least, most) in outputs.items():
        flows = {**{y[a]: 1.0 for a in out if a[1] == j}, **{z[a]: 1.0 for a in direct if a[1] == j}}
        rows.add(flows, {}, low, high)
        for side, limits in ((-1.0, least), (1.0, most)):
            for k, limit in enumerate(limits or []):
                if limit is not None:
                    _quality(rows, data, (w, z), (j, k, side, limit))
    A, B, l, u = rows.arrays(n, K)
    cost, worth = np.zeros((1, n)), np.zeros((1, K))
    for (i, _, j), k in w.items():
        worth[0, k] = inputs[i][2] - outputs[j][2]
    for (i, j), k in z.items():
        cost[0, k] = inputs[i][2] - outputs[j][2]
    high = np.array([[1.0] * len(q) + [float(v) for v in out.values()] + [float(v) for v in direct.values()]])
    return Bilinear(
        q=cost,
        p=worth,
        r=np.zeros(1),
        A=A,
        B=B,
        l=l,
        u=u,
        lb=np.zeros((1, n)),
        ub=high,
        left=np.array([q[i, l] for i, l, _ in w]),
        right=np.array([y[l, j] for _, l, j in w]),
    )


def _quality(
    rows: _Rows,
    data: dict[str, Any],
    places: tuple[dict[Any, int], dict[Any, int]],
    limit: tuple[str, int, float, float],
) -> None:
    """What flows into an output holds on average at most (side 1) or at least (side −1) so much of a quality."""
    (w, z), (j, k, side, most) = places, limit
    inputs = data["inputs"]
    mixed = {at: side * (inputs[a[0]][3][k] - most) for a, at in w.items() if a[2] == j}
    straight = {at: side * (inputs[a[0]][3][k] - most) for a, at in z.items() if a[1] == j}
    rows.add(straight, mixed, -np.inf, 0.0)
