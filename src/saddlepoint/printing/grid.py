"""The table printer of everything Saddlepoint writes: the same on a terminal, in a pipe and in a file."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from saddlepoint.printing.letters import visible
from saddlepoint.records import dataclass

NOISE: Final = 1e-9
"""Beside the largest number of a column, what is smaller than this part of it (and than 1e-6) is shown as 0."""
EXACT: Final = 1e-13
"""The same of the prices of what binds, which are prices however small: what is smaller is rounding of the arithmetic itself."""
GROUPED: Final = 10_000
"""From this size on, quantities (floats) have commas between the thousands; whole numbers are years, places, names of runs."""
DIGITS: Final = 5
"""Of the largest figure of a column of estimates (means over a history, levels of a buffer)."""
LEAST_TEXT: Final = 16
"""Columns of texts are not folded to fewer letters than this."""
GAP: Final = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table with a title. texts: as in `grid`; note: a line below it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    texts: int | None = None
    note: str = ""

    def lines(self, width: int | None = None) -> list[str]:
        """Title, table and note, within so many columns of a terminal."""
        note = [GAP + self.note] if self.note else []
        return [visible(self.title), *grid(self.header, self.rows, GAP, self.texts, width), *note]


def grid(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    indent: str = "",
    texts: int | None = None,
    width: int | None = None,
    exact: bool = False,
) -> list[str]:
    """The lines of a table: columns of numbers to the right, texts to the left, a rule below the header.

    texts: how many columns from the left hold texts; None = those in which a cell is text. width: columns of the
    terminal; a wider table has its texts folded, then its numbers in parts one below the other, each with the texts.
    exact: small numbers stand as they are; else what is rounding beside the largest of its column is 0.
    """
    columns = [[row[k] for row in rows] for k in range(len(header))]
    right = [_is_right(column, k, texts) for k, column in enumerate(columns)]
    cells = [
        [visible(title), *numerals(column, exact)] for title, column in zip(header, columns, strict=True)
    ]
    wanted = [max(map(letters, column)) for column in cells]
    room = None if width is None else max(1, width - len(indent))
    sizes = wanted if room is None else _narrowed(wanted, right, room)
    lines: list[str] = []
    for part in _parts(sizes, right, room):
        lines += [""] if lines else []
        lines += _block(
            [cells[k] for k in part], [sizes[k] for k in part], [right[k] for k in part], sizes != wanted
        )
    return [(indent + line).rstrip() for line in lines]


def natural_width(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """The columns of a terminal that a table takes where nothing is folded."""
    columns = [[row[k] for row in rows] for k in range(len(header))]
    sizes = [
        max(map(letters, (visible(title), *numerals(column))))
        for title, column in zip(header, columns, strict=True)
    ]
    return sum(sizes) + len(GAP) * (len(sizes) - 1)


def number(value: float) -> str:
    """A number for a sentence: six decimals where they suffice, no trailing zeros, commas in large ones, powers of ten only where
    there would be 16 digits."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0.0:
        return "0"
    if 1e9 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    if not 1e-4 <= abs(value) < 1e9:
        return f"{value:.6g}"
    return f"{value:{_comma(abs(value))}.6f}".rstrip("0").rstrip(".")


def six_digits(value: float) -> str:
    """A number in a sentence, to six digits."""
    return number(float(f"{value:.6g}"))


def percent(part: float, digits: int = 6) -> str:
    """A part as a percentage without its sign, with more digits where fewer would tell all or none of what is not: 99.9999999."""
    for more in range(digits, 18):
        text = f"{100.0 * part:.{more}g}"
        if not 0.0 < part < 1.0 or 0.0 < float(text) < 100.0:
            return text
    return repr(100.0 * part)


def gap_text(gap: float) -> str:
    """How far a plan may be from the best, a part of its objective, as every table and sentence tells it: two digits, in percent."""
    return f"{100.0 * gap:,.0f} %" if gap >= 1.0 else f"{percent(gap, 2)} %"


