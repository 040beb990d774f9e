"""Values over scenarios: some of them, changes to some, several as one; written once over the fields of dataclasses.

An array has one entry per scenario along its first axis. What is no array, `Notes`, `Coded` or `Columnar`, nor a mapping
of such, belongs to all scenarios alike and is that of the first value.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Index, Mask
from saddlepoint.records import dataclass

V = TypeVar("V", bound=Hashable)
C = TypeVar("C", bound="Columnar")


class Columnar:
    """A frozen dataclass over scenarios. A field `size` counts them; else the first array does.

    SHARES: whether an array of length one stands for all scenarios, and stays so.
    """

    __slots__ = ()
    SHARES: ClassVar[bool] = False

    @classmethod
    def filled(cls, size: int, **given: Any) -> Self:
        """A value that says nothing of `size` scenarios: blanks, of shape (size,), in all fields that are not given."""
        made = {n: np.full(size, blank(kind), kind) for n, kind in _kinds(cls).items() if n not in given}
        return cls(**made, **given)

    def take(self, rows: Index) -> Self:
        """These scenarios only, in this order (the value itself where that is all of them)."""
        if _is_all(rows, size_of(self)):
            return self
        return _made(self, {n: _take(v, rows, self.SHARES) for n, v in _items(self)}, len(rows))

    def put(self, rows: Index, part: Self) -> Self:
        """Another value with the scenarios `rows` from `part`, in that order; arrays of other widths are padded."""
        size = size_of(self)
        if _is_all(rows, size):
            return part
        pairs = zip(_items(self), _items(part), strict=True)
        return _made(self, {n: _put(v, rows, new, self.SHARES, size) for (n, v), (_, new) in pairs}, size)

    def where(self, mask: Mask, other: Self) -> Self:
        """Another value with the marked scenarios from `other`, which has the same scenarios."""
        rows = np.flatnonzero(mask)
        return self.put(rows, other.take(rows)) if len(rows) else self

    def erased(self, mask: Mask) -> Self:
        """Without the numbers of the marked scenarios: NaN for floats, False for truths; counts and codes stay."""
        return _made(self, {n: _erased(v, mask) for n, v in _items(self)}, size_of(self))


def _made(like: C, values: dict[str, Any], size: int) -> C:
    if "size" in values:
        values["size"] = size
    return type(like)(**values)


def concat(parts: Sequence[C]) -> C:
    """The scenarios of several values one after the other; arrays of other widths are padded."""
    first = parts[0]
    if len(parts) == 1:
        return first
    sizes = [size_of(p) for p in parts]
    made = {n: _concat([getattr(p, n) for p in parts], sizes, first.SHARES) for n, _ in _items(first)}
    return _made(first, made, sum(sizes))


def blank(kind: np.dtype[Any] | type) -> Any:
    """What stands where there is nothing: NaN, False, 0, the empty text."""
    dtype = np.dtype(kind)
    return np.nan if dtype.kind == "f" else dtype.type()


def size_of(value: Columnar) -> int:
    """The number of scenarios."""
    count = getattr(value, "size", None)
    if isinstance(count, int):
        return count
    return next(len(v) for _, v in _items(value) if isinstance(v, np.ndarray))


class Notes(dict[int, str]):
    """Scenario → text, for the few that have one."""

    def take(self, rows: Index) -> Notes:
        return Notes({k: self[s] for k, s in enumerate(rows.tolist()) if s in self}) if self else Notes()

    def put(self, rows: Index, part: Notes) -> Notes:
        gone = set(rows.tolist()) if self else set[int]()
        kept = {s: text for s, text in self.items() if s not in gone}
        return Notes({**kept, **{int(rows[k]): text for k, text in part.items()}})

    @classmethod
    def concat(cls, parts: Sequence[Notes], sizes: Sequence[int]) -> Notes:
        starts = np.cumsum([0, *sizes]).tolist()
        return cls({start + s: t for start, p in zip(starts, parts, strict=False) for s, t in p.items()})


@dataclass(frozen=True, slots=True)
class Coded(Generic[V]):
    """One of a few values per scenario. codes: int16 (S,), positions in `values`; only values in use are kept."""

    codes: NDArray[np.int16]
    values: tuple[V, ...]

    @classmethod
    def all(cls, size: int, one: V) -> Coded[V]:
        """The same value for all scenarios."""
        return cls(np.zeros(size, np.int16), (one,))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, scenario: int) -> V:
        return self.values[self.codes[scenario]]

    def take(self, rows: Index) -> Coded[V]:
        return self._used(self.codes[rows], self.values)

    def put(self, rows: Index, part: Coded[V]) -> Coded[V]:
        values = tuple(dict.fromkeys((*self.values, *part.values)))
        codes = self.codes.copy()
        codes[rows] = part.coded_by(values)
        return self._used(codes, values)

    @classmethod
    def concat(cls, parts: Sequence[Coded[V]], _sizes: Sequence[int] = ()) -> Coded[V]:
        values = tuple(dict.fromkeys(v for p in parts for v in p.values))
        return cls(np.concatenate([p.coded_by(values) for p in parts]), values)

    def coded_by(self, values: Sequence[V]) -> NDArray[np.int16]:
        """The codes with respect to other values, which hold these."""
        return np.array([values.index(v) for v in self.values], np.int16)[self.codes]

    @classmethod
    def _used(cls, codes: NDArray[np.int16], values: tuple[V, ...]) -> Coded[V]:
        if len(values) == 1 or not len(codes):
            return cls(codes, values)
        used, short = np.unique(codes, return_inverse=True)
        if len(used) == len(values):
            return cls(codes, values)
        return cls(short.reshape(-1).astype(np.int16), tuple(values[k] for k in used.tolist()))


def _is_all(rows: Index, size: int) -> bool:
    return len(rows) == size and bool((rows == np.arange(size)).all())


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


@cache
def _kinds(kind: type) -> dict[str, Any]:
    """Field → type of its entries, for the fields that are arrays."""
    hints = get_type_hints(kind)
    arrays = {n: get_args(hints[n])[1] for n in _names(kind) if get_origin(hints[n]) is np.ndarray}
    return {n: get_args(dtype)[0] for n, dtype in arrays.items()}


def _items(value: Columnar) -> list[tuple[str, Any]]:
    return [(name, getattr(value, name)) for name in _names(type(value))]


def _take(value: Any, rows: Index, shares: bool) -> Any:
    if isinstance(value, np.ndarray):
        return value if shares and len(value) == 1 else value[rows]
    if isinstance(value, Columnar | Notes | Coded):
        return value.take(rows)
    if isinstance(value, Mapping):
        return {k: _take(v, rows, shares) for k, v in value.items()}
    return value


def _put(value: Any, rows: Index, part: Any, shares: bool, size: int) -> Any:
    if isinstance(value, np.ndarray):
        if shares and len(value) == 1:
            if len(part) == 1 and np.array_equal(value, part, equal_nan=True):
                return value
            value = np.repeat(value, size, axis=0)
        if value.ndim != part.ndim:
            value = np.full((size, *(0 for _ in part.shape[1:])), blank(part.dtype), part.dtype)
        out = _padded(value, part.shape[1:])
        out = out.copy() if out is value else out
        if part.shape[1:] == out.shape[1:]:
            out[rows] = part
        else:
            out[rows] = _padded(part, out.shape[1:])
        return out
    if isinstance(value, Columnar | Notes | Coded):
        return value.put(rows, part)
    if isinstance(value, Mapping):
        return {k: _put(v, rows, part[k], shares, size) for k, v in value.items()}
    return value


def _concat(values: Sequence[Any], sizes: Sequence[int], shares: bool) -> Any:
    first = values[0]
    if isinstance(first, np.ndarray):
        if shares and all(len(v) == 1 and np.array_equal(v, first, equal_nan=True) for v in values):
            return first
        if shares:
            values = [np.broadcast_to(v, (n, *v.shape[1:])) for v, n in zip(values, sizes, strict=True)]
        most = max(v.ndim for v in values)
        values = [
            v if v.ndim == most else np.full((len(v), *[0] * (most - 1)), blank(v.dtype)) for v in values
        ]
        widths = tuple(max(v.shape[k] for v in values) for k in range(1, most))
        return np.concatenate([_padded(v, widths) for v in values])
    if isinstance(first, Notes | Coded):
        return type(first).concat(values, sizes)
    if isinstance(first, Columnar):
        return concat(values)
    if isinstance(first, Mapping):
        return {k: _concat([v[k] for v in values], sizes, shares) for k in first}
    return first


def _erased(value: Any, mask: Mask) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fb":
            return value
        return np.where(mask.reshape(-1, *[1] * (value.ndim - 1)), blank(value.dtype), value)
    if isinstance(value, Columnar):
        return value.erased(mask)
    if isinstance(value, Mapping) and not isinstance(value, Notes):
        return {k: _erased(v, mask) for k, v in value.items()}
    return value


def _padded(array: NDArray[Any], widths: tuple[int, ...]) -> NDArray[Any]:
    """The array, with blanks behind its entries along the axes that are shorter."""
    if all(have >= want for have, want in zip(array.shape[1:], widths, strict=True)):
        return array
    shape = tuple(max(pair) for pair in zip(array.shape[1:], widths, strict=True))
    out = np.full((len(array), *shape), blank(array.dtype), array.dtype)
    out[(slice(None), *map(slice, array.shape[1:]))] = array
    return out
