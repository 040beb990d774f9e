"""The command `saddle`: parse, call one verb of the lab, print."""

from __future__ import annotations

from saddlepoint.cli.commands import main, saddle

__all__ = ["main", "saddle"]
