"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

import click

PATIENCE: Final = 2.0
"""Seconds between two lines."""


@contextmanager
def progress(quiet: bool = False) -> Generator[Callable[[int, int], None] | None]:
    """Something to be told how many scenarios of how many are done; None if quiet."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as told:
            yield told
    else:
        yield _lines(time.monotonic)


def _lines(clock: Callable[[], float]) -> Callable[[int, int], None]:
    last = clock()

    def told(done: int, total: int) -> None:
        nonlocal last
        if clock() - last >= PATIENCE:
            last = clock()
            click.echo(f"{done} of {total} scenarios", err=True)

    return told


@contextmanager
def _bar() -> Generator[Callable[[int, int], None]]:
    """A bar that appears only if the run takes a while: rich is loaded then, and not for the shortest runs."""
    begin, shown = time.monotonic(), list[Any]()

    def told(done: int, total: int) -> None:
        if not shown and time.monotonic() - begin < 0.5:
            return
        if not shown:
            shown.append(_rich())
        display, task = shown[0]
        display.update(task, completed=done, total=total)

    try:
        yield told
    finally:
        for display, _ in shown:
            display.stop()


def _rich() -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("solving"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    display = Progress(*columns, console=Console(stderr=True), transient=True)
    display.start()
    return display, display.add_task("solving", total=None)
