"""Printing: findings, JSON, rows; colours only on a terminal."""

from __future__ import annotations

import codecs
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from saddlepoint.cli.spelling import as_typed, typed
from saddlepoint.errors import Diagnostic, merged_alike, rendered
from saddlepoint.records import excerpt

Found = TypeVar("Found")

_COLOURS: Final = {"error": "red", "warning": "yellow"}
MOST: Final = 50
"""Findings printed at once."""


def echo(text: object = "", err: bool = False, label: str = "", colour: str | None = None) -> None:
    """Print a text on stdout or stderr, without anything that a terminal would obey.

    label, colour: a word before the text, in colour on a terminal.
    """
    from saddlepoint.printing.letters import visible_lines

    word = click.style(visible_lines(label), fg=colour, bold=True) if label else ""
    click.echo(word + visible_lines(str(text)), file=sys.stderr if err else sys.stdout)


def downgrade_letters() -> None:
    """Let stdout and stderr spell in ASCII what their encoding lacks, instead of failing."""
    codecs.register_error("saddlepoint", _spelt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="saddlepoint")


def _spelt(error: UnicodeError) -> tuple[str, int]:
    from saddlepoint.printing.letters import spelt

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spelt, error.object[error.start : error.end])), error.end


def print_findings(found: Sequence[Diagnostic]) -> None:
    """Every finding on stderr: place, sentence, marked source, why, fix; those that are alike as one."""
    together = merged_alike(map(typed, found))
    for k, (each, others) in enumerate(together[:MOST]):
        if k:
            echo(err=True)
        head, *rest = rendered(each, others).split("\n")
        label, colon, sentence = head.partition(": ")
        echo("\n".join([f"{colon}{sentence}", *rest]), err=True, label=label, colour=_COLOURS[each.severity])
    left = sum(1 + len(others) for _, others in together[MOST:])
    if left:
        echo(f"\n… and {left:,} more {'finding' if left == 1 else 'findings'}.", err=True)


_TOLD: Final = 5
"""Warnings that are told; the others are counted."""


def print_warnings(found: Sequence[Diagnostic]) -> None:
    """Warnings in one line each on stderr."""
    for each in map(typed, found[:_TOLD]):
        echo(f" {each.code}: {each.mark}: {each.message}", err=True, label="warning", colour="yellow")
    if len(found) > _TOLD:
        echo(f"… and {len(found) - _TOLD} more warnings; saddle check shows all.", err=True)


def finding_data(each: Diagnostic) -> dict[str, Any]:
    """A finding as plain data."""
    each = typed(each)
    mark = each.mark
    place = excerpt(mark, "source", "line", "column", "cell")
    return {
        **excerpt(each, "severity", "code", "message"),
        "place": {k: v for k, v in place.items() if v},
        "why": each.why,
        "fix": each.fix,
    }


def print_json(content: Any) -> None:
    """Plain data as JSON; NaN and infinite numbers become null."""
    escaped = not (getattr(sys.stdout, "encoding", None) or "").casefold().startswith("utf")
    echo(json.dumps(plain_data(content), ensure_ascii=escaped, indent=1, allow_nan=False))


def tell(found: Found, as_json: bool, data: Callable[[Found], Any], text: Callable[[Found], str]) -> None:
    """Print what was found: its data as JSON, or its text in the spelling of the command line."""
    if as_json:
        print_json(data(found))
    else:
        echo(as_typed(text(found)).rstrip("\n"))


def plain_data(content: Any) -> Any:
    """Lists, dicts, text and numbers instead of arrays and mappings; None for NaN and infinite numbers."""
    if isinstance(content, Mapping):
        return {str(k): plain_data(v) for k, v in content.items()}
    if hasattr(content, "tolist"):
        return plain_data(content.tolist())
    if isinstance(content, str | int) or content is None:
        return content
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    return [plain_data(v) for v in content] if isinstance(content, Iterable) else str(content)


def from_here(path: Path) -> Path:
    """A path as a person in this folder would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def print_rows(
    header: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None = None, exact: bool = False
) -> None:
    """A table of text; width: its columns, None = those of the terminal; exact: as in `printing.grid`."""
    from saddlepoint.printing.grid import grid

    echo("\n".join(grid(header, rows, width=width or page_width(), exact=exact)))


def page_width() -> int | None:
    """The columns of the terminal; None in a pipe and in a file, where lines may be of any length."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
