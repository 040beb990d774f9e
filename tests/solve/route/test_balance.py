"""Balanced problems are the same problems: units map there and back, cones onto themselves."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from saddlepoint.algebra.products import times, transposed_times
from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.proof import cones
from saddlepoint.solve.route.units.balance import Balance, arguments_of
from saddlepoint.solve.route.units.sizes import balance
from saddlepoint.solve.solution import Solution

KINDS = (
    Cone(ConeKind.SECOND_ORDER, 3),
    Cone(ConeKind.ROTATED, 3),
    Cone(ConeKind.EXPONENTIAL, 3),
    Cone(ConeKind.POWER, 3, 0.3),
)
HEIGHT = sum(c.size for c in KINDS)


def conic(make, rng, size=1):
    n = 5
    spread = np.exp2(rng.integers(-20, 20, (HEIGHT, n)).astype(float))
    f = rng.normal(size=(HEIGHT, n)) * spread * (rng.random((HEIGHT, n)) < 0.5)
    return make(
        rng.normal(size=(size, n)) * 1e3,
        A=rng.normal(size=(2, n)) * 1e-6,
        l=rng.normal(size=(size, 2)) * 1e4,
        u=np.full(2, np.inf),
        lb=np.full(n, -np.inf),
        F=f,
        g=rng.normal(size=(size, HEIGHT)) * 1e5,
        cones=KINDS,
    )


def test_restored_points_solve_the_original(make):
    """Activities, stationarity and products of points and multipliers are those of the original after restore."""
    rng = np.random.default_rng(3)
    batch = conic(make, rng, 2)
    units = balance(batch)
    part = units.apply(batch)
    answers = Solution.blank(part.structure, part.size)
    for name in ("x", "y", "z", "w"):
        getattr(answers, name)[:] = rng.normal(size=getattr(answers, name).shape)
    back = units.restore(answers)
    s, p = batch.structure, part.structure
    assert_allclose(
        times(s.A, batch.A, back.x) * units.row, times(p.A, part.A, answers.x), rtol=1e-12, atol=1e-14
    )
    slope = transposed_times(s.F, batch.F, back.w) + transposed_times(s.A, batch.A, back.y) + back.z
    turned = transposed_times(p.F, part.F, answers.w) + transposed_times(p.A, part.A, answers.y) + answers.z
    assert_allclose(slope * units.column * units.objective, turned, rtol=1e-9, atol=1e-11)
    v, moved = times(s.F, batch.F, back.x) + batch.g, times(p.F, part.F, answers.x) + part.g
    value = (v * back.w).sum(axis=1)
    assert_allclose(value * units.objective[:, 0], (moved * answers.w).sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("cone", KINDS, ids=lambda c: c.kind.value)
def test_members_stay_members(make, cone):
    rng = np.random.default_rng(5)
    for _ in range(30):
        v = _member(rng, cone)
        batch = make(np.ones(2), F=np.zeros((3, 2)), g=v, cones=(cone,))
        a, b = rng.integers(-8, 8, 2).astype(float)
        k, second = {
            ConeKind.SECOND_ORDER: ([a, a, a], 0.0),
            ConeKind.ROTATED: ([a + b, a - b, a], 0.0),
            ConeKind.EXPONENTIAL: ([a, a, a + b], b),
            ConeKind.POWER: ([a, b, cone.alpha * a + (1 - cone.alpha) * b], 0.0),
        }[cone.kind]
        shift = np.full((1, len(arguments_of((cone,)))), second)
        one = np.ones((1, 1))
        units = Balance(
            column=np.ones((1, 2)),
            row=np.ones((1, 0)),
            objective=one,
            cone=np.exp2(np.array([k])),
            shift=shift,
            arguments=arguments_of((cone,)),
        )
        moved = units.apply(batch).g
        assert cones.violation((cone,), moved)[0, 0] <= 1e-12 * np.abs(moved).max()


def _member(rng, cone):
    x, y, z = np.exp(rng.normal(size=3))
    return {
        ConeKind.SECOND_ORDER: [np.hypot(y, z), y, z],
        ConeKind.ROTATED: [z * z / (2 * x), x, z],
        ConeKind.EXPONENTIAL: [y * np.log(z / y), y, z],
        ConeKind.POWER: [x, y, x**cone.alpha * y ** (1 - cone.alpha)],
    }[cone.kind]


def test_a_square_of_any_size_becomes_a_square_near_one(make):
    """max x with x² ≤ B: the units make B, t and x one whatever B is."""
    for size in (1e-18, 1e-6, 1.0, 1e6, 1e18):
        batch = make(
            [-1.0, 0.0],
            A=[[0.0, 1.0]],
            l=[-np.inf],
            u=[size],
            lb=[-np.inf] * 2,
            F=[[0, 1.0], [0, 0], [1.0, 0]],
            g=[0.0, 0.5, 0.0],
            cones=(Cone(ConeKind.ROTATED, 3),),
        )
        units = balance(batch)
        part = units.apply(batch)
        for array in (part.u, part.F, part.A, part.q[:, :1]):
            assert np.all((np.abs(array) > 1 / 6) & (np.abs(array) < 6))
