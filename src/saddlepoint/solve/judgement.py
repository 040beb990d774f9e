"""What the certificates make of answers: what holds, what fails and in which words, which plans leave a doubt, and how a proof settles a claim."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.farkas import Proof
from saddlepoint.solve.route.claims.exact_claims import MEDIUM, rounding_of, strained
from saddlepoint.solve.solution import BoundBy, Certificates, Options, Solution, Status

CLAIMS = (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def in_doubt(
    batch: Batch, answers: Solution, found: Certificates, options: Options, walls: Callable[[], bool]
) -> Index:
    """Verified plans that break a row by more than a hair of its side: their terms may hide that there is none.

    walls: asked whether some scenario has bounds that are walls; all plans beside them are looked at.
    """
    s = batch.structure
    if s.is_conic or s.is_integer:
        return np.zeros(0, np.int64)
    walled = walls()
    near = found.verified & (answers.status == Status.OPTIMAL)
    where = np.flatnonzero(near & (walled | (found.rel_prim > rounding_of(batch))))
    if not len(where) or not (walled or s.m + s.n <= MEDIUM):
        return where[:0]
    return where[strained(batch.take(where), answers.x[where], options.tolerance)]


def failed(certificates: Certificates, s: int, options: Options, broken: str) -> str:
    """The residuals of a scenario that do not hold, or what else the certificate lacks."""
    names = {
        "rel_prim": "feasibility",
        "rel_dual": "the prices",
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


def settle(answers: Solution, found: Certificates, s: int, status: Status, proof: Proof) -> None:
    """Write what is proven of scenario s into its answer and certificate."""
    answers.messages.pop(s, None)
    _write_proof(answers, s, status, proof)
    found.rel_prim[s], found.rel_dual[s] = proof.rel_prim, proof.rel_dual
    found.gap[s] = found.unc[s] = 0.0
    found.verified[s] = True
    answers.messages.setdefault(s, status.sentence)


def _write_proof(answers: Solution, s: int, status: Status, proof: Proof) -> None:
    answers.status[s] = status
    answers.x[s] = answers.y[s] = answers.z[s] = answers.w[s] = np.nan
    if proof.x is not None:
        answers.x[s] = proof.x
    if proof.y is not None and proof.z is not None and proof.w is not None:
        answers.y[s], answers.z[s], answers.w[s] = proof.y, proof.z, proof.w
