"""Rows in which data add up several uncertain elements of known laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from saddlepoint.errors import SaddleError
from saddlepoint.lab import Lab
from saddlepoint.uncertain import find
from saddlepoint.uncertain.sums import Part, quantile_of_sum

Model = Callable[..., Lab]
ITEMS = ["i1", "i2", "i3"]
LAWS = ["normal", "lognormal", "gamma"]
MEAN, STD = [10.0, 20.0, 30.0], [1.0, 4.0, 6.0]


def table(kind: str, coordinates: list[str], name: str, **dims: str) -> dict[str, Any]:
    return {
        "type": kind,
        "coordinates": coordinates,
        "variables_info": {name: {k: {"dim": d} for k, d in dims.items()}},
    }


def rows(laws: list[str] = LAWS) -> dict[str, list[Any]]:
    return {"I": ITEMS, "distribution": laws, "mean": MEAN, "std": STD}


def level(laws: list[str], factors: list[float], p: float, more: tuple[Part, ...] = ()) -> float:
    parts = []
    for law, mean, std, factor in zip(laws, MEAN, STD, factors, strict=True):
        if factor:
            parts.append(Part(find(law), find(law).columns(mean=mean, std=std), factor))
    return quantile_of_sum([*parts, *more], p)


def plan(lab: Lab) -> np.ndarray:
    result = lab.solve()
    assert result.exit_code == 0
    return result.table("plan").values


def told(lab: Lab) -> list[str]:
    with pytest.raises(SaddleError) as caught:
        lab.solve()
    return [f"{d.code} {d.message} {d.why}" for d in caught.value.diagnostics]


A = [[1.0, 2.0, 0.0], [1.0, 0.0, 3.0], [0.0, -1.0, 1.0]]


@pytest.mark.parametrize(
    ("row", "factors"),
    [
        ("cumsum(D, 1)", [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        ("D @ A", np.transpose(A).tolist()),
        ("tran(tran(A) @ tran(D))", np.transpose(A).tolist()),
        ("D - D @ A", (np.eye(3) - np.transpose(A)).tolist()),
        ("cumsum(cumsum(D, 1), 1)", [[1, 0, 0], [2, 1, 0], [3, 2, 1]]),
        ("mult(c, D) @ A", (np.transpose(A) * [1.0, -2.0, 0.5]).tolist()),
    ],
)
def test_every_row_has_the_level_of_its_own_sum(model: Model, row: str, factors: list[list[float]]) -> None:
    tables = {
        "d": table("uncertain", ["I"], "D", I="cols"), "c": table("exogenous", ["I"], "c", I="cols"),
        "a": table("exogenous", ["I", "J"], "A", I="rows", J="cols"),
    }  # fmt: skip
    data = {"d": rows(), "c": [1.0, -2.0, 0.5], "a": A}
    lab = model([f"chance(x + 200 >= {row}, 0.9)"], tables=tables, data=data, copies={"J": "I"},
                objective="Minimize(sum(x) + 0 * sum(c))")  # fmt: skip
    wanted = np.maximum([level(LAWS, f, 0.9) - 200.0 for f in factors], 0.0)
    assert plan(lab) == pytest.approx(wanted, rel=1e-9)
    lab = model([f"chance({row} <= x + 200, 0.9)", "x <= 5000"], tables=tables, data=data, copies={"J": "I"})
    assert plan(lab) == pytest.approx(wanted, rel=1e-9)


def test_two_tables_scenarios_and_the_promise(model: Model) -> None:
    """Probabilities and distributions by scenario, a second table that comes into every row, prices of the rows."""
    tables = {
        "d": table("uncertain", ["I", "S"], "D", I="cols"),
        "e": table("uncertain", [], "E"),
        "p": table("exogenous", ["S"], "p"),
    }
    data = {
        "d": {
            "I": ITEMS * 2, "S": ["a"] * 3 + ["b"] * 3, "distribution": [*LAWS, "gamma", "gamma", "gamma"],
            "mean": MEAN * 2, "std": STD * 2,
        },
        "e": {"distribution": ["gamma"], "mean": [5.0], "std": [2.0]},
        "p": [0.9, 0.99],
    }  # fmt: skip
    stated = {"need": "chance(x >= cumsum(D, 1) - 2 * E, p)"}
    lab = model([stated], tables=tables, data=data, items={"S": ["a", "b"]}, split=("S",))
    other = Part(find("gamma"), find("gamma").columns(mean=5.0, std=2.0), -2.0)
    found = plan(lab)
    for s, (laws, p) in enumerate(((LAWS, 0.9), (["gamma"] * 3, 0.99))):
        wanted = [level(laws, f, p, (other,)) for f in ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0])]
        assert found[:, s] == pytest.approx(wanted, rel=1e-9)
    result = lab.solve()
    assert result.price("need").columns["price"] == pytest.approx(np.ones(6))
    assert result.exit_code == 0
    text = lab.explain()
    assert "becomes x >= quantile(cumsum(D, 1) - 2 * E, p)" in text
    assert "exact: numerically, to 1e-8: the quantile of a sum of independent parts" in text


def test_named_sets_that_are_summed_over_and_rows_of_one_assumption(model: Model) -> None:
    """Items beside the matrix: one is all Normal, one all cantelli, one all gamma, each with a row of its own."""
    tables = {
        "d": table("uncertain", ["K", "I"], "D", I="cols"),
        "plan": {
            "type": "endogenous", "coordinates": ["K", "I"],
            "variables_info": {"x": {"I": {"dim": "cols"}, "nonneg": True}},
        },
    }  # fmt: skip
    laws = ["normal", "cantelli", "gamma"]
    data = {
        "d": {
            "K": np.repeat(["k1", "k2", "k3"], 3).tolist(), "I": ITEMS * 3,
            "distribution": np.repeat(laws, 3).tolist(), "mean": MEAN * 3, "std": STD * 3,
        }
    }  # fmt: skip
    lab = model(["chance(sum(x) >= sum(D), 0.9)"], tables=tables, data=data,
                items={"K": ["k1", "k2", "k3"]})  # fmt: skip
    deviation = math.hypot(*STD)
    wanted = [
        60 + stats.norm.ppf(0.9) * deviation,
        60 + 3.0 * deviation,
        level(["gamma"] * 3, [1.0] * 3, 0.9),
    ]
    assert plan(lab).sum(axis=1) == pytest.approx(wanted, rel=1e-9)


def test_what_stays_refused_says_why(model: Model) -> None:
    tables = {"d": table("uncertain", ["I"], "D", I="cols")}
    lab = model(["chance(sum(mult(x, D)) >= 3, 0.9)"], tables=tables, data={"d": rows()})
    found = told(lab)
    assert found[0].startswith("R009 a sum of independent parts, one of them 'lognormal' (table 'd', row i2)")
    assert "data multiply them, and here decisions do" in found[0]
    mixed = model(
        ["chance(sum(x) >= sum(D), 0.9)"],
        tables=tables,
        data={"d": rows(["normal", "lognormal", "cantelli"])},
    )
    assert told(mixed)[0].startswith(
        "R009 a row adds 'lognormal', 'normal' to 'cantelli', and nothing is known of their sum"
    )
    counts = model(
        ["chance(sum(x) >= D @ c, 0.9)"],
        tables={**tables, "c": table("exogenous", ["I"], "c", I="rows")},
        data={"d": rows(["poisson"] * 3), "c": [1.0, math.pi, math.e]},
    )
    assert told(counts)[0].startswith("R860 the quantile of a sum of poisson was not reached to 1e-8")
