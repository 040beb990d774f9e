"""Formula → typed Node: names become variables, calls become operators, shapes are checked."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Literal, TypeVar

import numpy as np

from saddlepoint.errors import Diagnostic, ExpressionError, Mark, suggest
from saddlepoint.expr.apply import apply
from saddlepoint.expr.asked import Asker
from saddlepoint.expr.axes import Arrangement, SetView
from saddlepoint.expr.axis_words import AXIS_WORDS, OVER
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.given import Reader
from saddlepoint.expr.named import (
    AxisWord,
    all_of,
    placed,
    restricted_to_present,
    spanning,
    together,
)
from saddlepoint.expr.node import Call, Goal, Node, Operator, OperatorOption, Relation, Variable, marked
from saddlepoint.expr.operators.exact import SWITCHED
from saddlepoint.expr.operators.linear import ADD, NEGATIVE
from saddlepoint.expr.operators.products import MULTIPLY
from saddlepoint.expr.parse import Formula
from saddlepoint.expr.ranges import Declared
from saddlepoint.expr.refusals import Refusal
from saddlepoint.expr.shapes import elementwise
from saddlepoint.expr.switches import switched
from saddlepoint.expr.uncertain import is_uncertain, leaves
from saddlepoint.expr.words import CHANCE, OPERATORS, SYMBOLS

_SYMBOL: Mapping[type[ast.operator], str] = {
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
    ast.Pow: "**",
}
OUTCOMES = ("price", "slack")
"""What may be asked of a relation once a plan is known, in figures of the report."""
_SENSES: Mapping[str, Literal[1, -1]] = {"Minimize": 1, "Maximize": -1}
_OTHER: Mapping[int, Literal[1, -1]] = {1: -1, -1: 1}
_T = TypeVar("_T")
_COMPARE: Mapping[type[ast.cmpop], Literal["==", "<=", ">="]] = {ast.Eq: "==", ast.LtE: "<=", ast.GtE: ">="}


@dataclass(frozen=True, slots=True)
class Chance:
    """The relations hold together with probability at least `level`."""

    relations: tuple[Relation, ...]
    level: Node
    facts: Facts


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one problem: its variables and operators, the sets of the model; between what its decisions lie;
    the expressions that it defines by a name; and, after a solve, its relations."""

    variables: Mapping[str, Variable]
    operators: Mapping[str, Operator] = field(default_factory=lambda: OPERATORS)
    sets: Mapping[str, SetView] = field(default_factory=dict)
    relations: Mapping[str, Facts] = field(default_factory=dict)
    _: KW_ONLY
    ranges: Declared = field(default_factory=dict)
    defined: Mapping[str, Node] = field(default_factory=dict)


def relation(formula: Formula, scope: Scope) -> Relation:
    """The relation that a formula states; raises ExpressionError for a bare expression or parts that do not fit."""
    body = formula.body
    if not isinstance(body, ast.Compare):
        raise ExpressionError(
            Diagnostic(
                "E109",
                "an expression must be a relation",
                formula.at(body),
                fix="Compare two sides with ==, <= or >=; an objective belongs under 'objective'.",
            )
        )
    return _NodeBuilder(formula, scope).relation(body)


def constraint(formula: Formula, scope: Scope) -> Relation | Chance:
    """A relation, or a chance constraint."""
    body = formula.body
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == CHANCE.name:
        return _NodeBuilder(formula, scope).chance(body)
    return relation(formula, scope)


def goals(formula: Formula, scope: Scope) -> tuple[Goal, ...]:
    """The objectives that a formula adds up: Minimize(…), 2 * Minimize(…), Minimize(…) + Minimize(…); −1 turns the sense."""
    return tuple(
        _goal(part, factor, formula, scope) for part, factor in _summands(formula.body, 1.0, formula)
    )


