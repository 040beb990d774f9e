"""Public instances with trusted optima."""

import csv
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import SolveError
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.farkas import farkas, ray
from saddlepoint.solve.route.inspection.validate import check_finite
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve


def references():
    with (Path(__file__).parents[1] / "data" / "instances" / "reference.csv").open() as file:
        return list(csv.DictReader(file))


def check(solution, row, tolerance):
    status = Status(int(solution.status[0]))
    assert status.word == row["status"]
    if status is Status.OPTIMAL:
        reference = float(row["objective"])
        assert abs(solution.objective[0] - reference) <= tolerance * max(1.0, abs(reference))
        assert solution.certificates.verified[0]


def test_netlib_matches_the_exact_optima(netlib, instance):
    batch = instance(netlib)
    solution = solve(batch)
    check(solution, netlib, 1e-9)
    assert solution.certificates.verified[0]
    if netlib["status"] == "infeasible":
        assert farkas(batch, solution.y[0], solution.w[0]).holds
    if netlib["status"] == "unbounded":
        assert ray(batch, solution.x[0]).holds


def test_miplib_matches_the_published_optima(miplib, instance):
    pytest.importorskip("pyscipopt")
    solution = solve(instance(miplib))
    check(solution, miplib, 1e-6)
    if miplib["status"] == "optimal":
        assert solution.bound[0] <= solution.objective[0] + 1e-9 * abs(solution.objective[0])
        assert np.isfinite(solution.y).all()
    else:
        assert "proven by a tree" in solution.messages[0]
        assert solution.certificates.verified[0]


def test_maros_meszaros_matches_the_certified_optima(maros_meszaros, instance):
    if maros_meszaros["name"] in ("LISWET1", "UBH1"):
        pytest.importorskip("piqp")
    batch = instance(maros_meszaros)
    if maros_meszaros["name"] == "VALUES":
        with pytest.raises(SolveError, match="not convex"):
            solve(batch)
        return
    check(solve(batch), maros_meszaros, 1e-6)


@pytest.mark.parametrize("name", ["LISWET1", "YAO", "UBH1", "POWELL20"])
def test_clarabel_is_caught_where_it_is_wrong(name, named):
    """It says almost solved (LISWET1, YAO), solved (UBH1) or infeasible (POWELL20), and none of it is so."""
    batch = check_finite(named(name))
    said = solve_clarabel(batch, Options())
    claimed = Status.INFEASIBLE if name == "POWELL20" else Status.OPTIMAL
    assert said.status[0] == claimed
    assert not check_claims(batch, said.x, said.y, said.z, said.w, said.status).verified[0]


@pytest.mark.parametrize("name", ["LISWET1", "YAO", "UBH1", "POWELL20"])
def test_clarabel_alone_is_right_or_unverified(name, named):
    reference = {row["name"]: float(row["objective"] or "nan") for row in references()}[name]
    solution = solve(named(name), Options(solver="clarabel"))
    right = abs(solution.objective[0] - reference) <= 1e-6 * max(1.0, abs(reference))
    assert right == solution.certificates.verified[0]
    assert solution.status[0] == (Status.OPTIMAL if right else Status.UNVERIFIED)
