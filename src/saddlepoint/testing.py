"""Conformance kit: what every solver and every operator must do, as functions that raise AssertionError.

For authors of solver adapters and operators; the package's own tests use it for all of its records.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.arrays import Array
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Nature, Operator, OperatorOptions
from saddlepoint.expr.value import sign_of
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import SolverRecord
from saddlepoint.solve.route.stages.solver_table import takes
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Case:
    """A batch whose answer is known. objective: (S,) of the minimisation, NaN where there is none; y: (S, m) row
    multipliers where they are unique, else None, right to `room`."""

    name: str
    batch: Batch
    status: tuple[Status, ...]
    objective: tuple[float, ...]
    _: KW_ONLY
    y: Array | None = None
    room: float = 1e-5


def batch(
    q: object,
    a: object,
    l: object,
    u: object,
    lb: object = 0.0,
    ub: object = np.inf,
    p: object = None,
    integer: object = False,
    f: object = None,
    g: object = None,
    cones: tuple[Cone, ...] = (),
) -> Batch:
    """A Batch from dense arrays: q (S, n) or (n,); a (m, n); l, u (S, m) or (m,); p (n, n); f (k, n), g (k,)."""
    costs = np.atleast_2d(np.asarray(q, dtype=np.float64))
    n = costs.shape[1]
    matrix = np.asarray(a, dtype=np.float64).reshape(-1, n)
    conic = np.zeros((0, n)) if f is None else np.asarray(f, dtype=np.float64)
    hessian = np.zeros((n, n)) if p is None else np.triu(np.asarray(p, dtype=np.float64))
    low, high = (np.atleast_2d(np.asarray(side, dtype=np.float64)) for side in (l, u))
    structure = Structure(
        P=_pattern(hessian),
        A=_pattern(matrix),
        F=_pattern(conic),
        cones=cones,
        integer=np.broadcast_to(np.asarray(integer, bool), n),
    )
    size = max(len(costs), len(low), len(high))
    lower, upper = (np.broadcast_to(np.asarray(side, dtype=np.float64), (1, n)) for side in (lb, ub))
    offset = np.zeros((1, len(conic))) if g is None else np.atleast_2d(np.asarray(g, dtype=np.float64))
    return Batch(
        structure=structure,
        size=size,
        P=_numbers(hessian),
        q=costs,
        r=np.zeros((1, 1)),
        A=_numbers(matrix),
        l=low,
        u=high,
        lb=lower,
        ub=upper,
        F=_numbers(conic),
        g=offset,
    )


def _pattern(matrix: Array) -> Pattern:
    columns, rows = np.nonzero(matrix.T)
    return Pattern.of(rows, columns, (matrix.shape[0], matrix.shape[1]))


def _numbers(matrix: Array) -> Array:
    columns, rows = np.nonzero(matrix.T)
    return matrix[rows, columns][None]


def solver_cases() -> Iterator[Case]:
    """Small problems of every class with known answers: both senses of rows, equalities, bounds, ranges, proofs."""
    inf, none = np.inf, float("nan")
    use = [[1.7, 3.5], [0.5, 1.2]]
    yield Case(
        "LP: product mix, four right-hand sides (prices of the last 10/29 and 24/29)",
        batch([-1.0, -2.2], use, [-inf, -inf], [[150, 60], [150, 90], [300, 60], [300, 90]]),
        (Status.OPTIMAL,) * 4,
        (-660 / 7, -660 / 7, -120.0, -5160 / 29),
        y=np.array([[-22 / 35, 0], [-22 / 35, 0], [0, -2], [-10 / 29, -24 / 29]]),
    )
    yield Case(
        "LP: ≥ and = rows, costs vary",
        batch([[1.0, 2.0], [2.0, 1.0]], [[1, 1], [1, -1]], [4, 1], [inf, 1]),
        (Status.OPTIMAL,) * 2,
        (5.5, 6.5),
        y=np.array([[1.5, -0.5], [1.5, 0.5]]),
    )
    yield Case(
        "LP: no plan in the second scenario",
        batch([1.0, 1.0], [[1, 1], [1, 1]], [[1, -inf], [3, -inf]], [[inf, 2], [inf, 2]]),
        (Status.OPTIMAL, Status.INFEASIBLE),
        (1.0, none),
    )
    yield Case("LP: no bound", batch([-1.0, 0.0], [[1, -1]], [-inf], [1]), (Status.UNBOUNDED,), (none,))
    yield Case(
        "QP: dispatch at two demands",
        batch([2.0, 3.0], [[1, 1]], [[10.0], [20.0]], [inf], 0, [8, 20], np.diag([1.0, 0.5])),
        (Status.OPTIMAL,) * 2,
        (43.0, 359 / 3),
        y=np.array([[6.0], [28 / 3]]),
    )
    yield Case(
        "SOCP: nearest point of a half-plane",
        batch(
            [0, 0, 1.0], [[1, 1, 0]], [2], [inf], -inf, inf, None, False,
            [[0, 0, 1], [1, 0, 0], [0, 1, 0]], [0, 0, 0], (Cone(ConeKind.SECOND_ORDER, 3),),
        ),
        (Status.OPTIMAL,),
        (2**0.5,),
        y=np.array([[2**-0.5]]),
    )  # fmt: skip
    yield Case(
        "MILP: knapsack",
        batch([-5.0, -4.0, -3.0], [[2, 3, 1]], [-inf], [[5], [3]], 0, 1, None, True),
        (Status.OPTIMAL,) * 2,
        (-9.0, -8.0),
    )
    yield from _curved_cases()
    yield from _hard_cases()


def _curved_cases() -> Iterator[Case]:
    """Exponential and power cones; the price of a row is the slope of the curve, found by an interior point to 1e-3 only."""
    inf = np.inf
    free = (-inf, inf, None, False)
    yield Case(
        "EXP: t ≥ exp(x), x ≥ 1 and x ≥ 0",
        batch(
            [0, 1.0], [[1, 0]], [[1], [0]], [inf], *free, [[1, 0], [0, 0], [0, 1]], [0, 1, 0],
            (Cone(ConeKind.EXPONENTIAL, 3),),
        ),
        (Status.OPTIMAL,) * 2,
        (float(np.e), 1.0),
        y=np.array([[np.e], [1.0]]),
        room=1e-3,
    )  # fmt: skip
    yield Case(
        "POW: t ≥ |x|³, x ≥ 2 and x ≥ 1",
        batch(
            [0, 1.0], [[1, 0]], [[2], [1]], [inf], *free, [[0, 1], [0, 0], [1, 0]], [0, 1, 0],
            (Cone(ConeKind.POWER, 3, 1 / 3),),
        ),
        (Status.OPTIMAL,) * 2,
        (8.0, 1.0),
        y=np.array([[12.0], [3.0]]),
        room=1e-3,
    )  # fmt: skip


def _hard_cases() -> Iterator[Case]:
    """No plan, no end, whole numbers without a plan; and answers after a scenario that had none."""
    inf, none = np.inf, float("nan")
    yield Case(
        "LP: costs and sides change, with a scenario in the middle that has no plan",
        batch([[1.0, 2], [1, 2], [3, 1]], [[1, 1]], [[1], [9], [2]], [inf], 0, 3),
        (Status.OPTIMAL, Status.INFEASIBLE, Status.OPTIMAL),
        (1.0, none, 2.0),
    )
    yield Case(
        "QP: no plan in the first scenario",
        batch([0.0, 0], [[1, 1]], [[5], [2]], [inf], 0, 2, np.diag([2.0, 2])),
        (Status.INFEASIBLE, Status.OPTIMAL),
        (none, 2.0),
    )
    yield Case(
        "QP: no end along what has no curvature",
        batch([0.0, -1], [[1, 0]], [-inf], [1], 0, inf, np.diag([2.0, 0])),
        (Status.UNBOUNDED,),
        (none,),
    )
    ball = ([[0, 0], [1, 0], [0, 1]], [1, 0, 0], (Cone(ConeKind.SECOND_ORDER, 3),))
    yield Case(
        "SOCP: a plan in the unit disc, and one beyond it",
        batch([1.0, 0], [[0, 1]], [[0.6], [2]], [inf], -inf, inf, None, False, *ball),
        (Status.OPTIMAL, Status.INFEASIBLE),
        (-0.8, none),
    )
    yield Case(
        "MILP: whole numbers, and too few of them",
        batch([1.0], [[2]], [[3], [19]], [inf], 0, 9, None, True),
        (Status.OPTIMAL, Status.INFEASIBLE),
        (2.0, none),
    )


def check_solver(record: SolverRecord) -> int:
    """Every known case of the classes and cones that the solver takes: status, objective, prices, certificate; how many were run.

    Raises AssertionError that names the case and what is wrong.
    """
    count = 0
    for case in solver_cases():
        if takes(record, case.batch.structure):
            _check_case(record, case)
            count += 1
    return count


def _check_case(record: SolverRecord, case: Case) -> None:
    found = solve(case.batch, Options(solver=record.name), table=(record,))
    where = f"{record.name}, {case.name}"
    words = [Status(int(s)).word for s in found.status]
    assert words == [s.word for s in case.status], f"{where}: statuses {words}"
    assert found.certificates.verified.all(), f"{where}: a certificate fails"
    wanted = np.array(case.objective)
    assert np.allclose(found.objective, wanted, rtol=TOLERANCE, atol=0, equal_nan=True), (
        f"{where}: objective {found.objective}, not {wanted}"
    )
    if case.y is not None:
        assert np.allclose(found.y, case.y, rtol=0, atol=case.room), (
            f"{where}: multipliers {found.y}, not {case.y}"
        )
    for s in range(case.batch.size):
        alone = solve(case.batch.take(np.array([s])), Options(solver=record.name), table=(record,))
        same = np.allclose(alone.objective, found.objective[s], rtol=TOLERANCE, equal_nan=True)
        assert same, f"{where}: scenario {s} alone gives {alone.objective}"


def check_operator(
    operator: Operator,
    draw: Callable[[np.random.Generator], tuple[Array, ...]],
    options: OperatorOptions | None = None,
    trials: int = 50,
) -> None:
    """What an operator claims about itself: sign, curvature, monotonicity, one value per scenario.

    draw: random arguments of the operator's domain, matrices (rows, cols). Raises AssertionError.
    """
    rng = np.random.default_rng(0)
    chosen = tuple(operator.options.values()) if options is None else options

    def value(*args: Array) -> Array:
        return operator.value(args, chosen)

    for _ in range(trials):
        left, right = _scenario(draw(rng)), _scenario(draw(rng))
        _check_sign(operator, left, value(*left))
        both = tuple(np.concatenate(pair) for pair in zip(left, right, strict=True))
        stacked = np.concatenate([value(*left), value(*right)])
        assert np.allclose(value(*both), stacked), (
            f"{operator.name}: scenarios together differ from one by one"
        )
        if operator.nature in (Nature.CONVEX, Nature.CONCAVE, Nature.LINEAR):
            _check_curvature(operator, value, left, right)
        if operator.monotone is not None:
            _check_monotone(operator, value, left, right)


def _scenario(matrices: tuple[Array, ...]) -> tuple[Array, ...]:
    """The arguments of one scenario, (1, rows, cols)."""
    return tuple(one if one.ndim == 3 else one[None] for one in matrices)


def _check_sign(operator: Operator, args: tuple[Array, ...], result: Array) -> None:
    claimed, seen = operator.sign(tuple(sign_of(a) for a in args)), sign_of(result)
    fits = claimed in (Sign.UNKNOWN, seen) or seen is Sign.ZERO
    assert fits, f"{operator.name}: claims {claimed.value}, but the value is {seen.value}"


def _check_curvature(
    operator: Operator, value: Callable[..., Array], left: tuple[Array, ...], right: tuple[Array, ...]
) -> None:
    middle = value(*((a + b) / 2 for a, b in zip(left, right, strict=True)))
    chord = (value(*left) + value(*right)) / 2
    room = 1e-9 * (1 + np.abs(chord))
    if operator.nature is not Nature.CONCAVE:
        assert (middle <= chord + room).all(), f"{operator.name}: is not convex between two points"
    if operator.nature is not Nature.CONVEX:
        assert (middle >= chord - room).all(), f"{operator.name}: is not concave between two points"


def _check_monotone(
    operator: Operator, value: Callable[..., Array], left: tuple[Array, ...], right: tuple[Array, ...]
) -> None:
    assert operator.monotone is not None
    directions = operator.monotone(
        tuple(sign_of(np.concatenate([a, b])) for a, b in zip(left, right, strict=True))
    )
    for k, direction in enumerate(directions):
        low, high = np.minimum(left[k], right[k]), np.maximum(left[k], right[k])
        step = value(*left[:k], high, *left[k + 1 :]) - value(*left[:k], low, *left[k + 1 :])
        ok = direction == 0 or bool((direction * step >= -1e-9 * (1 + np.abs(step))).all())
        assert ok, f"{operator.name}: is not monotone in argument {k + 1} as claimed ({direction:+d})"


def draws(
    shapes: Mapping[str, tuple[int, int]], low: float = 0.1, high: float = 3.0
) -> Callable[[np.random.Generator], tuple[Array, ...]]:
    """A drawer of uniform arguments, one of each shape (rows, cols)."""
    sizes = tuple(itertools.chain(shapes.values()))
    return lambda rng: tuple(rng.uniform(low, high, (1, *shape)) for shape in sizes)
