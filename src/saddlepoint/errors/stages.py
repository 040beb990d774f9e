"""One error for each stage; each holds all findings of the stage."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Self

from saddlepoint.errors.alike import render_all
from saddlepoint.errors.findings import NOWHERE, Diagnostic, Mark


class SaddleError(Exception):
    """All findings of one stage, raised once.

    `diagnostics` holds at least one finding; the text of the exception renders them all, those that are alike as one.
    """

    diagnostics: tuple[Diagnostic, ...]

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        if not found:
            raise ValueError("a SaddleError needs at least one Diagnostic")
        self.diagnostics = found
        super().__init__(render_all(found))

    @classmethod
    def of(cls, code: str, message: str, mark: Mark = NOWHERE, *, why: str = "", fix: str = "") -> Self:
        """The error of one finding."""
        return cls(Diagnostic(code, message, mark, why=why, fix=fix))

    def __reduce__(self) -> tuple[type[SaddleError], tuple[tuple[Diagnostic, ...]]]:
        """It is made again from its findings, not from its text, when it travels between processes."""
        return type(self), (self.diagnostics,)


class FileError(SaddleError):
    """A file is missing, unreadable, unsafe or of the wrong form."""


class DeclareError(SaddleError):
    """The settings (sets, tables, variables, problems) do not follow the schema."""


class ExpressionError(SaddleError):
    """A formula cannot be read, or its parts do not fit together."""


class ModelError(SaddleError):
    """Names, sets, tables and formulas do not resolve to one model."""


class DataError(SaddleError):
    """Input data are missing, duplicate, of the wrong kind or out of range."""


class RewriteError(SaddleError):
    """A chance constraint or another rewrite is not possible for this problem."""


class CompileError(SaddleError):
    """A problem is not convex, or its data do not allow it to be compiled."""


class SolveError(SaddleError):
    """No solver can take the problem, or the solver's input is unusable."""


class StudyError(SaddleError):
    """Scenarios, coupling or comparison are asked for in a way that has no meaning."""


class PlanningError(SaddleError):
    """A fleet, a demand or a service level is unusable."""


class StoreError(SaddleError):
    """The database is locked, foreign, damaged, newer than this program or read-only."""


class UsageError(SaddleError):
    """A command or a function was called with arguments that exclude each other or name nothing."""


@contextmanager
def collected(found: list[Diagnostic]) -> Generator[None]:
    """Around one of several things that may be wrong: its findings are added to the others, and the next one is looked at."""
    try:
        yield
    except SaddleError as error:
        found += error.diagnostics


@contextmanager
def extra(name: str) -> Generator[None]:
    """Around the imports of an optional package: UsageError X131, with the extra to install, if it is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"this needs the package {error.name}, which is not installed"
        fix = f'Install it: pip install "saddlepoint[{name}]".'
        raise UsageError.of("X131", message, fix=fix) from error
