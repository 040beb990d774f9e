"""The joint problem of a model's loop, bounded."""

from __future__ import annotations

from saddlepoint.compile.numbers import Numbers
from saddlepoint.errors import Diagnostic, StudyError
from saddlepoint.solve.bilinear.branch import NODES
from saddlepoint.study.coupling.couple import couple, starting_state
from saddlepoint.study.coupling.joint import JointBound, best_joint
from saddlepoint.study.running.plan import Plan, known_numbers
from saddlepoint.study.running.run import loop_parts


def joint_bound(plan: Plan, nodes: int = NODES) -> JointBound:
    """The best of the sub-problems of a plan's loop taken together, proven up to a gap. StudyError K720–K723, and what a run raises.

    nodes: boxes of one scenario, at most.
    """
    groups = plan.order.groups
    if len(groups) != 1 or not groups[0].loop:
        products = any(p.products for p in plan.model.problems)
        raise StudyError(_no_loop(products))
    problems, domain, which, outside, given = loop_parts(plan, groups[0], known_numbers(plan))
    request, numbers = plan.request, Numbers(outside, domain, which, {})
    every = {p.key: numbers for p in problems}
    begun = {t: v[which] for t, v in given.items()}
    start = starting_state(problems, plan.model, every, begun, numbers.size, request.options, request.each)
    coupled = couple(
        problems,
        plan.model,
        every,
        start,
        request.coupling,
        request.options,
        request.kernels,
        each=request.each,
    )
    return best_joint(problems, plan.model, numbers, start, coupled, request.options, nodes)


def _no_loop(products: bool) -> Diagnostic:
    fix = (
        "Solve it: `lab.run(starts=8)` proves how good a plan of a problem with products can be."
        if products
        else "Solve it: `lab.run()`; the certificate of a convex problem is its proof."
    )
    return Diagnostic(
        "K723",
        "there is no joint problem: the model is no single loop of sub-problems",
        why="A bound of the joint problem is for sub-problems that all read what others decide.",
        fix=fix,
    )
