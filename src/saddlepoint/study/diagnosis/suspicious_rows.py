"""Relations that look wrong before anything is solved: out of reach, nearly the same as another, or with a big M."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.program import Program, RowBlock
from saddlepoint.errors import NOWHERE, Diagnostic
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.lone_signs import lone_sign
from saddlepoint.model.model import Problem
from saddlepoint.printing.sentences import some_of
from saddlepoint.records import dataclass
from saddlepoint.solve.route.integers.big_m import big_m_notes
from saddlepoint.solve.solution import Solution
from saddlepoint.study.diagnosis.idle_rows import few_signs, idle_rows
from saddlepoint.study.diagnosis.short_in_all import short_in_all
from saddlepoint.study.running.at_odds import at_odds
from saddlepoint.study.running.plan import Plan, numbers_of

MOST_ENTRIES = 20_000_000
"""Entries × scenarios that are looked at; more of a sweep are left to the solver."""
SHORT = 1e-9
"""Beside the sizes in a relation: how far out of reach is none."""
EQUAL, NEAR = 1e-12, 1e-6
"""Rows that differ by less than the first are the same, by more than the second others."""
MOST_EQUALITIES = 300
"""Equations up to which combinations of several are looked for."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Named:
    """A row of the solver in the user's terms: block and cell."""

    block: RowBlock
    cell: int

    def __str__(self) -> str:
        return self.block.domain.called(self.block.called, self.cell)


