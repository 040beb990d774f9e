"""Linear, quadratic and mixed-integer programs in MPS, QPS and LP files: one value, read twice by two readers."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import FileError, Mark
from saddlepoint.files.mps import LIMITLESS, Draft, parse_mps
from saddlepoint.files.text import unpacked_text
from saddlepoint.printing.sentences import some_of
from saddlepoint.records import dataclass

LARGEST: Final = 1 << 30
"""Bytes of a model file, unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFile:
    """What a file says: optimise ½xᵀPx + cᵀx + constant over l ≤ Ax ≤ u, lb ≤ x ≤ ub, some x whole.

    maximise: the sense; columns, rows: names in the order of the file; c, lb, ub, whole: (n,); l, u: (m,); A and P: row,
    column and value of every entry, of P those with row ≤ column; notes: what a reader should know.
    """

    name: str
    maximise: bool
    constant: float
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    c: Array
    A: tuple[Index, Index, Array]
    P: tuple[Index, Index, Array]
    l: Array
    u: Array
    lb: Array
    ub: Array
    whole: Mask
    notes: tuple[str, ...] = field(default=())


def read_program(path: Path) -> ProgramFile:
    """The program in an .mps, .qps or .lp file, plain or .gz.

    MPS and QPS: our own strict reader, checked entry by entry against HiGHS' reader; LP: HiGHS' reader, whose names
    must be those of the text. FileError F001–F005, F060–F065; F061 also where a side of +∞ or −∞ leaves no plan.
    """
    kind = next((s.lower() for s in reversed(path.suffixes) if s.lower() != ".gz"), "")
    if kind not in (".mps", ".qps", ".sif", ".lp"):
        fix = "Give an .mps, .qps or .lp file, plain or .gz."
        raise FileError.of("F060", f"{path.name} is no model file that is known", Mark(path.name), fix=fix)
    text = unpacked_text(path, LARGEST)
    if not text.strip():
        fix = "Write the model again, or get the whole file."
        raise FileError.of("F060", "the file is empty", Mark(path.name), fix=fix)
    if kind in (".mps", ".qps", ".sif"):
        draft = parse_mps(text, path.name)
        program = program_of(draft, path.stem)
        _check_sides(program, path.name)
        theirs = _by_highs(text, path, ".mps")
        _check_costs(theirs, path.name)
        _compare(program, theirs, path.name)
    else:
        program = _by_highs(text, path, ".lp")
        _check_once(program, path.name)
        _check_costs(program, path.name)
        _check_sides(program, path.name)
        _check_names(program, text, path.name)
    return replace(program, notes=(*program.notes, *_idle(program)))


def program_of(draft: Draft, stem: str) -> ProgramFile:
    columns, rows = tuple(draft.columns), tuple(draft.rows)
    lb, ub = np.array(draft.lower, float), np.array(draft.upper, float)
    l, u = draft.sides()
    return ProgramFile(
        name=draft.name or stem,
        maximise=draft.maximise,
        constant=draft.constant,
        columns=columns,
        rows=rows,
        c=np.array(draft.costs, float),
        A=_entries(draft.entries),
        P=_entries(draft.curvature),
        l=_limitless(l),
        u=_limitless(u),
        lb=_limitless(lb),
        ub=_limitless(ub),
        whole=np.array(draft.whole, np.bool_),
        notes=(*draft.notes, *_far_sides(l, u, lb, ub)),
    )


def _entries(found: dict[tuple[int, int], float]) -> tuple[Index, Index, Array]:
    """Entries by columns, then rows; zeros left out."""
    kept = sorted((j, i, v) for (i, j), v in found.items() if v)
    rows, columns = np.array([i for _, i, _ in kept], np.int64), np.array([j for j, _, _ in kept], np.int64)
    return rows, columns, np.array([v for _, _, v in kept], float)


def _far_sides(*sides: Array) -> tuple[str, ...]:
    """What a reader should know of finite sides that mean none."""
    count = sum(int(((np.abs(side) >= LIMITLESS) & np.isfinite(side)).sum()) for side in sides)
    one = "side of 1e20 or more means" if count == 1 else "sides of 1e20 and more mean"
    return (f"{count} {one} no limit, as is the custom of the format",) if count else ()


def _limitless(side: Array) -> Array:
    return np.where(side >= LIMITLESS, np.inf, np.where(side <= -LIMITLESS, -np.inf, side))


