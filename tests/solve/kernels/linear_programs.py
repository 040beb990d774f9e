"""Linear programs for the tests of kernels, HiGHS beside them, and the conditions of optimality in our own arithmetic."""

from __future__ import annotations

import highspy
import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.solve.kernels.answer import KernelAnswer, Outcome

INF = np.inf
# words of HiGHS that are no answer; our own proof was checked just before
HIGHS_FAILED = ("Solve error", "Not Set", "Unknown")


def csc(A: np.ndarray) -> tuple[Pattern, np.ndarray]:
    """Pattern common to all scenarios of A (1|S, m, n) and the values."""
    mask = (A != 0).any(axis=0)
    columns, rows = np.nonzero(mask.T)
    return Pattern.of(rows, columns, A.shape[1:]), A[:, rows, columns]


def linear(A, q, l, u, lb, ub) -> Batch:
    arrays = [np.atleast_2d(np.asarray(v, float)) for v in (q, l, u, lb, ub)]
    A = np.asarray(A, float)
    A = A[None] if A.ndim == 2 else A
    pattern, values = csc(A)
    size = max(len(v) for v in (*arrays, values))
    q, l, u, lb, ub = arrays
    return Batch.linear(pattern, values, size=size, q=q, r=np.zeros((1, 1)), l=l, u=u, lb=lb, ub=ub)


def matrix(batch: Batch, s: int) -> np.ndarray:
    A = np.zeros(batch.structure.A.shape)
    A[batch.structure.A.indices, batch.structure.A.columns()] = batch.row("A", s)
    return A


def highs(batch: Batch, s: int) -> tuple[str, float]:
    n, m = batch.structure.n, batch.structure.m
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    # HiGHS's own default of 1e-7 would be the larger error in a comparison to 1e-9
    h.setOptionValue("primal_feasibility_tolerance", 1e-10)
    h.setOptionValue("dual_feasibility_tolerance", 1e-10)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, m
    # its tolerances are absolute: costs of 1e-6 would be nothing to it
    unit = float(np.abs(batch.row("q", s)).max()) or 1.0
    lp.col_cost_ = batch.row("q", s) / unit
    lp.col_lower_, lp.col_upper_ = batch.row("lb", s), batch.row("ub", s)
    lp.row_lower_, lp.row_upper_ = batch.row("l", s), batch.row("u", s)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = batch.structure.A.indptr
    lp.a_matrix_.index_ = batch.structure.A.indices
    lp.a_matrix_.value_ = batch.row("A", s)
    h.passModel(lp)
    h.run()
    if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        h.clearSolver()
        h.setOptionValue("presolve", "off")
        h.setOptionValue("primal_feasibility_tolerance", 1e-7)
        h.setOptionValue("dual_feasibility_tolerance", 1e-7)
        h.run()
    return h.modelStatusToString(h.getModelStatus()), h.getInfo().objective_function_value * unit


def kkt(batch: Batch, answer: KernelAnswer, s: int) -> float:
    """The largest violation of feasibility, stationarity, signs and complementarity, relative to the data."""
    A, q, l, u, lb, ub = matrix(batch, s), *(batch.row(k, s) for k in ("q", "l", "u", "lb", "ub"))
    x, y, z = answer.x[s], answer.y[s], answer.z[s]
    scale_d = max(np.abs(q).max(), np.abs(A.T * y).max(initial=0), 1e-300)
    sides = np.concatenate([l, u, lb, ub])
    given = np.abs(sides[np.isfinite(sides)]).max(initial=0)
    scale_p = max((np.abs(A) @ np.abs(x)).max(initial=0), np.abs(x).max(), given, 1e-12)
    worst = np.abs(q - A.T @ y - z).max() / scale_d
    for value, dual, low, high in ((A @ x, y, l, u), (x, z, lb, ub)):
        worst = max(
            worst, np.max(low - value, initial=0) / scale_p, np.max(value - high, initial=0) / scale_p
        )
        for v, d, a, b in zip(value, dual, low, high, strict=True):
            if d > 0:
                worst = max(worst, min(d / scale_d, abs(v - a) / scale_p if np.isfinite(a) else INF))
            elif d < 0:
                worst = max(worst, min(-d / scale_d, abs(v - b) / scale_p if np.isfinite(b) else INF))
    return worst


def proves_infeasible(batch: Batch, answer: KernelAnswer, s: int) -> bool:
    A, y, z = matrix(batch, s), answer.y[s], answer.z[s]
    l, u, lb, ub = (batch.row(k, s) for k in ("l", "u", "lb", "ub"))
    gain = 0.0
    for d, low, high in ((y, l, u), (z, lb, ub)):
        side = np.where(d > 0, low, np.where(d < 0, high, 0.0))
        gain += float(d @ side)
    return bool(
        np.abs(A.T @ y + z).max() <= 1e-9 * max(np.abs(y).max(initial=0), np.abs(z).max()) and gain > 0
    )


