"""Named axes: where the sets of a node stand, and which of its cells each cell of another arrangement comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, field, replace
from typing import Literal

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.expr.facts import ONE, Facts, Repeat, Side
from saddlepoint.expr.node import Variable
from saddlepoint.labels import Axis
from saddlepoint.labels.positions import Positions
from saddlepoint.records import dataclass

Place = Literal["repeat", "rows", "cols"]
_ORDER: Mapping[Place, int] = {"repeat": 0, "rows": 1, "cols": 2}
FOLDED = 1_000_000
"""Ranks from here on stand for a side of a matrix that is repeated for a while."""


@dataclass(frozen=True, slots=True)
class OutcomeSet:
    """That one of the items of a set will come true. probability: data over the set; None: all are equally likely; along: the set of
    stages, in each of which one comes true, independently of all others; "" where one comes true once."""

    probability: Variable | None = None
    _: KW_ONLY
    along: str = ""


@dataclass(frozen=True, slots=True)
class SetView:
    """What formulas know of a set. columns: name of a filter or aggregation → one label per item; parents: of every item
    the position of its parent, −1 at a root, None where the items form no tree; outcomes: None where they are none."""

    repeat: Repeat
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups_of: tuple[str, str] | None = None
    parents: tuple[int, ...] | None = None
    _: KW_ONLY
    outcomes: OutcomeSet | None = None

    @property
    def axis(self) -> Axis:
        return self.repeat.axis


@dataclass(frozen=True, slots=True)
class Dim:
    """One set of a node, or an unlabelled side (axis None); rank: of a repeat its place among the model's sets."""

    place: Place
    axis: Axis | None
    length: int
    rank: int = -1

    @property
    def name(self) -> str:
        return "" if self.axis is None else self.axis.name

    @property
    def order(self) -> tuple[int, int]:
        return _ORDER[self.place], self.rank


Steps = tuple[tuple[Index, int], ...]
"""Places of a node along some of its axes, and what one place adds (see Positions)."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Cells of a node laid out along its sets.

    sources: of every dim which places of the node its places are, −1 = none, and what one place adds there; fixed: the
    same of dims that are gone, of which one place was picked.
    """

    dims: tuple[Dim, ...]
    sources: tuple[Steps, ...]
    fixed: Steps = ()

    @classmethod
    def of(cls, facts: Facts) -> Arrangement:
        """The node as it stands."""
        return numbered(_dims(facts))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(d.name for d in self.dims if d.axis is not None)

    @property
    def size(self) -> int:
        return math.prod(d.length for d in self.dims)

    @property
    def cells(self) -> Index:
        """The flat cells of the node, −1 = none, shape (length of each dim)."""
        return self.positions().flat.reshape([d.length for d in self.dims])

    def find(self, name: str) -> int | None:
        """The place of the set among the dims, or None."""
        return next((k for k, d in enumerate(self.dims) if d.axis is not None and d.name == name), None)

    def ordered(self) -> Arrangement:
        """Repeats by rank first, then rows, then columns: the order in which a node keeps its cells."""
        return self.transposed(sorted(range(len(self.dims)), key=lambda k: self.dims[k].order))

    def transposed(self, order: Sequence[int]) -> Arrangement:
        """The same dims in another order."""
        return replace(
            self, dims=tuple(self.dims[k] for k in order), sources=tuple(self.sources[k] for k in order)
        )

    def facts(self, like: Facts) -> Facts:
        """The facts of a node that has these dims."""
        dims = sorted(self.dims, key=lambda d: d.order)
        repeats = tuple(Repeat(d.rank, d.axis) for d in dims if d.place == "repeat" and d.axis is not None)
        return replace(like, repeats=repeats, rows=_side(dims, "rows"), cols=_side(dims, "cols"))

    def positions(self) -> Positions:
        """The cells of the node, in the order of these dims."""
        return Positions((self.size,), (*self.fixed, *(step for steps in self.sources for step in steps)))

    def index(self) -> Positions:
        """The source of every cell of the node with these dims."""
        return self.ordered().positions()

    def flat(self) -> Index:
        """The source of every cell of the node with these dims, listed."""
        return self.index().flat

    def back(self) -> Index:
        """Of every cell of the node the cell of the node with these dims whose source it is; each has one."""
        flat = self.flat()
        home = np.empty(len(flat), np.int64)
        home[flat] = np.arange(len(flat))
        return home

    def take(self, k: int, positions: Index, dim: Dim | None = None) -> Arrangement:
        """Other positions along dim k (−1 = none), under another dim where given."""
        new = replace(self.dims[k], length=len(positions)) if dim is None else dim
        ((places, step),) = self.sources[k]
        held = np.where(positions < 0, -1, places[np.maximum(positions, 0)])
        return self._with(k, (new,), (((held, step),),))

    def pick(self, k: int, position: int) -> Arrangement:
        """One position along dim k, which goes."""
        ((places, step),) = self.sources[k]
        return replace(self._with(k, (), ()), fixed=(*self.fixed, (places[[position]], step)))

    def moved(self, k: int, dim: Dim) -> Arrangement:
        """The same with dim k under another name or place."""
        return self._with(k, (dim,), (self.sources[k],))

    def _with(self, k: int, dims: tuple[Dim, ...], sources: tuple[Steps, ...]) -> Arrangement:
        return replace(
            self,
            dims=(*self.dims[:k], *dims, *self.dims[k + 1 :]),
            sources=(*self.sources[:k], *sources, *self.sources[k + 1 :]),
        )


