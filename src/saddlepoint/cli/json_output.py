"""--json: what programs read, with nothing beside it that a solver prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Final, TextIO, cast

import click

_STREAMS: Final = (("stdout", 1), ("stderr", 2))


def keep_to_ourselves(context: click.Context, _: click.Parameter, asked: bool) -> bool:
    """Until the command ends, descriptors 1 and 2 lead nowhere, and our own stdout and stderr write where they led.

    Solvers, their licences and processes that they start print there as they please.
    """
    if asked and not context.resilient_parsing:
        for name, number in _STREAMS:
            restore = _apart(name, number)
            if restore is not None:
                context.call_on_close(restore)
    return asked


def _apart(name: str, number: int) -> Callable[[], None] | None:
    """Part a stream of Python's from its descriptor; what joins them again, None where there is nothing to part."""
    stream = cast(TextIO | None, getattr(sys, name))
    try:
        kept = os.dup(number)
    except OSError:
        return None
    ours = _copy(stream, number, kept)
    if ours is not None:
        setattr(sys, name, ours)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)

    def restore() -> None:
        os.dup2(kept, number)
        if ours is None:
            os.close(kept)
            return
        setattr(sys, name, stream)
        ours.close()

    return restore


def _copy(stream: TextIO | None, number: int, kept: int) -> TextIO | None:
    """A stream like this one on another descriptor; None for one that does not write to `number`."""
    try:
        if stream is None or stream.fileno() != number:
            return None
        stream.flush()
    except (OSError, ValueError):
        return None
    return open(kept, "w", encoding=stream.encoding, errors=stream.errors, buffering=1)
