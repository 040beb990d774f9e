# pyright: basic
"""Runs whose linear optima are proven in rational arithmetic: printed, stored, refused where they cannot be."""

import json
import sqlite3

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import SolveError

MIX = {"N": {"dim": "cols"}}


def mix(sense: str, row: str, objective: str = "c @ tran(x)"):
    """Two products, two scenarios of costs in tenths."""
    variables = {
        "t": {
            "type": "endogenous",
            "coordinates": ["N", "S"],
            "variables_info": {"x": {**MIX, "nonneg": True}},
        },
        "c_t": {"type": "exogenous", "coordinates": ["N", "S"], "variables_info": {"c": MIX}},
    }
    return saddlepoint.define(
        sets={"N": {}, "S": {"split_problem": True}},
        variables=variables,
        problem={"objective": [f"{sense}({objective})"], "expressions": [row]},
        items={"N": ["a", "b"], "S": ["s", "t"]},
        data={"c_t": np.array([[0.1, 0.7], [0.3, 0.2]])},
    )


@pytest.mark.parametrize(
    ("sense", "row", "best"),
    [("Minimize", "3 * sum(x) >= 1", ("1/30", "1/15")), ("Maximize", "3 * sum(x) <= 1", ("1/10", "7/30"))],
)
def test_the_exact_optimum_in_the_users_sense(sense, row, best) -> None:
    from saddlepoint.study.results.write_results import exact_objectives

    run = mix(sense, row).solve(exact=True)
    (answer,) = run.answers.values()
    assert tuple(exact_objectives(answer).values()) == best and run.exit_code == 0
    np.testing.assert_allclose(run.objective[""], [eval(b) for b in best], rtol=1e-15)
    assert np.all(answer.solution.certificates.verified)
    assert exact_objectives(next(iter(mix(sense, row).solve().answers.values()))) == {}


def test_chunks_keep_their_exact_optima() -> None:
    run = mix("Minimize", "3 * sum(x) >= 1").solve(exact=True, chunk=1)
    assert dict(next(iter(run.answers.values())).solution.exact) == {
        0: "1/30",
        1: "1/15",
    }


def test_programs_without_an_optimum_stay_what_they_are() -> None:
    run = mix("Maximize", "3 * sum(x) >= 1").solve(exact=True)
    assert run.certificates[""].columns["status"].tolist() == ["unbounded"] * 2 and run.exit_code == 3


def test_a_quadratic_optimum_is_exact_too() -> None:
    from saddlepoint.study.results.write_results import exact_objectives

    run = mix("Minimize", "sum(x) >= 1", "sumsq(x)").solve(exact=True)
    (answer,) = run.answers.values()
    assert tuple(exact_objectives(answer).values()) == ("1/2", "1/2") and run.exit_code == 0


def test_cones_are_refused() -> None:
    with pytest.raises(SolveError) as found:
        mix("Minimize", "sum(x) >= 1", "norm(x, 2)").solve(exact=True)
    assert [d.code for d in found.value.diagnostics] == ["L120"]


def test_a_run_prints_and_stores_them(tmp_path) -> None:
    folder = copy_example("production_planning", tmp_path / "plan")
    shown = CliRunner().invoke(saddle, ["run", str(folder), "--exact"])
    assert shown.exit_code == 0 and "5160/29 = 177.93103448275862068965517241379…" in shown.output
    with sqlite3.connect(folder / "database.db") as store:
        kept = [row[0] for row in store.execute("SELECT exact FROM _scenarios")]
    store.close()
    assert kept == ["660/7", "660/7", "120", "5160/29"]
    said = json.loads(CliRunner().invoke(saddle, ["run", str(folder), "--exact", "--json"]).stdout)
    assert [one["exact"] for one in said["scenarios"]] == kept
