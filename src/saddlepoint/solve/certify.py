"""The public door to the certificate: programs in matrices or files, with anybody's answer or without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from scipy import sparse

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.errors import UsageError
from saddlepoint.files.programs import ProgramFile, read_program
from saddlepoint.files.solutions import GivenSolution, read_solution
from saddlepoint.records import dataclass
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.solution import RANGES, Options
from saddlepoint.solve.verdict import Candidate, Verdict, judge


def certify(
    c: Any,
    A: Any = None,
    l: Any = None,
    u: Any = None,
    lb: Any = None,
    ub: Any = None,
    *,
    P: Any = None,
    integer: Any = None,
    maximise: bool = False,
    constant: float = 0.0,
    x: Any = None,
    y: Any = None,
    z: Any = None,
    columns: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    options: Options | None = None,
) -> Verdict:
    """Whether x is the best plan of  min (max) ½xᵀPx + cᵀx + constant,  l ≤ Ax ≤ u,  lb ≤ x ≤ ub, some x whole.

    c, x, lb, ub: (n,); A: (m, n), an array or scipy.sparse; l, u: (m,); one number stands for all, None for no side (so a
    decision without lb is free); P: (n, n), symmetric; integer: (n,) truth values. y: (m,) prices d(objective)/d(side), z: (n,) reduced
    costs, in the sense of the problem; they may prove what x alone cannot. Without x the program is solved. columns, rows:
    names for the findings. options: tolerance, time limit, solver, as for `solve`.
    Raises UsageError X111, X140, X141 and SolveError L101 – L109; what is wrong with the plan is the Verdict.
    """
    options = Options() if options is None else options
    if not isinstance(cast(object, options), Options):
        fix = "Write `from saddlepoint.solve.solution import Options`, then Options(tolerance=1e-7), say."
        raise UsageError.of("X111", f"options must be Options, not {options!r}", fix=fix)
    _check_numbers(options)
    batch = batch_of_matrices(c, A, l, u, lb, ub, P, integer, constant, maximise)
    n, m = batch.structure.n, batch.structure.m
    names = _names("columns", columns, n, "x"), _names("rows", rows, m, "r")
    given = None
    if x is not None:
        sign = -1.0 if maximise else 1.0
        plan, prices, costs = (_numbers(k, v, size) for k, v, size in (("x", x, n), ("y", y, m), ("z", z, n)))
        assert plan is not None
        given = Candidate(
            plan, None if prices is None else sign * prices, None if costs is None else sign * costs
        )
    elif y is not None or z is not None:
        fix = "Give x as well, or neither."
        raise UsageError.of("X141", "prices are given without a plan", fix=fix)
    return judge(batch, given, options, *names, maximise)


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """The verdict on a model file: what it holds, what was given, what is proven."""

    program: ProgramFile
    given: GivenSolution | None
    verdict: Verdict


def certify_file(model: Path, solution: Path | None, options: Options) -> FileVerdict:
    """Read a program and perhaps a solution, and judge it; FileError, SolveError, UsageError X111."""
    _check_numbers(options)
    program = read_program(model)
    batch = batch_of_program(program)
    if solution is None:
        return FileVerdict(
            program, None, judge(batch, None, options, program.columns, program.rows, program.maximise)
        )
    read = read_solution(solution, program.columns, program.rows)
    sign = -1.0 if program.maximise else 1.0
    y, z = (None if v is None else sign * v for v in (read.y, read.z))
    given = Candidate(read.x, y, z)
    return FileVerdict(
        program, read, judge(batch, given, options, program.columns, program.rows, program.maximise)
    )


def batch_of_program(program: ProgramFile) -> Batch:
    """The minimisation of a program file."""
    n, m = len(program.columns), len(program.rows)
    A = sparse.csc_array((program.A[2], (program.A[0], program.A[1])), shape=(m, n))
    upper = sparse.csc_array((program.P[2], (program.P[0], program.P[1])), shape=(n, n))
    P = sparse.csc_array(upper + sparse.triu(upper, 1).T)
    sides = (program.l, program.u, program.lb, program.ub)
    return batch_of_matrices(
        program.c, A, *sides, P=P, integer=program.whole, constant=program.constant, maximise=program.maximise
    )


def _check_numbers(options: Options) -> None:
    for name, limits in RANGES.items():
        value = getattr(options, name)
        if value is not None and (found := limits.finding(name, value)) is not None:
            raise UsageError([found])


def _names(what: str, given: Sequence[str] | None, size: int, stem: str) -> tuple[str, ...]:
    if given is None:
        return tuple(f"{stem}{k}" for k in range(size))
    if len(given) != size:
        fix = "Give one name each."
        raise UsageError.of("X140", f"there are {len(given)} names of {what} for {size}", fix=fix)
    return tuple(map(str, given))


def _numbers(what: str, given: Any, size: int) -> Array | None:
    if given is None:
        return None
    try:
        array = np.asarray(given, np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise UsageError.of("X141", f"{what} holds what is no number", fix="Give finite numbers.") from error
    if array.shape != (size,):
        fix = "Give one number each."
        raise UsageError.of("X140", f"{what} holds {len(array)} numbers, not {size}", fix=fix)
    if not np.isfinite(array).all():
        raise UsageError.of("X141", f"{what} holds what is no number", fix="Give finite numbers.")
    return array
