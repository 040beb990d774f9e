"""Overrides that change nothing are said; a sweep compiles a model on named axes once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.study.running import run as running

SETTINGS = {
    "structure_sets.yml": "Sites: {items: [a, b, c]}\nHours: {items: 1..3}\n",
    "structure_variables.yml": """need:
    type: exogenous
    coordinates: [Sites, Hours]
    default: 0
    variables_info: {d: }
plan:
    type: endogenous
    coordinates: [Sites, Hours]
    variables_info: {x: {nonneg: true}}
""",
    "problem.yml": """objective: Minimize(sum(x, over=(Sites, Hours)))
expressions:
    - served: x >= d + 0.5 * lag(x, Hours, first=0)
""",
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("{table: need, where: {Sites: b}, multiply: 2}", "no row there"),
        ("{table: need, where: {Sites: a}, multiply: 1}", "already so"),
        ("{table: need, where: {Sites: a, Hours: 1}, set: 4}", "already so"),
        ("{table: need, where: {Sites: a}, multiply: 2}", ""),
        ("{table: need, where: {Sites: b}, set: 2}", ""),
    ],
)
def test_an_override_that_changes_nothing_is_said(tmp_path: Path, change: str, says: str) -> None:
    for name, text in SETTINGS.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "input_data").mkdir()
    rows = "Sites_Name,Hours_Name,values\na,1,4\na,2,5\nc,3,6\n"
    (tmp_path / "input_data" / "need.csv").write_text(rows, "utf-8")
    (tmp_path / "scenarios.yml").write_text(
        f"overrides:\n    high: {change}\nruns:\n    more: [high]\n", "utf-8"
    )
    found = [d for d in saddlepoint.open(tmp_path).check() if d.code == "K280"]
    assert len(found) == (1 if says else 0)
    if says:
        assert says in found[0].why
        assert "'high'" in found[0].message
    if "no row" in says:
        assert "a, 1; a, 2; c, 3" in found[0].fix


def test_a_sweep_of_a_thousand_scenarios_compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of a thousand cases, named axes, a lag and a product with a yes/no decision: one compile."""
    compiled: list[Any] = []
    original = running.compile_problem

    def counting(*args: Any, **options: Any) -> Any:
        compiled.append(args[0])
        return original(*args, **options)

    monkeypatch.setattr(running, "compile_problem", counting)
    cases = 1000
    price = np.random.default_rng(5).uniform(1.0, 2.0, (cases, 3)).round(3)
    model = saddlepoint.define(
        sets={"Cases": {"items": f"1..{cases}", "split_problem": True}, "Hours": {"items": "1..3"}},
        variables={
            "price": {"type": "exogenous", "coordinates": ["Cases", "Hours"], "variables_info": {"c": None}},
            "plan": {"type": "endogenous", "coordinates": ["Cases", "Hours"], "variables_info": {"x": {"lower": 0, "upper": 5}}},
            "stock": {"type": "endogenous", "coordinates": ["Cases", "Hours"], "variables_info": {"s": {"nonneg": True}}},
        },
        problem={
            "objective": ["Minimize(sum(c * x, over=Hours))"],
            "expressions": [{"balance": "s == lag(s, Hours, first=0) + x - 3"}],
        },
        data={"price": price},
    )  # fmt: skip
    result = model.solve()
    assert len(compiled) == 1
    assert result.is_solved
    # 9 units in three hours, at most 5 in each, never less than needed so far
    p = price
    best = np.full(cases, np.inf)
    for first in range(3, 6):
        for second in range(6):
            third = 9 - first - second
            if first + second >= 6 and 0 <= third <= 5:
                best = np.minimum(best, p[:, 0] * first + p[:, 1] * second + p[:, 2] * third)
    np.testing.assert_allclose(result.objective[""], best, rtol=1e-9)
