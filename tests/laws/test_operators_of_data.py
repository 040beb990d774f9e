"""Every operator over data of every kind (the same for all, one per scenario, along a named axis, decided by another problem) is what numpy
says of each scenario."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.expr.words import RECORDS

ROWS, COLS, SCENARIOS, TIMES = 3, 2, 2, 2
Matrix = np.ndarray[Any, Any]


def _diag(a: Matrix) -> Matrix:
    return np.diag(a[:, 0]) if a.shape[1] == 1 else np.diag(a)[:, None]


def _huber(a: Matrix) -> Matrix:
    return np.where(np.abs(a) <= 1, a**2, 2 * np.abs(a) - 1)


def _annuity(a: Matrix) -> Matrix:
    age = np.arange(ROWS)[:, None] - np.arange(ROWS)
    rate = float(a[0, 0]) / 10
    return np.where((age >= 0) & (age < 3), rate * (1 + rate) ** 3 / ((1 + rate) ** 3 - 1), 0.0)


def _weib(a: Matrix) -> Matrix:
    scale, length = float(a[0, 0]), max(3, 2 * int(a[0, 0]))
    age = np.arange(1, length + 1)
    density = np.round(2 / scale * (age / scale) * np.exp(-((age / scale) ** 2)), 6)
    return (density / density.sum())[:3, None]


def _shift(a: Matrix) -> Matrix:
    return np.eye(3, k=1)


CASES: dict[str, tuple[str, str, Callable[[Matrix], Any]]] = {
    "add": ("matrix", "a + 2", lambda a: a + 2),
    "negative": ("matrix", "-a", lambda a: -a),
    "tran": ("matrix", "tran(a) @ a", lambda a: a.T @ a),
    "sum": ("matrix", "square(sum(a, 0))", lambda a: a.sum(0) ** 2),
    "diag": ("column", "diag(a) @ diag(a)", lambda a: _diag(a) @ _diag(a)),
    "cumsum": ("matrix", "cumsum(a, 1)", lambda a: a.cumsum(1)),
    "mult": ("matrix", "mult(a, a)", lambda a: a * a),
    "times": ("matrix", "3 * a", lambda a: 3 * a),
    "matmul": ("square", "a @ a", lambda a: a @ a),
    "divide": ("matrix", "1 / a", lambda a: 1 / a),
    "hstack": ("matrix", "hstack(a, 2 * a)", lambda a: np.hstack((a, 2 * a))),
    "vstack": ("matrix", "vstack(a, -a, a)", lambda a: np.vstack((a, -a, a))),
    "diff": ("matrix", "square(diff(a, 0))", lambda a: np.diff(a, axis=0) ** 2),
    "trace": ("square", "trace(a)", np.trace),
    "kron": ("matrix", "kron(a, square(a))", lambda a: np.kron(a, a**2)),
    "pow": ("matrix", "pow(a, 3)", lambda a: a**3),
    "minv": ("square", "minv(a)", np.linalg.inv),
    "shift": ("column", "shift(n, 1 + 0 * sum(a))", _shift),
    "annuity": ("scalar", "annuity(n, 3, a / 10)", _annuity),
    "weib": ("scalar", "weib(a, 2, vstack(a, a, a), 1, 6)", _weib),
    "reciprocal": ("matrix", "reciprocal(a)", lambda a: 1 / a),
    "matrix_root": ("square", "matrix_root(a)", lambda a: None),
    "square": ("matrix", "square(a - 1)", lambda a: (a - 1) ** 2),
    "sumsq": ("matrix", "sumsq(a)", lambda a: (a**2).sum()),
    "quad_form": ("column", "quad_form(a, diag(a))", lambda a: a.T @ np.diag(a[:, 0]) @ a),
    "abs": ("matrix", "abs(a - 1)", lambda a: np.abs(a - 1)),
    "pos": ("matrix", "pos(a - 1)", lambda a: np.maximum(a - 1, 0)),
    "neg": ("matrix", "neg(a - 1)", lambda a: np.maximum(1 - a, 0)),
    "max": ("matrix", "max(a, 0)", lambda a: a.max(0)),
    "min": ("matrix", "min(a, 1)", lambda a: a.min(1)),
    "maximum": ("matrix", "maximum(a, 1)", lambda a: np.maximum(a, 1)),
    "minimum": ("matrix", "minimum(a, 1, 2 * a)", lambda a: np.minimum(a, 1)),
    "norm1": ("matrix", "norm1(a - 1)", lambda a: np.abs(a - 1).sum()),
    "norm2": ("column", "norm2(a)", lambda a: np.sqrt((a**2).sum())),
    "norminf": ("matrix", "norminf(a - 1)", lambda a: np.abs(a - 1).max()),
    "norm": ("column", "norm(a, 3)", lambda a: (np.abs(a) ** 3).sum() ** (1 / 3)),
    "sqrt": ("matrix", "sqrt(a)", np.sqrt),
    "huber": ("matrix", "huber(a, 1)", _huber),
    "power": ("matrix", "power(a, 1.5)", lambda a: a**1.5),
    "inv_pos": ("matrix", "inv_pos(a)", lambda a: 1 / a),
    "quad_over_lin": ("matrix", "quad_over_lin(a, sum(a))", lambda a: (a**2).sum() / a.sum()),
    "geo_mean": ("column", "geo_mean(a)", lambda a: np.exp(np.log(a).mean())),
    "harmonic_mean": ("column", "harmonic_mean(a)", lambda a: 1 / (1 / a).mean()),
    "sum_largest": ("matrix", "sum_largest(a, 2)", lambda a: np.sort(a, None)[-2:].sum()),
    "sum_smallest": ("matrix", "sum_smallest(a, 2)", lambda a: np.sort(a, None)[:2].sum()),
    "log_sum_exp": ("matrix", "log_sum_exp(a)", lambda a: np.log(np.exp(a).sum())),
    "logistic": ("matrix", "logistic(a)", lambda a: np.log1p(np.exp(a))),
    "rel_entr": ("matrix", "rel_entr(a, 2)", lambda a: a * np.log(a / 2)),
    "kl_div": ("matrix", "kl_div(a, 2)", lambda a: a * np.log(a / 2) - a + 2),
    "exp": ("matrix", "exp(a)", np.exp),
    "log": ("matrix", "log(a)", np.log),
    "log1p": ("matrix", "log1p(a)", np.log1p),
    "entr": ("matrix", "entr(a)", lambda a: -a * np.log(a)),
}
"""Operator → (shape of a, formula, the same for one matrix)."""
SHAPES = {"scalar": (), "column": ("I",), "matrix": ("I", "J"), "square": ("I", "I2")}
KINDS = {
    "constant": (),
    "per scenario": ("S",),
    "named axis": ("T",),
    "both": ("S", "T"),
    "exchanged": ("S", "T"),
}
SETS = {
    "S": {"split_problem": True, "items": ["s1", "s2"]},
    "T": {"items": ["t1", "t2"]},
    "I": {"items": ["i1", "i2", "i3"]},
    "J": {"items": ["j1", "j2"]},
    "I2": {"copy_from": "I"},
}


def _numbers(shape: str, kind: str) -> Matrix:
    lengths = {"S": SCENARIOS, "T": TIMES, "I": ROWS, "J": COLS, "I2": ROWS}
    a = np.random.default_rng(4).uniform(0.5, 2.0, [lengths[k] for k in (*KINDS[kind], *SHAPES[shape])])
    return a if shape != "square" else a + np.swapaxes(a, -1, -2) + 4 * np.eye(ROWS)


def _solved(shape: str, kind: str, text: str, a: Matrix) -> Matrix:
    """The least y that is at least the formula's sum, by scenario."""
    uses: dict[str, Any] = {k: {"dim": d} for k, d in zip(SHAPES[shape], ("rows", "cols"), strict=False)}
    where = [*KINDS[kind], *SHAPES[shape]]
    exchanged = kind == "exchanged"
    role: Any = {"first": "endogenous", "second": "exogenous"} if exchanged else "exogenous"
    tables: dict[str, Any] = {
        "a_of": {"type": role, "coordinates": where, "variables_info": {"a": uses}},
        "n_of": {
            "type": "constant",
            "coordinates": ["I"],
            "variables_info": {"n": {"value": "set_length", "I": {"dim": "rows"}}},
        },
        "y_of": {"type": "endogenous", "coordinates": ["S"], "variables_info": {"y": {}}},
    }
    whole = f"sum(sum({text}), over=T)" if "T" in where else f"sum({text})"
    problem: dict[str, Any] = {"objective": ["Minimize(y)"], "expressions": [f"y >= {whole}"]}
    if exchanged:
        tables["given"] = {"type": "exogenous", "coordinates": where, "variables_info": {"g": uses}}
        problem = {"first": {"expressions": ["a == g"]}, "second": problem}
    lab = saddlepoint.define(
        sets=SETS, variables=tables, problem=problem, data={"given" if exchanged else "a_of": a}
    )
    result = lab.solve()
    assert result.exit_code == 0, text
    return np.asarray(result.table("y_of").columns["values"])


