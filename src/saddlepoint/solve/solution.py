"""Answers: statuses as sentences, the arrays of a solved batch, certificates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from enum import IntEnum
from numbers import Real
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import Coded, Columnar, Notes
from saddlepoint.algebra.structure import Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import Diagnostic
from saddlepoint.records import dataclass


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
    FEASIBLE = 10

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def has_answer(self) -> bool:
        """Whether the answer is certified: optimal, or a fixed point."""
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
    Status.FEASIBLE: "Feasible: the plan satisfies all constraints; how far from the best it may be, bound and gap say.",
}


class BoundBy(IntEnum):
    """How the bound on the cost of every plan was obtained; `word` goes into tables, `sentence` to people."""

    NONE = 0
    OWN = 1
    SECOND_SOLVER = 2
    SECOND_RUN = 3
    SOLVER = 4

    @property
    def word(self) -> str:
        return "" if self is BoundBy.NONE else self.name.lower()

    @property
    def sentence(self) -> str:
        return _BOUNDS[self]

    @property
    def is_proof(self) -> bool:
        """Whether an integer answer may be called optimal by it: our arithmetic, or two solvers that agree. Two runs of
        one solver share its faults."""
        return self in (BoundBy.OWN, BoundBy.SECOND_SOLVER)


_BOUNDS: Mapping[BoundBy, str] = {
    BoundBy.NONE: "no bound is known",
    BoundBy.OWN: "proven by Saddlepoint's own arithmetic",
    BoundBy.SECOND_SOLVER: "two solvers agree",
    BoundBy.SECOND_RUN: "two different runs of one solver agree, which is no proof",
    BoundBy.SOLVER: "one solver's word, not proven",
}


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Which numbers an argument may be: those above 0, and, for a reason, below `below`."""

    below: float = math.inf
    reason: str = ""

    def finding(self, name: str, value: Any) -> Diagnostic | None:
        """What is wrong with the value of an argument: X111; None if nothing is."""
        if isinstance(value, bool) or not isinstance(value, Real) or not cast(float, value) > 0:
            message = f"{name} must be a positive number, not {value!r}"
            return Diagnostic("X111", message, fix="Give a number above 0.")
        if cast(float, value) >= self.below and self.below < math.inf:
            message = f"{name} must be below {self.below:g}, not {value!r}"
            return Diagnostic("X111", message, why=self.reason, fix=f"Give a number below {self.below:g}.")
        return None


