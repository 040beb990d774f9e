"""The exact curve of an optimum over one datum, or several that move together: where it changes its course, and to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.errors import ExpressionError, StudyError, suggest
from saddlepoint.labels import Domain
from saddlepoint.model.model import Model
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.moving_program import movement
from saddlepoint.solve.diagnosis.parametric import INSIDE
from saddlepoint.study.diagnosis.case import Parametrised, case_of
from saddlepoint.study.diagnosis.curve_pieces import Traced, curved_pieces, straight_pieces
from saddlepoint.study.diagnosis.direction import (
    DataDirection,
    DataPath,
    VaryMode,
    path_of,
    read_direction,
    scenarios_within,
)
from saddlepoint.study.results.result import Result

MOST_CURVES = 50
"""Scenarios of each problem whose curves are traced, where nobody says otherwise."""
PROBES = np.array([0.0, 0.1013, 0.2371, INSIDE, 0.5, 0.6257, 0.7713, 0.8979, 1.0])
"""Where the data are looked at to see how they move the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A decided table, or the prices of a constraint, along a curve: numbers (pieces, 2, cells), at both ends of each piece and
    linear between them; a jump from one piece to the next is possible. cells: (k,) flat positions in the domain."""

    name: str
    unit: str
    domain: Domain
    cells: Index
    numbers: Array

    @property
    def spread(self) -> Array:
        """(k,) how far each cell moves along the whole curve."""
        numbers = self.numbers.reshape(-1, len(self.cells))
        return np.ptp(numbers, axis=0) if numbers.size else np.zeros(len(self.cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The optimum of one scenario over a datum: linear between the points, or quadratic.

    problem, scenario: whose; at: (p,) increasing numbers of the datum; objective: (p,) in the user's sense; slope, slope_end: (p − 1,) just
    after the first and just before the second point of each piece, equal where it is linear (none where there is no plan at all);
    mode: whether the numbers are those of the datum, what is added to it or a factor; now: as the data are, in `unit`; complete:
    whether all pieces were found; courses: of plans and prices that were asked for.
    """

    problem: str
    scenario: tuple[str, ...]
    datum: str
    unit: str
    mode: VaryMode
    now: float
    at: Array
    objective: Array
    slope: Array
    slope_end: Array
    complete: bool
    courses: Mapping[str, Course] = field(default_factory=dict[str, Course])

    @property
    def is_straight(self) -> bool:
        """Whether the objective is linear on every piece."""
        size = np.maximum(np.abs(self.slope), np.abs(self.slope_end))
        return bool((np.abs(self.slope - self.slope_end) <= 1e-6 * size + 1e-12).all())

    def value(self, t: Array) -> Array:
        """The objective at numbers of the datum; NaN where there is no plan."""
        t = np.asarray(t, np.float64)
        if len(self.at) < 2:
            known = np.isin(t, self.at)
            return np.where(known, self.objective[0] if len(self.at) else np.nan, np.nan)
        k = np.clip(np.searchsorted(self.at, t, side="right") - 1, 0, len(self.slope) - 1)
        width, step = np.diff(self.at)[k], t - self.at[k]
        bend = (self.slope_end[k] - self.slope[k]) / np.where(width > 0, 2 * width, 1.0)
        inside = (t >= self.at[0]) & (t <= self.at[-1])
        return np.where(inside, self.objective[k] + self.slope[k] * step + bend * step**2, np.nan)


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


def vary(
    result: Result,
    datum: str,
    low: float,
    high: float,
    most: int = MOST_CURVES,
    *,
    factor: bool = False,
    of: Sequence[str] = (),
) -> Curves:
    """The curves of the scenarios that read a datum between two numbers; most: how many of each problem.

    datum: `table[label, …]`, whose number runs from low to high; or several cells, `demand[*]`, `2 * a[x] - b[y]`, to which so
    much is added, or which are multiplied by so much (factor). of: decided tables, and `price_<constraint>`, to be traced too.
    Exact for linear and convex quadratic
    problems in which the data are part of right-hand sides and costs. StudyError K502 (no such datum), K503 (the curve is not of this
    kind), K504 (the interval is empty), K900 (`of` names what is not decided).
    """
    direction = read_direction(datum, result.plan.model, factor)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        message, fix = f"from {low:g} to {high:g} is no interval", "Give two numbers, the lower first."
        raise StudyError.of("K504", message, fix=fix)
    wanted = _wanted(of, result)
    curves: list[Curve] = []
    left_out = 0
    for key, answer in result.answers.items():
        who = scenarios_within(
            direction, answer.which[answer.which >= 0], answer.program.scenarios, result.plan.model
        )
        case = case_of(result.plan, key, who[:most], result) if len(who) else None
        if case is None or not any(table in case.sources for table in direction.weights):
            continue
        left_out += max(0, len(who) - most)
        for k in range(case.numbers.size):
            path = path_of(direction, case, k)
            if path is not None:
                curves.append(_curve(case, k, path, (low, high), direction, wanted))
    if not curves:
        why = "its table is not read, or only by scenarios that were not chosen"
        raise StudyError.of("K502", f"no formula that was solved reads {direction.name}", why=why)
    return Curves(tuple(curves), left_out)


