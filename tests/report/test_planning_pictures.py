"""Pictures of planning are drawn, labelled, and hold what they claim."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.legend import Legend

from saddlepoint.planning import Demand, Fleet, dispatch, service_value, sweep
from saddlepoint.report import planning_tables, plots_planning
from saddlepoint.report.plots_style import save

FLEET = Fleet.random(6, 7)
ANSWERS = [dispatch(FLEET, Demand(350.0, 40.0, 0.95, name)) for name in ("normal", "robust")]


def _axes(figure: object) -> list[object]:
    return list(figure.axes)  # type: ignore[attr-defined]


def test_cost_curves_hold_the_chosen_points() -> None:
    (ax,) = _axes(plots_planning.cost_curves(ANSWERS, "MW", "$"))
    assert len(ax.lines) == 6
    for points, answer in zip(ax.collections, ANSWERS, strict=True):
        np.testing.assert_allclose(points.get_offsets(), np.column_stack([answer.plan, answer.costs]))
    assert ax.get_xlabel() == "Production of a machine (MW)"
    assert ax.get_ylabel() == "Cost ($)"
    np.testing.assert_allclose(ax.lines[2].get_ydata()[-1], FLEET.costs(FLEET.upper)[2])


def test_cost_against_mean() -> None:
    found = sweep(FLEET, np.arange(50.0, 600.0, 50.0), 40.0)
    (ax,) = _axes(plots_planning.cost_against_mean(found))
    normal, robust = ax.lines
    np.testing.assert_allclose(normal.get_ydata(), found.cost["normal"][found.fits["normal"]])
    assert len(robust.get_ydata()) == 7
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["Normal", "Cantelli"]


def test_what_is_swept_goes_across_and_an_even_part_of_many_lines_is_drawn() -> None:
    scatter = sweep(FLEET, 200.0, np.array([[20.0], [40.0], [60.0]]), np.array([0.9, 0.95]), ["normal"])
    (ax,) = _axes(plots_planning.cost_against_mean(scatter, "MW"))
    assert ax.get_xlabel() == "Standard deviation of demand (MW)"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["Normal, p = 0.9", "Normal, p = 0.95"]
    assert len({line.get_color() for line in ax.lines}) == 2
    many = sweep(FLEET, np.array([[100.0], [200.0]]), 20.0, np.linspace(0.6, 0.99, 40))
    made = plots_planning.cost_against_mean(many)
    assert len(made.axes[0].lines) == plots_planning.MOST_LINES
    assert "7 of 40 lines of each buffer" in made.get_supxlabel()


def test_supply_curve_marks_levels_and_prices() -> None:
    (ax,) = _axes(plots_planning.supply_curve(ANSWERS))
    marked = [
        c.get_offsets()[0] for c in ax.collections if len(c.get_offsets()) == 1 and c.get_label()[0] != "_"
    ]
    np.testing.assert_allclose(marked, [[a.level, a.price] for a in ANSWERS])


def test_plan_bars_stay_within_capacity() -> None:
    (ax,) = _axes(plots_planning.plan_bars(ANSWERS))
    heights = np.array([[bar.get_height() for bar in group] for group in ax.containers])
    np.testing.assert_allclose(heights, [FLEET.upper, ANSWERS[0].plan, ANSWERS[1].plan])


def test_cost_of_reliability_passes_through_the_answers() -> None:
    made = plots_planning.cost_of_reliability(FLEET, ANSWERS[0].demand, ["normal", "robust"])
    (ax,) = _axes(made)
    for line, answer in zip([ax.lines[0], ax.lines[1]], ANSWERS, strict=True):
        cost = np.interp(20.0, line.get_xdata(), line.get_ydata())
        assert cost == pytest.approx(answer.cost, rel=1e-3)


def test_pieces_and_large_fleets_are_drawn(tmp_path: Path) -> None:
    pieces = Fleet.of(0.0, [2.0, 6.0, 3.0], 0.0, [0, 30, 0], [30, 60, 80], "AAB")
    large = Fleet.random(100, 1)
    for fleet in (pieces, large):
        answers = [dispatch(fleet, 0.5 * fleet.capacity)]
        save(plots_planning.overview_picture(answers), tmp_path / "overview.png")
        assert (tmp_path / "overview.png").read_bytes().startswith(b"\x89PNG")
    save(plots_planning.overview_picture(ANSWERS), tmp_path / "overview.svg")
    assert (tmp_path / "overview.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert len(list(tmp_path.iterdir())) == 2


GOLDEN = """\
Summary
                           normal       robust
  ------------------  -----------  -----------
  D_eff                415.794145   524.355958
  production Σx        415.794145   524.355958
  total cost          5359.324716  8753.707510
    variable          5263.863179  8658.245973
    fixed               95.461537    95.461537
  price λ               23.729227    44.679615
  capacity left        148.520027    39.958214"""


def test_summary_text() -> None:
    assert planning_tables.tables_text(planning_tables.summary(ANSWERS)).startswith(GOLDEN)


def test_tables_name_the_failing_condition_and_cut_long_lists() -> None:
    shown = planning_tables.tables_text(planning_tables.condition_table(ANSWERS[0], 0.0))
    assert "FAILS" in shown
    long = planning_tables.tables_text(planning_tables.machines(dispatch(Fleet.random(300, 1), 100.0)))
    assert "100 rows more" in long
    assert "machine_200 " in long
    assert "machine_201 " not in long
    table = planning_tables.tables_text(planning_tables.value_table(service_value(FLEET, ANSWERS[0].demand)))
    assert "dC/dp" in table


def test_names_are_text_and_no_formulas(tmp_path: Path) -> None:
    """Dollars and underscores mean something to matplotlib; in names they are letters."""
    names = ["plant $_$", "$x^{$", "_spare"]
    fleet = Fleet.of([0.1, 0.2, 0.3], [2.0, 3.0, 4.0], upper=[50.0, 60.0, 70.0], names=names)
    made = plots_planning.overview_picture([dispatch(fleet, Demand(90.0, 5.0))], "MW $_$", "$_$")
    save(made, tmp_path / "all.svg")
    axes = _axes(made)
    assert [t.get_text() for t in axes[1].get_xticklabels()] == names
    shown = [t.get_text().strip() for legend in axes[0].findobj(Legend) for t in legend.get_texts()]
    assert set(names) <= set(shown)
