"""An option that is given is heeded or refused, never passed over in silence: by every solver that is installed here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import get_args

import clarabel
import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.errors import SolveError
from saddlepoint.solve.adapters import isolate
from saddlepoint.solve.adapters.cvxpy_settings import GROUPS, TIME_LIMITS, speaks_of_settings, told
from saddlepoint.solve.adapters.setting_values import values_of
from saddlepoint.solve.interfaces import OfSolvers, SolverRecord
from saddlepoint.solve.route.stages import holding
from saddlepoint.solve.route.stages.choose import choose
from saddlepoint.solve.route.stages.solver_table import is_installed, records
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch, skip_without_licence

INSTALLED = [record for record in records() if is_installed(record)]
OF_CLASS = {
    "LP": make_batch([-1.0, -2.0], [[1.0, 1.0]], u=[1.5], ub=[1.0, 1.0]),
    "QP": make_batch([-1.0, -2.0], [[1.0, 1.0]], u=[1.5], ub=[1.0, 1.0], P=np.eye(2)),
    "MILP": make_batch([-1.0, -2.0], [[1.0, 1.0]], u=[1.5], ub=[1.0, 1.0], integer=[True, True]),
    "MIQP": make_batch([-1.0, -2.0], [[1.0, 1.0]], u=[1.5], ub=[1.0, 1.0], P=np.eye(2), integer=[True, True]),
}


def small(record: SolverRecord) -> Batch:
    return next(batch for kind, batch in OF_CLASS.items() if kind in record.classes)


def apart(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """The time limits of what is solved in processes of their own, from now on."""
    limits: list[float | None] = []
    whole = isolate.solve_isolated

    def counted(adapter: Callable[..., Solution], part: Batch, options: Options) -> Solution:
        limits.append(options.time_limit)
        return whole(adapter, part, options)

    monkeypatch.setattr(isolate, "solve_isolated", counted)
    return limits


@pytest.mark.parametrize("record", INSTALLED, ids=lambda r: r.name)
def test_a_setting_that_a_solver_does_not_have_is_told(record: SolverRecord) -> None:
    skip_without_licence(record.name)
    group = GROUPS.get(record.name.upper())
    for settings in ({"no_such_setting": 7}, *([{group: {"no_such_setting": 7}}] if group else [])):
        with pytest.raises(SolveError) as caught:
            solve(small(record), Options(solver=record.name, settings=settings), table=(record,))
        (found,) = caught.value.diagnostics
        assert found.code == "L106" and found.fix, found
        assert found.message.startswith(f"{record.name} has no setting 'no_such_setting'")


@pytest.mark.parametrize(
    ("solver", "name", "value"),
    [
        ("scs", "max_iters", -5),
        ("scs", "eps_abs", "small"),
        ("osqp", "max_iter", -5),
        ("osqp", "eps_abs", "small"),
        ("scipy", "method", "foo"),
        ("scipy", "scipy_options", 7),
        ("scip", "limits/gap", "x"),
        ("clarabel", "direct_solve_method", "foo"),
        ("cvxpy:CLARABEL", "direct_solve_method", "foo"),
        ("piqp", "eps_abs", -1.0),
        ("clarabel", "max_iter", -3),
        ("clarabel", "max_iter", 10**12),
        ("cvxpy:CLARABEL", "max_iter", -3),
        ("cvxpy:PIQP", "max_iter", -3),
        ("highs", "time_limit", "soon"),
        ("highs", "presolve", "perhaps"),
    ],
)
def test_a_value_that_a_solver_does_not_take_is_named_with_the_solver(
    solver: str, name: str, value: object
) -> None:
    """Also where the solver runs in a process of its own (HiGHS, of quadratic problems), or says no more than a number (OSQP)."""
    pytest.importorskip(
        {"scs": "cvxpy", "osqp": "cvxpy", "scip": "pyscipopt"}.get(
            solver, solver.partition(":")[0].replace("highs", "highspy")
        )
    )
    if solver in ("scipy", "scip"):
        pytest.importorskip("cvxpy")
    of = {"scipy": ("LP", "MILP")[: 1 + (name != "method")], "scip": ("MILP", "MIQP")}
    for batch in map(OF_CLASS.__getitem__, of.get(solver, ("LP", "QP"))):
        with pytest.raises(SolveError) as caught:
            solve(batch, Options(solver=solver, settings={name: value}))
        (found,) = caught.value.diagnostics
        assert found.code == "L107" and found.fix
        assert found.message.startswith(f"{solver} refuses the setting {name} = {value!r}")


@pytest.mark.parametrize(
    ("solver", "name", "value", "why"),
    [
        ("highs", "presolve", "perhaps", 'Value "perhaps" for presolve option is not one of'),
        ("highs", "threads", -1, "Value -1 for option .* is below lower bound of 0"),
        ("highs", "presolve", 3, "Option .presolve. cannot be assigned an int"),
        ("highs", "time_limit", "soon", "it takes a number"),
        ("osqp", "max_iter", -5, "max_iter must be positive"),
        ("osqp", "eps_abs", "x", "it does not take text"),
        ("scip", "limits/gap", -1.0, r"Must be in range \[0,"),
        ("clarabel", "max_iter", -3, "out of range"),
        ("piqp", "max_iter", "x", "it takes a whole number"),
        ("piqp", "max_iter", -3, "invalid settings"),
    ],
)
def test_a_refusal_is_in_the_words_of_the_solver(
    solver: str, name: str, value: object, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """And said once: what a solver prints of it is part of the message."""
    pytest.importorskip({"highs": "highspy", "scip": "pyscipopt"}.get(solver, solver))
    if solver in ("osqp", "scip"):
        pytest.importorskip("cvxpy")
    with pytest.raises(SolveError, match=f"L107.*{solver} refuses the setting {name} = {value!r}: .*{why}"):
        solve(OF_CLASS["MILP" if solver == "scip" else "LP"], Options(solver=solver, settings={name: value}))
    printed = capfd.readouterr()
    assert not printed.out + printed.err


@pytest.mark.parametrize("record", INSTALLED, ids=lambda r: r.name)
def test_settings_are_heard_where_no_solver_is_needed(record: SolverRecord) -> None:
    """Bounds decide such problems; what is said of its settings is what the solver says of a problem that it works on."""
    skip_without_licence(record.name)
    kind = next(kind for kind in OF_CLASS if kind in record.classes)
    needed, asked = OF_CLASS[kind], partial(Options, solver=record.name)
    easy = make_batch(
        [1.0, 1.0], lb=[0.0, 0.0], ub=[1.0, 1.0],
        P=np.eye(2) if "Q" in kind else None, integer=[True, True] if "MI" in kind else None,
    )  # fmt: skip
    assert solve(easy, asked(), table=(record,)).status[0] == Status.OPTIMAL
    told = []
    for batch in (needed, easy):
        with pytest.raises(SolveError, match="L106") as caught:
            solve(batch, asked(settings={"no_such_setting": 7}), table=(record,))
        told.append(str(caught.value))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("solver", "name", "value"),
    [("highs", "threads", "x"), ("clarabel", "max_iter", "x"), ("piqp", "eps_abs", -1.0), ("scipy", "method", "x"), ("osqp", "rho", "x"),
     (None, "threads", "x")],
)  # fmt: skip
def test_values_are_heard_where_no_solver_is_needed(solver: str | None, name: str, value: object) -> None:
    """Of a problem settled by its bounds, and of one that they prove to have no plan."""
    if solver in ("scipy", "osqp"):
        pytest.importorskip("cvxpy")
    pytest.importorskip({"highs": "highspy", None: "highspy"}.get(solver, str(solver)))
    for lower in (0.0, 2.0):
        easy = make_batch([1.0], lb=[lower], ub=[1.0])
        with pytest.raises(SolveError, match=f"L107.*refuses the setting {name} = {value!r}"):
            solve(easy, Options(solver=solver, settings={name: value}))


@pytest.mark.parametrize(
    ("solver", "kind", "name", "value", "takes"),
    [
        ("scipy", "LP", "presolve", "x", "true or false"),
        ("scipy", "MILP", "presolve", "x", "true or false"),
        ("scipy", "LP", "maxiter", -3, "a whole number of at least 0"),
        ("scipy", "LP", "scipy_options", {"time_limit": -1.0}, "a number of at least 0"),
        ("scipy", "LP", "simplex_dual_edge_weight_strategy", "x", "one of dantzig, "),
        ("clarabel", "QP", "tol_feas", -1.0, "a number of at least 0"),
        ("highs", "LP", "time_limit", math.nan, "no NaN"),
        ("clarabel", "QP", "time_limit", True, "a number of at least 0"),
        ("outer", "MIQP", "masters", "many", "a whole number above 0"),
        ("outer", "MIQP", "masters", 0, "a whole number above 0"),
    ],
)
def test_values_that_a_solver_takes_in_silence_are_refused(
    solver: str, kind: str, name: str, value: object, takes: str
) -> None:
    if solver == "scipy":
        pytest.importorskip("cvxpy")
    with pytest.raises(SolveError, match=f"L107.*{solver} refuses the setting .*: it takes {takes}"):
        solve(OF_CLASS[kind], Options(solver=solver, settings={name: value}))


def test_what_a_setting_takes_is_what_its_solver_has() -> None:
    """Every name whose values are looked at is a setting of its solver, and usual values pass."""
    looked_at = {record.name: values_of(record.name) for record in records()}
    assert {"scipy", "clarabel", "cvxpy:CLARABEL", "cvxopt", "glpk", "glpk_mi", "proxqp", "outer"} == {
        name for name, values in looked_at.items() if values
    }
    for record in INSTALLED:
        known = record.known_settings() if record.known_settings is not None else None
        assert known is None or set(looked_at[record.name]) <= known, record.name
    usual = clarabel.DefaultSettings()
    for name, takes in values_of("clarabel").items():
        assert takes.holds(getattr(usual, name)), name
        assert not any(map(takes.holds, ("x", -1.0, True, math.nan, None)))
    assert values_of("scipy")["presolve"].holds(False) and values_of("scipy")["maxiter"].holds(100)


def test_settings_are_not_blamed_for_what_does_not_speak_of_them() -> None:
    given = {"eps_abs": 1e-9, "linear_solver": "qdldl", "more": {"maxiter": 3}}
    of_ours = ValueError("operands could not be broadcast together with shapes (2,) (3,)")
    assert not speaks_of_settings("SCS", of_ours, given)
    for said in (
        "eps_abs must be positive",
        "unknown maxiter",
        "no 'qdldl' here",
        "must be real number, not str",
    ):
        assert speaks_of_settings("SCS", ValueError(said), given)
        assert not speaks_of_settings("SCS", ValueError(said), {})


def test_settings_of_a_group_may_be_given_by_their_own_names() -> None:
    pytest.importorskip("cvxpy")
    for settings in ({"method": "highs-ipm"}, {"scipy_options": {"method": "highs-ipm"}}):
        asked = Options(solver="scipy", settings={**settings, "presolve": False}, time_limit=9.0)
        group = {"method": "highs-ipm", "presolve": False, "time_limit": 9.0}
        assert told("SCIPY", asked) == {"scipy_options": group}
        assert solve(OF_CLASS["LP"], asked).status[0] == Status.OPTIMAL
    asked = Options(settings={"eps": 1e-7, "MSK_IPAR_LOG": 0})
    assert told("MOSEK", asked) == {"eps": 1e-7, "mosek_params": {"MSK_IPAR_LOG": 0}}


@pytest.mark.parametrize("record", INSTALLED, ids=lambda r: r.name)
def test_the_log_is_there_where_it_is_said_to_be(
    record: SolverRecord, capfd: pytest.CaptureFixture[str]
) -> None:
    record.adapter(small(record), Options(verbose=True))
    said = capfd.readouterr()
    assert bool(said.out + said.err) == ("verbose" in record.heeds)


def test_solvers_that_keep_time_can_be_told_it() -> None:
    keep = {
        r.name.removeprefix("cvxpy:").upper()
        for r in records()
        if "time_limit" in r.heeds and r.through_cvxpy
    }
    assert keep == set(TIME_LIMITS)


def test_a_time_limit_joins_the_settings_of_its_group() -> None:
    given = {"scipy_options": {"method": "highs-ipm"}}
    asked = Options(time_limit=3.0, settings=given)
    assert told("SCIPY", asked) == {"scipy_options": {"time_limit": 3.0, "method": "highs-ipm"}}
    told("SCIPY", asked)["scipy_options"].clear()
    assert given == {"scipy_options": {"method": "highs-ipm"}}
    own = Options(time_limit=3.0, settings={"scipy_options": {"time_limit": 9.0}})
    assert told("SCIPY", own)["scipy_options"] == {"time_limit": 9.0}
    with pytest.raises(SolveError, match=r"L107.*the setting method = 'no-such'"):
        solve(OF_CLASS["LP"], Options(solver="scipy:no-such", settings={"scipy_options": {"maxiter": 9}}))
    assert told("OSQP", Options(settings={"eps_abs": 1e-4}))["eps_abs"] == 1e-4


def test_who_keeps_no_time_is_ended_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("piqp")
    monkeypatch.setattr(holding, "SHORT_SIZE", 0)
    limits = apart(monkeypatch)
    quadratic = OF_CLASS["QP"]
    for name in ("clarabel", "piqp"):
        answers = solve(quadratic, Options(solver=name, time_limit=50.0))
        assert answers.status[0] == Status.OPTIMAL
    assert len(limits) == 1 and 49 < (limits[0] or 0) <= 50
    assert solve(quadratic, Options(solver="piqp")).status[0] == Status.OPTIMAL
    assert len(limits) == 1


def test_a_memory_limit_alone_asks_for_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = apart(monkeypatch)
    answers = solve(OF_CLASS["LP"], Options(memory_limit=4000.0), kernels=())
    assert (answers.status[0], limits) == (Status.OPTIMAL, [None])


def test_an_option_that_a_solver_does_not_heed_is_refused_or_passed_over() -> None:
    heedless = [replace(r, heeds=frozenset()) for r in records() if r.name == "highs"]
    rest = [r for r in records() if r.name == "clarabel"]
    linear, loud = OF_CLASS["LP"].structure, Options(verbose=True)
    assert choose(linear, 1, Options(time_limit=1.0, solver="highs"), heedless).name == "highs"
    assert choose(linear, 1, loud, heedless + rest).name == "clarabel"
    for asked, table in ((replace(loud, solver="highs"), heedless + rest), (loud, heedless)):
        with pytest.raises(SolveError, match="highs does not heed the option verbose") as raised:
            choose(linear, 1, asked, table)
        assert [d.code for d in raised.value.diagnostics] == ["L109"]
    assert set(get_args(OfSolvers)) == {"time_limit", "verbose"}
