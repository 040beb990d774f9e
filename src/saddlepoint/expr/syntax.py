"""The syntax tree of one formula into typed Nodes: names become variables, calls become operators, shapes are checked."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from saddlepoint.algebra.graph import RelationSymbol
from saddlepoint.errors import ExpressionError, Mark
from saddlepoint.expr.apply import apply
from saddlepoint.expr.asked import Asker
from saddlepoint.expr.axes import Arrangement
from saddlepoint.expr.axis_words import AXIS_WORDS, OVER
from saddlepoint.expr.call_arguments import CallReader
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.given import Reader
from saddlepoint.expr.named import AxisWord, all_of, conjunction, number_node, restricted_to_present
from saddlepoint.expr.names import NameReader, no_single_value
from saddlepoint.expr.node import (
    Call,
    Chance,
    JointWay,
    Node,
    Operator,
    OperatorOptions,
    Relation,
    Robust,
    UncertaintySet,
    marked,
)
from saddlepoint.expr.operators.exact import SWITCHED
from saddlepoint.expr.operators.linear import ADD, NEGATIVE
from saddlepoint.expr.outcomes import kept_share
from saddlepoint.expr.parse import Formula, is_sum
from saddlepoint.expr.refusals import Refusal
from saddlepoint.expr.scope import OF_PLANS, Scope
from saddlepoint.expr.sets_of_values import SHAPES, set_parts
from saddlepoint.expr.shapes import elementwise
from saddlepoint.expr.switches import decided_product, is_continuous_product, switched
from saddlepoint.expr.uncertain import leaves
from saddlepoint.expr.words import ROBUST, SYMBOLS
from saddlepoint.records import dataclass

_SYMBOL: Mapping[type[ast.operator], str] = {ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}

_T = TypeVar("_T")
_COMPARE: Mapping[type[ast.cmpop], RelationSymbol] = {ast.Eq: "==", ast.LtE: "<=", ast.GtE: ">="}


@dataclass(frozen=True, slots=True)
class NodeBuilder:
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
        facts = self.fit(part, lambda: elementwise((left.facts, right.facts)))
        needed = [side.present for side in (left, right) if side.present is not None]
        where = self.fit(part, lambda: conjunction(needed, facts))
        return Relation(
            left, _COMPARE[type(part.ops[0])], right, facts=facts, mark=self.formula.at(part), where=where
        )

    def chance(self, part: ast.Call) -> Chance:
        stated = [arg for arg in part.args[:-1] if isinstance(arg, ast.Compare)]
        others = [k for k in part.keywords if k.arg not in ("joint", "cost", "seen")]
        if len(part.args) < 2 or len(stated) != len(part.args) - 1 or others:
            raise self._error(
                "E111",
                "chance takes one or more relations and a probability",
                part,
                "Write chance(x >= D, p).",
            )
        relations = self._held(stated, part, "chance")
        level = self.node(part.args[-1])
        if level.facts.decision:
            raise self._error(
                "E205", "the probability of chance must be data", part.args[-1], "Use a number or a table."
            )
        return Chance(relations, level, relations[0].facts, self._joint(part, len(relations)))

    def _joint(self, part: ast.Call, count: int) -> JointWay | None:
        """How the rows of the relation hold together, where joint= says so."""
        from saddlepoint.uncertain.together import WAYS, find_together

        given = {k.arg: k.value for k in part.keywords}
        way = given.get("joint")
        if way is None:
            for word in ("cost", "seen"):
                if word in given:
                    raise self._error("E781", f"{word}= needs joint=", given[word], f"Write joint={WAYS[1]}.")
            return None
        record = find_together(way.id) if isinstance(way, ast.Name) else None
        if record is None:
            fix = f"Write joint= with one of {', '.join(WAYS)}."
            raise self._error("E781", f"{ast.unparse(way)} is no way to hold together", way, fix)
        if count > 1:
            fix = "Leave joint= out (several relations share the probability equally), or state one relation over a set."
            raise self._error("E781", "joint= is for the rows of one relation", way, fix)
        cost = self.node(given["cost"]) if "cost" in given else number_node(1.0)
        if cost.facts.decision:
            raise self._error("E205", "the cost of covering must be data", part, "Use a number or a table.")
        seen = self.node(given["seen"]) if "seen" in given else None
        if seen is not None and seen.facts.decision:
            fix = "Give a table of times by entries."
            raise self._error("E205", "values seen together must be one table of data", given["seen"], fix)
        if seen is not None and seen.facts.repeats:
            sets = [r.axis.name for r in seen.facts.repeats]
            sides = ", ".join(
                f"{name}: {{dim: {side}}}" for name, side in zip(sets, ("rows", "cols"), strict=False)
            )
            message = f"values seen together must be one matrix, and a row for each of {', '.join(sets)} stands apart"
            fix = f"Give its sets their sides where it is declared: `variables_info: {{{ast.unparse(given['seen'])}: {{{sides}}}}}`."
            raise self._error("E781", message, given["seen"], fix)
        return JointWay(record.name, cost, seen)

    def share(self, part: ast.Call, over: ast.expr) -> Relation:
        """The relations of chance(…, p, over=Outcomes): the outcomes in which some of them fails weigh 1 − p at most."""
        others = [k for k in part.keywords if k.arg != "over"]
        found = self.chance(ast.copy_location(ast.Call(part.func, part.args, others), part))
        keys = Reader(self.scope.sets, self.node, self.condition, self._error).keys(over)
        views = [self.scope.sets[key] for key in keys]
        main = next((v for v in views if v.outcomes is not None), views[0])
        joint = [key for key in keys if key != main.axis.name]
        ranges, mark = self.scope.ranges, self.formula.at(part)
        sides = self.fit(part, lambda: kept_share(found.relations, found.level, main, joint, ranges))
        left, right = (marked(side, mark) for side in sides)
        facts = self.fit(part, lambda: elementwise((left.facts, right.facts)))
        return Relation(left, "<=", right, facts=facts, mark=mark)

    def _held(self, stated: list[ast.Compare], part: ast.Call, word: str) -> tuple[Relation, ...]:
        """Relations that hold together, each with a row for every item."""
        relations = tuple(replace(self, within=True).relation(s) for s in stated)
        if any(r.where is not None for r in relations):
            fix = "Say first=… or cyclic=True instead of skip=True."
            raise self._error("E129", f"a {word} constraint needs a value for every item", part, fix)
        return relations

    def robust(self, part: ast.Call) -> Robust:
        stated = [arg for arg in part.args if isinstance(arg, ast.Compare)]
        if not stated or len(stated) < len(part.args) or any(k.arg != "set" for k in part.keywords):
            fix = f"Write {ROBUST.example}."
            raise self._error("E111", "robust takes relations and the set they hold in", part, fix)
        relations = self._held(stated, part, "robust")
        against = self._set(part.keywords[0].value) if part.keywords else None
        return Robust(relations, number_node(1.0), relations[0].facts, against=against)

    def _set(self, part: ast.expr) -> UncertaintySet:
        found = set_parts(part)
        if found is None:
            raise self._error("E780", f"{ast.unparse(part)} is no set of values", part, f"Write {SHAPES}.")
        kind, size = found
        node = Node(Facts(), number=1.0, mark=self.formula.at(part)) if size is None else self.node(size)
        if node.facts.decision:
            raise self._error("E205", "the size of a set must be data", part, "Use a number or a table.")
        return UncertaintySet(kind, node)

    def condition(self, part: ast.expr) -> Node:
        """A condition, or data that are a condition where they are not 0."""
        return self._asker.condition(part)

    @property
    def _asker(self) -> Asker:
        return Asker(
            sets=self.scope.sets,
            tables=self.scope.tables,
            number=self.node,
            join=lambda record, args, part: self._make(record, args, (), part),
            refuse=self._error,
        )

    @property
    def _names(self) -> NameReader:
        return NameReader(self.formula, self.scope, self.within, self._error)

    def node(self, part: ast.expr) -> Node:
        if isinstance(part, ast.Constant) and not isinstance(part.value, bool | str):
            assert isinstance(part.value, int | float)
            return Node(Facts(), number=float(part.value), mark=self.formula.at(part))
        if isinstance(part, ast.Name):
            return self._names.node(part)
        if isinstance(part, ast.UnaryOp):
            inner = self.node(part.operand)
            return inner if isinstance(part.op, ast.UAdd) else self._minus(inner, part)
        if isinstance(part, ast.BinOp):
            return self._binary(part)
        if isinstance(part, ast.Call):
            return self._call(part)
        raise self._misplaced(part)

    def _misplaced(self, part: ast.expr) -> ExpressionError:
        """What is said of syntax that is no expression."""
        if isinstance(part, ast.Constant):
            fix = (
                "Use names of variables and numbers; sets and items are named by over=, by=, where= and at()."
            )
            return self._error("E103", f"{ast.unparse(part)} is not a number", part, fix)
        if isinstance(part, ast.Tuple | ast.List):
            fix = "Name several sets with over=(A, B)."
            return self._error("E103", "a tuple has no meaning here", part, fix)
        return self._error(
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
            draws = leaf.the_variable.uncertainty.draws
            if draws is None or draws.rank not in decided:
                raise ExpressionError(no_single_value(leaf.the_variable, leaf.mark))

    def _binary(self, part: ast.BinOp) -> Node:
        if is_sum(part):
            return self._sum(part)
        pair = (self.node(part.left), self.node(part.right))
        return self._make(SYMBOLS[_SYMBOL[type(part.op)]], pair, (), part)

    def _sum(self, part: ast.BinOp) -> Node:
        operands: list[tuple[ast.expr, bool]] = []
        rest: ast.expr = part
        while is_sum(rest):
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
        if name in OF_PLANS and self.scope.relations:
            return self._names.outcome(name, part)
        if record is None:
            raise self._names.unknown(name, part.func)
        first = replace(self, within=True) if record.uncertain else self
        args, options = CallReader(self.node, first.node, self._error).arguments(record, part)
        return self._make(record, args, options, part)

    def _named(self, word: AxisWord, part: ast.Call) -> Node:
        inside = replace(self, within=self.within or word.group == "outcomes")
        given = Reader(self.scope.sets, inside.node, self.condition, self._error).given(word, part)
        given, lacking = self.fit(part, lambda: restricted_to_present(word, given))
        made = self.fit(part, lambda: word.make(given))
        if lacking is not None:
            made = replace(made, present=lacking)
        main = given.nodes.get("x", given.nodes.get("condition"))
        call = Call(ast.unparse(part), main, lambda x: word.latex(x, given))
        mark = self.formula.at(part)
        return replace(marked(made, mark), mark=mark, call=call)

    def _make(
        self, record: Operator, args: tuple[Node, ...], options: OperatorOptions, part: ast.AST
    ) -> Node:
        made = self.fit(part, lambda: self._applied(record, args, options, self.formula.at(part)))
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
        self, record: Operator, args: tuple[Node, ...], options: OperatorOptions, mark: Mark
    ) -> Node:
        """The node of a record, or of a product of two decisions: one is 0 or 1, or the problem says `products: global`."""
        both = len(args) == 2 and all(a.facts.decision for a in args)
        if both and self.scope.products and is_continuous_product(record, (args[0], args[1])):
            return replace(decided_product(record, (args[0], args[1])), mark=mark)
        if both and record.name in SWITCHED:
            return replace(switched(record, (args[0], args[1]), self.scope.ranges), mark=mark)
        return apply(record, args, options, mark)

    def fit(self, part: ast.AST, make: Callable[[], _T]) -> _T:
        try:
            return make()
        except Refusal as refusal:
            raise self._error(refusal.code, refusal.message, part, refusal.fix) from None

    def _error(self, code: str, message: str, part: ast.AST, fix: str) -> ExpressionError:
        return ExpressionError.of(code, message, self.formula.at(part), fix=fix)


def _along_axes(name: str, part: ast.Call, record: Operator | None) -> AxisWord | None:
    """The word that a call means, if it works along sets: by its name, or by over=."""
    if name in OVER and any(k.arg in ("over", "by") for k in part.keywords):
        return OVER[name]
    return AXIS_WORDS.get(name) if record is None else None
