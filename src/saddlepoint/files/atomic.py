"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.paths import exists, there

_ASKING: Final = threading.Lock()
_PART: Final = re.compile(r"\.saddle-[a-z0-9_]{8}\.part(-journal)?")


@contextmanager
def replacing(path: Path, force: bool = True, durable: bool = True) -> Generator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well; FileError F041, F042.

    The bytes are on disk before the name changes; after an error `path` is as it was. A link at `path` is replaced,
    not followed. force: whether a file that is there may go; without, not even one that comes meanwhile is overwritten.
    durable: wait for the disk.
    """
    try:
        _refuse_device(path)
        if path.is_dir() and not path.is_symlink():
            raise FileError(_folder(path))
        if not force and there(path):
            raise FileError(exists(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".saddle-", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise FileError(_unwritable(path, error)) from error
    part = Path(name)
    try:
        yield part
        _settle(part, path, force, durable)
    except FileExistsError as error:
        raise FileError(exists(path)) from error
    except OSError as error:
        raise FileError(_unwritable(path, error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, force: bool = True) -> None:
    """Write a file atomically; FileError F041, F042."""
    with replacing(path, force) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str, force: bool = True) -> None:
    """Write a text file in UTF-8 with line feeds, atomically; FileError F041, F042."""
    write_bytes(path, text.encode("utf-8"), force)


def remove(paths: Iterable[Path]) -> None:
    """Delete files that we wrote ourselves. FileError F040."""
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise FileError(_unwritable(path, error)) from error


def write_log(places: Iterable[Path], text: str, head: str) -> None:
    """Write a text file that the next run makes again at the first place where nothing of somebody else's is; FileError F041.

    head: how our own files begin; they are written over where they are, which costs a tenth of making a file, and cut off behind the
    text. A link gives way, so that nothing is written through another name, and so does a file of ours that may not be written. Nobody
    waits for the disk.
    """
    taken: list[str] = []
    for path in places:
        taken.append(path.name)
        try:
            file = _log_file(path, head.encode("utf-8"))
            if file is not None:
                _fill(file, path, text.encode("utf-8"))
                return
        except OSError as error:
            raise FileError(_unwritable(path, error, kept=False)) from error
    why = "Somebody else's files have its names."
    fix = f"Rename {' and '.join(taken)}, or delete them."
    raise FileError.of("F041", "no log can be written here", Mark(taken[-1]), why=why, fix=fix)


def _log_file(path: Path, head: bytes) -> BinaryIO | None:
    """A new file, or the one of ours that is there; None = somebody else's is there."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return path.open("xb")
    if not stat.S_ISLNK(about.st_mode):
        if not stat.S_ISREG(about.st_mode):
            return None
        file, ours = _beginning(path, head)
        if file is not None and ours and about.st_nlink == 1:
            return file
        if file is not None:
            file.close()
        if not ours:
            return None
    path.unlink()
    return path.open("xb")


def _fill(file: BinaryIO, path: Path, data: bytes) -> None:
    """Write and close a file; OSError, and none is left, if it cannot be written whole."""
    try:
        with file:
            file.write(data)
            if os.fstat(file.fileno()).st_size > len(data):
                file.truncate()
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _beginning(path: Path, head: bytes) -> tuple[BinaryIO | None, bool]:
    """A file at its beginning, None if it may not be written, and whether it is empty or begins so."""
    try:
        file = path.open("r+b")
    except PermissionError:
        with suppress(OSError), path.open("rb") as read:
            return None, read.read(len(head)) in (b"", head)
        return None, False
    ours = file.read(len(head)) in (b"", head)
    file.seek(0)
    return file, ours


def clear_parts(folder: Path, before: float) -> None:
    """Delete the temporary files that killed processes left in a folder: ours alone, and older than a moment.

    before: seconds since 1970; what is younger may still be written.
    """
    with suppress(OSError):
        with os.scandir(folder) as entries:
            parts = [Path(entry.path) for entry in entries if _PART.fullmatch(entry.name)]
        for path in parts:
            with suppress(OSError):
                about = path.lstat()
                if stat.S_ISREG(about.st_mode) and about.st_mtime < before:
                    path.unlink()


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk, where the system can do so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_device(path: Path) -> None:
    try:
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise OSError(errno.EINVAL, "It is a pipe or a device")


def _settle(part: Path, path: Path, force: bool, durable: bool) -> None:
    part.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_mask())
    if durable:
        with part.open("rb+") as file:
            os.fsync(file.fileno())
    if force:
        part.replace(path)
    else:
        _take(part, path)
    if durable:
        sync_folder(path.parent)


def _take(part: Path, path: Path) -> None:
    """Give the file a name that nobody has; FileExistsError. Systems without hard links reserve the name first."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        part.replace(path)


def _mask() -> int:
    """The rights that new files do not get; asking for them sets them for a moment, hence one thread at a time."""
    with _ASKING:
        mask = os.umask(0)
        os.umask(mask)
    return mask


def _folder(path: Path) -> Diagnostic:
    why, fix = "It is a folder.", "Name a file in it, or take another name."
    return Diagnostic("F041", "no file can be written here", Mark(path.name), why=why, fix=fix)


def _unwritable(path: Path, error: OSError, kept: bool = True) -> Diagnostic:
    above = next((p for p in path.parents if p.exists() and not p.is_dir()), None)
    if above is not None:
        why, fix = f"{above} is a file.", "Name a folder that is there, or one that can be made."
        return Diagnostic("F041", "no file can be written here", Mark(path.name), why=why, fix=fix)
    return Diagnostic(
        "F041",
        f"the file cannot be written: {error.strerror or error}",
        Mark(path.name),
        why=f"Folder: {path.parent}." + " What was there before is unchanged." * kept,
        fix="Close the file in other programs; check free space and that you may write there.",
    )
