"""Cones flattened by columns fixed to zero: what is left of them is said by bounds, and answers are certified."""

from dataclasses import replace

import numpy as np
import pytest

import saddlepoint
from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.solve.proof.flat_cones import without_flat_cones


def lab(goal: str, caps: np.ndarray, **limits: str):
    """Two columns up to caps (2, scenarios), one scenario after the other."""
    plan = {"coordinates": ["N", "S"], "variables_info": {"x": {"N": {"dim": "cols"}, "nonneg": True}}}
    given = {"coordinates": ["N", "S"], "variables_info": {"u": {"N": {"dim": "cols"}}}}
    rows = [{"cap": "x <= u"}, *({name: text} for name, text in limits.items())]
    return saddlepoint.define(
        sets={"N": {}, "S": {"split_problem": True}},
        variables={"plan": {"type": "endogenous", **plan}, "caps": {"type": "exogenous", **given}},
        problem={"objective": [goal], "expressions": rows},
        items={"N": ["a", "b"], "S": [f"s{k}" for k in range(caps.shape[1])]},
        data={"caps": caps},
    )


@pytest.mark.parametrize(
    ("curve", "weight", "best"),
    [
        ("sqrt(x)", 0.01, 2.5e-5),
        ("power(x, 0.8)", 0.3, 0.06 * 0.24**4),
        ("entr(x)", 0.3, 0.3 * np.exp(-13 / 3)),
        ("-rel_entr(x, 2)", 0.3, 0.6 * np.exp(-13 / 3)),
    ],
)
def test_a_root_of_what_is_fixed_to_zero_is_certified(curve, weight, best) -> None:
    """Costs of one less a curve; one column is without room in the first scenario."""
    goal = f"Minimize(sum(x) - {weight} * sum({curve}))"
    found = lab(goal, np.array([[5.0, 5.0], [0.0, 5.0]])).solve()
    assert list(found.certificates[""].columns["status"]) == ["optimal", "optimal"]
    assert found.table("plan").values.reshape(2, 2)[1, 0] == 0.0
    assert -found.objective[""] == pytest.approx([best, 2 * best], rel=1e-6)


def batch(kind: ConeKind, F: np.ndarray, g: np.ndarray, ub: np.ndarray) -> Batch:
    """Columns from 0 up, the last one free, with one cone."""
    n = F.shape[1]
    rows, columns = np.nonzero(F.T)[::-1]
    indptr = np.searchsorted(np.nonzero(F.T)[0], np.arange(n + 1)).astype(np.int32)
    none = Pattern((0, n), np.zeros(n + 1, np.int32), np.zeros(0, np.int32))
    square = Pattern((n, n), np.zeros(n + 1, np.int32), np.zeros(0, np.int32))
    structure = Structure(
        P=square,
        A=none,
        F=Pattern(F.shape, indptr, rows.astype(np.int32)),
        cones=(Cone(kind, len(F)),),
        integer=np.zeros(n, np.bool_),
    )
    lb = np.array([[0.0] * (n - 1) + [-np.inf]])
    empty = np.zeros((1, 0))
    return Batch(
        structure=structure, size=1, P=empty, q=np.ones((1, n)), r=np.zeros((1, 1)), A=empty, l=empty, u=empty,
        lb=lb, ub=ub[None], F=F[rows, columns][None], g=g[None],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "F", "g", "bounds"),
    [
        (ConeKind.ROTATED, [[2, 0], [0, 0], [0, -3]], [0, 0.5, 0], (0.0, 0.0)),
        (ConeKind.POWER, [[0, 0], [2, 0], [0, 1]], [1, 0, 0], (0.0, 0.0)),
        (ConeKind.EXPONENTIAL, [[0, 2], [1, 0], [0, 0]], [0, 0, 1], (-np.inf, 0.0)),
        (ConeKind.EXPONENTIAL, [[0, -2], [1, 0], [0, 0]], [0, 0, 1], (0.0, np.inf)),
        (ConeKind.ROTATED, [[0, 1], [0, 0], [3, 0]], [0, 0.5, 0], (0.0, np.inf)),
        (ConeKind.POWER, [[0, 0], [0, -1], [3, 0]], [1, 0, 0], (-np.inf, 0.0)),
        (ConeKind.SECOND_ORDER, [[0, 1], [3, 0], [0, 0]], [0, 0, 0], (0.0, np.inf)),
    ],
)
def test_bounds_say_what_is_left(kind, F, g, bounds) -> None:
    given = batch(kind, np.array(F, float), np.array(g, float), np.array([0.0, np.inf]))
    found = without_flat_cones(given)
    assert (found.lb[0, 1], found.ub[0, 1]) == bounds and not found.F.any()
    assert found.lb[0, 0] == found.ub[0, 0] == 0.0


@pytest.mark.parametrize(
    ("F", "g", "cap"),
    [
        ([[2, 0], [0, 0], [0, 1]], [0, 0.5, 0], 1.0),
        ([[2, 0], [0, 0], [0, 1]], [1, 0.5, 0], 0.0),
        ([[2, 0], [0, 0], [0, 1]], [0, 0.5, 3], 0.0),
        ([[2, 0], [0, 0], [0, 0]], [0, 0.5, 1], 0.0),
    ],
)
def test_what_is_not_flat_or_cannot_be_said_by_bounds_stays(F, g, cap) -> None:
    given = batch(ConeKind.ROTATED, np.array(F, float), np.array(g, float), np.array([cap, np.inf]))
    assert without_flat_cones(given) is given or (without_flat_cones(given).F == given.F).all()


def test_a_root_beyond_what_is_fixed_has_no_plan() -> None:
    found = lab("Minimize(sum(x))", np.zeros((2, 1)), need="sum(sqrt(x)) >= 1").solve()
    assert list(found.certificates[""].columns["status"]) == ["infeasible"]


@pytest.mark.parametrize("kind", ConeKind)
@pytest.mark.parametrize("seed", range(8))
def test_a_sweep_says_of_every_scenario_what_it_says_of_it_alone(kind, seed) -> None:
    """Two cones on shared columns, one after the other: what the first fixes, the second sees."""
    rng = np.random.default_rng(seed)
    scenarios, columns, moves = 40, 3, np.array([0.0, 1.0, 1.0])
    size = 3 if kind in (ConeKind.POWER, ConeKind.EXPONENTIAL) else 4
    one = batch(kind, np.ones((2 * size, columns)), np.zeros(2 * size), np.full(columns, np.inf))
    given = replace(
        one,
        structure=replace(one.structure, cones=(Cone(kind, size),) * 2),
        size=scenarios,
        F=rng.choice([0.0, 1.0, -2.0], (scenarios, one.F.shape[1]), p=[0.6, 0.25, 0.15]),
        g=rng.choice([0.0, 1.0], (scenarios, 2 * size), p=[0.9, 0.1]),
        lb=rng.choice([0.0, -1.0], (scenarios, columns), p=[0.8, 0.2]) * moves,
        ub=rng.choice([0.0, 2.0], (scenarios, columns)) * moves,
    )
    together = without_flat_cones(given)
    alone = [without_flat_cones(given.take(np.array([s]))) for s in range(scenarios)]
    assert together is not given
    for name in ("lb", "ub", "F", "g"):
        separate = np.concatenate([getattr(found, name) for found in alone])
        assert (getattr(together, name) == separate).all(), name
