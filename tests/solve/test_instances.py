"""Public instances with trusted optima."""

import numpy as np
import pytest

from saddlepoint.errors import SolveError
from saddlepoint.solve.evidence import farkas, ray
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve


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
    solution = solve(instance(miplib))
    check(solution, miplib, 1e-6)
    if miplib["status"] == "optimal":
        assert solution.bound[0] <= solution.objective[0] + 1e-9 * abs(solution.objective[0])
        assert np.isfinite(solution.y).all()
    else:
        assert "no proof" in solution.messages[0]
        assert not solution.certificates.verified[0]


def test_maros_meszaros_matches_the_certified_optima(maros_meszaros, instance):
    batch = instance(maros_meszaros)
    if maros_meszaros["name"] == "VALUES":
        with pytest.raises(SolveError, match="not convex"):
            solve(batch)
        return
    check(solve(batch), maros_meszaros, 1e-6)


@pytest.mark.parametrize("name", ["LISWET1", "YAO", "UBH1", "POWELL20"])
def test_clarabel_alone_is_caught_where_it_is_wrong(name, named):
    """It says almost solved (LISWET1, YAO), solved (UBH1) or infeasible (POWELL20)."""
    solution = solve(named(name), Options(solver="clarabel"))
    assert solution.status[0] != Status.OPTIMAL
    assert not solution.certificates.verified[0]