def is_ray(batch: Batch, answer: KernelAnswer, s: int) -> bool:
    A, x = matrix(batch, s), answer.x[s]
    tiny = 1e-9 * np.abs(x).max()
    for v, low, high in (
        (A @ x, *(batch.row(k, s) for k in "lu")),
        (x, batch.row("lb", s), batch.row("ub", s)),
    ):
        if (v[np.isfinite(low)] < -tiny).any() or (v[np.isfinite(high)] > tiny).any():
            return False
    return bool(batch.row("q", s) @ x < 0)


def claims_hold(batch: Batch, answer: KernelAnswer) -> None:
    """Every scenario is finished, its claim holds in our own arithmetic, and HiGHS says the same."""
    for s in range(batch.size):
        word, objective = highs(batch, s)
        match Outcome(answer.outcome[s]):
            case Outcome.DONE:
                assert kkt(batch, answer, s) <= 1e-9
                if word in HIGHS_FAILED:
                    continue
                assert word == "Optimal"
                size = max(abs(objective), float(np.abs(batch.row("q", s)) @ np.abs(answer.x[s])), 1e-300)
                assert abs(answer.objective[s] - objective) <= 1e-9 * size
            case Outcome.INFEASIBLE:
                assert proves_infeasible(batch, answer, s)
                assert "nfeasible" in word or word in HIGHS_FAILED
            case Outcome.UNBOUNDED:
                assert is_ray(batch, answer, s)
                assert "nbounded" in word or word in HIGHS_FAILED
            case other:
                raise AssertionError(f"unfinished: {other.name} where HiGHS says {word}")


def random_batch(seed: int) -> Batch:
    """Small integers (many ties), all kinds of bounds and rows, duplicate rows, data that vary or not."""
    rng = np.random.default_rng(seed)
    n, m, size = int(rng.integers(1, 9)), int(rng.integers(0, 7)), 6
    A = rng.integers(-3, 4, (m, n)) * (rng.random((m, n)) < rng.choice([0.4, 0.9])).astype(float)
    if m > 2:
        A[1] = A[0] * rng.choice([1.0, 2.0, -1.0])
    whole = rng.random() < 0.5
    draw = (lambda *k: rng.integers(-4, 5, k).astype(float)) if whole else (lambda *k: rng.normal(0, 3, k))
    x0 = draw(1, n) if rng.random() < 0.7 else draw(size, n)
    kinds_r, kinds_c = rng.integers(0, 5, m), rng.integers(0, 6, n)
    activity = x0 @ A.T
    if rng.random() < 0.2:
        activity = activity + draw(size, m)
    room = np.abs(draw(1, m))
    l = np.where(np.isin(kinds_r, (0, 2)), activity - room, np.where(kinds_r == 1, -INF, activity))
    l = np.where(kinds_r == 4, -INF, l)
    u = np.where(kinds_r == 0, INF, np.where(kinds_r == 3, activity, activity + room))
    lb = np.where(np.isin(kinds_c, (1, 5)), -INF, np.where(kinds_c == 3, x0, x0 - np.abs(draw(1, n))))
    ub = np.where(np.isin(kinds_c, (0, 5)), INF, np.where(kinds_c == 3, x0, x0 + np.abs(draw(1, n))))
    q = draw(size, n) if rng.random() < 0.7 else draw(1, n)
    if rng.random() < 0.4:
        A = A * np.exp(0.1 * rng.standard_normal((size, *A.shape)))
        wide = np.array([l.shape[0], u.shape[0]]).max()
        l, u = np.broadcast_to(l, (wide, m)), np.broadcast_to(u, (wide, m))
    scale = rng.choice([1.0, 1e-6, 1e6])
    return linear(A, q * scale, l, u, lb, ub) if n else random_batch(seed + 1)


def flows(seed: int, nodes: int = 24, arcs: int = 70, size: int = 9) -> Batch:
    """Flows with losses on some arcs, whole numbers (many ties): every third scenario asks for more than arcs can carry, every
    third pays for a circle without limit.

    Circles of arcs make bases without a triangular order. The last arc closes a circle with the first one.
    """
    rng = np.random.default_rng(seed)
    start, end = rng.integers(0, nodes, (2, arcs))
    end = np.where(start == end, (end + 1) % nodes, end)
    start[-1], end[-1] = end[0], start[0]
    gain = rng.choice([1.0, 0.5, 0.9], arcs)
    gain[[0, -1]] = 1.0
    A = np.zeros((nodes, arcs + 2 * nodes))
    np.subtract.at(A, (start, np.arange(arcs)), 1.0)
    np.add.at(A, (end, np.arange(arcs)), gain)
    A[:, arcs:] = np.hstack([np.eye(nodes), -np.eye(nodes)])
    need = rng.integers(-4, 5, (size, nodes)).astype(float)
    ub = np.where(rng.random((size, A.shape[1])) < 0.5, INF, rng.integers(1, 9, (size, A.shape[1])))
    ub[:, arcs:] = INF
    q = rng.integers(1, 6, (size, A.shape[1])) + np.repeat([0.0, 9.0], [arcs, 2 * nodes])
    ub[1::3], need[1::3, 0] = 2.0, 1000.0
    q[2::3, [0, arcs - 1]], ub[2::3, [0, arcs - 1]] = -1.0, INF
    return linear(A, q, need, need + rng.integers(0, 2, nodes), np.zeros(A.shape[1]), ub)
