"""How many scenarios are solved at once: chunks of bounded memory."""

from __future__ import annotations

from saddlepoint.compile.program import Program

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
