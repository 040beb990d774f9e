"""Newton's method makes an interior point's answer exact."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.solve.route.polishing.active import Active
from saddlepoint.solve.route.polishing.hidden_numbers import with_hidden_numbers
from saddlepoint.solve.route.polishing.polish_cones import ConicPoint, polish_cones
from saddlepoint.solve.route.polishing.smooth import boundary
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch

SHAPES = [Cone(ConeKind.SECOND_ORDER, 4), Cone(ConeKind.ROTATED, 4), Cone(ConeKind.EXPONENTIAL, 3)]
SHAPES.append(Cone(ConeKind.POWER, 3, 0.7))


@pytest.mark.parametrize("cone", SHAPES, ids=lambda c: c.kind.value)
def test_slopes_and_curvatures_are_derivatives(cone):
    rng = np.random.default_rng(2)
    for _ in range(10):
        v = np.exp(rng.normal(size=cone.size))
        edge, step = boundary(cone, v), 1e-6
        for k in range(cone.size):
            more, less = (boundary(cone, v + sign * step * np.eye(cone.size)[k]) for sign in (1, -1))
            assert_allclose((more.value - less.value) / (2 * step), edge.slope[k], rtol=1e-5, atol=1e-6)
            assert_allclose((more.slope - less.slope) / (2 * step), edge.curvature[k], rtol=1e-4, atol=1e-5)


def disc():
    """max x + 2y with ‖(x, y)‖ ≤ 1 and x ≤ 10: (1, 2)/√5, price −√5 on the fixed t."""
    return make_batch(
        [-1.0, -2.0, 0.0],
        lb=[-np.inf, -np.inf, 1.0],
        ub=[10.0, np.inf, 1.0],
        F=[[0, 0, 1.0], [1, 0, 0], [0, 1, 0]],
        g=[0.0, 0.0, 0.0],
        cones=(Cone(ConeKind.SECOND_ORDER, 3),),
    )


def test_a_rough_answer_becomes_exact():
    rough = ConicPoint(
        np.array([0.45, 0.89, 1.0]), np.zeros(0), np.array([0.0, 0.0, -2.2]), np.array([2.2, -1.0, -2.0])
    )
    found = polish_cones(disc(), rough)
    assert_allclose(found.x, [1 / np.sqrt(5), 2 / np.sqrt(5), 1.0], rtol=1e-15)
    assert_allclose(found.z, [0.0, 0.0, -np.sqrt(5)], atol=1e-14)


def test_a_wrong_active_set_is_corrected():
    """The bound x ≤ 10 is taken for active first; its price has the wrong sign."""
    rough = ConicPoint(
        np.array([10.0, 0.9, 1.0]), np.zeros(0), np.array([-1.0, 0.0, -2.2]), np.array([2.2, -1.0, -2.0])
    )
    found = polish_cones(disc(), rough)
    assert found is None or found.x == pytest.approx([1 / np.sqrt(5), 2 / np.sqrt(5), 1.0])


@pytest.mark.parametrize("least", [1e-8, 1e-20])
def test_conditions_are_met_by_a_part_of_their_own_terms(least):
    """max x + least·y in the disc: y = least, which costs and prices of order one hide."""
    batch = disc()
    batch.q[:] = [-1.0, -least, 0.0]
    rough = ConicPoint(
        np.array([1.0, 3 * least, 1.0]),
        np.zeros(0),
        np.array([0, 0, -1.0]),
        np.array([1.0, -1.0, -3 * least]),
    )
    found = polish_cones(batch, rough, own_terms=True)
    assert_allclose(found.x, [1.0, least, 1.0], rtol=1e-12)
    assert_allclose(found.w, [1.0, -1.0, -least], rtol=1e-9)


def norm_of_two(least):
    """Columns x, y, r, s, t: |x| ≤ r^⅓ t^⅔, |y| ≤ s^⅓ t^⅔, r + s = t, with y = 1 and x = `least`."""
    cone = Cone(ConeKind.POWER, 3, 1 / 3)
    rows = np.zeros((6, 5))
    rows[[0, 1, 2], [2, 4, 0]] = rows[[3, 4, 5], [3, 4, 1]] = 1.0
    return make_batch(
        [0.0, 0.0, 0.0, 0.0, 1.0],
        [[0, 0, 1.0, 1.0, -1.0]],
        [0.0],
        [0.0],
        lb=[least, 1.0, -np.inf, -np.inf, -np.inf],
        F=rows,
        g=np.zeros(6),
        cones=(cone, cone),
    )


@pytest.mark.parametrize(("r", "is_hidden"), [(3e-11, True), (-1e-10, True), (1e-3, False)])
def test_a_number_that_its_row_hides_is_set_by_its_cone(r, is_hidden):
    x = np.array([[1e-6, 1.0, r, 1.0 - r, 1.0]])
    found = with_hidden_numbers(norm_of_two(1e-6), x)
    assert_allclose(found[0, 2], 1e-18 if is_hidden else r, rtol=1e-9)
    assert_allclose(np.delete(found, 2), np.delete(x, 2))


def test_an_apex_is_held():
    """min t + ½x with t ≥ ‖(x, y)‖: the origin, where the cone has no slope."""
    batch = make_batch(
        [0.5, 0.0, 1.0],
        lb=[-np.inf] * 3,
        F=[[0, 0, 1.0], [1, 0, 0], [0, 1, 0]],
        g=[0.0] * 3,
        cones=(Cone(ConeKind.SECOND_ORDER, 3),),
    )
    rough = ConicPoint(np.full(3, 1e-9), np.zeros(0), np.zeros(3), np.array([1.001, 0.5, 1e-3]))
    found = polish_cones(batch, rough)
    assert_allclose(found.x, 0.0, atol=1e-15)
    assert_allclose(found.w, [1.0, 0.5, 0.0], atol=1e-10)


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_of_nothing_at_the_faces_of_cones_has_prices_in_any_units(seed):
    """min Σ cⱼxⱼ + hⱼxⱼ³ over columns whose units differ by 1e12: nothing is best, its prices are c and h, which are dust beside one another."""
    rng = np.random.default_rng(seed)
    n = 4
    unit = 10.0 ** rng.integers(-6, 7, n)
    c, h = rng.integers(1, 6, n) / unit, rng.random(n) * 10.0 ** rng.integers(-4, 3) / unit**3
    rows, one, none = np.eye(2 * n), np.zeros((1, 2 * n)), np.zeros(n)
    F = np.vstack([np.vstack([rows[n + j], one, rows[j]]) for j in range(n)])
    asked = make_batch(
        np.r_[c, h],
        np.r_[rng.integers(1, 4, n) / unit, none][None],
        u=[5.0],
        lb=np.r_[none, np.full(n, -np.inf)],
        ub=np.r_[10.0 * unit, np.full(n, np.inf)],
        F=F,
        g=np.tile([0.0, 1.0, 0.0], n),
        cones=(Cone(ConeKind.POWER, 3, 1 / 3),) * n,
    )
    found = solve(asked)
    assert found.certificates.verified[0]
    assert not found.x[0].any()
    assert_allclose(found.z[0, :n], c, rtol=1e-9)


@pytest.mark.parametrize("seed", [0, 2, 7, 11, 18, 28, 31, 52])
def test_roots_of_dust_are_certified(seed):
    """min Σ cⱼxⱼ − kⱼ√xⱼ: x = (k/2c)², of which some are 1e-8 of others. Their cones hold, however small the price, and no x lies at 0, where the slope has no end."""
    rng = np.random.default_rng(seed)
    n = 5
    c, k = rng.integers(1, 6, n).astype(float), 10.0 ** rng.uniform(-3.5, 1, n)
    rows = np.eye(2 * n)
    asked = make_batch(
        np.r_[c, -k],
        np.r_[np.ones(n), np.zeros(n)][None],
        u=[20.0],
        lb=np.r_[np.zeros(n), np.full(n, -np.inf)],
        ub=np.r_[np.full(n, 50.0), np.full(n, np.inf)],
        F=np.vstack([np.vstack([rows[j], np.zeros((1, 2 * n)), rows[n + j]]) for j in range(n)]),
        g=np.tile([0.0, 0.5, 0.0], n),
        cones=(Cone(ConeKind.ROTATED, 3),) * n,
    )
    found = solve(asked)
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(-(k * k / (4 * c)).sum(), rel=1e-7)
    assert (found.x[0, :n] > 0).all()


@pytest.mark.parametrize("held", [True, False])
def test_a_cone_holds_that_alone_meets_a_column_whose_costs_nothing_else_meets(held):
    """Three epigraphs t ≥ ½ x² without prices: of the first t costs something; of the second it stands in a row too, which is slack, or meets the cost; the
    third costs nothing."""
    rows = np.eye(6)
    batch = make_batch(
        [1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]],
        l=[0.5],
        u=[9.0],
        lb=np.full(6, -np.inf),
        F=np.vstack([np.vstack([rows[j], np.zeros((1, 6)), rows[3 + j]]) for j in range(3)]),
        g=np.tile([0.0, 1.0, 0.0], 3),
        cones=(Cone(ConeKind.ROTATED, 3),) * 3,
    )
    none = np.zeros(6)
    height = 1.5 if held else 0.5
    point = ConicPoint(
        np.array([0.5, height, 0.5, 0.9, 0.9, 0.9]), np.array([0.0 if held else 1.0]), none, np.zeros(9)
    )
    assert Active.of(batch, point).smooth.tolist() == [True, held, False]
