"""Rows, columns and tabs added to a workbook that somebody made: all the rest of it stays, byte for byte."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from saddlepoint.errors import FileError
from saddlepoint.files.atomic import write_bytes
from saddlepoint.files.package import inspect_workbook, not_a_workbook, parts_of
from saddlepoint.files.sheet import Sheet, as_label, column_letters
from saddlepoint.files.text import read_bytes
from saddlepoint.files.workbook import tab_name
from saddlepoint.records import dataclass

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_END: Final = re.compile(r"<(?P<p>\w+:)?sheetData\s*/>|</(?P<q>\w+:)?sheetData>")
_SIZE: Final = re.compile(r"<(\w+:)?dimension\b[^>]*/>")

RowCells = Mapping[int, object]
"""Column, counted from 0 → what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What is added to a tab. titles: further cells of the row `header` (counted from 1), to the right of all that are
    there; rows: cells of rows from the number `first` on."""

    tab: str
    header: int
    first: int
    titles: RowCells = field(default_factory=dict)
    rows: Sequence[RowCells] = ()


def extend_workbook(path: Path, extensions: Sequence[Extension], sheets: Sequence[Sheet] = ()) -> None:
    """Add rows and titles to tabs of a workbook, and whole tabs, atomically; FileError F001, F002, F020–F022, F041."""
    data = read_bytes(path)
    inspect_workbook(data, path.name, ())
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            places = parts_of(package, path.name)
            parts = {each: package.read(each) for each in package.namelist()}
            for one in extensions:
                part = places[one.tab]
                parts[part] = _extended(parts[part].decode("utf-8"), one).encode()
            for sheet in sheets:
                _add_tab(parts, sheet)
            written = _packed(package, parts)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise FileError(not_a_workbook(data, path.name, str(error))) from error
    write_bytes(path, written)


def _packed(package: zipfile.ZipFile, parts: Mapping[str, bytes]) -> bytes:
    """The package with these parts, each with the date that it had."""
    known = {each.filename: each.date_time for each in package.infolist()}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            about = zipfile.ZipInfo(name, known.get(name, (2000, 1, 1, 0, 0, 0)))
            packed.writestr(about, content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _extended(xml: str, one: Extension) -> str:
    """The XML of a tab with the additions; ValueError where it is none."""
    xml = _SIZE.sub("", xml, count=1)
    end = _END.search(xml)
    if end is None:
        raise ValueError(f"the tab {one.tab!r} has no sheetData")
    prefix = end["p"] or end["q"] or ""
    added = "".join(_row(one.first + k, cells, prefix) for k, cells in enumerate(one.rows))
    if end[0].endswith("/>"):
        added = _row(one.header, one.titles, prefix) + added
        return f"{xml[: end.start()]}<{prefix}sheetData>{added}</{prefix}sheetData>{xml[end.end() :]}"
    body = xml[: end.start()]
    if one.titles:
        row = re.compile(
            rf'(<{prefix}row\b[^>]*\br="{one.header}"[^>]*?)(/>|>(.*?)</{prefix}row>)', re.DOTALL
        )
        found = row.search(body)
        if found is None:
            raise ValueError(f"the tab {one.tab!r} has no row {one.header}")
        opening = re.sub(r'\sspans="[^"]*"', "", found[1])
        cells = (found[3] or "") + _cells(one.header, one.titles, prefix)
        body = f"{body[: found.start()]}{opening}>{cells}</{prefix}row>{body[found.end() :]}"
    return body + added + xml[end.start() :]


def _row(number: int, cells: RowCells, prefix: str = "") -> str:
    shown = _cells(number, cells, prefix)
    return f'<{prefix}row r="{number}">{shown}</{prefix}row>' if shown else ""


def _cells(number: int, cells: RowCells, prefix: str) -> str:
    return "".join(_cell(f"{column_letters(k)}{number}", cells[k], prefix) for k in sorted(cells))


def _cell(place: str, cell: object, p: str) -> str:
    from xml.sax.saxutils import escape

    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 1e308:
        return f'<{p}c r="{place}"><{p}v>{cell!r}</{p}v></{p}c>'
    text = as_label(cell)
    if not text:
        return ""
    return f'<{p}c r="{place}" t="inlineStr"><{p}is><{p}t xml:space="preserve">{escape(text)}</{p}t></{p}is></{p}c>'


_LISTS: Final = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml")
"""The parts of a workbook that list its tabs."""


def _add_tab(parts: dict[str, bytes], sheet: Sheet) -> None:
    """A further tab: its part, and its place in the three parts that list the tabs."""
    from xml.sax.saxutils import quoteattr

    number = 1 + max(
        (int(k) for name in parts for k in re.findall(r"worksheets/sheet(\d+)\.xml$", name)), default=0
    )
    target, relation = f"worksheets/sheet{number}.xml", f"rIdSaddle{number}"
    rows: list[RowCells] = [
        dict(enumerate(sheet.header)),
        *(dict(enumerate(cells)) for cells in zip(*sheet.columns, strict=True)),
    ]
    data = "".join(_row(k, cells) for k, cells in enumerate(rows, 1))
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    parts[f"xl/{target}"] = (
        f'{head}<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'.encode()
    )
    workbook = parts["xl/workbook.xml"].decode("utf-8")
    known = re.findall(r'sheetId="(\d+)"', workbook)
    identity = 1 + max(map(int, known), default=0)
    title = quoteattr(tab_name(sheet.name))
    entered = f'sheet name={title} sheetId="{identity}" {_relation_id(workbook, relation)}'
    related = f'Relationship Id="{relation}" Type="{_RELATION}/worksheet" Target="{target}"'
    typed = f'Override PartName="/xl/{target}" ContentType="{_KIND}"'
    for place, parent, entry in zip(
        _LISTS, ("sheets", "Relationships", "Types"), (entered, related, typed), strict=True
    ):
        parts[place] = _before(parts[place].decode("utf-8"), parent, entry)


def _relation_id(workbook: str, relation: str) -> str:
    """The attribute that points at a part, under the prefix that the workbook has for it: older readers know no other."""
    given = re.search(rf'xmlns:(\w+)="{_RELATION}"', workbook)
    if given is None:
        return f'xmlns:r="{_RELATION}" r:id="{relation}"'
    return f'{given[1]}:id="{relation}"'


def _before(xml: str, tag: str, entry: str) -> bytes:
    """An entry at the end of the element `tag`; ValueError if there is none."""
    found = re.search(rf"</(\w+:)?{tag}>", xml)
    if found is None:
        raise ValueError(f"the workbook has no {tag}")
    return f"{xml[: found.start()]}<{found[1] or ''}{entry}/>{xml[found.start() :]}".encode()
