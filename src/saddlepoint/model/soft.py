"""Relations that may be missed at a price: their violation is a decision, which the objective pays."""

from __future__ import annotations

from dataclasses import replace

from saddlepoint.declare.spec import FormulaSpec, TableSpec
from saddlepoint.errors import ExpressionError, Mark, ModelError
from saddlepoint.expr.apply import apply
from saddlepoint.expr.axes import Arrangement
from saddlepoint.expr.build import expression
from saddlepoint.expr.named import placed, widened
from saddlepoint.expr.node import Goal, Node, Relation, Variable
from saddlepoint.expr.operators.convex import ABS
from saddlepoint.expr.operators.linear import ADD, NEGATIVE
from saddlepoint.expr.operators.products import MULTIPLY
from saddlepoint.expr.parse import parse
from saddlepoint.expr.scope import Scope
from saddlepoint.labels import Domain
from saddlepoint.labels.positions import Positions
from saddlepoint.model.model import Constraint, Objective, TableInfo
from saddlepoint.model.views import strides_of
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Softened:
    """A relation with its violation; exists: where the violation has cells, None = everywhere."""

    constraint: Constraint
    objective: Objective
    table: TableInfo
    variable: Variable
    exists: Node | None


def violation_of(name: str) -> str:
    """The table and the variable of a relation's violation."""
    return f"violation_{name}"


def softened(
    stated: Constraint, penalty: FormulaSpec, scope: Scope, scenarios: Domain, domain: Domain, sense: int
) -> Softened:
    """The relation with a violation v: left <= right + v, left >= right − v (v ≥ 0), or left == right + v at the price of |v|.

    scenarios: those of the problem; domain: the coordinates of the relation's rows; sense: +1 to minimise (also without an
    objective), −1 to maximise. Raises ModelError (M082, M083) and ExpressionError.
    """
    relation = stated.relation
    if not isinstance(relation, Relation):
        fix = "Divide the constraint, or let its probability say how often it may be missed."
        raise ModelError.of("M083", "a chance constraint cannot be soft", stated.mark, fix=fix)
    price = _penalty(penalty, relation, scope)
    table, variable = _violation(stated.name, relation, domain, scenarios)
    v = Node(variable.facts, variable=variable, mark=relation.mark)
    right = apply(
        ADD,
        (relation.right, v if relation.symbol != ">=" else apply(NEGATIVE, (v,))),
        (),
        relation.right.mark,
    )
    paid = apply(MULTIPLY, (price, apply(ABS, (v,)) if relation.symbol == "==" else v), (), price.mark)
    goal = Goal(
        paid if sense > 0 else apply(NEGATIVE, (paid,), (), price.mark), 1 if sense > 0 else -1, penalty.mark
    )
    of = f"|{variable.name}|" if relation.symbol == "==" else variable.name
    text = f"{'Minimize' if sense > 0 else 'Maximize'}({'' if sense > 0 else '-'}({penalty.text}) * {of})"
    note = f"may be missed at {penalty.text} per unit; the amounts are in {variable.name}"
    return Softened(
        constraint=replace(stated, relation=replace(relation, right=right), notes=(*stated.notes, note)),
        objective=Objective(goal, text, f"penalty of {stated.name}", price),
        table=table,
        variable=variable,
        exists=relation.where,
    )


def _penalty(penalty: FormulaSpec, relation: Relation, scope: Scope) -> Node:
    formula = parse(penalty.text, penalty.mark)
    price = expression(formula, scope)
    mark = formula.at(formula.body)
    _check_penalty(price, relation, mark)
    frame = replace(relation.facts, decision=False)
    return replace(widened(placed(price, relation.facts), frame), mark=mark)


def _check_penalty(price: Node, relation: Relation, mark: Mark) -> None:
    """E205 where it is decided, M082 where it is negative or runs over more than the relation."""
    if price.facts.decision:
        fix = "Use a number or a table; a decided price would be a product of decisions."
        raise ExpressionError.of("E205", "the penalty of a soft relation must be data", mark, fix=fix)
    if price.number is not None and price.number < 0:
        fix = (
            "Write the price of one unit of violation as a positive number, whether you minimise or maximise."
        )
        raise ModelError.of("M082", "the penalty of a soft relation cannot be negative", mark, fix=fix)
    have = Arrangement.of(relation.facts).names
    extra = [n for n in Arrangement.of(price.facts).names if n not in have]
    if extra:
        message = f"the penalty runs over {', '.join(extra)}, and the relation stands over {', '.join(have) or 'no set'}"
        raise ModelError.of("M082", message, mark, fix="Give the penalty the relation's sets, or fewer.")


def _violation(
    name: str, relation: Relation, domain: Domain, scenarios: Domain
) -> tuple[TableInfo, Variable]:
    key = violation_of(name)
    whole = domain * scenarios.without(domain.names)
    splits = whole.only(scenarios.names)
    facts = replace(relation.facts, decision=True, varying=bool(splits.axes))
    what = f"by how much {name} is missed"
    spec = TableSpec(
        key=key, kind="endogenous", coordinates=whole.names, description=what, mark=relation.mark
    )
    variable = Variable(
        name=key,
        table=key,
        facts=facts,
        role="decision",
        cells=Positions.counted(facts.shape, splits.size),
        place=Positions.counted(facts.shape),
        strides=tuple(strides_of(splits).items()),
        nonneg=relation.symbol != "==",
    )
    return TableInfo(spec, whole, splits), variable
