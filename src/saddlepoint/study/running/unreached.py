"""Items of sets whose decisions stand in no relation with any other decision, though those of other items do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from saddlepoint.arrays import Mask
from saddlepoint.compile.program import Program
from saddlepoint.errors import NOWHERE, Diagnostic
from saddlepoint.model.model import Model
from saddlepoint.printing.sentences import some_of

SHOWN = 5


def unreached_items(model: Model, programs: Sequence[Program]) -> Iterable[Diagnostic]:
    """Warnings (K622) for the items whose decisions have bounds and costs alone, set by set."""
    reached: dict[str, dict[str, bool]] = {}
    for program in programs:
        joined = _joined(program)
        for block in program.columns:
            own = joined[block.start : block.start + block.size]
            codes = np.unravel_index(block.cells, block.domain.shape) if block.domain.axes else ()
            for axis, places in zip(block.domain.axes, codes, strict=True):
                of_set = reached.setdefault(axis.name, {})
                hit = np.bincount(places, own, len(axis)) > 0
                for item in np.unique(places).tolist():
                    label = axis.items[item]
                    of_set[label] = of_set.get(label, False) or bool(hit[item])
    for name, of_set in reached.items():
        idle = [label for label, hit in of_set.items() if not hit]
        if idle and len(idle) < len(of_set):
            yield _finding(model, name, idle)


def _joined(program: Program) -> Mask:
    """(n,) whether a column shares a row, a cone or a product with another one."""
    s = program.structure
    joined = (np.diff(s.A.indptr) > 0) | (np.diff(s.F.indptr) > 0)
    joined |= np.diff(s.P.indptr) > 0
    joined[s.P.indices] = True
    return joined


def _finding(model: Model, name: str, idle: Sequence[str]) -> Diagnostic:
    info = model.sets.get(name)
    what = "the item" if len(idle) == 1 else "the items"
    return Diagnostic(
        "K622",
        f"no relation joins {what} {some_of([*map(repr, idle)], SHOWN)} of {name!r} to any other decision",
        NOWHERE if info is None else info.spec.mark,
        why="Other items are joined; the decisions of these have only bounds and costs, and go where the cost says.",
        fix="Look at the data of these items (coefficients of 0, missing pairs) and at the where of relations.",
        severity="warning",
    )
