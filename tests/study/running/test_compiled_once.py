"""However many scenarios a model in named axes has, its formulas are compiled once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.study.running import run

TECHNOLOGIES, HOURS, FUTURES = 2, 4, 300


def table(kind: str, over: list[str], name: str, **info: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": over, "variables_info": {name: info or None}}


def test_a_sweep_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def counted(problem: Any, *rest: Any, **more: Any) -> Any:
        compiled.append(problem.key)
        return compile_problem(problem, *rest, **more)

    compile_problem = run.compile_problem
    monkeypatch.setattr(run, "compile_problem", counted)
    demand = np.random.default_rng(0).uniform(5.0, 15.0, (HOURS, FUTURES))
    lab = saddlepoint.define(
        sets={
            "Tech": {"items": [f"t{k}" for k in range(TECHNOLOGIES)]},
            "Hours": {"items": [f"h{k}" for k in range(HOURS)]},
            "Futures": {"split_problem": True, "items": [f"f{k}" for k in range(FUTURES)]},
        },
        variables={
            "cost": table("exogenous", ["Tech"], "c"),
            "demand": table("exogenous", ["Hours", "Futures"], "d"),
            "generation": table("endogenous", ["Tech", "Hours", "Futures"], "g", lower=0, upper=20),
            "level": table("endogenous", ["Hours", "Futures"], "s", lower=0, upper=5),
        },
        problem={
            "objective": ["Minimize(sum(c * g, over=(Tech, Hours)))"],
            "expressions": ["s == lag(s, Hours, cyclic=True) + sum(g, over=Tech) - d"],
        },
        data={"cost": np.array([10.0, 30.0]), "demand": demand},
    )
    result = lab.solve()
    assert len(compiled) == 1
    made = result.table("generation").columns["values"].reshape(TECHNOLOGIES, HOURS, FUTURES)
    np.testing.assert_allclose(made[0].sum(0), demand.sum(0), rtol=1e-9)
    np.testing.assert_allclose(made[1], 0.0, atol=1e-9)
