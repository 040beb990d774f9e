"""How what a model states is called in a sentence."""

from __future__ import annotations

import re
from typing import Final

SAYS_NOTHING: Final = re.compile(r"c\d+|\w{1,2}")
"""Names of relations that were given by their place, or are too short to tell anything."""
LONGEST_QUOTED: Final = 60


def relation_called(name: str, text: str) -> str:
    """A relation for a sentence: its name, with the formula where the name alone says nothing ("c5 'cap <= 70'")."""
    if not text or not SAYS_NOTHING.fullmatch(name):
        return name
    quoted = text if len(text) <= LONGEST_QUOTED else text[: LONGEST_QUOTED - 2].rstrip() + " …"
    return f"{name} '{quoted}'"
