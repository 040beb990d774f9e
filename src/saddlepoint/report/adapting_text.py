"""What decisions gain by reacting, in words and a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from saddlepoint.printing.grid import grid, number

if TYPE_CHECKING:
    from saddlepoint.study.adapting import AdaptingValue


def adapting_text(found: Sequence[AdaptingValue]) -> str:
    """The optima with and without rules."""
    return "\n\n".join("\n".join(_lines(one)) for one in found)


def _lines(one: AdaptingValue) -> list[str]:
    sense = "minimised" if one.sense > 0 else "maximised"
    lines = [f"Value of adapting{f' in {one.problem}' if one.problem else ''} (the objective is {sense})"]
    header = [*one.scenarios.names, "with rules", *(f"{t} still" for t in one.without), "static", "gain"]
    rows: list[list[Any]] = []
    for s, labels in enumerate(one.labels):
        found = [one.rules[s], *(v[s] for v in one.without.values()), one.static[s]]
        rows.append([*labels, *(_shown(float(v)) for v in found), _gain(one, s)])
    lines += grid(header, rows, "  ", len(one.scenarios.names))
    must = [t for t in one.without if t not in one.still]
    if must:
        lines.append(f"{', '.join(must)}: must react, for no plan holds for every value without.")
    if one.still:
        lines.append(f"static: {', '.join(one.still)} decided once, before anything is seen.")
    return lines


def _shown(value: float) -> str:
    return "no plan" if math.isnan(value) else number(value)


def _gain(one: AdaptingValue, s: int) -> str:
    gain, base = float(one.gain[s]), abs(float(one.static[s]))
    if math.isnan(gain):
        return ""
    if math.isinf(gain):
        return "without rules no plan"
    part = f" ({100 * gain / base:.2f} %)" if base > 0.0 else ""
    return number(gain) + part


def adapting_data(found: Sequence[AdaptingValue]) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [
        {
            "problem": one.problem,
            **dict(zip(one.scenarios.names, labels, strict=True)),
            "rules": _plain(one.rules[s]),
            "without": {t: _plain(v[s]) for t, v in one.without.items()},
            "static": _plain(one.static[s]),
            "still": list(one.still),
        }
        for one in found
        for s, labels in enumerate(one.labels)
    ]


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
