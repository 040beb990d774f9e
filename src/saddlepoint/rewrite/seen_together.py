"""Values seen together beside a table of distributions: which side of them has the entries, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.errors import Diagnostic, RewriteError, suggest
from saddlepoint.expr.axes import Arrangement, Dim
from saddlepoint.expr.facts import Facts, Side
from saddlepoint.expr.node import Node
from saddlepoint.expr.operators.rearrange import gathered
from saddlepoint.expr.uncertain import made
from saddlepoint.labels import Axis
from saddlepoint.records import dataclass


def times_by_entries(seen: Node, leaf: Node) -> Node:
    """Values seen together (a matrix), with times on the rows and the entries of a leaf, in its order, on the columns.

    The side with the leaf's sets has the entries, or else the one with all of their items. RewriteError R787 if neither has.
    """
    entries = [d for d in Arrangement.of(leaf.facts).dims if d.axis is not None]
    dims = Arrangement.of(seen.facts).dims
    rows, cols = (_places([d for d in dims if d.place == place], entries) for place in ("rows", "cols"))
    if rows is None and cols is None:
        raise RewriteError(_lacking(seen, leaf, [d.axis for d in dims if d.axis is not None], entries))
    width = seen.facts.cols.length
    if cols is None or (rows is not None and rows.named > cols.named):
        assert rows is not None
        times, places = seen.facts.cols, rows.places * width + np.arange(width)[:, None]
    else:
        times, places = seen.facts.rows, cols.places + width * np.arange(seen.facts.rows.length)[:, None]
    target = Facts((), times, Side(places.shape[1]))
    return made(gathered("seen_together", seen.facts, target, places.reshape(-1)), (seen,))


@dataclass(frozen=True, slots=True, eq=False)
class _EntryPlaces:
    """The place of every entry along a side; named: how many of their sets it has by name."""

    places: Index
    named: int


def _places(side: Sequence[Dim], entries: Sequence[Dim]) -> _EntryPlaces | None:
    """Where a side has the entries, item by item; None if it is no list of them."""
    left, named, places = list(side), 0, np.zeros(1, dtype=np.int64)
    steps = {id(d): int(np.prod([e.length for e in side[k + 1 :]])) for k, d in enumerate(side)}
    for entry in entries:
        assert entry.axis is not None
        items = entry.axis.items
        able = [d for d in left if d.axis is not None and (d.axis.codes(items) >= 0).all()]
        chosen = next((d for d in able if d.name == entry.name), able[0] if len(able) == 1 else None)
        if chosen is None or chosen.axis is None:
            if entry.length > 1:
                return None
            continue
        left.remove(chosen)
        named += chosen.name == entry.name
        places = (places[:, None] + chosen.axis.codes(items) * steps[id(chosen)]).reshape(-1)
    return None if any(d.length > 1 for d in left) else _EntryPlaces(places, named)


def _lacking(seen: Node, leaf: Node, axes: Sequence[Axis], entries: Sequence[Dim]) -> Diagnostic:
    """Which entry has no values, and which set or item may be meant."""
    sets = " × ".join(d.name for d in entries)
    message = (
        f"the values seen together are not those of the entries of {leaf.the_variable.name!r} (over {sets})"
    )
    why = f"They are over {' and '.join(a.name for a in axes) or 'no sets'}; one side is to have every entry, the other the times."
    fix = f"Give a table of times by {sets}."
    return Diagnostic("R787", message, seen.mark, why=f"{why}{_first_missing(axes, entries)}", fix=fix)


def _first_missing(axes: Sequence[Axis], entries: Sequence[Dim]) -> str:
    """The first item that the set which is most like the entries' has not, and what it may be there."""
    for wanted in (d.axis for d in entries if d.axis is not None):
        items = set(wanted.items)
        near = max(axes, key=lambda a: (a.name == wanted.name, len(items & set(a.items))), default=None)
        missing = [] if near is None else [i for i in wanted.items if i not in near.positions]
        if near is not None and missing:
            return f" {near.name} has no item {missing[0]!r}. {suggest(missing[0], near.items)}"
    return ""
