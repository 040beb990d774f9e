"""Why the optimum of one scenario, or kept run, differs from that of another: which difference of the data moves what.

The differences are put in one by one. With up to eight of them every combination is solved, and the share of each is the mean of
its effects over all orders (Shapley 1953): the shares add up to the whole difference. With more of them it is the mean over the
order as given and its reverse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import PatternChanged
from saddlepoint.errors import StudyError
from saddlepoint.labels import Domain
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised, all_numbers, case_of
from saddlepoint.study.results.result import Result
from saddlepoint.study.scenarios.select import select

MOST_COMBINED = 8
"""Differences up to which all combinations are solved."""
ROUNDING = 1e-9
"""Beside the largest: effects and amounts that are none."""
MOST_MOVES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDifference:
    """A table (or one cell of it) whose numbers differ. domain, cells: where, within one scenario; before, after: its numbers
    there; decided: whether another problem decides them. alone: what putting it in first does to the objective; last: what it
    does after all others; share: the mean over orders;
    NaN where a combination has no plan."""

    name: str
    unit: str
    domain: Domain
    cells: Index
    before: Array
    after: Array
    decided: bool
    alone: float
    last: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMove:
    """A decision that differs, and the share of each difference of the data in it (in their order; NaN where not known)."""

    name: str
    unit: str
    before: float
    after: float
    shares: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Of one problem: objective, (2,), in the user's sense; differences: largest share first; together: names of two differences,
    and what they do together beyond what each does alone, the largest first; every_order: whether the shares are means over all
    orders; moves: decisions that differ most, of
    `moved` in all."""

    problem: str
    objective: Array
    differences: tuple[DataDifference, ...]
    together: tuple[tuple[str, str, float], ...]
    every_order: bool
    moves: tuple[PlanMove, ...]
    moved: int


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of cells that changes at once: the key of what is read, its cells within one scenario, their numbers before and after."""

    key: str
    cells: Index
    before: Array
    after: Array


def reasons(
    first: Result, second: Result, scenarios: tuple[str, str], cells: bool = False
) -> tuple[Reasons, ...]:
    """The reasons, problem by problem, for the optimum of `second` in one scenario beside that of `first` in another.

    first, second: results of one model with its inputs (the same, or those of two runs); scenarios: as chosen by labels, "" = the
    only one; cells: split by cells in place of tables. StudyError K101, K102, K104 (no such scenario), K901 (not exactly one),
    K902 (the data are the same).
    """
    found: list[Reasons] = []
    widest = max((a.program.scenarios for a in first.answers.values()), key=lambda d: len(d.axes))
    for choice in filter(None, scenarios):
        select(widest, [choice])
    for key, answer in first.answers.items():
        domain = answer.program.scenarios
        which = np.array([_one(domain, choice) for choice in scenarios])
        same = first is second and which[0] == which[1]
        made = None if same else _of_problem(first, second, key, which, cells)
        if made is not None:
            found.append(made)
    if not found:
        why = "What every problem reads is equal in both, so the plans are too."
        raise StudyError.of("K902", "the data do not differ", why=why)
    return tuple(found)


def _one(domain: Domain, choice: str) -> int:
    """The flat position of one scenario; StudyError K901."""
    known = [part for part in choice.split(",") if part.strip()]
    if not domain.axes:
        return 0
    if len(domain.axes) < len(known):
        known = known[: len(domain.axes)]
    found = select(domain, [",".join(known)] if known else [])
    if len(found) != 1:
        sets = ",".join(axis.name for axis in domain.axes)
        message = f"{choice!r} is {len(found)} scenarios" if choice else f"there are {len(found)} scenarios"
        raise StudyError.of("K901", message, fix=f"Name one on each side: its labels of {sets}.")
    return int(found[0])


def _of_problem(first: Result, second: Result, key: str, which: Index, by_cell: bool) -> Reasons | None:
    case = case_of(first.plan, key, which, first)
    groups = list(_groups(case, all_numbers(second), by_cell))
    if not groups:
        return None
    subsets = _subsets(len(groups))
    values, plans = _solved(case, groups, subsets)
    place = {subset.tobytes(): k for k, subset in enumerate(subsets)}
    weights = [_weights(k, subsets, place) for k in range(len(groups))]
    shares = [_total(values, pairs) for pairs in weights]
    order = np.argsort([-abs(s) if np.isfinite(s) else 0.0 for s in shares], kind="stable")
    none, whole = np.zeros(len(groups), np.bool_), np.ones(len(groups), np.bool_)
    objective = np.array([values[place[none.tobytes()]], values[place[whole.tobytes()]]])
    made = [_difference(case, groups[k], _ends(values, place, len(groups), k), shares[k]) for k in order]
    moves, moved = _moves(case, plans, place, weights, order)
    return Reasons(
        problem=key,
        objective=objective,
        differences=tuple(made),
        together=tuple(_together(values, place, [d.name for d in made], order, objective)),
        every_order=len(groups) <= MOST_COMBINED,
        moves=moves,
        moved=moved,
    )


def _groups(case: Parametrised, other: Mapping[str, Array], by_cell: bool) -> Iterator[_Group]:
    for key in case.sources:
        before, after = case.values(key, 0), other[key][case.places(key, 1)]
        cells = np.flatnonzero(before != after)
        groups = [cells[k : k + 1] for k in range(len(cells))] if by_cell else [cells] * bool(len(cells))
        yield from (_Group(key, group, before[group], after[group]) for group in groups)


def _subsets(count: int) -> list[Mask]:
    """Which differences are put in: all combinations, or those met in the order as given and in its reverse, and each alone."""
    if count <= MOST_COMBINED:
        every = (chosen for size in range(count + 1) for chosen in combinations(range(count), size))
    else:
        ordered = [range(k) for k in range(count + 1)] + [range(k, count) for k in range(1, count)]
        without = [[j for j in range(count) if j != k] for k in range(1, count - 1)]
        every = (tuple(c) for c in (*ordered, *((k,) for k in range(1, count - 1)), *without))
    out: list[Mask] = []
    for chosen in every:
        mask = np.zeros(count, np.bool_)
        mask[list(chosen)] = True
        out.append(mask)
    return out


def _solved(case: Parametrised, groups: Sequence[_Group], subsets: Sequence[Mask]) -> tuple[Array, Array]:
    """Objectives (K,) in the user's sense and plans (K, n) of all subsets, NaN where there is none."""
    moved: dict[str, Array] = {}
    for k, group in enumerate(groups):
        table = moved.setdefault(group.key, np.repeat(case.values(group.key, 0)[None], len(subsets), axis=0))
        rows = np.array([subset[k] for subset in subsets])
        table[np.ix_(rows, group.cells)] = group.after
    try:
        answer = solve(case.changed(moved, 0).batch, Options())
    except PatternChanged:
        why = "With some of the differences put in, a formula changes its sign or its kind."
        raise StudyError.of("K902", "the differences cannot be put in one by one", why=why) from None
    missing = ~answer.answered
    values = float(case.program.sense or 1) * answer.objective
    return np.where(missing, np.nan, values), np.where(missing[:, None], np.nan, answer.x)


