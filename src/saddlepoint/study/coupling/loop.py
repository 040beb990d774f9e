"""Block Gauss–Seidel from one start under one scheme.

Source: Bertsekas & Tsitsiklis, "Parallel and Distributed Computation" (1989), §3.2: the newest values of the others
within a sweep.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.errors import SaddleError
from saddlepoint.solve.label import label
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Solution, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupled, Coupling, Progress, State, Trace, joint_sense
from saddlepoint.study.coupling.iterates import added, blank, certificates_at, kernel_solution, settled
from saddlepoint.study.coupling.kernel_loop import KernelLoop, in_kernel
from saddlepoint.study.coupling.norms import change, threshold
from saddlepoint.study.coupling.schemes import Relaxation, cycles, signature

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
    its thresholds whose certificate fails goes on until the limit.
    """
    loop = _Loop(blocks, settings, start)
    size = len(loop.status)
    compiled = in_kernel(blocks, start, settings, loop.tables, loop.active) if first == 0 else None
    if compiled is not None:
        loop.take(compiled)
    for sweep in range(settings.limit + 1 if len(loop.active) else 0):
        before = loop.state
        loop.sweep(first if sweep == 0 else 0)
        loop.judge(sweep)
        if progress is not None:
            progress(size - len(loop.active), size)
        if not len(loop.active):
            break
        loop.relax(before)
    return loop.verdict()


