"""Laws that Normal scores may have in place of the Normal one: what a doubt of a law is set against."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass

KINDS: Final = (
    "their tails are heavier",
    "their tails are lighter",
    "they are skewed to the right of it",
    "they are skewed to the left of it",
    "they have two humps",
)
_HEAVIER, _LIGHTER, _RIGHT, _LEFT, _HUMPS = range(5)
UNIFORM: Final = _LIGHTER
"""The kind of the uniform law, whose likelihood is integrated in closed form and which is not among `rivals`."""

STUDENTS: Final = slice(1, 4)
"""Student-t laws of three degrees of freedom and more among `rivals`."""


class _Law(Protocol):
    def logpdf(self, x: Any, /) -> Any: ...

    def rvs(self, *, size: Any, random_state: Any) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A law up to place and scale; sign: −1 where it is turned round."""

    kind: int
    law: _Law
    sign: float

    def log_density(self, x: Array) -> Array:
        """ln f(x), −∞ outside of what it can have."""
        with np.errstate(all="ignore"):
            return np.asarray(self.law.logpdf(self.sign * x))

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
        """Values of this law."""
        return self.sign * np.asarray(self.law.rvs(size=shape, random_state=rng))


@dataclass(frozen=True, slots=True)
class TwoNormals:
    """A part with N(0, 1), the rest with N(apart, std)."""

    part: float
    apart: float
    std: float

    def logpdf(self, x: Array) -> Array:
        """ln f(x)."""
        from scipy.stats import norm

        first, rest = norm.logpdf(x), norm.logpdf(x, self.apart, self.std)
        return np.logaddexp(np.log(self.part) + first, np.log1p(-self.part) + rest)

    def rvs(self, *, size: Any, random_state: np.random.Generator) -> Array:
        """Values of this law."""
        here = random_state.random(size) < self.part
        return np.where(here, random_state.normal(size=size), random_state.normal(self.apart, self.std, size))


@lru_cache(maxsize=1)
def rivals() -> tuple[Rival, ...]:
    """Student-t, exponential powers, betas, gammas and lognormals to both sides, two Normals together.

    What it does not have is for judging it: Weibull, logistic, triangles, Gumbel, inverse Gaussian, skew-normal.
    """
    from scipy import stats

    heavier: list[Any] = [
        *(stats.t(d) for d in (2.0, 3.0, 5.0, 10.0)),
        *(stats.gennorm(b) for b in (0.7, 1.0, 1.4)),
    ]
    lighter: list[Any] = [stats.gennorm(4.0), stats.beta(0.5, 0.5), stats.beta(2.0, 2.0)]
    skewed: list[Any] = [
        *(stats.gamma(k) for k in (0.5, 1.0, 2.0, 4.0, 10.0, 30.0)),
        *(stats.lognorm(s) for s in (0.5, 0.8, 1.2)),
    ]
    even: list[Any] = [TwoNormals(0.5, 3.0, 1.0), TwoNormals(0.5, 5.0, 1.0)]
    uneven: list[Any] = [
        TwoNormals(0.7, 3.0, 1.0),
        TwoNormals(0.7, 4.0, 1.0),
        TwoNormals(0.85, 5.0, 1.0),
        TwoNormals(0.7, 5.0, 2.0),
        TwoNormals(0.6, 8.0, 1.5),
    ]
    both = ((_HEAVIER, heavier), (_LIGHTER, lighter), (_RIGHT, skewed), (_HUMPS, [*even, *uneven]))
    turned = ((_LEFT, skewed), (_HUMPS, uneven))
    return (
        *(Rival(kind=kind, law=law, sign=1.0) for kind, laws in both for law in laws),
        *(Rival(kind=kind, law=law, sign=-1.0) for kind, laws in turned for law in laws),
    )
