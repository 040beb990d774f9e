"""The least change of some numbers with which a problem has a plan: the problem, with these numbers decided too."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram, bounds_without
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs_model import linear_model, silent_highs
from saddlepoint.solve.proof.residuals import measure
from saddlepoint.solve.route.stages.attempt import together
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array


LARGE = 20_000
"""Rows from which on movements are sought by interior points: the simplex method may take minutes over them."""
INTERIOR: Final = {"solver": "ipm"}
BRIEF = 10.0
"""Seconds of a look whether there is any hope."""
DUST = 1e-9
"""Effects of a lever below this part of the largest are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """Numbers that may be moved, k of them, each measured in a unit of its own.

    rhs: (R, k) what one unit adds to the constant side of every user's row; g: (rows of F, k) the same for cones; cost: (k,) > 0 of a unit; low ≤ 0 ≤ high:
    (k,) how far, in units.
    """

    rhs: csr_array
    g: csr_array
    cost: Array
    low: Array
    high: Array

    @property
    def size(self) -> int:
        return len(self.cost)


@dataclass(frozen=True, slots=True)
class LeastChange:
    """How far every lever is moved (k,), in its unit, and a plan (n,) that there is then; least: whether a certificate says that no cheaper movement does it."""

    by: Array
    x: Array
    least: bool = True


def least_change(
    bound: BoundProgram, levers: Levers, options: Options | None = None, within: Mask | None = None
) -> LeastChange | None:
    """The cheapest movement of the levers with which one scenario has a plan; None where none is found.

    bound: of one scenario; within: (n,) columns of the only parts to look at (None = all): the others must have a plan, and be asked whether
    they still have one after the movement. The objective is the cost of the movement alone, so that a linear problem stays
    linear and a basic answer moves few levers.
    """
    batch = _widened(bound, levers)
    if within is not None:
        return _within(batch, within, levers.size, options)
    shape = batch.structure
    if shape.m > LARGE and not (shape.is_integer or shape.is_quadratic or shape.is_conic):
        if _seems_hopeless(batch):
            return None
        options = replace(options or Options(), solver="highs", settings=INTERIOR)
    answer = solve(batch, options)
    if not answer.planned[0] and not _has_plan(batch, answer):
        return None
    n, k = bound.program.structure.n, levers.size
    x = answer.x[0]
    by = x[n : n + k] - x[n + k :]
    by = np.where(np.abs(by) < DUST * np.abs(by).max(initial=0.0), 0.0, by)
    return LeastChange(by, x[:n], least=bool(answer.planned[0]))


def _seems_hopeless(batch: Batch) -> bool:
    """Whether interior points say that no movement gives a plan: their word is enough to look elsewhere, and a proof of it would take longer than all else.
    In a thread that can be left."""

    def said() -> bool:
        highs = silent_highs({**INTERIOR, "run_crossover": "off", "time_limit": BRIEF})
        a = batch.structure.A
        sides = (batch.lb[0], batch.ub[0], batch.l[0], batch.u[0])
        highs.passModel(linear_model((a.indptr, a.indices, batch.A[0]), np.zeros(batch.structure.n), *sides))
        highs.run()
        return highs.getModelStatus().name == "kInfeasible"

    return together([said], Event())[0]


def _has_plan(batch: Batch, answer: Solution) -> bool:
    """Whether a plan keeps all relations, though its prices do not prove it the cheapest."""
    s, x = batch.structure, answer.x[:1]
    if answer.status[0] != Status.UNVERIFIED or s.is_integer or not np.isfinite(x).all():
        return False
    nothing = np.zeros((1, s.m)), np.zeros((1, s.n)), np.zeros((1, s.F.shape[0]))
    return bool(measure(batch, x, *nothing).rel_prim[0] <= Options().tolerance)


def _part(batch: Batch, matrix: Any, rows: Index, columns: Index) -> Batch:
    """The linear problem of some rows and columns; matrix: their entries."""
    pattern, values = _pattern(matrix)
    n = len(columns)
    structure = replace(
        batch.structure,
        P=Pattern.empty(n, n),
        A=pattern,
        F=Pattern.empty(0, n),
        integer=np.zeros(n, np.bool_),
    )
    parts = {name: getattr(batch, name)[:, columns] for name in ("q", "lb", "ub")}
    parts |= {name: getattr(batch, name)[:, rows] for name in ("l", "u")}
    return replace(batch, structure=structure, A=values[None], **parts)