def _check_sides(program: ProgramFile, source: str) -> None:
    """FileError F061 where a lower side is +∞, or an upper one −∞: what no plan reaches."""
    for side, names, what in (
        (program.lb, program.columns, "lower bound"),
        (program.ub, program.columns, "upper bound"),
        (program.l, program.rows, "lower side"),
        (program.u, program.rows, "upper side"),
    ):
        sign = 1 if what.startswith("lower") else -1
        far = np.flatnonzero(side == sign * np.inf)
        if len(far):
            more = f", and {len(far) - 1} more" if len(far) > 1 else ""
            limit = f"{'at least +' if sign > 0 else 'at most -'}1e20"
            raise FileError.of(
                "F061",
                f"the {what} of {names[far[0]]} is {limit}{more}",
                Mark(source),
                why="From 1e20 on a number means no limit in files of this format, and this is a limit that no plan keeps.",
                fix="Write a smaller number, or leave it out if no limit is meant (a fixed value, FX or a row of kind E, limits both sides).",
            )


def _by_highs(text: str, path: Path, suffix: str) -> ProgramFile:
    """The same file through HiGHS' reader; FileError F065 with its own words where it refuses."""
    import highspy
    from highspy._core import _Highs  # pyright: ignore[reportPrivateUsage]

    highs: Any = _Highs()
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / f"model{suffix}"
        plain.write_text(text.replace("\r\n", "\n").replace("\r", "\n"), encoding="utf-8")
        log = Path(folder) / "log"
        for name, value in (
            ("log_to_console", False),
            ("log_file", str(log)),
            ("small_matrix_value", 1e-12),
            ("infinite_bound", np.inf),
        ):
            highs.setOptionValue(name, value)
        status = highs.readModel(str(plain))
        if log.exists():
            said = [
                t.strip()
                for t in log.read_text(errors="replace").splitlines()
                if "ERROR" in t or "WARNING" in t
            ]
    if status == highspy.HighsStatus.kError or (suffix == ".lp" and said):
        why = " ".join(s.replace(str(plain), path.name) for s in said[:3])
        fix = "Correct the file; the words are those of HiGHS' reader."
        mark = _where(text, path.name, why)
        raise FileError.of("F065", "the file cannot be read as a program", mark, why=why, fix=fix)
    return _of_highs(highs, path)


def _where(text: str, source: str, said: str) -> Mark:
    """The line that HiGHS' reader, which tells none, stopped at: that of the word it quotes, where no other line has it."""
    quoted = re.search(
        r"found `([^\W\d][^`]*|[*/^:!])`", said
    )  # numbers and relations it may spell otherwise
    lines = text.splitlines() if quoted else ()
    there = [
        (k, line) for k, line in enumerate(lines, 1) if quoted and quoted[1].casefold() in line.casefold()
    ]
    return Mark.of_line(source, *there[0]) if len(there) == 1 else Mark(source)


def _of_highs(highs: Any, path: Path) -> ProgramFile:
    import highspy

    lp = highs.getLp()
    highs.ensureColwise()
    a = highs.getLp().a_matrix_
    n = lp.num_col_
    starts = np.asarray(a.start_[: n + 1], np.int64)
    columns = np.repeat(np.arange(n), np.diff(starts)) if n else np.zeros(0, np.int64)
    rows, values = np.asarray(a.index_, np.int64), np.asarray(a.value_, float)
    order = np.lexsort((rows, columns))
    sides = [np.asarray(side, float) for side in (lp.row_lower_, lp.row_upper_, lp.col_lower_, lp.col_upper_)]
    l, u, lb, ub = map(_limitless, sides)
    return ProgramFile(
        name=path.stem,
        maximise=lp.sense_ == highspy.ObjSense.kMaximize,
        constant=float(lp.offset_),
        columns=tuple(lp.col_names_),
        rows=tuple(lp.row_names_),
        c=np.asarray(lp.col_cost_, float),
        A=(rows[order], columns[order], values[order]),
        P=_curvature(highs.getModel().hessian_),
        l=l,
        u=u,
        lb=lb,
        ub=ub,
        whole=_whole(lp.integrality_, n, path.name),
        notes=_far_sides(*sides),
    )


def _curvature(hessian: Any) -> tuple[Index, Index, Array]:
    """The upper triangle of the quadratic part: rows, columns, numbers."""
    if not hessian.dim_:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0)
    columns = np.repeat(np.arange(hessian.dim_), np.diff(np.asarray(hessian.start_, np.int64)))
    rows, values = np.asarray(hessian.index_, np.int64), np.asarray(hessian.value_, float)
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    by = np.lexsort((low, high))
    by = by[values[by] != 0]
    return low[by], high[by], values[by]


