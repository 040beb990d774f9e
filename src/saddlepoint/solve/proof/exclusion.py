"""Does this sum prove that there is no plan? The one place that says so, of any multipliers and by any route.

Rows and bounds added up with multipliers y and z = −Aᵀy leave 0 ≥ gain, the sum of multipliers times sides: with a positive gain there is
no plan (Farkas 1902). Floats leave doubts, and each is named here: what rounding of Aᵀy may have added to the gain (`rounding`), how large
the terms are that it is the sum of (`size`), and what of z points to a bound that does not exist (`stray`). Who asks says by which part of its
terms the gain must exceed 0:
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.algebra.products import transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.residuals import on_finite_sides
from saddlepoint.solve.proof.weak_duality import transposed_product

ROUNDED: Final = 1e-12
"""More than summing may leave: proven of the numbers as they are, for a tree or a kernel whose words go on to a certificate, …"""
HELD: Final = 1e-9
"""… more than what rounding of a solver's vector may make of it: a cut that is to cut something off, or data taken at their word (`exact`), …"""
HAIR: Final = 1e-6
"""… more than a hair, the tolerance of every row: a certificate. Let all sides give way by a part t of themselves, and there is a plan if and only if
no multipliers make more than t of their terms (linear duality), so that whoever has a plan within it, or a proof beyond it, has the last word."""
STRAY: Final = 1e-9
"""Part of the terms of its column by which z may point to a bound that does not exist, and still be rounding (1e-7 with cones)."""
EPSILONS: Final = 4 * float(np.finfo(np.float64).eps)
"""Part of the terms of a sum Aᵀy that it may be off by."""
TINY: Final = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """What sums of S scenarios come to. y, z: multipliers without those of sides that do not exist; gain, rounding, size: (S,) their sum times sides, what
    rounding of z may have added to it, the sum of the sizes of its terms; stray_rows, stray_columns: (S,) the largest of what was left out of y, beside the
    largest of y, and of z, beside its own terms; stray_sum: (S,) the latter of all columns."""

    y: Array
    z: Array
    gain: Array
    rounding: Array
    size: Array
    stray_rows: Array
    stray_columns: Array
    stray_sum: Array

    def exceeds(self, part: float, stray: float = STRAY) -> Mask:
        """(S,) whether there is no plan: the gain is more than `part` of its terms, and nothing more than rounding was left out."""
        left_out = np.maximum(self.stray_rows, self.stray_columns)
        return (self.gain - self.rounding > part * self.size) & (left_out <= stray)

    def out_of_reach(self, times: float, stray: float = 0.0, size: float = 0.0) -> Mask:
        """(S,) whether the sums exclude every plan in which no column without the bound that z points to has terms, at these multipliers, of more than so many times `size`:
        z_j x_j, of terms t_j |x_j|, is no more than |z_j| / t_j of these, and all together would have to make up for the gain.

        stray: what else of such terms may be left, of cones; size: what plans may weigh at these multipliers anyhow, if that is more than the sizes of the gain's terms.
        """
        reach = times * np.maximum(self.size, size)
        return self.gain - self.rounding > (self.stray_sum + stray) * reach


def exclusion(batch: Batch, y: Array, w: Array | None = None) -> Exclusion:
    """The sums that multipliers y (S, m) of rows and w (S, rows of F) of cones make, whose signs are the caller's to look at."""
    s = batch.structure
    clean = on_finite_sides(y, batch.l, batch.u)
    z = -transposed_product(batch, clean)
    terms = transposed_product(replace(batch, A=np.abs(batch.A)), np.abs(clean))
    more = None
    if s.is_conic and w is not None:
        z = z - transposed_times(s.F, batch.F, w)
        terms = terms + transposed_times(s.F, np.abs(batch.F), np.abs(w))
        more = -w * batch.g
    found = weighed(clean, z, terms, (batch.l, batch.u, batch.lb, batch.ub), more)
    largest = np.maximum(np.abs(y).max(axis=1, initial=0.0), TINY)
    return replace(found, stray_rows=np.abs(y - clean).max(axis=1, initial=0.0) / largest)


def weighed(
    y: Array, z: Array, terms: Array, sides: tuple[Array, Array, Array, Array], more: Array | None = None
) -> Exclusion:
    """The same of sums that were made elsewhere. y: (S, m), on sides that exist; z = −Aᵀy: (S, n); terms: (S, n), the sums of the sizes of the terms of z;
    sides: l, u, lb, ub; more: (S, k) further terms of the gain."""
    l, u, lb, ub = sides
    kept = on_finite_sides(z, lb, ub)
    at_rows, at_columns = _met(y, l, u), _met(kept, lb, ub)
    stray = np.abs(z - kept) / np.maximum(terms, TINY)
    worth = [y * at_rows, kept * at_columns, *(() if more is None else (more,))]
    return Exclusion(
        y=y,
        z=kept,
        gain=np.sum([part.sum(axis=1) for part in worth], axis=0),
        rounding=EPSILONS * (terms * np.abs(at_columns)).sum(axis=1),
        size=np.sum([np.abs(part).sum(axis=1) for part in worth], axis=0),
        stray_rows=np.zeros(len(y)),
        stray_columns=stray.max(axis=1, initial=0.0),
        stray_sum=stray.sum(axis=1),
    )


def crossed(low: Array, high: Array, hair: float) -> Mask:
    """Where a lower side lies above the upper one by more than a hair of both; `low > high` for hair 0."""
    above = low > high
    if not above.any():
        return above
    with np.errstate(invalid="ignore"):
        return above & ~(low - high <= hair * (np.abs(low) + np.abs(high)))


def _met(multipliers: Array, low: Array, high: Array) -> Array:
    """Of each multiplier the side that it stands for; 0 where there is none."""
    return np.where(multipliers > 0, low, np.where(multipliers < 0, high, 0.0))
