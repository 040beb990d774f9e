"""One program for many scenarios: bind, solve, label, in chunks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from saddlepoint.compile.bind import bind
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.label import Answer, label
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.coupling.coupling import Progress

CELLS = 8_000_000
"""Numbers held at once for one chunk (64 MB an array)."""

SCENARIOS = 20_000
"""Scenarios of one chunk at most: more gain nothing, and memory stays flat."""


def chunk_size(program: Program) -> int:
    """Scenarios solved at once, so that their arrays stay small."""
    s = program.structure
    width = s.n + len(program.row_of) + s.A.nnz + s.P.nnz + s.F.nnz + program.slots
    return scenarios_at_once(width)


def scenarios_at_once(width: int) -> int:
    """How many scenarios of `width` numbers each one chunk may hold."""
    return max(1, min(SCENARIOS, CELLS // max(1, width)))


def sweep(
    program: Program,
    numbers: Numbers,
    options: Options | None = None,
    kernels: Sequence[Kernel] | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Answer]:
    """The answers of all scenarios of `numbers`, chunk by chunk in their order.

    progress: called with the scenarios done and all. Raises what bind and solve raise.
    """
    step = chunk or chunk_size(program)
    for start in range(0, numbers.size, step):
        part = numbers.take(np.arange(start, min(start + step, numbers.size)))
        bound = bind(program, part)
        yield label(
            bound, solve(bound.batch, options, kernels, formulas=Formulas(bound)), part.which, options
        )
        if progress is not None:
            progress(start + part.size, numbers.size)
