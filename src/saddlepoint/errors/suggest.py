"""Proposals for a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable

MOST_SHOWN = 8


def nearest(name: str, known: Iterable[str], count: int = 3, likeness: float = 0.6) -> list[str]:
    """The known names most like `name`, whatever their case, best first; likeness: from 0 (anything) to 1 (the same)."""
    import difflib

    table: dict[str, list[str]] = {}
    for k in known:
        table.setdefault(k.casefold(), []).append(k)
    found = difflib.get_close_matches(name.casefold(), list(table), n=count, cutoff=likeness)
    return [k for f in found for k in table[f]][:count]


def suggest(given: object, known: Iterable[str]) -> str:
    """A sentence that proposes the nearest known names, or lists what there is: of much first what holds the name or is a little like it. given: a name, or what
    stands in its place."""
    name, names = str(given), list(known)
    close = nearest(name, names)
    if close:
        return "Did you mean " + " or ".join(repr(c) for c in close) + "?"
    if not names:
        return "Nothing of the kind is declared."
    if len(names) <= MOST_SHOWN:
        return f"Known: {', '.join(map(repr, names))}."
    holding = [known for known in names if name.casefold() in known.casefold()]
    alike = dict.fromkeys([*holding, *nearest(name, names, MOST_SHOWN, 0.5), *names])
    return f"Known: {', '.join(map(repr, [*alike][:MOST_SHOWN]))}, …."
