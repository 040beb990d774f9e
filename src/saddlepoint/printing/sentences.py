"""How things are called, counted and listed in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

SAYS_NOTHING: Final = re.compile(r"c\d+|\w{1,2}")
"""Names of relations that were given by their place, or are too short to tell anything."""
LONGEST_QUOTED: Final = 60


def how_many(count: int, what: str) -> str:
    """How many there are of something: `1 row`, `1,200 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def some_of(items: Sequence[str], most: int) -> str:
    """The first of some items, and how many more there are."""
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def relation_called(name: str, text: str) -> str:
    """A relation for a sentence: its name, with the formula where the name alone says nothing ("c5 'cap <= 70'")."""
    if not text or not SAYS_NOTHING.fullmatch(name):
        return name
    return f"{name} '{clipped(text)}'"


def clipped(text: str) -> str:
    """A formula for a sentence: its beginning where it is long."""
    return text if len(text) <= LONGEST_QUOTED else text[: LONGEST_QUOTED - 2].rstrip() + " …"
