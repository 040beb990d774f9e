"""Printing: findings, JSON, rows; colours only on a terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from saddlepoint.errors import Diagnostic, render

_COLOURS: Final = {"error": "red", "warning": "yellow"}
MOST: Final = 50
"""Findings printed at once."""


def print_findings(found: Sequence[Diagnostic]) -> None:
    """Every finding on stderr: place, sentence, marked source, why, fix."""
    for k, each in enumerate(found[:MOST]):
        if k:
            click.echo(err=True)
        head, *rest = render(each).split("\n")
        label, colon, sentence = head.partition(": ")
        coloured = click.style(label, fg=_COLOURS[each.severity], bold=True)
        click.echo("\n".join([f"{coloured}{colon}{sentence}", *rest]), err=True)
    if len(found) > MOST:
        click.echo(f"\n… and {len(found) - MOST} more findings.", err=True)


def print_warnings(found: Sequence[Diagnostic], most: int = 5) -> None:
    """Warnings in one line each on stderr."""
    for each in found[:most]:
        click.echo(
            f"{click.style('warning', fg='yellow')} {each.code}: {each.mark}: {each.message}", err=True
        )
    if len(found) > most:
        click.echo(f"… and {len(found) - most} more warnings; saddle check shows all.", err=True)


def finding_data(each: Diagnostic) -> dict[str, Any]:
    """A finding as plain data."""
    mark = each.mark
    place = {"source": mark.source, "line": mark.line, "column": mark.column, "cell": mark.cell}
    return {
        "severity": each.severity,
        "code": each.code,
        "message": each.message,
        "place": {k: v for k, v in place.items() if v},
        "why": each.why,
        "fix": each.fix,
    }


def print_json(content: Any) -> None:
    """Plain data as JSON; NaN and infinite numbers become null."""
    click.echo(json.dumps(plain(content), ensure_ascii=False, indent=1, allow_nan=False))


def plain(content: Any) -> Any:
    """Lists, dicts, text and numbers instead of arrays and mappings; None for NaN and infinite numbers."""
    if isinstance(content, Mapping):
        return {str(k): plain(v) for k, v in content.items()}
    if hasattr(content, "tolist"):
        return plain(content.tolist())
    if isinstance(content, str | int) or content is None:
        return content
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    return [plain(v) for v in content] if isinstance(content, Iterable) else str(content)


def from_here(path: Path) -> Path:
    """A path as a person in this folder would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def print_rows(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table of text."""
    from saddlepoint.report.grid import grid

    click.echo("\n".join(grid(header, rows)))
