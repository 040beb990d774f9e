"""The verbs that solve many times to find something out."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from saddlepoint.declare import Spec
from saddlepoint.errors import StudyError
from saddlepoint.lab.solving import Solving
from saddlepoint.labels import Table
from saddlepoint.model.fetch import Fetched, fetch
from saddlepoint.store import Store
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.running.arguments import SolveArguments
from saddlepoint.study.running.request import make_request
from saddlepoint.study.scenarios.expand import as_given

if TYPE_CHECKING:
    from saddlepoint.solve.decomposition.multistage.solve_policy import PolicyRoute
    from saddlepoint.study.adapting import AdaptingValue
    from saddlepoint.study.coupling.joint import JointBound
    from saddlepoint.study.diagnosis.diagnose import Diagnosis
    from saddlepoint.study.diagnosis.reasons import Reasons
    from saddlepoint.study.diagnosis.regimes import Regimes
    from saddlepoint.study.diagnosis.vary import Curves
    from saddlepoint.study.frontier.trace import Frontier
    from saddlepoint.study.outcomes import WeighedOutcomes
    from saddlepoint.study.policies import Policy
    from saddlepoint.study.results.result import Result
    from saddlepoint.study.running.plan import Plan
    from saddlepoint.study.sensitivity.analyse import Question, Sensitivity
    from saddlepoint.study.sensitivity.design import Analysis


class Studying(Solving):
    """A model that is asked why, and what if."""

    def _told(self, **arguments: Unpack[SolveArguments]) -> Plan:
        """The plan of a run on the inputs at hand, its warnings told as `solve` tells them."""
        planned = self.plan(self._current(), **arguments)
        self._said(planned)
        return planned

    def _searching(self, arguments: SolveArguments) -> SolveArguments:
        """Arguments with which problems that multiply decisions are solved, too, where the model has some: by the search that proves."""
        if any(p.products for p in self.model.problems) and (arguments.get("starts") or 1) < 2:
            return {**arguments, "starts": 2}
        return arguments

    def adapting(self, **arguments: Unpack[SolveArguments]) -> Sequence[AdaptingValue]:
        """What decisions gain by reacting to what is seen, for each problem in which some do; arguments: as in `solve`.

        StudyError K780 where none does, and what `solve` raises.
        """
        from saddlepoint.study.adapting import values_of_adapting
        from saddlepoint.study.results.result import solved

        planned = self._told(**arguments)
        return values_of_adapting(planned.model, lambda model: solved(replace(planned, model=model)))

    def frontier(
        self,
        objectives: Sequence[str] = (),
        points: int | None = None,
        problem: str | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Frontier:
        """The trade-off between two objectives: all corners where both are linear, else points at levels of the second.

        objectives: their names (none: the two that the problem has); points: corners at most, or levels; other arguments as
        in `solve`. UsageError X440, X441, and what `solve` raises.
        """
        from saddlepoint.study.frontier.trace import frontier

        return frontier(self._told(**arguments), objectives, points, problem)

    def weigh(self, sample: bool = False, **arguments: Unpack[SolveArguments]) -> tuple[WeighedOutcomes, ...]:
        """What deciding under outcomes costs, in each of them and in expectation, and what knowing them would be worth (EVPI, VSS).

        sample: the outcomes are an independent sample, and how far the decision may be off is estimated; other arguments as in
        `solve`. StudyError K800, K801, and what `solve` raises.
        """
        from saddlepoint.study.outcomes import weigh

        return weigh(self._told(**arguments), sample)

    def policy(
        self,
        paths: int | None = None,
        policy_seed: int = 0,
        route: PolicyRoute | None = None,
        passes: int | None = None,
        worth: bool = False,
        name: str = "",
        note: str = "",
        **arguments: Unpack[SolveArguments],
    ) -> tuple[Policy, ...]:
        """What to decide in every stage once its outcome is known, whatever came before, where outcomes lie along stages: its expected
        amount, a proven bound of the best, means of all decisions and prices.

        paths: histories along which the amount is estimated where they are too many to follow all; policy_seed: of their sample; route:
        "tree" (all histories as one problem) or "cuts" (SDDP), None = by size; passes: of cuts, at most; worth: say what knowing
        the outcomes before (EVPI) and minding them (VSS) is worth; other arguments as in `solve`. Of a folder the inputs are
        loaded and the policy is stored as a run, under `name` if one is
        given (`study.keep_policies`). StudyError K820, K830, K831, StoreError B480, and what `solve` raises.
        """
        from saddlepoint.study.policies import PATHS, PolicyRequest, policies

        asked = PolicyRequest(
            clock=time.perf_counter,
            paths=paths or PATHS,
            seed=policy_seed,
            route=route,
            passes=passes,
            worth=worth,
        )
        if self.folder is None:
            return policies(self._told(**arguments), asked)
        from saddlepoint.study.keep_policies import keep_policies

        begin = time.perf_counter()
        with self._loaded() as (store, loading):
            planned = self.plan(loading.fetched, **arguments)
            self._said(planned)
            own = {
                "paths": paths,
                "policy_seed": policy_seed or None,
                "route": route,
                "passes": passes,
                "worth": worth or None,
            }
            record = self._record(store, {**own, **arguments}, loading.fetched, name=name, note=note)
            found = policies(planned, asked)
            keep_policies(store, planned, found, record, time.perf_counter() - begin)
        return found

    def bound(self, nodes: int | None = None, **arguments: Unpack[SolveArguments]) -> JointBound:
        """The best of the sub-problems of a loop taken together, with a proven bound, beside the fixed point that the loop comes to.

        nodes: boxes looked at for one scenario, at most; arguments: as in `solve` (starts: of the loop). Kept in the store:
        `_bound`, and `_fixed_points` of small models, whose fixed points are found and proven to be all. StudyError K720–K723,
        and what `solve` raises.
        """
        from saddlepoint.solve.bilinear.branch import NODES
        from saddlepoint.store.bound import keep_bound, keep_fixed_points
        from saddlepoint.study.running.joint import joint_bound

        planned = self._told(**{**arguments, "mode": "integrated"})
        found = joint_bound(planned, nodes or NODES)
        if self.folder is not None:
            with self.store() as store:
                keep_bound(store, found.scenarios.names, found.rows)
                sizes = {table: numbers.shape[1] for table, numbers in found.tables.items()}
                keep_fixed_points(store, found.scenarios.names, found.point_rows, sizes)
        return found

    def sensitivity(
        self,
        method: Analysis = "morris",
        samples: int = 100,
        vary: Mapping[str, float | tuple[float, float]] | None = None,
        spread: float = 0.1,
        group: str | None = None,
        measures: Sequence[str] = (),
        design_seed: int = 0,
        progress: Progress | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Sensitivity:
        """Which inputs drive the objective and the variables named in `measures`: indices of Morris, Sobol, delta or RBD-FAST.

        vary: input table → relative half width of its cells, or their least and largest number; spread: that of tables that say
        `uncertainty_enabled`; group: "table" or a set: one factor for each table or item. Other arguments as in `solve`. Kept in
        the store: `_sensitivity`, and the
        numbers of the runs, from which the same call goes on. UsageError X131, X464–X469, X880, and what `solve` raises.
        """
        from saddlepoint.study.sensitivity.analyse import Question
        from saddlepoint.study.sensitivity.resumable import analysed

        design = Question(method=method, samples=samples, seed=design_seed)
        asked = replace(design, spread=vary or {}, every=spread, group=group, measures=tuple(measures))
        request = make_request(arguments)
        with nullcontext() if self.folder is None else self.store() as store:
            given, fetched = self._uncertain(asked, store)
            items, make, settings = self.items.items, self._resolved, self._settings_hash
            return analysed(given, items, fetched, make, asked, request, store, settings, progress)

    def _uncertain(self, asked: Question, store: Store | None) -> tuple[Spec, Fetched]:
        """The settings, and inputs of a model in which uncertain tables may be used plainly."""
        from saddlepoint.model.at_rest import inputs_at_rest
        from saddlepoint.study.sensitivity.factors import uncertain_tables, without_spread

        spec = self.settings.spec
        free = without_spread(spec, uncertain_tables(spec, asked.spread or {}))
        model = as_given(self._resolved(free, self.items.items), spec)
        if self.source == "database" and store is not None:
            return spec, inputs_at_rest(model, store)
        return spec, fetch(model, self._sheets(model))

    def diagnose(
        self,
        protect: Collection[str] = (),
        only: Collection[str] = (),
        weights: Mapping[str, float] | None = None,
        most: int | None = None,
        patience: float | None = None,
        **arguments: Unpack[SolveArguments],
    ) -> Diagnosis:
        """Why scenarios have no plan or no finite optimum, and the least changes of data that help, each verified.

        protect, only: tables that may not, or alone may, be changed; weights: table → how dear its change is; most: scenarios to look into;
        patience: seconds for repairs; arguments: as in `solve`. StudyError K500, K501, and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.diagnose import MOST, diagnose
        from saddlepoint.study.diagnosis.repair import RepairWishes

        wishes = RepairWishes(protected=protect, only=only, weights=weights or {})
        result = self.solve(**self._searching(arguments))
        return diagnose(result, time.perf_counter, wishes, most or MOST, patience)

    def ranges(self, **arguments: Unpack[SolveArguments]) -> Mapping[str, Table]:
        """How far every price and every plan of linear problems holds: `range_price_<constraint>`, `range_cost_<table>`; with
        `input_ranges=True` how far every number of the inputs may move, too: `range_input_<table>`.

        `run(ranges=True)` stores the same beside the results. Arguments: as in `solve`. StudyError K740 where no problem is linear, K907,
        and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.input_ranges import result_input_ranges
        from saddlepoint.study.results.range_tables import check_ranges

        found = self.solve(**self._searching({**arguments, "ranges": True}))
        check_ranges(found.ranges)
        cells = result_input_ranges(found) if found.plan.request.input_ranges else {}
        return {**found.range_tables, **cells}

    def regimes(self, **arguments: Unpack[SolveArguments]) -> tuple[Regimes, ...]:
        """The scenarios of linear problems by optimal basis: what binds, at which prices, and the plan as a formula in the data that vary.

        Arguments: as in `solve`. StudyError K741 where no problem is linear, and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.regimes import regimes

        return regimes(self.solve(**self._searching(arguments)))

    def why(
        self,
        first: str,
        second: str,
        runs: tuple[str | int, str | int] = ("", ""),
        cells: bool = False,
        **arguments: Unpack[SolveArguments],
    ) -> tuple[Reasons, ...]:
        """Which differences of the data move the optimum from one scenario, or kept run, to another, problem by problem.

        first, second: labels of a scenario ("" = the only one); runs: the kept runs whose data are meant ("" = the data as they are);
        cells: split by cells in place of tables. Arguments: as in `solve`. StudyError K901, K902, StoreError B481, and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.reasons import reasons

        results = {run: self._solved_as_of(run, self._searching(arguments)) for run in dict.fromkeys(runs)}
        return reasons(results[runs[0]], results[runs[1]], (first, second), cells)

    def _solved_as_of(self, run: str | int, arguments: SolveArguments) -> Result:
        """The answers with the data as they are, or as a kept run read them."""
        from saddlepoint.model.load import stored_inputs
        from saddlepoint.study.results.result import solved

        if run == "":
            return self.solve(**arguments)
        with self.store(run=run) as store:
            fetched = stored_inputs(self.model, store)
        if fetched is None:
            why = "Its tables are not those of the model as it is now."
            raise StudyError.of("K901", f"the kept run {run!r} has no data for this model", why=why)
        return solved(self.plan(fetched, **arguments))

    def vary(
        self,
        datum: str,
        low: float,
        high: float,
        most: int | None = None,
        factor: bool = False,
        of: Sequence[str] = (),
        **arguments: Unpack[SolveArguments],
    ) -> Curves:
        """The exact curves of the optimum over one datum, `table[label, …]`, or several that move together, for the scenarios that read it.

        Several: `demand[*]`, `2 * cost[a] - cost[b]`; then low and high are added to the numbers as they are, or multiply them (factor).
        of: decided tables and `price_<constraint>` to be traced too. most: scenarios of each problem (50), the others are counted
        in `left_out`;
        arguments: as in `solve`. StudyError K502, K503, K504, K900, and what `solve` raises.
        """
        from saddlepoint.study.diagnosis.vary import MOST_CURVES, vary

        return vary(
            self.solve(**self._searching(arguments)),
            datum,
            low,
            high,
            most or MOST_CURVES,
            factor=factor,
            of=of,
        )
