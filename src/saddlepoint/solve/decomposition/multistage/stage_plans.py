"""Many problems of one stage at once, in the batch kernel; what it leaves goes to `solve`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import NoCut, pilot_basis, without_plan
from saddlepoint.solve.decomposition.multistage.stage_form import StageForm
from saddlepoint.solve.kernels import simplex
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlans:
    """y: (N, n + θ) plans; multipliers: (N, rows), reduced: (N, n + θ) of rows and bounds; none: (N,) whether the multipliers
    prove that there is no plan; unknown: (N,) where there is neither a plan nor a proof of none, words: what is said of the first
    of these."""

    y: Array
    multipliers: Array
    reduced: Array
    none: Mask
    unknown: Mask
    words: str = ""

    @property
    def lacking(self) -> Mask:
        """(N,) which problems have no plan that is known."""
        return self.none | self.unknown

    def check_known(self) -> None:
        """NoCut where there is neither a plan nor a proof of none."""
        if self.unknown.any():
            raise NoCut(self.words)

    def check_planned(self) -> None:
        """NoCut where a problem has no plan."""
        self.check_known()
        if self.none.any():
            raise NoCut("a stage has no plan at a state that the policy comes to")


def stage_plans(form: StageForm, x: Array, which: Index, options: Options) -> StagePlans:
    """The problems of a stage at x (N, n_in) in outcomes `which` (N,). As for `plans_of`."""
    return plans_of(form.batch(x, which), options)


def plans_of(batch: Batch, options: Options) -> StagePlans:
    """Plans and multipliers of problems of one pattern."""
    basis = pilot_basis(batch)
    size = batch.size
    y, z = np.zeros((2, size, batch.structure.n))
    prices = np.zeros((size, batch.structure.m))
    none, left = np.zeros(size, bool), np.arange(size)
    if basis is not None:
        answer = simplex.solve(batch, basis)
        none = without_plan(batch, answer)
        known = answer.done | none
        y[answer.done], z[answer.done], prices[known] = (
            answer.x[answer.done],
            answer.z[answer.done],
            answer.y[known],
        )
        left = np.flatnonzero(~known)
    found = StagePlans(y=y, multipliers=prices, reduced=z, none=none, unknown=np.zeros(size, bool))
    return _solved(batch, left, options, found) if len(left) else found


def _solved(batch: Batch, left: Index, options: Options, out: StagePlans) -> StagePlans:
    found = solve(batch.take(left), options)
    out.none[left] = found.status == Status.INFEASIBLE
    out.unknown[left] = ~(out.none[left] | found.answered)
    out.y[left], out.multipliers[left], out.reduced[left] = map(np.nan_to_num, (found.x, found.y, found.z))
    if not out.unknown.any():
        return out
    word = Status(int(found.status[np.flatnonzero(out.unknown[left])[0]])).word
    return replace(out, words=f"a stage is {word} at a state that was tried")
