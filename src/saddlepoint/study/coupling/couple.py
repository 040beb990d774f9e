"""Several sub-problems to a common point, for all scenarios at once, and the proof of the result.

What the loop must do and why is written in docs/design/coupling.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.numbers import Numbers
from saddlepoint.errors import SolveError
from saddlepoint.model.model import Model, Problem
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupled, Coupling, Progress, Scheme, State, joint_sense
from saddlepoint.study.coupling.initial_points import extremes, other_starts
from saddlepoint.study.coupling.loop import iterate

SAME = 1e-6
"""Relative distance of joint objectives below which two fixed points count as one."""

RESTARTS = 4
"""Other points that `auto` starts from where no scheme has converged."""

_AFTER_FAILURE: tuple[Scheme, ...] = ("damped", "anderson")


def couple(
    problems: Sequence[Problem],
    model: Model,
    numbers: Mapping[str, Numbers],
    start: State,
    settings: Coupling | None = None,
    options: Options | None = None,
    kernels: Sequence[Kernel] | None = None,
    progress: Progress | None = None,
    each: Mapping[str, Options] | None = None,
) -> Coupled:
    """Iterate the problems of a loop, in their order, to a certified fixed point for all scenarios at once.

    numbers: problem → what it reads besides the exchanged tables; start: hybrid table → starting numbers,
    shape (S, cells within one scenario); each: problem → its own options instead of those of all. Raises what compile, bind and
    solve raise, and StudyError (K106) where several starts are asked for and the objectives cannot be compared.
    """
    settings, own = settings or Coupling(), _options_of(problems, options, each)
    _refuse_exact(own)
    blocks = [Block.of(p, model, numbers[p.key], start, own[p.key], kernels) for p in problems]
    best = _attempts(blocks, start, settings, progress)
    if settings.starts <= 1:
        return best
    joints = [best.joint]
    for other in other_starts(blocks, start, settings):
        again = _attempts(blocks, other, settings, None, first=1)
        joints.append(again.joint)
        best = _better(best, again, joint_sense(problems))
    return replace(best, found=_different(np.stack(joints, axis=1)))


def _refuse_exact(own: Mapping[str, Options]) -> None:
    if any(chosen.exact for chosen in own.values()):
        fix = "Leave `exact=True` out, or solve the sub-problems in parallel or in a chain."
        raise SolveError.of("L120", "exact arithmetic is not for loops of sub-problems", fix=fix)


def starting_state(
    problems: Sequence[Problem],
    model: Model,
    numbers: Mapping[str, Numbers],
    given: State,
    size: int,
    options: Options | None = None,
    each: Mapping[str, Options] | None = None,
) -> State:
    """Where a loop starts: the user's values; else problems without objective, evaluated with unknowns at zero."""
    own = _options_of(problems, options, each)
    decided = [t for p in problems for t in p.decides]
    state = {
        t: given[t].copy() if t in given else np.zeros((size, model.tables[t].rest.size)) for t in decided
    }
    for problem in problems:
        if problem.sense == 0 and not any(t in given for t in problem.decides):
            block = Block.of(problem, model, numbers[problem.key], state, own[problem.key], ())
            bound = block.bind(state, np.arange(size))
            answer = solve(bound.batch, block.options, formulas=Formulas(bound))
            good = np.flatnonzero(answer.answered)
            state = block.written(answer.x[good], state, good)
    return state


def _options_of(
    problems: Sequence[Problem], options: Options | None, each: Mapping[str, Options] | None
) -> dict[str, Options]:
    """Problem → how it is solved."""
    return {p.key: (each or {}).get(p.key, options or Options()) for p in problems}


def _attempts(
    blocks: Sequence[Block], start: State, settings: Coupling, progress: Progress | None, first: int = 0
) -> Coupled:
    """One scheme, or for `auto` one after the other for the scenarios that are not certified yet."""
    if settings.scheme != "auto":
        return iterate(blocks, start, settings, progress, first)
    best = iterate(blocks, start, replace(settings, scheme="gauss_seidel"), progress, first)
    for scheme in _AFTER_FAILURE:
        if best.certified.all():
            break
        again = iterate(blocks, start, replace(settings, scheme=scheme), None, first)
        best = best.where(again.certified & ~best.certified, again)
    return best if best.certified.all() else _restarted(blocks, start, settings, best)


def _restarted(blocks: Sequence[Block], start: State, settings: Coupling, best: Coupled) -> Coupled:
    """The last resort of `auto`: plain sweeps from a few other points, for the scenarios not certified yet."""
    for other in extremes(blocks[0], start, RESTARTS, settings.seed):
        if best.certified.all():
            break
        again = iterate(blocks, other, replace(settings, scheme="gauss_seidel"), None, first=1)
        best = best.where(again.certified & ~best.certified, again)
    return best


def _better(best: Coupled, other: Coupled, sense: int) -> Coupled:
    """Per scenario the certified fixed point with the better joint objective."""
    gain = sense * (best.joint - other.joint)
    with np.errstate(invalid="ignore"):
        better = gain > SAME * np.maximum(np.abs(best.joint), np.abs(other.joint))
    return best.where(other.certified & (~best.certified | better), other)


def _different(joints: Array) -> Index:
    """(S,) number of different joint objectives among certified fixed points (S, starts; NaN = not certified)."""
    ordered = np.sort(joints, axis=1)
    with np.errstate(invalid="ignore"):
        size = np.maximum(np.abs(ordered[:, 1:]), np.abs(ordered[:, :-1]))
        steps = np.diff(ordered, axis=1) > SAME * size
    return steps.sum(axis=1) + ~np.isnan(ordered[:, 0])
