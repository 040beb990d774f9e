"""Which sub-problem needs which: loops, chains, and the order in which to solve them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from saddlepoint.errors import StudyError
from saddlepoint.model.model import Model
from saddlepoint.records import dataclass

Mode = Literal["parallel", "sequential", "integrated"]


@dataclass(frozen=True, slots=True)
class Group:
    """Problems solved together: one alone, or several whose hybrid tables form a loop (in declared order)."""

    problems: tuple[str, ...]
    loop: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The groups in the order of solving; mode and reason are announced."""

    mode: Mode
    groups: tuple[Group, ...]
    reason: str


def order(model: Model, mode: Mode | None = None, chain: Sequence[str] | None = None) -> Order:
    """How to solve the sub-problems of a model.

    Without a mode it follows the model: hybrid tables that form a loop → integrated, that form a chain →
    sequential, none → parallel. chain: the order of a sequential run, in which a problem may stand several times. Raises
    StudyError for unknown problems.
    """
    needs = dependencies(model)
    loops = _components(needs)
    looped = any(len(g) > 1 for g in loops)
    linked = any(needs.values())
    if mode is None:
        mode = "integrated" if looped else "sequential" if linked else "parallel"
        reason = _reason(mode, needs)
    else:
        reason = f"{mode}, as asked"
    keys = tuple(p.key for p in model.problems)
    if mode == "parallel":
        return Order(mode, tuple(Group((k,), False) for k in keys), reason)
    if mode == "sequential":
        return Order(mode, tuple(Group((k,), False) for k in _chain(chain, keys, loops)), reason)
    return Order(mode, tuple(Group(g, len(g) > 1) for g in loops), reason)


def dependencies(model: Model) -> Mapping[str, tuple[str, ...]]:
    """Problem → the problems whose decisions it reads."""
    owner = {table: p.key for p in model.problems for table in p.decides}
    return {
        p.key: tuple(dict.fromkeys(owner[t] for t in p.reads if t in owner and owner[t] != p.key))
        for p in model.problems
    }


def _reason(mode: Mode, needs: Mapping[str, tuple[str, ...]]) -> str:
    links = ", ".join(f"{k} reads {', '.join(v)}" for k, v in needs.items() if v)
    if mode == "integrated":
        return f"integrated, because hybrid tables form a loop ({links})"
    if mode == "sequential":
        return f"sequential, because hybrid tables form a chain ({links})"
    return "parallel, because no problem reads what another decides"


def _chain(
    chain: Sequence[str] | None, keys: tuple[str, ...], loops: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    if chain is None:
        return tuple(k for group in loops for k in group)
    unknown = [k for k in chain if k not in keys]
    if unknown:
        what = f"{unknown[0]!r} is no problem of this model"
        fix = (
            f"Name each problem once: {', '.join(keys)}."
            if len(keys) > 1
            else "Leave the chain out: there is one problem."
        )
        raise StudyError.of("K105", what, fix=fix)
    return tuple(chain)


def _components(needs: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Strongly connected problems, those that are read first, members in declared order."""
    reach = {k: _reachable(k, needs) for k in needs}
    rank = {k: i for i, k in enumerate(needs)}
    groups: list[tuple[str, ...]] = []
    for k in needs:
        if not any(k in g for g in groups):
            groups.append(tuple(j for j in needs if j == k or (j in reach[k] and k in reach[j])))
    done: list[tuple[str, ...]] = []
    while groups:
        settled = {k for g in done for k in g}
        ready = [g for g in groups if all(n in settled or n in g for k in g for n in needs[k])]
        first = min(ready, key=lambda g: rank[g[0]])
        groups.remove(first)
        done.append(first)
    return done


def _reachable(start: str, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(needs[start])
    while waiting:
        k = waiting.pop()
        if k not in seen:
            seen.add(k)
            waiting += needs[k]
    return seen
