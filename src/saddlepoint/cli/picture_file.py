"""A picture to write, refused before anything is computed if its ending is none of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import beside
from saddlepoint.cli.planning_options import spare_files


class PictureFile(click.Path):
    """The path of a picture; FileError F041."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, its ending looked at."""
        from saddlepoint.report.plots_style import picture_kind

        path = Path(str(value))
        picture_kind(path)
        return super().convert(value, param, ctx)


def save_pictures(pictures: Iterable[tuple[Path, Any]], given: Mapping[str, Any]) -> None:
    """Write pictures (path, figure), and say which, unless the answer is JSON; FileError F042."""
    from saddlepoint.cli.output import echo, from_here
    from saddlepoint.report.plots_style import save

    for path, picture in pictures:
        save(picture, path, given["force"])
        if not given["as_json"]:
            echo(f"wrote {from_here(path)}")


PICTURE = PictureFile()


def picture_place(folder: Path, name: str, plot: bool, output: Path | None, force: bool) -> Path | None:
    """Where --plot and --output ask for a picture of a model, None where neither does; FileError F042 if it is there, without force."""
    if not plot and output is None:
        return None
    place = output or beside(folder, name)
    spare_files({"plot": place, "force": force})
    return place
