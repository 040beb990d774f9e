"""What the certificates make of answers: what holds, what fails and in which words, which plans leave a doubt, and how a proof settles a claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import symmetric_times, times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.proof.certificate import check_claims, plan_cost, support_of_sides
from saddlepoint.solve.proof.convexity import strictly_convex
from saddlepoint.solve.proof.farkas import Proof
from saddlepoint.solve.proof.problem_size import MEDIUM, SMALL
from saddlepoint.solve.proof.residuals import ROUNDING, on_finite_sides
from saddlepoint.solve.proof.sizes import left_of_sums, row_terms
from saddlepoint.solve.route.claims.exact_claims import rounding_of, strained
from saddlepoint.solve.solution import NONE_KEEPS_ALL, BoundBy, Certificates, Options, Solution, Status

MET = 1e-9
"""Part of its terms by which a row may be missed before the miss counts; the same of the prices in a column."""
FEW = 1e-12
"""The same of small problems, whose optimum is known exactly where it is asked for; less of it counts where it is more than sums leave."""
WORTH = 1e-6
"""Part of the objective that a miss may be worth, of a row of a large problem, or of a cost on the way to a far bound."""

CLAIMS = (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def in_doubt(
    batch: Batch, answers: Solution, found: Certificates, options: Options, walls: Callable[[], bool]
) -> Index:
    """Verified plans that break a row by more than a hair of its side: their terms may hide that there is none.

    walls: asked whether some scenario has bounds that are walls; all plans beside them are looked at.
    """
    s = batch.structure
    if s.is_conic:
        return np.zeros(0, np.int64)
    walled = not s.is_integer and walls()
    near = found.verified & (answers.status == Status.OPTIMAL)
    where = np.flatnonzero(near & (walled | (found.rel_prim > rounding_of(batch))))
    if not len(where) or not (walled or s.m + s.n <= MEDIUM):
        return where[:0]
    return where[strained(batch.take(where), answers.x[where], options.tolerance)]


def that_miss(batch: Batch, answers: Solution, found: Certificates) -> Index:
    """Certified optima whose rows are missed, or of linear problems whose prices miss costs: of large ones rows alone, by what may be worth more
    than a millionth of an objective near nothing.

    What a cost that prices miss is worth is known where a bound ends its column. The price of a side that is missed may stand at another one
    beside it, so that no multiplier says what the miss is worth.
    """
    s = batch.structure
    if s.is_conic or s.is_integer:
        return np.zeros(0, np.intp)
    exactly = s.m + s.n <= (SMALL if s.is_quadratic else MEDIUM)
    certified = (answers.status == Status.OPTIMAL) & found.verified
    missed = found.rel_prim > (_shortest_row(batch) if exactly else MET)
    if exactly and len(near := np.flatnonzero(certified & missed)):
        missed[near] = _off_rows(batch.take(near), answers.x[near])
    if s.m + s.n <= MEDIUM and not s.is_quadratic:
        missed = missed | (found.rel_dual > MET)
    unsure = found.rel_dual > _shortest_column(batch)
    if exactly and s.is_quadratic:
        unsure |= _hidden(batch, answers.x).any(axis=1)
    if exactly and len(dear := np.flatnonzero(certified & ~missed & unsure)):
        missed[dear[_may_be_better(batch.take(dear), answers.take(dear))]] = True
    where = np.flatnonzero(certified & missed)
    if not len(where) or s.m + s.n <= MEDIUM:
        return where
    part, x = batch.take(where), answers.x[where]
    size = (np.abs(part.q) * np.abs(x)).sum(axis=1)
    return where[found.rel_prim[where] * size > WORTH * np.abs(plan_cost(part, x))]


def _shortest_row(batch: Batch) -> float:
    """Part of its terms that a row has to be missed by to be looked at: what the shortest sum leaves."""
    return float(left_of_sums(batch.structure.A).min(initial=np.inf))


def _shortest_column(batch: Batch) -> float:
    """The same of a cost."""
    return float(left_of_sums(batch.structure.A, transposed=True).min(initial=np.inf))


def _straight(batch: Batch) -> Mask:
    """(n,) the columns without curvature."""
    s = batch.structure
    straight = np.ones(s.n, np.bool_)
    straight[[*s.P.indices, *s.P.columns()]] = False
    return straight


def _off_rows(batch: Batch, x: Array) -> Mask:
    """(S,) whether a row is missed by more than its sum leaves, or by more than a part FEW of its largest term and side."""
    a = batch.structure.A
    value = times(a, batch.A, x)
    miss = np.maximum(batch.l - value, value - batch.u)
    side = np.abs(np.where(value < batch.l, batch.l, batch.u))
    rows = np.asarray(np.any(miss > 0, axis=0), np.bool_)
    largest = np.maximum(row_terms(a, batch.A, x, rows), np.where(miss > 0, side, 0.0))
    leaves = left_of_sums(a) * times(a, np.abs(batch.A), np.abs(x))
    return np.asarray((miss > np.minimum(leaves, FEW * largest)).any(axis=1), np.bool_)


def _may_be_better(batch: Batch, answers: Solution) -> Mask:
    """(S,) whether what prices leave of costs beyond what their sums leave, times the way to the bound that it points to, is more than a part WORTH of the objective: a bound
    of 1e13 is far, and may be worth going to.

    A way without end along which nothing is curved may be worth anything: rows a hair apart end it, or make it long.
    """
    left, way, seen = _unpaid(batch, answers)
    ends = np.isfinite(way)
    worth = (np.abs(left) * np.where(ends & seen, np.maximum(way, 0.0), 0.0)).sum(axis=1)
    better = worth > WORTH * _size(batch, answers.x)
    better |= _goes_on(batch, ~ends & (seen | _hidden(batch, answers.x)))
    return np.asarray(better, np.bool_)


def _unpaid(batch: Batch, answers: Solution) -> tuple[Array, Array, Mask]:
    """What prices leave of costs, the way to the bound that it points to, and whether it is more than its sum leaves, (S, n) each."""
    s, x, y = batch.structure, answers.x, on_finite_sides(answers.y, batch.l, batch.u)
    left = batch.q + symmetric_times(s.P, batch.P, x) - transposed_times(s.A, batch.A, y)
    terms = np.abs(batch.q) + symmetric_times(s.P, np.abs(batch.P), np.abs(x))
    terms = terms + transposed_times(s.A, np.abs(batch.A), np.abs(y))
    seen = np.abs(left) > np.minimum(left_of_sums(s.A, transposed=True), FEW) * terms
    return left, np.where(left > 0, x - batch.lb, batch.ub - x), seen


def _hidden(batch: Batch, x: Array) -> Mask:
    """(S, n) the columns whose cost is less than what their curvature leaves where the plan is far away: nothing in floats says whether it is paid."""
    pattern, size = batch.structure.P, np.abs(batch.q)
    leaves = left_of_sums(pattern, transposed=True)
    most = (
        pattern.shape[0] * np.abs(batch.P).max(initial=0.0) * np.abs(x).max(initial=0.0, where=np.isfinite(x))
    )
    if leaves.max(initial=0.0) * most < size.min(initial=np.inf, where=size > 0):
        return np.zeros(x.shape, np.bool_)
    hides = leaves * symmetric_times(pattern, np.abs(batch.P), np.abs(x))
    return np.asarray((size > 0) & (size <= hides), np.bool_)


def _goes_on(batch: Batch, endless: Mask) -> Mask:
    """(S,) whether costs may fall on and on along the columns of which `endless` (S, n) says so: one has no curvature, or all together have none in some direction."""
    on = np.asarray((endless & _straight(batch)).any(axis=1), np.bool_)
    asked = np.flatnonzero(endless.any(axis=1) & ~on)
    if len(asked):
        on[asked] = ~strictly_convex(batch.structure.P, batch.take(asked).P)
    return on


def worse_than(one: Batch, x: Array, best: Array) -> float:
    """By which part of itself the objective of a plan x (1, n) differs from that of the best."""
    return float(
        abs(plan_cost(one, x) - plan_cost(one, best))[0] / max(_size(one, best)[0], np.finfo(np.float64).tiny)
    )


def _size(batch: Batch, x: Array) -> Array:
    """(S,) what differences of objectives are measured by."""
    return np.abs(plan_cost(batch, x)) + ROUNDING * (np.abs(batch.q) * np.abs(x)).sum(axis=1)


def may_be_endless(batch: Batch, answers: Solution, found: Certificates) -> Index:
    """Verified plans of linear and of small quadratic problems whose prices miss the costs of a column without two bounds: along it costs may fall without end."""
    s = batch.structure
    if s.is_conic or s.is_integer or s.m + s.n > (SMALL if s.is_quadratic else MEDIUM):
        return np.zeros(0, np.int64)
    open_ended = ~(np.isfinite(batch.lb) & np.isfinite(batch.ub)).all(axis=1)
    near = found.verified & (answers.status == Status.OPTIMAL) & open_ended
    if not s.is_quadratic:
        return np.flatnonzero(near & (found.rel_dual > MET))
    hidden = _hidden(batch, answers.x)
    where = np.flatnonzero(near & ((found.rel_dual > _shortest_column(batch)) | hidden.any(axis=1)))
    part = batch.take(where)
    _, way, seen = _unpaid(part, answers.take(where))
    return where[_goes_on(part, ~np.isfinite(way) & (seen | hidden[where]))]


def failed(certificates: Certificates, s: int, options: Options, broken: str) -> str:
    """The residuals of a scenario that do not hold, or what else the certificate lacks."""
    names = {
        "rel_prim": "feasibility",
        "rel_dual": "the optimality of the prices",
        "gap": "the gap between plan and prices",
        "unc": "the uncertainty of the objective",
    }
    limits = dict.fromkeys(names, options.tolerance)
    held = {field: abs(float(getattr(certificates, field)[s])) for field in names}
    failed = [
        f"{names[f]} {'is not known' if np.isnan(v) else f'is off by {v:.1e}'} ({f} ≤ {limits[f]:.0e} fails)"
        for f, v in held.items()
        if not v <= limits[f]
    ]
    failed += [broken] if broken else []
    return f"{', '.join(failed) or 'the proof does not hold'}; do not use it"


def certified(batch: Batch, answers: Solution, options: Options, spread: Array | None = None) -> Certificates:
    """The certificates of answers; that an integer problem has no plan is proven where our own tree says so (bound inf)."""
    found = check_claims(
        batch,
        answers.x,
        answers.y,
        answers.z,
        answers.w,
        answers.status,
        answers.bound,
        tolerance=options.tolerance,
        hair=options.hair,
        spread=spread,
    )
    own = (
        (answers.status == Status.INFEASIBLE) & (answers.bound_by == BoundBy.OWN) & np.isposinf(answers.bound)
    )
    for numbers in (found.rel_prim, found.rel_dual, found.gap, found.unc):
        numbers[own] = 0.0
    found.verified[own] = True
    return found


def with_whole_prices(batch: Batch, answers: Solution) -> Solution:
    """The answers with what is left of the costs of integers as their reduced costs, as at integers that are fixed."""
    s = batch.structure
    if not s.is_integer:
        return answers
    left = batch.q + symmetric_times(s.P, batch.P, answers.x)
    left = left - transposed_times(s.A, batch.A, answers.y) - transposed_times(s.F, batch.F, answers.w)
    return replace(answers, z=np.where(s.integer, left, answers.z))


def settle(answers: Solution, found: Certificates, s: int, status: Status, proof: Proof) -> None:
    """Write what is proven of scenario s into its answer and certificate."""
    answers.messages.pop(s, None)
    _write_proof(answers, s, status, proof)
    found.rel_prim[s], found.rel_dual[s] = proof.rel_prim, proof.rel_dual
    found.gap[s] = found.unc[s] = 0.0
    found.gives_way[s] = np.nan
    found.verified[s] = True
    answers.messages.setdefault(s, status.sentence)


def _write_proof(answers: Solution, s: int, status: Status, proof: Proof) -> None:
    answers.status[s] = status
    answers.x[s] = answers.y[s] = answers.z[s] = answers.w[s] = np.nan
    if proof.x is not None:
        answers.x[s] = proof.x
    if proof.y is not None and proof.z is not None and proof.w is not None:
        answers.y[s], answers.z[s], answers.w[s] = proof.y, proof.z, proof.w


def normalise_proofs(batch: Batch, answers: Solution) -> None:
    """Farkas vectors of value one, wherever they come from."""
    where = np.flatnonzero((answers.status == Status.INFEASIBLE) & answers.certificates.verified)
    if not len(where):
        return
    part, y, z, w = batch.take(where), answers.y[where], answers.z[where], answers.w[where]
    sides = support_of_sides(y, part.l, part.u) + support_of_sides(z, part.lb, part.ub)
    value = sides - (w * part.g).sum(axis=1)
    value = np.where(value > 0, value, 1.0)[:, None]
    answers.y[where], answers.z[where], answers.w[where] = y / value, z / value, w / value


def doubt_claims(batch: Batch, answers: Solution) -> None:
    """Claims without proof have no numbers, and are said to be none."""
    for s in np.flatnonzero(np.isin(answers.status, CLAIMS) & ~answers.certificates.verified).tolist():
        said = Status(int(answers.status[s])).word.replace("_", " ")
        answers.x[s] = answers.y[s] = answers.z[s] = answers.w[s] = np.nan
        if answers.messages.get(s) != NONE_KEEPS_ALL:
            by_search = f"{said} by search of the solver, not proven"
            by_proof = f"the solver says {said}, but its proof does not hold"
            answers.messages[s] = by_search if batch.structure.is_integer else by_proof
        answers.status[s] = Status.UNVERIFIED