class _Loop:
    """A loop under way; it owns the arrays it writes into.

    exact: a point below its thresholds failed its certificate; from then on curved answers are made exact, for an
    interior point's plan of a flat optimum is known to the root of its tolerance only.
    """

    def __init__(self, blocks: Sequence[Block], settings: Coupling, start: State) -> None:
        size = len(next(iter(start.values())))
        self.blocks, self.settings = blocks, settings
        self.state: State = dict(start)
        self.started: State = self.state
        self.ways: Array = np.zeros((size, 0, 0))
        self.reached: State = self.state
        self.begun: State = {}
        self.active: Index = np.arange(size)
        self.status = np.full(size, Status.NOT_CONVERGED, np.int8)
        self.iterates = [blank(p.program.structure, size) for p in blocks]
        self.bounds: list[BoundProgram | None] = [None] * len(blocks)
        self.notes: dict[int, str] = {}
        self.tables = _watched(blocks, settings)
        self.changes: list[Array] = []
        self.thresholds = np.zeros((size, len(self.tables)))
        self.iterations: Index = np.zeros(size, np.int64)
        self.signatures: list[Array] = []
        self.relaxation = Relaxation(settings)
        self.exact = False

    def take(self, compiled: KernelLoop) -> None:
        """Accept the kernel's fixed points that are certified; the other scenarios start as if it had not run."""
        found, done = compiled.found, np.flatnonzero(compiled.found.answer.done)
        self.state = compiled.state
        for k, block in enumerate(self.blocks):
            bound = block.bind(self.state, done)
            raw = (
                kernel_solution(bound.batch, found.answer, done)
                if k == 0
                else solve(bound.batch, block.options, formulas=Formulas(bound))
            )
            self.iterates[k] = added(self.iterates[k], done, raw)
        self.thresholds[done] = compiled.thresholds[done]
        self.iterations[done] = np.maximum(found.sweeps[done] - 1, 0)
        self.ways = np.where(np.isin(np.arange(len(self.status)), done)[:, None, None], found.changes, np.nan)
        self.active = done
        self._retire(done)
        self.notes.clear()
        left = self.status != Status.FIXED_POINT
        self.ways[left] = np.nan
        self.state = {t: np.where(left[:, None], self.started[t], v) for t, v in self.state.items()}
        self.active, self.bounds = np.flatnonzero(left), [None] * len(self.blocks)
        self.reached = self.state

    def sweep(self, first: int) -> None:
        """Every sub-problem once, each with the newest values of the others."""
        for k in range(first, len(self.blocks)):
            if not len(self.active):
                return
            block = self.blocks[k]
            try:
                bound = block.bind(self.state, self.active, self.bounds[k])
                solution = solve(
                    bound.batch, block.options, block.kernels, exact=self.exact, formulas=Formulas(bound)
                )
            except SaddleError:
                if not self._diverged():
                    raise
                self.sweep(k)
                return
            self.bounds[k] = bound
            self.iterates[k] = added(self.iterates[k], self.active, solution)
            good = solution.answered
            self.state = block.written(solution.x[good], self.state, self.active[good])
            if not good.all():
                self._fail(block, solution, good)

    def _diverged(self) -> bool:
        """Leave the scenarios whose numbers have grown beyond what a solver takes; whether there were any."""
        gone = np.zeros(len(self.active), dtype=bool)
        for table, first in self.begun.items():
            now = np.abs(self.state[table][self.active]).max(axis=1, initial=0.0)
            gone |= ~(now <= DIVERGED * np.maximum(1.0, np.abs(first[self.active]).max(axis=1, initial=0.0)))
        for scenario in self.active[gone].tolist():
            self.notes[scenario] = "the sweeps diverge: the values exchanged grow without end"
        out = np.zeros(len(self.status), dtype=bool)
        out[self.active[gone]] = True
        self.state = {t: np.where(out[:, None], self.reached[t], v) for t, v in self.state.items()}
        self._leave(self.active[~gone])
        return bool(gone.any())

    def _fail(self, block: Block, solution: Solution, good: Mask) -> None:
        """Scenarios in which a sub-problem has no answer stop here."""
        for k in np.flatnonzero(~good).tolist():
            word = Status(int(solution.status[k])).word.replace("_", " ")
            self.notes[int(self.active[k])] = (
                f"{block.problem.title} is {word} with the values exchanged so far"
            )
        self._leave(self.active[good])

    def _leave(self, active: Index) -> None:
        if len(active) < len(self.active):
            self.bounds = [None] * len(self.blocks)
        self.active = active

    def judge(self, sweep: int) -> None:
        """Record what moved, retire certified fixed points, name cycles."""
        settings, tables, now = self.settings, self.tables, signature(self.state)
        if sweep == 0:
            self.begun = self.state
            for k, table in enumerate(tables):
                self.thresholds[:, k] = threshold(
                    settings.norm, self.state[table], settings.relative_tolerance
                )
        else:
            moved = np.full((len(self.status), len(tables)), np.nan)
            for k, table in enumerate(tables):
                rows = self.active
                moved[rows, k] = change(settings.norm, self.reached[table][rows], self.state[table][rows])
            self.changes.append(moved)
            self.iterations[self.active] = sweep
            below = (moved[self.active] <= self.thresholds[self.active]).all(axis=1)
            for scenario in set(self.notes) & set(self.active[~below].tolist()):
                del self.notes[scenario]
            self._retire(self.active[below])
            self._name_cycles(now)
        self.reached = self.state
        self.signatures.append(now)

    def _retire(self, rows: Index) -> None:
        """Scenarios below their thresholds: done where every sub-problem is optimal at this very point."""
        if not len(rows):
            return
        good = np.ones(len(rows), dtype=bool)
        for block, iterates in zip(self.blocks, self.iterates, strict=True):
            batch = block.bind(self.state, rows).batch
            good &= certificates_at(batch, iterates.take(rows), block.options.tolerance).verified
        self.status[rows[good]] = Status.FIXED_POINT
        self.exact |= not good.all()
        for scenario in rows[~good].tolist():
            self.notes[scenario] = (
                "below the thresholds, but a sub-problem is not optimal at the common point"
            )
        self._leave(self.active[self.status[self.active] != Status.FIXED_POINT])

    def _name_cycles(self, now: Array) -> None:
        """A point seen before, with other points between: the sweeps cycle (looked for in undamped sweeps only)."""
        if self.settings.scheme != "gauss_seidel" or not len(self.active):
            return
        length = cycles(self.signatures, now)
        for scenario in self.active[length[self.active] > 0].tolist():
            self.status[scenario] = Status.CYCLE
            self.notes[scenario] = (
                f"the sweeps repeat a cycle of {length[scenario]} points; try scheme damped, anderson or auto"
            )
        self._leave(self.active[self.status[self.active] != Status.CYCLE])

    def _changes(self) -> Array:
        """(S, sweeps, tables): what the loop recorded, and where the kernel had the scenario what that did."""
        size, tables = self.thresholds.shape
        swept = np.stack(self.changes, axis=1) if self.changes else np.zeros((size, 0, tables))
        if not self.ways.shape[1]:
            return swept
        longest = max(swept.shape[1], self.ways.shape[1])
        out = np.full((size, longest, tables), np.nan)
        out[:, : self.ways.shape[1]] = self.ways
        own = np.isnan(self.ways).all(axis=(1, 2))
        out[own, : swept.shape[1]] = swept[own]
        used = ~np.isnan(out).all(axis=(0, 2))
        return out[:, : int(np.flatnonzero(used).max(initial=-1)) + 1]

    def relax(self, before: State) -> None:
        """Prepare the start of the next sweep."""
        self.state, self.relaxation = self.relaxation.next(before, self.state)

    def verdict(self) -> Coupled:
        """Every sub-problem labelled at the common point, with its certificate there."""
        self.state = self.reached
        rows = np.arange(len(self.status))
        notes = Notes({s: n for s, n in self.notes.items() if self.status[s] != Status.FIXED_POINT})
        answers = {}
        joint = np.zeros(len(rows))
        for block, iterates in zip(self.blocks, self.iterates, strict=True):
            bound = block.bind(self.state, rows)
            certificates = certificates_at(bound.batch, iterates, block.options.tolerance)
            failed = (self.status == Status.NOT_CONVERGED) & ~iterates.answered
            status = np.where(failed, iterates.status, self.status).astype(np.int8)
            solution = settled(bound.batch, iterates, status, certificates, notes)
            answers[block.problem.key] = label(bound, solution, block.numbers.which)
            joint = joint + block.problem.sense * solution.objective
        sense = joint_sense([p.problem for p in self.blocks])
        joint = (
            np.where(self.status == Status.FIXED_POINT, joint, np.nan)
            if sense
            else np.full(len(rows), np.nan)
        )
        trace = Trace(
            tables=self.tables,
            changes=self._changes(),
            thresholds=self.thresholds,
            iterations=self.iterations,
        )
        return Coupled(
            answers=answers,
            trace=trace,
            joint=joint,
            found=(self.status == Status.FIXED_POINT).astype(np.int64),
            notes=notes,
        )


def _watched(blocks: Sequence[Block], settings: Coupling) -> tuple[str, ...]:
    tables = [t for p in blocks for t in p.problem.decides]
    chosen = tables if settings.check is None else [t for t in tables if t in settings.check]
    return tuple(t for t in chosen if t not in settings.skip)
