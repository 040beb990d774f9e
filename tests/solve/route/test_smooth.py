"""Boundaries of cones far from one."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.route.polishing.smooth import boundary

CONES = [Cone(ConeKind.SECOND_ORDER, 4), Cone(ConeKind.ROTATED, 4), Cone(ConeKind.EXPONENTIAL, 3)]


@pytest.mark.parametrize("cone", [*CONES, Cone(ConeKind.POWER, 3, 0.7)], ids=lambda c: c.kind.value)
@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e160, 1e250])
def test_a_boundary_steeper_than_floats_is_none(cone: Cone, size: float) -> None:
    edge = boundary(cone, np.full(cone.size, size))
    assert edge is None or (np.isfinite(edge.slope).all() and np.isfinite(edge.curvature).all())