def _summands(body: ast.expr, factor: float, formula: Formula) -> Iterator[tuple[ast.Call, float]]:
    """The calls of Minimize and Maximize that an objective adds up, each with the number before it."""
    match body:
        case ast.Call(func=ast.Name(id=name)) if name in _SENSES:
            yield body, factor
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            yield from _summands(left, factor, formula)
            yield from _summands(right, -factor if isinstance(op, ast.Sub) else factor, formula)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as op, operand=inner):
            yield from _summands(inner, -factor if isinstance(op, ast.USub) else factor, formula)
        case ast.BinOp(left=ast.Constant(value=int() | float() as number), op=ast.Mult(), right=inner):
            yield from _summands(inner, factor * number, formula)
        case ast.BinOp(left=inner, op=ast.Mult(), right=ast.Constant(value=int() | float() as number)):
            yield from _summands(inner, factor * number, formula)
        case ast.BinOp(left=inner, op=ast.Div(), right=ast.Constant(value=int() | float() as number)) if (
            number
        ):
            yield from _summands(inner, factor / number, formula)
        case _:
            raise ExpressionError(
                Diagnostic(
                    "E110",
                    "an objective must say Minimize(…) or Maximize(…)",
                    formula.at(body),
                    fix="Wrap the expression, for example Minimize(sum(cost * x)); relations belong under 'expressions'.",
                )
            )


def _goal(part: ast.Call, factor: float, formula: Formula, scope: Scope) -> Goal:
    assert isinstance(part.func, ast.Name)
    if len(part.args) != 1 or part.keywords:
        fix = "Add the parts with +."
        message = f"{part.func.id} takes one expression"
        raise ExpressionError(Diagnostic("E111", message, formula.at(part), fix=fix))
    node = _NodeBuilder(formula, scope).node(part.args[0])
    if node.present is not None:
        node = apply(MULTIPLY, (placed(node.present, node.facts), node), mark=node.mark)
    if abs(factor) != 1:
        node = apply(MULTIPLY, (Node(Facts(), number=abs(factor), mark=node.mark), node), mark=node.mark)
    if factor < 0:
        node = apply(NEGATIVE, (node,), mark=node.mark)
    sense = _SENSES[part.func.id]
    return Goal(node, sense if factor >= 0 else _OTHER[sense], formula.at(part))


def condition(formula: Formula, scope: Scope) -> Node:
    """What a condition asks, 1 where it holds; raises ExpressionError where it asks for a decision."""
    return _NodeBuilder(formula, scope).condition(formula.body)


def condition_over(formula: Formula, scope: Scope, whole: Facts) -> Node:
    """A condition over all cells of these facts; raises ExpressionError where it runs over a set that they lack."""
    asked = condition(formula, scope)
    return _NodeBuilder(formula, scope).fitted(formula.body, lambda: spanning(asked, whole))


def restricted(stated: Relation, formula: Formula, scope: Scope) -> Relation:
    """A relation that holds where a condition holds; ExpressionError where the condition runs over other sets."""
    asked = condition(formula, scope)
    builder = _NodeBuilder(formula, scope)
    known = [] if stated.where is None else [stated.where]
    return replace(
        stated, where=builder.fitted(formula.body, lambda: together([*known, asked], stated.facts))
    )


def expression(formula: Formula, scope: Scope) -> Node:
    """Any expression that is not a relation."""
    return _NodeBuilder(formula, scope).node(formula.body)


def definition(formula: Formula, scope: Scope) -> Node:
    """An expression that is given a name; it may be uncertain, and its name then stands where such a variable may."""
    return _NodeBuilder(formula, scope, within=True).node(formula.body)


