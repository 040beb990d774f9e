"""Anybody's answer to a program in matrices, judged by our certificate; without an answer, ours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, replace
from fractions import Fraction
from typing import Any

import numpy as np

from saddlepoint.algebra.products import symmetric_times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.errors import SolveError
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.exact import ExactOptimum, NotProven, shown
from saddlepoint.solve.route.claims.exact_claims import rounding_of
from saddlepoint.solve.route.polishing.exactly import check_exact, exact_optimum
from saddlepoint.solve.solution import Certificates, Options, Solution, Status
from saddlepoint.solve.solve import solve

SHOWN = 5
"""Rows and bounds that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A row or bound that a plan breaks: kind is "row", "bound" or "whole number"; relative: to the row's own terms and side."""

    kind: str
    name: str
    value: float
    side: float
    relative: float

    def __str__(self) -> str:
        if self.kind == "whole number":
            return f"{self.name} = {self.value:.9g} is no whole number"
        sign = "<" if self.value < self.side else ">"
        what = (
            f"row {self.name}: {self.value:.9g}" if self.kind == "row" else f"{self.name} = {self.value:.9g}"
        )
        return f"{what} {sign} {self.side:.9g}, off by {abs(self.value - self.side):.3g} ({self.relative:.1e} of its size)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven of a plan, in the user's own sense.

    word: optimal; feasible (no proof that it is best); suboptimal; broken (it breaks rows or bounds); infeasible, unbounded (the
    program, proven); unproven. objective: of the plan; bound: what no plan can beat; gap: |objective − bound| / max(|objective|, 1e-10);
    x (n,), y (m,) prices d(objective)/d(side), z (n,) reduced costs; misses: the worst first; exact: the optimum as a fraction, where it
    was proven in rational arithmetic; gives_way: the part of themselves by which limits must give way for the plan. NaN, empty, None: not known.
    """

    word: str
    _: KW_ONLY
    sentences: tuple[str, ...]
    objective: float = math.nan
    bound: float = math.nan
    gap: float = math.nan
    rel_prim: float = math.nan
    rel_dual: float = math.nan
    unc: float = math.nan
    gives_way: float = math.nan
    misses: tuple[Miss, ...] = ()
    x: Array | None = None
    y: Array | None = None
    z: Array | None = None
    exact: Fraction | None = None

    @property
    def exit_code(self) -> int:
        """0 proven optimal, 3 the program is proven infeasible or unbounded, 4 all else."""
        return {"optimal": 0, "infeasible": 3, "unbounded": 3}.get(self.word, 4)

    def __str__(self) -> str:
        return "\n".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan and, if there are any, its prices, of the minimisation that the batch is."""

    x: Array
    y: Array | None = None
    z: Array | None = None


def judge(
    batch: Batch,
    given: Candidate | None,
    options: Options,
    columns: Sequence[str],
    rows: Sequence[str],
    maximise: bool = False,
) -> Verdict:
    """The verdict on an answer to a batch of one scenario, or on our own where none is given.

    SolveError L101, L102 for numbers and curvature; solver errors only where no plan was given.
    """
    with np.errstate(all="ignore"):
        return _judged(batch, given, options, columns, rows, maximise)


def _judged(
    batch: Batch,
    given: Candidate | None,
    options: Options,
    columns: Sequence[str],
    rows: Sequence[str],
    maximise: bool,
) -> Verdict:
    sign = -1.0 if maximise else 1.0
    if options.exact:
        check_exact(batch)
    if given is None:
        ours = solve(batch, replace(options, exact=False))
        verdict = _of_ours(batch, ours, rows)
        verdict = _exactly(batch, verdict, options, ours, rows) if options.exact else verdict
        if verdict.word in ("infeasible", "unproven"):
            verdict = _beside_rounding(batch, verdict, options, columns, rows)
    else:
        verdict = _of_given(batch, given, options, columns, rows)
    turned = {k: sign * getattr(verdict, k) for k in ("objective", "bound")}
    prices = {k: None if getattr(verdict, k) is None else sign * getattr(verdict, k) for k in ("y", "z")}
    exact = None if verdict.exact is None else Fraction(int(sign)) * verdict.exact
    said = replace(verdict, **turned, **prices, exact=exact)
    return replace(said, sentences=_sentences(said, given is not None, columns))