def _by_numpy(shape: str, kind: str, one: Callable[[Matrix], Any], a: Matrix) -> Matrix:
    sides = {"scalar": (1, 1), "column": (ROWS, 1), "matrix": (ROWS, COLS), "square": (ROWS, ROWS)}[shape]
    lead = (SCENARIOS if "S" in KINDS[kind] else 1, TIMES if "T" in KINDS[kind] else 1)
    all_of = a.reshape(*lead, *sides)
    found = [sum(float(np.sum(one(m))) for m in scenario) for scenario in all_of]
    return np.broadcast_to(np.array(found), (SCENARIOS,))


def test_every_operator_has_a_case() -> None:
    assert {r.name for r in RECORDS} == set(CASES)


@pytest.mark.parametrize("kind", KINDS)
def test_data_of_every_kind(kind: str) -> None:
    for name, (shape, text, one) in CASES.items():
        a = _numbers(shape, kind)
        if name == "matrix_root":
            text, one = "tran(matrix_root(a)) @ matrix_root(a)", lambda a: a
        found, wanted = _solved(shape, kind, text, a), _by_numpy(shape, kind, one, a)
        for ours, numpys in zip(found, wanted, strict=True):
            assert math.isclose(ours, numpys, rel_tol=1e-9, abs_tol=1e-9), (name, kind, found, wanted)


