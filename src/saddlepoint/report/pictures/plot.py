"""The picture of a table of the database, as a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from saddlepoint.errors import UsageError, suggest
from saddlepoint.report.pictures.cells import read_cells_of
from saddlepoint.report.pictures.choose import KINDS, Wishes, choose_picture
from saddlepoint.report.pictures.special import CONVERGENCE, OF_PLANS, outcome_cells
from saddlepoint.store import Store, show_rows

HTML: Final = (".html", ".htm")


def plot(
    store: Store,
    tables: Sequence[str],
    output: Path,
    *,
    wishes: Wishes | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    column: str | None = None,
    trees: Mapping[str, Sequence[int]] | None = None,
    outcomes: Collection[str] = (),
    objective: str = "",
    force: bool = False,
) -> str:
    """Draw one table, or two against each other, as .png, .svg, .pdf, or .html to be looked into; what kind of picture it is.

    where: set → labels that are shown; column: which numbers of the table; trees: set → the parent of every item; outcomes: the sets whose
    items are outcomes; objective: the unit of objectives.
    UsageError X131, X521–X526, FileError F041, F042, StoreError.
    """
    from saddlepoint.report.pictures.draw import draw_picture
    from saddlepoint.report.pictures.special import convergence_picture, trade_off_picture, tree_picture
    from saddlepoint.report.plots_style import save

    if output.suffix.casefold() in HTML:
        from saddlepoint.files.atomic import write_text
        from saddlepoint.report.page.report_page import table_page

        for table in tables:
            show_rows(store, table, None, 0)
        write_text(output, table_page(store, ", ".join(tables), tables, outcomes), force)
        return "page"
    if len(tables) == 2:
        one, other = (read_cells_of(store, table, where, column, outcomes).squeezed()[0] for table in tables)
        save(trade_off_picture(one, other), output, force)
        return "trade-off"
    if tables[0] == CONVERGENCE:
        save(convergence_picture(store), output, force)
        return "convergence"
    cells = (
        outcome_cells(store, column, objective)
        if tables[0] == OF_PLANS
        else read_cells_of(store, tables[0], where, column, outcomes)
    )
    tree = next((d.name for d in cells.dimensions if len((trees or {}).get(d.name, ())) == len(d)), None)
    if tree is not None and wishes is None and trees is not None:
        save(tree_picture(cells, tree, trees[tree]), output, force)
        return "tree"
    picture = choose_picture(cells, wishes)
    save(draw_picture(picture), output, force)
    return picture.kind


def wishes_of(kind: str | None, x: str | None, colour: str | None, panels: str | None) -> Wishes | None:
    """What a person says of a picture; None where nothing is said. UsageError X525."""
    if not any((kind, x, colour, panels)):
        return None
    found = next((k for k in KINDS if k == kind), None)
    if kind is not None and found is None:
        raise UsageError.of("X525", f"there is no kind of picture {kind!r}", fix=suggest(kind, KINDS))
    return Wishes(kind=found, x=x, colour=colour, panels=panels)