def suspicious_rows(plan: Plan, made: Sequence[tuple[Problem, Program]]) -> Iterable[Diagnostic]:
    """Warnings of the problems that read nothing that others decide: K906 (a relation asks for more than its decisions can give
    in some scenario, or several together for more than the others allow), and, in the first scenario, K905 (rows that are nearly
    dependent), K904 (big M), and, where a few numbers of the data
    have another sign than the others, and none is doubted already, K914 (rows that ask for nothing)."""
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    doubted = {k for k, table in flat.items() if lone_sign(table) is not None}
    mixed = {k for k, table in flat.items() if few_signs(table)}
    for problem, program in made:
        if any(t not in flat for t in problem.reads):
            continue
        numbers = numbers_of(problem, plan, flat)
        most = max(1, MOST_ENTRIES // max(1, program.structure.A.nnz + program.structure.n))
        seen = numbers.take(np.arange(min(numbers.size, most)))
        bound = bind(program, seen)
        alone = [*_out_of_reach(bound), *at_odds(bound)]
        yield from alone or short_in_all(plan, problem, bound, seen.which, flat)
        one = bind(program, numbers.take(np.zeros(1, np.int64)))
        if mixed & set(problem.reads) and not doubted & set(problem.reads):
            low, high, _ = _reach(one.batch)
            yield from idle_rows(one, low[0], high[0])
        yield from _parallel(one)
        yield from _dependent(one)
        yield from _big_m(one)


def _of_solver(program: Program) -> dict[int, _Named]:
    """Row of the solver → its relation and cell."""
    return {
        int(program.row_of[block.start + k]): _Named(block, int(cell))
        for block in program.rows
        for k, cell in enumerate(block.cells.tolist())
        if program.row_of[block.start + k] >= 0
    }


def _out_of_reach(bound: BoundProgram) -> Iterator[Diagnostic]:
    """Relations that no numbers within the bounds of their decisions satisfy."""
    batch, program = bound.batch, bound.program
    low, high, size = _reach(batch)
    room = SHORT * (size + 1e-300)
    with np.errstate(invalid="ignore"):
        less, more = high < batch.l - room, low > batch.u + room
    for block in program.rows:
        rows = program.row_of[block.start : block.start + block.size]
        mine = np.flatnonzero(rows >= 0)
        wrong = (less | more)[:, rows[mine]]
        if wrong.any():
            s, k = (int(v) for v in np.argwhere(wrong)[0])
            row = int(rows[mine[k]])
            given = (
                (high, batch.l, "at least", "most") if less[s, row] else (low, batch.u, "at most", "least")
            )
            ends = [float(np.broadcast_to(side, (len(less), side.shape[1]))[s, row]) for side in given[:2]]
            named = _Named(block, int(block.cells[mine[k]]))
            yield _short(bound, named, s, ends, (given[2], given[3]), int(wrong.sum()))


def _short(
    bound: BoundProgram, named: _Named, s: int, ends: Sequence[float], words: tuple[str, str], count: int
) -> Diagnostic:
    scenario = bound.program.scenarios
    where = f" in {', '.join(scenario.coordinates(s))}" if scenario.size > 1 else ""
    rest = f"; so do {count - 1:,} more of the relation" if count > 1 else ""
    return Diagnostic(
        "K906",
        f"{named}{where} asks for {words[0]} {ends[1]:.6g}, and its decisions within their bounds make at {words[1]} {ends[0]:.6g}{rest}",
        named.block.mark or NOWHERE,
        why="There is no plan then, whatever else is decided.",
        fix="Look at the data of this relation and of the bounds: a capacity below the demand, a unit; `lab.diagnose()` says how much is missing.",
        severity="warning",
    )


def _reach(batch: Batch) -> tuple[Array, Array, Array]:
    """The least and the largest activity of every row within the column bounds (S, m), and the size of its finite terms."""
    pattern = batch.structure.A
    columns = pattern.columns()
    lower, upper = batch.lb[:, columns], batch.ub[:, columns]
    with np.errstate(invalid="ignore"):
        ends = [np.where(batch.A == 0, 0.0, batch.A * side) for side in (lower, upper)]
    least, most = np.minimum(*ends), np.maximum(*ends)
    size = np.maximum(*[np.where(np.isfinite(end), np.abs(end), 0.0) for end in ends])
    out: list[Array] = []
    for part in (least, most, size):
        total = np.zeros((len(part), pattern.shape[0]))
        for s in range(len(part)):
            total[s] = np.bincount(pattern.indices, part[s], pattern.shape[0])
        out.append(total)
    return out[0], out[1], out[2]


def _scaled(batch: Batch) -> tuple[Array, Array]:
    """Entries of the first scenario over the entry of their row that is largest (the first of such), and that entry of each row."""
    pattern, values = batch.structure.A, batch.A[0]
    top = np.zeros(pattern.shape[0])
    np.maximum.at(top, pattern.indices, np.abs(values))
    lead = np.zeros(pattern.shape[0])
    here = np.flatnonzero(np.abs(values) >= top[pattern.indices] * (1 - NEAR))[::-1]
    lead[pattern.indices[here]] = values[here]
    lead[lead == 0] = 1.0
    return values / lead[pattern.indices], lead


def _parallel(bound: BoundProgram) -> Iterator[Diagnostic]:
    """Pairs of rows that are nearly, but not quite, the same relation."""
    batch = bound.batch
    pattern = batch.structure.A
    entries, _ = _scaled(batch)
    marks = np.random.default_rng(0).uniform(1.0, 2.0, (2, pattern.shape[1]))[:, pattern.columns()]
    count = np.bincount(pattern.indices[entries != 0], minlength=pattern.shape[0])
    keys = [np.bincount(pattern.indices, entries * mark, pattern.shape[0]) for mark in marks]
    order = np.lexsort((keys[1], keys[0]))
    a, b = order[:-1], order[1:]
    close = (count[a] == count[b]) & (count[a] > 1)
    for key in keys:
        close &= np.abs(key[a] - key[b]) <= NEAR * count[a]
    if not close.any():
        return
    apart = _apart(batch, entries, a[close], b[close])
    near = (apart > EQUAL) & (apart <= NEAR)
    pairs = np.sort(np.stack([a[close][near], b[close][near]]), axis=0).T.tolist()
    named = _of_solver(bound.program) if pairs else {}
    found = [(i, j) for i, j in pairs if i in named and j in named]
    if found:
        i, j = found[0]
        more = f"; {len(found) - 1:,} more pairs like it" if len(found) > 1 else ""
        yield _near(named[i], f"{named[i]} and {named[j]} are almost the same relation{more}")


def _apart(batch: Batch, entries: Array, left: Index, right: Index) -> Array:
    """The largest difference between the scaled entries of two rows of each pair; ∞ where they stand in other columns."""
    pattern = batch.structure.A
    columns = pattern.columns()
    there = np.flatnonzero(entries)
    there = there[np.argsort(pattern.indices[there], kind="stable")]
    start = np.searchsorted(pattern.indices[there], np.arange(pattern.shape[0] + 1))
    apart = np.full(len(left), np.inf)
    for k, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        one, other = there[start[i] : start[i + 1]], there[start[j] : start[j + 1]]
        if np.array_equal(columns[one], columns[other]):
            apart[k] = np.abs(entries[one] - entries[other]).max(initial=0.0)
    return apart


def _near(named: _Named, message: str) -> Diagnostic:
    return Diagnostic(
        "K905",
        message,
        named.block.mark or NOWHERE,
        why="Rounding decides what holds between them; prices and plans may be anything along the difference.",
        fix="State it once, or correct the coefficients that differ.",
        severity="warning",
    )


def _dependent(bound: BoundProgram) -> Iterator[Diagnostic]:
    """Three equations or more of which one is nearly a combination of the others."""
    batch = bound.batch
    equal = np.flatnonzero(batch.l[0] == batch.u[0])
    if not 2 < len(equal) <= MOST_EQUALITIES:
        return
    from saddlepoint.algebra.products import dense

    matrix = dense(batch.structure.A, batch.A[0])[equal]
    size = np.linalg.norm(matrix, axis=1)
    matrix = matrix[size > 0] / size[size > 0, None]
    left, sigma, _ = np.linalg.svd(matrix, full_matrices=False)
    if len(sigma) < len(matrix) or not EQUAL < sigma[-1] <= NEAR * sigma[0] / 10:
        return
    weight = np.abs(left[:, -1])
    named = _of_solver(bound.program)
    rows = [int(equal[size > 0][k]) for k in np.argsort(-weight, kind="stable") if weight[k] > 0.1]
    told = [str(named[row]) for row in rows if row in named]
    if len(told) > 2:
        all_of = some_of(told, SHOWN)
        yield _near(named[rows[0]], f"{all_of} are nearly dependent: one almost follows from the others")


def _big_m(bound: BoundProgram) -> Iterator[Diagnostic]:
    s = bound.program.structure
    if not s.is_integer:
        return
    for text in big_m_notes(bound, Solution.blank(s, 1)).values():
        yield Diagnostic(
            "K904",
            text,
            why="A relation switched by a number so large is kept only up to a millionth of it, and the relaxed problem says nothing.",
            fix="Give the least number that is never too small: a capacity, a total.",
            severity="warning",
        )