def _wanted(of: Sequence[str], result: Result) -> tuple[str, ...]:
    """The names asked for, as tables and `price_<constraint>`; StudyError K900."""
    model = result.plan.model
    views = {n: v.table for p in model.problems for n, v in p.variables.items() if v.role == "decision"}
    programs = [answer.program for answer in result.answers.values()]
    known = {block.table for program in programs for block in program.columns}
    known |= {f"price_{block.name}" for program in programs for block in program.rows}
    named = [views.get(name, name) if name not in known else name for name in of]
    lacking = next((name for name in named if name not in known), None)
    if lacking is not None:
        message = f"{lacking!r} is neither decided nor the price of a constraint"
        raise StudyError.of("K900", message, fix=suggest(lacking, sorted(known)))
    return tuple(dict.fromkeys(named))


def _curve(
    case: Parametrised,
    k: int,
    path: DataPath,
    asked: tuple[float, float],
    direction: DataDirection,
    of: Sequence[str],
) -> Curve:
    s = case.program.structure
    places = asked[0] + PROBES * (asked[1] - asked[0])
    bound = _changed(case, k, path, places, direction)
    moved = None if s.is_integer or s.is_conic else movement(bound, places)
    if moved is None:
        why = "it multiplies decisions in a relation or their squares, stands in a formula that is not straight in it, or the problem has integers or cones"
        fix = "Solve for several numbers of it: runs in scenarios.yml."
        message = f"the optimum over {direction.name} is neither piecewise linear nor piecewise quadratic"
        raise StudyError.of("K503", message, why=why, fix=fix)
    straight = not s.is_quadratic and moved.is_piecewise_linear
    trace = straight_pieces if straight else curved_pieces
    found = trace(case, k, path, asked, moved, bool(of))
    sense = float(case.program.sense or 1)
    return Curve(
        problem=case.problem.key,
        scenario=case.scenarios.coordinates(int(case.numbers.which[k])),
        datum=direction.name,
        unit=direction.unit,
        mode=direction.mode,
        now=path.now,
        at=found.at,
        objective=sense * found.least + 0.0,
        slope=sense * found.slope + 0.0,
        slope_end=sense * found.slope_end + 0.0,
        complete=found.complete,
        courses=dict(_courses(case, found, of, sense)),
    )


def _changed(
    case: Parametrised, k: int, path: DataPath, places: Array, direction: DataDirection
) -> BoundProgram:
    """The program at some numbers; ExpressionError that says the number at which a formula has no value."""
    try:
        return case.changed(path.at(places), k)
    except ExpressionError:
        for t in places.tolist():
            try:
                case.changed(path.at(np.array([t])), k)
            except ExpressionError as error:
                fix = f"Trace it from where the formula has a value; at {t:g} it has none."
                found = [
                    replace(d, message=f"{d.message}, where {direction.name} is {t:g}", fix=fix)
                    for d in error.diagnostics
                ]
                raise ExpressionError(found) from None
        raise


def _courses(
    case: Parametrised, found: Traced, of: Sequence[str], sense: float
) -> Iterator[tuple[str, Course]]:
    program = case.program
    model: Model = case.model
    for block in program.columns:
        if block.table in of:
            part = found.plan[:, :, block.start : block.start + block.size]
            unit = model.tables[block.table].spec.unit
            yield (
                block.table,
                Course(
                    name=block.table, unit=unit, domain=block.domain, cells=block.cells, numbers=part + 0.0
                ),
            )
    for rows in program.rows:
        name = f"price_{rows.name}"
        if name in of:
            part = sense * found.prices[:, :, rows.start : rows.start + rows.size] + 0.0
            yield (
                name,
                Course(name=name, unit=rows.price_unit, domain=rows.domain, cells=rows.cells, numbers=part),
            )
