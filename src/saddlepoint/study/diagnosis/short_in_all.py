"""Relations that no plan keeps together though each of them can be kept alone: what they ask for in all, and what the others allow.

The problem is looked at without objective, integrality and curved parts, so that what is said holds whatever is decided. A Farkas
vector of an irreducible set adds its relations up to one that asks for more than the bounds of the decisions allow; its sum is
told by relation: "demand" against "capacity" is the
plainest of such sums, and no name is needed to find it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.program import Program
from saddlepoint.errors import NOWHERE, Diagnostic, Mark
from saddlepoint.model.model import Problem
from saddlepoint.printing.grid import number, six_digits
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.conflict import aimless, irreducible_set
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.label import row_multipliers
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised, case_with
from saddlepoint.study.diagnosis.conflicts import conflict_of
from saddlepoint.study.diagnosis.ways_out import ways_out
from saddlepoint.study.running.plan import Plan

SECONDS: Final = 20.0
"""For the look at one problem: what takes longer is left to the run."""
NOTHING: Final = 1e-9
"""Beside the largest part of a sum: what is smaller is rounding."""
NEARLY_ALL: Final = 10.0
"""Where something stands in for what is missing at a price, so many times as much must be asked for as the rest allows."""
UNITS: Final = 100.0
"""From this many times as much on, a unit is the likeliest cause."""
_WHY: Final = "There is no plan then, whatever else is decided"
LISTED: Final = 3
"""Relations of one side that are told, the largest parts first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addend:
    """What one relation, or the bounds of one table, add to the sum: amount > 0 is asked for, < 0 allowed.

    weights: of its rows, of those that add something; tables: the inputs that its sides read.
    """

    title: str
    amount: float
    weights: Array
    rows: int
    tables: tuple[str, ...]
    mark: Mark | None = None

    def __str__(self) -> str:
        counted = f" ({self.rows:,} rows)" if self.rows > 1 else ""
        read = f" from {' and '.join(self.tables)}" if self.tables else ""
        return f"{self.title}{counted}{read}"


def short_in_all(
    plan: Plan, problem: Problem, bound: BoundProgram, which: Index, flat: Mapping[str, Array]
) -> Iterator[Diagnostic]:
    """K906 for the first scenario of a problem whose linear relations no plan keeps together, with the number of such scenarios.

    bound: the problem in the scenarios to look at, which: their flat positions; flat: the numbers of all tables.
    """
    if bound.program.products is not None:
        return
    limited = Options(time_limit=SECONDS)
    deadline = Deadline.of(limited)
    lost = np.flatnonzero(solve(_plain(bound.batch), limited).status == Status.INFEASIBLE)
    curved = not len(lost) and bound.batch.structure.is_conic and not deadline.over()
    if curved:
        left = deadline.within(limited)
        lost = np.flatnonzero(solve(_without_integers(bound.batch), left).status == Status.INFEASIBLE)
    closed: tuple[str, ...] = ()
    if not len(lost) and not deadline.over() and (closed := ways_out(bound.program, bound.batch)):
        shut = _plain(_without(bound.program, bound.batch, closed))
        lost = np.flatnonzero(solve(shut, deadline.within(limited)).status == Status.INFEASIBLE)
    if not len(lost) or deadline.over():
        return
    case = case_with(plan, problem.key, which[lost[:1]], flat)
    left = deadline.within(limited)
    parts = () if curved else _parts(case, left, closed)
    if parts:
        yield from _finding(case, parts, len(lost), closed)
    elif not closed:
        yield from _at_odds(case, len(lost), left)


def _plain(batch: Batch) -> Batch:
    """The linear relations of a problem alone: without objective, integrality and curved parts."""
    s, size = batch.structure, len(batch.l)
    linear = replace(s, F=Pattern.empty(0, s.n), cones=(), integer=np.zeros(s.n, dtype=np.bool_))
    return aimless(replace(batch, structure=linear, F=np.zeros((size, 0)), g=np.zeros((size, 0))))


def _without(program: Program, batch: Batch, closed: Sequence[str]) -> Batch:
    """A problem without the decisions of some tables."""
    ub = batch.ub.copy()
    for block in program.columns:
        if block.table in closed:
            ub[:, block.start : block.start + block.size] = 0.0
    return replace(batch, ub=ub)


def _without_integers(batch: Batch) -> Batch:
    s = batch.structure
    return aimless(replace(batch, structure=replace(s, integer=np.zeros(s.n, dtype=np.bool_))))


def _at_odds(case: Parametrised, count: int, options: Options) -> Iterator[Diagnostic]:
    """K906 by the relations of an irreducible set, where some have no sum: curved ones, and rows that operators have added."""
    found = conflict_of(case, None, options)
    if found is None:
        return
    conflict, _ = found
    named = [m for m in conflict.members if m.kind == "relation"]
    blocks = {b.name: b for b in case.program.rows}
    yield Diagnostic(
        "K906",
        f"no plan{_where(case)} keeps {_joined([str(m) for m in named])} together{_more(count)}",
        next((b.mark for m in named if (b := blocks.get(m.name)) is not None and b.mark), NOWHERE),
        why=_WHY + ".",
        fix=_look_at(list(conflict.sources)),
        severity="warning",
    )


