"""Square sparse systems of rationals, solved exactly: a float factor, exact residuals, rationals from their digits; small ones that floats take for singular by elimination.

Source: Wan, An algorithm to solve integer linear systems exactly using numerical methods, J. Symb. Comp. 41 (2006); Gleixner,
Steffy, Wolter, Iterative refinement for linear programming, INFORMS J. Comput. 28 (2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from saddlepoint.records import dataclass
from saddlepoint.solve.proof.effort import TooLong, spend
from saddlepoint.solve.proof.elimination import MOST, eliminated

PER_STEP: Final = 40
"""Bits of a correction that are kept; as many are gained as the float factor is right to."""
NOISE: Final = 20
"""Last bits that may be wrong when rationals are made of the digits."""
MOST_BITS: Final = 200_000
"""Digits beyond which a system is given up."""


@dataclass(frozen=True, slots=True)
class Quotients:
    """Rationals with one positive denominator: values[k] / denominator."""

    values: list[Any]
    denominator: Any

    def __getitem__(self, k: int) -> Fraction:
        return Fraction(int(self.values[k]), int(self.denominator))

    def floats(self) -> list[float]:
        """The nearest floats."""
        d = int(self.denominator)
        return [int(v) / d for v in self.values]


def whole_type() -> Any:
    """flint's integers where python-flint is installed, else Python's, which are slower beyond some hundred digits."""
    try:
        from flint import fmpz  # pyright: ignore[reportMissingImports]
    except ImportError:
        return int
    return fmpz


def rational_type() -> Any:
    """Fraction → number: flint's rationals where python-flint is installed, else Fractions themselves."""
    try:
        from flint import fmpq  # pyright: ignore[reportMissingImports]
    except ImportError:
        return Fraction
    return lambda value: fmpq(value.numerator, value.denominator)


