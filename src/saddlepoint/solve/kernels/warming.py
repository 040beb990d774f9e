"""The smallest problem of each kernel, to compile it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.solve.kernels import cone, dispatch, fixed_point, qp, simplex, sparse, walks, waterfill
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.cache import KERNELS, KernelName
from saddlepoint.solve.kernels.conditions import Scales
from saddlepoint.solve.kernels.form import data, geometric_scales
from saddlepoint.solve.kernels.known_bases import KnownBases
from saddlepoint.solve.kernels.lanes import Lanes
from saddlepoint.solve.vertex import vertex_of


def warm_up(kernels: tuple[KernelName, ...] = KERNELS) -> None:
    """Compile these kernels now, or load them from disk; raises ImportError without numba."""
    for kernel in kernels:
        _run(kernel)


def _run(kernel: KernelName) -> None:
    """Solve one variable in one row with this kernel."""
    batch, basis = smallest(), Basis.slack(1, 1)
    match kernel:
        case "simplex":
            simplex.solve(batch, basis)
        case "lanes":
            given = data(batch, geometric_scales(batch), basis.codes)
            Lanes(given, KernelAnswer.blank(1, 1, 1), True).left_of(np.zeros(1, np.int64))
        case "sparse":
            sparse.solve(batch, basis)
        case "waterfill":
            waterfill.solve(batch)
        case "qp":
            qp.solve(batch, basis)
        case "known_bases":
            qp.solve(batch, basis, known=KnownBases(basis.codes[None], np.zeros(2, np.bool_)))
        case "fixed_point":
            one = np.ones((1, 1))
            group = np.zeros(1, np.int64)
            exchange = fixed_point.Exchange(
                offset=one, given=fixed_point.ScenarioMatrix.dense(one), group_x=group, group_w=group
            )
            fixed_point.solve(batch, exchange, basis=basis)
        case "cone":
            cone.solve(_smallest_cone())
        case "dispatch":
            ones = np.ones(1)
            dispatch.solve((ones,) * 6, Scales(0.0, 1.0, 1.0, 1.0), ones, ones)
        case "walks":
            found = vertex_of(batch, np.array([False, True]), np.zeros((1, 1)))
            assert found is not None
            line = walks.MovingNumbers.single(np.zeros(1, np.int64), np.ones(1), np.ones(1))
            walks.walk(walks.BasisDictionary.of(found).start(found, 0), line, line, 1)


def _smallest_cone() -> Batch:
    """min x  s.t.  0 ≤ x ≤ 1 as bounds, x ≥ ½ as a cone of one row."""
    one, none = smallest(), np.zeros((1, 0))
    structure = replace(
        one.structure, A=Pattern.empty(0, 1), F=one.structure.A, cones=(Cone(ConeKind.SECOND_ORDER, 1),)
    )
    return replace(one, structure=structure, A=none, l=none, u=none, F=one.A, g=np.full((1, 1), -0.5))


def smallest() -> Batch:
    """min x  s.t.  0 ≤ x ≤ 1 as a row and as bounds."""
    unit = Pattern((1, 1), np.array([0, 1], np.int32), np.array([0], np.int32))
    structure = Structure(
        P=Pattern.empty(1, 1), A=unit, F=Pattern.empty(0, 1), cones=(), integer=np.zeros(1, bool)
    )
    zero, one, none = np.zeros((1, 1)), np.ones((1, 1)), np.zeros((1, 0))
    return Batch(
        structure=structure,
        size=1,
        P=none,
        q=one,
        r=zero,
        A=one,
        l=zero,
        u=one,
        lb=zero,
        ub=one,
        F=none,
        g=none,
    )
