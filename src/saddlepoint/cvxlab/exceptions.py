"""CVXlab's exceptions: what Saddlepoint raises under CVXlab's names is caught by either's classes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar

from saddlepoint import errors


class CVXLabError(Exception):
    """The root of CVXlab's exceptions; message: what it says."""

    default_message = "CVXlab error."

    def __init__(self, message: object = None) -> None:
        self.message = self.default_message if message is None else message
        super().__init__(self.message)


class ModelFolderError(CVXLabError):
    """A model folder that is not there or cannot be read."""

    default_message = "Model directory error."


class ConceptualModelError(CVXLabError):
    """Sets, tables and formulas that do not go together."""

    default_message = "Conceptual Model error."


class SettingsError(CVXLabError):
    """Settings or arguments that are wrong."""

    default_message = "Settings error."


class MissingDataError(CVXLabError):
    """Data that are missing or no numbers."""

    default_message = "Missing data error."


class OperationalError(CVXLabError):
    """A step that cannot be done now."""

    default_message = "Operational error."


class IntegrityError(CVXLabError):
    """A database that contradicts itself."""

    default_message = "Integrity error"


class NumericalProblemError(CVXLabError):
    """A problem that cannot be compiled or solved."""

    default_message = "Numerical problem error"


class TableNotFoundError(CVXLabError):
    """A table that is not in the database."""

    default_message = "Table not found."


class ResultsError(CVXLabError):
    """Results that are missing or differ."""

    default_message = "Results error."


_MEANS: Final[dict[type[errors.SaddleError], type[CVXLabError]]] = {
    errors.FileError: ModelFolderError,
    errors.DeclareError: SettingsError,
    errors.UsageError: SettingsError,
    errors.ModelError: ConceptualModelError,
    errors.ExpressionError: ConceptualModelError,
    errors.DataError: MissingDataError,
    errors.StoreError: OperationalError,
    errors.CompileError: NumericalProblemError,
    errors.RewriteError: NumericalProblemError,
    errors.SolveError: NumericalProblemError,
    errors.StudyError: ResultsError,
}
_Class = TypeVar("_Class", bound=type)
_Function = TypeVar("_Function", bound=Callable[..., Any])


@functools.cache
def both(kind: type[errors.SaddleError]) -> type[errors.SaddleError]:
    """The class that is an error of Saddlepoint and the exception of CVXlab that says the same."""
    means = next((theirs for ours, theirs in _MEANS.items() if issubclass(kind, ours)), CVXLabError)
    return type(kind.__name__, (kind, means), {"__module__": __name__})


def as_cvxlab(function: _Function) -> _Function:
    """The function, its errors catchable by CVXlab's classes too."""

    @functools.wraps(function)
    def speaking(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except errors.SaddleError as error:
            if isinstance(error, CVXLabError):
                raise
            raise both(type(error))(error.diagnostics).with_traceback(
                error.__traceback__
            ) from error.__cause__

    return speaking  # pyright: ignore[reportReturnType]


def every_method(model: _Class) -> _Class:
    """The class, with `as_cvxlab` around its constructor and its public methods."""
    for name, made in vars(model).items():
        if callable(made) and (name == "__init__" or not name.startswith("_")):
            setattr(model, name, as_cvxlab(made))
    return model
