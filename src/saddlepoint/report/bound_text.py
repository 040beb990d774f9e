"""The proven bound of a coupled model in words and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from saddlepoint.printing.grid import grid

if TYPE_CHECKING:
    from saddlepoint.study.coupling.joint import JointBound

SHOWN: Final = 50
"""Scenarios that are printed."""
_SAME: Final = 1e-6


def bound_text(found: JointBound) -> str:
    """What is best for all sub-problems together, scenario by scenario, beside where the loop ended."""
    goal = "least" if found.sense > 0 else "largest"
    lines = [f"Joint problem of {' and '.join(found.problems)}: the {goal} joint objective, proven"]
    labels = list(found.scenarios.names)
    header = [*labels, "fixed point", "best plan", "bound", "gap"]
    rows = [
        [
            *(row[name] for name in labels),
            row["fixed_point"],
            row["best"],
            row["bound"],
            f"{found.gap[s]:.1e}",
        ]
        for s, row in enumerate(found.rows[:SHOWN])
    ]
    lines += grid(header, rows, "  ", len(labels))
    if len(found.which) > SHOWN:
        lines.append(f"  … {len(found.which) - SHOWN:,} more scenarios, in the table _bound")
    return "\n".join([*lines, *_said(found)])


def _said(found: JointBound) -> list[str]:
    none = int(np.isnan(found.value).sum())
    open_ = int(found.open.sum())
    with np.errstate(invalid="ignore"):
        behind = found.sense * (found.fixed_point - found.value) > _SAME * np.maximum(
            1e-10, np.abs(found.value)
        )
    said = [f"Boxes looked at: {int(found.nodes.sum()):,}."]
    if behind.any():
        said.append(
            f"In {int(behind.sum())} of {len(found.which)} scenarios the fixed point is not the best of the joint problem; the best need not be a "
            "fixed point."
        )
    if none:
        said.append(f"In {none} scenarios there is no plan for all sub-problems together.")
    if open_:
        said.append(f"In {open_} scenarios a gap is left: `nodes=N` looks at more boxes.")
    return said
