"""A limit on a sum over many rows: shown infeasible by simplex steps, its ray from a run without presolve, its set irreducible."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array, eye_array, hstack, vstack

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.adapters.highs import HighsSession
from saddlepoint.solve.diagnosis import conflict
from saddlepoint.solve.diagnosis.conflict import irreducible_set
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.solution import Options, Solution, Status

HOURS = 1_500


def limited(limit: float) -> Batch:
    """Demand met from a dirty and a roofed clean source and a store, of which the first has a limit over all hours."""
    draw = np.random.default_rng(4)
    one = eye_array(HOURS, format="csc")
    before = csc_array((np.ones(HOURS), (np.arange(HOURS), (np.arange(HOURS) - 1) % HOURS)))
    balance = hstack([one, one, -one, one, 0 * one])
    level = hstack([0 * one, 0 * one, -0.9 * one, one / 0.9, one - before])
    cap = hstack([csc_array(np.ones((1, HOURS))), csc_array((1, 4 * HOURS))])
    a = vstack([balance, level, cap], format="csc")
    demand = draw.uniform(60, 140, HOURS)
    clean = np.clip(70 + 60 * np.sin(np.arange(HOURS) / 9), 5, None)
    ub = np.concatenate([np.full(HOURS, 150.0), clean, np.full(2 * HOURS, 40.0), np.full(HOURS, 150.0)])
    q = np.concatenate(
        [np.full(HOURS, 20.0), draw.uniform(0, 2, HOURS), np.full(2 * HOURS, 0.1), np.zeros(HOURS)]
    )
    l = np.concatenate([demand, np.zeros(HOURS), [-np.inf]])
    u = np.concatenate([demand, np.zeros(HOURS), [limit]])
    return batch_of_matrices(q, a, l=l, u=u, lb=np.zeros(5 * HOURS), ub=ub)


def test_the_set_of_a_limit_over_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = limited(20_000.0)
    session, out = HighsSession(batch, Options()), Solution.blank(batch.structure, 1)
    presolve = session._highs.getOptionValue("presolve")[1]  # pyright: ignore[reportPrivateUsage]
    session.solve(0, out)
    assert out.status[0] == Status.INFEASIBLE
    assert np.abs(out.y[0]).max() > 0
    assert session._highs.getOptionValue("presolve")[1] == presolve  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(conflict, "MANY_COLUMNS", 100)
    monkeypatch.setattr(conflict, "solve", lambda *_: pytest.fail("no solver is needed"))
    found = irreducible_set(batch, out)
    assert found is not None
    assert (found.proven, found.by) == (True, "algebra")
    assert found.y[2 * HOURS] < 0


def test_what_cancels_is_asked_of_a_solver() -> None:
    batch = limited(20_000.0)
    y, z = np.zeros(batch.structure.m), np.zeros(batch.structure.n)
    y[0], y[2 * HOURS] = 20_000.0 * (1 + 1e-9) / batch.l[0, 0], -1.0
    cancels = conflict._cancels  # pyright: ignore[reportPrivateUsage]
    assert cancels(batch, conflict.Support(y, z, proven=True))
    y[0] *= 1.1
    assert not cancels(batch, conflict.Support(y, z, proven=True))