def _weights(k: int, subsets: Sequence[Mask], place: Mapping[bytes, int]) -> list[tuple[int, int, float]]:
    """The pairs (with, without) of places that differ by the k-th difference, and the weight of each in its share."""
    count = len(subsets[0])
    if count <= MOST_COMBINED:
        out: list[tuple[int, int, float]] = []
        for j, subset in enumerate(subsets):
            if not subset[k]:
                size = int(subset.sum())
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                out.append((place[_with(subset, k).tobytes()], j, weight))
        return out
    before, after = np.arange(count) < k, np.arange(count) > k
    return [(place[_with(mask, k).tobytes()], place[mask.tobytes()], 0.5) for mask in (before, after)]


def _with(subset: Mask, k: int) -> Mask:
    out = subset.copy()
    out[k] = True
    return out


def _total(values: Array, pairs: Sequence[tuple[int, int, float]]) -> float:
    return float(sum(weight * (values[a] - values[b]) for a, b, weight in pairs))


def _ends(values: Array, place: Mapping[bytes, int], count: int, k: int) -> tuple[float, float]:
    """What the k-th difference does first, and last."""
    none, whole = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    without = whole.copy()
    without[k] = False
    alone = values[place[_with(none, k).tobytes()]] - values[place[none.tobytes()]]
    return float(alone), float(values[place[whole.tobytes()]] - values[place[without.tobytes()]])


def _difference(case: Parametrised, group: _Group, ends: tuple[float, float], share: float) -> DataDifference:
    source = case.sources[group.key]
    info = case.model.tables[source.table]
    name = str(source)
    if len(group.cells) == 1 and info.rest.axes:
        name += f"[{', '.join(info.rest.coordinates(int(group.cells[0])))}]"
    return DataDifference(
        name=name,
        unit=info.spec.unit,
        domain=info.rest,
        cells=group.cells,
        before=group.before,
        after=group.after,
        decided=info.spec.kind == "endogenous",
        alone=ends[0],
        last=ends[1],
        share=share,
    )


def _together(
    values: Array, place: Mapping[bytes, int], names: Sequence[str], order: Index, objective: Array
) -> Iterator[tuple[str, str, float]]:
    """What two differences do together beyond what each does alone; where all combinations were solved."""
    count = len(names)
    size = np.nanmax(np.abs(np.append(objective, objective[1] - objective[0])))
    if count > MOST_COMBINED or not np.isfinite(size):
        return
    none = np.zeros(count, np.bool_)
    start = values[place[none.tobytes()]]
    found: list[tuple[str, str, float]] = []
    for a, b in combinations(range(count), 2):
        i, j = int(order[a]), int(order[b])
        one, other = _with(none, i), _with(none, j)
        both = values[place[_with(one, j).tobytes()]]
        extra = both - values[place[one.tobytes()]] - values[place[other.tobytes()]] + start
        if np.isfinite(extra) and abs(extra) > ROUNDING * size:
            found.append((names[a], names[b], float(extra)))
    yield from sorted(found, key=lambda each: -abs(each[2]))


def _moves(
    case: Parametrised,
    plans: Array,
    place: Mapping[bytes, int],
    weights: Sequence[Sequence[tuple[int, int, float]]],
    order: Index,
) -> tuple[tuple[PlanMove, ...], int]:
    """The decisions that differ most beside the size of their table, and how many differ."""
    count = len(weights)
    before = plans[place[np.zeros(count, np.bool_).tobytes()]]
    after = plans[place[np.ones(count, np.bool_).tobytes()]]
    found: list[tuple[float, PlanMove]] = []
    for block in case.program.columns:
        part = slice(block.start, block.start + block.size)
        size = max(np.abs(before[part]).max(initial=0.0), np.abs(after[part]).max(initial=0.0))
        for j in np.flatnonzero(np.abs(after - before)[part] > 1e-7 * size).tolist():
            column = block.start + j
            shares = np.array([_total(plans[:, column], weights[k]) for k in order])
            move = PlanMove(
                name=block.domain.called(block.table, int(block.cells[j])),
                unit=case.model.tables[block.table].spec.unit,
                before=float(before[column]),
                after=float(after[column]),
                shares=shares,
            )
            found.append((abs(move.after - move.before) / size, move))
    ranked = sorted(found, key=lambda each: -each[0])
    return tuple(move for _, move in ranked[:MOST_MOVES]), len(found)
