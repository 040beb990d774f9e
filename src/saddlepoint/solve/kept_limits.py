"""By which part of themselves limits give way to certified plans: one function of plan and limits, whatever the problem and whoever was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof.exclusion import crossed
from saddlepoint.solve.route.claims.exact_claims import rounding_of
from saddlepoint.solve.route.polishing.refine import OFF
from saddlepoint.solve.solution import Certificates, Solution, Status, limits_give_way


def what_gives_way(batch: Batch, answers: Solution, gave: Mapping[int, bool]) -> tuple[Certificates, Notes]:
    """Certificates and messages of the answers with the part of themselves by which limits give way to those certified optima that miss one, as no plan is known
    that keeps all.

    gave: scenarios whose limits were made to give way → whether it is proven that they must. Of others it is proven where two sides leave nothing between
    them; with cones and whole numbers a miss beyond `OFF` is told without proof (less is what solvers leave), and any of bounds of whole numbers.
    """
    found = answers.certificates
    past = _past_whole_bounds(batch, answers.x)
    parts = np.fmax(found.rel_prim, past)
    missed = found.verified & (answers.status == Status.OPTIMAL) & (parts > found.gives_way)
    missed &= parts > rounding_of(batch)
    if not missed.any():
        return found, answers.messages
    apart = _apart(batch)
    known = np.zeros(batch.size, np.bool_)
    known[list(gave)] = True
    loose = (parts > OFF) & (batch.structure.is_conic or batch.structure.is_integer)
    told = np.flatnonzero(missed & (known | apart | loose | (past > 0.0)))
    rel_prim, gives_way, messages = found.rel_prim.copy(), found.gives_way.copy(), Notes(answers.messages)
    rel_prim[told] = gives_way[told] = parts[told]
    for s in told.tolist():
        messages[s] = limits_give_way(float(parts[s]), proven=bool(apart[s]) or gave.get(s, False))
    return replace(found, rel_prim=rel_prim, gives_way=gives_way), messages


def _past_whole_bounds(batch: Batch, x: Array) -> Array:
    """(S,) the part of itself, or of one, by which a whole number passes its bound by more than rounding; 0 where none does."""
    if not batch.structure.is_integer:
        return np.zeros(batch.size)
    from saddlepoint.solve.proof.integer_bound import SUMMED

    passed = np.maximum(batch.lb - x, x - batch.ub) / np.maximum(1.0, np.abs(x))
    parts: Array = np.where(batch.structure.integer, passed, 0.0).max(axis=1, initial=0.0)
    return np.where(parts > SUMMED, parts, 0.0)


def _apart(batch: Batch) -> Mask:
    """(S,) whether the two sides of a row or of a column leave nothing between them."""
    rows, columns = crossed(batch.l, batch.u, 0.0), crossed(batch.lb, batch.ub, 0.0)
    return np.broadcast_to(rows.any(axis=1) | columns.any(axis=1), batch.size)