def folded(facts: Facts, over: Sequence[int]) -> tuple[Arrangement, Arrangement]:
    """The node as a column over some of its dims, repeated over the others; and the arrangement of the result.

    over: places among the dims. The second value lays out a node with one cell for each of the other dims: its cells
    are those of the reduced node.
    """
    whole = Arrangement.of(facts)
    kept = [k for k in range(len(whole.dims)) if k not in over]
    repeats = [_repeated(whole.dims[k], k) for k in kept]
    long = math.prod(whole.dims[k].length for k in over)
    together = tuple(step for k in over for step in whole.sources[k])
    sources = tuple(whole.sources[k] for k in kept)
    column = Arrangement((*repeats, Dim("rows", None, long)), (*sources, together))
    originals = tuple(whole.dims[k] for k in kept)
    return column, Arrangement(originals, numbered(repeats).sources)


def numbered(dims: Sequence[Dim]) -> Arrangement:
    """The cells of a node that has these dims, laid out in the order in which the dims are given."""
    order = sorted(range(len(dims)), key=lambda k: dims[k].order)
    steps, step = dict[int, int](), 1
    for k in reversed(order):
        steps[k], step = step, step * dims[k].length
    sources = tuple(((np.arange(d.length), steps[k]),) for k, d in enumerate(dims))
    return Arrangement(tuple(dims), sources)


def _repeated(dim: Dim, k: int) -> Dim:
    if dim.place == "repeat":
        return dim
    axis = dim.axis or Axis(
        "row" if dim.place == "rows" else "col", tuple(str(i + 1) for i in range(dim.length))
    )
    return Dim("repeat", axis, dim.length, FOLDED + k)


def _dims(facts: Facts) -> tuple[Dim, ...]:
    found = [Dim("repeat", r.axis, len(r.axis), r.rank) for r in facts.repeats]
    places: tuple[tuple[Place, Side], ...] = (("rows", facts.rows), ("cols", facts.cols))
    for place, side in places:
        if side.labels:
            found += [Dim(place, a, len(a)) for a in side.labels]
        elif side.length > 1:
            found.append(Dim(place, None, side.length))
    return tuple(found)


def _side(dims: Iterable[Dim], place: Place) -> Side:
    mine = [d for d in dims if d.place == place]
    if not mine:
        return ONE
    axes = tuple(d.axis for d in mine if d.axis is not None)
    return Side(math.prod(d.length for d in mine), axes if len(axes) == len(mine) else ())
