"""What is inside an .xlsx package, looked at before any reader trusts it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import field

import numpy as np

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.sheet import column_letters
from saddlepoint.records import dataclass

_TOTAL = 1 << 30
_RATIO = 250
_SMALL = 16 << 20
_AREA = 3_000_000
_LOW = 99_999
_BLOCK = 1 << 17

_WIDE = re.compile(rb"\sr=[\"']([A-Z]{2,3})\d")
_REFERENCE = re.compile(rb"\sr=[\"']([A-Z]{1,3})(\d{1,9})[\"']")
_ERROR = re.compile(rb"\st=\"e\"")
_FORMULA = re.compile(rb"<f\b")
_HEAD, _BODY = 400, 9_000
_VALUE = re.compile(rb"<v[^<>]*+>([^<]++)</v>")
_FORMULA_TEXT = re.compile(rb"<f\b[^<>]*+>([^<]*+)</f>")
_MERGED = re.compile(rb"<mergeCell\s[^<>]{0,100}?ref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_TAG = re.compile(rb"<(?:\w+:)?(sheet|Relationship)\s([^<>]{1,4000})>")
_ATTRIBUTE = re.compile(rb"(?<![\w:])(?:\w++:)?(\w++)\s*+=\s*+\"([^\"]*+)\"")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the cells of a tab hold beside values.

    notes: (row, column), counted from 0 → text of an error value ("#N/A") or of a formula without a stored
    result ("=A1*2"); merged: rectangles (top, left, bottom, right).
    """

    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int, int], ...] = ()


def inspect_workbook(data: bytes, source: str, tabs: Collection[str] | None = None) -> dict[str, Contents]:
    """Check a workbook and its tabs (all if None).

    FileError F020 (no workbook), F021 (unpacks too large), F022 (XML entities), F023 (a cell far out).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_sizes(package, source)
            parts = parts_of(package, source)
            known = None if tabs is None else {tab.casefold() for tab in tabs}
            wanted = {name: part for name, part in parts.items() if known is None or name.casefold() in known}
            return {
                name: _contents(_read(package, part, source), name, source) for name, part in wanted.items()
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise FileError(not_a_workbook(data, source, str(error))) from error


def not_a_workbook(data: bytes, source: str, reason: str) -> Diagnostic:
    """The finding that a file cannot be read as a workbook (F020), with the most likely cause."""
    why, fix = f"The reader says: {reason}", "Open it in Excel or LibreOffice and save it again as .xlsx."
    if not data:
        why = "The file is empty."
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        why, fix = "It is encrypted, or in the old .xls format.", "Save it without a password as .xlsx."
    elif not data.startswith(b"PK"):
        why = "A workbook is a zip package, and this file is not one."
    elif "not a zip file" in reason:
        why = "The package has no end: the file was cut off, for instance by a broken download."
    return Diagnostic("F020", "the workbook cannot be read", Mark(source), why=why, fix=fix)


def column_number(letters: str) -> int:
    """The position of a workbook column, counted from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _check_sizes(package: zipfile.ZipFile, source: str) -> None:
    entries = package.infolist()
    if len({entry.filename for entry in entries}) != len(entries):
        raise zipfile.BadZipFile("the package holds two parts of one name")
    total = sum(entry.file_size for entry in entries)
    dense = [e for e in entries if e.file_size > _SMALL and e.file_size > _RATIO * max(1, e.compress_size)]
    if total <= _TOTAL and not dense:
        return
    part = f" (part {dense[0].filename})" if dense else ""
    message = f"the workbook unpacks to {total / 2**20:,.0f} MiB{part}"
    why = f"It is refused above {_TOTAL >> 20:,} MiB or {_RATIO} times its packed size: memory could run out."
    fix = "If the data are really yours, give them as CSV files."
    raise FileError.of("F021", message, Mark(source), why=why, fix=fix)


def _read(package: zipfile.ZipFile, part: str, source: str) -> bytes:
    """One part, its checksum verified, free of document type and entity declarations."""
    data = package.read(part)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{part} is not UTF-8")
    if _holds(data, b"<!") and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        why = "No spreadsheet program writes these; they can make a reader open files or exhaust the memory."
        message = f"the workbook declares XML entities (part {part})"
        fix = "Do not trust this file; ask its sender for a clean one."
        raise FileError.of("F022", message, Mark(source), why=why, fix=fix)
    return data


def parts_of(package: zipfile.ZipFile, source: str) -> dict[str, str]:
    """Tab → part of the package; also checks the parts that describe the workbook."""
    for part in ("xl/sharedStrings.xml", "xl/styles.xml"):
        if part in package.NameToInfo:
            _read(package, part, source)
    targets = {
        record.get("Id", ""): record.get("Target", "")
        for record in _records(_read(package, "xl/_rels/workbook.xml.rels", source), b"Relationship")
    }
    parts: dict[str, str] = {}
    for record in _records(_read(package, "xl/workbook.xml", source), b"sheet"):
        target = targets.get(record.get("id", ""), "")
        if "worksheets/" in target:
            parts[record["name"]] = target[1:] if target.startswith("/") else f"xl/{target}"
    return parts


