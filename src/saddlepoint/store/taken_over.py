"""What was taken over from a database that CVXlab wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class CvxlabImport:
    """copy: the file as it was; taken: tables; left: tables that stay as they were, with the reason."""

    copy: Path
    taken: tuple[str, ...]
    left: Mapping[str, str]
