"""Names for machines that were given none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload


class Numbered(Sequence[str]):
    """machine_1, machine_2, …, made when asked for."""

    __slots__ = ("_count",)

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"Numbered({self._count})"

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[k] for k in range(*index.indices(self._count)))
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return f"machine_{index % self._count + 1}"
