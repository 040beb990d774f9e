"""Files that come with the package."""

from __future__ import annotations

from pathlib import Path


def shipped_bytes(path: str) -> bytes:
    """The content of a file of the package; path: below its folder, with slashes."""
    return (Path(__file__).parents[1] / path).read_bytes()
