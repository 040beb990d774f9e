"""Model folders of the benchmark families, written from formulas, so that no outside file is needed.

a_lp(S): two products, S scenarios of energy × material; a_int(S): the same with profits that grow with output, coupled;
b(n): one LP of n columns and 20 dense rows; c_intra(T): dispatch of five technologies in T separate hours (an
intra-problem set); c_rows(T): the same as one matrix problem, in CSV.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks import formulas

Layout = Literal["workbook", "csv"]
PRODUCTS = ("product_1", "product_2")
ATTRIBUTES = ("profit_initial", "profit_slope", "energy", "material")
PER_PRODUCT = ((1.0, 0.005, 1.7, 0.5), (2.2, 0.01, 3.5, 1.2))
TECHNOLOGIES = ("pv", "wind", "hydro", "gas", "oil")
COSTS = (0.0, 1.0, 5.0, 60.0, 120.0)
CAPACITIES = (60.0, 50.0, 30.0, 80.0, 100.0)
RESOURCES = 20


@dataclass(frozen=True)
class Input:
    """One input table: its sets in order, and one row of labels for each of `values`."""

    sets: tuple[str, ...]
    labels: Iterable[tuple[str, ...]]
    values: Iterable[float]


@dataclass(frozen=True)
class Family:
    """What a folder holds: the three settings files, the columns of every set, the input tables."""

    settings: Mapping[str, str]
    sets: Mapping[str, Mapping[str, Sequence[str]]]
    inputs: Mapping[str, Input]
    layout: Layout


def write(family: Family, folder: Path, layout: Layout | None = None) -> Path:
    """The model folder of a family; it must not exist."""
    (folder / "input_data").mkdir(parents=True)
    for name, text in family.settings.items():
        (folder / name).write_text(text, encoding="utf-8")
    _workbook(
        folder / "sets.xlsx", ((f"_set_{key.upper()}", *_set(key, s)) for key, s in family.sets.items())
    )
    if (layout or family.layout) == "csv":
        for key, table in family.inputs.items():
            with (folder / "input_data" / f"{key}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(_header(table))
                writer.writerows(_rows(table))
    else:
        tabs = ((key, _header(table), _rows(table)) for key, table in family.inputs.items())
        _workbook(folder / "input_data" / "input_data.xlsx", tabs)
    return folder


def _set(key: str, columns: Mapping[str, Sequence[str]]) -> tuple[list[str], Iterable[Sequence[object]]]:
    return [f"{key}_{name}" for name in columns], zip(*columns.values(), strict=True)


def _header(table: Input) -> list[str]:
    return ["id", *(f"{name}_Name" for name in table.sets), "values"]


def _rows(table: Input) -> Iterable[tuple[object, ...]]:
    rows = zip(table.labels, table.values, strict=True)
    return ((k, *labels, value) for k, (labels, value) in enumerate(rows, 1))


def _workbook(path: Path, tabs: Iterable[tuple[str, Sequence[str], Iterable[Sequence[object]]]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        for name, header, rows in tabs:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, header)
            for k, row in enumerate(rows, 1):
                sheet.write_row(k, 0, row)


def near_square(size: int) -> tuple[int, int]:
    """The two factors of a number that are closest to each other, the smaller one first."""
    low = next(k for k in range(math.isqrt(size), 0, -1) if size % k == 0)
    return low, size // low


def a_lp(scenarios: int) -> Family:
    """Two products, energy and material, `scenarios` combinations of what there is of both."""
    return _products(scenarios, coupled=False)


def a_int(scenarios: int) -> Family:
    """The same, with unit profits that grow with output: two sub-problems, initial values given."""
    return _products(scenarios, coupled=True)


def _products(scenarios: int, coupled: bool) -> Family:
    low, high = near_square(scenarios)
    energy, material = [f"e{k:03}" for k in range(low)], [f"m{k:03}" for k in range(high)]
    sets = {
        "Products": {"Name": PRODUCTS},
        "Attributes": {"Name": ATTRIBUTES, "type": ATTRIBUTES},
        "Scenarios_energy": {"Name": energy},
        "Scenarios_material": {"Name": material},
    }
    own, everything = ("Products",), ("Products", "Scenarios_energy", "Scenarios_material")
    inputs: dict[str, Input] = {}
    if coupled:
        for key, start in (("production", (0.0, 0.0)), ("profit", (PER_PRODUCT[0][0], PER_PRODUCT[1][0]))):
            inputs[key] = Input(
                everything, product(PRODUCTS, energy, material), np.repeat(start, low * high).tolist()
            )
    kept = [k for k in range(4) if coupled or k != 1]
    labels = [(p, ATTRIBUTES[k]) for p in PRODUCTS for k in kept]
    inputs["products_data"] = Input(
        (*own, "Attributes"), labels, [row[k] for row in PER_PRODUCT for k in kept]
    )
    available = np.linspace(100, 400, low), np.linspace(40, 120, high)
    inputs["energy_avail"] = Input(("Scenarios_energy",), [(e,) for e in energy], available[0].tolist())
    inputs["material_avail"] = Input(("Scenarios_material",), [(m,) for m in material], available[1].tolist())
    return Family(formulas.A_INT if coupled else formulas.A_LP, sets, inputs, "workbook")


def b(columns: int) -> Family:
    """One linear problem: products by 20 resources, dense."""
    draw = np.random.default_rng(1)
    use = draw.uniform(0.5, 2.0, (RESOURCES, columns))
    profit = draw.uniform(1.0, 3.0, columns)
    available = draw.uniform(50.0, 100.0, RESOURCES)
    products, resources = [f"p{k:05}" for k in range(columns)], [f"r{k:02}" for k in range(RESOURCES)]
    inputs = {
        "profit": Input(("Products",), [(p,) for p in products], profit.tolist()),
        "coefficients": Input(
            ("Resources", "Products"), product(resources, products), use.reshape(-1).tolist()
        ),
        "availability": Input(("Resources",), [(r,) for r in resources], available.tolist()),
    }
    return Family(
        formulas.B, {"Products": {"Name": products}, "Resources": {"Name": resources}}, inputs, "workbook"
    )


def c_intra(hours: int) -> Family:
    """Dispatch hour by hour: the hours are an intra-problem set."""
    return _dispatch(hours, formulas.C_INTRA, "workbook")


def c_rows(hours: int) -> Family:
    """Dispatch of all hours as matrices."""
    return _dispatch(hours, formulas.C_ROWS, "csv")


def availability(hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of capacity by technology and hour, shape (5, hours), and the demand, shape (hours,)."""
    hour, draw = np.arange(hours), np.random.default_rng(2)
    sun = np.clip(np.sin((hour % 24 - 6) / 12 * np.pi), 0, None) * draw.uniform(0.6, 1.0, hours)
    wind = draw.uniform(0.05, 0.95, hours)
    steady = [np.full(hours, share) for share in (0.9, 0.95, 1.0)]
    demand = 100 + 40 * np.sin(2 * np.pi * hour / 24) + draw.uniform(-10, 10, hours)
    return np.stack([sun, wind, *steady]), demand


