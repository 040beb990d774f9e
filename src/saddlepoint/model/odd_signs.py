"""Numbers of another sign than all others of their line: told where chance would bring them to one table in a hundred at most.

Normal numbers whose mean is twice their spread are below 0 one time in 44, and nothing is wrong with them. So a sign is told only if

* the number is too far from the others for a Normal law, by its distance from their mean in their spread, which is a Student-t
variable (Grubbs
  1950, Sample criteria for testing outlying observations, Ann. Math. Stat. 21), over all numbers of the table and all ways to
  look at it (Bonferroni);
* or the numbers are of sizes so different that no Normal law has them but a positive one does, a lognormal with one sign changed:
the ratio of
  both likelihoods, freed of the unit by its invariant measure, exceeds 1/α with probability α at most whatever the Normal law (Ville 1939;
  Pérez-Ortiz, Lardy, de Heide and Grünwald 2024, E-statistics, group invariance and anytime-valid testing, Ann. Stat. 52);
* or others of the table are 0 to the last digit, which no number of a law around 0 is: what is never below 0 may stop there.

The rates of the first two add up to 1 % for a table of independent Normal numbers, none of them 0, whatever their mean and spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.model.outlying import ALONE, SIGNS, SIZES

FAR: Final = 0.008
"""False alarms per table by distance from the others, …"""
UNLIKE: Final = 0.002
"""… and by sizes that no Normal law has."""
SPREADS: Final = np.geomspace(0.3, 6.0, 8)
"""Standard deviations of logarithms, equally likely, of the positive laws."""
SHIFTS: Final = np.linspace(0.0, 8.0, 41)
"""Means of the Normal laws in units of their spread."""
STEPS: Final = np.linspace(-8.0, 8.0, 129)
"""Where the integral over the units of Normal laws is evaluated, in its own widths."""


def odd_signs(numbers: Array) -> Mask:
    """Whether a number has another sign than all others of its line while it is of their size, of any shape: nowhere where signs vary."""
    known = np.isfinite(numbers) & (numbers != 0)
    out = np.zeros(numbers.shape, dtype=bool)
    if known.sum() <= ALONE:
        return out
    numbers = numbers / float(np.abs(numbers[known]).max())
    total = float(np.abs(numbers[known]).sum())
    if abs(float(numbers[known].sum())) <= 1e-9 * total:
        return out
    looks = int(known.sum()) * (1 + (numbers.ndim if numbers.ndim > 1 else 0))
    positive = bool((numbers == 0).any())
    for lines, mine in _ways(numbers, known, out):
        odd = _odd(lines)
        if odd.any():
            if not (positive or (len(lines) == 1 and _is_positive_law(lines[lines != 0]))):
                odd = _far(lines, odd, FAR / looks)
            mine |= odd
            return out
    return out


def _ways(numbers: Array, known: Mask, out: Mask) -> Iterator[tuple[Array, Mask]]:
    """The numbers as lines: as one, then along every set (0 = unknown), each with the view of `out` that has its shape."""
    filled = np.where(known, numbers, 0.0)
    yield filled.reshape(1, -1), out.reshape(1, -1)
    for axis in range(numbers.ndim if numbers.ndim > 1 else 0):
        yield np.moveaxis(filled, axis, -1), np.moveaxis(out, axis, -1)


def _odd(lines: Array) -> Mask:
    """Numbers of another sign in lines that have one sign but for them; none where any line holds both signs."""
    up, down = (lines > 0).sum(axis=-1), (lines < 0).sum(axis=-1)
    few = np.minimum(up, down)
    allowed = max(1, int(SIGNS * np.count_nonzero(lines)))
    if not 0 < few.sum() <= allowed or (few * ALONE > np.maximum(up, down)).any():
        return np.zeros(lines.shape, dtype=bool)
    rare = np.where((few > 0) & (up < down), 1, np.where(few > 0, -1, 0))[..., None]
    odd = (np.sign(lines) == rare) & (rare != 0)
    size = np.abs(lines)
    others = np.where(odd | (size == 0), np.nan, size)
    told = (few > 0)[..., None]
    high = np.nanmax(np.where(told, others, 1.0), axis=-1, keepdims=True)
    low = np.nanmin(np.where(told, others, 1.0), axis=-1, keepdims=True)
    return odd & (size <= SIZES * high) & (size * SIZES >= low)


def _far(lines: Array, odd: Mask, level: float) -> Mask:
    """Which of the odd numbers lie so far from all others of their line, in the spread of these, that a Normal law has them so
    with probability `level`."""
    from scipy.special import stdtr

    out = np.zeros(odd.shape, dtype=bool)
    for place in map(tuple, np.argwhere(odd).tolist()):
        line = lines[place[:-1]]
        others = np.delete(line, place[-1])
        others = others[others != 0]
        count, spread = len(others), float(np.std(others, ddof=1))
        away = abs(float(lines[place]) - float(others.mean()))
        out[place] = spread == 0 or stdtr(count - 1, -away / (spread * np.sqrt(1 + 1 / count))) <= level
    return out


def _is_positive_law(values: Array) -> bool:
    """Whether a lognormal law with one sign changed is 1/UNLIKE times as likely as any Normal one; values: (n,), none of them 0."""
    n, logs = len(values), np.log(np.abs(values))
    middle = float(logs.mean())
    squares = float(((logs - middle) ** 2).sum())
    likely = -(n - 1) / 2 * np.log(2 * np.pi * SPREADS**2) - squares / (2 * SPREADS**2)
    positive = _log_mean(likely) - 0.5 * np.log(n) - np.log(2.0 * n)
    return positive - _normal(values / np.exp(middle), n) >= -np.log(UNLIKE)


def _normal(values: Array, n: int) -> float:
    """The logarithm of the largest of ∫ Π φ(v; κs, s) ds/s over κ, the mean of a Normal law in units of its spread s.

    With w = 1/s: (2π)^(−n/2) ∫ w^(n−1) exp(−w²Σv²/2 + κwΣv − nκ²/2) dw, whose logarithm is concave in w.
    """
    square, total = float((values**2).sum()), abs(float(values.sum()))
    shift = SHIFTS[:, None]
    top = (shift * total + np.sqrt((shift * total) ** 2 + 4 * square * (n - 1))) / (2 * square)
    width = 1 / np.sqrt(square + (n - 1) / top**2)
    w = top + width * STEPS
    inside = w > 0
    w = np.where(inside, w, 1.0)
    height = (n - 1) * np.log(w) - w**2 * square / 2 + shift * w * total - n * shift**2 / 2
    height = np.where(inside, height, -np.inf)
    step = np.log(width[:, 0] * (STEPS[1] - STEPS[0]))
    return float(np.max(np.logaddexp.reduce(height, axis=1) + step)) - n / 2 * np.log(2 * np.pi)


def _log_mean(values: Array) -> float:
    return float(np.logaddexp.reduce(values) - np.log(len(values)))
