"""Many small problems with second-order cones at once: Newton's method from a solved neighbour, interior points where it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saddlepoint.algebra.rotation import Rotation
from saddlepoint.algebra.structure import Batch, ConeKind, Structure
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import contiguous, data, geometric_units, mean
from saddlepoint.solve.proof.residuals import plan_cost

if TYPE_CHECKING:
    from saddlepoint.solve.kernels.jit_cone_state import ConePoint

MAX_COLUMNS, MAX_ROWS = 50, 200
"""Largest numbers of columns, and of rows of A and of cones, at which dense equations gain over a solver's session."""


class ConeRows(NamedTuple):
    """The cones of a batch as compiled code takes them: entries of F (row, column, where its number stands, factor, (e,)),
    numbers F (1|S, nnz) and g (1|S, K) of second-order cones, scale (K,) of their rows."""

    row: Index
    column: Index
    source: Index
    factor: Array
    F: Array
    g: Array
    scale: Array


@dataclass(frozen=True, slots=True)
class ConeUnits:
    """Powers of two: of rows (m,), columns (n,), cones (K,) and the objective."""

    rows: Array
    columns: Array
    cones: Array
    cost: float


@dataclass(frozen=True, slots=True)
class ConeStart:
    """Where scenarios start from: scales of the batch, and the answer to a scenario like them (None: cold)."""

    scales: ConeUnits
    answer: KernelAnswer | None


def unsupported_reason(batch: Batch) -> str | None:
    """Why this batch is not for the cone kernel; None when it is (rotated cones and a quadratic objective are fine)."""
    structure = batch.structure
    if structure.is_integer:
        return "it has integer variables"
    if not structure.is_conic:
        return "it has no cones"
    return None if _second_order(structure) else "it has cones that are not second-order ones"


def is_small(structure: Structure) -> bool:
    """Whether problems of this structure are of a size at which the kernel gains over a solver's session."""
    return (
        _second_order(structure)
        and structure.n <= MAX_COLUMNS
        and structure.m + structure.F.shape[0] <= MAX_ROWS
    )


def _second_order(structure: Structure) -> bool:
    return all(c.kind in (ConeKind.SECOND_ORDER, ConeKind.ROTATED) for c in structure.cones)


def pilot(batch: Batch) -> ConeStart:
    """The answer to the mean of all scenarios, else to the first of three that has one. Raises ImportError without numba."""
    cold = ConeStart(_scales(batch), None)
    probes = [mean(batch)] if batch.size > 1 else []
    probes += [batch.take(np.array([s])) for s in range(min(batch.size, 3))]
    for probe in probes:
        answer = _solve(probe, cold)
        if answer.done[0]:
            return ConeStart(cold.scales, answer)
    return cold


def solve(batch: Batch, start: ConeStart | None = None) -> KernelAnswer:
    """Answers of all scenarios of a batch with second-order cones, each started from `start` (the pilot's by default).

    A scenario's active set is guessed from the start and mended by Newton's method on the optimality conditions; where that
    does not end within rounding, an interior-point method starts anew. The same scenario gets the same answer in any batch
    with the same start. Holds no GIL while it works. Raises ImportError without numba, ValueError when the batch does
    not fit.
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the cone kernel: {reason}")
    answer = _solve(batch, pilot(batch) if start is None else start)
    return answer._replace(w=Rotation.of(batch.structure.cones).back(answer.w))


def _solve(batch: Batch, start: ConeStart) -> KernelAnswer:
    """As `solve`, with the multipliers of second-order cones."""
    s, scales = batch.structure, start.scales
    kernel = cache.load("cone")
    answer = KernelAnswer.blank(batch.size, s.n, s.m, s.F.shape[0])
    turned = replace(batch, P=batch.P * scales.cost, q=batch.q * scales.cost)
    given = data(turned, (scales.rows, scales.columns), Basis.slack(s.n, s.m).codes)
    first = np.concatenate([[0], np.cumsum([c.size for c in s.cones])]).astype(np.int64)
    room = kernel.blank_room(s.n, s.m, first)
    if start.answer is not None:
        _place(start.answer, scales, room.start, first)
    kernel.cone(given, _cones(batch, scales), room, start.answer is not None, answer)
    cache.note("cone")
    for prices in (answer.y, answer.z, answer.w):
        prices /= scales.cost
    answer.objective[answer.done] = plan_cost(batch, answer.x)[answer.done]
    return answer


def _place(answer: KernelAnswer, scales: ConeUnits, start: ConePoint, first: Index) -> None:
    """The first scenario of `answer`, scaled, into the start of a work space."""
    n = len(scales.columns)
    start.value[:n] = answer.x[0] / scales.columns
    start.price[:n] = answer.z[0] * scales.columns * scales.cost
    start.price[n:] = answer.y[0] / scales.rows * scales.cost
    start.code[:] = answer.basis[0]
    start.height[:] = (answer.w[0] / scales.cones)[first[:-1]] * scales.cost
    start.bent[:] = start.height > 0.0


def _cones(batch: Batch, scales: ConeUnits) -> ConeRows:
    rotation = Rotation.of(batch.structure.cones)
    row, column, source, factor = rotation.entries(batch.structure.F)
    return ConeRows(
        row=row.astype(np.int64),
        column=column.astype(np.int64),
        source=source.astype(np.int64),
        factor=contiguous(factor),
        F=contiguous(batch.F),
        g=contiguous(rotation.turn(batch.g)),
        scale=contiguous(scales.cones),
    )


def _scales(batch: Batch) -> ConeUnits:
    """Units in which the entries of rows and cones, then the sides and the costs, are near 1 (one unit for a whole cone)."""
    s = batch.structure
    sizes = [np.abs(batch.A).max(axis=0), np.abs(batch.F).max(axis=0)]
    block = np.repeat(np.arange(len(s.cones)), [c.size for c in s.cones])
    rows = np.concatenate([s.A.indices, s.m + block[s.F.indices]])
    columns = np.concatenate([s.A.columns(), s.F.columns()])
    row, column = geometric_units(rows, columns, np.concatenate(sizes), (s.m + len(s.cones), s.n))
    sides = [(batch.l, 1.0 / row[: s.m]), (batch.u, 1.0 / row[: s.m]), (batch.lb, column), (batch.ub, column)]
    sides.append((batch.g, 1.0 / row[s.m + block]))
    unit = _middle([side / by for side, by in sides])
    row, column = row / unit, column * unit
    cost = 1.0 / _middle([batch.q * column])
    return ConeUnits(row[: s.m], column, row[s.m + block], cost)


def _middle(parts: list[Array]) -> float:
    """A power of two near the geometric mean of what is finite and not zero; 1 without."""
    sizes = np.abs(np.concatenate([part.mean(axis=0) for part in parts]))
    usable = sizes[np.isfinite(sizes) & (sizes > 0)]
    return float(np.exp2(np.round(np.log2(usable).mean()))) if len(usable) else 1.0
