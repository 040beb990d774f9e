"""What can be wrong with the numbers of a fleet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import NOWHERE, Diagnostic, Mark
from saddlepoint.planning.numbered import Numbered

MarkAt = Callable[[int, str], Mark]
"""(row, column name) → place of the number."""

_ROUNDING = 1e-12


def nowhere(row: int, column: str) -> Mark:
    """The place of a number that came from no file."""
    return NOWHERE


def check_fleet(
    names: Sequence[str],
    alpha: Array,
    beta: Array,
    gamma: Array,
    lower: Array,
    upper: Array,
    place: MarkAt = nowhere,
) -> tuple[Index, list[Diagnostic]]:
    """The position of each machine's first piece and every finding (P003–P008); arrays of shape (pieces,)."""
    first = np.zeros(0, dtype=np.int64)
    if len(alpha) == 0:
        return first, [
            Diagnostic(
                "P008", "the fleet has no machine", place(0, "name"), why="", fix="Give at least one row."
            )
        ]
    if len(names) != len(alpha):
        text = f"there are {len(names)} names for {len(alpha)} rows of numbers"
        return first, [Diagnostic("P006", text, NOWHERE, why="", fix="Give one name per row.")]
    found: list[Diagnostic] = []
    columns = {"alpha": alpha, "beta": beta, "gamma": gamma, "lower": lower, "upper": upper}
    for title, column in columns.items():
        found += [_odd(names[k], title, column[k], place(k, title)) for k in _where(~np.isfinite(column))]
    if found:
        return first, found
    found += [_bent(names[k], alpha[k], place(k, "alpha")) for k in _where(alpha < 0.0)]
    found += [_crossed(names[k], lower[k], upper[k], place(k, "lower")) for k in _where(lower > upper)]
    found += [_below_zero(names[k], lower[k], place(k, "lower")) for k in _where(lower < 0.0)]
    if isinstance(names, Numbered):
        return np.arange(len(alpha)), found
    labels = np.asarray(names, dtype=np.str_)
    follows = np.flatnonzero(labels[1:] == labels[:-1]) + 1
    found += _steps(names, alpha, beta, lower, upper, follows, place)
    fresh = np.ones(len(names), dtype=bool)
    fresh[follows] = False
    first = np.flatnonzero(fresh)
    found += _repeated(names, first, place)
    return first, found


def _where(bad: Mask) -> list[int]:
    return np.flatnonzero(bad).tolist()


def _odd(name: str, title: str, value: float, mark: Mark) -> Diagnostic:
    fix = "Give every machine a finite capacity." if title == "upper" else "Give a finite number."
    return Diagnostic("P005", f"{title} of {name!r} is {value:g}, not a finite number", mark, why="", fix=fix)


def _bent(name: str, alpha: float, mark: Mark) -> Diagnostic:
    why = "With α < 0 each further unit is cheaper than the one before; the cheapest plan has no prices then."
    return Diagnostic(
        "P003", f"the cost of {name!r} is not convex: alpha = {alpha:g}", mark, why=why, fix="Give α ≥ 0."
    )


def _crossed(name: str, lower: float, upper: float, mark: Mark) -> Diagnostic:
    text = f"the bounds of {name!r} cross: lower {lower:g} is above upper {upper:g}"
    return Diagnostic("P004", text, mark, why="", fix="Exchange them, or correct one.")


def _below_zero(name: str, lower: float, mark: Mark) -> Diagnostic:
    return Diagnostic(
        "P004", f"lower of {name!r} is {lower:g}, below 0", mark, why="", fix="Give outputs of at least 0."
    )


def _steps(
    names: Sequence[str], alpha: Array, beta: Array, lower: Array, upper: Array, follows: Index, place: MarkAt
) -> list[Diagnostic]:
    """Pieces of one machine must join, and their marginal costs must not fall."""
    found: list[Diagnostic] = []
    end, start = upper[follows - 1], lower[follows]
    for k in follows[np.abs(end - start) > _ROUNDING * np.maximum(1.0, np.abs(end))].tolist():
        text = f"two rows of {names[k]!r} do not join: one ends at {upper[k - 1]:g}, the next starts at {lower[k]:g}"
        why = "Rows with the same name are the pieces of one machine's cost curve."
        found.append(
            Diagnostic(
                "P007", text, place(k, "lower"), why=why, fix="Rename one machine, or let the pieces join."
            )
        )
    before, after = (
        2.0 * alpha[follows - 1] * end + beta[follows - 1],
        2.0 * alpha[follows] * start + beta[follows],
    )
    for k, high, low in zip(follows.tolist(), before.tolist(), after.tolist(), strict=True):
        if low < high - _ROUNDING * max(1.0, abs(high)):
            text = f"the cost of {names[k]!r} is not convex: its marginal cost falls from {high:g} to {low:g}"
            why = f"At an output of {lower[k]:g} the next piece is cheaper than the one before."
            found.append(
                Diagnostic("P003", text, place(k, "beta"), why=why, fix="Order the pieces by marginal cost.")
            )
    return found


def _repeated(names: Sequence[str], first: Index, place: MarkAt) -> list[Diagnostic]:
    seen: set[str] = set()
    found: list[Diagnostic] = []
    for k in map(int, first):
        if names[k] in seen:
            text = f"the machine {names[k]!r} appears twice"
            why = "Only rows that follow each other are pieces of one machine."
            found.append(
                Diagnostic("P007", text, place(k, "name"), why=why, fix="Give each machine its own name.")
            )
        seen.add(names[k])
    return found
