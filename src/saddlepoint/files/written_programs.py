"""Programs to MPS and LP files, by HiGHS' writer, in names that these formats can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from saddlepoint.errors import FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.mps import LIMITLESS
from saddlepoint.files.paths import refuse_together
from saddlepoint.files.programs import ProgramFile

ProgramFormat = Literal["mps", "lp"]
_NOT_HELD: Final = re.compile(r"[^A-Za-z0-9_.(),#$%&@~'!?]")
_NO_START: Final = re.compile(
    r"[0-9.]|[eE][0-9]|(st|s\.t\.|free|inf|infinity|bounds|end|min|max|subject|general|binary)\b", re.I
)
LONGEST: Final = 200
"""Characters of a name; LP files may hold 255."""


def write_program(path: Path, program: ProgramFile, force: bool = False) -> None:
    """Write a program to a file whose ending says the form, .mps or .lp; FileError F041, F042, F700 (HiGHS cannot write it,
    or the formats have no word for a side)."""
    _check_sides(program, path.name)
    with replacing(path, force) as part:
        highs = _passed(program)
        named = part.with_name(part.name + path.suffix)
        try:
            said = highs.writeModel(str(named))
            if said.name == "kError" or not named.exists():
                raise FileError.of(
                    "F700", "HiGHS cannot write this program", Mark(path.name), fix="Try the other format."
                )
            part.write_bytes(named.read_bytes())
        finally:
            named.unlink(missing_ok=True)


def _check_sides(program: ProgramFile, source: str) -> None:
    """FileError F700 where a finite side would be read as none."""
    sides = (
        ("row", program.rows, (program.l, program.u)),
        ("column", program.columns, (program.lb, program.ub)),
    )
    for kind, names, pair in sides:
        for side in pair:
            far = np.flatnonzero((np.abs(side) >= LIMITLESS) & np.isfinite(side))
            if len(far):
                k = int(far[0])
                raise FileError.of(
                    "F700",
                    f"the limit {side[k]:g} of {kind} {names[k]} cannot be written",
                    Mark(source),
                    why="readers of these files take 1e20 and more for no limit",
                    fix="Write inf in the data, or leave the relation out, if no limit is meant, else choose a larger unit.",
                )


def write_programs(
    folder: Path, programs: Mapping[str, ProgramFile], form: ProgramFormat, force: bool = False
) -> tuple[Path, ...]:
    """Write programs to files of a folder by name; FileError F041 (one of them exists, before any is written), F042, F700."""
    paths = {folder / f"{name}.{form}": program for name, program in programs.items()}
    refuse_together(paths, force)
    for path, program in paths.items():
        write_program(path, program, force)
    return tuple(paths)


def held_names(names: Sequence[str]) -> list[str]:
    """Names that both formats hold, all different: other characters become underlines, doubles get a number."""
    taken: set[str] = set()
    out: list[str] = []
    for name in names:
        plain = _NOT_HELD.sub("_", name)[:LONGEST]
        plain = f"_{plain}" if not plain or _NO_START.match(plain) else plain
        found, k = plain, 1
        while found in taken:
            k += 1
            found = f"{plain}~{k}"
        taken.add(found)
        out.append(found)
    return out


def _passed(program: ProgramFile) -> Any:
    import highspy
    from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

    highs: Any = _Highs()
    highs.setOptionValue("output_flag", False)
    model = highspy.HighsModel()
    lp = model.lp_
    lp.num_col_, lp.num_row_ = len(program.columns), len(program.rows)
    lp.sense_ = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    lp.offset_, lp.col_cost_ = program.constant, program.c
    lp.col_lower_, lp.col_upper_, lp.row_lower_, lp.row_upper_ = program.lb, program.ub, program.l, program.u
    lp.col_names_, lp.row_names_ = held_names(program.columns), held_names(program.rows)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = _by_column(program.A, lp.num_col_)
    if program.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in program.whole]
    if len(program.P[2]):
        _curve(model.hessian_, program, highspy.HessianFormat.kTriangular)
    highs.passModel(model)
    return highs


def _curve(hessian: Any, program: ProgramFile, triangular: Any) -> None:
    """Fill in the quadratic terms: the lower triangle, by columns."""
    column, row, number = program.P
    hessian.dim_, hessian.format_ = len(program.columns), triangular
    hessian.start_, hessian.index_, hessian.value_ = _by_column((row, column, number), len(program.columns))


def _by_column(entries: Any, columns: int) -> tuple[Any, Any, Any]:
    """Starts of the columns, rows and numbers."""
    row, column, number = entries
    order = np.lexsort((row, column))
    start = np.searchsorted(column[order], np.arange(columns + 1))
    return start.astype(np.int32), row[order].astype(np.int32), number[order]
