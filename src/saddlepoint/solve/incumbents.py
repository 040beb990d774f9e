"""The best answers so far: which scenarios are open, and what an answer to some of them changes.

Whatever settles scenarios (looking, a kernel, a stage) gets those that are open (`Batch.take`) and hands its answers to
`offer`, which judges them and puts the better ones back in their places (`Solution.put`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from threading import Event

import numpy as np

from saddlepoint.algebra.columnar import Coded, Notes
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.held_to_formulas import FormulaJudge
from saddlepoint.solve.judgement import (
    CLAIMS,
    doubt_claims,
    in_doubt,
    may_be_endless,
    normalise_proofs,
    settle,
    that_miss,
    with_whole_prices,
    worse_than,
)
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.farkas import Proof, ray
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.proof.problem_size import is_small
from saddlepoint.solve.proof.residuals import on_finite_sides
from saddlepoint.solve.proof.sizes import far_away
from saddlepoint.solve.route.claims.exact_claims import (
    exactly_infeasible,
    hidden_violation,
    rounding_of,
)
from saddlepoint.solve.route.polishing.refine import (
    moved,
    onto_cones,
    polished,
    refine,
    sharpened,
    without_misses,
)
from saddlepoint.solve.route.stages.attempt import together
from saddlepoint.solve.route.stages.close_sides import Near, proven_apart
from saddlepoint.solve.route.units.walls import has_walls
from saddlepoint.solve.solution import (
    NONE_KEEPS_ALL,
    BoundBy,
    Certificates,
    Method,
    Options,
    Solution,
    Status,
)
from saddlepoint.solve.time_spent import TimeSpent

NearSolve = Callable[[Batch, Options], Solution]
"""`solve`, of a problem whose sides do not give way once more."""

_GIVEN_UP = "nothing was proven in rational arithmetic, which would have taken too long"
_PLANS = (Status.OPTIMAL, Status.FEASIBLE, Status.UNVERIFIED, Status.LIMIT)


@dataclass(slots=True, kw_only=True)
class Incumbents:
    """A Solution in the making: the best answer to every scenario so far, its error, whether it is settled, and whether it is one of a kernel, which
    keeps its rows. gave: scenarios whose limits were made to give way, or of which it is known that some must → whether that is proven."""

    batch: Batch
    options: Options
    best: Solution
    settled: Mask
    keeps: Mask
    worst: Array
    time: TimeSpent
    by: FormulaJudge
    exact: bool
    gives: bool
    given_up: set[int]
    gave: dict[int, bool]
    _walled: bool | None = None

    @classmethod
    def blank(
        cls, batch: Batch, options: Options, formulas: Formulas | None, exact: bool, gives: bool
    ) -> Incumbents:
        size = batch.size
        nothing = Solution.blank(batch.structure, size)
        none = np.zeros(size, np.bool_)
        return cls(
            batch=batch,
            options=options,
            best=nothing,
            settled=none,
            keeps=none.copy(),
            worst=np.full(size, np.inf),
            time=TimeSpent(options.time_limit, np.zeros(size)),
            by=FormulaJudge(options, formulas),
            exact=exact,
            gives=gives,
            given_up=set(),
            gave={},
        )

    def walled(self) -> bool:
        """Whether some scenario has bounds that are walls."""
        if self._walled is None:
            self._walled = has_walls(self.batch)
        return self._walled

    def open(self) -> Index:
        """The scenarios without a verified answer."""
        return np.flatnonzero(~self.settled)

    def uncertified(self) -> Index:
        """The scenarios of which nothing is proven, and which have time left."""
        everyone = np.arange(self.batch.size)
        return np.flatnonzero(~self.best.certificates.verified & ~self.time.is_over(everyone))

    def waiting(self) -> Iterator[tuple[Index, float | None]]:
        """Open scenarios and the seconds they have left: all together at first, or without a limit, else one by one."""
        rows, limit = self.open(), self.time.limit
        if self.options.stop is not None and self.options.stop():
            self.settled[rows] = True
            return
        if limit is None or not self.time.spent.any():
            if len(rows):
                yield rows, limit
            return
        for s in rows:
            left = self.time.left(int(s))
            if left is not None and left > 0:
                yield np.array([s]), left
            else:
                self.settled[s] = True

    def offer(
        self,
        where: Index,
        answers: Solution,
        method: Method,
        *,
        last: bool = False,
        final: bool = True,
        claims: bool = True,
    ) -> None:
        """Check the answers to the scenarios `where`; keep the verified, and the best of the others.

        claims: whether "infeasible" and "unbounded" without proof are worth settling.
        """
        if not len(where):
            return
        batch = self.batch.take(where)
        if (x := moved(batch, answers)) is not None:
            answers = replace(answers, x=x)
        found = self.by.judge(batch, answers, where)
        with bounded(self.time.left_of(where, answers.seconds)):
            if not found.verified.all():
                answers, found = refine(batch, answers, found, where, self.by.judge, thorough=final)
            missed = that_miss(batch, answers, found)
            if len(missed):
                answers, found, missed = without_misses(
                    batch, answers, found, where, missed, self.by.judge, that_miss, briefly=not final
                )
            if self.exact:
                answers, found = sharpened(batch, answers, found, where, self.by.judge)
            if final and batch.structure.is_conic and not batch.structure.is_integer:
                answers, found = onto_cones(batch, answers, found, where, self.by.judge)
        self.time.spent[where] += answers.seconds
        if not final:
            found.verified[missed] = False
            found.verified[in_doubt(batch, answers, found, self.options, self.walled)] = False
            if batch.structure.is_conic:
                found.verified[far_away(batch, answers.x)] = False
            self.keeps[where] = found.verified
        else:
            if batch.structure.is_conic and not batch.structure.is_integer:
                far = found.verified & (answers.status == Status.OPTIMAL) & far_away(batch, answers.x)
                self._settle_hidden(batch, answers, found, where, np.flatnonzero(far), Status.INFEASIBLE)
            elif doubts := in_doubt(batch, answers, found, self.options, self.walled).tolist():
                answers, found = self._settle_doubts(batch, answers, found, where, doubts)
            endless = may_be_endless(batch, answers, found)
            self._settle_hidden(batch, answers, found, where, endless, Status.UNBOUNDED)
            doubted = np.isin(answers.status, CLAIMS) & (found.verified | claims)
            found = self._settle_claims(batch, answers, found, where, doubted, last)
        self._keep(where, answers, found, method)
        accepted = found.verified | self.time.is_over(where)
        if final and self.batch.structure.is_integer:
            timed = (answers.status == Status.LIMIT) & (self.options.time_limit is not None)
            accepted |= timed | np.isin(answers.status, CLAIMS)
        self.settled[where[accepted]] = True
        if last:
            self.settled[where] = True

    def settle_near(
        self,
        scenario: int,
        near: Near | Proof | None,
        options: Options,
        solve: NearSolve,
        *,
        whenever: bool = False,
    ) -> bool:
        """Take the proof that sides must give way by more than a hair, or the answer to the problem near one scenario. whenever: also where nothing proves that all sides must give
        way. False where neither is asked for."""
        if isinstance(near, Proof):
            self.settle_as(scenario, Status.INFEASIBLE, near, Method("highs"))
            return True
        if near is None or not (near.least or whenever):
            return False
        found = solve(near.batch, options)
        if found.certificates.verified[0]:
            self._offer_near(scenario, near, found)
        return True

    def _offer_near(self, scenario: int, near: Near, found: Solution) -> None:
        """Check the answer to the problem near one scenario by its own sides; where all must give way and these fail, by those of that problem."""
        at, method = np.array([scenario]), found.method.values[0]
        if not (near.least and found.status[0] == Status.OPTIMAL):
            self.offer(at, found, method, last=True)
            return
        found = with_whole_prices(near.batch, found)
        own = self.by.judge(self.batch.take(at), found, at)
        if not own.verified[0] and own.rel_prim[0] <= self.options.tolerance:
            own = replace(self.by.judge(near.batch, found, at), rel_prim=own.rel_prim)
        if own.verified[0]:
            refuted = (
                not self.batch.structure.is_integer or self.best.messages.get(scenario) == NONE_KEEPS_ALL
            )
            self.gave[scenario] = refuted
            self._take(at, replace(found, messages=Notes()), own, method)

    def offer_exact(self, scenario: int, answers: Solution, method: Method | None) -> None:
        """The optimum of one scenario that is proven in rational arithmetic, or the ray that it goes on along, in place of what was; without a method the plan held must stand at its
        prices."""
        at = np.array([scenario])
        one, held = self.batch.take(at), self.best.take(at)
        if answers.status[0] == Status.UNBOUNDED:
            if (proof := ray(one, answers.x[0])).holds:
                self.settle_as(scenario, Status.UNBOUNDED, proof, method or held.method.values[0])
            return
        if method is None:
            crossed = self.by.judge(one, replace(answers, x=held.x), at)
            crossed.gap[0] = max(crossed.gap[0], worse_than(one, held.x, answers.x))
            crossed.verified[:] &= crossed.gap <= self.options.tolerance
            if not crossed.verified[0]:
                self.best = self.best.put(at, replace(held, certificates=crossed))
            return
        found = self.by.judge(one, answers, at, proven=True)
        if found.verified[0]:
            self._take(at, answers, found, method)

    def _take(self, at: Index, answers: Solution, found: Certificates, method: Method) -> None:
        """Keep what is certified in place of whatever was."""
        self.worst[at] = np.inf
        self._keep(at, answers, found, method)
        self.settled[at] = True

    def settle_as(self, scenario: int, status: Status, proof: Proof, method: Method) -> None:
        """There is no plan of a scenario, or no finite optimum, as the proof shows."""
        at = np.array([scenario])
        answers, found = self.best.take(at), self.best.certificates.take(at)
        settle(answers, found, 0, status, proof)
        self._take(at, answers, found, method)

    def _settle_doubts(
        self, batch: Batch, answers: Solution, found: Certificates, where: Index, doubts: list[int]
    ) -> tuple[Solution, Certificates]:
        """Plans that may hide that there is none: made exact, or shown to be of a problem without plan."""
        for s in doubts:
            at = np.array([s])
            one = batch.take(at)
            made, spread = polished(one, answers.take(at))
            judged = self.by.judge(one, made, where[at], spread)
            if judged.verified[0] and judged.rel_prim[0] <= rounding_of(batch):
                answers, found = answers.put(at, made), found.put(at, judged)
                continue
            with bounded(self.time.left(int(where[s]))):
                proof = self._apart(one, int(where[s])) or exactly_infeasible(one, self.options.hair)
            if proof is not None:
                settle(answers, found, s, Status.INFEASIBLE, proof)
            elif (
                not (is_small(one) or one.structure.is_integer)
                and (hidden := hidden_violation(one, answers.x[s])) > self.options.tolerance
            ):
                found.rel_prim[s], found.verified[s] = hidden, False
        return answers, found

    def _apart(self, one: Batch, scenario: int) -> Proof | None:
        """The proof that sides are more than a hair apart, from floats."""
        left = self.time.left(scenario)
        if self.options.exact or (left is not None and left <= 0):
            return None
        return proven_apart(one, replace(self.options, time_limit=left))

    def _settle_hidden(
        self,
        batch: Batch,
        answers: Solution,
        found: Certificates,
        where: Index,
        hiding: Index,
        hidden: Status,
    ) -> None:
        """Plans that may hide what `hidden` says of a scenario: where that is proven, it is the answer."""
        for s in hiding.tolist():
            settled = self._disambiguated(batch, s, where)
            if settled is not None and settled[0] is hidden:
                settle(answers, found, s, *settled)

    def _disambiguated(self, batch: Batch, scenario: int, where: Index) -> tuple[Status, Proof] | None:
        """What is proven of one scenario, whose solvers contradict each other; in a thread that can be left."""
        one, left = batch.take(np.array([scenario])), self.time.left(int(where[scenario]))
        if left is not None and left <= 0:
            return None
        options = replace(self.options, time_limit=left)
        with bounded(left) as effort:
            found = together([partial(_disambiguate, one, options)], Event())[0]
        if effort.ended and found is None:
            self.given_up.add(int(where[scenario]))
        return found

    def _settle_claims(
        self, batch: Batch, answers: Solution, found: Certificates, where: Index, claimed: Mask, last: bool
    ) -> Certificates:
        """Prove or refute claims of infeasibility and unboundedness that came without a valid proof; at last also
        whether problems with cones that have no certified answer have a plan."""
        if last and not batch.structure.is_integer and (batch.structure.is_conic or is_small(batch)):
            claimed = claimed | ~found.verified
        for s in np.flatnonzero(claimed):
            if found.verified[s] and answers.status[s] == Status.INFEASIBLE:
                continue
            settled = self._disambiguated(batch, int(s), where)
            if settled is None:
                found.verified[s] = False
                continue
            settle(answers, found, int(s), *settled)
        return found

    def _keep(self, where: Index, answers: Solution, found: Certificates, method: Method) -> None:
        """Replace what is held by what is better: verified first, then the smaller error."""
        error = np.where(found.verified, -1.0, np.nan_to_num(found.worst, nan=1e300))
        better = np.flatnonzero(error < self.worst[where])
        answers = replace(answers, certificates=found, method=Coded.all(len(where), method))
        kept = answers if len(better) == len(where) else answers.take(better)
        self.best = self.best.put(where[better], kept)
        self.worst[where[better]] = error[better]

    def solution(self) -> Solution:
        """The Solution: unverified optima become UNVERIFIED, unproven claims are said to be unproven."""
        best, certificates = self.best, self.best.certificates
        doubtful = np.isin(best.status, (Status.OPTIMAL, Status.FEASIBLE)) & ~certificates.verified
        best.status[doubtful] = Status.UNVERIFIED
        for s in np.flatnonzero(doubtful).tolist():
            best.messages[s] = f"unverified: {self.by.why_not(self.batch, best, s)}"
        doubt_claims(self.batch, best)
        for s in self.given_up:
            if not certificates.verified[s]:
                best.messages[s] = (
                    f"{best.messages.get(s, Status(int(best.status[s])).sentence)}; {_GIVEN_UP}"
                )
        normalise_proofs(self.batch, best)
        answered = np.isin(best.status, _PLANS)
        objective = np.where(answered, self.by.worth(self.batch, best.x), np.nan)
        bound, by = best.bound + self.batch.r[:, 0], best.bound_by
        if self.batch.structure.is_integer:
            self.by.set_integer_gaps(self.batch, best, objective, bound)
        else:
            optimal = best.status == Status.OPTIMAL
            bound = np.where(optimal, objective, np.nan)
            by = np.where(optimal, BoundBy.OWN, BoundBy.NONE).astype(np.int8)
        y = on_finite_sides(best.y, self.batch.l, self.batch.u)
        z = on_finite_sides(best.z, self.batch.lb, self.batch.ub)
        return replace(best, y=y, z=z, objective=objective, bound=bound, bound_by=by)


def _disambiguate(batch: Batch, options: Options) -> tuple[Status, Proof] | None:
    from saddlepoint.solve.route.claims.disambiguate import disambiguate

    return disambiguate(batch, options)