def letters(text: str) -> int:
    """The columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _is_right(column: Sequence[Any], place: int, texts: int | None) -> bool:
    if texts is not None:
        return place >= texts
    return len(column) > 0 and not any(isinstance(cell, str) for cell in column)


def numerals(cells: Sequence[Any], exact: bool = False) -> list[str]:
    """The cells of one column as texts, as a table shows them; numbers have the same decimals, as few as show all to six of them."""
    if all(isinstance(c, str) for c in cells):
        return [visible(c) for c in cells]
    least = 0.0 if exact else rounding(cells)
    form = _form(cells, least)
    return [_cell(0.0 if isinstance(c, float) and abs(c) < least else c, form) for c in cells]


def rounding(cells: Sequence[Any], part: float = NOISE) -> float:
    """The size below which numbers are nothing but rounding beside the largest of some."""
    sizes = [abs(c) for c in cells if isinstance(c, float) and math.isfinite(c)]
    return rounding_floor(max(sizes, default=0.0), part)


def rounding_floor(largest: float, part: float = NOISE) -> float:
    """The size below which numbers are nothing but rounding beside this one."""
    return min(part * largest, 1e-6)


def rounded_together(figures: Sequence[float | None]) -> list[float | None]:
    """Figures of one column, rounded at one place so that the largest has DIGITS digits: what an estimate is worth showing of."""
    largest = max((abs(f) for f in figures if f is not None and math.isfinite(f)), default=0.0)
    places = DIGITS - 1 - math.floor(math.log10(largest)) if largest > 0.0 else 0
    return [f if f is None or not math.isfinite(f) else round(f, max(places, 0)) for f in figures]


def without_rounding(
    prices: Sequence[float | None], binds: Sequence[Any], largest: float = 0.0
) -> list[float | None]:
    """Prices with 0 for what is rounding beside the largest of them (and of others, so large); the page of a report shows them by
    the same rule."""
    known = [*prices, float(largest)]
    least, exact = rounding(known), rounding(known, EXACT)
    return [
        p if p is None or abs(p) >= (exact if b else least) else 0.0
        for p, b in zip(prices, binds, strict=True)
    ]


def quieted_prices(
    header: Sequence[str], rows: Sequence[Sequence[Any]], largest: float = 0.0
) -> list[tuple[Any, ...]]:
    """Rows without what is rounding: the slack of a relation that binds, and prices (`without_rounding`); those of other tables
    as they are."""
    if not {"price", "slack", "binding"} <= set(header):
        return [tuple(row) for row in rows]
    price, slack, binds = map(header.index, ("price", "slack", "binding"))
    prices = without_rounding([row[price] for row in rows], [row[binds] for row in rows], largest)
    found: list[tuple[Any, ...]] = []
    for row, cell in zip(rows, prices, strict=True):
        cells = list(row)
        cells[price] = cell
        if cells[binds] and cells[slack] is not None:
            cells[slack] = 0.0
        found.append(tuple(cells))
    return found


def _form(cells: Sequence[Any], least: float) -> str:
    """The format of a column whose numbers below a size are shown as 0."""
    sizes = [abs(c) for c in cells if isinstance(c, float) and math.isfinite(c)]
    largest = max(sizes, default=0.0)
    seen = [s for s in sizes if s >= least and s != 0.0]
    if not all(1e-5 <= s < 1e9 for s in seen):
        return ".6g"
    places = [len(f"{s:.6f}".rstrip("0").partition(".")[2]) for s in seen]
    return f"{_comma(largest)}.{max(places, default=0)}f"


def _comma(largest: float) -> str:
    return "," if largest >= GROUPED else ""


def _cell(cell: Any, form: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return format(cell + 0.0, form) if math.isfinite(cell) else number(cell)
    return visible(str(cell))


def _narrowed(wanted: Sequence[int], right: Sequence[bool], room: int) -> list[int]:
    """Sizes of columns: the widest columns of texts are narrowed until all columns fit, as far as that goes."""
    sizes = list(wanted)
    while sum(sizes) + len(GAP) * (len(sizes) - 1) > room:
        size, k = max(
            (s, k) for k, s in enumerate([0 if r else s for s, r in zip(sizes, right, strict=True)])
        )
        if size <= LEAST_TEXT:
            break
        sizes[k] -= 1
    return sizes


def _parts(sizes: Sequence[int], right: Sequence[bool], room: int | None) -> Iterator[list[int]]:
    """Which columns stand beside each other: the texts on the left, with as many of the others as there is room for."""
    every = range(len(sizes))
    keys = next((k for k in every if right[k]), len(sizes))
    part = list(every[:keys])
    for k in every[keys:]:
        taken = sum(sizes[j] + len(GAP) for j in part)
        if room is not None and len(part) > keys and taken + sizes[k] > room:
            yield part
            part = list(every[:keys])
        part.append(k)
    yield part


def _block(
    cells: Sequence[Sequence[str]], sizes: Sequence[int], right: Sequence[bool], folded: bool
) -> Iterator[str]:
    """The lines of columns beside each other: titles, a rule, rows; where texts are folded, a row takes several."""
    titles, *rows = zip(*cells, strict=True)
    lines: Iterable[Sequence[str]] = (titles, ["-" * size for size in sizes], *rows)
    if folded:
        lines = (part for row in lines for part in zip_longest(*map(_folded, row, sizes), fillvalue=""))
    return (GAP.join(map(_padded, line, sizes, right)) for line in lines)


def _padded(cell: str, size: int, right: bool) -> str:
    size += len(cell) - letters(cell)
    return cell.rjust(size) if right else cell.ljust(size)


def _folded(text: str, size: int) -> list[str]:
    """A text in lines of at most so many columns, broken at spaces, else anywhere."""
    if letters(text) <= size:
        return [text]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if letters(longer) <= size:
            lines[-1] = longer
            continue
        lines += [""] if lines[-1] else []
        for letter in word:
            if lines[-1] and letters(lines[-1] + letter) > size:
                lines.append("")
            lines[-1] += letter
    return lines
