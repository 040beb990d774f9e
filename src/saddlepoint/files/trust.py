"""Which Python files the user trusts: remembered per user, by the hash of their content, never in the model folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from saddlepoint.errors import FileError, Mark
from saddlepoint.files.atomic import write_text
from saddlepoint.files.text import read_text

PLACE: Final = "SADDLEPOINT_CONFIG_DIR"
"""The environment variable that names another folder than the user's own for settings."""


def content_hash(sources: Mapping[str, str]) -> str:
    """SHA-256 of programs by name, in hexadecimal: another letter in any of them is another hash."""
    whole = hashlib.sha256()
    for name in sorted(sources):
        whole.update(f"{name}\0{hashlib.sha256(sources[name].encode()).hexdigest()}\n".encode())
    return whole.hexdigest()


def is_trusted(digest: str) -> bool:
    """Whether the user has said so of this content; a list that cannot be read trusts nothing."""
    return digest in _remembered()


def remember(digest: str, folder: Path) -> Path:
    """Trust this content from now on, and say where that is kept; FileError F041."""
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder cannot be made: {error.strerror or error}"
        raise FileError.of("F041", message, Mark(str(path.parent))) from error
    write_text(path, json.dumps({**_remembered(), digest: str(folder)}, indent=1) + "\n")
    return path


def _remembered() -> dict[str, str]:
    try:
        found = json.loads(read_text(_path()))
    except (FileError, ValueError):
        return {}
    return cast(dict[str, str], found) if isinstance(found, dict) else {}


def _path() -> Path:
    given = os.environ.get(PLACE)
    if given:
        return Path(given) / "trusted.json"
    import platformdirs

    return platformdirs.user_config_path("saddlepoint") / "trusted.json"
