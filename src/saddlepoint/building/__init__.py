"""Models written in Python with the words of the language; they are the same models, and can be written to a folder."""

from __future__ import annotations

from saddlepoint.building.expression import AxisSet, Expression, call
from saddlepoint.building.model import Model
from saddlepoint.building.statements import Statements

__all__ = ["AxisSet", "Expression", "Model", "Statements", "call"]
