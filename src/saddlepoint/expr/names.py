"""Names in a formula: decisions, data, defined expressions, outcomes of a plan; and what is said of a name that means nothing."""

from __future__ import annotations

import ast
import math
from dataclasses import replace

from saddlepoint.errors import Diagnostic, ExpressionError, Mark, suggest
from saddlepoint.expr.axis_words import AXIS_WORDS
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.given import Refuse
from saddlepoint.expr.node import Call, Node, Variable
from saddlepoint.expr.parse import Formula
from saddlepoint.expr.scope import OF_PLANS, SENSES, Scope
from saddlepoint.expr.uncertain import leaves
from saddlepoint.expr.words import CHANCE, ROBUST
from saddlepoint.labels.positions import Positions
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class NameReader:
    """Reads the names of a formula. within: inside chance or a statistic, where uncertain variables may stand."""

    formula: Formula
    scope: Scope
    within: bool
    refuse: Refuse

    def node(self, part: ast.Name) -> Node:
        if part.id in self.scope.defined:
            return self._defined(self.scope.defined[part.id], part)
        variable = self.scope.variables.get(part.id)
        if variable is None and part.id == "inf":
            return Node(Facts(), number=math.inf, mark=self.formula.at(part))
        if variable is None:
            known = [*self.scope.variables, *self.scope.defined]
            if part.id in self.scope.sets:
                raise self.refuse(
                    "E105",
                    f"{part.id!r} is a set, and has no numbers",
                    part,
                    f"Write position({part.id}) for its order, size({part.id}) for its length.",
                )
            raise self.refuse(
                "E105", f"{part.id!r} is not a variable of this model", part, suggest(part.id, known)
            )
        if variable.uncertain and not self.within:
            raise ExpressionError(no_single_value(variable, self.formula.at(part)))
        return Node(variable.facts, variable=variable, mark=self.formula.at(part))

    def _defined(self, node: Node, part: ast.Name) -> Node:
        """What a name was defined to be, written as the name."""
        leaf = None if self.within else next(leaves(node), None)
        if leaf is not None and leaf.variable is not None:
            named = replace(leaf.variable, name=part.id)
            raise ExpressionError(no_single_value(named, self.formula.at(part)))
        written = Call(part.id, None, lambda _: _symbol(part.id), defined=True)
        return replace(node, mark=self.formula.at(part), call=written)

    def outcome(self, name: str, part: ast.Call) -> Node:
        """The price or the slack of a relation, where a plan is known."""
        asked = part.args[0] if len(part.args) == 1 and not part.keywords else None
        match asked:
            case ast.Name(id=key) | ast.Constant(value=str(key)):
                pass
            case _:
                key = None
        if key is None:
            raise self.refuse(
                "E111", f"{name} takes the name of a relation", part, f"Write, for example, {name}(c1)."
            )
        if key not in self.scope.relations:
            fix = suggest(key, self.scope.relations)
            raise self.refuse("E128", f"there is no relation {key!r} in this problem", part, fix)
        facts = replace(self.scope.relations[key], decision=False, varying=True)
        cells = Positions.counted(facts.shape)
        variable = Variable(
            name=f"{name}({key})", table=f"{name} {key}", facts=facts, role="data", cells=cells, place=cells
        )
        return Node(facts, variable=variable, mark=self.formula.at(part))

    def unknown(self, name: str, part: ast.AST) -> ExpressionError:
        if name in OF_PLANS:
            fix = "State it as a figure under report:, where prices are known."
            return self.refuse("E104", f"{name}(…) is known only once the model is solved", part, fix)
        if name in SENSES:
            return self.refuse("E110", f"{name} is only for objectives", part, "Put it under 'objective'.")
        if name in (CHANCE.name, ROBUST.name):
            return self.refuse(
                "E110", f"{name} is a constraint of its own", part, "Write it as a whole expression."
            )
        if name in self.scope.variables or name in self.scope.defined:
            return self.refuse(
                "E104", f"{name!r} is a variable, not an operator", part, "Write * between the factors."
            )
        if name == "exists":
            fix = "Write it under where:, or use the data themselves: absent rows have their default."
            return self.refuse("E104", "exists is a condition, not a number", part, fix)
        fix = suggest(name, {*self.scope.operators, *AXIS_WORDS})
        return self.refuse("E104", f"there is no operator {name!r}", part, fix)


def no_single_value(variable: Variable, mark: Mark) -> Diagnostic:
    """What is said of something uncertain, or of a decision that adapts, where a number is needed."""
    name = variable.name
    if variable.role == "decision":
        fix = "Write robust(…) or chance(…, p) around the relation, or mean(…) around the expression."
        return Diagnostic("E210", f"{name!r} adapts to what is seen: it has no single value", mark, fix=fix)
    fix = f"Use chance(… {name} …, p), quantile({name}, p), mean({name}), std({name}) or cvar({name}, p)."
    return Diagnostic("E210", f"{name!r} is uncertain: it has no single value", mark, fix=fix)


def _symbol(name: str) -> str:
    """The LaTeX of a defined name."""
    from saddlepoint.expr.show import name as latex_name

    return latex_name(name)
