"""What the compiled kernel says of boxes is believed where it is proven."""

from types import SimpleNamespace

import numpy as np
import pytest

from saddlepoint.solve.bilinear import linear
from saddlepoint.solve.bilinear.safety import proves_empty
from saddlepoint.solve.kernels.answer import Outcome
from tests.solve.conftest import make_batch


def test_boxes_that_are_called_empty_without_proof_are_solved_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """x + y = side, both at most 1: the second has no plan, and its multipliers prove it; the others have one, whatever the kernel says."""
    sides = [[1.0], [3.0], [2.0]]
    batch = make_batch([1.0, 2.0], [[1.0, 1.0]], l=sides, u=sides, ub=[1.0, 1.0])
    claimed = SimpleNamespace(
        x=np.full((3, 2), np.nan),
        y=np.array([[0.0], [1.0], [0.0]]),
        outcome=np.full(3, Outcome.INFEASIBLE.value),
    )
    kernel = SimpleNamespace(unsupported_reason=lambda _: None, solve=lambda _: claimed)
    monkeypatch.setattr(linear, "loaded", lambda _: True)
    monkeypatch.setattr(linear, "_kernel", lambda _: kernel)
    x, y, solved = linear.linear(batch)
    assert solved.tolist() == [True, False, True]
    np.testing.assert_allclose(x[solved], [[1.0, 0.0], [1.0, 1.0]], atol=1e-12)
    assert y[1, 0] == 1.0


def test_sides_that_cross_need_no_multipliers_to_be_empty() -> None:
    """Bounds and rows that cross, and those that cross by rounding, the same in any units; multipliers of 0 prove nothing else."""
    for unit in (1e-6, 1.0, 1e9):
        low = unit * np.array([[1.0, 0.0], [2.0, 0.0], [1.0 + 1e-12, 0.0], [0.0, -1.0]])
        boxes = make_batch([1.0, 1.0], [[1.0, 1.0]], l=[0.0], lb=low, ub=unit * np.array([1.0, 1.0]))
        none = np.zeros((4, 1))
        assert proves_empty(boxes, none).tolist() == [False, True, False, False]
        sides = make_batch([1.0], [[1.0]], l=[[unit], [3 * unit]], u=[[2 * unit]], ub=[9 * unit])
        assert proves_empty(sides, none[:2]).tolist() == [False, True]
