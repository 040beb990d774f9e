"""Where the next sweep starts, and whether a point was seen before.

Anderson (1965) in the form of Walker & Ni (2011), per scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.study.coupling.coupling import Coupling, State

REPEATED = 1e-9
MOVED = 1e-6

Pair = tuple[Array, Array]


Memory = tuple[Pair, ...]
"""What a scheme remembers: pairs (start of a sweep, point reached), flat over tables, the newest last."""

Rule = Callable[[Coupling, Memory, State, State], tuple[State, Memory]]
"""Settings, memory, start of a sweep and point reached → the start of the next sweep, and the memory then."""


def _plain(settings: Coupling, memory: Memory, before: State, reached: State) -> tuple[State, Memory]:
    return reached, memory


def _damped(settings: Coupling, memory: Memory, before: State, reached: State) -> tuple[State, Memory]:
    return {t: v + settings.damping * (reached[t] - v) for t, v in before.items()}, memory


def _anderson(settings: Coupling, memory: Memory, before: State, reached: State) -> tuple[State, Memory]:
    memory = (*memory, (_flat(before), _flat(reached)))[-settings.memory - 1 :]
    return _unflat(_mixed(memory), reached), memory


SCHEMES: Final[Mapping[str, Rule]] = MappingProxyType(
    {"gauss_seidel": _plain, "damped": _damped, "anderson": _anderson}
)
"""Scheme → its rule; `auto` is these in turn (study.coupling.couple)."""


def cycles(seen: Sequence[Array], now: Array) -> Index:
    """(S,) length of the cycle that a state closes, 0 where it closes none; seen, now: signatures, oldest first.

    The point before must come back as well: one inexact answer between two exact ones is no cycle.
    """
    length = np.zeros(len(now), np.int64)
    moved = np.abs(now - seen[-1]).max(axis=1) > MOVED * _size(now)
    for back in range(2, len(seen)):
        same = _repeats(seen[-back], now) & _repeats(seen[-back - 1], seen[-1])
        length[same & moved & (length == 0)] = back
    return length


def _size(state: Array) -> Array:
    return np.abs(state).max(axis=1) + np.finfo(float).tiny


def _repeats(before: Array, now: Array) -> Mask:
    return np.abs(now - before).max(axis=1) <= REPEATED * _size(now)


def signature(state: State) -> Array:
    """Three random projections of every scenario's state: equal states have equal signatures."""
    rng = np.random.default_rng(12345)
    parts = [np.nan_to_num(table) @ rng.standard_normal((table.shape[1], 3)) for table in state.values()]
    return np.sum(parts, axis=0)


def _flat(state: State) -> Array:
    return np.concatenate(list(state.values()), axis=1)


def _unflat(flat: Array, like: Mapping[str, Array]) -> dict[str, Array]:
    ends = np.cumsum([v.shape[1] for v in like.values()])[:-1]
    return dict(zip(like, np.split(flat, ends, axis=1), strict=True))


def _mixed(memory: Sequence[tuple[Array, Array]]) -> Array:
    """Anderson's mixing of pairs (point, image), per scenario: the combination with the least residual."""
    residual = np.stack([g - x for x, g in memory], axis=2)
    image = np.stack([g for _, g in memory], axis=2)
    newest = image[:, :, -1]
    if residual.shape[2] < 2:
        return newest
    dr, dg = np.diff(residual, axis=2), np.diff(image, axis=2)
    gram = np.einsum("skm,skn->smn", dr, dr)
    ridge = 1e-12 * np.trace(gram, axis1=1, axis2=2)[:, None, None] + np.finfo(float).tiny
    right = np.einsum("skm,sk->sm", dr, residual[:, :, -1])
    weight = np.linalg.solve(gram + ridge * np.eye(gram.shape[1]), right[:, :, None])[:, :, 0]
    return newest - np.einsum("skm,sm->sk", dg, weight)
