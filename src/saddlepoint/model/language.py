"""The operators and constants of a model: the language's own, and the user's where the user says that they are trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.expr.node import Operator
from saddlepoint.expr.words import OPERATORS
from saddlepoint.model.constants import CONSTANTS, Maker

OPERATORS_FILE: Final = "user_defined_operators.py"
CONSTANTS_FILE: Final = "user_defined_constants.py"


@dataclass(frozen=True, slots=True)
class Language:
    """What formulas may call, and which constants may be named; warnings: user files that were not loaded."""

    operators: Mapping[str, Operator] = field(default_factory=lambda: OPERATORS)
    constants: Mapping[str, tuple[Maker, str]] = field(default_factory=lambda: CONSTANTS)
    warnings: tuple[Diagnostic, ...] = ()


def language(folder: Path | None, trusted: bool) -> Language:
    """The language of a model folder; its Python files are run only if trusted. Raises FileError where they fail."""
    files = [] if folder is None else [f for f in (OPERATORS_FILE, CONSTANTS_FILE) if (folder / f).exists()]
    if folder is None or not files:
        return Language()
    if not trusted:
        return Language(warnings=tuple(_not_loaded(name) for name in files))
    from saddlepoint.expr.user import user_constants, user_operators
    from saddlepoint.files.usercode import load_module

    loaded = {name: load_module(folder / name) for name in files}
    return Language(
        {**OPERATORS, **user_operators(loaded.get(OPERATORS_FILE, {}))},
        {**CONSTANTS, **user_constants(loaded.get(CONSTANTS_FILE, {}))},
    )


def _not_loaded(name: str) -> Diagnostic:
    return Diagnostic(
        "M024",
        f"{name} is not loaded",
        Mark(name),
        why="it is a program, and runs with all rights of this one",
        fix="if you trust it, say operators: trust in problem.yml, or ask for it (--trust, trust=True)",
        severity="warning",
    )
