"""Labels stand in one order everywhere: that of their sets, whichever run brought the rows, and the same in every output."""

from __future__ import annotations

import base64
import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.files import as_label
from saddlepoint.lab import Lab

ITEMS = {"Cases": ["plain", "10", "2"], "Sites": ["west", "east", "b", "a"], "Steps": ["3", "1", "2"]}
MODEL = """
sets:
  Cases: {split_problem: true, items: [plain, "10", "2"]}
  Sites: {items: [west, east, b, a]}
  Steps: {items: ["3", "1", "2"]}
tables:
  need: {type: exogenous, coordinates: [Steps, Cases], variables_info: {need: }}
  made: {type: endogenous, coordinates: [Sites, Cases, Steps], variables_info: {made: {nonneg: true, upper: 9}}}
problem:
  objective: ["Minimize(sum(position(Sites) * made, over=(Sites, Steps)))"]
  expressions: [{enough: "sum(made, over=Sites) >= need"}, {most: "made <= 8", where: "Sites != 'b'"}]
  report: {total: "sum(made, over=Steps)"}
"""
Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """After a run of all, then one of the last case and one of the first."""
    room = tmp_path_factory.mktemp("order")
    numbers = {
        step: {case: 3 + k + j for j, case in enumerate(ITEMS["Cases"])}
        for k, step in enumerate(ITEMS["Steps"])
    }
    (room / "m.yml").write_text(MODEL + "data: " + json.dumps({"need": numbers}) + "\n", "utf-8")
    made = saddlepoint.open(room / "m.yml")
    made.run()
    made.run(scenarios=["Cases=2"])
    made.run(scenarios=["Cases=plain"])
    return made


def _labels(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Rows:
    at = [k for k, name in enumerate(header) if name.endswith("_Name") or name in ITEMS]
    names = tuple(header[k].removesuffix("_Name") for k in at)
    return names, [tuple(as_label(row[k]) for k in at) for row in rows]


def _of_page(path: Path) -> dict[str, Rows]:
    text = path.read_text("utf-8")
    told = json.loads(text.split('id="data">')[1].split("</script>")[0])
    numbers = np.frombuffer(
        gzip.decompress(base64.b64decode(text.split('id="numbers">')[1].split("</script>")[0]))
    )
    items = {one["name"]: one["items"] for one in told["sets"]}
    found: dict[str, Rows] = {}
    for table in told["tables"]:
        count, places = table["rows"], table["places"]
        flat = np.arange(count) if places is None else numbers[places[0] : sum(places)].astype(int)
        codes = np.unravel_index(flat, [len(items[axis]) for axis in table["axes"]])
        labels = [[items[axis][k] for k in code] for axis, code in zip(table["axes"], codes, strict=True)]
        found[table["name"]] = tuple(table["axes"]), [*zip(*labels, strict=True)]
    return found


def test_every_output_has_the_rows_of_the_sets_in_their_order(lab: Lab, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    lab.export("csv", tmp_path / "csv")
    lab.export("xlsx", tmp_path / "plan.xlsx", long=True)
    page = _of_page(lab.write_report(tmp_path / "page.html", living=False))
    book, result = load_workbook(tmp_path / "plan.xlsx", read_only=True), lab.solve()
    assert {"made", "need", "price_enough", "price_most", "report_total", "reduced_cost_made"} <= page.keys()
    for name, shown in page.items():
        names, rows = shown
        places = [tuple(ITEMS[n].index(label) for n, label in zip(names, row, strict=True)) for row in rows]
        assert places == sorted(places) and len(places) > 2, name
        said = lab.show(name)
        assert _labels(said.header, said.rows) == shown, name
        with (tmp_path / "csv" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            header, *written = csv.reader(file)
        assert _labels(header, written) == shown, name
        header, *written = book[name].iter_rows(values_only=True)
        assert _labels([str(cell) for cell in header], written) == shown, name
        with lab.store(readonly=True) as store:
            header, written = store.select(f"select * from view_{name}")
        assert _labels(header, written) == shown, name
        if name in result.tables:
            frame = result.table(name).to_pandas()
            assert _labels([*frame.columns], frame.to_numpy().tolist()) == shown, name
    book.close()
