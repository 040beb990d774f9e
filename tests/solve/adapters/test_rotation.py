"""Rotated cones are handed to solvers as second-order cones, and their multipliers come back."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from saddlepoint.algebra.rotation import Rotation
from saddlepoint.algebra.structure import Cone, ConeKind, Pattern
from saddlepoint.solve.proof import cones

KINDS = (Cone(ConeKind.SECOND_ORDER, 2), Cone(ConeKind.ROTATED, 4), Cone(ConeKind.EXPONENTIAL, 3))


def test_products_of_points_and_multipliers_are_kept():
    rng = np.random.default_rng(0)
    rotation = Rotation.of(KINDS)
    for _ in range(20):
        v, turned = rng.normal(size=9), rng.normal(size=9)
        assert rotation.turn(v) @ turned == pytest.approx(v @ rotation.back(turned), abs=1e-12)


def test_members_stay_members_on_both_sides():
    rng = np.random.default_rng(1)
    rotated, plain = (Cone(ConeKind.ROTATED, 4),), (Cone(ConeKind.SECOND_ORDER, 4),)
    rotation = Rotation.of(rotated)
    for _ in range(50):
        x = rng.normal(size=2)
        v = np.array([np.exp(rng.normal()), 0.0, *x])
        v[1] = x @ x / (2 * v[0])
        assert cones.violation(rotated, v[None])[0, 0] < 1e-12
        assert cones.violation(plain, rotation.turn(v)[None])[0, 0] < 1e-12
        turned = np.array([0.0, *rng.normal(size=3)])
        turned[0] = np.linalg.norm(turned[1:])
        assert cones.dual_violation(rotated, rotation.back(turned)[None])[0, 0] < 1e-12


def test_a_point_outside_is_outside_in_its_own_size():
    cone = (Cone(ConeKind.ROTATED, 3),)
    inside = np.array([[1e-14, 0.5, 1e-7]])
    assert cones.violation(cone, inside)[0, 0] < 1e-20
    assert cones.violation(cone, inside * [1.0, 1.0, 1.5])[0, 0] > 1e-15
    assert cones.violation(cone, np.array([[-1.0, 0.5, 0.0]]))[0, 0] == 1.0


def test_constants_stay_apart_from_sizes():
    """t = 1e20 and ½: the rotated rows keep both, the second-order rows cannot."""
    rotation = Rotation.of((Cone(ConeKind.ROTATED, 3),))
    rows, columns, source, factor = rotation.entries(
        Pattern((3, 2), np.array([0, 1, 2], np.int32), np.array([0, 2], np.int32))
    )
    assert sorted(zip(rows.tolist(), columns.tolist(), source.tolist(), factor.tolist(), strict=True)) == [
        (0, 0, 0, 1.0), (1, 0, 0, 1.0), (2, 1, 1, 2.0),
    ]  # fmt: skip
    assert_allclose(rotation.turn(np.array([0.0, 0.5, 0.0])), [1.0, -1.0, 0.0])
