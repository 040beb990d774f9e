"""`saddle plot`: the sets of a table choose its picture, and the picture holds the numbers of the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import SaddleError
from saddlepoint.report.pictures.cells import PlotData, dimension, piled, read_cells_of
from saddlepoint.report.pictures.choose import Picture, Wishes, choose_picture

HOURS = tuple(str(h) for h in range(1, 25))
DAYS = tuple(f"2030-01-{d:02d}" for d in range(1, 32))


def cells(*axes: tuple[str, Any], scenario: str = "", outcome: str = "", **more: Any) -> PlotData:
    """A table of amounts 1, 2, 3, … over sets."""
    kinds: dict[str, Any] = {scenario: "scenario", outcome: "outcome"}
    dimensions = tuple(dimension(name, items, kinds.get(name)) for name, items in axes)
    shape = tuple(map(len, dimensions))
    values = 1.0 + np.arange(float(np.prod(shape, dtype=int))).reshape(shape)
    return PlotData(
        **{
            "table": "t",
            "column": "values",
            "dimensions": dimensions,
            "values": values,
            "amounts": True,
            **more,
        }
    )


TECH = ("Tech", ("pv", "wind", "gas"))
CASES = ("Cases", ("low", "high"))
RAIN = ("Rain", ("dry", "wet"))
MANY = ("Draws", tuple(f"draw {k}" for k in range(1, 201)))
CHOICES = {
    "time and technologies": (cells(("Hours", HOURS), TECH), "area", "Hours", "Tech"),
    "dates": (cells(("When", DAYS), TECH), "area", "When", "Tech"),
    "time alone": (cells(("Hours", HOURS)), "lines", "Hours", None),
    "rates over time": (cells(("Hours", HOURS), TECH, amounts=False), "lines", "Hours", "Tech"),
    "prices over time": (cells(("Hours", HOURS), column="price", price=True), "duration", "Hours", None),
    "prices of a few years": (cells(("Years", ("2030", "2040", "2050")), column="price", price=True), "lines", "Years", None),
    "names": (cells(TECH), "bars", "Tech", None),
    "numbered names": (cells(("Plants", tuple(f"p{k}" for k in range(1, 9)))), "bars", "Plants", None),
    "a scale": (cells(("Level", ("50", "100", "200"))), "lines", "Level", None),
    "two sets": (cells(("From", "abcdefg"), ("To", "hijklmno")), "heat", "To", "From"),
    "names by scenario": (cells(TECH, CASES, scenario="Cases"), "bars", "Tech", "Cases"),
    "time by scenario": (cells(("Hours", HOURS), CASES, scenario="Cases"), "lines", "Hours", "Cases"),
    "many scenarios": (cells(MANY, scenario="Draws"), "distribution", None, None),
    "time in many scenarios": (cells(MANY, ("Hours", HOURS), scenario="Draws"), "band", "Hours", None),
    "one number": (cells(), "bars", None, None),
    "time by outcome": (cells(("Hours", HOURS), RAIN, outcome="Rain"), "lines", "Hours", "Rain"),
    "time and technologies by outcome": (cells(("Hours", HOURS), TECH, RAIN, outcome="Rain"), "area", "Hours", "Tech"),
    "time in many outcomes": (cells(MANY, ("Hours", HOURS), outcome="Draws"), "band", "Hours", None),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_the_sets_choose(name: str) -> None:
    table, kind, x, series = CHOICES[name]
    made = choose_picture(table)
    assert (made.kind, made.x and made.x.name, made.series and made.series.name) == (kind, x, series)


def test_scenarios_become_panels() -> None:
    table = cells(("Hours", HOURS), TECH, CASES, scenario="Cases")
    made = choose_picture(table)
    assert [title for title, _ in made.panels] == ["Cases low", "Cases high"]
    np.testing.assert_array_equal(made.panels[1][1], table.values[:, :, 1].T)


def test_outcomes_exclude_each_other() -> None:
    table = cells(("Hours", HOURS), TECH, RAIN, outcome="Rain")
    assert [title for title, _ in choose_picture(table).panels] == ["Rain dry", "Rain wet"]
    prices = cells(("Hours", HOURS), RAIN, outcome="Rain", price=True, column="price")
    assert choose_picture(prices).notes == (
        "of one unit more in one of Rain alone, so small where it is unlikely",
    )
    many = choose_picture(cells(MANY, outcome="Draws"))
    assert (many.over, many.notes) == ("outcomes", ("200 outcomes, each counted once",))


@pytest.mark.parametrize(
    ("table", "unit", "adds_up"),
    [
        ("made", "", True), ("made", "MWh", True), ("made", "m3/h", True), ("made", "t/week; slack: t", True), ("report_share", "", False),
        ("report_cost", "EUR", True), ("report_price", "EUR/t", False), ("report_rate", "EUR/(MW*h)", False), ("report_share", "%", False),
    ],
)  # fmt: skip
def test_amounts_and_flows_are_piled_up_prices_and_shares_are_not(
    table: str, unit: str, adds_up: bool
) -> None:
    assert piled(table, unit) is adds_up


def test_wishes_are_followed_and_impossible_ones_refused() -> None:
    table = cells(("Hours", HOURS), TECH, CASES, scenario="Cases")
    made = choose_picture(table, Wishes(kind="lines", x="tech", colour="Cases", panels="Hours"))
    assert (made.kind, made.x and made.x.name, made.series and made.series.name) == ("lines", "Tech", "Cases")
    assert len(made.panels) == 12
    assert "12 of 24 panels by Hours" in made.notes[0]
    with pytest.raises(SaddleError, match="no set 'Tch'"):
        choose_picture(table, Wishes(x="Tch"))
    with pytest.raises(SaddleError, match="needs a set to go across"):
        choose_picture(cells(CASES, scenario="Cases"), Wishes(kind="heat", panels="Cases"))


def test_what_is_too_many_is_added_up_or_named() -> None:
    units = ("Units", tuple(f"unit {c}" for c in "abcdefghij"))
    table = cells(("Hours", HOURS), units)
    made = choose_picture(table)
    assert made.series is not None
    assert made.series.items[-1] == "other"
    np.testing.assert_allclose(made.panels[0][1].sum(axis=0), table.values.sum(axis=1))
    long = choose_picture(cells(("Plants", tuple(f"plant {k}" for k in range(100)))))
    assert "the 40 largest of 100 Plants" in long.notes
    np.testing.assert_array_equal(long.panels[0][1].ravel(), np.arange(61.0, 101.0))


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> saddlepoint.Lab:
    lab = saddlepoint.open(copy_example("energy_storage", tmp_path_factory.mktemp("pictures") / "plan"))
    lab.run()
    return lab


def drawn(lab: saddlepoint.Lab, table: str, **wishes: Any) -> tuple[Picture, Any]:
    pytest.importorskip("matplotlib")
    from saddlepoint.report.pictures.draw import draw_picture

    with lab.store(readonly=True) as store:
        made = choose_picture(read_cells_of(store, table), Wishes(**wishes) if wishes else None)
    return made, draw_picture(made)


def test_bars_piled_up_are_the_plan(storage: saddlepoint.Lab) -> None:
    made, figure = drawn(storage, "generation")
    plan = storage.solve().table("generation").values
    assert made.kind == "area"
    for ax, scenario in zip(figure.axes, range(2), strict=True):
        heights = np.array([[bar.get_height() for bar in group] for group in ax.containers])
        np.testing.assert_allclose(heights, plan[scenario], atol=1e-9)
    assert figure.axes[0].get_ylabel() == "generation [MW]"
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_a_duration_curve_is_sorted(storage: saddlepoint.Lab) -> None:
    made, figure = drawn(storage, "price_balance")
    line = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(line[:-1], np.sort(made.panels[0][1][0])[::-1])


def test_rounding_beside_other_prices_is_no_price(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("energy_storage", tmp_path / "plan"))
    lab.run()
    with lab.store() as store, store.transaction():
        store.execute("update price_output set price = -1.2e-9, binding = 0")
    with lab.store(readonly=True) as store:
        assert not np.nan_to_num(read_cells_of(store, "price_output").values).any()
    made, figure = drawn(lab, "price_output", kind="lines", panels="Prices", x="Hours")
    assert made.kind == "lines" and [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["0"]


def test_every_kind_can_be_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from saddlepoint.report.pictures.draw import draw_picture
    from saddlepoint.report.plots_style import save

    for name, (table, *_) in CHOICES.items():
        save(draw_picture(choose_picture(table)), tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").read_text("utf-8").rstrip().endswith("</svg>")


def test_lab_plots_into_files(storage: saddlepoint.Lab, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    folder = storage.folder
    assert folder is not None
    assert storage.plot("capacity", folder / "a.png") == "bars"
    assert storage.plot("_scenarios", folder / "b.png") == "bars"
    assert storage.plot(["report_emissions", "report_mean_price"], folder / "c.svg") == "trade-off"
    assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")
    for code, tables, more in [
        ("F042", "capacity", {}),
        ("X521", "capacity", {"column": "slack", "force": True}),
        ("X522", "capacity", {"where": {"Tech": ["coal"]}, "force": True}),
        ("B012", "capacity", {"where": {"Tek": ["pv"]}, "force": True}),
        ("X524", "capacity", {"where": {"Tek": ["pv", "gas"]}, "force": True}),
        ("X525", "capacity", {"kind": "pie", "force": True}),
        ("X526", ("capacity", "report_emissions"), {"force": True}),
        ("X522", "_convergence", {"force": True}),
        ("B011", "nothing", {"force": True}),
    ]:
        with pytest.raises(SaddleError) as refused:
            storage.plot(tables, folder / "a.png", **more)
        assert refused.value.diagnostics[0].code == code


def test_trees_and_ways_to_convergence(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    lab = saddlepoint.open(copy_example("production_planning_nonlinear", tmp_path / "loop"))
    lab.run()
    assert lab.plot("_convergence", tmp_path / "loop" / "way.png") == "convergence"
    text = "sets: {Nodes: {items: {now: {}, wet: {parent: now}, dry: {parent: now}}}}\n"
    text += "tables: {need: {type: exogenous, coordinates: [Nodes], variables_info: {d: }},\n"
    text += "  made: {type: endogenous, coordinates: [Nodes], variables_info: {x: {nonneg: true}}}}\n"
    text += 'problem: {objective: ["Minimize(sum(x, over=Nodes))"], expressions: [x >= d]}\ndata: {need: {now: 1, wet: 2, dry: 3}}\n'
    (tmp_path / "tree.yml").write_text(text, "utf-8")
    one = saddlepoint.open(tmp_path / "tree.yml")
    one.run()
    assert one.plot("made", tmp_path / "tree.png") == "tree"


def test_a_front_has_its_corners(storage: saddlepoint.Lab) -> None:
    pytest.importorskip("matplotlib")
    from saddlepoint.report.pictures.special import front_picture

    found = storage.frontier(points=5)
    (ax,) = front_picture(found).axes
    assert len(ax.lines) == 2
    mine = found.points.scenario == 1
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), found.points.second[mine])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), found.points.first[mine])
    assert ax.lines[1].get_label() == "high"
