"""Draws of uncertain tables: points of the unit cube through the quantile functions of the cells' distributions.

Sources: McKay, Beckman & Conover, Technometrics 21 (1979) 239–245 (Latin hypercube); Sobol, USSR Computational
Mathematics and Mathematical Physics 7 (1967) 86–112, scrambled as in Owen, Journal of Complexity 14 (1998) 466–489.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.declare.spec import SamplingMethod
from saddlepoint.errors import Diagnostic, Mark, PlanningError, StudyError
from saddlepoint.labels import Table
from saddlepoint.uncertain import PARAMETERS, Buffer, find

DIMENSIONS = 21_201
"""Sobol's numbers are tabulated for so many dimensions."""


def unit_points(number: int, dimensions: int, method: SamplingMethod, seed: int) -> Array:
    """Points of the open unit cube, shape (number, dimensions); StudyError K215 for Sobol beyond its dimensions."""
    rng = np.random.default_rng(seed)
    if method == "sobol" and dimensions > DIMENSIONS:
        message = f"Sobol draws are tabulated for {DIMENSIONS:,} cells, and {dimensions:,} are uncertain"
        raise StudyError.of("K215", message, fix="Use method: latin.")
    if method == "random" or not dimensions:
        points = rng.random((number, dimensions))
    elif method == "latin":
        points = _engine("LatinHypercube", dimensions, rng).random(number)
    else:
        power = max(0, int(number - 1).bit_length())
        points = _engine("Sobol", dimensions, rng).random_base2(power)[:number]
    tiny = np.finfo(np.float64).tiny
    return np.clip(points, tiny, 1.0 - np.finfo(np.float64).epsneg)


def _engine(kind: str, dimensions: int, rng: np.random.Generator) -> Any:
    """A generator of scipy.stats.qmc; its argument `seed` became `rng` in SciPy 1.15."""
    from scipy.stats import qmc

    make = getattr(qmc, kind)
    try:
        return make(dimensions, rng=rng)
    except TypeError:
        return make(dimensions, seed=rng)


def draw(table: Table, points: Array, mark: Mark) -> Array:
    """Values of every cell of an uncertain table, shape (number, cells); NaN where a cell has no distribution.

    points: (number, cells) in the open unit interval. StudyError K214 for a distribution that is unknown, cannot be
    drawn from or has impossible parameters.
    """
    names = table.columns["distribution"]
    out = np.full(points.shape, np.nan)
    found: list[Diagnostic] = []
    for name in dict.fromkeys(names.tolist()):
        if not name:
            continue
        cells = np.flatnonzero(names == name)
        try:
            out[:, cells] = _quantiles(table, name, cells, points[:, cells])
        except PlanningError as error:
            found += [
                Diagnostic("K214", f"table {table.key!r}: {d.message}", mark, why=d.why, fix=d.fix)
                for d in error.diagnostics
            ]
    if found:
        raise StudyError(found)
    return out


def _quantiles(table: Table, name: str, cells: Index, points: Array) -> Any:
    law: Buffer = find(name)
    if law.kind != "law":
        message = f"{name!r} is no distribution but an assumption about one ({law.assumption})"
        raise PlanningError.of("U001", message, fix="Give a distribution, such as normal.")
    given = {
        column: table.columns[column][cells]
        for column in PARAMETERS
        if column in table.columns and not np.isnan(table.columns[column][cells]).all()
    }
    columns = law.columns(**given)
    found = law.findings(columns, np.full(len(cells), 0.5))
    if found:
        raise PlanningError(found)
    return law.quantile(columns, points)
