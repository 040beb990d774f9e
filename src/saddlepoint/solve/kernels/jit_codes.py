# pyright: basic
"""Constants of the compiled kernels: plain numbers, one name each."""

import numpy as np
from numba import njit
from numba.core.options import DefaultOptions

from saddlepoint.solve.kernels.answer import Outcome
from saddlepoint.solve.kernels.cache import writable

DONE, INFEASIBLE, UNBOUNDED = int(Outcome.DONE), int(Outcome.INFEASIBLE), int(Outcome.UNBOUNDED)
LIMIT, INACCURATE, NOT_CONVEX = int(Outcome.LIMIT), int(Outcome.INACCURATE), int(Outcome.NOT_CONVEX)
CROSSED, NOT_CONVERGED, CYCLE = int(Outcome.CROSSED), int(Outcome.NOT_CONVERGED), int(Outcome.CYCLE)

INF = np.inf

ACCEPTED = 1e-9
"""A residual below this part of what the terms of its row or column add up to is rounding: the answer is taken."""
ROUNDS = 4
"""Tries at one vertex, each with tolerances a hundred times smaller and a dictionary made afresh."""

QUIET = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
making = njit(**QUIET)
"""Called by compiled code only: no wrapper to compile, so that warming up stays short."""

BORROWING = {**QUIET, "_nrt": False} if hasattr(DefaultOptions, "_nrt") else QUIET
"""Functions that only borrow arrays: no counting of references, which costs more than the work on few numbers. The
compiler refuses one that makes an array or returns one. Where numba no longer knows the option they count."""
ENTERED = {k: v for k, v in BORROWING.items() if not k.startswith("no_")}
"""The same for a function that is called from Python: with its wrapper."""
kernel = njit(nogil=True, error_model="numpy", cache=writable())
"""Called from Python, and kept on disk."""
inner = njit(**BORROWING)
folded = njit(forceinline=True, **BORROWING)
"""Called in one place with whole records, whose hundreds of numbers would be copied to the stack for a call."""
inlined = njit(inline="always", **BORROWING)
"""Called in one place, and compiled there alone: a function is made ready again within everything that calls it, so a chain of
them would be made ready at each of its links."""
summing = njit(fastmath={"reassoc", "contract", "nsz"}, **BORROWING)
"""Sums whose order the compiler may choose, which lets it use vector instructions."""
fused = njit(fastmath={"contract"}, **BORROWING)
"""Where a product may be rounded together with the sum it goes into: half the time where each such sum waits for the last one."""
least = njit(fastmath={"reassoc", "nnan", "nsz"}, **BORROWING)
"""The least of many numbers, none of which is NaN: with vector instructions, too."""


@inner
def at(array, s):
    """Where the numbers of scenario s stand in an array (1|S, k)."""
    return s if array.shape[0] > 1 else 0


@inner
def put(source, target):
    """One array into another of its length (an assignment of slices may make a copy on the way)."""
    for j in range(len(target)):
        target[j] = source[j]


@inner
def dot(left, right):
    """Σ left · right."""
    total = 0.0
    for j in range(len(left)):
        total += left[j] * right[j]
    return total
