"""What the compiled kernel says of boxes is believed where it is proven."""

from types import SimpleNamespace

import numpy as np
import pytest

from saddlepoint.solve.bilinear import linear
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
