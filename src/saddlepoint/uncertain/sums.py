"""The quantile of a sum of independent parts of known laws, by convolution on grids that are refined until they agree.

Each part but one is moved to the points of a grid so that its mean stays (second differences of E(X − x)⁺: the error is of
order h²), the grids are convolved, and the last part is kept as it is: P(S ≤ x) = Σ wⱼ·Fₙ(x − jh). Halved grids are extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.uncertain.expected import shortage
from saddlepoint.uncertain.extrapolation import limit_of
from saddlepoint.uncertain.laws import NORMAL
from saddlepoint.uncertain.record import Buffer, Columns

ACCURACY: Final = 1e-9
"""Two extrapolations agree to this before the later one is taken, relative to the level or the scatter, whichever is larger."""
POINTS: Final = 1 << 20
"""The largest grid."""
_COARSEST, _HALVINGS, _LEAST_GRIDS = 16.0, 16, 4
_NEAR: Final = 4
_SMOOTH: Final = ("normal", "student-t", "lognormal")
_FAR_FROM_END: Final = 12.0


class NotReached(Exception):
    """No grid of at most `POINTS` points tells the quantile to `ACCURACY`."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A term factor·X of a sum: X has this law with these parameters (numbers); factor ≠ 0."""

    buffer: Buffer
    columns: Columns
    factor: float

    @property
    def mean(self) -> float:
        return self.factor * float(self.buffer.mean(self.columns))

    @property
    def std(self) -> float:
        assert self.buffer.std is not None
        return abs(self.factor) * float(self.buffer.std(self.columns))

    def level(self, p: float) -> float:
        """The least level that factor·X stays at or below with probability p."""
        own = p if self.factor > 0.0 else 1.0 - p
        return self.factor * float(self.buffer.quantile(self.columns, np.asarray(own)))

    def coverage(self, level: Array) -> Array:
        """P(factor·X ≤ level), of a law without atoms."""
        with np.errstate(all="ignore"):
            own = np.asarray(self.buffer.coverage(self.columns, level / self.factor))
        return own if self.factor > 0.0 else 1.0 - own

    @property
    def anchor(self) -> float:
        """A point of its grid: the end of its support or an atom, else its mean."""
        ends = self.buffer.whole or self.buffer.name not in ("normal", "student-t")
        near = self.buffer.whole or abs(self.mean) < _FAR_FROM_END * self.std
        return 0.0 if ends and near else self.mean

    def weights(self, low: float, high: float, h: float) -> tuple[int, Array]:
        """The first index and the probabilities of the points anchor + k·h over [low, high], what lies beyond at the ends."""
        start, stop = math.floor((low - self.anchor) / h), math.ceil((high - self.anchor) / h)
        stop = max(stop, start + 2)
        points = self.anchor + h * np.arange(start, stop + 1, dtype=np.float64)
        over = abs(self.factor) * shortage(self.buffer, self.columns, points / self.factor)
        slope = np.diff(over) / h
        if self.factor < 0.0:
            slope = slope - 1.0
        return start, np.diff(slope, prepend=-1.0, append=0.0)


def quantile_of_sum(parts: Sequence[Part], p: float) -> float:
    """The least level that Σ factor·X of independent X stays at or below with probability p; NotReached.

    The error is at most 1e-8 of the level or of the standard deviation, whichever is larger.
    """
    fixed = sum(part.mean for part in parts if part.std == 0.0)
    left = _merged([part for part in parts if part.std > 0.0])
    if len(left) < 2:
        return fixed + sum(part.level(p) for part in left)
    if all(part.buffer.whole for part in left):
        return fixed + _of_counts(left, p)
    return fixed + _Convolution.of(left, p).quantile()


def _merged(parts: Sequence[Part]) -> list[Part]:
    """The parts with all Normal ones as one."""
    normal = [part for part in parts if part.buffer.name == "normal"]
    if len(normal) < 2:
        return list(parts)
    mean, std = sum(part.mean for part in normal), math.hypot(*(part.std for part in normal))
    whole = Part(NORMAL, {"mean": np.asarray(mean), "std": np.asarray(std)}, 1.0)
    return [*(part for part in parts if part.buffer.name != "normal"), whole]


