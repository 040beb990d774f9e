"""Paths that stay inside the model folder, and file names made from sets and items."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from saddlepoint.errors import Diagnostic, FileError, Mark

_UNSAFE: Final = re.compile(r"[^\w.+=@ -]|\s(?=\s)", re.UNICODE)
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\..*)?", re.IGNORECASE)
_CHARACTERS: Final = 80
_BYTES: Final = 160
"""Of the readable part of a name: with a hash and an ending it stays below 255, which every file system takes."""


def inside(folder: Path, name: str) -> Path:
    """The path of `name` in the folder, links followed; FileError F006, F040 if it lies outside."""
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise FileError(unusable(Path(name), error)) from error
    if not path.is_relative_to(root):
        raise FileError.of(
            "F040",
            f"{name!r} lies outside the model folder",
            Mark(name),
            why="A model reads and writes only below its own folder.",
            fix="Copy the file into the model folder.",
        )
    return path


def contained(folder: Path, path: Path) -> Path:
    """A path that a person gave; FileError F006, F040 if it is named below the model folder and a link leads it out."""
    try:
        root, real, named = folder.resolve(), path.resolve(), Path(os.path.normpath(path.absolute()))
        below = any(place.resolve() == root for place in (named, *named.parents))
    except (OSError, RuntimeError, ValueError) as error:
        raise FileError(unusable(path, error)) from error
    if not below or real.is_relative_to(root):
        return path
    raise FileError.of(
        "F040",
        f"{str(path)!r} lies in the model folder by its name, and a link leads it out",
        Mark(path.name),
        why=f"It leads to {real}. A folder that came from elsewhere must not choose where you write.",
        fix="Name the place itself, or remove the link.",
    )


def safe_name(text: str) -> str:
    """A file name for any text: itself if harmless, else sanitised with a short hash to stay distinct.

    The one place where names of sets, tables and items become names of files. No separator, control character, leading
    dot or device name is left, and at most 169 bytes.
    """
    clean = _shortened(_UNSAFE.sub("_", text).strip(" ."))
    if clean == text and clean and not _RESERVED.fullmatch(clean):
        return clean
    return f"{clean}_{_digest(text)}".lstrip(" .")


def distinct_names(texts: Iterable[str]) -> dict[str, str]:
    """Text → safe file name, distinct on file systems that do not tell capitals apart."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        name = safe_name(text)
        if name.casefold() in taken and text not in names:
            name = f"{name}_{_digest(text)}"
        names[text] = name
        taken.add(name.casefold())
    return names


def _shortened(name: str) -> str:
    whole = name[:_CHARACTERS].encode("utf-8", "surrogatepass")
    return name[:_CHARACTERS] if len(whole) <= _BYTES else whole[:_BYTES].decode("utf-8", "ignore")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def copy_folder(source: Path, target: Path, skip: Iterable[str] = ()) -> Path:
    """Copy a folder to a new place, whole or not at all; FileError F001, F041 or F042 (target exists).

    skip: file names (patterns) left out.
    """
    if not source.is_dir():
        raise FileError.of("F001", "there is no such folder", Mark(str(source)), fix="Check the name.")
    if os.path.lexists(target) and (target.is_symlink() or not target.is_dir() or any(target.iterdir())):
        raise FileError(exists(target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".copy-", dir=target.parent) as work:
            copy = Path(work) / "folder"
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*skip))
            copy.replace(target)
    except OSError as error:
        message = f"the folder cannot be copied: {error.strerror or error}"
        raise FileError.of("F041", message, Mark(str(target))) from error
    return target


def clear_folder(folder: Path) -> None:
    """Remove all that a folder holds, links but not what they lead to; FileError F041."""
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    except OSError as error:
        message = f"the folder cannot be cleared: {error.strerror or error}"
        raise FileError.of("F041", message, Mark(folder.name), fix="Check its rights.") from error


def there(path: Path) -> bool:
    """Whether something has this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def exists(path: Path, more: int = 0) -> Diagnostic:
    """The finding that a file or folder, and more files beside it, would be overwritten (F042)."""
    beside = f", and {more} more in {path.parent.name}/," if more else ""
    return Diagnostic(
        "F042",
        f"exists already{beside} and is not overwritten",
        Mark(path.name),
        why="Your own work could be in it.",
        fix="Ask for it (`force=True`), or choose another place.",
    )


def refuse_taken(paths: Iterable[Path], force: bool = False) -> None:
    """FileError F042 with every path that exists, unless force."""
    taken = [exists(path) for path in paths if there(path)]
    if taken and not force:
        raise FileError(taken)


def refuse_together(paths: Iterable[Path], force: bool) -> None:
    """FileError F042 in one finding, for files of one folder of which some exist, unless force."""
    taken = [path for path in paths if there(path)]
    if taken and not force:
        raise FileError(exists(taken[0], len(taken) - 1))


def unusable(path: Path, error: Exception) -> Diagnostic:
    """The finding that the system does not take a path at all (F006): too long, a NUL, no right to look, links in a ring."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    shown = str(path) if len(str(path)) <= 120 else f"{str(path)[:117]}…"
    return Diagnostic(
        "F006",
        f"the path cannot be used: {said}",
        Mark(shown.replace("\0", "\\0")),
        why="A name has at most 255 bytes, and every folder on the way must let you look into it.",
        fix="Give a shorter path, or one that you may read.",
    )