def _where(case: Parametrised) -> str:
    label = ", ".join(case.scenarios.coordinates(int(case.numbers.which[0])))
    return f" in {label}" if case.scenarios.size > 1 else ""


def _more(count: int) -> str:
    return (
        f"; so it is in {count - 1:,} more {'scenario' if count == 2 else 'scenarios'}" if count > 1 else ""
    )


def _look_at(tables: Sequence[str], lost: bool = True) -> str:
    helped = "; `lab.diagnose()` says what would help" if lost else ""
    return (
        f"Look at {', '.join(tables) or 'the numbers of these relations'}: a unit, a digit, a sign{helped}."
    )


def _parts(case: Parametrised, options: Options, closed: Sequence[str] = ()) -> Sequence[_Addend]:
    """The parts of the sum of one irreducible set, what is asked for first; none where it cannot be told. closed: tables whose
    decisions are left out."""
    bound = case.bound(0)
    plain = _plain(_without(bound.program, bound.batch, closed))
    found = irreducible_set(plain, None, options)
    if found is None or len(found.crossed):
        return ()
    blank = Solution.blank(plain.structure, 1)
    weights, implicit = row_multipliers(bound, replace(blank, y=found.y[None], z=found.z[None]))
    parts = [*_of_relations(case, bound, weights[0]), *_of_bounds(bound.program, plain, implicit[0])]
    largest = max((abs(p.amount) for p in parts), default=0.0)
    kept = sorted((p for p in parts if abs(p.amount) > NOTHING * largest), key=lambda p: -abs(p.amount))
    return kept if sum(p.amount for p in kept) > 0 else ()


def _of_relations(case: Parametrised, bound: BoundProgram, weights: Array) -> Iterator[_Addend]:
    with np.errstate(invalid="ignore"):
        adds = np.where(weights != 0, weights * bound.rhs[0], 0.0)
    for block in bound.program.rows:
        part = slice(block.start, block.start + block.size)
        for sign in (1, -1):
            mine = block.start + np.flatnonzero(sign * adds[part] > 0)
            if len(mine):
                fed = [k for k in case.sources if abs(case.feeds(k).rhs[mine]).sum()]
                tables = tuple(dict.fromkeys(str(case.sources[k]) for k in fed))
                yield _Addend(
                    title=block.called,
                    amount=float(adds[mine].sum()),
                    weights=np.abs(weights[mine]),
                    rows=len(mine),
                    tables=tables,
                    mark=block.mark,
                )


def _of_bounds(program: Program, batch: Batch, weights: Array) -> Iterator[_Addend]:
    side = np.where(weights > 0, batch.lb[0], batch.ub[0])
    adds = np.where(weights != 0, weights * np.where(weights != 0, side, 0.0), 0.0)
    for block in program.columns:
        part = slice(block.start, block.start + block.size)
        for sign in (1, -1):
            mine = block.start + np.flatnonzero(sign * adds[part] > 0)
            if len(mine):
                yield _Addend(
                    title=f"the bounds of {block.table}",
                    amount=float(adds[mine].sum()),
                    weights=np.abs(weights[mine]),
                    rows=len(mine),
                    tables=(),
                )


def _finding(
    case: Parametrised, parts: Sequence[_Addend], count: int, closed: Sequence[str]
) -> Iterator[Diagnostic]:
    """K906 with both totals; where tables stand in for what is missing (closed), only if that is nearly all."""
    asked, allowed = [p for p in parts if p.amount > 0], [p for p in parts if p.amount < 0]
    unit = float(np.median(np.concatenate([p.weights for p in asked])))
    need, most = sum(p.amount for p in asked) / unit, -sum(p.amount for p in allowed) / unit
    even = all(np.allclose(p.weights, unit, rtol=1e-6) for p in parts)
    weighed = "in all" if even else "in all, each row times what it counts for"
    limit = f"{_listed(allowed)} allow{'' if len(allowed) > 1 else 's'}" if allowed else "the relations allow"
    asking = f"{_listed(asked)} ask{'' if len(asked) > 1 else 's'}"
    times = need / most if most > 0 else 0.0
    if closed and times < NEARLY_ALL:
        return
    tables = list(dict.fromkeys(t for p in parts for t in p.tables))
    without = f"without {' and '.join(closed)}, " if closed else ""
    yield Diagnostic(
        "K906",
        f"{without}{asking} for {six_digits(need)}{_where(case)} {weighed}, and {limit} at most {six_digits(most)}{_more(count)}",
        next((p.mark for p in asked if p.mark is not None), NOWHERE),
        why=(f"All else is left to {' and '.join(closed)}, which costs many times more" if closed else _WHY)
        + (
            f": {number(float(f'{times:.2g}'))} times as much is asked for, as where units differ."
            if times >= UNITS
            else "."
        ),
        fix=_look_at(tables, lost=not closed),
        severity="warning",
    )


def _listed(parts: Sequence[_Addend]) -> str:
    told = [str(p) for p in parts[:LISTED]]
    return _joined(told + ([f"{len(parts) - LISTED} more"] if len(parts) > LISTED else []))


def _joined(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
