"""A picture to write, refused before anything is computed if its ending is none of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


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


PICTURE = PictureFile()
