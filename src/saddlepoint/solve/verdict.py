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
from saddlepoint.printing.sentences import how_many
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.exact import ExactOptimum, NotProven, shown
from saddlepoint.solve.proof.exclusion import HELD, ROUNDED
from saddlepoint.solve.proof.misses import Miss, rows_broken
from saddlepoint.solve.proof.problem_size import LARGE, MEDIUM
from saddlepoint.solve.route.claims.exact_claims import WORDS, rounding_of
from saddlepoint.solve.route.claims.giving_way import least_way, part_proven
from saddlepoint.solve.route.claims.proven_exactly import no_plan_exactly
from saddlepoint.solve.route.inspection.whole_bounds import without_dust
from saddlepoint.solve.route.integers.solve_integers import holds_no_plan
from saddlepoint.solve.route.polishing.exactly import check_exact, exact_optimum
from saddlepoint.solve.route.stages.choose import choose
from saddlepoint.solve.route.stages.try_settings import try_settings
from saddlepoint.solve.solution import Certificates, Options, Solution, Status, limits_give_way
from saddlepoint.solve.solve import solve

SHOWN = 5
"""Rows and bounds that are named."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven of a plan, in the user's own sense.

    word: optimal (where gives_way > 0, of limits that give way by that part, as no plan keeps all of them to the last digit); feasible (no
    proof that it is best); suboptimal; broken (it breaks rows or bounds); infeasible, unbounded (the program, proven); unproven. objective: of the plan; bound: what no plan can beat; gap: |objective − bound| / max(|objective|, 1e-10);
    x (n,), y (m,) prices d(objective)/d(side), z (n,) reduced costs; misses: the worst first; exact: the optimum as a fraction, where it
    was proven in rational arithmetic; gives_way: the part of themselves by which limits must give way for an optimal plan. NaN, empty, None: not known.
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

    SolveError L101, L102 for numbers and curvature; other errors of solvers where no plan was given, of their settings always.
    """
    with np.errstate(all="ignore"):
        return _judged(without_dust(batch), given, options, columns, rows, maximise)


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
    if given is not None and options.settings:
        try_settings(batch.structure, choose(batch.structure, 1, options).stages[0], options)
    if given is None:
        verdict = _ours(batch, options, columns, rows)
    else:
        verdict = _of_given(batch, given, options, columns, rows)
    if given is not None or verdict.exact is None:
        verdict = _as_far_as_kept(batch, verdict, options, columns, rows)
    turned = {k: sign * getattr(verdict, k) for k in ("objective", "bound")}
    prices = {k: None if getattr(verdict, k) is None else sign * getattr(verdict, k) for k in ("y", "z")}
    exact = None if verdict.exact is None else Fraction(int(sign)) * verdict.exact
    said = replace(verdict, **turned, **prices, exact=exact)
    return replace(said, sentences=_sentences(said, given is not None))


def plan_value(batch: Batch, x: Array) -> float:
    """The objective of x (n,), summed without cancellation."""
    px = symmetric_times(batch.structure.P, batch.P, x[None])[0]
    return math.fsum(
        [*(x * batch.row("q", 0)).tolist(), *(0.5 * x * px).tolist(), float(batch.row("r", 0)[0])]
    )


def _ours(batch: Batch, options: Options, columns: Sequence[str], rows: Sequence[str]) -> Verdict:
    """Of the answer that we find and prove ourselves."""
    found = solve(batch, replace(options, exact=False))
    verdict = _of_ours(batch, found, columns, rows)
    if options.exact:
        verdict = _exactly(batch, verdict, options, found, columns, rows)
    if verdict.word in ("infeasible", "unproven"):
        verdict = _beside_rounding(batch, verdict, options, columns, rows)
    return verdict


def _as_far_as_kept(
    batch: Batch, verdict: Verdict, options: Options, columns: Sequence[str], rows: Sequence[str]
) -> Verdict:
    """The verdict with the limit that its plan keeps within the tolerance only, and, of an optimum, whether no plan keeps all of them to the last digit.

    Misses of up to `HELD` are told only where no plan keeps all limits.
    """
    near = _nearly_broken(batch, verdict, columns, rows)
    if not near:
        return verdict
    told = verdict.gives_way > 0
    none = verdict.word == "optimal" and verdict.exact is None and (told or _none_keeps_all(batch, options))
    if near[0].relative <= HELD and not (none or verdict.word == "infeasible"):
        return verdict
    note = f"The plan keeps its limits within the tolerance only: {near[0]}."
    said = replace(verdict, sentences=(note, *verdict.sentences))
    return replace(said, gives_way=near[0].relative) if none and not told else said


def _nearly_broken(
    batch: Batch, verdict: Verdict, columns: Sequence[str], rows: Sequence[str]
) -> tuple[Miss, ...]:
    """What a plan within the tolerance breaks by more than rounding."""
    if verdict.x is None or verdict.misses:
        return ()
    large = batch.structure.m + batch.structure.n > LARGE
    return rows_broken(batch, verdict.x, columns, rows, HELD if large else rounding_of(batch))