class Factorisation:
    """A square matrix of rationals, by columns, with a float factor; `solve` and `solve_transposed` are exact.

    columns: for every column its (row, value). ArithmeticError where it is singular, of more than MOST rows already where it is so in floats.
    """

    def __init__(self, columns: Sequence[Iterable[tuple[int, Fraction]]], size: int) -> None:
        self._size, self._whole = size, whole_type()
        cells = [(i, j, v) for j, column in enumerate(columns) for i, v in column if v]
        self._scale = [1] * size
        for i, _, v in cells:
            self._scale[i] = math.lcm(self._scale[i], v.denominator)
        whole = [(i, j, self._whole(int(v * self._scale[i]))) for i, j, v in cells]
        rows, cols = _exponents(whole, size)
        self._lu = _float_factor(whole, rows, cols)
        self._ways = {
            False: _Way(
                [(j, i, v << (max(cols, default=0) - cols[j])) for i, j, v in whole], cols, rows, "N"
            ),
            True: _Way([(i, j, v << (max(rows, default=0) - rows[i])) for i, j, v in whole], rows, cols, "T"),
        }

    def solve(self, b: Sequence[Fraction]) -> Quotients:
        """x with Bx = b; ArithmeticError where B is singular, or large and floats are of no help."""
        return self._solved([v * s for v, s in zip(b, self._scale, strict=True)], self._ways[False])

    def solve_transposed(self, c: Sequence[Fraction]) -> Quotients:
        """y with Bᵀy = c; ArithmeticError where B is singular, or large and floats are of no help."""
        found = self._solved(list(c), self._ways[True])
        values = [v * self._whole(s) for v, s in zip(found.values, self._scale, strict=True)]
        return Quotients(values, found.denominator)

    def _solved(self, right: list[Fraction], way: _Way) -> Quotients:
        common = math.lcm(*(v.denominator for v in right)) if right else 1
        target = [self._whole(int(v * common)) for v in right]
        try:
            return self._refine(target, common, way)
        except TooLong:
            raise
        except ArithmeticError:
            if self._size > MOST:
                raise
        values, denominator = eliminated(way.cells, target)
        return way.unscaled(values, denominator * self._whole(common))

    def _refine(self, target: list[Any], common: int, way: _Way) -> Quotients:
        """Digits of the solution until the rationals made of them solve the system, whose right side is target / common."""
        if self._lu is None:
            raise ArithmeticError("the basis is singular in floating point")
        whole = self._whole
        rest, total, place, wanted = list(target), [whole(0)] * self._size, 0, 64
        most = min(MOST_BITS, way.most_bits + max((_bits(v) for v in target), default=0))
        while any(rest):
            spend(len(way) * (4 + (place + _bits(rest[0])) // 64))
            step, move = self._correction(rest, way)
            if place and move < 3:
                raise ArithmeticError("the basis is too near to a singular one for floating point")
            power = whole(1) << max(move, 0)
            step = [whole(v << max(-move, 0)) for v in step]
            total = [t * power + s for t, s in zip(total, step, strict=True)]
            place += max(move, 0)
            rest = way.less([v * power for v in rest], step)
            if place >= wanted:
                values, denominator = reconstruct(total, place, whole)
                if values and not any(way.less([v * denominator for v in target], values)):
                    return way.unscaled(values, denominator * whole(common))
                wanted = min(place + max(64, place // 2), most)
            if place > most:
                raise ArithmeticError("the rationals have too many digits")
        return way.unscaled(total, (whole(1) << place) * whole(common))

    def _correction(self, rest: list[Any], way: _Way) -> tuple[list[int], int]:
        """Whole numbers near 2^move times the solution for what is left, and move."""
        down = max(0, max(_bits(v) for v in rest) - 900)
        right = np.array([float(int(v) >> down) for v in rest])
        delta = self._lu.solve(np.ldexp(right, way.into), trans=way.trans)
        size = float(np.abs(delta).max())
        if not np.isfinite(size) or size == 0:
            raise ArithmeticError("the basis is singular in floating point")
        move = PER_STEP - math.frexp(size)[1] - down
        return [round(math.ldexp(v, move + down)) for v in delta.tolist()], move


class _Way:
    """One of the two systems of a factor, its unknowns in units (powers of two) in which they are of one size.

    cells: (unknown, equation, whole number); unknowns, equations: exponents of their units.
    """

    def __init__(
        self, cells: list[tuple[int, int, Any]], unknowns: list[int], equations: list[int], trans: str
    ) -> None:
        self.trans = trans
        self.cells, self._unknowns, self._top = cells, unknowns, max(unknowns, default=0)
        self.most_bits = _most_bits(cells, len(unknowns))
        self.into = np.array([-e - self._top for e in equations], np.int64)

    def __len__(self) -> int:
        return len(self.cells) + len(self._unknowns)

    def less(self, left: list[Any], taken: list[Any]) -> list[Any]:
        """left − matrix · taken."""
        for unknown, equation, v in self.cells:
            left[equation] -= v * taken[unknown]
        return left

    def unscaled(self, values: list[Any], denominator: Any) -> Quotients:
        """The solution in its own units: what solves the scaled system, times 2^(top − exponent)."""
        own = [v << (self._top - e) for v, e in zip(values, self._unknowns, strict=True)]
        return Quotients(own, denominator)


def reconstruct(total: list[Any], place: int, whole: Any) -> tuple[list[Any], Any]:
    """Quotients with one denominator near total / 2^place; an empty list where the digits do not suffice."""
    full = whole(1) << place
    half = full >> 1
    common, most = whole(1), whole(1) << max(1, place // 2 - NOISE)
    for t in total:
        value = t * common
        off = (value + half) % full - half
        if abs(off) <= common << NOISE:
            continue
        more = _denominator(value % full, full, common, most)
        if not more or common * more > most:
            return [], common
        common *= more
    return [(t * common + half) // full for t in total], common


def _denominator(value: Any, full: Any, common: Any, most: Any) -> Any:
    """The first denominator of a continued fraction that leaves no more than noise; 0 if there is none up to most."""
    before, rest = full, value
    past, now = common * 0, common // common
    while rest > (now * common) << NOISE:
        part = before // rest
        before, rest = rest, before - part * rest
        past, now = now, past + part * now
        if now > most:
            return 0
    return now


def _most_bits(cells: list[tuple[int, int, Any]], size: int) -> int:
    """Digits that settle any solution, by Hadamard's bound on the determinant; a singular system goes on beyond them."""
    largest, count = [0] * size, [0] * size
    for unknown, _, v in cells:
        largest[unknown] = max(largest[unknown], _bits(v))
        count[unknown] += 1
    determinant = sum(b + math.log2(max(k, 1)) / 2 for b, k in zip(largest, count, strict=True))
    return 2 * math.ceil(determinant) + 8 * NOISE + 128


def _bits(value: Any) -> int:
    return int(abs(value).bit_length())


def _exponents(cells: list[tuple[int, int, Any]], size: int) -> tuple[list[int], list[int]]:
    """The exponents of rows and columns that make entries about one."""
    rows = np.array([i for i, _, _ in cells], np.int64)
    cols = np.array([j for _, j, _ in cells], np.int64)
    exponent = np.array([_bits(v) for _, _, v in cells], float)
    r, c = np.zeros(size), np.zeros(size)
    for _ in range(4):
        r = np.full(size, -np.inf)
        np.maximum.at(r, rows, exponent - c[cols])
        c = np.full(size, -np.inf)
        np.maximum.at(c, cols, exponent - r[rows])
    if size and not (np.isfinite(r).all() and np.isfinite(c).all()):
        raise ArithmeticError("the basis is singular: a row or column is empty")
    return [int(e) for e in np.round(r)], [int(e) for e in np.round(c)]


def _float_factor(cells: list[tuple[int, int, Any]], rows: list[int], cols: list[int]) -> Any:
    """An LU factor of the matrix, its rows and columns in units of these exponents; None where it is singular."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    size = len(rows)
    data = [_scaled(v, -rows[i] - cols[j]) for i, j, v in cells]
    places = [i for i, _, _ in cells], [j for _, j, _ in cells]
    try:
        return splu(sparse.csc_matrix((data, places), shape=(size, size)))
    except RuntimeError:
        return None


def _scaled(value: Any, exponent: int) -> float:
    number = int(value)
    down = max(0, number.bit_length() - 60)
    return math.ldexp(float(number >> down), exponent + down)
