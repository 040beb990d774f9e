"""Fits: known laws are found with their parameters, what follows from time is taken out, refusals are located."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import History, find, fit
from saddlepoint.uncertain.fitting.candidates import candidates

pytest.importorskip("statsmodels", reason="the extra `fit` is not installed")

RNG = np.random.default_rng


@pytest.mark.parametrize(
    ("law", "given"),
    [
        ("gamma", {"mean": 80.0, "std": 50.0}),
        ("lognormal", {"mean": 80.0, "std": 60.0}),
        ("student-t", {"mean": 300.0, "std": 30.0, "dof": 3.0}),
        ("poisson", {"mean": 3.0}),
        ("negative-binomial", {"mean": 5.0, "std": 4.5}),
    ],
)
def test_the_law_that_made_the_values_is_found(law: str, given: dict[str, float]) -> None:
    columns = {k: np.asarray(v) for k, v in given.items()}
    draw = find(law).draw
    assert draw is not None
    found = fit(draw(columns, (600,), RNG(12)), season=1)
    assert found.law is not None
    assert found.law.law == found.buffer == law
    for name, value in given.items():
        error = found.law.errors[name]
        assert 0.0 < error < 0.6 * value
        assert found.law.parameters[name] == pytest.approx(value, abs=4.0 * error)


def test_normal_demand_is_promised_with_what_the_moments_cost() -> None:
    found = fit(RNG(1).normal(300.0, 30.0, 40))
    assert found.buffer == "prediction"
    assert found.parameters["dof"] == 39.0
    normal = next(c for c in found.candidates if c.law == "normal")
    assert normal.errors["mean"] == pytest.approx(normal.parameters["std"] / np.sqrt(40), rel=1e-4)
    assert normal.errors["std"] == pytest.approx(normal.parameters["std"] / np.sqrt(80), rel=1e-3)


def test_trend_and_season_are_taken_out() -> None:
    time = np.arange(120)
    values = 100.0 + 0.5 * time + 10.0 * np.sin(2 * np.pi * time / 12) + RNG(2).normal(0.0, 3.0, 120)
    found = fit(values)
    assert found.pattern.season == 12
    assert found.pattern.slope == pytest.approx(0.5, abs=4 * found.pattern.slope_error)
    assert found.mean == pytest.approx(160.0, abs=2.5)
    assert found.std == pytest.approx(3.0, rel=0.25)
    assert fit(values, season=1).pattern.season == 1


def test_memory_is_taken_out() -> None:
    values = [300.0]
    for shock in RNG(3).normal(0.0, 10.0, 299):
        values.append(300.0 + 0.7 * (values[-1] - 300.0) + shock)
    found = fit(values)
    assert found.pattern.memory == pytest.approx(0.7, abs=0.15)
    assert found.std == pytest.approx(10.0, rel=0.15)
    assert found.mean == pytest.approx(300.0 + 0.7 * (values[-1] - 300.0), abs=4.0)


def test_two_humps_refute_every_law() -> None:
    rng = RNG(4)
    values = np.where(rng.random(200) < 0.5, rng.normal(100.0, 8.0, 200), rng.normal(200.0, 8.0, 200))
    found = fit(values)
    assert found.law is None
    assert found.buffer == "conformal"
    assert found.row() == {"distribution": "cantelli", "mean": found.mean, "std": found.std}
    assert fit(values[:12]).buffer in ("cantelli", "prediction")


def test_outliers_are_named() -> None:
    values = np.r_[RNG(5).normal(300.0, 10.0, 60), 420.0, RNG(6).normal(300.0, 10.0, 40)]
    times = tuple(f"2020-{k // 30 + 1:02d}-{k % 30 + 1:02d}" for k in range(101))
    found = fit(History(values=values, times=times, season=1))
    assert [o.time for o in found.outliers] == [times[60]]


def test_constant_values_scatter_not() -> None:
    found = fit(np.full(20, 7.0))
    assert (found.mean, found.std, found.candidates) == (7.0, 0.0, ())


@pytest.mark.parametrize(("values", "code"), [([1.0] * 7, "U541"), ([1.0] * 9 + [np.nan], "U542")])
def test_unusable_histories(values: list[float], code: str) -> None:
    with pytest.raises(PlanningError) as caught:
        fit(values)
    assert caught.value.diagnostics[0].code == code


@pytest.mark.parametrize("values", [np.arange(1.0, 30.0), np.tile([5.0, 7.0, 9.0, 4.0], 8), np.full(20, 0.1)])
@pytest.mark.filterwarnings("error")
def test_what_follows_from_time_exactly_scatters_by_nothing(values: np.ndarray) -> None:
    found = fit(values * 1e5 / 3)
    assert (found.buffer, found.candidates, found.law) == ("cantelli", (), None)
    assert found.reason.endswith("nothing scatters")
    assert found.std <= 1e-9 * abs(found.mean)
    expected = values[-1] + 1 if len(values) == 29 else values[0]
    assert found.mean == pytest.approx(expected * 1e5 / 3)


def _run(*arguments: str) -> object:
    from saddlepoint.cli import fit as command

    return CliRunner().invoke(command.command, arguments, catch_exceptions=True)


def test_command_writes_a_table_and_where_it_comes_from(tmp_path: Path) -> None:
    rng = RNG(7)
    lines = ["Week,Product,demand"]
    for k in range(60):
        lines += [f"{2024 + k // 52}-W{k % 52 + 1:02d},bread,{rng.gamma(9.0, 10.0):.3f}"]
        lines += [f"{2024 + k // 52}-W{k % 52 + 1:02d},cake,{rng.normal(50.0, 4.0):.3f}"]
    (tmp_path / "h.csv").write_text("\n".join(lines))
    out = tmp_path / "demand.csv"
    said = _run(
        str(tmp_path / "h.csv"), "--by", "Product", "--write", str(out), "--plot", str(tmp_path / "f.png")
    )
    assert said.exit_code == 0, said.output
    assert "Recommended" in said.output
    header, *rows = out.read_text().splitlines()
    assert header.split(",")[:4] == ["Product_Name", "distribution", "mean", "std"]
    assert [row.split(",")[0] for row in rows] == ["bread", "cake"]
    told = json.loads((tmp_path / "demand.json").read_text())
    assert told["bread"]["source"] == "h.csv"
    assert told["bread"]["values"] == 60
    assert (tmp_path / "f_1.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("Week,demand\n1,5\n2,\n", "U542", "h.csv:3"),
        ("Week,demand\n1,5\n2,x\n", "U542", "h.csv:3"),
        ("Week,demand\n1,5\n1,6\n", "U543", "h.csv:3"),
        ("Week,a,b\n1,5,6\n", "U544", "h.csv:1"),
        ("Woche;Bedarf\n1;301,5\n2;299,25\n", "U544", "h.csv:1"),
        (
            "Date,demand\n" + "".join(f"{k:02d}.03.2024,5\n" for k in range(1, 9)) + "Total,40\n",
            "U543",
            "h.csv:10",
        ),
        (
            "Date,demand\n" + "".join(f"{k:02d}.03.2024,5\n" for k in range(1, 9)) + "2.3.2024,5\n",
            "U543",
            "h.csv:10",
        ),
        ('Date,Sold\n2024-01-01,"1,301"\n2024-01-08,"1,299"\n', "U542", "h.csv:2"),
        ("Week,demand\n1,5\n", "U541", ""),
        ("Week,demand\n", "U541", "h.csv:1"),
        ("Week,demand\n,\n\n", "U541", "h.csv:1"),
    ],
)
def test_files_that_are_no_history(text: str, code: str, place: str, tmp_path: Path) -> None:
    from saddlepoint.declare.history import read_histories

    (tmp_path / "h.csv").write_text(text)
    with pytest.raises(PlanningError) as caught:
        read_histories(tmp_path / "h.csv")
    assert caught.value.diagnostics[0].code == code
    assert str(caught.value.diagnostics[0].mark).startswith(place)


def test_histories_are_put_in_order_of_time(tmp_path: Path) -> None:
    from saddlepoint.declare.history import read_histories

    days = [f"2024-01-{k:02d},{k}.0" for k in range(20, 0, -1)]
    (tmp_path / "h.csv").write_text("Date,sales\n" + "\n".join(days))
    (found,) = read_histories(tmp_path / "h.csv")
    assert found.values.tolist() == [float(k) for k in range(1, 21)]
    assert (found.season, found.times[0], found.name) == (7, "2024-01-01", "h")


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y", "%d %b %Y"])
def test_a_column_of_dates_is_known_by_its_cells(form: str, tmp_path: Path) -> None:
    """The newest row first, as many exports have it, under a name that nobody foresaw."""
    from saddlepoint.declare.history import read_histories

    weeks = [date(2024, 1, 1) + timedelta(weeks=k) for k in range(30)]
    rows = [f'"{day.strftime(form)}",{k}.5' for k, day in enumerate(weeks)]
    (tmp_path / "h.csv").write_text("Posted,Sold\n" + "\n".join(reversed(rows)))
    (found,) = read_histories(tmp_path / "h.csv")
    assert found.values.tolist() == [k + 0.5 for k in range(30)]
    assert found.season == 52
    assert found.times[0] == weeks[0].strftime(form)


def test_a_period_without_a_row_is_a_gap_and_weekends_are_none(tmp_path):
    from saddlepoint.declare.history import read_histories
    from saddlepoint.errors import PlanningError

    months = [f"{2000 + k // 12}-{k % 12 + 1:02d}" for k in range(36)]
    rows = [f"{month},{k}" for k, month in enumerate(months)]
    (tmp_path / "months.csv").write_text("month,values\n" + "\n".join(rows[:20] + rows[21:]) + "\n")
    with pytest.raises(PlanningError, match="no value between 2001-08 and 2001-10") as caught:
        read_histories(tmp_path / "months.csv")
    assert caught.value.diagnostics[0].code == "U542"
    days = [f"2024-01-{day:02d},{day}" for day in range(1, 29) if day % 7 not in (6, 0)]
    (tmp_path / "days.csv").write_text("date,values\n" + "\n".join(days) + "\n")
    assert len(read_histories(tmp_path / "days.csv")[0]) == 20


def test_a_history_with_two_spikes_has_candidates_with_tails():
    rng = np.random.default_rng(1)
    values = rng.normal(100, 3, 60)
    values[[20, 40]] = 400, 350
    found = candidates(values, False)
    assert {"normal", "student-t"} <= {one.law for one in found}
    assert all(np.isfinite(one.aicc) for one in found)


@pytest.mark.parametrize("asked", [0.0, 1.0, -0.5, 95.0, float("nan")])
def test_a_promise_that_is_none_is_refused_by_name(asked: float) -> None:
    with pytest.raises(PlanningError, match="U002"):
        fit(RNG(1).normal(100.0, 5.0, 40), promise=asked)


@pytest.mark.parametrize("size", [1.0, 1e-150, 1e150])
def test_a_season_without_errors_is_found_in_every_unit(size: float) -> None:
    found = fit(size * np.tile([1.0, 2.0, 4.0, 3.0], 9))
    assert found.pattern.season == 4
    assert found.reason == "trend and season say every value; nothing scatters"
    assert fit(size * (3.0 + np.arange(36.0))).pattern.season == 1


def test_values_below_zero_are_named() -> None:
    from saddlepoint.report.fit_tables import fit_text

    values = RNG(2).normal(100.0, 10.0, 40)
    values[7] = -5.0
    assert "Below zero: -5 at 8. A demand is not negative" in fit_text(fit(values))
    assert "Below zero" not in fit_text(fit(RNG(2).normal(0.0, 10.0, 40)))


@pytest.mark.parametrize("size", [1e302, 1e-308])
def test_values_without_squares_are_refused_with_their_place(size: float) -> None:
    with pytest.raises(PlanningError, match=r"(?s)value 1 of the history of 'demand' is .*another unit"):
        History(values=np.linspace(1.0, 2.0, 40) * size)
