"""Repairs sought in the parts without a plan alone are those sought in all of the problem."""

import numpy as np
import pytest

import saddlepoint
from saddlepoint.report.diagnosis import diagnosis_data
from saddlepoint.solve.diagnosis.lacking_parts import lacking_parts
from saddlepoint.study.diagnosis import repairs
from tests.solve.conftest import make_batch

TABLES = """
out: {type: endogenous, coordinates: [Hours, Plants], variables_info: {x: {nonneg: true}}}
cap: {type: exogenous, coordinates: [Plants], variables_info: {k: }}
av: {type: exogenous, coordinates: [Hours, Plants], variables_info: {a: }}
need: {type: exogenous, coordinates: [Hours], variables_info: {d: }}
"""
PROBLEM = 'objective: ["Minimize(sum(x, over=[Hours, Plants]))"]\nexpressions:\n  - cover: sum(x, over=Plants) >= d\n  - fits: x <= k * a'


def lab_of(needs):
    hours = [f"h{k}" for k in range(len(needs))]
    data = {"cap": [40.0, 30.0], "av": np.full((len(needs), 2), 0.5), "need": needs}
    return saddlepoint.define(
        sets="Hours:\nPlants:\n",
        variables=TABLES,
        problem=PROBLEM,
        items={"Hours": hours, "Plants": ["a", "b"]},
        data=data,
    )


@pytest.mark.parametrize(
    "needs", [[10.0, 36.0, 20.0, 41.0, 5.0, 6.0, 7.0, 8.0], [10.0, 20.0, 50.0, 5.0, 6.0]]
)
def test_repairs_are_those_of_the_whole_problem(needs, monkeypatch) -> None:
    told = []
    for many in (0, 10**9):
        monkeypatch.setattr(repairs, "MANY", many)
        (finding,) = diagnosis_data(lab_of(needs).diagnose())["findings"]
        told.append([{k: v for k, v in r.items() if k != "objective"} for r in finding["repairs"]])
        assert all(r["verified"] for r in finding["repairs"]) and len(finding["repairs"]) >= 3
    assert [r["text"] for r in told[0]] == [r["text"] for r in told[1]]
    assert [r["size"] for r in told[0]] == pytest.approx([r["size"] for r in told[1]])


def test_the_parts_are_those_of_rows_that_bounds_make_impossible() -> None:
    A = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1.0]])
    batch = make_batch(np.zeros(6), A, l=[1, 5, 1], u=[9, 9, 9], ub=np.full(6, 2.0))
    assert lacking_parts(batch).tolist() == [False, False, True, True, False, False]
    assert lacking_parts(make_batch(np.zeros(6), A, l=[1, 3, 1], u=[9, 9, 9], ub=np.full(6, 2.0))) is None
