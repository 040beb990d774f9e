"""A picture to write, refused before anything is computed if its ending is none of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import path_beside as beside_model
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


def save_pictures(pictures: Iterable[tuple[Path, Any]], force: bool, quiet: bool) -> None:
    """Write pictures (path, figure), and say which, unless quiet, as for JSON; FileError F042."""
    from saddlepoint.cli.output import echo, from_here
    from saddlepoint.report.plots_style import save

    for path, picture in pictures:
        save(picture, path, force)
        if not quiet:
            echo(f"wrote {from_here(path)}")


def sibling_path(path: Path, word: str | int) -> Path:
    """The place of another picture, told apart by a word or a number."""
    return path.with_stem(f"{path.stem}_{word}")


def numbered_paths(path: Path, count: int) -> list[Path]:
    """The places of so many pictures of one kind: the place itself where there is one."""
    return [path] if count == 1 else [sibling_path(path, k + 1) for k in range(count)]


PICTURE = PictureFile()


def picture_options(name: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--plot, --output and --force of a command about a folder: it is called with `place`, where a picture is to go, by default
    `name` in the folder, None where none is asked for, and with `force`. FileError F042 if it is there, without force."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--plot", is_flag=True, help=f"Draw {what}, by default in DIR/{name}.")
        @click.option(
            "--output", "-o", type=PICTURE, help=f"Picture to write: .png, .svg or .pdf; draws {what}."
        )
        @click.option("--force", is_flag=True, help="Overwrite the picture if it exists.")
        @wraps(command)
        def placed(folder: Path, plot: bool, output: Path | None, force: bool, **given: Any) -> Any:
            place = output or (beside_model(folder, name) if plot else None)
            spare_files({"plot": place, "force": force})
            return command(folder=folder, place=place, force=force, **given)

        return placed

    return decorated