@dataclass(frozen=True, slots=True, eq=False)
class _Convolution:
    """A sum to be gridded. ranges: per part what must be told apart; window: where the quantile lies."""

    parts: tuple[Part, ...]
    p: float
    ranges: tuple[tuple[float, float], ...]
    window: tuple[float, float]

    @classmethod
    def of(cls, parts: Sequence[Part], p: float) -> _Convolution:
        """The smoothest, widest part comes last; the window is that of the union bound."""
        order = sorted(parts, key=lambda part: (_smoothness(part), part.std))
        count = len(order)
        low = sum(part.level(p / count) for part in order)
        high = sum(part.level(1.0 - (1.0 - p) / count) for part in order)
        return cls(tuple(order), p, _ranges(order, p, low, high), (low, high))

    @property
    def scale(self) -> float:
        return math.hypot(*(part.std for part in self.parts))

    def quantile(self) -> float:
        """Halved grids until extrapolations agree twice in a row; NotReached."""
        found: list[float] = []
        agreed = 0
        h = self.scale / _COARSEST
        step = common_step([abs(part.factor) for part in self.parts if part.buffer.whole])
        if step is not None:
            h = step * 2.0 ** math.floor(math.log2(h / step))
        for _ in range(_HALVINGS):
            if sum(b - a for a, b in self.ranges) / h > POINTS:
                break
            found.append(self.on_grid(h))
            best, apart = limit_of(found)
            agreed = agreed + 1 if apart <= ACCURACY * max(abs(best), self.scale) else 0
            if len(found) >= _LEAST_GRIDS and agreed >= 2:
                return best
            h *= 0.5
        raise NotReached

    def on_grid(self, h: float) -> float:
        """The quantile with all parts but the last on a grid of this step."""
        start, weights = self._others(h)
        last, origin = self.parts[-1], sum(part.anchor for part in self.parts[:-1])
        first = math.floor((self.window[0] - origin) / h) - 2 * _NEAR
        final = math.ceil((self.window[1] - origin) / h) + 2 * _NEAR
        count = len(weights)
        places = np.arange(first - start - count + 1, final - start + 1, dtype=np.float64)
        table = last.coverage(h * places)
        turned = weights[::-1]

        def short(k: int) -> float:
            return float(turned @ table[k - first : k - first + count]) - self.p

        low, high = first + _NEAR, final - _NEAR
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if short(middle) < 0.0 else (low, middle)
        near = np.array([short(high + t) for t in range(-_NEAR, _NEAR)])
        return origin + h * (high + _crossing(near))

    def _others(self, h: float) -> tuple[int, Array]:
        """First index and weights of the sum of all parts but the last; what cannot come into the window is cut off or lumped."""
        start, weights = 0, np.ones(1)
        origin = 0.0
        for k, part in enumerate(self.parts[:-1]):
            first, own = part.weights(*self.ranges[k], h)
            start, origin = start + first, origin + part.anchor
            weights = _convolved(weights, own)
            rest = self.ranges[k + 1 :]
            most = math.ceil((self.window[1] - sum(a for a, _ in rest) - origin) / h) + 4 * _NEAR + len(rest)
            least = (
                math.floor((self.window[0] - sum(b for _, b in rest) - origin) / h) - 4 * _NEAR - len(rest)
            )
            weights = weights[: max(1, most - start + 1)]
            if 0 < least - start < len(weights):
                lumped = weights[: least - start].sum()
                weights, start = weights[least - start :].copy(), least
                weights[0] += lumped
        return start, weights


def _smoothness(part: Part) -> float:
    """Whole numbers first, then gamma by its shape, then what has no corner."""
    if part.buffer.whole:
        return -1.0
    return 2.0 if part.buffer.name in _SMOOTH else 1.0 - 1.0 / (1.0 + (part.mean / part.std) ** 2)


def _ranges(parts: Sequence[Part], p: float, low: float, high: float) -> tuple[tuple[float, float], ...]:
    """Of each part, the values beyond which it decides alone on which side of the window the sum lies.

    Beyond both ends are 1e-12 of the tail, or two events of the square root of it.
    """
    rare = max(1e-12 * min(p, 1.0 - p), 4e-15)
    less = math.sqrt(rare) / len(parts)
    bottom, top = [part.level(less) for part in parts], [part.level(1.0 - less) for part in parts]
    found: list[tuple[float, float]] = []
    for part, lower, upper in zip(parts, bottom, top, strict=True):
        down = min(lower, low - (sum(top) - upper))
        up = max(upper, high - (sum(bottom) - lower))
        found.append((max(part.level(rare), down), min(part.level(1.0 - rare), up)))
    return tuple(found)


def _convolved(a: Array, b: Array) -> Array:
    """The convolution of two rows of weights."""
    count = len(a) + len(b) - 1
    if min(len(a), len(b)) < 64:
        return np.convolve(a, b)
    size = 1 << (count - 1).bit_length()
    whole: Any = np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size), size)
    return np.asarray(whole[:count], dtype=np.float64)


def _crossing(values: Array) -> float:
    """Where the polynomial through values at −4 … 3 crosses 0 between −1 and 0."""
    places = np.arange(-_NEAR, _NEAR, dtype=np.float64)
    polynomial = np.linalg.solve(np.vander(places), values)
    low, high = -1.0, 0.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(np.polyval(polynomial, middle)) < 0.0 else (low, middle)
    return 0.5 * (low + high)


def _of_counts(parts: Sequence[Part], p: float) -> float:
    """Whole numbers times factors with a common step: the atoms of the sum are points of one grid."""
    step = common_step([abs(part.factor) for part in parts])
    low = sum(part.level(p / len(parts)) for part in parts)
    high = sum(part.level(1.0 - (1.0 - p) / len(parts)) for part in parts)
    ranges = _ranges(parts, p, low, high)
    if step is None or sum(b - a for a, b in ranges) / step > POINTS:
        raise NotReached
    start, weights = 0, np.ones(1)
    for part, (lower, upper) in zip(parts, ranges, strict=True):
        first, own = part.weights(lower, upper, step)
        start, weights = start + first, _convolved(weights, own)
    reached = np.cumsum(weights) >= p - 1e-13
    return step * (start + int(np.argmax(reached)))


def common_step(factors: Sequence[float]) -> float | None:
    """The largest number of which all these are whole multiples (of small ratios); None without one."""
    if not factors:
        return None
    ratios = [Fraction(f / factors[0]).limit_denominator(1000) for f in factors]
    if any(abs(float(r) * factors[0] - f) > 1e-13 * f for r, f in zip(ratios, factors, strict=True)):
        return None
    shared = math.lcm(*(r.denominator for r in ratios))
    return factors[0] * math.gcd(*(int(r * shared) for r in ratios)) / shared
