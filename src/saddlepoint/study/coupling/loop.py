"""Block Gauss–Seidel from one start under one scheme.

A loop under way is one frozen record, and everything that happens to it a function from record to record: `init`, `step`
while not `terminate`, `finish`.

Source: Bertsekas & Tsitsiklis, "Parallel and Distributed Computation" (1989), §3.2: the newest values of the others
within a sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import SaddleError
from saddlepoint.solve.label import Answer, label
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Solution, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import (
    LONGEST,
    Coupled,
    Coupling,
    JointProof,
    Progress,
    Scheme,
    State,
    Trace,
    joint_sense,
)
from saddlepoint.study.coupling.iterates import added, certificates_at, kernel_solution, settled
from saddlepoint.study.coupling.kernel_loop import KernelLoop, in_kernel
from saddlepoint.study.coupling.loop_state import (
    Loop,
    LoopState,
    leaving,
    nothing_swept,
    put_rows,
    recorded_changes,
    watched,
)
from saddlepoint.study.coupling.norms import change, threshold
from saddlepoint.study.coupling.schemes import SCHEMES, cycles, signature
from saddlepoint.study.coupling.standing import falls, largest_movement, largest_sizes, stands

DIVERGED = 1e6
"""Growth since the first sweep after which numbers that no solver takes are called divergence."""


def iterate(
    blocks: Sequence[Block],
    start: State,
    settings: Coupling,
    progress: Progress | None = None,
    first: int = 0,
) -> Coupled:
    """Sweep until every scenario is a certified fixed point, a cycle, without answer, or at the limit.

    first: the block with which the first sweep begins (the ones before keep the start's values). A scenario below
    its thresholds whose certificate fails goes on until the limit; without one, while the sweeps bring it nearer.
    """
    loop = Loop(tuple(blocks), settings, watched(blocks, settings))
    now = init(loop, start, kernel=first == 0)
    size = len(now.status)
    for sweep in range((LONGEST if settings.limit is None else settings.limit) + 1):
        now = now if sweep <= settings.sweeps else _nearing(now)
        if terminate(now):
            break
        now = step(loop, now, sweep, first if sweep == 0 else 0)
        if progress is not None:
            progress(size - len(now.active), size)
    return finish(loop, _standing(now, now.active))


def init(loop: Loop, start: State, kernel: bool = True) -> LoopState:
    """Nothing swept yet; kernel: whether the whole loop may be given to a compiled kernel first."""
    fresh = nothing_swept(loop, start)
    if not kernel:
        return fresh
    compiled = in_kernel(loop.blocks, start, loop.settings, loop.tables, fresh.active)
    return fresh if compiled is None else _taken(loop, fresh, compiled)


def step(loop: Loop, before: LoopState, sweep: int, first: int = 0) -> LoopState:
    """One sweep from block `first` on, what it settles, and where the next one starts."""
    now = _judged(loop, _swept(loop, before, first), sweep)
    if terminate(now):
        return now
    state, memory = SCHEMES[loop.settings.scheme](loop.settings, now.memory, before.state, now.state)
    return replace(now, state=state, memory=memory)


def terminate(now: LoopState) -> bool:
    """Whether no scenario is under way any more."""
    return len(now.active) == 0


def _nearing(now: LoopState) -> LoopState:
    """Only the scenarios go on whose changes fall; of the others those certified are done."""
    size = len(now.status)
    changes = [(c / now.thresholds).max(axis=1, initial=0.0) for c in now.changes]
    falling = falls(changes, size) | now.certified & falls(now.movements, size)
    left = now.active[falling[now.active]]
    return leaving(_standing(now, now.active[~falling[now.active]]), left)


def _standing(now: LoopState, rows: Index) -> LoopState:
    """The certified of these scenarios are fixed points."""
    done = rows[now.certified[rows]]
    return replace(now, status=put_rows(now.status, done, np.full(len(done), Status.FIXED_POINT, np.int8)))


def finish(loop: Loop, now: LoopState) -> Coupled:
    """Every sub-problem labelled at the common point, with its certificate there."""
    rows, fixed = np.arange(len(now.status)), now.status == Status.FIXED_POINT
    notes = Notes({s: n for s, n in now.notes.items() if not fixed[s]})
    answers: dict[str, Answer] = {}
    joint = np.zeros(len(rows))
    for block, iterates in zip(loop.blocks, now.iterates, strict=True):
        bound = block.bind(now.reached, rows)
        formulas = Formulas(bound)
        certificates = certificates_at(bound.batch, iterates, block.options.tolerance, formulas)
        failed = (now.status == Status.NOT_CONVERGED) & ~iterates.answered
        status = np.where(failed, iterates.status, now.status).astype(np.int8)
        solution = settled(bound.batch, iterates, status, certificates, notes, formulas)
        answers[block.problem.key] = label(bound, solution, block.numbers.which, block.options)
        joint = joint + block.problem.sense * solution.objective
    comparable = joint_sense([b.problem for b in loop.blocks]) != 0
    return Coupled(
        answers=answers,
        trace=Trace(
            tables=loop.tables,
            changes=recorded_changes(now),
            thresholds=now.thresholds,
            iterations=now.iterations,
        ),
        joint=np.where(fixed & comparable, joint, np.nan),
        found=fixed.astype(np.int64),
        notes=notes,
        proof=JointProof.none(len(rows)),
    )


def _taken(loop: Loop, fresh: LoopState, compiled: KernelLoop) -> LoopState:
    """The kernel's fixed points that are certified; the other scenarios start as if it had not run."""
    found, done = compiled.found, np.flatnonzero(compiled.found.answer.done)
    iterates: list[Solution] = []
    for k, block in enumerate(loop.blocks):
        bound = block.bind(compiled.state, done)
        raw = (
            kernel_solution(bound.batch, found.answer, done)
            if k == 0
            else solve(bound.batch, block.options, formulas=Formulas(bound))
        )
        iterates.append(added(fresh.iterates[k], done, raw))
    given = replace(
        fresh,
        state=compiled.state,
        iterates=tuple(iterates),
        thresholds=put_rows(fresh.thresholds, done, compiled.thresholds[done]),
        iterations=put_rows(fresh.iterations, done, np.maximum(found.sweeps[done] - 1, 0)),
        active=done,
    )
    certified = _retired(loop, given, done)
    left = certified.status != Status.FIXED_POINT
    state = {t: np.where(left[:, None], fresh.state[t], v) for t, v in compiled.state.items()}
    return replace(
        certified,
        state=state,
        reached=state,
        active=np.flatnonzero(left),
        bounds=fresh.bounds,
        notes={},
        ways=np.where(left[:, None, None], np.nan, found.changes),
    )


def _swept(loop: Loop, now: LoopState, first: int) -> LoopState:
    """Every sub-problem once, each with the newest values of the others."""
    for k in range(first, len(loop.blocks)):
        if terminate(now):
            return now
        block = loop.blocks[k]
        try:
            bound = block.bind(now.state, now.active, now.bounds[k])
            solution = solve(
                bound.batch, block.options, block.kernels, exact=now.exact, formulas=Formulas(bound)
            )
        except SaddleError:
            left = _without_diverged(now)
            if left is None:
                raise
            return _swept(loop, left, k)
        good = solution.answered
        now = replace(
            now,
            bounds=(*now.bounds[:k], bound, *now.bounds[k + 1 :]),
            iterates=(
                *now.iterates[:k],
                added(now.iterates[k], now.active, solution),
                *now.iterates[k + 1 :],
            ),
            state=block.written(solution.x[good], now.state, now.active[good]),
        )
        if not good.all():
            now = _failed(now, block, solution, good)
    return now


def _without_diverged(now: LoopState) -> LoopState | None:
    """Without the scenarios whose numbers have grown beyond what a solver takes; None if there are none."""
    gone = np.zeros(len(now.active), dtype=bool)
    for table, first in now.begun.items():
        size = np.abs(now.state[table][now.active]).max(axis=1, initial=0.0)
        gone |= ~(size <= DIVERGED * np.maximum(1.0, np.abs(first[now.active]).max(axis=1, initial=0.0)))
    if not gone.any():
        return None
    text = "the sweeps diverge: the values exchanged grow without end"
    out = np.zeros((len(now.status), 1), dtype=bool)
    out[now.active[gone]] = True
    state = {t: np.where(out, now.reached[t], v) for t, v in now.state.items()}
    noted = {**now.notes, **dict.fromkeys(now.active[gone].tolist(), text)}
    return leaving(replace(now, state=state, notes=noted), now.active[~gone])


def _failed(now: LoopState, block: Block, solution: Solution, good: Mask) -> LoopState:
    """Scenarios in which a sub-problem has no answer stop here."""
    notes = dict(now.notes)
    for k in np.flatnonzero(~good).tolist():
        word = Status(int(solution.status[k])).word.replace("_", " ")
        why = f", {solution.messages[k].strip()}" if solution.status[k] == Status.ERROR else ""
        text = f"{block.problem.title} has no answer with the values exchanged so far: {word}{why}"
        notes[int(now.active[k])] = text
    return leaving(replace(now, notes=notes), now.active[good])


def _moved(loop: Loop, now: LoopState) -> Array:
    """(S, tables) how far every table moved in the last sweep, NaN where nothing iterates any more."""
    rows = now.active
    moved = np.full((len(now.status), len(loop.tables)), np.nan)
    for k, table in enumerate(loop.tables):
        moved[rows, k] = change(loop.settings.norm, now.reached[table][rows], now.state[table][rows])
    return moved


def _judged(loop: Loop, now: LoopState, sweep: int) -> LoopState:
    """What moved is recorded, certified fixed points retire, cycles are named."""
    settings, seen = loop.settings, signature(now.state)
    if sweep == 0:
        limits = [threshold(settings.norm, now.state[t], settings.relative_tolerance) for t in loop.tables]
        thresholds = np.stack(limits, axis=1) if limits else now.thresholds
        now = replace(
            now, begun=now.state, thresholds=thresholds, sizes=largest_sizes(None, now.state, loop.tables)
        )
    else:
        rows, moved = now.active, _moved(loop, now)
        sizes = largest_sizes(now.sizes, now.state, loop.tables)
        below = (moved[rows] <= now.thresholds[rows]).all(axis=1)
        above = set(rows[~below].tolist())
        now = replace(
            now,
            changes=(*now.changes, moved),
            sizes=sizes,
            movements=(*now.movements, largest_movement(now.reached, now.state, sizes)),
            certified=put_rows(now.certified, rows[~below], np.zeros(int((~below).sum()), np.bool_)),
            iterations=put_rows(now.iterations, rows, np.full(len(rows), sweep, np.int64)),
            notes={s: note for s, note in now.notes.items() if s not in above},
        )
        now = _without_cycles(settings, _retired(loop, now, rows[below]), seen)
    return replace(now, reached=now.state, signatures=(*now.signatures, seen))


def _retired(loop: Loop, now: LoopState, rows: Index) -> LoopState:
    """Scenarios below their thresholds: done where every sub-problem is optimal at this very point."""
    if not len(rows):
        return now
    good = np.ones(len(rows), dtype=bool)
    for block, iterates in zip(loop.blocks, now.iterates, strict=True):
        bound = block.bind(now.state, rows)
        at_point = iterates.take(rows)
        found = certificates_at(bound.batch, at_point, block.options.tolerance, Formulas(bound))
        good &= found.verified
    text = "below the thresholds, but a sub-problem is not optimal at the common point"
    notes = {**now.notes, **dict.fromkeys(rows[~good].tolist(), text)}
    certified = put_rows(now.certified, rows, good)
    exact = now.exact or loop.curved or not bool(good.all())
    found = _standing(
        replace(now, notes=notes, exact=exact, certified=certified), _still(loop, now, rows[good])
    )
    return leaving(found, now.active[found.status[now.active] != Status.FIXED_POINT])


def _still(loop: Loop, now: LoopState, rows: Index) -> Index:
    """Those of the scenarios that stand still, or move without coming nearer; with straight costs all of them."""
    if not (loop.curved and now.movements):
        return rows
    tolerance = min(b.options.tolerance for b in loop.blocks)
    done = now.exact & stands(now.movements, tolerance) | ~falls(now.movements, len(now.status))
    return rows[done[rows]]


def _without_cycles(settings: Coupling, now: LoopState, seen: Array) -> LoopState:
    """A point seen before, with other points between: the sweeps cycle (looked for in undamped sweeps only)."""
    if settings.scheme != "gauss_seidel" or terminate(now):
        return now
    length = cycles(now.signatures, seen)
    found = now.active[(length[now.active] > 0) & ~now.certified[now.active]]
    status = put_rows(now.status, found, np.full(len(found), Status.CYCLE, np.int8))
    *others, last = (name for name in get_args(Scheme) if name != settings.scheme)
    advice = f"try scheme {', '.join(others)} or {last}"
    said = {s: f"the sweeps repeat a cycle of {length[s]} points; {advice}" for s in found.tolist()}
    left = now.active[status[now.active] != Status.CYCLE]
    return leaving(replace(now, status=status, notes={**now.notes, **said}), left)
