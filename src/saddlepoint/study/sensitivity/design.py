"""Points of the unit cube, and what SALib makes of the results there.

Sources: Morris, Technometrics 33 (1991) 161–174; Sobol, Mathematics and Computers in Simulation 55 (2001) 271–280, with Saltelli
et al., Computer Physics Communications 181 (2010) 259–270; Borgonovo, Reliability Engineering & System Safety 92 (2007) 771–784;
Tarantola, Gatelli & Mara, Reliability Engineering & System Safety 91 (2006) 717–727. Computed by SALib (Herman & Usher,
Journal of Open Source Software 2(9), 2017), except for delta.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, Final, Literal, get_args

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import UsageError, extra
from saddlepoint.records import dataclass
from saddlepoint.study.sensitivity.delta import RESAMPLES, delta_of
from saddlepoint.study.sensitivity.factors import Factors

Analysis = Literal["morris", "sobol", "delta", "rbd-fast"]
METHODS: Final = get_args(Analysis)
LEVELS: Final = 4
"""Levels of Morris's grid."""
SHOWN: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "morris": {"mu": ("mu", ""), "mu_star": ("mu_star", "mu_star_conf"), "sigma": ("sigma", "")},
    "sobol": {"S1": ("S1", "S1_conf"), "ST": ("ST", "ST_conf")},
    "delta": {"delta": ("delta", "delta_conf"), "S1": ("S1", "S1_conf")},
    "rbd-fast": {"S1": ("S1", "S1_conf")},
}
"""Method → index → names of its numbers and of their half confidence intervals (SALib's)."""
MAIN: Final = {"morris": "mu_star", "sobol": "ST", "delta": "delta", "rbd-fast": "S1"}
"""Method → the index by which factors are ranked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Where the model is run. points: (runs, factors) in the unit cube; names: of what gets an index (factors, or groups);
    block: runs that belong together, all or none of which can be used."""

    method: Analysis
    points: Array
    names: tuple[str, ...]
    block: int
    problem: dict[str, Any]
    seed: int


def design_runs(method: Analysis, factors: Factors, samples: int, seed: int) -> Design:
    """The runs of a method; samples: trajectories (Morris), base samples (Sobol), else runs. UsageError X131, X467."""
    grouped = any(factors.groups)
    if grouped and method in ("delta", "rbd-fast"):
        message = f"{method} knows no groups of factors"
        raise UsageError.of("X467", message, fix="Take morris or sobol, or leave groups out.")
    problem: dict[str, Any] = {
        "num_vars": factors.size,
        "names": [f"x{k}" for k in range(factors.size)],  # SALib refuses some endings
        "bounds": [[0.0, 1.0]] * factors.size,
    }
    names = tuple(dict.fromkeys(factors.groups)) if grouped else factors.names
    if grouped:
        problem["groups"] = list(factors.groups)
    with extra("sensitivity"), _quiet():
        from SALib.sample import latin, morris, sobol  # pyright: ignore[reportMissingTypeStubs]

        if method == "morris":
            points: Any = morris.sample(problem, samples, num_levels=LEVELS, seed=seed + 1)
            block = len(names) + 1
        elif method == "sobol":
            points = sobol.sample(problem, samples, calc_second_order=False, seed=seed + 1)
            block = len(names) + 2
        else:
            points, block = latin.sample(problem, samples, seed=seed + 1), 1
    return Design(
        method=method,
        points=np.asarray(points, dtype=np.float64),
        names=names,
        block=block,
        problem=problem,
        seed=seed,
    )


def indices(made: Design, results: Array) -> dict[str, tuple[Array, Array]] | None:
    """Index → numbers (names,) and half widths of their 95 % intervals, NaN where there are none.

    results: (runs,), NaN where a run has no plan; blocks with such runs are left out. None where too little is left or
    nothing varies.
    """
    good = np.isfinite(results).reshape(-1, made.block).all(axis=1).repeat(made.block)
    points, numbers = made.points[good], results[good]
    if good.sum() < 2 * made.block or np.ptp(numbers) <= 1e-12 * max(1.0, float(np.abs(numbers).max())):
        return None
    with _quiet():
        found = _analysed(made, points, numbers)
    blank = np.full(len(made.names), np.nan)
    return {
        index: (np.asarray(found[name], dtype=np.float64), np.asarray(found[half]) if half else blank)
        for index, (name, half) in SHOWN[made.method].items()
    }


def _analysed(made: Design, points: Array, numbers: Array) -> Any:
    from SALib.analyze import morris, rbd_fast, sobol  # pyright: ignore[reportMissingTypeStubs]

    seed = made.seed + 1  # SALib takes 0 for none
    if made.method == "morris":
        return morris.analyze(made.problem, points, numbers, num_levels=LEVELS, seed=seed)
    if made.method == "sobol":
        return sobol.analyze(made.problem, numbers, calc_second_order=False, seed=seed)
    if made.method == "delta":
        return delta_of(points, numbers, seed)
    return rbd_fast.analyze(made.problem, points, numbers, num_resamples=RESAMPLES, seed=seed)


@contextmanager
def _quiet() -> Generator[None]:
    """Without the warnings and notices of SALib, which also seeds the generator and sets the form of warnings of all."""
    state, form = np.random.get_state(), warnings.formatwarning
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        redirect_stdout(StringIO()),
        redirect_stderr(StringIO()),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            np.random.set_state(state)
            warnings.formatwarning = form
