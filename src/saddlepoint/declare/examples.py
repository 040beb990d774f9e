"""The model folders that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from saddlepoint.declare.read import WORKBOOK
from saddlepoint.errors import UsageError, suggest
from saddlepoint.files import copy_folder
from saddlepoint.files.text import read_text

_PLACES: Final = (Path(__file__).parents[1] / "examples", Path(__file__).parents[3] / "examples")
_RESULTS: Final = ("database*", "*.log", ".*", "__pycache__")


def example_titles() -> dict[str, str]:
    """Name → what the example is about, in a line: the title of its page."""
    return {name: _title(folder) for name, folder in sorted(_examples().items())}


def _title(folder: Path) -> str:
    page = folder / "README.md"
    lines = read_text(page).splitlines() if page.is_file() else ()
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "")


def copy_example(name: str, target: Path) -> Path:
    """Copy an example to a new folder, without results; UsageError X104 (no such example), FileError F041, F042."""
    known = _examples()
    if name not in known:
        raise UsageError.of("X104", f"there is no example {name!r}", fix=suggest(name, sorted(known)))
    return copy_folder(known[name], target, skip=_RESULTS)


def _examples() -> dict[str, Path]:
    """Name → folder: beside the modules in an installed package, in the repository in an editable one."""
    place = next((p for p in _PLACES if p.is_dir()), None)
    folders = () if place is None else place.iterdir()
    return {p.name: p for p in folders if _has_settings(p)}


def _has_settings(folder: Path) -> bool:
    return (folder / WORKBOOK).is_file() or (folder / "problem.yml").is_file()
