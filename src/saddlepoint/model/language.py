"""The operators and constants of a model: the language's own, and the user's where the user says that they are trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.expr.node import Operator
from saddlepoint.expr.words import OPERATORS
from saddlepoint.files.text import read_text
from saddlepoint.files.trust import content_hash, is_trusted, remember
from saddlepoint.model.constants import CONSTANTS, Maker
from saddlepoint.records import dataclass

OPERATORS_FILE: Final = "user_defined_operators.py"
CONSTANTS_FILE: Final = "user_defined_constants.py"


@dataclass(frozen=True, slots=True)
class Language:
    """What formulas may call, and which constants may be named; warnings: user files that were not loaded."""

    operators: Mapping[str, Operator] = field(default_factory=lambda: OPERATORS)
    constants: Mapping[str, tuple[Maker, str]] = field(default_factory=lambda: CONSTANTS)
    warnings: tuple[Diagnostic, ...] = ()


def language(folder: Path | None, trusted: bool, asked: bool = False) -> Language:
    """The language of a model folder; its Python files are run only if the user trusts them. FileError where they fail.

    trusted: the user says so in this call; else their content must be remembered as trusted (files.trust). asked: whether
    the folder itself asks for it (operators: trust), which is no permission.
    """
    sources = programs(folder)
    if folder is None or not sources:
        return Language()
    if not trusted and not is_trusted(content_hash(sources)):
        return Language(warnings=tuple(_not_loaded(name, asked) for name in sources))
    from saddlepoint.expr.user import user_constants, user_operators
    from saddlepoint.files.usercode import load_module

    loaded = {name: load_module(folder / name, text) for name, text in sources.items()}
    return Language(
        {**OPERATORS, **user_operators(loaded.get(OPERATORS_FILE, {}))},
        {**CONSTANTS, **user_constants(loaded.get(CONSTANTS_FILE, {}))},
    )


def programs(folder: Path | None) -> dict[str, str]:
    """The Python files of a model folder by name, as they stand; FileError."""
    if folder is None:
        return {}
    return {f: read_text(folder / f, f) for f in (OPERATORS_FILE, CONSTANTS_FILE) if (folder / f).exists()}


def trust(folder: Path) -> tuple[tuple[str, ...], Path | None]:
    """Remember that the user trusts a folder's Python files as they are now: their names, and where it is kept; FileError."""
    sources = programs(folder)
    return tuple(sources), remember(content_hash(sources), folder) if sources else None


def _not_loaded(name: str, asked: bool) -> Diagnostic:
    return Diagnostic(
        "M024",
        f"{name} is not loaded",
        Mark(name),
        why="it is a program, and runs with all rights of this one"
        + ("; a folder that says `operators: trust` cannot permit that by itself" if asked else ""),
        fix="Read it; if you trust it, say so with `trust=True`, or until it changes with `saddle trust`.",
        severity="warning",
    )