@dataclass(frozen=True, slots=True)
class _NodeBuilder:
    """One formula on its way to a node (a namespace for mutual recursion; it holds no state).

    within: inside chance or a statistic, where uncertain variables may stand.
    """

    formula: Formula
    scope: Scope
    within: bool = False

    def relation(self, part: ast.Compare) -> Relation:
        loose = replace(self, within=True)
        left, right = loose.node(part.left), loose.node(part.comparators[0])
        if not self.within:
            self._for_each_draw((left, right))
        facts = self._fit(part, lambda: elementwise((left.facts, right.facts)))
        needed = [side.present for side in (left, right) if side.present is not None]
        where = self._fit(part, lambda: together(needed, facts))
        return Relation(
            left, _COMPARE[type(part.ops[0])], right, facts=facts, mark=self.formula.at(part), where=where
        )

    def chance(self, part: ast.Call) -> Chance:
        stated = [arg for arg in part.args[:-1] if isinstance(arg, ast.Compare)]
        if len(part.args) < 2 or len(stated) != len(part.args) - 1 or part.keywords:
            raise self._error(
                "E111",
                "chance takes one or more relations and a probability",
                part,
                "Write chance(x >= D, p).",
            )
        relations = tuple(replace(self, within=True).relation(s) for s in stated)
        if any(r.where is not None for r in relations):
            fix = "Say first=… or cyclic=True instead of skip=True."
            raise self._error("E129", "a chance constraint needs a value for every item", part, fix)
        level = self.node(part.args[-1])
        if level.facts.decision:
            raise self._error(
                "E205", "the probability of chance must be data", part.args[-1], "Use a number or a table."
            )
        return Chance(relations, level, relations[0].facts)

    def condition(self, part: ast.expr) -> Node:
        """A condition, or data that are a condition where they are not 0."""
        return self._asker.condition(part)

    @property
    def _asker(self) -> Asker:
        return Asker(
            self.scope.sets, self.node, lambda r, args, part: self._make(r, args, (), part), self._error
        )

    def node(self, part: ast.expr) -> Node:
        if isinstance(part, ast.Constant) and not isinstance(part.value, bool | str):
            assert isinstance(part.value, int | float)
            return Node(Facts(), number=float(part.value), mark=self.formula.at(part))
        if isinstance(part, ast.Name):
            return self._name(part)
        if isinstance(part, ast.UnaryOp):
            inner = self.node(part.operand)
            return inner if isinstance(part.op, ast.UAdd) else self._minus(inner, part)
        if isinstance(part, ast.BinOp):
            return self._binary(part)
        if isinstance(part, ast.Call):
            return self._call(part)
        if isinstance(part, ast.Constant):
            fix = (
                "Use names of variables and numbers; sets and items are named by over=, by=, where= and at()."
            )
            raise self._error("E103", f"{ast.unparse(part)} is not a number", part, fix)
        if isinstance(part, ast.Tuple | ast.List):
            raise self._error(
                "E103", "a tuple has no meaning here", part, "Name several sets with over=(A, B)."
            )
        raise self._error(
            "E103", "a relation cannot stand inside an expression", part, "Write it on its own."
        )

    def _minus(self, inner: Node, part: ast.expr) -> Node:
        if inner.number is not None:
            return replace(inner, number=-inner.number, mark=self.formula.at(part))
        return self._make(NEGATIVE, (inner,), (), part)

    def _for_each_draw(self, sides: tuple[Node, Node]) -> None:
        """What is uncertain may stand in a relation by itself where it is drawn and a decision follows each draw: the relation
        then holds in every one of them. E210 elsewhere."""
        decided = {
            r.rank
            for side in sides
            for n in side.walk()
            if n.variable is not None and n.facts.decision
            for r in n.facts.repeats
        }
        for leaf in (leaf for side in sides for leaf in leaves(side)):
            told = leaf.variable.uncertainty if leaf.variable is not None else None
            if told is None or told.draws is None or told.draws.rank not in decided:
                assert leaf.variable is not None
                raise ExpressionError(_no_single_value(leaf.variable.name, leaf.mark))

    def _defined(self, node: Node, part: ast.Name) -> Node:
        """What a name was defined to be, written as the name."""
        if not self.within and is_uncertain(node):
            raise ExpressionError(_no_single_value(part.id, self.formula.at(part)))
        written = Call(part.id, None, lambda _: _symbol(part.id), defined=True)
        return replace(node, mark=self.formula.at(part), call=written)

    def _name(self, part: ast.Name) -> Node:
        if part.id in self.scope.defined:
            return self._defined(self.scope.defined[part.id], part)
        variable = self.scope.variables.get(part.id)
        if variable is None:
            known = [*self.scope.variables, *self.scope.defined]
            if part.id in self.scope.sets:
                raise self._error(
                    "E105",
                    f"{part.id!r} is a set, and has no numbers",
                    part,
                    f"Write position({part.id}) for its order, size({part.id}) for its length.",
                )
            raise self._error(
                "E105", f"{part.id!r} is not a variable of this model", part, suggest(part.id, known)
            )
        if variable.uncertain and not self.within:
            raise ExpressionError(_no_single_value(part.id, self.formula.at(part)))
        return Node(variable.facts, variable=variable, mark=self.formula.at(part))

    def _binary(self, part: ast.BinOp) -> Node:
        if isinstance(part.op, ast.Add | ast.Sub):
            return self._sum(part)
        pair = (self.node(part.left), self.node(part.right))
        return self._make(SYMBOLS[_SYMBOL[type(part.op)]], pair, (), part)

    def _sum(self, part: ast.BinOp) -> Node:
        operands: list[tuple[ast.expr, bool]] = []
        rest: ast.expr = part
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Add | ast.Sub):
            operands.append((rest.right, isinstance(rest.op, ast.Sub)))
            rest = rest.left
        operands.append((rest, False))
        nodes = [(self.node(o), minus, o) for o, minus in reversed(operands)]
        return self._make(ADD, tuple(self._minus(n, o) if minus else n for n, minus, o in nodes), (), part)

    def _call(self, part: ast.Call) -> Node:
        assert isinstance(part.func, ast.Name)
        name = part.func.id
        record = self.scope.operators.get(name)
        word = _along_axes(name, part, record)
        if word is not None:
            return self._named(word, part)
        if name in OUTCOMES and self.scope.relations:
            return self._outcome(name, part)
        if record is None:
            raise self._unknown(name, part.func)
        args, options = self._arguments(record, part)
        return self._make(record, args, options, part)

    def _outcome(self, name: str, part: ast.Call) -> Node:
        """The price or the slack of a relation, where a plan is known."""
        asked = part.args[0] if len(part.args) == 1 and not part.keywords else None
        match asked:
            case ast.Name(id=key) | ast.Constant(value=str(key)):
                pass
            case _:
                key = None
        if key is None:
            raise self._error(
                "E111", f"{name} takes the name of a relation", part, f"Write, for example, {name}(c1)."
            )
        if key not in self.scope.relations:
            fix = suggest(key, self.scope.relations)
            raise self._error("E128", f"there is no relation {key!r} in this problem", part, fix)
        facts = replace(self.scope.relations[key], decision=False, varying=True)
        cells = np.arange(int(np.prod(facts.shape))).reshape(facts.shape)
        variable = Variable(
            name=f"{name}({key})", table=f"{name} {key}", facts=facts, role="data", cells=cells, place=cells
        )
        return Node(facts, variable=variable, mark=self.formula.at(part))

    def _named(self, word: AxisWord, part: ast.Call) -> Node:
        given = Reader(self.scope.sets, self.node, self.condition, self._error).given(word, part)
        given, lacking = self._fit(part, lambda: restricted_to_present(word, given))
        made = self._fit(part, lambda: word.make(given))
        if lacking is not None:
            made = replace(made, present=lacking)
        main = given.nodes.get("x", given.nodes.get("condition"))
        call = Call(ast.unparse(part), main, lambda x: word.latex(x, given))
        mark = self.formula.at(part)
        return replace(marked(made, mark), mark=mark, call=call)

    def _unknown(self, name: str, part: ast.AST) -> ExpressionError:
        if name in OUTCOMES:
            fix = "State it as a figure under report:, where prices are known."
            return self._error("E104", f"{name}(…) is known only once the model is solved", part, fix)
        if name in _SENSES:
            return self._error("E110", f"{name} is only for objectives", part, "Put it under 'objective'.")
        if name == CHANCE.name:
            return self._error(
                "E110", "chance is a constraint of its own", part, "Write it as a whole expression."
            )
        if name in self.scope.variables or name in self.scope.defined:
            return self._error(
                "E104", f"{name!r} is a variable, not an operator", part, "Write * between the factors."
            )
        return self._error(
            "E104",
            f"there is no operator {name!r}",
            part,
            suggest(name, {*self.scope.operators, *AXIS_WORDS}),
        )

    def _arguments(
        self, record: Operator, part: ast.Call
    ) -> tuple[tuple[Node, ...], tuple[OperatorOption, ...]]:
        least, most = record.arity
        taken = len(part.args) if most is None else min(len(part.args), most)
        if taken < least or (most is not None and len(part.args) > most + len(record.options)):
            some = (
                f"{least}"
                if least == most
                else f"{least} to {most}"
                if most is not None
                else f"{least} or more"
            )
            raise self._error(
                "E111",
                f"{record.name} takes {some} argument(s){_options_text(record)}; {len(part.args)} given",
                part,
                f"Write, for example, {record.example}.",
            )
        options = dict(record.options)
        for key, arg in zip(record.options, part.args[taken:], strict=False):
            options[key] = self._literal(key, arg)
        for keyword in part.keywords:
            if keyword.arg is None:
                raise self._error(
                    "E111", "'**' has no meaning in a formula", part, f"Write, for example, {record.example}."
                )
            if keyword.arg not in options:
                raise self._error(
                    "E111",
                    f"{record.name} has no option {keyword.arg!r}",
                    part,
                    suggest(str(keyword.arg), options),
                )
            options[keyword.arg] = self._literal(keyword.arg, keyword.value)
        first = replace(self, within=True) if record.uncertain else self
        args = (first.node(part.args[0]), *(self.node(a) for a in part.args[1:taken])) if taken else ()
        return args, tuple(options.values())

    def _literal(self, key: str, part: ast.expr) -> OperatorOption:
        sign = 1
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            sign, part = -1, part.operand
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float):
            return sign * part.value
        fix = "Write the number itself."
        if key == "axis":
            fix = "Write 0 or 1; the larger of two arrays is maximum(a, b), the smaller minimum(a, b)."
        raise self._error("E208", f"the option {key!r} must be a plain number", part, fix)

    def _make(
        self, record: Operator, args: tuple[Node, ...], options: tuple[OperatorOption, ...], part: ast.AST
    ) -> Node:
        made = self._fit(part, lambda: self._applied(record, args, options, self.formula.at(part)))
        lacking = [a.present for a in args if a.present is not None]
        if not lacking:
            return made
        present = all_of(lacking)
        assert present is not None
        names = Arrangement.of(present.facts).names
        if not set(names) <= set(Arrangement.of(made.facts).names):
            raise self._error(
                "E129",
                f"{record.name} needs every item of {', '.join(names)}, and some have no value (skip=True)",
                part,
                f"Reduce along the set, {record.name}(…, over={names[0]}), or say first=… instead of skip=True.",
            )
        return replace(made, present=present)

    def _applied(
        self, record: Operator, args: tuple[Node, ...], options: tuple[OperatorOption, ...], mark: Mark
    ) -> Node:
        """The node of a record, or of a product of two decisions of which one is 0 or 1."""
        if record.name in SWITCHED and len(args) == 2 and all(a.facts.decision for a in args):
            return replace(switched(record, (args[0], args[1]), self.scope.ranges), mark=mark)
        return apply(record, args, options, mark)

    def fitted(self, part: ast.AST, make: Callable[[], _T]) -> _T:
        """What `make` gives; its refusal becomes an error at this part."""
        return self._fit(part, make)

    def _fit(self, part: ast.AST, make: Callable[[], _T]) -> _T:
        try:
            return make()
        except Refusal as refusal:
            raise self._error(refusal.code, refusal.message, part, refusal.fix) from None

    def _error(self, code: str, message: str, part: ast.AST, fix: str) -> ExpressionError:
        return ExpressionError(Diagnostic(code, message, self.formula.at(part), fix=fix))


def _no_single_value(name: str, mark: Mark) -> Diagnostic:
    fix = f"Use chance(… {name} …, p), quantile({name}, p), mean({name}), std({name}) or cvar({name}, p)."
    return Diagnostic("E210", f"{name!r} is uncertain: it has no single value", mark, fix=fix)


def _symbol(name: str) -> str:
    """The LaTeX of a defined name."""
    from saddlepoint.expr.show import name as latex_name

    return latex_name(name)


def _along_axes(name: str, part: ast.Call, record: Operator | None) -> AxisWord | None:
    """The word that a call means, if it works along sets: by its name, or by over=."""
    if name in OVER and any(k.arg in ("over", "by") for k in part.keywords):
        return OVER[name]
    return AXIS_WORDS.get(name) if record is None else None


def _options_text(record: Operator) -> str:
    return f" and the option(s) {', '.join(record.options)}" if record.options else ""