def _whole(kinds: Any, n: int, source: str) -> Mask:
    """Which columns are whole; FileError F064 where one is neither whole nor continuous."""
    from highspy import HighsVarType

    given = list(kinds) or [HighsVarType.kContinuous] * n
    if any(kind not in (HighsVarType.kInteger, HighsVarType.kContinuous) for kind in given):
        fix = "Write them with a binary column of their own."
        raise FileError.of("F064", "semi-continuous columns are not taken", Mark(source), fix=fix)
    return np.array([kind == HighsVarType.kInteger for kind in given], np.bool_)


def _compare(ours: ProgramFile, theirs: ProgramFile, source: str) -> None:
    """FileError F065 where the two readers do not agree on what the file says."""
    for what, one, two in _parts(ours, theirs):
        same = one.shape == two.shape and bool(np.array_equal(one, two))
        if not same:
            why = "Saddlepoint's reader and that of HiGHS take the file for different programs."
            fix = "Look for an entry that is given twice, a number that is none, or a convention that readers differ in."
            raise FileError.of("F065", f"two readers disagree on {what}", Mark(source), why=why, fix=fix)


def _parts(a: ProgramFile, b: ProgramFile) -> Iterator[tuple[str, NDArray[Any], NDArray[Any]]]:
    yield "the rows", np.array(a.rows), np.array(b.rows)
    yield "the columns", np.array(a.columns), np.array(b.columns)
    yield "the sense", np.array([a.maximise]), np.array([b.maximise])
    for what in ("c", "l", "u", "lb", "ub", "whole"):
        yield _WORDS[what], getattr(a, what), getattr(b, what)
    for what, one, two in (("the coefficients", a.A, b.A), ("the quadratic costs", a.P, b.P)):
        seen = [np.abs(values) > 1e-9 for _, _, values in (one, two)]
        for left, right in zip(one, two, strict=True):
            yield what, left[seen[0]], right[seen[1]]


_WORDS: Final = {
    "c": "the costs",
    "l": "the lower sides of rows",
    "u": "the upper sides of rows",
    "lb": "the lower bounds",
    "ub": "the upper bounds",
    "whole": "which columns are whole numbers",
}
_NAME = re.compile(r"[A-Za-z_!\"#$%&(),;?@'`{}~][\w!\"#$%&(),.;?@'`{}~\[\]]*")
_KEYWORDS: Final = frozenset(
    (
        *("min", "max", "minimize", "maximize", "minimum", "maximum", "minimise", "maximise", "subject"),
        *("to", "such", "that", "st", "s.t.", "st.", "bound", "bounds", "general", "generals", "gen"),
        *("integer", "int", "semi", "integers", "bin", "binary", "binaries", "end", "free", "inf"),
        *("infinity", "e"),
    )
)


def _check_once(program: ProgramFile, source: str) -> None:
    """FileError F063 where two rows or two columns have one name."""
    for what, names in (("row", program.rows), ("column", program.columns)):
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            fix = "Rename one of them."
            raise FileError.of("F063", f"the {what} {twice} is there twice", Mark(source), fix=fix)


def _check_costs(program: ProgramFile, source: str) -> None:
    """FileError F061 where a cost is read as infinite: HiGHS takes one of 1e20 and more for that."""
    far = np.flatnonzero(~np.isfinite(program.c))
    if len(far):
        fix = "Choose units in which costs are below 1e20."
        message = f"the cost of {program.columns[far[0]]} is too large to be read"
        raise FileError.of("F061", message, Mark(source), fix=fix)


def _idle(program: ProgramFile) -> tuple[str, ...]:
    """What a reader should know of columns that only bounds name: they may be misspelt."""
    used = np.zeros(len(program.columns), np.bool_)
    used[program.A[1]] = used[program.P[0]] = used[program.P[1]] = True
    idle = [program.columns[j] for j in np.flatnonzero(~used & (program.c == 0)).tolist()]
    if not idle:
        return ()
    stand = (
        "1 column stands in no row and has"
        if len(idle) == 1
        else f"{len(idle)} columns stand in no row and have"
    )
    return (f"{stand} no cost: {some_of(idle, 3)}",)


def _check_names(program: ProgramFile, text: str, source: str) -> None:
    """FileError F065 where a name of an LP file is neither a row nor a column of what was read."""
    known = {*program.rows, *program.columns}
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("\\", 1)[0]
        for found in _NAME.finditer(bare):
            name = found.group().rstrip(",;")
            label = bare[found.end() :].lstrip().startswith(":")
            before = bare[max(0, found.start() - 1) : found.start()]
            if name.casefold() in _KEYWORDS or name in known or label or before.isdigit() or before == ".":
                continue
            start, end = found.span()
            mark = Mark(source, number, start + 1, text=line, start=start, end=end)
            fix = "Write it as one name; a number and a name need a space or * between them."
            raise FileError.of("F065", f"{name!r} was read as no column and no row", mark, fix=fix)
