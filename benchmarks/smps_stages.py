"""A two-stage program of SMPS files as first decisions and outcomes, made chunk by chunk: all combinations of realisations, or independent draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.files.smps import OBJECTIVE, RIGHT_SIDE, SmpsFile
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.two_stage import CHUNK, OutcomeChunk, TwoStage

NUMBERS = 4_000_000
"""Numbers of a chunk, about."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One outcome with the numbers of the core, and where in it each changing number stands (an entry of q, of A, of both sides of a row); per
    block the values (R, places) and how likely each realisation is."""

    one: Batch
    q: tuple[tuple[int, int], ...]
    A: tuple[tuple[int, int], ...]
    sides: tuple[tuple[int, int, float], ...]
    values: tuple[Array, ...]
    probabilities: tuple[Array, ...]

    def chunk(self, picks: list[Index], shares: Array) -> OutcomeChunk:
        """The outcomes with these realisations of every block."""
        numbers = np.concatenate([v[p] for v, p in zip(self.values, picks, strict=True)], axis=1)
        size, one = len(shares), self.one
        made = {
            name: np.repeat(getattr(one, name), size, axis=0)
            for name in ("q", "A", "l", "u")
            if self._varies(name)
        }
        for name, places in (("q", self.q), ("A", self.A)):
            for at, k in places:
                made[name][:, at] = numbers[:, k]
        for row, k, right in self.sides:
            made["l"][:, row] += numbers[:, k] - right
            made["u"][:, row] += numbers[:, k] - right
        return OutcomeChunk(replace(one, size=size, **made), shares)

    def _varies(self, name: str) -> bool:
        return bool({"q": self.q, "A": self.A}.get(name, self.sides))

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(p) for p in self.probabilities)


def all_outcomes(smps: SmpsFile) -> TwoStage:
    """Every combination of realisations."""
    first, made = _stages(smps)

    def picks(start: int, count: int) -> tuple[list[Index], Array]:
        codes = list(np.unravel_index(np.arange(start, start + count), made.sizes))
        return codes, np.prod([p[c] for p, c in zip(made.probabilities, codes, strict=True)], axis=0)

    return _in_chunks(first, made, int(smps.size), picks)


def drawn_outcomes(smps: SmpsFile, size: int, seed: int) -> TwoStage:
    """Independent draws, equally likely."""
    first, made = _stages(smps)
    generator = np.random.default_rng(seed)
    drawn = [generator.choice(len(p), size, p=p / p.sum()) for p in made.probabilities]

    def picks(start: int, count: int) -> tuple[list[Index], Array]:
        return [d[start : start + count] for d in drawn], np.full(count, 1.0 / size)

    return _in_chunks(first, made, size, picks)


def _in_chunks(
    first: Batch, made: Outcomes, size: int, picks: Callable[[int, int], tuple[list[Index], Array]]
) -> TwoStage:
    s = made.one.structure
    step = min(CHUNK, max(16, NUMBERS // max(1, s.n + s.m, s.A.nnz * bool(made.A))))
    starts = range(0, size, step)
    sizes = [min(step, size - start) for start in starts]

    def source(start: int, count: int) -> OutcomeChunk:
        return made.chunk(*picks(start, count))

    return TwoStage.of(first, [partial(source, a, n) for a, n in zip(starts, sizes, strict=True)], sizes)


def _stages(smps: SmpsFile) -> tuple[Batch, Outcomes]:
    core, n, m = smps.core, smps.first_columns, smps.first_rows
    assert not core.maximise
    rows, columns, values = core.A
    above = rows < m
    first = Batch.linear(
        _pattern(rows[above], columns[above], (m, n)), _ordered(rows[above], columns[above], values[above])[None], integer=core.whole[:n],
        q=core.c[None, :n], r=np.array([[core.constant]]), l=core.l[None, :m], u=core.u[None, :m], lb=core.lb[None, :n], ub=core.ub[None, :n],
    )  # fmt: skip
    known = {
        (int(i), int(j)): float(v)
        for i, j, v in zip(rows[~above], columns[~above], values[~above], strict=True)
    }
    places = [(int(i), int(j)) for b in smps.blocks for i, j in zip(b.rows, b.columns, strict=True)]
    for i, j in places:
        if i != OBJECTIVE and j != RIGHT_SIDE:
            known.setdefault((i, j), 0.0)
    keys = sorted(known, key=lambda key: (key[1], key[0]))
    i, j = (np.array([key[k] for key in keys], np.int64) for k in (0, 1))
    one = Batch.linear(
        Pattern.of(i - m, j, (len(core.rows) - m, len(core.columns))), np.array([[known[key] for key in keys]]), integer=core.whole,
        q=np.concatenate([np.zeros(n), core.c[n:]])[None], r=np.zeros((1, 1)), l=core.l[None, m:], u=core.u[None, m:],
        lb=np.concatenate([np.full(n, -np.inf), core.lb[n:]])[None], ub=np.concatenate([np.full(n, np.inf), core.ub[n:]])[None],
    )  # fmt: skip
    entry = {key: k for k, key in enumerate(keys)}
    return first, Outcomes(
        one,
        q=tuple((j, k) for k, (i, j) in enumerate(places) if i == OBJECTIVE),
        A=tuple((entry[i, j], k) for k, (i, j) in enumerate(places) if i != OBJECTIVE and j != RIGHT_SIDE),
        sides=tuple((i - m, k, float(smps.right[i])) for k, (i, j) in enumerate(places) if j == RIGHT_SIDE),
        values=tuple(b.values for b in smps.blocks),
        probabilities=tuple(b.probabilities for b in smps.blocks),
    )


def _pattern(rows: Index, columns: Index, shape: tuple[int, int]) -> Pattern:
    order = np.lexsort((rows, columns))
    return Pattern.of(rows[order], columns[order], shape)


def _ordered(rows: Index, columns: Index, values: Array) -> Array:
    return values[np.lexsort((rows, columns))]
