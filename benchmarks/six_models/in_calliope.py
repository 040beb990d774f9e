"""The models that Calliope's mathematics (0.7) can say, solved by Calliope itself: python -m benchmarks six_models --solve, from its environment.

Calliope wants a system beside any mathematics: one node with a technology that is idle, and one step of time.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.six_models.numbers import EXAMPLES, number, rows

MATHEMATICS = Path(__file__).parent / "calliope_math.yaml"
TABLES = {
    "backlog": {
        "need": "demand", "making": "costs", "keeping": "keeping_cost", "owing": "backlog_cost", "work": "work",
        "hours": "hours", "stock_0": "first_stock",
    },
    "distribution": {
        "making": "making_cost", "route": "route_cost", "need": "demand", "oven": "oven_hours", "stock_0": "first_stock",
    },
    "lot_sizing": {
        "making": "making_cost", "setup": "setup_cost", "per_piece": "lot_time", "setting": "setup_time", "hours": "hours",
        "least_lot": "least_lot", "freight": "freight", "need": "demand",
    },
}  # fmt: skip
"""Parameter → the table of the starter that it is read from."""
_IDLE = {
    "techs": {
        "idle": {"base_tech": "supply", "carrier_out": "power", "flow_cap_max": 1},
        "none": {"base_tech": "demand", "carrier_in": "power", "sink_use_equals": 0},
    },
    "nodes": {"here": {"techs": {"idle": None, "none": None}}},
}


def optimum(model: str) -> float:
    import calliope
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    said: dict[str, Any] = yaml.load(MATHEMATICS.read_text(encoding="utf-8"))[model]
    with tempfile.TemporaryDirectory() as room:
        if model in TABLES:
            said.pop("cannot", None)
            frames = {name: _frame(model, name, table) for name, table in TABLES[model].items()}
            said["dimensions"] = {name: _dimension(name) for f in frames.values() for name in f.index.names}
            yaml.dump(said, own := Path(room) / "own.yaml")
            definition = _definition(model, own, next(iter(said["objectives"])), frames)
        else:
            frames = _system()
            definition = {**said, "config": {**said["config"], "build": {"backend": "highs"}}}
        place = str(Path(room) / "model.yaml")
        made = calliope.read_dict(definition, data_table_dfs=frames, definition_path=place)
        made.build()
        made.solve()
    return float(made.backend._instance.getObjectiveValue())


def _system(price: str = "low") -> dict[str, Any]:
    """The numbers of energy_storage; costs of investment are those of a year of such days."""
    import pandas as pd

    def of(table: str) -> dict[str, float]:
        return {labels[-1]: amount for labels, amount in rows("energy_storage", table)}

    running, building, emission = map(of, ("technology_cost", "investment_cost", "emission_rate"))
    carbon, there = of("carbon_price")[price], dict(rows("energy_storage", "availability"))
    hours = pd.Index([f"2030-01-01 {hour:02}:00" for hour in range(24)], name="timesteps")
    techs = pd.Index(sorted({tech for tech, _ in there}), name="techs")
    shares = [[there.get((tech, str(hour)), 1.0) for tech in techs] for hour in range(1, 25)]
    need = [[amount] for _, amount in rows("energy_storage", "demand")]
    costs = {
        "cost_flow_cap": {tech: 365 * cost for tech, cost in building.items()},
        "cost_flow_out": {tech: cost + carbon * emission.get(tech, 0.0) for tech, cost in running.items()},
        "cost_storage_cap": {"battery": 365 * number("energy_storage", "battery")},
        "cost_depreciation_rate": dict.fromkeys([*building, "battery"], 1.0),
    }
    return {
        "available": pd.DataFrame(shares, index=hours, columns=techs),
        "need": pd.DataFrame(need, index=hours, columns=["sink_use_equals"]),
        "costs": pd.DataFrame(costs).rename_axis("techs"),
    }


def _frame(model: str, name: str, table: str) -> Any:
    import pandas as pd

    with (EXAMPLES / model / "input_data" / f"{table}.csv").open(encoding="utf-8") as file:
        sets = [column.removesuffix("_Name").lower() for column in next(csv.reader(file))[:-1]]
    labels, numbers = zip(*rows(model, table), strict=True)
    index = (
        pd.MultiIndex.from_tuples(labels, names=sets)
        if len(sets) > 1
        else pd.Index([k for (k,) in labels], name=sets[0])
    )
    return pd.DataFrame({name: numbers}, index=index)


def _dimension(name: str) -> dict[str, Any]:
    return {"dtype": "integer", "ordered": True} if name in ("weeks", "months") else {"dtype": "string"}


def _definition(model: str, own: Path, goal: str, frames: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    tables = {k: {"table": k, "rows": list(f.index.names), "columns": "inputs"} for k, f in frames.items()}
    frames["clock"] = pd.DataFrame(
        {"timestep_weights": [1.0]}, index=pd.Index(["2030-01-01 00:00"], name="timesteps")
    )
    tables["clock"] = {"table": "clock", "rows": ["timesteps"], "columns": "inputs"}
    init = {"name": model, "extra_math": ["own"], "math_paths": {"own": str(own)}}
    return {
        "config": {"init": init, "build": {"backend": "highs", "objective": goal}},
        "data_tables": tables,
        **_IDLE,
    }
