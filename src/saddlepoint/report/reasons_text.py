"""Why two optima differ, in words and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.printing.grid import grid, rounding_floor
from saddlepoint.records import excerpt
from saddlepoint.study.diagnosis.reasons import DataDifference, Reasons

SHOWN: Final = 3
"""Cells of a table that differs which are told, pairs, and differences named at a decision."""


def reasons_text(found: Sequence[Reasons], first: str, second: str) -> Iterator[str]:
    """Lines for people: the objectives, the share of each difference, what acts together, what moves in the plan."""
    for k, one in enumerate(found):
        if k:
            yield ""
        yield from _of_problem(one, first, second)


def _of_problem(one: Reasons, first: str, second: str) -> Iterator[str]:
    a, b = one.objective.tolist()
    least = rounding_floor(float(np.abs(one.objective[np.isfinite(one.objective)]).max(initial=0.0)))
    head = f"{one.problem}: " if one.problem else ""
    if not np.isfinite([a, b]).all():
        lost = [name for name, value in ((first, a), (second, b)) if not np.isfinite(value)]
        yield f"{head}no plan in {' nor in '.join(lost)}: `lab.diagnose()` says why"
    else:
        yield f"{head}objective {_number(a)} in {first}, {_number(b)} in {second}: {_signed(b - a, least)}"
    header = ("what differs", "share", "alone", "last")
    rows = [
        (d.name, *(_known(effect, least) for effect in (d.share, d.alone, d.last))) for d in one.differences
    ]
    yield from (f"  {line}" for line in grid(header, rows, width=None))
    orders = "all orders" if one.every_order else "the order of the tables and its reverse"
    yield f"  (share: the mean effect over {orders}; alone: put in first; last: put in after all others)"
    for difference in one.differences:
        yield f"  {difference.name}: {_cells(difference)}"
    for name, other, extra in one.together[:SHOWN]:
        yield f"  {name} and {other} do {_signed(extra, least)} together beyond what each does alone"
    if one.moves:
        yield f"  {one.moved:,} decisions differ, most of all:"
    yield from _moves(one)


def _moves(one: Reasons) -> Iterator[str]:
    """The decisions that differ most, before and after."""
    largest = max((abs(n) for m in one.moves for n in (m.before, m.after) if np.isfinite(n)), default=0.0)
    for move in one.moves:
        unit = f" {move.unit}" if move.unit else ""
        before, after = (_number(n, rounding_floor(largest)) for n in (move.before, move.after))
        yield f"    {move.name}: {before} → {after}{unit}{_because(one, move.shares)}"


def _because(one: Reasons, shares: np.ndarray[Any, Any]) -> str:
    """The differences that move a decision, the largest share first."""
    size = np.abs(shares[np.isfinite(shares)]).max(initial=0.0)
    ranked = [
        k
        for k in np.argsort(-np.abs(np.nan_to_num(shares)), kind="stable")
        if np.abs(shares[k]) > 1e-6 * size
    ]
    told = [f"{one.differences[k].name} {_signed(float(shares[k]))}" for k in ranked[:SHOWN]]
    return f"  ({', '.join(told)})" if told else ""


def _cells(difference: DataDifference) -> str:
    """The numbers that differ most, before and after."""
    unit = f" {difference.unit}" if difference.unit else ""
    order = np.argsort(-np.abs(difference.after - difference.before), kind="stable")
    told: list[str] = []
    for k in order[:SHOWN].tolist():
        label = ", ".join(difference.domain.coordinates(int(difference.cells[k])))
        named = f"{label} " if label and len(difference.cells) > 1 else ""
        told.append(
            f"{named}{_number(float(difference.before[k]))} → {_number(float(difference.after[k]))}{unit}"
        )
    more = len(difference.cells) - SHOWN
    rest = f"; and {more:,} more" if more > 0 else ""
    return "; ".join(told) + rest + (" (decided by another problem)" if difference.decided else "")


def _number(value: float, least: float = 0.0) -> str:
    """A number; least: the size below which it is rounding."""
    return f"{0.0 if abs(value) < least else value:,.6g}"


def _signed(value: float, least: float = 0.0) -> str:
    return f"{0.0 if abs(value) < least else value:+,.6g}"


def _known(value: float, least: float) -> str:
    return _signed(value, least) if np.isfinite(value) else "no plan"


def reasons_data(found: Sequence[Reasons]) -> dict[str, Any]:
    """The same as plain data."""
    return {"problems": [_data(one) for one in found]}


def _data(one: Reasons) -> dict[str, Any]:
    return {
        **excerpt(one, "problem", "objective", "every_order"),
        "differences": [_difference_data(each) for each in one.differences],
        "together": [{"first": a, "second": b, "effect": extra} for a, b, extra in one.together],
        "moved": one.moved,
        "moves": [excerpt(m, "name", "unit", "before", "after", "shares") for m in one.moves],
    }


def _difference_data(each: DataDifference) -> dict[str, Any]:
    cells = [
        {"labels": each.domain.coordinates(int(cell)), "before": float(a), "after": float(b)}
        for cell, a, b in zip(each.cells, each.before, each.after, strict=True)
    ]
    names = ("name", "unit", "decided", "alone", "last", "share")
    return excerpt(each, *names) | {"sets": each.domain.names, "cells": cells}
