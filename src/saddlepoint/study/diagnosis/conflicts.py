"""Why a scenario has no plan: an irreducible set in the user's names, merged by relation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.program import Program
from saddlepoint.labels import Domain
from saddlepoint.labels.cells import in_words
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.conflict import IrreducibleSet, irreducible_set
from saddlepoint.solve.label import row_multipliers
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.study.diagnosis.case import Parametrised


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """The part of one relation, or of the bounds of one table, that belongs to an irreducible set.

    kind: a relation of the user, or what the table itself says ("bound": nonneg, boolean); cells: flat positions in
    `domain`, increasing; text: the relation as written; sources: the input tables (and columns) that its right-hand sides read
    there: what the user can change; description: the user's own words for it; side: "lower" or "upper", of a bound.
    """

    name: str
    kind: Literal["relation", "bound"]
    domain: Domain
    cells: Index
    text: str
    sources: tuple[str, ...] = ()
    description: str = ""
    side: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return f"the {self.side} bound of {self.name}" if self.kind == "bound" else self.name

    @property
    def places(self) -> tuple[str, ...]:
        """The cells in words, neighbours as ranges."""
        return tuple(t for t in in_words(self.domain, self.cells) if t)

    def __str__(self) -> str:
        where = f" ({'; '.join(self.places)})" if self.places else ""
        return f"{self.title}{where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An irreducible infeasible set of one scenario: without any one of its members the others can be met.

    members: what the user can change first; size: the number of single sides; proven: whether both halves of that sentence are
    shown; how: in words.
    """

    members: tuple[Member, ...]
    size: int
    proven: bool
    how: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The input tables that any member reads, in order."""
        return tuple(dict.fromkeys(s for m in self.members for s in m.sources))


def conflict_of(
    case: Parametrised, solution: Solution | None, options: Options
) -> tuple[Conflict, IrreducibleSet] | None:
    """The conflict of the first scenario of a case; None where it is not certain that there is none.

    solution: its answer, if its Farkas vector is of the same rows.
    """
    bound = case.bound(0)
    found = irreducible_set(bound.batch, solution, options, _removable(bound))
    if found is None:
        return None
    rows, lower, upper = owners(bound, found)
    members = sorted(
        (*_relations(case, rows), *_bounds(case.program, lower, upper)),
        key=lambda m: (m.kind == "bound", not m.sources),
    )
    return Conflict(members=tuple(members), size=found.size, proven=found.proven, how=_how(found)), found


def _removable(bound: BoundProgram) -> tuple[Mask, Mask]:
    """The rows and column bounds of a Batch that relations of the user have set."""
    program = bound.program
    stated = sum(b.size for b in program.rows)
    rows = np.zeros(program.structure.m, dtype=bool)
    here = program.row_of[:stated]
    rows[here[here >= 0]] = True
    columns = np.zeros(program.structure.n, dtype=bool)
    single = program.col_of[:stated]
    columns[single[(here < 0) & (single >= 0)]] = True
    return rows, columns


def owners(bound: BoundProgram, found: IrreducibleSet) -> tuple[Mask, Mask, Mask]:
    """Masks of the user's rows (R,) and of the implicit lower and upper column bounds (n,) that belong to a set."""
    rows = np.zeros(len(bound.program.row_of), dtype=bool)
    lower, upper = np.zeros((2, bound.program.structure.n), dtype=bool)
    for own, implicit in _multipliers(bound, found):
        rows |= own != 0
        lower |= implicit > 0
        upper |= implicit < 0
    return rows, lower, upper


def excess(bound: BoundProgram, found: IrreducibleSet) -> tuple[Array, float]:
    """Weights (R,) of the user's rows in a set, and by how much their weighted sides (with the implicit bounds) ask for too much:
    there is no plan while it is above 0. Of a set that is no Farkas vector 1 for each row, and 0."""
    if found.by != "algebra":
        return owners(bound, found)[0].astype(float), 0.0
    batch = bound.batch
    weights, total = np.zeros(len(bound.program.row_of)), 0.0
    for own, implicit in _multipliers(bound, found):
        side = np.where(implicit > 0, batch.lb[0], batch.ub[0])
        rows, columns = np.flatnonzero(own), np.flatnonzero(implicit)
        weights += own
        total += float(own[rows] @ bound.rhs[0][rows] + implicit[columns] @ side[columns])
    return weights, total if math.isfinite(total) else 0.0


def _multipliers(bound: BoundProgram, found: IrreducibleSet) -> Iterator[tuple[Array, Array]]:
    """Of the user's rows (R,) and the implicit column bounds (n,); of crossed bounds first the lower, then the upper ones."""
    crossed = np.zeros(bound.program.structure.n)
    crossed[found.crossed] = 1.0
    blank = Solution.blank(bound.program.structure, 1)
    for z in [found.z] if not len(found.crossed) else [crossed, -crossed]:
        own, implicit = row_multipliers(bound, replace(blank, y=found.y[None], z=z[None]))
        yield own[0], implicit[0]


def _relations(case: Parametrised, rows: Mask) -> Iterator[Member]:
    fed = _fed(case, rows)
    for block in case.program.rows:
        mine = np.flatnonzero(rows[block.start : block.start + block.size])
        if not len(mine):
            continue
        read = [str(case.sources[k]) for k, mask in fed.items() if mask[block.start + mine].any()]
        yield Member(
            name=block.name,
            kind="relation",
            domain=block.domain,
            cells=np.sort(block.cells[mine]),
            text=block.text,
            sources=tuple(dict.fromkeys(read)),
            description=block.description,
        )


def _fed(case: Parametrised, rows: Mask) -> Mapping[str, Mask]:
    """Source of data → (R,) whether it feeds the right-hand side of a row."""
    made: dict[str, Mask] = {}
    for key in case.sources:
        feed = case.feeds(key, 0).rhs
        made[key] = np.asarray(abs(feed).sum(axis=1)).reshape(-1) > 0
    return {k: v for k, v in made.items() if (v & rows).any()}


def _bounds(program: Program, lower: Mask, upper: Mask) -> Iterator[Member]:
    for block in program.columns:
        part = slice(block.start, block.start + block.size)
        for side, of in (("lower", lower), ("upper", upper)):
            mine = np.flatnonzero(of[part])
            if len(mine):
                text = f"{block.table}: its own {side} bound (nonneg, boolean)"
                cells = block.cells[mine]
                yield Member(
                    name=block.table, kind="bound", domain=block.domain, cells=cells, text=text, side=side
                )


def _how(found: IrreducibleSet) -> str:
    if not found.proven:
        return "infeasible together; not shown that each of them is needed"
    if found.by == "algebra":
        return (
            "infeasible together, and feasible without any one of them (their gradients have one dependency)"
        )
    parts = [word for word, on in (("integrality", found.whole), ("the curved parts", found.cones)) if on]
    kept = f", {' and '.join(parts)} kept" if parts else ""
    return f"infeasible together, and feasible without any one of them (solved without each{kept})"


def same_members(first: Conflict, second: Conflict) -> bool:
    """Whether two conflicts name the same members."""
    pairs: Sequence[tuple[Member, Member]] = list(zip(first.members, second.members, strict=False))
    return len(first.members) == len(second.members) and all(
        a.title == b.title and np.array_equal(a.cells, b.cells) for a, b in pairs
    )
