"""What the workflow says while it runs, and warnings about arguments that mean nothing here."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from typing import Final

from saddlepoint.errors import Diagnostic, UsageError
from saddlepoint.errors.suggest import nearest, suggest

LOG: Final = logging.getLogger("saddlepoint.cvxlab")
_FORMATS: Final = {
    "standard": "%(levelname)s | %(message)s",
    "detailed": "%(asctime)s | %(levelname)s | %(name)s | %(message)s",
}


def set_up(level: str, form: str) -> None:
    """Say what is done on stderr, from this level (debug, info, warning, error) up."""
    for handler in [h for h in LOG.handlers if h.get_name() == LOG.name]:
        LOG.removeHandler(handler)
    handler = logging.StreamHandler()
    handler.set_name(LOG.name)
    handler.setFormatter(logging.Formatter(_FORMATS.get(form, _FORMATS["standard"])))
    LOG.addHandler(handler)
    LOG.setLevel(level.upper() if level.upper() in logging.getLevelNamesMapping() else "INFO")
    LOG.propagate = False


def ignored(names: Iterable[str], where: str, known: Iterable[str] = ()) -> None:
    """Warn that arguments are accepted and have no effect; known: those that have one. UsageError X720: one misspelt."""
    listed, taken = tuple(names), tuple(known)
    misspelt = [
        Diagnostic("X720", f"{where} has no argument {name!r}", fix=suggest(name, taken))
        for name in listed
        if name not in taken and nearest(name, taken)
    ]
    if misspelt:
        raise UsageError(misspelt)
    if listed:
        warnings.warn(f"{where}: no effect in Saddlepoint: {', '.join(listed)}", UserWarning, stacklevel=4)


def say(text: str) -> None:
    """Print lines on stdout, spelt in ASCII where its encoding lacks a letter."""
    from saddlepoint.printing.letters import spelt, visible_lines

    shown = visible_lines(text)
    try:
        print(shown)
    except UnicodeEncodeError:
        print("".join(letter if letter.isascii() else spelt(letter) for letter in shown))
