"""A program in matrices, as people hold it, as a Batch of one scenario."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import UsageError


def batch_of_matrices(
    c: Any,
    A: Any = None,
    l: Any = None,
    u: Any = None,
    lb: Any = None,
    ub: Any = None,
    P: Any = None,
    integer: Any = None,
    constant: float = 0.0,
    maximise: bool = False,
) -> Batch:
    """min (or max) ½xᵀPx + cᵀx + constant over l ≤ Ax ≤ u, lb ≤ x ≤ ub, as a minimisation.

    c: (n,); A: (m, n), dense or scipy.sparse; l, u: (m,) or one number; lb, ub: (n,) or one number, None = no side; P: (n, n) symmetric;
    integer: (n,) truth values. UsageError X140 for shapes that do not fit, X141 for what is no number and sides that cross.
    """
    costs = _vector("c", [] if c is None else c, None, 0.0)
    n = len(costs)
    A_ = _matrix("A", A, None, n)
    m = A_.shape[0]
    P_ = _matrix("P", P, n, n)
    _check_symmetric(P_)
    sign = -1.0 if maximise else 1.0
    pattern_a, values_a = _pattern(A_)
    pattern_p, values_p = _pattern(_upper(P_))
    whole = np.zeros(n, np.bool_) if integer is None else _truths("integer", integer)
    if whole.shape != (n,):
        raise _unfit("integer", whole.shape, f"({n},)")
    none = np.zeros((1, 0))
    return Batch(
        structure=Structure(P=pattern_p, A=pattern_a, F=Pattern.empty(0, n), cones=(), integer=whole),
        size=1,
        P=sign * values_p[None],
        q=sign * costs[None],
        r=sign * _vector("constant", constant, 1, 0.0)[None],
        A=values_a[None],
        l=_vector("l", l, m, -np.inf)[None],
        u=_vector("u", u, m, np.inf)[None],
        lb=_vector("lb", lb, n, -np.inf)[None],
        ub=_vector("ub", ub, n, np.inf)[None],
        F=none,
        g=none,
    )


def _vector(name: str, given: Any, length: int | None, default: float) -> Array:
    if given is None:
        return np.full(length or 0, default)
    try:
        array = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise _no_number(name) from error
    if np.isnan(array).any():
        raise _no_number(name)
    if array.ndim == 0 and length is not None:
        return np.full(length, float(array))
    array = array.ravel() if array.ndim == 2 and 1 in array.shape else array
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise _unfit(name, array.shape, f"({'n' if length is None else length},)")
    if length is None and not np.isfinite(array).all():
        raise _no_number(name)
    return array


def _truths(name: str, given: Any) -> Mask:
    array = np.asarray(given)
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        fix = "Give True or False, or 1 or 0, for each."
        raise UsageError.of("X141", f"{name} holds what is no truth value", fix=fix)
    return array.astype(np.bool_)


def _matrix(name: str, given: Any, rows: int | None, columns: int) -> Any:
    from scipy import sparse

    if given is None:
        return sparse.csc_array((rows or 0, columns))
    try:
        matrix = sparse.csc_array(
            given if sparse.issparse(given) else np.atleast_2d(np.asarray(given, np.float64))
        )
    except (TypeError, ValueError) as error:
        raise _no_number(name) from error
    shape: Any = matrix.shape
    height, width = int(shape[0]), int(shape[1])
    if width != columns or (rows is not None and height != rows):
        raise _unfit(name, (height, width), f"({'m' if rows is None else rows}, {columns})")
    matrix = matrix.astype(np.float64)
    if not np.isfinite(matrix.data).all():
        raise _no_number(name)
    return matrix


def _check_symmetric(P: Any) -> None:
    difference = abs(P - P.T)
    if difference.nnz and difference.max() > 1e-12 * abs(P).max():
        fix = "Give (P + P.T) / 2, which stands for the same function."
        raise UsageError.of("X140", "P is not symmetric", fix=fix)


def _upper(P: Any) -> Any:
    from scipy import sparse

    return sparse.csc_array(sparse.triu(P))


def _pattern(matrix: Any) -> tuple[Pattern, Array]:
    """Pattern and values of a copy without explicit zeros and duplicates."""
    own = matrix.copy()
    own.sum_duplicates()
    own.eliminate_zeros()
    own.sort_indices()
    return Pattern(own.shape, own.indptr.astype(np.int32), own.indices.astype(np.int32)), own.data.astype(
        float
    )


def _unfit(name: str, found: Any, wanted: str) -> UsageError:
    shape = tuple(int(k) for k in found)
    fix = "Check which dimension is which: rows are constraints, columns are decisions."
    return UsageError.of("X140", f"{name} has the shape {shape}, not {wanted}", fix=fix)


def _no_number(name: str) -> UsageError:
    fix = "Give finite numbers; ±inf only where a side is missing."
    return UsageError.of("X141", f"{name} holds what is no number", fix=fix)
