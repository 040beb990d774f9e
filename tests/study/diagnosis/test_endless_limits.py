"""`inf` in a table of limits means none: curves and repairs of other tables go on beside it."""

from __future__ import annotations

import numpy as np

import saddlepoint
from saddlepoint.lab import Lab


def _plant(need: float) -> Lab:
    """Two products, three weeks; only a has a licence."""
    return saddlepoint.define(
        sets={"P": {"items": ["a", "b"]}, "T": {"items": ["1", "2", "3"]}},
        variables={
            "need": {"type": "exogenous", "coordinates": ["P", "T"], "variables_info": {"need": {}}},
            "cap": {"type": "exogenous", "coordinates": ["T"], "variables_info": {"cap": {}}},
            "hours": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"hours": {}}},
            "most": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"most": {}}},
            "make": {
                "type": "endogenous",
                "coordinates": ["P", "T"],
                "variables_info": {"make": {"nonneg": True}},
            },
        },
        problem={
            "objective": "Maximize(sum(make, over=(P, T)))",
            "expressions": [
                {"machine": "sum(hours * make, over=P) <= cap"},
                {"licensed": "sum(make, over=T) <= most"},
                {"market": "make >= need"},
            ],
        },
        data={
            "need": np.array([[need, 2.0, 2.0], [2.0, 2.0, 2.0]]),
            "cap": np.array([8.0, 10.0, 10.0]),
            "hours": np.array([1.0, 1.0]),
            "most": np.array([12.0, np.inf]),
        },
    )


def test_a_curve_over_a_limit_beside_none() -> None:
    (curve,) = _plant(2.0).vary("cap[2]", low=4.0, high=20.0)
    assert curve.complete


def test_repairs_beside_no_limit() -> None:
    (found,) = _plant(11.0).diagnose().findings
    assert "need" in {t for r in found.repairs for t in r.tables}
