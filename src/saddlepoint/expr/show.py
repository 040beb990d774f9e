"""Nodes back into text and LaTeX, with the parentheses that precedence asks for.

The text is a formula again: reading it gives an expression that is shown the same way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from saddlepoint.expr.node import Chance, Goal, JointWay, Node, OperatorOption, Relation, Robust

_SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(5)
_SIGNS = {"times": " * ", "matmul": " @ ", "divide": " / "}
_RELATIONS = {"==": "=", "<=": "\\le", ">=": "\\ge"}
SHORT = 2
"""Letters that are a subscript of a name of several letters; more stand as they are."""
_OPENING = "({[|"
_WORD = "\\mathit{"
_ENDS_IN_WORD = re.compile(r"\\mathit\{[^{}]*\}(_\{\\mathrm\{\w*\}\})?$")
"""Two names of several letters beside each other need a sign between them."""
_RAISED = re.compile(r"\^(\{[^{}]*\}|\w)$")


def text(part: Node | Relation | Goal | Chance) -> str:
    """The formula of an expression, a relation, an objective or a chance constraint."""
    if isinstance(part, Relation):
        return f"{text(part.left)} {part.symbol} {text(part.right)}"
    if isinstance(part, Goal):
        return f"{'Minimize' if part.sense > 0 else 'Maximize'}({text(part.node)})"
    if isinstance(part, Robust):
        return f"robust({', '.join(text(r) for r in part.relations)}{_against(part)})"
    if isinstance(part, Chance):
        way = "" if part.joint is None else _way(part.joint)
        return f"chance({', '.join(text(r) for r in part.relations)}, {text(part.level)}{way})"
    return _text(part)[0]


def _way(joint: JointWay) -> str:
    """How the rows of a promise hold together, as it is written; a cost of one for every unit is what it is without a word."""
    cost = "" if joint.cost.number == 1.0 else f", cost={text(joint.cost)}"
    seen = "" if joint.seen is None else f", seen={text(joint.seen)}"
    return f", joint={joint.way}{cost}{seen}"


def _against(part: Robust) -> str:
    return "" if part.against is None else f", set={part.against.kind}({text(part.against.size)})"


def _text(node: Node) -> tuple[str, int]:
    """The text of a node and how tightly it binds."""
    if node.number is not None:
        shown = _number(node.number)
        return shown, _MINUS if shown.startswith("-") else _ATOM
    if node.variable is not None:
        return node.variable.name, _ATOM
    if node.call is not None:
        return node.call.text, _ATOM
    if node.the_operator.joins is not None:
        return f" {node.the_operator.joins} ".join(_wrapped(a, _SUM) for a in node.args), _SUM - 1
    name = node.the_operator.name
    if name == "add":
        return _sum(node, _wrapped, _number), _SUM
    if name == "negative":
        return f"-{_wrapped(node.args[0], _MINUS)}", _MINUS
    if name in _SIGNS:
        left, right = factors(node)
        return f"{_wrapped(left, _PRODUCT)}{_SIGNS[name]}{_wrapped(right, _MINUS)}", _PRODUCT
    if name == "pow":
        return f"{_wrapped(node.args[0], _ATOM)} ** {_wrapped(node.args[1], _MINUS)}", _POWER
    options = () if node.the_operator.reduces else node.options
    parts = [text(a) for a in node.visible] + [_option(o) for o in options if o is not None]
    return f"{name}({', '.join(parts)})", _ATOM


def factors(node: Node) -> tuple[Node, Node]:
    """The two operands as the user wrote them; the divisor of a quotient rather than its reciprocal."""
    left, right = node.args[:2]
    if node.the_operator.name == "divide" and left.facts.decision and right.operator is not None:
        return left, right.args[0]
    return left, right


def negated(node: Node) -> Node | None:
    """What a term of a sum subtracts, or None for a term that is added."""
    return node.args[0] if node.operator is not None and node.operator.name == "negative" else None


def _sum(node: Node, inside: Callable[[Node, int], str], number: Callable[[float], str]) -> str:
    """A sum as its terms are written by `inside` and its negative numbers by `number`."""
    shown = inside(node.args[0], _SUM)
    for term in node.args[1:]:
        taken = negated(term)
        if taken is not None:
            shown += f" - {inside(taken, _PRODUCT)}"
        elif term.number is not None and term.number < 0:
            shown += f" - {number(-term.number)}"
        else:
            shown += f" + {inside(term, _PRODUCT)}"
    return shown


def _wrapped(node: Node, least: int) -> str:
    shown, level = _text(node)
    return shown if level >= least else f"({shown})"


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _option(value: OperatorOption) -> str:
    return _number(float(value)) if isinstance(value, int | float) else str(value)


def latex(part: Node | Relation | Goal | Chance) -> str:
    """LaTeX of an expression, a relation, an objective or a chance constraint (mathematical mode)."""
    if isinstance(part, Relation):
        return f"{latex(part.left)} {_RELATIONS[part.symbol]} {latex(part.right)}"
    if isinstance(part, Goal):
        return f"\\{'min' if part.sense > 0 else 'max'} \\; {latex(part.node)}"
    if isinstance(part, Robust):
        inside = ",\\; ".join(latex(r) for r in part.relations)
        size = "" if part.against is None else f"_{{{latex(part.against.size)}}}"
        kind = "" if part.against is None else f"^{{\\mathrm{{{part.against.kind}}}}}"
        return f"{inside} \\quad \\forall\\, \\xi \\in \\mathcal{{U}}{kind}{size}"
    if isinstance(part, Chance):
        inside = ",\\; ".join(latex(r) for r in part.relations)
        return f"\\mathbb{{P}}\\left[{inside}\\right] \\ge {latex(part.level)}"
    return _latex(part)[0]


def _latex(node: Node) -> tuple[str, int]:
    if node.number is not None:
        shown = _latex_number(node.number)
        return shown, _MINUS if shown.startswith("-") else _ATOM
    if node.variable is not None:
        return name(node.variable.name), _ATOM
    if node.call is not None:
        argument = node.call.argument
        return node.call.latex("" if argument is None else latex(argument)), _ATOM
    kind = node.the_operator.name
    if kind == "add":
        return _sum(node, _inside, _latex_number), _SUM
    if kind == "negative":
        return f"-{_inside(node.args[0], _MINUS)}", _MINUS
    if kind == "divide":
        top, bottom = factors(node)
        return f"\\frac{{{latex(top)}}}{{{latex(bottom)}}}", _ATOM
    if kind in ("times", "mult", "matmul", "kron"):
        return _product_latex(node), _PRODUCT
    return _call_latex(node)


def _product_latex(node: Node) -> str:
    left, right = node.visible
    scalar = left.facts.is_scalar or right.facts.is_scalar
    sign = {"matmul": " \\, ", "kron": " \\otimes "}.get(
        node.the_operator.name, " \\, " if scalar else " \\circ "
    )
    before, after = _inside(left, _PRODUCT), _inside(right, _POWER)
    wordy = before.endswith("}") and after.startswith(_WORD) and _ENDS_IN_WORD.search(before)
    if right.number is not None or (sign == " \\, " and wordy):
        sign = " \\cdot "
    return f"{before}{sign}{after}"


def _call_latex(node: Node) -> tuple[str, int]:
    record = node.the_operator
    blank = record.written(tuple(f"§{k}§" for k in range(len(node.visible))), node.options)
    shown: list[str] = []
    enclosed = True
    for k, arg in enumerate(node.visible):
        before = blank[: max(0, blank.find(f"§{k}§"))].rstrip()
        inside = before.endswith((*_OPENING, ",")) and (record.name, k) != ("pow", 0)
        enclosed = enclosed and inside
        shown.append(latex(arg) if inside else _inside(arg, _ATOM))
    if _RAISED.search(blank):
        return record.written(tuple(shown), node.options), _POWER
    level = _PRODUCT if blank.startswith(("\\sum", "\\log", "\\Delta")) else _ATOM if enclosed else _POWER
    return record.written(tuple(shown), node.options), level


def _inside(node: Node, least: int) -> str:
    shown, level = _latex(node)
    return shown if level >= least else f"\\left({shown}\\right)"


def name(variable: str) -> str:
    """The LaTeX of a name: what follows its underscore becomes a subscript where one of the two is short."""
    if not variable.isidentifier():
        return f"\\text{{{_condition(variable)}}}"
    head, _, tail = variable.partition("_")
    if not head or "_" in tail or (len(head) > 1 and len(tail) > SHORT):
        return f"\\mathit{{{variable.replace('_', chr(92) + '_')}}}"
    shown = head if len(head) == 1 else f"\\mathit{{{head}}}"
    return f"{shown}_{{\\mathrm{{{tail}}}}}" if tail else shown


def _condition(words: str) -> str:
    """A condition on labels as people write it: `Tech.fuel = gas`, and the places of a set that have a neighbour."""
    bare = re.sub(r"'([^']*)'", r"\1", words.replace(" == ", " = ").replace(" != ", " ≠ "))
    if place := re.fullmatch(r"\[(\w+)\]", bare):
        bare = f"its neighbour in {place[1]} is there"
    return bare.replace("_", "\\_")


def _latex_number(value: float) -> str:
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    shown = _number(value)
    mantissa, mark, exponent = shown.partition("e")
    if not mark:
        return shown
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else f"{mantissa} \\cdot {power}"


def latex_problem(
    goals: Sequence[Goal], constraints: Sequence[tuple[str, Relation | Chance]], decisions: Sequence[str]
) -> str:
    """A whole problem as an aligned block.

    constraints: name and relation; decisions: names of the variables that are decided.
    """
    sense = "min" if not goals or goals[0].sense > 0 else "max"
    over = ", ".join(name(d) for d in decisions)
    aim = " + ".join(_inside(g.node, _SUM) for g in goals)
    lines = [f"\\{sense}_{{{over}}} \\quad & {aim}" if goals else f"\\text{{find }} {over} \\quad &"]
    for k, (label, relation) in enumerate(constraints):
        lead = "\\text{s.t.} \\quad" if k == 0 else ""
        each = _each(relation)
        label = label.replace("_", "\\_")
        lines.append(f"{lead} & {latex(relation)} {each}&& \\text{{({label})}}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _each(relation: Relation | Chance) -> str:
    sets = ", ".join(name(r.axis.name) for r in relation.facts.repeats)
    return f"\\quad \\forall\\, {sets} " if sets else ""
