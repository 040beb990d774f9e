"""A movement found by arithmetic as a change that a person would write, verified by solving again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.study.diagnosis.levers import room_of
from saddlepoint.study.diagnosis.repair import Change, Repair
from saddlepoint.study.diagnosis.suspects import unlikely
from saddlepoint.study.diagnosis.trial import Trial

DIGITS = (3, 4, 6, 9)
"""Significant digits that amounts are rounded up to, until the plan is there."""
NEARLY = 0.1
"""Of a number is left where a change takes nearly all of it."""
Move = tuple[Index, Array | None, Array]
"""Cells of a table, the direction along which all move (None = each by itself), and their units."""


def repair_of(
    trial: Trial,
    moves: Mapping[str, Move],
    by: Array,
    kind: Literal["cells", "factor"],
    least: bool,
    plan: Array | None = None,
) -> Repair | None:
    """The repair with amounts that people would write, as few digits as suffice. plan: (n,) one that there is with `by`, where
    one is known."""
    for digits in (*DIGITS, None):
        rounded = by if digits is None or kind == "cells" else _rounded(by, digits)
        change = _amounts(trial, moves, rounded, kind, digits)
        bound = trial.changed(change)
        objective = None if bound is None else trial.solved(bound, trial.aim, plan)
        if objective is not None or digits is None:
            changes = tuple(_change(trial, k, cells, amount) for k, (cells, amount) in change.items())
            kept = {k: c for k, c in zip(change, changes, strict=True) if len(c.cells)}
            return Repair(
                changes=tuple(kept.values()),
                kind=kind,
                least=least,
                verified=objective is not None,
                objective=math.nan if objective is None else objective,
                size=_size(trial, moves, by, kind),
                unlikely=unlikely(
                    [*kept.values()],
                    [trial.weight(k) for k in kept],
                    kind == "factor",
                    [trial.values(k).reshape(trial.case.cells(k).shape) for k in kept],
                ),
            )
    return None


def _size(trial: Trial, moves: Mapping[str, Move], by: Array, kind: str) -> float:
    """The sum of the movements, each beside its number, weighted as asked."""
    weights = [trial.weight(k) for k in moves]
    counts = [1 if kind == "factor" else len(cells) for cells, _, _ in moves.values()]
    return float(np.abs(by) @ np.repeat(weights, counts))


def _amounts(
    trial: Trial, moves: Mapping[str, Move], by: Array, kind: Literal["cells", "factor"], digits: int | None
) -> Mapping[str, tuple[Index, Array]]:
    out: dict[str, tuple[Index, Array]] = {}
    start = 0
    for key, (cells, along, unit) in moves.items():
        if kind == "factor":
            assert along is not None
            out[key] = cells, by[0] * along
            continue
        part = by[start : start + len(cells)]
        if digits is not None:
            low, high = room_of(
                trial.values(key), cells, unit, past_zero=trial.past_zero, share=trial.is_share(key)
            )
            amount = _short_of_all(trial.values(key)[cells], part * unit, digits)
            part = np.clip(amount / unit, low, high)
        out[key] = cells, part * unit
        start += len(cells)
    return out


def _change(trial: Trial, key: str, cells: Index, amount: Array) -> Change:
    source, info = trial.case.sources[key], trial.case.model.tables[trial.case.sources[key].table]
    here = np.flatnonzero(amount)
    before = trial.values(key)[cells[here]]
    return Change(
        table=source.table,
        column=source.column,
        domain=info.rest,
        cells=cells[here],
        before=before,
        after=before + amount[here],
        unit=info.spec.unit,
        shared=not info.splits.axes,
    )


def _short_of_all(values: Array, amount: Array, digits: int) -> Array:
    """Amounts with so many digits; of what takes nearly all of a number, what is left of it has them ("from 1200 to 2.75", not to 0)."""
    left = values + amount
    nearly = (left * values > 0) & (amount * values < 0) & (np.abs(left) < NEARLY * np.abs(values))
    size = np.abs(left)
    with np.errstate(divide="ignore"):
        step = 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) - digits + 1)
    kept = np.sign(left) * np.array([float(f"{v:.12g}") for v in np.floor(size / step) * step])
    return np.where(nearly, kept - values, _rounded(amount, digits))


def _rounded(numbers: Array, digits: int) -> Array:
    """Numbers with so many significant digits, away from zero."""
    size = np.abs(numbers)
    with np.errstate(divide="ignore"):
        power = np.floor(np.log10(np.where(size > 0, size, 1.0)))
    step = 10.0 ** (power - digits + 1)
    up = np.ceil(size / step * (1 - 1e-7)) * step
    return np.where(size > 0, np.sign(numbers) * np.array([float(f"{v:.12g}") for v in up]), 0.0)