def _dispatch(hours: int, settings: Mapping[str, str], layout: Layout) -> Family:
    shares, demand = availability(hours)
    labels = [f"h{k:05}" for k in range(hours)]
    technologies = [(t,) for t in TECHNOLOGIES]
    inputs = {
        "cost_t": Input(("Tech",), technologies, COSTS),
        "capacity_t": Input(("Tech",), technologies, CAPACITIES),
        "availability_t": Input(("Tech", "Hour"), product(TECHNOLOGIES, labels), shares.reshape(-1).tolist()),
        "demand_t": Input(("Hour",), [(h,) for h in labels], demand.tolist()),
    }
    return Family(settings, {"Tech": {"Name": TECHNOLOGIES}, "Hour": {"Name": labels}}, inputs, layout)


FAMILIES: Mapping[str, Callable[[int], Family]] = {
    "a_lp": a_lp,
    "a_int": a_int,
    "b": b,
    "c_intra": c_intra,
    "c_rows": c_rows,
}


def generate(name: str, parent: Path) -> Path:
    """The folder `name` = family_size (a_lp_400, b_1000_csv) in `parent`, written if it is not there."""
    folder = parent / name
    if not folder.exists():
        stem, csv_wanted = name.removesuffix("_csv"), name.endswith("_csv")
        family, _, size = stem.rpartition("_")
        write(FAMILIES[family](int(size)), folder, "csv" if csv_wanted else None)
    return folder
