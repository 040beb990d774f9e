"""One instance in this process: what the product says of it, as a line of JSON."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.errors import SaddleError
from saddlepoint.files.programs import read_program
from saddlepoint.solve.certify import batch_of_program
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.proof.exact import NotProven
from saddlepoint.solve.proof.misses import rows_broken
from saddlepoint.solve.route.polishing.exactly import exact_optimum
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve

NONE = 0.999e20
"""Sides from here on stand for none in these files, in which 1e20 has lost its last digit on the way."""
NOISE = 1e-13
"""Sides this small beside the coefficients of their row are what conversion left of a zero (−8.9e-16 where the original has 0):
taken as they stand, a sum of what is at least zero would have to be less."""


def read(path: Path) -> tuple[Batch, bool]:
    """The minimisation of a model file, or of a .mat file with P, q, r, A, l, u (1e20 = no side); whether it was a maximisation."""
    if path.suffix != ".mat":
        program = read_program(path)
        return batch_of_program(program), program.maximise
    from scipy.io import loadmat

    held: dict[str, Any] = loadmat(str(path))
    l, u = (np.asarray(held[k], float).ravel() for k in "lu")
    l, u = np.where(l <= -NONE, -np.inf, l), np.where(u >= NONE, np.inf, u)
    largest = abs(held["A"]).max(axis=1).toarray().ravel()
    l, u = (np.where(np.abs(v) < NOISE * largest, 0.0, v) for v in (l, u))
    r = float(np.asarray(held["r"]).ravel()[0])
    return batch_of_matrices(np.asarray(held["q"]).ravel(), held["A"], l, u, P=held["P"], constant=r), False


def run(path: Path, time_limit: float, exact: bool) -> dict[str, Any]:
    """Read and solve, or prove exactly."""
    began = time.process_time()
    try:
        batch, maximise = read(path)
        said = _exactly(batch, time_limit) if exact else _solved(batch, maximise, time_limit)
    except SaddleError as error:
        said = {"status": "error", "message": "; ".join(f"{d.code} {d.message}" for d in error.diagnostics)}
    return {**said, "cpu": round(time.process_time() - began, 2)}


def _solved(batch: Batch, maximise: bool, time_limit: float) -> dict[str, Any]:
    s = solve(batch, Options(time_limit=time_limit))
    sign = -1.0 if maximise else 1.0
    names = [str(k) for k in range(max(batch.structure.n, batch.structure.m))]
    there = bool(np.isfinite(s.x[0]).all()) and Status(int(s.status[0])) not in (
        Status.INFEASIBLE,
        Status.UNBOUNDED,
    )
    numbers = {k: float(getattr(s.certificates, k)[0]) for k in ("rel_prim", "rel_dual", "unc")}
    objective, bound = float(s.objective[0]), float(s.bound[0])
    return {
        "status": Status(int(s.status[0])).word,
        "verified": bool(s.certificates.verified[0]),
        "objective": sign * objective if np.isfinite(objective) else None,
        "bound": sign * bound if np.isfinite(bound) else None,
        "gap": abs(objective - bound) / max(abs(objective), 1e-10)
        if np.isfinite(objective + bound)
        else None,
        "constant": sign * float(batch.row("r", 0)[0]),
        "feasible": there and not rows_broken(batch, s.x[0], names, names, 1e-6),
        "route": str(s.method[0]),
        "message": s.messages.get(0, ""),
        **{k: v if np.isfinite(v) else None for k, v in numbers.items()},
    }


def _exactly(batch: Batch, time_limit: float) -> dict[str, Any]:
    try:
        near = solve(batch, Options(time_limit=time_limit)) if batch.structure.is_quadratic else None
        found = exact_optimum(batch, time_limit, near)
    except NotProven as error:
        return {"status": "error", "message": str(error)}
    return {
        "status": "optimal",
        "verified": True,
        "objective": float(found.objective),
        "exact": str(found.objective),
        "constant": float(batch.row("r", 0)[0]),
        "pivots": found.pivots,
        "digits": found.digits,
    }


def show(path: str, time_limit: str, exact: str) -> None:
    """Print the line for the parent."""
    import sys

    sys.set_int_max_str_digits(0)
    print("@instance " + json.dumps(run(Path(path), float(time_limit), exact == "exact")), flush=True)
