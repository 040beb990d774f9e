"""Ordered lists of items and their products."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from itertools import repeat
from typing import Final

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.records import dataclass

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MIDNIGHT: Final = " 00:00"
_DAY_LENGTH: Final = 10


def same_instant(label: str) -> str | None:
    """The other way to write a day that begins, "2030-01-31" for "2030-01-31 00:00" and back; None for other labels."""
    day = label.removesuffix(MIDNIGHT)
    if len(day) != _DAY_LENGTH or not _DAY.fullmatch(day):
        return None
    return day + MIDNIGHT if day == label else day


@dataclass(frozen=True, slots=True)
class Axis:
    """The items of one set, in the user's order.

    name: the set's key; items: distinct texts.
    """

    name: str
    items: tuple[str, ...]
    _positions: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_positions", {item: k for k, item in enumerate(self.items)})

    def __len__(self) -> int:
        return len(self.items)

    @property
    def positions(self) -> Mapping[str, int]:
        """item → position, counted from 0."""
        return self._positions

    def codes(self, labels: Iterable[str]) -> Index:
        """Positions of labels, shape (number of labels,); -1 where a label is not an item.

        A day and its midnight ("2030-01-31", "2030-01-31 00:00") are one instant, and match where only one is an item.
        """
        given = labels if isinstance(labels, Sequence) else list(labels)
        found = np.fromiter(map(self._positions.get, given, repeat(-1)), dtype=np.int64, count=len(given))
        for k in np.flatnonzero(found < 0).tolist():
            other = same_instant(given[k])
            if other is not None:
                found[k] = self._positions.get(other, -1)
        return found

    def take(self, positions: Iterable[int]) -> Axis:
        """The axis with only the items at these positions, in that order."""
        return Axis(self.name, tuple(self.items[k] for k in positions))


@dataclass(frozen=True, slots=True)
class Domain:
    """The product of axes, the last one fastest (row-major)."""

    axes: tuple[Axis, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(axis) for axis in self.axes)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __contains__(self, name: object) -> bool:
        return any(axis.name == name for axis in self.axes)

    def axis(self, name: str) -> Axis:
        """The axis of this name; KeyError if there is none."""
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise KeyError(name)

    def position(self, name: str) -> int:
        """The place of the axis of this name; KeyError if there is none."""
        for k, axis in enumerate(self.axes):
            if axis.name == name:
                return k
        raise KeyError(name)

    def only(self, names: Iterable[str]) -> Domain:
        """The axes with these names, in the order of this domain."""
        wanted = set(names)
        return Domain(tuple(a for a in self.axes if a.name in wanted))

    def without(self, names: Iterable[str]) -> Domain:
        """The axes without these names, in the order of this domain."""
        unwanted = set(names)
        return Domain(tuple(a for a in self.axes if a.name not in unwanted))

    def __mul__(self, other: Domain) -> Domain:
        return Domain(self.axes + other.axes)

    def coordinates(self, position: int) -> tuple[str, ...]:
        """The labels at a flat position; IndexError outside the domain."""
        labels: list[str] = []
        for axis in reversed(self.axes):
            position, k = divmod(position, len(axis))
            labels.append(axis.items[k])
        if position:
            raise IndexError("no cell of the domain is there")
        return tuple(reversed(labels))

    def named(self, position: int) -> dict[str, str]:
        """Axis → label at a flat position; IndexError outside the domain."""
        return dict(zip(self.names, self.coordinates(position), strict=True))

    def place(self, position: int) -> str:
        """The labels at a flat position, for a sentence; "" where there is no axis. IndexError outside the domain."""
        return ", ".join(self.coordinates(position))

    def called(self, name: str, position: int) -> str:
        """A cell of something that has this name: `name[labels]`, the name alone where there is no axis."""
        labels = self.place(position)
        return f"{name}[{labels}]" if labels else name

    def labels(self, name: str) -> list[str]:
        """The labels of one axis written out for every cell of the domain, length `size`."""
        k = self.position(name)
        inner = math.prod(self.shape[k + 1 :])
        outer = math.prod(self.shape[:k])
        return [item for item in self.axes[k].items for _ in range(inner)] * outer
