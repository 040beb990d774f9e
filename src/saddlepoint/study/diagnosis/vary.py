"""The exact curve of an objective over one datum: where a linear problem changes its slope, and to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import Diagnostic, StudyError, suggest
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.least_change import Levers, least_change
from saddlepoint.solve.label import Answer, row_multipliers
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised, case_of
from saddlepoint.study.results.result import Result
from saddlepoint.study.scenarios.select import project

NEAR = 1e-9
"""Beside the size of the objective: where a point lies on a line."""
MOST_PIECES = 2_000
MOST_CURVES = 50
"""Scenarios of each problem whose curves are traced, where nobody says otherwise."""
_CELL = re.compile(r"([^\[\]]+?)\s*(?:\[(.*)\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The optimum of one scenario over a datum: linear between the points.

    problem, scenario: whose; at: (p,) increasing numbers of the datum; objective: (p,) in the user's sense; slope: (p − 1,) between
    neighbours (none where there is no plan at all); now: the datum as it is, in `unit`; complete: whether all pieces were found.
    """

    problem: str
    scenario: tuple[str, ...]
    datum: str
    unit: str
    now: float
    at: Array
    objective: Array
    slope: Array
    complete: bool


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of a datum, in the order of the scenarios; left_out: how many more scenarios read it, beyond the most asked for."""

    traced: tuple[Curve, ...]
    left_out: int

    def __iter__(self) -> Iterator[Curve]:
        return iter(self.traced)

    def __len__(self) -> int:
        return len(self.traced)

    def __getitem__(self, place: int) -> Curve:
        return self.traced[place]


Point = tuple[float, float, float]
"""A number of the datum, the minimum there, and a slope of it."""


def vary(result: Result, datum: str, low: float, high: float, most: int = MOST_CURVES) -> Curves:
    """The curves of the scenarios that read a datum, `table[label, …]`, between two numbers; most: how many of each problem.

    Exact for linear problems in which the datum is part of right-hand sides alone, or of costs alone: the minimum is convex, or concave,
    and linear between points that are found where tangents meet (Eisner & Severance 1976). Prices are its slopes. StudyError K502
    (no such datum), K503 (the curve is not of this kind), K504 (the interval is empty).
    """
    table, cell, name = _parsed(datum, result.plan.model)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise StudyError(
            Diagnostic(
                "K504", f"from {low:g} to {high:g} is no interval", fix="Give two numbers, the lower first."
            )
        )
    curves: list[Curve] = []
    left_out = 0
    for key, answer in result.answers.items():
        readers = _readers(answer, result.plan.model.tables[table], cell)
        case = case_of(result.plan, key, readers[:most], result) if len(readers) else None
        if case is None or table not in case.sources:
            continue
        left_out += max(0, len(readers) - most)
        for k in range(case.numbers.size):
            mine = np.flatnonzero(case.places(table, k) == cell)
            if len(mine):
                curves.append(_curve(case, k, table, int(mine[0]), (low, high), name))
    if not curves:
        why = "its table is not read, or only by scenarios that were not chosen"
        raise StudyError(Diagnostic("K502", f"no formula that was solved reads {name}", why=why))
    return Curves(tuple(curves), left_out)


def _readers(answer: Answer, info: TableInfo, cell: int) -> Index:
    """The scenarios solved (flat positions) to which a cell of a table belongs."""
    scenarios = answer.program.scenarios
    splits = scenarios.only(info.splits.names)
    labels = dict(zip(info.domain.names, info.domain.coordinates(cell), strict=True))
    codes = [axis.positions.get(labels[axis.name], -1) for axis in splits.axes]
    if min(codes, default=0) < 0:
        return answer.which[:0]
    own = int(np.ravel_multi_index(codes, splits.shape)) if codes else 0
    return answer.which[project(answer.which, scenarios, splits) == own]


def _parsed(datum: str, model: Model) -> tuple[str, int, str]:
    """Table, flat cell and full name of `table[label, …]`."""
    found = _CELL.fullmatch(datum.strip())
    if found is None and "[" in datum:
        table, _, labels = datum.strip().partition("[")
        fix = f"Write {table}[{labels.strip('[] ')}]."
        raise StudyError(Diagnostic("K502", f"the brackets of {datum!r} do not close", fix=fix))
    known = [t.key for t in model.inputs if not t.distributed]
    table = found[1] if found is not None else datum
    if table in model.tables and table not in known:
        why = "It is decided, or it holds distributions."
        fix = f"Input tables: {', '.join(known)}." if known else ""
        raise StudyError(Diagnostic("K502", f"{table!r} is no input table of numbers", why=why, fix=fix))
    if found is None or table not in known:
        raise StudyError(Diagnostic("K502", f"{table!r} is no table of numbers", fix=suggest(table, known)))
    info = model.tables[table]
    labels = [part.strip() for part in (found[2] or "").split(",") if part.strip()]
    axes = info.domain.axes
    if len(labels) != len(axes):
        sets = ", ".join(a.name for a in axes) or "no sets"
        fix = f"Write {table}[{', '.join(a.name for a in axes)}] with an item of each."
        raise StudyError(
            Diagnostic("K502", f"{datum!r} names {len(labels)} items; {table!r} is over {sets}", fix=fix)
        )
    for label, axis in zip(labels, axes, strict=True):
        if label not in axis.positions:
            message = f"{label!r} is not an item of {axis.name!r}"
            raise StudyError(Diagnostic("K502", message, fix=suggest(label, axis.items)))
    codes = tuple(a.positions[label] for a, label in zip(axes, labels, strict=True))
    cell = int(np.ravel_multi_index(codes, info.domain.shape)) if axes else 0
    return table, cell, f"{table}[{', '.join(labels)}]" if labels else table


def _curve(case: Parametrised, k: int, table: str, cell: int, asked: tuple[float, float], name: str) -> Curve:
    feed = case.feeds(table, k)
    parts = {n: bool(getattr(feed, n)[:, [cell]].nnz) for n in ("rhs", "q", "A", "P", "F", "g")}
    s = case.program.structure
    straight = feed.exact and not (s.is_integer or s.is_quadratic or s.is_conic)
    if not straight or parts["A"] or (parts["rhs"] and parts["q"]):
        why = "it multiplies decisions in a relation, stands in both costs and right-hand sides, or the problem is not linear"
        fix = "Solve for several numbers of it: runs in scenarios.yml."
        raise StudyError(
            Diagnostic("K503", f"the optimum over {name} is not piecewise linear", why=why, fix=fix)
        )
    now = float(case.values(table, k)[cell])
    seen = _seen(case, k, table, cell, sides=parts["rhs"])
    ends = [seen(t) or _inside(case, k, table, cell, t, seen) for t in asked]
    labels = case.scenarios.coordinates(int(case.numbers.which[k]))
    none = np.zeros(0)
    start, end = ends
    unit = case.model.tables[case.sources[table].table].spec.unit
    lost = start is None or end is None or start[0] > end[0]
    if start is None or end is None or lost or not _overlaps(start[0], end[0], asked):
        return Curve(
            problem=case.problem.key,
            scenario=labels,
            datum=name,
            unit=unit,
            now=now,
            at=none,
            objective=none,
            slope=none,
            complete=True,
        )
    points = _points(start, end, seen) if start[0] < end[0] else [start]
    at, least = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    sense = float(case.program.sense or 1)
    slope = sense * np.diff(least) / np.where(np.diff(at) > 0, np.diff(at), 1.0)
    kept = _bends(slope)
    at, least = at[kept], least[kept]
    slope = sense * np.diff(least) / np.where(np.diff(at) > 0, np.diff(at), 1.0)
    return Curve(
        problem=case.problem.key,
        scenario=labels,
        datum=name,
        unit=unit,
        now=now,
        at=at,
        objective=sense * least + 0.0,
        slope=slope + 0.0,
        complete=len(points) < MOST_PIECES,
    )


def _overlaps(first: float, last: float, asked: tuple[float, float]) -> bool:
    """Whether the numbers with a plan reach into the interval asked for."""
    room = NEAR * max(1.0, abs(asked[0]), abs(asked[1]))
    return first <= asked[1] + room and last >= asked[0] - room


def _bends(slope: Array) -> Index:
    """Which points to keep: the ends, and those where the slope changes."""
    if not len(slope):
        return np.zeros(1, dtype=np.intp)
    change = np.abs(np.diff(slope)) > 1e-7 * np.maximum(np.abs(slope[1:]), NEAR)
    return np.flatnonzero(np.concatenate([[True], change, [True]]))


def _seen(case: Parametrised, k: int, table: str, cell: int, sides: bool) -> Callable[[float], Point | None]:
    """Number of the datum → minimum and slope there; None where there is no plan."""
    feed = case.feeds(table, k)
    rhs, cost = feed.rhs[:, [cell]].toarray()[:, 0], feed.q[:, [cell]].toarray()[:, 0]

    pair = np.repeat(case.values(table, k)[None], 2, axis=0)
    pair[1, cell] += 1.0
    told = case.changed({table: pair}, k).batch.r[:, 0]
    constant = float(told[-1] - told[0])

    def at(t: float) -> Point | None:
        values = case.values(table, k).copy()
        values[cell] = t
        bound = case.changed({table: values[None]}, k)
        answer = solve(bound.batch, Options())
        if not answer.answered[0]:
            return None
        slope = float(row_multipliers(bound, answer)[0][0] @ rhs if sides else answer.x[0] @ cost)
        return t, float(answer.objective[0]), slope + constant

    return at


def _inside(
    case: Parametrised, k: int, table: str, cell: int, t: float, seen: Callable[[float], Point | None]
) -> Point | None:
    """The nearest number of the datum at which there is a plan, where there is none at t."""
    from scipy.sparse import csr_array

    values = case.values(table, k).copy()
    values[cell] = t
    bound = case.changed({table: values[None]}, k)
    feed = case.feeds(table, k)
    free = np.full(1, np.inf)
    levers = Levers(
        rhs=csr_array(feed.rhs[:, [cell]]),
        g=csr_array(feed.g[:, [cell]]),
        cost=np.ones(1),
        low=-free,
        high=free,
    )
    moved = least_change(bound, levers)
    return None if moved is None else seen(t + float(moved.by[0]))


def _points(start: Point, end: Point, seen: Callable[[float], Point | None]) -> list[Point]:
    """The points between which the minimum is linear: where the tangents of two points meet, it is looked at again."""
    out = [start]
    waiting = [(start, end)]
    while waiting and len(out) < MOST_PIECES:
        a, b = waiting.pop()
        middle = _meeting(a, b)
        found = None if middle is None else seen(middle)
        if found is None or middle is None:
            out.append(b)
            continue
        expected = a[1] + a[2] * (middle - a[0])
        if abs(found[1] - expected) <= NEAR * max(1.0, abs(expected)):
            out += [found, b]
        else:
            waiting += [(found, b), (a, found)]
    return out


def _meeting(a: Point, b: Point) -> float | None:
    """Where the tangents of two points meet strictly between them; None where they are one line."""
    bend = a[2] - b[2]
    if abs(a[1] + a[2] * (b[0] - a[0]) - b[1]) <= NEAR * max(1.0, abs(b[1])) or bend == 0.0:
        return None
    t = (b[1] - a[1] + a[2] * a[0] - b[2] * b[0]) / bend
    width = b[0] - a[0]
    return t if a[0] + NEAR * width < t < b[0] - NEAR * width else None
