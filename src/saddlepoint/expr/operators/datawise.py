"""Operators of data alone: they are evaluated before the compiler sees them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Array, Index
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import ONE, Facts, Side, nonneg_sign
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions
from saddlepoint.expr.operators.linear import MATRIX


class ValueProblem(Exception):
    """Data on which an operator has no value; `value` adds the place."""

    code: ClassVar[str] = "E301"

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.message, self.fix = message, fix


def _square_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    fact = facts[0]
    if fact.rows.length != fact.cols.length:
        raise shapes.ShapeMismatch(
            f"a square matrix is needed, not {fact}", "Check which sets stand on rows and cols."
        )
    return fact.sized(fact.cols, fact.rows)


def _minv_value(args: Arrays, options: OperatorOptions) -> Array:
    try:
        result: Array = np.asarray(np.linalg.inv(args[0]), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise ValueProblem(
            "the matrix is singular: it has no inverse", "Look for equal or zero rows."
        ) from None
    if not np.isfinite(result).all():
        raise ValueProblem("the matrix is singular to working precision", "Look for nearly equal rows.")
    return result


def whole(array: Array, what: str) -> int:
    """The one whole number that an argument must be in every scenario."""
    value = float(array.reshape(-1)[0])
    if not (array == value).all() or not value.is_integer():
        raise ValueProblem(
            f"{what} must be one whole number, the same in every scenario", "Check the table's values."
        )
    return int(value)


def _length_square(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    """A square matrix over the set whose length the first argument is."""
    fact = facts[0]
    if not fact.is_scalar or not fact.rows.axes:
        raise shapes.ShapeMismatch(
            f"the first argument must be the length of a set (a constant set_length), not {fact}",
            "Declare a constant with value: set_length over that set.",
        )
    side = Side(len(fact.rows.axes[0]), fact.rows.axes)
    return shapes.join(facts, side, side)


def _shift_target(args: Arrays) -> Index:
    """For each item its place after the shift, outside 0 … n − 1 where it falls off; shape (…, n)."""
    n = whole(args[0], "the length")
    steps = np.rint(args[1].reshape(*args[1].shape[:-2], -1)).astype(np.int64)
    if not (steps == args[1].reshape(steps.shape)).all() or steps.shape[-1] not in (1, n):
        raise ValueProblem(
            "shift needs one whole number of places, or one per item", "Check the table's values."
        )
    return np.arange(n) + np.broadcast_to(steps, (*steps.shape[:-1], n))


def _shift_terms(args: Arrays, options: OperatorOptions) -> Terms:
    target = _shift_target(args)[0]
    n = target.shape[-1]
    item, source = np.divmod(np.arange(target.size), n)
    place = target.reshape(-1)
    kept = (place >= 0) & (place < n)
    row = ((item * n + place) * n + source)[kept]
    return Terms((*target.shape, n), row, np.full(len(row), -1, np.int64), np.ones(len(row)))


def _shift_value(args: Arrays, options: OperatorOptions) -> Array:
    target = _shift_target(args)
    source = np.arange(target.shape[-1])
    return ((target[..., None, :] == source[:, None]) & (target[..., None, :] >= 0)).astype(float)


def _annuity_value(args: Arrays, options: OperatorOptions) -> Array:
    n = whole(args[0], "the number of periods")
    life = np.trunc(args[1][..., :1, :1])
    rate = args[2].reshape(*args[2].shape[:-2], 1, -1) if len(args) > 2 else np.zeros((1, 1, n))
    if rate.shape[-1] not in (1, n):
        raise ValueProblem(
            f"the interest rate needs one value or {n}, not {rate.shape[-1]}", "Check its set."
        )
    with np.errstate(all="ignore"):
        grown = (1.0 + rate) ** life
        factor = np.where(rate == 0.0, 1.0 / life, rate * grown / (grown - 1.0))
    age = np.arange(n)[:, None] - np.arange(n)
    return np.where((age >= 0) & (age < life), factor, 0.0)


LONGEST_SCALE = 1e6
"""Periods beyond which no density is laid out."""


def _weib_shape(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    fact = facts[2]
    side = fact.rows if fact.rows.length >= fact.cols.length else fact.cols
    if min(fact.rows.length, fact.cols.length) != 1:
        raise shapes.ShapeMismatch(
            "the range of weib is a vector, not a matrix", "Give one row or one column."
        )
    if options[0] not in (1, 2):
        raise shapes.ShapeMismatch("weib gives a vector (dimensions 1) or a matrix (2)", "Write 1 or 2.")
    return shapes.join(facts, side, ONE if options[0] == 1 else side)


def _weib_value(args: Arrays, options: OperatorOptions) -> Array:
    scale, shape = args[0][..., :1, :1], args[1][..., :1, :1]
    n = args[2].shape[-1] * args[2].shape[-2]
    if (scale <= 0).any() or (shape <= 0).any():
        raise ValueProblem("scale and shape of a Weibull distribution must be positive", "Check both tables.")
    if not (scale <= LONGEST_SCALE).all():
        raise ValueProblem(
            f"the scale of a Weibull distribution is at most {LONGEST_SCALE:g} periods", "Check its table."
        )
    length = max(n, int(scale.max()) * 2)
    age = np.arange(1, length + 1, dtype=float)[:, None]
    density = shape / scale * (age / scale) ** (shape - 1) * np.exp(-((age / scale) ** shape))
    within = age <= np.maximum(n, np.trunc(scale) * 2)
    density = np.round(np.where(within, density, 0.0), int(options[1] or 0))
    total = density.sum(axis=-2, keepdims=True)
    if (total == 0).any():
        raise ValueProblem(
            "every rounded Weibull density is zero", "Give more decimals as the last argument."
        )
    vector = (density / total)[..., :n, :]
    if options[0] == 1:
        return vector
    age_of = np.arange(n)[:, None] - np.arange(n)
    return np.where(age_of >= 0, vector[..., np.maximum(age_of, 0), 0], 0.0)


def root_of(matrix: Array, what: str, unsymmetric: str, indefinite: str) -> Array:
    """R with RᵀR = matrix, in whatever units its rows and columns are; ValueProblem says what the matrix is, and what to do where it has none."""
    symmetric = (matrix + np.swapaxes(matrix, -1, -2)) / 2
    if not np.allclose(matrix, symmetric, rtol=1e-9, atol=0):
        raise ValueProblem(f"the {what} is not symmetric", unsymmetric)
    units = _units(symmetric)
    across, down = units[..., None, :], units[..., :, None]
    values, vectors = np.linalg.eigh(symmetric / across / down)
    floor = 1e-9 * np.abs(values).max(axis=-1, keepdims=True)
    if (values < -floor).any():
        worst = float(np.linalg.eigvalsh(symmetric).min())
        raise ValueProblem(
            f"the {what} is not positive semidefinite (an eigenvalue is {worst:.6g})", indefinite
        )
    roots = np.sqrt(np.maximum(values, 0.0))[..., None, :]
    return np.swapaxes(vectors * roots, -1, -2) * across


def _units(matrix: Array) -> Array:
    """The powers of 2 in which the diagonal of a symmetric matrix is near one: in them eigenvectors are exact to the last digits of every entry, however
    far the units of rows and columns are apart."""
    size = np.abs(np.diagonal(matrix, axis1=-2, axis2=-1))
    return np.exp2(np.round(0.5 * np.log2(np.where(size > 0, size, 1.0))))


def _root_value(args: Arrays, options: OperatorOptions) -> Array:
    fix = "Give a positive semidefinite matrix: no other gives a convex form."
    return root_of(args[0], "matrix of a quadratic form", "Use (P + tran(P)) / 2.", fix)


MINV = Operator(
    name="minv",
    doc="The inverse of a square matrix of data.",
    shape=_square_shape,
    value=_minv_value,
    nature=Nature.DATA,
    latex=lambda args, options: f"{args[0]}^{{-1}}",
    example="minv(A)",
)
SHIFT = Operator(
    name="shift",
    arity=(2, 2),
    doc="shift(set_length, k): the 0/1 matrix that moves items k places down; k is one number or one per item.",
    shape=_length_square,
    value=_shift_value,
    sparse=_shift_terms,
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=lambda args, options: f"\\operatorname{{shift}}_{{{args[1]}}}",
    example="shift(n, k)",
)
ANNUITY = Operator(
    name="annuity",
    arity=(2, 3),
    doc=(
        "annuity(periods, lifetime[, rate]): column t holds the yearly payment on one unit invested in period t, "
        "for as many periods as it lives; without a rate, 1/lifetime."
    ),
    shape=_length_square,
    value=_annuity_value,
    nature=Nature.DATA,
    example="annuity(n, life, rate)",
)
WEIB = Operator(
    name="weib",
    arity=(3, 3),
    options={"dimensions": 1, "rounding": 2},
    doc=(
        "weib(scale, shape, range, dimensions[, rounding]): the Weibull density over the length of range, rounded and "
        "scaled to sum 1; dimensions 2 rolls it down one row per column."
    ),
    shape=_weib_shape,
    value=_weib_value,
    nature=Nature.DATA,
    sign=nonneg_sign,
    example="weib(scale, shape, years, 1)",
)
ROOT = Operator(
    name="matrix_root",
    doc="R with RᵀR = P for a positive semidefinite matrix of data P.",
    shape=_square_shape,
    value=_root_value,
    nature=Nature.DATA,
    latex=lambda args, options: f"{args[0]}^{{1/2}}",
    example="matrix_root(P)",
)


def _window_value(args: Arrays, options: OperatorOptions) -> Array:
    """Row r has a 1 for each item that r looks at: the one `count` places before or after it, or the last `count` ones."""
    count, (word, cyclic) = args[0], options
    wrong = (count != np.round(count)) | (count < (1 if word == "rolling_sum" else 0))
    if wrong.any():
        least = "1, 2, …" if word == "rolling_sum" else "0, 1, 2, …"
        message = f"the data of {word} must be {least}, and one of them is {count[wrong][0]:g}"
        raise ValueProblem(message, "Round them, or correct the table.")
    n = count.shape[-2]
    back = np.arange(n)[:, None] - np.arange(n)
    back = -back if word == "lead" else back
    if cyclic:
        back = back % n
        count = count % n if word != "rolling_sum" else count
    held = (back >= 0) & (back < count) if word == "rolling_sum" else back == count
    return held.astype(np.float64)


WINDOW = Operator(
    name="window",
    doc="The 0/1 matrix of a shift or of a running sum whose number of items is data.",
    shape=lambda facts, options: facts[0].sized(facts[0].rows, Side(facts[0].rows.length)),
    value=_window_value,
    nature=Nature.DATA,
    sign=nonneg_sign,
    latex=lambda args, options: f"W({args[0]})",
)
"""It stands in words along sets only."""

PROD = Operator(
    name="prod",
    doc="The product of all entries, of data only.",
    shape=shapes.scalar,
    value=lambda args, options: args[0].prod(axis=MATRIX, keepdims=True),
    nature=Nature.DATA,
    latex=lambda args, options: f"\\prod {args[0]}",
)
"""It is a word along sets only."""

DATAWISE = (MINV, SHIFT, ANNUITY, WEIB, ROOT)