def _records(data: bytes, tag: bytes) -> list[dict[str, str]]:
    from html import unescape

    return [
        {key.decode(): unescape(value.decode("utf-8")) for key, value in _ATTRIBUTE.findall(body)}
        for name, body in _TAG.findall(data)
        if name == tag
    ]


def _contents(data: bytes, name: str, source: str) -> Contents:
    _check_extent(data, name, source)
    notes: dict[tuple[int, int], str] = {}
    for cell in _cells_with(data, _ERROR, b't="e'):
        value = _VALUE.search(cell)
        _note(notes, cell, value.group(1).decode("utf-8", "replace") if value else "#ERROR")
    for cell in _cells_with(data, _FORMULA, b"<f"):
        if _VALUE.search(cell) is None and b't="str"' not in cell:
            text = _FORMULA_TEXT.search(cell)
            _note(notes, cell, "=" + (text.group(1).decode("utf-8", "replace") if text else ""))
    merged = tuple(
        (int(top) - 1, column_number(left.decode()), int(bottom) - 1, column_number(right.decode()))
        for left, top, right, bottom in (_MERGED.findall(data) if _holds(data, b"<mer") else ())
    )
    return Contents(notes, merged)


def _cells_with(data: bytes, sign: re.Pattern[bytes], part: bytes) -> Iterator[bytes]:
    """The XML of the cells that hold a sign (of which `part`, of two or four bytes, is a part), each from its beginning to the
    next cell: every byte is seen once or twice."""
    if not _holds(data, part):
        return
    place = 0
    while found := sign.search(data, place):
        start = data.rfind(b"<c ", max(place, found.start() - _HEAD), found.start())
        stop = data.find(b"<c ", found.end(), found.end() + _BODY)
        place = stop if stop >= 0 else min(found.end() + _BODY, len(data))
        if start >= 0:
            yield data[start:place].partition(b"</c>")[0]


def _holds(data: bytes, part: bytes) -> bool:
    """Whether two or four bytes stand somewhere in the data: compared as numbers, several times as fast as `in`."""
    width = len(part)
    wanted = np.frombuffer(part, f"u{width}")[0]
    for start in range(min(width, len(data) - width + 1)):
        numbers = np.frombuffer(data, f"u{width}", (len(data) - start) // width, start)
        if any((numbers[k : k + _BLOCK] == wanted).any() for k in range(0, len(numbers), _BLOCK)):
            return True
    return False


def _note(notes: dict[tuple[int, int], str], cell: bytes, text: str) -> None:
    place = _REFERENCE.search(cell)
    if place:
        notes[int(place.group(2)) - 1, column_number(place.group(1).decode())] = text


def _extent(data: bytes) -> tuple[int, int]:
    """Bounds of the row number (from 1) and column position (from 0) of all cells, from the references in the XML."""
    wide, high = False, _LOW
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK + 16]
        text = np.frombuffer(block, dtype=np.uint8)
        quote = text == ord('"')
        letter = text - np.uint8(ord("A")) < 26
        twice = np.flatnonzero(quote[:-2] & letter[1:-1] & letter[2:]).tolist()
        wide = wide or any(block[k - 2 : k] == b"r=" for k in twice)
        digit = text - np.uint8(ord("0")) < 10
        six = quote[:-6] & digit[1:-5] & digit[2:-4] & digit[3:-3] & digit[4:-2] & digit[5:-1] & digit[6:]
        places = [k for k in np.flatnonzero(six).tolist() if block[k - 2 : k] == b"r="]
        high = max(high, *(int(block[k + 1 : k + 9].split(b'"')[0]) for k in places), 0)
    far = max((column_number(name.decode()) for name in set(_WIDE.findall(data))), default=25) if wide else 25
    return high, far


def _check_extent(data: bytes, name: str, source: str) -> None:
    """A reader allocates the rectangle that holds all cells: refuse one that is nearly empty and huge."""
    rows, far = _extent(data)
    area = rows * (far + 1)
    if area <= _AREA or area <= 30 * (cells := data.count(b"<c ")):
        return
    last = max(
        ((int(row), column_number(letters.decode())) for letters, row in _REFERENCE.findall(data)),
        key=lambda place: place[0] * (place[1] + 1) + place[1],
        default=(rows, far),
    )
    place = f"{name}!{column_letters(last[1])}{last[0]}"
    message = (
        f"a cell lies far away from the others: {cells:,} cells span {rows:,} rows and {far + 1:,} columns"
    )
    fix = "Delete the rows and columns outside the table (select them, Delete), and save."
    raise FileError.of("F023", message, Mark(source, cell=place), fix=fix)
