"""Cells of a domain as boxes and in words: neighbouring items of an axis as one range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from saddlepoint.arrays import Index, Mask
from saddlepoint.labels.axis import Axis, Domain

MOST_RUNS = 6
"""More separate runs of items along one axis are told by their number, the first and the last."""

Box = tuple[Index, ...]
"""Positions along every axis; the box is their product."""


def boxes(domain: Domain, cells: Index) -> list[Box]:
    """Disjoint boxes that hold exactly these cells (flat positions), in order; few where the cells allow it."""
    mask = np.zeros(domain.shape, dtype=bool)
    mask.reshape(-1)[cells] = True
    return list(_boxes(mask)) if len(cells) else []


def _boxes(mask: Mask) -> Iterator[Box]:
    if mask.ndim == 0:
        yield ()
        return
    spread = [np.flatnonzero(mask.any(axis=_others(mask, k))) for k in range(mask.ndim)]
    if int(mask.sum()) == int(np.prod([len(s) for s in spread])):
        yield tuple(spread)
        return
    axis, kinds, first = _fewest_kinds(mask)
    for k in dict.fromkeys(kinds[kinds >= 0].tolist()):
        inner = np.take(mask, int(first[k]), axis=axis)
        for box in _boxes(inner):
            yield (*box[:axis], np.flatnonzero(kinds == k), *box[axis:])


def _others(mask: Mask, axis: int) -> tuple[int, ...]:
    return tuple(k for k in range(mask.ndim) if k != axis)


def _fewest_kinds(mask: Mask) -> tuple[int, Index, Index]:
    """The axis along which the fewest different slices lie; the kind of each (−1 = empty), and one place of every kind."""
    best: tuple[int, Index, Index] | None = None
    for axis in range(mask.ndim):
        slices = np.moveaxis(mask, axis, 0).reshape(mask.shape[axis], -1)
        packed = np.packbits(slices, axis=1)
        _, first, kinds = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        kinds = np.where(slices.any(axis=1), kinds.reshape(-1), -1)
        if best is None or len(first) < len(best[2]):
            best = axis, kinds, first
    assert best is not None
    return best


def in_words(domain: Domain, cells: Index) -> list[str]:
    """A text for every box: "Mon … Wed, north"; one empty text where the domain has no axes."""
    return [box_in_words(domain, box) for box in boxes(domain, cells)]


def box_in_words(domain: Domain, box: Sequence[Index]) -> str:
    """The items of a box, axis by axis."""
    parts = [items_in_words(axis, places) for axis, places in zip(domain.axes, box, strict=True)]
    return ", ".join(parts)


def items_in_words(axis: Axis, places: Index) -> str:
    """Items of one axis: ranges of neighbours, "all" where none is missing."""
    if len(places) == len(axis) and len(axis) > 2:
        return f"all {len(axis)} {axis.name}"
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    runs = np.split(places, breaks)
    if len(runs) > MOST_RUNS:
        first, last = axis.items[int(places[0])], axis.items[int(places[-1])]
        return f"{len(places)} of the {len(axis)} {axis.name} from {first} to {last}"
    texts = [_run([axis.items[int(k)] for k in run]) for run in runs]
    if len(texts) == 1 and len(runs[0]) != 2:
        return texts[0]
    return f"{{{', '.join(texts)}}}"


def _run(items: Sequence[str]) -> str:
    return ", ".join(items) if len(items) < 3 else f"{items[0]} … {items[-1]}"
