"""Paths that stay inside the model folder, and file names made from sets and items."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from saddlepoint.errors import Diagnostic, FileError, Mark

_UNSAFE = re.compile(r"[^\w.+=@ -]|\s(?=\s)", re.UNICODE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in the folder, links followed; FileError F040 if it lies outside."""
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise FileError(
            Diagnostic(
                "F040",
                f"{name!r} lies outside the model folder",
                Mark(name),
                why="A model reads and writes only below its own folder.",
                fix="Copy the file into the model folder.",
            )
        )
    return path


def safe_name(text: str) -> str:
    """A file name for any text: itself if harmless, else sanitised with a short hash to stay distinct."""
    clean = _UNSAFE.sub("_", text).strip(" .")[:80]
    if clean == text and clean and not _RESERVED.fullmatch(clean):
        return clean
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{clean}_{digest}".lstrip(" .")


def copy_folder(source: Path, target: Path, skip: Iterable[str] = ()) -> Path:
    """Copy a folder to a new place, whole or not at all; FileError F001, F041 or F042 (target exists).

    skip: file names (patterns) left out.
    """
    if not source.is_dir():
        raise FileError(
            Diagnostic("F001", "there is no such folder", Mark(str(source)), fix="Check the name.")
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileError(exists(target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".copy-", dir=target.parent) as work:
            copy = Path(work) / "folder"
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*skip))
            copy.replace(target)
    except OSError as error:
        message = f"the folder cannot be copied: {error.strerror or error}"
        raise FileError(Diagnostic("F041", message, Mark(str(target)))) from error
    return target


def exists(path: Path, more: int = 0) -> Diagnostic:
    """The finding that a file or folder, and more files beside it, would be overwritten (F042)."""
    beside = f", and {more} more in {path.parent.name}/," if more else ""
    return Diagnostic(
        "F042",
        f"exists already{beside} and is not overwritten",
        Mark(path.name),
        why="Your own work could be in it.",
        fix="Ask for it (force=True, --force), or choose another place.",
    )