def _none_keeps_all(batch: Batch, options: Options) -> bool:
    """Whether it is proven that no plan, of whole numbers or not, keeps every row and bound to the last digit: in floats, of small problems in rationals, of whole numbers by a tree."""
    way = least_way(batch, options)
    if way is not None and part_proven(batch, way.y) > ROUNDED:
        return True
    if batch.structure.is_integer and holds_no_plan(batch, replace(options, exact=True)):
        return True
    s = batch.structure
    if s.is_conic or s.m + s.n > MEDIUM:
        return False
    with bounded(options.time_limit, WORDS):
        return no_plan_exactly(batch, options.time_limit) is not None


def _of_ours(batch: Batch, solution: Solution, columns: Sequence[str], rows: Sequence[str]) -> Verdict:
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
            gives_way=_proven_part(solution),
            **numbers,
        )
        return replace(answer, x=solution.x[0], y=solution.y[0], z=solution.z[0])
    if status is Status.INFEASIBLE and proven:
        return Verdict(status.word, sentences=_culprits(solution.y[0], solution.z[0], rows, columns))
    if status is Status.UNBOUNDED and proven:
        along = ", ".join(_heaviest(solution.x[0], columns))
        return Verdict(
            status.word, sentences=(f"The objective improves without end along {along}.",) if along else ()
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


def _proven_part(solution: Solution) -> float:
    """The part by which limits give way that is proven to be needed; 0 where a better plan was only not found."""
    part = float(solution.certificates.gives_way[0])
    return part if solution.messages.get(0) == limits_give_way(part, proven=True) else 0.0


def _beside_rounding(
    batch: Batch, verdict: Verdict, options: Options, columns: Sequence[str], rows: Sequence[str]
) -> Verdict:
    """The verdict with what it owes to limits of rounding size."""
    from saddlepoint.solve.sides_of_rounding import sides_of_rounding

    text = sides_of_rounding(batch, options, rows.__getitem__, columns.__getitem__)
    said = f"{text[:1].upper()}{text[1:]}"
    return replace(verdict, sentences=(*verdict.sentences, said)) if text else verdict


def _exactly(
    batch: Batch,
    verdict: Verdict,
    options: Options,
    near: Solution,
    columns: Sequence[str],
    rows: Sequence[str],
) -> Verdict:
    """The verdict with an exact proof, or the word that there is none; a plan within the tolerance only is none of numbers taken at their word."""
    if verdict.word not in ("optimal", "unproven", "unbounded"):
        return verdict
    try:
        proof = exact_optimum(batch, options.time_limit, near)
    except NotProven as error:
        none = no_plan_exactly(batch, options.time_limit)
        if none is not None:
            broken = _nearly_broken(batch, verdict, columns, rows)
            why = [_WITHOUT_EXACT.format(miss.relative) for miss in broken[:1]]
            said = ("Proven in rational arithmetic.", *_culprits(none.y, none.z, rows, columns), *why)
            return Verdict("infeasible", sentences=said)
        if verdict.word == "unbounded":
            return verdict
        why = f"Not proven exactly: {error}."
        return replace(
            verdict, word="unproven", bound=math.nan, gap=math.nan, sentences=(*verdict.sentences, why)
        )
    return _proven(verdict, proof)


def _proven(verdict: Verdict, proof: ExactOptimum) -> Verdict:
    objective = float(proof.objective)
    pivots = f", {how_many(proof.pivots, 'exact pivot')} after the float basis" if proof.pivots else ""
    note = f"Proven in rational arithmetic (numbers of up to {how_many(proof.digits, 'digit')}{pivots})."
    arrays = {k: np.array(getattr(proof, k)) for k in "xyz"}
    found = replace(verdict, word="optimal", sentences=(note,), objective=objective, bound=objective, gap=0.0)
    return replace(found, exact=proof.objective, **arrays)


def _culprits(
    y: Array | None, z: Array | None, rows: Sequence[str], columns: Sequence[str]
) -> tuple[str, ...]:
    """The rows and bounds that a Farkas vector weighs most."""
    held, bounds = _heaviest(y, rows), [f"bounds of {name}" for name in _heaviest(z, columns)]
    names = [*held, *bounds]
    if not names:
        return ()
    if len(names) == 1:
        names = [f"both sides of {names[0]}" if held else f"both {names[0]}"]
    return (f"The {'limits' if bounds else 'rows'} that exclude each other: {', '.join(names)}.",)


def _heaviest(multipliers: Array | None, names: Sequence[str]) -> list[str]:
    weight = np.abs(np.nan_to_num(np.zeros(0) if multipliers is None else multipliers))
    order: list[int] = np.argsort(-weight)[:SHOWN].tolist()
    return [names[i] for i in order if weight[i] > 1e-9 * weight.max(initial=0.0)]


def _of_given(
    batch: Batch, given: Candidate, options: Options, columns: Sequence[str], rows: Sequence[str]
) -> Verdict:
    misses = rows_broken(batch, given.x, columns, rows, options.tolerance)
    objective = plan_value(batch, given.x)
    if misses:
        return Verdict("broken", sentences=(), objective=objective, misses=misses, x=given.x)
    base = Verdict("feasible", sentences=(), objective=objective, x=given.x)
    if given.y is not None and not batch.structure.is_integer:
        own = _with_prices(batch, given.x, given.y, given.z, options)
        if own.verified[0] and not options.exact:
            proven = replace(base, word="optimal", bound=objective, gap=abs(float(own.gap[0])))
            proven = replace(proven, sentences=("Its own prices prove it.",), y=given.y, z=given.z)
            return replace(proven, **_numbers(own))
        if not own.verified[0]:
            base = replace(base, sentences=("Its own prices do not prove it.",), **_numbers(own))
    try:
        ours = _ours(batch, options, columns, rows)
        near = _nearly_broken(batch, base, columns, rows)
        if near and ours.word == "optimal" and ours.bound - objective > _room(batch, base, ours, options):
            return replace(base, word="broken", bound=ours.bound, misses=near)
        return _beside_ours(batch, base, ours, options)
    except SolveError as error:
        why = "; ".join(d.message for d in error.diagnostics)
        return replace(base, sentences=(*base.sentences, f"{_NO_PROOF} {why}."))


def _beside_ours(batch: Batch, base: Verdict, ours: Verdict, options: Options) -> Verdict:
    """A feasible plan beside what we find and prove ourselves."""
    if ours.word == "unbounded":
        said = (*base.sentences, "The program is unbounded: no plan is best.", *ours.sentences)
        return replace(base, word="suboptimal", sentences=said, bound=-math.inf)
    if ours.word == "infeasible":
        return replace(base, word="infeasible", sentences=ours.sentences)
    gap = _gap(base.objective, ours.bound)
    found = replace(base, bound=ours.bound, gap=gap, gives_way=ours.gives_way, exact=ours.exact)
    if ours.word != "optimal":
        note = f"{_NO_PROOF} {ours.sentences[0]}"
        return replace(found, sentences=(*base.sentences, note, *ours.sentences[1:]))
    if ours.y is not None and not batch.structure.is_integer:
        assert base.x is not None
        crossed = _with_prices(batch, base.x, ours.y, ours.z, options)
        if crossed.verified[0]:
            note = "Our own prices prove it."
            optimum = replace(found, word="optimal", sentences=(*base.sentences, note), **_numbers(crossed))
            return replace(optimum, y=ours.y, z=ours.z)
    if abs(base.objective - ours.bound) <= _room(batch, base, ours, options):
        note = "It is as good as the optimum that we find and prove ourselves."
        return replace(found, word="optimal", sentences=(*base.sentences, note))
    return replace(found, word="suboptimal")


def _room(batch: Batch, base: Verdict, ours: Verdict, options: Options) -> float:
    """By how much two objectives may differ and be the same: a part of them, or of a thousandth of the largest cost that the plan carries, as below
    that differences are rounding of a cancelled sum."""
    assert base.x is not None
    part = max(options.tolerance, float(options.settings.get("mip_rel_gap") or 0.0))
    unit = 1e-3 * float(np.abs(base.x * batch.row("q", 0)).max(initial=0.0))
    return part * max(abs(ours.bound), abs(base.objective), unit)


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
_NO_PROOF = "Our own attempt to find a better one ended without a proof:"
_WITHOUT_EXACT = "Without `exact=True` there is a plan within the tolerance, of limits that give way by up to {:.1g} of themselves."


def _sentences(v: Verdict, was_given: bool) -> tuple[str, ...]:
    """The verdict in words: what it is, why, the numbers, the worst rows."""
    lines = [_WITHIN.format(v.gives_way) if v.word == "optimal" and v.gives_way > 0 else _HEADS[v.word]]
    lines += v.sentences
    if math.isfinite(v.objective) and (was_given or v.exact is None):
        lines.append(f"The objective of the plan is {v.objective + 0.0:.12g}.")
    if v.exact is not None:
        how = ", proven in rational arithmetic," if was_given else ""
        lines.append(f"The optimum{how} is {shown(v.exact)}")
    if v.word in ("suboptimal", "feasible", "unproven") and math.isfinite(v.bound):
        lines.append(f"No plan is better than {v.bound:.12g}: the gap is {v.gap:.3g} of the objective.")
    if v.misses:
        count = len(v.misses)
        lines.append(
            f"{count} {'is' if count == 1 else 'are'} broken" + (", the worst:" if count > 1 else ":")
        )
        lines += [f"  {miss}" for miss in v.misses[:SHOWN]]
        if math.isfinite(v.bound):
            lines.append(
                f"That is within the tolerance, but no plan that keeps all of them is better than {v.bound:.12g}."
            )
    if math.isfinite(v.rel_prim) and v.exact is None:
        lines.append(
            f"Residuals: rows {v.rel_prim:.1e}, prices {v.rel_dual:.1e}, uncertainty of the objective {v.unc:.1e}."
        )
    return tuple(lines)
