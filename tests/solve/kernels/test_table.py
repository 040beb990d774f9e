"""The batch kernels behind `solve`: same answers as the solvers, checked, and what they leave is solved."""

import numpy as np
import pytest

from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve

pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    """As if all kernels had been compiled before."""
    monkeypatch.setattr(cache, "ready", lambda _: True)


@pytest.mark.parametrize("workers", [1, 3])
def test_simplex_kernel_agrees_with_highs(randomly, workers):
    batch = randomly(8, size=40)
    plain = solve(batch, kernels=())
    solution = solve(batch, kernels=batch_kernels(workers))
    assert "batch simplex" in map(str, solution.method.values)
    assert (solution.status == Status.OPTIMAL).all()
    assert solution.certificates.verified.all()
    np.testing.assert_allclose(solution.objective, plain.objective, atol=1e-9)


def test_infeasible_scenarios_of_the_kernel_are_proved(make):
    low = np.linspace(1.0, 12.0, 40)[:, None]
    batch = make([1.0, 2.0], [[1.0, 1.0]], low, [[np.inf]], ub=[3.0, 4.0])
    solution = solve(batch)
    expected = np.where(low[:, 0] > 7.0, Status.INFEASIBLE, Status.OPTIMAL)
    np.testing.assert_array_equal(solution.status, expected)
    assert solution.certificates.verified.all()


def test_water_filling_kernel_agrees_with_a_solver(make):
    a, b = np.array([1.0, 2.0, 4.0]), np.array([10.0, 9.0, 8.0])
    batch = make(
        b, [[1.0, 1.0, 1.0]], np.linspace(1, 20, 30)[:, None], [[np.inf]], ub=[9.0] * 3, P=np.diag(a)
    )
    solution, plain = solve(batch), solve(batch, kernels=())
    assert "water-filling" in map(str, solution.method.values)
    assert (solution.status == Status.OPTIMAL).all()
    np.testing.assert_allclose(solution.objective, plain.objective, rtol=1e-7)
    np.testing.assert_allclose(solution.y, plain.y, rtol=1e-5)


@pytest.mark.parametrize(("expected", "taken"), [(100_000, False), (262_144, True)])
def test_a_kernel_is_compiled_where_the_runs_pay_for_it(
    monkeypatch: pytest.MonkeyPatch, make, expected: int, taken: bool
) -> None:
    """Two by two, 262,144 problems: 39 s of processor time in sessions, 19 for compiling and 3 in the kernel; 98,304: 12 against 18."""
    monkeypatch.setattr(cache, "available", lambda: True)
    monkeypatch.setattr(cache, "ready", lambda _: False)
    batch = make([1.0, 2.0], [[1.0, 1.0], [1.0, 0.5]], np.ones((40, 2)), [[np.inf, np.inf]], ub=[3.0, 4.0])
    reasons = [kernel.fit(batch) for kernel in batch_kernels(1, expected) if kernel.name == "batch simplex"]
    assert [reason is not None for reason in reasons] == [taken]
