"""Raw answers of one sub-problem, kept while a loop is under way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch
from saddlepoint.compile.program import Program
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.proof.certificate import certify, plan_cost
from saddlepoint.solve.solution import Certificates, Solution, Status
from saddlepoint.study.coupling.coupling import Floats, Index


@dataclass(slots=True)
class Iterates:
    """The newest raw answers of one part, for all scenarios."""

    x: Floats
    y: Floats
    z: Floats
    w: Floats
    status: NDArray[np.int8]
    iterations: Index
    seconds: Floats
    route: NDArray[np.int16]
    routes: tuple[str, ...] = ()

    @classmethod
    def blank(cls, size: int, program: Program) -> Iterates:
        s = program.structure
        x, y, z, w = (np.full((size, k), np.nan) for k in (s.n, s.m, s.n, s.F.shape[0]))
        status = np.full(size, Status.NOT_CONVERGED, np.int8)
        return cls(x, y, z, w, status, np.zeros(size, np.int64), np.zeros(size), np.zeros(size, np.int16))

    def put(self, rows: Index, solution: Solution) -> None:
        for name in ("x", "y", "z", "w"):
            have, new = getattr(self, name), getattr(solution, name)
            if have.shape[1] != new.shape[1]:
                setattr(self, name, np.full((len(have), new.shape[1]), np.nan))
            getattr(self, name)[rows] = new
        self.status[rows] = solution.status
        self.iterations[rows] += solution.iterations
        self.seconds[rows] += solution.seconds
        self.routes = tuple(dict.fromkeys((*self.routes, *solution.routes)))
        place = np.array([self.routes.index(r) for r in solution.routes] or [0], np.int16)
        self.route[rows] = place[solution.route]

    def certificates(self, batch: Batch, rows: Index, tolerance: float) -> Certificates:
        """Whether the plans of some scenarios, with their prices, are optimal for the batch's numbers.

        The search of a mixed-integer plan is over: its bound is not looked at again.
        """
        x = self.x[rows]
        claimed = np.full(len(rows), Status.OPTIMAL, np.int8)
        return certify(
            batch,
            x,
            self.y[rows],
            self.z[rows],
            self.w[rows],
            claimed,
            plan_cost(batch, x),
            tolerance=tolerance,
        )

    def solution(
        self, batch: Batch, status: NDArray[np.int8], certificates: Certificates, notes: dict[int, str]
    ) -> Solution:
        """The plans as answers to a batch, with the loop's verdicts as statuses."""
        objective = plan_cost(batch, self.x)
        return Solution(
            status,
            self.x,
            self.y,
            self.z,
            self.w,
            objective,
            objective,
            self.iterations,
            self.seconds,
            self.route,
            self.routes or ("none",),
            certificates,
            notes,
        )


def kernel_solution(batch: Batch, answer: KernelAnswer, rows: Index) -> Solution:
    """The kernel's answers for some scenarios, checked like those of any solver."""
    claimed = np.full(len(rows), Status.OPTIMAL, np.int8)
    x, y, z = answer.x[rows], answer.y[rows], answer.z[rows]
    w = np.zeros((len(rows), batch.structure.F.shape[0]))
    cost = plan_cost(batch, x)
    certificates = certify(batch, x, y, z, w, claimed)
    nothing = np.zeros(len(rows))
    route = np.zeros(len(rows), np.int16)
    iterations = answer.iterations[rows]
    names = ("batch fixed point",)
    return Solution(claimed, x, y, z, w, cost, cost, iterations, nothing, route, names, certificates)
