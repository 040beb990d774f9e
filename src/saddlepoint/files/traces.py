"""What a file tells of the program that wrote it, looked at without reading its cells."""

from __future__ import annotations

import re
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

_CREATOR: Final = re.compile(rb"<dc:creator>([^<]{0,200})</dc:creator>")
_TEXT: Final = re.compile(rb"<t(?:\s[^<>]{0,99})?>([^<]{0,200})</t>")
_SOME: Final = 2_000
_UNREADABLE: Final = (OSError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
"""What zipfile raises of a file that is none, lacks the part, is damaged, packed in an unknown way or locked by a password: whoever
reads its cells says so with place and remedy; here it only tells nothing."""


def maker(path: Path) -> str:
    """The program or person that a workbook names as its creator; "" if it names none or cannot be read."""
    return _first(path, "docProps/core.xml", _CREATOR)


def first_text(path: Path) -> str:
    """The first text among the cells of a workbook, or in the header of a CSV file; "" if it cannot be read."""
    if path.suffix.casefold() == ".xlsx":
        return _first(path, "xl/sharedStrings.xml", _TEXT) or _first(path, "xl/worksheets/sheet1.xml", _TEXT)
    with suppress(OSError), path.open("rb") as file:
        line = file.readline(_SOME).decode("utf-8-sig", "replace")
        return re.split(r"[,;\t\r\n]", line)[0].strip().strip('"')
    return ""


def _first(path: Path, part: str, sought: re.Pattern[bytes]) -> str:
    """What stands first in the beginning of one part of a package."""
    with suppress(*_UNREADABLE), zipfile.ZipFile(path) as package, package.open(part) as stream:
        found = sought.search(stream.read(_SOME))
        return "" if found is None else found[1].decode("utf-8", "replace")
    return ""