COLUMN, SQUARE = np.array([[[0.5], [2.0], [3.0]]]), np.diag([1.0, 2.0, 3.0])[None] + 0.25
GIVEN = {
    "trace": (SQUARE,),
    "matmul": (SQUARE, SQUARE),
    "quad_form": (COLUMN, SQUARE),
    "quad_over_lin": (COLUMN, COLUMN[:, :1]),
}
OF_DEGREE = {r.name: r for r in RECORDS if isinstance(r.degree, int | float | tuple)}


@pytest.mark.parametrize("name", OF_DEGREE)
def test_a_degree_is_that_of_homogeneity(name: str) -> None:
    """Arguments in a unit four times smaller make a value 4^degree as large: by this the unit of a formula is known."""
    record = OF_DEGREE[name]
    args = GIVEN.get(name, (COLUMN,) * record.arity[0])
    options = tuple(record.options.values())
    degree = record.degree if isinstance(record.degree, tuple) else (record.degree,)
    for k, power in enumerate(degree):
        scaled = [4.0 * a if len(degree) == 1 or j == k else a for j, a in enumerate(args)]
        found, before = record.value((*scaled,), options), record.value(args, options)
        np.testing.assert_allclose(found, 4.0**power * before, rtol=1e-12)


def test_most_operators_have_a_degree() -> None:
    assert len(OF_DEGREE) > 30
