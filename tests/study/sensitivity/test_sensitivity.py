"""Indices with known values: the Ishigami function, a linear model, a model in batches."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("SALib", reason="SALib is not installed: no sensitivity analysis was tested")

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.errors import UsageError
from saddlepoint.report.sensitivity_text import sensitivity_text
from saddlepoint.solve.kernels import cache
from saddlepoint.store import open_store
from saddlepoint.study.running import plan
from saddlepoint.study.sensitivity import analyse
from saddlepoint.study.sensitivity.delta import delta_of
from saddlepoint.study.sensitivity.design import design_runs, indices
from saddlepoint.study.sensitivity.factors import Factors

SETS = "t:\ns:\n  split_problem: true\n"
TABLES = """\
cost: {type: exogenous, uncertainty_enabled: true, coordinates: [t], variables_info: {c: {t: {dim: cols}}}}
dem: {type: exogenous, coordinates: [s], variables_info: {D: }}
x: {type: endogenous, coordinates: [s, t], variables_info: {x: {nonneg: true, t: {dim: cols}}}}
"""
PROBLEM = "objective: [Minimize(c @ tran(x))]\nexpressions: [x >= D]\n"
"""Every x is D: the objective is linear in the costs, and their product with D."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "m"
    for name, text in {
        "structure_sets.yml": SETS,
        "structure_variables.yml": TABLES,
        "problem.yml": PROBLEM,
        "sets/t.csv": "t_Name\na\nb\nc\n",
        "sets/s.csv": "s_Name\nlo\nhi\n",
        "input_data/cost.csv": "t_Name,values\na,1\nb,2\nc,4\n",
        "input_data/dem.csv": "s_Name,values\nlo,10\nhi,20\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def _three() -> Factors:
    return Factors(
        cells={"f": np.arange(3)}, names=("cost_raw", "x2", "x3"), groups=("", "", ""), spread={"f": 1.0}
    )


def _ishigami(points: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
"""Of the Ishigami function with a = 7, b = 0.1 (Ishigami & Homma 1990; Saltelli et al. 2008)."""


def test_the_ishigami_function_under_every_method() -> None:
    made = design_runs("sobol", _three(), 1024, 0)
    found = indices(made, _ishigami(made.points))
    assert found is not None
    np.testing.assert_allclose(found["S1"][0], FIRST, atol=0.03)
    np.testing.assert_allclose(found["ST"][0], TOTAL, atol=0.03)
    made = design_runs("rbd-fast", _three(), 1000, 0)
    found = indices(made, _ishigami(made.points))
    assert found is not None
    np.testing.assert_allclose(found["S1"][0], FIRST, atol=0.05)
    made = design_runs("delta", _three(), 100, 0)
    form = warnings.formatwarning
    state = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    line = made.points @ np.array([1.0, 3.0, 0.2])
    found, again = indices(made, line), indices(made, line)
    assert found is not None
    assert again is not None
    assert np.argmax(found["delta"][0]) == 1
    assert warnings.formatwarning is form
    np.testing.assert_array_equal(found["delta"][0], again["delta"][0])
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    made = design_runs("morris", _three(), 200, 0)
    found = indices(made, _ishigami(made.points))
    assert found is not None
    assert abs(found["mu"][0][2]) < 0.2 * found["mu_star"][0][2], "its effects have both signs"


def test_delta_of_known_laws() -> None:
    """Of X1 + X2, both uniform, ½ E ∫ |f − f(·|x)| = 0.3334 by quadrature; of 1(X1 > ½), an atom against two halves: ½.
    Kernels smooth the edges of a density, so that estimates of the first lie below it."""
    points = np.random.default_rng(3).random((100_000, 2))
    total = delta_of(points, points.sum(axis=1), 1)
    np.testing.assert_allclose(total["delta"], 0.3334, atol=0.035)
    np.testing.assert_allclose(total["S1"], 0.5, atol=0.01)
    atoms = delta_of(points, np.where(points[:, 0] > 0.5, 1e6, -3.0), 1)
    np.testing.assert_allclose(atoms["delta"], [0.5, 0.0], atol=0.02)
    few = delta_of(points[:2000], points[:2000].sum(axis=1), 1)
    assert (few["delta_conf"] > 2 * total["delta_conf"]).all()


def test_delta_agrees_with_salib() -> None:
    from SALib.analyze import delta

    points = np.random.default_rng(4).random((2000, 3))
    results = _ishigami(points)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = delta.analyze(problem, points, results, num_resamples=4, seed=1)
    raw = theirs["delta_raw"] if "delta_raw" in theirs else theirs["delta"]
    np.testing.assert_allclose(delta_of(points, results, 1)["delta"], raw, atol=0.06)


def test_runs_without_a_plan_take_their_block_with_them() -> None:
    made = design_runs("morris", _three(), 50, 0)
    results = made.points @ np.array([1.0, 2.0, 3.0])
    results[5] = np.nan
    found = indices(made, results)
    assert found is not None
    np.testing.assert_allclose(found["mu_star"][0], [1, 2, 3], rtol=1e-9)
    assert indices(made, np.full(len(results), np.nan)) is None
    assert indices(made, np.ones(len(results))) is None


def test_a_linear_model_has_the_shares_of_its_variances(folder: Path) -> None:
    """Widths are equal in relative terms, so costs 1, 2, 4 have shares 1, 4, 16 of 21."""
    found = saddlepoint.open(folder).sensitivity("sobol", 256)
    shares = {(r.scenario, r.factor): r.value for r in found.rows if r.index == "ST"}
    for scenario in (("lo",), ("hi",)):
        for factor, part in {"cost[a]": 1, "cost[b]": 4, "cost[c]": 16}.items():
            assert shares[scenario, factor] == pytest.approx(part / 21, abs=0.02)
    assert found.runs == 256 * 5
    effects = saddlepoint.open(folder).sensitivity("morris", 10, spread=0.2)
    steps = {(r.scenario, r.factor): r.value for r in effects.rows if r.index == "mu_star"}
    assert steps[("hi",), "cost[c]"] == pytest.approx(2 * 0.2 * 4 * 20)
    assert steps[("lo",), "cost[a]"] == pytest.approx(2 * 0.2 * 1 * 10)


def test_groups_and_named_tables_and_measures(folder: Path) -> None:
    lab = saddlepoint.open(folder)
    found = lab.sensitivity("morris", 20, vary={"dem": 0.5}, group="table", measures=["x"])
    values = {(r.measure, r.scenario, r.factor): r.value for r in found.rows if r.index == "mu_star"}
    assert {factor for _, _, factor in values} == {"cost", "dem"}
    assert values["x[a]", ("lo",), "dem"] == pytest.approx(10)
    assert values["x[a]", ("lo",), "cost"] == pytest.approx(0, abs=1e-9)
    by_item = lab.sensitivity("morris", 10, group="t")
    assert {row.factor for row in by_item.rows} == {"a", "b", "c"}
    for asked, code in (
        ({"vary": {"nothing": 0.1}}, "X465"),
        ({"vary": {"dem": 0.0}}, "X465"),
        ({"group": "s"}, "X466"),
        ({"method": "delta", "group": "table"}, "X467"),
        ({"measures": ["c"]}, "X468"),
        ({"method": "other"}, "X469"),
        ({"samples": 2}, "X469"),
    ):
        with pytest.raises(UsageError, match=code):
            lab.sensitivity(**asked)  # type: ignore[arg-type]


def test_distributions_are_drawn_from(folder: Path) -> None:
    uncertain = TABLES.replace("exogenous, uncertainty_enabled: true", "uncertain")
    (folder / "structure_variables.yml").write_text(uncertain)
    rows = "a,normal,1,0.1\nb,normal,2,0.1\nc,normal,4,0.2\n"
    (folder / "input_data" / "cost.csv").write_text("t_Name,distribution,mean,std\n" + rows)
    found = saddlepoint.open(folder).sensitivity("sobol", 512)
    shares = {r.factor: r.value for r in found.rows if r.index == "S1" and r.scenario == ("lo",)}
    for factor, part in {"cost[a]": 1, "cost[b]": 1, "cost[c]": 4}.items():
        assert shares[factor] == pytest.approx(part / 6, abs=0.05)
    for width in (0.5, (0.0, 9.0)):
        with pytest.raises(
            UsageError, match=r"(?s)X880: structure_variables\.yml:1:1: 'cost' .*varies anyway"
        ) as refused:
            saddlepoint.open(folder).sensitivity(vary={"cost": width})
        assert len(refused.value.diagnostics) == 1


def test_nothing_is_uncertain(folder: Path) -> None:
    (folder / "structure_variables.yml").write_text(TABLES.replace("uncertainty_enabled: true, ", ""))
    with pytest.raises(UsageError, match="X464"):
        saddlepoint.open(folder).sensitivity()


def test_a_stopped_analysis_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "AT_ONCE", 30)
    solved: list[int] = []
    results = analyse._Job.results

    def counted(job: analyse._Job, points: np.ndarray) -> np.ndarray:
        if len(solved) == 2:
            raise KeyboardInterrupt
        solved.append(len(points))
        return results(job, points)

    monkeypatch.setattr(analyse._Job, "results", counted)
    with pytest.raises(KeyboardInterrupt):
        saddlepoint.open(folder).sensitivity("morris", 20)
    monkeypatch.setattr(
        analyse._Job, "results", lambda job, points: solved.append(len(points)) or results(job, points)
    )
    again = saddlepoint.open(folder).sensitivity("morris", 20)
    assert solved == [30, 30, 20], "the first two chunks were kept"
    monkeypatch.undo()
    whole = saddlepoint.open(folder).sensitivity("morris", 20)
    np.testing.assert_allclose([r.value for r in again.rows], [r.value for r in whole.rows], rtol=1e-9)


def test_the_command_prints_stores_and_draws(folder: Path) -> None:
    said = CliRunner().invoke(saddle, ["sensitivity", str(folder), "--samples", "10", "--vary", "dem=0.3"])
    assert said.exit_code == 0, said.output
    assert "objective (s=lo)" in said.stdout
    assert said.stdout.index("dem[lo]") < said.stdout.index("cost[c]"), "the most important factor first"
    assert (folder / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    with open_store(folder / "database.db") as store:
        ((count,),) = store.query("SELECT count(*) FROM _sensitivity WHERE measure = 'objective'")
    assert count == 2 * 5 * 3
    refused = CliRunner().invoke(saddle, ["sensitivity", str(folder), "--vary", "dem=wide"])
    assert refused.exit_code == 2


def test_who_solved_the_runs_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of problems that a kernel would take, were it compiled; and how many runs pay for that is told to the kernels."""
    coupled = PROBLEM.replace("x >= D]", "sum(x) >= D, x @ tran(c) <= 3 * D]")
    (folder / "problem.yml").write_text(coupled)
    monkeypatch.setattr(cache, "ready", lambda name: False)
    told: list[int] = []
    kernels = plan.batch_kernels
    monkeypatch.setattr(plan, "batch_kernels", lambda w, e: told.append(e) or kernels(w, e))
    monkeypatch.setattr(analyse, "AT_ONCE", 30)
    found = saddlepoint.open(folder).sensitivity("morris", 20)
    assert sum(found.solved.values()) == 2 * 80
    assert found.uncompiled == ("batch simplex",)
    assert set(told) == {2 * 80}
    text = sensitivity_text(found)
    assert "solved by highs (160)" in text
    assert "batch simplex: not compiled on this machine yet" in text
    again = saddlepoint.open(folder).sensitivity("morris", 20)
    assert "all runs were kept from before" in sensitivity_text(again)


def test_a_scenario_that_does_not_vary_is_named(folder: Path) -> None:
    """What energy is worth where demand is 0: nothing, whatever the costs."""
    (folder / "input_data" / "dem.csv").write_text("s_Name,values\nlo,0\nhi,20\n")
    found = saddlepoint.open(folder).sensitivity("morris", 8)
    assert found.still == ("objective (lo)",)
    assert "objective (lo): does not vary" in sensitivity_text(found)


def test_absolute_bounds(folder: Path) -> None:
    """Costs from 1 to 3 each, whatever they are: of D·(c1 + c2 + c3) each moves the objective by 2 D, and a zero cost moves, too."""
    (folder / "input_data" / "cost.csv").write_text("t_Name,values\na,1\nb,0\nc,4\n")
    lab = saddlepoint.open(folder)
    found = lab.sensitivity("morris", 8, vary={"cost": (1.0, 3.0)})
    assert found.factors == 3
    star = {(r.scenario, r.factor): r.value for r in found.rows if r.index == "mu_star"}
    for (scenario, _), value in star.items():
        assert value == pytest.approx({"lo": 20.0, "hi": 40.0}[scenario[0]])
    done = CliRunner().invoke(
        saddle, ["sensitivity", str(folder), "--vary", "cost=1:3", "--samples", "8", "--json"]
    )
    assert done.exit_code == 0, done.output
    for bounds, code in {"cost=3:1": "X465", "cost=1:inf": "X465"}.items():
        refused = CliRunner().invoke(saddle, ["sensitivity", str(folder), "--vary", bounds])
        assert code in refused.output, bounds
    wrong = CliRunner().invoke(saddle, ["sensitivity", str(folder), "--vary", "cost=a:b"])
    assert wrong.exit_code == 2
