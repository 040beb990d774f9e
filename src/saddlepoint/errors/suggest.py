"""Proposals for a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like `name`, whatever their case, best first."""
    import difflib

    table: dict[str, list[str]] = {}
    for k in known:
        table.setdefault(k.casefold(), []).append(k)
    found = difflib.get_close_matches(name.casefold(), list(table), n=count, cutoff=0.6)
    return [k for f in found for k in table[f]][:count]


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence that proposes the nearest known names, or lists what there is."""
    names = list(known)
    close = nearest(name, names)
    if close:
        return "Did you mean " + " or ".join(repr(c) for c in close) + "?"
    if not names:
        return "Nothing of the kind is declared."
    shown = ", ".join(repr(n) for n in names[:8]) + (", …" if len(names) > 8 else "")
    return f"Known: {shown}."
