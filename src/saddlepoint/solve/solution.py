"""Answers: statuses as sentences, the arrays of a solved batch, certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Status(IntEnum):
    """What is known of one scenario. `word` goes into tables, `sentence` to people."""

    OPTIMAL = 0
    FIXED_POINT = 1
    INFEASIBLE = 2
    UNBOUNDED = 3
    INFEASIBLE_OR_UNBOUNDED = 4
    LIMIT = 5
    UNVERIFIED = 6
    NOT_CONVERGED = 7
    CYCLE = 8
    ERROR = 9

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def has_answer(self) -> bool:
        """Whether the plan may be used: certified optimal, or a certified fixed point."""
        return self in (Status.OPTIMAL, Status.FIXED_POINT)


_SENTENCES: Mapping[Status, str] = {
    Status.OPTIMAL: "Optimal: the plan and its prices satisfy the optimality conditions within 1e-6.",
    Status.FIXED_POINT: "Fixed point: every sub-problem is optimal at the same point.",
    Status.INFEASIBLE: "Infeasible: no plan satisfies all constraints; see the constraints named by the certificate.",
    Status.UNBOUNDED: "Unbounded: the objective can be improved without end; a bound is missing along the ray named.",
    Status.INFEASIBLE_OR_UNBOUNDED: "Infeasible or unbounded: the solver could not tell which; try another solver.",
    Status.LIMIT: "A limit of time or iterations was reached before an answer; raise it or try another solver.",
    Status.UNVERIFIED: "Unverified: a solver answered, but its answer fails the independent check; do not use it.",
    Status.NOT_CONVERGED: "Not converged: the coupled sub-problems did not reach a common point within the limit.",
    Status.CYCLE: "Cycle: the coupled sub-problems repeat a sequence of points; try damping or another start.",
    Status.ERROR: "The solver failed or crashed; see the message of the scenario.",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How to solve. None = decided by the route.

    solver: a name of `solve.solvers()` ("highs", "clarabel", "piqp", "scipy:…", or any solver CVXPY reaches);
    settings: the solver's own options; time_limit: seconds per scenario; workers: threads (processes when
    isolate is True); memory_limit: MB that an isolated solver's process may take; isolate: run native solvers in processes of their own, so that a crash or hang is one
    scenario's status; exact: prove linear optima in rational arithmetic.
    """

    solver: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    time_limit: float | None = None
    workers: int = 1
    isolate: bool = False
    memory_limit: float | None = None
    verbose: bool = False
    tolerance: float = 1e-6
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Certificates:
    """Residuals of S answers, recomputed from the Batch by our own arithmetic; each of shape (S,), NaN = no answer.

    rel_prim, rel_dual, gap (signed, DIMACS error 5), unc: the four numbers that must be ≤ tolerance; for a
    scenario that is infeasible or unbounded they describe its Farkas vector or ray (rel_dual: Aᵀy, rel_prim: the
    cone or sign violation). verified: whether the claim of the status holds.
    """

    rel_prim: NDArray[np.float64]
    rel_dual: NDArray[np.float64]
    gap: NDArray[np.float64]
    unc: NDArray[np.float64]
    verified: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Solution:
    """Answers to a Batch of S scenarios, always of the minimisation.

    status: int8 (S,), values of Status; x: (S, n); y: (S, m) multipliers of the rows, ≥ 0 where the lower side
    acts and ≤ 0 where the upper side acts; z: (S, n) the same for the column bounds; w: (S, rows of F), in the
    dual cone. Where there is no answer the numbers are NaN, except that an infeasible scenario holds its Farkas
    vector in (y, z, w) and an unbounded one its ray in x, if the solver gave one that passes the check.
    objective: (S,) of the minimisation; bound: (S,) proven lower bound (equals objective but for MILP);
    iterations, seconds: (S,); route: per scenario, an index into `routes`, texts such as "highs" or "batch simplex";
    messages: scenario → the solver's own word where something went wrong.
    """

    status: NDArray[np.int8]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    w: NDArray[np.float64]
    objective: NDArray[np.float64]
    bound: NDArray[np.float64]
    iterations: NDArray[np.int64]
    seconds: NDArray[np.float64]
    route: NDArray[np.int16]
    routes: tuple[str, ...]
    certificates: Certificates
    messages: Mapping[int, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.status)
