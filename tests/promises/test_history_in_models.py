"""`history:` of an uncertain table: its rows are those that `fit` finds, and the plan is theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.history import read_histories
from saddlepoint.errors import SaddleError
from saddlepoint.uncertain import find, fit

pytest.importorskip("statsmodels", reason="the extra `fit` is not installed")

VARIABLES = """
made:
    type: endogenous
    coordinates: [Products]
    variables_info:
        x:
            Products: {dim: cols}

demand:
    type: uncertain
    coordinates: [Products]
    history: demand.csv
    variables_info:
        D:
            Products: {dim: cols}
"""


def folder(path: Path, column: str = "Products") -> Path:
    rng = np.random.default_rng(1)
    (path / "input_data").mkdir(parents=True)
    (path / "structure_sets.yml").write_text("Products:\n    items: [bread, cake]\n")
    (path / "structure_variables.yml").write_text(VARIABLES)
    (path / "problem.yml").write_text(
        "objective:\n    - Minimize(sum(x))\nexpressions:\n    - cover: chance(x >= D, 0.95)\n"
    )
    rows = [
        f"{k + 1},{name},{value:.3f}"
        for name, mean in (("bread", 300.0), ("cake", 80.0))
        for k, value in enumerate(rng.normal(mean, mean / 10.0, 60))
    ]
    (path / "input_data" / "demand.csv").write_text("\n".join([f"week,{column},demand", *rows]))
    return path


def test_the_plan_covers_the_fitted_laws(tmp_path: Path) -> None:
    where = folder(tmp_path / "m")
    result = saddlepoint.open(where).solve()
    histories = read_histories(where / "input_data" / "demand.csv", by="Products")
    rows = [fit(history).row() for history in histories]
    expected = [
        find(row["distribution"]).effective(
            p=0.95, **{k: v for k, v in {"mean": None, "std": None, **row}.items() if k != "distribution"}
        )
        for row in rows
    ]
    assert result.objective[""][0] == pytest.approx(sum(expected), rel=1e-7)


def test_the_column_of_the_items_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SaddleError) as caught:
        saddlepoint.open(folder(tmp_path / "m", column="Kind")).solve()
    assert [d.code for d in caught.value.diagnostics] == ["U544"]
