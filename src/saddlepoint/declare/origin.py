"""Whether CVXlab made the files of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from saddlepoint.declare.data import input_files
from saddlepoint.declare.set_files import SETS
from saddlepoint.files import first_text, inside, maker

_WRITER: Final = "openpyxl"
"""What CVXlab writes its workbooks with; Excel keeps the word when it saves them."""
_FIRST: Final = "id"
"""The first column of the input files that CVXlab lays out."""


def laid_out_by_cvxlab(folder: Path) -> bool:
    """Whether sets.xlsx and the first input file are as CVXlab lays them out."""
    inputs = input_files(folder)
    if not inputs or maker(inside(folder, SETS)) != _WRITER or first_text(inputs[0]) != _FIRST:
        return False
    return inputs[0].suffix.casefold() == ".csv" or maker(inputs[0]) == _WRITER