POSITIVE: Final = NumberRange()
RANGES: Final[Mapping[str, NumberRange]] = {
    "workers": POSITIVE,
    "time_limit": POSITIVE,
    "memory_limit": POSITIVE,
    "tolerance": NumberRange(1.0, "such a certificate would call any answer right; 1e-6 is usual"),
}
"""Those of Options that are numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to solve. None = decided by the route.

    solver: a name of `solve.solvers()` (ours, or any that CVXPY reaches);
    settings: the solver's own options; time_limit: seconds per scenario; workers: threads (processes when
    solvers run apart); isolate: run native solvers in processes of their own, so that a crash or hang is one
    scenario's status; memory_limit: MB that such a process may take, which asks for them too; exact: prove linear and quadratic
    optima in rational arithmetic; price_ends: seek the left and right ends of all prices, however long it takes; stop: asked
    between scenarios and inside
    long solves whether to give up; tell: told now and then inside a long integer search what the best plan so far costs, and what no plan
    is below (inf, -inf: nothing yet), in the unit and sense of the Batch.
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
    price_ends: bool = False
    stop: Callable[[], bool] | None = field(default=None, repr=False, compare=False)
    tell: Callable[[float, float], None] | None = field(default=None, repr=False, compare=False)

    @property
    def hair(self) -> float:
        """Part of itself by which every side may give way before it is said that there is no plan; 0 where numbers are taken at their word."""
        return 0.0 if self.exact else self.tolerance

    @property
    def apart(self) -> bool:
        """Whether solvers are to run in processes of their own: asked for, or because their memory is limited."""
        return self.isolate or self.memory_limit is not None

    @property
    def names_solvers(self) -> bool:
        """Whether a solver, or settings that batch kernels do not have, are asked for."""
        return self.solver is not None or bool(self.settings)


@dataclass(frozen=True, slots=True)
class Method:
    """How an answer was found. solver: a solver or kernel; manner: what was done to help it (tight, scaled)."""

    solver: str
    manner: str = ""

    def __str__(self) -> str:
        return f"{self.solver}, {self.manner}" if self.manner else self.solver


NO_METHOD = Method("none")
NONE_KEEPS_ALL = "no plan keeps all sides, but nothing is proven of sides that give way by a hair; with a smaller tolerance they give way by less"
"""Said of whole numbers where a tree finds no plan, and one as soon as sides give way."""


def limits_give_way(part: float, *, proven: bool) -> str:
    """What is said of a plan whose limits give way by a part of themselves. proven: that none keeps them all; else none was found."""
    return f"no plan {'keeps' if proven else 'was found that keeps'} all limits to the last digit: they give way by up to {part:.1g} of themselves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates(Columnar):
    """Residuals of S answers, recomputed from the Batch by our own arithmetic; each of shape (S,), NaN = no answer.

    rel_prim, rel_dual, gap (signed, DIMACS error 5), unc: the four numbers that must be ≤ tolerance; for a
    scenario that is infeasible or unbounded they describe its Farkas vector or ray (rel_dual: Aᵀy, rel_prim: the
    cone or sign violation). gives_way: the part of themselves by which limits give way where no plan keeps all of them to the last digit (or none was found that does, as the message says), 0 where the answer passes by the limits as they
    are, NaN of what is infeasible or unbounded. verified: whether the claim of the status holds. What else is known of every scenario
    is one more field here: it is carried, stored and shown like these.
    """

    rel_prim: Array
    rel_dual: Array
    gap: Array
    unc: Array
    gives_way: Array
    verified: Mask

    @property
    def worst(self) -> Array:
        """(S,) the largest of the residuals that must be ≤ tolerance."""
        return np.max([np.abs(getattr(self, name)) for name in RESIDUALS], axis=0)

    @property
    def facts(self) -> Mapping[str, NDArray[Any]]:
        """Field → its numbers, for every field of one number per scenario."""
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: column for name, column in columns.items() if column.ndim == 1}


RESIDUALS = ("rel_prim", "rel_dual", "gap", "unc")
FACTS = tuple(f.name for f in fields(Certificates))
EFFORT = ("iterations", "seconds")
"""Fields of Solution that tell what an answer took: stored and shown of every scenario, and no difference between answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution(Columnar):
    """Answers to a Batch of S scenarios, always of the minimisation: first a solver's word, then what was proven of it.

    status: int8 (S,), values of Status; x: (S, n); y: (S, m) multipliers of the rows, ≥ 0 where the lower side
    acts and ≤ 0 where the upper side acts; z: (S, n) the same for the column bounds; w: (S, rows of F), in the
    dual cone; basic: (S, n + m) which columns and row activities are basic in the optimal basis of a linear problem, all False
    where none is known. Where there is no answer the numbers are NaN, except that an infeasible scenario holds its Farkas
    vector in (y, z, w) and an unbounded one its ray in x, if the solver gave one that passes the check.
    objective: (S,) of the minimisation; bound: (S,) lower bound on the cost of every plan (equals objective but with
    integers), NaN where none is known; bound_by: int8 (S,), values of BoundBy;
    iterations, seconds: (S,); method: how each was found; certificates: blank until certified; messages: scenario →
    the solver's own word where something went wrong; exact: scenario → the optimum proven in rational arithmetic, as a
    fraction, where that was asked for. Who makes a blank one fills its arrays; nobody else writes.
    """

    status: NDArray[np.int8]
    x: Array
    y: Array
    z: Array
    w: Array
    basic: Mask
    objective: Array
    bound: Array
    bound_by: NDArray[np.int8]
    iterations: Index
    seconds: Array
    method: Coded[Method]
    certificates: Certificates
    messages: Notes = field(default_factory=Notes)
    exact: Notes = field(default_factory=Notes)

    @classmethod
    def blank(cls, structure: Structure, size: int, status: Status = Status.ERROR) -> Solution:
        """Nothing known of S scenarios."""
        s = structure
        widths = {"x": s.n, "y": s.m, "z": s.n, "w": s.F.shape[0]}
        return cls.filled(
            size,
            status=np.full(size, status, np.int8),
            **{name: np.full((size, width), np.nan) for name, width in widths.items()},
            basic=np.zeros((size, s.n + s.m), np.bool_),
            seconds=np.zeros(size),
            method=Coded.all(size, NO_METHOD),
            certificates=Certificates.filled(size),
            messages=Notes(),
        )

    @property
    def size(self) -> int:
        return len(self.status)

    @property
    def effort(self) -> Mapping[str, NDArray[Any]]:
        """What each answer took: field → (S,)."""
        return {name: getattr(self, name) for name in EFFORT}

    @property
    def answered(self) -> Mask:
        """(S,) whether the scenario has a certified answer."""
        return has_answer(self.status)

    @property
    def planned(self) -> Mask:
        """(S,) whether there is a plan that satisfies all constraints: an answer, or one whose optimality is open."""
        return self.answered | (self.status == Status.FEASIBLE)

    @property
    def facts(self) -> Mapping[str, NDArray[Any]]:
        """What is known of the certificates of every scenario; no residuals where there is no plan that they could be of."""
        without = (self.status == Status.INFEASIBLE) | (self.status == Status.UNBOUNDED)
        known = dict(self.certificates.facts)
        return known | {name: np.where(without, np.nan, known[name]) for name in RESIDUALS}


def has_answer(status: NDArray[np.int8]) -> Mask:
    """(S,) whether a status stands for a certified answer."""
    return np.isin(status, (Status.OPTIMAL, Status.FIXED_POINT))
