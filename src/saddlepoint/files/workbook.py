"""Writing workbooks row by row: memory stays flat, every text stays text, every float keeps all its digits."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.sheet import Sheet, as_label, column_letters

_ROWS: Final = 1_048_576
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_BLOCK: Final = 200

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
    "<border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count='1'><xf numFmtId='0' "
    "fontId='0' fillId='0' borderId='0'/></cellStyleXfs><cellXfs count='2'><xf numFmtId='0' fontId='0' fillId='0' "
    "borderId='0' xfId='0'/><xf numFmtId='0' fontId='1' fillId='0' borderId='0' xfId='0' applyFont='1'/></cellXfs>"
    "<cellStyles count='1'><cellStyle name='Normal' xfId='0' builtinId='0'/></cellStyles></styleSheet>"
)


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write Sheets as the tabs of an .xlsx file, atomically; every text stays text, NaN is a blank cell.

    FileError F041 (cannot write), F043 (more rows than a tab holds, or two tabs of one name).
    """
    sheets = sheets or (Sheet("empty", (), ()),)
    _check_tabs(path, sheets)
    with (
        replacing(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as package,
    ):
        for name, text in _frame(sheets):
            _put(package, name, (text,))
        for k, sheet in enumerate(sheets, 1):
            _put(package, f"xl/worksheets/sheet{k}.xml", _tab(sheet))


def tab_name(key: str) -> str:
    """The name a workbook can give to a tab: at most 31 characters, none of []:*?/\\, no quote at its ends."""
    return key.translate(_FORBIDDEN)[:31].strip("'") or "_"


def _put(package: zipfile.ZipFile, name: str, parts: Iterator[str] | tuple[str, ...]) -> None:
    """One part, with a fixed date so that equal sheets give equal files."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    with package.open(info, "w", force_zip64=True) as file:
        for text in parts:
            file.write(text.encode("utf-8"))


def _check_tabs(path: Path, sheets: Sequence[Sheet]) -> None:
    found: list[Diagnostic] = []
    seen: dict[str, str] = {}
    for sheet in sheets:
        tab = tab_name(sheet.name)
        if tab.casefold() in seen:
            message = f"the tabs for {seen[tab.casefold()]!r} and {sheet.name!r} would have one name, {tab!r}"
            why = "A workbook cuts tab names to 31 characters and does not tell capitals apart."
            found.append(Diagnostic("F043", message, Mark(path.name), why, "Use CSV files, or rename one."))
        seen[tab.casefold()] = sheet.name
        if len(sheet) >= _ROWS:
            message = f"{sheet.name!r} has {len(sheet):,} rows, more than a workbook holds ({_ROWS - 1:,})"
            found.append(
                Diagnostic("F043", message, Mark(path.name), fix="Write CSV or Parquet files instead.")
            )
    if found:
        raise FileError(found)


def _frame(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    """The parts of the package around the tabs."""
    numbers = range(1, len(sheets) + 1)
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{k}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for k in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{parts}</Types>',
    )
    links = "".join(
        f'<Relationship Id="rId{k}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{k}.xml"/>'
        for k in numbers
    )
    rels = f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    book = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    yield "_rels/.rels", f"{rels}{book}</Relationships>"
    styles = f'<Relationship Id="rId0" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    yield "xl/_rels/workbook.xml.rels", f"{rels}{links}{styles}</Relationships>"
    tabs = "".join(
        f'<sheet name="{_escape(tab_name(sheet.name))}" sheetId="{k}" r:id="rId{k}"/>'
        for k, sheet in enumerate(sheets, 1)
    )
    names = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{tabs}</sheets></workbook>'
    yield "xl/workbook.xml", _HEAD + names
    yield "xl/styles.xml", _STYLES


def _tab(sheet: Sheet) -> Iterator[str]:
    """The text of one tab, a block of rows at a time."""
    letters = [column_letters(k) for k in range(len(sheet.header))]
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
    yield 'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    if sheet.header:
        columns = zip(sheet.header, sheet.columns, strict=True)
        yield (
            "<cols>"
            + "".join(_width(k, title, cells) for k, (title, cells) in enumerate(columns, 1))
            + "</cols>"
        )
    yield '<sheetData><row r="1">'
    yield (
        "".join(f'<c r="{c}1" s="1{_text(t)}' for c, t in zip(letters, sheet.header, strict=True) if t)
        + "</row>"
    )
    tail = _Tails()
    for start in range(0, len(sheet), _BLOCK):
        block = [list(map(tail, cells[start : start + _BLOCK])) for cells in sheet.columns]
        rows = enumerate(zip(*block, strict=True), start + 2)
        yield "".join(_row(number, letters, tails) for number, tails in rows)
    yield "</sheetData></worksheet>"


def _row(number: int, letters: Sequence[str], tails: tuple[str, ...]) -> str:
    cells = "".join([f'<c r="{c}{number}{tail}' for c, tail in zip(letters, tails, strict=True) if tail])
    return f'<row r="{number}">{cells}</row>'


def _width(number: int, title: str, cells: Sequence[object]) -> str:
    longest = max(len(title), max((len(as_label(cell)) for cell in cells[:50]), default=0))
    return f'<col min="{number}" max="{number}" width="{min(60, max(10, longest + 2))}" customWidth="1"/>'


class _Tails:
    """Cell → what follows its reference in the XML, "" for a blank cell; remembers texts, which repeat."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {"": ""}

    def __call__(self, cell: object) -> str:
        if isinstance(cell, str):
            tail = self._texts.get(cell)
            if tail is None:
                tail = self._texts[cell] = _text(cell)
            return tail
        if isinstance(cell, bool | np.bool_):
            return f'" t="b"><v>{int(cell)}</v></c>'
        if isinstance(cell, int | float):
            return f'"><v>{cell!r}</v></c>' if math.isfinite(cell) else ""
        if isinstance(cell, np.number):
            return self(cell.item())
        return "" if cell is None else self(as_label(cell))


def _hidden(found: re.Match[str]) -> str:
    return f"_x{ord(found.group()):04X}_"


def _text(text: str) -> str:
    shown = _escape(_CONTROL.sub(_hidden, text) if not text.isprintable() or "_x" in text else text)
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f'" t="inlineStr"><is><t{space}>{shown}</t></is></c>'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