def _within(batch: Batch, within: Mask, k: int, options: Options | None) -> LeastChange | None:
    """The least change of a widened problem, in some of its columns alone and the rows that these reach; x is not known elsewhere."""
    n = len(within)
    a = _sparse(batch.structure.A, batch.A[0]).tocsr()
    rows = np.flatnonzero(np.diff(a[:, np.flatnonzero(within)].tocsr().indptr))
    levers = np.flatnonzero(np.diff(a[rows][:, n:].tocsc().indptr))
    kept = np.concatenate([np.flatnonzero(within), n + levers])
    answer = solve(_part(batch, a[rows][:, kept], rows, kept), options)
    if not answer.planned[0]:
        return None
    x = np.full(n + 2 * k, np.nan)
    x[n:] = 0.0
    x[kept] = answer.x[0]
    by = x[n : n + k] - x[n + k :]
    return LeastChange(np.where(np.abs(by) < DUST * np.abs(by).max(initial=0.0), 0.0, by), x[:n])


def least_violation(
    bound: BoundProgram, options: Options | None = None, rows: Mask | None = None
) -> Array | None:
    """A plan (n,) that breaks the user's rows by as little as possible, each beside its own size; None without one. rows: (R,)
    those that may be broken (None = all)."""
    from scipy.sparse import csr_array, eye_array

    program = bound.program
    sides = np.abs(bound.rhs[0])
    size = np.maximum(
        np.where(np.isfinite(sides), sides, 0.0), 1.0
    )  # a row without a limit is broken by nothing
    unit: Any = csr_array(eye_array(len(size), format="csr") * size[None, :])
    unit = unit if rows is None else unit[:, np.flatnonzero(rows)]
    every = unit.shape[1]
    free = np.full(every, np.inf)
    none = csr_array((program.structure.F.shape[0], every))
    levers = Levers(rhs=csr_array(unit), g=none, cost=np.ones(every), low=-free, high=free)
    found = least_change(bound, levers, options)
    return None if found is None else found.x


def _widened(bound: BoundProgram, levers: Levers) -> Batch:
    """The scenario's problem over (x, δ⁺, δ⁻), its moved rows among the rows, with the cost of δ as objective."""
    from scipy.sparse import csc_array, hstack, vstack

    program, batch = bound.program, bound.batch
    s, k = program.structure, levers.size
    moved = np.asarray(abs(levers.rhs).sum(axis=1)).reshape(-1) > 0
    single = np.flatnonzero(moved & (program.row_of < 0))
    lower, upper = bounds_without(bound, moved & (program.row_of < 0))
    solver = np.flatnonzero(program.row_of >= 0)
    place = np.zeros(s.m, np.int64)
    place[program.row_of[solver]] = solver
    rows = np.concatenate([place, single])
    at = (program.scale[single], (np.arange(len(single)), program.col_of[single]))
    own = vstack([_sparse(s.A, batch.A[0]), csc_array(at, shape=(len(single), s.n))])
    shift = _without_dust(levers.rhs[rows])
    rhs = bound.rhs[0][single]
    gone = np.zeros(len(single), dtype=bool) if bound.absent is None else bound.absent[0][single]
    l = np.where(program.has_lower[single] & ~gone, rhs, -np.inf)
    u = np.where(program.has_upper[single] & ~gone, rhs, np.inf)
    a, av = _pattern(hstack([own, -shift, shift]))
    f, fv = _pattern(hstack([_sparse(s.F, batch.F[0]), levers.g, -levers.g]))
    structure = Structure(
        P=Pattern.empty(a.shape[1], a.shape[1]),
        A=a,
        F=f,
        cones=s.cones,
        integer=np.concatenate([s.integer, np.zeros(2 * k, dtype=bool)]),
    )
    return replace(
        batch,
        structure=structure,
        P=np.zeros((1, 0)),
        q=np.concatenate([np.zeros(s.n), levers.cost, levers.cost])[None],
        r=np.zeros((1, 1)),
        A=av[None],
        l=np.concatenate([batch.l[0], l])[None],
        u=np.concatenate([batch.u[0], u])[None],
        lb=np.concatenate([lower[0], np.zeros(2 * k)])[None],
        ub=np.concatenate([upper[0], levers.high, -levers.low])[None],
        F=fv[None],
        g=batch.g[:1],
    )


def _without_dust(matrix: Any) -> Any:
    """The matrix without entries that are nothing beside the largest: they would only ask for other units."""
    made = matrix.tocsc(copy=True)
    made.data[np.abs(made.data) < DUST * np.abs(made.data).max(initial=0.0)] = 0.0
    made.eliminate_zeros()
    return made


def _sparse(pattern: Pattern, values: Array) -> csc_array:
    from scipy.sparse import csc_array

    return csc_array((values, pattern.indices, pattern.indptr), shape=pattern.shape)


def _pattern(matrix: Any) -> tuple[Pattern, Array]:
    """A sparse matrix as a pattern and its numbers."""
    made = matrix.tocsc()
    made.sum_duplicates()
    made.eliminate_zeros()
    made.sort_indices()
    indptr, indices = made.indptr.astype(np.int32), made.indices.astype(np.int32)
    return Pattern(made.shape, indptr, indices), np.asarray(made.data, np.float64)
