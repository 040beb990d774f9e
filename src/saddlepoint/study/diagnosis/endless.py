"""Why an objective improves without end: the ray in the user's names, and the bounds with which it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.program import ColumnBlock, Program
from saddlepoint.labels import Domain
from saddlepoint.labels.cells import in_words
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised

LARGE = 1e3
"""A bound that is tried, beside the largest number of the problem's sides."""
ROUNDS = 6
"""Rays that are closed one after the other."""
NEGLIGIBLE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Cells of one decided table that move along a ray, all in one direction; improves: whether the objective gains by them;
    variable: its name in formulas."""

    table: str
    domain: Domain
    cells: Index
    direction: Literal["increasing", "decreasing"]
    improves: bool
    variable: str = ""

    def __str__(self) -> str:
        places = "; ".join(t for t in in_words(self.domain, self.cells) if t)
        return f"{self.table} ({places})" if places else self.table


@dataclass(frozen=True, slots=True, kw_only=True)
class Ray:
    """An unbounded scenario. drifts: what moves; missing: alternatives, each a set of cells for which a bound on this side ends
    it; verified: whether the scenario was solved with each of them and was bounded."""

    drifts: tuple[Drift, ...]
    missing: tuple[tuple[Drift, ...], ...]
    verified: bool


def ray_of(case: Parametrised, scenario: int, options: Options) -> Ray | None:
    """The ray of one unbounded scenario of a case; None where it has none that can be shown."""
    batch = case.bound(scenario).batch
    asked = Options(time_limit=options.time_limit, stop=options.stop)
    answer = solve(batch, asked)
    if answer.status[0] != Status.UNBOUNDED:
        return None
    ray = answer.x[0]
    drifts = tuple(_drifts(case.program, ray, batch.q[0]))
    alternatives: list[tuple[Drift, ...]] = []
    for table in dict.fromkeys(d.table for d in drifts if d.improves):
        mine = [d for d in drifts if d.table == table and d.improves]
        if _ends(case.program, batch, mine, asked) is None:
            alternatives.append(tuple(mine))
    if alternatives:
        return Ray(drifts=drifts, missing=tuple(alternatives), verified=True)
    closed = [d for d in drifts if d.improves]
    for _ in range(ROUNDS):
        again = _ends(case.program, batch, closed, asked)
        if again is None:
            return Ray(drifts=drifts, missing=(tuple(closed),), verified=True)
        more = [d for d in _drifts(case.program, again, batch.q[0]) if d.improves]
        if not more:
            break
        closed = _merged([*closed, *more])
    return Ray(drifts=drifts, missing=(tuple(closed),) if closed else (), verified=False)


def _ends(program: Program, batch: Batch, drifts: list[Drift], options: Options) -> Array | None:
    """The ray that is left when these cells are bounded; None where the scenario is bounded then."""
    sides = np.concatenate([a.reshape(-1) for a in (batch.l, batch.u, batch.lb, batch.ub)])
    far = LARGE * float(np.abs(sides[np.isfinite(sides)]).max(initial=1.0))
    lb, ub = batch.lb[:1].copy(), batch.ub[:1].copy()
    for drift in drifts:
        block = program.tables[drift.table]
        at = block.start + np.searchsorted(block.cells, drift.cells)
        if drift.direction == "increasing":
            ub[0, at] = np.minimum(ub[0, at], np.maximum(far, lb[0, at]))
        else:
            lb[0, at] = np.maximum(lb[0, at], np.minimum(-far, ub[0, at]))
    answer = solve(replace(batch, lb=lb, ub=ub), options)
    if answer.planned[0]:
        return None
    return answer.x[0] if answer.status[0] == Status.UNBOUNDED else np.zeros(program.structure.n)


def _drifts(program: Program, ray: Array, cost: Array) -> list[Drift]:
    size = np.abs(np.nan_to_num(ray))
    moved = size > NEGLIGIBLE * size.max(initial=0.0)
    out: list[Drift] = []
    for block in program.columns:
        own = slice(block.start, block.start + block.size)
        part, gains = np.where(moved[own], ray[own], 0.0), cost[own] * ray[own] < 0
        for up in (True, False):
            for improves in (True, False):
                mine = (part > 0 if up else part < 0) & (gains == improves)
                out += _drift(block, mine, up, improves)
    return sorted(out, key=lambda d: not d.improves)


def _drift(block: ColumnBlock, mine: Mask, up: bool, improves: bool) -> list[Drift]:
    cells = block.cells[mine]
    if not len(cells):
        return []
    word: Literal["increasing", "decreasing"] = "increasing" if up else "decreasing"
    moved = Drift(table=block.table, domain=block.domain, cells=cells, direction=word, improves=improves)
    return [replace(moved, variable=block.variable)]


def _merged(drifts: list[Drift]) -> list[Drift]:
    kept: dict[tuple[str, str], Drift] = {}
    for d in drifts:
        key = d.table, d.direction
        old = kept.get(key)
        kept[key] = d if old is None else replace(old, cells=np.union1d(old.cells, d.cells))
    return list(kept.values())
