"""A small model whose optimum is known: two products share what is available in each scenario."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import saddlepoint
from saddlepoint.lab import Lab

MODELS = Path(__file__).parents[1] / "data" / "models"
SETS = "Products:\nEnergy:\n  split_problem: true\n"
TABLES = """
production:
  type: endogenous
  coordinates: [Products, Energy]
  variables_info: {{x: {{Products: {{dim: cols}}}}}}
profit:
  type: exogenous
  coordinates: [Products]
  variables_info: {{c: {{Products: {{dim: cols}}}}}}
use:
  type: exogenous
  coordinates: [Products]
  variables_info: {{e: {{Products: {{dim: cols}}}}}}
avail:
  type: {kind}
  coordinates: [Energy]
  variables_info: {{E: }}
"""
PROBLEM = "objective: [Maximize(c @ tran(x))]\nexpressions:\n  - e @ tran(x) <= E\n  - x >= 0\n  - x <= 10"
DATA: Mapping[str, Any] = {"profit": [3.0, 2.0], "use": [1.0, 1.0], "avail": [5.0, 15.0, 30.0]}
UNCERTAIN = {
    "Energy_Name": ["low", "mid", "high"],
    "distribution": ["normal", "lognormal", "normal"],
    "mean": [5.0, 15.0, 25.0],
    "std": [1.0, 2.0, 1.0],
}


@pytest.fixture
def shop() -> Callable[..., Lab]:
    """Makes the lab: scenarios (YAML text), other data, and whether `avail` is uncertain."""

    def make(scenarios: object = None, uncertain: bool = False, **data: object) -> Lab:
        import pandas as pd

        given: dict[str, Any] = {**DATA, **data}
        if uncertain:
            given["avail"] = pd.DataFrame(UNCERTAIN)
        kind = "uncertain" if uncertain else "exogenous"
        return saddlepoint.define(
            sets=SETS,
            variables=TABLES.format(kind=kind),
            problem=PROBLEM,
            items={"Products": ["a", "b"], "Energy": ["low", "mid", "high"]},
            data=given,
            scenarios=scenarios,
        )

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Copies a model folder of tests/data."""

    def copy(name: str, to: str = "model") -> Path:
        return Path(shutil.copytree(MODELS / name, tmp_path / to))

    return copy
