"""What goes wrong and what a person can do about it: marks, findings, and one error per stage."""

from saddlepoint.errors.alike import merged_alike, rendered
from saddlepoint.errors.findings import NOWHERE, Diagnostic, Mark, render
from saddlepoint.errors.stages import (
    CompileError,
    DataError,
    DeclareError,
    ExpressionError,
    FileError,
    ModelError,
    PlanningError,
    RewriteError,
    SaddleError,
    SolveError,
    StoreError,
    StudyError,
    UsageError,
    collected,
    extra,
)
from saddlepoint.errors.suggest import nearest, suggest

__all__ = [
    "NOWHERE",
    "CompileError",
    "DataError",
    "DeclareError",
    "Diagnostic",
    "ExpressionError",
    "FileError",
    "Mark",
    "ModelError",
    "PlanningError",
    "RewriteError",
    "SaddleError",
    "SolveError",
    "StoreError",
    "StudyError",
    "UsageError",
    "collected",
    "extra",
    "merged_alike",
    "nearest",
    "render",
    "rendered",
    "suggest",
]
