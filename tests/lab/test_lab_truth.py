"""The published numbers through the Python API: from folders, from dicts, from data frames."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example, example_titles
from saddlepoint.errors import UsageError
from saddlepoint.files import read_workbook
from saddlepoint.files.paths import copy_folder

DATA = Path(__file__).parents[1] / "data" / "models"
BASE = np.array([(0, 42.857142857), (0, 42.857142857), (120, 0), (155.172413793, 10.344827586)])
FIXED = np.array([(0, 42.857142857), (0, 42.857142857), (120, 0), (176.470588235, 0)])
UNIT = np.array([(1, 2.628571429), (1, 2.628571429), (1.6, 2.2), (1.882352941, 2.2)])
BEST = np.array([(88.235294118, 0), (88.235294118, 0), (120, 0), (176.470588235, 0)])

SETS = """
Products: {description: products}
Attributes: {filters: {type: [profit_initial, profit_slope, energy, material]}}
Scenarios_energy: {split_problem: true}
Scenarios_material: {split_problem: true}
"""
PRODUCTS = ("product_1", "product_2")
ITEMS: dict[str, Any] = {
    "Products": list(PRODUCTS),
    "Attributes": {
        "Attributes_Name": ["profit_initial", "profit_slope", "energy", "material"],
        "Attributes_type": ["profit_initial", "profit_slope", "energy", "material"],
    },
    "Scenarios_energy": ["low", "high"],
    "Scenarios_material": ["low", "high"],
}


def _row(attribute: str) -> dict[str, Any]:
    return {"Products": {"dim": "cols"}, "Attributes": {"dim": "rows", "filters": {"type": attribute}}}


def _hybrid(table: str, variable: str, other: str) -> dict[str, Any]:
    return {
        "type": {table: "endogenous", other: "exogenous"},
        "coordinates": ["Products", "Scenarios_energy", "Scenarios_material"],
        "variables_info": {variable: {"Products": {"dim": "cols"}}},
    }


VARIABLES: dict[str, Any] = {
    "production": _hybrid("production", "x", "profit"),
    "profit": _hybrid("profit", "c", "production"),
    "products_data": {
        "type": "exogenous",
        "coordinates": ["Products", "Attributes"],
        "variables_info": {
            "c_0": _row("profit_initial"),
            "c_s": _row("profit_slope"),
            "e": _row("energy"),
            "m": _row("material"),
        },
    },
    "energy_avail": {"type": "exogenous", "coordinates": ["Scenarios_energy"], "variables_info": {"E": None}},
    "material_avail": {
        "type": "exogenous",
        "coordinates": ["Scenarios_material"],
        "variables_info": {"M": None},
    },
}
PROBLEM: dict[str, Any] = {
    "production": {
        "objective": ["Maximize(c @ tran(x))"],
        "expressions": [{"energy": "e @ tran(x) <= E"}, {"material": "m @ tran(x) <= M"}, "x >= 0"],
    },
    "profit": {"expressions": ["c - c_s @ diag(x) - c_0 == 0"]},
}
NUMBERS = [[1.0, 0.005, 1.7, 0.5], [2.2, 0.01, 3.5, 1.2]]
"""Products by attributes."""


def _by_scenario(table: Any) -> np.ndarray:
    """(4, 2): scenarios by products, whatever the order of the axes."""
    names = table.domain.names
    order = [names.index(n) for n in ("Scenarios_energy", "Scenarios_material", "Products")]
    return np.transpose(table.values, order).reshape(4, 2)


def _folder(tmp_path: Path, name: str, form: str) -> Path:
    if form == "yaml":
        return copy_example(name, tmp_path / name)
    return copy_folder(DATA / f"{name}_xlsx", tmp_path / name)


def test_the_examples_are_found() -> None:
    assert {"production_planning", "production_planning_nonlinear"} <= set(example_titles())


def test_base_model_from_its_folder(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("production_planning", tmp_path / "m"))
    assert lab.check() == ()
    run = lab.solve()
    assert run.exit_code == 0
    assert _by_scenario(run.table("production")) == pytest.approx(BASE, abs=1e-6)
    assert run.objective[""] == pytest.approx([94.285714, 94.285714, 120.0, 177.931034], abs=1e-6)
    energy, material = run.price("c1"), run.price("c2")
    assert energy.columns["price"].reshape(2, 2)[1, 1] == pytest.approx(10 / 29, abs=1e-9)
    assert material.columns["price"].reshape(2, 2)[1, 1] == pytest.approx(24 / 29, abs=1e-9)
    assert energy.columns["binding"].tolist() == [1, 1, 0, 1]
    assert material.columns["binding"].tolist() == [0, 0, 1, 1]
    numbers = run.certificates[""].columns
    assert all(np.abs(numbers[n]).max() <= 1e-6 for n in ("rel_prim", "rel_dual", "gap", "unc"))
    summary = lab.save(run)
    assert lab.show("production").total == 8
    assert "Prices" in lab.report(summary)
    assert [one.status for one in lab.outcomes(summary.run)] == ["optimal"] * 4


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_fixed_points_from_either_form(tmp_path: Path, form: str) -> None:
    lab = saddlepoint.open(_folder(tmp_path, "production_planning_nonlinear", form))
    run = lab.solve()
    assert _by_scenario(run.table("production")) == pytest.approx(FIXED, abs=1e-6)
    assert _by_scenario(run.table("profit")) == pytest.approx(UNIT, abs=1e-6)
    (loop,) = run.coupled.values()
    assert loop.joint == pytest.approx([112.653061, 112.653061, 192.0, 332.179931], abs=1e-6)
    assert loop.certified.all()
    best = lab.solve(starts=8)
    assert _by_scenario(best.table("production")) == pytest.approx(BEST, abs=1e-6)
    (loop,) = best.coupled.values()
    assert loop.joint == pytest.approx([127.162630, 127.162630, 192.0, 332.179931], abs=1e-6)


def test_the_published_log(tmp_path: Path) -> None:
    folder = copy_example("production_planning_nonlinear", tmp_path / "m")
    lab = saddlepoint.open(folder)
    lab.save(lab.solve())
    log = (folder / "convergence_high-high.log").read_text()
    production, profit = (
        line.split() for line in log.splitlines() if line.startswith(("production ", "profit "))
    )
    assert production[1:] == ["1.556e+00", "2.368e+01*", "0"]
    assert profit[1:] == ["3.009e-02", "1.485e-01*", "0"]


def _arrays() -> dict[str, Any]:
    return {"products_data": NUMBERS, "energy_avail": [150, 300], "material_avail": {"low": 60, "high": 90}}


def _frames(library: str) -> dict[str, Any]:
    frames = pytest.importorskip(library)
    attributes = ITEMS["Attributes"]["Attributes_Name"]
    cells = [(p, a, NUMBERS[i][j]) for i, p in enumerate(PRODUCTS) for j, a in enumerate(attributes)]
    columns = {
        "Products_Name": [c[0] for c in cells],
        "Attributes_Name": [c[1] for c in cells],
        "values": [c[2] for c in cells],
    }
    energy = {"Scenarios_energy_Name": ["high", "low"], "values": [300.0, 150.0]}
    material = {"Scenarios_material": ["low", "high"], "values": [60.0, 90.0]}
    return {
        "products_data": frames.DataFrame(columns),
        "energy_avail": frames.DataFrame(energy),
        "material_avail": frames.DataFrame(material),
    }


@pytest.mark.parametrize("source", ["arrays", "pandas", "polars"])
def test_the_same_from_memory(source: str) -> None:
    data = _arrays() if source == "arrays" else _frames(source)
    lab = saddlepoint.define(sets=SETS, variables=VARIABLES, problem=PROBLEM, items=ITEMS, data=data)
    run = lab.solve()
    assert _by_scenario(run.table("production")) == pytest.approx(FIXED, abs=1e-6)
    assert run.price("energy").columns["price"].reshape(2, 2)[1, 1] == pytest.approx(
        1.8823529412 / 1.7, abs=1e-6
    )
    assert run.price("material", "production").columns["binding"].tolist() == [0, 0, 1, 0]
    with pytest.raises(UsageError, match="X120"):
        lab.save(run)


def test_results_as_frames() -> None:
    lab = saddlepoint.define(sets=SETS, variables=VARIABLES, problem=PROBLEM, items=ITEMS, data=_arrays())
    table = lab.solve().table("production")
    pandas = table.to_pandas()
    assert pandas["values"].sum() == pytest.approx(FIXED.sum(), abs=1e-5)
    assert table.to_polars()["values"].sum() == pytest.approx(FIXED.sum(), abs=1e-5)
    chosen = table.to_xarray()["values"].sel(Products="product_1", Scenarios_energy="high")
    assert chosen.values == pytest.approx([120.0, 176.470588], abs=1e-6)


def test_names_of_results_are_proposed() -> None:
    lab = saddlepoint.define(sets=SETS, variables=VARIABLES, problem=PROBLEM, items=ITEMS, data=_arrays())
    run = lab.solve()
    with pytest.raises(UsageError, match=r"X101.*'prodction'(.|\n)*'production'"):
        run.table("prodction")
    with pytest.raises(UsageError, match="X102"):
        run.price("enrgy")
    with pytest.raises(UsageError, match=r"X110(.|\n)*'solver'"):
        lab.solve(solvr="highs")
    with pytest.raises(UsageError, match="X111"):
        lab.solve(limit=0)


def test_results_removed_inputs_kept(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("production_planning", tmp_path / "m"))
    lab.run()
    lab.clear()
    with pytest.raises(Exception, match="B011"):
        lab.show("production")
    assert lab.show("energy_avail").total == 2
    assert lab.history()[0].command == "clear"


def test_export_needs_tables_that_exist(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("production_planning", tmp_path / "m"))
    lab.run()
    (path,) = lab.export("xlsx", tmp_path / "out.xlsx", tables=["production"])
    assert list(read_workbook(path)) == ["summary", "contents", "scenarios", "production"]
    with pytest.raises(UsageError, match=r"X105(.|\n)*'production'"):
        lab.export("csv", tmp_path / "out", tables=["prodction"])
