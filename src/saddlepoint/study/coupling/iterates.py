"""Raw answers of one sub-problem, kept while a loop is under way, and what they prove at the common point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import Coded, Notes
from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Index
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.proof.certificate import check_claims, plan_cost
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.route.stages.close_sides import Near, near_problem
from saddlepoint.solve.solution import Certificates, Method, Options, Solution, Status


def added(have: Solution, rows: Index, new: Solution) -> Solution:
    """The newest answers of all scenarios, those at `rows` replaced; iterations and seconds add up."""
    have, spent = _as_wide(have, new), have.take(rows)
    new = replace(new, iterations=spent.iterations + new.iterations, seconds=spent.seconds + new.seconds)
    return have.put(rows, new)


def _as_wide(have: Solution, new: Solution) -> Solution:
    """Without the vectors of a program that was compiled again with other rows or columns."""
    widths = {n: getattr(new, n).shape[1] for n in ("x", "y", "z", "w")}
    other = {n: k for n, k in widths.items() if getattr(have, n).shape[1] != k}
    return replace(have, **{n: np.full((have.size, k), np.nan) for n, k in other.items()}) if other else have


def certificates_at(
    batch: Batch, answers: Solution, tolerance: float, formulas: Formulas | None = None
) -> Certificates:
    """Whether plans, with their prices, are optimal for the batch's numbers and keep the formulas as they were written.

    The search of a mixed-integer plan is over: its bound is not looked at again. Where limits have to give way by a hair, as
    they had to where the answers were found, it is by those that the prices are judged.
    """
    a = answers
    found = _certified(batch, a, tolerance)
    for s in np.flatnonzero(~found.verified & (a.certificates.gives_way > 0)).tolist():
        at = np.array([s])
        near = near_problem(batch.take(at), Options(tolerance=tolerance))
        if isinstance(near, Near) and near.least:
            own, strict = _certified(near.batch, a.take(at), tolerance), found.rel_prim[at]
            held = own.verified & (strict <= tolerance)
            found = found.put(at, replace(own, rel_prim=strict, gives_way=strict, verified=held))
    held = np.flatnonzero(found.verified)
    if formulas is None or not len(held):
        return found
    broken = formulas.violation(a.x[held], held)
    found.rel_prim[held] = np.maximum(found.rel_prim[held], broken)
    off = formulas.edge(a.x[held], a.y[held], a.z[held], held, plan_cost(batch, a.x)[held])
    found.verified[held] &= (broken <= tolerance) & (off <= tolerance)
    return found


def _certified(batch: Batch, a: Solution, tolerance: float) -> Certificates:
    claimed = np.full(a.size, Status.OPTIMAL, np.int8)
    return check_claims(batch, a.x, a.y, a.z, a.w, claimed, plan_cost(batch, a.x), tolerance=tolerance)


def settled(
    batch: Batch,
    answers: Solution,
    status: NDArray[np.int8],
    certificates: Certificates,
    notes: Notes,
    formulas: Formulas | None = None,
) -> Solution:
    """The plans as answers to a batch, with the loop's verdicts as statuses and the objectives of the formulas."""
    cost = plan_cost(batch, answers.x)
    told = None if formulas is None else formulas.objective(answers.x, np.arange(answers.size))
    cost = cost if told is None else np.where(np.isfinite(told), told, cost)
    return replace(
        answers, status=status, objective=cost, bound=cost, certificates=certificates, messages=notes
    )


def kernel_solution(batch: Batch, answer: KernelAnswer, rows: Index) -> Solution:
    """The kernel's answers for some scenarios, certified like those of any solver."""
    found = replace(
        Solution.blank(batch.structure, len(rows), Status.OPTIMAL),
        x=answer.x[rows],
        y=answer.y[rows],
        z=answer.z[rows],
        w=np.zeros((len(rows), batch.structure.F.shape[0])),
        iterations=answer.iterations[rows],
        method=Coded.all(len(rows), Method("batch fixed point")),
    )
    return settled(batch, found, found.status, certificates_at(batch, found, Options().tolerance), Notes())


def no_iterates(structure: Structure, size: int) -> Solution:
    """Nothing known yet, not converged."""
    return Solution.blank(structure, size, Status.NOT_CONVERGED)
