"""Python files of the user: run only when the caller says that they are trusted."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.text import read_text


def load_module(path: Path, text: str | None = None) -> Mapping[str, Callable[..., Any]]:
    """Run a Python file and return the functions it defines, by name; names with a leading underscore stay private.

    text: its content, where that has been read (and looked at) already. The file's code runs with all rights of the program: call
    this only for a folder that the user trusts. Raises FileError if the file cannot be read or its code fails.
    """
    name = f"saddlepoint_user_{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    text = read_text(path) if text is None else text
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        raise FileError(_failure(path, text, error)) from error
    found = {k: v for k, v in vars(module).items() if callable(v) and not k.startswith("_")}
    return {
        k: v for k, v in found.items() if getattr(v, "__module__", None) == name and not isinstance(v, type)
    }


def _failure(path: Path, text: str, error: BaseException) -> Diagnostic:
    line = error.lineno if isinstance(error, SyntaxError) else None
    for frame in traceback.extract_tb(error.__traceback__):
        line = frame.lineno if frame.filename == str(path) else line
    lines = text.splitlines()
    source = lines[line - 1] if line and line <= len(lines) else None
    mark = Mark(path.name, line, text=source, end=len(source or ""))
    message = f"the Python file {path.name!r} fails: {type(error).__name__}: {error}"
    return Diagnostic("E213", message, mark, fix="Mend the file, or take it out of the model folder.")
