"""PIQP: linear and quadratic problems by a proximal interior point method, dense while small, sparse beyond."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.products import dense, sparse_matrix
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array
from saddlepoint.solve.adapters.cone_form import sides, sides_vary
from saddlepoint.solve.interfaces import in_turn, refused_among_settings, take_settings
from saddlepoint.solve.solution import Options, Solution, Status

DENSE_SIZE = 100
"""Largest rows + columns at which PIQP's dense solver is used."""
INFINITE = 1e30


def solve_piqp(batch: Batch, options: Options) -> Solution:
    """Solve every scenario in order with one persistent PIQP solver."""
    return in_turn(batch, lambda: PiqpSession(batch, options), options.stop)


def settings_of_piqp() -> frozenset[str]:
    """Names of the options that the installed PIQP knows."""
    import piqp

    return frozenset(name for name in dir(piqp.DenseSolver().settings) if not name.startswith("_"))


class PiqpSession:
    """One solver over the scenarios of a batch; rebuilt when other sides are finite or equal than before.

    Rows without sides are left out: PIQP would speak of them on stderr.
    """

    def __init__(self, batch: Batch, options: Options) -> None:
        import piqp

        self._batch, self._options = batch, options
        self._piqp: Any = piqp
        self._dense = batch.structure.n + batch.structure.m <= DENSE_SIZE
        self._vary = sides_vary(batch)
        self._solver: Any = None
        self._key: bytes | None = None
        self._equal = np.zeros(batch.structure.m, np.bool_)
        self._between = self._equal

    def solve(self, s: int, out: Solution) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        self._bring(s)
        word = self._solver.solve()
        result = self._solver.result
        out.iterations[s] = result.info.iter
        if word.name == "PIQP_INVALID_SETTINGS":
            raise refused_among_settings("piqp", self._options.settings, "invalid settings")
        status = _STATUSES.get(word.name, Status.ERROR)
        out.status[s] = status
        if status is not Status.OPTIMAL:
            out.messages[s] = f"PIQP: {word.name.removeprefix('PIQP_').lower().replace('_', ' ')}"
            return
        out.x[s], out.z[s], out.w[s] = result.x, result.z_bl - result.z_bu, 0.0
        out.y[s] = 0.0
        out.y[s, self._equal] = -result.y
        out.y[s, self._between] = result.z_l - result.z_u

    def _bring(self, s: int) -> None:
        b = self._batch
        key = sides(b, s) if self._vary or self._key is None else self._key
        arguments = self._vectors(s)
        if key != self._key:
            self._key = key
            l, u = b.row("l", s), b.row("u", s)
            self._equal = (l == u) & np.isfinite(l)
            self._between = ~self._equal & (np.isfinite(l) | np.isfinite(u))
            self._build()
            self._solver.setup(**self._matrices(s), **self._vectors(s))
            return
        changed = {name: value for name, value in arguments.items() if self._varies(name)}
        if len(b.A) > 1 or len(b.P) > 1:
            changed |= self._matrices(s)
        if changed:
            self._solver.update(**changed)

    def _build(self) -> None:
        self._solver = self._piqp.DenseSolver() if self._dense else self._piqp.SparseSolver()
        settings = self._solver.settings
        settings.verbose = self._options.verbose
        take_settings("piqp", settings, self._options.settings)

    def _varies(self, name: str) -> bool:
        return len(self._batch.q) > 1 if name == "c" else self._vary

    def _vectors(self, s: int) -> dict[str, Array]:
        b = self._batch
        l, u = b.row("l", s), b.row("u", s)
        between = self._between
        return {
            "c": b.row("q", s),
            "b": u[self._equal],
            "h_l": np.maximum(l[between], -INFINITE),
            "h_u": np.minimum(u[between], INFINITE),
            "x_l": np.maximum(b.row("lb", s), -INFINITE),
            "x_u": np.minimum(b.row("ub", s), INFINITE),
        }

    def _matrices(self, s: int) -> dict[str, Any]:
        b, structure = self._batch, self._batch.structure
        p, a = self._matrix(structure.P, b.row("P", s)), self._matrix(structure.A, b.row("A", s))
        if self._dense:
            p = p + np.triu(p, 1).T
            return {"P": np.asfortranarray(p)} | {
                name: np.asfortranarray(a[rows]) for name, rows in (("A", self._equal), ("G", self._between))
            }
        a = a.tocsr()
        return {"P": p, "A": a[self._equal].tocsc(), "G": a[self._between].tocsc()}

    def _matrix(self, pattern: Pattern, values: Array) -> Any:
        return dense(pattern, values) if self._dense else sparse_matrix(pattern, values)


_STATUSES = {
    "PIQP_SOLVED": Status.OPTIMAL,
    "PIQP_MAX_ITER_REACHED": Status.LIMIT,
    "PIQP_PRIMAL_INFEASIBLE": Status.INFEASIBLE,
    "PIQP_DUAL_INFEASIBLE": Status.UNBOUNDED,
}
