"""Wide input sheets, one set down and another across, as the long sheets they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from saddlepoint.errors import Mark
from saddlepoint.files.sheet import Sheet, as_label, as_labels
from saddlepoint.labels import Axis
from saddlepoint.model.model import TableInfo
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class WideForm:
    """How a wide sheet stands for a table. down: set key → its column; across: the axis whose items are titles, in the
    columns `cells`."""

    down: dict[str, int]
    across: Axis
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LongSheet(Sheet):
    """A wide sheet written out, whose places are those of the wide one."""

    wide: Sheet | None = None
    cells_at: tuple[int, ...] = ()
    labels_at: tuple[int, ...] = ()

    def mark(self, row: int, column: int = 0) -> Mark:
        """The place in the wide sheet: that of the label, of the title, or of the number."""
        assert self.wide is not None
        if row < 0:
            return self.wide.mark(-1)
        line, k = divmod(row, len(self.cells_at))
        if column < len(self.labels_at):
            return self.wide.mark(line, self.labels_at[column])
        return self.wide.mark(-1 if column == len(self.labels_at) else line, self.cells_at[k])


def long_form(info: TableInfo, sheet: Sheet) -> Sheet:
    """The sheet with one row per cell: itself, or what a wide one stands for, recognised by its labels."""
    found = arrangement(info, sheet)
    if found is None:
        return sheet
    width = len(found.cells)
    columns: dict[str, list[object]] = {
        f"{key}_Name": [label for label in sheet.columns[k] for _ in found.cells]
        for key, k in found.down.items()
    }
    columns[f"{found.across.name}_Name"] = [sheet.header[k] for k in found.cells] * len(sheet)
    columns["values"] = [sheet.columns[k][row] for row in range(len(sheet)) for k in found.cells]
    for row in range(len(sheet)):
        if sheet.is_blank_row(row):
            for column in columns.values():
                column[row * width : (row + 1) * width] = [""] * width
    return LongSheet(
        sheet.name,
        tuple(columns),
        tuple(columns.values()),
        source=sheet.source,
        cells=sheet.cells,
        wide=sheet,
        cells_at=found.cells,
        labels_at=tuple(found.down.values()),
    )


def arrangement(info: TableInfo, sheet: Sheet) -> WideForm | None:
    """How a wide sheet is to be read; None for a long one, and where the labels leave it open."""
    axes = {axis.name: axis for axis in info.domain.axes}
    if not axes or info.distributed or sheet.index("values") is not None or not sheet.header:
        return None
    down = {key: k for key in axes if (k := _label_column(sheet, key)) is not None}
    rest = [key for key in axes if key not in down]
    titles = [
        k for k, title in enumerate(sheet.header) if k not in down.values() and title.casefold() != "id"
    ]
    if len(rest) == 2 and titles:
        first = _untitled(sheet, titles[0], [axes[key] for key in rest])
        if first is None:
            return None
        down[first.name] = titles[0]
        rest, titles = [key for key in rest if key != first.name], titles[1:]
    titles = [k for k in titles if sheet.header[k]]
    if len(rest) != 1 or not titles:
        return None
    across = axes[rest[0]]
    if (across.codes([sheet.header[k] for k in titles]) < 0).all():
        return None
    return WideForm({key: down[key] for key in axes if key in down}, across, tuple(titles))


def _label_column(sheet: Sheet, key: str) -> int | None:
    place = sheet.index(f"{key}_Name")
    return sheet.index(key) if place is None else place


def _untitled(sheet: Sheet, column: int, axes: Sequence[Axis]) -> Axis | None:
    """The only axis of which all labels of a column are items, whatever its title."""
    labels = [label for label in as_labels(sheet.columns[column]) if label]
    fitting = [axis for axis in axes if labels and (axis.codes(labels) >= 0).all()]
    own = [axis for axis in axes if (axis.codes([as_label(sheet.header[column])]) >= 0).any()]
    return fitting[0] if len(fitting) == 1 and not own else None
