"""Arrays of terms (row, column, coefficient), sparsity patterns, cones, and their operations."""

from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.algebra.terms import Terms

__all__ = ["Batch", "Cone", "ConeKind", "Pattern", "Structure", "Terms"]
