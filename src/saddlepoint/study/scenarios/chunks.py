"""Scenarios cut into chunks that are products of items, so that their tables need no more room than the chunk."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from saddlepoint.arrays import Index, distinct
from saddlepoint.labels import Domain


def chunks(scenarios: Domain, which: Index, most: int) -> Iterator[slice]:
    """Slices of `which` (increasing positions), each of at most `most` scenarios.

    Where all scenarios are meant, every chunk is some items of one axis by all items of the axes behind it.
    """
    if len(which) < scenarios.size:
        for start in range(0, len(which), most):
            yield slice(start, min(start + most, len(which)))
        return
    inner, k = 1, len(scenarios.axes)
    while k and inner * len(scenarios.axes[k - 1]) <= most:
        k -= 1
        inner *= len(scenarios.axes[k])
    items = len(scenarios.axes[k - 1]) if k else 1
    pieces = math.ceil(items / max(1, most // inner))
    edges = [items * p // pieces * inner for p in range(pieces + 1)]
    for lead in range(0, len(which), items * inner):
        for start, stop in pairwise(edges):
            yield slice(lead + start, lead + stop)


def box(scenarios: Domain, which: Index) -> tuple[Domain, Index]:
    """The smallest product of items that holds these scenarios, and their positions in it."""
    if not len(which) or len(which) == scenarios.size:
        return scenarios, which
    codes = np.unravel_index(which, scenarios.shape)
    used = [distinct(code) for code in codes]
    axes = [
        axis if len(some) == len(axis) else axis.take(some.tolist())
        for axis, some in zip(scenarios.axes, used, strict=True)
    ]
    domain = Domain(tuple(axes))
    local = [np.searchsorted(some, code) for some, code in zip(used, codes, strict=True)]
    return domain, np.ravel_multi_index(tuple(local), domain.shape)


def with_axes(domain: Domain, scenarios: Domain) -> Domain:
    """The domain with the axes of `scenarios` in the places of its own of the same names."""
    other = {axis.name: axis for axis in scenarios.axes}
    return Domain(tuple(other.get(axis.name, axis) for axis in domain.axes))
