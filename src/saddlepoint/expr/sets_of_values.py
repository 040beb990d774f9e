"""Sets of values against which a relation is to hold, as they are written: box, box(2), budget(3), ellipsoid(1.5)."""

from __future__ import annotations

import ast
from typing import Final, Literal

SETS: Final = ("box", "budget", "ellipsoid")
SetKind = Literal["box", "budget", "ellipsoid"]
SHAPES: Final = "box, box(r), budget(Γ) or ellipsoid(Ω)"


def set_parts(part: ast.expr) -> tuple[SetKind, ast.expr | None] | None:
    """The kind of a set and its size as written (None: 1); None where it is none."""
    match part:
        case ast.Name(id="box"):
            return "box", None
        case ast.Call(func=ast.Name(id=name), args=[size], keywords=[]) if name in SETS:
            return name, size
        case _:
            return None
