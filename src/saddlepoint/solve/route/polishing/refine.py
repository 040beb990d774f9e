"""An answer that fails the certificate by rounding or by a solver's tolerance is made exact and judged again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.proof.certificate import fix_integers
from saddlepoint.solve.route.polishing.completion import completed
from saddlepoint.solve.route.polishing.cone_prices import priced
from saddlepoint.solve.route.polishing.lone_numbers import without_lone_numbers
from saddlepoint.solve.route.polishing.nudge import nudged
from saddlepoint.solve.route.polishing.rounding import (
    WORTHLESS,
    at_zero,
    with_reduced_costs,
    within_bounds,
    without_idle_prices,
    without_noise,
)
from saddlepoint.solve.solution import Certificates, Solution, Status

Judge = Callable[[Batch, Solution, Index, Array | None], Certificates]
"""Batch, answers, the positions of its scenarios, how far plans may be from an optimum → certificates."""

Misses = Callable[[Batch, Solution, Certificates], Index]
"""Which certified optima miss a row, or costs, by more than rounding."""

OFF = 5e-8
"""Part of its terms by which a plan of a problem with cones may miss a limit before the miss counts: solvers with cones leave that much."""


def moved(batch: Batch, answers: Solution) -> Array | None:
    """(S, n) the plans moved onto the bounds that they overstep; None where none is."""
    optimal = answers.status == Status.OPTIMAL
    if not optimal.any():
        return None
    inside = within_bounds(batch, answers.x)
    if inside is answers.x:
        return None
    return inside if optimal.all() else np.where(optimal[:, None], inside, answers.x)


def refine(
    batch: Batch, answers: Solution, found: Certificates, where: Index, judge: Judge, thorough: bool
) -> tuple[Solution, Certificates]:
    """Solution and certificates in which claims of optimality that failed are replaced by what holds.

    First numbers that may be rounding become zero, then those that break a row alone; then, if thorough, the conditions of the active set are solved.
    """
    attempts = (_snapped, polished) if thorough else (_snapped,)
    if batch.structure.is_conic:
        attempts = (_completed, _completed_and_calm, _settled, *attempts, _settled_alone)
    elif thorough:
        attempts = (_snapped, _emptied_rows, polished)
    conic = (
        _emptied_plan,
        _emptied,
        _emptied_and_settled,
        _cut,
        _emptied_and_priced,
        _cut_and_priced,
        _beside_reach,
    )
    for attempt in (*attempts, *conic) if thorough and batch.structure.is_conic else attempts:
        failed = np.flatnonzero((answers.status == Status.OPTIMAL) & ~found.verified)
        if not len(failed):
            break
        part = batch.take(failed)
        made, spread = attempt(part, answers.take(failed))
        judged = judge(part, made, where[failed], spread)
        better = np.flatnonzero(judged.verified)
        if len(better):
            answers = answers.put(failed[better], made.take(better))
            found = found.put(failed[better], judged.take(better))
    return answers, found


ROUGH = 1e-13
"""A gap or residual beyond which the plan of a quadratic optimum may be off by more than a millionth: it is known to the
root of that."""


def sharpened(
    batch: Batch, answers: Solution, found: Certificates, where: Index, judge: Judge
) -> tuple[Solution, Certificates]:
    """Certified quadratic optima made exact, where that is certified as well and leaves less."""
    rough = np.flatnonzero((answers.status == Status.OPTIMAL) & found.verified & (found.worst > ROUGH))
    if not len(rough) or not batch.structure.is_quadratic or batch.structure.is_conic:
        return answers, found
    part = batch.take(rough)
    made, spread = polished(part, answers.take(rough))
    judged = judge(part, made, where[rough], spread)
    better = np.flatnonzero(judged.verified & (judged.worst < found.worst[rough]))
    return answers.put(rough[better], made.take(better)), found.put(rough[better], judged.take(better))


def onto_cones(
    batch: Batch, answers: Solution, found: Certificates, where: Index, judge: Judge
) -> tuple[Solution, Certificates]:
    """Certified optima of problems with cones that miss a limit by more than `OFF`, made exact where that is certified and misses less."""
    off = np.flatnonzero((answers.status == Status.OPTIMAL) & found.verified & (found.rel_prim > OFF))
    if not len(off):
        return answers, found
    from saddlepoint.solve.route.polishing.polish_cones import made_exact

    for made_better in (_on_sides, made_exact):
        part = batch.take(off)
        made = made_better(part, answers.take(off))
        judged = judge(part, made, where[off], None)
        better = np.flatnonzero(judged.verified & (judged.rel_prim < found.rel_prim[off]))
        answers = answers.put(off[better], made.take(better))
        found = found.put(off[better], judged.take(better))
        off = off[found.rel_prim[off] > OFF]
        if not len(off):
            break
    return answers, found


def _on_sides(batch: Batch, answers: Solution) -> Solution:
    """The plans moved onto their rows, and heights onto the cones, beside prices that stay."""
    return completed(batch, replace(answers, x=nudged(batch, answers)[0].x))


def without_misses(
    batch: Batch,
    answers: Solution,
    found: Certificates,
    where: Index,
    missed: Index,
    judge: Judge,
    misses: Misses,
    *,
    briefly: bool = False,
) -> tuple[Solution, Certificates, Index]:
    """The optima `missed`, which miss rows or costs, moved onto them, and, unless briefly, those that still do made exact, where that is certified and misses nothing or less; and those
    that do in the end."""
    for attempt in (nudged,) if briefly else (nudged, polished):
        if not len(missed):
            break
        part, before = batch.take(missed), found.take(missed)
        made, spread = attempt(part, answers.take(missed))
        judged = judge(part, made, where[missed], spread)
        better = np.maximum(judged.rel_prim, judged.rel_dual) < np.maximum(before.rel_prim, before.rel_dual)
        still = ~judged.verified
        still[misses(part, made, judged)] = True
        better = np.flatnonzero(judged.verified & (better | ~still))
        answers = answers.put(missed[better], made.take(better))
        found = found.put(missed[better], judged.take(better))
        missed = missed[still]
    return answers, found, missed


def _completed(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return completed(batch, answers), None


def _completed_and_calm(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return completed(batch, without_idle_prices(batch, answers)), None


def _settled(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return completed(batch, with_reduced_costs(batch, answers, WORTHLESS)), None


def _settled_alone(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return with_reduced_costs(batch, answers, WORTHLESS), None


def _snapped(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return without_noise(batch, answers), None


def _emptied_rows(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    calm = without_noise(batch, answers)
    return replace(calm, x=without_lone_numbers(batch, calm.x)), None


def _emptied(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return at_zero(batch, answers, 1e-9), None


def _emptied_plan(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return replace(answers, x=at_zero(batch, answers, 1e-9).x), None


def _emptied_and_settled(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return with_reduced_costs(batch, at_zero(batch, answers, 1e-9), WORTHLESS), None


def _cut(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return at_zero(batch, answers, 1e-3), None


def _emptied_and_priced(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return priced(batch, at_zero(batch, answers, 1e-9)), None


def _cut_and_priced(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return priced(batch, at_zero(batch, answers, 1e-3)), None


def _beside_reach(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    return priced(batch, at_zero(batch, answers, 1e-9, reach=True)), None


def polished(batch: Batch, answers: Solution) -> tuple[Solution, Array | None]:
    """The answers made exact, and how far their plans may be from an optimum."""
    from saddlepoint.solve.route.polishing.polish import polish

    fixed = fix_integers(batch, answers.x)
    x, y, z, spread = answers.x.copy(), answers.y.copy(), answers.z.copy(), np.abs(answers.x)
    for s in range(batch.size):
        one = polish(fixed.take(np.array([s])), x[s], y[s], z[s])
        if one is not None:
            x[s], y[s], z[s], spread[s] = one.x, one.y, one.z, one.spread
    return replace(answers, x=x, y=y, z=z), spread
