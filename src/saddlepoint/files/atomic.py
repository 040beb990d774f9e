"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from saddlepoint.errors import Diagnostic, FileError, Mark


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well; FileError F041.

    The bytes are on disk before the name changes; after an error `path` is as it was.
    """
    try:
        _refuse_device(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise FileError(_unwritable(path, error)) from error
    part = Path(name)
    try:
        yield part
        _settle(part, path)
    except OSError as error:
        raise FileError(_unwritable(path, error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically; FileError F041."""
    with replacing(path) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 with line feeds, atomically; FileError F041."""
    write_bytes(path, text.encode("utf-8"))


def write_log(path: Path, text: str) -> None:
    """Write a text file that the next run makes again, without waiting for the disk; FileError F041.

    A link is replaced, not followed: it could lead out of the folder.
    """
    try:
        _refuse_device(path)
        if path.is_symlink():
            path.unlink()
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise FileError(_unwritable(path, error)) from error


def _refuse_device(path: Path) -> None:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "It is a pipe or a device")


def _settle(part: Path, path: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _unwritable(path: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        "F041",
        f"the file cannot be written: {error.strerror or error}",
        Mark(path.name),
        why=f"Folder: {path.parent}. What was there before is unchanged.",
        fix="Close the file in other programs; check free space and that you may write there.",
    )
