"""Text files: their encoding, and letters that look like others."""

from __future__ import annotations

import errno
import unicodedata
import zlib
from pathlib import Path

from saddlepoint.errors import Diagnostic, FileError, Mark

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_bytes(path: Path, source: str | None = None, limit: int | None = None) -> bytes:
    """The content of a file; FileError F001 (missing), F002 (unreadable) or F005 (above limit bytes)."""
    mark = Mark(source or path.name)
    try:
        if limit is not None and path.stat().st_size > limit:
            raise FileError(_too_large(mark, path.stat().st_size, limit))
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OSError(errno.EINVAL, "It is a pipe or a device")
        return path.read_bytes()
    except FileNotFoundError as error:
        found = Diagnostic(
            "F001", "there is no such file", mark, fix=f"Create {path.name}, or correct the path."
        )
        raise FileError(found) from error
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Check that it is a file and that you may read it."
        raise FileError.of("F002", f"the file cannot be read: {reason}", mark, fix=fix) from error


def read_text(path: Path, source: str | None = None, limit: int | None = None) -> str:
    """The text of a file in UTF-8 or, by its byte order mark, UTF-16 or UTF-32; FileError F001–F005."""
    return decode(read_bytes(path, source, limit), source or path.name)


def unpacked_text(path: Path, most: int) -> str:
    """The text of a file, plain or .gz, of `most` bytes at most, unpacked; FileError F001–F005."""
    data = read_bytes(path, limit=most)
    return decode(_unpacked(data, path.name, most) if path.suffix.lower() == ".gz" else data, path.name)


def _unpacked(data: bytes, source: str, most: int) -> bytes:
    import gzip
    import io

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            plain = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        fix = "Pack it again, or unpack it."
        raise FileError.of("F002", f"the file cannot be unpacked: {error}", Mark(source), fix=fix) from error
    if len(plain) > most:
        message = f"the file unpacks to more than {most:,} bytes"
        raise FileError.of("F005", message, Mark(source), fix="Unpack it and check it.")
    return plain


def decode(data: bytes, source: str) -> str:
    """Bytes as text; FileError F003 (another encoding) or F004 (a NUL character)."""
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        raise FileError(_not_text(data, source, encoding, error)) from error
    position = text.find("\0")
    if position >= 0:
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        raise FileError.of(
            "F004",
            "the file contains a NUL character",
            Mark(source, line, column),
            why="Text has none: the file is damaged, binary, or UTF-16 without a byte order mark.",
            fix="Save it again as UTF-8.",
        )
    return text


def explain_letters(name: str) -> str:
    """A sentence that names the letters outside ASCII in a name, "" when there are none."""
    odd = dict.fromkeys(letter for letter in name if not letter.isascii() or not letter.isprintable())
    if not odd:
        return ""
    shown = ", ".join(
        f"{letter!r} = {unicodedata.name(letter, 'unnamed character')}" for letter in list(odd)[:4]
    )
    return f"{name!r} contains {shown}."


def _not_text(data: bytes, source: str, encoding: str, error: UnicodeError) -> Diagnostic:
    position = error.start if isinstance(error, UnicodeDecodeError) else 0
    line = data.count(b"\n", 0, position) + 1
    return Diagnostic(
        "F003",
        f"the file is not text in {encoding.removesuffix('-sig').upper()}",
        Mark(source, line),
        why=f"Byte {position} (0x{data[position]:02x}) belongs to another encoding."
        if position < len(data)
        else "",
        fix="Save it as UTF-8 (in Excel: 'CSV UTF-8').",
    )


def _too_large(mark: Mark, size: int, limit: int) -> Diagnostic:
    message = f"the file has {size:,} bytes, more than the {limit:,} that are read"
    return Diagnostic("F005", message, mark, fix="Move data to input_data/, or split the file.")
