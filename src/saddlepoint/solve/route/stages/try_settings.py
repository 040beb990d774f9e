"""Settings of a solver that nobody has to ask: it is told them all the same, so that what it refuses is not passed over."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

import numpy as np

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.route.stages.attempt import ask, together
from saddlepoint.solve.route.stages.choose import Stage
from saddlepoint.solve.solution import Options


def try_settings(structure: Structure, stage: Stage, options: Options) -> None:
    """Let the solver of a stage solve the smallest problem of the structure's class with the settings of the options. SolveError L106, L107."""
    asked = replace(options, isolate=options.apart or stage.apart, stop=None, tell=None, verbose=False)
    together([partial(ask, stage.adapter, _smallest(structure), asked)], threading.Event())


def _smallest(s: Structure) -> Batch:
    """min x, with its square where solvers of the class may ask for one, x ≥ 1 by a row. Whoever takes cones takes this."""
    curved = s.is_quadratic or (s.is_conic and s.is_integer)
    return batch_of_matrices(
        [1.0], [[1.0]], 1.0, None, 0.0, 2.0, P=np.eye(1) if curved else None, integer=[s.is_integer]
    )
