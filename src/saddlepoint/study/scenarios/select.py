"""Which scenarios: chosen by labels, as positions in the product of the split sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Index, Mask
from saddlepoint.errors import NOWHERE, StudyError, suggest
from saddlepoint.labels import Domain

RUN: Final = "Run"
DRAW: Final = "Draw"
GENERATED: Final = (RUN, DRAW)
"""The sets that runs and samples of scenarios.yml add to a model."""


def select(domain: Domain, choices: Sequence[str], allowed: Index | None = None) -> Index:
    """Positions of the scenarios that any of the choices names, in the domain's order; all if there is no choice.

    A choice is labels in the order of the sets ("low,high"; an empty label or * leaves a set open), or
    "Set=label" pairs joined by commas, or the name of a run, or "A:B", a range of places counted from 0. The sets
    Run and Draw are left open where labels are given for the declared sets only. allowed: the scenarios that may be
    chosen and that ranges count (increasing positions; None = all). Raises StudyError.
    """
    if not choices:
        return np.arange(domain.size) if allowed is None else allowed
    keep = np.zeros(domain.size, dtype=bool)
    for choice in choices:
        part = _range(domain.size if allowed is None else len(allowed), choice)
        if part is None:
            part = _matching(domain, labels_of(domain, choice))
        elif allowed is not None:
            part = allowed[part]
        keep[part] = True
    return np.flatnonzero(keep) if allowed is None else _kept(allowed, keep, choices)


def _kept(allowed: Index, keep: Mask, choices: Sequence[str]) -> Index:
    which = allowed[keep[allowed]]
    if not len(which):
        chosen = " or ".join(map(repr, choices))
        why = "include, exclude and list of scenarios.yml apply first."
        message = f"none of the {len(allowed)} scenarios of scenarios.yml fits {chosen}"
        raise StudyError.of(
            "K109", message, NOWHERE, why=why, fix="Look at `lab.chosen`: those that are left."
        )
    return which


def _range(size: int, choice: str) -> Index | None:
    first, colon, last = choice.partition(":")
    if not colon or not all(p.strip().isdigit() or not p.strip() for p in (first, last)):
        return None
    start = int(first) if first.strip() else 0
    stop = min(int(last), size) if last.strip() else size
    if start >= stop:
        raise StudyError.of(
            "K103",
            f"the range {choice!r} holds none of the {size} scenarios",
            fix=f"Choose from 0:{size}, which is all.",
        )
    return np.arange(start, stop)


def labels_of(domain: Domain, choice: str) -> Mapping[str, str]:
    """The sets that a choice fixes, with their labels; StudyError K101, K102, K104."""
    labels = _pairs(domain, choice)
    for name, label in labels.items():
        axis = domain.axis(name)
        if label not in axis.positions:
            raise StudyError.of(
                "K104", f"{label!r} is not an item of {name!r}", fix=suggest(label, axis.items)
            )
    return labels


def _pairs(domain: Domain, choice: str) -> Mapping[str, str]:
    if not domain.axes:
        raise StudyError.of(
            "K102",
            f"the scenario {choice!r} is asked for, and this model has no scenarios to choose from",
            why="No set says `split_problem: true`, and scenarios.yml adds none.",
            fix="Leave the choice of scenarios out, or say `split_problem: true` at a set of scenarios.",
        )
    parts = [p.strip() for p in choice.split(",")]
    if all("=" in p for p in parts):
        pairs: dict[str, str] = {}
        for part in parts:
            name, _, item = part.partition("=")
            pairs[name.strip()] = item.strip()
        for name in pairs:
            if name not in domain:
                raise StudyError.of(
                    "K101", f"{name!r} is not a scenario set of this model", fix=suggest(name, domain.names)
                )
        return pairs
    if len(parts) == 1 and RUN in domain and parts[0] in domain.axis(RUN).positions:
        return {RUN: parts[0]}
    whole = domain
    domain = domain if len(parts) == len(domain.axes) else domain.without(GENERATED)
    if len(parts) != len(domain.axes):
        names = ", ".join(domain.names) or "none"
        raise StudyError.of(
            "K102",
            f"the scenario {choice!r} names {len(parts)} label(s); the model has {len(domain.axes)} scenario set(s): {names}",
            fix="Give one label for each in this order, or Set=label" + _or_run(whole),
        )
    return {name: part for name, part in zip(domain.names, parts, strict=True) if part not in ("", "*")}


def _or_run(domain: Domain) -> str:
    return f"; the runs are {', '.join(domain.axis(RUN).items)}." if RUN in domain else "."


def _matching(domain: Domain, labels: Mapping[str, str]) -> Index:
    keep = np.ones(domain.shape, dtype=bool)
    for k, axis in enumerate(domain.axes):
        if axis.name not in labels:
            continue
        index = np.arange(len(axis)) == axis.positions[labels[axis.name]]
        keep &= index.reshape([-1 if j == k else 1 for j in range(len(domain.axes))])
    return np.flatnonzero(keep.reshape(-1))


def project(which: Index, source: Domain, target: Domain) -> Index:
    """Positions in `target` (a sub-product of `source`) of scenarios given in `source`."""
    if not target.axes:
        return np.zeros(len(which), dtype=np.int64)
    codes = dict(zip(source.names, np.unravel_index(which, source.shape), strict=True))
    return np.ravel_multi_index(tuple(codes[n] for n in target.names), target.shape)
