"""Which cells of an array the cells of another come from, told axis by axis: no list of cells until somebody asks for one."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from saddlepoint.arrays import Array, Index, Integers, Mask
from saddlepoint.records import dataclass

_NONE = slice(0, 0)
_Positions = TypeVar("_Positions", bound=Integers)


@dataclass(frozen=True, slots=True)
class Positions:
    """A flat position for every cell of an array: what its places along the axes add up to.

    shape: that of the array; steps: for each axis, the slowest first, the place elsewhere of each of its places, −1 where it has
    none, and what one place there adds. An axis of one place adds a constant.
    """

    shape: tuple[int, ...]
    steps: tuple[tuple[Index, int], ...]

    @classmethod
    def counted(cls, shape: tuple[int, ...], step: int = 1) -> Positions:
        """0, step, 2 · step, …"""
        return cls(shape, ((np.arange(math.prod(shape)), step),))

    def scaled(self, factor: int) -> Positions:
        """Every position times a factor."""
        return Positions(self.shape, tuple((places, step * factor) for places, step in self.steps))

    def repeated(self, count: int) -> Positions:
        """The array `count` times: of each position p the positions p · count + 0, 1, …, along a new first axis."""
        return Positions((count, *self.shape), ((np.arange(count), 1), *self.scaled(count).steps))

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def first(self) -> int:
        """The position of the first cell."""
        return sum(int(places[0]) * step for places, step in self.steps)

    @property
    def gaps(self) -> bool:
        """Whether some cell has no position."""
        return any(int(places.min(initial=0)) < 0 for places, _ in self.steps)

    @property
    def count(self) -> int:
        """The number of cells that have a position."""
        return math.prod(int(np.count_nonzero(places >= 0)) for places, _ in self.steps)

    @property
    def span(self) -> slice | None:
        """The positions as a slice where they follow each other, else None."""
        length = 1
        for places, step in reversed(self.steps):
            if not len(places):
                return _NONE
            if int(places[0]) < 0:
                return None
            if len(places) > 1:
                if step != length or not _follow(places):
                    return None
                length *= len(places)
        return slice(self.first, self.first + length)

    @property
    def places(self) -> Index | slice:
        """The positions, as a slice where they follow each other."""
        found = self.span
        return self.flat if found is None else found

    @property
    def flat(self) -> Index:
        """All positions, shape (size,); −1 = none."""
        return self.after(0)

    @property
    def narrow(self) -> Integers:
        """All positions, as 32-bit integers where they fit: for those who take them and do not count with them."""
        most = sum(int(places.max(initial=0)) * step for places, step in self.steps)
        if most > np.iinfo(np.int32).max or self.gaps:
            return self.flat
        flat = np.zeros(1, np.int32)
        for places, step in self.steps:
            flat = _crossed(flat, (places * step).astype(np.int32)) if step else flat.repeat(len(places))
        return flat

    def after(self, start: int) -> Index:
        """All positions counted from `start` on, shape (size,); −1 = none."""
        found = self.span
        if found is not None:
            return np.arange(found.start + start, found.stop + start)
        flat = np.full(1, start, np.int64)
        for places, step in self.steps:
            flat = _crossed(flat, places * step) if step else flat.repeat(len(places))
        return np.where(self._there(), flat, -1) if self.gaps else flat

    def _there(self) -> Mask:
        there = np.ones(1, dtype=bool)
        for places, _ in self.steps:
            there = (there[:, None] & (places >= 0)).reshape(-1)
        return there

    @property
    def array(self) -> Index:
        """All positions in the shape of the array."""
        return self.flat.reshape(self.shape)

    def at(self, cells: Integers) -> Index:
        """The positions of some cells (flat); −1 = none."""
        out, there = np.zeros(len(cells), np.int64), np.ones(len(cells), dtype=bool)
        rest = cells
        for places, step in reversed(self.steps):
            rest, own = np.divmod(rest, len(places))
            held = places[own]
            there &= held >= 0
            if step:
                out += held * step
        return np.where(there, out, -1)

    def among(self, sought: Index) -> tuple[Index, Index]:
        """All pairs of a cell of the array and one of the `sought` positions that is its: the cells, increasing, and the place
        of the position among those sought.

        The work follows the pairs, whatever the size of the array.
        """
        own, which, rest = np.zeros(len(sought), np.int64), np.arange(len(sought)), sought
        strides = np.cumprod([1, *(len(places) for places, _ in reversed(self.steps))])[-2::-1]
        most = [int(places.max(initial=-1)) for places, _ in self.steps]
        for k in sorted(range(len(self.steps)), key=lambda k: (-self.steps[k][1], -most[k])):
            places, step = self.steps[k]
            code, rest = np.divmod(rest, step) if step else (np.zeros_like(rest), rest)
            pair, at = _met(places, code)
            own, which, rest = own[pair] + at * int(strides[k]), which[pair], rest[pair]
        own, which = own[rest == 0], which[rest == 0]
        if bool((own[1:] > own[:-1]).all()):
            return own, which
        order = np.argsort(own, kind="stable")
        return own[order], which[order]

    def of(self, numbers: Array) -> Array:
        """The numbers of these cells, shape (1, *shape); they are the others' own where they follow each other."""
        return numbers[self.places].reshape(1, *self.shape)


def _crossed(flat: _Positions, steps: _Positions) -> _Positions:
    """The sums of every position with every step."""
    crossed: Any = (flat[:, None] + steps).reshape(-1)
    return crossed


def _follow(places: Index) -> bool:
    """Whether each place is the one after the place before it."""
    return int(places[-1]) - int(places[0]) == len(places) - 1 and bool((places[1:] > places[:-1]).all())


def _met(places: Index, codes: Index) -> tuple[Index, Index]:
    """All pairs (i, k) with codes[i] == places[k]."""
    if len(places) and int(places[0]) >= 0 and _follow(places):
        at = codes - int(places[0])
        pair = np.flatnonzero((at >= 0) & (at < len(places)))
        return pair, at[pair]
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    low = np.searchsorted(ordered, codes)
    times = np.searchsorted(ordered, codes, side="right") - low
    pair = np.repeat(np.arange(len(codes)), times)
    offset = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times, times)
    return pair, order[low[pair] + offset]
