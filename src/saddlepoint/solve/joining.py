"""Answers of several chunks, or of several attempts, as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Certificates, Solution


def join(answers: Sequence[Answer]) -> Answer:
    """Several chunks of one program as one answer."""
    if len(answers) == 1:
        return answers[0]
    first = answers[0]
    return Answer(
        first.program,
        np.concatenate([a.which for a in answers]),
        join_solutions([a.solution for a in answers]),
        {t: np.concatenate([a.values[t] for a in answers]) for t in first.values},
        np.concatenate([a.price for a in answers]),
        np.concatenate([a.slack for a in answers]),
        np.concatenate([a.binding for a in answers]),
        {t: np.concatenate([a.reduced_cost[t] for a in answers]) for t in first.reduced_cost},
        np.concatenate([a.objective for a in answers]),
    )


_ARRAYS = ("status", "x", "y", "z", "w", "objective", "bound", "iterations", "seconds")
_NUMBERS = ("rel_prim", "rel_dual", "gap", "unc", "verified")


def join_solutions(parts: Sequence[Solution]) -> Solution:
    """Solutions of consecutive scenarios as one."""
    routes = tuple(dict.fromkeys(r for p in parts for r in p.routes))
    starts = np.cumsum([0, *(p.size for p in parts)])
    moved = [np.array([routes.index(r) for r in p.routes] or [0], np.int16)[p.route] for p in parts]
    return Solution(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in _ARRAYS},
        route=np.concatenate(moved),
        routes=routes,
        certificates=Certificates(
            **{name: np.concatenate([getattr(p.certificates, name) for p in parts]) for name in _NUMBERS}
        ),
        messages={
            int(start) + k: text
            for p, start in zip(parts, starts, strict=False)
            for k, text in p.messages.items()
        },
    )


def choose_rows(base: Answer, other: Answer, take: NDArray[np.bool_]) -> Answer:
    """The first answer, with the scenarios marked in `take` from the other; both of one problem and its scenarios."""

    def pick(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        return np.where(take.reshape(-1, *[1] * (a.ndim - 1)), b, a)

    return replace(
        base,
        solution=_choose_solution(base.solution, other.solution, take, pick),
        values={k: pick(v, other.values[k]) for k, v in base.values.items()},
        price=pick(base.price, other.price),
        slack=pick(base.slack, other.slack),
        binding=pick(base.binding, other.binding),
        reduced_cost={k: pick(v, other.reduced_cost[k]) for k, v in base.reduced_cost.items()},
        objective=pick(base.objective, other.objective),
    )


def _choose_solution(
    base: Solution,
    other: Solution,
    take: NDArray[np.bool_],
    pick: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]],
) -> Solution:
    routes = tuple(dict.fromkeys((*base.routes, *other.routes)))
    moved = np.array([routes.index(r) for r in other.routes], np.int16)[other.route]
    numbers = {n: pick(getattr(base.certificates, n), getattr(other.certificates, n)) for n in _NUMBERS}
    messages = {s: m for s, m in base.messages.items() if not take[s]}
    return Solution(
        **{n: pick(getattr(base, n), getattr(other, n)) for n in _ARRAYS},
        route=pick(base.route, moved),
        routes=routes,
        certificates=Certificates(**numbers),
        messages=messages | {s: m for s, m in other.messages.items() if take[s]},
    )
