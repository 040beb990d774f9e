"""Where a number goes: every function of the package that is given it or gives it back, in order, with the form it has there."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

import saddlepoint

PACKAGE = f"{Path(saddlepoint.__file__).parent}/"
DEEP = 7
MANY = 300
HOLDERS = ("Lab", "Store", "Model", "Context")
"""What holds everything: no form of one number."""


class Visit(NamedTuple):
    """A function that has the number, and as what; returned: whether it gives it back."""

    file: str
    function: str
    form: str
    returned: bool


def visits(work: Callable[[], object], number: float, text: str) -> tuple[list[Visit], list[tuple[str, str]]]:
    """What a piece of work does with a number (or its opposite), told by its value, and all calls (file, function).

    text: the number as it is printed.
    """
    seen: list[Visit] = []
    calls: list[tuple[str, str]] = []
    busy = threading.local()

    def look(frame: FrameType, event: str, given: object) -> None:
        code = frame.f_code
        if event not in ("call", "return") or not code.co_filename.startswith(PACKAGE):
            return
        if getattr(busy, "now", False):
            return
        busy.now = True
        file = code.co_filename.removeprefix(PACKAGE)
        if event == "call":
            calls.append((file, code.co_qualname))
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        held = [frame.f_locals.get(name) for name in names] if event == "call" else [given]
        for form in filter(None, (_form(one, number, text) for one in held)):
            seen.append(Visit(file, code.co_qualname, form, event == "return"))
        busy.now = False

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return seen, calls


def _form(held: Any, number: float, text: str, depth: int = 0) -> str | None:
    """The name of what holds the number, None where it does not."""
    if held is None or isinstance(held, bool | int) or depth > DEEP:
        return None
    if isinstance(held, float):
        return "number" if _same(held, number) else None
    if isinstance(held, str):
        return "text" if text in held else None
    if isinstance(held, np.ndarray):
        return "array" if held.dtype.kind == "f" and _same(held, number) else None
    name = type(held).__name__
    if name in HOLDERS:
        return None
    return name if any(_form(one, number, text, depth + 1) for one in _parts(held)) else None


def _same(held: Any, number: float) -> bool:
    return bool(np.any(np.abs(np.abs(held) - number) < 1e-9))


def _parts(held: Any) -> Iterator[Any]:
    if isinstance(held, list | tuple):
        yield from held[:MANY]
    elif isinstance(held, Mapping):
        yield from list(held.values())[:MANY]
    elif dataclasses.is_dataclass(held) and not isinstance(held, type):
        yield from (getattr(held, field.name, None) for field in dataclasses.fields(held))
    elif type(held).__module__.startswith("saddlepoint") and hasattr(held, "__dict__"):
        yield from list(vars(held).values())
