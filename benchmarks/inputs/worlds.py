"""Random declarations of sets and tables with their data, and the names that formulas may use."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SETS: Mapping[str, Any] = {
    "S": {"split_problem": True, "items": ["low", "high"]},
    "H": {"filters": {"part": ["day", "night"]}, "items": {f"h{k}": {"part": "day" if k < 3 else "night"} for k in (1, 2, 3, 4)}},
    "T": {"aggregations": ["fuel"], "items": {"pv": {"fuel": "sun"}, "gas": {"fuel": "gas"}, "oil": {"fuel": "gas"}}},
    "F": {"groups": "T.fuel"},
    "T2": {"copy_from": "T"},
    "W": {"items": ["w1", "w2", "w3"]},
    "One": {"items": ["only"]},
    "Demand nodes": {"items": ["a b", "c'd"]},
}  # fmt: skip
LENGTHS = {"S": 2, "H": 4, "T": 3, "F": 2, "T2": 3, "W": 3, "One": 1, "Demand nodes": 2}
_NUMBERS = (0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 7.25, -4.0)
_EXTREME = (1e308, -1e308, 1e-308, 5e-324, 1e15, 1e20, -1e20, 1e-9, -0.0)


@dataclass(frozen=True)
class World:
    """Declared tables, what may be written of them, and data for those that are given."""

    tables: Mapping[str, Any]
    data: Mapping[str, Any]
    names: tuple[str, ...]
    decisions: tuple[str, ...]
    uncertain: tuple[str, ...]

    @cached_property
    def given(self) -> tuple[str, ...]:
        return tuple(n for n in self.names if n not in self.decisions and n not in self.uncertain)


def world(rng: random.Random) -> World:
    """Two decisions, three tables of data, a constant and (in a third of the cases) uncertain demand."""
    tables: dict[str, Any] = {}
    data: dict[str, Any] = {}
    decisions = tuple(_decided(rng, k, tables) for k in range(2))
    given = tuple(_given(rng, k, tables, data) for k in range(3))
    constant = _constant(rng, tables)
    uncertain = _uncertain(rng, tables, data) if rng.random() < 0.35 else ()
    names = (*decisions, *given, *constant, *uncertain)
    return World(tables, data, names, decisions, tuple(n for n in uncertain if n in ("D", "N")))


def _sides(rng: random.Random, allowed: tuple[str, ...]) -> tuple[list[str], dict[str, Any]]:
    """Coordinates, and on which side each stands (no word: along)."""
    chosen = rng.sample(allowed, rng.randint(0, min(3, len(allowed))))
    free = ["rows", "cols"]
    uses: dict[str, Any] = {}
    for key in chosen:
        side = rng.choice([*free, "", ""]) if free else ""
        if key != "S" and side:
            free.remove(side)
            uses[key] = {"dim": side}
        if key == "H" and rng.random() < 0.15:
            uses[key] = {**uses.get(key, {}), "filters": {"part": rng.choice(["day", "night"])}}
    return chosen, uses


def _decided(rng: random.Random, k: int, tables: dict[str, Any]) -> str:
    name = "xy"[k]
    sets, uses = _sides(rng, ("H", "T", "F", "W", "T2", "One", "Demand nodes"))
    table: dict[str, Any] = {"type": "endogenous", "coordinates": ["S", *sets]}
    if rng.random() < 0.15:
        table["domain"] = rng.choice(["integer", "boolean"])
    if rng.random() < 0.15 and "T" in sets:
        table["where"] = rng.choice(["T.fuel == 'gas'", "T != 'pv'", "T in ('pv', 'oil')"])
    own: dict[str, Any] = {"nonneg": True} if rng.random() < 0.5 else {}
    if rng.random() < 0.3:
        own["upper"] = rng.choice([10, 0, 1e6])
    table["variables_info"] = {name: {**uses, **own}}
    tables[f"plan_{name}"] = table
    return name


def _given(rng: random.Random, k: int, tables: dict[str, Any], data: dict[str, Any]) -> str:
    name = "abc"[k]
    sets, uses = _sides(rng, ("S", "H", "T", "F", "W", "T2", "One", "Demand nodes"))
    table: dict[str, Any] = {"type": "exogenous", "coordinates": sets, "variables_info": {name: uses}}
    values = _values(rng, sets)
    if rng.random() < 0.15 and values and sets:
        table["default"] = 0
        values = {key: v for key, v in values.items() if rng.random() < 0.7}
    tables[f"given_{name}"] = table
    data[f"given_{name}"] = values if sets else next(iter(values.values()))
    return name


def _values(rng: random.Random, sets: list[str]) -> dict[Any, float]:
    kind = rng.random()
    pool = _NUMBERS if kind < 0.5 else (1.0, 2.0, 3.0) if kind < 0.85 else (*_NUMBERS, *_EXTREME)
    items: list[tuple[str, ...]] = [()]
    for key in sets:
        items = [(*before, label) for before in items for label in _labels(key)]
    return {key if len(key) != 1 else key[0]: rng.choice(pool) for key in items}


def _labels(key: str) -> list[str]:
    source = {"F": ["sun", "gas"], "T2": list(SETS["T"]["items"])}
    return source[key] if key in source else list(SETS[key]["items"])


def _constant(rng: random.Random, tables: dict[str, Any]) -> tuple[str, ...]:
    if rng.random() < 0.5:
        return ()
    key = rng.choice(["H", "T", "W"])
    name = rng.choice(["sum_vector", "arange_1", "arange_0", "set_length", "identity", "lower_triangular"])
    sides: dict[str, Any] = {key: {"dim": "rows"}}
    if name in ("identity", "lower_triangular"):
        key, sides = "T", {"T": {"dim": "rows"}, "T2": {"dim": "cols"}}
    tables["fixed"] = {
        "type": "constant",
        "coordinates": list(sides),
        "variables_info": {"k": {"value": name, **sides}},
    }
    return ("k",)


def _uncertain(rng: random.Random, tables: dict[str, Any], data: dict[str, Any]) -> tuple[str, ...]:
    """Demand with distributions along H, or with draws along W."""
    side = rng.choice([{}, {"H": {"dim": "rows"}}, {"H": {"dim": "cols"}}])
    if rng.random() < 0.5:
        tables["demand"] = {"type": "uncertain", "coordinates": ["H"], "variables_info": {"D": side}}
        kind = rng.choice(["normal", "uniform", "poisson"])
        data["demand"] = _distributions(rng, kind)
        return ("D",)
    sets = ["W", *(["H"] if rng.random() < 0.5 else [])]
    uses = side if "H" in sets else {}
    tables["drawn"] = {
        "type": "uncertain",
        "coordinates": sets,
        "samples": "W",
        "variables_info": {"N": uses},
    }
    data["drawn"] = {k: abs(v) for k, v in _values(rng, sets).items()}
    return ("N",)


def _distributions(rng: random.Random, kind: str) -> Any:
    import pandas as pd

    labels = _labels("H")
    columns: dict[str, list[Any]] = {"H_Name": labels, "distribution": [kind] * len(labels)}
    if kind == "uniform":
        columns |= {"lower": [0.0] * len(labels), "upper": [rng.uniform(0, 9) for _ in labels]}
    else:
        columns["mean"] = [rng.uniform(0, 20) for _ in labels]
        if kind == "normal":
            columns["std"] = [rng.choice([0.0, 1.0, 3.0]) for _ in labels]
    return pd.DataFrame(columns)
