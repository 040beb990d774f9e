"""What a compiler is given of the columns, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping

from saddlepoint.algebra.graph import Cones, Rows
from saddlepoint.algebra.terms import Terms
from saddlepoint.algebra.uniform import span
from saddlepoint.arrays import Index, Integers, Mask
from saddlepoint.compile.program import Places
from saddlepoint.expr.node import Variable
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where the decided tables' columns lie: table → first column, and how many; flat masks of the columns in use and of those that
    may not be negative; existing: table → its cells, increasing, where they are not all: they alone have columns."""

    start: Mapping[str, int]
    size: Mapping[str, int]
    used: Mask
    nonneg: Mask
    existing: Mapping[str, Index]

    def seen(self, variable: Variable) -> tuple[Index | None, Places]:
        """The cells of a decided variable that have a column (flat in the view, increasing; None = all), and these columns."""
        return seen_columns(variable, self.start[variable.table], self.existing.get(variable.table))


def seen_columns(variable: Variable, start: int, cells: Index | None) -> tuple[Index | None, Places]:
    """The cells of a decided variable that have a column, and these columns; cells: those of its table that exist, None = all."""
    if cells is None:
        found = variable.place.span
        columns = (
            variable.place.after(start) if found is None else slice(found.start + start, found.stop + start)
        )
        return None, columns
    own, which = variable.place.among(cells)
    return own, span(which + start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What `compile_problem` needs from a compiler: summands of the objective, stated rows, further rows and cones, next
    free column, and which of the new columns are whole."""

    objective: tuple[Terms, ...]
    stated: tuple[Rows, ...]
    rows: tuple[Rows, ...]
    cones: tuple[Cones, ...]
    fresh: int
    whole: tuple[Integers, ...] = ()
