"""The proven bound of a coupled model in words and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saddlepoint.printing.grid import gap_text, grid

if TYPE_CHECKING:
    from saddlepoint.arrays import Array, Mask
    from saddlepoint.study.coupling.coupling import JointProof
    from saddlepoint.study.coupling.joint import JointBound

SHOWN: Final = 50
"""Scenarios that are printed."""
_SAME: Final = 2e-6


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
            None if row["gap"] is None else gap_text(row["gap"]),
        ]
        for row in found.rows[:SHOWN]
    ]
    lines += grid(header, rows, "  ", len(labels))
    if len(found.which) > SHOWN:
        lines.append(f"  … {len(found.which) - SHOWN:,} more scenarios, in the table _bound")
    return "\n".join([*lines, *_said(found), *_points(found)])


def bound_data(found: JointBound) -> dict[str, Any]:
    """The same for machines, with the best plans and all fixed points."""
    return {
        "problems": found.problems,
        "scenarios": found.rows,
        "plans": {table: numbers.tolist() for table, numbers in found.tables.items()},
        "fixed_points": found.point_rows,
    }


def _points(found: JointBound) -> list[str]:
    """The fixed points of small models, the best of each scenario first, beside the joint optimum."""
    points = found.points
    if points.why:
        return [f"The set of all fixed points is not told: {points.why}."]
    labels = list(found.scenarios.names)
    best = dict(enumerate(found.value.tolist()))
    pieces = any(row["piece"] for row in found.point_rows)
    rows = [
        [
            *(row[name] for name in labels),
            row["point"],
            row["joint"],
            best[s],
            "yes" if row["drawn"] else "no",
            f"{row['starts']} of {points.tried}",
            "start" if row["reached"] else "",
            *(["yes" if row["piece"] else ""] if pieces else []),
        ]
        for s, row in _of_scenarios(found)[:SHOWN]
    ]
    whole = int(points.complete.sum())
    said = f"Fixed points, proven to be all in {whole} of {len(points.complete)} scenarios"
    header = [
        *labels,
        "point",
        "joint",
        "joint optimum",
        "drawn to it",
        "starts that end there",
        "the plain loop",
        *(["end of a piece"] if pieces else []),
    ]
    return [
        "",
        said,
        *grid(header, rows, "  ", len(labels)),
        "Drawn to it: sweeps from near the point come back to it.",
        *(
            ["End of a piece: not alone; all points of a whole piece, which ends here, are fixed."]
            if pieces
            else []
        ),
    ]


def _of_scenarios(found: JointBound) -> list[tuple[int, dict[str, Any]]]:
    counts = [len(found.points.of(s)) for s in range(len(found.which))]
    places = [s for s, count in enumerate(counts) for _ in range(count)]
    return list(zip(places, found.point_rows, strict=True))


def _said(found: JointBound) -> list[str]:
    none = int(np.isnan(found.value).sum())
    open_ = int(found.open.sum())
    said = [f"Boxes looked at: {int(found.nodes.sum()):,}.", *_behind(found.fixed_point, found.value)]
    if found.tied.any():
        said.append(_tied(found.tied))
    if none:
        said.append(f"In {none} scenarios there is no plan for all sub-problems together.")
    if open_:
        said.append(f"In {open_} scenarios a gap is left: `nodes=N` looks at more boxes.")
    return said


def proof_sentences(joint: Array, proof: JointProof) -> list[str]:
    """What a run says of the proof for its loop, of which joint (S,) are the objectives at the fixed points."""
    said = [*_behind(joint, proof.best)]
    if proof.tied.any():
        said.append(_tied(proof.tied))
    open_ = int(proof.open.sum())
    if open_:
        said.append(f"In {open_} scenarios a gap is left: `lab.bound(nodes=N)` looks at more boxes.")
    reasons = dict.fromkeys(proof.unproven.values())
    return [*said, *(f"No bound of the joint problem is proven: {why}." for why in reasons)]


def no_better_plan(joint: Array, proof: JointProof) -> bool:
    """Whether the fixed points of a loop, of which joint (S,) are the objectives, are all proven to be best plans of all
    sub-problems together."""
    closed = proof.known.all() and not proof.open.any() and np.isfinite(joint).all()
    return bool(closed and not _is_behind(joint, proof.best).any())


def _is_behind(joint: Array, best: Array) -> Mask:
    with np.errstate(invalid="ignore"):
        return np.abs(joint - best) > _SAME * np.maximum(1e-10, np.abs(best))


def _behind(joint: Array, best: Array) -> list[str]:
    behind = _is_behind(joint, best)
    if not behind.any():
        return []
    return [
        f"In {int(behind.sum())} of {len(joint)} scenarios the fixed point is not the best of the joint problem; the best need not be a "
        "fixed point."
    ]


def _tied(tied: Mask) -> str:
    return f"In {int(tied.sum())} of {len(tied)} scenarios another plan was met that is as good, to the gap."
