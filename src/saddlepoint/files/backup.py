"""Copies of the files that are about to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from saddlepoint.files.atomic import write_bytes
from saddlepoint.files.paths import there
from saddlepoint.files.text import read_bytes

BACKUP: Final = "backup"
"""The folder of a model that keeps earlier files; nothing reads it."""


def keep_copy(folder: Path, path: Path) -> Path:
    """Copy a file of a model folder into its folder `backup`, under the first free number; FileError F001, F002, F041."""
    data = read_bytes(path)
    copy = next(name for name in _names(folder / BACKUP, path) if not there(name))
    write_bytes(copy, data, force=False)
    return copy


def set_aside(folder: Path, path: Path) -> Path:
    """Move a file of a model folder into its folder `backup`; FileError F001, F002, F041."""
    copy = keep_copy(folder, path)
    with suppress(OSError):
        path.unlink()
    return copy


def _names(place: Path, path: Path) -> Iterator[Path]:
    return (place / f"{path.stem}-{k}{path.suffix}" for k in range(1, 1_000_000))
