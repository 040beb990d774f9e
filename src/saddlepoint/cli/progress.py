"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

from saddlepoint.cli.output import echo
from saddlepoint.cli.spelling import as_typed

PATIENCE: Final = 2.0
"""Seconds between two lines."""
FIRST, LATER = 5.0, 1.7
"""Seconds after which a search is told of first, and by how much longer the next time."""


@contextmanager
def progress(
    quiet: bool = False, doing: str = "solving", what: str = "scenarios"
) -> Generator[Callable[[int, int], None] | None]:
    """Something to be told how many of how many are done; None if quiet. doing, what: the words for it."""
    if quiet:
        yield None
    elif sys.stderr is not None and sys.stderr.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        with _bar(doing) as report_progress:
            yield report_progress
    else:
        yield _lines(time.monotonic, what)


def _lines(clock: Callable[[], float], what: str) -> Callable[[int, int], None]:
    begin = last = clock()

    def report_progress(done: int, total: int) -> None:
        nonlocal last
        if clock() - last >= PATIENCE:
            last = clock()
            echo(f"{done:,} of {total:,} {what}{_pace(done, total, last - begin)}", err=True)

    return report_progress


def _pace(done: int, total: int, seconds: float) -> str:
    """The rate since the beginning, and how long the rest takes at this rate."""
    if not done or seconds <= 0:
        return ""
    rate = done / seconds
    return f", {rate:,.{0 if rate >= 10 else 1}f} a second, {(total - done) / rate:,.0f} s left"


def search_lines(
    clock: Callable[[], float], kept: bool = False, limited: bool = False
) -> Callable[[float, float], None]:
    """Something to be told how far a long integer search is, that says so ever more rarely; with the first line, how to end it. kept:
    whether an interruption keeps the best plan; limited: a time limit was given."""
    begin, told = clock(), [0]

    def report_search(plan: float, bound: float) -> None:
        if clock() - begin < FIRST * LATER ** told[0]:
            return
        told[0] += 1
        echo(f"{clock() - begin:,.0f} s: {_how_far(plan, bound)}", err=True)
        if told[0] == 1:
            limit = (
                ""
                if limited
                else "`time_limit=60` ends a search after so many seconds with the best plan so far; "
            )
            end = "Ctrl-C ends it now with that plan." if kept else "Ctrl-C keeps nothing."
            echo(as_typed(limit + end), err=True)

    return report_search


def _how_far(plan: float, bound: float) -> str:
    """The best plan so far, the bound, and the gap between them."""
    from saddlepoint.printing.grid import number

    shown = f"bound {number(bound)}" if math.isfinite(bound) else "no bound yet"
    if not math.isfinite(plan):
        return f"no plan found yet, {shown}"
    gap = f", gap {100 * abs(plan - bound) / max(abs(plan), 1e-10):.3g} %" if math.isfinite(bound) else ""
    return f"the objective of the best plan so far is {number(plan)}, {shown}{gap}"


@contextmanager
def _bar(doing: str) -> Generator[Callable[[int, int], None]]:
    """A bar that appears only if the run takes a while: rich is loaded then, and not for the shortest runs."""
    begin, shown = time.monotonic(), list[Any]()

    def report_progress(done: int, total: int) -> None:
        if not shown and time.monotonic() - begin < 0.5:
            return
        if not shown:
            shown.append(_rich(doing))
        display, task = shown[0]
        rate = f"{done / max(time.monotonic() - begin, 1e-9):,.0f}/s"
        display.update(task, completed=done, total=total, rate=rate)

    try:
        yield report_progress
    finally:
        for display, _ in shown:
            display.stop()


def _rich(doing: str) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn())
    columns += (TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    display = Progress(*columns, console=Console(stderr=True), transient=True)
    display.start()
    return display, display.add_task(doing, total=None, rate="")