def rows_broken(
    batch: Batch, x: Array, columns: Sequence[str], rows: Sequence[str], tolerance: float
) -> tuple[Miss, ...]:
    """Every row, bound and integrality that x (n,) breaks by more than the tolerance, relative to its own size.

    A row's size: its largest term and side; a column's: its number and bound, and what its rows could hold of it.
    """
    s = batch.structure
    terms = batch.row("A", 0) * x[s.A.columns()]
    value = np.zeros(s.m, np.longdouble)
    np.add.at(value, s.A.indices, terms.astype(np.longdouble))
    size = np.zeros(s.m)
    np.maximum.at(size, s.A.indices, np.abs(terms))
    for side in (batch.row("l", 0), batch.row("u", 0)):
        size = np.maximum(size, np.where(np.isfinite(side), np.abs(side), 0.0))
    own = np.abs(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        holds = np.where(batch.row("A", 0) != 0, size[s.A.indices] / np.abs(batch.row("A", 0)), 0.0)
    np.maximum.at(own, s.A.columns(), holds)
    found = [
        *_outside("row", value.astype(float), batch.row("l", 0), batch.row("u", 0), size, rows, tolerance),
        *_outside("bound", x, batch.row("lb", 0), batch.row("ub", 0), own, columns, tolerance),
    ]
    off = np.where(s.integer, np.abs(x - np.round(x)), 0.0)
    found += [
        Miss(
            kind="whole number",
            name=columns[j],
            value=float(x[j]),
            side=float(np.round(x[j])),
            relative=float(off[j]),
        )
        for j in np.flatnonzero(off > tolerance).tolist()
    ]
    return tuple(sorted(found, key=lambda m: -m.relative))


def _outside(
    kind: str, value: Array, low: Array, high: Array, size: Array, names: Sequence[str], tolerance: float
) -> list[Miss]:
    side = np.where(value < low, low, high)
    miss = np.maximum(0.0, np.maximum(low - value, value - high))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.maximum(size, np.where(np.isfinite(side), np.abs(side), 0.0))
        relative = np.where(miss > 0, miss / np.where(scale > 0, scale, 1.0), 0.0)
    return [
        Miss(
            kind=kind, name=names[i], value=float(value[i]), side=float(side[i]), relative=float(relative[i])
        )
        for i in np.flatnonzero(relative > tolerance).tolist()
    ]


def plan_value(batch: Batch, x: Array) -> float:
    """The objective of x (n,), summed without cancellation."""
    px = symmetric_times(batch.structure.P, batch.P, x[None])[0]
    return math.fsum(
        [*(x * batch.row("q", 0)).tolist(), *(0.5 * x * px).tolist(), float(batch.row("r", 0)[0])]
    )


def _of_ours(batch: Batch, solution: Solution, rows: Sequence[str]) -> Verdict:
    status, c = Status(int(solution.status[0])), solution.certificates
    proven = bool(c.verified[0])
    numbers = _numbers(c)
    if status is Status.OPTIMAL:
        objective, bound = float(solution.objective[0]), float(solution.bound[0])
        answer = Verdict(
            "optimal",
            sentences=(),
            objective=objective,
            bound=bound,
            gap=_gap(objective, bound),
            gives_way=float(c.gives_way[0]),
            **numbers,
        )
        return replace(answer, x=solution.x[0], y=solution.y[0], z=solution.z[0])
    if status in (Status.INFEASIBLE, Status.UNBOUNDED) and proven:
        return Verdict(
            status.word, sentences=_culprits(solution, rows) if status is Status.INFEASIBLE else ()
        )
    objective = float(solution.objective[0])
    said = (status.sentence, *solution.messages.values())
    if np.isfinite(solution.x[0]).all():
        bound = float(solution.bound[0])
        found = Verdict(
            "unproven",
            sentences=said,
            objective=objective,
            bound=bound,
            gap=_gap(objective, bound),
            **numbers,
        )
        return replace(found, x=solution.x[0])
    return Verdict("unproven", sentences=said)


def _beside_rounding(
    batch: Batch, verdict: Verdict, options: Options, columns: Sequence[str], rows: Sequence[str]
) -> Verdict:
    """The verdict with what it owes to limits of rounding size."""
    from saddlepoint.solve.sides_of_rounding import sides_of_rounding

    text = sides_of_rounding(batch, options, rows.__getitem__, columns.__getitem__)
    said = f"{text[:1].upper()}{text[1:]}"
    return replace(verdict, sentences=(*verdict.sentences, said)) if text else verdict


def _exactly(
    batch: Batch, verdict: Verdict, options: Options, near: Solution, rows: Sequence[str]
) -> Verdict:
    """The verdict with an exact proof, or the word that there is none; a plan within the tolerance only is none of numbers taken at their word."""
    if verdict.word not in ("optimal", "unproven"):
        return verdict
    if verdict.gives_way > 0:
        strict = _of_ours(batch, solve(batch, options), rows)
        why = f"Without `exact` there is a plan within the tolerance, of limits that give way by up to {verdict.gives_way:.1g} of themselves."
        return replace(strict, bound=math.nan, gap=math.nan, sentences=(*strict.sentences, why))
    try:
        proof = exact_optimum(batch, options.time_limit, near)
    except NotProven as error:
        why = f"Not proven exactly: {error}."
        return replace(
            verdict, word="unproven", bound=math.nan, gap=math.nan, sentences=(*verdict.sentences, why)
        )
    return _proven(verdict, proof)


def _proven(verdict: Verdict, proof: ExactOptimum) -> Verdict:
    objective = float(proof.objective)
    pivots = f", {proof.pivots} exact pivots after the float basis" if proof.pivots else ""
    note = f"Proven in rational arithmetic (numbers of up to {proof.digits} digits{pivots})."
    arrays = {k: np.array(getattr(proof, k)) for k in "xyz"}
    found = replace(verdict, word="optimal", sentences=(note,), objective=objective, bound=objective, gap=0.0)
    return replace(found, exact=proof.objective, **arrays)


def _culprits(solution: Solution, rows: Sequence[str]) -> tuple[str, ...]:
    weight = np.abs(np.nan_to_num(solution.y[0]))
    order: list[int] = np.argsort(-weight)[:SHOWN].tolist()
    names = [rows[i] for i in order if weight[i] > 1e-9 * weight.max(initial=0.0)]
    return (f"The rows that exclude each other: {', '.join(names)}.",) if names else ()


def _of_given(
    batch: Batch, given: Candidate, options: Options, columns: Sequence[str], rows: Sequence[str]
) -> Verdict:
    misses = rows_broken(batch, given.x, columns, rows, options.tolerance)
    objective = plan_value(batch, given.x)
    if misses:
        return Verdict("broken", sentences=(), objective=objective, misses=misses, x=given.x)
    near = rows_broken(batch, given.x, columns, rows, rounding_of(batch))
    note = (f"Within the tolerance only: {near[0]}.",) if near else ()
    base = Verdict("feasible", sentences=note, objective=objective, x=given.x)
    if given.y is not None and not batch.structure.is_integer:
        own = _with_prices(batch, given.x, given.y, given.z, options)
        if own.verified[0]:
            note = "Its own prices prove it."
            optimum = replace(
                base,
                word="optimal",
                sentences=(*base.sentences, note),
                bound=objective,
                gap=abs(float(own.gap[0])),
            )
            return replace(optimum, **_numbers(own), y=given.y, z=given.z)
        note = "Its own prices do not prove it."
        base = replace(base, sentences=(*base.sentences, note), **_numbers(own))
    return _beside_ours(batch, base, options)


def _beside_ours(batch: Batch, base: Verdict, options: Options) -> Verdict:
    """A feasible plan beside what we find and prove ourselves."""
    try:
        ours = solve(batch, options)
    except SolveError as error:
        return replace(base, sentences=(*base.sentences, *(f"{d.message}." for d in error.diagnostics)))
    status, proven = Status(int(ours.status[0])), bool(ours.certificates.verified[0])
    bound = float(ours.bound[0])
    if status is Status.UNBOUNDED and proven:
        note = "The program is unbounded: no plan is best."
        return replace(base, word="suboptimal", sentences=(*base.sentences, note), bound=-math.inf)
    if status is not Status.OPTIMAL:
        note = f"Our own attempt to find a better one ended without a proof: {status.sentence}"
        known = replace(base, sentences=(*base.sentences, note))
        return replace(known, bound=bound, gap=_gap(base.objective, bound)) if np.isfinite(bound) else known
    gap = _gap(base.objective, bound)
    found = replace(base, bound=bound, gap=gap, gives_way=float(ours.certificates.gives_way[0]))
    assert base.x is not None
    if not batch.structure.is_integer:
        crossed = _with_prices(batch, base.x, ours.y[0], ours.z[0], options)
        if crossed.verified[0]:
            note = "Our own prices prove it."
            optimum = replace(found, word="optimal", sentences=(*base.sentences, note), **_numbers(crossed))
            return replace(optimum, y=ours.y[0], z=ours.z[0])
    room = max(options.tolerance, float(options.settings.get("mip_rel_gap") or 0.0))
    if abs(base.objective - bound) <= room * max(abs(bound), abs(base.objective), _unit(batch, base.x)):
        note = "It is as good as the optimum that we find and prove ourselves."
        return replace(found, word="optimal", sentences=(*base.sentences, note))
    return replace(found, word="suboptimal")


def _unit(batch: Batch, x: Array) -> float:
    """A thousandth of the largest cost that the plan carries: below, differences are rounding of a cancelled sum."""
    return 1e-3 * float(np.abs(x * batch.row("q", 0)).max(initial=0.0))


def _with_prices(batch: Batch, x: Array, y: Array, z: Array | None, options: Options) -> Certificates:
    s = batch.structure
    costs = np.zeros((1, s.n)) if z is None else z[None]
    if z is None:
        px = symmetric_times(s.P, batch.P, x[None]) if s.is_quadratic else np.zeros((1, s.n))
        costs = batch.q + px - transposed_times(s.A, batch.A, y[None])
    status = np.array([Status.OPTIMAL], np.int8)
    w = np.zeros((1, 0))
    return check_claims(
        batch, x[None], y[None], costs, w, status, tolerance=options.tolerance, hair=options.hair
    )


def _numbers(c: Certificates) -> dict[str, Any]:
    return {k: float(getattr(c, k)[0]) for k in ("rel_prim", "rel_dual", "unc")}


def _gap(objective: float, bound: float) -> float:
    return abs(objective - bound) / max(abs(objective), 1e-10)


_HEADS = {
    "optimal": "Optimal: proven.",
    "feasible": "Feasible: the plan keeps every row and bound; that it is the best is not proven.",
    "suboptimal": "Not optimal: the plan keeps every row and bound, but there are better ones.",
    "broken": "Broken: the plan is outside its rows or bounds.",
    "infeasible": "Infeasible: no plan keeps every row and bound; proven.",
    "unbounded": "Unbounded: the objective can be improved without end; proven.",
    "unproven": "Not proven: no answer passes the check.",
}


_WITHIN = "Optimal within the tolerance only: no plan keeps all limits to the last digit; proven where they give way by up to {:.1g} of themselves."


def _sentences(v: Verdict, was_given: bool, columns: Sequence[str]) -> tuple[str, ...]:
    """The verdict in words: what it is, why, the numbers, the worst rows."""
    lines = [_WITHIN.format(v.gives_way) if v.word == "optimal" and v.gives_way > 0 else _HEADS[v.word]]
    lines += v.sentences
    if v.exact is not None:
        lines.append(f"The optimum is {shown(v.exact)}")
    elif math.isfinite(v.objective):
        lines.append(f"The objective of the plan is {v.objective:.12g}.")
    if v.word in ("suboptimal", "feasible", "unproven") and math.isfinite(v.bound):
        lines.append(f"No plan is better than {v.bound:.12g}: the gap is {v.gap:.3g} of the objective.")
    if v.misses:
        count = len(v.misses)
        lines.append(
            f"{count} {'is' if count == 1 else 'are'} broken" + (", the worst:" if count > 1 else ":")
        )
        lines += [f"  {miss}" for miss in v.misses[:SHOWN]]
    if math.isfinite(v.rel_prim) and v.exact is None:
        lines.append(
            f"Residuals: rows {v.rel_prim:.1e}, prices {v.rel_dual:.1e}, uncertainty of the objective {v.unc:.1e}."
        )
    if v.word == "unbounded" and v.x is not None and not was_given:
        lines.append(f"Along {columns[int(np.argmax(np.abs(v.x)))]}.")
    return tuple(lines)
